package applicants

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// QuizPaper is the quiz of one attempt, as drawn for the applicant.
type QuizPaper struct {
	Requirement string
	Attempt     int // to be handed in with the answers
	Title       string
	PassMark    int
	Questions   []program.PublicQuestion
	Left        int // attempts, this one among them; -1: as many as it takes
}

// TypingPaper is the text of a typing test that is under way.
type TypingPaper struct {
	Requirement string
	Attempt     int
	Start       int // of this text: give it when the test is begun anew
	Passage     program.Passage
	Started     time.Time // the clock runs since then
	MinWPM      float64
	MinAccuracy float64
	Left        int // attempts, this one among them; -1: as many as it takes
}

// ListeningPaper is the clips of one attempt: neither transcripts nor answers.
type ListeningPaper struct {
	Requirement string
	Attempt     int
	Clips       []PaperClip
	PassMark    int
	Of          int // fields to note down
	Left        int // attempts, this one among them; -1: as many as it takes
}

// PaperClip is one clip of a ListeningPaper.
type PaperClip struct {
	ID     string
	Audio  string // the recording's name
	Fields []PaperField
}

// PaperField is one thing to note down. Key is what the answer is handed in under.
type PaperField struct {
	Key   string
	Label string
}

// Equipment is what the browser measured, or what the applicant declared.
type Equipment struct {
	Declared   bool
	Down, Up   float64         // Mbit/s
	Latency    float64         // milliseconds
	Microphone bool            // one is there
	Yes        map[string]bool // with Declared: the declarations that were answered with yes, by ID; one that is absent was not answered
}

// TaxForm is the details of a Form W-9 as they were typed.
type TaxForm struct {
	Name           string // as on the tax return
	BusinessName   string
	Classification string // one of TaxClasses
	Exempt         bool   // from backup withholding: not usual for individuals
	Street, Unit   string
	City, State    string
	PostalCode     string
	NumberKind     string // "ssn" or "ein"
	Number         string
	Subject        bool   // the IRS has said that backup withholding applies: the second certification is crossed out
	Signature      string // typed name, under penalties of perjury
}

// Slot is one appointment that can be booked.
type Slot struct {
	At, Until time.Time
	Free      int // seats
}

// LiveScore is what a person saw at an appointment.
type LiveScore struct {
	NoShow bool
	Scores map[string]int // by the rubric's IDs
	Remark string
}

// ReadPage notes that a page of a course was read. Reading one again changes
// nothing. Errors: CodeNotNow for a page whose turn has not come.
func (s *Service) ReadPage(ctx context.Context, id onboarding.ApplicantID, requirement, page string) (workflows.RequirementLine, error) {
	var out workflows.RequirementResult
	err := s.update(ctx, id, workflows.UpdateReadPage, "", workflows.ReadPage{Requirement: requirement, Page: page}, &out)
	return out.Requirement, err
}

// QuizPaper gives the quiz of the attempt that comes next: of a requirement of the
// kind quiz, or of a course that was read. Errors: CodeNotNow when there is none to
// take now, CodeInvalid for what is no requirement with a quiz.
func (s *Service) QuizPaper(ctx context.Context, id onboarding.ApplicantID, requirement string) (QuizPaper, error) {
	line, r, err := s.open(ctx, id, requirement)
	if err != nil {
		return QuizPaper{}, err
	}
	quiz := r.Questions()
	if quiz == nil {
		return QuizPaper{}, noSuch(requirement)
	}
	paper := QuizPaper{Requirement: r.ID, Attempt: line.Attempt, Title: quiz.Title, PassMark: quiz.PassMark, Left: line.Left}
	for _, q := range assess.Questions(*quiz, seed(id, line)) {
		paper.Questions = append(paper.Questions, program.PublicQuestion{ID: q.ID, Text: q.Text, Options: q.Options})
	}
	return paper, nil
}

// HandInQuiz hands in the answers of an attempt, option IDs by question ID. What is
// handed in twice for the same attempt is scored once. Errors: CodeInvalid, whose
// Field is a question's ID, when one has no answer.
func (s *Service) HandInQuiz(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, answers map[string]string) (workflows.QuizResult, error) {
	var out workflows.QuizResult
	err := s.update(ctx, id, workflows.UpdateTakeQuiz, "", workflows.TakeQuiz{Requirement: requirement, Attempt: attempt, Answers: answers}, &out)
	return out, err
}

// StartTyping notes that the text of a typing test is shown, from when on its clock
// runs, and gives it. One that is under way is given as it stands, whatever device
// asks; with again it is begun anew with another text, which uses up no attempt:
// start is then the Start of the text that is left. Errors: CodeNotNow when the test
// cannot be taken now, or was begun anew too often.
func (s *Service) StartTyping(ctx context.Context, id onboarding.ApplicantID, requirement string, again bool, start int) (TypingPaper, error) {
	line, r, err := s.open(ctx, id, requirement)
	if err != nil {
		return TypingPaper{}, err
	}
	if r.Typing == nil {
		return TypingPaper{}, noSuch(requirement)
	}
	if line.Started.IsZero() || again {
		var out workflows.RequirementResult
		if err := s.update(ctx, id, workflows.UpdateStartExercise, "",
			workflows.StartExercise{Requirement: r.ID, Attempt: line.Attempt, Again: again, Start: start}, &out); err != nil {
			return TypingPaper{}, err
		}
		line = out.Requirement
	}
	return TypingPaper{Requirement: r.ID, Attempt: line.Attempt, Start: line.Starts, Passage: assess.Passage(*r.Typing, seed(id, line)),
		Started: line.Started, MinWPM: r.Typing.MinWPM, MinAccuracy: r.Typing.MinAccuracy, Left: line.Left}, nil
}

// HandInTyping hands in what was typed. It is compared with the text that was shown
// and not kept; the time is the workflow's own, from StartTyping to now. Errors:
// CodeInvalid with the Field "typed" for nothing or for much too much.
func (s *Service) HandInTyping(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, typed string) (workflows.RequirementLine, error) {
	line, r, err := s.handing(ctx, id, requirement, attempt)
	if err != nil || line.Attempt != attempt {
		return line, err
	}
	switch {
	case r.Typing == nil:
		return line, noSuch(requirement)
	case line.Started.IsZero():
		return line, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "The typing test was not begun.", Hint: "Begin it on its page, then type the text that it shows."}
	case strings.TrimSpace(typed) == "":
		return line, onboarding.Invalid("typed", "Type the text before you hand it in.", "The text stands above the box.")
	case len(typed) > 4*assess.MaxTyped:
		return line, onboarding.Invalid("typed", "That is much longer than the text.", "Type the text once.")
	}
	characters, errors := assess.Typed(assess.Passage(*r.Typing, seed(id, line)).Text, typed)
	return s.handIn(ctx, id, workflows.HandInExercise{Requirement: r.ID, Attempt: attempt, Characters: characters, Errors: errors})
}

// ListeningPaper gives the clips of the attempt that comes next.
func (s *Service) ListeningPaper(ctx context.Context, id onboarding.ApplicantID, requirement string) (ListeningPaper, error) {
	line, r, err := s.open(ctx, id, requirement)
	if err != nil {
		return ListeningPaper{}, err
	}
	if r.Listening == nil {
		return ListeningPaper{}, noSuch(requirement)
	}
	paper := ListeningPaper{Requirement: r.ID, Attempt: line.Attempt, PassMark: r.Listening.PassMark, Left: line.Left}
	for _, c := range assess.Clips(*r.Listening, seed(id, line)) {
		clip := PaperClip{ID: c.ID, Audio: c.Audio}
		for _, f := range c.Fields {
			clip.Fields = append(clip.Fields, PaperField{Key: assess.Key(c.ID, f.ID), Label: f.Label})
			paper.Of++
		}
		paper.Clips = append(paper.Clips, clip)
	}
	return paper, nil
}

// maxNoted is the most characters that are compared of one note.
const maxNoted = 500

// HandInListening hands in what was noted down, by the paper's keys. It is scored
// and not kept. Errors: CodeInvalid, whose Field is a key, for a field that is empty
// or much too long.
func (s *Service) HandInListening(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, noted map[string]string) (workflows.RequirementLine, error) {
	line, r, err := s.handing(ctx, id, requirement, attempt)
	if err != nil || line.Attempt != attempt {
		return line, err
	}
	if r.Listening == nil {
		return line, noSuch(requirement)
	}
	for _, c := range assess.Clips(*r.Listening, seed(id, line)) {
		for _, f := range c.Fields {
			key := assess.Key(c.ID, f.ID)
			switch note := strings.TrimSpace(noted[key]); {
			case note == "":
				return line, onboarding.Invalid(key, "Note down what you heard.", "If you did not catch it, write what you think it was.")
			case utf8.RuneCountInString(note) > maxNoted:
				return line, onboarding.Invalid(key, "That is too long.", "Note down only what is asked for.")
			}
		}
	}
	score, of := assess.Listening(*r.Listening, seed(id, line), noted)
	return s.handIn(ctx, id, workflows.HandInExercise{Requirement: r.ID, Attempt: attempt, Score: score, Of: of})
}

// HandInEquipment hands in what was measured or declared. Errors: CodeInvalid for
// numbers that are no measurement; its Field is a declaration's ID for one without
// an answer.
func (s *Service) HandInEquipment(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, e Equipment) (workflows.RequirementLine, error) {
	line, r, err := s.handing(ctx, id, requirement, attempt)
	if err != nil || line.Attempt != attempt {
		return line, err
	}
	if r.Equipment == nil {
		return line, noSuch(requirement)
	}
	in := workflows.HandInExercise{Requirement: r.ID, Attempt: attempt, Declared: e.Declared}
	if e.Declared {
		in.Yes = e.Yes
	} else {
		in.Down, in.Up, in.Latency, in.Microphone = e.Down, e.Up, e.Latency, e.Microphone
	}
	return s.handIn(ctx, id, in)
}

func (s *Service) handIn(ctx context.Context, id onboarding.ApplicantID, in workflows.HandInExercise) (workflows.RequirementLine, error) {
	var out workflows.RequirementResult
	err := s.update(ctx, id, workflows.UpdateHandInExercise, "", in, &out)
	return out.Requirement, err
}

// Sign signs the agreement of a requirement, whose text has that version and hash.
// The name must be the applicant's own.
func (s *Service) Sign(ctx context.Context, id onboarding.ApplicantID, requirement, version, sha256, typedName string, from Origin) error {
	view, err := s.View(ctx, id)
	if err != nil {
		return err
	}
	if err := s.signedBy(ctx, id, view.Profile, typedName); err != nil {
		return err
	}
	sealed, err := s.sealed(ctx, id, sealSignature, signature{Name: typedName, Address: from.Address, UserAgent: from.UserAgent})
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateSignAgreement, "",
		workflows.SignAgreement{Requirement: requirement, Version: version, SHA256: sha256, Signature: sealed}, &workflows.Ack{})
}

// AskOtherWay asks staff for another way of doing a requirement, in the applicant's
// own words of up to 2,000 characters.
func (s *Service) AskOtherWay(ctx context.Context, id onboarding.ApplicantID, requirement, words string) error {
	words = strings.TrimSpace(words)
	if err := checkWords("words", words); err != nil {
		return err
	}
	sealed, err := s.seal(ctx, id, sealStatement, words)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateAskOtherWay, "", workflows.AskOtherWay{Requirement: requirement, Words: sealed}, &workflows.RequirementResult{})
}

// OtherWay gives the staff's answer to the last AskOtherWay; "" while there is none.
func (s *Service) OtherWay(ctx context.Context, id onboarding.ApplicantID, requirement string) (string, error) {
	v, err := s.View(ctx, id)
	if err != nil {
		return "", err
	}
	for _, l := range v.Required {
		if l.ID == requirement && len(l.Answer) > 0 {
			plain, err := s.Vault.Open(ctx, id, sealReason, l.Answer)
			return string(plain), err
		}
	}
	return "", nil
}

// line gives the requirement as it stands and as the program has it.
func (s *Service) line(ctx context.Context, id onboarding.ApplicantID, requirement string) (workflows.RequirementLine, program.Requirement, error) {
	v, err := s.View(ctx, id)
	if err != nil {
		return workflows.RequirementLine{}, program.Requirement{}, err
	}
	p, err := s.edition(v)
	if err != nil {
		return workflows.RequirementLine{}, program.Requirement{}, err
	}
	r, ok := p.Certification.Step(requirement)
	if !ok {
		return workflows.RequirementLine{}, r, noSuch(requirement)
	}
	for _, l := range v.Required {
		if l.ID == requirement {
			return l, r, nil
		}
	}
	return workflows.RequirementLine{}, r, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This cannot be done now: the application is at another point.",
		Hint: "Look at its status, which says what can be done."}
}

// open is line for one that can be done now.
func (s *Service) open(ctx context.Context, id onboarding.ApplicantID, requirement string) (workflows.RequirementLine, program.Requirement, error) {
	line, r, err := s.line(ctx, id, requirement)
	if err == nil {
		err = line.Ready(s.Now())
	}
	return line, r, err
}

// handing is open for what hands an attempt in: one that was handed in already is no
// error, and comes with the number of the next.
func (s *Service) handing(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int) (workflows.RequirementLine, program.Requirement, error) {
	line, r, err := s.line(ctx, id, requirement)
	if err == nil && line.Attempt == attempt {
		err = line.Ready(s.Now())
	}
	return line, r, err
}

func noSuch(requirement string) error {
	return onboarding.Invalid("requirement", fmt.Sprintf("The program asks for nothing of that kind under the name %q.", requirement), "Use one of the requirements that the application's status lists.")
}

// seed names the attempt that comes next.
func seed(id onboarding.ApplicantID, l workflows.RequirementLine) assess.Seed { return l.Seed(id) }

// Asked gives what the certification asks for, as the program had it when the
// application began.
func (s *Service) Asked(ctx context.Context, id onboarding.ApplicantID) ([]program.Requirement, error) {
	v, err := s.View(ctx, id)
	if err != nil {
		return nil, err
	}
	p, err := s.edition(v)
	return p.Certification.Steps(), err
}
