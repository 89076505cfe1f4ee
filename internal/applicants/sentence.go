package applicants

import (
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
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
	case ledger.KindCorrected:
		if r.Outcome == workflows.OutcomeProved {
			return who(r.Actor) + " proved the new e-mail address."
		}
		if r.Outcome == workflows.OutcomeAmended {
			return "What " + who(r.Actor) + " has to say to the data on file stands beside them from now on" + detail(r) + "."
		}
		if r.Outcome == workflows.OutcomeProofAllowed {
			return r.Actor + " gave new tries at proving the new e-mail address."
		}
		if len(r.Fields) == 0 {
			return "Details were corrected."
		}
		return fmt.Sprintf("%s corrected: %s.", who(r.Actor), fieldList(r))
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
		if r.Outcome == outcomeAssessed {
			return r.Actor + " wrote the individualized assessment" + detail(r) + "."
		}
		if r.Outcome == "revoke" {
			return r.Actor + " revoked the certificate" + detail(r) + "."
		}
		return r.Actor + " decided: " + r.Outcome + "."
	case ledger.KindNotified:
		if r.Outcome == "told" && r.Detail != "" {
			return r.Detail
		}
		return fmt.Sprintf("%s was told%s: %s.", title(r.Recipient), of(r), r.Outcome)
	case ledger.KindClock:
		return clock(r)
	case ledger.KindDisputed:
		return answer(r)
	case ledger.KindRetried:
		return fmt.Sprintf("%s asked for round %d of the check %q.", r.Actor, r.Round, workflows.CheckWords(r.Check))
	case ledger.KindWaived:
		if r.Check == "" && r.Outcome != "" {
			return fmt.Sprintf("%s waived a requirement of the certification (%s).", r.Actor, r.Outcome)
		}
		return fmt.Sprintf("%s waived the check %q.", r.Actor, workflows.CheckWords(r.Check))
	case ledger.KindVendorChanged:
		return fmt.Sprintf("%s moved the check %q to %s%s.", r.Actor, workflows.CheckWords(r.Check), title(r.Recipient), detail(r))
	case ledger.KindRequirementMet:
		return "Certification: " + r.Outcome + detail(r) + "."
	case ledger.KindStage:
		return "The stage is now " + r.Outcome + "."
	case ledger.KindCredential:
		return certificate(r)
	case ledger.KindViewed:
		return viewed(r)
	case ledger.KindNote:
		if r.Of > 0 {
			return fmt.Sprintf("%s wrote a note, which corrects the one of record %d.", r.Actor, r.Of)
		}
		return r.Actor + " wrote a note."
	case ledger.KindAssigned:
		if r.Outcome == workflows.OutcomeHandedBack {
			return r.Actor + " handed the case back" + detail(r) + "."
		}
		return r.Actor + " gave the case to the recruiter " + orElse(r.Outcome, "of their choice") + detail(r) + "."
	case ledger.KindDisclosed:
		if r.Object != "" {
			return r.Actor + " put together what the law compels or allows to be given (" + orElse(r.Outcome, "unnamed") + "), approved by " + orElse(r.Approver, "nobody") + detail(r) + "."
		}
		return r.Actor + " gives data because the law compels or allows it (" + orElse(r.Outcome, "unnamed") + "), approved by " + orElse(r.Approver, "nobody") + detail(r) + "."
	case ledger.KindOnward:
		return title(r.Recipient) + " handed data on to its sub-processor " + orElse(r.Outcome, "that it does not name") + detail(r) + "."
	case ledger.KindHeld:
		if r.Outcome == string(onboarding.HoldRestriction) {
			return "The uses of the applicant's data are restricted from now on, upon " + r.Actor + ": they are stored, and not used" + named(r) + "."
		}
		if r.Actor == string(workflows.ActorApplicant) {
			return "Nothing of the applicant is destroyed from now on: their dispute holds it."
		}
		return r.Actor + " set a hold (" + orElse(r.Outcome, "of no kind") + "): nothing of the applicant is destroyed from now on" + named(r) + "."
	case ledger.KindPurged:
		if r.Of > 0 {
			return "Of " + onboarding.Category(r.Outcome).Words() + " is gone what could go" + detail(r) + "."
		}
		return "The time to keep " + onboarding.Category(r.Outcome).Words() + " is over: it is removed" + detail(r) + "."
	case ledger.KindReleased:
		if r.Outcome == string(onboarding.HoldRestriction) {
			return "The restriction of uses is lifted, upon " + r.Actor + named(r) + "."
		}
		if r.Actor == string(workflows.ActorSystem) {
			return "The hold of the dispute ended: it is settled."
		}
		return r.Actor + " released a hold" + named(r) + "."
	case ledger.KindInstructed:
		return "The address is used to invite somebody, upon what stands here instead of a consent" + outcome(r) + detail(r) + "."
	case ledger.KindObjected:
		return who(r.Actor) + " does not want to be written to" + detail(r) + "."
	case ledger.KindResumed:
		return orElse(r.Detail, "The process goes on behind what is stored.")
	case ledger.KindErased:
		return orElse(r.Detail, "The data was erased.")
	}
	return string(r.Kind)
}

// named is the hold that a record is about.
func named(r ledger.Record) string {
	if i := strings.LastIndexByte(r.Object, '/'); i >= 0 {
		return " (" + r.Object[i+1:] + ")"
	}
	return ""
}

// outcomeAssessed is a decision's second record: what was weighed for it.
const outcomeAssessed = "assessed"

// clocks are the outcomes that the workflow gives to a clock's records. A code of
// what did not come in time is none of them: its detail says it whole.
var clocks = map[string]string{
	"started":                  "The time to answer the notice began",
	"ran out":                  "The time to answer the notice ran out",
	"stopped by a dispute":     "The time to answer the notice was stopped by a dispute",
	"stopped by a statement":   "The time to answer the notice was stopped by a statement",
	"goes on":                  "The rest of the time to answer the notice goes on",
	"extended":                 "The agency has more time to look again, since the applicant added information",
	"re-investigation started": "The agency has to look again at what is disputed",
	"re-investigation ended: " + workflows.ReinvestigatedChanged:   "The agency has looked again: the report says something else now",
	"re-investigation ended: " + workflows.ReinvestigatedUnchanged: "The agency has looked again: it verified the report as it stood",
	"re-investigation ended: " + workflows.ReinvestigatedUnheard:   "There is no word that the agency knows of the dispute; a person decides",
	"re-investigation ended: " + workflows.ReinvestigatedOverdue:   "The agency did not verify in time what was disputed; it is not used any more",
}

func clock(r ledger.Record) string {
	if words, ok := clocks[r.Outcome]; ok {
		return words + detail(r) + "."
	}
	if r.Check != "" && r.Detail != "" {
		return r.Detail
	}
	return "A clock: " + r.Outcome + detail(r) + "."
}

// certificates are the outcomes that the workflow gives to a certificate's records.
var certificates = map[string]string{
	workflows.CredentialIssued:     "The certificate was issued",
	workflows.CredentialExpired:    "The certificate has expired",
	workflows.CredentialRevoked:    "The certificate was revoked",
	workflows.CredentialSuperseded: "The certificate was renewed",
	workflows.RenewalOpened:        "The certificate can be renewed from now on",
	workflows.RenewalConfirmed:     "The applicant confirmed their details and asked for the renewal",
	workflows.RenewalRefused:       "The renewal was refused; the certificate stands until its own date",
	workflows.NameShown:            "The certificate's public page shows the name",
	workflows.NameHidden:           "The name is off the certificate's public page",
}

func certificate(r ledger.Record) string {
	if words, ok := certificates[r.Outcome]; ok {
		return words + detail(r) + "."
	}
	return "The certificate: " + r.Outcome + detail(r) + "."
}

func answer(r ledger.Record) string {
	switch workflows.AnswerKind(r.Outcome) {
	case workflows.AnswerDispute:
		return "The applicant disputed the report."
	case workflows.AnswerStatement:
		return "The applicant made a statement."
	}
	if r.Outcome == workflows.OutcomeAttached {
		return "The applicant handed in a file with it."
	}
	return "The applicant disputed, or made a statement."
}

func viewed(r ledger.Record) string {
	if ticket := onboarding.TicketOf(r.Object); ticket != "" {
		r.Detail += ", support ticket " + ticket
	}
	if r.Outcome != "" {
		return r.Actor + " opened " + DocumentWords(r.Outcome) + detail(r) + "."
	}
	what := "personal data"
	if r.Check != "" {
		what = fmt.Sprintf("what the check %q found", workflows.CheckWords(r.Check))
		if len(r.Fields) > 0 {
			what += ", beside " + fieldList(r)
		}
	}
	return r.Actor + " opened " + what + ", for " + r.Purpose + detail(r) + "."
}

func who(actor string) string {
	if actor == string(workflows.ActorApplicant) {
		return "The applicant"
	}
	return actor
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

func outcome(r ledger.Record) string {
	if r.Outcome == "" {
		return ""
	}
	return ": " + r.Outcome
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
		return fmt.Sprintf(" (%s, round %d)", workflows.CheckWords(r.Check), r.Round)
	case r.Check != "":
		return " (" + workflows.CheckWords(r.Check) + ")"
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
	case "public":
		return "Whoever opens the certificate's public page"
	case "":
		return "Nobody"
	}
	if known := workflows.VendorTitle(recipient); known != recipient {
		return known
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
