package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type decideInput struct {
	IDInput
	Body struct {
		Ruling string `json:"ruling" enum:"proceed,adverse"`
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the applicant's ledger"`
	}
}

func (h handler) decide(a huma.API) {
	huma.Register(a, operation("decide", http.MethodPost, "/applications/{id}/decision", "Decide what waits for a reviewer", http.StatusOK),
		func(ctx context.Context, in *decideInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.Decide(ctx, id, onboarding.Ruling(in.Body.Ruling), in.Body.Reason, actor(ctx))
			})
		})
}
