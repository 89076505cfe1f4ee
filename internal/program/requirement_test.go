package program_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// whole is a certification that asks for one of each kind, a line each.
const whole = `certification:
  requirements:
    - {id: course, kind: course, title: Course, attempts: 3, retry_hours: 12, course: {pages: [{id: one, title: One, text: Read this page to its end.}], quiz: {title: Quiz, pass_mark: 1, ask: 1, shuffle: true, questions: [{id: q, text: Q, answer: a, options: [{id: a, text: A}, {id: b, text: B}]}]}}}
    - {id: quiz, kind: quiz, title: Quiz, attempts: 2, quiz: {title: Quiz, pass_mark: 1, questions: [{id: q, text: Q, answer: a, options: [{id: a, text: A}, {id: b, text: B}]}]}}
    - {id: typing, kind: typing, title: Typing, after: [], typing: {min_wpm: 25, min_accuracy: 90, passages: [{id: p, text: "PASSAGE"}]}}
    - {id: listening, kind: listening, title: Listening, after: [course, typing], listening: {pass_mark: 1, clips: [{id: c, audio: call-order.en, transcript: This is what is said in it., fields: [{id: n, label: Number, answers: ["7"]}]}]}}
    - {id: equipment, kind: equipment, title: Line, after: [], equipment: {min_down_mbps: 10, min_up_mbps: 3, max_latency_ms: 150, declare: [{id: line, text: Fast}]}}
    - {id: contract, kind: agreement, title: Agreement, agreement: {title: Agreement, version: "1", text: You offer your services to us.}}
    - {id: tax, kind: tax, title: Tax, tax: {form: w9}}
    - {id: live, kind: live, title: Live, attempts: 2, live: {minutes: 30, weekdays: [mon], hours: ["09:00"], time_zone: America/New_York, lead_hours: 24, horizon_days: 14, seats: 2, pass_mark: 2, rubric: [{id: a, text: A, max: 3}]}}
  credential: {name: Agent, description: Has met it all., validity_days: 365}
`

// withRequirements is a right program file that asks for these.
func withRequirements(t *testing.T, certification string) string {
	t.Helper()
	body, err := os.ReadFile("testdata/right.yaml")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(body), "certification:\n")
	_, after, _ := strings.Cut(rest, "vendors:\n")
	path := filepath.Join(t.TempDir(), "x.yaml")
	text := before + strings.ReplaceAll(certification, "PASSAGE", strings.Repeat("Thank you for calling us. ", 5)) + "vendors:\n" + after
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestRequirementsAreRead(t *testing.T) {
	path := withRequirements(t, whole)
	if problems := program.Check(path); len(problems) > 0 {
		t.Fatal(problems)
	}
	set, err := program.Load(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("small")
	if err != nil {
		t.Fatal(err)
	}
	steps := p.Certification.Steps()
	if p.Certification.Old() || len(steps) != len(program.RequirementKinds()) {
		t.Fatalf("%d requirements", len(steps))
	}
	after := map[string]string{}
	for i, s := range steps {
		if s.Kind != program.RequirementKinds()[i] {
			t.Errorf("%s is a %s", s.ID, s.Kind)
		}
		after[s.ID] = fmt.Sprint(s.After)
	}
	for id, want := range map[string]string{"course": "[]", "quiz": "[course]", "typing": "[]", "listening": "[course typing]", "equipment": "[]", "contract": "[equipment]", "tax": "[contract]", "live": "[tax]"} {
		if after[id] != want {
			t.Errorf("%s comes after %s, want %s", id, after[id], want)
		}
	}
	if steps[0].Questions() == nil || steps[1].Questions() == nil || steps[2].Questions() != nil {
		t.Error("who has a quiz")
	}
	if steps[7].Live.MaxScore() != 3 {
		t.Errorf("the rubric gives %d", steps[7].Live.MaxScore())
	}
}

// three are questions of one topic.
const three = "{id: p1, topic: One, text: Q, answer: a, options: [{id: a, text: A}, {id: b, text: B}]}, " +
	"{id: p2, topic: One, text: Q, answer: a, options: [{id: a, text: A}, {id: b, text: B}]}, " +
	"{id: p3, topic: One, text: Q, answer: a, options: [{id: a, text: A}, {id: b, text: B}]}, "

// TestWrongRequirements: each fault is told with its line and place, in plain words.
func TestWrongRequirements(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"twice the same", "{id: quiz, kind", "{id: course, kind", `17: certification/requirements/1/id: the requirement "course" stands here twice`},
		{"after what comes later", "after: [course, typing]", "after: [course, live]", `19: certification/requirements/3/after/1: "live" is no requirement that stands before this one`},
		{"nothing of its kind", "tax: {form: w9}", "after: []", `22: certification/requirements/6: has no tax, which its kind asks for`},
		{"two kinds in one", "tax: {form: w9}", `tax: {form: w9}, agreement: {title: A, version: "1", text: You offer your services to us.}`, `22: certification/requirements/6/agreement: belongs to another kind than "tax"`},
		{"an unknown kind", "kind: tax", "kind: dance", `22: certification/requirements/6/kind: must be one of: course, quiz, typing, listening, equipment, agreement, tax, live`},
		{"attempts at an agreement", "kind: agreement, title", "kind: agreement, attempts: 3, title", `21: certification/requirements/5/attempts: there is nothing in it that could be tried and not passed`},
		{"attempts in the quiz", "quiz: {title: Quiz, pass_mark: 1, questions", "quiz: {title: Quiz, pass_mark: 1, attempts: 2, questions", `17: certification/requirements/1/quiz/attempts: the attempts stand beside the kind, not in the quiz`},
		{"more asked than there are", "ask: 1, shuffle", "ask: 4, shuffle", `16: certification/requirements/0/course/quiz/ask: is more than the number of questions, which is 1`},
		{"drawn by topic without one", "ask: 1, shuffle: true", "ask: 1, each_topic: true", `16: certification/requirements/0/course/quiz/questions/0: has no topic, and each_topic draws by topic`},
		{"fewer asked than topics", "ask: 1, shuffle: true, questions: [{", "ask: 1, each_topic: true, questions: [{id: p, topic: One, text: Q, answer: a, options: [{id: a, text: A}, {id: b, text: B}]}, {topic: Two, ", `16: certification/requirements/0/course/quiz/ask: is less than the number of topics, which is 2: not each could be asked about`},
		{"a topic with too few", "ask: 1, shuffle: true, questions: [{", "ask: 4, each_topic: true, questions: [" + three + "{topic: Two, ", `16: certification/requirements/0/course/quiz/questions/3/topic: has too few questions in its topic, namely 1; an attempt asks 2 of each topic`},
		{"a mark above what is asked", "{title: Quiz, pass_mark: 1, questions", "{title: Quiz, pass_mark: 3, questions", `17: certification/requirements/1/quiz/pass_mark: is more than the number of questions, which is 1`},
		{"a text too short to type", "text: \"PASSAGE\"", "text: Short", `18: certification/requirements/2/typing/passages/0/text: must have at least 100 characters`},
		{"a recording that one clip has", "listening: {pass_mark: 1, clips: [", `listening: {pass_mark: 1, clips: [{id: d, audio: call-bill.en, transcript: This is what is said in it., in: {es: {audio: call-visit.es, transcript: Esto es lo que dice.}}, fields: [{id: n, label: Number, answers: ["7"]}]}, `, `19: certification/requirements/3/listening/clips/1: has no recording in "es", and others have: an exercise is in one language from end to end`},
		{"an answer of no field", "transcript: This is what is said in it., fields", "transcript: This is what is said in it., in: {es: {audio: call-visit.es, transcript: Esto es lo que dice., answers: {m: [siete]}}}, fields", `19: certification/requirements/3/listening/clips/0/in/es/answers/m: is no field of this clip`},
		{"English beside the English", "transcript: This is what is said in it., fields", "transcript: This is what is said in it., in: {en: {audio: call-visit.es, transcript: This is what is said.}}, fields", `19: certification/requirements/3/listening/clips/0/in/en: English is the clip's own recording`},
		{"a mark above all fields", "listening: {pass_mark: 1", "listening: {pass_mark: 2", `19: certification/requirements/3/listening/pass_mark: is more than the number of fields that may be asked for, which is 1`},
		{"an answer of dashes", `answers: ["7"]`, `answers: ["--"]`, `19: certification/requirements/3/listening/clips/0/fields/0/answers/0: nothing is left of this answer when spacing and dashes do not count`},
		{"nothing to declare", "declare: [{id: line, text: Fast}]", "declare: []", `20: certification/requirements/4/equipment/declare: must have at least 1 in it`},
		{"no such zone", "America/New_York", "America/Nowhere", `23: certification/requirements/7/live/time_zone: is no time zone such as America/New_York`},
		{"no such hour", `["09:00"]`, `["9 o'clock"]`, `23: certification/requirements/7/live/hours/0: must be a time of day such as 09:30, in quotation marks`},
		{"more than the rubric gives", "seats: 2, pass_mark: 2", "seats: 2, pass_mark: 4", `23: certification/requirements/7/live/pass_mark: is more than the rubric gives, which is 3`},
		{"nothing could be booked", "lead_hours: 24", "lead_hours: 400", `23: certification/requirements/7/live/lead_hours: is no less than horizon_days, which are 14: nothing could be booked`},
		{"another tax form", "form: w9", "form: w8", `22: certification/requirements/6/tax/form: must be one of: w9`},
		{"both forms", "  credential:", "  agreement: {title: A, version: \"1\", text: You offer your services to us.}\n  credential:", `24: certification/agreement: stands beside requirements: make it one of them`},
		{"nothing at all", whole, "certification:\n  credential: {name: Agent, description: Has met it all., validity_days: 365}\n", `14: certification: asks for nothing: list what it asks for under requirements`},
		{"an old form without its agreement", whole, "certification:\n  quiz: {title: Q, pass_mark: 1, attempts: 1, questions: [{id: q, text: Q, answer: a, options: [{id: a, text: A}, {id: b, text: B}]}]}\n  credential: {name: Agent, description: Has met it all., validity_days: 365}\n", `14: certification: has no agreement; to ask for other things list them under requirements`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if !strings.Contains(whole, c.old) {
				t.Fatalf("%q does not stand there", c.old)
			}
			path := withRequirements(t, strings.Replace(whole, c.old, c.new, 1))
			var got []string
			for _, p := range program.Check(path) {
				got = append(got, strings.TrimPrefix(p.String(), path+":"))
			}
			if text := strings.Join(got, "\n"); text != c.want {
				t.Errorf("got\n%s\nwant\n%s", text, c.want)
			}
		})
	}
}
