package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
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
	p.show(w, r, "withdraw_consent", web.Page{Title: "Take this consent back", Back: "/apply/continue",
		Body: withdrawConsentPage{Spec: spec, Path: "/apply/consents/" + string(spec.ID) + "/withdraw", Ends: v.view.Stage.Open() && !spec.Optional}})
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
