package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type reasonBody struct {
	Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the applicant's ledger"`
	Round  int    `json:"round,omitempty" minimum:"0" doc:"The failed round that is meant; 0 or absent: whichever it is"`
}

type checkInput struct {
	IDInput
	Check string `path:"check" enum:"email,phone,address,ip_risk,national_id,identity_document,sanctions,exclusions,debarment,duplicate,background"`
	Body  reasonBody
}

func (h handler) retryCheck(a huma.API) {
	huma.Register(a, operation("retry-check", http.MethodPost, "/applications/{id}/checks/{check}/retry", "Ask for another round of a failed check", http.StatusOK),
		func(ctx context.Context, in *checkInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.Retry(ctx, id, onboarding.CheckName(in.Check), in.Body.Round, in.Body.Reason, actor(ctx))
			})
		})
}

func (h handler) waiveCheck(a huma.API) {
	huma.Register(a, operation("waive-check", http.MethodPost, "/applications/{id}/checks/{check}/waive", "Go on without a failed check", http.StatusOK),
		func(ctx context.Context, in *checkInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.Waive(ctx, id, onboarding.CheckName(in.Check), in.Body.Reason, actor(ctx))
			})
		})
}

type useVendorInput struct {
	IDInput
	Check string `path:"check" enum:"email,phone,address,ip_risk,national_id,identity_document,sanctions,exclusions,debarment,duplicate,background"`
	Body  struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the applicant's ledger"`
		Round  int    `json:"round,omitempty" minimum:"0" doc:"The round that is meant; 0 or absent: whichever it is"`
		Vendor string `json:"vendor" minLength:"1" maxLength:"40" doc:"One that the program's file names for this check, and that the notice agreed to names"`
	}
}

func (h handler) useVendor(a huma.API) {
	huma.Register(a, operation("use-vendor", http.MethodPost, "/applications/{id}/checks/{check}/use-vendor", "Move a failed check, or one whose vendor is paused, to another vendor", http.StatusOK),
		func(ctx context.Context, in *useVendorInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.UseVendor(ctx, id, onboarding.CheckName(in.Check), in.Body.Round, in.Body.Vendor, in.Body.Reason, actor(ctx))
			})
		})
}

// act does something to an application and answers where it stands then.
func (h handler) act(ctx context.Context, in IDInput, do func(onboarding.ApplicantID) error) (*statusOutput, error) {
	id, err := in.parse()
	if err != nil {
		return nil, problem(err)
	}
	if err := do(id); err != nil {
		return nil, problem(err)
	}
	v, err := h.Service.StaffView(ctx, id)
	if err != nil {
		return nil, problem(err)
	}
	return &statusOutput{Body: statusOf(v)}, nil
}
