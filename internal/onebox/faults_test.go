package onebox_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestVendorsFail: nearly a third of what vendors are asked goes wrong, in each
// way that it can; everybody reaches their right end all the same, ops retrying
// what needs a person, and nothing is ordered twice.
func TestVendorsFail(t *testing.T) {
	t.Parallel()
	underFaults(t, demo.Personas())
}

// TestSoakVendorsFail is the same for as many applicants as VOUCHSAFE_SOAK_FAULTS says.
func TestSoakVendorsFail(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_FAULTS"))
	if err != nil {
		t.Skip("VOUCHSAFE_SOAK_FAULTS is not set; make soak sets it")
	}
	underFaults(t, n)
}

func underFaults(t *testing.T, n int) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	h, _ := start(t, func(c *onebox.Config) { c.Attempts = 4 })
	for _, f := range []string{`{"vendor":"*","status":503,"rate":0.1}`, `{"vendor":"*","drop":true,"rate":0.1}`,
		`{"vendor":"*","garbage":true,"rate":0.05}`, `{"vendor":"*","status":429,"retry_after":1,"rate":0.05}`} {
		h.fault(f)
	}
	if _, err := demo.Run(t.Context(), h.face, n, io.Discard, t.Output()); err != nil {
		t.Fatal(err)
	}
	h.everyLedgerHolds(n)
	for key, made := range h.orders() {
		if made != 1 {
			t.Errorf("order %s was made %d times", key, made)
		}
	}
}

// TestConsentTakenBackInVetting: the report is ordered and not there yet when the
// applicant takes the consent back. The order is canceled, and nothing of theirs
// goes to the vendor any more; the vendor's books agree.
//
// Promise 3.
func TestConsentTakenBackInVetting(t *testing.T) {
	t.Parallel()
	h, _ := start(t, func(c *onebox.Config) { c.ReportDelay = 6 * time.Second })
	s := h.apply(ada, "support-basics")
	id := h.only()
	h.await(id, func(st client.Status) bool { return st.Stage == "vetting" && len(h.orders()) == 1 })
	s.open("/apply/consents/vetting/withdraw").at("/apply/consents/vetting/withdraw").hand("/apply/status")
	st := h.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	for _, k := range st.Checks {
		if k.Name == "background" && k.Status != "canceled" {
			t.Errorf("the report's check is %s", k.Status)
		}
	}
	taken := time.Now()
	time.Sleep(8 * time.Second) // the report would have been there long since
	canceled := false
	for _, e := range h.books("findly") {
		canceled = canceled || (e.Method == http.MethodPost && e.Path == "/findly/v1/orders/{order}/cancel" && e.Status < 300)
		if e.At.After(taken) {
			t.Errorf("asked after the consent was gone: %s %s %v at %s", e.Method, e.Path, e.Fields, e.At)
		}
	}
	if !canceled {
		t.Error("the vendor was not told to stop")
	}
	h.everyLedgerHolds(1)
}

// TestOrderWhoseAnswerNeverCame: the vendor has taken the order, each answer was
// lost, and before one comes through the applicant takes the consent back. The order
// is looked for by our reference and canceled: nothing is left running in a
// vendor's house that nobody here knows of.
func TestOrderWhoseAnswerNeverCame(t *testing.T) {
	t.Parallel()
	h, _ := start(t, func(c *onebox.Config) { c.Attempts, c.ReportDelay = 6, time.Hour })
	h.fault(`{"vendor":"findly","drop":true,"count":3}`)
	s := h.apply(ada, "support-basics")
	id := h.only()
	lost := func() (n int) {
		for _, e := range h.books("findly") {
			if e.Fault == "drop" {
				n++
			}
		}
		return n
	}
	eventually(t, time.Minute, func() error {
		if n := lost(); n < 3 {
			return fmt.Errorf("%d answers were lost", n)
		}
		return nil
	})
	s.open("/apply/consents/vetting/withdraw").at("/apply/consents/vetting/withdraw").hand("/apply/status")
	h.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	made, canceled := "", ""
	for _, e := range h.books("findly") {
		switch {
		case e.Path == "/findly/v1/orders" && e.Method == http.MethodPost:
			made = e.Order
		case e.Path == "/findly/v1/orders/{order}/cancel" && e.Status < 300:
			canceled = e.Order
		}
	}
	if made == "" || canceled != made {
		t.Errorf("the order %q was made and %q canceled", made, canceled)
	}
	h.everyLedgerHolds(1)
}
