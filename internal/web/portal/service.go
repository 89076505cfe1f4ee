package portal

import (
	"context"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Service is what the portal does with applicants; *applicants.Service is one.
// Errors are *onboarding.Error, or plain ones that are faults on our side.
type Service interface {
	// Begin never tells whether the address was known.
	Begin(ctx context.Context, req applicants.BeginRequest) error
	View(ctx context.Context, id onboarding.ApplicantID) (workflows.ApplicantView, error)
	Draft(ctx context.Context, id onboarding.ApplicantID) (applicants.Draft, error)
	// SaveDraft refuses an old tag with CodeConflict.
	SaveDraft(ctx context.Context, id onboarding.ApplicantID, d applicants.Draft) (tag string, err error)
	GiveConsent(ctx context.Context, id onboarding.ApplicantID, req applicants.ConsentRequest) error
	// Submit keeps where the application comes from only when the program looks at it.
	Submit(ctx context.Context, id onboarding.ApplicantID, from applicants.Origin) error
	// Correctable gives the details that can be corrected now, as they stand.
	Correctable(ctx context.Context, id onboarding.ApplicantID) (onboarding.Profile, error)
	// Correct is CodeInvalid when nothing would change, CodeNotNow for what cannot be
	// corrected now, CodeConflict when it was corrected elsewhere meanwhile.
	Correct(ctx context.Context, id onboarding.ApplicantID, changes onboarding.Profile, by workflows.Actor) error
	// ProveContact proves a corrected e-mail address by the date of birth: CodeInvalid
	// when it is another, CodeNotNow after too many of those and when there is nothing
	// to prove.
	ProveContact(ctx context.Context, id onboarding.ApplicantID, dateOfBirth string) error
	// VendorPage gives the address of a vendor's own page, which serves once.
	VendorPage(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName) (string, error)
	// SetLanguage keeps the language with the application.
	SetLanguage(ctx context.Context, id onboarding.ApplicantID, tag string) error
	SendLink(ctx context.Context, id onboarding.ApplicantID) error
	// Report is the copy of the report that goes with a notice before adverse
	// action; CodeNotNow while there is none to show.
	Report(ctx context.Context, id onboarding.ApplicantID) (applicants.ReportCopy, error)
	// Assessment is the copy of the written assessment; false when there is none to
	// show.
	Assessment(ctx context.Context, id onboarding.ApplicantID) (applicants.Assessment, bool, error)
	Dispute(ctx context.Context, id onboarding.ApplicantID, a applicants.Answer) error
	// Details is what we have of one whose application is handed in.
	Details(ctx context.Context, id onboarding.ApplicantID) (onboarding.Profile, error)
	// ConfirmRenewal is CodeInvalid while something is to be agreed to again.
	ConfirmRenewal(ctx context.Context, id onboarding.ApplicantID, by workflows.Actor) error
	// ShowName and HideName answer when the certificate's public page follows.
	ShowName(ctx context.Context, id onboarding.ApplicantID, req applicants.ConsentRequest, by workflows.Actor) error
	HideName(ctx context.Context, id onboarding.ApplicantID, by workflows.Actor) error
	Withdraw(ctx context.Context, id onboarding.ApplicantID, actor workflows.Actor) error
	WithdrawConsent(ctx context.Context, id onboarding.ApplicantID, purpose consent.PurposeID, actor workflows.Actor) error
	RefuseUnderAge(ctx context.Context, id onboarding.ApplicantID) error
	// OwnDetails is what the applicant gave, the national ID masked; that they look
	// stands in the ledger first. CodeNotNow when the application has ended.
	OwnDetails(ctx context.Context, id onboarding.ApplicantID) (onboarding.Profile, error)
	// DataAnswer is what was written to the last answered request of the kind; empty
	// while there is none.
	DataAnswer(ctx context.Context, id onboarding.ApplicantID, kind workflows.DataKind) (string, error)
	// History is the applicant's ledger, proved as it is read.
	History(ctx context.Context, id onboarding.ApplicantID) (applicants.History, error)
	// CountFriend is CodeNotNow when enough friends were invited.
	CountFriend(ctx context.Context, id onboarding.ApplicantID) error
	// AskForOffers and StopOffers are about marketing; with the keyed hash of an address
	// the address itself is not written to any more.
	AskForOffers(ctx context.Context, id onboarding.ApplicantID, req applicants.ConsentRequest) error
	StopOffers(ctx context.Context, id onboarding.ApplicantID, contact string) error
	// Complain gives the number of the complaint; CodeNotNow when enough are open.
	Complain(ctx context.Context, id onboarding.ApplicantID, words string, by workflows.Actor) (string, error)
	OwnComplaints(ctx context.Context, id onboarding.ApplicantID) ([]applicants.ComplaintRead, error)
	OutsideBodies(ctx context.Context, id onboarding.ApplicantID) ([]program.OutsideBody, error)
	// AnswerOwner says that the applicant stays with a new owner.
	AnswerOwner(ctx context.Context, id onboarding.ApplicantID, rollout, answer string) error
	Requirements
}

// Requirements is what the portal does for the certification. What is not possible
// now is CodeNotNow; what is handed in under the number of an attempt that was handed
// in before changes nothing.
type Requirements interface {
	ReadPage(ctx context.Context, id onboarding.ApplicantID, requirement, page string) (workflows.RequirementLine, error)
	QuizPaper(ctx context.Context, id onboarding.ApplicantID, requirement string) (applicants.QuizPaper, error)
	HandInQuiz(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, answers map[string]string) (workflows.QuizResult, error)
	StartTyping(ctx context.Context, id onboarding.ApplicantID, requirement string, again bool, start int) (applicants.TypingPaper, error)
	HandInTyping(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, typed string) (workflows.RequirementLine, error)
	ListeningPaper(ctx context.Context, id onboarding.ApplicantID, requirement string) (applicants.ListeningPaper, error)
	HandInListening(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, noted map[string]string) (workflows.RequirementLine, error)
	HandInEquipment(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, e applicants.Equipment) (workflows.RequirementLine, error)
	Sign(ctx context.Context, id onboarding.ApplicantID, requirement, version, sha256, typedName string, from applicants.Origin) error
	TaxDraft(ctx context.Context, id onboarding.ApplicantID) (applicants.TaxDraft, error)
	SaveTaxDraft(ctx context.Context, id onboarding.ApplicantID, page string, d applicants.TaxDraft) error
	GiveTaxDetails(ctx context.Context, id onboarding.ApplicantID, requirement string, f applicants.TaxForm, from applicants.Origin) error
	Slots(ctx context.Context, id onboarding.ApplicantID, requirement string) ([]applicants.Slot, error)
	BookSlot(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, at time.Time) (workflows.RequirementLine, error)
	GiveSlotBack(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int) (workflows.RequirementLine, error)
	AskOtherWay(ctx context.Context, id onboarding.ApplicantID, requirement, words string) error
	OtherWay(ctx context.Context, id onboarding.ApplicantID, requirement string) (string, error)
}

// CredentialState says whether a certificate stands.
type CredentialState string

// The states of a certificate.
const (
	CredentialValid   CredentialState = "valid"
	CredentialExpired CredentialState = "expired"
	CredentialRevoked CredentialState = "revoked"
	CredentialErased  CredentialState = "erased"
)

// CredentialStatus is what anybody may know of a certificate: nothing of its
// holder but a name that they chose to show, nothing of any check.
type CredentialStatus struct {
	State       CredentialState
	Program     string // the program's name as people read it
	Achievement string // what the certificate is for
	Issued      time.Time
	Expires     time.Time
	Revoked     time.Time              // zero while it was not
	Name        string                 // empty unless the holder shows it
	Holder      onboarding.ApplicantID // whose ledger has the record of its issue; it is shown to nobody
}

// Certificates serves certificates. A number that names none is
// CodeUnknownApplicant, another's certificate CodeNotAllowed.
type Certificates interface {
	Status(ctx context.Context, credentialID string) (CredentialStatus, error)
	PDF(ctx context.Context, applicant onboarding.ApplicantID, credentialID string) ([]byte, error)
	JWT(ctx context.Context, applicant onboarding.ApplicantID, credentialID string) ([]byte, error)
}
