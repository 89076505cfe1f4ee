package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type revokeInput struct {
	IDInput
	Body struct {
		Category string `json:"category" enum:"requirement,conduct,mistake,request,program" doc:"The kind of reason, which the holder is told: what the program asks is met no more; a rule was broken; it was issued by mistake; the holder asked for it; the program is given up"`
		Reason   string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the applicant's ledger"`
	}
}

func (h handler) revoke(a huma.API) {
	huma.Register(a, operation("revoke-credential", http.MethodPost, "/applications/{id}/credential/revoke", "Revoke the certificate, for good", http.StatusOK),
		func(ctx context.Context, in *revokeInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.Revoke(ctx, id, workflows.RevocationReason(in.Body.Category), in.Body.Reason, actor(ctx))
			})
		})
}
