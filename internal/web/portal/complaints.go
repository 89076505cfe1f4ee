package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const complaintsPath = "/apply/complaints"

type complaintsPage struct {
	Form   web.Form
	All    []applicants.ComplaintRead
	Bodies []program.OutsideBody
	Number string // of the one that was just handed in
}

func complaintForm() web.Form {
	return web.Form{{ID: "complaint", Label: "What went wrong?", Noun: "what went wrong", Rows: 8, Max: 5000, Spellcheck: true, Hint: "It is kept sealed. Our privacy officer reads it."}}
}

// showComplaints shows the complaints with their answers, takes another, and names whom
// one can turn to outside (obligation 66). It is there for who was declined too.
func (p *Portal) showComplaints(w http.ResponseWriter, r *http.Request, v *visit) {
	p.askComplaint(w, r, v, complaintForm(), nil)
}

func (p *Portal) askComplaint(w http.ResponseWriter, r *http.Request, v *visit, f web.Form, problems []web.Problem) {
	all, err := p.service.OwnComplaints(r.Context(), v.id)
	page := complaintsPage{Form: f, All: all}
	if err == nil {
		page.Bodies, err = p.service.OutsideBodies(r.Context(), v.id)
	}
	if err != nil {
		p.gone(w, r, err)
		return
	}
	for _, c := range all {
		if c.Number == r.URL.Query().Get("number") {
			page.Number = c.Number
		}
	}
	p.show(w, r, "complaints", web.Page{Title: "Complaints", Back: "/apply/status", Problems: append(f.Problems(), problems...), Body: page})
}

func (p *Portal) complain(w http.ResponseWriter, r *http.Request, v *visit) {
	f := complaintForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		p.askComplaint(w, r, v, f, nil)
		return
	}
	number, err := p.service.Complain(r.Context(), v.id, f.Value("complaint"), actor)
	switch outcome(err) { //nolint:exhaustive // all else is a fault
	case "":
		web.Redirect(w, r, complaintsPath+"?number="+number)
	case onboarding.CodeInvalid, onboarding.CodeNotNow:
		p.askComplaint(w, r, v, f, []web.Problem{problemOf(err)})
	default:
		p.gone(w, r, err)
	}
}
