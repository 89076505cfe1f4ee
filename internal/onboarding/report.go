package onboarding

import "time"

// Result is what is sealed of one check's answer.
type Result struct {
	Findings []Finding `json:"findings"`
	Order    string    `json:"order"`     // the vendor's reference, if any
	Waiting  bool      `json:"waiting"`   // ordered; the report is still to come
	WaitsFor Attention `json:"waits_for"` // the applicant, when the vendor waits for them; else empty
	Spared   bool      `json:"spared"`    // our own look was enough
	Raw      []byte    `json:"raw"`       // the vendor's answer as it came
}

// Report is a consumer report as its person reads it, whichever agency made it.
// It holds personal data: it lives in sealed bytes and on that person's page.
type Report struct {
	Reference string    // the agency's own
	Completed time.Time // zero when the agency does not say
	Searches  []Search
}

// Search is one search of a report.
type Search struct {
	Type    string // e.g. "county_criminal", in the agency's words
	Status  string
	Result  string // empty while there is none
	Why     string // it was canceled, in the agency's words
	Entries []Entry
}

// Entry is one thing that a search found.
type Entry struct {
	ID                                                                 string // the agency's own reference of the entry; empty when it has none
	Kind, Severity, Disposition, DisposedOn, Court, CaseNumber, Source string
}
