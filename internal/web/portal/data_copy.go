package portal

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/receipt"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const copyPath = dataPath + "/copy"

// dataCopy is what the portal can show of an applicant's data without a person.
type dataCopy struct {
	Written      time.Time                  `json:"written"`
	Details      onboarding.Profile         `json:"details"` // the national ID masked
	Consents     []receipt.Receipt          `json:"consents"`
	Uses         []ledger.Record            `json:"uses"` // without what is sealed in them
	Checks       []workflows.ApplicantCheck `json:"checks"`
	Requirements []requirementCopy          `json:"requirements"`
	Letters      []letterCopy               `json:"letters"`
	Credential   workflows.CredentialLine   `json:"credential"`
	Requests     []workflows.DataRequest    `json:"requests"`
	Beside       []applicants.Amendment     `json:"beside"` // what the applicant had put beside the data
}

type letterCopy struct {
	At     time.Time `json:"at"`
	Letter string    `json:"letter"`
}

type requirementCopy struct {
	ID     string                      `json:"id"`
	Title  string                      `json:"title"`
	Status workflows.RequirementStatus `json:"status"`
	Score  int                         `json:"score"`
	Of     int                         `json:"of"`
	Passed time.Time                   `json:"passed"`
}

type copyDetail struct{ Name, Value string }

type copyPage struct {
	Details      []copyDetail
	Consents     []consentLine
	Checks       []checkLine
	Letters      []letterCopy
	Credential   workflows.CredentialLine
	Requirements []need
	Beside       []applicants.Amendment
}

// copyOf puts it together. That it was given stands in the ledger first.
func (p *Portal) copyOf(r *http.Request, v *visit) (dataCopy, error) {
	details, err := p.service.OwnDetails(r.Context(), v.id)
	if err != nil {
		return dataCopy{}, err
	}
	return p.copyWith(r, v, details)
}

// copyWith is copyOf with details whose reading is recorded already.
func (p *Portal) copyWith(r *http.Request, v *visit, details onboarding.Profile) (dataCopy, error) {
	h, err := p.service.History(r.Context(), v.id)
	if err != nil {
		return dataCopy{}, err
	}
	out := dataCopy{Written: p.site.Now(), Details: details, Checks: v.view.Checks, Credential: v.view.Credential}
	for _, n := range p.needs(v) {
		out.Requirements = append(out.Requirements, requirementCopy{ID: n.ID, Title: n.Title, Status: n.Line.Status, Score: n.Line.Score, Of: n.Line.Of, Passed: n.Line.PassedAt})
	}
	for _, q := range v.view.Requests {
		q.Words = nil
		out.Requests = append(out.Requests, q)
	}
	for _, c := range v.view.Consents {
		if c.Receipt == "" {
			continue
		}
		doc, err := p.receiptOf(v, c)
		if err != nil {
			return dataCopy{}, err
		}
		out.Consents = append(out.Consents, doc)
	}
	if out.Beside, err = p.requests.Beside(r.Context(), v.id); err != nil {
		return dataCopy{}, err
	}
	for _, rec := range h.Records {
		if name, ok := strings.CutPrefix(rec.Detail, "letter: "); ok && rec.Kind == ledger.KindUse && rec.Recipient == consent.RecipientMail {
			out.Letters = append(out.Letters, letterCopy{At: rec.At, Letter: name})
		}
		rec.Sealed = nil
		out.Uses = append(out.Uses, rec)
	}
	return out, nil
}

// showCopy shows it to read.
func (p *Portal) showCopy(w http.ResponseWriter, r *http.Request, v *visit) {
	c, err := p.copyOf(r, v)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	p.show(w, r, "data_copy", web.Page{Title: "A copy of your data", Back: dataPath, Body: p.copyPage(v, c)})
}

// copyPage is the copy to read.
func (p *Portal) copyPage(v *visit, c dataCopy) copyPage {
	page := copyPage{Consents: consentLines(v.view), Letters: c.Letters, Credential: c.Credential, Requirements: p.needs(v), Beside: c.Beside}
	for _, f := range onboarding.Fields() {
		if c.Details[f] != "" {
			page.Details = append(page.Details, copyDetail{Name: fieldsInWords([]onboarding.Field{f})[0], Value: c.Details[f]})
		}
	}
	for _, k := range c.Checks {
		page.Checks = append(page.Checks, lineOf(k, v.view.Edition))
	}
	for i, l := range page.Letters {
		page.Letters[i].Letter = letterInWords(l.Letter)
	}
	return page
}

// downloadCopy gives it for programs.
func (p *Portal) downloadCopy(w http.ResponseWriter, r *http.Request, v *visit) {
	c, err := p.copyOf(r, v)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	body, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Download(w, "application/json", "my-data.json", body)
}
