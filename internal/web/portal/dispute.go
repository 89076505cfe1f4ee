package portal

import (
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

func disputeForm() web.Form {
	return web.Form{{ID: "statement", Label: "What is wrong, or what we should know", Rows: 8, Max: 5000, Spellcheck: true,
		Hint: "For example: the record is another person's, the case was dismissed, or how things are today. Up to 5,000 characters."}}
}

// showDispute takes in a dispute or a statement while a pre-adverse notice is
// out (15 USC 1681b(b)(3)). Nothing has to be signed away for it.
func (p *Portal) showDispute(w http.ResponseWriter, r *http.Request, v *visit) {
	if !v.view.Adverse.Contemplated || v.view.Adverse.Disputed {
		web.Redirect(w, r, "/apply/status")
		return
	}
	p.askDispute(w, r, v, disputeForm())
}

func (p *Portal) askDispute(w http.ResponseWriter, r *http.Request, v *visit, f web.Form) {
	p.show(w, r, "dispute", web.Page{Title: "Say what is wrong", Back: "/apply/status", Problems: f.Problems(),
		Body: struct {
			Form  web.Form
			Until time.Time
		}{f, v.view.Adverse.WaitEnds}})
}

func (p *Portal) dispute(w http.ResponseWriter, r *http.Request, v *visit) {
	f := disputeForm()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if f.Get("statement").Value == "" {
		f.Get("statement").Problem = "Write what is wrong, or what we should know"
	}
	if len(f.Problems()) > 0 {
		p.askDispute(w, r, v, f)
		return
	}
	err := p.service.Dispute(r.Context(), v.id, f.Value("statement"))
	switch {
	case err == nil:
		web.Redirect(w, r, "/apply/status")
	case f.Blame(err):
		p.askDispute(w, r, v, f)
	case onboarding.CodeOf(err) == onboarding.CodeNotNow:
		p.site.Refuse(w, r, http.StatusConflict, "The time for this has passed or you have sent a statement before, so this one was not taken.",
			"Your status page says where things stand. You can still write to us.")
	default:
		p.site.Fail(w, r, err)
	}
}
