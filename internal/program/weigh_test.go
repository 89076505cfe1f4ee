package program_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestWeighable: what a rule may never clear, in whichever check it turns up.
func TestWeighable(t *testing.T) {
	for _, c := range []struct {
		check   onboarding.CheckName
		finding string
		may     bool
	}{
		{onboarding.CheckPhone, "phone_voip", true},
		{onboarding.CheckPhone, "phone_invalid", false},
		{onboarding.CheckEmail, "phone_voip", false}, // another check's
		{onboarding.CheckEmail, "email_no_mx", false},
		{onboarding.CheckAddress, "address_mailbox_agency", true},
		{onboarding.CheckAddress, "address_not_found", false},
		{onboarding.CheckIPRisk, "ip_high_risk", false},
		{onboarding.CheckSanctions, "sanctions_match", false},
		{onboarding.CheckExclusions, "exclusion_match", false},
		{onboarding.CheckDebarment, "debarment_match", false},
		{onboarding.CheckDuplicate, "duplicate_national_id", false},
		{onboarding.CheckNationalID, "national_id_form_invalid", false},
		{onboarding.CheckIdentity, "identity_document_expired", false},
		{onboarding.CheckBackground, "criminal_record", true},
		{onboarding.CheckBackground, "sex_offender_record", true},
		{onboarding.CheckBackground, "identity_mismatch", false},
		{onboarding.CheckBackground, "watchlist_match", false},
		{onboarding.CheckBackground, "global_watchlist_consider", false},
		{onboarding.CheckBackground, "ssn_trace_consider", false},
		{"lost", "anything", false},
		{onboarding.CheckPhone, "", false},
	} {
		if got := program.Weighable(c.check, c.finding); got != c.may {
			t.Errorf("%s of %s may be cleared: %v", c.finding, c.check, got)
		}
	}
}

// TestRuleOnValidation: a program may say what its lines and mailboxes come to.
func TestRuleOnValidation(t *testing.T) {
	body := strings.Replace(rightFile(t), "  - {severity: felony, then: adverse_candidate}", `  - {check: email, finding: email_disposable, then: adverse_candidate, because: barred mailbox}
  - {check: email, finding: email_risky, then: clear}
  - {check: sanctions, then: adverse_candidate}
  - {screening: county_criminal, finding: criminal_record, disposition: pending, then: review}
  - {severity: felony, min_age_years: 3, max_age_years: 7, then: adverse_candidate}
review: {second_reviewer: adverse}`, 1)
	set, err := program.LoadFS(fstest.MapFS{"x.yaml": {Data: []byte(body)}}, "")
	if err != nil {
		t.Fatal(err)
	}
	p := set.All()[0]
	if r := p.Adjudication[0]; r.On() != onboarding.CheckEmail || r.Because != "barred mailbox" {
		t.Errorf("%+v", r)
	}
	if r := p.Adjudication[3]; r.On() != onboarding.CheckBackground || r.Disposition != program.Pending || r.Finding != "criminal_record" {
		t.Errorf("%+v", r)
	}
	if r := p.Adjudication[4]; r.MinAgeYears != 3 || r.MaxAgeYears != 7 {
		t.Errorf("%+v", r)
	}
	if p.Review.SecondReviewer != program.SecondAdverse {
		t.Errorf("a second reviewer %s", p.Review.SecondReviewer)
	}
}
