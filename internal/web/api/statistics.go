package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
)

// Statistics counts applicants for whoever is not to see cases; *applicants.Service is one.
type Statistics interface {
	Statistics(ctx context.Context, program, from, to string) ([]applicants.Statistic, error)
}

// Statistic is a count of enough people.
type Statistic struct {
	Program string `json:"program"`
	Stage   string `json:"stage"`
	Month   string `json:"month" example:"2027-01"`
	Count   int    `json:"count"`
}

func (h handler) statistics(a huma.API) {
	if h.Statistics == nil {
		return
	}
	huma.Register(a, operation("get-statistics", http.MethodGet, "/statistics", "Counts by program, stage and the month in which it was reached. Groups smaller than the program's minimum are left out, whether they are none or few. A month is counted once, when somebody first asks for it, and stays so", http.StatusOK),
		func(ctx context.Context, in *struct {
			Program string `query:"program" maxLength:"40" doc:"Absent: each program of the key's"`
			From    string `query:"from" maxLength:"7" doc:"The first month, like 2027-01; absent: a year ago"`
			To      string `query:"to" maxLength:"7" doc:"The last month, which is over; absent: the last one"`
		}) (*struct {
			Body struct {
				Items []Statistic `json:"items"`
			}
		}, error) {
			all, err := h.Statistics.Statistics(ctx, in.Program, in.From, in.To)
			if err != nil {
				return nil, problem(err)
			}
			out := &struct {
				Body struct {
					Items []Statistic `json:"items"`
				}
			}{}
			out.Body.Items = []Statistic{}
			for _, s := range all {
				out.Body.Items = append(out.Body.Items, Statistic{Program: s.Program, Stage: string(s.Stage), Month: s.Month, Count: s.Count})
			}
			return out, nil
		})
}
