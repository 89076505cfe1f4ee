package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

type accessInput struct {
	Day    string `query:"day" maxLength:"10" doc:"The day, UTC, as 2026-11-28; absent: today"`
	What   string `query:"what" maxLength:"40" doc:"Only events of this kind, such as refused"`
	Who    string `query:"who" maxLength:"80" doc:"Only events of this person or key, such as api:acme"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	Cursor string `query:"cursor" maxLength:"80" doc:"next_cursor of the page before"`
}

// AccessEvent is one thing that somebody asked for.
type AccessEvent struct {
	At        time.Time `json:"at"`
	Who       string    `json:"who" doc:"As the ledger names them, such as staff:ops:3f2a90c1 or api:acme"`
	What      string    `json:"what" doc:"Such as refused, searched, exported or signed_in"`
	Action    string    `json:"action,omitempty"`
	Route     string    `json:"route,omitempty" doc:"A pattern, never an address"`
	Program   string    `json:"program,omitempty"`
	Applicant string    `json:"applicant,omitempty"`
	Detail    string    `json:"detail,omitempty" doc:"Why it was refused: role or program; else whose or which"`
	Count     int       `json:"count,omitempty" doc:"How many lines an export had"`
	LeftOut   int       `json:"left_out,omitempty" doc:"How many refusals of theirs just before are only counted"`
}

type accessOutput struct {
	Body struct {
		Items      []AccessEvent `json:"items"`
		NextCursor string        `json:"next_cursor"`
	}
}

// getAccess reads who asked for what beside the applicants' ledgers.
func (h handler) getAccess(a huma.API) {
	huma.Register(a, operation("get-access", http.MethodGet, "/access", "What was refused, searched, exported and signed in to, newest first", http.StatusOK),
		func(ctx context.Context, in *accessInput) (*accessOutput, error) {
			day := time.Now()
			if in.Day != "" {
				var err error
				if day, err = time.Parse(time.DateOnly, in.Day); err != nil {
					return nil, problem(onboarding.Invalid("day", "The day is not written as 2026-11-28.", "Leave it out for today."))
				}
			}
			page, err := h.Access.Read(ctx, access.Query{Day: day, What: access.Kind(in.What), Who: in.Who, Limit: in.Limit, Cursor: in.Cursor})
			if err != nil {
				return nil, problem(err)
			}
			out := &accessOutput{}
			out.Body.NextCursor = page.NextCursor
			out.Body.Items = make([]AccessEvent, len(page.Items)) // never null
			for i, e := range page.Items {
				out.Body.Items[i] = AccessEvent{At: e.At, Who: e.Who, What: string(e.What), Action: e.Action, Route: e.Route, Program: e.Program,
					Applicant: string(e.Applicant), Detail: e.Detail, Count: e.Count, LeftOut: e.LeftOut}
			}
			return out, nil
		})
}
