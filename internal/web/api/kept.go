package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Kept is what the API needs for what the law keeps of somebody who is erased;
// *applicants.Service is one.
type Kept interface {
	KeptByLaw(ctx context.Context, id onboarding.ApplicantID) ([]applicants.KeptLine, error)
	// OpenKept is recorded in the ledger before it answers.
	OpenKept(ctx context.Context, id onboarding.ApplicantID, q applicants.OpenKept, by workflows.Actor) (applicants.Opened, error)
}

type keptOutput struct {
	Body struct {
		Items []applicants.KeptLine `json:"items"`
	}
}

func (h handler) kept(a huma.API) {
	if h.Kept == nil {
		return
	}
	huma.Register(a, operation("list-kept", http.MethodGet, "/applications/{id}/kept", "What the law keeps of an applicant who is erased, and until when; nothing is opened", http.StatusOK),
		func(ctx context.Context, in *IDInput) (*keptOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			kept, err := h.Kept.KeptByLaw(ctx, id)
			if err != nil {
				return nil, problem(err)
			}
			out := &keptOutput{}
			out.Body.Items = kept
			return out, nil
		})
	huma.Register(a, operation("open-kept", http.MethodPost, "/applications/{id}/kept/open", "Open what the law keeps of an applicant who is erased, for a legal basis; recorded first", http.StatusOK),
		func(ctx context.Context, in *struct {
			IDInput
			Body struct {
				Category string `json:"category" enum:"tax,screening,consent"`
				Basis    string `json:"basis" enum:"tax_authority,claim,litigation,regulator,legal_process" doc:"Each opens what it is about and nothing else"`
				Reason   string `json:"reason" minLength:"1" maxLength:"2000" doc:"Which matter it is for; kept sealed, as long as what is opened"`
				Case     string `json:"case,omitempty" maxLength:"40" doc:"For legal_process: the case, which is approved and names the applicant"`
			}
		}) (*openOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			opened, err := h.Kept.OpenKept(ctx, id, applicants.OpenKept{Category: in.Body.Category, Basis: in.Body.Basis, Reason: in.Body.Reason, Case: in.Body.Case}, actor(ctx))
			return openedOf(opened, err)
		})
}
