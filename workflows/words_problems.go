package workflows

import "github.com/vouchsafe/vouchsafe/internal/onboarding"

// ProblemWords says in words why a check could not complete.
func ProblemWords(code string) string {
	switch onboarding.Code(code) {
	case onboarding.CodeVendorDown:
		return "the vendor did not answer, or answered with an error of its own"
	case onboarding.CodeVendorBusy:
		return "the vendor said to come back later, at every try"
	case onboarding.CodeVendorUnclear:
		return "the vendor's answer could not be read or is not complete"
	case onboarding.CodeVendorRefused:
		return "the vendor refused the order as it stands; trying again will not help by itself"
	case onboarding.CodeConsentNotLive:
		return "there is no consent for it that holds"
	case onboarding.CodeNoAgreement:
		return "no agreement with the vendor was in force that day: state the one that holds under vendors in the program's file, then retry"
	case onboarding.CodeRestricted:
		return "the applicant has had the uses of their data restricted: it goes on when that is lifted"
	case onboarding.CodeGrantRefused:
		return "the permission for it was refused: it was spent, or made for another use"
	case onboarding.CodeKeyDestroyed:
		return "the data was erased"
	case onboarding.CodeInvalid:
		return "what the applicant gave cannot be sent as it stands"
	case onboarding.CodeInternal:
		return "something went wrong on our side; the log says what"
	case "SEARCH_INCOMPLETE": // this and the next are the workflow's own
		return "the vendor answered, but some of its searches could not be completed"
	case "REPORT_OVERDUE":
		return "the vendor's stated time is over and there is no report"
	case "APPLICANT_NOT_DONE":
		return "the applicant did not do in time what the vendor asks of them"
	case "":
		return ""
	default:
		return "something else: " + code
	}
}
