package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const assessmentPath = "/apply/assessment"

type assessmentPage struct {
	Written applicants.Assessment
	Answer  bool // the notice can be answered now
}

// mayBeAssessed reports whether it is worth asking for the copy of an assessment.
func mayBeAssessed(v workflows.ApplicantView) bool {
	return len(v.Adverse.Assessment) > 0 && (!v.Adverse.PreNoticeAt.IsZero() || !v.Adverse.FinalAt.IsZero())
}

// showAssessment shows the copy of the individualized assessment that the law of
// the place gives to the applicant with the notice.
func (p *Portal) showAssessment(w http.ResponseWriter, r *http.Request, v *visit) {
	if !mayBeAssessed(v.view) {
		web.Redirect(w, r, "/apply/status")
		return
	}
	written, ok, err := p.service.Assessment(r.Context(), v.id)
	switch {
	case err != nil:
		p.gone(w, r, err)
	case !ok:
		web.Redirect(w, r, "/apply/status")
	default:
		first, _ := answering(v.view)
		p.show(w, r, "assessment", web.Page{Title: "How your case was weighed", Back: "/apply/status", Body: assessmentPage{written, first}})
	}
}
