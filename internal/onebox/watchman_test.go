package onebox_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/app"
	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// screened are programs whose sanctions lists a service searches: nothing but one
// word of the program file and the vendor's agreement differs from those inside the
// binary.
func screened(t *testing.T, by map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for id, vendor := range by {
		body, err := os.ReadFile("../program/files/" + id + ".yaml")
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(string(body), "{name: sanctions, vendor: ofac,", "{name: sanctions, vendor: "+vendor+",", 1)
		text = strings.Replace(text, "\nvendors:\n", "\nvendors:\n  "+vendor+`: {agreement_version: "1.0", agreement_date: "2026-11-20"}`+"\n", 1)
		if strings.Count(text, vendor) != 2 {
			t.Fatalf("%s was not changed", id)
		}
		if err := os.WriteFile(filepath.Join(dir, id+".yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// somebody is an application for the program, of a person of that name and day.
func somebody(t *testing.T, clear demo.Clear, i int, program, given, family, born string) json.RawMessage {
	t.Helper()
	_, body, _ := clear.Application(i)
	var a struct {
		Program   string            `json:"program"`
		Consents  []map[string]any  `json:"consents"`
		Applicant map[string]string `json:"applicant"`
	}
	decode(t, string(body), &a)
	a.Program = program
	a.Applicant["given_name"], a.Applicant["family_name"], a.Applicant["date_of_birth"] = given, family, born
	for _, c := range a.Consents {
		if c["signature"] != nil {
			c["signature"] = given + " " + family
		}
	}
	out, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func checkOf(t *testing.T, st client.Status, name string) client.Check {
	t.Helper()
	for _, c := range st.Checks {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("%s has no check %s", st.ID, name)
	return client.Check{}
}

// TestSanctionsByAService takes people through two programs that have Watchman and
// yente search the sanctions lists: somebody clear, somebody listed, and what goes
// wrong at each. The books say what went out.
func TestSanctionsByAService(t *testing.T) {
	t.Parallel()
	programs := map[string]string{"support-basics": "watchman", "health-line": "yente"}
	h, box := start(t, func(c *onebox.Config) { c.ProgramsDir, c.Attempts = screened(t, programs), 4 })
	notices, err := h.api.Notices(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	clear, n := demo.NewClear(notices), 0
	apply := func(program, given, family, born string) string {
		t.Helper()
		n++
		created, err := h.api.Apply(t.Context(), somebody(t, clear, n, program, given, family, born), family+program)
		if err != nil {
			t.Fatal(err)
		}
		return created.ID
	}
	reviewer := h.staff(identity.RoleReviewer)
	for program, vendor := range programs {
		// A passing fault: tried at once, then durably, and it comes off.
		h.fault(`{"vendor":"` + vendor + `","status":503,"count":2}`)
		st := h.await(apply(program, "Ada", "Example", "1990-04-27"), func(st client.Status) bool { return st.Stage == "certification" })
		if c := checkOf(t, st, "sanctions"); c.Vendor != vendor || c.Status != "passed" || c.Round != 1 {
			t.Errorf("%s: %+v", vendor, c)
		}

		id := apply(program, "Wiktor", "Sandboksov", "1971-02-14")
		st = h.await(id, func(st client.Status) bool { return st.Attention == "reviewer" })
		if c := checkOf(t, st, "sanctions"); c.Vendor != vendor || c.Status != "flagged" {
			t.Errorf("%s: %+v", vendor, c)
		}
		reviewer.open("/console/applicants/"+id).says("sanctions_match", map[string]string{"watchman": "Moov Watchman", "yente": "OpenSanctions"}[vendor])
		if strings.Contains(reviewer.Text, "SANDBOXOV") {
			t.Errorf("%s: the entry's name is on the page", vendor)
		}
		h.used(id, vendor)
	}
	h.sentOnly("watchman", "/watchman/v2/listinfo", "/watchman/v2/search")
	h.sentOnly("yente", "/yente/catalog", "/yente/match/{dataset}")

	// What is no evidence makes nobody clear: Watchman's empty answer is tried again
	// until ops are called, a spent quota calls them at once.
	for _, c := range []struct{ program, family, path, problem string }{
		{"support-basics", "Unread", "/watchman/v2/search", "VENDOR_UNCLEAR"},
		{"health-line", "Quotaspent", "/yente/match/{dataset}", "VENDOR_REFUSED"},
	} {
		before := h.asked(c.path)
		st := h.await(apply(c.program, "Ada", c.family, "1990-04-27"), func(st client.Status) bool { return st.Attention == "ops" })
		if k := checkOf(t, st, "sanctions"); k.Status != "failed" || k.Problem != c.problem {
			t.Errorf("%s: %+v", c.family, k)
		}
		if asked := h.asked(c.path) - before; (asked == 1) != (c.problem == "VENDOR_REFUSED") {
			t.Errorf("%s: asked %d times", c.family, asked)
		}
	}

	h.olderNoticeIsRefused(somebody(t, clear, 50, "support-basics", "Ada", "Late", "1990-04-27"))
	h.everyLedgerHolds(6)
	unconfigured(t, box)
}

// used holds the ledger of somebody to what went to the vendor.
func (h *house) used(id, vendor string) {
	h.Helper()
	body, err := h.api.Ledger(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	var found bool
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if v["kind"] == "use" && v["recipient"] == vendor {
				found = true
				if got, err := json.Marshal(v["fields"]); err != nil || string(got) != `["given_name","middle_name","family_name","date_of_birth"]` || v["purpose"] != "screening" {
					h.Errorf("%s: the ledger has %v", vendor, v)
				}
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	var records any
	decode(h.T, string(body), &records)
	walk(records)
	if !found {
		h.Errorf("%s: the ledger has no use: %.2000s", vendor, body)
	}
}

// sentOnly holds the books to name and date of birth, on the second path alone.
func (h *house) sentOnly(vendor, bare, search string) {
	h.Helper()
	seen := 0
	for _, e := range h.books(vendor) {
		slices.Sort(e.Fields)
		switch {
		case e.Fault != "": // refused before it was read
		case e.Path == bare && len(e.Fields) == 0:
		case e.Path == search && slices.Equal(e.Fields, []string{"date_of_birth", "name"}):
			seen++
		default:
			h.Errorf("%s got %+v", vendor, e)
		}
	}
	if seen < 2 {
		h.Errorf("%s was asked %d times", vendor, seen)
	}
}

func (h *house) asked(path string) int {
	h.Helper()
	vendor, _, _ := strings.Cut(path[1:], "/")
	return len(slices.DeleteFunc(h.books(vendor), func(e sandbox.Entry) bool { return e.Path != path }))
}

// olderNoticeIsRefused: by the first notice nothing was sent to anybody, so whoever
// agreed to that one cannot apply for a program that has a service search.
func (h *house) olderNoticeIsRefused(body json.RawMessage) {
	h.Helper()
	var a map[string]any
	decode(h.T, string(body), &a)
	for _, c := range a["consents"].([]any) {
		notice := c.(map[string]any)["notice"].(map[string]any)
		if notice["id"] == "screening" {
			notice["version"], notice["sha256"] = "2026-11-01", "e0e28a649635701a2322f92a3d10427ed5c44c2b4c9df15fe1ec584e58f8b2da"
		}
	}
	old, err := json.Marshal(a)
	if err != nil {
		h.Fatal(err)
	}
	_, err = h.api.Apply(h.Context(), old, "older")
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Status != 422 || !strings.Contains(err.Error(), "screening 2026-11-01 does not name watchman") {
		h.Errorf("got %v", err)
	}
}

// unconfigured: a program that names a vendor whose address is not set stops a
// worker's start, in words.
func unconfigured(t *testing.T, box *onebox.Box) {
	t.Helper()
	for says, change := range map[string]func(*app.Config){
		"VOUCHSAFE_WATCHMAN_URL is not set: the program support-basics has Watchman": func(c *app.Config) { c.WatchmanURL = "" },
		"VOUCHSAFE_YENTE_URL is not set: the program health-line has yente":          func(c *app.Config) { c.YenteURL = "" },
		"VOUCHSAFE_YENTE_KEY is not set":                                             func(c *app.Config) { c.YenteURL, c.YenteKey = "https://api.opensanctions.org", "" },
		"VOUCHSAFE_WATCHMAN_URL and what stands with it: ":                           func(c *app.Config) { c.WatchmanURL = "http://watchman.example.com" },
		"VOUCHSAFE_YENTE_URL and what stands with it: ":                              func(c *app.Config) { c.YenteDataset = "no/name" },
	} {
		cfg, s3 := box.Config, box.Face.S3
		change(&cfg)
		_, err := app.New(t.Context(), cfg, app.RoleWorker, app.WithLists(lists.All()),
			app.WithS3(evidence.ClientConfig{Endpoint: s3.Endpoint, Region: s3.Region, AccessKey: s3.AccessKey, SecretKey: s3.SecretKey}),
			app.WithTemporal(box.Face.Temporal.Address, box.Face.Temporal.Namespace))
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: got %v", says, err)
		}
	}
}
