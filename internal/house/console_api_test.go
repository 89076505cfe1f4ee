package house

import (
	"regexp"
	"strings"
	"testing"
)

// byAPI says by which operation of the API each thing is done that staff do in the
// console; or, behind "no:", why by none. A page that asks for what is done is done by
// the same operation.
var byAPI = map[string]string{
	"GET /console":                                                    "list-applications get-counts",
	"GET /console/applicants.csv":                                     "list-applications",
	"GET /console/board":                                              "get-counts list-applications",
	"GET /console/live":                                               "no: it tells a page that it has changed; integrators have webhooks",
	"GET /console/access":                                             "get-access",
	"GET /console/applicants/{id}":                                    "get-application get-ledger",
	"GET /console/applicants/{id}/ledger":                             "verify-ledger",
	"GET /console/applicants/{id}/checks/{check}":                     "get-findings",
	"GET /console/applicants/{id}/files/{number}":                     "open-document",
	"GET /console/applicants/{id}/documents":                          "list-documents",
	"POST /console/applicants/{id}/documents":                         "open-document",
	"GET /console/applicants/{id}/documents/{link}":                   "open-document",
	"GET /console/applicants/{id}/notes":                              "list-notes",
	"POST /console/applicants/{id}/notes":                             "post-note",
	"POST /console/applicants/{id}/recruiter":                         "assign-case",
	"POST /console/applicants/{id}/data-request":                      "answer-data-request",
	"POST /console/applicants/{id}/checks/{check}/retry":              "retry-check",
	"POST /console/applicants/{id}/checks/{check}/waive":              "waive-check",
	"POST /console/applicants/{id}/checks/{check}/use-vendor":         "use-vendor",
	"POST /console/applicants/{id}/decision":                          "decide",
	"POST /console/applicants/{id}/revoke":                            "revoke-credential",
	"POST /console/applicants/{id}/proof":                             "allow-proof",
	"POST /console/applicants/{id}/requirements/{requirement}/score":  "score-requirement",
	"POST /console/applicants/{id}/requirements/{requirement}/judge":  "judge-requirement",
	"POST /console/applicants/{id}/requirements/{requirement}/answer": "answer-requirement",
	"POST /console/applicants/{id}/requirements/{requirement}/let-go": "waive-requirement",
	"POST /console/assign":                                            "assign-cases",
	"GET /console/failed":                                             "list-failed-checks count-failed-checks",
	"POST /console/failed":                                            "start-run",
	"GET /console/runs":                                               "list-runs",
	"GET /console/runs/{run}":                                         "get-run",
	"GET /console/runs/{run}/answers.csv":                             "list-run-answers",
	"POST /console/runs/{run}/pause":                                  "steer-run",
	"POST /console/runs/{run}/resume":                                 "steer-run",
	"POST /console/runs/{run}/cancel":                                 "steer-run",
	"GET /console/vendors":                                            "list-vendors",
	"POST /console/vendors/{vendor}/pause":                            "pause-vendor",
	"POST /console/vendors/{vendor}/resume":                           "resume-vendor",
	"GET /console/keys":                                               "list-keys",
	"POST /console/keys":                                              "make-key",
	"GET /console/keys/{key}":                                         "list-keys",
	"POST /console/keys/{key}/rotate":                                 "rotate-key",
	"POST /console/keys/{key}/revoke":                                 "revoke-key",
	"GET /console/sessions":                                           "no: sessions are people's in browsers; a program has a key, which is revoked",
	"POST /console/sessions":                                          "no: as before",
	"GET /console/webhooks":                                           "list-webhook-endpoints",
	"POST /console/webhooks":                                          "post-webhook-endpoint",
	"GET /console/webhooks/{endpoint}":                                "get-webhook-endpoint list-dead-letters",
	"POST /console/webhooks/{endpoint}":                               "patch-webhook-endpoint",
	"POST /console/webhooks/{endpoint}/pause":                         "patch-webhook-endpoint",
	"POST /console/webhooks/{endpoint}/resume":                        "patch-webhook-endpoint",
	"POST /console/webhooks/{endpoint}/rotate":                        "rotate-webhook-secret",
	"POST /console/webhooks/{endpoint}/test":                          "test-webhook-endpoint",
	"POST /console/webhooks/{endpoint}/replay":                        "replay-dead-letters",
	"POST /console/webhooks/{endpoint}/delete":                        "delete-webhook-endpoint",
}

var (
	consoleRoute = regexp.MustCompile(`\{"((?:GET|POST) /console[^"]*)", identity\.`)
	apiOperation = regexp.MustCompile(`operation\("([a-z-]+)"`)
)

// TestTheAPIDoesWhatTheConsoleDoes: each address of the console has its operation, or a
// reason to have none. Who adds one here thinks of integrators.
func TestTheAPIDoesWhatTheConsoleDoes(t *testing.T) {
	operations, routes := map[string]bool{}, map[string]bool{}
	for _, file := range kept(t) {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		if strings.HasPrefix(file, "internal/web/api/") {
			for _, m := range apiOperation.FindAllStringSubmatch(string(read(t, file)), -1) {
				operations[m[1]] = true
			}
		}
		if strings.HasPrefix(file, "internal/web/console/") {
			for _, m := range consoleRoute.FindAllStringSubmatch(string(read(t, file)), -1) {
				routes[m[1]] = true
			}
		}
	}
	if len(routes) < 40 || len(operations) < 40 {
		t.Fatalf("%d routes and %d operations found: the patterns are broken", len(routes), len(operations))
	}
	for route := range routes {
		by, ok := byAPI[route]
		if asks := strings.Replace(route, "GET ", "POST ", 1); !ok && routes[asks] {
			continue // the page with the form
		}
		if !ok {
			t.Errorf("%s is done by no operation of the API: add one, or say here why not", route)
		}
		if reason, none := strings.CutPrefix(by, "no:"); none {
			if len(reason) < 10 {
				t.Errorf("%s: that is no reason: %q", route, reason)
			}
			continue
		}
		for _, operation := range strings.Fields(by) {
			if !operations[operation] {
				t.Errorf("%s is done by %s, which the API does not have", route, operation)
			}
		}
	}
	for route := range byAPI {
		if !routes[route] {
			t.Errorf("%s is no address of the console", route)
		}
	}
}
