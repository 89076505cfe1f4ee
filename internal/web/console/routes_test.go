package console

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestEveryRouteAnswersEveryRole walks the table of routes with every role, one
// that is no more, and nobody. The address names an applicant where most can be
// done, so that a route that is added is asked for by itself. Who may is let in:
// a page, a 422 for the empty form, or a 409 for what makes no sense now. Who
// may not changes nothing and learns nothing: the service is not even asked.
func TestEveryRouteAnswersEveryRole(t *testing.T) {
	h := newHouse(t)
	run := uuid.NewString()
	h.fake.slow = true
	if err := h.fake.StartBulk(t.Context(), applicants.BulkRequest{ID: run, Action: workflows.BulkRetry}); err != nil {
		t.Fatal(err)
	}
	h.fake.cases[failedID].Review = true // so that each deed but one can be done to the same applicant
	key := h.key(identity.ViewList)
	for _, role := range append(identity.Roles(), "former", "") {
		d := h.desk("")
		if role != "" {
			d.post(h.link(identity.RoleAdmin, time.Hour), nil).is(http.StatusOK)
			d.carry(role)
		}
		for _, rt := range h.console.routes() {
			method, path, _ := strings.Cut(rt.pattern, " ")
			path = strings.NewReplacer("{id}", string(failedID), "{check}", "email", "{run}", run, "{requirement}", "live", "{number}", "1", "{key}", key, "{link}", "x", "{vendor}", "kickbox", "{endpoint}", "e1").Replace(path)
			if strings.Contains(path, "{") {
				t.Fatalf("%s: say here what stands in its address", rt.pattern)
			}
			clear(h.fake.calls)
			d.send(method, path, nil)
			action := rt.action
			if method == http.MethodPost && strings.HasPrefix(path, runsPath) { // who may steer is a matter of what the run does, which is asked first
				action = identity.Retry
				if identity.Allowed(role, rt.action) {
					delete(h.fake.calls, "Bulk")
				}
			}
			switch allowed := identity.Allowed(role, action); {
			case role == "":
				d.is(http.StatusUnauthorized, "You are not signed in", "link that works once")
			case !allowed:
				d.is(http.StatusForbidden, "signed in as "+string(role), "not for that role")
			case !slices.Contains([]int{http.StatusOK, http.StatusConflict, http.StatusUnprocessableEntity}, d.status):
				t.Errorf("%s as %s: %d", rt.pattern, role, d.status)
			case method == http.MethodGet && d.status == http.StatusUnprocessableEntity, method == http.MethodPost && d.status == http.StatusOK && !strings.HasPrefix(path, runsPath) && !strings.HasPrefix(path, vendorsPath): // a run or a vendor is steered without a form
				t.Errorf("%s as %s with an empty form: %d", rt.pattern, role, d.status)
			default:
				continue
			}
			if len(h.fake.calls) > 0 {
				t.Errorf("%s as %q is refused, and yet the service was asked: %v", rt.pattern, role, h.fake.calls)
			}
		}
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("empty forms did something: %+v", h.fake.deeds)
	}
}

// TestRoutesAndActions holds which action each route is, so that none is let
// down to a lesser one unseen, and a new one is thought about.
func TestRoutesAndActions(t *testing.T) {
	want := map[string]identity.Action{
		"GET /console":                                                    identity.ViewList,
		"GET /console/live":                                               identity.ViewList,
		"GET /console/applicants/{id}/documents":                          identity.ViewCase, // each kind has an action of its own, held by documentFor
		"POST /console/applicants/{id}/documents":                         identity.ViewCase,
		"GET /console/applicants/{id}/documents/{link}":                   identity.ViewCase,
		"GET /console/applicants/{id}/notes":                              identity.ReadNotes,
		"POST /console/applicants/{id}/notes":                             identity.WriteNote,
		"GET /console/applicants/{id}/recruiter":                          identity.AssignCase,
		"POST /console/applicants/{id}/recruiter":                         identity.AssignCase,
		"GET /console/failed":                                             identity.ViewList,
		"GET /console/board":                                              identity.ViewList,
		"GET /console/applicants.csv":                                     identity.ViewList,
		"POST /console/search":                                            identity.Search,
		"POST /console/views":                                             identity.ViewList,
		"POST /console/failed":                                            identity.Retry,
		"GET /console/access":                                             identity.ViewAccess,
		"GET /console/keys":                                               identity.ManageKeys,
		"POST /console/keys":                                              identity.ManageKeys,
		"GET /console/keys/{key}":                                         identity.ManageKeys,
		"POST /console/keys/{key}/rotate":                                 identity.ManageKeys,
		"POST /console/keys/{key}/revoke":                                 identity.ManageKeys,
		"GET /console/vendors":                                            identity.ViewOutages,
		"GET /console/vendors/{vendor}/pause":                             identity.PauseVendor,
		"POST /console/vendors/{vendor}/pause":                            identity.PauseVendor,
		"POST /console/vendors/{vendor}/resume":                           identity.PauseVendor,
		"GET /console/applicants/{id}/checks/{check}/use-vendor":          identity.UseVendor,
		"POST /console/applicants/{id}/checks/{check}/use-vendor":         identity.UseVendor,
		"POST /console/assign":                                            identity.AssignCase,
		"GET /console/sessions":                                           identity.EndSessions,
		"POST /console/sessions":                                          identity.EndSessions,
		"GET /console/runs":                                               identity.ViewList,
		"GET /console/runs/{run}":                                         identity.ViewList,
		"GET /console/runs/{run}/answers.csv":                             identity.ViewList,
		"POST /console/runs/{run}/pause":                                  identity.ViewList,
		"POST /console/runs/{run}/resume":                                 identity.ViewList,
		"POST /console/runs/{run}/cancel":                                 identity.ViewList,
		"GET /console/applicants/{id}":                                    identity.ViewCase,
		"GET /console/applicants/{id}/ledger":                             identity.VerifyLedger,
		"GET /console/applicants/{id}/checks/{check}":                     identity.ViewFindings,
		"GET /console/applicants/{id}/data-request":                       identity.AnswerData,
		"POST /console/applicants/{id}/data-request":                      identity.AnswerData,
		"GET /console/applicants/{id}/files/{number}":                     identity.ViewFindings,
		"GET /console/applicants/{id}/checks/{check}/retry":               identity.Retry,
		"POST /console/applicants/{id}/checks/{check}/retry":              identity.Retry,
		"GET /console/applicants/{id}/checks/{check}/waive":               identity.Waive,
		"POST /console/applicants/{id}/checks/{check}/waive":              identity.Waive,
		"GET /console/applicants/{id}/decision":                           identity.Decide,
		"POST /console/applicants/{id}/decision":                          identity.Decide,
		"GET /console/applicants/{id}/proof":                              identity.AllowProof,
		"POST /console/applicants/{id}/proof":                             identity.AllowProof,
		"GET /console/applicants/{id}/revoke":                             identity.Revoke,
		"POST /console/applicants/{id}/revoke":                            identity.Revoke,
		"GET /console/applicants/{id}/requirements/{requirement}/score":   identity.Assess,
		"POST /console/applicants/{id}/requirements/{requirement}/score":  identity.Assess,
		"GET /console/applicants/{id}/requirements/{requirement}/judge":   identity.Assess,
		"POST /console/applicants/{id}/requirements/{requirement}/judge":  identity.Assess,
		"GET /console/applicants/{id}/requirements/{requirement}/answer":  identity.Accommodate,
		"POST /console/applicants/{id}/requirements/{requirement}/answer": identity.Accommodate,
		"GET /console/applicants/{id}/requirements/{requirement}/let-go":  identity.Accommodate,
		"POST /console/applicants/{id}/requirements/{requirement}/let-go": identity.Accommodate,
	}
	for _, at := range []string{"GET /console/webhooks", "GET /console/webhooks/{endpoint}"} {
		want[at] = identity.ViewWebhooks
	}
	for _, at := range []string{"POST /console/webhooks", "POST /console/webhooks/{endpoint}", "POST /console/webhooks/{endpoint}/pause", "POST /console/webhooks/{endpoint}/resume",
		"POST /console/webhooks/{endpoint}/rotate", "POST /console/webhooks/{endpoint}/delete"} {
		want[at] = identity.ManageWebhooks
	}
	for _, at := range []string{"POST /console/webhooks/{endpoint}/test", "POST /console/webhooks/{endpoint}/replay"} {
		want[at] = identity.ReplayWebhooks
	}
	got := map[string]identity.Action{}
	for _, rt := range newHouse(t).console.routes() {
		got[rt.pattern] = rt.action
		if !slices.Contains(identity.Actions(), rt.action) || rt.handle == nil {
			t.Errorf("%s is of no action that identity knows: %q", rt.pattern, rt.action)
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// TestNoRouteBesideTheTable reads the package's source: a mux does not tell what
// stands on it, and a route that is put there by hand asks nobody for a role.
func TestNoRouteBesideTheTable(t *testing.T) {
	// Who signs in or out has no role yet, or any; the last leads to the list.
	open := []string{"GET /console/{$}"}
	for _, door := range newHouse(t).console.open() {
		open = append(open, door.pattern)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range regexp.MustCompile("[\"`]((?:[A-Z]+ )?/console[^\"`]*)[\"`]").FindAllStringSubmatch(string(source), -1) {
			if strings.Contains(m[1], " ") {
				found = append(found, m[1])
			}
		}
		if n := strings.Count(string(source), ".HandleFunc(") + strings.Count(string(source), ".Handle("); n != 0 && (name != "console.go" || n != 3) && (name != "live.go" || n != 1) { // live.go: the pages of the table behind their own guards, on no mux that is served
			t.Errorf("%s puts %d routes on the mux; put them into the table, or say above why they ask for no role", name, n)
		}
	}
	for _, rt := range newHouse(t).console.routes() {
		open = append(open, rt.pattern)
	}
	slices.Sort(open)
	slices.Sort(found)
	if d := cmp.Diff(open, found); d != "" {
		t.Error(d)
	}
}

// TestOtherMethods: what a route does not take is a page, too, and does nothing.
func TestOtherMethods(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	d.send(http.MethodDelete, casePath(failedID), nil).is(http.StatusMethodNotAllowed)
	d.send(http.MethodPost, casePath(failedID), nil).is(http.StatusMethodNotAllowed)
	d.get("/console/sign-out").is(http.StatusMethodNotAllowed) // a picture in a letter signs nobody out
	d.get("/console/nonsense").is(http.StatusNotFound)
	d.get("/console/").is(http.StatusOK, "Applicants")
	if d.path != listPath {
		t.Errorf("/console/ leads to %s", d.path)
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("something was done: %+v", h.fake.deeds)
	}
}

// TestNavigation: every page of one who is signed in leads to the lists, says
// which of them it is, and lets them sign out.
func TestNavigation(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	for _, path := range []string{"/console", "/console/failed", casePath(failedID), casePath(failedID) + "/ledger", casePath(failedID) + "/checks/email", casePath(failedID) + "/checks/email/retry",
		casePath(failedID) + "/checks/email/waive", casePath(reviewID) + "/decision", casePath(certifiedID) + "/revoke"} {
		d.get(path).is(http.StatusOK, `action="/console/sign-out"`).leads("Applicants", listPath).leads("Failed checks", failedPath).
			leads("Temporal", temporalUI+"/namespaces/vouchsafe/workflows")
		if n := strings.Count(d.body, `aria-current="page"`); (n == 1) != (path == listPath || path == failedPath) {
			t.Errorf("%s: %d sections are the present one", path, n)
		}
		switch path {
		case listPath, failedPath:
		case casePath(failedID):
			d.leads("Back", listPath)
		default:
			d.leads("Back", path[:len(casePath(failedID))])
		}
	}
	h.console.TemporalUI = "" // a house may keep the Temporal Web UI to itself
	d.get(casePath(failedID)).leads("Temporal", "").leads("Open in Temporal", "")
}

// TestNewNeedsItsParts: a console that lacks a part fails at the start, not at a request.
func TestNewNeedsItsParts(t *testing.T) {
	h := newHouse(t)
	for name, without := range map[string]func(*Config){
		"site": func(c *Config) { c.Site = nil }, "service": func(c *Config) { c.Service = nil },
		"programs": func(c *Config) { c.Programs = nil }, "links": func(c *Config) { c.Links = nil }, "access": func(c *Config) { c.Access = nil }, "sessions": func(c *Config) { c.Sessions = nil }, "keys": func(c *Config) { c.Keyring = nil }, "webhooks": func(c *Config) { c.Webhooks = nil },
	} {
		cfg := h.console.Config
		without(&cfg)
		if c, err := New(cfg); err == nil || c != nil {
			t.Errorf("a console without the %s: %v", name, err)
		}
	}
}

// carry gives the desk a session of another role, sealed as ours.
func (d *desk) carry(role identity.Role) {
	d.Helper()
	d.swap(func(string) string { return d.sealed(identity.Staff{ID: "00c0ffee", Role: role}) })
}

// TestEveryDeedNamesItself: the page after a deed says what was done by the
// deed's name, so each name has its words.
func TestEveryDeedNamesItself(t *testing.T) {
	for _, d := range []deed{retrying, waiving, deciding, revoking, proofing, (&Console{Config: Config{Programs: programs{}}}).moving()} {
		if done[d.name] == "" || d.heading == "" || d.explain == "" || d.button == "" || d.open == nil || d.do == nil {
			t.Errorf("%q is not whole", d.name)
		}
		f := d.formOf(workflows.StaffView{}, onboarding.Check{})
		if in := f.Get("reason"); in == nil || in.Optional || in.Max != 2000 { // what the service keeps
			t.Errorf("%q asks for no reason as the others do", d.name)
		}
		if ok, why := d.open(staffViewOf(onboarding.StageErased), onboarding.Check{}); ok || why == "" {
			t.Errorf("%q can be done to one who is erased", d.name)
		}
	}
	for _, d := range []duty{scoring, judging, answering, letting} {
		if done[d.name] == "" || d.heading == "" || d.explain == "" || d.button == "" || d.open == nil || d.do == nil || d.form == nil {
			t.Errorf("%q is not whole", d.name)
		}
		if d.open(workflows.RequirementLine{Status: workflows.RequirementPassed}) {
			t.Errorf("%q can be done about what is met", d.name)
		}
	}
	if len(done) != 13 { // with a note, and a case that changes hands
		t.Errorf("words for what nobody does: %v", done)
	}
}
