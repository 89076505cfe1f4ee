package portal

import (
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// minimumAge is the age from which one may contract (obligation 28). A program
// may ask for more.
const minimumAge = 18

// underAge reports whether one born on that day (YYYY-MM-DD) is younger than
// minimum, by policy's rule. A day that is not there, or is none, is not its
// matter: the page that asks for it refuses it.
func underAge(born string, minimum int, now time.Time) bool {
	young, err := policy.UnderAge(born, now, minimum)
	return err == nil && young
}

// refuseUnderAge ends the draft: nothing of the person is kept, and no message
// is sent (obligation 28).
func (p *Portal) refuseUnderAge(w http.ResponseWriter, r *http.Request, v *visit) {
	if err := p.service.RefuseUnderAge(r.Context(), v.id); err != nil && onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		p.site.Fail(w, r, err)
		return
	}
	p.sessions.Clear(w)
	p.answer(w, r, "under_age", web.Page{Title: "You cannot apply yet", Body: p.programOf(v.view).MinimumAge})
}
