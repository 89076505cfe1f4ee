package browsertest

import (
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// follows opens every page of the site that links lead to from an address on, each
// kind once, and holds it to what every page is held to. None of them may be an error.
func (b *tab) follows(from ...string) (pages int) {
	b.Helper()
	seen := map[string]bool{}
	for len(from) > 0 && pages < 80 {
		address, _, _ := strings.Cut(from[0], "#") // a place of a page is no other page
		from = from[1:]
		kind := reference.ReplaceAllString(strings.SplitN(address, "?", 2)[0], "…")
		if seen[kind] || strings.HasPrefix(address, "/metrics") || strings.HasPrefix(address, "/codec") {
			continue
		}
		seen[kind] = true
		if status, kind, body := b.fetch(address); !strings.HasPrefix(kind, "text/html") { // a file, which a browser keeps
			if status != http.StatusOK || len(body) == 0 {
				b.Errorf("a link leads to %s, which answers %d with %d bytes", address, status, len(body))
			}
			continue
		}
		b.open(address)
		if status := b.status(); status >= http.StatusBadRequest {
			b.Errorf("a link leads to %s, which answers %d: %.300s", address, status, b.text())
		}
		pages++
		from = append(from, js[[]string](b, `[...document.querySelectorAll("a[href]")].filter(a => a.host === location.host && !a.hasAttribute("download")).map(a => a.getAttribute("href")).filter(h => h.startsWith("/"))`)...)
	}
	return pages
}

// everyLink follows all that an applicant can reach, while they fill in, while they
// get certified and with their certificate, and all that staff can.
func everyLink(t *testing.T, w *world) {
	j := w.begins(t, newcomer("Link", "Walker"), "support-basics", smartphone)
	j.answers().agrees()
	if n := j.follows("/apply/check", "/apply/status", "/apply/data"); n < 10 {
		t.Errorf("only %d pages could be reached while filling in", n)
	}
	certified := w.handsIn(t, newcomer("Mark", "Walker"), "support-basics", nil)
	certified.stands(t, "certification", "applicant")
	certified.enters(t, phone)
	certified.follows("/apply/status", "/apply/data")
	certified.certifies("support-basics")
	if n := certified.follows("/apply/status", "/apply/data", "/apply/certificate"); n < 5 {
		t.Errorf("only %d pages could be reached with a certificate", n)
	}
	against := w.handsIn(t, newcomer("Clark", "Consider"), "support-basics", nil)
	against.stands(t, "vetting", "reviewer")
	admin := w.staff(t, identity.RoleAdmin)
	for _, id := range []string{certified.id, against.id} {
		if n := admin.follows("/console/applicants/" + id); n < 5 {
			t.Errorf("only %d pages could be reached in the console", n)
		}
	}
}
