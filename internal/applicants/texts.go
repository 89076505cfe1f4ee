package applicants

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/words"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Lister says what a bucket holds; *evidence.Store is one.
type Lister interface {
	// List gives the keys that begin with prefix, in their order.
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// TextsTo finds the applications that have written to a number, and gives what an
// answer to it needs: the language in which its owner is met, which is otherwise when
// none of ours is known, BCP 47; and how they reach a person, a sentence each without
// its full stop, such as "Support Basics: write to help@example.com". For a number
// that is nobody's these are the contacts of all programs that send text messages.
func (s *Service) TextsTo(ctx context.Context, phone, otherwise string) (language string, contacts []string, err error) {
	var programs []program.Program
	newest := onboarding.ApplicantID("")
	language = words.Or(otherwise)
	for key, err := range s.Keys.List(ctx, onboarding.TextedPrefix(s.Vault.LookupHash("phone", phone))) {
		if err != nil {
			return "", nil, fmt.Errorf("applicants: look for whom a text message is: %w", err)
		}
		id, err := onboarding.ParseApplicantID(path.Base(key))
		if err != nil {
			continue // no key of ours
		}
		v, err := s.View(ctx, id)
		if err != nil || v.Edition.ID == "" {
			continue // it is over, and gone
		}
		programs = append(programs, v.Edition)
		if id > newest { // IDs begin with their time
			newest, language = id, words.Or(v.Language)
		}
	}
	if len(programs) == 0 {
		programs = slices.DeleteFunc(s.Programs.All(), func(p program.Program) bool { return p.Messages.SMS == "" })
	}
	for _, p := range programs {
		contact := p.In(language).Controller.Contact
		if line := p.Title + ": " + contact; contact != "" && !slices.Contains(contacts, line) {
			contacts = append(contacts, line)
		}
	}
	return language, contacts, nil
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

// KeepText keeps by which SID Twilio knows a message that came from a number, sealed, for
// each application that has written to it: so that the message can be deleted there when
// the applicant is erased. It may be called again.
func (s *Service) KeepText(ctx context.Context, phone, sid string) error {
	for key, err := range s.Keys.List(ctx, onboarding.TextedPrefix(s.Vault.LookupHash("phone", phone))) {
		if err != nil {
			return fmt.Errorf("applicants: look for whom a text message is: %w", err)
		}
		id, err := onboarding.ParseApplicantID(path.Base(key))
		if err != nil {
			continue // no key of ours
		}
		name := onboarding.TextKey(id, sid, true)
		sealed, err := s.Vault.Seal(ctx, id, name, []byte(sid))
		switch onboarding.CodeOf(err) {
		case onboarding.CodeKeyDestroyed, onboarding.CodeUnknownApplicant: // erased, or on its way to it
			continue
		default:
			if err != nil {
				return err
			}
		}
		if err := s.Objects.Put(ctx, name, sealed); err != nil {
			return fmt.Errorf("applicants: keep that a text message came in: %w", err)
		}
	}
	return nil
}
