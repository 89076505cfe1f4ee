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

var answeringData = deed{name: "data-request", heading: "Answer a data request", button: "Record this answer",
	explain: "Send the applicant what they asked for, or why not, first. Here it is recorded that it was done; the oldest open request is meant.",
	form: func(v workflows.StaffView) web.Form {
		return append(web.Form{{ID: "answer", Label: "How was it answered?", Noun: "how it was answered", Options: []web.Option{
			{Value: workflows.DataAnswered, Label: "It was answered"}, {Value: workflows.DataRefused, Label: "It was refused"}}}}, reasonForm(v)...)
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
