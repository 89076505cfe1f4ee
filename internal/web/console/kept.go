package console

import (
	"context"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Kept is what the page about what the law keeps of somebody who is erased needs;
// *applicants.Service is one.
type Kept interface {
	KeptByLaw(ctx context.Context, id onboarding.ApplicantID) ([]applicants.KeptLine, error)
	// OpenKept is recorded in the ledger before it answers.
	OpenKept(ctx context.Context, id onboarding.ApplicantID, q applicants.OpenKept, by workflows.Actor) (applicants.Opened, error)
}

func keptOn(id onboarding.ApplicantID) string { return casePath(id) + "/kept" }

func (c *Console) keptRoutes() []route {
	if c.Kept == nil {
		return nil
	}
	on := "/console/applicants/{id}/kept"
	return []route{
		{"GET " + on, identity.OpenKept, c.showKept},
		{"POST " + on, identity.OpenKept, c.openKept},
	}
}

type keptPage struct {
	ID   onboarding.ApplicantID
	Kept []applicants.KeptLine
	Form web.Form // nil: nothing is kept
}

func keptForm(kept []applicants.KeptLine) web.Form {
	if len(kept) == 0 {
		return nil
	}
	what := &web.Input{ID: "category", Label: "What do you open?", Noun: "what you open"}
	for _, k := range kept {
		what.Options = append(what.Options, web.Option{Value: k.Category, Label: k.Says})
	}
	basis := &web.Input{ID: "basis", Label: "By which legal basis?", Noun: "the legal basis", Hint: "Each opens what it is about and nothing else."}
	for _, b := range policy.KeptBases() {
		basis.Options = append(basis.Options, web.Option{Value: b.ID, Label: b.Says + " (" + b.Rule + ")"})
	}
	return web.Form{what, basis,
		{ID: "case", Label: "The case of legal process", Width: "medium", Max: 40, Optional: true, Hint: "Where that is the basis: its name in the list of cases. It must be approved and name this applicant."},
		{ID: "reason", Label: "Which matter is it for?", Noun: "the matter", Rows: 3, Max: reasonMax, Spellcheck: true, Hint: "It is kept sealed, as long as what you open."}}
}

// showKept says what the law keeps of somebody who is erased, and asks what it is opened
// for.
func (c *Console) showKept(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if v, kept, ok := c.kept(w, r); ok {
		c.keptWith(w, r, who, v, kept, keptForm(kept))
	}
}

func (c *Console) kept(w http.ResponseWriter, r *http.Request) (workflows.StaffView, []applicants.KeptLine, bool) {
	v, ok := c.applicant(w, r)
	if !ok {
		return v, nil, false
	}
	kept, err := c.Kept.KeptByLaw(r.Context(), v.Applicant)
	if err != nil {
		c.site.Fail(w, r, err)
		return v, nil, false
	}
	return v, kept, true
}

func (c *Console) keptWith(w http.ResponseWriter, r *http.Request, who identity.Staff, v workflows.StaffView, kept []applicants.KeptLine, f web.Form) {
	c.show(w, r, who, "kept", web.Page{Title: "What the law keeps", Back: casePath(v.Applicant), Problems: f.Problems(), Body: keptPage{ID: v.Applicant, Kept: kept, Form: f}})
}

// openKept gives it as a file; that it is opened stands in the ledger before.
func (c *Console) openKept(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, kept, ok := c.kept(w, r)
	if !ok {
		return
	}
	f := keptForm(kept)
	if f == nil {
		c.site.Refuse(w, r, http.StatusConflict, "The law keeps nothing of this applicant any more.", "The ledger says what was kept, and when it was destroyed.")
		return
	}
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		c.keptWith(w, r, who, v, kept, f)
		return
	}
	opened, err := c.Kept.OpenKept(r.Context(), v.Applicant, applicants.OpenKept{Category: f.Value("category"), Basis: f.Value("basis"), Case: f.Value("case"), Reason: f.Value("reason")}, actor(who))
	switch {
	case err == nil:
		save(w, opened.MediaType, opened.File, opened.Body)
	case f.Blame(err):
		c.keptWith(w, r, who, v, kept, f)
	default:
		c.site.Fail(w, r, err)
	}
}
