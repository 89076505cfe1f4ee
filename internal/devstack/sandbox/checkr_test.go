package sandbox_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
)

const (
	wholeCandidate = `{"email":"ada@example.com","first_name":"Ada","no_middle_name":true,"last_name":"Lovelace","dob":"1990-02-03","ssn":"111-11-2001","zipcode":"12207",` +
		`"work_locations":[{"country":"US","state":"NY","city":"Albany"}],"custom_id":"a","metadata":{"reference":"a/background/1"}}`
	mailCandidate = `{"email":"consider.ada@example.com","custom_id":"b"}`
)

// checkr asks with the account's key, and gives the ID of what came.
func (b box) checkr(method, path, body string, header ...string) (int, string, string) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.srv.URL, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	req.SetBasicAuth(b.Keys().CheckrKey, "")
	status, _, got := b.do(method, "/checkr"+path, body, append([]string{"Authorization", req.Header.Get("Authorization")}, header...)...)
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal([]byte(got), &o)
	return status, o.ID, got
}

// Obligation 38: Checkr's side refuses what the adapter may not send, in its own
// shape, and notes names and never values.
func TestCheckrRefusesFieldsThatTheAdapterMayNotSend(t *testing.T) {
	b := open(t, sandbox.Config{})
	body := func(old, new string) string { return strings.Replace(wholeCandidate, old, new, 1) }
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"POST", "/v1/candidates", body(`"dob"`, `"phone":"+12125550123","dob"`), 400},
		{"POST", "/v1/candidates", body(`"city":`, `"street":"1 Main St","city":`), 400},
		{"POST", "/v1/candidates", body(`"reference":`, `"email":"ada@example.com","reference":`), 400},
		{"POST", "/v1/candidates", body(`[{"country":"US","state":"NY","city":"Albany"}]`, `"Albany"`), 400},
		{"POST", "/v1/candidates", body("1990-02-03", "3 Feb"), 400},
		{"POST", "/v1/candidates", body("111-11-2001", "111112001"), 400},
		{"POST", "/v1/candidates", body("12207", "1"), 400},
		{"POST", "/v1/candidates", body(`"last_name"`, `"middle_name":"M","last_name"`), 400},
		{"POST", "/v1/candidates", body("Lovelace", "Refused"), 422},
		{"POST", "/v1/candidates?email=ada@example.com", wholeCandidate, 400},
		{"POST", "/v1/candidates", wholeCandidate + "{}", 400},
		{"POST", "/v1/candidates", `[]`, 400},
		{"GET", "/v1/candidates?email=ada@example.com", "", 400},
		{"GET", "/v1/candidates", "", 400},
		{"GET", "/v1/invitations", "", 400},
		{"POST", "/v1/candidates/none", wholeCandidate, 404},
		{"POST", "/v1/reports", `{"candidate_id":"none","package":"standard"}`, 404},
		{"GET", "/v1/reports/none", "", 404},
		{"GET", "/v1/ssn_traces/none", "", 404},
		{"POST", "/v1/reports/none/complete", "{}", 404},
		{"DELETE", "/v1/invitations/none", "", 404},
		{"GET", "/v1/adverse_actions/none", "", 404},
	} {
		status, _, got := b.checkr(c.method, c.path, c.body)
		if status != c.status || !strings.HasPrefix(got, `{"error":"`) {
			t.Errorf("%s %s: got %d %s", c.method, c.path, status, got)
		}
		for _, no := range []string{"ada@", "Ada", "5550123", "11-2001", "111112001"} {
			if strings.Contains(got, no) {
				t.Errorf("the refusal quotes what was sent: %s", got)
			}
		}
	}
	if e := b.books("?vendor=checkr")[0]; !slices.Contains(e.Fields, "phone") || !slices.Contains(e.Fields, "national_id") || !slices.Contains(e.Fields, "city") {
		t.Errorf("the books have %+v", e)
	}
	if status, _, got := b.do("GET", "/checkr/v1/packages", "", "Authorization", "Basic wrong"); status != 401 {
		t.Errorf("got %d %s", status, got)
	}
}

func TestCheckrKeysAndLimits(t *testing.T) {
	b := open(t, sandbox.Config{})
	_, id, _ := b.checkr("POST", "/v1/candidates", wholeCandidate, "Idempotency-Key", "k")
	if _, again, _ := b.checkr("POST", "/v1/candidates", wholeCandidate, "Idempotency-Key", "k"); again != id {
		t.Errorf("got %s, want %s", again, id)
	}
	if all := b.books("?vendor=checkr"); !all[1].Replayed || all[0].Replayed {
		t.Errorf("got %+v", all)
	}
	_, mail, _ := b.checkr("POST", "/v1/candidates", mailCandidate)
	// What a flow lacks is told when it is ordered.
	if status, _, got := b.checkr("POST", "/v1/reports", `{"candidate_id":"`+mail+`","package":"standard"}`); status != 400 {
		t.Errorf("got %d %s", status, got)
	}
	status, report, got := b.checkr("POST", "/v1/reports", `{"candidate_id":"`+id+`","package":"healthcare","tags":["x"]}`)
	if status != 201 || !strings.Contains(got, `"tags":["x"]`) || !strings.Contains(got, `"result":"clear"`) {
		t.Errorf("got %d %s", status, got)
	}
	if status, _, got := b.checkr("POST", "/v1/reports", `{"candidate_id":"`+id+`","package":"none"}`); status != 400 {
		t.Errorf("got %d %s", status, got)
	}
	if _, _, got := b.checkr("GET", "/v1/packages", ""); !strings.Contains(got, `"slug":"basic_plus"`) || strings.Count(got, `"object":"package"`) != 3 {
		t.Errorf("got %s", got)
	}
	if status, _, got := b.checkr("POST", "/v1/reports/"+report+"/complete", "{}"); status != 400 { // there is nothing left to end
		t.Errorf("got %d %s", status, got)
	}
	if status, _, got := b.checkr("GET", "/v1/candidates/"+id, ""); status != 200 || !strings.Contains(got, report) || strings.Contains(got, "Ada") {
		t.Errorf("got %d %s", status, got)
	}
	req, err := http.NewRequest(http.MethodGet, b.srv.URL+"/checkr/v1/packages", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(b.Keys().CheckrKey, "")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if _, err := time.Parse(time.RFC3339, resp.Header.Get("X-Ratelimit-Reset")); err != nil || resp.Header.Get("X-Ratelimit-Limit") != "1200" || resp.Header.Get("X-Ratelimit-Remaining") == "" {
		t.Errorf("got %v", resp.Header)
	}
}

// What Checkr keeps, and the events that nobody has taken, outlive a restart; the
// file says nothing of the person.
func TestCheckrRestarts(t *testing.T) {
	got := make(chan string, 64)
	taker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/hooks/checkr" || r.Header.Get("X-Checkr-Signature") != sandbox.SignCheckr(sandbox.DefaultKeys().CheckrKey, body) {
			t.Errorf("%s: not signed", r.URL.Path)
		}
		var e struct{ Type string }
		_ = json.Unmarshal(body, &e)
		w.WriteHeader(http.StatusNoContent)
		got <- e.Type
	}))
	defer taker.Close()
	dir := t.TempDir()
	b := open(t, sandbox.Config{Dir: dir})
	_, id, _ := b.checkr("POST", "/v1/candidates", wholeCandidate, "Idempotency-Key", "c")
	_, report, _ := b.checkr("POST", "/v1/reports", `{"candidate_id":"`+id+`","package":"standard"}`, "Idempotency-Key", "r")
	_, mail, _ := b.checkr("POST", "/v1/candidates", mailCandidate)
	_, invitation, page := b.checkr("POST", "/v1/invitations", `{"candidate_id":"`+mail+`","package":"standard"}`)
	if !strings.Contains(page, "/checkr/_apply/") {
		t.Errorf("got %s", page)
	}
	journal, err := os.ReadFile(filepath.Join(dir, "sandbox.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, no := range []string{"Ada", "ada@", "ada.", "1990-02-03", "111-11", "Albany"} {
		if strings.Contains(string(journal), no) {
			t.Errorf("the journal has %q", no)
		}
	}
	b.srv.Close()
	_ = b.Close()
	for n := range 2 {
		b = open(t, sandbox.Config{Dir: dir})
		if status, again, _ := b.checkr("POST", "/v1/reports", `{"candidate_id":"`+id+`","package":"standard"}`, "Idempotency-Key", "r"); status != 201 || again != report {
			t.Errorf("got %d %s", status, again)
		}
		if _, _, got := b.checkr("GET", "/v1/candidates?custom_id=a", ""); !strings.Contains(got, report) || strings.Count(got, `"candidate"`) != 1 {
			t.Errorf("got %s", got)
		}
		if _, _, got := b.checkr("GET", "/v1/invitations?candidate_id="+mail, ""); !strings.Contains(got, invitation) {
			t.Errorf("got %s", got)
		}
		if n == 1 {
			b.SetWebhookURL(taker.URL + "/hooks/")
			due := []string{"candidate.created", "candidate.created", "invitation.created", "report.completed", "report.created"}
			for len(due) > 0 {
				select {
				case e := <-got:
					i := slices.Index(due, e)
					if i < 0 {
						t.Fatalf("%s was not due", e)
					}
					due = slices.Delete(due, i, i+1)
				case <-t.Context().Done():
					t.Fatalf("not told: %v", due)
				}
			}
		}
		b.srv.Close()
		_ = b.Close()
	}
}

func TestCheckrPageAndDispute(t *testing.T) {
	b := open(t, sandbox.Config{})
	_, mail, _ := b.checkr("POST", "/v1/candidates", mailCandidate)
	_, id, got := b.checkr("POST", "/v1/invitations", `{"candidate_id":"`+mail+`","package":"basic_plus"}`)
	var i struct {
		Page string `json:"invitation_url"`
	}
	if err := json.Unmarshal([]byte(got), &i); err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(i.Page, b.srv.URL)
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	for _, c := range []struct {
		method, body string
		status       int
		says         string
	}{
		{"GET", "", 200, "Hand in"}, {"POST", "do=nothing", 400, "Use one of the buttons"}, {"PUT", "", 405, "another method"},
		{"POST", "do=hand_in", 200, "close this page"}, {"GET", "", 200, "completed"}, {"POST", "do=expire", 200, "completed"},
	} {
		if status, _, got := b.do(c.method, path, c.body, form...); status != c.status || !strings.Contains(got, c.says) {
			t.Errorf("%s %s: got %d %s", c.method, c.body, status, got)
		}
	}
	if status, _, _ := b.do("GET", "/checkr/_apply/none", ""); status != 404 {
		t.Errorf("got %d", status)
	}
	if status, _, got := b.checkr("DELETE", "/v1/invitations/"+id, ""); status != 400 {
		t.Errorf("got %d %s", status, got)
	}
	for _, e := range b.books("?vendor=checkr") {
		if strings.Contains(e.Path, "_apply") {
			t.Error("the applicant's own visit is in the books")
		}
	}
	var inv struct {
		Report string `json:"report_id"`
	}
	_, _, got = b.checkr("GET", "/v1/invitations/"+id, "")
	if err := json.Unmarshal([]byte(got), &inv); err != nil || inv.Report == "" {
		t.Fatalf("got %s", got)
	}
	for _, c := range []struct {
		id, body string
		status   int
	}{{"none", "{}", 404}, {inv.Report, "x", 400}, {inv.Report, "{}", 200}, {inv.Report, `{"corrected":true}`, 200}} {
		if status, _, got := b.do("POST", "/_checkr/reports/"+c.id+"/dispute", c.body); status != c.status {
			t.Errorf("%s: got %d %s", c.body, status, got)
		}
	}
	slow := open(t, sandbox.Config{ReportDelay: time.Hour})
	_, id, _ = slow.checkr("POST", "/v1/candidates", wholeCandidate)
	_, report, _ := slow.checkr("POST", "/v1/reports", `{"candidate_id":"`+id+`","package":"standard"}`)
	if status, _, _ := slow.do("POST", "/_checkr/reports/"+report+"/dispute", "{}"); status != 409 {
		t.Errorf("got %d", status)
	}
}
