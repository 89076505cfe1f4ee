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
	stripeSessions = "/stripe/v1/identity/verification_sessions"
	stripeForm     = "type=document&client_reference_id=a%2Fidentity_document%2F1&return_url=https%3A%2F%2Fportal.example.com%2F"
)

type stripeSession struct {
	ID        string `json:"id"`
	Status    string `json:"status"`
	URL       string `json:"url"`
	LastError *struct {
		Code string `json:"code"`
	} `json:"last_error"`
}

// stripe asks Stripe's API.
func (b box) stripe(method, path, form string, header ...string) (int, http.Header, string) {
	header = append([]string{"Authorization", "Bearer " + b.Keys().StripeKey}, header...)
	if method == http.MethodPost {
		header = append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)
	}
	return b.do(method, path, form, header...)
}

func (b box) session(method, path, form string, header ...string) stripeSession {
	b.t.Helper()
	status, _, body := b.stripe(method, path, form, header...)
	var v stripeSession
	if err := json.Unmarshal([]byte(body), &v); status != http.StatusOK || err != nil {
		b.t.Fatalf("%s %s: %d %s", method, path, status, body)
	}
	return v
}

// press is the applicant at the page; to is where they are sent.
func (b box) press(v stripeSession, button string) (status int, to, page string) {
	b.t.Helper()
	path, ok := strings.CutPrefix(v.URL, b.srv.URL)
	if !ok {
		b.t.Fatalf("the page is at %q, not at %q", v.URL, b.srv.URL)
	}
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Post(b.srv.URL+path, "application/x-www-form-urlencoded", strings.NewReader("do="+button))
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Location"), string(body)
}

// Obligations 6 and 38: Stripe asks the person itself.
func TestStripeRefusesWhatTheAdapterMayNotSend(t *testing.T) {
	b := open(t, sandbox.Config{})
	for _, tc := range []struct {
		method, path, form string
		status             int
		want               string
	}{
		{"POST", "", stripeForm + "&provided_details[email]=ada%40example.com", 400, "parameter_unknown"},
		{"POST", "", stripeForm + "&metadata[phone]=x", 400, "parameter_unknown"},
		{"POST", "", stripeForm + "&type=document", 400, "parameter_invalid_empty"},
		{"POST", "?type=document", stripeForm, 400, "parameter_unknown"},
		{"POST", "", strings.Replace(stripeForm, "document", "id_number", 1), 400, `"param":"type"`},
		{"POST", "", "type=document&return_url=x", 400, "url_invalid"},
		{"POST", "", "type=%zz", 400, "not a form"},
		{"GET", "?client_reference_id=a&email=b", "", 400, "parameter_unknown"},
		{"GET", "?limit=5", "", 400, "parameter_missing"},
		{"GET", "?client_reference_id=a&limit=101", "", 400, "parameter_invalid_integer"},
		{"GET", "/vs_none", "", 404, "resource_missing"},
		{"POST", "/vs_none/cancel", "", 404, "resource_missing"},
		{"POST", "/vs_none/cancel", "email=b", 400, "parameter_unknown"},
		{"GET", "/vs_none?expand[]=verified_outputs", "", 400, "parameter_unknown"},
	} {
		status, _, body := b.stripe(tc.method, stripeSessions+tc.path, tc.form)
		if status != tc.status || !strings.Contains(body, tc.want) || !strings.HasPrefix(body, `{"error":{`) || strings.Contains(body, "ada@") {
			t.Errorf("%s %s %s: got %d %s", tc.method, tc.path, tc.form, status, body)
		}
	}
	if e := b.books("?vendor=stripe"); !slices.Equal(e[0].Fields, []string{"email"}) || !slices.Equal(e[1].Fields, []string{"phone"}) {
		t.Errorf("the books do not name the fields: %+v", e[:2])
	}
	if status, _, body := b.do("GET", stripeSessions+"/vs_none", ""); status != 401 || !strings.Contains(body, `"type":"invalid_request_error"`) {
		t.Errorf("without a key: %d %s", status, body)
	}
	if status, _, body := b.stripe("POST", stripeSessions, `{}`, "Content-Type", "application/json"); status != 400 || !strings.Contains(body, "not a form") {
		t.Errorf("JSON: %d %s", status, body)
	}
}

func TestStripeIdempotency(t *testing.T) {
	b := open(t, sandbox.Config{})
	first := b.session("POST", stripeSessions, stripeForm, "Idempotency-Key", "k")
	b.press(first, "verified")
	status, header, body := b.stripe("POST", stripeSessions, stripeForm, "Idempotency-Key", "k")
	if status != 200 || header.Get("Idempotent-Replayed") != "true" || !strings.Contains(body, first.ID) || !strings.Contains(body, `"status":"requires_input"`) {
		t.Errorf("the first answer is repeated as it was: %d %v %s", status, header, body)
	}
	if status, _, body := b.stripe("POST", stripeSessions, stripeForm+"%2Fother", "Idempotency-Key", "k"); status != 400 || !strings.Contains(body, `"type":"idempotency_error"`) {
		t.Errorf("got %d %s", status, body)
	}
	if other := b.session("POST", stripeSessions, stripeForm); other.ID == first.ID {
		t.Error("without a key each request makes a session")
	}
	if _, _, body := b.stripe("GET", stripeSessions+"?limit=1&client_reference_id=a/identity_document/1", ""); strings.Count(body, `"object":"identity.verification_session"`) != 1 ||
		!strings.Contains(body, `"has_more":true`) || strings.Contains(body, first.ID) {
		t.Errorf("newest first: %s", body)
	}
	if _, _, body := b.stripe("GET", stripeSessions+"?client_reference_id=b", ""); !strings.Contains(body, `"data":[]`) {
		t.Errorf("got %s", body)
	}
}

// A person reaches every outcome by hand: the table, the buttons and the page say
// the same.
func TestStripePage(t *testing.T) {
	b := open(t, sandbox.Config{})
	v := b.session("POST", stripeSessions, stripeForm)
	status, header, page := b.do("GET", strings.TrimPrefix(v.URL, b.srv.URL), "")
	if status != 200 || !strings.HasPrefix(header.Get("Content-Type"), "text/html") || header.Get("Cache-Control") != "no-store" || strings.Contains(page, "<script") {
		t.Errorf("got %d %v %s", status, header, page)
	}
	rows := 0
	for _, s := range sandbox.Steering() {
		if s.Vendor != sandbox.Stripe {
			continue
		}
		rows++
		_, label, _ := strings.Cut(s.Typed, "“")
		if label, _, _ = strings.Cut(label, "”"); label == "" || !strings.Contains(page, ">"+label+"</button>") {
			t.Errorf("there is no button for %q", s.Typed)
		}
	}
	if n := strings.Count(page, "<button"); n != rows {
		t.Errorf("%d buttons, %d rows", n, rows)
	}
	if status, to, _ := b.press(v, "sesame"); status != 400 || to != "" {
		t.Errorf("got %d %s", status, to)
	}
	if status, to, _ := b.press(v, "close"); status != 303 || to != "https://portal.example.com/" {
		t.Errorf("got %d %s", status, to)
	}
	if again := b.session("GET", stripeSessions+"/"+v.ID, ""); again.Status != "requires_input" || again.URL != v.URL || again.LastError != nil {
		t.Errorf("closing changed it: %+v", again)
	}
	b.press(v, "document_expired")
	again := b.session("GET", stripeSessions+"/"+v.ID, "")
	if again.Status != "requires_input" || again.URL == v.URL || again.LastError == nil || again.LastError.Code != "document_expired" {
		t.Errorf("got %+v", again)
	}
	if status, to, page := b.press(v, "verified"); status != 404 || to != "" || !strings.Contains(page, "does not work any more") {
		t.Errorf("a used page: got %d %s %s", status, to, page)
	}
	b.press(again, "verified")
	if done := b.session("GET", stripeSessions+"/"+v.ID, ""); done.Status != "verified" || done.URL != "" || done.LastError != nil {
		t.Errorf("got %+v", done)
	}
	for _, path := range []string{"/stripe/_verify/vs_none.x", "/stripe/_verify/x", strings.TrimPrefix(again.URL, b.srv.URL)} {
		if status, _, _ := b.do("GET", path, ""); status != 404 {
			t.Errorf("%s: got %d", path, status)
		}
	}
	if status, _, _ := b.do("DELETE", "/stripe/_verify/x", ""); status != http.StatusMethodNotAllowed {
		t.Errorf("got %d", status)
	}
	for _, e := range b.books("?vendor=stripe") {
		if strings.Contains(e.Path, "_verify") {
			t.Error("the page is in the books, which are of what adapters ask")
		}
	}
}

// Sessions, keys and events that nobody took survive a restart.
func TestStripeSurvivesARestart(t *testing.T) {
	dir := t.TempDir()
	b := open(t, sandbox.Config{Dir: dir, ReportDelay: time.Hour})
	looking := b.session("POST", stripeSessions, stripeForm, "Idempotency-Key", "k")
	b.press(looking, "verified")
	canceled := b.session("POST", stripeSessions, stripeForm, "Idempotency-Key", "l")
	b.session("POST", stripeSessions+"/"+canceled.ID+"/cancel", "")
	journal, err := os.ReadFile(filepath.Join(dir, "sandbox.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	again := t.TempDir() // as after a SIGKILL: nothing was closed
	if err := os.WriteFile(filepath.Join(again, "sandbox.jsonl"), journal, 0o600); err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 8)
	taker := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path != "/webhooks/stripe" || !strings.HasPrefix(r.Header.Get("Stripe-Signature"), "t=") {
			t.Errorf("%s %v", r.URL.Path, r.Header)
		}
		got <- string(body)
	}))
	defer taker.Close()
	n := open(t, sandbox.Config{Dir: again, WebhookURL: taker.URL + "/webhooks"})
	if v := n.session("GET", stripeSessions+"/"+looking.ID, ""); v.Status != "processing" || v.URL != "" {
		t.Errorf("got %+v", v)
	}
	if v := n.session("GET", stripeSessions+"/"+canceled.ID, ""); v.Status != "canceled" {
		t.Errorf("got %+v", v)
	}
	if v := n.session("POST", stripeSessions, stripeForm, "Idempotency-Key", "k"); v.ID != looking.ID {
		t.Errorf("got %+v", v)
	}
	if status, _, body := n.stripe("POST", stripeSessions+"/"+looking.ID+"/cancel", ""); status != 400 || !strings.Contains(body, "invalid_request_error") {
		t.Errorf("what is looked at cannot be canceled: %d %s", status, body)
	}
	// Two created, one processing, one canceled; "verified" is an hour away.
	types := map[string]int{}
	for range 4 {
		select {
		case body := <-got:
			var e struct{ Type string }
			if err := json.Unmarshal([]byte(body), &e); err != nil || strings.Contains(body, "_verify") {
				t.Errorf("%v: %s", err, body)
			}
			types[strings.TrimPrefix(e.Type, "identity.verification_session.")]++
		case <-time.After(30 * time.Second):
			t.Fatalf("no more events after %v", types)
		}
	}
	if types["created"] != 2 || types["processing"] != 1 || types["canceled"] != 1 {
		t.Errorf("got %v", types)
	}
}
