package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// block is one piece of a program's text: a paragraph, or a list.
type block struct {
	Text  string
	Items []string
}

// blocks cuts a program's text into paragraphs, which an empty line parts, and lists,
// whose lines begin with a dash.
func blocks(text string) []block {
	var out []block
	for _, piece := range strings.Split(strings.TrimSpace(text), "\n\n") {
		var b block
		for _, line := range strings.Split(strings.TrimSpace(piece), "\n") {
			item, listed := strings.CutPrefix(strings.TrimSpace(line), "- ")
			switch {
			case listed:
				b.Items = append(b.Items, item)
			case len(b.Items) > 0: // an item that goes on
				b.Items[len(b.Items)-1] += " " + item
			default:
				b.Text = strings.TrimSpace(b.Text + " " + item)
			}
		}
		if b.Text != "" || len(b.Items) > 0 {
			out = append(out, b)
		}
	}
	return out
}

// coursePath is where the page of that place stands.
func (n need) coursePath(i int) string { return n.Path + "/page/" + n.Course.Pages[i].ID }

// onward is where somebody goes on who has read the first so many pages.
func (n need) onward(read int) string {
	switch {
	case read < len(n.Course.Pages):
		return n.coursePath(read)
	case n.Course.Quiz != nil && !n.Met():
		return n.Path + "/quiz"
	}
	return certificationPath
}

// showCourse leads to where the applicant left off.
func (p *Portal) showCourse(w http.ResponseWriter, r *http.Request, _ *visit, n need) {
	web.Redirect(w, r, n.onward(n.Line.Page))
}

type coursePage struct {
	Need    need
	Page    program.CoursePage
	Blocks  []block
	Number  int // from 1
	Of      int
	Again   bool   // it was read before
	Forward string // where to go on without a form, when all of it was read
}

// at gives the place of the page that the address names. A page can be read when all
// before it were; false after an answer that leads elsewhere.
func (p *Portal) courseAt(w http.ResponseWriter, r *http.Request, n need) (int, bool) {
	i := slices.IndexFunc(n.Course.Pages, func(c program.CoursePage) bool { return c.ID == r.PathValue("item") })
	switch {
	case i < 0:
		web.Redirect(w, r, n.Path)
	case n.State == needLocked || n.State == needNowhere:
		p.closed(w, r, n)
	case i > n.Line.Page && !n.Met():
		web.Redirect(w, r, n.coursePath(n.Line.Page))
	default:
		return i, true
	}
	return 0, false
}

// showCoursePage shows one page of a course. Those that were read can be read again
// for as long as one likes, also between attempts at the quiz.
func (p *Portal) showCoursePage(w http.ResponseWriter, r *http.Request, _ *visit, n need) {
	i, ok := p.courseAt(w, r, n)
	if !ok {
		return
	}
	back := certificationPath
	if i > 0 {
		back = n.coursePath(i - 1)
	}
	page := n.Course.Pages[i]
	body := coursePage{Need: n, Page: page, Blocks: blocks(page.Text), Number: i + 1, Of: len(n.Course.Pages), Again: i < n.Line.Page || n.Met()}
	if body.Again {
		body.Forward = certificationPath
		if i+1 < len(n.Course.Pages) || n.Doable() {
			body.Forward = n.onward(i + 1)
		}
	}
	p.show(w, r, "course_page", web.Page{Title: page.Title, Said: true, Back: back, Body: body})
}

// readCoursePage notes that a page was read, and leads to the next.
func (p *Portal) readCoursePage(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	i, ok := p.courseAt(w, r, n)
	if !ok {
		return
	}
	if i < n.Line.Page || n.Met() {
		web.Redirect(w, r, n.onward(i+1))
		return
	}
	line, err := p.service.ReadPage(r.Context(), v.id, n.ID, n.Course.Pages[i].ID)
	switch {
	case err == nil:
		n.Line = line
		if line.Status.Met() { // there is no quiz: it is done
			web.Redirect(w, r, certificationPath+"?about="+n.ID)
			return
		}
		web.Redirect(w, r, n.onward(i+1))
	case p.tooLate(w, r, n, err):
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		web.Redirect(w, r, n.Path)
	default:
		p.site.Fail(w, r, err)
	}
}
