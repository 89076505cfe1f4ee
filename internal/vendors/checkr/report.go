package checkr

import (
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The types of search, in the words that findings of every vendor use.
const (
	SSNTrace         = "ssn_trace"
	SexOffender      = "sex_offender"
	GlobalWatchlist  = "global_watchlist"
	NationalCriminal = "national_criminal"
	CountyCriminal   = "county_criminal"
	StateCriminal    = "state_criminal"
	FederalCriminal  = "federal_criminal"
	FederalDistrict  = "federal_district_criminal"
	FACIS            = "facis"
)

// Report is how far an order is, and what its searches found. It holds personal
// data; its Findings do not.
type Report struct {
	OrderID          string
	ID               string // Checkr's report; empty while there is only an invitation
	Package          string
	Status           Status
	Result           string // "clear", "consider", or empty while there is none
	IncludesCanceled bool
	CompletedAt      *time.Time // when it was completed or, after a dispute, revised

	Pending         bool // there is more to come
	AwaitsApplicant bool // the invitation waits to be filled in
	Expired         bool // it waited in vain
	Disputed        bool // the person's dispute is being looked into: nothing can be decided
	Suspended       bool // Checkr waits for something from the person, or for a word from the account

	Screenings []Screening
}

// Screening is one search, as far as we read it.
type Screening struct {
	Type               string    `json:"-"`
	ID                 string    `json:"id"`
	Object             string    `json:"object"`
	Status             string    `json:"status"`
	Result             text      `json:"result"`
	CancellationReason text      `json:"cancellation_reason"`
	Records            *[]Record `json:"records"`

	// Of an SSN trace.
	NoData              *bool `json:"no_data"`
	DOBMismatch         bool  `json:"dob_mismatch"`
	NameMismatch        bool  `json:"name_mismatch"`
	DataMismatch        bool  `json:"data_mismatch"`
	ThinFile            bool  `json:"thin_file"`
	DeathIndex          bool  `json:"death_index"`
	SSNAlreadyTaken     bool  `json:"ssn_already_taken"`
	InvalidIssuanceYear bool  `json:"invalid_issuance_year"`
}

// Record is what a search found: a case, or an entry in a register.
type Record struct {
	ID                text     `json:"id"`
	CaseNumber        text     `json:"case_number"`
	CourtOfRecord     text     `json:"court_of_record"`
	CourtJurisdiction text     `json:"court_jurisdiction"`
	County            text     `json:"county"`
	State             text     `json:"state"`
	Registry          text     `json:"registry"`
	Charges           []Charge `json:"charges"`
}

// Charge is one count of a case.
type Charge struct {
	Charge          text `json:"charge"`
	Classification  text `json:"classification"`
	Disposition     text `json:"disposition"`
	DispositionDate text `json:"disposition_date"` // begins with YYYY-MM-DD
	Court           text `json:"court"`
}

// text is a string of Checkr's that may be null; whatever else stands there is
// nothing that we read.
type text string

// UnmarshalJSON takes a string, and anything else for an empty one.
func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = ""
	}
	*t = text(s)
	return nil
}

// Findings' codes that are not "<type of search>_clear", "<type of
// search>_consider" or "ssn_<flag>".
const (
	FindingInvitationExpired   = "invitation_expired"   // could not complete
	FindingInvitationWithdrawn = "invitation_withdrawn" // could not complete
	FindingScreeningCanceled   = "screening_canceled"   // could not complete
	FindingScreeningUnclear    = "screening_unclear"    // could not complete: ended without evidence
	FindingRecordIncomplete    = "record_incomplete"    // could not complete: a court record without court or case number
	FindingRecordUnverified    = "record_unverified"    // could not complete: no court's own search bears it out
	FindingReportUnclear       = "report_unclear"       // could not complete: complete without a result
	FindingReportConsider      = "report_consider"      // consider: Checkr says so, for a search that we do not read
	FindingCriminalRecord      = "criminal_record"      // consider
	FindingSexOffender         = "sex_offender_record"  // consider
	FindingWatchlist           = "watchlist_match"      // consider
	FindingFACIS               = "facis_record"         // consider
)

// Findings says what the report comes to; complete is true when Checkr has no
// more to add. While a dispute runs there is nothing to go by: no findings.
//
// Only a search that is complete and found nothing makes clear. The national and
// the federal search and the trace have no result at Checkr, since they are no
// part of what is reported: they tell where courts are to be asked. An empty list
// of records, or a trace without a flag, is their evidence; a record of theirs that
// no court's own search has is no finding against anybody, and nothing to call
// clear (15 USC 1681e(b)). The same case found twice is one finding.
func (r Report) Findings(now time.Time) (findings []onboarding.Finding, complete bool) {
	switch {
	case r.Expired:
		return []onboarding.Finding{unsettled(FindingInvitationExpired, "")}, true
	case r.ID == "" && r.Status == StatusCanceled:
		return []onboarding.Finding{unsettled(FindingInvitationWithdrawn, "")}, true
	case r.Disputed || r.ID == "":
		return nil, false
	}
	complete = !r.Pending
	cases := caseBook{}
	for _, s := range inWeight(r.Screenings) {
		if s.told(r.Screenings) {
			continue
		}
		if s.Status == "complete" || s.Status == "canceled" || complete {
			findings = append(findings, s.findings(cases, now)...)
		}
	}
	if !complete {
		return findings, false
	}
	says := func(code string, v onboarding.Verdict) bool {
		return slices.ContainsFunc(findings, func(f onboarding.Finding) bool { return (code == "" || f.Code == code) && f.Verdict == v })
	}
	if (r.IncludesCanceled || r.Status == StatusCanceled) && !says(FindingScreeningCanceled, onboarding.VerdictCouldNotComplete) {
		findings = append(findings, unsettled(FindingScreeningCanceled, ""))
	}
	switch {
	case r.Status != StatusComplete:
	case r.Result == "consider" && !says("", onboarding.VerdictConsider):
		findings = append(findings, onboarding.Finding{Code: FindingReportConsider, Verdict: onboarding.VerdictConsider, Source: onboarding.SourceProprietary})
	case r.Result != "clear" && r.Result != "consider":
		findings = append(findings, unsettled(FindingReportUnclear, ""))
	}
	return findings, true
}

// inWeight puts the searches in the order of the table, whatever theirs is.
func inWeight(list []Screening) []Screening {
	weight := func(s Screening) int {
		for i, known := range searches {
			if known.kind == s.Type {
				return i
			}
		}
		return len(searches)
	}
	out := slices.Clone(list)
	slices.SortStableFunc(out, func(a, b Screening) int { return weight(a) - weight(b) })
	return out
}

// told says that a federal search only names its districts, whose own searches
// are in the report.
func (s Screening) told(all []Screening) bool {
	return s.Type == FederalCriminal && s.Status == "complete" && s.Result == "" && s.Records == nil &&
		slices.ContainsFunc(all, func(o Screening) bool { return o.Type == FederalDistrict })
}

// silent are the searches that have no result at Checkr.
var silent = []string{SSNTrace, NationalCriminal, FederalCriminal}

func (s Screening) findings(cases caseBook, now time.Time) []onboarding.Finding {
	switch s.Status {
	case "complete":
	case "canceled":
		return []onboarding.Finding{unsettled(FindingScreeningCanceled, s.Type)}
	default:
		return []onboarding.Finding{unsettled(FindingScreeningUnclear, s.Type)}
	}
	if s.Type == SSNTrace {
		return s.trace()
	}
	lead := s.Result == "" && slices.Contains(silent, s.Type)
	var out []onboarding.Finding
	if s.Records != nil {
		for _, rec := range *s.Records {
			out = append(out, rec.findings(s, lead, cases, now)...)
		}
		cases.close(s.Type)
	}
	found := s.Records != nil && len(*s.Records) > 0
	switch {
	case found && (lead || s.Result == "clear" || s.Result == "consider"): // records speak, whatever the headline
		if len(out) == 0 { // all of them were told by a court's search
			out = append(out, settled(s.Type))
		}
	case s.Result == "clear", lead && s.Records != nil:
		out = append(out, settled(s.Type))
	case s.Result == "consider":
		out = append(out, onboarding.Finding{Code: s.Type + "_consider", Verdict: onboarding.VerdictConsider, Source: sourceOf(s.Type), Screening: s.Type})
	default:
		out = append(out, unsettled(FindingScreeningUnclear, s.Type))
	}
	return out
}

// trace reads the flags of an SSN trace. They tell whether the right person was
// searched for; Checkr's terms keep them out of any decision on eligibility, so
// they go to a person and never into a matrix.
func (s Screening) trace() []onboarding.Finding {
	if s.NoData == nil {
		return []onboarding.Finding{unsettled(FindingScreeningUnclear, s.Type)}
	}
	if *s.NoData { // nobody knows where to search
		return []onboarding.Finding{unsettled("ssn_no_data", s.Type)}
	}
	var out []onboarding.Finding
	for _, f := range []struct {
		is   bool
		name string
	}{
		{s.DOBMismatch, "dob_mismatch"}, {s.NameMismatch, "name_mismatch"}, {s.DataMismatch, "data_mismatch"}, {s.ThinFile, "thin_file"},
		{s.DeathIndex, "death_index"}, {s.SSNAlreadyTaken, "already_taken"}, {s.InvalidIssuanceYear, "invalid_issuance_year"},
	} {
		if f.is {
			out = append(out, onboarding.Finding{Code: "ssn_" + f.name, Verdict: onboarding.VerdictConsider, Source: sourceOf(s.Type), Screening: s.Type})
		}
	}
	if len(out) == 0 {
		out = append(out, settled(s.Type))
	}
	return out
}

func settled(screening string) onboarding.Finding {
	return onboarding.Finding{Code: screening + "_clear", Verdict: onboarding.VerdictClear, Source: sourceOf(screening), Screening: screening}
}

func unsettled(code, screening string) onboarding.Finding {
	return onboarding.Finding{Code: code, Verdict: onboarding.VerdictCouldNotComplete, Source: sourceOf(screening), Screening: screening}
}

// sourceOf is where a type of search looks (obligation 7).
func sourceOf(screening string) onboarding.SourceKind {
	switch screening {
	case "", SSNTrace: // Checkr's own files and doings
		return onboarding.SourceProprietary
	default:
		return onboarding.SourcePublicRecord
	}
}

// ReadReport reads a report as it was kept, for its person to read. The SSN
// trace is no part of a consumer report, and is left out. An error does not quote
// what was kept.
func ReadReport(raw []byte) (onboarding.Report, error) {
	var doc struct {
		Invitation *invitation `json:"invitation"`
		Report     *report     `json:"report"`
		Screenings []Screening `json:"screenings"`
	}
	if json.Unmarshal(raw, &doc) != nil || (doc.Report == nil && doc.Invitation == nil) {
		return onboarding.Report{}, errors.New("checkr: a kept report cannot be read")
	}
	if doc.Report == nil {
		return onboarding.Report{Reference: doc.Invitation.ID}, nil
	}
	out := onboarding.Report{Reference: doc.Report.ID}
	if stood := doc.Report.stood(); stood != nil {
		out.Completed = *stood
	}
	for _, s := range doc.Screenings {
		if s.Object == SSNTrace {
			continue
		}
		search := onboarding.Search{Type: typeOf(s.Object), Status: s.Status, Result: string(s.Result), Why: string(s.CancellationReason)}
		if s.Records != nil {
			for _, rec := range *s.Records {
				search.Entries = append(search.Entries, rec.entries(search.Type, s.ID)...)
			}
		}
		out.Searches = append(out.Searches, search)
	}
	return out, nil
}
