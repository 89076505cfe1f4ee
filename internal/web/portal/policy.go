package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const policyPath = "/apply/policy"

// showPolicy shows the privacy policy that is in force: the base, then each supplement,
// with version and hash, as receipts name them.
func (p *Portal) showPolicy(w http.ResponseWriter, r *http.Request) {
	p.answer(w, r, "policy", web.Page{Title: "How we handle your data", Body: consent.PolicyAt(p.site.Now(), web.Language(r))})
}
