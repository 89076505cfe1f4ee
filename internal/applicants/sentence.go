package applicants

import (
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// sentence says a record in plain words.
func sentence(r ledger.Record) string {
	switch r.Kind {
	case ledger.KindOpened:
		return "The application was begun" + detail(r) + "."
	case ledger.KindNoticeShown:
		return "The notice" + notice(r) + " was shown."
	case ledger.KindConsentGiven:
		return "Consent was given for " + r.Purpose + ", upon the notice" + notice(r) + "."
	case ledger.KindConsentWithdrawn:
		return "The consent for " + r.Purpose + " was withdrawn."
	case ledger.KindSubmitted:
		return "The application was handed in."
	case ledger.KindUse:
		if len(r.Fields) == 0 {
			return fmt.Sprintf("%s is asked, for %s%s.", title(r.Recipient), r.Purpose, of(r))
		}
		return fmt.Sprintf("%s gets %s, for %s%s.", title(r.Recipient), fieldList(r), r.Purpose, of(r))
	case ledger.KindUseDone:
		return fmt.Sprintf("%s answered%s: %s.", title(r.Recipient), of(r), r.Outcome)
	case ledger.KindUseFailed:
		return fmt.Sprintf("%s did not come to an answer%s: %s.", title(r.Recipient), of(r), r.Outcome)
	case ledger.KindUseRefused:
		return fmt.Sprintf("Nothing was sent to %s%s: %s.", title(r.Recipient), of(r), r.Outcome)
	case ledger.KindReceived:
		return fmt.Sprintf("%s's report was received and sealed.", title(r.Recipient))
	case ledger.KindRuled:
		return "Policy ruled: " + r.Outcome + detail(r) + "."
	case ledger.KindOffered:
		return "A conditional offer of a contract was made."
	case ledger.KindDecided:
		return r.Actor + " decided: " + r.Outcome + "."
	case ledger.KindNotified:
		return fmt.Sprintf("%s was told%s: %s.", title(r.Recipient), of(r), r.Outcome)
	case ledger.KindClock:
		return "A clock: " + r.Outcome + detail(r) + "."
	case ledger.KindDisputed:
		return "The applicant disputed, or made a statement."
	case ledger.KindRetried:
		return fmt.Sprintf("%s asked for round %d of the check %s.", r.Actor, r.Round, r.Check)
	case ledger.KindWaived:
		return fmt.Sprintf("%s waived the check %s.", r.Actor, r.Check)
	case ledger.KindVendorChanged:
		return fmt.Sprintf("%s moved the check %s to %s.", r.Actor, r.Check, r.Recipient)
	case ledger.KindRequirementMet:
		return "Certification: " + r.Outcome + "."
	case ledger.KindStage:
		return "The stage is now " + r.Outcome + "."
	case ledger.KindCredential:
		return "The certificate: " + r.Outcome + "."
	case ledger.KindViewed:
		return r.Actor + " opened personal data, for " + r.Purpose + "."
	case ledger.KindResumed:
		return orElse(r.Detail, "The process goes on behind what is stored.")
	case ledger.KindErased:
		return orElse(r.Detail, "The data was erased.")
	}
	return string(r.Kind)
}

// notice names the text that was shown. A ledger is read as it was written, also
// by a version of ours that wrote less.
func notice(r ledger.Record) string {
	if r.Notice == nil {
		return ""
	}
	return " " + r.Notice.ID + " " + r.Notice.Version
}

func detail(r ledger.Record) string {
	if r.Detail == "" {
		return ""
	}
	return " (" + r.Detail + ")"
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func of(r ledger.Record) string {
	switch {
	case r.Check != "" && r.Round > 1:
		return fmt.Sprintf(" (check %s, round %d)", r.Check, r.Round)
	case r.Check != "":
		return fmt.Sprintf(" (check %s)", r.Check)
	}
	return detail(r)
}

func title(recipient string) string {
	switch recipient {
	case "own":
		return "Our own worker"
	case "mail":
		return "The mail relay"
	case "holder":
		return "The applicant"
	case "":
		return "Nobody"
	}
	return strings.ToUpper(recipient[:1]) + recipient[1:]
}

func fieldList(r ledger.Record) string {
	words := make([]string, len(r.Fields))
	for i, f := range r.Fields {
		words[i] = strings.ReplaceAll(string(f), "_", " ")
	}
	return strings.Join(words, ", ")
}
