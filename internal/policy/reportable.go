package policy

import (
	"fmt"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// Dropped is a finding that may not be used, and the rule that forbids it.
type Dropped struct {
	Finding onboarding.Finding
	Rule    string
}

// ReportableFindings parts what may be used from what may not: records older
// than the place's look-back, kinds of record that it bars, and what a court has
// sealed or expunged. A dropped record leaves one clear finding behind, which
// says that a rule was applied and nothing of the record.
//
// Only what says consider can be dropped: that we do not know stays. A record
// without an age is kept for a person to look at.
func ReportableFindings(findings []onboarding.Finding, j Jurisdiction) (kept []onboarding.Finding, dropped []Dropped) {
	for _, f := range findings {
		if rule := forbidden(f, j); rule != "" {
			dropped = append(dropped, Dropped{Finding: f, Rule: rule})
			continue
		}
		kept = append(kept, f)
	}
	if len(dropped) > 0 {
		kept = append(kept, onboarding.Finding{Code: "record_not_reportable", Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn})
	}
	return kept, dropped
}

// forbidden names the rule by which a finding may not be used; empty if it may.
func forbidden(f onboarding.Finding, j Jurisdiction) string {
	if f.Verdict != onboarding.VerdictConsider {
		return ""
	}
	kind := dispositions[f.Disposed]
	if kind == sealed {
		return "sealed, expunged or vacated by a court: 15 USC 1681e(b)"
	}
	if f.Severity == "" && kind != nonConviction {
		return "" // no court record
	}
	limit, what := j.LookBack.Felony, "convictions"
	switch {
	case kind == nonConviction:
		limit, what = j.LookBack.NonConviction, "arrests and cases without a conviction"
	case f.Severity == "felony":
		what = "felonies"
	case f.Severity == "misdemeanor":
		limit, what = j.LookBack.Misdemeanor, "misdemeanors"
	case f.Severity == "infraction":
		limit, what = j.LookBack.Summary, "infractions"
	}
	switch {
	case limit.Years == Never:
		return fmt.Sprintf("%s may not be used: %s", what, limit.Citation)
	case limit.Years > 0 && f.AgeYears >= limit.Years:
		return fmt.Sprintf("%s may not be used after %d years: %s", what, limit.Years, limit.Citation)
	}
	return ""
}

type disposition int

const (
	nonConviction disposition = iota + 1
	sealed
	pending
	conviction
)

// dispositions says what the words by which a case ended mean. A pending case
// is not barred with the arrests: places that bar those except pending ones
// leave it to a person. An unknown word is taken for a conviction, for a person
// to look at.
var dispositions = map[string]disposition{
	"pending": pending, "convicted": conviction, "guilty": conviction, "pleaded_guilty": conviction,
	"dismissed": nonConviction, "acquitted": nonConviction, "not_guilty": nonConviction, "arrested": nonConviction, "arrest": nonConviction,
	"not_prosecuted": nonConviction, "nolle_prosequi": nonConviction, "nolle_prossed": nonConviction, "no_bill": nonConviction,
	"charges_dropped": nonConviction, "released": nonConviction, "withdrawn": nonConviction,
	"sealed": sealed, "expunged": sealed, "vacated": sealed, "pardoned": sealed, "set_aside": sealed,
}

// endOf is a court's or vendor's word for how a case ended as the program's rules
// tell cases apart; known is false for none and for a word that nobody knows,
// which count as convictions.
func endOf(word string) (end program.Disposition, known bool) {
	switch dispositions[word] {
	case pending:
		return program.Pending, true
	case nonConviction, sealed:
		return program.NotConvicted, true
	case conviction:
		return program.Convicted, true
	}
	return program.Convicted, false
}
