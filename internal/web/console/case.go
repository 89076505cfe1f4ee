package console

import (
	"cmp"
	"errors"
	"net/http"

	"golang.org/x/sync/errgroup"

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
	Ledger   ledgerPart
	Decide   bool // a decision is waited for, and the reader may give it
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
	// MayTakeIn says that they may take one in that came by mail.
	MayTakeIn bool
	Complain  string // the address at which a complaint is taken in; empty: not by the reader

	Way       []step     // the stages, and where the case is in them
	Recruiter string     // who has the case, in words; empty: nobody
	Mine      bool       // the reader has it
	Assign    bool       // the reader may give it to somebody
	Notes     []noteLine // that there are, newest first: who and when
	ReadNotes bool
	WriteNote bool
	Documents bool // the reader may open some
	Bars      bool // the reader has the case, so they cannot decide about it
	Names     map[string]string
	Tickets   string // the address of the support tickets for the applicant; empty: not for the reader
	Kept      string // the address of what the law keeps of who is erased; empty: not for the reader, or not erased
	Holds     string // the address of the holds on the applicant; empty: not for the reader
}

// step is one stage of the way to a certificate.
type step struct {
	Stage onboarding.Stage
	State string // "done", "now" or "to come"; of an end, itself
}

// way lists the stages that a case goes through, with the end that it came to.
func way(v workflows.StaffView) (out []step) {
	state := "done"
	for _, s := range onboarding.Stages() {
		if !s.Open() {
			continue
		}
		at := state
		if s == v.Stage {
			at, state = "now", "to come"
		} else if v.Stage.Closed() {
			at = ""
		}
		out = append(out, step{s, at})
	}
	if v.Stage.Closed() {
		return []step{{v.Stage, "now"}}
	}
	return out
}

type checkLine struct {
	onboarding.Check
	Retry, Waive, Look string // addresses; empty when it is not to be done, or not by the reader
	UseVendor          string // likewise
	Paused             string // why it waits, when its vendor is paused
	Yours              bool   // it waits for the applicant, on the vendor's page
	Usual              *usual
	Correct            bool            // the applicant is asked to put the detail right
	Try                *applicants.Try // what is being tried at its vendor now
	Tries              int             // of the present round, as far as known
}

// done is what a page may say of what was just done, by the word in its address.
var done = map[string]string{
	"use-vendor":  "The check goes to another vendor, in a new round. Reload to see what comes of it.",
	"retry":       "The check is tried again. Reload to see what comes of it.",
	"waive":       "The check was waived, and the application goes on without it.",
	"decide":      "Your decision is on record. What comes of it stands below.",
	"proof":       "The applicant has five new tries. Ask them to open the link in the letter, or to have a new one sent.",
	"score":       "The scores are on record. What comes of them stands below; the applicant is told.",
	"judge":       "Your decision is on record, and the applicant is told.",
	"answer":      "Your answer is on the applicant's page, and they are told.",
	"note":        "Your note is kept with the case.",
	"assigned":    "The case has changed hands.",
	"handed-back": "The case was handed back: nobody has it now.",
	"let-go":      "The requirement was waived, and the certification goes on without it.",
	"revoke":      "The certificate is revoked. Its public page says so, and the holder is told.",
}

// showCase shows one applicant: where they stand and why, each check, and the
// ledger from its newest record on.
func (c *Console) showCase(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	// First, so that what changes while the page is put together is seen as a change.
	progress, err := c.service.Progress(r.Context(), id)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	var ledger ledgerPart
	var all errgroup.Group // a worker is asked and the bucket is read at the same time
	all.Go(func() (err error) { ledger, err = c.timeline(r, who, id); return err })
	v, err := c.find(r)
	lerr := all.Wait()
	if errors.Is(err, applicants.ErrAway) {
		if lerr == nil {
			c.showAway(w, r, who, id, ledger, versionOf(progress.Version))
			return
		}
		err = lerr
	}
	if err := cmp.Or(err, lerr); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := casePage{View: v, Path: casePath(v.Applicant), Workflow: c.workflowURL(v.Applicant), Done: done[r.URL.Query().Get("done")],
		Usual: c.caseUsual(r.Context(), v), Opinion: v.Review && gaveOpinion(v, who), Course: courseOf(v),
		Decide: v.Review && identity.Allowed(who.Role, identity.Decide) && !gaveOpinion(v, who),
		Revoke: v.Stage == onboarding.StageCertified && identity.Allowed(who.Role, identity.Revoke),
		Proof:  v.ProofSpent && v.Stage.Open() && identity.Allowed(who.Role, identity.AllowProof),
		Verify: identity.Allowed(who.Role, identity.VerifyLedger), Credited: !v.Credential.Issued.IsZero()}
	if c.Holds != nil && who.May(identity.ViewHolds, v.Program) {
		page.Holds = holdsOn(v.Applicant)
	}
	if c.Complaints != nil && who.May(identity.TakeComplaint, v.Program) && v.Stage != onboarding.StageErased {
		page.Complain = page.Path + "/complaints"
	}
	if c.Tickets != nil && who.May(identity.ViewTickets, v.Program) {
		page.Tickets = ticketsOn(v.Applicant)
	}
	if c.Kept != nil && v.Stage == onboarding.StageErased && who.May(identity.OpenKept, v.Program) {
		page.Kept = keptOn(v.Applicant)
	}
	if v.Certifying() {
		asked, err := c.service.Asked(r.Context(), v.Applicant)
		if err != nil {
			c.site.Fail(w, r, err)
			return
		}
		page.Required = requirementLines(v, asked, who)
	}
	page.Names = c.called(r)
	ledger.Names = page.Names
	page.Ledger = ledger
	page.Way, page.Notes = way(v), noteLines(ledger.Timeline, page.Names)
	if v.Recruiter != "" {
		page.Recruiter, page.Mine = staffWords(v.Recruiter, page.Names), v.Recruiter == who.ID
	}
	page.Assign = v.Stage.Open() && who.May(identity.AssignCase, v.Program)
	page.ReadNotes, page.WriteNote = who.May(identity.ReadNotes, v.Program), who.May(identity.WriteNote, v.Program)
	page.Documents = mayOpen(who, v.Program)
	page.Bars = page.Mine && v.Review
	page.Decide = page.Decide && !page.Mine
	_, asks := openRequest(v)
	page.Answer = asks && identity.Allowed(who.Role, identity.AnswerData)
	page.MayTakeIn = c.DataRequests != nil && who.May(identity.AnswerData, v.Program) && v.Stage != onboarding.StageErased
	if page.Files, err = c.files(r, who, v); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, k := range v.Checks {
		line := checkLine{Check: k, Yours: k.Status == onboarding.StatusWaiting && k.WaitsFor == onboarding.AttentionApplicant, Correct: mayCorrect(v, k),
			Usual: c.checkUsual(r.Context(), k), Tries: k.Attempts}
		for _, t := range progress.Tries {
			if t.Vendor == k.Vendor && k.Status == onboarding.StatusRunning {
				line.Try, line.Tries = &t, t.Attempt
			}
		}
		at := page.Path + "/checks/" + string(k.Name)
		if k.Result != "" && !v.Stage.Closed() && identity.Allowed(who.Role, identity.ViewFindings) {
			line.Look = at
		}
		if k.Held() && v.Stage.Open() { // it goes on by itself, and need not
			line.Paused = workflows.VendorTitle(k.Vendor) + " is paused; the check goes on by itself when it is resumed."
			if identity.Allowed(who.Role, identity.Waive) {
				line.Waive = at + "/waive"
			}
			if identity.Allowed(who.Role, identity.UseVendor) && len(c.otherVendors(v.Program, k)) > 0 {
				line.UseVendor = at + "/use-vendor"
			}
		}
		if k.Status == onboarding.StatusFailed && v.Stage.Open() {
			if identity.Allowed(who.Role, identity.Retry) {
				line.Retry = at + "/retry"
			}
			if identity.Allowed(who.Role, identity.Waive) {
				line.Waive = at + "/waive"
			}
			if identity.Allowed(who.Role, identity.UseVendor) && len(c.otherVendors(v.Program, k)) > 0 {
				line.UseVendor = at + "/use-vendor"
			}
		}
		page.Checks = append(page.Checks, line)
	}
	c.show(w, r, who, "case", watched(web.Page{Title: "Applicant " + short(v.Applicant), Back: listPath, Body: page}, versionOf(progress.Version)))
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
