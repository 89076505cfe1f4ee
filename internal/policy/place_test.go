package policy_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestForPlace: which rules hold where, and from which day.
func TestForPlace(t *testing.T) {
	const today = "2026-11-02"
	for _, c := range []struct {
		name, state, city, on string
		id                    string
		offer                 bool // by law, the criminal search may only follow the offer
		assessments           int
		cites                 []string // besides the federal Act
	}{
		{"a place without rules of its own", "OR", "Salem", today, "US", false, 0, nil},
		{"no place", "", "", today, "US", false, 0, nil},
		{"a place that nobody knows", "ZZ", "Atlantis", today, "US", false, 0, nil},
		{"California", "CA", "Fresno", today, "US-CA", true, 2, []string{"Gov. Code 12952", "Civ. Code 1786.16"}},
		{"written as people write", " ca ", "fresno", today, "US-CA", true, 2, nil},
		{"Los Angeles, which may be city or county", "CA", "Los Angeles", today, "US-CA-LA", true, 2, []string{"LAMC 189", "LACC 8.300", "Gov. Code 12952"}},
		{"Los Angeles, with spaces", "CA", "  LOS   ANGELES ", today, "US-CA-LA", true, 2, []string{"LACC 8.300"}},
		{"a part of the city", "CA", "Van Nuys", today, "US-CA-LA", true, 2, nil},
		{"the county's own", "CA", "Altadena", today, "US-CA-LAC", true, 2, nil},
		{"San Francisco", "CA", "San Francisco", today, "US-CA-SF", true, 2, nil},
		{"New York State", "NY", "Albany", today, "US-NY", false, 1, []string{"Correction Law"}},
		{"New York City, by its borough", "NY", "The Bronx", today, "US-NY-NYC", true, 1, []string{"8-107", "Correction Law"}},
		{"Chicago", "IL", "Chicago", today, "US-IL-CHI", false, 1, []string{"MCC 6-10-054", "775 ILCS"}},
		{"Philadelphia", "PA", "Philadelphia", today, "US-PA-PHL", true, 1, []string{"Phila. Code 9-3500"}},
		{"Austin", "TX", "Austin", today, "US-TX-AUS", true, 1, []string{"Austin Code", "Tex. Bus."}},
		{"Portland in Oregon", "OR", "Portland", today, "US-OR-PDX", true, 1, nil},
		{"Portland in Maine", "ME", "Portland", today, "US", false, 0, nil},
		{"the District", "DC", "Washington", today, "US-DC", true, 1, nil},

		// HB 1747 holds from 2026-07-01; Seattle's ordinance is older.
		{"Washington the day before", "WA", "Spokane", "2026-06-30", "US", false, 0, nil},
		{"Washington on the day", "WA", "Spokane", "2026-07-01", "US-WA", true, 1, []string{"RCW 49.94"}},
		{"Seattle the day before", "WA", "Seattle", "2026-06-30", "US-WA-SEA", false, 0, []string{"SMC 14.17"}},
		{"Seattle on the day", "WA", "Seattle", "2026-07-01", "US-WA-SEA", true, 1, []string{"SMC 14.17", "RCW 49.94"}},
		{"Philadelphia the day before its amendment", "PA", "Philadelphia", "2026-01-05", "US", false, 0, nil},
		{"on no day, every row", "WA", "Seattle", "", "US-WA-SEA", true, 1, []string{"RCW 49.94"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var on time.Time
			if c.on != "" {
				on = date(t, c.on)
			}
			j := policy.ForPlace(c.state, c.city, on)
			if j.ID != c.id || j.ConditionalOffer != c.offer || j.Assessments != c.assessments {
				t.Errorf("%s, offer first %v, %d assessments", j.ID, j.ConditionalOffer, j.Assessments)
			}
			for _, cite := range append(c.cites, "15 USC 1681b(b)") {
				if strings.Count(j.Citation, cite) != 1 {
					t.Errorf("cites %q; want %q once", j.Citation, cite)
				}
			}
			// It is so everywhere, since no place forbids it.
			if !policy.ConditionalOfferFirst(j) {
				t.Error("a search before the offer")
			}
		})
	}
}

// TestColumns looks at the columns that few places have.
func TestColumns(t *testing.T) {
	at := func(state, city string) policy.Jurisdiction {
		return policy.ForPlace(state, city, date(t, "2026-11-02"))
	}
	if c := at("CA", "Los Angeles").Channels; !slices.Equal(c, []string{"email", "post"}) { // LACC 8.300: both
		t.Errorf("Los Angeles County's notices go by %v", c)
	}
	if c := at("CA", "Fresno").Channels; len(c) != 0 {
		t.Errorf("California's notices go by %v", c)
	}
	if from := at("CA", "Los Angeles").From; from != "2024-09-03" { // when the last of its rows came into force
		t.Errorf("Los Angeles's rules are in force from %s", from)
	}
	for _, c := range []struct {
		state, city string
		holds       bool
		covers      policy.Coverage
		lift        int
	}{
		{"OR", "Salem", false, policy.CoverageUnclear, 75000},  // 1681c(b)(3)
		{"WA", "Spokane", true, policy.CoverageUnclear, 75000}, // RCW 19.182.040 has 20000; the later counts
		{"NY", "Albany", false, policy.CoverageUnclear, 75000}, // GBL 380-j has 25000
		{"NY", "Queens", true, policy.CoversContractors, 0},    // 8-107(10): contractors, and nothing lifts it
		{"CA", "Fresno", false, policy.CoverageUnclear, 0},
		{"CA", "San Francisco", false, policy.CoversContractors, 0},
		{"MT", "Helena", false, policy.CoverageUnclear, 0}, // MCA 31-3-112 knows no pay from which it ends
		{"TX", "Austin", false, policy.CoverageUnclear, 75000},
		{"PA", "Philadelphia", true, policy.CoversContractors, 0}, // gig workers too
		{"NJ", "Newark", false, policy.CoversEmployees, 75000},
		{"CA", "Van Nuys", true, policy.CoverageUnclear, 0},
		{"CA", "Los Angeles", true, policy.CoversContractors, 0}, // the county's row covers them
	} {
		if j := at(c.state, c.city); j.HoldsPosition != c.holds || j.Contractors != c.covers || j.SalaryLift != c.lift {
			t.Errorf("%s, %s: holds the position %v, covers %q, lifts at %d", c.city, c.state, j.HoldsPosition, j.Contractors, j.SalaryLift)
		}
	}
}

// TestStrictest: no place takes away what another that holds too gives. Each
// column of a joined row is at least as strict as in each row that it came from.
func TestStrictest(t *testing.T) {
	rows := policy.Jurisdictions()
	federal := rows[0]
	limits := func(j policy.Jurisdiction) []policy.Limit {
		return []policy.Limit{j.LookBack.Felony, j.LookBack.Misdemeanor, j.LookBack.Summary, j.LookBack.NonConviction}
	}
	strict := func(l policy.Limit) int { // the less, the stricter
		switch l.Years {
		case policy.Never:
			return 0
		case 0:
			return 1000
		}
		return l.Years
	}
	check := func(t *testing.T, what string, joined, row policy.Jurisdiction) {
		t.Helper()
		for i := range limits(joined) {
			if strict(limits(joined)[i]) > strict(limits(row)[i]) {
				t.Errorf("%s: look-back %d is %+v, laxer than %s's %+v", what, i, limits(joined)[i], row.ID, limits(row)[i])
			}
		}
		if (row.HoldsPosition && !joined.HoldsPosition) || (row.ConditionalOffer && !joined.ConditionalOffer) || row.Assessments > joined.Assessments {
			t.Errorf("%s asks for less than %s", what, row.ID)
		}
		for _, f := range row.Forms {
			if !slices.Contains(joined.Forms, f) {
				t.Errorf("%s has lost %s's form %q", what, row.ID, f)
			}
		}
		for day := date(t, "2026-11-01"); day.Month() == time.November; day = day.AddDate(0, 0, 1) {
			for _, channel := range []string{"email", "post", ""} {
				if policy.WaitEnds(joined, day, channel).Before(policy.WaitEnds(row, day, channel)) {
					t.Errorf("%s: the wait from %s ends before %s's", what, day, row.ID)
				}
			}
		}
	}
	at := func(state, city string) policy.Jurisdiction { return policy.ForPlace(state, city, time.Time{}) }
	for _, place := range [][2]string{{"CA", "Fresno"}, {"CA", "Los Angeles"}, {"CA", "San Francisco"}, {"NY", "Albany"}, {"NY", "Queens"}, {"IL", "Chicago"}, {"MA", "Boston"},
		{"NJ", "Newark"}, {"WA", "Seattle"}, {"PA", "Philadelphia"}, {"MD", "Bethesda"}, {"TX", "Austin"}, {"HI", "Hilo"}, {"MN", "Duluth"}, {"CO", "Denver"}, {"DC", "Washington"},
		{"OR", "Portland"}, {"KS", "Topeka"}, {"NH", "Keene"}, {"MT", "Butte"}, {"NM", "Taos"}} {
		j := at(place[0], place[1])
		check(t, j.ID, j, federal)
		if j.ID == federal.ID {
			t.Errorf("%v has no rules of its own", place)
		}
		if i := slices.IndexFunc(rows, func(r policy.Jurisdiction) bool { return r.ID == j.ID }); i < 0 {
			t.Errorf("%s is no row", j.ID)
		} else {
			check(t, j.ID, j, rows[i])
		}
		// Who lives here and works for a client there is under both, whichever is which.
		work := program.Program{WorkLocation: program.WorkLocation{State: "PA", City: "Philadelphia"}}
		both := policy.ForProgram(work, place[0], place[1], time.Time{})
		check(t, j.ID+" for Philadelphia", both, j)
		check(t, j.ID+" for Philadelphia", both, at("PA", "Philadelphia"))
	}
}

// TestForProgram: the home's law, and the client's place's besides.
func TestForProgram(t *testing.T) {
	for _, c := range []struct{ name, homeState, homeCity, workState, workCity, id string }{
		{"no place but the home", "CA", "Fresno", "", "", "US-CA"},
		{"a city without its state is no place", "CA", "Fresno", "", "Philadelphia", "US-CA"},
		{"the same place", "CA", "Fresno", "CA", "Sacramento", "US-CA"},
		{"home without rules", "OR", "Salem", "PA", "Philadelphia", "US-PA-PHL"},
		{"client without rules", "PA", "Philadelphia", "OR", "Salem", "US-PA-PHL"},
		{"neither has any", "OR", "Salem", "ME", "Bangor", "US"},
		{"both have: the home gives the name", "CA", "Fresno", "PA", "Philadelphia", "US-CA"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := program.Program{WorkLocation: program.WorkLocation{State: c.workState, City: c.workCity}}
			j := policy.ForProgram(p, c.homeState, c.homeCity, date(t, "2026-11-02"))
			if j.ID != c.id {
				t.Errorf("%s; want %s", j.ID, c.id)
			}
		})
	}
	// Fresno and Philadelphia: ten business days (Phila. 9-3500), four years for misdemeanors, two assessments.
	p := program.Program{WorkLocation: program.WorkLocation{State: "PA", City: "Philadelphia"}}
	j := policy.ForProgram(p, "CA", "Fresno", date(t, "2026-11-02"))
	if end := policy.WaitEnds(j, date(t, "2026-11-02"), "email"); !end.Equal(date(t, "2026-11-18T11")) || j.LookBack.Misdemeanor.Years != 4 || j.Assessments != 2 || !j.HoldsPosition {
		t.Errorf("ends %s, %+v", end, j)
	}
}

// TestTable: promise 50, every rule has its source, its day and its form.
//
// Promise 50.
func TestTable(t *testing.T) {
	rows := policy.Jurisdictions()
	if rows[0].ID != "US" {
		t.Errorf("the first row is %s", rows[0].ID)
	}
	seen := map[string]bool{}
	for _, j := range rows {
		if seen[j.ID] {
			t.Errorf("%s stands there twice", j.ID)
		}
		seen[j.ID] = true
		if !regexp.MustCompile(`^US(-[A-Z]{2}(-[A-Z]+)?)?$`).MatchString(j.ID) || j.Name == "" || j.Citation == "" || j.Contractors == "" {
			t.Errorf("50: %s does not say enough: %+v", j.ID, j)
		}
		date(t, j.From)
		if j.To != "" && j.To < j.From {
			t.Errorf("%s ends before it begins", j.ID)
		}
		for _, w := range j.Waits {
			if w.Citation == "" || w.N < 1 || w.Unit == "" {
				t.Errorf("50: %s waits %+v", j.ID, w)
			}
		}
		for _, l := range []policy.Limit{j.LookBack.Felony, j.LookBack.Misdemeanor, j.LookBack.Summary, j.LookBack.NonConviction} {
			if (l.Years != 0) != (l.Citation != "") {
				t.Errorf("50: %s looks back %+v", j.ID, l)
			}
		}
	}
	rows[1].ID = "changed"
	if policy.Jurisdictions()[1].ID == "changed" {
		t.Error("the table can be changed from outside")
	}
}

// TestLimits: 53 and 56 have thirty days; the others are the Act's.
func TestLimits(t *testing.T) {
	const day = 24 * time.Hour
	p := basics(t)
	l := policy.Limits(p, policy.ForPlace("CA", "Fresno", date(t, "2026-11-02")))
	for _, c := range []struct {
		name      string
		got, want time.Duration
	}{
		{"53, 56: a request", l.DataRequest, 30 * day},
		{"1681i(a)(1)(A): a dispute", l.Reinvestigation, 30 * day},
		{"1681i(a)(1)(B): with new information", l.ReinvestigationMore, 15 * day},
		{"1681m(a)(4), 1681j(b): a free copy", l.FreeCopy, 60 * day},
		{"the program's reminder", l.DraftReminder, 3 * day},
		{"the program's expiry", l.DraftExpiry, 14 * day},
		{"the vendor's stated time", l.ReportDue, 10 * day},
		{"the first question", l.Poll(0), time.Hour},
		{"the second", l.Poll(1), 6 * time.Hour},
		{"the third", l.Poll(2), 24 * time.Hour},
		{"all that follow", l.Poll(99), 24 * time.Hour},
	} {
		if c.got != c.want {
			t.Errorf("%s: %s; want %s", c.name, c.got, c.want)
		}
	}
	if end := l.WaitEnds(date(t, "2026-11-02"), "email"); !end.Equal(date(t, "2026-11-13T11")) {
		t.Errorf("the wait ends %s: not by the case's place", end)
	}
	p.Vetting.PollHours = []float64{0.25}
	if l := policy.Limits(p, policy.Jurisdiction{}); l.Poll(0) != 15*time.Minute || l.Poll(1) != 15*time.Minute {
		t.Errorf("a quarter of an hour is %s", l.Poll(0))
	}
	p.Vetting.PollHours = nil
	if l := policy.Limits(p, policy.Jurisdiction{}); l.Poll(0) != l.ReportDue {
		t.Errorf("without hours it asks after %s", l.Poll(0))
	}
}
