package console

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Tickets is what the pages about support tickets need; *applicants.Service is one.
type Tickets interface {
	// OpenTicket and CloseTicket are recorded in the access log before they are done.
	OpenTicket(ctx context.Context, id onboarding.ApplicantID, in applicants.NewTicket, by workflows.Actor) (applicants.Ticket, error)
	CloseTicket(ctx context.Context, id onboarding.ApplicantID, ticket string, all bool, by workflows.Actor) error
	TicketsSeen(ctx context.Context, id onboarding.ApplicantID, all bool, who workflows.Actor) ([]applicants.Ticket, error)
	// TicketReason is recorded in the ledger before it answers.
	TicketReason(ctx context.Context, id onboarding.ApplicantID, ticket string, all bool, as identity.Reading) (string, error)
	// Supporting is recorded as refused when there is no ticket that is open.
	Supporting(ctx context.Context, id onboarding.ApplicantID, as identity.Reading) (applicants.Ticket, error)
}

const ticketsPath = "/console/tickets"

func ticketsOn(id onboarding.ApplicantID) string { return casePath(id) + "/tickets" }

func (c *Console) ticketRoutes() []route {
	if c.Tickets == nil {
		return nil
	}
	on := "/console/applicants/{id}/tickets"
	return []route{
		{"GET " + ticketsPath, identity.ViewTickets, c.showTickets},
		{"GET " + on, identity.ViewTickets, c.showTicketsOn},
		{"POST " + on, identity.OpenTicket, c.openTicket},
		{"POST " + on + "/{ticket}/close", identity.OpenTicket, c.closeTicket},
		{"POST " + on + "/{ticket}/reason", identity.ViewTickets, c.readTicket},
	}
}

// ticketLine is a ticket as a page shows it.
type ticketLine struct {
	applicants.Ticket
	Now       bool   // it is open
	Owner, By string // in words
	Close     string // the address at which it is closed; empty: not by the reader, or it has ended
	Reason    string // the address at which its reason is opened
}

type ticketsPage struct {
	ID      onboarding.ApplicantID // of one applicant's page; empty: of all
	Open    []ticketLine
	Past    []ticketLine
	All     bool // the reader sees everybody's
	May     bool // the reader may open one here
	Form    web.Form
	Ticket  string // the number that the form's ticket gets
	Done    string
	Read    string // the number of the ticket whose reason was opened
	Reason  string // in words
	Reading bool
}

var ticketDone = map[string]string{
	"opened": "Your ticket is open. Until it ends you may open this applicant's documents to help them; each time stands in their ledger with its number.",
	"closed": "The ticket is closed.",
}

var ticketMinutes = []web.Option{{Value: "15", Label: "15 minutes"}, {Value: "60", Label: "an hour"}, {Value: "120", Label: "two hours"}, {Value: "240", Label: "four hours"}}

func ticketForm() web.Form {
	return web.Form{{ID: "reference", Label: "The help desk's number", Max: 40, Width: "medium", Optional: true, Hint: "Such as HD-4711. Empty: the ticket has a number of ours alone."},
		{ID: "reason", Label: "What does the applicant need help with?", Noun: "what they need help with", Rows: 3, Max: reasonMax, Spellcheck: true, Hint: "It is kept sealed; who reads it is recorded."},
		{ID: "minutes", Label: "For how long?", Noun: "for how long", Options: ticketMinutes, Hint: "It ends by itself. Close it when you are done."}}
}

func (c *Console) ticketPage(r *http.Request, who identity.Staff, id onboarding.ApplicantID) (ticketsPage, error) {
	page := ticketsPage{ID: id, All: who.MayAny(identity.ViewAllTickets), Done: ticketDone[r.URL.Query().Get("done")]}
	all, err := c.Tickets.TicketsSeen(r.Context(), id, page.All, actor(who))
	if err != nil {
		return page, err
	}
	names, now := c.called(r), c.site.Now()
	for _, t := range all {
		at := ticketsOn(t.Applicant) + "/" + t.ID
		l := ticketLine{Ticket: t, Now: t.Open(now), Owner: byWords(t.Owner, names), By: byWords(t.By, names), Reason: at + "/reason"}
		if !l.Now {
			page.Past = append(page.Past, l)
			continue
		}
		if who.May(identity.OpenTicket, t.Program) {
			l.Close = at + "/close"
		}
		page.Open = append(page.Open, l)
	}
	return page, nil
}

// showTickets lists the tickets of the last 90 days: one's own, or everybody's.
func (c *Console) showTickets(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	page, err := c.ticketPage(r, who, "")
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "tickets", web.Page{Title: "Support tickets", Body: page})
}

// showTicketsOn lists those for an applicant, and asks for what a new one needs.
func (c *Console) showTicketsOn(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if v, ok := c.applicant(w, r); ok {
		c.listTicketsOn(w, r, who, v, applicants.DrawTicketID(c.site.Now()), ticketForm(), nil)
	}
}

func (c *Console) listTicketsOn(w http.ResponseWriter, r *http.Request, who identity.Staff, v workflows.StaffView, ticket string, f web.Form, more func(*ticketsPage)) {
	page, err := c.ticketPage(r, who, v.Applicant)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page.May, page.Form, page.Ticket = who.May(identity.OpenTicket, v.Program), f, ticket
	if more != nil {
		more(&page)
	}
	c.show(w, r, who, "tickets", web.Page{Title: "Support tickets for an applicant", Back: casePath(v.Applicant), Problems: f.Problems(), Body: page})
}

func (c *Console) openTicket(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	f := ticketForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	ticket := r.PostForm.Get("ticket")
	if len(f.Problems()) > 0 {
		c.listTicketsOn(w, r, who, v, ticket, f, nil)
		return
	}
	minutes, err := strconv.Atoi(f.Value("minutes"))
	if err != nil {
		minutes = 0 // which the service refuses in words
	}
	_, err = c.Tickets.OpenTicket(r.Context(), v.Applicant, applicants.NewTicket{ID: ticket, Reference: f.Value("reference"), Reason: f.Value("reason"), Lasts: time.Duration(minutes) * time.Minute}, actor(who))
	switch {
	case err == nil:
		web.Redirect(w, r, ticketsOn(v.Applicant)+"?done=opened")
	case f.Blame(err):
		c.listTicketsOn(w, r, who, v, ticket, f, nil)
	default:
		c.site.Fail(w, r, err)
	}
}

func (c *Console) closeTicket(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	if err := c.Tickets.CloseTicket(r.Context(), v.Applicant, r.PathValue("ticket"), who.May(identity.ViewAllTickets, v.Program), actor(who)); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, ticketsOn(v.Applicant)+"?done=closed")
}

// readTicket shows what a ticket was for; that it is read stands in the ledger first.
func (c *Console) readTicket(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	as, ok := c.reads(w, r, who, identity.ViewTickets, identity.ToTicket)
	if !ok {
		return
	}
	reason, err := c.Tickets.TicketReason(r.Context(), v.Applicant, r.PathValue("ticket"), who.May(identity.ViewAllTickets, v.Program), as)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.listTicketsOn(w, r, who, v, applicants.DrawTicketID(c.site.Now()), ticketForm(), func(p *ticketsPage) { p.Reading, p.Read, p.Reason = true, r.PathValue("ticket"), reason })
}

// supports holds who would open something to help the applicant to a ticket that is open,
// before a link is made: the service asks again when it is opened.
func (c *Console) supports(w http.ResponseWriter, r *http.Request, id onboarding.ApplicantID, as identity.Reading) bool {
	if c.Tickets == nil || !as.Support() {
		return true
	}
	if _, err := c.Tickets.Supporting(r.Context(), id, as); err != nil {
		c.site.Fail(w, r, err)
		return false
	}
	return true
}
