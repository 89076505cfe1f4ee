package portal

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// certifying brings a case to its certification, with nothing of it done.
func (f *fake) certifying(c *fakeCase) {
	c.view.Stage, c.view.Attention = onboarding.StageCertification, onboarding.AttentionApplicant
	c.view.Required = nil
	for _, step := range f.program(c).Certification.Steps() {
		left := -1
		if step.Attempts > 0 {
			left = step.Attempts
		}
		c.view.Required = append(c.view.Required, workflows.RequirementLine{ID: step.ID, Kind: step.Kind, Status: workflows.RequirementOpen, Attempt: 1, Left: left})
	}
}

func (f *fake) program(c *fakeCase) program.Program {
	for _, p := range f.programs {
		if p.ID == c.view.Program {
			return p
		}
	}
	return program.Program{}
}

// required gives the lines with those locked that others come before.
func (f *fake) required(c *fakeCase) []workflows.RequirementLine {
	out := slices.Clone(c.view.Required)
	steps := f.program(c).Certification.Steps()
	for i := range out {
		if i >= len(steps) || out[i].Status != workflows.RequirementOpen {
			continue
		}
		for _, id := range steps[i].After {
			if k := slices.IndexFunc(out, func(l workflows.RequirementLine) bool { return l.ID == id }); k >= 0 && !out[k].Status.Met() {
				out[i].Status = workflows.RequirementLocked
			}
		}
	}
	return out
}

// line gives the requirement to change, when it can be worked on.
func (f *fake) line(c *fakeCase, id string) (*workflows.RequirementLine, program.Requirement, error) {
	step, ok := f.program(c).Certification.Step(id)
	i := slices.IndexFunc(c.view.Required, func(l workflows.RequirementLine) bool { return l.ID == id })
	if !ok || i < 0 {
		return nil, step, onboarding.Invalid("requirement", "There is none.", "Look at the status.")
	}
	return &c.view.Required[i], step, f.required(c)[i].Ready(f.now())
}

// work is what every method does first.
func (f *fake) work(method string, id onboarding.ApplicantID, requirement string) (*fakeCase, *workflows.RequirementLine, program.Requirement, func(), error) {
	c, done, err := f.open(method, id)
	if err != nil {
		return nil, nil, program.Requirement{}, nil, err
	}
	l, step, err := f.line(c, requirement)
	if err != nil {
		done()
		return nil, nil, step, nil, err
	}
	return c, l, step, done, nil
}

// attempted closes an attempt.
func (f *fake) attempted(c *fakeCase, l *workflows.RequirementLine, step program.Requirement, passed bool) {
	l.Attempts++
	l.Attempt++
	l.Started, l.Starts, l.NotBefore = time.Time{}, 0, time.Time{}
	if l.Left > 0 {
		l.Left--
	}
	switch {
	case passed:
		f.met(c, l)
	case l.Left == 0:
		l.Status = workflows.RequirementFailed
	case step.RetryHours > 0:
		l.Status, l.NotBefore = workflows.RequirementWaiting, f.now().Add(time.Duration(step.RetryHours*float64(time.Hour)))
	}
}

func (f *fake) met(c *fakeCase, l *workflows.RequirementLine) {
	l.Status, l.PassedAt = workflows.RequirementPassed, f.now()
	if !slices.ContainsFunc(c.view.Required, func(l workflows.RequirementLine) bool { return !l.Status.Met() }) {
		c.view.Stage, c.view.Attention = onboarding.StageCertified, onboarding.AttentionNone
		c.view.Credential = workflows.CredentialLine{ID: "cert-" + string(c.view.Applicant), Issued: f.now(), Expires: f.now().AddDate(1, 0, 0)}
	}
}

func (f *fake) seed(id onboarding.ApplicantID, l workflows.RequirementLine) assess.Seed {
	return l.Seed(id)
}

func (f *fake) ReadPage(_ context.Context, id onboarding.ApplicantID, requirement, page string) (workflows.RequirementLine, error) {
	c, l, step, done, err := f.work("ReadPage", id, requirement)
	if err != nil {
		return workflows.RequirementLine{}, err
	}
	defer done()
	i := slices.IndexFunc(step.Course.Pages, func(p program.CoursePage) bool { return p.ID == page })
	if i > l.Page {
		return *l, notNow()
	}
	l.Page = max(l.Page, i+1)
	if l.Page == len(step.Course.Pages) && step.Course.Quiz == nil {
		f.met(c, l)
	}
	return *l, nil
}

func (f *fake) QuizPaper(_ context.Context, id onboarding.ApplicantID, requirement string) (applicants.QuizPaper, error) {
	_, l, step, done, err := f.work("QuizPaper", id, requirement)
	if err != nil {
		return applicants.QuizPaper{}, err
	}
	defer done()
	quiz := step.Questions()
	paper := applicants.QuizPaper{Requirement: requirement, Attempt: l.Attempt, Title: quiz.Title, PassMark: quiz.PassMark, Left: l.Left}
	for _, q := range assess.Questions(*quiz, f.seed(id, *l)) {
		paper.Questions = append(paper.Questions, program.PublicQuestion{ID: q.ID, Text: q.Text, Options: q.Options})
	}
	return paper, nil
}

func (f *fake) HandInQuiz(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, answers map[string]string) (workflows.QuizResult, error) {
	c, l, step, done, err := f.work("HandInQuiz", id, requirement)
	if err != nil {
		return workflows.QuizResult{}, err
	}
	defer done()
	if attempt != l.Attempt {
		return workflows.QuizResult{}, nil
	}
	quiz := step.Questions()
	l.Score, l.Of = assess.Quiz(*quiz, f.seed(id, *l), answers)
	l.Topics = assess.Topics(*quiz, f.seed(id, *l), answers)
	f.attempted(c, l, step, l.Score >= quiz.PassMark)
	return workflows.QuizResult{Passed: l.Status.Met(), Score: l.Score, Of: l.Of}, nil
}

func (f *fake) StartTyping(_ context.Context, id onboarding.ApplicantID, requirement string, again bool, start int) (applicants.TypingPaper, error) {
	_, l, step, done, err := f.work("StartTyping", id, requirement)
	if err != nil {
		return applicants.TypingPaper{}, err
	}
	defer done()
	if again && start == l.Starts {
		if l.Starts >= 2 {
			return applicants.TypingPaper{}, notNow()
		}
		l.Starts++
		l.Started = f.now()
	}
	if l.Started.IsZero() {
		l.Started = f.now()
	}
	return applicants.TypingPaper{Requirement: requirement, Attempt: l.Attempt, Start: l.Starts, Passage: assess.Passage(*step.Typing, f.seed(id, *l)),
		Started: l.Started, MinWPM: step.Typing.MinWPM, MinAccuracy: step.Typing.MinAccuracy, Left: l.Left}, nil
}

func (f *fake) HandInTyping(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, typed string) (workflows.RequirementLine, error) {
	c, l, step, done, err := f.work("HandInTyping", id, requirement)
	if err != nil {
		return workflows.RequirementLine{}, err
	}
	defer done()
	if attempt == l.Attempt {
		text := assess.Passage(*step.Typing, f.seed(id, *l)).Text
		characters, errors := assess.Typed(text, typed)
		speed := assess.Speedy(assess.Length(text), characters, errors, f.now().Sub(l.Started))
		l.WPM, l.Score, l.Of, l.Detail = speed.WPM, int(speed.Accuracy), 100, ""
		if speed.TooFast {
			l.Detail = workflows.DetailTooFast
		}
		f.attempted(c, l, step, speed.Passes(*step.Typing))
	}
	return *l, nil
}

func (f *fake) ListeningPaper(_ context.Context, id onboarding.ApplicantID, requirement string) (applicants.ListeningPaper, error) {
	_, l, step, done, err := f.work("ListeningPaper", id, requirement)
	if err != nil {
		return applicants.ListeningPaper{}, err
	}
	defer done()
	paper := applicants.ListeningPaper{Requirement: requirement, Attempt: l.Attempt, PassMark: step.Listening.PassMark, Left: l.Left}
	for _, c := range assess.Clips(*step.Listening, f.seed(id, *l)) {
		clip := applicants.PaperClip{ID: c.ID, Audio: c.Audio}
		for _, field := range c.Fields {
			clip.Fields = append(clip.Fields, applicants.PaperField{Key: assess.Key(c.ID, field.ID), Label: field.Label})
			paper.Of++
		}
		paper.Clips = append(paper.Clips, clip)
	}
	return paper, nil
}

func (f *fake) HandInListening(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, noted map[string]string) (workflows.RequirementLine, error) {
	c, l, step, done, err := f.work("HandInListening", id, requirement)
	if err != nil {
		return workflows.RequirementLine{}, err
	}
	defer done()
	if attempt == l.Attempt {
		l.Score, l.Of = assess.Listening(*step.Listening, f.seed(id, *l), noted)
		f.attempted(c, l, step, l.Score >= step.Listening.PassMark)
	}
	return *l, nil
}

func (f *fake) HandInEquipment(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, e applicants.Equipment) (workflows.RequirementLine, error) {
	c, l, step, done, err := f.work("HandInEquipment", id, requirement)
	if err != nil {
		return workflows.RequirementLine{}, err
	}
	defer done()
	if attempt != l.Attempt {
		return *l, nil
	}
	l.Declared, l.Down, l.Up, l.Latency, l.Microphone = e.Declared, e.Down, e.Up, e.Latency, e.Microphone
	measured := assess.Line{Down: e.Down, Up: e.Up, Latency: e.Latency, Microphone: e.Microphone}
	_, all := assess.Declared(*step.Equipment, e.Yes)
	switch {
	case !e.Declared && !measured.Sound():
		return *l, onboarding.Invalid("measurement", "The measurement did not work.", "Try it again, or answer the questions instead.")
	case !e.Declared:
		f.attempted(c, l, step, measured.Enough(*step.Equipment))
	case all && !step.Equipment.AcceptDeclared:
		l.Status = workflows.RequirementWaiting
	default:
		f.attempted(c, l, step, all)
	}
	return *l, nil
}

func (f *fake) Sign(_ context.Context, id onboarding.ApplicantID, requirement, version, sha256, typedName string, _ applicants.Origin) error {
	c, l, step, done, err := f.work("Sign", id, requirement)
	if err != nil {
		return err
	}
	defer done()
	if version != step.Agreement.Version || sha256 != step.Agreement.SHA256() {
		return onboarding.Invalid("agreement", "This is not the agreement's present text.", "Open the page again.")
	}
	f.signed = append(f.signed, typedName)
	f.met(c, l)
	return nil
}

func (f *fake) TaxDraft(_ context.Context, id onboarding.ApplicantID) (applicants.TaxDraft, error) {
	c, done, err := f.open("TaxDraft", id)
	if err != nil {
		return applicants.TaxDraft{}, err
	}
	defer done()
	return c.tax, nil
}

func (f *fake) SaveTaxDraft(_ context.Context, id onboarding.ApplicantID, page string, d applicants.TaxDraft) error {
	c, done, err := f.open("SaveTaxDraft", id)
	if err != nil {
		return err
	}
	defer done()
	if d.Tag != c.tax.Tag {
		return &onboarding.Error{Code: onboarding.CodeConflict, Message: "Another has saved."}
	}
	if page == applicants.TaxPageNumber && len(d.Form.Number) < 9 {
		return onboarding.Invalid("number", "This is not a taxpayer number.", "It has nine digits.")
	}
	c.version++
	d.Tag = fmt.Sprint("tax-", c.version)
	c.tax = d
	return nil
}

func (f *fake) GiveTaxDetails(_ context.Context, id onboarding.ApplicantID, requirement string, form applicants.TaxForm, _ applicants.Origin) error {
	c, l, _, done, err := f.work("GiveTaxDetails", id, requirement)
	if err != nil {
		return err
	}
	defer done()
	if form.Signature != form.Name {
		return onboarding.Invalid("signature", "Sign with the name that you gave as the one on your tax return.", "Type it as it stands in the first answer.")
	}
	c.given, c.tax = append(c.given, form), applicants.TaxDraft{}
	f.met(c, l)
	return nil
}

func (f *fake) Slots(_ context.Context, id onboarding.ApplicantID, requirement string) ([]applicants.Slot, error) {
	_, _, step, done, err := f.work("Slots", id, requirement)
	if err != nil {
		return nil, err
	}
	defer done()
	times, err := assess.Slots(*step.Live, f.now())
	if err != nil {
		return nil, err
	}
	var out []applicants.Slot
	for _, at := range times {
		if !f.full[at.Unix()] {
			out = append(out, applicants.Slot{At: at, Until: at.Add(time.Duration(step.Live.Minutes) * time.Minute), Free: 1})
		}
	}
	return out, nil
}

func (f *fake) BookSlot(_ context.Context, id onboarding.ApplicantID, requirement string, _ int, at time.Time) (workflows.RequirementLine, error) {
	_, l, _, done, err := f.work("BookSlot", id, requirement)
	if err != nil {
		return workflows.RequirementLine{}, err
	}
	defer done()
	l.Slot, l.Seat = at, 1
	return *l, nil
}

func (f *fake) GiveSlotBack(_ context.Context, id onboarding.ApplicantID, requirement string, _ int) (workflows.RequirementLine, error) {
	_, l, _, done, err := f.work("GiveSlotBack", id, requirement)
	if err != nil {
		return workflows.RequirementLine{}, err
	}
	defer done()
	l.Slot, l.Seat = time.Time{}, 0
	return *l, nil
}

func (f *fake) AskOtherWay(_ context.Context, id onboarding.ApplicantID, requirement, words string) error {
	c, done, err := f.open("AskOtherWay", id)
	if err != nil {
		return err
	}
	defer done()
	i := slices.IndexFunc(c.view.Required, func(l workflows.RequirementLine) bool { return l.ID == requirement })
	c.view.Required[i].Asked = f.now()
	f.wishes = append(f.wishes, words)
	return nil
}

func (f *fake) OtherWay(_ context.Context, id onboarding.ApplicantID, _ string) (string, error) {
	_, done, err := f.open("OtherWay", id)
	if err != nil {
		return "", err
	}
	defer done()
	return f.answer, nil
}
