package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Process is what the API needs for legal process; *applicants.Service is one.
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

// LegalCase is a case of legal process with where it stands.
type LegalCase struct {
	applicants.LegalCase
	State string `json:"state" enum:"asked,approved,refused,given,told"`
}

type legalOutput struct{ Body LegalCase }

type legalsOutput struct {
	Body struct {
		Items []LegalCase `json:"items"`
	}
}

// CaseInput names a case of legal process in the address.
type CaseInput struct {
	Case string `path:"case" maxLength:"40"`
}

func (h handler) process(a huma.API) {
	if h.Process == nil {
		return
	}
	h.listLegal(a)
	h.getLegal(a)
	h.openLegal(a)
	h.ruleOnLegal(a)
	h.giveLegal(a)
	h.fetchLegal(a)
	h.legalDocument(a)
	h.tellLegal(a)
}

func (h handler) listLegal(a huma.API) {
	huma.Register(a, operation("list-legal-cases", http.MethodGet, "/legal-cases", "Cases of legal process and emergencies, the newest first", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*legalsOutput, error) {
			all, err := h.Process.LegalCases(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &legalsOutput{}
			out.Body.Items = make([]LegalCase, len(all)) // never null
			for i, c := range all {
				out.Body.Items[i] = LegalCase{c, c.Stands()}
			}
			return out, nil
		})
}

func (h handler) legal(ctx context.Context, id string) (*legalOutput, error) {
	c, err := h.Process.LegalCase(ctx, id)
	if err != nil {
		return nil, problem(err)
	}
	return &legalOutput{LegalCase{c, c.Stands()}}, nil
}

func (h handler) getLegal(a huma.API) {
	huma.Register(a, operation("get-legal-case", http.MethodGet, "/legal-cases/{case}", "One case: what was asked for, who approved it, what was given, who was told", http.StatusOK),
		func(ctx context.Context, in *CaseInput) (*legalOutput, error) { return h.legal(ctx, in.Case) })
}

func (h handler) openLegal(a huma.API) {
	op := operation("open-legal-case", http.MethodPost, "/legal-cases", "Ask for a disclosure that the law compels or allows; somebody else must approve it", http.StatusOK)
	op.MaxBodyBytes = ProcessLimit
	huma.Register(a, op,
		func(ctx context.Context, in *struct {
			Body struct {
				ID         string   `json:"id,omitempty" maxLength:"40" doc:"Your own name for it; absent: one is drawn"`
				Kind       string   `json:"kind" enum:"subpoena,court_order,warrant,emergency"`
				Authority  string   `json:"authority" minLength:"1" maxLength:"200"`
				Reason     string   `json:"reason" minLength:"1" maxLength:"2000"`
				File       string   `json:"file" minLength:"1" maxLength:"200" doc:"The document's name"`
				Document   []byte   `json:"document" doc:"PDF, JPEG or PNG; Base64"`
				Applicants []string `json:"applicants" minItems:"1" maxItems:"50"`
				Categories []string `json:"categories" minItems:"1"`
				From       string   `json:"from,omitempty" doc:"YYYY-MM-DD"`
				To         string   `json:"to,omitempty" doc:"YYYY-MM-DD"`
				Until      string   `json:"silent_until,omitempty" doc:"YYYY-MM-DD until which the person must not be told"`
				Silence    string   `json:"silent_because,omitempty" maxLength:"2000"`
			}
		}) (*legalOutput, error) {
			b := in.Body
			if b.ID == "" {
				b.ID = applicants.DrawHoldID()
			}
			q := applicants.NewLegalCase{ID: b.ID, Kind: onboarding.ProcessKind(b.Kind), Authority: b.Authority, Reason: b.Reason, File: applicants.File{Name: b.File, Body: b.Document},
				Scope: process.Scope{From: b.From, To: b.To}, Silent: process.Silence{Until: b.Until, Reason: b.Silence}}
			for _, id := range b.Applicants {
				q.Scope.Applicants = append(q.Scope.Applicants, onboarding.ApplicantID(id))
			}
			for _, k := range b.Categories {
				q.Scope.Categories = append(q.Scope.Categories, onboarding.Category(k))
			}
			if err := h.used(ctx, access.Event{What: access.ProcessAsked, Detail: b.ID}); err != nil {
				return nil, problem(err)
			}
			if err := h.Process.OpenLegalCase(ctx, q, actor(ctx)); err != nil {
				return nil, problem(err)
			}
			return h.legal(ctx, b.ID)
		})
}

// onLegal records what is about to be done with a case, does it, and answers the case.
func (h handler) onLegal(ctx context.Context, id string, what access.Kind, do func() error) (*legalOutput, error) {
	if _, err := h.Process.LegalCase(ctx, id); err != nil {
		return nil, problem(err)
	}
	if err := h.used(ctx, access.Event{What: what, Detail: id}); err != nil {
		return nil, problem(err)
	}
	if err := do(); err != nil {
		return nil, problem(err)
	}
	return h.legal(ctx, id)
}

func (h handler) ruleOnLegal(a huma.API) {
	huma.Register(a, operation("rule-on-legal-case", http.MethodPost, "/legal-cases/{case}/ruling", "Approve a case or refuse it; who asked for it cannot", http.StatusOK),
		func(ctx context.Context, in *struct {
			CaseInput
			Body struct {
				Approve bool   `json:"approve"`
				Reason  string `json:"reason" minLength:"1" maxLength:"2000"`
			}
		}) (*legalOutput, error) {
			return h.onLegal(ctx, in.Case, access.ProcessRuled, func() error {
				return h.Process.RuleOnLegalCase(ctx, in.Case, in.Body.Approve, in.Body.Reason, actor(ctx))
			})
		})
}

func (h handler) giveLegal(a huma.API) {
	huma.Register(a, operation("give-legal-case", http.MethodPost, "/legal-cases/{case}/give", "Put together what an approved case asks for, after the ledger's record", http.StatusOK),
		func(ctx context.Context, in *CaseInput) (*legalOutput, error) {
			return h.onLegal(ctx, in.Case, access.ProcessGiven, func() error { return h.Process.GiveLegalCase(ctx, in.Case, actor(ctx)) })
		})
}

func (h handler) fetchLegal(a huma.API) {
	huma.Register(a, operation("fetch-legal-case", http.MethodPost, "/legal-cases/{case}/fetch", "Take what was given of an applicant, to hand it over; recorded first", http.StatusOK),
		func(ctx context.Context, in *struct {
			CaseInput
			Body struct {
				Applicant string `json:"applicant"`
			}
		}) (*openOutput, error) {
			opened, err := h.Process.FetchGiven(ctx, in.Case, onboarding.ApplicantID(in.Body.Applicant), actor(ctx))
			return openedOf(opened, err)
		})
}

func openedOf(o applicants.Opened, err error) (*openOutput, error) {
	if err != nil {
		return nil, problem(err)
	}
	out := &openOutput{}
	out.Body.MediaType, out.Body.File, out.Body.Content = o.MediaType, o.File, o.Body
	return out, nil
}

func (h handler) legalDocument(a huma.API) {
	huma.Register(a, operation("open-legal-document", http.MethodPost, "/legal-cases/{case}/document", "The document that a case rests on; recorded first", http.StatusOK),
		func(ctx context.Context, in *CaseInput) (*openOutput, error) {
			if err := h.used(ctx, access.Event{What: access.ProcessRead, Detail: in.Case}); err != nil {
				return nil, problem(err)
			}
			opened, err := h.Process.LegalDocument(ctx, in.Case)
			return openedOf(opened, err)
		})
}

func (h handler) tellLegal(a huma.API) {
	huma.Register(a, operation("tell-legal-case", http.MethodPost, "/legal-cases/{case}/told", "Note when and how an applicant was told", http.StatusOK),
		func(ctx context.Context, in *struct {
			CaseInput
			Body struct {
				Applicant string `json:"applicant"`
				How       string `json:"how" minLength:"1" maxLength:"2000"`
			}
		}) (*legalOutput, error) {
			return h.onLegal(ctx, in.Case, access.ProcessTold, func() error {
				return h.Process.TellLegalCase(ctx, in.Case, onboarding.ApplicantID(in.Body.Applicant), in.Body.How, actor(ctx))
			})
		})
}

// ProcessLimit is the largest case that is read, in bytes: a document of 5 MB in Base64.
const ProcessLimit = 8 << 20
