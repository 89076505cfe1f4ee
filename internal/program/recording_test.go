package program_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestTranscriptsAreWhatIsSaid: the transcripts in the program files that we ship are
// those that the recordings were spoken from, in every language, and what is right in
// one language is right when it was heard in another.
func TestTranscriptsAreWhatIsSaid(t *testing.T) {
	spanish := 0
	for _, dir := range []string{"files", "trial"} {
		set, err := program.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range set.All() {
			for _, step := range p.Certification.Steps() {
				if step.Listening == nil {
					continue
				}
				for _, c := range step.Listening.Clips {
					said(t, p.ID, c.Audio, c.Transcript)
					for _, r := range c.In {
						spanish++
						said(t, p.ID, r.Audio, r.Transcript)
						for _, f := range c.Fields {
							for _, answer := range r.Answers[f.ID] {
								if !assess.Same(answer, c.Right(f)...) {
									t.Errorf("%s, %s: %q is not right", p.ID, c.ID, answer)
								}
							}
						}
					}
					if _, ok := c.Spoken("es"); !ok && step.Listening.Because == "" {
						t.Errorf("%s, %s: it is not said why there is no Spanish recording", p.ID, c.ID)
					}
				}
			}
		}
	}
	if spanish == 0 {
		t.Error("no program that we ship has a recording in Spanish")
	}
}

func said(t *testing.T, program, audio, transcript string) {
	t.Helper()
	body, err := os.ReadFile("../web/audio/" + audio + ".txt")
	if err != nil || strings.TrimSpace(string(body)) != transcript {
		t.Errorf("%s: %s says %q (%v), the program file %q", program, audio, body, err, transcript)
	}
}
