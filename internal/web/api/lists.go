package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Lists is what the API needs of the public lists.
type Lists interface {
	// InForce tells which editions are in force.
	InForce(ctx context.Context) ([]ListEdition, error)
	// Refresh starts a refresh and gives its run.
	Refresh(ctx context.Context, in workflows.RefreshListsIn) (run string, err error)
	// Outcome waits for a run until ctx ends; done is false when it has not ended then.
	Outcome(ctx context.Context, run string) (out workflows.RefreshListsOut, done bool, err error)
}

// ListEdition is the edition of a public list that is in force.
type ListEdition struct {
	List        string    `json:"list"`
	Title       string    `json:"title"`
	Edition     string    `json:"edition" doc:"Day of publication and hash; the same stands in every finding that came of it"`
	Individuals int       `json:"individuals" doc:"How many people are searched"`
	Since       time.Time `json:"since"`
	Source      string    `json:"source"`
}

type listsOutput struct {
	Body struct {
		Items []ListEdition `json:"items"`
	}
}

func (h handler) publicLists(a huma.API) {
	huma.Register(a, operation("list-lists", http.MethodGet, "/lists", "The public lists and their editions in force", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*listsOutput, error) {
			items, err := h.Lists.InForce(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &listsOutput{}
			out.Body.Items = append([]ListEdition{}, items...) // never null
			return out, nil
		})
}

type refreshBody struct {
	Lists []string `json:"lists,omitempty" maxItems:"3" enum:"ofac,leie,sam" doc:"Which lists; absent: all"`
	Force bool     `json:"force,omitempty" doc:"Also bring an edition into force that is older or much smaller than the one in force"`
}

// RefreshRun is a refresh of lists that was asked for.
type RefreshRun struct {
	Run   string                  `json:"run"`
	Done  bool                    `json:"done" doc:"False: ask again at /lists/refresh/{run}"`
	Lists []workflows.ListOutcome `json:"lists" doc:"Empty until it is done"`
}

type refreshOutput struct{ Body RefreshRun }

// refreshWait is how long an answer waits for a refresh to end.
const refreshWait = 20 * time.Second

func (h handler) refreshLists(a huma.API) {
	huma.Register(a, operation("refresh-lists", http.MethodPost, "/lists/refresh", "Look for new editions of public lists now", http.StatusOK),
		func(ctx context.Context, in *struct{ Body refreshBody }) (*refreshOutput, error) {
			start := workflows.RefreshListsIn{Force: in.Body.Force, Actor: actor(ctx)}
			for _, n := range in.Body.Lists {
				start.Lists = append(start.Lists, onboarding.ListName(n))
			}
			run, err := h.Lists.Refresh(ctx, start)
			if err != nil {
				return nil, problem(err)
			}
			return h.refreshOf(ctx, run)
		})
}

func (h handler) getRefresh(a huma.API) {
	huma.Register(a, operation("get-refresh", http.MethodGet, "/lists/refresh/{run}", "Wait for a refresh of public lists to end", http.StatusOK),
		func(ctx context.Context, in *struct {
			Run string `path:"run" maxLength:"64"`
		}) (*refreshOutput, error) {
			return h.refreshOf(ctx, in.Run)
		})
}

func (h handler) refreshOf(ctx context.Context, run string) (*refreshOutput, error) {
	ctx, cancel := context.WithTimeout(ctx, refreshWait)
	defer cancel()
	got, done, err := h.Lists.Outcome(ctx, run)
	if err != nil {
		return nil, problem(err)
	}
	return &refreshOutput{Body: RefreshRun{Run: run, Done: done, Lists: append([]workflows.ListOutcome{}, got.Lists...)}}, nil
}
