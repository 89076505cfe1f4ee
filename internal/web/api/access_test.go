package api_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// one is the keys of a test: whatever is sent is this key.
type one struct{ key identity.Key }

func (o one) Identify(context.Context, string) (identity.Key, error) { return o.key, nil }

// at fills the names in an operation's path.
func at(route string, id onboarding.ApplicantID) (method, path string) {
	method, path, _ = strings.Cut(route, " ")
	return method, strings.NewReplacer("{id}", string(id), "{check}", "email", "{requirement}", "live", "{run}", "r", "{how}", "pause", "{key}", "00c0ffee").Replace(path)
}

// TestAnotherProgramsApplication: every operation on an application of another
// program answers as for an ID that is none, and does nothing.
func TestAnotherProgramsApplication(t *testing.T) {
	f := serve(t, func(c *api.Config) {
		c.Keys = one{identity.NewKey("acme", identity.Actions(), []string{"support-basics"})}
	})
	theirs := f.service.add(func(v *workflows.StaffView) { v.Program = "health-line" })
	tried := 0
	for route := range operations {
		if !strings.Contains(route, "/applications/{id}") {
			continue
		}
		tried++
		ask := func(id onboarding.ApplicantID) string {
			method, path := at(route, id)
			return wantProblem(t, f.send(method, path, "{}"), http.StatusNotFound).Detail
		}
		if got, nobodys := ask(theirs), ask("0198c0de-0000-7000-8000-00000000ffff"); got != nobodys {
			t.Errorf("%s: %q, and of nobody %q", route, got, nobodys)
		}
	}
	if tried < 5 || len(f.service.did) > 0 {
		t.Errorf("%d operations tried; done: %v", tried, f.service.did)
	}
	events := f.kept.Events(t)
	if len(events) != tried {
		t.Errorf("%d refusals of %d recorded: none of nobody's", len(events), tried)
	}
	for _, e := range events {
		if e.What != access.Refused || e.Who != "api:acme" || e.Applicant != theirs || e.Program != "health-line" || e.Detail != access.ByScope || operations[e.Route] == "" {
			t.Errorf("%+v", e)
		}
	}
	ours := f.service.add(nil)
	if a := f.send("GET", "/api/v1/applications/"+string(ours), ""); a.status != http.StatusOK {
		t.Errorf("an application of the key's own program: %d %s", a.status, a.body)
	}
}

// TestKeyOfOneAction: every operation refuses a key that is not for it.
func TestKeyOfOneAction(t *testing.T) {
	for _, a := range identity.Actions() {
		f := serve(t, func(c *api.Config) { c.Keys = one{identity.NewKey("acme", []identity.Action{a}, nil)} })
		id := f.service.add(nil)
		let := 0
		for route := range operations {
			method, path := at(route, id)
			if got := f.send(method, path, "{}"); got.status != http.StatusForbidden {
				let++
			}
		}
		if needed := slices.Contains([]identity.Action{identity.ViewList, identity.Retry, identity.ReadPrograms}, a); let == len(operations) || needed && let == 0 {
			t.Errorf("%s lets %d of %d through", a, let, len(operations))
		}
	}
}

// TestApplyInAnotherProgram: a key hands in for its own programs alone.
func TestApplyInAnotherProgram(t *testing.T) {
	f := serve(t, func(c *api.Config) {
		c.Keys = one{identity.NewKey("acme", []identity.Action{identity.Apply}, []string{"support-basics"})}
	})
	body := application()
	body["program"] = "health-line"
	wantProblem(t, f.send("POST", "/api/v1/applications", encode(t, body)), http.StatusForbidden, "program")
	if len(f.service.took) > 0 {
		t.Error("it was taken")
	}
}

// TestRunOfWhatTheKeyIsNotFor: to retry does not mean to waive.
func TestRunOfWhatTheKeyIsNotFor(t *testing.T) {
	f := serve(t, func(c *api.Config) { c.Keys = one{identity.NewKey("acme", []identity.Action{identity.Retry}, nil)} })
	wantProblem(t, f.send("POST", "/api/v1/runs", `{"action":"waive","reason":"agreed"}`), http.StatusForbidden)
	f.service.runs = map[string]*workflows.BulkProgress{"r": {ID: "r", Action: workflows.BulkWaive}}
	wantProblem(t, f.send("POST", "/api/v1/runs/r/pause", ""), http.StatusForbidden)
	if events := f.kept.Events(t); len(events) != 2 || events[0].Action != "waive" || events[0].Detail != access.ByRole {
		t.Errorf("%+v", events)
	}
	if a := f.send("POST", "/api/v1/runs", `{"action":"retry","reason":"agreed"}`); a.status != http.StatusOK {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestAccessIsRead: what was refused can be read by a key that is for it.
func TestAccessIsRead(t *testing.T) {
	f := serve(t, func(c *api.Config) {
		c.Keys = one{identity.NewKey("acme", []identity.Action{identity.ViewAccess}, nil)}
	})
	f.send("GET", "/api/v1/applications", "")
	a := f.send("GET", "/api/v1/access?what=refused", "")
	var page access.Page
	a.decode(t, &page)
	if a.status != http.StatusOK || len(page.Items) != 1 || page.Items[0].Action != "view_list" || page.Items[0].Who != "api:acme" {
		t.Errorf("%d %s", a.status, a.body)
	}
	wantProblem(t, f.send("GET", "/api/v1/access?day=today", ""), http.StatusUnprocessableEntity, "day")
	wantProblem(t, f.send("GET", "/api/v1/access?cursor=../x", ""), http.StatusUnprocessableEntity, "cursor")
}
