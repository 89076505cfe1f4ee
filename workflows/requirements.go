package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// lines gives what the certification asks for, as it stands.
func (c *file) lines() []RequirementLine {
	lines := slices.Clone(c.Required)
	if len(lines) == 0 {
		for _, r := range c.in.Program.Certification.Steps() {
			lines = append(lines, RequirementLine{ID: r.ID, Kind: r.Kind, Status: RequirementLocked, Attempt: 1})
		}
	}
	for i := range lines {
		lines[i].Left = -1
		if most := c.asked(lines[i].ID).Attempts; most > 0 {
			lines[i].Left = max(most-lines[i].Attempts, 0)
		}
	}
	return lines
}

// asked gives a requirement as the program has it; a zero one for another's ID.
func (c *file) asked(id string) program.Requirement {
	r, _ := c.in.Program.Certification.Step(id)
	return r
}

// need gives the line of a requirement; nil when the program asks for no such.
func (c *file) need(id string) *RequirementLine {
	for i := range c.Required {
		if c.Required[i].ID == id {
			return &c.Required[i]
		}
	}
	return nil
}

// openRequirements makes the lines when the certification begins. A case that was
// in it before there were lines brings what it has along.
func (c *file) openRequirements() {
	if len(c.Required) > 0 {
		return
	}
	was := c.Requirements
	c.Required = c.lines()
	for i := range c.Required {
		l := &c.Required[i]
		switch l.Kind {
		case program.KindQuiz:
			l.Attempts, l.Attempt, l.Score = was.QuizTaken, was.QuizTaken+1, was.QuizScore
			l.Of = c.asked(l.ID).Quiz.Asked()
			if was.QuizTaken == 0 {
				l.Of = 0
			}
			if was.QuizPassed {
				l.Status = RequirementPassed
			}
		case program.KindAgreement:
			if !was.AgreementSigned.IsZero() {
				l.Status, l.PassedAt = RequirementPassed, was.AgreementSigned
			}
		case program.KindCourse, program.KindTyping, program.KindListening, program.KindEquipment, program.KindTax, program.KindLive:
		}
	}
}

// askAnew has the requirements with these IDs met again, such as for a renewal;
// others stay as they are. meet then waits for them.
func (c *file) askAnew(ctx workflow.Context, ids []string) {
	c.openRequirements()
	for i := range c.Required {
		l := &c.Required[i]
		if !slices.Contains(ids, l.ID) {
			continue
		}
		*l = RequirementLine{ID: l.ID, Kind: l.Kind, Status: RequirementLocked, Attempt: l.Attempt}
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Outcome: l.ID + ": asked for anew"})
	}
	c.Anew = true
	c.refresh(workflow.Now(ctx))
}

// refresh brings the states up to date: what is met unlocks what comes after it,
// and time does its part.
func (c *file) refresh(now time.Time) {
	for i := range c.Required {
		l := &c.Required[i]
		r := c.asked(l.ID)
		if l.Status.Met() {
			continue
		}
		undecided := l.Undecided()
		switch {
		case undecided:
		case r.Attempts > 0 && l.Attempts >= r.Attempts:
			l.Status = RequirementFailed
		case slices.ContainsFunc(r.After, func(id string) bool { before := c.need(id); return before != nil && !before.Status.Met() }):
			l.Status = RequirementLocked
		case !l.Slot.IsZero(), l.NotBefore.After(now):
			l.Status = RequirementWaiting
		default:
			l.Status, l.NotBefore = RequirementOpen, time.Time{}
		}
	}
	c.Requirements = c.inShort()
}

// inShort gives the first quiz and the first agreement as Requirements has them.
func (c *file) inShort() Requirements {
	var out Requirements
	quiz, agreement := false, false
	for _, l := range c.lines() {
		switch r := c.asked(l.ID); {
		case r.Questions() != nil && !quiz:
			quiz = true
			out.QuizPassed, out.QuizTaken, out.QuizScore, out.QuizAttemptsLeft = l.Status.Met(), l.Attempts, l.Score, max(l.Left, 0)
		case r.Agreement != nil && !agreement:
			agreement = true
			if l.Status.Met() {
				out.AgreementSigned = l.PassedAt
			}
		}
	}
	return out
}

// met reports whether everything that is asked for is.
func (c *file) met() bool {
	return !slices.ContainsFunc(c.Required, func(l RequirementLine) bool { return !l.Status.Met() })
}

// out lists the requirements whose attempts are used up.
func (c *file) out() []string {
	var ids []string
	for _, l := range c.Required {
		if l.Status == RequirementFailed {
			ids = append(ids, l.ID)
		}
	}
	return ids
}

// meet waits until everything that is asked for is met. It gives the stage that
// follows when that is another: declined, or the same one again, to go on in a
// fresh run; "" when all is met or the case is being ended.
func (c *file) meet(ctx workflow.Context) (onboarding.Stage, error) {
	c.openRequirements()
	ctx, stop := workflow.WithCancel(ctx)
	defer stop()
	c.watchAppointments(ctx)
	old := c.in.Program.Certification.Old()
	for {
		now := workflow.Now(ctx)
		c.refresh(now)
		switch {
		case c.met():
			c.Anew = false
			return "", nil
		case !old && c.acting == 0 && workflow.GetInfo(ctx).GetCurrentHistoryLength() >= freshCertificationAfter:
			return c.Stage, nil
		case len(c.out()) > 0:
			if next, err := c.askAboutAttempts(ctx); err != nil || c.Ending != "" || next != "" {
				return next, err
			}
			continue
		}
		turn := c.turn
		who, w, wake := c.waits(now)
		changed := func() bool { return c.acting == 0 && c.turn != turn }
		if old { // as cases in that form have waited ever since
			changed = func() bool { return c.met() || len(c.out()) > 0 }
		}
		var limit time.Duration
		if !wake.IsZero() {
			limit = max(wake.Sub(now), time.Millisecond)
		}
		if _, err := c.until(ctx, who, w, limit, changed); err != nil || c.Ending != "" {
			return "", err
		}
	}
}

// askAboutAttempts has a reviewer decide on what was tried in vain as often as the
// program lets it: new attempts, or the end.
func (c *file) askAboutAttempts(ctx workflow.Context) (onboarding.Stage, error) {
	what := make([]string, 0, len(c.out()))
	for _, id := range c.out() {
		what = append(what, requirementWords(c.asked(id)))
	}
	w := Wait{For: "a reviewer: every attempt is used up at " + strings.Join(what, ", "), Next: "The reviewer gives new attempts, or ends the application."}
	ruling, err := c.askReviewerUnless(ctx, w, func() bool { return len(c.out()) == 0 })
	if err != nil || c.Ending != "" || ruling == "" {
		return "", err
	}
	if ruling == onboarding.RulingAdverse {
		_, err := c.letter(ctx, MessageFinal, consent.PurposeAccount, nil)
		return onboarding.StageDeclined, err
	}
	for _, id := range c.out() {
		l := c.need(id)
		l.Attempts, l.NotBefore, l.Status = 0, time.Time{}, RequirementOpen
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Outcome: id + ": attempts given anew"})
	}
	return "", nil
}

// waits says whom the certification waits for, and when to look again if nothing
// happens before; zero: never.
func (c *file) waits(now time.Time) (who onboarding.Attention, w Wait, wake time.Time) {
	var todo, pausing, staff []string
	var due time.Time
	for _, l := range c.Required {
		r := c.asked(l.ID)
		if l.Due() {
			staff = append(staff, staffTask(r, l))
			if at := l.Begins(c.in.Pace); !at.IsZero() && (due.IsZero() || at.Before(due)) {
				due = at
			}
		}
		switch {
		case l.Status == RequirementOpen:
			todo = append(todo, requirementTask(r))
		case l.Status == RequirementWaiting && l.NotBefore.After(now):
			pausing = append(pausing, requirementWords(r))
			if wake.IsZero() || l.NotBefore.Before(wake) {
				wake = l.NotBefore
			}
		}
	}
	const next = "The certificate is issued at once when everything is done."
	switch {
	case len(staff) > 0:
		w = Wait{For: "a recruiter to " + and(staff), Next: next, Until: due}
		if len(todo) > 0 {
			w.For += "; and for the applicant to " + and(todo)
		}
		return onboarding.AttentionRecruiter, w, wake
	case len(todo) == 0 && len(pausing) > 0:
		return onboarding.AttentionNone, Wait{For: "the pause before the applicant can try again: " + and(pausing), Next: next, Until: wake}, wake
	}
	return onboarding.AttentionApplicant, Wait{For: "the applicant to " + and(todo), Next: next}, wake
}

// and joins what is to be done to one clause.
func and(list []string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	return strings.Join(list[:len(list)-1], ", ") + " and " + list[len(list)-1]
}
