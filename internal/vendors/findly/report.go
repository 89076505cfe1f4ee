package findly

import (
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The types of screening.
const (
	SSNTrace         = "ssn_trace"
	SexOffender      = "sex_offender"
	NationalCriminal = "national_criminal"
	CountyCriminal   = "county_criminal"
	GlobalWatchlist  = "global_watchlist"
	OwnInvestigation = "own_investigation"
)

// Report is an order's report so far.
type Report struct {
	OrderID     string      `json:"order_id"`
	Reference   string      `json:"reference"`
	Package     string      `json:"package"`
	Status      Status      `json:"status"`
	CompletedAt *time.Time  `json:"completed_at"` // nil unless complete; anew after a dispute
	Ordered     []string    `json:"ordered"`      // the types of screening that the package comprises
	Screenings  []Screening `json:"screenings"`
	// Amended: the last re-investigation changed or deleted something. It is
	// false when there was none, and while one is going on.
	Amended bool `json:"amended"`
	// Transfers are whom the investigator had work on the order.
	Transfers []Transfer `json:"transfers"`
}

// Transfer is that the investigator handed on to a sub-processor what a screening takes.
type Transfer struct {
	To  string    `json:"to"`
	For string    `json:"for"` // the type of screening
	At  time.Time `json:"at"`
}

// unknownSub stands for a sub-processor whose name is not of the contract's form: what a
// vendor writes there may be anything, and the ledger holds no personal data.
const unknownSub = "unnamed"

var subForm = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,59}$`)

// Onward gives the transfers as the ledger may have them: once for each sub-processor and
// type of screening, the first of them.
func (r Report) Onward() []onboarding.Onward {
	known := []string{SSNTrace, SexOffender, NationalCriminal, CountyCriminal, GlobalWatchlist, OwnInvestigation}
	var out []onboarding.Onward
	for _, t := range r.Transfers {
		o := onboarding.Onward{To: t.To, For: t.For, At: t.At.UTC()}
		if !subForm.MatchString(o.To) {
			o.To = unknownSub
		}
		if !slices.Contains(known, o.For) {
			o.For = ""
		}
		if !slices.ContainsFunc(out, func(had onboarding.Onward) bool { return had.To == o.To && had.For == o.For }) {
			out = append(out, o)
		}
	}
	return out
}

// Screening is one search.
type Screening struct {
	ID                 string     `json:"id"`
	Type               string     `json:"type"`
	Status             Status     `json:"status"`
	Result             *string    `json:"result"` // "clear", "consider", or null while there is none
	CancellationReason *string    `json:"cancellation_reason"`
	CompletedAt        *time.Time `json:"completed_at"`
	Records            []Record   `json:"records"`
}

// Record is what a screening found.
type Record struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"`
	Severity    string `json:"severity"`
	Disposition string `json:"disposition"`
	DisposedOn  string `json:"disposed_on"` // YYYY-MM-DD, "" when unknown
	Court       string `json:"court"`
	CaseNumber  string `json:"case_number"`
	Source      string `json:"source"` // "public_record" or "proprietary"
}

// Findings' codes that are not "<type of screening>_clear" or
// "<type of screening>_consider".
const (
	FindingScreeningCanceled = "screening_canceled"  // could not complete
	FindingScreeningMissing  = "screening_missing"   // could not complete
	FindingScreeningUnclear  = "screening_unclear"   // could not complete: settled without a result
	FindingRecordIncomplete  = "record_incomplete"   // could not complete: a court record without court or case number
	FindingCriminalRecord    = "criminal_record"     // consider
	FindingSexOffender       = "sex_offender_record" // consider
	FindingWatchlist         = "watchlist_match"     // consider
	FindingIdentity          = "identity_mismatch"   // consider
	FindingInvestigation     = "investigation_note"  // consider
	FindingOther             = "record"              // consider
)

var recordCodes = map[string]string{
	"criminal":      FindingCriminalRecord,
	"sex_offender":  FindingSexOffender,
	"watchlist":     FindingWatchlist,
	"identity":      FindingIdentity,
	"investigation": FindingInvestigation,
}

// Findings says what the report comes to; complete is true when the vendor has
// no more to add. Only a screening that is complete and says "clear" without a
// record makes clear: one that was canceled, that the package comprises but the
// report lacks, or that ended without a result is could-not-complete. Screenings
// on the way give nothing while the report is. A report that is disputed gives
// nothing at all: what it said is in doubt until the re-investigation ends (15
// USC 1681i), and neither counts nor clears. A report that is complete and
// has no screening gives no findings, which onboarding.Worst reads as
// could-not-complete. Sources follow obligations 7 and 8.
func (r Report) Findings(now time.Time) (findings []onboarding.Finding, complete bool) {
	if r.Status == StatusDisputed {
		return nil, false
	}
	complete = r.Status == StatusComplete || r.Status == StatusCanceled
	seen := map[string]bool{}
	for _, s := range r.Screenings {
		seen[s.Type] = true
		if s.Status == StatusPending || s.Status == StatusSuspended || s.Status == StatusDisputed {
			if complete {
				findings = append(findings, unsettled(FindingScreeningUnclear, s.Type))
			}
			continue
		}
		findings = append(findings, s.findings(now)...)
	}
	if !complete {
		return findings, false
	}
	for _, t := range r.Ordered {
		if !seen[t] {
			seen[t] = true
			findings = append(findings, unsettled(FindingScreeningMissing, t))
		}
	}
	return findings, true
}

func (s Screening) findings(now time.Time) []onboarding.Finding {
	if s.Status != StatusComplete {
		return []onboarding.Finding{unsettled(FindingScreeningCanceled, s.Type)}
	}
	var out []onboarding.Finding
	for _, rec := range s.Records {
		out = append(out, rec.finding(s.Type, now))
	}
	result := ""
	if s.Result != nil {
		result = *s.Result
	}
	switch {
	case len(out) > 0 && (result == "clear" || result == "consider"): // records speak, whatever the headline
	case result == "clear":
		out = append(out, onboarding.Finding{Code: word(s.Type) + "_clear", Verdict: onboarding.VerdictClear, Source: sourceOf(s.Type), Screening: word(s.Type)})
	case result == "consider":
		out = append(out, onboarding.Finding{Code: word(s.Type) + "_consider", Verdict: onboarding.VerdictConsider, Source: sourceOf(s.Type), Screening: word(s.Type)})
	default:
		out = append(out, unsettled(FindingScreeningUnclear, s.Type))
	}
	return out
}

func unsettled(code, screening string) onboarding.Finding {
	return onboarding.Finding{Code: code, Verdict: onboarding.VerdictCouldNotComplete, Source: sourceOf(screening), Screening: word(screening)}
}

func (rec Record) finding(screening string, now time.Time) onboarding.Finding {
	f := onboarding.Finding{Code: FindingOther, Verdict: onboarding.VerdictConsider, Source: sourceOf(screening),
		Screening: word(screening), Severity: severity(rec.Severity), Disposed: disposition(rec.Disposition), AgeYears: years(rec.DisposedOn, now)}
	if idForm.MatchString(rec.ID) {
		f.Entry = rec.ID
	}
	if code, ok := recordCodes[rec.Kind]; ok {
		f.Code = code
	}
	switch src := onboarding.SourceKind(rec.Source); src {
	case onboarding.SourcePublicRecord, onboarding.SourceProprietary:
		f.Source = src
	default:
	}
	// Obligation 8: a court record carries court and case number. Without them
	// nobody can look it up or dispute it, so it is nothing to hold against
	// anyone, and nothing to call clear.
	if rec.Kind == "criminal" && f.Source == onboarding.SourcePublicRecord && (rec.Court == "" || rec.CaseNumber == "") {
		f.Code, f.Verdict = FindingRecordIncomplete, onboarding.VerdictCouldNotComplete
	}
	return f
}

// sourceOf is where a type of screening looks (obligation 7).
func sourceOf(screening string) onboarding.SourceKind {
	switch screening {
	case SexOffender, NationalCriminal, CountyCriminal, GlobalWatchlist:
		return onboarding.SourcePublicRecord
	default: // the vendor's own files and questions
		return onboarding.SourceProprietary
	}
}

// Severities that the contract knows.
var severities = []string{"felony", "misdemeanor", "infraction", "unclassified"}

// severity lets no word through that is not the contract's: findings hold
// codes, and a vendor's free text may hold anything.
func severity(s string) string {
	if s == "" || slices.Contains(severities, s) {
		return s
	}
	return "unclassified"
}

var wordForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// disposition is how the case ended; "" when the vendor does not say.
func disposition(s string) string {
	if s == "" {
		return ""
	}
	return word(s)
}

// word is severity's rule for types of screening, which may grow.
func word(s string) string {
	if wordForm.MatchString(s) {
		return s
	}
	return "unknown"
}

// years gives the whole years from day to now; 0 for a day that is unknown or
// yet to come.
func years(day string, now time.Time) int {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return 0
	}
	now = now.UTC()
	n := now.Year() - d.Year()
	if now.Month() < d.Month() || (now.Month() == d.Month() && now.Day() < d.Day()) {
		n--
	}
	return max(n, 0)
}

// ReadReport reads a report as it came, for its person to read. An error does
// not quote it.
func ReadReport(raw []byte) (onboarding.Report, error) {
	var r Report
	if err := json.Unmarshal(raw, &r); err != nil {
		return onboarding.Report{}, errors.New("findly: a kept report cannot be read")
	}
	out := onboarding.Report{Reference: r.OrderID}
	if r.CompletedAt != nil {
		out.Completed = *r.CompletedAt
	}
	for _, s := range r.Screenings {
		search := onboarding.Search{Type: s.Type, Status: string(s.Status)}
		if s.Result != nil {
			search.Result = *s.Result
		}
		if s.CancellationReason != nil {
			search.Why = *s.CancellationReason
		}
		for _, rec := range s.Records {
			search.Entries = append(search.Entries, onboarding.Entry{ID: rec.ID, Kind: rec.Kind, Severity: rec.Severity, Disposition: rec.Disposition,
				DisposedOn: rec.DisposedOn, Court: rec.Court, CaseNumber: rec.CaseNumber, Source: rec.Source})
		}
		out.Searches = append(out.Searches, search)
	}
	return out, nil
}
