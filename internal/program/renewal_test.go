package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRenewalMakesSense: each fault is named with its place.
func TestRenewalMakesSense(t *testing.T) {
	right, err := os.ReadFile("files/support-basics.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for change, want := range map[[2]string]string{
		{"remind_days_before: [30, 7, 1]", "remind_days_before: [365]"}:               "certification/credential/remind_days_before/0: is before the certificate is issued",
		{"remind_days_before: [30, 7, 1]", "remind_days_before: [0]"}:                 "certification/credential/remind_days_before/0",
		{"remind_days_before: [30, 7, 1]", "remind_days_before: [7, 7]"}:              "certification/credential/remind_days_before",
		{"opens_days_before: 60", "opens_days_before: 366"}:                           "certification/renewal/opens_days_before: the certificate is valid for 365 days",
		{"opens_days_before: 60", "opens_days_before: 0"}:                             "certification/renewal/opens_days_before",
		{"checks: [sanctions, exclusions, background]", "checks: [debarment]"}:        `certification/renewal/checks/0: the program does not make the check "debarment"`,
		{"checks: [sanctions, exclusions, background]", "checks: [duplicate]"}:        "certification/renewal/checks/0: the check \"duplicate\" is about how somebody applies",
		{"checks: [sanctions, exclusions, background]", "checks: [horoscope]"}:        "certification/renewal/checks/0",
		{"checks: [sanctions, exclusions, background]", "checks: [email], sky: blue"}: "",
	} {
		body := strings.Replace(string(right), change[0], change[1], 1)
		if body == string(right) {
			t.Fatalf("%q does not stand in the file", change[0])
		}
		path := filepath.Join(t.TempDir(), "p.yaml")
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		problems := Check(path)
		var says []string
		for _, p := range problems {
			says = append(says, p.String())
		}
		if len(problems) == 0 || !strings.Contains(strings.Join(says, "\n"), want) {
			t.Errorf("%s: %q, want %q", change[1], says, want)
		}
	}
	body := strings.Replace(string(right), "  renewal:\n    opens_days_before: 60\n    checks: [sanctions, exclusions, background]\n", "", 1)
	path := filepath.Join(t.TempDir(), "p.yaml")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	if body == string(right) || len(Check(path)) != 0 {
		t.Errorf("a program without renewal: %v", Check(path))
	}
}
