package onebox_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// takesBack takes a consent back on its page, which says what stops and what stays, and
// waits for the end.
func (s stepper) takesBack(id, purpose string) client.Status {
	s.Helper()
	path := "/apply/consents/" + purpose + "/withdraw"
	s.open(path).at(path).says("What stops", "What stays, and why")
	if err := s.Submit(s.Context(), nil); err != nil {
		s.Fatal(err)
	}
	return s.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
}

// silentAfter holds the vendors' books to a time: nothing new is begun after it. What is
// taken back may be told.
func (h *house) silentAfter(taken time.Time) {
	h.Helper()
	for _, e := range h.books("") {
		stops := e.Method == http.MethodPost && e.Path == "/findly/v1/orders/{order}/cancel"
		if e.At.After(taken) && !stops {
			h.Errorf("asked after the consent was gone: %s %s %s %v at %s", e.Vendor, e.Method, e.Path, e.Fields, e.At)
		}
	}
}

// TestConsentTakenBackInEachStage: a draft, a check in flight, an exercise of the
// certification, the certificate itself: what is on its way is called off, nothing new
// starts, the vendors' books agree, and every ledger holds. Vetting has
// TestConsentTakenBackInVetting.
//
// Promise 3.
func TestConsentTakenBackInEachStage(t *testing.T) {
	t.Parallel()
	t.Run("draft", func(t *testing.T) {
		t.Parallel()
		h, _ := start(t, func(*onebox.Config) {})
		s := h.begin(ada, "support-basics")
		id := h.only()
		s.takesBack(id, "account")
		if n := len(h.books("")); n != 0 {
			t.Errorf("%d calls to vendors for a draft", n)
		}
		h.everyLedgerHolds(1)
	})
	for _, c := range []struct{ name, vendor, purpose string }{
		{"validation, a call in flight", "kickbox", "validation"},
		{"screening, while another call is in flight", "twilio", "screening"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			h, _ := start(t, func(c *onebox.Config) { c.Attempts = 20 })
			h.fault(`{"vendor":"` + c.vendor + `","status":503,"count":1000}`)
			s := h.apply(ada, "support-basics")
			id := h.only()
			h.await(id, func(st client.Status) bool { return st.Stage == "validation" && len(h.books(c.vendor)) > 1 })
			st := s.takesBack(id, c.purpose)
			taken := time.Now()
			for _, k := range st.Checks {
				if k.Status == "running" || k.Status == "pending" {
					t.Errorf("%s is %s", k.Name, k.Status)
				}
			}
			time.Sleep(8 * time.Second) // it would have been tried again since
			h.silentAfter(taken)
			if len(h.orders()) != 0 {
				t.Error("a report was ordered")
			}
			h.everyLedgerHolds(1)
		})
	}
	for _, purpose := range []string{"qualification", "certification"} {
		t.Run("in the certification: "+purpose, func(t *testing.T) {
			t.Parallel()
			h, _ := start(t, func(*onebox.Config) {})
			s := h.apply(ada, "support-basics")
			id := h.only()
			h.await(id, func(st client.Status) bool { return st.Stage == "certification" && st.Attention == "applicant" })
			st := s.takesBack(id, purpose)
			taken := time.Now()
			if st.Credential != "" {
				t.Error("there is a certificate")
			}
			s.open("/apply/certification")
			if s.Path() == "/apply/certification" {
				t.Error("the exercises are still offered")
			}
			h.silentAfter(taken)
			h.everyLedgerHolds(1)
		})
	}
	t.Run("certified", func(t *testing.T) {
		t.Parallel()
		h, _ := start(t, func(*onebox.Config) {})
		s := h.apply(ada, "support-basics")
		id := h.only()
		st := s.certify(id, ada, "support-basics")
		s.open("/apply/consents/certification/withdraw").says("Your certificate is revoked")
		s.takesBack(id, "certification")
		taken := time.Now()
		anybody := stepper{h, h.phone()}
		anybody.open("/verify/" + st.Credential).says("revoked")
		h.silentAfter(taken)
		h.everyLedgerHolds(1)
	})
}
