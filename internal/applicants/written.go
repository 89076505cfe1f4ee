package applicants

import (
	"context"
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// holdsWords reports whether a record has sealed words that staff may open: reasons,
// statements, scores and assessments. Receipts and signatures hold an address and a
// name, which nobody needs; notes have a page of their own.
func holdsWords(r ledger.Record) bool {
	if len(r.Sealed) == 0 {
		return false
	}
	switch r.Kind {
	case ledger.KindDecided, ledger.KindRetried, ledger.KindWaived, ledger.KindVendorChanged, ledger.KindDisputed, ledger.KindCorrected:
		return true
	case ledger.KindRequirementMet:
		return !strings.HasSuffix(r.Outcome, "signed")
	default:
		return false
	}
}

// unreadable reports whether the applicant's key is destroyed, by a name under which
// nothing is sealed: a key that stands refuses it for another reason.
func (s *Service) unreadable(ctx context.Context, id onboarding.ApplicantID, sealed []byte) bool {
	_, err := s.Vault.Open(ctx, id, "whether the key stands", sealed)
	return onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed
}

// writtenText is all that people wrote in the ledger, in its order: who, when, about
// what, and their words. What cannot be read says so and hides nothing else.
func (s *Service) writtenText(ctx context.Context, id onboarding.ApplicantID, records []ledger.Record) (Opened, error) {
	var b strings.Builder
	b.WriteString("What was written about application " + string(id) + "\n")
	for _, r := range records {
		if !holdsWords(r) {
			continue
		}
		words, err := s.wordsOf(ctx, id, r)
		if onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
			return Opened{}, err
		}
		if err != nil {
			words = "(These words cannot be read.)"
		}
		fmt.Fprintf(&b, "\n%d. %s, %s\n%s\n  %s\n", r.Seq, r.At.Format("2 January 2006, 15:04:05 MST"), r.Actor, sentence(r), strings.ReplaceAll(words, "\n", "\n  "))
	}
	return plainText("written.txt", b.String()), nil
}

// wordsOf opens the words of one record.
func (s *Service) wordsOf(ctx context.Context, id onboarding.ApplicantID, r ledger.Record) (string, error) {
	switch {
	case r.Kind == ledger.KindDecided && r.Outcome == outcomeAssessed:
		a, err := s.assessmentOf(ctx, id, r.Sealed)
		if err != nil {
			return "", err
		}
		lines := []string{a.Title + " (" + a.Citation + ")"}
		for _, f := range a.Factors {
			lines = append(lines, f.Text+": "+f.Answer)
		}
		return strings.Join(lines, "\n"), nil
	case r.Kind == ledger.KindRequirementMet:
		var score liveScore
		if err := s.opened(ctx, id, sealScore, r.Sealed, &score); err == nil {
			return score.words(), nil
		}
	}
	plain, err := s.Vault.Open(ctx, id, sealReason, r.Sealed)
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
		plain, err = s.Vault.Open(ctx, id, sealStatement, r.Sealed)
	}
	return string(plain), err
}
