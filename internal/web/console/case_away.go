package console

import (
	"net/http"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// ledgerPart is a case's ledger as its page shows it.
type ledgerPart struct {
	Read     bool               // the reader may see the timeline
	Timeline []applicants.Event // newest first
	Names    map[string]string
	// Documents is where what was written is opened; empty when nothing was.
	Documents string
}

// timeline reads the ledger for a page. Of a case that has just begun nothing is
// stored yet.
func (c *Console) timeline(r *http.Request, who identity.Staff, id onboarding.ApplicantID) (ledgerPart, error) {
	p := ledgerPart{Read: identity.Allowed(who.Role, identity.ViewTimeline)}
	if !p.Read {
		return p, nil
	}
	var err error
	p.Timeline, err = c.service.Timeline(r.Context(), id)
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		return p, err
	}
	slices.Reverse(p.Timeline)
	if slices.ContainsFunc(p.Timeline, func(e applicants.Event) bool { return e.Written }) {
		p.Documents = casePath(id) + "/documents"
	}
	return p, nil
}

type awayPage struct {
	Line      applicants.Line
	Path      string
	Workflow  string
	Recruiter string
	Failed    []onboarding.Check
	Ledger    ledgerPart
}

// showAway shows what is known of an applicant while no worker answers: nothing can be
// done then, but much can be seen. The page becomes the whole one by itself.
func (c *Console) showAway(w http.ResponseWriter, r *http.Request, who identity.Staff, id onboarding.ApplicantID, ledger ledgerPart, version string) {
	l, err := c.service.Listed(r.Context(), id)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	ledger.Names = c.called(r)
	page := awayPage{Line: l, Path: casePath(id), Workflow: c.workflowURL(id), Failed: l.FailedChecks(), Ledger: ledger}
	if l.Recruiter != "" {
		page.Recruiter = staffWords(l.Recruiter, ledger.Names)
	}
	c.show(w, r, who, "case_away", watched(web.Page{Title: "Applicant " + short(id), Back: listPath, Body: page}, version))
}
