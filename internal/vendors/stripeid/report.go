package stripeid

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The findings. Those about a problem are "identity_" and Stripe's own code.
const (
	FindingVerified = "identity_document_verified" // clear
	FindingCanceled = "identity_document_canceled" // could not complete

	FindingExpired         = "identity_document_expired"            // consider
	FindingTypeUnsupported = "identity_document_type_not_supported" // consider
	FindingUnverified      = "identity_document_unverified_other"   // consider: not readable, not genuine, or Stripe could not tell
	FindingUnderAge        = "identity_under_supported_age"         // consider: for a person to compare with the date of birth that was given
	FindingDeclined        = "identity_consent_declined"            // could not complete
	FindingCountry         = "identity_country_not_supported"       // could not complete
	FindingDevice          = "identity_device_not_supported"        // could not complete: no camera
	FindingAbandoned       = "identity_abandoned"                   // could not complete
	FindingOther           = "identity_other_problem"               // consider: a code that we do not know
)

// problem is what Stripe's last_error comes to.
type problem struct {
	code    string // of Stripe, or "other"
	finding string
	verdict onboarding.Verdict
	final   bool
}

// problems knows the codes that a session about a document can have. Stripe
// leaves a session open after any of them, so that the same person may go back
// to the same session and try again: another document, a better picture, a phone
// with a camera. As long as they may, nothing has been found yet.
//
// Three are final, since trying again changes nothing. Whoever declines that
// Stripe looks has a right to another way, which only a person can offer
// (Stripe's own guide says to offer one): that is no finding against anybody,
// but a check that could not be made. So is a country that Stripe does not
// cover. Below the age that Stripe supports is an answer, and contradicts what
// the applicant gave. Stripe leaves the session open after these too, so whoever
// settles the check by one cancels it.
var problems = []problem{
	{"document_expired", FindingExpired, onboarding.VerdictConsider, false},
	{"document_type_not_supported", FindingTypeUnsupported, onboarding.VerdictConsider, false},
	{"document_unverified_other", FindingUnverified, onboarding.VerdictConsider, false},
	{"under_supported_age", FindingUnderAge, onboarding.VerdictConsider, true},
	{"consent_declined", FindingDeclined, onboarding.VerdictCouldNotComplete, true},
	{"country_not_supported", FindingCountry, onboarding.VerdictCouldNotComplete, true},
	{"device_not_supported", FindingDevice, onboarding.VerdictCouldNotComplete, false},
	{"abandoned", FindingAbandoned, onboarding.VerdictCouldNotComplete, false},
}

// problemOf gives what a code comes to; the zero problem for none. Codes about
// selfies and identity numbers, which we do not ask for, and codes to come are
// "other", and not final.
func problemOf(code string) problem {
	if code == "" {
		return problem{}
	}
	for _, p := range problems {
		if p.code == code {
			return p
		}
	}
	return problem{"other", FindingOther, onboarding.VerdictConsider, false}
}

func (p problem) findings() []onboarding.Finding {
	if p.code == "" {
		return nil
	}
	return []onboarding.Finding{{Code: p.finding, Verdict: p.verdict, Source: onboarding.SourceProprietary}}
}

// Report is what a session has come to.
type Report struct {
	SessionID string
	Reference string // <applicant>/<check>/<round>
	Status    Status
	// Pending: nothing is decided yet; there are no findings.
	Pending bool
	// AwaitsApplicant: it is for the applicant to go on, by way of Page. Stripe
	// waits without end. Whoever does not want to cancels the session; the report
	// then has the findings, what went wrong last among them.
	AwaitsApplicant bool
	// Problem is what went wrong last, in Stripe's code ("document_expired"), or
	// "other" for one that we do not know; "" when nothing did, as before the
	// first try. With AwaitsApplicant it is what to say beside "try again".
	Problem  string
	Findings []onboarding.Finding
}

// report maps the session. Only "verified" makes clear.
func (s session) report() Report {
	p := problemOf(s.lastError())
	r := Report{SessionID: s.ID, Reference: s.reference(), Status: s.Status, Problem: p.code}
	switch s.Status {
	case StatusVerified:
		r.Problem = ""
		r.Findings = []onboarding.Finding{{Code: FindingVerified, Verdict: onboarding.VerdictClear, Source: onboarding.SourceProprietary}}
	case StatusProcessing:
		r.Pending = true
	case StatusRequiresInput:
		if p.final {
			r.Findings = p.findings()
			break
		}
		r.Pending, r.AwaitsApplicant = true, true
	case StatusCanceled:
		r.Findings = append([]onboarding.Finding{{Code: FindingCanceled, Verdict: onboarding.VerdictCouldNotComplete, Source: onboarding.SourceProprietary}},
			p.findings()...)
	}
	return r
}

// Fetch spends the grant, without opening anything, and gets what a session has
// come to, and the answer without the page's address and secret, to be sealed.
// Errors: those of Grant.Spend, CodeInvalid for an ID that cannot be one, those
// of outbound.Client.Do, and CodeVendorRefused when the session was made for
// another applicant: it must reach nobody.
func (c *Client) Fetch(ctx context.Context, g consent.Grant[consent.Validation], sessionID string) (Report, []byte, error) {
	s, reply, err := c.own(ctx, g, sessionID)
	if err != nil {
		return Report{}, nil, err
	}
	return s.report(), withoutPage(reply.Body), nil
}
