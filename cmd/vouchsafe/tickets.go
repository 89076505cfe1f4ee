package main

import (
	"fmt"
	"io"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type ticketCmd struct {
	List  ticketListCmd  `cmd:"" help:"Support tickets, the newest first: one's own, or everybody's for a key that may see them."`
	Open  ticketOpenCmd  `cmd:"" help:"Open a support ticket: until it ends an applicant's data are read to help them."`
	Close ticketCloseCmd `cmd:"" help:"Close a support ticket before its time."`
	Show  ticketShowCmd  `cmd:"" help:"Read what a support ticket is for; that it is read is recorded."`
}

type ticketListCmd struct {
	ID string `arg:"" optional:"" help:"The applicant; without: everybody's of the last 90 days."`
}

// Run lists tickets.
func (c ticketListCmd) Run(s *session) error {
	return s.tickets(func(api *client.Client) ([]client.Ticket, error) { return api.Tickets(s.ctx, c.ID) })
}

type ticketOpenCmd struct {
	ID        string        `arg:"" help:"The applicant."`
	Reason    string        `help:"What the applicant needs help with; it is kept sealed." required:""`
	Reference string        `help:"The help desk's own number." placeholder:"HD-4711"`
	For       time.Duration `help:"How long it lasts, four hours at the most." default:"1h"`
}

// Run opens a ticket.
func (c ticketOpenCmd) Run(s *session) error {
	return s.tickets(func(api *client.Client) ([]client.Ticket, error) {
		t, err := api.OpenTicket(s.ctx, c.ID, c.Reference, c.Reason, int(c.For/time.Minute))
		return []client.Ticket{t}, err
	})
}

type ticketCloseCmd struct {
	ID     string `arg:"" help:"The applicant."`
	Ticket string `arg:"" help:"The ticket's number."`
}

// Run closes a ticket.
func (c ticketCloseCmd) Run(s *session) error {
	return s.tickets(func(api *client.Client) ([]client.Ticket, error) {
		t, err := api.CloseTicket(s.ctx, c.ID, c.Ticket)
		return []client.Ticket{t}, err
	})
}

type ticketShowCmd struct {
	ID     string `arg:"" help:"The applicant."`
	Ticket string `arg:"" help:"The ticket's number."`
}

// Run reads a ticket's reason.
func (c ticketShowCmd) Run(s *session) error {
	return fetched(s, func(api *client.Client) (string, error) { return api.TicketReason(s.ctx, c.ID, c.Ticket) },
		func(w io.Writer, reason string) { fmt.Fprintln(w, reason) })
}

// tickets does something and answers the tickets that it gives.
func (s *session) tickets(do func(*client.Client) ([]client.Ticket, error)) error {
	return table(s, do, "TICKET\tAPPLICANT\tOWNER\tREFERENCE\tOPENED\tENDS\tCLOSED", func(t client.Ticket) []any {
		closed := "no"
		if t.Closed != nil {
			closed = utc(*t.Closed) + ", by " + t.ClosedBy
		}
		return []any{t.ID, t.Applicant, t.Owner, t.Reference, utc(t.Opened), utc(t.Ends), closed}
	})
}
