package applicants

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Complaint is one as it is kept. Its words and the answer are sealed under the
// applicant's key: when that is destroyed they are noise.
type Complaint struct {
	Number     string                 `json:"number"` // that the person was told
	Applicant  onboarding.ApplicantID `json:"applicant"`
	Program    string                 `json:"program"`
	At         time.Time              `json:"at"`
	Due        time.Time              `json:"due"` // when it is answered at the latest
	By         workflows.Actor        `json:"by"`  // the applicant, or who took it in
	Words      []byte                 `json:"words"`
	Answer     []byte                 `json:"answer,omitempty"`
	AnsweredAt time.Time              `json:"answered_at,omitzero"`
	AnsweredBy workflows.Actor        `json:"answered_by,omitempty"`
	// EscalatedAt is when the privacy officer was told that it is overdue.
	EscalatedAt time.Time `json:"escalated_at,omitzero"`
}

// Open reports whether it waits for an answer.
func (c Complaint) Open() bool { return c.AnsweredAt.IsZero() }

// ComplaintRead is a complaint with its words opened.
type ComplaintRead struct {
	Complaint
	Says    string
	Answers string // empty while it is open
	Erased  bool   // the words can be read no more
}

const sealComplaint = "complaint"

func complaintKey(id onboarding.ApplicantID, number string) string {
	return "complaints/" + string(id) + "/" + number
}

func (s *Service) complaints() shelf.Shelf[Complaint] {
	return shelf.Shelf[Complaint]{Objects: s.Objects, Sealer: s.Vault, In: "applicants", What: "a complaint"}
}

// mostComplaints is how many complaints of one applicant may be open at a time: what is
// more is said in one of them.
const mostComplaints = 5

// Complain keeps a complaint and gives its number. The applicant is written to while
// their case is open.
//
// Errors: CodeInvalid for no words or too many, CodeNotNow when enough are open,
// CodeKeyDestroyed when the applicant's data were erased.
func (s *Service) Complain(ctx context.Context, id onboarding.ApplicantID, words string, by workflows.Actor) (string, error) {
	words = strings.TrimSpace(words)
	if words == "" {
		return "", onboarding.Invalid("complaint", "The complaint is empty.", "Write what went wrong.")
	}
	if err := checkLength("complaint", words, maxStatement); err != nil {
		return "", err
	}
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return "", err
	}
	open := 0
	for c, err := range s.eachComplaint(ctx, string(id)+"/") {
		if err != nil {
			return "", err
		}
		if c.Open() {
			open++
		}
	}
	if open >= mostComplaints {
		return "", &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Your complaints before this one are not answered yet.", Hint: "You read the answers on this page."}
	}
	sealed, err := s.seal(ctx, id, sealComplaint, words)
	if err != nil {
		return "", err
	}
	now := s.Now().UTC()
	c := Complaint{Number: complaintNumber(), Applicant: id, Program: v.Program, At: now, Due: now.Add(s.Pace.Scale(policy.ComplaintAnswer)), By: by, Words: sealed}
	if _, err := s.complaints().Put(ctx, complaintKey(id, c.Number), c, ""); err != nil {
		return "", err
	}
	if err := s.watchComplaint(ctx, c); err != nil {
		return "", err
	}
	return c.Number, s.tellComplaint(ctx, c)
}

// complaintNumber is short enough to be told by phone, and drawn by chance: it says
// nothing of how many there are.
func complaintNumber() string {
	var b [5]byte
	_, _ = rand.Read(b[:]) // it never fails
	n := base32.NewEncoding("ABCDEFGHJKMNPQRSTVWXYZ0123456789").EncodeToString(b[:])
	return "C-" + n[:4] + "-" + n[4:]
}

// tellComplaint has the applicant's case record it and write to them. One whose case is
// over reads it on the page alone.
func (s *Service) tellComplaint(ctx context.Context, c Complaint) error {
	once := "complaint/" + c.Number
	if !c.Open() {
		once += "/answered"
	}
	err := s.update(ctx, c.Applicant, workflows.UpdateComplaint, once, workflows.ComplaintNews{Number: c.Number, Due: c.Due, Answered: !c.Open(), Actor: cmp.Or(c.AnsweredBy, c.By)}, &workflows.Ack{})
	switch onboarding.CodeOf(err) { //nolint:exhaustive // the case is over
	case onboarding.CodeNotNow, onboarding.CodeUnknownApplicant:
		return nil
	}
	return err
}

func (s *Service) eachComplaint(ctx context.Context, under string) iter.Seq2[Complaint, error] {
	return s.complaints().All(ctx, s.Objects, "complaints/"+under, nil)
}

// Complaints lists those of the caller's programs, the open ones first and of them the
// most urgent. Their words are not opened.
func (s *Service) Complaints(ctx context.Context) ([]Complaint, error) {
	var out []Complaint
	for c, err := range s.eachComplaint(ctx, "") {
		if err != nil {
			return nil, err
		}
		if InScope(ctx, c.Program) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Complaint) int {
		if a.Open() != b.Open() {
			return map[bool]int{true: -1, false: 1}[a.Open()]
		}
		if a.Open() {
			return a.Due.Compare(b.Due)
		}
		return b.AnsweredAt.Compare(a.AnsweredAt)
	})
	return out, nil
}

// OwnComplaints are an applicant's, for themselves, the newest first.
func (s *Service) OwnComplaints(ctx context.Context, id onboarding.ApplicantID) ([]ComplaintRead, error) {
	var out []ComplaintRead
	for c, err := range s.eachComplaint(ctx, string(id)+"/") {
		if err != nil {
			return nil, err
		}
		r, err := s.readComplaint(ctx, c)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b ComplaintRead) int { return b.At.Compare(a.At) })
	return out, nil
}

func (s *Service) readComplaint(ctx context.Context, c Complaint) (ComplaintRead, error) {
	r := ComplaintRead{Complaint: c}
	for sealed, into := range map[*[]byte]*string{&c.Words: &r.Says, &c.Answer: &r.Answers} {
		if len(*sealed) == 0 {
			continue
		}
		plain, err := s.Vault.Open(ctx, c.Applicant, sealComplaint, *sealed)
		if onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
			r.Erased = true
			continue
		}
		if err != nil {
			return r, err
		}
		*into = string(plain)
	}
	return r, nil
}

// OpenComplaint reads one. That it is read stands in the applicant's ledger first.
func (s *Service) OpenComplaint(ctx context.Context, id onboarding.ApplicantID, number string, as identity.Reading) (ComplaintRead, error) {
	c, err := s.complaint(ctx, id, number)
	if err != nil {
		return ComplaintRead{}, err
	}
	if err := s.viewed(ctx, id, "complaint/"+number, nil, as); err != nil && onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
		return ComplaintRead{}, err
	}
	return s.readComplaint(ctx, c)
}

func (s *Service) complaint(ctx context.Context, id onboarding.ApplicantID, number string) (Complaint, error) {
	none := &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such complaint.", Hint: "The list of complaints has those that are known."}
	if strings.ContainsAny(number, "/.") {
		return Complaint{}, none
	}
	c, version, err := s.complaints().Get(ctx, complaintKey(id, number))
	if err != nil {
		return c, err
	}
	if version == "" || !InScope(ctx, c.Program) {
		return Complaint{}, none
	}
	return c, nil
}

// AnswerComplaint answers one, in words that the applicant reads on their page.
// Answered already is CodeNotNow.
func (s *Service) AnswerComplaint(ctx context.Context, id onboarding.ApplicantID, number, words string, by workflows.Actor) error {
	words = strings.TrimSpace(words)
	if words == "" {
		return onboarding.Invalid("answer", "The answer is empty.", "Write what you found and what is done about it.")
	}
	if err := checkLength("answer", words, maxStatement); err != nil {
		return err
	}
	if _, err := s.complaint(ctx, id, number); err != nil {
		return err
	}
	sealed, err := s.seal(ctx, id, sealComplaint, words)
	if err != nil {
		return err
	}
	c, err := s.complaints().Change(ctx, complaintKey(id, number), func(c Complaint) (Complaint, error) {
		if !c.Open() {
			return c, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This complaint is answered already.", Hint: "Its page shows the answer."}
		}
		c.Answer, c.AnsweredAt, c.AnsweredBy = sealed, s.Now().UTC(), by
		return c, nil
	})
	if err != nil {
		return err
	}
	if err := s.complaintAnswered(ctx, number); err != nil {
		return err
	}
	return s.tellComplaint(ctx, c)
}

// OutsideBodies are whom the applicant can turn to outside of this house, by their
// program and where they live.
func (s *Service) OutsideBodies(ctx context.Context, id onboarding.ApplicantID) ([]program.OutsideBody, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := s.Programs.Get(v.Program)
	if err != nil {
		return nil, fmt.Errorf("applicants: the program of a complaint: %w", err)
	}
	return policy.OutsideBodies(p, v.Place.State), nil
}
