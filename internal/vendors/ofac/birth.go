package ofac

import (
	"regexp"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/match"
)

var birthForm = regexp.MustCompile(`(?:^|[;.] *)(?:alt\. )?DOB ([^;]+)`)

// readBirths takes the dates of birth out of an entry's remarks, such as
// "DOB 16 Nov 1974; alt. DOB circa 1966; alt. DOB 1966 to 1969". unread counts
// those in a form that is not known: the caller treats them as no date, which
// clears nobody.
func readBirths(remarks string) (births []match.Birth, unread int) {
	for _, m := range birthForm.FindAllStringSubmatch(remarks, -1) {
		b, ok := readBirth(strings.TrimRight(strings.TrimSpace(m[1]), "."))
		if !ok {
			unread++
			continue
		}
		births = append(births, b)
	}
	if unread > 0 { // one that agrees may be among those not read
		births = append(births, match.Birth{})
	}
	return births, unread
}

func readBirth(s string) (match.Birth, bool) {
	about := false
	if rest, ok := strings.CutPrefix(s, "circa "); ok {
		s, about = rest, true
	}
	from, to, ok := strings.Cut(s, " to ")
	if !ok {
		if from, to, ok = strings.Cut(s, "-"); !ok {
			to = from
		}
	}
	to = strings.TrimPrefix(to, "circa ")
	first, _, ok1 := days(from)
	_, last, ok2 := days(to)
	if !ok1 || !ok2 || last < first {
		return match.Birth{}, false
	}
	return match.Birth{First: first, Last: last, About: about}, true
}

// days gives the first and last day of "16 Nov 1974", "Nov 1974" or "1974".
func days(s string) (first, last string, ok bool) {
	s = strings.TrimSpace(s)
	if t, err := time.Parse("02 Jan 2006", s); err == nil {
		d := t.Format(time.DateOnly)
		return d, d, true
	}
	if t, err := time.Parse("Jan 2006", s); err == nil {
		return t.Format(time.DateOnly), t.AddDate(0, 1, -1).Format(time.DateOnly), true
	}
	if t, err := time.Parse("2006", s); err == nil {
		return t.Format(time.DateOnly), t.AddDate(1, 0, -1).Format(time.DateOnly), true
	}
	return "", "", false
}
