package applicants

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// finds reports whether a search finds who has the hashes: as the query asks it.
func (s Sought) finds(has []string) bool {
	all := len(s.All) > 0
	for _, h := range s.All {
		all = all && slices.Contains(has, h)
	}
	return all || s.One != "" && slices.Contains(has, s.One)
}

// TestSought: what people type finds who is meant, however they type it, and
// nobody else.
func TestSought(t *testing.T) {
	w := newWorld(t)
	has := w.lookUp(onboarding.Profile{onboarding.FieldGivenName: "José María", onboarding.FieldMiddleName: "Q.", onboarding.FieldFamilyName: "De la Cruz-O’Neil",
		onboarding.FieldEmail: "jose.cruz@example.com", onboarding.FieldPhone: "+12125550123"})
	for typed, want := range map[string]bool{
		"jose.cruz@example.com": true, " Jose.CRUZ@Example.com ": true, "cruz@example.com": false, "jose.cruz@example.org": false,
		"+1 212 555 0123": true, "(212) 555-0123": true, "2125550123": true, "212.555.0123": true, "1-212-555-0123": true, "212 555 0124": false,
		"José": true, "jose": true, "JOSE CRUZ": true, "cruz, josé": true, "de la cruz": true, "delacruz": false, "Delacruzoneil": true, "josemaria": true,
		"josé maría": true, "O'Neil": true, "oneil": true, "josemariadelacruzoneil": true, "maria jose": true, "Хосе": false, "jos": false, "jose smith": false, "q": true,
	} {
		sought, err := w.Sought(typed)
		if err != nil {
			t.Errorf("%q: %v", typed, err)
		} else if got := sought.finds(has); got != want {
			t.Errorf("%q finds them: %v", typed, got)
		}
	}
	viktor := w.lookUp(onboarding.Profile{onboarding.FieldGivenName: "Виктор", onboarding.FieldFamilyName: "Łoś"})
	if sought, err := w.Sought("viktor LOS"); err != nil || !sought.finds(viktor) {
		t.Errorf("a transliterated name: %v", err)
	}
	for _, typed := range []string{"", "  ", "'", "ada@", "@example.com", "555", "12345678901234567890", "a b c d e f g h i"} {
		sought, err := w.Sought(typed)
		if onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Fatalf("%q: %v, %v", typed, sought, err)
		}
		if quoted := strings.Contains(err.Error(), typed); quoted && len(typed) > 12 {
			t.Errorf("the answer quotes %q", typed)
		}
	}
}

// TestLookUpRides: the hashes go with the beginning, with what is handed in, with
// an integrator's application and with a correction, and nothing of the person does.
func TestLookUpRides(t *testing.T) {
	w := newWorld(t)
	id := w.applied(t, "support-basics", "quillonia@example.com", onboarding.FieldFamilyName)
	start := last[workflows.OnboardInput](t, w, "start")
	form := regexp.MustCompile(`^[0-9a-f]{24}$`)
	if len(start.LookUp) < 4 || slices.ContainsFunc(start.LookUp, func(h string) bool { return !form.MatchString(h) }) || !slices.IsSorted(start.LookUp) {
		t.Errorf("the look-up is %q", start.LookUp)
	}
	old, err := w.Sought("quillonia example")
	if err != nil || !old.finds(start.LookUp) {
		t.Errorf("not found: %v", err)
	}
	if !strings.Contains(w.engine.clear[0], start.LookUp[0]) {
		t.Error("the list does not have it from the beginning")
	}
	if err := w.Correct(t.Context(), id, onboarding.Profile{onboarding.FieldFamilyName: "Renamed"}, workflows.ActorApplicant); err != nil {
		t.Fatal(err)
	}
	now := last[workflows.CorrectDetails](t, w, workflows.UpdateCorrectDetails).LookUp
	if renamed, err := w.Sought("renamed"); err != nil || !renamed.finds(now) || old.finds(now) {
		t.Errorf("after the correction: %v, found by the old name %v", err, old.finds(now))
	}
	if err := w.Begin(t.Context(), BeginRequest{Program: "support-basics", Email: "another@example.com", Origin: Origin{Address: "192.0.2.7"}}); err != nil {
		t.Fatal(err)
	}
	begun := last[workflows.OnboardInput](t, w, "start")
	if _, err := w.Sought("another@example.com"); err != nil || len(begun.LookUp) == 0 {
		t.Errorf("a draft has %q", begun.LookUp)
	}
	for _, clear := range w.engine.clear {
		for _, c := range canaries {
			if strings.Contains(clear, c) {
				t.Errorf("%q stands in clear: %s", c, clear)
			}
		}
	}
}
