package console

import (
	"errors"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// factorPrefix stands before a factor's ID in its input's.
const factorPrefix = "factor-"

// decisionForm asks for a ruling and a reason and, where the place of the work has
// an individualized assessment, for each of its factors. A factor is needed only
// against the applicant; the page works without a script, so it is there always.
func decisionForm(v workflows.StaffView) web.Form {
	f := append(web.Form{{ID: "ruling", Label: "Decision", Noun: "a decision", Options: []web.Option{
		{Value: string(onboarding.RulingProceed), Label: "Go on", Hint: "The application goes to its next step."},
		{Value: string(onboarding.RulingAdverse), Label: "Against the applicant",
			Hint: "Where the law asks for it, the applicant is told first and has time to answer; then you are asked again."},
	}}}, reasonForm(v)...)
	for _, factor := range v.Form.Factors {
		f = append(f, &web.Input{ID: factorID(factor.ID), Label: factor.Text, Hint: factor.Hint, Rows: 3, Max: reasonMax, Spellcheck: true})
	}
	return f
}

// factorID is the ID of a factor's input: without spaces, which would make two of it.
func factorID(factor string) string { return factorPrefix + strings.Join(strings.Fields(factor), "-") }

// split parts the factors, which the page shows under a heading of their own, from
// the other inputs.
func split(f web.Form) (form, factors web.Form) {
	for _, in := range f {
		if strings.HasPrefix(in.ID, factorPrefix) {
			factors = append(factors, in)
		} else {
			form = append(form, in)
		}
	}
	return form, factors
}

// weighDecision notes at each factor what is wrong with its answer, all at once:
// nothing when the decision is not against the applicant.
func weighDecision(v workflows.StaffView, f web.Form) {
	against := f.Value("ruling") == string(onboarding.RulingAdverse)
	for _, factor := range v.Form.Factors {
		in := f.Get(factorID(factor.ID))
		in.Problem = ""
		if !against {
			continue
		}
		one := policy.Form{Factors: []policy.Factor{factor}}
		if err := one.Complete(map[string]string{factor.ID: in.Value}); err != nil {
			in.Problem = err.Error()
		}
	}
}

// decisionOf reads a form that is whole. The factors' IDs are those of the form that
// was shown; one that no longer fits is the service's to refuse.
func decisionOf(f web.Form) applicants.Decision {
	d := applicants.Decision{Ruling: onboarding.Ruling(f.Value("ruling")), Reason: f.Value("reason")}
	if d.Ruling != onboarding.RulingAdverse {
		return d
	}
	for _, in := range f {
		if id, ok := strings.CutPrefix(in.ID, factorPrefix); ok {
			if d.Assessment == nil {
				d.Assessment = map[string]string{}
			}
			d.Assessment[id] = in.Value
		}
	}
	return d
}

// blamable names a factor's input in an error that names the factor.
func blamable(err error) error {
	var e *onboarding.Error
	if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid || e.Field == "" || e.Field == "reason" || e.Field == "decision" {
		return err
	}
	named := *e
	named.Field = factorID(e.Field)
	return &named
}

// gaveOpinion reports whether the reader is one of those who have decided already.
func gaveOpinion(v workflows.StaffView, who identity.Staff) bool {
	return workflows.MaySecond(v.Opinions, actor(who)) != nil
}

// mayDecide says why somebody may not decide about a case although it waits for a
// decision; the workflow refuses them in any case.
func mayDecide(v workflows.StaffView, who identity.Staff) error {
	if v.Recruiter != "" && v.Recruiter == who.ID {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "You have this case as its recruiter, so somebody else must decide about it.",
			Hint: "Ask another reviewer, or hand the case back first: " + casePath(v.Applicant)}
	}
	if !v.Review {
		return nil
	}
	return workflows.MaySecond(v.Opinions, actor(who))
}

// rulingWords is a decision as a clause.
func rulingWords(r onboarding.Ruling) string {
	switch r {
	case onboarding.RulingProceed:
		return "to go on"
	case onboarding.RulingAdverse:
		return "against the applicant"
	case onboarding.RulingReview:
		return "for a person to look"
	}
	return string(r)
}
