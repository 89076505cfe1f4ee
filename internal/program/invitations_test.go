package program

import (
	"os"
	"strings"
	"testing"
)

// TestInvitationsMakeSense: reminders come one after the other and before the end,
// and where an address comes from is always said in English at least.
func TestInvitationsMakeSense(t *testing.T) {
	file, err := os.ReadFile("testdata/right.yaml")
	if err != nil {
		t.Fatal(err)
	}
	const from = "source: {en: From a list.}"
	for section, want := range map[string]string{
		"{expire_after_days: 14, remind_after_days: [3, 10], again_after_days: 90, " + from + "}":   "",
		"{expire_after_days: 14, again_after_days: 90, " + from + "}":                               "",
		"{expire_after_days: 14, remind_after_days: [10, 3], again_after_days: 90, " + from + "}":   "each reminder comes after the one before",
		"{expire_after_days: 14, remind_after_days: [14], again_after_days: 90, " + from + "}":      "before the invitation expires",
		"{expire_after_days: 14, again_after_days: 90, source: {es: De una lista.}}":                "en",
		"{expire_after_days: 14, again_after_days: 90, source: {en: A., english: A.}}":              "two small letters",
		"{expire_after_days: 14, remind_after_days: [1, 2, 3], again_after_days: 90, " + from + "}": "remind_after_days",
	} {
		p, _, problems := parse("test.yaml", []byte(string(file)+"\ninvitations: "+section+"\n"))
		var said string
		for _, problem := range problems {
			said += problem.String() + "\n"
		}
		switch {
		case want == "" && said != "":
			t.Errorf("%s: %s", section, said)
		case want == "" && (!p.Invitations.Open() || p.Invitations.SourceIn("es") != "From a list."):
			t.Errorf("%s was read as %+v", section, p.Invitations)
		case want != "" && !strings.Contains(said, want):
			t.Errorf("%s: %q, want %q", section, said, want)
		}
	}
}
