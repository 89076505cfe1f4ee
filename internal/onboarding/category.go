package onboarding

import "slices"

// Category is a kind of what is kept about an applicant, with a time of its own after
// which it goes (obligation 23).
type Category string

// The categories.
const (
	KeptApplication  Category = "application"  // what they gave: the sealed profile, in every version
	KeptFindings     Category = "findings"     // what checks found, and the agency's report
	KeptLetters      Category = "letters"      // letters as they were sent
	KeptFiles        Category = "files"        // files that they handed in
	KeptTax          Category = "tax"          // details of the tax form
	KeptConsents     Category = "consents"     // consents and authorizations, with what proves them
	KeptCertificates Category = "certificates" // certificates as issued
	KeptDrafts       Category = "drafts"       // what was never handed in
	KeptInvitations  Category = "invitations"  // that somebody was invited
)

// Categories lists those that a case has, in the order in which people read them. What
// is never handed in, and invitations, have settings of their own in the program file.
func Categories() []Category {
	return []Category{KeptApplication, KeptFindings, KeptLetters, KeptFiles, KeptTax, KeptConsents, KeptCertificates}
}

// Known reports whether it is a category of a case.
func (c Category) Known() bool { return slices.Contains(Categories(), c) }

// Words is what the category has.
func (c Category) Words() string {
	switch c {
	case KeptApplication:
		return "what the applicant gave"
	case KeptFindings:
		return "what checks found, and reports"
	case KeptLetters:
		return "letters that were sent"
	case KeptFiles:
		return "files that the applicant handed in"
	case KeptTax:
		return "details of the tax form"
	case KeptConsents:
		return "consents and authorizations"
	case KeptCertificates:
		return "certificates"
	case KeptDrafts:
		return "what was never handed in"
	case KeptInvitations:
		return "that somebody was invited"
	}
	return string(c)
}

// Objects is where a category's objects lie that can go by themselves: prefixes in the
// vault bucket and in the evidence bucket. Of consents and certificates there are none:
// they stand in the ledger or under hashes, and go with the applicant's key.
func (c Category) Objects(id ApplicantID) (vault, evidence []string) {
	s := string(id) + "/"
	switch c {
	case KeptApplication:
		return []string{"profiles/" + s}, nil
	case KeptFindings:
		return nil, []string{"results/" + s}
	case KeptLetters:
		return []string{LetterPrefix(id)}, nil
	case KeptFiles:
		return []string{"attachments/" + s}, nil
	case KeptTax:
		return []string{TaxPrefix(id)}, nil
	case KeptConsents, KeptCertificates, KeptDrafts, KeptInvitations:
	}
	return nil, nil
}
