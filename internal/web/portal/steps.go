package portal

import (
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	catalog "github.com/vouchsafe/vouchsafe/internal/words"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const checkPath = "/apply/check"

// step is one page of the form. A page is open when all before it are done.
type step struct {
	path string
	done func(*visit) bool
}

// steps lists the pages of the form in their order. The last one, check your
// answers, is done when the application is submitted.
func steps() []step {
	var out []step
	for _, d := range details {
		out = append(out, step{path: d.path, done: d.done})
	}
	for _, n := range asked() {
		out = append(out, step{path: consentPath(n), done: func(v *visit) bool { return held(v.view, n) }})
	}
	return append(out, step{path: checkPath, done: func(*visit) bool { return false }})
}

func firstUnfinished(v *visit) string {
	for _, s := range steps() {
		if !s.done(v) {
			return s.path
		}
	}
	return checkPath
}

// before is the page that a page's back link leads to.
func before(path string) string {
	last := ""
	for _, s := range steps() {
		if s.path == path {
			return last
		}
		last = s.path
	}
	return last
}

// asked lists the notices that have a page: all but the one that the start
// page shows. A page shows it in its language: inLanguage.
func asked() []consent.Notice {
	var out []consent.Notice
	for _, n := range consent.Notices(catalog.English) {
		if n.Purpose != consent.PurposeAccount {
			out = append(out, n)
		}
	}
	return out
}

func consentPath(n consent.Notice) string { return "/apply/consent/" + n.ID }

// held reports whether a live consent of the notice's kind is on record. It
// may be to an earlier version: data under that one keep its terms.
func held(view workflows.ApplicantView, n consent.Notice) bool {
	for _, c := range view.Consents {
		if c.Purpose == n.Purpose && c.Kind == n.Kind && c.Withdrawn.IsZero() {
			return true
		}
	}
	return false
}

// has reports whether the draft has a value in each of the fields.
func has(v *visit, fields ...onboarding.Field) bool {
	for _, f := range fields {
		if v.draft.Profile[f] == "" {
			return false
		}
	}
	return true
}
