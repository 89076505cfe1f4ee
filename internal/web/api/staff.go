package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Desk is what the API needs for what staff do in the console besides;
// *applicants.Service is one.
type Desk interface {
	// Found is recorded in the ledger before it answers; so are Notes and OpenDocument.
	Found(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, as identity.Reading) (applicants.Found, error)
	Notes(ctx context.Context, id onboarding.ApplicantID, as identity.Reading) ([]applicants.Note, error)
	WriteNote(ctx context.Context, id onboarding.ApplicantID, words string, corrects uint64, once string, by workflows.Actor) error
	Documents(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Document, error)
	OpenDocument(ctx context.Context, id onboarding.ApplicantID, name string, fields []onboarding.Field, as identity.Reading) (applicants.Opened, error)
	Assign(ctx context.Context, id onboarding.ApplicantID, recruiter, was string, by workflows.Actor) error
	AllowProof(ctx context.Context, id onboarding.ApplicantID, reason string, by workflows.Actor) error
	AnswerData(ctx context.Context, id onboarding.ApplicantID, kind workflows.DataKind, answer, reason string, by workflows.Actor) error
	Counts(ctx context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error)
	Bulks(ctx context.Context, limit int) ([]applicants.BulkLine, error)
}

func (h handler) desk(a huma.API) {
	h.findings(a)
	h.listDocuments(a)
	h.openDocument(a)
	h.listNotes(a)
	h.writeNote(a)
	h.assign(a)
	h.assignMany(a)
	h.allowProof(a)
	h.answerData(a)
	h.counts(a)
	h.listRuns(a)
}

// Findings is what one check found, beside what the applicant gave. It is personal
// data, and that it was looked at stands in the ledger.
type Findings struct {
	Check    string              `json:"check"`
	Vendor   string              `json:"vendor"`
	Round    int                 `json:"round"`
	Findings []FindingLine       `json:"findings"`
	Given    []NamedValue        `json:"given" doc:"What the applicant gave, where the check is about just that"`
	Codes    []NamedValue        `json:"codes" doc:"What the vendor said, by its own names"`
	Compared []ComparedCandidate `json:"compared" doc:"Entries of a list of names beside the applicant"`
	Report   any                 `json:"report,omitempty" doc:"Of a background investigation, screening by screening"`
}

// FindingLine is one finding.
type FindingLine struct {
	Code    string `json:"code"`
	Verdict string `json:"verdict"`
	Source  string `json:"source"`
}

// NamedValue is a value with its name.
type NamedValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// ComparedCandidate is one entry of a list beside the applicant.
type ComparedCandidate struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Over  bool          `json:"over" doc:"It reached the threshold"`
	Total float64       `json:"total"`
	Rows  []ComparedRow `json:"rows"`
}

// ComparedRow is one thing that was compared.
type ComparedRow struct {
	What   string  `json:"what"`
	Given  string  `json:"given"`
	Listed string  `json:"listed"`
	Word   string  `json:"word"`
	Score  float64 `json:"score"`
}

func findingsOf(f applicants.Found) Findings {
	out := Findings{Check: string(f.Check.Name), Vendor: f.Check.Vendor, Round: f.Check.Round, Findings: []FindingLine{}, Given: []NamedValue{}, Codes: []NamedValue{},
		Compared: []ComparedCandidate{}}
	if f.Report != nil {
		out.Report = f.Report
	}
	for _, x := range f.Check.Findings {
		out.Findings = append(out.Findings, FindingLine{Code: x.Code, Verdict: string(x.Verdict), Source: string(x.Source)})
	}
	for _, g := range f.Given {
		out.Given = append(out.Given, NamedValue{g.What, g.Value})
	}
	for _, c := range f.Codes {
		out.Codes = append(out.Codes, NamedValue{c.Name, c.Value})
	}
	if f.Compared == nil {
		return out
	}
	for _, c := range f.Compared.Candidates {
		line := ComparedCandidate{ID: c.ID, Name: c.Name, Over: c.Over, Total: c.Total, Rows: []ComparedRow{}}
		for _, r := range c.Rows {
			line.Rows = append(line.Rows, ComparedRow{What: r.What, Given: r.Given, Listed: r.Listed, Word: string(r.Word), Score: r.Score})
		}
		out.Compared = append(out.Compared, line)
	}
	return out
}

type findingsOutput struct{ Body Findings }

func (h handler) findings(a huma.API) {
	huma.Register(a, operation("get-findings", http.MethodGet, "/applications/{id}/checks/{check}/findings", "What a check found, beside what the applicant gave; each look is recorded", http.StatusOK),
		func(ctx context.Context, in *struct {
			IDInput
			Check string `path:"check" maxLength:"40"`
		}) (*findingsOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			as, err := h.reads(ctx, identity.ViewFindings, identity.ToWeigh)
			if err != nil {
				return nil, err
			}
			f, err := h.Desk.Found(ctx, id, onboarding.CheckName(in.Check), as)
			if err != nil {
				return nil, problem(err)
			}
			return &findingsOutput{Body: findingsOf(f)}, nil
		})
}

type documentsOutput struct {
	Body struct {
		Items []applicants.Document `json:"items"`
	}
}

func (h handler) listDocuments(a huma.API) {
	huma.Register(a, operation("list-documents", http.MethodGet, "/applications/{id}/documents", "What lies with us about an applicant; nothing is opened", http.StatusOK),
		func(ctx context.Context, in *IDInput) (*documentsOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			all, err := h.Desk.Documents(ctx, id)
			if err != nil {
				return nil, problem(err)
			}
			out := &documentsOutput{}
			out.Body.Items = append([]applicants.Document{}, all...) // never null
			return out, nil
		})
}

type openInput struct {
	IDInput
	Body struct {
		Document string `json:"document" maxLength:"120" doc:"Its name in the list" example:"letter/31"`
		Why      string `json:"why" enum:"to weigh what was found,to help the applicant,to answer a request or a complaint,to prove what was done" doc:"What for; the applicant may read it. To help them you need a support ticket for them that is open"`
	}
}

type openOutput struct {
	Body struct {
		MediaType string `json:"media_type"`
		File      string `json:"file" doc:"A name to save it under"`
		Content   []byte `json:"content" doc:"Base64"`
	}
}

func (h handler) openDocument(a huma.API) {
	huma.Register(a, operation("open-document", http.MethodPost, "/applications/{id}/documents/open", "Open one document; that it was opened, and what for, is recorded first", http.StatusOK),
		func(ctx context.Context, in *openInput) (*openOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			v, err := h.Service.StaffView(ctx, id)
			if err != nil {
				return nil, problem(err)
			}
			kind, _, _ := strings.Cut(in.Body.Document, "/")
			action := identity.ToOpen(kind)
			if action == "" {
				return nil, problem(&onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no such document to open.", Hint: "The list of documents says which there are."})
			}
			if !keyOf(ctx).May(action, v.Program) {
				return nil, h.notAllowed(ctx, action, "", "This key is not for opening documents of that kind.")
			}
			as, err := h.reads(ctx, action, identity.Purpose(in.Body.Why))
			if err != nil {
				return nil, err
			}
			opened, err := h.Desk.OpenDocument(ctx, id, in.Body.Document, nil, as)
			if err != nil {
				return nil, problem(err)
			}
			out := &openOutput{}
			out.Body.MediaType, out.Body.File, out.Body.Content = opened.MediaType, opened.File, opened.Body
			return out, nil
		})
}

type notesOutput struct {
	Body struct {
		Items []applicants.Note `json:"items"`
	}
}

func (h handler) listNotes(a huma.API) {
	huma.Register(a, operation("list-notes", http.MethodGet, "/applications/{id}/notes", "What staff noted on a case; each reading is recorded", http.StatusOK),
		func(ctx context.Context, in *IDInput) (*notesOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			as, err := h.reads(ctx, identity.ReadNotes, identity.ToWork)
			if err != nil {
				return nil, err
			}
			all, err := h.Desk.Notes(ctx, id, as)
			if err != nil {
				return nil, problem(err)
			}
			out := &notesOutput{}
			out.Body.Items = append([]applicants.Note{}, all...) // never null
			return out, nil
		})
}

type noteInput struct {
	IDInput
	Body struct {
		Words    string `json:"words" minLength:"1" maxLength:"5000" doc:"Kept sealed with the applicant's ledger"`
		Corrects uint64 `json:"corrects,omitempty" doc:"Number of the note that it corrects"`
	}
}

func (h handler) writeNote(a huma.API) {
	huma.Register(a, operation("post-note", http.MethodPost, "/applications/{id}/notes", "Note something on a case", http.StatusOK),
		func(ctx context.Context, in *noteInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Desk.WriteNote(ctx, id, in.Body.Words, in.Body.Corrects, "", actor(ctx))
			})
		})
}

type assignInput struct {
	IDInput
	Body struct {
		Recruiter string `json:"recruiter,omitempty" maxLength:"64" doc:"Staff ID of who gets the case; absent: nobody has it any more"`
		Was       string `json:"was,omitempty" maxLength:"64" doc:"Who has it now, as far as you know; 409 when somebody else does"`
	}
}

func (h handler) assign(a huma.API) {
	huma.Register(a, operation("assign-case", http.MethodPost, "/applications/{id}/recruiter", "Give a case to a recruiter, or take it back", http.StatusOK),
		func(ctx context.Context, in *assignInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Desk.Assign(ctx, id, in.Body.Recruiter, in.Body.Was, actor(ctx))
			})
		})
}

type proofInput struct {
	IDInput
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"How you made sure that it is them; kept sealed with the applicant's ledger"`
	}
}

func (h handler) allowProof(a huma.API) {
	huma.Register(a, operation("allow-proof", http.MethodPost, "/applications/{id}/proof", "Give new tries at proving a corrected e-mail address", http.StatusOK),
		func(ctx context.Context, in *proofInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Desk.AllowProof(ctx, id, in.Body.Reason, actor(ctx))
			})
		})
}

type dataInput struct {
	IDInput
	Body struct {
		Kind   string `json:"kind" enum:"copy,erasure" doc:"Which request is meant"`
		Answer string `json:"answer" enum:"answered,refused"`
		Words  string `json:"words" minLength:"1" maxLength:"2000" doc:"What the applicant reads"`
	}
}

func (h handler) answerData(a huma.API) {
	huma.Register(a, operation("answer-data-request", http.MethodPost, "/applications/{id}/data-request", "Answer an applicant's request for a copy or for erasure", http.StatusOK),
		func(ctx context.Context, in *dataInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Desk.AnswerData(ctx, id, workflows.DataKind(in.Body.Kind), in.Body.Answer, in.Body.Words, actor(ctx))
			})
		})
}

type countsOutput struct {
	Body struct {
		Stages     map[string]int `json:"stages"`
		Attentions map[string]int `json:"attentions" doc:"Whom applications wait for"`
	}
}

func (h handler) counts(a huma.API) {
	huma.Register(a, operation("get-counts", http.MethodGet, "/counts", "How many applications stand in each stage, and wait for whom", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*countsOutput, error) {
			stages, attentions, err := h.Desk.Counts(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &countsOutput{}
			out.Body.Stages, out.Body.Attentions = map[string]int{}, map[string]int{}
			for s, n := range stages {
				out.Body.Stages[string(s)] = n
			}
			for who, n := range attentions {
				out.Body.Attentions[string(who)] = n
			}
			return out, nil
		})
}

// RunLine is a run in a list.
type RunLine struct {
	ID      string `json:"id"`
	Running bool   `json:"running"`
}

type runLinesOutput struct {
	Body struct {
		Items []RunLine `json:"items"`
	}
}

// runsListed is how many runs the list has at most.
const runsListed = 100

func (h handler) listRuns(a huma.API) {
	huma.Register(a, operation("list-runs", http.MethodGet, "/runs", "The newest runs, at most 100", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*runLinesOutput, error) {
			all, err := h.Desk.Bulks(ctx, runsListed)
			if err != nil {
				return nil, problem(err)
			}
			out := &runLinesOutput{}
			out.Body.Items = make([]RunLine, len(all)) // never null
			for i, l := range all {
				out.Body.Items[i] = RunLine{ID: l.ID, Running: l.Running}
			}
			return out, nil
		})
}
