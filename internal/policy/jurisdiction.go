package policy

import (
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Unit is what a waiting period counts.
type Unit string

// The units.
const (
	BusinessDays Unit = "business days" // Monday to Friday, without federal holidays
	CalendarDays Unit = "calendar days"
)

// Jurisdiction is one row of the table: what a place asks beyond federal law.
type Jurisdiction struct {
	ID    string // as the search attribute Jurisdiction shows it
	Name  string
	state string // two letters; empty: everywhere
	city  string // lower case; empty: the whole state

	Wait     int // between the pre-adverse notice and the decision
	WaitUnit Unit
	// ReceiptAfter is when a notice is taken as received, in business days after
	// it was sent, by channel; the wait runs from then.
	ReceiptAfter map[string]int
	// LookBack is in years; 0 means without limit.
	LookBackFelony, LookBackMisdemeanor, LookBackOther int
	NonConvictionsBarred                               bool
	ConditionalOffer                                   bool   // a criminal search may only follow the offer
	From                                               string // in force since, YYYY-MM-DD
	Citation                                           string
}

// federal is the row that holds everywhere: the wait is the norm from the FTC's
// letters, not statute. 1681c bars non-convictions after seven years.
var federal = Jurisdiction{ID: "US", Name: "United States", Wait: 5, WaitUnit: BusinessDays, LookBackOther: 7,
	From: "1997-09-30", Citation: "15 USC 1681b(b)(3), 1681c, 1681m"}

// table is looked up in reference/jurisdictions.md of 2026-11, mostly from
// secondary sources; counsel must confirm each row.
var table = []Jurisdiction{
	{ID: "US-CA", Name: "California", state: "CA", Wait: 5, WaitUnit: BusinessDays, ReceiptAfter: map[string]int{"email": 2},
		LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7, NonConvictionsBarred: true, ConditionalOffer: true,
		From: "2018-01-01", Citation: "Cal. Gov. Code 12952; 2 CCR 11017.1; Civ. Code 1786.18"},
	{ID: "US-CA-LA", Name: "Los Angeles", state: "CA", city: "los angeles", Wait: 10, WaitUnit: BusinessDays, ReceiptAfter: map[string]int{"email": 2},
		LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7, NonConvictionsBarred: true, ConditionalOffer: true,
		From: "2024-09-03", Citation: "LAMC 189; LACC 8.300"},
	{ID: "US-CA-SF", Name: "San Francisco", state: "CA", city: "san francisco", Wait: 7, WaitUnit: CalendarDays,
		LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7, NonConvictionsBarred: true, ConditionalOffer: true,
		From: "2014-08-13", Citation: "S.F. Police Code art. 49"},
	{ID: "US-NY", Name: "New York", state: "NY", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		NonConvictionsBarred: true, From: "2009-02-01", Citation: "N.Y. Correction Law 750-755; GBL 380-j"},
	{ID: "US-NY-NYC", Name: "New York City", state: "NY", city: "new york", Wait: 5, WaitUnit: BusinessDays,
		LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7, NonConvictionsBarred: true, ConditionalOffer: true,
		From: "2021-07-29", Citation: "NYC Admin. Code 8-107(10), (11), (11-a)"},
	{ID: "US-IL", Name: "Illinois", state: "IL", Wait: 5, WaitUnit: BusinessDays, LookBackOther: 7, NonConvictionsBarred: true,
		From: "2021-03-23", Citation: "775 ILCS 5/2-103.1"},
	{ID: "US-IL-CHI", Name: "Chicago", state: "IL", city: "chicago", Wait: 5, WaitUnit: BusinessDays, LookBackOther: 7, NonConvictionsBarred: true,
		From: "2023-04-24", Citation: "MCC 6-10-054; 775 ILCS 5/2-103.1"},
	{ID: "US-MA", Name: "Massachusetts", state: "MA", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 5, LookBackOther: 7,
		From: "2012-05-04", Citation: "MGL c.6 s.172; 803 CMR 2.20, 2.22"},
	{ID: "US-NJ", Name: "New Jersey", state: "NJ", Wait: 5, WaitUnit: BusinessDays, LookBackOther: 7, From: "2015-03-01", Citation: "NJSA 34:6B-11"},
	{ID: "US-WA", Name: "Washington", state: "WA", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		NonConvictionsBarred: true, ConditionalOffer: true, From: "2026-07-01", Citation: "RCW 49.94 (HB 1747)"},
	{ID: "US-PA-PHL", Name: "Philadelphia", state: "PA", city: "philadelphia", Wait: 10, WaitUnit: BusinessDays,
		LookBackFelony: 7, LookBackMisdemeanor: 4, LookBackOther: 7, NonConvictionsBarred: true, ConditionalOffer: true,
		From: "2026-01-06", Citation: "Phila. Code 9-3500"},
	{ID: "US-TX", Name: "Texas", state: "TX", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		From: "1997-09-01", Citation: "Tex. Bus. & Com. Code 20.05"},
	{ID: "US-TX-AUS", Name: "Austin", state: "TX", city: "austin", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		ConditionalOffer: true, From: "2016-04-04", Citation: "Austin Code 4-15"},
	{ID: "US-HI", Name: "Hawaii", state: "HI", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 5, LookBackOther: 7,
		NonConvictionsBarred: true, ConditionalOffer: true, From: "2020-09-15", Citation: "HRS 378-2.5"},
	{ID: "US-CO", Name: "Colorado", state: "CO", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		From: "2019-09-01", Citation: "CRS 8-2-130, 5-18-109"},
	{ID: "US-DC", Name: "District of Columbia", state: "DC", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 10, LookBackMisdemeanor: 10, LookBackOther: 7,
		NonConvictionsBarred: true, ConditionalOffer: true, From: "2014-12-17", Citation: "DC Code 32-1341"},
	{ID: "US-MD", Name: "Maryland", state: "MD", Wait: 7, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		ConditionalOffer: true, From: "2020-02-29", Citation: "Md. Code, Com. Law 14-1203; Montgomery Co. Code 27-71"},
	{ID: "US-KS", Name: "Kansas", state: "KS", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		From: "1997-09-30", Citation: "K.S.A. 50-704"},
	{ID: "US-NH", Name: "New Hampshire", state: "NH", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		From: "1997-09-30", Citation: "RSA 359-B:5"},
	{ID: "US-MT", Name: "Montana", state: "MT", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		From: "1997-09-30", Citation: "MCA 31-3-112"},
	{ID: "US-NM", Name: "New Mexico", state: "NM", Wait: 5, WaitUnit: BusinessDays, LookBackFelony: 7, LookBackMisdemeanor: 7, LookBackOther: 7,
		From: "1997-09-30", Citation: "NMSA 56-3-6"},
}

// cityAliases are names under which people write a city of the table.
var cityAliases = map[string]string{"new york city": "new york", "nyc": "new york", "brooklyn": "new york", "queens": "new york",
	"bronx": "new york", "the bronx": "new york", "manhattan": "new york", "staten island": "new york"}

// Jurisdictions gives every row, the federal one first.
func Jurisdictions() []Jurisdiction { return append([]Jurisdiction{federal}, table...) }

// ForPlace gives the rules that hold where the work is done on that day. Where
// places overlap, each column takes the strictest of them.
func ForPlace(state, city string, on time.Time) Jurisdiction {
	state, city = strings.ToUpper(strings.TrimSpace(state)), strings.ToLower(strings.TrimSpace(city))
	if known, ok := cityAliases[city]; ok {
		city = known
	}
	out := federal
	day := on.UTC().Format(time.DateOnly)
	for _, j := range table {
		if j.state != state || (j.city != "" && j.city != city) || (!on.IsZero() && day < j.From) {
			continue
		}
		out = stricter(out, j)
	}
	return out
}

// stricter joins two rows. b is the narrower place, and gives its name.
func stricter(a, b Jurisdiction) Jurisdiction {
	out := b
	if longest(a) > longest(b) {
		out.Wait, out.WaitUnit = a.Wait, a.WaitUnit
	}
	if b.ReceiptAfter == nil {
		out.ReceiptAfter = a.ReceiptAfter
	}
	out.LookBackFelony = shorter(a.LookBackFelony, b.LookBackFelony)
	out.LookBackMisdemeanor = shorter(a.LookBackMisdemeanor, b.LookBackMisdemeanor)
	out.LookBackOther = shorter(a.LookBackOther, b.LookBackOther)
	out.NonConvictionsBarred = a.NonConvictionsBarred || b.NonConvictionsBarred
	out.ConditionalOffer = a.ConditionalOffer || b.ConditionalOffer
	out.Citation = b.Citation + "; " + a.Citation
	return out
}

// longest is a wait in calendar days, as long as it can at least get.
func longest(j Jurisdiction) int {
	if j.WaitUnit == BusinessDays {
		return j.Wait + 2*(j.Wait/5)
	}
	return j.Wait
}

// shorter is the stricter of two look-backs, where 0 is none.
func shorter(a, b int) int {
	if a == 0 {
		return b
	}
	if b == 0 {
		return a
	}
	return min(a, b)
}

// lookBack gives how old a record of this kind may be (0: any age), and whether
// it may not be used at all.
func (j Jurisdiction) lookBack(f onboarding.Finding) (years int, barred bool) {
	switch f.Disposed {
	case "dismissed", "acquitted", "arrested", "not_prosecuted", "vacated":
		return j.LookBackOther, j.NonConvictionsBarred
	}
	switch f.Severity {
	case "felony":
		return j.LookBackFelony, false
	case "misdemeanor":
		return j.LookBackMisdemeanor, false
	}
	return j.LookBackOther, false
}

func (j Jurisdiction) lookBackCitation() string { return j.Citation }

// WaitEnds is when the time to answer a pre-adverse notice is over: the place's
// wait, counted from the notice's deemed receipt and never from its sending
// where the place says so, to the end of that day in UTC.
func WaitEnds(j Jurisdiction, sent time.Time, channel string) time.Time {
	day := sent.UTC().Truncate(24 * time.Hour)
	day = addBusinessDays(day, j.ReceiptAfter[channel])
	if j.WaitUnit == CalendarDays {
		day = day.AddDate(0, 0, j.Wait)
	} else {
		day = addBusinessDays(day, j.Wait)
	}
	return day.AddDate(0, 0, 1)
}

func addBusinessDays(day time.Time, n int) time.Time {
	for n > 0 {
		day = day.AddDate(0, 0, 1)
		if businessDay(day) {
			n--
		}
	}
	return day
}

func businessDay(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && !FederalHoliday(day)
}

// FederalHoliday reports whether the day is a legal public holiday of the United
// States (5 USC 6103), or the weekday on which one that falls on a weekend is
// observed (Executive Order 11582).
func FederalHoliday(day time.Time) bool {
	y, m, d := day.Date()
	for _, h := range fixedHolidays {
		date := time.Date(y, h.month, h.day, 0, 0, 0, 0, time.UTC)
		if sameDay(observed(date), m, d) {
			return true
		}
	}
	if m == time.December && d == 31 { // New Year's Day of the next year, on a Saturday
		return observed(time.Date(y+1, time.January, 1, 0, 0, 0, 0, time.UTC)).Year() == y
	}
	for _, h := range floatingHolidays {
		if h.month == m && h.weekday == day.Weekday() && nth(day) == h.nth {
			return true
		}
	}
	return m == time.May && day.Weekday() == time.Monday && d > 24 // Memorial Day: the last Monday
}

var fixedHolidays = []struct {
	month time.Month
	day   int
}{{time.January, 1}, {time.June, 19}, {time.July, 4}, {time.November, 11}, {time.December, 25}}

var floatingHolidays = []struct {
	month   time.Month
	weekday time.Weekday
	nth     int
}{
	{time.January, time.Monday, 3},    // Birthday of Martin Luther King, Jr.
	{time.February, time.Monday, 3},   // Washington's Birthday
	{time.September, time.Monday, 1},  // Labor Day
	{time.October, time.Monday, 2},    // Columbus Day
	{time.November, time.Thursday, 4}, // Thanksgiving Day
}

func nth(day time.Time) int { return (day.Day()-1)/7 + 1 }

func observed(date time.Time) time.Time {
	switch date.Weekday() {
	case time.Saturday:
		return date.AddDate(0, 0, -1)
	case time.Sunday:
		return date.AddDate(0, 0, 1)
	}
	return date
}

func sameDay(t time.Time, m time.Month, d int) bool { return t.Month() == m && t.Day() == d }
