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
	"GET /console/onward":                                             "list-onward-transfers",
	"POST /console/requests/{request}/lift":                           "no: a restriction is lifted by the officer who reads the request",
	"POST /console/notices/{notice}/{version}/cancel":                 "steer-rollout",
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
	"GET /console/announcements/{announcement}":                       "get-announcement",
	"POST /console/announcements":                                     "start-announcement list-announcements",
	"POST /console/announcements/{announcement}/cancel":               "steer-announcement",
	"POST /console/announcements/{announcement}/pause":                "steer-announcement",
	"POST /console/announcements/{announcement}/resume":               "steer-announcement",
	"GET /console/complaints":                                         "list-complaints",
	"POST /console/applicants/{id}/complaints":                        "post-complaint",
	"POST /console/applicants/{id}/complaints/{complaint}":            "open-complaint answer-complaint",
	"GET /console/holds":                                              "list-holds",
	"POST /console/applicants/{id}/holds":                             "set-hold list-holds-on",
	"POST /console/applicants/{id}/holds/{hold}/reason":               "open-hold",
	"POST /console/applicants/{id}/holds/{hold}/release":              "release-hold",
	"POST /console/invitations":                                       "invite invite-csv list-invitations",
	"GET /console/invitations/{invitation}":                           "get-invitation",
	"POST /console/invitations/{invitation}/again":                    "invite",
	"POST /console/invitations/{invitation}/withdraw":                 "withdraw-invitation",
	"GET /console/invitation-lists/{list}":                            "get-invitation-list",
	"GET /console/invitation-lists/{list}/faulty.csv":                 "get-faulty-invitations",
	"GET /console/invitation-lists/{list}/lines.csv":                  "list-invitation-lines",
	"POST /console/invitation-lists/{list}/confirm":                   "confirm-invitation-list",
	"POST /console/invitation-lists/{list}/cancel":                    "steer-invitation-list",
	"POST /console/invitation-lists/{list}/discard":                   "steer-invitation-list",
	"POST /console/invitation-lists/{list}/pause":                     "steer-invitation-list",
	"POST /console/invitation-lists/{list}/resume":                    "steer-invitation-list",
	"POST /console/legal":                                             "open-legal-case list-legal-cases",
	"GET /console/legal/{case}":                                       "get-legal-case",
	"POST /console/legal/{case}/document":                             "open-legal-document",
	"POST /console/legal/{case}/fetch":                                "fetch-legal-case",
	"POST /console/legal/{case}/give":                                 "give-legal-case",
	"POST /console/legal/{case}/rule":                                 "rule-on-legal-case",
	"POST /console/legal/{case}/tell":                                 "tell-legal-case",
	"POST /console/notices":                                           "start-rollout list-rollouts",
	"GET /console/notices/{notice}/{version}":                         "get-rollout list-refused-letters",
	"POST /console/notices/{notice}/{version}/accept":                 "accept-rollout",
	"POST /console/notices/{notice}/{version}/pause":                  "steer-rollout",
	"POST /console/notices/{notice}/{version}/resume":                 "steer-rollout",
	"POST /console/notices/{notice}/{version}/retry":                  "steer-rollout",
	"GET /console/requests":                                           "list-requests list-erasures",
	"GET /console/requests/{request}":                                 "get-request open-request-words",
	"POST /console/requests/{request}/answer":                         "answer-request",
	"POST /console/requests/{request}/extend":                         "extend-request",
	"POST /console/applicants/{id}/requests":                          "take-in-request",
	"POST /console/applicants/{id}/erasure":                           "mark-vendor-erased",
	"POST /console/retention":                                         "start-purge list-purges",
	"GET /console/retention/{purge}":                                  "get-purge list-due",
	"POST /console/retention/{purge}/approve":                         "steer-purge",
	"POST /console/retention/{purge}/cancel":                          "steer-purge",
	"POST /console/retention/{purge}/pause":                           "steer-purge",
	"POST /console/retention/{purge}/resume":                          "steer-purge",
	"POST /console/search":                                            "search-applications",
	"POST /console/views":                                             "no: a list that somebody has given a name is theirs in the console; a program keeps its own query",
	"POST /console/applicants/{id}/kept":                              "list-kept open-kept",
	"GET /console/tickets":                                            "list-tickets",
	"POST /console/applicants/{id}/tickets":                           "open-ticket list-tickets",
	"POST /console/applicants/{id}/tickets/{ticket}/close":            "close-ticket",
	"POST /console/applicants/{id}/tickets/{ticket}/reason":           "open-ticket-reason",
}

// consoleRoute is a line of the matrix of who may ask for what. That matrix has every
// address of the mux, however the code puts it together, and no other: a walk over the
// running house holds it to that (TestEveryRouteAnswersEveryone).
var (
	consoleRoute = regexp.MustCompile(`(?m)^((?:GET|POST) /console\S*) +([a-z_]+)$`)
	apiOperation = regexp.MustCompile(`operation\("([a-z-]+)"`)
)

const routeMatrix = "internal/onebox/everyone_matrix_test.go"

// TestTheAPIDoesWhatTheConsoleDoes: each address of the console has its operation, or a
// reason to have none. Who adds one here thinks of integrators.
func TestTheAPIDoesWhatTheConsoleDoes(t *testing.T) {
	operations, routes := map[string]bool{}, map[string]bool{}
	for _, m := range consoleRoute.FindAllStringSubmatch(string(read(t, routeMatrix)), -1) {
		if m[2] != "open" { // who signs in has no role yet
			routes[m[1]] = true
		}
	}
	for _, file := range kept(t) {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		if strings.HasPrefix(file, "internal/web/api/") {
			for _, m := range apiOperation.FindAllStringSubmatch(string(read(t, file)), -1) {
				operations[m[1]] = true
			}
		}
	}
	if len(routes) < 100 || len(operations) < 40 {
		t.Fatalf("%d routes and %d operations found: the patterns are broken", len(routes), len(operations))
	}
	for route := range routes {
		by, ok := byAPI[route]
		if page, get := strings.CutPrefix(route, "GET "); !ok && get && routes["POST "+page] {
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
