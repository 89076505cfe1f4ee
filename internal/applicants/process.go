package applicants

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/attachment"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// LegalCase is a case of legal process, or an emergency.
type LegalCase = process.Case

// NewLegalCase asks for a disclosure that the law compels or allows.
type NewLegalCase struct {
	ID        string // drawn by DrawHoldID, so that a form sent twice makes one case
	Kind      onboarding.ProcessKind
	Authority string
	Reason    string
	File      File // the document: PDF, JPEG or PNG
	Scope     process.Scope
	Silent    process.Silence
}

// mostProcess is how many applicants one case may name.
const mostProcess = 50

// OpenLegalCase keeps a case and its document, sealed. Nothing is given before somebody
// else has approved it. Errors: CodeInvalid with the field that is wrong.
func (s *Service) OpenLegalCase(ctx context.Context, in NewLegalCase, by workflows.Actor) error {
	if err := onboarding.CheckHoldID(in.ID); err != nil {
		return err
	}
	in.Authority, in.Reason = strings.TrimSpace(in.Authority), strings.TrimSpace(in.Reason)
	switch {
	case !in.Kind.Known():
		return onboarding.Invalid("kind", "There is no such kind of legal process.", "Choose one of those that are listed.")
	case in.Authority == "" || utf8.RuneCountInString(in.Authority) > 200:
		return onboarding.Invalid("authority", "Nobody is named who asks for the data.", "Name the court or the authority, in 200 characters or fewer.")
	}
	if err := checkWords("reason", in.Reason); err != nil {
		return err
	}
	if err := s.goodScope(ctx, &in.Scope); err != nil {
		return err
	}
	if err := goodDay("until", in.Silent.Until); err != nil {
		return err
	}
	if in.Silent.Until != "" {
		if err := checkWords("silence", strings.TrimSpace(in.Silent.Reason)); err != nil {
			return err
		}
	}
	kind, body, err := s.clean(ctx, "file", in.File)
	if err != nil {
		return err
	}
	switch _, err := s.Process.Get(ctx, in.ID); {
	case err == nil: // sent again: what somebody has approved is not exchanged
		return nil
	case onboarding.CodeOf(err) != onboarding.CodeInvalid:
		return err
	}
	key := onboarding.ProcessDocumentKey(in.ID)
	sealed, err := s.Vault.SystemSeal(key, body)
	if err != nil {
		return err
	}
	if err := s.Objects.Put(ctx, key, sealed); err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return s.Process.Open(ctx, LegalCase{ID: in.ID, Kind: in.Kind, Authority: in.Authority, Reason: in.Reason, Scope: in.Scope, Silent: in.Silent,
		Document: process.Paper{Name: attachment.Name(in.File.Name, kind), MediaType: kind.MediaType, Size: len(body), SHA256: hex.EncodeToString(sum[:])},
		Asked:    process.Deed{By: string(by), At: s.Now()}, Given: []process.Given{}, Told: []process.Told{}})
}

func goodDay(field, day string) error {
	if _, err := time.Parse(time.DateOnly, day); day != "" && err != nil {
		return onboarding.Invalid(field, "That is no day.", "Write it as 2026-11-28, or leave it empty.")
	}
	return nil
}

// goodScope refuses a scope that names nobody or nothing: what is given is what the
// document asks for, and never everything of everybody.
func (s *Service) goodScope(ctx context.Context, in *process.Scope) error {
	slices.Sort(in.Applicants)
	in.Applicants = slices.Compact(in.Applicants)
	if len(in.Applicants) == 0 || len(in.Applicants) > mostProcess {
		return onboarding.Invalid("applicants", "Name the applicants whose data are asked for, 1 to 50 of them.", "Write their IDs, one on each line.")
	}
	for _, id := range in.Applicants {
		if _, err := s.StaffView(ctx, id); err != nil {
			if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
				return onboarding.Invalid("applicants", "There is no applicant "+string(id)+".", "Copy the ID from the applicant's page.")
			}
			return err
		}
	}
	if len(in.Categories) == 0 || slices.ContainsFunc(in.Categories, func(c onboarding.Category) bool { return !c.Known() }) {
		return onboarding.Invalid("categories", "Say which categories are asked for.", "Choose those that the document names, and no more.")
	}
	return errors.Join(goodDay("from", in.From), goodDay("to", in.To))
}

// LegalCases lists the cases, the newest first: those all of whose applicants the caller
// may know of.
func (s *Service) LegalCases(ctx context.Context) ([]LegalCase, error) { return s.Process.All(ctx) }

// LegalCase gives one. CodeInvalid when there is none.
func (s *Service) LegalCase(ctx context.Context, id string) (LegalCase, error) {
	return s.Process.Get(ctx, id)
}

// staffPerson is who an actor is, whatever role they act in.
func staffPerson(actor string) string { return actor[strings.LastIndexByte(actor, ':')+1:] }

// samePerson reports whether one person may stand behind two actors: in two roles, by a
// key that they have made, or by two keys that one person has made.
func (s *Service) samePerson(ctx context.Context, one, other string) (bool, error) {
	behind, err := s.behindActor(ctx, one)
	if err != nil {
		return false, err
	}
	others, err := s.behindActor(ctx, other)
	return slices.ContainsFunc(others, func(who string) bool { return slices.Contains(behind, who) }), err
}

// mostMakers bounds how many keys that made one another are followed.
const mostMakers = 20

// behindActor gives an actor's person; of an API key also who has made it, and so on.
func (s *Service) behindActor(ctx context.Context, actor string) ([]string, error) {
	out := []string{staffPerson(actor)}
	for range mostMakers {
		id, ok := strings.CutPrefix(actor, "api:")
		if !ok || s.MadeKey == nil {
			break
		}
		key, err := s.MadeKey(ctx, id)
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant { // of the configuration
			break
		}
		if err != nil {
			return nil, err
		}
		actor = key.By
		out = append(out, staffPerson(actor))
	}
	return out, nil
}

// RuleOnLegalCase approves a case or refuses it. Two people: who asked for it cannot
// approve it. Errors: CodeNotAllowed for the same person, CodeNotNow for one that was
// ruled upon.
func (s *Service) RuleOnLegalCase(ctx context.Context, id string, approve bool, reason string, by workflows.Actor) error {
	reason = strings.TrimSpace(reason)
	if err := checkWords("reason", reason); err != nil {
		return err
	}
	asked, err := s.Process.Get(ctx, id)
	if err != nil {
		return err
	}
	alone, err := s.samePerson(ctx, asked.Asked.By, string(by))
	if err != nil {
		return err
	}
	_, err = s.Process.Change(ctx, id, func(c LegalCase) (LegalCase, error) {
		switch {
		case c.Approved.Done() || c.Refused.Done():
			return c, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This case has been ruled upon.", Hint: "Look at it: it says by whom."}
		case alone:
			return c, &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "You have asked for this disclosure, so somebody else must approve it.", Hint: "Have another privacy officer look at it."}
		}
		deed := process.Deed{By: string(by), At: s.Now(), Words: reason}
		if approve {
			c.Approved = deed
		} else {
			c.Refused = deed
		}
		return c, nil
	})
	return err
}

// GiveLegalCase puts together what an approved case asks for of each of its applicants:
// the ledger's record stands first, then the documents are opened, and what is given lies
// sealed. Done again it goes on with those that are missing. It can be fetched after it.
// Whose data they are is written to as soon as nothing forbids it.
func (s *Service) GiveLegalCase(ctx context.Context, id string, by workflows.Actor) error {
	c, err := s.Process.Get(ctx, id)
	if err != nil {
		return err
	}
	if !c.Approved.Done() {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Nothing is given before somebody has approved it.", Hint: "Have another privacy officer look at the case."}
	}
	for _, applicant := range c.Scope.Applicants {
		if _, done := c.GivenOf(applicant); done {
			continue
		}
		given, err := s.giveOf(ctx, c, applicant, by)
		if err != nil {
			return err
		}
		if c, err = s.Process.Change(ctx, id, func(c LegalCase) (LegalCase, error) {
			if _, done := c.GivenOf(applicant); !done {
				c.Given = append(c.Given, given)
			}
			return c, nil
		}); err != nil {
			return err
		}
	}
	return s.startTelling(ctx, id)
}

// categoryOf is which category a document is of; empty: it is given to nobody by law.
func categoryOf(k DocumentKind) onboarding.Category {
	switch k {
	case DocumentApplication:
		return onboarding.KeptApplication
	case DocumentReport, DocumentWrittenChecks, DocumentWrittenRequirements, DocumentWrittenDecisions:
		return onboarding.KeptFindings
	case DocumentLetter:
		return onboarding.KeptLetters
	case DocumentFile:
		return onboarding.KeptFiles
	case DocumentConsent, DocumentAgreement:
		return onboarding.KeptConsents
	case DocumentCertificate:
		return onboarding.KeptCertificates
	case DocumentTax:
		return onboarding.KeptTax
	}
	return ""
}

// within reports whether a document is in a case's scope. One without a known time is
// within any days.
func within(sc process.Scope, d Document) bool {
	day := d.At.UTC().Format(time.DateOnly)
	return !d.Closed && slices.Contains(sc.Categories, categoryOf(d.Kind)) &&
		(d.At.IsZero() || (sc.From == "" || day >= sc.From) && (sc.To == "" || day <= sc.To))
}

func (s *Service) giveOf(ctx context.Context, c LegalCase, id onboarding.ApplicantID, by workflows.Actor) (process.Given, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return process.Given{}, err
	}
	all, err := s.Documents(ctx, id)
	if err != nil {
		return process.Given{}, err
	}
	in := workflows.DiscloseByLaw{Case: c.ID, Kind: c.Kind, Categories: c.Scope.Categories, Actor: by, Asked: workflows.Actor(c.Asked.By), Approver: workflows.Actor(c.Approved.By)}
	if err := s.updateAlsoAfter(ctx, id, workflows.UpdateDiscloseByLaw, "process/"+c.ID, in); err != nil {
		return process.Given{}, err
	}
	records, err := s.records(ctx, id)
	if err != nil {
		return process.Given{}, err
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	var files []string
	for _, d := range all {
		if !within(c.Scope, d) {
			continue
		}
		_, which, _ := strings.Cut(d.Name, "/")
		opened, err := s.openOne(ctx, v, records, d.Kind, which, onboarding.Fields())
		if err != nil {
			return process.Given{}, err
		}
		name := strings.ReplaceAll(d.Name, "/", "-") + "/" + opened.File
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write(opened.Body)
		}
		if err != nil {
			return process.Given{}, err
		}
		files = append(files, d.Name)
	}
	if err := z.Close(); err != nil {
		return process.Given{}, err
	}
	given := process.Given{Applicant: id, Deed: process.Deed{By: string(by), At: s.Now()}, Files: files, Object: onboarding.ProcessGivenKey(c.ID, id)}
	sealed, err := s.Vault.Seal(ctx, id, given.Object, packed.Bytes())
	if err != nil {
		return process.Given{}, err
	}
	sum := sha256.Sum256(sealed)
	given.Digest = hex.EncodeToString(sum[:])
	if err := s.Objects.Put(ctx, given.Object, sealed); err != nil {
		return process.Given{}, err
	}
	in.Object, in.Digest, in.Files = given.Object, given.Digest, files
	return given, s.updateAlsoAfter(ctx, id, workflows.UpdateDiscloseByLaw, "process/"+c.ID+"/given", in)
}

// FetchGiven gives what was given of an applicant, to be handed over. That it is fetched
// stands in the ledger first.
func (s *Service) FetchGiven(ctx context.Context, id string, applicant onboarding.ApplicantID, by workflows.Actor) (Opened, error) {
	c, err := s.Process.Get(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	given, ok := c.GivenOf(applicant)
	if !ok {
		return Opened{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Nothing was put together of that applicant yet.", Hint: "Look at the case."}
	}
	if err := s.updateAlsoAfter(ctx, applicant, workflows.UpdateRecordView, "", workflows.RecordView{Document: DocumentProcess + "/" + c.ID, Why: "to hand over what the law compels or allows", Actor: by, Despite: workflows.DespiteLaw}); err != nil {
		return Opened{}, err
	}
	sealed, err := s.Objects.Get(ctx, given.Object)
	if err != nil {
		return Opened{}, err
	}
	body, err := s.Vault.Open(ctx, applicant, given.Object, sealed)
	return Opened{MediaType: "application/zip", File: c.ID + "-" + string(applicant) + ".zip", Body: body}, err
}

// LegalDocument gives the document that a case rests on.
func (s *Service) LegalDocument(ctx context.Context, id string) (Opened, error) {
	c, err := s.Process.Get(ctx, id)
	if err != nil {
		return Opened{}, err
	}
	key := onboarding.ProcessDocumentKey(id)
	sealed, err := s.Objects.Get(ctx, key)
	if err != nil {
		return Opened{}, err
	}
	body, err := s.Vault.SystemOpen(key, sealed)
	return Opened{MediaType: c.Document.MediaType, File: "document-" + c.ID, Body: body}, err
}

// TellLegalCase notes when and how staff told an applicant. CodeNotNow before something was given, and while the law forbids it.
func (s *Service) TellLegalCase(ctx context.Context, id string, applicant onboarding.ApplicantID, how string, by workflows.Actor) error {
	how = strings.TrimSpace(how)
	if err := checkWords("how", how); err != nil {
		return err
	}
	c, err := s.Process.Get(ctx, id)
	if err != nil {
		return err
	}
	switch _, given := c.GivenOf(applicant); {
	case !given:
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Nothing was given of that applicant yet.", Hint: "Look at the case."}
	case !c.MayTell(s.Now()):
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "The applicant must not be told before " + c.Silent.Until + ".", Hint: "The case says why."}
	}
	if _, told := c.ToldOf(applicant); told {
		return nil
	}
	if err := s.updateAlsoAfter(ctx, applicant, workflows.UpdateDiscloseByLaw, "process/"+c.ID+"/told", workflows.DiscloseByLaw{Case: c.ID, Kind: c.Kind, Categories: c.Scope.Categories,
		Actor: by, Asked: workflows.Actor(c.Asked.By), Approver: workflows.Actor(c.Approved.By), Told: true}); err != nil {
		return err
	}
	return s.toldOfCase(ctx, id, process.Told{Applicant: applicant, Deed: process.Deed{By: string(by), At: s.Now(), Words: how}})
}
