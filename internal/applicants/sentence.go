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
		return "The application was begun (" + r.Detail + ")."
	case ledger.KindNoticeShown:
		return fmt.Sprintf("The notice %s %s was shown.", r.Notice.ID, r.Notice.Version)
	case ledger.KindConsentGiven:
		return fmt.Sprintf("Consent was given for %s, upon the notice %s %s.", r.Purpose, r.Notice.ID, r.Notice.Version)
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
		return "Policy ruled: " + r.Outcome + " (" + r.Detail + ")."
	case ledger.KindOffered:
		return "A conditional offer of a contract was made."
	case ledger.KindDecided:
		return r.Actor + " decided: " + r.Outcome + "."
	case ledger.KindNotified:
		return fmt.Sprintf("%s was told%s: %s.", title(r.Recipient), of(r), r.Outcome)
	case ledger.KindClock:
		return "A clock: " + r.Outcome + " (" + r.Detail + ")."
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
		return r.Detail
	case ledger.KindErased:
		return r.Detail
	}
	return string(r.Kind)
}

func of(r ledger.Record) string {
	switch {
	case r.Check != "" && r.Round > 1:
		return fmt.Sprintf(" (check %s, round %d)", r.Check, r.Round)
	case r.Check != "":
		return fmt.Sprintf(" (check %s)", r.Check)
	case r.Detail != "":
		return " (" + r.Detail + ")"
	}
	return ""
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
