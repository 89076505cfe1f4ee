package applicants

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/clamav"
	"github.com/vouchsafe/vouchsafe/internal/clamav/clamavtest"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestDocumentOfLegalProcessIsScanned: what the scanner takes for harmful, what is too
// large and what is none of the three kinds opens no case.
func TestDocumentOfLegalProcessIsScanned(t *testing.T) {
	w, id := flagged(t, "support-basics")
	w.Process = process.New(w.bucket, w.Vault)
	daemon := clamavtest.Start(t)
	scanner, err := clamav.New(daemon.Address())
	if err != nil {
		t.Fatal(err)
	}
	w.Scanner = scanner
	open := func(body string) error {
		return w.OpenLegalCase(t.Context(), NewLegalCase{ID: "matter-17", Kind: onboarding.ProcessSubpoena, Authority: "Superior Court of Nowhere", Reason: "It compels us.",
			File:  File{Name: "subpoena.pdf", Body: []byte(body)},
			Scope: process.Scope{Applicants: []onboarding.ApplicantID{id}, Categories: []onboarding.Category{onboarding.KeptApplication}}}, "staff:privacy:1f")
	}
	for name, body := range map[string]string{"EICAR": strings.Replace(onePDF, "<<>>", clamavtest.EICAR, 1), "no kind": "MZ", "too large": onePDF + strings.Repeat(" ", 6<<20)} {
		if err := open(body); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if all, err := w.LegalCases(t.Context()); err != nil || len(all) != 0 || w.bucket.count("process/") != 0 {
		t.Errorf("%v, %v", all, err)
	}
	if err := open(onePDF); err != nil {
		t.Fatal(err)
	}
	if string(daemon.Last()) != onePDF {
		t.Error("the daemon got another file")
	}
	daemon.Close()
	if err := open(onePDF); onboarding.CodeOf(err) != onboarding.CodeVendorDown {
		t.Errorf("a scanner that is down: %v", err)
	}
}

// TestSilence: what an order forbids to tell is not told before noon of its day.
//
// Promise 32.
func TestSilence(t *testing.T) {
	w, id := flagged(t, "support-basics")
	w.Process = process.New(w.bucket, w.Vault)
	now := time.Date(2026, 12, 1, 11, 59, 0, 0, time.UTC)
	w.Now = func() time.Time { return now }
	c := LegalCase{ID: "matter-17", Kind: onboarding.ProcessCourtOrder, Authority: "Superior Court of Nowhere", Scope: process.Scope{Applicants: []onboarding.ApplicantID{id}, Categories: []onboarding.Category{onboarding.KeptFindings}},
		Given: []process.Given{{Applicant: id, Deed: process.Deed{By: "staff:privacy:1f", At: now.Add(-time.Hour)}}}, Silent: process.Silence{Until: "2026-12-01", Reason: "The order forbids it."}}
	if err := w.Process.Open(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	shown := func(ctx context.Context) map[string]OwnDisclosure {
		out, err := w.ownDisclosures(ctx, id, []string{"matter-17", "another"})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	until, err := w.TellDisclosed(t.Context(), "matter-17", func() {})
	if err != nil || !until.Equal(time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)) || len(shown(t.Context())) != 0 || strings.Contains(w.engine.names(), workflows.UpdateTellDisclosure) {
		t.Errorf("before the day: %s, %v, %v", until, err, shown(t.Context()))
	}
	if _, err := w.DisclosureFacts(t.Context(), "matter-17", id); err == nil {
		t.Error("a letter could be written before the day")
	}
	if err := w.TellLegalCase(t.Context(), "matter-17", id, "By phone", "staff:privacy:1f"); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("told by staff before the day: %v", err)
	}
	now = now.Add(2 * time.Minute)
	d, ok := shown(t.Context())["matter-17"]
	if !ok || d.Authority != c.Authority || !d.Waited || !slices.Equal(d.Categories, c.Scope.Categories) || !d.Told.IsZero() {
		t.Errorf("on the day: %+v", d)
	}
	if f, err := w.DisclosureFacts(t.Context(), "matter-17", id); err != nil || !f.Waited || f.Kind != onboarding.ProcessCourtOrder {
		t.Errorf("%+v, %v", f, err)
	}
	if _, err := w.DisclosureFacts(t.Context(), "matter-17", "019ab3c0-0000-7000-8000-00000000ffff"); err == nil {
		t.Error("somebody of whom nothing was given could be told of it")
	}
}
