package console

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Process is what the pages about legal process need; *applicants.Service is one.
type Process interface {
	LegalCases(ctx context.Context) ([]applicants.LegalCase, error)
	LegalCase(ctx context.Context, id string) (applicants.LegalCase, error)
	OpenLegalCase(ctx context.Context, in applicants.NewLegalCase, by workflows.Actor) error
	RuleOnLegalCase(ctx context.Context, id string, approve bool, reason string, by workflows.Actor) error
	GiveLegalCase(ctx context.Context, id string, by workflows.Actor) error
	// FetchGiven is recorded in the ledger before it answers.
	FetchGiven(ctx context.Context, id string, applicant onboarding.ApplicantID, by workflows.Actor) (applicants.Opened, error)
	LegalDocument(ctx context.Context, id string) (applicants.Opened, error)
	TellLegalCase(ctx context.Context, id string, applicant onboarding.ApplicantID, how string, by workflows.Actor) error
}

// ProcessPath is where the cases of legal process stand; ProcessLimit is how much a form
// with a document may have.
const (
	ProcessPath  = "/console/legal"
	ProcessLimit = 7 << 20
)

func (c *Console) processRoutes() []route {
	if c.Process == nil {
		return nil
	}
	one := ProcessPath + "/{case}"
	return []route{
		{"GET " + ProcessPath, identity.ViewProcess, c.showCases},
		{"POST " + ProcessPath, identity.AskProcess, c.openCase},
		{"GET " + one, identity.ViewProcess, c.showLegal},
		{"POST " + one + "/rule", identity.ApproveProcess, c.ruleOnCase},
		{"POST " + one + "/give", identity.AskProcess, c.giveCase},
		{"POST " + one + "/fetch", identity.AskProcess, c.fetchGiven},
		{"POST " + one + "/document", identity.ViewProcess, c.openLegalDocument},
		{"POST " + one + "/tell", identity.AskProcess, c.tellCase},
	}
}

type casesPage struct {
	Cases      []applicants.LegalCase
	Ask        bool
	Form       web.Form
	Categories []box
	Case       string // the ID that a new one gets
	Names      map[string]string
}

func processForm() web.Form {
	kinds := &web.Input{ID: "kind", Label: "What is it?", Noun: "what it is"}
	for _, k := range onboarding.ProcessKinds() {
		kinds.Options = append(kinds.Options, web.Option{Value: string(k), Label: processWords(k)})
	}
	return web.Form{kinds,
		{ID: "authority", Label: "Who asks for the data?", Noun: "who asks", Max: 200, Hint: "The court or the authority, and their number of the matter."},
		{ID: "reason", Label: "Why does the law compel it, or allow it?", Noun: "a reason", Rows: 4, Max: reasonMax, Spellcheck: true, Hint: "Cite the rule. In an emergency say who is in what danger."},
		{ID: "applicants", Label: "Whose data?", Noun: "the applicants", Rows: 3, Max: 2000, Hint: "Their IDs, one on each line: those whom the document names, and no others."},
		{ID: "from", Label: "From which day on?", Width: "short", Optional: true, Hint: "Such as 2026-01-31. Empty: without a bound."},
		{ID: "to", Label: "Up to which day?", Width: "short", Optional: true},
		{ID: "until", Label: "Until which day must the applicant not be told?", Width: "short", Optional: true, Hint: "Empty: nothing forbids it, and they are told."},
		{ID: "silence", Label: "What forbids it?", Rows: 2, Max: reasonMax, Optional: true, Spellcheck: true}}
}

func processWords(k onboarding.ProcessKind) string {
	switch k {
	case onboarding.ProcessSubpoena:
		return "Subpoena"
	case onboarding.ProcessCourtOrder:
		return "Court order"
	case onboarding.ProcessWarrant:
		return "Warrant"
	case onboarding.ProcessEmergency:
		return "Emergency: somebody is in danger of death or serious harm"
	}
	return string(k)
}

func (c *Console) showCases(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.listLegal(w, r, who, applicants.DrawHoldID(), processForm(), nil, nil)
}

func (c *Console) listLegal(w http.ResponseWriter, r *http.Request, who identity.Staff, id string, f web.Form, chosen []string, more []web.Problem) {
	all, err := c.Process.LegalCases(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := casesPage{Cases: all, Ask: who.MayAny(identity.AskProcess), Form: f, Case: id, Names: c.called(r)}
	for _, k := range onboarding.Categories() {
		b := box{Value: string(k), Label: k.Words()}
		for _, s := range chosen {
			b.Checked = b.Checked || s == b.Value
		}
		page.Categories = append(page.Categories, b)
	}
	c.show(w, r, who, "legal_cases", web.Page{Title: "Legal process", Problems: append(f.Problems(), more...), Body: page})
}

func (c *Console) openCase(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := processForm()
	file, err := fileOf(r)
	missing := onboarding.CodeOf(err) == onboarding.CodeInvalid // all else that was typed stays
	if err == nil || missing {
		if ferr := f.Fill(r); ferr != nil {
			err, missing = ferr, false
		}
	}
	if err != nil && !missing {
		c.site.Fail(w, r, err)
		return
	}
	id, chosen := r.PostForm.Get("case"), r.PostForm["category"]
	var more []web.Problem
	if err != nil {
		more = append(more, web.Problem{Field: "file", Text: err.Error()})
	}
	if len(f.Problems()) == 0 && err == nil {
		in := applicants.NewLegalCase{ID: id, Kind: onboarding.ProcessKind(f.Value("kind")), Authority: f.Value("authority"), Reason: f.Value("reason"), File: file,
			Scope:  process.Scope{From: f.Value("from"), To: f.Value("to")},
			Silent: process.Silence{Until: f.Value("until"), Reason: f.Value("silence")}}
		for _, name := range strings.Fields(f.Value("applicants")) {
			in.Scope.Applicants = append(in.Scope.Applicants, onboarding.ApplicantID(name))
		}
		for _, k := range chosen {
			in.Scope.Categories = append(in.Scope.Categories, onboarding.Category(k))
		}
		if err = c.used(r, who, access.Event{What: access.ProcessAsked, Action: string(identity.AskProcess), Detail: id}); err == nil {
			err = c.Process.OpenLegalCase(r.Context(), in, actor(who))
		}
		switch {
		case err == nil:
			web.Redirect(w, r, ProcessPath+"/"+id)
			return
		case f.Blame(err):
		case onboarding.CodeOf(err) == onboarding.CodeInvalid:
			field := "category-0"
			if ours := new(onboarding.Error); errors.As(err, &ours) && ours.Field == "file" {
				field = ours.Field
			}
			more = append(more, web.Problem{Field: field, Text: err.Error()})
		default:
			c.site.Fail(w, r, err)
			return
		}
	}
	c.listLegal(w, r, who, id, f, chosen, more)
}

// fileOf reads the form's document into memory and nowhere else.
func fileOf(r *http.Request) (applicants.File, error) {
	if err := r.ParseMultipartForm(ProcessLimit); err != nil {
		if web.StatusOf(err) == http.StatusRequestEntityTooLarge {
			return applicants.File{}, err
		}
		return applicants.File{}, onboarding.Invalid("file", "Choose the document.", "It is a PDF, or a photo of the paper.")
	}
	files := r.MultipartForm.File["file"]
	if len(files) == 0 {
		return applicants.File{}, onboarding.Invalid("file", "Choose the document.", "It is a PDF, or a photo of the paper.")
	}
	in, err := files[0].Open()
	if err != nil {
		return applicants.File{}, err
	}
	defer in.Close()
	body, err := io.ReadAll(in)
	return applicants.File{Name: files[0].Filename, Body: body}, err
}

type legalPage struct {
	applicants.LegalCase
	Rule  bool // the reader may approve it
	Own   bool // they asked for it themselves
	Give  bool
	Names map[string]string
	Form  web.Form
}

// Waits says how an applicant who was not told yet will be.
func (p legalPage) Waits(id onboarding.ApplicantID) string {
	if t, ok := p.NotToldOf(id); ok {
		return t.Words
	}
	if ends := p.Silent.Ends(); !ends.IsZero() {
		return "A letter is sent to them at " + ends.Format("2 January 2006 15:04") + " UTC, and not before."
	}
	return "A letter is sent to them now."
}

// legal finds the case that the address names; it answers itself and gives false when
// there is none.
func (c *Console) legal(w http.ResponseWriter, r *http.Request) (applicants.LegalCase, bool) {
	one, err := c.Process.LegalCase(r.Context(), r.PathValue("case"))
	if onboarding.CodeOf(err) == onboarding.CodeInvalid {
		c.site.Refuse(w, r, http.StatusNotFound, "There is no such case of legal process.", "Choose one of the list.")
		return one, false
	}
	if err != nil {
		c.site.Fail(w, r, err)
	}
	return one, err == nil
}

func rulingForm() web.Form {
	return web.Form{{ID: "reason", Label: "Reason", Noun: "a reason", Rows: 3, Max: reasonMax, Spellcheck: true, Hint: "What you have looked at: the document, its scope, the rule. It is kept sealed."}}
}

func (c *Console) showLegal(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if one, ok := c.legal(w, r); ok {
		c.showOne(w, r, who, one, rulingForm())
	}
}

func (c *Console) showOne(w http.ResponseWriter, r *http.Request, who identity.Staff, one applicants.LegalCase, f web.Form) {
	page := legalPage{LegalCase: one, Names: c.called(r), Form: f, Give: who.MayAny(identity.AskProcess), Own: one.Asked.By != "" && strings.HasSuffix(one.Asked.By, ":"+who.ID),
		Rule: one.Stands() == "asked" && who.MayAny(identity.ApproveProcess)}
	c.show(w, r, who, "legal_case", web.Page{Title: "A case of legal process", Back: ProcessPath, Problems: f.Problems(), Body: page})
}

// withCase does something with the case that the address names, on record, and shows it.
func (c *Console) withCase(w http.ResponseWriter, r *http.Request, who identity.Staff, what access.Kind, action identity.Action, do func(applicants.LegalCase) error) {
	one, ok := c.legal(w, r)
	if !ok {
		return
	}
	err := c.used(r, who, access.Event{What: what, Action: string(action), Detail: one.ID})
	if err == nil {
		err = do(one)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, ProcessPath+"/"+one.ID)
}

func (c *Console) ruleOnCase(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	one, ok := c.legal(w, r)
	if !ok {
		return
	}
	f := rulingForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		c.showOne(w, r, who, one, f)
		return
	}
	c.withCase(w, r, who, access.ProcessRuled, identity.ApproveProcess, func(one applicants.LegalCase) error {
		return c.Process.RuleOnLegalCase(r.Context(), one.ID, r.PostForm.Get("do") == "approve", f.Value("reason"), actor(who))
	})
}

func (c *Console) giveCase(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.withCase(w, r, who, access.ProcessGiven, identity.AskProcess, func(one applicants.LegalCase) error { return c.Process.GiveLegalCase(r.Context(), one.ID, actor(who)) })
}

func (c *Console) tellCase(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.withCase(w, r, who, access.ProcessTold, identity.AskProcess, func(one applicants.LegalCase) error {
		return c.Process.TellLegalCase(r.Context(), one.ID, onboarding.ApplicantID(r.PostForm.Get("applicant")), web.Clean(r.PostForm.Get("how"), true), actor(who))
	})
}

// fetchGiven hands out what was given of an applicant.
func (c *Console) fetchGiven(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	one, ok := c.legal(w, r)
	if !ok {
		return
	}
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	opened, err := c.Process.FetchGiven(r.Context(), one.ID, onboarding.ApplicantID(r.PostForm.Get("applicant")), actor(who))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	save(w, opened.MediaType, opened.File, opened.Body)
}

// openLegalDocument hands out the document that a case rests on; that it is opened stands
// in the access log.
func (c *Console) openLegalDocument(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	one, ok := c.legal(w, r)
	if !ok {
		return
	}
	err := c.used(r, who, access.Event{What: access.ProcessRead, Action: string(identity.ViewProcess), Detail: one.ID})
	var opened applicants.Opened
	if err == nil {
		opened, err = c.Process.LegalDocument(r.Context(), one.ID)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	save(w, opened.MediaType, opened.File, opened.Body)
}
