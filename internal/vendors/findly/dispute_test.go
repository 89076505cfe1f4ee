package findly_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
)

// ordered places an order whose report is there at once.
func ordered(t testing.TB, s stack, family string) (onboarding.ApplicantID, findly.Order) {
	t.Helper()
	id := granttest.NewApplicant()
	o, err := s.Order(t.Context(), grant(t, id, 1, family), std)
	if err != nil {
		t.Fatal(err)
	}
	return id, o
}

// 15 USC 1681i: what is another's goes, what is verified stands, and while it is
// looked into nothing counts.
func TestDispute(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	for family, want := range map[string]struct {
		status  findly.Status
		amended bool
		verdict onboarding.Verdict // "" while it is disputed
	}{
		"Consider":  {findly.StatusComplete, true, clear},
		"Hearsay":   {findly.StatusComplete, true, clear},
		"Felony":    {findly.StatusComplete, false, consider},
		"Oldrecord": {findly.StatusComplete, false, consider},
		"Lovelace":  {findly.StatusComplete, false, clear},
		"Blocked":   {findly.StatusComplete, false, unknown},
		"Stubborn":  {findly.StatusDisputed, false, ""},
	} {
		for _, whole := range []bool{true, false} {
			id, o := ordered(t, s, family)
			before, _, err := s.Fetch(t.Context(), bare(t, id), o.ID)
			if err != nil {
				t.Fatal(err)
			}
			var items []string
			if !whole {
				items = recordsOf(t, s, id, o.ID)
			}
			got, err := s.Dispute(t.Context(), bare(t, id), o.ID, items, "d-"+o.ID)
			if err != nil {
				t.Errorf("%s: %v", family, err)
				continue
			}
			if got.ID != o.ID || got.Status != want.status || got.DisputedAt == nil || got.Extended || len(got.Raw) == 0 || got.Stands() != o.Stands() {
				t.Errorf("%s: got %+v", family, got)
			}
			after, _, err := s.Fetch(t.Context(), bare(t, id), o.ID)
			if err != nil {
				t.Fatal(err)
			}
			findings, complete := after.Findings(time.Now())
			if want.verdict == "" {
				if complete || findings != nil || after.CompletedAt != nil || after.Amended || after.Status != findly.StatusDisputed {
					t.Errorf("%s: got %v %+v of %+v", family, complete, findings, after)
				}
				continue
			}
			if !complete || after.Amended != want.amended || onboarding.Worst(findings) != want.verdict {
				t.Errorf("%s: complete %v, amended %v: %+v", family, complete, after.Amended, findings)
			}
			if after.CompletedAt == nil || !after.CompletedAt.After(*before.CompletedAt) {
				t.Errorf("%s: completed at %v, before at %v", family, after.CompletedAt, before.CompletedAt)
			}
		}
	}
}

// What goes out is our reference and the vendor's own, once.
func TestDisputeSendsNothingOfThePerson(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id, o := ordered(t, s, "Stubborn")
	items := recordsOf(t, s, id, o.ID)
	// The order's own key, though the grant is full: the fields stay closed.
	if _, err := s.Dispute(t.Context(), grant(t, id, 1, "Stubborn"), o.ID, slices.Concat(items, items), "d"); err != nil {
		t.Fatal(err)
	}
	e := s.books()[len(s.books())-1]
	if len(e.Fields) != 0 || !slices.Equal(e.Parameters, []string{"records", "reference"}) || e.IdempotencyKey != "d" || e.Order != o.ID || e.Status != http.StatusAccepted {
		t.Errorf("got %+v", e)
	}
}

func TestDisputeAgain(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id, o := ordered(t, s, "Stubborn")
	dispute := func(key string, items ...string) findly.Order {
		t.Helper()
		got, err := s.Dispute(t.Context(), bare(t, id), o.ID, items, key)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := dispute("d1")
	if again := dispute("d1"); again.Extended || !again.DisputedAt.Equal(*first.DisputedAt) {
		t.Errorf("the same key made another dispute: %+v", again)
	}
	if more := dispute("d2", recordsOf(t, s, id, o.ID)...); !more.Extended || more.Status != findly.StatusDisputed || !more.DisputedAt.Equal(*first.DisputedAt) {
		t.Errorf("got %+v", more)
	}
	// Withdrawing does not stop it, and a new round takes it up.
	if err := s.Cancel(t.Context(), o.ID, "c"); err != nil {
		t.Error(err)
	}
	up, err := s.Order(t.Context(), grant(t, id, 2, "Stubborn"), findly.OrderRequest{Package: "standard", Earlier: []string{o.Reference}})
	if err != nil || !up.TakenUp || up.ID != o.ID || up.Status != findly.StatusDisputed || !up.Extended {
		t.Errorf("got %+v %v", up, err)
	}
	// The round that took it up may dispute it, too.
	round2 := granttest.Give[consent.Vetting](t, granttest.Use{Applicant: id, Check: onboarding.CheckBackground, Round: 2, Recipient: "findly"})
	if _, err := s.Dispute(t.Context(), round2, o.ID, nil, "d3"); err != nil {
		t.Error(err)
	}
}

func TestDisputesThatAreRefused(t *testing.T) {
	s := start(t, sandbox.Config{}, nil)
	id, o := ordered(t, s, "Felony")
	waits, pending := ordered(t, s, "Forever")
	spent := bare(t, id)
	if _, _, err := s.Fetch(t.Context(), spent, o.ID); err != nil {
		t.Fatal(err)
	}
	n := len(s.books())
	for name, tc := range map[string]struct {
		grant consent.Grant[consent.Vetting]
		order string
		items []string
		code  onboarding.Code
		says  string // of the vendor; "": nothing was sent
	}{
		"a spent grant":     {spent, o.ID, nil, onboarding.CodeGrantRefused, ""},
		"a forged grant":    {consent.Grant[consent.Vetting]{}, o.ID, nil, onboarding.CodeGrantRefused, ""},
		"no order":          {bare(t, id), "../x", nil, onboarding.CodeInvalid, ""},
		"a person's words":  {bare(t, id), o.ID, []string{"rec_1", "that was not me"}, onboarding.CodeInvalid, ""},
		"an empty item":     {bare(t, id), o.ID, []string{""}, onboarding.CodeInvalid, ""},
		"too many":          {bare(t, id), o.ID, slices.Repeat([]string{"rec_1"}, 101), onboarding.CodeInvalid, ""},
		"not complete":      {bare(t, waits), pending.ID, nil, onboarding.CodeVendorRefused, "not_complete"},
		"no such record":    {bare(t, id), o.ID, []string{"rec_1"}, onboarding.CodeVendorRefused, "unknown_record"},
		"another applicant": {bare(t, ""), o.ID, nil, onboarding.CodeVendorRefused, "reference_mismatch"},
		"no such order":     {bare(t, id), "ord_none", nil, onboarding.CodeVendorRefused, "no_such_order"},
	} {
		got, err := s.Dispute(t.Context(), tc.grant, tc.order, tc.items, "k-"+name)
		if onboarding.CodeOf(err) != tc.code || !strings.Contains(err.Error(), tc.says) || strings.Contains(err.Error(), "not me") || got.ID != "" {
			t.Errorf("%s: got %+v %v", name, got, err)
		}
		if sent := len(s.books()) != n; sent != (tc.says != "") {
			t.Errorf("%s: sent %v", name, sent)
		}
		n = len(s.books())
	}
}

// Nobody may take a dispute for begun that is not.
func TestAnswersThatBeginNoDispute(t *testing.T) {
	id := granttest.NewApplicant()
	ours := `"reference":"` + string(id) + `/background/1"`
	for _, body := range []string{`{}`, `{"id":"ord_1",` + ours + `}`, `{"id":"ord_1","status":"pending",` + ours + `}`,
		`{"id":"ord_1","status":"canceled",` + ours + `}`, `{"id":"ord_2","status":"disputed",` + ours + `}`,
		`{"id":"ord_1","status":"disputed","reference":"` + string(granttest.NewApplicant()) + `/background/1"}`} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusAccepted)
			_, _ = w.Write([]byte(body))
		}))
		c, err := findly.New(findly.Config{BaseURL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		if o, err := c.Dispute(t.Context(), bare(t, id), "ord_1", nil, "k"); onboarding.CodeOf(err) != onboarding.CodeVendorUnclear || o.ID != "" {
			t.Errorf("%s: got %+v %v", body, o, err)
		}
		srv.Close()
	}
}

// Stands over every status.
func TestStands(t *testing.T) {
	for _, tc := range []struct {
		status findly.Status
		whole  bool // no screening was canceled
		want   bool
	}{
		{findly.StatusPending, true, true}, {findly.StatusSuspended, true, true},
		{findly.StatusComplete, true, true}, {findly.StatusComplete, false, false},
		{findly.StatusDisputed, true, true}, {findly.StatusDisputed, false, false},
		{findly.StatusCanceled, false, false}, {"lost", true, false},
	} {
		if got := (findly.Order{Status: tc.status, IncludesCanceled: !tc.whole}).Stands(); got != tc.want {
			t.Errorf("%s, whole %v: got %v", tc.status, tc.whole, got)
		}
	}
}
