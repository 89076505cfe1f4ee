package applicants

import (
	"context"
	"regexp"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// signature is what is sealed of a signed agreement.
type signature struct {
	Name      string `json:"name"`
	Address   string `json:"ip_address"`
	UserAgent string `json:"user_agent"`
}

// signedBy holds a typed name against the applicant's.
func (s *Service) signedBy(ctx context.Context, id onboarding.ApplicantID, profile, typed string) error {
	p, err := s.profile(ctx, id, profile)
	if err != nil {
		return err
	}
	if !validate.Signs(typed, p) {
		return onboarding.Invalid("name", "Type your full name as you gave it in your application.", "Your first and your last name are needed.")
	}
	return nil
}

// profile opens a sealed profile by its object key.
func (s *Service) profile(ctx context.Context, id onboarding.ApplicantID, key string) (onboarding.Profile, error) {
	sealed, err := s.Objects.Get(ctx, key)
	if s.Objects.IsMissing(err) {
		return nil, errNoDraft()
	}
	if err != nil {
		return nil, err
	}
	var p onboarding.Profile
	return p, s.opened(ctx, id, key, sealed, &p)
}

// Dispute answers the notice before an adverse action, by a dispute or by a
// statement; both stop the clock. While the agency looks again it adds
// information to the dispute. Files are taken in with it or nothing is. Errors: CodeInvalid for words that are missing or
// too long and for what is no entry's reference, CodeNotNow when there is nothing
// to answer or it was answered.
func (s *Service) Dispute(ctx context.Context, id onboarding.ApplicantID, a Answer) error {
	words := strings.TrimSpace(a.Words)
	if err := checkLength("statement", words, maxStatement); err != nil {
		return err
	}
	sealed, err := s.seal(ctx, id, sealStatement, words)
	if err != nil {
		return err
	}
	files, err := s.attach(ctx, id, a.Files)
	if err != nil {
		return err
	}
	return s.update(ctx, id, workflows.UpdateDispute, "", workflows.Dispute{Kind: a.Kind, Items: a.Items, Statement: sealed, Files: files}, &workflows.Ack{})
}

// VendorPage gives the address of the page on which the check's vendor takes what
// it needs from the applicant themselves. Whoever has it can act as the applicant:
// it is for their browser at this moment, and nothing keeps it. Errors: CodeNotNow
// when nothing is waited for there, and the vendor's own.
func (s *Service) VendorPage(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName) (string, error) {
	var page workflows.VendorPage
	err := s.update(ctx, id, workflows.UpdateOpenVendorPage, "", workflows.OpenVendorPage{Check: check}, &page)
	return page.URL, err
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

// WhoseFile gives the applicant whom a vendor keeps under a reference of its own;
// CodeUnknownApplicant when there is none, or it is no reference.
func (s *Service) WhoseFile(ctx context.Context, vendor, file string) (onboarding.ApplicantID, error) {
	unknown := &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no applicant under that reference.", Hint: "Check it."}
	if !fileForm.MatchString(file) {
		return "", unknown
	}
	body, err := s.Objects.Get(ctx, onboarding.VendorFileKey(vendor, file))
	switch {
	case s.Objects.IsMissing(err):
		return "", unknown
	case err != nil:
		return "", err
	}
	return onboarding.ParseApplicantID(string(body))
}

var fileForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
