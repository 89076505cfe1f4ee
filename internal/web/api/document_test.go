package api_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/web/api"
)

// operations is the API as integrators have written their clients against it: a
// line that goes breaks somebody, a line that comes should be meant.
var operations = map[string]string{
	"GET /api/v1/access":                                       "get-access",
	"GET /api/v1/keys":                                         "list-keys",
	"POST /api/v1/keys":                                        "make-key",
	"POST /api/v1/keys/{key}/rotate":                           "rotate-key",
	"POST /api/v1/keys/{key}/revoke":                           "revoke-key",
	"POST /api/v1/applications":                                "post-application",
	"POST /api/v1/applications/{id}/corrections":               "post-correction",
	"GET /api/v1/applications":                                 "list-applications",
	"POST /api/v1/applications/search":                         "search-applications",
	"POST /api/v1/applications/assign":                         "assign-cases",
	"GET /api/v1/applications/{id}":                            "get-application",
	"POST /api/v1/applications/{id}/checks/{check}/retry":      "retry-check",
	"POST /api/v1/applications/{id}/checks/{check}/waive":      "waive-check",
	"POST /api/v1/applications/{id}/checks/{check}/use-vendor": "use-vendor",
	"GET /api/v1/failed-checks":                                "list-failed-checks",
	"GET /api/v1/failed-checks/counts":                         "count-failed-checks",
	"GET /api/v1/vendors":                                      "list-vendors",
	"POST /api/v1/vendors/{vendor}/pause":                      "pause-vendor",
	"POST /api/v1/vendors/{vendor}/resume":                     "resume-vendor",
	"POST /api/v1/applications/{id}/decision":                  "decide",
	"POST /api/v1/applications/{id}/credential/revoke":         "revoke-credential",
	"GET /api/v1/applications/{id}/ledger":                     "get-ledger",
	"GET /api/v1/applications/{id}/ledger/verify":              "verify-ledger",
	"GET /api/v1/applications/{id}/ledger/{seq}/proof":         "prove-record",
	"GET /api/v1/applications/{id}/checks/{check}/findings":    "get-findings",
	"GET /api/v1/applications/{id}/documents":                  "list-documents",
	"POST /api/v1/applications/{id}/documents/open":            "open-document",
	"GET /api/v1/applications/{id}/notes":                      "list-notes",
	"POST /api/v1/applications/{id}/notes":                     "post-note",
	"POST /api/v1/applications/{id}/recruiter":                 "assign-case",
	"POST /api/v1/applications/{id}/proof":                     "allow-proof",
	"POST /api/v1/applications/{id}/data-request":              "answer-data-request",
	"GET /api/v1/counts":                                       "get-counts",
	"GET /api/v1/runs":                                         "list-runs",

	"GET /api/v1/webhook-endpoints":                                    "list-webhook-endpoints",
	"POST /api/v1/webhook-endpoints":                                   "post-webhook-endpoint",
	"GET /api/v1/webhook-endpoints/{endpoint}":                         "get-webhook-endpoint",
	"PATCH /api/v1/webhook-endpoints/{endpoint}":                       "patch-webhook-endpoint",
	"DELETE /api/v1/webhook-endpoints/{endpoint}":                      "delete-webhook-endpoint",
	"POST /api/v1/webhook-endpoints/{endpoint}/rotate":                 "rotate-webhook-secret",
	"POST /api/v1/webhook-endpoints/{endpoint}/test":                   "test-webhook-endpoint",
	"GET /api/v1/webhook-endpoints/{endpoint}/dead-letters":            "list-dead-letters",
	"POST /api/v1/webhook-endpoints/{endpoint}/dead-letters/replay":    "replay-dead-letters",
	"POST /api/v1/runs":                                                "start-run",
	"GET /api/v1/runs/{run}":                                           "get-run",
	"GET /api/v1/runs/{run}/answers":                                   "list-run-answers",
	"POST /api/v1/runs/{run}/{how}":                                    "steer-run",
	"GET /api/v1/notices":                                              "list-notices",
	"GET /api/v1/programs":                                             "list-programs",
	"GET /api/v1/lists":                                                "list-lists",
	"POST /api/v1/lists/refresh":                                       "refresh-lists",
	"GET /api/v1/lists/refresh/{run}":                                  "get-refresh",
	"POST /api/v1/applications/{id}/requirements/{requirement}/score":  "score-requirement",
	"POST /api/v1/applications/{id}/requirements/{requirement}/waive":  "waive-requirement",
	"POST /api/v1/applications/{id}/requirements/{requirement}/judge":  "judge-requirement",
	"POST /api/v1/applications/{id}/requirements/{requirement}/answer": "answer-requirement",
}

// each gives every operation of a document as "METHOD path".
func each(doc *huma.OpenAPI) map[string]*huma.Operation {
	out := map[string]*huma.Operation{}
	for path, item := range doc.Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "PATCH": item.Patch,
			"DELETE": item.Delete, "HEAD": item.Head, "OPTIONS": item.Options, "TRACE": item.Trace} {
			if op != nil {
				out[method+" "+path] = op
			}
		}
	}
	return out
}

func TestDocumentHasEveryOperation(t *testing.T) {
	f := serve(t, nil)
	got := each(f.doc)
	if want := sortedKeys(operations); !slices.Equal(sortedKeys(got), want) {
		t.Errorf("operations are\n%s\nwant\n%s", strings.Join(sortedKeys(got), "\n"), strings.Join(want, "\n"))
	}
	ids := map[string]bool{}
	for route, op := range got {
		if op.OperationID != operations[route] || ids[op.OperationID] {
			t.Errorf("%s has the ID %q, want %q, once", route, op.OperationID, operations[route])
		}
		ids[op.OperationID] = true
		if len(op.Summary) < 10 {
			t.Errorf("%s has no summary worth reading: %q", route, op.Summary)
		}
		// The document and the mux must speak of the same address.
		method, path, _ := strings.Cut(route, " ")
		path = strings.NewReplacer("{id}", string(nobodyID), "{check}", "email", "{run}", "r1").Replace(path)
		if _, pattern := f.mux.Handler(httptest.NewRequest(method, path, nil)); pattern != route {
			t.Errorf("%s is served by %q", route, pattern)
		}
	}
}

func TestDocumentSaysHowEveryOperationFails(t *testing.T) {
	// What web.StatusOf makes of the house's errors, and what is refused before
	// a handler is reached.
	always := []string{"401", "403", "404", "409", "410", "422", "429", "500", "503"}
	withBody := []string{"400", "413", "415"}
	for route, op := range each(serve(t, nil).doc) {
		want := always
		if strings.HasPrefix(route, http.MethodPost) {
			want = slices.Concat(always, withBody)
		}
		for _, status := range want {
			if op.Responses[status] == nil {
				t.Errorf("%s does not say that it may answer %s", route, status)
			}
		}
		good := 0
		for status, r := range op.Responses {
			if status < "400" {
				good++
				if r.Content["application/json"] == nil {
					t.Errorf("%s: %s is not JSON: %v", route, status, sortedKeys(r.Content))
				}
				continue
			}
			if kinds := sortedKeys(r.Content); !slices.Equal(kinds, []string{"application/problem+json"}) {
				t.Errorf("%s: %s is %v, want a problem", route, status, kinds)
			}
		}
		if good == 0 {
			t.Errorf("%s never goes well", route)
		}
	}
}

// TestDocumentTellsEveryHeader: what an answer carries for all operations alike (the
// key's rate, when to come again, who must say who they are) is what the document says
// of that answer, tried on each operation as it is sent.
func TestDocumentTellsEveryHeader(t *testing.T) {
	common := []string{"RateLimit", "RateLimit-Policy", "Retry-After", "Idempotency-Replayed", "WWW-Authenticate"}
	told := func(doc *huma.OpenAPI, op *huma.Operation, status int) (out []string) {
		for name, h := range op.Responses[strconv.Itoa(status)].Headers {
			if !slices.Contains(common, name) { // an operation's own
				continue
			}
			if real := doc.Components.Headers[strings.TrimPrefix(h.Ref, "#/components/headers/")]; real == nil || len(real.Description) < 20 || real.Schema == nil {
				t.Errorf("%s: %d: %s leads to nothing that says what it is", op.OperationID, status, name)
			}
			out = append(out, name)
		}
		return out
	}
	always := func(route, path, auth string, f *face, op *huma.Operation, want int, sent ...string) {
		t.Helper()
		method, _, _ := strings.Cut(route, " ")
		a := f.send(method, path, "{}", "Authorization", auth)
		if want != 0 && a.status != want {
			t.Errorf("%s: %d, want %d", route, a.status, want)
			return
		}
		if op.Responses[strconv.Itoa(a.status)] == nil {
			t.Errorf("%s answers %d, and the document does not know it", route, a.status)
			return
		}
		says := told(f.doc, op, a.status)
		for _, name := range common {
			if got := a.header.Get(name) != ""; got && !slices.Contains(says, name) {
				t.Errorf("%s: %d carries %s, and the document does not say so", route, a.status, name)
			} else if !got && slices.Contains(sent, name) {
				t.Errorf("%s: %d does not carry %s", route, a.status, name)
			}
		}
		for _, name := range sent {
			if !slices.Contains(says, name) {
				t.Errorf("%s: the document does not say that %d carries %s", route, a.status, name)
			}
		}
	}
	f := serve(t, func(c *api.Config) {
		c.Rate, c.Now = api.Rate{PerSecond: 0.01, Burst: 1}, func() time.Time { return noon }
	})
	id := string(f.service.add(nil))
	fill := strings.NewReplacer("{id}", id, "{check}", "email", "{run}", "r1")
	f.send("GET", "/api/v1/programs", "") // acme's one request
	for route, op := range each(f.doc) {
		_, path, _ := strings.Cut(fill.Replace(route), " ")
		always(route, path, "", f, op, http.StatusUnauthorized, "WWW-Authenticate")
		always(route, path, "Bearer "+acme, f, op, http.StatusTooManyRequests, "RateLimit", "RateLimit-Policy", "Retry-After")
	}
	plenty := serve(t, func(c *api.Config) { c.Rate = api.Rate{PerSecond: 1e6, Burst: 1e6} })
	id = string(plenty.service.add(nil))
	fill = strings.NewReplacer("{id}", id, "{check}", "email", "{run}", "r1")
	for route, op := range each(plenty.doc) {
		_, path, _ := strings.Cut(fill.Replace(route), " ")
		always(route, path, "Bearer "+acme, plenty, op, 0, "RateLimit", "RateLimit-Policy")
	}
	for id, op := range map[string]*huma.Operation{"waive-check": each(f.doc)["POST /api/v1/applications/{id}/checks/{check}/waive"], "start-run": each(f.doc)["POST /api/v1/runs"]} {
		if !slices.Contains(told(f.doc, op, http.StatusConflict), "Retry-After") {
			t.Errorf("%s does not say when to come again while the first is under way", id)
		}
	}
}

// TestServedDocument reads the document as a stranger's generator would.
func TestServedDocument(t *testing.T) {
	f := serve(t, nil)
	a := f.send("GET", api.Prefix+"/openapi.json", "", "Authorization", "") // it is no secret
	if a.status != http.StatusOK || a.header.Get("Content-Type") != "application/openapi+json" {
		t.Fatalf("%d %s", a.status, a.header.Get("Content-Type"))
	}
	var doc map[string]any
	if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
		t.Fatal(err)
	}
	if v, _ := doc["openapi"].(string); !strings.HasPrefix(v, "3.") {
		t.Errorf("openapi: %v", doc["openapi"])
	}
	if doc["security"] == nil || !strings.Contains(a.body, `"scheme":"bearer"`) {
		t.Error("the document does not say that a bearer key is needed")
	}
	refs := 0
	walk(doc, func(ref string) {
		refs++
		var at any = doc
		for step := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
			m, _ := at.(map[string]any)
			at = m[step]
		}
		if at == nil {
			t.Errorf("%s leads nowhere", ref)
		}
	})
	if refs == 0 {
		t.Error("no reference was found: the walk is broken")
	}
	// Answers are what the design says, with no member of a framework's.
	if strings.Contains(a.body, "$schema") {
		t.Error("the document promises $schema members")
	}
	if strings.Contains(a.body, "The value at the given location") {
		t.Error("the document promises to quote what was sent")
	}
}

func walk(v any, ref func(string)) {
	switch v := v.(type) {
	case map[string]any:
		for k, inner := range v {
			if s, ok := inner.(string); ok && k == "$ref" {
				ref(s)
			}
			walk(inner, ref)
		}
	case []any:
		for _, inner := range v {
			walk(inner, ref)
		}
	}
}

// TestBeyondTheDocument: what is not there says so, and says what is.
func TestBeyondTheDocument(t *testing.T) {
	f := serve(t, nil)
	tests := map[string]struct {
		method, path string
		want         int
		allow        string
	}{
		"nothing there":              {"GET", "/api/v1/nowhere", 404, ""},
		"the root":                   {"GET", "/api/v1/", 404, ""},
		"deeper than there is":       {"GET", "/api/v1/applications/x/checks/email/retry/now", 404, ""},
		"another method":             {"DELETE", "/api/v1/applications", 405, "GET, POST"},
		"another method, of one":     {"PUT", "/api/v1/applications/x", 405, "GET"},
		"a POST where one only GETs": {"POST", "/api/v1/programs", 405, "GET"},
		"a GET where one only POSTs": {"GET", "/api/v1/applications/x/decision", 405, "POST"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := f.send(tt.method, tt.path, "")
			wantProblem(t, a, tt.want)
			if a.header.Get("Allow") != tt.allow {
				t.Errorf("Allow: %q, want %q", a.header.Get("Allow"), tt.allow)
			}
		})
	}
}
