package applicants

import (
	"context"
	"maps"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Decision is what a reviewer decides, as they typed it.
type Decision struct {
	Ruling     onboarding.Ruling
	Reason     string
	Assessment map[string]string // by factor's ID; against the applicant only
}

// Assessment is an individualized assessment as it was written.
type Assessment struct {
	Title     string           `json:"title"`
	Citation  string           `json:"citation"`
	Lines     []AssessmentLine `json:"lines"`
	WrittenAt time.Time        `json:"written_at"`
}

// AssessmentLine is one factor and what was weighed under it.
type AssessmentLine struct {
	Text   string `json:"text"`   // the factor's, as it was asked
	Answer string `json:"answer"` // as it was typed
}

// assessment is what is sealed: the questions go along with the answers, since the
// form of a place may be another one by the time that it is read.
type assessment struct {
	Title     string    `json:"title"`
	Citation  string    `json:"citation"`
	Factors   []weighed `json:"factors"`
	WrittenAt time.Time `json:"written_at"`
	Copy      bool      `json:"copy"` // the place gives the applicant a copy
}

type weighed struct {
	ID     string `json:"id"`
	Text   string `json:"text"`
	Answer string `json:"answer"`
}

// Assessment gives the applicant's copy of the individualized assessment that the
// last decision against them rests on. It is false where none was written, where
// the place asks for no copy, and before a notice is out: until then nothing has
// been decided (policy.Form.CopyToApplicant names the sources). Errors: those of
// StaffView, and onboarding.CodeKeyDestroyed when the words were erased.
func (s *Service) Assessment(ctx context.Context, id onboarding.ApplicantID) (Assessment, bool, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return Assessment{}, false, err
	}
	if len(v.Adverse.Assessment) == 0 || (v.Adverse.PreNoticeAt.IsZero() && v.Adverse.FinalAt.IsZero()) {
		return Assessment{}, false, nil
	}
	written, err := s.assessmentOf(ctx, id, v.Adverse.Assessment)
	if err != nil || !written.Copy {
		return Assessment{}, false, err
	}
	return written.shown(), true, nil
}

// assessmentOf opens a sealed assessment.
func (s *Service) assessmentOf(ctx context.Context, id onboarding.ApplicantID, sealed []byte) (assessment, error) {
	var a assessment
	err := s.opened(ctx, id, sealAssessment, sealed, &a)
	return a, err
}

func (a assessment) shown() Assessment {
	out := Assessment{Title: a.Title, Citation: a.Citation, WrittenAt: a.WrittenAt, Lines: make([]AssessmentLine, 0, len(a.Factors))}
	for _, f := range a.Factors {
		out.Lines = append(out.Lines, AssessmentLine{Text: f.Text, Answer: f.Answer})
	}
	return out
}

// Decide gives a reviewer's decision. A decision against the applicant needs an
// answer to every factor of the place's form, where it has one (StaffView.Form):
// without, it is CodeInvalid, whose Field is the factor's ID (policy.Form.Complete).
// Answers that come with another decision are not kept: nothing rests on them.
// What else may be wrong is the workflow's to say, such as CodeNotNow for a second
// decision of the same person where the program asks for two people's.
func (s *Service) Decide(ctx context.Context, id onboarding.ApplicantID, d Decision, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, d.Reason)
	if err != nil {
		return err
	}
	in := workflows.Decide{Ruling: d.Ruling, Reason: sealed, Actor: by}
	if d.Ruling == onboarding.RulingAdverse {
		if in.Assessment, err = s.assess(ctx, id, d.Assessment, by); err != nil {
			return err
		}
	}
	return s.update(ctx, id, workflows.UpdateDecide, "", in, &workflows.Ack{})
}

// assess holds the answers against the form that stands now, and seals them. Who must
// not decide is told so before they weigh anything.
func (s *Service) assess(ctx context.Context, id onboarding.ApplicantID, answers map[string]string, by workflows.Actor) ([]byte, error) {
	v, err := s.StaffView(ctx, id)
	if err == nil {
		err = workflows.MaySecond(v.Opinions, by)
	}
	if err != nil || !v.Form.Asked() {
		return nil, err
	}
	typed := maps.Clone(answers)
	for factor, answer := range typed {
		typed[factor] = strings.TrimSpace(answer)
	}
	if err := v.Form.Complete(typed); err != nil {
		return nil, err
	}
	return s.sealed(ctx, id, sealAssessment, write(v.Form, typed, s.Now()))
}

func write(f policy.Form, answers map[string]string, now time.Time) assessment {
	a := assessment{Title: f.Title, Citation: f.Citation, WrittenAt: now.UTC().Truncate(time.Second), Copy: f.CopyToApplicant}
	for _, factor := range f.Factors {
		a.Factors = append(a.Factors, weighed{ID: factor.ID, Text: factor.Text, Answer: answers[factor.ID]})
	}
	return a
}
