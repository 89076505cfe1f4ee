package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

type ledgerOutput struct {
	Body struct {
		Items []applicants.Event `json:"items"`
	}
}

func (h handler) getLedger(a huma.API) {
	huma.Register(a, operation("get-ledger", http.MethodGet, "/applications/{id}/ledger", "Everything that was done, in order", http.StatusOK),
		func(ctx context.Context, in *IDInput) (*ledgerOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			out := &ledgerOutput{}
			if out.Body.Items, err = h.Service.Timeline(ctx, id); err != nil {
				return nil, problem(err)
			}
			return out, nil
		})
}

type verifyOutput struct{ Body ledger.Report }

func (h handler) verifyLedger(a huma.API) {
	huma.Register(a, operation("verify-ledger", http.MethodGet, "/applications/{id}/ledger/verify", "Prove an applicant's ledger whole", http.StatusOK),
		func(ctx context.Context, in *IDInput) (*verifyOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			report, err := h.Service.VerifyLedger(ctx, id)
			if err != nil {
				return nil, problem(err)
			}
			return &verifyOutput{Body: report}, nil
		})
}
