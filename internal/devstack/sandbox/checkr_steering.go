package sandbox

import "strings"

// checkrSteers steer Checkr by the family name or, where Checkr is not told it,
// by how the e-mail address begins.
var checkrSteers = []nameSteer{
	{"Consider", "a county court record, which the national search found too: misdemeanor, three years old"},
	{"Felony", "a county court record: felony, one year old"},
	{"Oldrecord", "a county court record: misdemeanor, twelve years old"},
	{"Dismissed", "a county court record: misdemeanor, dismissed two years ago"},
	{"Sealed", "a county court record that the court has sealed"},
	{"Registered", "an entry in a sex offender registry"},
	{"Thinfile", "the SSN trace finds little; else clear"},
	{"Quiet", "clear, but the webhook never comes: polling finds the report"},
	{"Forever", "the report never completes"},
	{"Suspended", "the report is suspended and waits for a document that never comes"},
	{"Blocked", "one county search is canceled (closed court), so the report cannot be whole; clear when it is ordered in a new round"},
	{"Lostsearch", "the report is complete and names a county search that Checkr does not have, at every attempt"},
	{"Refused", "the candidate is refused (422)"},
}

// steerCheckr gives the outcome's name in lower case; "" is clear.
func steerCheckr(family, email string) string {
	if family == "" {
		family, _, _ = strings.Cut(email, ".")
	}
	for _, n := range checkrSteers {
		if strings.EqualFold(strings.TrimSpace(family), n.family) {
			return strings.ToLower(n.family)
		}
	}
	return ""
}

func checkrSteering() []Steer {
	out := []Steer{{Checkr, "any other family name", "clear"}}
	for _, n := range checkrSteers {
		low := strings.ToLower(n.family)
		out = append(out, Steer{Checkr, "family name " + n.family + ", or with an invitation e-mail " + low + ".ada@example.com", n.outcome})
	}
	return append(out, Steer{Checkr, `a complete report's ID: POST /_checkr/reports/<ID>/dispute with {"corrected":true}, {"corrected":false} or {}`,
		"the person disputes the report; it completes again, without the record or as it was, or the dispute stays open"})
}

// checkrHands are Checkr's page for the applicant, and the dispute.
var checkrHands = []hand{
	{"GET", "/checkr/_apply/{token}", (*Sandbox).checkrApply},
	{"POST", "/checkr/_apply/{token}", (*Sandbox).checkrApply},
	{"POST", "/_checkr/reports/{id}/dispute", (*Sandbox).checkrDispute},
}
