package portal

import (
	"net/http"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// TestPolicy: anybody reads the policy that is in force, the base and each supplement,
// each with its version and hash, in either language.
//
// Promise 19.
func TestPolicy(t *testing.T) {
	h := newHouse(t)
	h.later(time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC).Sub(h.portal.site.Now()))
	for _, language := range []string{"en", "es"} {
		b := h.browser().get(policyPath + "?lang=" + language).is(http.StatusOK)
		parts := consent.PolicyAt(h.portal.site.Now(), language)
		if len(parts) < 2 {
			t.Fatalf("%d parts", len(parts))
		}
		for _, p := range parts {
			b.says(p.Title, p.SHA256, p.Version)
		}
	}
}
