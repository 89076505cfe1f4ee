package api

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// Program is a client program as integrators see it.
type Program struct {
	ID         string   `json:"id"`
	Title      string   `json:"title"`
	Version    string   `json:"version"`
	MinimumAge int      `json:"minimum_age"`
	Checks     []string `json:"checks"`
	// Recipients are those outside who may get data of its applicants.
	Recipients []Recipient `json:"recipients" doc:"Who may get data of its applicants, where they work on them, and by what they may go there"`
}

// Recipient is somebody who may get data of a program's applicants.
type Recipient struct {
	ID            string         `json:"id" example:"twilio"`
	Name          string         `json:"name"`
	Role          string         `json:"role" example:"processor"`
	Region        string         `json:"region" doc:"US, EU, or where the deployment runs"`
	Mechanism     string         `json:"mechanism" doc:"By what the data may go there"`
	SubProcessors []SubProcessor `json:"sub_processors" doc:"Known from what it publishes; its own list goes before"`
	ListedAt      string         `json:"listed_at,omitempty" doc:"Address of its own list of sub-processors"`
	Unlisted      string         `json:"unlisted,omitempty" doc:"Why there is no such list"`
	Erasure       string         `json:"erasure" doc:"How data are erased there"`
	Purposes      []PurposeUse   `json:"purposes"`
}

// SubProcessor is whom a recipient has work for it.
type SubProcessor struct {
	Name   string `json:"name"`
	Region string `json:"region"`
}

// PurposeUse is what a recipient may get for a purpose.
type PurposeUse struct {
	Purpose   string   `json:"purpose" example:"validation"`
	DPV       string   `json:"dpv" doc:"The purpose as a term of the Data Privacy Vocabulary"`
	Basis     string   `json:"legal_basis" doc:"Likewise"`
	Fields    []string `json:"fields"`
	Retention string   `json:"retention" doc:"How long data are kept for it"`
}

// recipientsOf lists who may get data of a program's applicants.
func recipientsOf(p program.Program) []Recipient {
	out := []Recipient{}
	for _, r := range consent.Recipients() {
		works := r.ID == consent.RecipientMail || r.ID == consent.RecipientTwilioSMS && p.Messages.SMS != "" ||
			slices.ContainsFunc(p.Checks, func(c program.CheckSpec) bool { return c.Allows(r.ID) })
		if !works || program.Ours(r.ID) {
			continue
		}
		q := Recipient{ID: r.ID, Name: r.Name, Role: string(r.Role), Region: string(r.Place), Mechanism: string(r.Mechanism), SubProcessors: []SubProcessor{},
			ListedAt: r.ListedAt, Unlisted: r.Unlisted, Erasure: string(r.Erases), Purposes: []PurposeUse{}}
		for _, sub := range r.Subs {
			q.SubProcessors = append(q.SubProcessors, SubProcessor{Name: sub.Name, Region: string(sub.Place)})
		}
		for _, s := range consent.Specs() {
			fields, ok := s.Recipients[r.ID]
			if !ok {
				continue
			}
			use := PurposeUse{Purpose: string(s.ID), DPV: s.DPV, Basis: s.Basis, Fields: []string{}, Retention: s.Retention}
			for _, f := range fields {
				use.Fields = append(use.Fields, string(f))
			}
			q.Purposes = append(q.Purposes, use)
		}
		out = append(out, q)
	}
	return out
}

type programsOutput struct {
	Body struct {
		Items []Program `json:"items"`
	}
}

func (h handler) listPrograms(a huma.API) {
	huma.Register(a, operation("list-programs", http.MethodGet, "/programs", "The programs that take applications", http.StatusOK),
		func(context.Context, *struct{}) (*programsOutput, error) {
			out := &programsOutput{}
			out.Body.Items = []Program{} // never null
			for _, p := range h.Programs.All() {
				q := Program{ID: p.ID, Title: p.Title, Version: p.Version, MinimumAge: p.MinimumAge, Checks: []string{}, Recipients: recipientsOf(p)}
				for _, c := range p.Checks {
					q.Checks = append(q.Checks, string(c.Name))
				}
				out.Body.Items = append(out.Body.Items, q)
			}
			return out, nil
		})
}
