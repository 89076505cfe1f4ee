package checkr_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

// Decision 5: whichever answer is lost, of the look-up, of the candidate or of
// the order, the next attempt ends with one order and one candidate.
func TestLostAnswersOrderOnce(t *testing.T) {
	for _, req := range []checkr.OrderRequest{std, inv} {
		for _, fault := range []string{`{"vendor":"checkr","drop":true,"count":1}`, `{"vendor":"checkr","garbage":true,"count":1}`} {
			s := start(t, sandbox.Config{})
			id := granttest.NewApplicant()
			fields := hosted
			if req.Flow == checkr.FlowInvitation {
				fields = invited
			}
			var o checkr.Order
			failures := 0
			for requests := 1; ; requests++ { // the n-th attempt loses the answer to its n-th request
				s.delay(fault, requests)
				var err error
				if o, err = s.Order(t.Context(), grant(t, id, 1, "Lovelace", fields), req); err == nil {
					break
				}
				if !vendors.Retryable(err) || requests > 20 {
					t.Fatalf("attempt %d: %v", requests, err)
				}
				failures++
			}
			if failures < 3 || o.ID == "" || o.TakenUp {
				t.Errorf("%s: %d failures, %+v", fault, failures, o)
			}
			if n := s.orders(); n != 1 {
				t.Errorf("%s %s: %d orders", req.Flow, fault, n)
			}
			made := 0
			for _, e := range s.books() {
				if e.Path == "/checkr/v1/candidates" && e.Method == http.MethodPost && e.Status == 201 && !e.Replayed {
					made++
				}
			}
			if made != 1 {
				t.Errorf("%s %s: %d candidates", req.Flow, fault, made)
			}
		}
	}
}

// delay lets the next n-1 requests pass and puts the n-th under a fault. Faults
// are drawn in their order, so those that let pass wait no time at all.
func (s stack) delay(fault string, n int) {
	s.t.Helper()
	s.calm()
	for range n - 1 {
		s.post("/_faults", `{"vendor":"checkr","delay_ms":1,"count":1}`)
	}
	s.post("/_faults", fault)
}

// calm takes away the faults that were not met.
func (s stack) calm() {
	s.t.Helper()
	del, err := http.NewRequest(http.MethodDelete, s.url+"/_faults", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(del)
	if err != nil {
		s.t.Fatal(err)
	}
	_ = resp.Body.Close()
}

func TestNewRoundTakesUpTheEarlierOrder(t *testing.T) {
	s := start(t, sandbox.Config{ReportDelay: time.Hour})
	id := granttest.NewApplicant()
	first := s.order(id, "Lovelace")
	req := std
	req.Earlier = []string{ref(id, 1), ref(id, 2)}
	n := len(s.books())
	o, err := s.Order(t.Context(), grant(t, id, 3, "Lovelace", hosted), req)
	if err != nil || !o.TakenUp || o.ID != first.ID || s.orders() != 1 {
		t.Fatalf("got %+v %v", o, err)
	}
	for _, e := range s.books()[n:] {
		if len(e.Fields) != 0 || e.Method != http.MethodGet {
			t.Errorf("looking it up was %s %s with %v", e.Method, e.Path, e.Fields)
		}
	}
	// Another package is another order, of the same candidate, told anew.
	other := req
	other.Package = "basic_plus"
	o, err = s.Order(t.Context(), grant(t, id, 4, "Lovelace", hosted), other)
	if err != nil || o.TakenUp || o.ID == first.ID || strings.Split(o.ID, "/")[0] != strings.Split(first.ID, "/")[0] {
		t.Errorf("got %+v %v", o, err)
	}
	told := false
	for _, e := range s.books() {
		told = told || (e.Path == "/checkr/v1/candidates/{id}" && e.Method == http.MethodPost && e.IdempotencyKey == ref(id, 4)+"/candidate")
	}
	if !told {
		t.Error("Checkr was not told the details of the new round")
	}
	// When Checkr cannot be asked, nothing is ordered.
	s.post("/_faults", `{"vendor":"checkr","status":429,"count":1,"retry_after":9}`)
	_, err = s.Order(t.Context(), grant(t, id, 5, "Lovelace", hosted), req)
	if wait, ok := vendors.RetryAfter(err); onboarding.CodeOf(err) != onboarding.CodeVendorBusy || !ok || wait != 9*time.Second {
		t.Errorf("got %v", err)
	}
	if s.orders() != 2 {
		t.Errorf("%d orders", s.orders())
	}
}

func TestBlockedClearsInANewRound(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	first := s.order(id, "Blocked")
	req := std
	req.Earlier = []string{ref(id, 1)}
	again, err := s.Order(t.Context(), grant(t, id, 2, "Blocked", hosted), req)
	if err != nil || again.ID == first.ID || again.TakenUp {
		t.Fatalf("got %+v %v", again, err)
	}
	r, _ := s.fetch(id, again.ID)
	if f, complete := r.Findings(time.Now()); !complete || onboarding.Worst(f) != clear {
		t.Errorf("got %v %+v", complete, f)
	}
	// The whole report stands: a third round takes it up.
	req.Earlier = append(req.Earlier, ref(id, 2))
	o, err := s.Order(t.Context(), grant(t, id, 3, "Blocked", hosted), req)
	if err != nil || !o.TakenUp || o.ID != again.ID {
		t.Errorf("got %+v %v", o, err)
	}
}

func TestInFlightIsBusy(t *testing.T) {
	held, let := make(chan struct{}), make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.Method + " " + r.URL.Path {
		case "GET /v1/candidates":
			_, _ = w.Write([]byte(`{"object":"list","data":[]}`))
		default: // as Checkr does while the first request with a key is at work
			close(held)
			<-let
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write([]byte(`{"error":"A request with this key is in progress"}`))
		}
	}))
	defer srv.Close()
	c, err := checkr.New(checkr.Config{BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-held; close(let) }()
	if _, err := c.Order(t.Context(), grant(t, "", 1, "Lovelace", hosted), std); onboarding.CodeOf(err) != onboarding.CodeVendorBusy {
		t.Errorf("got %v", err)
	}
	// And the sandbox does.
	s := start(t, sandbox.Config{})
	s.post("/_faults", `{"vendor":"checkr","delay_ms":60000,"count":1}`)
	codes := make(chan int, 2)
	for range 2 {
		go func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/checkr/v1/candidates", strings.NewReader(`{"email":"ada@example.com"}`))
			if err != nil {
				codes <- 0
				return
			}
			req.SetBasicAuth(sandbox.DefaultKeys().CheckrKey, "")
			req.Header.Set("Idempotency-Key", "k")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				codes <- 0
				return
			}
			_ = resp.Body.Close()
			codes <- resp.StatusCode
		}()
	}
	if got := <-codes; got != http.StatusConflict { // the other one waits for a minute
		t.Errorf("got %d", got)
	}
}

// A 404 of a search never reads as clear, however often it is asked.
func TestASearchThatIsNotThereIsNotClear(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	o := s.order(id, "Lostsearch")
	for range 2 {
		r, raw, err := s.Fetch(t.Context(), bare(t, id), o.ID)
		if onboarding.CodeOf(err) != onboarding.CodeVendorUnclear || !vendors.Retryable(err) || raw != nil || r.ID != "" ||
			!strings.Contains(err.Error(), "names a search that it does not have") {
			t.Errorf("got %+v %v", r, err)
		}
	}
	// While the report runs, it is just not there yet.
	slow := start(t, sandbox.Config{ReportDelay: time.Hour})
	o = slow.order(id, "Lostsearch")
	r, _ := slow.fetch(id, o.ID)
	if f, complete := r.Findings(time.Now()); complete || len(f) != 0 || len(r.Screenings) != 5 || !r.Pending {
		t.Errorf("got %v %+v", complete, f)
	}
}

func TestGarbageOnTheWayIsUnclear(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	o := s.order(id, "Lovelace")
	for n := 1; n <= 7; n++ { // the report, then each search
		for fault, code := range map[string]onboarding.Code{`{"vendor":"checkr","garbage":true,"count":1}`: onboarding.CodeVendorUnclear,
			`{"vendor":"checkr","drop":true,"count":1}`: onboarding.CodeVendorDown, `{"vendor":"checkr","status":503,"count":1}`: onboarding.CodeVendorBusy} {
			s.delay(fault, n)
			if _, raw, err := s.Fetch(t.Context(), bare(t, id), o.ID); onboarding.CodeOf(err) != code || raw != nil {
				t.Errorf("request %d, %s: got %v", n, fault, err)
			}
		}
	}
}

func TestAnswersThatAreNotAboutOurOrder(t *testing.T) {
	const me = "019a9ec8-8f0b-7c0c-9a9e-c88f0b7c0c9a"
	candidate := `{"id":"c1","custom_id":"` + me + `","metadata":{},"report_ids":[]}`
	for name, answers := range map[string]map[string]string{
		"no list":             {"GET /v1/candidates": `{}`},
		"another's candidate": {"GET /v1/candidates": `{"data":[{"id":"c1","custom_id":"x"}]}`},
		"an odd ID":           {"GET /v1/candidates": `{"data":[{"id":"a/b","custom_id":"` + me + `"}]}`},
		"pages without end":   {"GET /v1/candidates": `{"data":[],"next_href":"https://example.com"}`},
		"no candidate":        {"GET /v1/candidates": `{"data":[]}`, "POST /v1/candidates": `{}`},
		"an odd report ID":    {"GET /v1/candidates": `{"data":[{"id":"c1","custom_id":"` + me + `","report_ids":["../x"]}]}`},
		"another's report": {"GET /v1/candidates": `{"data":[{"id":"c1","custom_id":"` + me + `","report_ids":["r1"]}]}`,
			"GET /v1/reports/r1": `{"id":"r1","status":"pending","candidate_id":"c2"}`},
		"an unknown status": {"GET /v1/candidates": `{"data":[{"id":"c1","custom_id":"` + me + `","report_ids":["r1"]}]}`,
			"GET /v1/reports/r1": `{"id":"r1","status":"lost","candidate_id":"c1"}`},
		"no invitations": {"GET /v1/candidates": `{"data":[` + candidate + `]}`, "GET /v1/invitations": `{"data":null}`},
		"another was told": {"GET /v1/candidates": `{"data":[` + candidate + `]}`, "GET /v1/invitations": `{"data":[]}`,
			"POST /v1/candidates/c1": `{"id":"c2","custom_id":"` + me + `"}`},
		"an order without our tag": {"GET /v1/candidates": `{"data":[]}`, "POST /v1/candidates": candidate,
			"POST /v1/reports": `{"id":"r1","status":"pending","candidate_id":"c1","tags":["x"]}`},
		"an order of another": {"GET /v1/candidates": `{"data":[]}`, "POST /v1/candidates": candidate,
			"POST /v1/reports": `{"id":"r1","status":"pending","candidate_id":"c2","tags":["` + ref(me, 1) + `"]}`},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			body, ok := answers[r.Method+" "+r.URL.Path]
			if !ok {
				t.Errorf("%s: %s %s was not expected", name, r.Method, r.URL.Path)
			}
			_, _ = w.Write([]byte(body))
		}))
		c, err := checkr.New(checkr.Config{BaseURL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Order(t.Context(), grant(t, me, 1, "Lovelace", hosted), std); onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
			t.Errorf("%s: got %v", name, err)
		}
		srv.Close()
	}
}

// Should Checkr not show an invitation's tags, one of the same package that still
// waits for the person is as good as a new one.
func TestAnInvitationWithoutTagsIsTakenUp(t *testing.T) {
	const me = "019a9ec8-8f0b-7c0c-9a9e-c88f0b7c0c9a"
	posts := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.Method + " " + r.URL.Path {
		case "GET /v1/candidates":
			_, _ = w.Write([]byte(`{"data":[{"id":"c1","custom_id":"` + me + `","report_ids":[]}]}`))
		case "GET /v1/invitations":
			_, _ = w.Write([]byte(`{"data":[{"id":"i2","status":"expired","candidate_id":"c1","package":"standard"},
				{"id":"i1","status":"pending","candidate_id":"c1","package":"standard"}]}`))
		default:
			posts++
		}
	}))
	defer srv.Close()
	c, err := checkr.New(checkr.Config{BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	o, err := c.Order(t.Context(), grant(t, me, 2, "Lovelace", invited), inv)
	if err != nil || o.ID != "c1/invitation/i1" || !o.TakenUp || !o.AwaitsApplicant || posts != 0 {
		t.Errorf("got %+v %v, %d posts", o, err, posts)
	}
}
