package applicants

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestOldTextForANewCertification: who agreed to take a quiz has not agreed to a
// course, a typing test or a conversation. A program that asks for a quiz alone, in
// the older form of its file, goes on taking that text.
func TestOldTextForANewCertification(t *testing.T) {
	body, err := os.ReadFile("../consent/notices/qualification.en.2026-11-01.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(body), "\n\n")
	sum := sha256.Sum256([]byte(strings.TrimSpace(text)))
	older := func(a *Application) {
		for i, c := range a.Consents {
			if c.Purpose == consent.PurposeQualification {
				a.Consents[i].Notice.Version, a.Consents[i].Notice.SHA256 = "2026-11-01", hex.EncodeToString(sum[:])
			}
		}
	}
	w := newWorld(t)
	p, err := w.Programs.Get("support-basics")
	if err != nil {
		t.Fatal(err)
	}
	p.Certification.Requirements = []program.Requirement{{ID: "course", Kind: program.KindCourse, Title: "A course"}}
	check := func(p program.Program, change func(*Application)) error {
		return checkEvidence(application(change).Consents, p, t0)
	}
	if err := check(p, nil); err != nil {
		t.Errorf("under today's text: %v", err)
	}
	if err := check(p, older); onboarding.CodeOf(err) != onboarding.CodeInvalid || !strings.Contains(err.Error(), "speaks of a quiz alone") {
		t.Errorf("under the older text: %v", err)
	}
	p.Certification.Requirements = nil
	if err := check(p, older); err != nil {
		t.Errorf("a quiz alone, under the older text: %v", err)
	}
	if _, _, err := w.Apply(t.Context(), application(older)); (err == nil) == mustAsk(t, w).Certification.MoreThanQuiz() {
		t.Errorf("the whole application: %v", err)
	}
}

func mustAsk(t *testing.T, w *world) program.Program {
	t.Helper()
	p, err := w.Programs.Get("support-basics")
	if err != nil {
		t.Fatal(err)
	}
	return p
}
