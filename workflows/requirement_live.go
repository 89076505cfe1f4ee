package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// remindBefore is how long before an appointment the applicant is reminded of it.
const remindBefore = 24 * time.Hour

// Begins is when the booked appointment begins in the case's own time: where clocks
// run faster, for trying out, so does the wait for it. Zero when none is booked.
func (l RequirementLine) Begins(p Pace) time.Time {
	if l.Slot.IsZero() {
		return time.Time{}
	}
	return l.Booked.Add(p.Scale(l.Slot.Sub(l.Booked)))
}

// reminds is when the applicant is to be reminded of the appointment; zero when it
// is too near for that, or was done.
func (l RequirementLine) reminds(p Pace) time.Time {
	if l.Slot.IsZero() || l.Reminded || l.Slot.Sub(l.Booked) <= remindBefore {
		return time.Time{}
	}
	return l.Booked.Add(p.Scale(l.Slot.Sub(l.Booked) - remindBefore))
}

// watchAppointments reminds the applicant of appointments for as long as ctx lives,
// whatever else the certification waits for.
func (c *file) watchAppointments(ctx workflow.Context) {
	live := false
	for _, l := range c.Required {
		live = live || l.Kind == program.KindLive
	}
	if !live {
		return
	}
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			turn, next := c.turn, time.Time{}
			for i := range c.Required {
				l := &c.Required[i]
				at := l.reminds(c.in.Pace)
				switch {
				case at.IsZero():
				case !at.After(workflow.Now(ctx)):
					l.Reminded = true
					slot := l.Slot
					c.behind(ctx, MessageAppointment, func(m *SendMessageIn) { m.Deadline = slot })
				case next.IsZero() || at.Before(next):
					next = at
				}
			}
			changed := func() bool { return c.turn != turn }
			var err error
			if next.IsZero() {
				err = workflow.Await(ctx, changed)
			} else {
				_, err = workflow.AwaitWithOptions(ctx, workflow.AwaitOptions{Timeout: max(next.Sub(workflow.Now(ctx)), time.Millisecond),
					TimerOptions: workflow.TimerOptions{Summary: "Remind the applicant of the appointment"}}, changed)
			}
			if err != nil {
				return
			}
		}
	})
}

func (c *file) mayBookSlot(ctx workflow.Context, in BookSlot) error {
	l, r, err := c.mayMeet(in.Requirement)
	if err != nil {
		return err
	}
	if r.Live == nil {
		return noRequirement(in.Requirement)
	}
	if c.handedIn(l, in.Attempt) {
		return notNow("That attempt has been scored.", "Open the page again.")
	}
	if _, _, err := c.mayAttempt(ctx, in.Requirement, in.Attempt); err != nil {
		return err
	}
	if in.At.IsZero() && l.Slot.IsZero() {
		return notNow("No appointment is booked.", "Book one if you wish.")
	}
	if !l.Slot.IsZero() && !in.At.Equal(l.Slot) && !workflow.Now(ctx).Before(l.Begins(c.in.Pace)) {
		return notNow("Your appointment has begun.", "If you cannot come, you will be able to book another one afterwards.")
	}
	return nil
}

// bookSlot takes a seat at the new time and then gives the old one back, so that a
// time that is full costs nobody what they have.
func (c *file) bookSlot(ctx workflow.Context, in BookSlot) (RequirementResult, error) {
	defer c.acts()()
	if err := workflow.Await(ctx, func() bool { return !c.booking }); err != nil {
		return RequirementResult{}, err
	}
	c.booking = true
	defer func() { c.booking = false }()
	if err := c.mayBookSlot(ctx, in); err != nil { // it may be another case by now
		return RequirementResult{}, err
	}
	l := c.need(in.Requirement)
	if !in.At.IsZero() && in.At.Equal(l.Slot) {
		return c.answerLine(ctx, l) // pressed twice
	}
	seat := 0
	if !in.At.IsZero() {
		var err error
		if seat, err = c.reserve(ctx, l.ID, in.At); err != nil {
			return RequirementResult{}, err
		}
	}
	if err := c.giveBack(ctx, l); err != nil {
		return RequirementResult{}, err
	}
	if seat > 0 {
		l.Slot, l.Seat, l.Booked, l.Reminded = in.At.UTC(), seat, workflow.Now(ctx), false
		c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Outcome: l.ID + ": appointment booked", Detail: in.At.UTC().Format(time.RFC3339)})
		slot := l.Slot
		c.behind(ctx, MessageBooked, func(m *SendMessageIn) { m.Deadline = slot })
	}
	return c.answerLine(ctx, l)
}

// reserve takes a seat of an appointment.
func (c *file) reserve(ctx workflow.Context, id string, at time.Time) (int, error) {
	c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Actor: string(ActorApplicant), Outcome: id + ": appointment asked for", Detail: at.UTC().Format(time.RFC3339)})
	out, err := step[ReserveSlotOut](ctx, c, ActivityReserveSlot, "Reserve a seat", func() carrier {
		return ReserveSlotIn{Applicant: c.in.Applicant, Program: c.in.Program.ID, Requirement: id, Live: *c.asked(id).Live, At: at, Now: workflow.Now(ctx)}
	})
	switch {
	case err != nil:
		return 0, err
	case !out.Offered:
		return 0, notNow("This time is not offered any more.", "Choose another one.")
	case out.Seat == 0:
		return 0, notNow("The last place at this time has just been taken.", "Choose another one.")
	}
	return out.Seat, nil
}

// giveBack gives the booked seat back, when there is one.
func (c *file) giveBack(ctx workflow.Context, l *RequirementLine) error {
	if l.Slot.IsZero() {
		return nil
	}
	id, at, seat := l.ID, l.Slot, l.Seat
	l.Slot, l.Seat, l.Booked, l.Reminded = time.Time{}, 0, time.Time{}, false
	c.record(ctx, ledger.Record{Kind: ledger.KindRequirementMet, Outcome: id + ": appointment given back", Detail: at.Format(time.RFC3339)})
	_, err := step[Nothing](ctx, c, ActivityReleaseSlot, "Give a seat back", func() carrier {
		return ReleaseSlotIn{Applicant: c.in.Applicant, Program: c.in.Program.ID, Requirement: id, At: at, Seat: seat}
	})
	return err
}

// releaseSlots gives every booked seat back when the case ends.
func (c *file) releaseSlots(ctx workflow.Context) error {
	for i := range c.Required {
		if err := c.giveBack(ctx, &c.Required[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *file) mayScoreLive(ctx workflow.Context, in ScoreLive) error {
	l, r, err := c.mayMeet(in.Requirement)
	switch {
	case err != nil:
		return err
	case r.Live == nil:
		return noRequirement(in.Requirement)
	case in.Attempt != l.Attempt:
		return notNow("That attempt was scored already.", "Look at the applicant's page as it is now.")
	case l.Slot.IsZero():
		return notNow("No appointment is booked.", "The applicant books one in the portal.")
	case workflow.Now(ctx).Before(l.Begins(c.in.Pace)):
		return notNow("The appointment has not begun.", "Score it when it is over.")
	case in.NoShow:
		return nil
	}
	if _, wrong := assess.Rubric(*r.Live, in.Scores); wrong != "" {
		return onboarding.Invalid(wrong, "Give the points for this line, within its range.", "Every line of the rubric needs a number.")
	}
	_, err = c.Consents.Live(consent.PurposeQualification)
	return err
}

// scoreLive takes a person's scores in. Who did not come books again, for as long
// as there are attempts.
func (c *file) scoreLive(ctx workflow.Context, in ScoreLive) (RequirementResult, error) {
	defer c.acts()()
	l := c.need(in.Requirement)
	if in.Attempt != l.Attempt || l.Slot.IsZero() {
		return c.answerLine(ctx, l)
	}
	live := *c.asked(l.ID).Live
	at, seat := l.Slot, l.Seat
	r := ledger.Record{Actor: string(in.Actor), Sealed: in.Remark}
	l.Slot, l.Seat, l.Booked, l.Reminded = time.Time{}, 0, time.Time{}, false
	l.Score, l.Of, l.Detail = 0, live.MaxScore(), ""
	if in.NoShow {
		l.Detail, r.Detail = DetailNoShow, "the applicant did not come"
		l.Missed++
	} else {
		l.Score, _ = assess.Rubric(live, in.Scores)
	}
	c.attemptedBy(ctx, l, !in.NoShow && l.Score >= live.PassMark, r)
	id := l.ID
	if _, err := step[Nothing](ctx, c, ActivityReleaseSlot, "Give a seat back", func() carrier {
		return ReleaseSlotIn{Applicant: c.in.Applicant, Program: c.in.Program.ID, Requirement: id, At: at, Seat: seat}
	}); err != nil {
		return RequirementResult{}, err
	}
	c.tellRequirement(ctx, id)
	return c.answerLine(ctx, l)
}
