package namesearch

import (
	"cmp"
	"regexp"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Compare says in words how whom a service was asked for goes together with an
// entry that it gave. names are the entry's, the main one first; births are
// YYYY-MM-DD, or a year with or without its month. matched is the name that fits
// best. The words are ours, for a reviewer to read: the service's own score
// decides, and it says nothing of its parts here.
func Compare(asked Subject, names, births []string) (matched string, parts []onboarding.Part) {
	best := -1.0
	for _, n := range names {
		if like := match.Names(asked.Name, n); like > best {
			best, matched = like, n
		}
	}
	name, born := onboarding.AgreementNotGiven, onboarding.AgreementNotGiven
	switch {
	case best == 1:
		name = onboarding.AgreementSame
	case best >= alike:
		name = onboarding.AgreementAlike
	case best >= 0:
		name = onboarding.AgreementDifferent
	}
	var listed []match.Birth
	for _, b := range births {
		if span, ok := spanOf(b); ok {
			listed = append(listed, span)
		}
	}
	switch match.Births(asked.Born, listed) {
	case match.AgreementFull:
		born = onboarding.AgreementSame
	case match.AgreementYear:
		born = onboarding.AgreementAlike
	case match.AgreementDisagree:
		born = onboarding.AgreementDifferent
	case match.AgreementNone:
	}
	return matched, []onboarding.Part{{What: onboarding.PartName, Agreement: name}, {What: onboarding.PartBorn, Agreement: born}}
}

// alike is how like two names are that a person would hold side by side; package
// match takes what is below it for another name, whatever the day of birth.
const alike = 0.75

var dayForm = regexp.MustCompile(`^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$`)

// spanOf reads a day, a month or a year as the days that it covers.
func spanOf(s string) (match.Birth, bool) {
	m := dayForm.FindStringSubmatch(s)
	switch {
	case m == nil:
		return match.Birth{}, false
	case m[2] == "":
		return match.Birth{First: m[1] + "-01-01", Last: m[1] + "-12-31"}, true
	case m[3] == "":
		first, err := time.Parse("2006-01", s)
		return match.Birth{First: first.Format(time.DateOnly), Last: first.AddDate(0, 1, -1).Format(time.DateOnly)}, err == nil
	}
	return match.Birth{First: s, Last: s}, true
}

// ByTotal orders candidates, the best first.
func ByTotal(a, b onboarding.Candidate) int { return cmp.Compare(b.Total, a.Total) }
