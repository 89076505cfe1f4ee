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

// CaseMatch is what applications are looked for by, in an address or in a body.
type CaseMatch struct {
	Attention     string    `query:"attention" json:"attention,omitempty" enum:"none,applicant,recruiter,reviewer,ops,privacy,others" doc:"Who is waited for; others: not the applicant"`
	Program       string    `query:"program" json:"program,omitempty" maxLength:"40"`
	Check         string    `query:"check" json:"check,omitempty" maxLength:"40" doc:"Only those where this check failed"`
	Vendor        string    `query:"vendor" json:"vendor,omitempty" maxLength:"40" doc:"Only those where a check at this vendor failed"`
	Error         string    `query:"error" json:"error,omitempty" maxLength:"40" doc:"Only those where a check was stopped by this code, such as VENDOR_UNREACHABLE"`
	Failed        bool      `query:"failed" json:"failed,omitempty" doc:"Only those with a failed check"`
	Recruiter     string    `query:"recruiter" json:"recruiter,omitempty" maxLength:"40" doc:"The ID of staff who has the case; nobody: those whom nobody has"`
	Outcome       string    `query:"outcome" json:"outcome,omitempty" enum:"certified,declined,withdrawn,expired"`
	Jurisdiction  string    `query:"jurisdiction" json:"jurisdiction,omitempty" maxLength:"40" doc:"The place whose rules hold"`
	DueAfter      time.Time `query:"due_after" json:"due_after,omitzero" doc:"Due then or later"`
	DueBefore     time.Time `query:"due_before" json:"due_before,omitzero"`
	ChangedAfter  time.Time `query:"changed_after" json:"changed_after,omitzero" doc:"Stage or attention changed then or later"`
	ChangedBefore time.Time `query:"changed_before" json:"changed_before,omitzero"`
	AppliedAfter  time.Time `query:"applied_after" json:"applied_after,omitzero" doc:"Begun then or later"`
	AppliedBefore time.Time `query:"applied_before" json:"applied_before,omitzero"`
}

func (m CaseMatch) filter(stage string) applicants.Filter {
	return applicants.Filter{Stage: onboarding.Stage(stage), Attention: onboarding.Attention(m.Attention), Program: m.Program, Check: onboarding.CheckName(m.Check),
		Vendor: m.Vendor, Error: onboarding.Code(m.Error), Failed: m.Failed, Recruiter: m.Recruiter, Outcome: onboarding.Outcome(m.Outcome), Jurisdiction: m.Jurisdiction,
		Due: applicants.Span{From: m.DueAfter, To: m.DueBefore}, Changed: applicants.Span{From: m.ChangedAfter, To: m.ChangedBefore},
		Applied: applicants.Span{From: m.AppliedAfter, To: m.AppliedBefore}}
}

type listInput struct {
	Stage string `query:"stage" enum:"signup,validation,vetting,certification,certified,declined,withdrawn,expired,erased,under-way" doc:"under-way: handed in, and neither certified nor over"`
	CaseMatch
	Open   bool   `query:"open" doc:"Only those that are not over"`
	Sort   string `query:"sort" enum:"applied,-applied,since,-since,due,-due" doc:"Without it those that are not over come first, and of them who came to their stage last. With due, those that have no time come last"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor string `query:"cursor" maxLength:"4000" doc:"next_cursor of the page before"`
}

type listOutput struct{ Body applicants.Page }

func (in listInput) filter() applicants.Filter {
	f := in.CaseMatch.filter(in.Stage)
	f.Open, f.Order, f.Limit, f.Cursor = in.Open, applicants.Order(in.Sort), in.Limit, in.Cursor
	return f
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
