package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// Program is a client program as integrators see it.
type Program struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Version    string   `json:"version"`
	MinimumAge int      `json:"minimum_age"`
	Checks     []string `json:"checks"`
}

type programsOutput struct {
	Body struct {
		Items []Program `json:"items"`
	}
}

func (h handler) listPrograms(a huma.API) {
	huma.Register(a, operation("list-programs", http.MethodGet, "/programs", "The programs that take applications", http.StatusOK),
		func(context.Context, *struct{}) (*programsOutput, error) {
			out := &programsOutput{}
			out.Body.Items = []Program{} // never null
			for _, p := range h.Programs.All() {
				q := Program{ID: p.ID, Title: p.Title, Version: p.Version, MinimumAge: p.MinimumAge, Checks: []string{}}
				for _, c := range p.Checks {
					q.Checks = append(q.Checks, string(c.Name))
				}
				out.Body.Items = append(out.Body.Items, q)
			}
			return out, nil
		})
}
