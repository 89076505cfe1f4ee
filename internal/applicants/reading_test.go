package applicants

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// reads is the leave of a member of staff to read for a purpose.
func reads(t *testing.T, role identity.Role, id string, p identity.Purpose) identity.Reading {
	t.Helper()
	as, err := identity.Staff{ID: id, Role: role}.Reads(p)
	if err != nil {
		t.Fatal(err)
	}
	return as
}

// TestNothingIsReadWithoutAPurpose: whatever gives personal data to staff refuses one
// who has not said what for, before anything is opened or asked.
//
// Promise 20.
func TestNothingIsReadWithoutAPurpose(t *testing.T) {
	s, id := &Service{}, onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001") // it has no store: what goes on fails loudly
	var nobody identity.Reading
	for name, read := range map[string]func() error{
		"a document": func() error { _, err := s.OpenDocument(t.Context(), id, "application", nil, nobody); return err },
		"findings":   func() error { _, err := s.Found(t.Context(), id, onboarding.CheckPhone, nobody); return err },
		"a file":     func() error { _, _, err := s.OpenAttachment(t.Context(), id, 1, nobody); return err },
		"notes":      func() error { _, err := s.Notes(t.Context(), id, nobody); return err },
	} {
		if err := read(); onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
			t.Errorf("%s: %v", name, err)
		}
	}
}
