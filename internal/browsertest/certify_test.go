package browsertest

import (
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// answers are those of a program's quiz that count as right, by question.
func rightAnswers(t testing.TB, programID string) map[string]string {
	t.Helper()
	set, err := program.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get(programID)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, step := range p.Certification.Steps() {
		quiz := step.Questions()
		if quiz == nil {
			continue
		}
		for _, q := range quiz.Questions {
			for _, o := range q.Options {
				if o.ID == q.Answer {
					out[q.Text] = o.Text
				}
			}
		}
	}
	return out
}

// question is one of a quiz as the page shows it.
type question struct {
	Text    string
	Options []struct{ Name, Value, Text string }
}

const questions = `[...document.querySelectorAll("main form fieldset")].map(f => ({Text: f.querySelector("legend").innerText.replace(/\s+/g, " ").trim(),
	Options: [...f.querySelectorAll("input[type=radio]")].map(e => ({Name: e.name, Value: e.value, Text: e.labels[0].innerText.replace(/\s+/g, " ").trim()}))}))`

// right gives the right choices for the questions of the page, by their fields.
func (j *journey) right(programID string) map[string]string { return j.choices(programID, true) }

func (j *journey) choices(programID string, right bool) map[string]string {
	j.Helper()
	out := map[string]string{}
	answers := rightAnswers(j, programID)
	asked := js[[]question](j.tab, questions)
	if len(asked) == 0 {
		j.Fatalf("no questions at %s: %.600s", j.path(), j.text())
	}
	for _, q := range asked {
		want := ""
		for text, answer := range answers {
			if strings.Contains(q.Text, text) {
				want = answer
			}
		}
		if want == "" {
			j.Fatalf("%q is no question of %s", q.Text, programID)
		}
		for _, o := range q.Options {
			if (o.Text == want) == right {
				out[o.Name] = o.Value
			}
		}
	}
	return out
}

// takesQuiz answers what the page asks, in whichever order it asks it.
func (j *journey) takesQuiz(programID string, right bool) *journey {
	j.Helper()
	for name, value := range j.choices(programID, right) {
		j.fill(name, value)
	}
	j.send()
	return j
}

// reads reads the course, page by page, to its quiz.
func (j *journey) reads() *journey {
	j.Helper()
	j.open("/apply/certification/course")
	for strings.HasPrefix(j.path(), "/apply/certification/course/page/") {
		here := j.path()
		if j.send(); j.path() == here {
			j.Fatalf("%s does not go on: %.600s", here, j.text())
		}
	}
	j.at("/apply/certification/course/quiz")
	return j
}

// certifies does what the program asks, and waits for the certificate.
func (j *journey) certifies(programID string) *journey {
	j.Helper()
	j.waits("/apply/status", "You can get certified now")
	j.press("Go on with your certification").at("/apply/certification")
	j.reads()
	j.takesQuiz(programID, true).at("/apply/certification/course/result").says("You passed")
	j.press("Go on").at("/apply/certification/agreement").send("signature", j.p.name()).at("/apply/certification/agreement/signed")
	j.waits("/apply/status", "You are certified")
	return j
}
