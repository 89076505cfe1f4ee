package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// FailedCheck is one failed check of one application.
type FailedCheck struct {
	ID      string    `json:"id" doc:"The application's"`
	Program string    `json:"program"`
	Check   string    `json:"check"`
	Vendor  string    `json:"vendor"`
	Round   int       `json:"round" doc:"0: not known at this moment"`
	Problem string    `json:"problem" doc:"Code of what stopped it; empty for one that waits"`
	Since   time.Time `json:"since"`
}

type failedInput struct {
	Check   string `query:"check" maxLength:"40" doc:"Only this check"`
	Vendor  string `query:"vendor" maxLength:"40" doc:"Only checks at this vendor"`
	Error   string `query:"error" maxLength:"40" doc:"Only checks stopped by this code"`
	Program string `query:"program" maxLength:"40"`
	Held    bool   `query:"held" doc:"Not failed checks but those that wait while the vendor, which is named then, is paused"`
	Limit   int    `query:"limit" minimum:"1" maximum:"100" default:"50" doc:"Applications to a page"`
	Cursor  string `query:"cursor" maxLength:"4000" doc:"next_cursor of the page before"`
}

type failedOutput struct {
	Body struct {
		Items      []FailedCheck `json:"items"`
		NextCursor string        `json:"next_cursor"`
	}
}

func (h handler) listFailed(a huma.API) {
	huma.Register(a, operation("list-failed-checks", http.MethodGet, "/failed-checks", "List failed checks that wait for ops, newest applications first", http.StatusOK),
		func(ctx context.Context, in *failedInput) (*failedOutput, error) {
			find := h.Service.FailedLines
			if in.Held {
				find = h.Service.HeldLines
			}
			lines, next, err := find(ctx, applicants.Filter{Check: onboarding.CheckName(in.Check), Vendor: in.Vendor, Error: onboarding.Code(in.Error),
				Program: in.Program, Limit: in.Limit, Cursor: in.Cursor})
			if err != nil {
				return nil, problem(err)
			}
			out := &failedOutput{}
			out.Body.NextCursor = next
			out.Body.Items = make([]FailedCheck, len(lines)) // never null
			for i, l := range lines {
				out.Body.Items[i] = FailedCheck{ID: string(l.Applicant), Program: l.Program, Check: string(l.Check.Name), Vendor: l.Check.Vendor, Round: l.Check.Round,
					Problem: l.Check.Problem, Since: l.Check.Since}
			}
			return out, nil
		})
}

// FailedGroup is how many checks failed at one vendor for one reason.
type FailedGroup struct {
	Check  string    `json:"check"`
	Vendor string    `json:"vendor"`
	Error  string    `json:"error" doc:"Code of what stopped them; empty: not known"`
	Count  int       `json:"count"`
	Since  time.Time `json:"since" doc:"Since when the one that waits longest does, to a minute or so; year 1: not known"`
}

type failedGroupsOutput struct {
	Body struct {
		Items []FailedGroup `json:"items"`
	}
}

func (h handler) countFailed(a huma.API) {
	huma.Register(a, operation("count-failed-checks", http.MethodGet, "/failed-checks/counts", "Count failed checks by check, vendor and kind of error", http.StatusOK),
		func(ctx context.Context, in *struct {
			Program string `query:"program" maxLength:"40"`
		}) (*failedGroupsOutput, error) {
			counts, err := h.Service.FailedCounts(ctx, in.Program)
			if err != nil {
				return nil, problem(err)
			}
			out := &failedGroupsOutput{}
			out.Body.Items = make([]FailedGroup, len(counts)) // never null
			for i, c := range counts {
				out.Body.Items[i] = FailedGroup{Check: string(c.Check), Vendor: c.Vendor, Error: string(c.Error), Count: c.Count, Since: c.Since}
			}
			return out, nil
		})
}
