package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type decideInput struct {
	IDInput
	Body struct {
		Ruling string `json:"ruling" enum:"proceed,adverse"`
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the applicant's ledger"`
		// Assessment is checked against the place's form by the service.
		Assessment map[string]string `json:"assessment,omitempty" doc:"What is weighed, by factor's ID: against the applicant, where the application has an assessment_form"`
	}
}

func (h handler) decide(a huma.API) {
	huma.Register(a, operation("decide", http.MethodPost, "/applications/{id}/decision", "Decide what waits for a reviewer", http.StatusOK),
		func(ctx context.Context, in *decideInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.Decide(ctx, id, applicants.Decision{Ruling: onboarding.Ruling(in.Body.Ruling), Reason: in.Body.Reason, Assessment: in.Body.Assessment}, actor(ctx))
			})
		})
}
