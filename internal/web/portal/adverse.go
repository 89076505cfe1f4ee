package portal

import (
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// course is how far an adverse action is, as the person reads it whom it is
// against (15 USC 1681b(b)(3), 1681i).
type course struct {
	Rows     []row
	Answer   bool // it can be answered now
	More     bool // information can be added for the agency
	Yourself string
	Report   bool // a copy of the report is there
	NoReport bool // the notice rests on no report
	Assessed bool // a copy of the written assessment is there
}

type row struct{ Name, Says string }

// answering says what the applicant can say now: the first answer to the notice,
// or information for the agency that is looking again (15 USC 1681i(a)(1)(B)).
func answering(v workflows.ApplicantView) (first, more bool) {
	a := v.Adverse
	if !a.Contemplated || !v.Stage.Open() {
		return false, false
	}
	return !a.Disputed, a.Disputed && a.Reinvestigation.Running() && !a.Reinvestigation.Extended
}

// contested reports whether a notice is out and nothing is decided yet.
func contested(v workflows.ApplicantView) bool { return v.Adverse.Contemplated && v.Stage.Open() }

// courseOf gives the course, or nil when there is none to tell of.
func (p *Portal) courseOf(v workflows.ApplicantView, assessed bool) *course {
	a := v.Adverse
	if !contested(v) && a.FinalAt.IsZero() {
		return nil
	}
	vendor, agency := p.agency(v)
	name := agencyName(vendor, agency)
	c := &course{Report: v.Report, NoReport: !v.Report, Assessed: assessed}
	c.Answer, c.More = answering(v)
	add := func(name, says string) { c.Rows = append(c.Rows, row{name, says}) }
	if !a.PreNoticeAt.IsZero() {
		add("Our notice", "We wrote to you on "+day(a.PreNoticeAt)+". Our message says what this rests on.")
	}
	if contested(v) {
		add("Your time to answer", clockWords(v, p.site.Now()))
	}
	if a.Disputed {
		add("Your answer", answerWords(a, name))
	}
	if r := a.Reinvestigation; !r.Started.IsZero() {
		add(name+" looks again", lookWords(r, name))
		if r.Running() && !r.Told && contested(v) {
			c.Yourself = yourselfWords(vendor, name, agency)
		}
	}
	if !a.FinalAt.IsZero() {
		add("Our decision", "A person declined your application. We wrote to you on "+day(a.FinalAt)+".")
	}
	return c
}

// clockWords says how the time to answer stands.
func clockWords(v workflows.ApplicantView, now time.Time) string {
	a := v.Adverse
	switch {
	case a.WaitEnds.IsZero():
		return "Nothing is decided before it is over."
	case !a.Disputed && now.Before(a.WaitEnds):
		return "You have until " + moment(a.WaitEnds) + ": " + left(a.WaitEnds.Sub(now)) + " left. Nothing is decided before."
	case !a.Disputed:
		return "It was over on " + moment(a.WaitEnds) + ". A person decides now. As long as nothing is decided, you can still answer."
	case !a.Reinvestigation.Running() && v.Attention == onboarding.AttentionNone && v.Wait.Until.After(now):
		return "A person has read your answer, and the clock goes on until " + moment(v.Wait.Until) + ". You can still write to us."
	case a.AnsweredAt.IsZero() || !a.AnsweredAt.Before(a.WaitEnds):
		return "The clock stands still, and nothing is decided, until your answer has been dealt with."
	}
	return "Your answer has stopped the clock on " + moment(a.AnsweredAt) + ", with " + left(a.WaitEnds.Sub(a.AnsweredAt)) +
		" left. It stands still, and nothing is decided, until your answer has been dealt with."
}

// left is a time in words, rounded down: nobody is told of more than there is.
func left(d time.Duration) string {
	whole := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch hours := int(d / time.Hour); {
	case hours < 1:
		return "less than an hour"
	case hours < 24:
		return whole(hours, "hour")
	default:
		return whole(hours/24, "day")
	}
}

func answerWords(a workflows.Adverse, agency string) string {
	when := ""
	if !a.AnsweredAt.IsZero() {
		when = " on " + day(a.AnsweredAt)
	}
	switch {
	case !a.FinalAt.IsZero() && a.Answer == workflows.AnswerStatement:
		return "You sent a statement" + when + ". A person read it before the decision."
	case !a.FinalAt.IsZero():
		return "You disputed what was found" + when + ". A person read what you wrote before the decision."
	case a.Answer == workflows.AnswerStatement:
		return "You sent a statement" + when + ". A person reads it before anything is decided."
	case a.Reinvestigation.Running():
		return "You disputed what was found" + when + ". We wait for what " + agency + " finds, and a person reads what you wrote."
	}
	return "You disputed what was found" + when + ". A person reads what you wrote before anything is decided."
}

// lookWords says how the agency's second look stands and what came of it.
func lookWords(r workflows.Reinvestigation, agency string) string {
	if r.Running() {
		says := "Since " + day(r.Started) + ". It has until " + moment(r.Due) + ". What it has not confirmed by then is not used against you."
		if r.Extended {
			says += " It got 15 days more because you added information."
		}
		return says
	}
	switch r.Outcome {
	case workflows.ReinvestigatedChanged:
		return "It ended on " + day(r.Ended) + ": " + agency + " has changed its report. The copy is the new one."
	case workflows.ReinvestigatedUnchanged:
		return "It ended on " + day(r.Ended) + ": " + agency + " has found that its report stands as it was."
	case workflows.ReinvestigatedOverdue:
		return "It ended on " + day(r.Ended) + ": " + agency + " has not confirmed in time what you disputed. That is used no more."
	case workflows.ReinvestigatedUnheard:
		return "It ended on " + day(r.Ended) + ": we have no word that " + agency + " looked at it again. A person looks at what you wrote before anything is decided."
	}
	return "It ended on " + day(r.Ended) + "."
}

// yourselfWords asks to dispute with the agency too, which takes disputes from the
// person alone, or was not told by us.
func yourselfWords(vendor, name string, a program.Agency) string {
	says := "Dispute it with " + name + " too, if you have not: it must take a dispute from you yourself, free of charge."
	if takesYoursAlone(vendor) {
		says = name + " takes disputes from you alone, so we cannot pass yours on. Dispute it there too, if you have not, free of charge."
	}
	if a.Address != "" {
		says += " Write to " + a.Name + ", " + a.Address
		if a.Phone != "" {
			says += ", or call " + a.Phone
		}
		says += "."
	}
	return says
}

// takesYoursAlone reports whether the agency takes disputes from nobody but the
// person.
func takesYoursAlone(vendor string) bool { return vendor == consent.RecipientCheckr }

// looksAgain reports whether a dispute makes the agency look again: once for a
// report, since what was verified stands (15 USC 1681i(a)(3)).
func looksAgain(v workflows.ApplicantView) bool {
	return v.Report && v.Stage == onboarding.StageVetting && v.Adverse.Reinvestigation.Started.IsZero()
}
