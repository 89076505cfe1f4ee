package console

import (
	"net/http"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// files lists what the applicant handed in, to a reader who weighs it.
func (c *Console) files(r *http.Request, who identity.Staff, v workflows.StaffView) ([]applicants.Attached, error) {
	if len(v.Attachments) == 0 || v.Stage.Closed() || !identity.Allowed(who.Role, identity.ViewFindings) {
		return nil, nil
	}
	return c.service.Attachments(r.Context(), v.Applicant)
}

// downloadFile gives one file that the applicant handed in. It is a stranger's: the
// browser saves it and shows nothing of it, whatever it takes it for.
func (c *Console) downloadFile(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	n, err := strconv.Atoi(r.PathValue("number"))
	if err != nil {
		n = 0
	}
	as, ok := c.reads(w, r, who, identity.ViewFindings, identity.ToRead)
	if !ok {
		return
	}
	file, body, err := c.service.OpenAttachment(r.Context(), id, n, as)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	save(w, file.MediaType, file.Name, body)
}
