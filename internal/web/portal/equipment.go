package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	catalog "github.com/vouchsafe/vouchsafe/internal/words"
)

type equipmentPage struct {
	Need   need
	Form   web.Form // what is answered by hand
	ByHand bool     // it was, and there is something wrong with it
}

// equipmentForm is the form that stands in for a measurement: each statement with
// yes or no.
func equipmentForm(r *http.Request, n need) web.Form {
	var f web.Form
	in := catalog.In(web.Language(r))
	for _, d := range n.Equipment.Declare {
		f = append(f, &web.Input{ID: "declare-" + d.ID, Label: d.Text, Said: true,
			Options: []web.Option{{Value: "yes", Label: in.T("Yes")}, {Value: "no", Label: in.T("No")}}})
	}
	return f
}

// showEquipment measures the line and looks for a microphone where the browser can,
// and else asks.
func (p *Portal) showEquipment(w http.ResponseWriter, r *http.Request, _ *visit, n need) {
	p.askEquipment(w, r, n, equipmentForm(r, n), false, nil)
}

func (p *Portal) askEquipment(w http.ResponseWriter, r *http.Request, n need, f web.Form, byHand bool, more []web.Problem) {
	p.show(w, r, "equipment", web.Page{Title: n.Title, Said: true, Back: certificationPath, Problems: append(more, f.Problems()...),
		Scripts: []string{"equipment.js"}, Connect: true, Microphone: n.Equipment.Microphone, Body: equipmentPage{Need: n, Form: f, ByHand: byHand}})
}

// takeEquipment hands in a measurement, which our own sealed note proves, or else
// what the applicant declares. Whether there is a microphone only the browser knows.
func (p *Portal) takeEquipment(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if !p.attempt(w, r, n) {
		return
	}
	f := equipmentForm(r, n)
	in := applicants.Equipment{Declared: true, Yes: map[string]bool{}}
	if note := r.PostForm.Get("line"); note != "" {
		line, ok := p.lineOf(v.id, note)
		if !ok {
			p.askEquipment(w, r, n, f, false, []web.Problem{{Field: "measure", Text: "This measurement does not hold: it was not finished, or it is more than an hour old. Measure again"}})
			return
		}
		in = applicants.Equipment{Down: line.Down, Up: line.Up, Latency: line.Latency, Microphone: r.PostForm.Get("microphone") == "yes"}
	} else if !p.fillDeclared(w, r, n, f, &in) {
		return
	}
	_, err := p.service.HandInEquipment(r.Context(), v.id, n.ID, n.Line.Attempt, in)
	switch {
	case err == nil:
		web.Redirect(w, r, n.Path+"/result")
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.askEquipment(w, r, n, f, in.Declared, []web.Problem{{Text: words(err)}})
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// fillDeclared takes in what was answered by hand; false after an answer.
func (p *Portal) fillDeclared(w http.ResponseWriter, r *http.Request, n need, f web.Form, in *applicants.Equipment) bool {
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return false
	}
	for i, d := range n.Equipment.Declare {
		if f[i].Problem != "" || !offered(f[i], f[i].Value) {
			f[i].Problem = "Answer with yes or no: " + d.Text
			continue
		}
		in.Yes[d.ID] = f[i].Value == "yes"
	}
	switch {
	case len(f) == 0:
		p.askEquipment(w, r, n, f, false, []web.Problem{{Field: "measure", Text: "Measure your line first, then hand the measurement in"}})
	case len(f.Problems()) > 0:
		p.askEquipment(w, r, n, f, true, nil)
	default:
		return true
	}
	return false
}
