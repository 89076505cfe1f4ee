package assess

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // the zones of program files are known on every machine, and the same

	"github.com/vouchsafe/vouchsafe/internal/program"
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// Slots gives the times at which the live assessment can be booked at the time
// now, the earliest first.
func Slots(l program.Live, now time.Time) ([]time.Time, error) {
	zone, err := time.LoadLocation(l.TimeZone)
	if err != nil {
		return nil, fmt.Errorf("assess: the time zone %q: %w", l.TimeZone, err)
	}
	earliest := now.Add(time.Duration(l.LeadHours * float64(time.Hour)))
	var out []time.Time
	local := now.In(zone)
	for day := 0; day <= l.HorizonDays; day++ {
		date := time.Date(local.Year(), local.Month(), local.Day()+day, 12, 0, 0, 0, zone)
		if !slices.Contains(l.Weekdays, weekdays[date.Weekday()]) {
			continue
		}
		for _, hour := range l.Hours {
			var h, m int
			if _, err := fmt.Sscanf(hour, "%d:%d", &h, &m); err != nil {
				return nil, fmt.Errorf("assess: %q is no time of day", hour)
			}
			at := time.Date(date.Year(), date.Month(), date.Day(), h, m, 0, 0, zone)
			if at.Hour() != h || at.Minute() != m { // the clock was put forward over it
				continue
			}
			if !at.Before(earliest) {
				out = append(out, at.UTC())
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal), nil
}

// Offered reports whether the live assessment can be booked for at, at the time now.
func Offered(l program.Live, at, now time.Time) (bool, error) {
	all, err := Slots(l, now)
	return slices.ContainsFunc(all, at.Equal), err
}

// Rubric holds a person's scores to the rubric: the sum, and the first line that is
// missing or out of its range ("" when all are right).
func Rubric(l program.Live, scores map[string]int) (sum int, wrong string) {
	for _, r := range l.Rubric {
		n, ok := scores[r.ID]
		if (!ok || n < 0 || n > r.Max) && wrong == "" {
			wrong = r.ID
		}
		sum += n
	}
	return sum, wrong
}
