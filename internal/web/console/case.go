package console

import (
	"net/http"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type casePage struct {
	View     workflows.StaffView
	Path     string
	Workflow string // its page in the Temporal Web UI; empty when there is none
	Done     string // what was just done
	Checks   []checkLine
	Timeline []applicants.Event // newest first
	Read     bool               // the reader may see the timeline
	Decide   bool               // a decision is waited for, and the reader may give it
	Revoke   bool
	Proof    bool // new tries at proving the address can be given
	Verify   bool
	Credited bool
	Opinion  bool     // the reader has given theirs, and a second one is waited for
	Usual    *usual   // of what the case waits for
	Course   []course // of the adverse action
	Required []requirementLine
	Files    []applicants.Attached
	Answer   bool // the reader may answer a data request
}

type checkLine struct {
	onboarding.Check
	Retry, Waive, Look string // addresses; empty when it is not to be done, or not by the reader
	Yours              bool   // it waits for the applicant, on the vendor's page
	Usual              *usual
	Correct            bool // the applicant is asked to put the detail right
}

// done is what a page may say of what was just done, by the word in its address.
var done = map[string]string{
	"retry":  "The check is tried again. Reload to see what comes of it.",
	"waive":  "The check was waived, and the application goes on without it.",
	"decide": "Your decision is on record. What comes of it stands below.",
	"proof":  "The applicant has five new tries. Ask them to open the link in the letter, or to have a new one sent.",
	"score":  "The scores are on record. What comes of them stands below; the applicant is told.",
	"judge":  "Your decision is on record, and the applicant is told.",
	"answer": "Your answer is on the applicant's page, and they are told.",
	"let-go": "The requirement was waived, and the certification goes on without it.",
	"revoke": "The certificate is revoked. Its public page says so, and the holder is told.",
}

// showCase shows one applicant: where they stand and why, each check, and the
// ledger from its newest record on.
func (c *Console) showCase(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	var timeline []applicants.Event
	read := identity.Allowed(who.Role, identity.ViewTimeline)
	if read {
		var err error
		timeline, err = c.service.Timeline(r.Context(), v.Applicant)
		if err != nil && onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant { // just begun: nothing is stored yet
			c.site.Fail(w, r, err)
			return
		}
		slices.Reverse(timeline)
	}
	page := casePage{View: v, Path: casePath(v.Applicant), Workflow: c.workflowURL(v.Applicant), Timeline: timeline, Read: read, Done: done[r.URL.Query().Get("done")],
		Usual: c.caseUsual(r.Context(), v), Opinion: v.Review && gaveOpinion(v, who), Course: courseOf(v),
		Decide: v.Review && identity.Allowed(who.Role, identity.Decide) && !gaveOpinion(v, who),
		Revoke: v.Stage == onboarding.StageCertified && identity.Allowed(who.Role, identity.Revoke),
		Proof:  v.ProofSpent && v.Stage.Open() && identity.Allowed(who.Role, identity.AllowProof),
		Verify: identity.Allowed(who.Role, identity.VerifyLedger), Credited: !v.Credential.Issued.IsZero()}
	if v.Certifying() {
		asked, err := c.service.Asked(r.Context(), v.Applicant)
		if err != nil {
			c.site.Fail(w, r, err)
			return
		}
		page.Required = requirementLines(v, asked, who)
	}
	_, asks := openRequest(v)
	page.Answer = asks && identity.Allowed(who.Role, identity.AnswerData)
	var err error
	if page.Files, err = c.files(r, who, v); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, k := range v.Checks {
		line := checkLine{Check: k, Yours: k.Status == onboarding.StatusWaiting && k.WaitsFor == onboarding.AttentionApplicant, Correct: mayCorrect(v, k),
			Usual: c.checkUsual(r.Context(), k)}
		at := page.Path + "/checks/" + string(k.Name)
		if k.Result != "" && !v.Stage.Closed() && identity.Allowed(who.Role, identity.ViewFindings) {
			line.Look = at
		}
		if k.Status == onboarding.StatusFailed && v.Stage.Open() {
			if identity.Allowed(who.Role, identity.Retry) {
				line.Retry = at + "/retry"
			}
			if identity.Allowed(who.Role, identity.Waive) {
				line.Waive = at + "/waive"
			}
		}
		page.Checks = append(page.Checks, line)
	}
	c.show(w, r, who, "case", web.Page{Title: "Applicant " + short(v.Applicant), Back: listPath, Body: page})
}

type proofPage struct {
	ID     onboarding.ApplicantID
	Report ledger.Report
}

// showProof proves the ledger, now, from the bucket.
func (c *Console) showProof(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	report, err := c.service.VerifyLedger(r.Context(), id)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "proof", web.Page{Title: "Is the ledger whole?", Back: casePath(id), Body: proofPage{ID: id, Report: report}})
}
