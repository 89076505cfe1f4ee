package applicants

import (
	"context"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// legalCase gives a service with one case of legal process that somebody has asked for.
func legalCase(t *testing.T, by string) *Service {
	t.Helper()
	w := newWorld(t)
	s := w.Service
	s.Process = process.New(w.bucket, s.Vault)
	if err := s.Process.Open(t.Context(), LegalCase{ID: "matter-1", Kind: onboarding.ProcessSubpoena, Asked: process.Deed{By: by, At: t0}}); err != nil {
		t.Fatal(err)
	}
	made := map[string]string{"k1": "staff:admin:1f", "k2": "staff:admin:1f", "k3": "staff:admin:3f", "k4": "api:k1", "k5": "api:trial"}
	s.MadeKey = func(_ context.Context, id string) (identity.StoredKey, error) {
		by, ok := made[id]
		if !ok {
			return identity.StoredKey{}, &onboarding.Error{Code: onboarding.CodeUnknownApplicant}
		}
		return identity.StoredKey{ID: id, By: by}, nil
	}
	return s
}

// TestTwoPeople: who asks for a disclosure by law does not approve it, whichever role they
// act in and whichever key they have made.
//
// Promise 21, 32, 33.
func TestTwoPeople(t *testing.T) {
	for _, c := range []struct {
		asked, approves string
		may             bool
	}{
		{"staff:privacy:1f", "staff:privacy:1f", false},
		{"staff:privacy:1f", "staff:admin:1f", false},
		{"staff:privacy:1f", "staff:privacy:2f", true},
		{"staff:privacy:1f", "api:k1", false}, // their own key
		{"staff:privacy:1f", "api:k4", false}, // made by a key of theirs
		{"staff:privacy:1f", "api:k3", true},
		{"api:k1", "staff:admin:1f", false},
		{"api:k1", "api:k2", false}, // two keys of one person
		{"api:k1", "api:k3", true},
		{"api:trial", "api:k5", false},
		{"api:trial", "staff:privacy:2f", true},
	} {
		s := legalCase(t, c.asked)
		err := s.RuleOnLegalCase(t.Context(), "matter-1", true, "Read, and within its scope.", workflows.Actor(c.approves))
		if may := err == nil; may != c.may || !may && onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
			t.Errorf("asked by %s, approved by %s: %v", c.asked, c.approves, err)
		}
	}
}

func paper(object string) []byte { return []byte(strings.Replace(onePDF, "1 0 obj", object, 1)) }

// TestDocumentStays: the document of a case is not exchanged by asking for the same case
// again.
//
// Promise 32.
func TestDocumentStays(t *testing.T) {
	w := newWorld(t)
	s := w.Service
	s.Process = process.New(w.bucket, s.Vault)
	const id = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Program: "support-basics", Stage: onboarding.StageVetting}
	in := NewLegalCase{ID: "matter-1", Kind: onboarding.ProcessSubpoena, Authority: "A court", Reason: "It compels us.", File: File{Name: "a.pdf", Body: paper("1 0 obj")},
		Scope: process.Scope{Applicants: []onboarding.ApplicantID{id}, Categories: []onboarding.Category{onboarding.KeptLetters}}}
	for _, words := range []string{"1 0 obj", "2 0 obj"} {
		in.File.Body = paper(words)
		if err := s.OpenLegalCase(t.Context(), in, "staff:privacy:1f"); err != nil {
			t.Fatal(err)
		}
	}
	got, err := s.LegalDocument(t.Context(), in.ID)
	if err != nil || string(got.Body) != string(paper("1 0 obj")) {
		t.Errorf("%.80q, %v", got.Body, err)
	}
}
