package api_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// fakeLists are the public lists with their state in memory: one refresh at a
// time, which ends when it is asked for the second time.
type fakeLists struct {
	editions []api.ListEdition
	asked    []workflows.RefreshListsIn
	waits    int
	fail     error
}

func (f *fakeLists) InForce(context.Context) ([]api.ListEdition, error) { return f.editions, f.fail }

func (f *fakeLists) Refresh(_ context.Context, in workflows.RefreshListsIn) (string, error) {
	if f.fail != nil {
		return "", f.fail
	}
	f.asked = append(f.asked, in)
	return "r1", nil
}

func (f *fakeLists) Outcome(_ context.Context, run string) (workflows.RefreshListsOut, bool, error) {
	if f.fail != nil || run != "r1" {
		return workflows.RefreshListsOut{}, false, onboarding.Invalid("run", "There is no such refresh.", "Check the run's ID.")
	}
	if f.waits++; f.waits < 2 {
		return workflows.RefreshListsOut{}, false, nil
	}
	return workflows.RefreshListsOut{Lists: []workflows.ListOutcome{{List: onboarding.ListSAM, Edition: "2026-11-27/ab", Was: "2026-11-20/cd", Switched: true, Reason: "new"}}}, true, nil
}

func TestListsInForce(t *testing.T) {
	f := serve(t, nil)
	var got struct {
		Items []api.ListEdition `json:"items"`
	}
	a := f.send("GET", "/api/v1/lists", "")
	if a.status != http.StatusOK || a.body != "{\"items\":[]}\n" {
		t.Errorf("no list gives %d %s", a.status, a.body)
	}
	f.lists.editions = []api.ListEdition{{List: "ofac", Title: "OFAC", Edition: "2026-11-02/ab", Individuals: 3, Since: noon, Source: "/lists/ofac"}}
	a = f.send("GET", "/api/v1/lists", "")
	a.decode(t, &got)
	if a.status != http.StatusOK || !slices.Equal(got.Items, f.lists.editions) {
		t.Errorf("%d %+v", a.status, got)
	}
	f.lists.fail = context.DeadlineExceeded
	wantProblem(t, f.send("GET", "/api/v1/lists", ""), http.StatusServiceUnavailable)
}

func TestRefreshLists(t *testing.T) {
	f := serve(t, nil)
	var run api.RefreshRun
	a := f.send("POST", "/api/v1/lists/refresh", `{"lists":["sam"],"force":true}`, "Authorization", "Bearer "+umbria)
	a.decode(t, &run)
	if a.status != http.StatusOK || run.Run != "r1" || run.Done || len(run.Lists) != 0 {
		t.Errorf("%d %+v", a.status, run)
	}
	if len(f.lists.asked) != 1 || !f.lists.asked[0].Force || f.lists.asked[0].Actor != "api:umbria" || !slices.Equal(f.lists.asked[0].Lists, []onboarding.ListName{onboarding.ListSAM}) {
		t.Errorf("asked %+v", f.lists.asked)
	}
	a = f.send("GET", "/api/v1/lists/refresh/r1", "")
	a.decode(t, &run)
	if a.status != http.StatusOK || !run.Done || len(run.Lists) != 1 || !run.Lists[0].Switched {
		t.Errorf("%d %+v", a.status, run)
	}
	if a := f.send("POST", "/api/v1/lists/refresh", `{}`); a.status != http.StatusOK || len(f.lists.asked[1].Lists) != 0 {
		t.Errorf("all: %d %+v", a.status, f.lists.asked)
	}
	wantProblem(t, f.send("POST", "/api/v1/lists/refresh", `{"lists":["interpol"]}`), http.StatusUnprocessableEntity)
	wantProblem(t, f.send("GET", "/api/v1/lists/refresh/r2", ""), http.StatusUnprocessableEntity, "no such refresh")
	f.lists.fail = &onboarding.Error{Code: onboarding.CodeConflict, Message: "The lists are being refreshed already."}
	wantProblem(t, f.send("POST", "/api/v1/lists/refresh", `{}`), http.StatusConflict, "already")
}
