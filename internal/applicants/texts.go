package applicants

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Lister says what a bucket holds; *evidence.Store is one.
type Lister interface {
	// List gives the keys that begin with prefix, in their order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// StopTexts is for a STOP that somebody has texted: from now on nothing is sent to
// the number, for whichever application, until its owner asks for it anew, and the
// consent of each application that has written to it is withdrawn. It returns nil
// when all of that is durable; it may be called again.
func (s *Service) StopTexts(ctx context.Context, phone string) error {
	hash := s.Vault.LookupHash("phone", phone)
	if err := s.Objects.Put(ctx, onboarding.SuppressedKey(hash), []byte(s.Now().UTC().Format(time.RFC3339Nano))); err != nil {
		return fmt.Errorf("applicants: keep that a number answered STOP: %w", err)
	}
	var errs []error
	for key, err := range s.Keys.List(ctx, onboarding.TextedPrefix(hash)) {
		if err != nil {
			return fmt.Errorf("applicants: look for whom a STOP is: %w", err)
		}
		id, err := onboarding.ParseApplicantID(path.Base(key))
		if err != nil {
			continue // no key of ours
		}
		err = s.WithdrawConsent(ctx, id, consent.PurposeTextMessages, workflows.ActorApplicant)
		switch onboarding.CodeOf(err) {
		case onboarding.CodeNotNow, onboarding.CodeUnknownApplicant: // taken back already, or over
		default:
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
