package checkr

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// caseBook remembers which cases were told already, so that one found by several
// searches is told once, by the search that counts most. A search's own cases are
// entered when it is through: its counts are not each other's doubles.
type caseBook map[string]string

// keys are the names that a case goes by: collections of records write courts in
// their own way, but know the county.
func (rec Record) keys() []string {
	number := bare(string(rec.CaseNumber))
	if number == "" {
		return nil
	}
	var out []string
	for _, court := range []string{rec.court(), string(rec.CourtOfRecord), string(rec.CourtJurisdiction), string(rec.County + rec.State)} {
		if court = bare(court); court != "" {
			out = append(out, court+"/"+number)
		}
	}
	return out
}

func (b caseBook) has(rec Record, screening string) bool {
	return slices.ContainsFunc(rec.keys(), func(k string) bool { s, ok := b[k]; return ok && s != screening })
}

func (b caseBook) enter(rec Record, screening string) {
	for _, k := range rec.keys() {
		if _, ok := b[k]; !ok {
			b[k] = screening
		}
	}
}

// close says that a search is through: another of the same type may have found
// the same case again.
func (b caseBook) close(screening string) {
	for k, s := range b {
		if s == screening {
			b[k] = ""
		}
	}
}

// bare is what two spellings of a name have in common.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, strings.ToLower(s))
}

func (rec Record) court() string {
	for _, c := range []text{rec.CourtOfRecord, rec.CourtJurisdiction} {
		if c != "" {
			return string(c)
		}
	}
	for _, c := range rec.Charges {
		if c.Court != "" {
			return string(c.Court)
		}
	}
	return string(rec.County)
}

// findings says what a record comes to; lead says that it is a hint where to
// search, and no report.
func (rec Record) findings(s Screening, lead bool, cases caseBook, now time.Time) []onboarding.Finding {
	screening := s.Type
	base := onboarding.Finding{Verdict: onboarding.VerdictConsider, Source: sourceOf(screening), Screening: screening, Entry: rec.reference(s.ID, 0)}
	switch screening {
	case SexOffender:
		base.Code = FindingSexOffender
		return []onboarding.Finding{base}
	case GlobalWatchlist:
		base.Code = FindingWatchlist
		return []onboarding.Finding{base}
	case FACIS:
		base.Code = FindingFACIS
		return []onboarding.Finding{base}
	}
	if cases.has(rec, screening) {
		return nil
	}
	if lead {
		return []onboarding.Finding{unsettled(FindingRecordUnverified, screening)}
	}
	cases.enter(rec, screening)
	base.Code = FindingCriminalRecord
	// Obligation 8: a court record carries court and case number. Without them
	// nobody can look it up or dispute it, so it is nothing to hold against
	// anyone, and nothing to call clear.
	if rec.CaseNumber == "" || rec.court() == "" {
		base.Code, base.Verdict = FindingRecordIncomplete, onboarding.VerdictCouldNotComplete
	}
	if len(rec.Charges) == 0 {
		base.Severity = unclassified
		return []onboarding.Finding{base}
	}
	var out []onboarding.Finding
	for i, c := range rec.Charges {
		f := base
		f.Entry = rec.reference(s.ID, i)
		f.Severity, f.Disposed, f.AgeYears = severity(string(c.Classification)), disposition(string(c.Disposition)), years(string(c.DispositionDate), now)
		out = append(out, f)
	}
	return out
}

// reference names one count of the record, so that a finding and the entry that
// people read can be held together. It is a hash, since a case number says who it
// is about; and the ID of the search goes in, which is in the sealed report alone:
// case numbers are counted up, and whoever reads which entries were disputed in
// the ledger could else try them all.
func (rec Record) reference(search string, count int) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%s\x00%d", search, rec.court(), rec.CaseNumber, rec.Registry, count))
	return hex.EncodeToString(sum[:8])
}

// entries are the record's counts for people to read.
func (rec Record) entries(screening, search string) []onboarding.Entry {
	kind := map[string]string{SexOffender: "sex_offender", GlobalWatchlist: "watchlist", FACIS: "facis"}[screening]
	if kind == "" {
		kind = "criminal"
	}
	base := onboarding.Entry{ID: rec.reference(search, 0), Kind: kind, Court: rec.court(), CaseNumber: string(rec.CaseNumber), Source: string(sourceOf(screening))}
	if screening == SexOffender {
		base.Court = string(rec.Registry)
	}
	if len(rec.Charges) == 0 {
		return []onboarding.Entry{base}
	}
	var out []onboarding.Entry
	for i, c := range rec.Charges {
		e := base
		e.ID = rec.reference(search, i)
		e.Severity, e.Disposition, e.DisposedOn = string(c.Classification), string(c.Disposition), string(c.DispositionDate)
		out = append(out, e)
	}
	return out
}

const unclassified = "unclassified"

// severities in Checkr's words. What is none of them is unclassified: a court's
// record always has a severity, or no look-back would hold for it.
var severities = map[string]string{
	"felony": "felony", "misdemeanor": "misdemeanor", "gross_misdemeanor": "misdemeanor", "petty_misdemeanor": "misdemeanor",
	"infraction": "infraction", "violation": "infraction", "petty_offense": "infraction", "traffic_infraction": "infraction",
	"civil_infraction": "infraction", "summary_offense": "infraction", "ordinance_violation": "infraction", "municipal_ordinance": "infraction",
}

func severity(s string) string {
	if ours, ok := severities[asWord(s)]; ok {
		return ours
	}
	return unclassified
}

// dispositions are the courts' usual words, in policy's. Only a whole phrase is
// read: to take half of one for a dismissal would keep a conviction from sight.
var dispositions = map[string]string{
	"guilty": "convicted", "convicted": "convicted", "conviction": "convicted", "pled_guilty": "convicted", "plea_of_guilty": "convicted",
	"found_guilty": "convicted", "guilty_plea": "convicted", "nolo_contendere": "convicted", "no_contest": "convicted", "plead_guilty": "convicted",
	"dismissed": "dismissed", "dismissal": "dismissed", "case_dismissed": "dismissed", "charge_dismissed": "dismissed",
	"dismissed_with_prejudice": "dismissed", "dismissed_without_prejudice": "dismissed", "dismissed_by_prosecutor": "dismissed",
	"acquitted": "acquitted", "acquittal": "acquitted", "not_guilty": "not_guilty", "found_not_guilty": "not_guilty",
	"nolle_prosequi": "nolle_prosequi", "nolle_prossed": "nolle_prossed", "nolle_pros": "nolle_prosequi", "nol_pros": "nolle_prosequi", "nol_prossed": "nolle_prossed",
	"not_prosecuted": "not_prosecuted", "declined_to_prosecute": "not_prosecuted", "prosecution_declined": "not_prosecuted", "no_charges_filed": "not_prosecuted",
	"no_bill": "no_bill", "no_billed": "no_bill", "charges_dropped": "charges_dropped", "dropped": "charges_dropped", "charge_dropped": "charges_dropped",
	"released": "released", "released_without_charge": "released", "withdrawn": "withdrawn", "withdrawn_by_prosecutor": "withdrawn",
	"arrested": "arrested", "arrest": "arrest",
	"sealed": "sealed", "record_sealed": "sealed", "expunged": "expunged", "expungement": "expunged", "vacated": "vacated", "conviction_vacated": "vacated",
	"pardoned": "pardoned", "pardon": "pardoned", "set_aside": "set_aside", "conviction_set_aside": "set_aside",
	"pending": "pending", "open": "pending", "active": "pending", "case_pending": "pending", "awaiting_trial": "pending",
}

// vocabulary are the words of which other dispositions may be made and still be
// kept. Findings hold no free text: a court's clerk may write anything.
var vocabulary = strings.Fields(`adjudication adjudicated accepted amended appeal bail bond by closed community completed consent conditional conviction
	court deferred delinquent dismissal dismissed disposed diversion entry fine forfeited forfeiture found guilty imposed in judgment jury lesser
	no not of on other paid plea pled prayer probation prosecution reduced sentence served stayed stet suspended supervision time to transferred trial
	unknown waived warrant with withheld without`)

// disposition is how the case ended; "" when Checkr does not say. Words that are
// not in the table are kept if the law's vocabulary has them all.
func disposition(s string) string {
	w := asWord(s)
	if ours, ok := dispositions[w]; ok || w == "" {
		return ours
	}
	for part := range strings.SplitSeq(w, "_") {
		if !slices.Contains(vocabulary, part) {
			return "unknown"
		}
	}
	if !wordForm.MatchString(w) {
		return "unknown"
	}
	return w
}

var (
	wordForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	gaps     = regexp.MustCompile(`[^a-z0-9]+`)
)

// asWord writes a phrase as one word, in lower case.
func asWord(s string) string {
	return strings.Trim(gaps.ReplaceAllString(strings.ToLower(s), "_"), "_")
}

// typeOf is our word for Checkr's object.
func typeOf(object string) string {
	w := strings.TrimSuffix(asWord(object), "_search")
	if !wordForm.MatchString(w) {
		return "unknown"
	}
	return w
}

// years gives the whole years from day to now; 0 for a day that is unknown or
// yet to come.
func years(day string, now time.Time) int {
	d, err := time.Parse(time.DateOnly, day[:min(len(day), len(time.DateOnly))])
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
