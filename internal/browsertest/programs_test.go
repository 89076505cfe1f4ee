package browsertest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"gopkg.in/yaml.v3"
)

// everything is a certification that asks for one of each kind, as easy as it can be.
const everything = `
requirements:
  - id: course
    kind: course
    title: How we speak with callers
    attempts: 3
    course:
      pages:
        - {id: one, title: The first minute, text: "Say the name of the program and your own. Then ask how you can help, and let the caller finish."}
        - {id: two, title: The last minute, text: "Say what happens next and by when. Ask whether there is anything else."}
      quiz: {title: About the course, pass_mark: 1, ask: 1, shuffle: true, questions: [
        {id: first, text: "What do you say first?", answer: name, options: [{id: name, text: "The name of the program"}, {id: wait, text: "Please wait"}]},
        {id: last, text: "What do you say last?", answer: next, options: [{id: next, text: "What happens next"}, {id: bye, text: "Nothing"}]}]}
  - {id: typing, kind: typing, title: Typing test, after: [], typing: {min_wpm: 5, min_accuracy: 90, passages: [{id: thanks, text: "PASSAGE"}]}}
  - {id: listening, kind: listening, title: Listening exercise, after: [], listening: {pass_mark: 1, clips: [{id: order, audio: call-order.en, transcript: A caller orders something., fields: [{id: number, label: Order number, answers: ["7"]}]}]}}
  - {id: equipment, kind: equipment, title: Equipment and line, after: [], equipment: {min_down_mbps: 1, min_up_mbps: 1, max_latency_ms: 5000, microphone: true, accept_declared: true, declare: [{id: line, text: My line is fast enough.}]}}
  - {id: contract, kind: agreement, title: Contractor agreement, after: [], agreement: {title: Contractor agreement, version: "1", text: You offer your services as an independent contractor.}}
  - {id: tax, kind: tax, title: Tax form, tax: {form: w9}}
  - {id: live, kind: live, title: Live assessment, attempts: 2, live: {minutes: 30, weekdays: [mon, tue, wed, thu, fri], hours: ["09:00", "14:00"], time_zone: America/New_York, lead_hours: 24, horizon_days: 14, seats: 2, pass_mark: 2, rubric: [{id: clear, text: Speaks clearly, max: 3}]}}
credential: {name: Full Line Agent, description: Has met everything that there is., validity_days: 365}
`

const passage = "Thank you for calling. May I have your name, and how can I help you today? Please give me a moment while I look that up for you."

// writePrograms puts the built-in programs, and one that asks for everything, into a folder.
func writePrograms(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var errs []error
	for _, from := range []string{"files", "trial"} {
		names, err := filepath.Glob("../program/" + from + "/*.yaml")
		errs = append(errs, err)
		for _, name := range names {
			body, err := os.ReadFile(name)
			errs = append(errs, err, os.WriteFile(filepath.Join(dir, filepath.Base(name)), body, 0o644))
		}
	}
	return errors.Join(append(errs, variant(dir, "full-line", func(p map[string]any) error {
		var certification map[string]any
		err := yaml.Unmarshal([]byte(strings.ReplaceAll(everything, "PASSAGE", passage)), &certification)
		delete(p, "texts") // in other languages, of what it does not ask for
		p["title"], p["certification"] = "Full Line", certification
		return err
	}))...)
}

// variant writes the first program's file with changes, under an ID.
func variant(dir, id string, change func(program map[string]any) error) error {
	body, err := os.ReadFile("../program/files/support-basics.yaml")
	if err != nil {
		return err
	}
	var p map[string]any
	if err := yaml.Unmarshal(body, &p); err != nil {
		return err
	}
	p["id"] = id
	if err := change(p); err != nil {
		return err
	}
	if body, err = yaml.Marshal(p); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, id+".yaml"), body, 0o644)
}
