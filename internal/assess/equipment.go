package assess

import "github.com/vouchsafe/vouchsafe/internal/program"

// Line is what a measurement of the equipment came to.
type Line struct {
	Down, Up   float64 // Mbit/s
	Latency    float64 // milliseconds
	Microphone bool    // one is there
}

// Sound reports whether the numbers can be a measurement at all.
func (l Line) Sound() bool {
	return l.Down > 0 && l.Down < 1e6 && l.Up > 0 && l.Up < 1e6 && l.Latency > 0 && l.Latency < 1e6
}

// Enough reports whether the line does what the program asks for.
func (l Line) Enough(e program.Equipment) bool {
	return l.Down >= e.MinDownMbps && l.Up >= e.MinUpMbps && (e.MaxLatencyMS <= 0 || l.Latency <= e.MaxLatencyMS) && (!e.Microphone || l.Microphone)
}

// Declared looks at what the applicant declared, by the declarations' IDs: the
// first that was not answered ("" when each was), and whether all were answered
// with yes.
func Declared(e program.Equipment, yes map[string]bool) (unanswered string, all bool) {
	all = true
	for _, d := range e.Declare {
		answer, ok := yes[d.ID]
		if !ok && unanswered == "" {
			unanswered = d.ID
		}
		all = all && answer
	}
	return unanswered, all
}
