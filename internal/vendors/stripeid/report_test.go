package stripeid_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/granttest"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
)

// Every code that Stripe knows, in every status; nothing but "verified" is clear,
// and no word that is not a code of ours gets into a finding.
func TestCodes(t *testing.T) {
	const consider, unknown = onboarding.VerdictConsider, onboarding.VerdictCouldNotComplete
	id := granttest.NewApplicant()
	for code, want := range map[string]struct {
		problem, finding string
		verdict          onboarding.Verdict
		final            bool
	}{
		"document_expired":                     {"document_expired", "identity_document_expired", consider, false},
		"document_type_not_supported":          {"document_type_not_supported", "identity_document_type_not_supported", consider, false},
		"document_unverified_other":            {"document_unverified_other", "identity_document_unverified_other", consider, false},
		"under_supported_age":                  {"under_supported_age", "identity_under_supported_age", consider, true},
		"consent_declined":                     {"consent_declined", "identity_consent_declined", unknown, true},
		"country_not_supported":                {"country_not_supported", "identity_country_not_supported", unknown, true},
		"device_not_supported":                 {"device_not_supported", "identity_device_not_supported", unknown, false},
		"abandoned":                            {"abandoned", "identity_abandoned", unknown, false},
		"selfie_face_mismatch":                 {"other", "identity_other_problem", consider, false},
		"selfie_manipulated":                   {"other", "identity_other_problem", consider, false},
		"id_number_insufficient_document_data": {"other", "identity_other_problem", consider, false},
		"phone_verification_declined":          {"other", "identity_other_problem", consider, false},
		"Ada Lovelace did it":                  {"other", "identity_other_problem", consider, false},
	} {
		for _, status := range []stripeid.Status{stripeid.StatusRequiresInput, stripeid.StatusProcessing, stripeid.StatusVerified, stripeid.StatusCanceled} {
			c := scripted(t, 200, fmt.Sprintf(`{"object":"identity.verification_session","type":"document","id":"vs_1","status":%q,
				"client_reference_id":"%s/identity_document/1","last_error":{"code":%q,"reason":"Ada's passport"}}`, status, id, code))
			got, _, err := c.Fetch(t.Context(), grant(t, id, 1), "vs_1")
			if err != nil {
				t.Fatal(err)
			}
			r := stripeid.Report{SessionID: "vs_1", Reference: string(id) + "/identity_document/1", Status: status, Problem: want.problem}
			switch {
			case status == stripeid.StatusVerified:
				r.Problem, r.Findings = "", finding("identity_document_verified", onboarding.VerdictClear)
			case status == stripeid.StatusProcessing:
				r.Pending = true
			case status == stripeid.StatusCanceled:
				r.Findings = append(finding("identity_document_canceled", unknown), finding(want.finding, want.verdict)...)
			case want.final:
				r.Findings = finding(want.finding, want.verdict)
			default:
				r.Pending, r.AwaitsApplicant = true, true
			}
			if d := cmp.Diff(r, got); d != "" {
				t.Errorf("%s, %s:\n%s", code, status, d)
			}
		}
	}
}
