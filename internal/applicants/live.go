package applicants

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Slots lists the appointments of a live assessment that can be booked now, with a
// free seat each, the earliest first.
func (s *Service) Slots(ctx context.Context, id onboarding.ApplicantID, requirement string) ([]Slot, error) {
	_, r, err := s.line(ctx, id, requirement)
	if err != nil {
		return nil, err
	}
	if r.Live == nil {
		return nil, noSuch(requirement)
	}
	v, err := s.View(ctx, id)
	if err != nil {
		return nil, err
	}
	taken, err := s.taken(ctx, v.Program, requirement)
	if err != nil {
		return nil, err
	}
	times, err := assess.Slots(*r.Live, s.Now())
	if err != nil {
		return nil, err
	}
	var out []Slot
	for _, at := range times {
		if free := r.Live.Seats - taken[at.Unix()]; free > 0 {
			out = append(out, Slot{At: at, Until: at.Add(time.Duration(r.Live.Minutes) * time.Minute), Free: free})
		}
	}
	return out, nil
}

// taken counts the seats that are taken, by the appointment's time in seconds.
func (s *Service) taken(ctx context.Context, program, requirement string) (map[int64]int, error) {
	out := map[int64]int{}
	prefix := onboarding.SlotPrefix(program, requirement)
	for key, err := range s.Objects.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		at, _, _ := strings.Cut(strings.TrimPrefix(key, prefix), "/")
		if n, err := strconv.ParseInt(at, 10, 64); err == nil {
			out[n]++
		}
	}
	return out, nil
}

// BookSlot books an appointment; one that was booked before is given back. Errors:
// CodeNotNow when it is not offered any more or the last seat has just been taken.
func (s *Service) BookSlot(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, at time.Time) (workflows.RequirementLine, error) {
	if at.IsZero() {
		return workflows.RequirementLine{}, onboarding.Invalid("slot", "Choose a time.", "Choose one of those that the page lists.")
	}
	return s.book(ctx, id, workflows.BookSlot{Requirement: requirement, Attempt: attempt, At: at.UTC()})
}

// GiveSlotBack gives the booked appointment back.
func (s *Service) GiveSlotBack(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int) (workflows.RequirementLine, error) {
	return s.book(ctx, id, workflows.BookSlot{Requirement: requirement, Attempt: attempt})
}

func (s *Service) book(ctx context.Context, id onboarding.ApplicantID, in workflows.BookSlot) (workflows.RequirementLine, error) {
	var out workflows.RequirementResult
	err := s.update(ctx, id, workflows.UpdateBookSlot, "", in, &out)
	return out.Requirement, err
}

// liveScore is what is sealed of a person's scores.
type liveScore struct {
	Lines  []liveLine `json:"lines"`
	Remark string     `json:"remark"`
}

type liveLine struct {
	Text  string `json:"text"` // the rubric's, as it was scored
	Score int    `json:"score"`
	Max   int    `json:"max"`
}

// ScoreLive scores the attempt of a live assessment by its rubric, with a remark, or
// says that the applicant did not come. Errors: CodeInvalid, whose Field is a line of
// the rubric or "remark"; CodeNotNow before the appointment, and when that attempt
// was scored already.
func (s *Service) ScoreLive(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, score LiveScore, by workflows.Actor) error {
	_, r, err := s.line(ctx, id, requirement)
	if err != nil {
		return err
	}
	if r.Live == nil {
		return noSuch(requirement)
	}
	remark := strings.TrimSpace(score.Remark)
	if err := checkWords("remark", remark); err != nil {
		return err
	}
	in := workflows.ScoreLive{Requirement: r.ID, Attempt: attempt, NoShow: score.NoShow, Actor: by}
	kept := liveScore{Remark: remark}
	if !score.NoShow {
		if _, wrong := assess.Rubric(*r.Live, score.Scores); wrong != "" {
			return onboarding.Invalid(wrong, "Give the points for this line, within its range.", "Every line of the rubric needs a number.")
		}
		in.Scores = score.Scores
		for _, line := range r.Live.Rubric {
			kept.Lines = append(kept.Lines, liveLine{Text: line.Text, Score: score.Scores[line.ID], Max: line.Max})
		}
	}
	if in.Remark, err = s.sealed(ctx, id, sealScore, kept); err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateScoreLive, "", in, &workflows.RequirementResult{})
}

// WaiveRequirement lets a requirement go, with a reason: an accommodation, such as
// for who does not hear and a listening exercise.
func (s *Service) WaiveRequirement(ctx context.Context, id onboarding.ApplicantID, requirement, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateWaiveRequirement, "", workflows.WaiveRequirement{Requirement: requirement, Reason: sealed, Actor: by}, &workflows.RequirementResult{})
}

// JudgeRequirement is a person's look at what the applicant declared about their
// equipment. attempt is the one that is meant: a button pressed twice judges once.
func (s *Service) JudgeRequirement(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, pass bool, reason string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, reason)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateJudgeRequirement, "",
		workflows.JudgeRequirement{Requirement: requirement, Attempt: attempt, Pass: pass, Reason: sealed, Actor: by}, &workflows.RequirementResult{})
}

// AnswerOtherWay answers an applicant who asked for another way, in words that they
// read in the portal.
func (s *Service) AnswerOtherWay(ctx context.Context, id onboarding.ApplicantID, requirement, words string, by workflows.Actor) error {
	sealed, err := s.reason(ctx, id, words)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateAnswerOtherWay, "", workflows.AnswerOtherWay{Requirement: requirement, Words: sealed, Actor: by}, &workflows.RequirementResult{})
}

// words are a person's scores with their remark.
func (l liveScore) words() string {
	lines := make([]string, 0, len(l.Lines)+1)
	for _, line := range l.Lines {
		lines = append(lines, fmt.Sprintf("%s: %d of %d.", line.Text, line.Score, line.Max))
	}
	return strings.Join(append(lines, l.Remark), " ")
}
