package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type listInput struct {
	Stage         string    `query:"stage" enum:"signup,validation,vetting,certification,certified,declined,withdrawn,expired,erased,under-way" doc:"under-way: handed in, and neither certified nor over"`
	Attention     string    `query:"attention" enum:"none,applicant,recruiter,reviewer,ops,privacy,others" doc:"Who is waited for; others: not the applicant"`
	Program       string    `query:"program" maxLength:"40"`
	Check         string    `query:"check" maxLength:"40" doc:"Only those where this check failed"`
	Vendor        string    `query:"vendor" maxLength:"40" doc:"Only those where a check at this vendor failed"`
	Error         string    `query:"error" maxLength:"40" doc:"Only those where a check was stopped by this code, such as VENDOR_UNREACHABLE"`
	Failed        bool      `query:"failed" doc:"Only those with a failed check"`
	Recruiter     string    `query:"recruiter" maxLength:"40" doc:"The ID of staff who has the case; nobody: those whom nobody has"`
	Outcome       string    `query:"outcome" enum:"certified,declined,withdrawn,expired"`
	Jurisdiction  string    `query:"jurisdiction" maxLength:"40" doc:"The place whose rules hold"`
	Open          bool      `query:"open" doc:"Only those that are not over"`
	DueAfter      time.Time `query:"due_after" doc:"Due then or later"`
	DueBefore     time.Time `query:"due_before"`
	ChangedAfter  time.Time `query:"changed_after" doc:"Stage or attention changed then or later"`
	ChangedBefore time.Time `query:"changed_before"`
	AppliedAfter  time.Time `query:"applied_after" doc:"Begun then or later"`
	AppliedBefore time.Time `query:"applied_before"`
	Sort          string    `query:"sort" enum:"applied,-applied,since,-since,due,-due" doc:"Without it those that are not over come first, and of them who came to their stage last. With due, those that have no time come last"`
	Limit         int       `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor        string    `query:"cursor" maxLength:"4000" doc:"next_cursor of the page before"`
}

type listOutput struct{ Body applicants.Page }

func (in listInput) filter() applicants.Filter {
	return applicants.Filter{Stage: onboarding.Stage(in.Stage), Attention: onboarding.Attention(in.Attention),
		Program: in.Program, Check: onboarding.CheckName(in.Check), Vendor: in.Vendor, Error: onboarding.Code(in.Error), Failed: in.Failed,
		Recruiter: in.Recruiter, Outcome: onboarding.Outcome(in.Outcome), Jurisdiction: in.Jurisdiction, Open: in.Open,
		Due: applicants.Span{From: in.DueAfter, To: in.DueBefore}, Changed: applicants.Span{From: in.ChangedAfter, To: in.ChangedBefore},
		Applied: applicants.Span{From: in.AppliedAfter, To: in.AppliedBefore}, Order: applicants.Order(in.Sort), Limit: in.Limit, Cursor: in.Cursor}
}

func (h handler) listApplications(a huma.API) {
	huma.Register(a, operation("list-applications", http.MethodGet, "/applications", "List applications", http.StatusOK),
		func(ctx context.Context, in *listInput) (*listOutput, error) {
			page, err := h.Service.List(ctx, in.filter())
			if err != nil {
				return nil, problem(err)
			}
			return &listOutput{Body: page}, nil
		})
}

type searchInput struct {
	Body struct {
		Q      string `json:"q" minLength:"1" maxLength:"200" doc:"A whole e-mail address, a whole phone number, or a name or parts of one, in any form"`
		Limit  int    `json:"limit,omitempty" minimum:"1" maximum:"500" default:"50"`
		Cursor string `json:"cursor,omitempty" maxLength:"4000" doc:"next_cursor of the page before"`
	}
}

// searchApplications finds by what people type. It is a POST, so that the words stand
// in no address; that somebody searched is recorded first, and what for is not.
func (h handler) searchApplications(a huma.API) {
	huma.Register(a, operation("search-applications", http.MethodPost, "/applications/search", "Find applications by e-mail, phone or name", http.StatusOK),
		func(ctx context.Context, in *searchInput) (*listOutput, error) {
			sought, err := h.Service.Sought(in.Body.Q)
			if err != nil {
				return nil, problem(err)
			}
			if err := h.used(ctx, access.Event{What: access.Searched, Purpose: string(identity.ToSeek)}); err != nil {
				return nil, problem(err)
			}
			page, err := h.Service.List(ctx, applicants.Filter{Sought: sought, Limit: in.Body.Limit, Cursor: in.Body.Cursor})
			if err != nil {
				return nil, problem(err)
			}
			return &listOutput{Body: page}, nil
		})
}
