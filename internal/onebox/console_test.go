package onebox_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// staff signs somebody in by the printed link of their role.
func (h *house) staff(role identity.Role) stepper {
	h.Helper()
	s := stepper{h, h.phone()}
	return s.open(h.face.Staff[string(role)]).hand("/console")
}

func (s stepper) says(words ...string) stepper {
	s.Helper()
	for _, w := range words {
		if !strings.Contains(s.Text, w) {
			s.Errorf("%s does not say %q: %s", s.Path(), w, s.Says())
		}
	}
	return s
}

// TestConsole is a day of ops, a reviewer and an auditor: a vendor was away and
// everything is retried, a record is decided upon, the ledger is proved.
func TestConsole(t *testing.T) { // alone: metrics are the process's own
	h, _ := start(t, func(c *onebox.Config) { c.Attempts = 2 })
	h.fault(`{"vendor":"findly","status":503}`)
	notices, err := h.api.Notices(t.Context(), "en")
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i := range 3 {
		_, body, _ := demo.NewClear(notices).Application(i)
		if i == 2 { // the vendor will find something about this one
			body = []byte(strings.ReplaceAll(string(body), "Moss", "Consider"))
		}
		created, err := h.api.Apply(t.Context(), body, fmt.Sprint("console-", i))
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, created.ID)
	}
	for _, id := range ids {
		h.await(id, func(st client.Status) bool { return st.Attention == "ops" })
	}

	ops := h.staff(identity.RoleOps)
	ops.says("ops <strong>3</strong>", ids[0])
	ops.open("/console?attention=reviewer").at("/console").says("Nobody matches")
	ops.open("/console/failed").at("/console/failed").says("Findly: 3 failed", "did not answer")
	// Who comes when the breaker is open fails otherwise than those who were refused
	// before: two kinds of error, three checks.
	_, _, metrics := h.send(http.MethodGet, "/metrics", "")
	sum := 0
	for _, m := range regexp.MustCompile(`(?m)^vouchsafe_failed_checks\{check="background",[^}]*vendor="findly"\} (\d+)$`).FindAllStringSubmatch(metrics, -1) {
		n, _ := strconv.Atoi(m[1])
		sum += n
	}
	if sum != 3 {
		t.Errorf("Prometheus sees %d failed checks", sum)
	}
	if err := ops.open("/console/applicants/"+ids[0]+"/checks/background/retry").Submit(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if ops.says("Enter a reason"); ops.Status != http.StatusUnprocessableEntity {
		t.Errorf("a retry without a reason: %d", ops.Status)
	}
	h.send(http.MethodDelete, h.face.Sandbox+"/_faults", "")
	ops.open("/console/failed?check=background&vendor=findly").hand("/console/failed", "which", "all").says("Retry 3 failed checks?")
	if err := ops.Submit(t.Context(), map[string]string{"reason": "Findly is back."}); err != nil {
		t.Fatal(err)
	}
	run := ops.Path()
	eventually(t, time.Minute, func() error {
		if ops.open(run); !strings.Contains(ops.Text, "3 asked for again") {
			return fmt.Errorf("%s says %s", run, ops.Says())
		}
		return nil
	})
	for _, id := range ids[:2] {
		h.await(id, func(st client.Status) bool { return st.Stage == "certification" })
	}
	h.await(ids[2], func(st client.Status) bool { return st.Attention == "reviewer" })
	ops.open("/console/applicants/"+ids[2]).says("criminal_record", "A reviewer has to decide here", "lie sealed")
	ops.refused("/console/applicants/"+ids[2]+"/decision", http.StatusForbidden)

	reviewer := h.staff(identity.RoleReviewer)
	reviewer.open("/console/applicants/"+ids[2]+"/decision").says("misdemeanor", "Rule")
	reviewer.hand("/console/applicants/"+ids[2], "ruling", "proceed", "reason", "Seen the papers.").says("Your decision is on record")
	h.await(ids[2], func(st client.Status) bool { return st.Stage == "certification" })
	reviewer.refused("/console/applicants/"+ids[2]+"/decision", http.StatusConflict)
	reviewer.refused("/console/applicants/"+ids[2]+"/ledger", http.StatusForbidden)

	auditor := h.staff(identity.RoleAuditor)
	auditor.open("/console/applicants/" + ids[2] + "/ledger").at("/console/applicants/" + ids[2] + "/ledger").says("The ledger is whole")
	auditor.refused("/console/applicants/"+ids[0]+"/checks/background/retry", http.StatusForbidden)
	auditor.refused("/console/applicants/019ab3c0-0000-7000-8000-000000000001", http.StatusNotFound)

	stranger := stepper{h, h.phone()}
	stranger.refused("/console", http.StatusUnauthorized)
	if err := stranger.Open(t.Context(), h.face.Staff["auditor"]); err != nil {
		t.Fatal(err)
	}
	if err := stranger.Submit(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if stranger.Status != http.StatusForbidden {
		t.Errorf("a link signed in twice: %d", stranger.Status)
	}
}

// refused opens a page and holds it to the status.
func (s stepper) refused(path string, status int) {
	s.Helper()
	if err := s.Open(s.Context(), path); err != nil {
		s.Fatal(err)
	}
	if s.Status != status {
		s.Errorf("%s: %d, not %d: %s", path, s.Status, status, s.Says())
	}
}
