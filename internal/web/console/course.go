package console

import (
	"time"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// course is one step of an adverse action, in words, with its time.
type course struct {
	What, Says string
	At         time.Time // zero: it has none
}

// courseOf says how far an adverse action is (15 USC 1681b(b)(3), 1681i, 1681m):
// nothing while there is none. A clock that was stopped or is over stays on the
// list, so that it can be seen that nobody's time was cut short.
func courseOf(v workflows.StaffView) []course {
	a := v.Adverse
	var out []course
	if !a.PreNoticeAt.IsZero() {
		out = append(out, course{What: "Notice", Says: "The notice before an adverse action is out since", At: a.PreNoticeAt},
			course{What: "Time to answer", Says: "By " + orNone(a.Rule) + " it ends", At: a.WaitEnds}, answerStep(a))
	}
	out = append(out, secondLook(a.Reinvestigation)...)
	switch {
	case !a.FinalAt.IsZero():
		out = append(out, course{What: "Final notice", Says: "It went out", At: a.FinalAt})
	case !a.PreNoticeAt.IsZero() && !a.Contemplated:
		out = append(out, course{What: "Outcome", Says: "The adverse action is off; the application goes on."})
	}
	return out
}

func orNone(rule string) string {
	if rule == "" {
		return "no rule that is named"
	}
	return rule
}

func answerStep(a workflows.Adverse) course {
	step := course{What: "Answer", At: a.AnsweredAt}
	switch {
	case a.Answer == workflows.AnswerDispute:
		step.Says = "The applicant disputed the report"
	case a.Answer == workflows.AnswerStatement:
		step.Says = "The applicant let the report stand and made a statement"
	case a.Disputed:
		step.Says = "The applicant answered"
	default:
		step.Says = "The applicant has not answered."
	}
	return step
}

// secondLook is the agency's (15 USC 1681i(a)(1)).
func secondLook(r workflows.Reinvestigation) []course {
	if r.Started.IsZero() {
		return nil
	}
	told := "The agency takes disputes from the consumer alone; the applicant was told how to reach it. Its time runs since"
	if r.Told {
		told = "We told the agency what is disputed. Its time runs since"
	}
	out := []course{{What: "Re-investigation", Says: told, At: r.Started}}
	due := course{What: "Due", Says: "The agency has until", At: r.Due}
	if r.Extended {
		due.Says = "The applicant added information, so the agency has until"
	}
	out = append(out, due)
	if r.Ended.IsZero() {
		return out
	}
	end := course{What: "Outcome of it", Says: "It ended: " + r.Outcome, At: r.Ended}
	switch r.Outcome {
	case workflows.ReinvestigatedChanged:
		end.Says = "The report says something else now; ended"
	case workflows.ReinvestigatedUnchanged:
		end.Says = "The agency verified the report as it stood; ended"
	case workflows.ReinvestigatedOverdue:
		end.Says = "The agency did not verify it in time, so what was disputed is not used; ended"
	case workflows.ReinvestigatedUnheard:
		end.Says = "There is no word that the agency knows of the dispute; you decide; ended"
	}
	return append(out, end)
}
