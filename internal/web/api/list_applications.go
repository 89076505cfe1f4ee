package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type listInput struct {
	Stage     string `query:"stage" enum:"signup,validation,vetting,certification,certified,declined,withdrawn,expired,erased"`
	Attention string `query:"attention" enum:"none,applicant,recruiter,reviewer,ops,privacy"`
	Program   string `query:"program" maxLength:"40"`
	Check     string `query:"check" maxLength:"40" doc:"Only those where this check failed"`
	Vendor    string `query:"vendor" maxLength:"40" doc:"Only those where a check at this vendor failed"`
	Error     string `query:"error" maxLength:"40" doc:"Only those where a check was stopped by this code, such as VENDOR_UNREACHABLE"`
	Failed    bool   `query:"failed" doc:"Only those with a failed check"`
	Limit     int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
	Cursor    string `query:"cursor" maxLength:"4000" doc:"next_cursor of the page before"`
}

type listOutput struct{ Body applicants.Page }

func (h handler) listApplications(a huma.API) {
	huma.Register(a, operation("list-applications", http.MethodGet, "/applications", "List applications, newest first", http.StatusOK),
		func(ctx context.Context, in *listInput) (*listOutput, error) {
			page, err := h.Service.List(ctx, applicants.Filter{Stage: onboarding.Stage(in.Stage), Attention: onboarding.Attention(in.Attention),
				Program: in.Program, Check: onboarding.CheckName(in.Check), Vendor: in.Vendor, Error: onboarding.Code(in.Error), Failed: in.Failed, Limit: in.Limit, Cursor: in.Cursor})
			if err != nil {
				return nil, problem(err)
			}
			return &listOutput{Body: page}, nil
		})
}
