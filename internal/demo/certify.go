package demo

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

// certification is where the portal lists what is asked for.
const certification = "/apply/certification"

// Certify does what a program's certification asks for, in the portal and in the
// program's order, as far as the applicant can go now: what waits for somebody else
// or for a time is left. name is how the applicant signs. With wrong the first quiz
// is handed in with wrong answers once before. What is done already is passed over,
// so it can be called again.
func (p *Phone) Certify(ctx context.Context, pr program.Program, name string, wrong bool) error {
	for i, step := range pr.Certification.Steps() {
		at := certification + "/" + step.ID
		if err := p.Open(ctx, at); err != nil {
			return err
		}
		step = pr.In(p.language()).Certification.Steps()[i] // questions are known by their text
		if wrong && step.Questions() != nil {
			if err := p.require(ctx, step, at, name, false); err != nil {
				return fmt.Errorf("%s, with wrong answers: %w", step.ID, err)
			}
			wrong = false
			if err := p.Open(ctx, at); err != nil {
				return err
			}
		}
		if err := p.require(ctx, step, at, name, true); err != nil {
			return fmt.Errorf("%s: %w", step.ID, err)
		}
	}
	return nil
}

// require does one requirement from its first page on. One that cannot be worked on
// now has led elsewhere.
func (p *Phone) require(ctx context.Context, step program.Requirement, at, name string, right bool) error {
	switch step.Kind {
	case program.KindCourse:
		return p.takeCourse(ctx, step, at, right)
	case program.KindQuiz:
		return p.takeQuiz(ctx, *step.Quiz, at, at, right)
	case program.KindTyping:
		return p.takeTyping(ctx, at)
	case program.KindListening:
		return p.takeListening(ctx, *step.Listening, at)
	case program.KindEquipment:
		return p.takeEquipment(ctx, at)
	case program.KindAgreement:
		if p.Path() != at {
			return nil
		}
		return p.hand(ctx, map[string]string{"signature": name}, at+"/signed")
	case program.KindTax:
		return p.giveTax(ctx, at, name)
	case program.KindLive:
		return p.bookTime(ctx, at)
	}
	return fmt.Errorf("the demonstration does not know what to do for %q", step.Kind)
}

// takeCourse reads every page, then takes the quiz if there is one.
func (p *Phone) takeCourse(ctx context.Context, step program.Requirement, at string, right bool) error {
	for range len(step.Course.Pages) {
		if !strings.HasPrefix(p.Path(), at+"/page/") || find(find(p.page, "main"), "form") == nil {
			break // it was read before
		}
		if err := p.Submit(ctx, nil); err != nil {
			return err
		}
	}
	if step.Course.Quiz == nil {
		return nil
	}
	return p.takeQuiz(ctx, *step.Course.Quiz, at, at+"/quiz", right)
}

// takeQuiz answers the questions that were drawn, if the page asks any.
func (p *Phone) takeQuiz(ctx context.Context, quiz program.Quiz, at, page string, right bool) error {
	if p.Path() != page {
		return nil
	}
	answers := map[string]string{}
	for i := 1; ; i++ {
		field := fmt.Sprintf("question-%d", i)
		legend := p.legend(field)
		if legend == "" {
			break
		}
		k := slices.IndexFunc(quiz.Questions, func(q program.Question) bool {
			return strings.HasSuffix(legend, strings.Join(strings.Fields(q.Text), " "))
		})
		if k < 0 {
			return fmt.Errorf("the program has no question %q", legend)
		}
		q := quiz.Questions[k]
		answers[field] = q.Answer
		for _, o := range q.Options {
			if !right && o.ID != q.Answer {
				answers[field] = o.ID
			}
		}
	}
	return p.hand(ctx, answers, at+"/result")
}

// language is that of the page, "en" when it does not say.
func (p *Phone) language() string {
	if root := find(p.page, "html"); root != nil {
		return cmp.Or(attr(root, "lang"), "en")
	}
	return "en"
}

// legend is what the group of choices of a field is called; "" when there is none.
func (p *Phone) legend(field string) string {
	var found string
	var walk func(n *html.Node, group *html.Node)
	walk = func(n *html.Node, group *html.Node) {
		if n.Type == html.ElementNode && n.Data == "fieldset" {
			group = n
		}
		if n.Type == html.ElementNode && n.Data == "input" && attr(n, "name") == field && found == "" {
			if l := find(group, "legend"); l != nil {
				found = text(l)
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c, group)
		}
	}
	if p.page != nil {
		walk(p.page, nil)
	}
	return found
}

// typingSpeed is that of somebody who types fast, in characters a second.
const typingSpeed = 14

// takeTyping types the text as fast as a fast typist does.
func (p *Phone) takeTyping(ctx context.Context, at string) error {
	if p.Path() != at {
		return nil
	}
	if err := p.hand(ctx, nil, at+"/text"); err != nil {
		return err
	}
	var shown string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if attr(n, "role") == "region" {
			shown = text(n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(p.page)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(len(shown)) * time.Second / typingSpeed):
	}
	return p.hand(ctx, map[string]string{"typed": shown}, at+"/result")
}

// takeListening notes down what the callers say.
func (p *Phone) takeListening(ctx context.Context, l program.Listening, at string) error {
	if p.Path() != at {
		return nil
	}
	notes := map[string]string{}
	for _, c := range l.Clips {
		for _, f := range c.Fields {
			if field := c.ID + "." + f.ID; strings.Contains(p.Text, `name="`+field+`"`) {
				notes[field] = f.Answers[0]
			}
		}
	}
	return p.hand(ctx, notes, at+"/result")
}

// takeEquipment measures the line as the page's script does, and hands it in.
func (p *Phone) takeEquipment(ctx context.Context, at string) error {
	if p.Path() != at {
		return nil
	}
	note := ""
	for range 4 {
		if _, err := p.measure(ctx, &note, 0, nil); err != nil {
			return err
		}
	}
	if _, err := p.measure(ctx, &note, 1<<20, nil); err != nil {
		return err
	}
	if _, err := p.measure(ctx, &note, 0, nil); err != nil {
		return err
	}
	if _, err := p.measure(ctx, &note, 0, make([]byte, 512<<10)); err != nil {
		return err
	}
	return p.hand(ctx, map[string]string{"line": note, "microphone": "yes"}, at+"/result")
}

// measure sends one request of the line's measurement, with the note of the answer
// before, and takes the new note.
func (p *Phone) measure(ctx context.Context, note *string, bytesDown int, up []byte) ([]byte, error) {
	method, path, body := http.MethodGet, fmt.Sprintf("/apply/line?bytes=%d", bytesDown), io.Reader(nil)
	if up != nil {
		method, path, body = http.MethodPost, "/apply/line", bytes.NewReader(up)
	}
	req, err := http.NewRequestWithContext(ctx, method, p.base+path, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("X-Line", *note)
	req.Header.Set("Origin", p.base)
	resp, err := p.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || len(all) < bytesDown {
		return nil, fmt.Errorf("the measurement was answered with %d and %d bytes", resp.StatusCode, len(all))
	}
	if bytesDown > 0 {
		*note = string(all[bytesDown:])
		return all, nil
	}
	var got struct {
		Note string `json:"note"`
	}
	if err := json.Unmarshal(all, &got); err != nil {
		return nil, err
	}
	*note = got.Note
	return all, nil
}

// giveTax agrees to the notice and answers what is asked, a page each.
func (p *Phone) giveTax(ctx context.Context, at, name string) error {
	answers := map[string]map[string]string{
		at + "/notice": nil,
		at + "/name":   {"name": name}, at + "/classification": {"classification": "individual"},
		at + "/address":     {"street": "1 Example Street", "city": "Salem", "state": "OR", "postal_code": "97301"},
		at + "/number":      {"number_kind": "ssn", "number": "987-65-4320"},
		at + "/withholding": {"withholding": "no"},
		at + "/check":       {"signature": name},
	}
	for range len(answers) {
		fill, asked := answers[p.Path()]
		if !asked {
			return nil
		}
		was := p.Path()
		if err := p.Submit(ctx, fill); err != nil {
			return err
		}
		if p.Path() == was {
			return fmt.Errorf("%s does not take its answer: %s", was, p.Says())
		}
	}
	return p.Expect(certification)
}

// bookTime books the first time of the first day, unless one is booked.
func (p *Phone) bookTime(ctx context.Context, at string) error {
	day := p.LinkTo(at + "/day/")
	if p.Path() != at || day == "" {
		return nil
	}
	if err := p.Open(ctx, day); err != nil {
		return err
	}
	slot := p.choice("slot")
	if slot == "" {
		return fmt.Errorf("%s offers no time: %s", p.Path(), p.Says())
	}
	return p.hand(ctx, map[string]string{"slot": slot}, at)
}

// choice is the first value that a field's choices have.
func (p *Phone) choice(field string) string {
	var found string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "input" && attr(n, "name") == field && found == "" {
			found = attr(n, "value")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(p.page)
	return found
}
