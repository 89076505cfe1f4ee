package durations

import (
	"math"
	"time"
)

// Span is a range of time as people say it: whole numbers of one unit.
type Span struct {
	Low, High int    // High is never 0; Low is 0 for "up to", and High's equal for "about"
	Unit      string // "minute", "minutes", "hour", …: as High wants it
}

// Span gives Low and High in one unit that people would choose, Low rounded down
// and High up. ok is false when both are under a minute: then that is all there is
// to say.
func (u Usual) Span() (s Span, ok bool) {
	if u.High <= time.Minute {
		return Span{}, false
	}
	unit, one, many := time.Minute, "minute", "minutes"
	switch {
	case u.High > 36*time.Hour:
		unit, one, many = 24*time.Hour, "day", "days"
	case u.High > 90*time.Minute:
		unit, one, many = time.Hour, "hour", "hours"
	}
	s = Span{Low: int(u.Low / unit), High: int(math.Ceil(float64(u.High) / float64(unit))), Unit: many}
	if s.High == 1 {
		s.Unit = one
	}
	return s, true
}
