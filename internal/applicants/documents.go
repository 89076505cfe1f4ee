package applicants

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/receipt"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Document is something that lies with us about an applicant, sealed or as evidence.
// It says that it is there and nothing of what is in it.
type Document struct {
	Name  string       `json:"name"` // by which it is opened and by which the ledger knows it, such as "letter/31"
	Kind  DocumentKind `json:"kind"`
	Title string       `json:"title"`
	At    time.Time    `json:"at"` // when it came to be; zero when that is not known
	// Closed says that nobody opens it here: a tax form is known as given, no more.
	Closed bool `json:"closed,omitempty"`
}

// Opened is a document's bytes. They hold personal data: they are made for who opens
// it and kept nowhere.
type Opened struct {
	MediaType string
	File      string // name to save it under: letters, digits, dots and hyphens
	Body      []byte
}

// Certificates gives a certificate as its holder has it.
type Certificates interface {
	PDF(ctx context.Context, holder onboarding.ApplicantID, credential string) ([]byte, error)
}

const letterDetail = "letter: "

// Documents lists all that lies sealed or as evidence about an applicant. Nothing is
// opened for it. Errors: those of StaffView, and the store's.
func (s *Service) Documents(ctx context.Context, id onboarding.ApplicantID) ([]Document, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return nil, err
	}
	records, err := s.records(ctx, id)
	if err != nil {
		return nil, err
	}
	kept, err := s.lettersKept(ctx, id)
	if err != nil {
		return nil, err
	}
	var out []Document
	add := func(kind DocumentKind, which, title string, at time.Time) {
		d := Document{Name: string(kind), Kind: kind, Title: title, At: at, Closed: kind == DocumentTax}
		if which != "" {
			d.Name += "/" + which
		}
		out = append(out, d)
	}
	if object, at := handedIn(records); object != "" {
		add(DocumentApplication, "", "The application as it was handed in", at)
		if v.Profile != "" && v.Profile != object {
			add(DocumentApplication, "corrected", "The application with the corrections", v.Corrections[len(v.Corrections)-1].At)
		}
	}
	for _, c := range v.Consents {
		title := "Consent: " + purposeTitle(c.Purpose)
		if c.Kind == consent.KindDisclosureShown {
			title = "Notice shown: " + purposeTitle(c.Purpose)
		}
		if !c.Withdrawn.IsZero() {
			title += " (withdrawn)"
		}
		add(DocumentConsent, c.Receipt, title, c.GivenAt)
	}
	for _, k := range v.Checks {
		if k.Name == onboarding.CheckBackground && k.Result != "" {
			add(DocumentReport, string(k.Name), "Report of "+title(k.Vendor)+" as it came", k.Since)
		}
	}
	for _, r := range records {
		message, ok := strings.CutPrefix(r.Detail, letterDetail)
		if ok && r.Kind == ledger.KindUse && kept[r.Seq] {
			add(DocumentLetter, strconv.FormatUint(r.Seq, 10), "Letter: "+workflows.LetterWords(workflows.Message(message)), r.At)
		}
	}
	for i, a := range v.Attachments {
		add(DocumentFile, strconv.Itoa(i+1), fmt.Sprintf("File %d of the applicant, %d bytes", i+1, a.Size), a.At)
	}
	for _, l := range v.Required {
		switch {
		case l.Kind == program.KindAgreement && textOfAgreement(records, l.ID) != "":
			add(DocumentAgreement, l.ID, "The agreement that was signed", l.PassedAt)
		case l.Kind == program.KindTax && l.Status == workflows.RequirementPassed:
			add(DocumentTax, l.ID, "The tax form was given", l.PassedAt)
		}
	}
	for _, kind := range writtenKinds {
		for _, r := range slices.Backward(records) {
			if writtenKind(r) == kind {
				add(kind, "", writtenTitles[kind], r.At)
				break
			}
		}
	}
	for _, c := range append(slices.Clone(v.Past), v.Credential) {
		if !c.Issued.IsZero() {
			add(DocumentCertificate, c.ID, "Certificate", c.Issued)
		}
	}
	return out, nil
}

// OpenDocument gives one document to a member of staff; fields are those of the
// application that they may see, none: all but the identity number, which is never
// shown. That they open it, and what for, stands in the ledger first; if it cannot be
// recorded nothing is given. It works on cases that have ended. Errors: CodeNotNow
// when there is no such document or nobody opens it here, CodeNotAllowed without a
// purpose, CodeKeyDestroyed when it was erased, those of StaffView.
func (s *Service) OpenDocument(ctx context.Context, id onboarding.ApplicantID, name string, fields []onboarding.Field, as identity.Reading) (Opened, error) {
	if err := as.Check(); err != nil {
		return Opened{}, err
	}
	all, err := s.Documents(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	i := slices.IndexFunc(all, func(d Document) bool { return d.Name == name && !d.Closed })
	if i < 0 {
		return Opened{}, noDocument()
	}
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	if all[i].Kind == DocumentApplication && len(fields) == 0 {
		fields = onboarding.Fields()
	}
	if all[i].Kind != DocumentApplication {
		fields = nil
	}
	if err := s.viewed(ctx, id, name, fields, as); err != nil {
		return Opened{}, err
	}
	records, err := s.records(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	_, which, _ := strings.Cut(name, "/")
	return s.openOne(ctx, v, records, all[i].Kind, which, fields)
}

// openOne gives a document's bytes; whoever asks has recorded it. What a purge has removed
// is CodeNotNow.
func (s *Service) openOne(ctx context.Context, v workflows.StaffView, records []ledger.Record, kind DocumentKind, which string, fields []onboarding.Field) (Opened, error) {
	out, err := s.readOne(ctx, v, records, kind, which, fields)
	if s.Objects.IsMissing(err) {
		err = &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This document is not kept any more: its time by the retention table is over.", Hint: "The ledger says when it was removed.", Cause: err}
	}
	return out, err
}

func (s *Service) readOne(ctx context.Context, v workflows.StaffView, records []ledger.Record, kind DocumentKind, which string, fields []onboarding.Field) (Opened, error) {
	id := v.Applicant
	switch kind {
	case DocumentApplication:
		object, _ := handedIn(records)
		if which != "" {
			object = v.Profile
		}
		return s.applicationText(ctx, id, object, fields, records)
	case DocumentConsent:
		return s.receiptOf(v, which)
	case DocumentReport:
		return s.rawReport(ctx, v, which)
	case DocumentLetter:
		return s.letterText(ctx, id, which)
	case DocumentFile:
		return s.fileOf(ctx, v, which)
	case DocumentAgreement:
		return s.agreementText(ctx, id, records, which)
	case DocumentWrittenChecks, DocumentWrittenRequirements, DocumentWrittenDecisions:
		return s.writtenText(ctx, id, records, kind)
	case DocumentCertificate:
		body, err := s.Certificates.PDF(ctx, id, which)
		return Opened{MediaType: "application/pdf", File: "certificate.pdf", Body: body}, err
	case DocumentTax:
	}
	return Opened{}, noDocument()
}

func noDocument() error {
	return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no such document to open.", Hint: "The list of documents says which there are."}
}

// handedIn finds the profile as it was handed in.
func handedIn(records []ledger.Record) (object string, at time.Time) {
	for _, r := range records {
		if r.Kind == ledger.KindSubmitted {
			return r.Object, r.At
		}
	}
	return "", time.Time{}
}

func purposeTitle(p consent.PurposeID) string {
	if spec, err := consent.SpecOf(p); err == nil {
		return spec.Title
	}
	return string(p)
}

func (s *Service) applicationText(ctx context.Context, id onboarding.ApplicantID, object string, fields []onboarding.Field, records []ledger.Record) (Opened, error) {
	p, err := s.profile(ctx, id, object)
	if err != nil {
		return Opened{}, err
	}
	var b strings.Builder
	b.WriteString("Application " + string(id) + "\n\n")
	for _, f := range onboarding.Fields() {
		value := p[f]
		if value == "" || !slices.Contains(fields, f) {
			continue
		}
		if f == onboarding.FieldNationalID {
			value = hiddenNumber
		}
		b.WriteString(strings.ReplaceAll(string(f), "_", " ") + ": " + strings.ReplaceAll(value, "\n", "\n  ") + "\n")
	}
	beside, err := s.amendments(ctx, id, records)
	if err != nil {
		return Opened{}, err
	}
	for _, a := range beside { // never shown without it (GDPR Article 16)
		b.WriteString("\nPut beside it by the applicant on " + a.At.Format("2 January 2006") + ":\n  " + strings.ReplaceAll(a.Words, "\n", "\n  ") + "\n")
	}
	return plainText("application.txt", b.String()), nil
}

func plainText(file, text string) Opened {
	return Opened{MediaType: "text/plain; charset=utf-8", File: file, Body: []byte(text)}
}

// receiptOf writes the receipt of a consent, as the applicant has it. What proves the
// consent (address, browser, typed name) stays sealed.
func (s *Service) receiptOf(v workflows.StaffView, which string) (Opened, error) {
	i := slices.IndexFunc(v.Consents, func(c workflows.ConsentLine) bool { return c.Receipt == which })
	if i < 0 {
		return Opened{}, noDocument()
	}
	p, err := s.Programs.Get(v.Program)
	if err != nil {
		return Opened{}, err
	}
	c := v.Consents[i]
	doc, err := receipt.Of(receipt.Input{Subject: v.Applicant, Program: p, Name: title, Written: s.Now(),
		Consent: receipt.Consent{ID: c.Receipt, Kind: c.Kind, Purpose: c.Purpose, Notice: c.Notice, Method: c.Method, ShownAt: c.ShownAt, GivenAt: c.GivenAt, Withdrawn: c.Withdrawn}})
	if err != nil {
		return Opened{}, err
	}
	body, err := doc.Encode()
	return Opened{MediaType: receipt.MediaType, File: "receipt-" + string(c.Purpose) + "-" + string(c.Kind) + ".jsonld", Body: body}, err
}

// rawReport gives a report as the agency sent it.
func (s *Service) rawReport(ctx context.Context, v workflows.StaffView, which string) (Opened, error) {
	i := slices.IndexFunc(v.Checks, func(k onboarding.Check) bool { return string(k.Name) == which })
	if i < 0 {
		return Opened{}, noDocument()
	}
	r, err := s.result(ctx, v.Applicant, v.Checks[i])
	return Opened{MediaType: "application/json", File: "report-" + which + ".json", Body: r.Raw}, err
}

// lettersKept are the records of letters whose text was kept.
func (s *Service) lettersKept(ctx context.Context, id onboarding.ApplicantID) (map[uint64]bool, error) {
	out := map[uint64]bool{}
	for key, err := range s.Objects.List(ctx, onboarding.LetterPrefix(id)) {
		if err != nil {
			return nil, fmt.Errorf("applicants: list the letters: %w", err)
		}
		if n, err := strconv.ParseUint(strings.TrimPrefix(key, onboarding.LetterPrefix(id)), 10, 64); err == nil {
			out[n] = true
		}
	}
	return out, nil
}

func (s *Service) letterText(ctx context.Context, id onboarding.ApplicantID, which string) (Opened, error) {
	n, err := strconv.ParseUint(which, 10, 64)
	if err != nil {
		return Opened{}, noDocument()
	}
	key := onboarding.LetterKey(id, n)
	sealed, err := s.Objects.Get(ctx, key)
	if err != nil {
		return Opened{}, fmt.Errorf("applicants: read a letter: %w", err)
	}
	body, err := s.Vault.Open(ctx, id, key, sealed)
	return Opened{MediaType: "text/plain; charset=utf-8", File: "letter-" + which + ".txt", Body: body}, err
}

func (s *Service) fileOf(ctx context.Context, v workflows.StaffView, which string) (Opened, error) {
	n, err := strconv.Atoi(which)
	if err != nil || n < 1 || n > len(v.Attachments) {
		return Opened{}, noDocument()
	}
	a := v.Attachments[n-1]
	var l label
	if err := s.opened(ctx, v.Applicant, sealLabel, a.Label, &l); err != nil {
		return Opened{}, err
	}
	sealed, err := s.Objects.Get(ctx, a.Object)
	if err != nil {
		return Opened{}, fmt.Errorf("applicants: read a file that was handed in: %w", err)
	}
	body, err := s.Vault.Open(ctx, v.Applicant, a.Object, sealed)
	return Opened{MediaType: l.MediaType, File: l.Name, Body: body}, err
}

// textOfAgreement finds where the text that was signed is kept.
func textOfAgreement(records []ledger.Record, requirement string) (object string) {
	for _, r := range records {
		if r.Kind == ledger.KindRequirementMet && r.Outcome == requirement+": text kept" {
			object = r.Object
		}
	}
	return object
}

// agreementText is the text that was signed, with who signed it and when.
func (s *Service) agreementText(ctx context.Context, id onboarding.ApplicantID, records []ledger.Record, requirement string) (Opened, error) {
	text, err := s.Evidence.Get(ctx, textOfAgreement(records, requirement))
	if err != nil {
		return Opened{}, fmt.Errorf("applicants: read an agreement: %w", err)
	}
	out := string(text)
	for _, r := range records {
		if r.Kind != ledger.KindRequirementMet || r.Outcome != requirement+": signed" {
			continue
		}
		var signed signature
		if err := s.opened(ctx, id, sealSignature, r.Sealed, &signed); err != nil {
			return Opened{}, err
		}
		out = strings.TrimRight(out, "\n") + "\n\nSigned by typing the name: " + signed.Name + "\nOn " + r.At.Format("2 January 2006, 15:04:05 MST") + "\nSHA-256 of the text: " + r.Digest + "\n"
	}
	return plainText("agreement-"+requirement+".txt", out), nil
}
