package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const (
	reportPath = "/apply/report"
	rightsPath = "/apply/rights"
)

// showReport shows the copy of the report that a notice before adverse action
// goes with (15 USC 1681b(b)(3)(A)(i)), whole, also what policy has left out of
// account.
func (p *Portal) showReport(w http.ResponseWriter, r *http.Request, v *visit) {
	report, ok := p.report(w, r, v)
	if ok {
		first, more := answering(v.view)
		p.show(w, r, "report", web.Page{Title: "The report about you", Back: "/apply/status", Body: struct {
			applicants.ReportCopy
			Contested, More bool
		}{report, first, more}})
	}
}

// downloadReport gives the report as the agency sent it.
func (p *Portal) downloadReport(w http.ResponseWriter, r *http.Request, v *visit) {
	report, ok := p.report(w, r, v)
	if !ok {
		return
	}
	web.Download(w, "application/json", "report.json", report.Raw)
}

func (p *Portal) report(w http.ResponseWriter, r *http.Request, v *visit) (applicants.ReportCopy, bool) {
	if !v.view.Report {
		web.Redirect(w, r, "/apply/status")
		return applicants.ReportCopy{}, false
	}
	report, err := p.service.Report(r.Context(), v.id)
	switch {
	case err == nil:
		return report, true
	case onboarding.CodeOf(err) == onboarding.CodeNotNow:
		web.Redirect(w, r, "/apply/status")
	default:
		p.site.Fail(w, r, err)
	}
	return applicants.ReportCopy{}, false
}

// showRights shows the summary of rights that goes with the notice (15 USC
// 1681b(b)(3)(A)(ii), 1681g(c)). It is no secret.
func (p *Portal) showRights(w http.ResponseWriter, r *http.Request) {
	r = p.spoken(r)
	page := web.Page{Title: "Your rights under the Fair Credit Reporting Act"}
	if _, ok := p.session(r); ok {
		page.Back = "/apply/status"
	}
	p.answer(w, r, "rights", page)
}

// plainWord writes an agency's word as people do.
func plainWord(s string) string {
	words := strings.ReplaceAll(s, "_", " ")
	if rest, ok := strings.CutPrefix(words, "ssn "); ok {
		words = "SSN " + rest
	}
	return words
}

// resultWords gives the agency's own word for a result, and what it means.
func resultWords(result string) string {
	switch result {
	case "clear":
		return "clear, which means that nothing was found"
	case "consider":
		return "consider, which means that something was found for a person to look at"
	}
	return plainWord(result)
}

// dateWords writes a date as the rest of the portal does; what is no date stays as
// the agency wrote it.
func dateWords(s string) string {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return s
	}
	return day(t)
}
