package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/receipt"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type receiptPage struct {
	Receipt receipt.Receipt
	Line    workflows.ConsentLine
	Notice  consent.Notice
	Purpose consent.Spec
	Data    []string // in words
	Parties []receiptParty
	Proof   LedgerProof // zero while there is none
	Path    string
	Back    string // of the page that takes the consent back; empty when it cannot be
}

type receiptParty struct {
	receipt.Party
	Where string   // it works on the data, a sentence
	List  string   // address of its list of sub-processors, where it has one
	Gets  []string // in words
}

// receipting finds the consent of the address among the applicant's own.
func (p *Portal) receipting(next func(w http.ResponseWriter, r *http.Request, v *visit, c workflows.ConsentLine, doc receipt.Receipt)) http.HandlerFunc {
	return p.signedIn(func(w http.ResponseWriter, r *http.Request, v *visit) {
		i := slices.IndexFunc(v.view.Consents, func(c workflows.ConsentLine) bool { return c.Receipt != "" && c.Receipt == r.PathValue("receipt") })
		if i < 0 {
			p.site.Refuse(w, r, http.StatusNotFound, "There is no such consent of yours.", "The page “Your data” lists everything that you agreed to.")
			return
		}
		c := v.view.Consents[i]
		doc, err := p.receiptOf(v, c)
		if err != nil {
			p.site.Fail(w, r, err)
			return
		}
		next(w, r, v, c, doc)
	})
}

func (p *Portal) receiptOf(v *visit, c workflows.ConsentLine) (receipt.Receipt, error) {
	return receipt.Of(receipt.Input{Subject: v.id, Program: p.edition(v.view), Name: recipientInWords, Written: p.site.Now(),
		Consent: receipt.Consent{ID: c.Receipt, Kind: c.Kind, Purpose: c.Purpose, Notice: c.Notice, Method: c.Method, ShownAt: c.ShownAt,
			GivenAt: c.GivenAt, Withdrawn: c.Withdrawn}})
}

// edition is the program as it stood when the application began, or as it is now
// when the case is over and only its last view is left.
func (p *Portal) edition(v workflows.ApplicantView) program.Program {
	if v.Edition.ID != "" {
		return v.Edition
	}
	for _, pr := range p.programs.All() {
		if pr.ID == v.Program {
			return pr
		}
	}
	return program.Program{}
}

// showReceipt shows the receipt to read and to print, with the notice as it was
// shown, in the language in which it was.
func (p *Portal) showReceipt(w http.ResponseWriter, r *http.Request, v *visit, c workflows.ConsentLine, doc receipt.Receipt) {
	proof, err := p.proofs.Consent(r.Context(), v.id, c.Receipt)
	page := receiptPage{Receipt: doc, Line: c, Path: receiptPath(c.Receipt), Proof: p.proved(r, proof, err)}
	if page.Notice, err = consent.NoticeBy(c.Notice); err == nil {
		page.Purpose, err = consent.SpecOf(c.Purpose)
	}
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	page.Data = fieldsInWords(page.Purpose.Fields)
	for _, party := range doc.Record.Recipients {
		gets := make([]onboarding.Field, len(party.Fields))
		for i, f := range party.Fields {
			gets[i] = onboarding.Field(f)
		}
		page.Parties = append(page.Parties, receiptParty{Party: party, Where: worksIn[party.PlaceWords], List: listOf(party), Gets: fieldsInWords(gets)})
	}
	if c.Withdrawn.IsZero() && (v.view.Stage.Open() || v.view.Stage == onboarding.StageCertified) {
		page.Back = "/apply/consents/" + string(c.Purpose) + "/withdraw"
	}
	p.show(w, r, "receipt", web.Page{Title: "Receipt: " + page.Purpose.Title, Back: dataPath + "#consents", Body: page})
}

// worksIn says where a recipient works on the data.
var worksIn = map[string]string{
	consent.PlaceUS.In():  "It works on it in the United States.",
	consent.PlaceEU.In():  "It works on it in the European Union.",
	consent.OurPlace.In(): "It works on it on our own machines.",
	consent.Anywhere.In(): "It works on it wherever somebody opens the page.",
}

func listOf(party receipt.Party) string {
	if strings.HasPrefix(party.SubProcessors, "https://") {
		return party.SubProcessors
	}
	return ""
}

// downloadReceipt gives it for programs.
func (p *Portal) downloadReceipt(w http.ResponseWriter, r *http.Request, v *visit, c workflows.ConsentLine, doc receipt.Receipt) {
	proof, err := p.proofs.Consent(r.Context(), v.id, c.Receipt)
	body, err := doc.Sealed(p.proved(r, proof, err).JSON).Encode()
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Download(w, receipt.MediaType, "receipt-"+string(c.Purpose)+"-"+string(c.Kind)+".jsonld", body)
}
