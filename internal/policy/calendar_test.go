package policy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/policy"
)

func date(t *testing.T, s string) time.Time {
	t.Helper()
	for _, layout := range []string{time.DateOnly, "2006-01-02T15", time.RFC3339} {
		if d, err := time.Parse(layout, s); err == nil {
			return d
		}
	}
	t.Fatalf("%s is no date", s)
	return time.Time{}
}

// opm are the days off of federal workers from Monday to Friday, as the Office of
// Personnel Management publishes them (opm.gov, Federal Holidays): 5 USC 6103(a),
// observed by 6103(b) and Executive Order 11582 on the Friday before a Saturday
// and the Monday after a Sunday. 2027 has New Year's Day 2028, a Saturday.
const opm = `
2024: 01-01 01-15 02-19 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25
2025: 01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25
2026: 01-01 01-19 02-16 05-25 06-19 07-03 09-07 10-12 11-11 11-26 12-25
2027: 01-01 01-18 02-15 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31
2028: 01-17 02-21 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25
2029: 01-01 01-15 02-19 05-28 06-19 07-04 09-03 10-08 11-12 11-22 12-25
2030: 01-01 01-21 02-18 05-27 06-19 07-04 09-02 10-14 11-11 11-28 12-25
2031: 01-01 01-20 02-17 05-26 06-19 07-04 09-01 10-13 11-11 11-27 12-25
2032: 01-01 01-19 02-16 05-31 06-18 07-05 09-06 10-11 11-11 11-25 12-24 12-31
2033: 01-17 02-21 05-30 06-20 07-04 09-05 10-10 11-11 11-24 12-26
2034: 01-02 01-16 02-20 05-29 06-19 07-04 09-04 10-09 11-10 11-23 12-25
`

// TestFederalHolidays goes through every day of eleven years.
func TestFederalHolidays(t *testing.T) {
	for line := range strings.Lines(strings.TrimSpace(opm)) {
		year, want, _ := strings.Cut(strings.TrimSpace(line), ": ")
		var got []string
		for d := date(t, year+"-01-01"); d.Format("2006") == year; d = d.AddDate(0, 0, 1) {
			weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
			if policy.FederalHoliday(d) && !weekend {
				got = append(got, d.Format("01-02"))
			}
			if policy.BusinessDay(d) != (!weekend && !policy.FederalHoliday(d)) {
				t.Errorf("%s is a business day: %v", d.Format(time.DateOnly), policy.BusinessDay(d))
			}
			// A day is a day, whatever the hour and zone that it is given in.
			late := time.Date(d.Year(), d.Month(), d.Day(), 23, 59, 59, 0, time.FixedZone("", -11*3600))
			if policy.FederalHoliday(late) != policy.FederalHoliday(d) {
				t.Errorf("%s depends on the hour", late)
			}
		}
		if d := cmp.Diff(strings.Fields(want), got); d != "" {
			t.Errorf("%s (-OPM +ours):\n%s", year, d)
		}
	}
	for _, d := range []string{"2026-07-04", "2027-12-25", "2028-01-01"} { // themselves too, on a weekend
		if !policy.FederalHoliday(date(t, d)) {
			t.Errorf("%s is no holiday", d)
		}
	}
	// Inauguration Day is a holiday in the capital only, and others are customs.
	for _, d := range []string{"2025-01-21", "2029-01-19", "2026-11-27", "2026-12-24", "2026-02-12"} {
		if policy.FederalHoliday(date(t, d)) {
			t.Errorf("%s is a holiday", d)
		}
	}
}

// TestWaitEnds counts by hand. The first day is the one after the notice counts
// as received; the last is over at 11:00 UTC of the next, midnight in Pago Pago.
func TestWaitEnds(t *testing.T) {
	for _, c := range []struct{ name, state, city, sent, channel, ends string }{
		// The FTC's five business days, by custom; 15 USC 1681b(b)(3) has no number.
		{"a plain week", "OR", "Salem", "2026-11-02T15", "email", "2026-11-10T11"},                              // 3 4 5 6 | 9
		{"over Veterans Day", "OR", "Salem", "2026-11-05T15", "email", "2026-11-14T11"},                         // 6 | 9 10 – 12 13
		{"over Thanksgiving", "OR", "Salem", "2026-11-20T15", "email", "2026-12-01T11"},                         // | 23 24 25 – 27 | 30
		{"a holiday on Saturday, observed on Friday", "OR", "Salem", "2026-06-29T15", "email", "2026-07-08T11"}, // 30 1 2 – | 6 7
		{"a holiday on Sunday, observed on Monday", "OR", "Salem", "2027-07-01T15", "email", "2027-07-10T11"},   // 2 | – 6 7 8 9
		{"Christmas on Saturday", "OR", "Salem", "2027-12-21T15", "email", "2027-12-30T11"},                     // 22 23 – | 27 28 29
		{"New Year's Day observed in the old year", "OR", "Salem", "2027-12-27T15", "email", "2028-01-05T11"},   // 28 29 30 – | 3 4
		{"sent on a Saturday", "OR", "Salem", "2026-11-07T15", "email", "2026-11-17T11"},                        // | 9 10 – 12 13 | 16
		{"sent on a holiday", "OR", "Salem", "2026-11-11T15", "email", "2026-11-19T11"},                         // 12 13 | 16 17 18
		{"sent at the day's first moment", "OR", "Salem", "2026-11-02T00:00:00Z", "email", "2026-11-10T11"},
		{"sent at the day's last moment", "OR", "Salem", "2026-11-02T23:59:59Z", "email", "2026-11-10T11"},
		{"sent in the evening of the coast, when it is the next day in UTC", "OR", "Salem", "2026-11-02T17:00:00-08:00", "email", "2026-11-11T11"}, // 4 5 6 | 9 10
		{"the channel does not count", "OR", "Salem", "2026-11-02T15", "post", "2026-11-10T11"},
		{"a place that nobody knows", "ZZ", "", "2026-11-02T15", "", "2026-11-10T11"},

		// Gov. Code 12952; 2 CCR 11017.1: five business days after receipt, which is
		// two of them after an e-mail, ten calendar days after untracked post.
		{"California, by e-mail", "CA", "Fresno", "2026-11-02T15", "email", "2026-11-13T11"},                    // received 4; 5 6 | 9 10 – 12
		{"California, by post", "CA", "Fresno", "2026-11-02T15", "post", "2026-11-20T11"},                       // received 12; 13 | 16 17 18 19
		{"California, by a channel that nobody knows", "CA", "Fresno", "2026-11-02T15", "fax", "2026-11-20T11"}, // as the slowest
		{"California, by none", "CA", "Fresno", "2026-11-02T15", "", "2026-11-20T11"},
		{"Los Angeles", "CA", "Los Angeles", "2026-11-02T15", "email", "2026-11-13T11"},
		// Police Code art. 49: seven calendar days; but the state's five business days last longer.
		{"San Francisco", "CA", "San Francisco", "2026-11-02T15", "email", "2026-11-13T11"},
		{"San Francisco, in a week without a holiday", "CA", "San Francisco", "2026-12-04T15", "email", "2026-12-16T11"}, // received 8; 15 by both
		// Phila. Code 9-3500: ten business days.
		{"Philadelphia", "PA", "Philadelphia", "2026-11-02T15", "email", "2026-11-18T11"}, // 3 4 5 6 | 9 10 – 12 13 | 16 17
		{"Pennsylvania outside it", "PA", "Pittsburgh", "2026-11-02T15", "email", "2026-11-10T11"},
		// RCW 49.94, SMC 14.17: two, and the federal five last longer.
		{"Washington", "WA", "Spokane", "2026-11-02T15", "email", "2026-11-10T11"},
		{"Seattle", "WA", "Seattle", "2026-11-02T15", "email", "2026-11-10T11"},
		// Montgomery Co. 27-71: seven days of a kind that is not stated; business days are longer.
		{"Maryland", "MD", "Bethesda", "2026-11-02T15", "email", "2026-11-13T11"}, // 3 4 5 6 | 9 10 – 12
		{"New York City", "NY", "Brooklyn", "2026-11-02T15", "email", "2026-11-10T11"},
		{"Massachusetts, whose text has none", "MA", "Boston", "2026-11-02T15", "email", "2026-11-10T11"},
		{"Illinois", "IL", "Chicago", "2026-11-02T15", "email", "2026-11-10T11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			sent, want := date(t, c.sent), date(t, c.ends)
			place := policy.ForPlace(c.state, c.city, sent)
			got := policy.WaitEnds(place, sent, c.channel)
			if !got.Equal(want) || got.Location() != time.UTC {
				t.Errorf("ends %s; want %s", got, want)
			}
		})
	}
}

// TestNobodysTimeIsCutShort: wherever the applicant is, the last day is over.
func TestNobodysTimeIsCutShort(t *testing.T) {
	last := date(t, "2026-11-09") // of five business days after the 2nd
	ends := policy.WaitEnds(policy.ForPlace("", "", last), date(t, "2026-11-02"), "email")
	for _, zone := range []string{"America/New_York", "America/Los_Angeles", "America/Adak", "Pacific/Honolulu", "Pacific/Pago_Pago", "Pacific/Guam"} {
		place, err := time.LoadLocation(zone)
		if err != nil {
			t.Skipf("this machine has no time zones: %v", err)
		}
		if local := ends.In(place); local.Format(time.DateOnly) <= last.Format(time.DateOnly) {
			t.Errorf("in %s it ends at %s, on the last day itself", zone, local)
		}
	}
}

// TestDisputeEnds: an answer in time moves the decision, never forward.
func TestDisputeEnds(t *testing.T) {
	for _, c := range []struct{ name, state, city, waits, disputed, ends string }{
		{"no extension in federal law", "OR", "Salem", "2026-11-10T11", "2026-11-09T15", "2026-11-10T11"},
		// 2 CCR 11017.1(c)(3): five business days more.
		{"California, at the last moment", "CA", "Fresno", "2026-11-13T11", "2026-11-12T20", "2026-11-20T11"},                  // 13 | 16 17 18 19
		{"California, so early that the wait lasts longer", "CA", "Fresno", "2026-11-13T11", "2026-11-03T09", "2026-11-13T11"}, // 4 5 6 | 9 10
		// LACC 8.300: ten.
		{"Los Angeles County", "CA", "Altadena", "2026-11-13T11", "2026-11-12T20", "2026-11-28T11"}, // 13 | 16-20 | 23 24 25 – 27
		{"Los Angeles, which may lie in the county", "CA", "Los Angeles", "2026-11-13T11", "2026-11-12T20", "2026-11-28T11"},
	} {
		t.Run(c.name, func(t *testing.T) {
			place := policy.ForPlace(c.state, c.city, date(t, c.disputed))
			if got := policy.DisputeEnds(place, date(t, c.waits), date(t, c.disputed)); !got.Equal(date(t, c.ends)) {
				t.Errorf("ends %s; want %s", got, c.ends)
			}
		})
	}
}

// TestUnderAge holds promise 28: a date of birth under the minimum stops signup.
//
// Promise 28.
func TestUnderAge(t *testing.T) {
	for _, c := range []struct {
		name, born, on string
		minimum        int
		under          bool
	}{
		{"28: the last second before the birthday", "2008-11-02", "2026-11-01T23:59:59Z", 18, true},
		{"28: the birthday", "2008-11-02", "2026-11-02T00:00:00Z", 18, false},
		{"the day after", "2008-11-02", "2026-11-03", 18, false},
		{"a month before", "2008-12-01", "2026-11-30", 18, true},
		{"the evening before on the coast, when it is the birthday in UTC", "2008-11-02", "2026-11-01T20:00:00-08:00", 18, false},
		{"28: twelve", "2013-11-03", "2026-11-02", 13, true},
		{"28: thirteen", "2013-11-02", "2026-11-02", 13, false},
		{"a program's twenty-one", "2005-11-03", "2026-11-02", 21, true},
		{"born on 29 February, on 28 February", "2008-02-29", "2026-02-28T23:59:59Z", 18, true},
		{"born on 29 February, on 1 March", "2008-02-29", "2026-03-01", 18, false},
		{"born on 29 February, on a 29 February", "2008-02-29", "2028-02-29", 20, false},
		{"born on 29 February, the day before one", "2008-02-29", "2028-02-28", 20, true},
		{"born on 28 February, in a leap year", "2010-02-28", "2028-02-28", 18, false},
		{"born on 31 December", "2008-12-31", "2026-12-31", 18, false},
		{"born today", "2026-11-02", "2026-11-02T00:00:00Z", 18, true},
		{"old", "1910-01-01", "2026-11-02", 18, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if under, err := policy.UnderAge(c.born, date(t, c.on), c.minimum); err != nil || under != c.under {
				t.Errorf("%v, %v", under, err)
			}
		})
	}
	for _, born := range []string{"", "2026-11-03", "2008-02-30", "2007-02-29", "02/11/2008", "2008-2-1", "yesterday", "2008-11-02T00:00:00Z"} {
		if under, err := policy.UnderAge(born, date(t, "2026-11-02"), 18); under || err == nil || strings.Contains(err.Error(), born) && born != "" {
			t.Errorf("%q: %v, %v", born, under, err)
		}
	}
}
