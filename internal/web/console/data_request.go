package console

import (
	"context"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// openRequest is the oldest data request that waits for an answer.
func openRequest(v workflows.StaffView) (workflows.DataRequest, bool) {
	i := slices.IndexFunc(v.Requests, workflows.DataRequest.Open)
	if i < 0 || v.Stage.Closed() {
		return workflows.DataRequest{}, false
	}
	return v.Requests[i], true
}

// answerForm asks for what the applicant reads.
func answerForm(v workflows.StaffView) web.Form {
	f := reasonForm(v)
	f[0].Label, f[0].Noun = "Your answer to the applicant", "your answer"
	f[0].Hint = "They read it as it stands: what you give or erase, or why you do not. It is kept, sealed, in their ledger."
	return f
}

var answeringData = deed{name: "data-request", heading: "Answer a data request", button: "Record this answer",
	explain: "The oldest open request is meant. The applicant reads on their page what you write here, and a letter tells them that it is there. A copy of what their page can show by itself they have already.",
	form: func(v workflows.StaffView) web.Form {
		return append(web.Form{{ID: "answer", Label: "How was it answered?", Noun: "how it was answered", Options: []web.Option{
			{Value: workflows.DataAnswered, Label: "It was answered"}, {Value: workflows.DataRefused, Label: "It was refused"}}}}, answerForm(v)...)
	},
	open: func(v workflows.StaffView, _ onboarding.Check) (bool, string) {
		_, ok := openRequest(v)
		return ok, "No data request waits for an answer here."
	},
	do: func(ctx context.Context, s Service, id onboarding.ApplicantID, _ onboarding.Check, f web.Form, by workflows.Actor) error {
		v, err := s.StaffView(ctx, id)
		if err != nil {
			return err
		}
		r, _ := openRequest(v)
		return s.AnswerData(ctx, id, r.Kind, f.Value("answer"), f.Value("reason"), by)
	}}
