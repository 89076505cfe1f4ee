package letters_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/letters"
)

// TestOfficer: a letter to the privacy officer has the request's number, its address on
// the board and the day; what is missing is an error.
//
// Promise 53.
func TestOfficer(t *testing.T) {
	due := time.Date(2026, 12, 28, 12, 0, 0, 0, time.UTC)
	for news, says := range map[string]string{"reminder": "waits for your answer", "overdue": "overdue since December 28, 2026", "extended": "once and for all"} {
		subject, text, err := letters.Officer(letters.OfficerFacts{News: news, Request: "number", Board: "https://apply.example.com/console/requests/number", Due: due})
		if err != nil || subject == "" || strings.Contains(subject, "\n") {
			t.Errorf("%s: %q, %v", news, subject, err)
		}
		for _, want := range []string{says, "Number: number\n", "https://apply.example.com/console/requests/number\n", "December 28, 2026"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q: %s", news, want, text)
			}
		}
	}
	for _, f := range []letters.OfficerFacts{{}, {News: "reminder", Request: "number", Board: "b"}, {News: "reminder", Due: due}, {News: "nothing", Request: "number", Board: "b", Due: due}} {
		if _, _, err := letters.Officer(f); err == nil {
			t.Errorf("%+v was written", f)
		}
	}
}
