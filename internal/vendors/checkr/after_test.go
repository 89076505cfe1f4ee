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

func TestForeverAndSuspended(t *testing.T) {
	s := start(t, sandbox.Config{})
	for family, suspended := range map[string]bool{"Forever": false, "Suspended": true} {
		id := granttest.NewApplicant()
		o := s.order(id, family)
		r, _ := s.fetch(id, o.ID)
		if f, complete := r.Findings(time.Now()); complete || len(f) != 1 || !r.Pending || r.Suspended != suspended {
			t.Errorf("%s: got %v %+v", family, complete, f)
		}
		// Cancel takes no grant: consent may be gone. Twice is once.
		for range 2 {
			if err := s.Cancel(t.Context(), o.ID, ref(id, 1)+"/cancel"); err != nil {
				t.Fatal(err)
			}
		}
		r, _ = s.fetch(id, o.ID)
		if f, complete := r.Findings(time.Now()); !complete || onboarding.Worst(f) != onboarding.VerdictCouldNotComplete || !r.IncludesCanceled {
			t.Errorf("%s: got %v %+v", family, complete, f)
		}
		// It does not stand: the next round orders anew.
		req := std
		req.Earlier = []string{ref(id, 1)}
		again, err := s.Order(t.Context(), grant(t, id, 2, family, hosted), req)
		if err != nil || again.ID == o.ID || again.TakenUp {
			t.Errorf("%s: got %+v %v", family, again, err)
		}
	}
	for _, e := range s.books() {
		if strings.HasSuffix(e.Path, "/complete") && (len(e.Fields) != 0 || len(e.Parameters) != 0) {
			t.Errorf("the cancellation carried %v %v", e.Fields, e.Parameters)
		}
	}
}

func TestCancelOfWhatHasEnded(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	o := s.order(id, "Lovelace")
	if err := s.Cancel(t.Context(), o.ID, "k"); err != nil {
		t.Error(err)
	}
	if err := s.Cancel(t.Context(), "c/report/none", "k"); onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("got %v", err)
	}
	if err := s.Cancel(t.Context(), "../x", "k"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
	if err := s.Cancel(t.Context(), "c/report/"+strings.Split(o.ID, "/")[2], "k"); onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
		t.Errorf("got %v", err)
	}
	// A filled-in invitation is ended by its report.
	id = granttest.NewApplicant()
	o, err := s.Order(t.Context(), grant(t, id, 1, "Forever", invited), inv)
	if err != nil {
		t.Fatal(err)
	}
	page, err := s.Page(t.Context(), bare(t, id), o.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.visit(page, "hand_in")
	if err := s.Cancel(t.Context(), o.ID, "k"); err != nil {
		t.Fatal(err)
	}
	if r, _ := s.fetch(id, o.ID); r.Pending || !r.IncludesCanceled {
		t.Errorf("got %+v", r)
	}
}

// An account that may not end reports says so, and the caller can write it down.
func TestCancelThatIsNotAllowed(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"error":"Not enabled for this account"}`))
			return
		}
		_, _ = w.Write([]byte(`{"id":"r1","status":"pending","candidate_id":"c1","tags":[]}`))
	}))
	defer srv.Close()
	c, err := checkr.New(checkr.Config{BaseURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Cancel(t.Context(), "c1/report/r1", "k"); onboarding.CodeOf(err) != onboarding.CodeNotAllowed || !strings.Contains(err.Error(), "dashboard") {
		t.Errorf("got %v", err)
	}
}

func TestAdverseActionOnce(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	o := s.order(id, "Felony")
	items, err := s.AdverseItems(t.Context(), bare(t, id), o.ID)
	if err != nil || len(items) != 1 || items[0].Text == "" {
		t.Fatalf("got %+v %v", items, err)
	}
	req := checkr.AdverseRequest{PostNoticeAt: time.Now().Add(7 * 24 * time.Hour), Key: ref(id, 1) + "/adverse"}
	for name, bad := range map[string]checkr.AdverseRequest{"no time": {Key: "k"}, "no such item": {Items: []string{"x"}, PostNoticeAt: req.PostNoticeAt}} {
		if _, err := s.StartAdverse(t.Context(), bare(t, id), o.ID, bad); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	// The answer to each of the requests is lost in turn: the report, the actions,
	// the items, the deed.
	var a checkr.AdverseAction
	for n := 1; ; n++ {
		s.delay(`{"vendor":"checkr","drop":true,"count":1}`, n)
		if a, err = s.StartAdverse(t.Context(), bare(t, id), o.ID, req); err == nil {
			break
		}
		if !vendors.Retryable(err) || n > 10 {
			t.Fatal(err)
		}
	}
	s.calm()
	if a.Status != checkr.AdversePending || !a.TakenUp || s.made("/checkr/v1/reports/{id}/adverse_actions") != 1 {
		t.Errorf("got %+v, %d made", a, s.made("/checkr/v1/reports/{id}/adverse_actions"))
	}
	// Another deed with another key takes it up too.
	again, err := s.StartAdverse(t.Context(), bare(t, id), o.ID, checkr.AdverseRequest{Items: []string{items[0].ID}, PostNoticeAt: req.PostNoticeAt, Key: "other"})
	if err != nil || again.ID != a.ID || !again.TakenUp {
		t.Errorf("got %+v %v", again, err)
	}
	for range 2 {
		if err := s.CancelAdverse(t.Context(), a.ID, "k"); err != nil {
			t.Error(err)
		}
	}
	// Canceled, it does not stand in the way of another.
	third, err := s.StartAdverse(t.Context(), bare(t, id), o.ID, checkr.AdverseRequest{PostNoticeAt: time.Now().Add(-time.Second), Key: "third"})
	if err != nil || third.TakenUp || third.ID == a.ID {
		t.Fatalf("got %+v %v", third, err)
	}
	// Its final notice is out at once.
	if err := s.CancelAdverse(t.Context(), third.ID, "k"); onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
		t.Errorf("got %v", err)
	}
	if err := s.CancelAdverse(t.Context(), "a/b", "k"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
	// Of a clear report there is nothing to hold against anybody.
	id = granttest.NewApplicant()
	o = s.order(id, "Lovelace")
	if _, err := s.StartAdverse(t.Context(), bare(t, id), o.ID, req); onboarding.CodeOf(err) != onboarding.CodeVendorRefused {
		t.Errorf("got %v", err)
	}
	for _, e := range s.books() {
		if strings.Contains(e.Path, "adverse") && len(e.Fields) > 0 {
			t.Errorf("%s carried %v", e.Path, e.Fields)
		}
	}
}

func TestDispute(t *testing.T) {
	s := start(t, sandbox.Config{})
	id := granttest.NewApplicant()
	o := s.order(id, "Consider")
	r, _ := s.fetch(id, o.ID)
	dispute := "/_checkr/reports/" + r.ID + "/dispute"
	s.post(dispute, `{}`)
	r, _ = s.fetch(id, o.ID)
	if f, complete := r.Findings(time.Now()); complete || len(f) != 0 || !r.Disputed || !r.Pending {
		t.Errorf("got %+v %+v", r, f)
	}
	// A disputed report stands, and cannot be stopped.
	req := std
	req.Earlier = []string{ref(id, 1)}
	if again, err := s.Order(t.Context(), grant(t, id, 2, "Consider", hosted), req); err != nil || again.ID != o.ID || !again.TakenUp {
		t.Errorf("got %+v %v", again, err)
	}
	if err := s.Cancel(t.Context(), o.ID, "k"); err != nil {
		t.Error(err)
	}
	for body, verdict := range map[string]onboarding.Verdict{`{"corrected":false}`: consider, `{"corrected":true}`: clear} {
		id := granttest.NewApplicant()
		o := s.order(id, "Consider")
		r, _ := s.fetch(id, o.ID)
		s.post("/_checkr/reports/"+r.ID+"/dispute", body)
		r, _ = s.fetch(id, o.ID)
		if f, complete := r.Findings(time.Now()); !complete || onboarding.Worst(f) != verdict || r.Disputed {
			t.Errorf("%s: got %+v", body, f)
		}
	}
}
