package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Tickets is what the API needs for support tickets; *applicants.Service is one.
type Tickets interface {
	// OpenTicket and CloseTicket are recorded in the access log before they are done.
	OpenTicket(ctx context.Context, id onboarding.ApplicantID, in applicants.NewTicket, by workflows.Actor) (applicants.Ticket, error)
	CloseTicket(ctx context.Context, id onboarding.ApplicantID, ticket string, all bool, by workflows.Actor) error
	TicketsSeen(ctx context.Context, id onboarding.ApplicantID, all bool, who workflows.Actor) ([]applicants.Ticket, error)
	// TicketReason is recorded in the ledger before it answers.
	TicketReason(ctx context.Context, id onboarding.ApplicantID, ticket string, all bool, as identity.Reading) (string, error)
}

// Ticket is a support ticket, without what it is for.
type Ticket struct {
	ID        string     `json:"id" example:"t-20261128-k3m7q2"`
	Applicant string     `json:"applicant"`
	Program   string     `json:"program"`
	Owner     string     `json:"owner" doc:"Who opened it, as the ledger names them; it is for them alone"`
	Reference string     `json:"reference,omitempty" doc:"The help desk's own number"`
	Opened    time.Time  `json:"opened"`
	Ends      time.Time  `json:"ends" doc:"When it ends by itself"`
	Closed    *time.Time `json:"closed,omitempty" doc:"When it was closed before that"`
	ClosedBy  string     `json:"closed_by,omitempty"`
}

func ticketOf(t applicants.Ticket) Ticket {
	return Ticket{ID: t.ID, Applicant: string(t.Applicant), Program: t.Program, Owner: t.Owner, Reference: t.Reference, Opened: t.Opened, Ends: t.Ends, Closed: moment(t.Closed), ClosedBy: t.By}
}

type ticketOutput struct{ Body Ticket }

type ticketsOutput struct {
	Body struct {
		Items []Ticket `json:"items"`
	}
}

// TicketInput names a ticket in the address.
type TicketInput struct {
	IDInput
	Ticket string `path:"ticket" maxLength:"40"`
}

func (h handler) tickets(a huma.API) {
	if h.Tickets == nil {
		return
	}
	h.listTickets(a)
	h.openTicket(a)
	h.closeTicket(a)
	h.ticketReason(a)
}

func (h handler) listTickets(a huma.API) {
	o := operation("list-tickets", http.MethodGet, "/tickets", "Support tickets, the newest first: one's own, or with `view_all_tickets` everybody's", http.StatusOK)
	o.Description = "Of the last 90 days, or all of one applicant."
	huma.Register(a, o, func(ctx context.Context, in *struct {
		Applicant string `query:"applicant" doc:"The applicant's ID; absent: all"`
	}) (*ticketsOutput, error) {
		var id onboarding.ApplicantID
		if in.Applicant != "" {
			var err error
			if id, err = onboarding.ParseApplicantID(in.Applicant); err != nil {
				return nil, problem(err)
			}
		}
		all, err := h.Tickets.TicketsSeen(ctx, id, keyOf(ctx).MayAny(identity.ViewAllTickets), actor(ctx))
		if err != nil {
			return nil, problem(err)
		}
		out := &ticketsOutput{}
		out.Body.Items = make([]Ticket, len(all)) // never null
		for i, t := range all {
			out.Body.Items[i] = ticketOf(t)
		}
		return out, nil
	})
}

func (h handler) openTicket(a huma.API) {
	o := operation("open-ticket", http.MethodPost, "/applications/{id}/tickets", "Open a support ticket: until it ends the key may open the applicant's documents to help them", http.StatusOK)
	huma.Register(a, o, func(ctx context.Context, in *struct {
		IDInput
		Body struct {
			Reference string `json:"reference,omitempty" maxLength:"40" doc:"The help desk's own number" example:"HD-4711"`
			Reason    string `json:"reason" minLength:"1" maxLength:"2000" doc:"What the applicant needs help with; kept sealed"`
			Minutes   int    `json:"minutes" minimum:"1" maximum:"240" doc:"How long it lasts; it ends by itself"`
		}
	}) (*ticketOutput, error) {
		id, err := in.parse()
		if err != nil {
			return nil, problem(err)
		}
		t, err := h.Tickets.OpenTicket(ctx, id, applicants.NewTicket{Reference: in.Body.Reference, Reason: in.Body.Reason, Lasts: time.Duration(in.Body.Minutes) * time.Minute}, actor(ctx))
		if err != nil {
			return nil, problemIn(err, "body.")
		}
		return &ticketOutput{Body: ticketOf(t)}, nil
	})
}

func (h handler) closeTicket(a huma.API) {
	huma.Register(a, operation("close-ticket", http.MethodPost, "/applications/{id}/tickets/{ticket}/close", "Close a support ticket before its time", http.StatusOK),
		func(ctx context.Context, in *TicketInput) (*ticketOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			all := keyOf(ctx).MayAny(identity.ViewAllTickets)
			if err := h.Tickets.CloseTicket(ctx, id, in.Ticket, all, actor(ctx)); err != nil {
				return nil, problem(err)
			}
			seen, err := h.Tickets.TicketsSeen(ctx, id, all, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			out := &ticketOutput{}
			for _, t := range seen {
				if t.ID == in.Ticket {
					out.Body = ticketOf(t)
				}
			}
			return out, nil
		})
}

type ticketReasonOutput struct {
	Body struct {
		Reason string `json:"reason"`
	}
}

func (h handler) ticketReason(a huma.API) {
	huma.Register(a, operation("open-ticket-reason", http.MethodPost, "/applications/{id}/tickets/{ticket}/reason", "Read what a support ticket is for; each reading is recorded first", http.StatusOK),
		func(ctx context.Context, in *TicketInput) (*ticketReasonOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			as, err := h.reads(ctx, identity.ViewTickets, identity.ToTicket)
			if err != nil {
				return nil, err
			}
			reason, err := h.Tickets.TicketReason(ctx, id, in.Ticket, keyOf(ctx).MayAny(identity.ViewAllTickets), as)
			if err != nil {
				return nil, problem(err)
			}
			out := &ticketReasonOutput{}
			out.Body.Reason = reason
			return out, nil
		})
}
