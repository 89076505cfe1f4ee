package api_test

import (
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// status is an application as the design's "outside faces" has it; decode
// refuses a member that is not here.
type status struct {
	ID        string `json:"id"`
	Program   string `json:"program"`
	Stage     string `json:"stage"`
	Attention string `json:"attention"`
	Checks    []struct {
		Name      string    `json:"name"`
		Status    string    `json:"status"`
		Verdict   string    `json:"verdict"`
		Vendor    string    `json:"vendor"`
		Round     int       `json:"round"`
		Problem   string    `json:"problem"`
		UpdatedAt time.Time `json:"updated_at"`
	} `json:"checks"`
	Outcome    string    `json:"outcome"`
	WaitsFor   string    `json:"waits_for"`
	Credential string    `json:"credential"`
	Ledger     api.Head  `json:"ledger"`
	UpdatedAt  time.Time `json:"updated_at"`

	Requirements []api.Requirement `json:"requirements"`
	Certificate  *api.Certificate  `json:"certificate"`
}

func TestGetApplication(t *testing.T) {
	f := serve(t, nil)
	id := f.service.add(func(v *workflows.StaffView) {
		v.Stage, v.Attention, v.Wait.For = onboarding.StageVetting, onboarding.AttentionOps, "ops to retry"
		v.Profile, v.Place = "profiles/secret", workflows.Place{State: "OR", City: "Portland"}
		v.Credential.ID = "0198c0de-1111-7000-8000-000000000001" // drawn, and not issued yet
		v.Ledger = ledger.Chain{Seq: 7, Head: "abc"}
		v.Checks = []onboarding.Check{{Name: onboarding.CheckBackground, Vendor: "findly", Status: onboarding.StatusFailed, Round: 2,
			Verdict: onboarding.VerdictCouldNotComplete, Problem: "VENDOR_UNREACHABLE", Order: "ord_secret", UpdatedAt: noon,
			Findings: []onboarding.Finding{{Code: "county_felony"}}}}
	})
	f.service.cases[id].Required = []workflows.RequirementLine{{ID: "live", Kind: "live", Status: workflows.RequirementWaiting, Attempt: 2, Attempts: 1, Left: 1, Slot: noon, Answer: []byte("sealed answer")}}
	a := f.send("GET", "/api/v1/applications/"+string(id), "")
	var s status
	a.decode(t, &s)
	if len(s.Requirements) != 1 || s.Requirements[0].ID != "live" || s.Requirements[0].Slot == nil || !s.Requirements[0].Slot.Equal(noon) || !s.Requirements[0].Due ||
		s.Requirements[0].Attempt != 2 || s.Requirements[0].PassedAt != nil || strings.Contains(a.body, "answer") {
		t.Errorf("requirements %+v", s.Requirements)
	}
	if s.ID != string(id) || s.Program != "support-basics" || s.Stage != "vetting" || s.Attention != "ops" || s.WaitsFor != "ops to retry" ||
		s.Outcome != "" || s.Ledger != (api.Head{Seq: 7, Hash: "abc"}) || !s.UpdatedAt.Equal(noon) {
		t.Errorf("%+v", s)
	}
	if len(s.Checks) != 1 || s.Checks[0].Status != "failed" || s.Checks[0].Round != 2 || s.Checks[0].Problem != "VENDOR_UNREACHABLE" || !s.Checks[0].UpdatedAt.Equal(noon) {
		t.Errorf("checks %+v", s.Checks)
	}
	if s.Credential != "" {
		t.Error("a credential that was not issued is shown")
	}
	// What an integrator need not see: findings are for adjudication, and keys
	// and orders for nobody outside.
	for _, inside := range []string{"profiles/", "ord_secret", "county_felony", "Portland"} {
		if strings.Contains(a.body, inside) {
			t.Errorf("the answer tells %q", inside)
		}
	}
	if s.Certificate != nil {
		t.Errorf("a certificate that was not issued: %+v", s.Certificate)
	}
	f.service.cases[id].Credential.Issued = noon
	f.service.cases[id].Renewal = workflows.RenewalView{Opens: noon, Renewal: workflows.Renewal{Opened: noon}}
	a = f.send("GET", "/api/v1/applications/"+strings.ToUpper(string(id)), "") // UUIDs are read in any case (RFC 9562, 4)
	a.decode(t, &s)
	if s.Credential != "0198c0de-1111-7000-8000-000000000001" {
		t.Errorf("the issued credential is %q", s.Credential)
	}
	if c := s.Certificate; c == nil || !c.Issued.Equal(noon) || c.Revoked != nil || c.Renewal != "open" {
		t.Errorf("the certificate is %+v", c)
	}
	fresh := f.service.add(nil)
	if a := f.send("GET", "/api/v1/applications/"+string(fresh), ""); !strings.Contains(a.body, `"checks":[]`) {
		t.Errorf("no checks must be a list without any: %s", a.body)
	}
}

// paths are the addresses of one application.
var paths = []struct{ method, path, body string }{
	{"GET", "", ""}, {"GET", "/ledger", ""}, {"GET", "/ledger/verify", ""},
	{"POST", "/checks/email/retry", `{"reason":"x"}`}, {"POST", "/checks/email/waive", `{"reason":"x"}`}, {"POST", "/decision", `{"ruling":"proceed","reason":"x"}`},
	{"POST", "/requirements/live/score", `{"attempt":1,"no_show":true,"remark":"x"}`}, {"POST", "/requirements/live/waive", `{"reason":"x"}`},
	{"POST", "/requirements/live/judge", `{"attempt":1,"pass":true,"reason":"x"}`}, {"POST", "/requirements/live/answer", `{"words":"x"}`},
	{"POST", "/corrections", `{"profile":{"phone":"503 555 0143"}}`},
}

// TestUnknownApplicant: 404 at every address, whatever the ID looks like, and
// never a 500.
func TestUnknownApplicant(t *testing.T) {
	f := serve(t, nil)
	f.service.add(nil)
	for _, id := range []string{string(nobodyID), "none", "0", strings.Repeat("9", 3000), "019ab3c0-0000-7000-8000-00000000000g",
		"019ab3c0-0000-7000-8000-000000000001x", "%27%20OR%20%27a%27%3D%27a", "..%2f..%2fkeys", "%00", "applicant%2F" + string(nobodyID)} {
		for _, p := range paths {
			a := f.send(p.method, "/api/v1/applications/"+id+p.path, p.body)
			wantProblem(t, a, http.StatusNotFound)
		}
	}
}

func TestRefusedActions(t *testing.T) {
	f := serve(t, nil)
	one := "/api/v1/applications/" + string(f.service.add(nil))
	for name, tt := range map[string]struct{ path, body, names string }{
		"no attempt":           {"/requirements/live/score", `{"no_show":true,"remark":"x"}`, "attempt"},
		"a name of no kind":    {"/requirements/LIVE!/waive", `{"reason":"x"}`, "requirement"},
		"no such check":        {"/checks/horoscope/retry", `{"reason":"x"}`, "check"},
		"no reason":            {"/checks/email/waive", `{}`, "reason"},
		"an empty reason":      {"/checks/email/retry", `{"reason":""}`, "reason"},
		"a reason of a book":   {"/decision", `{"ruling":"proceed","reason":"` + strings.Repeat("a", 2001) + `"}`, "reason"},
		"a round below none":   {"/checks/email/retry", `{"reason":"x","round":-1}`, "round"},
		"an unknown ruling":    {"/decision", `{"ruling":"maybe","reason":"x"}`, "ruling"},
		"a machine's ruling":   {"/decision", `{"ruling":"review","reason":"x"}`, "ruling"},
		"no ruling":            {"/decision", `{"reason":"x"}`, "ruling"},
		"an actor of its own":  {"/decision", `{"ruling":"proceed","reason":"x","actor":"staff:admin:1"}`, "actor"},
		"a reason of two ends": {"/decision", `{"ruling":["proceed"],"reason":"x"}`, "ruling"},
	} {
		t.Run(name, func(t *testing.T) {
			wantProblem(t, f.send("POST", one+tt.path, tt.body), http.StatusUnprocessableEntity, tt.names)
		})
	}
	if len(f.service.did) > 0 {
		t.Errorf("something was done: %v", f.service.did)
	}
}

// TestEveryErrorOfTheHouse holds the API to the one map at this edge: the status,
// a problem, the words that are meant for the caller, and nothing of the inside.
func TestEveryErrorOfTheHouse(t *testing.T) {
	f := serve(t, nil)
	id := f.service.add(nil)
	inside := errors.New("dial tcp 10.0.0.7:9000: bucket vault-bucket")
	known := func(c onboarding.Code) error {
		return &onboarding.Error{Code: c, Message: "Words for the caller.", Hint: "What to do.", Cause: inside}
	}
	for _, tt := range []struct {
		err  error
		want int
	}{
		{known(onboarding.CodeInvalid), 422}, {known(onboarding.CodeUnderAge), 422}, {known(onboarding.CodeUnknownApplicant), 404},
		{known(onboarding.CodeUnknownProgram), 404}, {known(onboarding.CodeNotNow), 409}, {known(onboarding.CodeConflict), 409},
		{known(onboarding.CodeNotAllowed), 403}, {known(onboarding.CodeTooLarge), 413}, {known(onboarding.CodeConsentNotLive), 409},
		{known(onboarding.CodeGrantRefused), 403}, {known(onboarding.CodeLedgerConflict), 500}, {known(onboarding.CodeVendorRefused), 503},
		{known(onboarding.CodeVendorUnclear), 503}, {known(onboarding.CodeVendorBusy), 503}, {known(onboarding.CodeVendorDown), 503},
		{known(onboarding.CodeKeyDestroyed), 410}, {known(onboarding.CodeInternal), 500}, {known("A_CODE_OF_TOMORROW"), 500},
		{inside, 500}, {fmt.Errorf("wrapped: %w", known(onboarding.CodeNotNow)), 409},
	} {
		f.service.fail = tt.err
		for _, p := range paths {
			a := f.send(p.method, "/api/v1/applications/"+string(id)+p.path, p.body)
			wantProblem(t, a, tt.want)
			if ours := tt.want >= 500; ours == strings.Contains(a.body, "Words for the caller. What to do.") {
				t.Errorf("%v: %s", tt.err, a.body)
			}
			if strings.Contains(a.body, "10.0.0.7") || strings.Contains(a.body, "bucket") {
				t.Errorf("%v: the inside is shown: %s", tt.err, a.body)
			}
		}
	}
	f.service.fail = onboarding.Invalid("round", "There is no such round.", "Leave it out.")
	if p := wantProblem(t, f.send("POST", "/api/v1/applications/"+string(id)+"/checks/email/retry", `{"reason":"x"}`), 422); len(p.Errors) != 1 || p.Errors[0].Location != "round" {
		t.Errorf("the field is not named: %+v", p)
	}
}

type page struct {
	Items []struct {
		ID        string    `json:"id"`
		Program   string    `json:"program"`
		Stage     string    `json:"stage"`
		Attention string    `json:"attention"`
		Outcome   string    `json:"outcome"`
		Failed    []string  `json:"failed_checks"`
		DueBy     time.Time `json:"due_by"`
		StartedAt time.Time `json:"started_at"`
		Since     time.Time `json:"since"`
		Recruiter string    `json:"recruiter"`
		Place     string    `json:"jurisdiction"`
	} `json:"items"`
	NextCursor string `json:"next_cursor"`
}

// TestListByCursor follows the cursor to its end: everything once, newest first.
func TestListByCursor(t *testing.T) {
	f := serve(t, nil)
	if a := f.send("GET", "/api/v1/applications", ""); a.status != 200 || !strings.Contains(a.body, `"items":[]`) || !strings.Contains(a.body, `"next_cursor":""`) {
		t.Fatalf("of nobody: %d %s", a.status, a.body)
	}
	var want []string
	for range 7 {
		want = append(want, string(f.service.add(nil)))
	}
	slices.Reverse(want)
	var got []string
	cursor := ""
	for n := 0; ; n++ {
		var p page
		f.send("GET", "/api/v1/applications?limit=3&cursor="+cursor, "").decode(t, &p)
		for _, l := range p.Items {
			got = append(got, l.ID)
		}
		if cursor = p.NextCursor; cursor == "" || n > 5 {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestListFilter(t *testing.T) {
	f := serve(t, nil)
	for query, want := range map[string]applicants.Filter{
		"": {Limit: 50},
		// As the design writes it, with nothing filled in.
		"?stage=&attention=&limit=&cursor=":                                     {Limit: 50},
		"?stage=vetting&attention=reviewer":                                     {Stage: onboarding.StageVetting, Attention: onboarding.AttentionReviewer, Limit: 50},
		"?program=health-line&check=email&vendor=kickbox&failed=true&limit=500": {Program: "health-line", Check: onboarding.CheckEmail, Vendor: "kickbox", Failed: true, Limit: 500},
		"?limit=1&cursor=at-0":                                                  {Limit: 1, Cursor: "at-0"},
	} {
		if a := f.send("GET", "/api/v1/applications"+query, ""); a.status != http.StatusOK || !reflect.DeepEqual(f.service.seen, want) {
			t.Errorf("%s: %d, asked for %+v, want %+v", query, a.status, f.service.seen, want)
		}
	}
	for query, names := range map[string]string{
		"?stage=limbo": "stage", "?attention=everybody": "attention", "?limit=0": "limit", "?limit=501": "limit", "?limit=-1": "limit",
		"?limit=many": "limit", "?failed=perhaps": "failed", "?cursor=forged": "cursor", "?stage='%20OR%20''='": "stage",
		"?program=" + strings.Repeat("p", 41): "program", "?cursor=" + strings.Repeat("c", 4001): "cursor",
	} {
		wantProblem(t, f.send("GET", "/api/v1/applications"+query, ""), http.StatusUnprocessableEntity, names)
	}
}

// TestFilterNamesEveryValue: a stage or an attention that the domain gets must be
// one that the API lets ask for.
func TestFilterNamesEveryValue(t *testing.T) {
	f := serve(t, nil)
	for _, s := range onboarding.Stages() {
		if a := f.send("GET", "/api/v1/applications?stage="+string(s), ""); a.status != http.StatusOK {
			t.Errorf("stage %s: %s", s, a.body)
		}
	}
	for _, s := range onboarding.Attentions() {
		if a := f.send("GET", "/api/v1/applications?attention="+string(s), ""); a.status != http.StatusOK {
			t.Errorf("attention %s: %s", s, a.body)
		}
	}
	id := f.service.add(nil)
	for _, c := range onboarding.CheckNames() {
		if a := f.send("POST", "/api/v1/applications/"+string(id)+"/checks/"+string(c)+"/retry", `{"reason":"x"}`); a.status != http.StatusOK {
			t.Errorf("check %s: %s", c, a.body)
		}
	}
}

func TestLedger(t *testing.T) {
	f := serve(t, nil)
	one := "/api/v1/applications/" + string(f.service.add(nil)) + "/ledger"
	var book struct {
		Items []struct {
			Record  ledger.Record `json:"record"`
			Written bool          `json:"written"`
			Erased  bool          `json:"erased"`
			Says    string        `json:"says"`
		} `json:"items"`
	}
	f.send("GET", one, "").decode(t, &book)
	if len(book.Items) != 1 || book.Items[0].Record.Kind != ledger.KindSubmitted || book.Items[0].Says == "" {
		t.Errorf("%+v", book)
	}
	var report ledger.Report
	f.send("GET", one+"/verify", "").decode(t, &report)
	if report.Records != 1 || !report.Whole() {
		t.Errorf("%+v", report)
	}
}

// TestNotices: the texts come to the letter, since a receipt proves them by
// their hash, and English stands in for a language that we do not have.
func TestNotices(t *testing.T) {
	f := serve(t, nil)
	for _, language := range []string{"en", "es", "tlh", ""} {
		var out struct{ Items []api.NoticeText }
		f.send("GET", "/api/v1/notices?language="+language, "").decode(t, &out)
		asked := language
		if asked == "" {
			asked = "en"
		}
		want := consent.Notices(asked)
		if len(want) == 0 || len(out.Items) != len(want) {
			t.Fatalf("%q: %d notices, want %d", language, len(out.Items), len(want))
		}
		for i, n := range want {
			got := out.Items[i]
			if got.Text != n.Text || got.SHA256 != n.SHA256 || got.ID != n.ID || got.Version != n.Version || got.Kind != string(n.Kind) ||
				got.Purpose != string(n.Purpose) || got.Language != n.Language || got.Title != n.Title || got.Action != n.Action {
				t.Errorf("%q: notice %d is %+v", language, i, got)
			}
		}
	}
}

func TestPrograms(t *testing.T) {
	var out struct{ Items []api.Program }
	serve(t, nil).send("GET", "/api/v1/programs", "").decode(t, &out)
	set, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Items) != len(set.All()) {
		t.Fatalf("%d programs, want %d", len(out.Items), len(set.All()))
	}
	for i, p := range set.All() {
		got := out.Items[i]
		if got.ID != p.ID || got.Title != p.Title || got.Version != p.Version || got.MinimumAge != p.MinimumAge || len(got.Checks) != len(p.Checks) {
			t.Errorf("%+v", got)
		}
	}
	// Nothing is a list, too: a client that ranges over it must not meet null.
	none := serve(t, func(c *api.Config) { c.Programs = noPrograms{} })
	if a := none.send("GET", "/api/v1/programs", ""); !strings.Contains(a.body, `"items":[]`) {
		t.Errorf("no programs: %s", a.body)
	}
}

type noPrograms struct{}

func (noPrograms) All() []program.Program { return nil }
