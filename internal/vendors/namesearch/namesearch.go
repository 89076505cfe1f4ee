// Package namesearch has what the services that search sanctions lists by name
// have in common: what goes out about a person, and what a score comes to.
package namesearch

import (
	"fmt"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The findings. They are those of our own list file, so that rules and reviewers
// need not know who searched.
const (
	FindingClear = "sanctions_clear"
	FindingMatch = "sanctions_match" // consider: an entry of a list may be this person
)

const (
	// Near is how far below the threshold an entry may lie to be asked for and
	// kept in the sealed result, so that it can be seen later why somebody was clear.
	Near = 0.08
	// Most is how many entries are asked for. The best come first, so what is cut
	// off never decides.
	Most = 20
)

// Fields is everything that such a service may ever get (obligation 38).
func Fields() []onboarding.Field {
	return []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth}
}

// Subject is who is looked for.
type Subject struct {
	Name string // as it is spoken
	Born string // YYYY-MM-DD
}

// Read takes the subject out of a profile. What is not whole is CodeInvalid and
// must not be sent: Watchman searches for nothing then, without a word.
func Read(p onboarding.Profile) (Subject, error) {
	given, middle, family := p[onboarding.FieldGivenName], p[onboarding.FieldMiddleName], p[onboarding.FieldFamilyName]
	if given == family && middle == "" {
		given = "" // people of one name write it in both fields
	}
	s := Subject{Name: strings.Join(strings.Fields(given+" "+middle+" "+family), " "), Born: p[onboarding.FieldDateOfBirth]}
	if strings.TrimSpace(match.Fold(s.Name)) == "" {
		return Subject{}, onboarding.Invalid(string(onboarding.FieldFamilyName), "There is no name to look for.", "Enter your name.")
	}
	if _, err := time.Parse(time.DateOnly, s.Born); err != nil { // its text would quote the date
		return Subject{}, onboarding.Invalid(string(onboarding.FieldDateOfBirth), "There is no date of birth to look for.", "Enter your date of birth.")
	}
	return s, nil
}

// Sent lists the fields that stand in a Subject read from p.
func Sent(p onboarding.Profile) []onboarding.Field {
	var out []onboarding.Field
	for _, f := range Fields() {
		if p[f] != "" {
			out = append(out, f)
		}
	}
	return out
}

// Threshold gives the program's threshold, or the service's usual one when the
// program names none. One outside 0.5 to 1 is CodeInvalid.
func Threshold(program, usual float64) (float64, error) {
	if program == 0 {
		program = usual
	}
	if !(program >= 0.5 && program <= 1) {
		return 0, onboarding.Invalid("threshold", fmt.Sprintf("The threshold %.2f is not between 0.5 and 1.", program), "Correct the program file.")
	}
	return program, nil
}

// Score reports whether f can be a score.
func Score(f *float64) bool { return f != nil && *f >= 0 && *f <= 1.0001 } // some services sum parts up to a hair over 1

// Finding is what the best score comes to. Over says that an entry reached the
// threshold. A score says nothing of the person; no entry's name is in it.
func Finding(over bool, best float64, edition string) onboarding.Finding {
	f := onboarding.Finding{Code: FindingClear, Verdict: onboarding.VerdictClear, Source: onboarding.SourcePublicRecord, Edition: edition}
	if over {
		f.Code, f.Verdict, f.Score = FindingMatch, onboarding.VerdictConsider, float64(int(min(best, 1)*1000+0.5))/1000
	}
	return f
}
