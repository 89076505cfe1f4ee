package sandbox_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

type box struct {
	*sandbox.Sandbox
	srv *httptest.Server
	t   testing.TB
}

// open starts a sandbox; kill says that it is not closed at the end, as after a
// SIGKILL.
func open(t testing.TB, cfg sandbox.Config) box {
	t.Helper()
	s, err := sandbox.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	t.Cleanup(func() { srv.Close(); _ = s.Close() })
	return box{s, srv, t}
}

func (b box) do(method, path, body string, header ...string) (int, http.Header, string) {
	b.t.Helper()
	req, err := http.NewRequest(method, b.srv.URL+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	switch {
	case strings.HasPrefix(path, "/kickbox"):
		req.Header.Set("Authorization", "Bearer "+b.Keys().Kickbox)
	case strings.HasPrefix(path, "/twilio"):
		req.SetBasicAuth(b.Keys().TwilioSID, b.Keys().TwilioSecret)
	case strings.HasPrefix(path, "/findly"):
		req.Header.Set("Authorization", "Bearer "+b.Keys().Findly)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	// A new connection each: on one that was used before, net/http sends a request
	// with an Idempotency-Key again by itself when it breaks.
	req.Close = true
	resp, err := b.srv.Client().Do(req)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(got)
}

func newOrder(reference, family string) string {
	return fmt.Sprintf(`{"reference":%q,"package":"standard","subject":{"given_name":"Ada","family_name":%q,"date_of_birth":"1990-02-03"}}`, reference, family)
}

func (b box) order(reference, family string) (int, string) {
	b.t.Helper()
	status, _, body := b.do("POST", "/findly/v1/orders", newOrder(reference, family), "Idempotency-Key", reference)
	var o struct {
		ID string `json:"id"`
	}
	_ = json.Unmarshal([]byte(body), &o)
	return status, o.ID
}

func (b box) books(query string) []sandbox.Entry {
	b.t.Helper()
	status, _, body := b.do("GET", "/_books"+query, "")
	var out []sandbox.Entry
	if err := json.Unmarshal([]byte(body), &out); status != 200 || err != nil {
		b.t.Fatalf("books: %d %v %s", status, err, body)
	}
	return out
}

// Obligation 38: the vendor's side refuses what the adapter may not send, in
// the vendor's own shape.
func TestRefusesFieldsThatTheAdapterMayNotSend(t *testing.T) {
	b := open(t, sandbox.Config{})
	extra := strings.Replace(newOrder("a/b/1", "X"), `"given_name"`, `"email":"ada@example.com","given_name"`, 1)
	inAddress := strings.Replace(newOrder("a/b/1", "X"), `"given_name"`, `"address":{"phone":"+12125550123"},"given_name"`, 1)
	for _, tc := range []struct{ method, path, body, want string }{
		{"GET", "/kickbox/v2/verify?email=a@example.com&phone=%2B12125550123", "", `"success":false`},
		{"GET", "/kickbox/v2/verify?email=a@example.com&email=b@example.com", "", `"success":false`},
		{"GET", "/kickbox/v2/verify", "", `"success":false`},
		{"GET", "/twilio/v2/PhoneNumbers/+12125550123?Fields=line_type_intelligence&FirstName=Ada", "", `"status":400`},
		{"GET", "/twilio/v2/PhoneNumbers/+12125550123?Fields=caller_name", "", `"status":400`},
		{"POST", "/findly/v1/orders", extra, `"code":"unknown_field"`},
		{"POST", "/findly/v1/orders", inAddress, `"code":"unknown_field"`},
		{"POST", "/findly/v1/orders?purpose=employment", newOrder("a/b/1", "X"), `"code":"unknown_field"`},
		{"POST", "/findly/v1/orders", `[]`, `"code":"bad_body"`},
		{"POST", "/findly/v1/orders", newOrder("a/b/1", "X") + "{}", `"code":"bad_body"`},
		{"GET", "/findly/v1/orders?reference=a&email=b", "", `"code":"unknown_field"`},
	} {
		status, _, body := b.do(tc.method, tc.path, tc.body, "Idempotency-Key", "k")
		if status != 400 || !strings.Contains(body, tc.want) {
			t.Errorf("%s %s: got %d %s", tc.method, tc.path, status, body)
		}
		if strings.Contains(body, "ada@") || strings.Contains(body, "5550123") {
			t.Errorf("the refusal quotes what was sent: %s", body)
		}
	}
	if got := b.books("?vendor=findly")[0].Fields; !slices.Contains(got, "email") {
		t.Errorf("the books do not name the field: %v", got)
	}
	for _, e := range b.books("") {
		if e.Order != "" || e.Status != 400 {
			t.Errorf("got %+v", e)
		}
	}
}

func TestOrdersThatCannotBeCarriedOut(t *testing.T) {
	b := open(t, sandbox.Config{})
	for body, code := range map[string]string{
		newOrder("a/b/1", ""):    "missing_field",
		newOrder("", "X"):        "missing_field",
		newOrder("r", "Refused"): "subject_refused",
		strings.Replace(newOrder("r", "X"), "1990-02-03", "3 Feb", 1): "bad_date",
	} {
		if status, _, got := b.do("POST", "/findly/v1/orders", body, "Idempotency-Key", "k"); status != 422 || !strings.Contains(got, code) {
			t.Errorf("%s: got %d %s", code, status, got)
		}
	}
	if status, _, got := b.do("POST", "/findly/v1/orders", newOrder("r", "X")); status != 400 || !strings.Contains(got, "idempotency_key_required") {
		t.Errorf("got %d %s", status, got)
	}
	b.order("r", "X")
	if status, _, got := b.do("POST", "/findly/v1/orders", newOrder("other", "X"), "Idempotency-Key", "r"); status != 422 || !strings.Contains(got, "idempotency_key_reused") {
		t.Errorf("got %d %s", status, got)
	}
}

func TestCredentialsAndPaths(t *testing.T) {
	b := open(t, sandbox.Config{Keys: sandbox.Keys{Kickbox: "k", TwilioSID: "s", TwilioSecret: "x", Findly: "f", FindlyHook: "h"}})
	for _, tc := range []struct {
		method, path string
		want         int
	}{
		{"GET", "/kickbox/v2/verify?email=a@example.com", 403}, {"GET", "/twilio/v2/PhoneNumbers/+12125550123?Fields=line_type_intelligence", 401},
		{"POST", "/findly/v1/orders", 401}, {"GET", "/findly/v1/orders?reference=x", 401}, {"GET", "/findly/v1/orders/x", 401},
		{"GET", "/findly/v1/orders/x/report", 401}, {"POST", "/findly/v1/orders/x/cancel", 401}, {"DELETE", "/findly/v1/orders/x", 401},
	} {
		if status, _, body := b.do(tc.method, tc.path, "", "Authorization", "Bearer wrong"); status != tc.want {
			t.Errorf("%s: got %d %s", tc.path, status, body)
		}
	}
	for _, tc := range []struct {
		method, path string
		want         int
	}{
		{"POST", "/kickbox/v2/verify", 405}, {"DELETE", "/findly/v1/orders/x", 404}, {"PUT", "/findly/v1/orders/x", 405}, {"GET", "/findly/v1/ada@example.com", 404},
		{"GET", "/twilio/v2/PhoneNumbers/5550123?Fields=line_type_intelligence", 404}, {"GET", "/findly/v1/orders/x", 404},
		{"GET", "/nobody", 404}, {"GET", "/_nothing", 404}, {"PUT", "/_faults", 404},
	} {
		if status, _, body := b.do(tc.method, tc.path, ""); status != tc.want || !json.Valid([]byte(body)) {
			t.Errorf("%s %s: got %d %s", tc.method, tc.path, status, body)
		}
	}
	_, _, books := b.do("GET", "/_books", "")
	for _, no := range []string{"example.com", "5550123"} {
		if strings.Contains(books, no) {
			t.Errorf("%q is in the books", no)
		}
	}
}

func TestBooks(t *testing.T) {
	b := open(t, sandbox.Config{BookLimit: 3})
	for i := range 5 {
		b.order(fmt.Sprintf("a/background/%d", i), "X")
	}
	b.order("a/background/4", "X")
	b.do("GET", "/twilio/v2/PhoneNumbers/+12125550123?Fields=line_type_intelligence", "")
	all := b.books("")
	if len(all) != 3 || all[0].IdempotencyKey != "a/background/4" || all[0].Replayed || !all[1].Replayed || all[1].Order != all[0].Order {
		t.Errorf("got %+v", all)
	}
	if e := all[2]; e.Path != "/twilio/v2/PhoneNumbers/{e164}" || !slices.Equal(e.Fields, []string{"phone"}) || !slices.Equal(e.Parameters, []string{"Fields"}) {
		t.Errorf("got %+v", e)
	}
	if got := b.books("?vendor=findly&limit=1"); len(got) != 1 || !got[0].Replayed {
		t.Errorf("got %+v", got)
	}
	if got := b.books("?vendor=kickbox"); got == nil || len(got) != 0 {
		t.Errorf("got %+v", got)
	}
	for _, q := range []string{"?vendor=acme", "?limit=0", "?limit=x"} {
		if status, _, _ := b.do("GET", "/_books"+q, ""); status != 400 {
			t.Errorf("%s: got %d", q, status)
		}
	}
	_, _, counts := b.do("GET", "/_books/counts", "")
	if !strings.Contains(counts, `"path":"/findly/v1/orders","status":201,"replayed":false,"count":5`) ||
		!strings.Contains(counts, `"status":200,"replayed":true,"count":1`) {
		t.Errorf("got %s", counts)
	}
}

func TestFaults(t *testing.T) {
	b := open(t, sandbox.Config{})
	for body, field := range map[string]string{
		`{`: "body", `[]`: "", `{}`: "vendor", `{"vendor":"acme","drop":true}`: "vendor", `{"vendor":"findly"}`: "status",
		`{"vendor":"findly","status":200}`: "status", `{"vendor":"findly","status":"x"}`: "status",
		`{"vendor":"findly","status":503,"drop":true}`: "status", `{"vendor":"findly","delay_ms":-1}`: "delay_ms",
		`{"vendor":"findly","drop":true,"rate":2}`: "rate", `{"vendor":"findly","drop":true,"rate":-1}`: "rate",
		`{"vendor":"findly","drop":true,"count":0}`: "count", `{"vendor":"findly","drop":true,"count":-2}`: "count",
		`{"vendor":"findly","drop":true,"retry_after":3}`: "retry_after", `{"vendor":"findly","drop":true,"often":3}`: "often",
		`{"vendor":"findly","drop":true}{}`: "body",
	} {
		status, _, got := b.do("POST", "/_faults", body)
		if status != 400 || !strings.Contains(got, fmt.Sprintf(`"field":%q`, field)) {
			t.Errorf("%s: got %d %s", body, status, got)
		}
	}
	b.do("POST", "/_faults", `{"vendor":"kickbox","status":429,"retry_after":7,"count":1}`)
	b.do("POST", "/_faults", `{"vendor":"*","status":500,"rate":0}`)
	b.do("POST", "/_faults", `{"vendor":"twilio","garbage":true,"delay_ms":1,"rate":1,"count":-1}`)
	if _, _, got := b.do("GET", "/_faults", ""); strings.Count(got, `"id"`) != 3 || !strings.Contains(got, `"count":1`) {
		t.Errorf("got %s", got)
	}
	status, h, body := b.do("GET", "/kickbox/v2/verify?email=a@example.com", "")
	if status != 429 || h.Get("Retry-After") != "7" || !strings.Contains(body, `"success":false`) {
		t.Errorf("got %d %v %s", status, h, body)
	}
	if status, _, _ := b.do("GET", "/kickbox/v2/verify?email=a@example.com", ""); status != 200 {
		t.Errorf("got %d after the fault was used up", status)
	}
	kinds := map[string]bool{}
	for range 2 {
		status, h, body := b.do("GET", "/twilio/v2/PhoneNumbers/+12125550123?Fields=line_type_intelligence", "")
		if status != 200 || strings.Contains(body, "phone_number") {
			t.Errorf("got %d %s", status, body)
		}
		kinds[h.Get("Content-Type")] = true
	}
	if len(kinds) != 2 {
		t.Errorf("garbage of one kind only: %v", kinds)
	}
	if status, _, _ := b.do("DELETE", "/_faults", ""); status != 204 {
		t.Errorf("got %d", status)
	}
	if _, _, got := b.do("GET", "/_faults", ""); got != "[]" {
		t.Errorf("got %s", got)
	}
	b.do("POST", "/_faults", `{"vendor":"findly","drop":true,"count":1}`)
	if status, _ := b.order("a/b/1", "X"); status != 0 {
		t.Errorf("got %d from a dropped connection", status)
	}
	last := b.books("?limit=1")[0]
	if last.Fault != "drop" || last.Status != 201 || last.Order == "" {
		t.Errorf("got %+v", last)
	}
	if status, id := b.order("a/b/1", "X"); status != 200 || id != last.Order {
		t.Errorf("got %d %s", status, id)
	}
}

func TestFaultRate(t *testing.T) {
	b := open(t, sandbox.Config{})
	b.do("POST", "/_faults", `{"vendor":"kickbox","status":503,"rate":0.3}`)
	failed := 0
	for range 400 {
		if status, _, _ := b.do("GET", "/kickbox/v2/verify?email=a@example.com", ""); status == 503 {
			failed++
		}
	}
	if failed < 70 || failed > 175 { // 120 ± 6 σ
		t.Errorf("%d of 400 failed at a rate of 0.3", failed)
	}
}

// A killed sandbox leaves its folder as it was; the next one goes on.
func TestRestartKeepsOrdersAndBooks(t *testing.T) {
	dir := t.TempDir()
	b := open(t, sandbox.Config{Dir: dir, ReportDelay: time.Hour})
	_, kept := b.order("a/background/1", "X")
	_, canceled := b.order("b/background/1", "X")
	b.do("POST", "/findly/v1/orders/"+canceled+"/cancel", "{}", "Idempotency-Key", "c")
	b.order("c/background/1", "Blocked")
	path := filepath.Join(dir, "sandbox.jsonl")
	half, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(half), "Ada") || strings.Contains(string(half), "1990-02-03") {
		t.Errorf("the journal has personal data: %s", half)
	}
	again := t.TempDir()
	if err := os.WriteFile(filepath.Join(again, "sandbox.jsonl"), append(half, `{"order":{"id":"ord_torn"`...), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second restart reads what the first one shortened
		s, err := sandbox.New(sandbox.Config{Dir: again, BookLimit: 2})
		if err != nil {
			t.Fatal(err)
		}
		n := box{s, httptest.NewServer(s), t}
		if status, id := n.order("a/background/1", "X"); status != 200 || id != kept {
			t.Errorf("got %d %s, want 200 %s", status, id, kept)
		}
		if _, _, got := n.do("GET", "/findly/v1/orders/"+canceled, ""); !strings.Contains(got, `"status":"canceled"`) {
			t.Errorf("got %s", got)
		}
		if _, _, got := n.do("GET", "/findly/v1/orders?reference=a/background/1", ""); strings.Count(got, `"ord_`) != 1 {
			t.Errorf("got %s", got)
		}
		if _, _, got := n.do("GET", "/_books/counts", ""); !strings.Contains(got, `"status":201,"replayed":false,"count":3`) {
			t.Errorf("got %s", got)
		}
		if got := n.books(""); len(got) != 2 {
			t.Errorf("%d entries, want 2", len(got))
		}
		n.srv.Close()
		_ = s.Close()
	}
	if files, _ := os.ReadDir(again); len(files) != 1 {
		t.Errorf("%d files left", len(files))
	}
}

func TestScreeningsEndOneAfterTheOther(t *testing.T) {
	b := open(t, sandbox.Config{ReportDelay: 3 * time.Second})
	_, id := b.order("a/background/1", "X")
	seen := map[int]bool{}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		_, _, body := b.do("GET", "/findly/v1/orders/"+id+"/report", "")
		n := strings.Count(body, `"result":"clear"`)
		seen[n] = true
		if n == 7 && strings.Contains(body, `"status":"pending"`) {
			t.Errorf("got %s", body)
		}
		if n == 7 {
			break
		}
	}
	if !seen[0] || !seen[7] || len(seen) < 4 {
		t.Errorf("saw only %v screenings complete", seen)
	}
}

// told looks in a journal for an order whose event was taken.
func told(journal []byte, id string) bool {
	for _, line := range strings.Split(string(journal), "\n") {
		if strings.Contains(line, id) && strings.Contains(line, `"told":true`) {
			return true
		}
	}
	return false
}

func TestWebhookIsRepeatedUntilItIsTaken(t *testing.T) {
	var tries atomic.Int32
	got := make(chan string, 16)
	taker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.HasPrefix(r.Header.Get("Findly-Signature"), "t=") {
			t.Error("not signed")
		}
		if tries.Add(1) <= 2 {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		w.WriteHeader(http.StatusNoContent)
		got <- string(body)
	}))
	defer taker.Close()
	dir := t.TempDir()
	b := open(t, sandbox.Config{Dir: dir})
	b.order("quiet/background/1", "Quiet")
	b.order("forever/background/1", "Forever")
	_, id := b.order("a/background/1", "X")
	b.SetWebhookURL(taker.URL) // known late; what was due waits
	select {
	case body := <-got:
		if !strings.Contains(body, `"order_id":"`+id+`"`) || !strings.Contains(body, `"type":"order.completed"`) || strings.Contains(body, "Ada") {
			t.Errorf("got %s", body)
		}
	case <-time.After(time.Minute):
		t.Fatal("no event")
	}
	if tries.Load() != 3 {
		t.Errorf("%d tries, want 3", tries.Load())
	}
	// The answer that it was taken is written down after the taker has given it.
	for until := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		journal, err := os.ReadFile(filepath.Join(dir, "sandbox.jsonl"))
		if err == nil && told(journal, id) {
			break
		}
		if time.Now().After(until) {
			t.Fatal("that the event was taken is not written down")
		}
	}
	b.srv.Close()
	_ = b.Close()
	// Told is told, also after a restart; an order whose event was not taken
	// is told then.
	quiet := open(t, sandbox.Config{Dir: dir})
	_, late := quiet.order("late/background/1", "X")
	quiet.srv.Close()
	_ = quiet.Close()
	open(t, sandbox.Config{Dir: dir, WebhookURL: taker.URL})
	select {
	case body := <-got:
		if !strings.Contains(body, late) {
			t.Errorf("got %s", body)
		}
	case <-time.After(time.Minute):
		t.Fatal("no event after the restart")
	}
	select {
	case body := <-got:
		t.Errorf("one more: %s", body)
	case <-time.After(300 * time.Millisecond):
	}
}

// The steering table keeps to data that is reserved for examples.
func TestSteering(t *testing.T) {
	for _, s := range sandbox.Steering() {
		if s.Vendor == "" || s.Typed == "" || s.Outcome == "" {
			t.Errorf("got %+v", s)
		}
		for _, m := range regexp.MustCompile(`@\S+`).FindAllString(s.Typed, -1) {
			if m != "@example.com" {
				t.Errorf("%s", m)
			}
		}
		if i := strings.Index(s.Typed, "+1 "); i >= 0 && !regexp.MustCompile(`^\+1 212 555 01\d\d$`).MatchString(s.Typed[i:]) {
			t.Errorf("%s", s.Typed[i:])
		}
	}
	lines := map[string]int{}
	for _, s := range sandbox.Steering() {
		lines[s.Vendor]++
	}
	for _, vendor := range []string{sandbox.Kickbox, sandbox.Twilio, sandbox.Smarty, sandbox.MaxMind, sandbox.Watchman, sandbox.Yente, sandbox.Findly} {
		if lines[vendor] < 2 { // what usually comes, and what is typed for something else
			t.Errorf("%s has %d lines", vendor, lines[vendor])
		}
	}
}

// The books' names of data are the domain's.
func TestFieldNamesAreTheDomains(t *testing.T) {
	b := open(t, sandbox.Config{})
	body := map[string]any{"reference": "r", "package": "p"}
	for _, f := range onboarding.Fields() {
		body[string(f)] = "x"
	}
	raw, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	b.do("POST", "/findly/v1/orders", string(raw), "Idempotency-Key", "k")
	if e := b.books("")[0]; len(e.Fields) != len(onboarding.Fields()) || !slices.Equal(e.Parameters, []string{"package", "reference"}) {
		t.Errorf("got %+v", e)
	}
	b.do("GET", "/kickbox/v2/verify?email=a@example.com&ada%40example.com=1", "")
	if e := b.books("?vendor=kickbox")[0]; !slices.Equal(e.Parameters, []string{"?"}) {
		t.Errorf("got %+v", e)
	}
}
