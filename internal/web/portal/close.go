package portal

import (
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const closePath = "/apply/close"

// keptLine is what the law makes us keep of who closes an account.
type keptLine struct {
	Says, Rule string
	Until      time.Time
}

type closePage struct {
	Open     bool       // the application is open, so it ends with it
	UnderWay []underWay // what others are at now, and is called off
	Revokes  bool       // there is a certificate, and it does not stand any more
	Weighed  bool       // a person answers first: a notice before an adverse action is on its way or over
	Client   string     // the client who decides about the data; empty: we do
	Contact  string     // of theirs
	On       time.Time  // the day on which the data are erased, when it is closed today
	Kept     []keptLine // of what there can be here, if it were made today
	Request  string     // the address of the request, when it is closed already; empty: it is not
}

// keptOf lists what the law makes us keep of this person: what was never made is not
// kept.
func keptOf(v workflows.ApplicantView, now time.Time) []keptLine {
	tax := false
	for _, l := range v.Required {
		tax = tax || l.Kind == "tax" && l.Status.Met()
	}
	var out []keptLine
	for _, k := range policy.KeptCategories() {
		if k.ID == policy.KeptTax && !tax {
			continue
		}
		out = append(out, keptLine{Says: k.Says, Rule: k.Rule, Until: k.Until(now)})
	}
	return out
}

// showClose says in plain words what ends, what is kept by law and how long, and what is
// erased and when (obligation 59).
func (p *Portal) showClose(w http.ResponseWriter, r *http.Request, v *visit) {
	if v.view.Stage == onboarding.StageSignup { // nothing was handed in: withdrawing removes all of it
		web.Redirect(w, r, "/apply/withdraw")
		return
	}
	now := p.site.Now()
	page := closePage{Open: v.view.Stage.Open(), Revokes: v.view.Stage == onboarding.StageCertified, Weighed: !v.view.Adverse.PreNoticeAt.IsZero(),
		On: now.Add(policy.CloseTime), Kept: keptOf(v.view, now)}
	if page.Open {
		page.UnderWay = calledOff(v.view)
	}
	if c := v.view.Edition.Controller; c.Role == "processor" {
		page.Client, page.Contact = c.Name, v.view.Edition.Say(v.view.Language, c.Contact)
	}
	open, err := p.requests.RequestsOf(r.Context(), v.id)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	for _, q := range open {
		if q.Kind == workflows.RequestClose && q.From == workflows.RequestFromPortal && (!q.State.Over() || q.Closing()) {
			page.Request = applicants.RequestPath + q.ID
		}
	}
	p.show(w, r, "close", web.Page{Title: "Close your account", Back: dataPath, Body: page})
}

// closeAccount begins it: the code that proves who asks comes by letter.
func (p *Portal) closeAccount(w http.ResponseWriter, r *http.Request, v *visit) {
	if v.view.Stage == onboarding.StageSignup {
		web.Redirect(w, r, "/apply/withdraw")
		return
	}
	request, err := p.requests.OpenRequest(r.Context(), v.id, workflows.RequestClose, workflows.RequestFromPortal, "", actor)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	web.Redirect(w, r, applicants.RequestPath+request)
}
