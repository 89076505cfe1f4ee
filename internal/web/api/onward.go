package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
)

// Onward is what the API needs for vendors' sub-processors; *applicants.Service is one.
type Onward interface {
	OnwardTransfers(ctx context.Context) ([]applicants.OnwardLine, error)
}

type onwardOutput struct {
	Body struct {
		Items []applicants.OnwardLine `json:"items"`
	}
}

func (h handler) onward(a huma.API) {
	if h.Onward == nil {
		return
	}
	huma.Register(a, operation("list-onward-transfers", http.MethodGet, "/onward-transfers", "Sub-processors of whom vendors told, those that no agreement names first", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*onwardOutput, error) {
			all, err := h.Onward.OnwardTransfers(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &onwardOutput{}
			out.Body.Items = all
			return out, nil
		})
}
