package portal

import (
	"context"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
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
	Submit(ctx context.Context, id onboarding.ApplicantID) error
	SendLink(ctx context.Context, id onboarding.ApplicantID) error
	TakeQuiz(ctx context.Context, id onboarding.ApplicantID, answers map[string]string) (workflows.QuizResult, error)
	SignAgreement(ctx context.Context, id onboarding.ApplicantID, version, sha256, typedName string, from applicants.Origin) error
	// Report is the copy of the report that goes with a notice before adverse
	// action; CodeNotNow while there is none to show.
	Report(ctx context.Context, id onboarding.ApplicantID) (applicants.ReportCopy, error)
	Dispute(ctx context.Context, id onboarding.ApplicantID, statement string) error
	Withdraw(ctx context.Context, id onboarding.ApplicantID, actor workflows.Actor) error
	WithdrawConsent(ctx context.Context, id onboarding.ApplicantID, purpose consent.PurposeID, actor workflows.Actor) error
	RefuseUnderAge(ctx context.Context, id onboarding.ApplicantID) error
}

// CredentialState says whether a certificate stands.
type CredentialState string

// The states of a certificate.
const (
	CredentialValid   CredentialState = "valid"
	CredentialExpired CredentialState = "expired"
	CredentialRevoked CredentialState = "revoked"
)

// CredentialStatus is what anybody may know of a certificate: nothing of its
// holder, nothing of any check.
type CredentialStatus struct {
	State       CredentialState
	Program     string // the program's name as people read it
	Achievement string // what the certificate is for
	Issued      time.Time
	Expires     time.Time
}

// Certificates serves certificates. A number that names none is
// CodeUnknownApplicant, another's certificate CodeNotAllowed.
type Certificates interface {
	Status(ctx context.Context, credentialID string) (CredentialStatus, error)
	PDF(ctx context.Context, applicant onboarding.ApplicantID, credentialID string) ([]byte, error)
	JWT(ctx context.Context, applicant onboarding.ApplicantID, credentialID string) ([]byte, error)
}
