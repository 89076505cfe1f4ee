package policy

import "time"

// dayIsOver is how long after midnight UTC a day has ended everywhere in the
// United States: American Samoa is eleven hours behind.
const dayIsOver = 11 * time.Hour

// WaitEnds is when the time to answer a pre-adverse notice is over. It counts
// from the notice's deemed receipt by its channel, never from its sending where
// the place says so; the first day is the one after. The sending day is taken in
// UTC, which in the states comes first or is the same, and the last day ends when
// it is over everywhere in the United States: so nobody's time is cut short.
// Where places overlap, the wait that ends last counts. An unknown channel has
// the longest presumption of the place.
func WaitEnds(j Jurisdiction, sent time.Time, channel string) time.Time {
	day := midnight(sent)
	end := day
	for _, w := range j.Waits {
		if d := w.after(w.received(day, channel)); d.After(end) {
			end = d
		}
	}
	return end.AddDate(0, 0, 1).Add(dayIsOver)
}

// DisputeEnds is the earliest time at which a decision may follow an answer that
// came at the time disputed: not before the wait ends, and not before the
// place's own extension has passed. 2 CCR 11017.1(c)(3) and the like.
func DisputeEnds(j Jurisdiction, waitEnds, disputed time.Time) time.Time {
	end := waitEnds
	day := midnight(disputed)
	for _, w := range j.Waits {
		if w.OnDispute.N == 0 {
			continue
		}
		if d := w.OnDispute.after(day).AddDate(0, 0, 1).Add(dayIsOver); d.After(end) {
			end = d
		}
	}
	return end
}

func midnight(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// received is the day on which a notice sent on day counts as received.
func (w Wait) received(day time.Time, channel string) time.Time {
	last := day
	for _, p := range w.Receipt {
		d := p.after(day)
		if p.Channel == channel {
			return d
		}
		if d.After(last) {
			last = d
		}
	}
	return last
}

// after is the day so many days after day.
func (n Days) after(day time.Time) time.Time {
	if n.Unit == CalendarDays {
		return day.AddDate(0, 0, n.N)
	}
	for left := n.N; left > 0; {
		day = day.AddDate(0, 0, 1)
		if BusinessDay(day) {
			left--
		}
	}
	return day
}

// BusinessDay reports whether the day is Monday to Friday and no federal holiday.
func BusinessDay(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday && !FederalHoliday(day)
}

// FederalHoliday reports whether the day is a legal public holiday of the United
// States (5 USC 6103(a), as since 2021), or the weekday on which one that falls
// on a weekend is observed (6103(b); Executive Order 11582).
//
// The rules stand here and not in a library, because workflow code runs them and
// must come to the same days on every replay; a test holds them against the days
// that the Office of Personnel Management publishes.
func FederalHoliday(day time.Time) bool {
	y, m, d := day.Date()
	for _, h := range fixedHolidays {
		// New Year's Day of the next year may be observed in this one.
		for _, year := range [2]int{y, y + 1} {
			date := time.Date(year, h.month, h.day, 0, 0, 0, 0, time.UTC)
			if sameDay(date, y, m, d) || sameDay(observed(date), y, m, d) {
				return true
			}
		}
	}
	for _, h := range floatingHolidays {
		if h.month == m && h.weekday == day.Weekday() && (d-1)/7+1 == h.nth {
			return true
		}
	}
	return m == time.May && day.Weekday() == time.Monday && d > 24 // Memorial Day: the last Monday
}

var fixedHolidays = [...]struct {
	month time.Month
	day   int
}{
	{time.January, 1},   // New Year's Day
	{time.June, 19},     // Juneteenth
	{time.July, 4},      // Independence Day
	{time.November, 11}, // Veterans Day
	{time.December, 25}, // Christmas Day
}

var floatingHolidays = [...]struct {
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

func observed(date time.Time) time.Time {
	switch date.Weekday() {
	case time.Saturday:
		return date.AddDate(0, 0, -1)
	case time.Sunday:
		return date.AddDate(0, 0, 1)
	case time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday:
	}
	return date
}

func sameDay(t time.Time, y int, m time.Month, d int) bool {
	return t.Year() == y && t.Month() == m && t.Day() == d
}
