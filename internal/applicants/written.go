package applicants

import (
	"context"
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// writtenKinds are the documents of what was written, in their order.
var writtenKinds = []DocumentKind{DocumentWrittenChecks, DocumentWrittenRequirements, DocumentWrittenDecisions}

var writtenTitles = map[DocumentKind]string{
	DocumentWrittenChecks:       "What was written about checks: why they were retried, waived or moved",
	DocumentWrittenRequirements: "What was written about requirements: scores, wishes and reasons",
	DocumentWrittenDecisions:    "What was written in decisions, assessments and disputes",
}

// writtenKind gives the document to which the sealed words of a record belong: reasons,
// statements, scores and assessments, which staff may open. It is empty for a record
// without such words. Receipts and signatures hold an address and a name, which nobody
// needs; notes have a page of their own, and files are opened by themselves.
func writtenKind(r ledger.Record) DocumentKind {
	if len(r.Sealed) == 0 {
		return ""
	}
	switch r.Kind {
	case ledger.KindRetried, ledger.KindVendorChanged:
		return DocumentWrittenChecks
	case ledger.KindWaived:
		if r.Check == "" { // of a requirement
			return DocumentWrittenRequirements
		}
		return DocumentWrittenChecks
	case ledger.KindCorrected:
		if r.Outcome == workflows.OutcomeAmended { // what stands beside the file
			return DocumentWrittenDecisions
		}
		return DocumentWrittenRequirements // why new tries at a proof were given
	case ledger.KindRequirementMet:
		if strings.HasSuffix(r.Outcome, "signed") {
			return ""
		}
		return DocumentWrittenRequirements
	case ledger.KindDisputed:
		if r.Outcome == workflows.OutcomeAttached { // what is sealed is a file's name
			return ""
		}
		return DocumentWrittenDecisions
	case ledger.KindDecided:
		return DocumentWrittenDecisions
	default:
		return ""
	}
}

// unreadable reports whether the applicant's key is destroyed, by a name under which
// nothing is sealed: a key that stands refuses it for another reason.
func (s *Service) unreadable(ctx context.Context, id onboarding.ApplicantID, sealed []byte) bool {
	_, err := s.Vault.Open(ctx, id, "whether the key stands", sealed)
	return onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed
}

// writtenText is what people wrote in the ledger of one kind, in its order: who, when,
// about what, and their words. What cannot be read says so and hides nothing else.
func (s *Service) writtenText(ctx context.Context, id onboarding.ApplicantID, records []ledger.Record, kind DocumentKind) (Opened, error) {
	var b strings.Builder
	b.WriteString(writtenTitles[kind] + "\nApplication " + string(id) + "\n")
	for _, r := range records {
		if writtenKind(r) != kind {
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
	return plainText(string(kind)+".txt", b.String()), nil
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
	if r.Kind == ledger.KindCorrected && r.Outcome == workflows.OutcomeAmended {
		plain, err := s.Vault.Open(ctx, id, sealRequest, r.Sealed)
		return string(plain), err
	}
	plain, err := s.Vault.Open(ctx, id, sealReason, r.Sealed)
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
		plain, err = s.Vault.Open(ctx, id, sealStatement, r.Sealed)
	}
	return string(plain), err
}
