package console

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// noteMax is the longest that a note may be, in characters.
const noteMax = 5000

type notesPage struct {
	ID       onboarding.ApplicantID
	Notes    []applicants.Note
	Read     bool // the notes are there, and that they were read is recorded
	Write    bool
	Corrects uint64 // the note that is being corrected; 0: none
	Once     string // tells one sending of the form from the next
	Form     web.Form
	Names    map[string]string
}

func noteForm(corrects uint64) web.Form {
	label := "A new note"
	if corrects > 0 {
		label = "What is right instead of note " + strconv.FormatUint(corrects, 10)
	}
	return web.Form{{ID: "note", Label: label, Noun: "a note", Rows: 5, Max: noteMax, Spellcheck: true,
		Hint: "It is kept, sealed, in the applicant's ledger, with your name and the time. Nobody can change it, and the applicant may ask to read it: write what you would say to them."}}
}

// showNotes shows what staff noted on a case. That they are read stands in the ledger
// before they are shown.
func (c *Console) showNotes(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	as, ok := c.reads(w, r, who, identity.ReadNotes, identity.ToWork)
	if !ok {
		return
	}
	notes, err := c.service.Notes(r.Context(), v.Applicant, as)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	corrects := numberOf(r.URL.Query().Get("corrects"))
	c.show(w, r, who, "notes", web.Page{Title: "Notes", Back: casePath(v.Applicant), Body: notesPage{ID: v.Applicant, Notes: notes, Read: true,
		Write: who.May(identity.WriteNote, v.Program), Corrects: corrects, Once: rand.Text(), Form: noteForm(corrects), Names: c.called(r)}})
}

// writeNote keeps a note and leads back to the case.
func (c *Console) writeNote(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := notesPage{ID: v.Applicant, Write: true, Corrects: numberOf(r.PostForm.Get("corrects")), Once: r.PostForm.Get("once")}
	page.Form = noteForm(page.Corrects)
	if err := page.Form.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(page.Form.Problems()) == 0 {
		err := c.service.WriteNote(r.Context(), v.Applicant, page.Form.Value("note"), page.Corrects, page.Once, actor(who))
		switch {
		case err == nil:
			web.Redirect(w, r, casePath(v.Applicant)+"?done=note")
			return
		case !page.Form.Blame(err):
			c.site.Fail(w, r, err)
			return
		}
	}
	c.show(w, r, who, "notes", web.Page{Title: "Notes", Back: casePath(v.Applicant), Problems: page.Form.Problems(), Body: page})
}

func numberOf(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// noteLine is a note of which only is said who wrote it and when.
type noteLine struct {
	applicants.Event
	By string
}

// noteLines picks the notes out of a timeline, in its order.
func noteLines(timeline []applicants.Event, names map[string]string) (out []noteLine) {
	for _, e := range timeline {
		if e.Record.Kind == ledger.KindNote {
			out = append(out, noteLine{Event: e, By: byWords(e.Record.Actor, names)})
		}
	}
	return out
}

// byWords is who did something, as staff read it: a name where the directory has
// one, else the role and the ID.
func byWords(actor string, names map[string]string) string {
	switch workflows.Actor(actor) {
	case workflows.ActorApplicant:
		return "the applicant"
	case workflows.ActorSystem:
		return "the process"
	}
	kind, rest, _ := strings.Cut(actor, ":")
	role, id, ok := strings.Cut(rest, ":")
	if kind != "staff" || !ok {
		return actor
	}
	return staffWords(id, names) + ", " + role
}

// staffWords is a member of staff by their ID.
func staffWords(id string, names map[string]string) string {
	if n := names[id]; n != "" {
		return n
	}
	return id
}
