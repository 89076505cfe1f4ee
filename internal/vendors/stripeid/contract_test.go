package stripeid_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stripe/stripe-mock/embedded"
	"github.com/stripe/stripe-mock/server"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
)

// stripeMock is Stripe's own stand-in, which holds every request against Stripe's
// OpenAPI file: parameters that the file does not know are refused, and so is
// another version than the file's.
func stripeMock(t *testing.T) string {
	t.Helper()
	spec, err := server.LoadSpec(embedded.OpenAPISpec, "")
	if err != nil {
		t.Fatal(err)
	}
	fixtures, err := server.LoadFixtures(embedded.OpenAPIFixtures, "")
	if err != nil {
		t.Fatal(err)
	}
	stub, err := server.NewStubServer(fixtures, spec, true, false)
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(http.HandlerFunc(stub.HandleRequest))
	t.Cleanup(srv.Close)
	return srv.URL
}

// wire records what goes over it, and may alter what comes back.
type wire struct {
	alter func(body []byte) []byte
	mu    sync.Mutex
	calls []exchange
}

type exchange struct {
	method, path string
	header       http.Header
	query        url.Values
	sent, got    []byte
	status       int
}

var base = outbound.NewTransport()

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchange{method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header.Clone()}
	if r.Body != nil {
		x.sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(x.sent))
	}
	resp, err := base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.got, _ = io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	x.status = resp.StatusCode
	got := x.got
	if w.alter != nil {
		got = w.alter(got)
	}
	resp.Body = io.NopCloser(bytes.NewReader(got))
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, x)
	return resp, nil
}

// Every call of ours passes Stripe's own validation.
func TestStripeTakesWhatWeSend(t *testing.T) {
	id := granttest.NewApplicant()
	key := onboarding.OrderKey(id, onboarding.CheckIdentity, 1)
	// The stand-in keeps nothing: a session that it is asked for later has lost the
	// reference that it was made with, and is verified. Both are put right here.
	status := "requires_input"
	w := &wire{}
	w.alter = func(body []byte) []byte {
		body = bytes.ReplaceAll(body, []byte(`"client_reference_id":null`), []byte(`"client_reference_id":"`+key+`"`))
		return bytes.ReplaceAll(bytes.ReplaceAll(body, []byte(`"status":"verified"`), []byte(`"status":"`+status+`"`)),
			[]byte(`"url":null`), []byte(`"url":"https://verify.stripe.com/start/test_x"`))
	}
	c, err := stripeid.New(stripeid.Config{BaseURL: stripeMock(t), SecretKey: "sk_test_123", Transport: w})
	if err != nil {
		t.Fatal(err)
	}
	made, err := c.Create(t.Context(), grant(t, id, 1), stripeid.SessionRequest{ReturnURL: back})
	if err != nil || made.Reference != key || made.TakenUp {
		t.Fatalf("create: got %+v %v", made, err)
	}
	// The stand-in's sessions are being redacted, and so do not stand.
	again, err := c.Create(t.Context(), grant(t, id, 2), stripeid.SessionRequest{ReturnURL: back, Earlier: []string{key}})
	if err != nil || again.TakenUp {
		t.Fatalf("list and create: got %+v %v", again, err)
	}
	if r, _, err := c.Fetch(t.Context(), grant(t, id, 1), made.ID); err != nil || !r.AwaitsApplicant || r.Problem != "" {
		t.Errorf("fetch: got %+v %v", r, err)
	}
	if page, err := c.Page(t.Context(), grant(t, id, 1), made.ID); err != nil || page == "" {
		t.Errorf("page: got %s %v", page, err)
	}
	status = "verified"
	if r, _, err := c.Fetch(t.Context(), grant(t, id, 1), made.ID); err != nil || onboarding.Worst(r.Findings) != onboarding.VerdictClear {
		t.Errorf("fetch: got %+v %v", r, err)
	}
	status = "canceled"
	if err := c.Cancel(t.Context(), made.ID); err != nil {
		t.Errorf("cancel: got %v", err)
	}
	want := []string{"POST /v1/identity/verification_sessions", "GET /v1/identity/verification_sessions", "POST /v1/identity/verification_sessions",
		"GET /v1/identity/verification_sessions/" + made.ID, "GET /v1/identity/verification_sessions/" + made.ID,
		"GET /v1/identity/verification_sessions/" + made.ID, "POST /v1/identity/verification_sessions/" + made.ID + "/cancel"}
	if len(w.calls) != len(want) {
		t.Fatalf("%d calls, want %d", len(w.calls), len(want))
	}
	for i, x := range w.calls {
		if got := x.method + " " + x.path; got != want[i] || x.status != http.StatusOK {
			t.Errorf("%s: status %d: %s", got, x.status, x.got)
		}
		if x.header.Get("Stripe-Version") != stripeid.APIVersion {
			t.Errorf("%s: version %q", x.path, x.header.Get("Stripe-Version"))
		}
		if create := x.method == http.MethodPost && !strings.HasSuffix(x.path, "/cancel"); create != (x.header.Get("Idempotency-Key") != "") {
			t.Errorf("%s: Idempotency-Key %q", x.path, x.header.Get("Idempotency-Key"))
		}
	}
}

// The proof that the test above can fail: the stand-in refuses what Stripe does
// not know, in the form that the adapter reads.
func TestStripeMockIsStrict(t *testing.T) {
	at := stripeMock(t)
	for body, version := range map[string]string{"type=document&return_urls=x": stripeid.APIVersion, "type=document": "2020-08-27"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, at+"/v1/identity/verification_sessions", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header = http.Header{"Authorization": {"Bearer sk_test_123"}, "Stripe-Version": {version}, "Content-Type": {"application/x-www-form-urlencoded"}}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusBadRequest || !bytes.Contains(got, []byte(`"type":"invalid_request_error"`)) {
			t.Errorf("%s: got %d %s", body, resp.StatusCode, got)
		}
	}
	c, err := stripeid.New(stripeid.Config{BaseURL: at, SecretKey: "not a key"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Create(t.Context(), grant(t, "", 1), stripeid.SessionRequest{ReturnURL: back})
	if onboarding.CodeOf(err) != onboarding.CodeVendorRefused || !strings.Contains(err.Error(), "status 401, code invalid_request_error") {
		t.Errorf("got %v", err)
	}
}

var sessionPath = regexp.MustCompile(`/vs_[A-Z0-9]+`)

// The sandbox keeps to the same file: what it answers to the adapter, and what it
// posts, is of the form that Stripe publishes.
func TestSandboxAnswersAsStripeDoes(t *testing.T) {
	forms := published(t, "identity.verification_session", "error", "event")
	session, failure, posted := forms[0], forms[1], forms[2]
	hook := make(chan []byte, 16)
	taker := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := stripeid.VerifySignature([]string{sandbox.DefaultKeys().StripeHook}, r.Header, body, time.Now()); err != nil || r.URL.Path != "/webhooks/stripe" {
			t.Errorf("the sandbox's event at %s: %v", r.URL.Path, err)
		}
		hook <- body
	}))
	defer taker.Close()
	w := &wire{}
	s := start(t, sandbox.Config{WebhookURL: taker.URL + "/webhooks"}, w)
	id := granttest.NewApplicant()
	for i, button := range []string{"verified", "document_expired", "close"} {
		round := i + 1
		made := s.create(id, round, onboarding.OrderKey(id, onboarding.CheckIdentity, round+10))
		press(t, s.page(id, made.ID), button)
		s.report(id, made.ID)
		if err := s.Cancel(t.Context(), made.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Cancel(t.Context(), "vs_NONE"); err == nil {
		t.Error("no error")
	}
	seen := map[string]bool{}
	for _, x := range w.calls {
		path := x.method + " " + sessionPath.ReplaceAllString(strings.TrimPrefix(x.path, "/stripe"), "/{session}")
		seen[path] = true
		switch {
		case x.status != http.StatusOK:
			check(t, failure, x.got)
		case path == "GET /v1/identity/verification_sessions":
			var list struct {
				Data []json.RawMessage `json:"data"`
			}
			if err := json.Unmarshal(x.got, &list); err != nil {
				t.Error(err)
			}
			for _, v := range list.Data {
				check(t, session, v)
			}
		default:
			check(t, session, x.got)
		}
	}
	if len(seen) != 4 {
		t.Errorf("tried %v", seen)
	}
	// Three created, one verified, one requires_input, two canceled.
	types := map[string]int{}
	for range 7 {
		var body []byte
		select {
		case body = <-hook:
		case <-time.After(30 * time.Second):
			t.Fatalf("no more events after %v", types)
		}
		check(t, posted, body)
		e, err := verify([]string{"s"}, []string{sandbox.SignStripe("s", now, body)}, string(body), now)
		if err != nil || !strings.HasPrefix(e.Reference, string(id)+"/") || e.Livemode || bytes.Contains(body, []byte("_verify")) {
			t.Errorf("got %+v %v", e, err)
		}
		types[strings.TrimPrefix(e.Type, "identity.verification_session.")]++
	}
	if types["created"] != 3 || types["verified"] != 1 || types["requires_input"] != 1 || types["canceled"] != 2 {
		t.Errorf("got %v", types)
	}
}

// published compiles schemas of Stripe's file. OpenAPI 3.0 says "nullable" where
// JSON Schema says it in the type.
func published(t *testing.T, names ...string) []*jsonschema.Schema {
	t.Helper()
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(embedded.OpenAPISpec))
	if err != nil {
		t.Fatal(err)
	}
	components := tree.(map[string]any)["components"].(map[string]any)
	// What an error may say about payments leads to half of the file.
	of := components["schemas"].(map[string]any)["api_errors"].(map[string]any)["properties"].(map[string]any)
	for _, payment := range []string{"payment_intent", "payment_method", "setup_intent", "source"} {
		delete(of, payment)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("stripe.json", nullable(components)); err != nil {
		t.Fatal(err)
	}
	var out []*jsonschema.Schema
	for _, name := range names {
		s, err := c.Compile("stripe.json#/schemas/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func nullable(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, below := range v {
			v[k] = nullable(below)
		}
		if ref, ok := v["$ref"].(string); ok {
			v["$ref"] = strings.Replace(ref, "#/components/", "#/", 1)
		}
		if v["nullable"] == true {
			delete(v, "nullable")
			return map[string]any{"anyOf": []any{map[string]any{"type": "null"}, v}}
		}
	case []any:
		for i, below := range v {
			v[i] = nullable(below)
		}
	}
	return v
}

func check(t *testing.T, s *jsonschema.Schema, body []byte) {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%v\n%s", err, body)
	}
}
