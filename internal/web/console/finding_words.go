package console

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// findings has what each code of a finding says, for people. The codes are those of
// the vendors' adapters and of our own look.
var findings = map[string]string{
	"email_deliverable":   "Mail reaches this address.",
	"email_undeliverable": "No such mailbox.",
	"email_risky":         "The mailbox takes everything, or is of low quality.",
	"email_disposable":    "A throw-away mailbox.",
	"email_form":          "This is no e-mail address.",
	"email_no_mx":         "The domain takes no mail.",

	"phone_valid":        "The number is in use.",
	"phone_invalid":      "No such number.",
	"phone_voip":         "An internet number that anybody gets in a minute.",
	"phone_unusual_line": "A toll-free, premium or pager number, or the like.",
	"phone_unknown_line": "The carrier does not say what kind of line it is.",
	"phone_form":         "This is no phone number.",

	"address_deliverable":      "Mail reaches this address.",
	"address_unit_unconfirmed": "The building is there; the unit is missing or not known.",
	"address_not_found":        "No such address.",
	"address_unconfirmed":      "The address is there, but whether it is vacant or a mailbox was not looked up.",
	"address_mailbox_agency":   "A place that rents mailboxes; nobody lives there.",
	"address_post_office":      "A post office box or general delivery; nobody lives there.",
	"address_vacant":           "Unoccupied, and no mail is taken there.",
	"address_inactive":         "Not in use for mail.",

	"ip_low_risk":     "The connection is not known for fraud.",
	"ip_high_risk":    "The connection is known for fraud, at or over the program's threshold.",
	"ip_account_rule": "A rule of our account at MaxMind says to look.",
	"ip_unusable":     "No address of the public internet, or one that MaxMind does not know.",
	"ip_absent":       "The application came without an address.",

	"national_id_form_valid":   "The form of the number is right.",
	"national_id_form_invalid": "No such number can have been issued.",

	"identity_document_verified":           "The document was accepted.",
	"identity_document_canceled":           "The check of the document was called off.",
	"identity_document_expired":            "The document has expired.",
	"identity_document_type_not_supported": "Not a kind of document that is taken.",
	"identity_document_unverified_other":   "The document could not be read, or is not genuine, or Stripe could not tell.",
	"identity_under_supported_age":         "The document says an age below the one that is taken; compare it with the date of birth that was given.",
	"identity_consent_declined":            "The applicant did not let Stripe look. They have a right to another way.",
	"identity_country_not_supported":       "The document's country is not covered.",
	"identity_device_not_supported":        "The applicant had no device with a camera.",
	"identity_abandoned":                   "The applicant did not finish.",
	"identity_other_problem":               "Something that Stripe says in a code of its own.",

	"sanctions_clear": "Not on the list.",
	"sanctions_match": "An entry of a sanctions list may be this person.",
	"exclusion_clear": "Not on the list.",
	"exclusion_match": "An entry of the list of exclusions from federal health programs may be this person.",
	"debarment_clear": "Not on the list.",
	"debarment_match": "An entry of the list of those barred from federal contracts may be this person.",

	"no_duplicate":          "No other application of theirs.",
	"duplicate_email":       "Another application has this e-mail address.",
	"duplicate_phone":       "Another application has this phone number.",
	"duplicate_national_id": "Another application has this identity number.",

	"criminal_record":           "A court record.",
	"sex_offender_record":       "An entry of a sex offender register.",
	"watchlist_match":           "An entry of a watch list may be this person.",
	"facis_record":              "A sanction in health care.",
	"identity_mismatch":         "The number's owner is another person by name or date of birth.",
	"investigation_note":        "Something that the agency's own investigation brought up.",
	"record":                    "Something else on record.",
	"record_incomplete":         "A court record without court or case number: it cannot be weighed.",
	"record_unverified":         "A record that no court's own search bears out.",
	"record_not_reportable":     "What the law keeps out of a report was dropped.",
	"record_not_verified":       "What the agency did not verify in time was dropped.",
	"report_incomplete":         "The report is not whole.",
	"report_unclear":            "The report is complete, without a result.",
	"report_consider":           "The agency says to look, for a search that we do not read.",
	"screening_canceled":        "A search was canceled.",
	"screening_missing":         "A search that was ordered is not in the report.",
	"screening_unclear":         "A search ended without a result.",
	"invitation_expired":        "The applicant did not fill in what the agency asks for.",
	"invitation_withdrawn":      "The agency's invitation was taken back.",
	"ssn_data_mismatch":         "The number goes with other details.",
	"ssn_dob_mismatch":          "The number goes with another date of birth.",
	"ssn_name_mismatch":         "The number goes with another name.",
	"ssn_thin_file":             "Little is known under the number.",
	"ssn_death_index":           "The number's owner is in the index of deaths.",
	"ssn_already_taken":         "Somebody else uses the number.",
	"ssn_invalid_issuance_year": "The number was issued before the date of birth.",
}

// findingWords says a finding's code in words; "" for one that has none. Each search
// of a report has two codes of its own name, which say no more than this.
func findingWords(code string) string {
	words := findings[code]
	switch {
	case words != "":
	case strings.HasSuffix(code, "_clear"):
		words = "Nothing was found."
	case strings.HasSuffix(code, "_consider"):
		words = "The agency says to look."
	}
	return words
}

// partsWords lists what a score was made of, in a steady order.
func partsWords(parts map[string]float64) string {
	words := make([]string, 0, len(parts))
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		words = append(words, fmt.Sprintf("%s %.2f", plain(name), parts[name]))
	}
	return strings.Join(words, ", ")
}

// noteWords says what went wrong with the applicant's last try on a vendor's page,
// by the vendor's code.
func noteWords(code string) string {
	words := findings["identity_"+code]
	switch {
	case code == "":
		return ""
	case words == "":
		return "Their last try did not work: " + plain(code) + "."
	}
	return "Their last try did not work. " + words
}

// plain is a code as words.
func plain(code string) string {
	words := strings.ReplaceAll(code, "_", " ")
	if rest, ok := strings.CutPrefix(words, "ssn "); ok {
		words = "SSN " + rest
	}
	return words
}

// folded is what a report found, with the searches that found nothing in one line:
// else the one entry that counts stands among six that do not.
type folded struct {
	Told  []onboarding.Finding
	Clear string // the searches, in words
}

// fold parts the findings. Only a search's own "clear" is folded away.
func fold(findings []onboarding.Finding) folded {
	var f folded
	var clear []string
	for _, k := range findings {
		if k.Screening == "" || k.Code != k.Screening+"_clear" {
			f.Told = append(f.Told, k)
		} else if name := plain(k.Screening); !slices.Contains(clear, name) {
			clear = append(clear, name)
		}
	}
	f.Clear = strings.Join(clear, ", ")
	return f
}

// weighed is what policy gave for its ruling, with the checks that passed counted.
type weighed struct {
	Told   []onboarding.Reason
	Passed int
}

// weighty parts the reasons: those that anybody has to look at, and how many checks
// only passed.
func weighty(reasons []onboarding.Reason) weighed {
	var w weighed
	for _, r := range reasons {
		if r.Rule == "passed" {
			w.Passed++
		} else {
			w.Told = append(w.Told, r)
		}
	}
	return w
}

// reasonWords is what a rule says, with the finding's code said in words as well.
func reasonWords(r onboarding.Reason) string {
	words := strings.TrimSuffix(findingWords(r.Finding), ".")
	if r.Finding == "" || words == "" || !strings.HasPrefix(r.Says, r.Finding) {
		return r.Says
	}
	return words + " (" + r.Finding + ")" + strings.TrimPrefix(r.Says, r.Finding)
}

// clockTime is a moment as people at a desk say it: the hour, with the day when it
// is another one.
func (c *Console) clockTime(t time.Time) string {
	t, now := t.UTC(), c.site.Now().UTC()
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04 MST")
	}
	return t.Format("15:04 MST on 2 Jan 2006")
}

// mayCorrect reports whether the applicant can put right what the check is about now.
func mayCorrect(v workflows.StaffView, k onboarding.Check) bool {
	return slices.ContainsFunc(workflows.Corrects(k.Name), func(f onboarding.Field) bool { return slices.Contains(v.Correctable, f) })
}
