package applicants

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/tickets"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Ticket is leave to look at one applicant's data to help them, its reason sealed.
type Ticket = tickets.Ticket

// DrawTicketID gives a number for a new ticket; a form has it from the start, so that one
// that is sent twice opens one.
func DrawTicketID(now time.Time) string { return tickets.DrawID(now) }

// NewTicket is what somebody says who opens a ticket.
type NewTicket struct {
	ID        string        // drawn by DrawTicketID; empty: one is drawn
	Reference string        // the help desk's own number; empty: none
	Reason    string        // what the applicant needs help with; kept sealed
	Lasts     time.Duration // at most onboarding.MostSupport
}

// ticketsSeen is how far back a list of everybody's tickets goes, in days.
const ticketsSeen = 90

// OpenTicket gives who asks leave to look at an applicant's data to help them, for a
// while, and gives the ticket as it is kept: one of the same number stays as it is.
// Errors: CodeInvalid for no reason, a reference that is none and a time that is too long;
// CodeKeyDestroyed when the data are gone.
func (s *Service) OpenTicket(ctx context.Context, id onboarding.ApplicantID, in NewTicket, by workflows.Actor) (Ticket, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return Ticket{}, err
	}
	now := s.Now().UTC()
	if in.ID == "" {
		in.ID = DrawTicketID(now)
	}
	if day, ok := onboarding.TicketDay(in.ID); !ok || now.Sub(day).Abs() > 48*time.Hour {
		return Ticket{}, onboarding.Invalid("ticket", "That is no number of a new ticket.", "Open the page again: it draws one.")
	}
	in.Reference = strings.TrimSpace(in.Reference)
	if err := onboarding.CheckReference(in.Reference); err != nil {
		return Ticket{}, err
	}
	if in.Lasts < onboarding.LeastSupport || in.Lasts > onboarding.MostSupport {
		return Ticket{}, onboarding.Invalid("minutes", "A ticket lasts 1 to 240 minutes.", "Choose a time of four hours or less; another can be opened after it.")
	}
	sealed, err := s.reason(ctx, id, in.Reason)
	if err != nil {
		return Ticket{}, err
	}
	t := Ticket{ID: in.ID, Applicant: id, Program: v.Program, Owner: string(by), Reference: in.Reference, Reason: sealed, Opened: now, Ends: now.Add(in.Lasts)}
	if err := s.ticketEvent(ctx, access.TicketOpened, t, string(by)); err != nil {
		return Ticket{}, err
	}
	if err := s.Tickets.Open(ctx, t); err != nil {
		return Ticket{}, err
	}
	return s.Tickets.Get(ctx, id, t.ID)
}

func (s *Service) ticketEvent(ctx context.Context, what access.Kind, t Ticket, by string) error {
	return s.Access.Record(ctx, access.Event{Who: by, What: what, Program: t.Program, Applicant: t.Applicant, Detail: t.ID})
}

// CloseTicket ends a ticket before its time. With all somebody else's too; one that has
// ended stays as it is. CodeInvalid when there is none that who asks may close.
func (s *Service) CloseTicket(ctx context.Context, id onboarding.ApplicantID, ticket string, all bool, by workflows.Actor) error {
	t, err := s.ticketOf(ctx, id, ticket, all, string(by))
	if err != nil || !t.Open(s.Now()) {
		return err
	}
	if err := s.ticketEvent(ctx, access.TicketClosed, t, string(by)); err != nil {
		return err
	}
	return s.Tickets.Close(ctx, id, t.ID, s.Now().UTC(), string(by))
}

// ticketOf is one ticket that somebody may know of: their own, or with all any.
func (s *Service) ticketOf(ctx context.Context, id onboarding.ApplicantID, ticket string, all bool, who string) (Ticket, error) {
	t, err := s.Tickets.Get(ctx, id, ticket)
	if err == nil && (!InScope(ctx, t.Program) || !all && staffPerson(t.Owner) != staffPerson(who)) {
		err = tickets.Unknown()
	}
	return t, err
}

// TicketsSeen lists tickets, the newest first: one applicant's, or with "" those of all of
// the last 90 days; with all everybody's, else those of who asks alone.
func (s *Service) TicketsSeen(ctx context.Context, id onboarding.ApplicantID, all bool, who workflows.Actor) ([]Ticket, error) {
	var found []Ticket
	var err error
	if id != "" {
		found, err = s.Tickets.Of(ctx, id)
	} else {
		found, err = s.Tickets.Since(ctx, s.Now().AddDate(0, 0, -ticketsSeen))
	}
	return slices.DeleteFunc(found, func(t Ticket) bool {
		return !InScope(ctx, t.Program) || !all && staffPerson(t.Owner) != staffPerson(string(who))
	}), err
}

// TicketReason opens why a ticket was opened. That it is read stands in the ledger first.
// Errors: CodeInvalid when there is none that who asks may know of; CodeKeyDestroyed when
// the applicant was erased.
func (s *Service) TicketReason(ctx context.Context, id onboarding.ApplicantID, ticket string, all bool, as identity.Reading) (string, error) {
	t, err := s.ticketOf(ctx, id, ticket, all, as.Actor())
	if err != nil {
		return "", err
	}
	if err := s.viewed(ctx, id, DocumentTicket+"/"+t.ID, nil, as); err != nil {
		return "", err
	}
	plain, err := s.Vault.Open(ctx, id, sealReason, t.Reason)
	return string(plain), err
}

// Supporting gives the ticket under which somebody may look at an applicant's data to help
// them, now: the one of theirs that is open longest. Errors: CodeNotAllowed, recorded as
// refused, when they have none or it has ended.
func (s *Service) Supporting(ctx context.Context, id onboarding.ApplicantID, as identity.Reading) (Ticket, error) {
	var own []Ticket
	if s.Tickets != nil {
		all, err := s.Tickets.Of(ctx, id)
		if err != nil {
			return Ticket{}, err
		}
		own = slices.DeleteFunc(all, func(t Ticket) bool { return staffPerson(t.Owner) != staffPerson(as.Actor()) })
	}
	now := s.Now()
	var found Ticket
	for _, t := range own {
		if t.Open(now) && t.Ends.After(found.Ends) {
			found = t
		}
	}
	if found.ID != "" {
		return found, nil
	}
	e := access.Event{Who: as.Actor(), Applicant: id, Detail: access.ByTicket, Purpose: string(as.Purpose())}
	message := "To look at somebody's data to help them you need an open support ticket, and you have none for this applicant."
	if len(own) > 0 {
		e.Program = own[0].Program
		message = fmt.Sprintf("Your support ticket %s has ended, at %s, so nothing is opened under it.", own[0].ID, own[0].Ended().UTC().Format("15:04 on 2 January 2006 MST"))
	}
	if s.Access != nil {
		s.Access.Refuse(ctx, e)
	}
	return Ticket{}, &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: "ticket", Message: message,
		Hint: "Open one on the applicant's page under “Support tickets”, by the API (POST /applications/{id}/tickets) or with vouchsafe ticket open, then try again."}
}
