package console

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type foundPage struct {
	ID onboarding.ApplicantID
	applicants.Found
}

// showFound shows what a check found beside what the applicant gave. Whoever opens
// the page is in the ledger before it answers; with each reload anew.
func (c *Console) showFound(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	as, ok := c.reads(w, r, who, identity.ViewFindings, identity.ToWeigh)
	if !ok {
		return
	}
	found, err := c.service.Found(r.Context(), id, onboarding.CheckName(r.PathValue("check")), as)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "found", web.Page{Title: "What was found", Back: casePath(id), Body: foundPage{ID: id, Found: found}})
}

// outages gives the vendors that do not answer, to a reader whom that concerns.
func (c *Console) outages(r *http.Request, who identity.Staff) ([]workflows.VendorOutage, error) {
	if !identity.Allowed(who.Role, identity.ViewOutages) {
		return nil, nil
	}
	return c.service.Outages(r.Context())
}
