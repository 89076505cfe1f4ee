package findly_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"gopkg.in/yaml.v3"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// contract checks messages against openapi.yaml, whose schemas are JSON Schema
// 2020-12.
type contract struct {
	t        *testing.T
	compiler *jsonschema.Compiler
	paths    map[string]any
}

func load(t *testing.T) *contract {
	t.Helper()
	var doc map[string]any
	if err := yaml.Unmarshal(findly.OpenAPI, &doc); err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	tree, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	if err := c.AddResource("contract.json", tree); err != nil {
		t.Fatal(err)
	}
	return &contract{t: t, compiler: c, paths: doc["paths"].(map[string]any)}
}

func (c *contract) check(schema string, body []byte) {
	c.t.Helper()
	s, err := c.compiler.Compile("contract.json#/components/schemas/" + schema)
	if err != nil {
		c.t.Fatalf("%s: %v", schema, err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		c.t.Fatalf("%s: %v: %s", schema, err, body)
	}
	if err := s.Validate(v); err != nil {
		c.t.Errorf("%s: %v\n%s", schema, err, body)
	}
}

// wire records what goes over it.
type wire struct {
	base  http.RoundTripper
	mu    sync.Mutex
	calls []exchange
}

type exchange struct {
	method, path string
	header       http.Header
	sent, got    []byte
	status       int
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	x := exchange{method: r.Method, path: strings.TrimPrefix(r.URL.Path, "/findly"), header: r.Header.Clone()}
	if r.Body != nil {
		x.sent, _ = io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(x.sent))
	}
	resp, err := w.base.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.got, _ = io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(x.got))
	x.status = resp.StatusCode
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, x)
	return resp, nil
}

var orderPath = regexp.MustCompile(`/ord_[A-Za-z0-9]+`)

// Adapter and sandbox are held to the published contract, message by message.
func TestBothSidesKeepTheContract(t *testing.T) {
	c := load(t)
	w := &wire{base: outbound.NewTransport()}
	hook := make(chan []byte, 64)
	taker := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if _, err := findly.VerifySignature([]string{sandbox.DefaultKeys().FindlyHook}, r.Header, body, time.Now()); err != nil {
			t.Errorf("the sandbox's event: %v", err)
		}
		hook <- body
		rw.WriteHeader(http.StatusNoContent)
	}))
	defer taker.Close()
	s := start(t, sandbox.Config{WebhookURL: taker.URL}, w)
	for _, family := range []string{"Lovelace", "Consider", "Blocked", "Forever", "Refused", "Hearsay", "Stubborn"} {
		id := granttest.NewApplicant()
		o, err := s.Order(t.Context(), grant(t, id, 1, family), std)
		if family == "Refused" {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Order(t.Context(), grant(t, id, 1, family), std); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Order(t.Context(), grant(t, id, 2, family), findly.OrderRequest{Package: "standard", Earlier: []string{o.Reference}}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Fetch(t.Context(), bare(t, id), o.ID); err != nil {
			t.Fatal(err)
		}
		for _, items := range [][]string{{"rec_none"}, recordsOf(t, s, id, o.ID), nil} {
			_, err := s.Dispute(t.Context(), bare(t, id), o.ID, items, "d-"+o.ID+strings.Join(items, "-"))
			if refused := family == "Forever" || slices.Equal(items, []string{"rec_none"}); (err != nil) != refused {
				t.Errorf("%s, %v: got %v", family, items, err)
			}
		}
		if _, _, err := s.Fetch(t.Context(), bare(t, id), o.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.Cancel(t.Context(), o.ID, "k-"+o.ID); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Fetch(t.Context(), bare(t, id), o.ID); err != nil {
			t.Fatal(err)
		}
	}
	seen := map[string]bool{}
	for _, x := range w.calls {
		path := orderPath.ReplaceAllString(x.path, "/{order}")
		operation, ok := c.paths[path].(map[string]any)[strings.ToLower(x.method)].(map[string]any)
		if !ok {
			t.Fatalf("%s %s is not in the contract", x.method, path)
		}
		seen[x.method+" "+path] = true
		if _, ok := operation["responses"].(map[string]any)[strconv.Itoa(x.status)]; !ok {
			t.Errorf("%s %s: status %d is not in the contract", x.method, path, x.status)
		}
		if x.method == http.MethodPost && x.header.Get("Idempotency-Key") == "" {
			t.Errorf("%s: no Idempotency-Key", path)
		}
		switch {
		case x.status >= 400:
			c.check("Error", x.got)
		case path == "/v1/orders" && x.method == http.MethodGet:
			c.check("OrderList", x.got)
		case strings.HasSuffix(path, "/report"):
			c.check("Report", x.got)
		default:
			c.check("Order", x.got)
		}
		if strings.HasSuffix(path, "/disputes") {
			c.check("NewDispute", x.sent)
		}
		if path == "/v1/orders" && x.method == http.MethodPost {
			c.check("NewOrder", x.sent)
			if bytes.Contains(x.sent, []byte("example.com")) {
				t.Error("the e-mail went out")
			}
		}
	}
	for _, want := range []string{"POST /v1/orders", "GET /v1/orders", "GET /v1/orders/{order}/report", "POST /v1/orders/{order}/cancel",
		"POST /v1/orders/{order}/disputes"} {
		if !seen[want] {
			t.Errorf("%s was not tried", want)
		}
	}
	due := map[string]bool{"order.completed": true, "order.disputed": true}
	for late := time.After(time.Minute); len(due) > 0; {
		select {
		case body := <-hook:
			c.check("Event", body)
			if bytes.Contains(body, []byte("Ada")) {
				t.Error("the event has personal data")
			}
			var e findly.Event
			if err := json.Unmarshal(body, &e); err != nil {
				t.Fatal(err)
			}
			delete(due, e.Type)
		case <-late:
			t.Fatalf("no event came of %v", due)
		}
	}
}

// recordsOf gives the IDs of the records in an order's report.
func recordsOf(t *testing.T, s stack, id onboarding.ApplicantID, order string) []string {
	t.Helper()
	r, _, err := s.Fetch(t.Context(), bare(t, id), order)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, s := range r.Screenings {
		for _, rec := range s.Records {
			out = append(out, rec.ID)
		}
	}
	return out
}

// Obligation 38, three times over: the adapter's list, consent's register and
// the contract's Subject name the same fields.
func TestListsAgree(t *testing.T) {
	spec, err := consent.SpecOf(consent.PurposeVetting)
	if err != nil {
		t.Fatal(err)
	}
	register := slices.Clone(spec.Recipients["findly"])
	mine := slices.Clone(all)
	slices.Sort(register)
	slices.Sort(mine)
	if !slices.Equal(register, mine) {
		t.Errorf("the register has %v, the tests %v", register, mine)
	}
	s := start(t, sandbox.Config{}, nil)
	if _, err := s.Order(t.Context(), grant(t, "", 1, "Lovelace"), std); err != nil { // every field, allowed and taken
		t.Fatal(err)
	}
	got := []onboarding.Field{}
	for _, f := range s.books()[0].Fields {
		got = append(got, onboarding.Field(f))
	}
	slices.Sort(got)
	if !slices.Equal(got, mine) {
		t.Errorf("the vendor got %v, want %v", got, mine)
	}
	if p := s.books()[0].Parameters; !slices.Equal(p, []string{"package", "reference"}) {
		t.Errorf("and besides %v", p)
	}
}
