package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// showWithdraw asks whether the application shall really end.
func (p *Portal) showWithdraw(w http.ResponseWriter, r *http.Request, v *visit) {
	if !v.view.Stage.Open() {
		web.Redirect(w, r, "/apply/status")
		return
	}
	p.show(w, r, "withdraw", web.Page{Title: "Withdraw your application", Back: "/apply/continue", Body: v.view.Stage == onboarding.StageSignup})
}

// withdraw ends the application at the applicant's wish (obligation 3).
func (p *Portal) withdraw(w http.ResponseWriter, r *http.Request, v *visit) {
	if v.view.Stage.Open() {
		if err := p.service.Withdraw(r.Context(), v.id, actor); err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow {
			p.site.Fail(w, r, err)
			return
		}
	}
	web.Redirect(w, r, "/apply/continue")
}

type withdrawConsentPage struct {
	Spec consent.Spec
	Path string
	Ends bool // the application is still open, so it ends with it
	// UnderWay are the checks that others are at now, and that are called off.
	UnderWay []underWay
	Revokes  bool // there is a certificate, and it does not stand without this consent
}

// underWay is a check that somebody is at.
type underWay struct{ Check, Who string }

// calledOff lists what an end of the application cuts off.
func calledOff(v workflows.ApplicantView) []underWay {
	var out []underWay
	for _, k := range v.Checks {
		if (k.Status == onboarding.StatusRunning || k.Status == onboarding.StatusWaiting) && !program.Ours(k.Vendor) {
			out = append(out, underWay{Check: textOf(k.Name).name, Who: recipientInWords(k.Vendor)})
		}
	}
	return out
}

// consented finds the purpose of the address among the consents that are live.
func consented(r *http.Request, v *visit) (consent.Spec, bool) {
	spec, err := consent.SpecOf(consent.PurposeID(r.PathValue("purpose")))
	if err != nil {
		return consent.Spec{}, false
	}
	for _, c := range v.view.Consents {
		if c.Purpose == spec.ID && c.Withdrawn.IsZero() {
			return spec, true
		}
	}
	return consent.Spec{}, false
}

// showWithdrawConsent says in plain words what stops, and asks once.
func (p *Portal) showWithdrawConsent(w http.ResponseWriter, r *http.Request, v *visit) {
	spec, ok := consented(r, v)
	if !ok {
		web.Redirect(w, r, "/apply/continue")
		return
	}
	page := withdrawConsentPage{Spec: spec, Path: "/apply/consents/" + string(spec.ID) + "/withdraw", Ends: v.view.Stage.Open() && !spec.Optional,
		Revokes: v.view.Stage == onboarding.StageCertified && !spec.Optional}
	if page.Ends {
		page.UnderWay = calledOff(v.view)
	}
	p.show(w, r, "withdraw_consent", web.Page{Title: "Take this consent back", Back: "/apply/continue", Body: page})
}

func (p *Portal) withdrawConsent(w http.ResponseWriter, r *http.Request, v *visit) {
	if spec, ok := consented(r, v); ok {
		if err := p.service.WithdrawConsent(r.Context(), v.id, spec.ID, actor); err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow {
			p.site.Fail(w, r, err)
			return
		}
	}
	web.Redirect(w, r, "/apply/continue")
}
