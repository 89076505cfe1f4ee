package applicants

import (
	"context"
	"crypto/subtle"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// sealRequest is the name under which the words of a data request are sealed.
const sealRequest = "data-request"

// looksAtOnce is how many requests or erasures a board asks at a time how they stand.
const looksAtOnce = 8

// processor is the role of a program whose data a client controls.
const processor = "processor"

// RequestPath is where who asked proves who they are, behind the portal's address.
const RequestPath = "/apply/requests/"

// OpenRequest begins a data request about an applicant, and gives its ID; one of that kind
// which is open already is found again. words say what is to be corrected, or to stand
// beside the file. Where a client controls the program's data a request of the person's is redirected to them, and one of
// the client's own is carried out. Errors: those of StaffView; CodeInvalid for a kind that
// there is not and for words that are missing; CodeNotAllowed for a controller's request
// about data that we control.
func (s *Service) OpenRequest(ctx context.Context, id onboarding.ApplicantID, kind workflows.RequestKind, from workflows.RequestFrom, words string, by workflows.Actor) (string, error) {
	if !slices.Contains(workflows.RequestKinds(), kind) {
		return "", onboarding.Invalid("kind", "A request is for a copy, a correction, an addition, a restriction, erasure, or the closing of the account.", "Choose one of these.")
	}
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return "", err
	}
	if v.Stage == onboarding.StageErased {
		return "", &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "This applicant's data was erased.", Hint: "There is nothing left to ask for."}
	}
	p, err := s.Programs.Get(v.Program)
	if err != nil {
		return "", err
	}
	if from == workflows.RequestFromController && p.Controller.Role != processor {
		return "", &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "No client controls this program's data.", Hint: "Ask the person to make the request themselves."}
	}
	if from == workflows.RequestFromController && kind == workflows.RequestClose {
		return "", onboarding.Invalid("kind", "An account is closed by the person.", "Ask for erasure, or withdraw the application.")
	}
	in := workflows.DataRequestIn{Applicant: id, Program: v.Program, Kind: kind, From: from, Actor: by, Pace: s.Pace,
		Redirect: p.Controller.Role == processor && from != workflows.RequestFromController,
		AtOnce:   unweighed(v, kind)}
	if kind.Worded() {
		words = strings.TrimSpace(words)
		if err := checkLength("words", words, maxStatement); err != nil {
			return "", err
		}
		if in.Words, err = s.seal(ctx, id, sealRequest, words); err != nil {
			return "", err
		}
	}
	open, err := s.RequestsOf(ctx, id)
	if err != nil {
		return "", err
	}
	for _, r := range open {
		if r.Kind == kind && (!r.State.Over() || r.Stands() || r.Closing()) && r.From == from {
			return r.ID, nil
		}
	}
	in.ID = string(id) + "." + uuid.NewString()[:8]
	_, err = s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.DataRequestID(in.ID), TaskQueue: workflows.TaskQueue,
		StaticSummary: "Data request: " + string(kind)}, workflows.DataRequestName, in)
	return in.ID, failure(err)
}

// unweighed reports whether nothing stands against a deletion that somebody would have to
// weigh: no notice of an adverse action, and no application that is being looked at. A
// closed account ends that by itself.
func unweighed(v workflows.StaffView, kind workflows.RequestKind) bool {
	over := v.Stage.Closed() || v.Stage == onboarding.StageSignup || kind == workflows.RequestClose
	return v.Adverse.PreNoticeAt.IsZero() && over
}

// Request tells how far a data request is. A request about somebody outside the programs
// of who asks is Unknown.
func (s *Service) Request(ctx context.Context, request string) (workflows.RequestView, error) {
	var v workflows.RequestView
	if _, err := requestOf(request); err != nil {
		return v, err
	}
	if err := s.queryAt(ctx, workflows.DataRequestID(request), workflows.QueryRequest, &v); err != nil {
		return v, failure(err)
	}
	if !InScope(ctx, v.Program) {
		return workflows.RequestView{}, Unknown(nil)
	}
	return v, nil
}

// requestOf gives whose request it is; CodeUnknownApplicant for what is no request's ID.
func requestOf(request string) (onboarding.ApplicantID, error) {
	who, rest, ok := strings.Cut(request, ".")
	id, err := onboarding.ParseApplicantID(who)
	if !ok || err != nil || string(id) != who || len(rest) != 8 || strings.Trim(rest, "0123456789abcdef") != "" {
		return "", Unknown(nil)
	}
	return id, nil
}

// RequestsOf gives an applicant's requests that are kept still, the newest first.
func (s *Service) RequestsOf(ctx context.Context, id onboarding.ApplicantID) ([]workflows.RequestView, error) {
	return s.requests(ctx, "WorkflowId STARTS_WITH '"+workflows.DataRequestID(string(id)+".")+"' AND ExecutionStatus = 'Running'")
}

// Requests gives the requests that are kept still, those within the programs of who asks,
// the newest first; 200 at most.
func (s *Service) Requests(ctx context.Context) ([]workflows.RequestView, error) {
	return s.requests(ctx, "WorkflowType = '"+workflows.DataRequestName+"' AND ExecutionStatus = 'Running'")
}

func (s *Service) requests(ctx context.Context, query string) ([]workflows.RequestView, error) {
	out, err := lookedAt(ctx, s, query, func(ctx context.Context, workflow string) (workflows.RequestView, error) {
		return s.Request(ctx, strings.TrimPrefix(workflow, workflows.DataRequestID("")))
	})
	slices.SortStableFunc(out, func(a, b workflows.RequestView) int { return b.AskedAt.Compare(a.AskedAt) })
	return out, err
}

// Erasures gives the erasures after which vendors are still to be asked by hand.
func (s *Service) Erasures(ctx context.Context) ([]workflows.ErasureView, error) {
	query := "WorkflowType = '" + workflows.EraseName + "' AND ExecutionStatus = 'Running' AND " + workflows.SearchAttention.GetName() + " = '" + string(onboarding.AttentionPrivacy) + "'"
	return lookedAt(ctx, s, query, func(ctx context.Context, workflow string) (workflows.ErasureView, error) {
		return s.Erasure(ctx, onboarding.ApplicantID(strings.TrimPrefix(workflow, onboarding.ApplicantID("").ErasureID())))
	})
}

// lookedAt lists all workflows that a query finds, however many, since what waits longest
// is listed last, and asks each how it stands, some at a time. What there is not for who
// asks is left out: it is of another program, or over since.
func lookedAt[V any](ctx context.Context, s *Service, query string, look func(context.Context, string) (V, error)) ([]V, error) {
	var ids []string
	for page, err := range s.workflowIDs(ctx, query, maxLimit) {
		if err != nil {
			return nil, err
		}
		ids = append(ids, page...)
	}
	seen := make([]*V, len(ids))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(looksAtOnce)
	for i, id := range ids {
		all.Go(func() error {
			v, err := look(ctx, id)
			if err == nil {
				seen[i] = &v
			} else if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
				err = nil
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	out := make([]V, 0, len(seen))
	for _, v := range seen {
		if v != nil {
			out = append(out, *v)
		}
	}
	return out, nil
}

// Proof is what somebody gives to prove that a request is theirs: the code that they were
// sent, or the secret of the address that they were sent, and their date of birth.
type Proof struct {
	Code  string // for who is signed in
	Token string // of the address
	Born  string // YYYY-MM-DD
}

// RequestCode is the code that is sent to who asks while signed in: eight digits.
func (s *Service) RequestCode(request string) string {
	n, err := strconv.ParseUint(s.Vault.LookupHash("request-code", request)[:12], 16, 64)
	if err != nil {
		panic("applicants: a look-up hash is not hex") // it is, by vault.LookupHash
	}
	return fmt.Sprintf("%08d", n%100_000_000)
}

// RequestLink is the address that is sent to who asks by mail.
func (s *Service) RequestLink(request string) string {
	return strings.TrimSuffix(s.ConsoleURL, "/console") + RequestPath + request + "/" + s.requestToken(request)
}

func (s *Service) requestToken(request string) string {
	return s.Vault.LookupHash("request-link", request)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// ProveRequester compares what somebody gives, and counts what does not fit: after five
// nothing is compared any more, and nothing is done upon the request. It gives the request
// as it stands then. Errors: CodeNotAllowed when it does not fit, CodeNotNow when it did
// not too often, CodeUnknownApplicant for a request that there is not, or an address that
// is not its own.
func (s *Service) ProveRequester(ctx context.Context, request string, p Proof) (workflows.RequestView, error) {
	v, err := s.Request(ctx, request)
	if err != nil {
		return v, err
	}
	if p.Token != "" && !same(p.Token, s.requestToken(request)) { // nobody was sent that: it is no try of anybody's
		return workflows.RequestView{}, Unknown(nil)
	}
	if v.Spent() {
		return workflows.RequestView{}, spent()
	}
	right := p.Token == "" && v.From == workflows.RequestFromPortal && same(strings.Join(strings.Fields(p.Code), ""), s.RequestCode(request))
	if p.Token != "" {
		if right, err = s.bornOn(ctx, v.Applicant, p.Born); err != nil {
			return workflows.RequestView{}, err
		}
	}
	if right && v.State != workflows.RequestVerify {
		return s.carriedOut(ctx, request)
	}
	if err := s.updateRequest(ctx, request, workflows.UpdateProveRequester, workflows.ProveRequester{Right: right}); err != nil {
		return workflows.RequestView{}, err
	}
	if !right {
		if v.Failures+1 >= workflows.MostProofs {
			return workflows.RequestView{}, spent()
		}
		return workflows.RequestView{}, &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: "proof", Message: "That does not fit.", Hint: "Try again; after five tries it stops."}
	}
	return s.carriedOut(ctx, request)
}

// What needs nobody's decision is carried out within a moment: who has proved to be the
// person is shown that it is.
const (
	carryingLooks = 20
	carryingPause = 150 * time.Millisecond
)

// carriedOut gives a request when it is carried out, or as it is after three seconds.
func (s *Service) carriedOut(ctx context.Context, request string) (workflows.RequestView, error) {
	for look := 1; ; look++ {
		v, err := s.Request(ctx, request)
		if err != nil || !v.ByItself || look == carryingLooks {
			return v, err
		}
		select {
		case <-ctx.Done():
			return v, nil
		case <-time.After(carryingPause):
		}
	}
}

func spent() error {
	return &onboarding.Error{Code: onboarding.CodeNotNow, Field: "proof", Message: "That did not fit too often.", Hint: "Write to the contact of the program: a person will help."}
}

// bornOn compares a date of birth with the one that was given.
func (s *Service) bornOn(ctx context.Context, id onboarding.ApplicantID, born string) (bool, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return false, err
	}
	p, err := s.lastProfile(ctx, id, v.Profile)
	if err != nil {
		return false, err
	}
	return p[onboarding.FieldDateOfBirth] != "" && same(born, p[onboarding.FieldDateOfBirth]), nil
}

// RequestWords opens what is to be corrected, and what the officer answered.
func (s *Service) RequestWords(ctx context.Context, v workflows.RequestView) (asked, answered string, err error) {
	open := func(sealed []byte, name string) string {
		if len(sealed) == 0 || err != nil {
			return ""
		}
		var plain []byte
		if plain, err = s.Vault.Open(ctx, v.Applicant, name, sealed); onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
			plain, err = nil, nil
		}
		return string(plain)
	}
	return open(v.Words, sealRequest), open(v.Answer, sealReason), err
}

// AnswerRequest grants or refuses a request; who asked reads the words. What is granted
// is carried out: an erasure begins, a copy can be fetched.
func (s *Service) AnswerRequest(ctx context.Context, request string, granted bool, words string, by workflows.Actor) error {
	v, err := s.Request(ctx, request)
	if err != nil {
		return err
	}
	sealed, err := s.reason(ctx, v.Applicant, words)
	if err != nil {
		return err
	}
	return s.updateRequest(ctx, request, workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: granted, Words: sealed, Actor: by})
}

// ExtendRequest gives a request 30 days more, once; the person is told why.
func (s *Service) ExtendRequest(ctx context.Context, request string, why workflows.ExtendReason, by workflows.Actor) error {
	if _, err := s.Request(ctx, request); err != nil {
		return err
	}
	return s.updateRequest(ctx, request, workflows.UpdateExtendRequest, workflows.ExtendRequest{Reason: why, Actor: by})
}

func (s *Service) updateRequest(ctx context.Context, request, name string, in any) error {
	return failure(s.updateAt(ctx, workflows.DataRequestID(request), name, &workflows.Ack{}, in))
}

// NoteRequest records something about a request in the applicant's ledger, and writes to
// them.
func (s *Service) NoteRequest(ctx context.Context, id onboarding.ApplicantID, once string, note workflows.NoteRequest) error {
	facts, err := s.ErasureFacts(ctx, id) // for a case that has ended, which knows nothing of itself
	if err != nil {
		return err
	}
	note.Title, note.Contact, note.Language, note.Profile, note.Receipts = facts.Title, facts.Contact, facts.Language, facts.Profile, facts.Receipts
	return s.updateAlsoAfter(ctx, id, workflows.UpdateNoteRequest, once, note)
}
