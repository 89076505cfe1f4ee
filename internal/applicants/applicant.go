package applicants

import (
	"context"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TakeQuiz hands in answers, option IDs by question ID, and gives the score.
func (s *Service) TakeQuiz(ctx context.Context, id onboarding.ApplicantID, answers map[string]string) (workflows.QuizResult, error) {
	var out workflows.QuizResult
	err := s.update(ctx, id, workflows.UpdateTakeQuiz, "", workflows.TakeQuiz{Answers: answers}, &out)
	return out, err
}

// signature is what is sealed of a signed agreement.
type signature struct {
	Name      string `json:"name"`
	Address   string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

// SignAgreement signs the contractor agreement whose text has that version and
// hash. The name must be the applicant's own.
func (s *Service) SignAgreement(ctx context.Context, id onboarding.ApplicantID, version, sha256, typedName string, from Origin) error {
	view, err := s.View(ctx, id)
	if err != nil {
		return err
	}
	if err := s.signedBy(ctx, id, view.Profile, typedName); err != nil {
		return err
	}
	sealed, err := s.sealed(ctx, id, sealSignature, signature{Name: typedName, Address: from.Address, UserAgent: from.UserAgent})
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateSignAgreement, "sign-"+sha256[:min(len(sha256), 32)],
		workflows.SignAgreement{Version: version, SHA256: sha256, Signature: sealed}, &workflows.Ack{})
}

// signedBy holds a typed name against the applicant's.
func (s *Service) signedBy(ctx context.Context, id onboarding.ApplicantID, profile, typed string) error {
	sealed, err := s.Objects.Get(ctx, profile)
	if s.Objects.IsMissing(err) {
		return errNoDraft()
	}
	if err != nil {
		return err
	}
	var p onboarding.Profile
	if err := s.opened(ctx, id, profile, sealed, &p); err != nil {
		return err
	}
	if !validate.Signs(typed, p) {
		return onboarding.Invalid("name", "Type your full name as you gave it in your application.", "Your first and your last name are needed.")
	}
	return nil
}

// Dispute says that the report is wrong, or adds a statement; it stops the clock.
func (s *Service) Dispute(ctx context.Context, id onboarding.ApplicantID, statement string) error {
	statement = strings.TrimSpace(statement)
	if err := checkWords("statement", statement); err != nil {
		return err
	}
	sealed, err := s.seal(ctx, id, sealStatement, statement)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateDispute, "", workflows.Dispute{Statement: sealed}, &workflows.Ack{})
}

// Withdraw ends the application.
func (s *Service) Withdraw(ctx context.Context, id onboarding.ApplicantID, by workflows.Actor) error {
	return s.update(ctx, id, workflows.UpdateWithdraw, "withdraw", workflows.Withdraw{Actor: by}, &workflows.Ack{})
}

// WithdrawConsent takes the consents for a purpose back; when it returns,
// nothing further is sent under them.
func (s *Service) WithdrawConsent(ctx context.Context, id onboarding.ApplicantID, purpose consent.PurposeID, by workflows.Actor) error {
	return s.update(ctx, id, workflows.UpdateWithdrawConsent, "", workflows.WithdrawConsent{Purpose: purpose, Actor: by}, &workflows.Ack{})
}

// ReportCompleted hands a vendor's word on to the applicant's workflow; it
// returns when Temporal has it durably.
func (s *Service) ReportCompleted(ctx context.Context, id onboarding.ApplicantID, r workflows.ReportCompleted) error {
	return failure(s.Temporal.SignalWorkflow(ctx, id.WorkflowID(), "", workflows.SignalReportCompleted, r))
}
