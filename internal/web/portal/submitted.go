package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/web"
)

// showSubmitted confirms and says what happens next.
func (p *Portal) showSubmitted(w http.ResponseWriter, r *http.Request, v *visit) {
	p.show(w, r, "submitted", web.Page{Title: "Application submitted", Body: p.programOf(v.view)})
}
