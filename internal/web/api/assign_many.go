package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// caseFilter says which cases are meant, as the list of applications has it.
type caseFilter struct {
	Stage string `json:"stage,omitempty" enum:"signup,validation,vetting,certification,certified,under-way" doc:"under-way: handed in, and neither certified nor over"`
	CaseMatch
}

type assignManyInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key starts one run, however often sent"`
	Body           struct {
		Recruiter    string      `json:"recruiter" minLength:"1" maxLength:"64" doc:"Staff ID of who gets the cases"`
		Applications []string    `json:"applications,omitempty" maxItems:"500" doc:"Exactly these"`
		Match        *caseFilter `json:"match,omitempty" doc:"Or all that match this and are not over; {} for every one"`
		PerSecond    float64     `json:"per_second,omitempty" minimum:"0" maximum:"1000" doc:"Cases a second at most; absent: 50"`
	}
}

// assignMany gives many cases to one recruiter, by a run.
func (h handler) assignMany(a huma.API) {
	huma.Register(a, operation("assign-cases", http.MethodPost, "/applications/assign", "Give cases to a recruiter, these or all that match, in the background", http.StatusOK),
		func(ctx context.Context, in *assignManyInput) (*runOutput, error) {
			q := applicants.BulkRequest{ID: runID(ctx, in.IdempotencyKey), Action: workflows.BulkAssign, To: in.Body.Recruiter, PerSecond: in.Body.PerSecond, By: actor(ctx)}
			if (len(in.Body.Applications) > 0) == (in.Body.Match != nil) {
				return nil, problem(onboarding.Invalid("match", "Which cases?", "Name applications, or give a match, and not both."))
			}
			var err error
			if in.Body.Match != nil {
				q.Match, err = in.Body.Match.filter(in.Body.Match.Stage).ToAssign()
			} else {
				ids := make([]onboarding.ApplicantID, len(in.Body.Applications))
				for i, given := range in.Body.Applications {
					if ids[i], err = onboarding.ParseApplicantID(given); err != nil {
						return nil, problem(err)
					}
				}
				q.Marked, err = h.Service.CasesNow(ctx, ids)
			}
			if err == nil {
				err = h.Service.StartBulk(ctx, q)
			}
			if err != nil {
				return nil, problem(err)
			}
			return h.runNow(ctx, q.ID)
		})
}
