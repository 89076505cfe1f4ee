package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// caseFilter says which cases are meant, as the list of applications has it.
type caseFilter struct {
	Stage         string    `json:"stage,omitempty" enum:"signup,validation,vetting,certification,certified,under-way" doc:"under-way: handed in, and neither certified nor over"`
	Attention     string    `json:"attention,omitempty" enum:"none,applicant,recruiter,reviewer,ops,privacy,others" doc:"Who is waited for; others: not the applicant"`
	Program       string    `json:"program,omitempty" maxLength:"40"`
	Check         string    `json:"check,omitempty" maxLength:"40" doc:"Only those where this check failed"`
	Vendor        string    `json:"vendor,omitempty" maxLength:"40" doc:"Only those where a check at this vendor failed"`
	Error         string    `json:"error,omitempty" maxLength:"40" doc:"Only those where a check was stopped by this code"`
	Failed        bool      `json:"failed,omitempty" doc:"Only those with a failed check"`
	Recruiter     string    `json:"recruiter,omitempty" maxLength:"40" doc:"The ID of staff who has the case; nobody: those whom nobody has"`
	Outcome       string    `json:"outcome,omitempty" enum:"certified,declined,withdrawn,expired"`
	Jurisdiction  string    `json:"jurisdiction,omitempty" maxLength:"40" doc:"The place whose rules hold"`
	DueAfter      time.Time `json:"due_after,omitzero" doc:"Due then or later"`
	DueBefore     time.Time `json:"due_before,omitzero"`
	ChangedAfter  time.Time `json:"changed_after,omitzero" doc:"Stage or attention changed then or later"`
	ChangedBefore time.Time `json:"changed_before,omitzero"`
	AppliedAfter  time.Time `json:"applied_after,omitzero" doc:"Begun then or later"`
	AppliedBefore time.Time `json:"applied_before,omitzero"`
}

func (f caseFilter) match() (workflows.BulkMatch, error) {
	return applicants.Filter{Stage: onboarding.Stage(f.Stage), Attention: onboarding.Attention(f.Attention), Program: f.Program, Check: onboarding.CheckName(f.Check),
		Vendor: f.Vendor, Error: onboarding.Code(f.Error), Failed: f.Failed, Recruiter: f.Recruiter, Outcome: onboarding.Outcome(f.Outcome), Jurisdiction: f.Jurisdiction,
		Due: applicants.Span{From: f.DueAfter, To: f.DueBefore}, Changed: applicants.Span{From: f.ChangedAfter, To: f.ChangedBefore},
		Applied: applicants.Span{From: f.AppliedAfter, To: f.AppliedBefore}}.ToAssign()
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
				q.Match, err = in.Body.Match.match()
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
