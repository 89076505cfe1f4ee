// Package tickets keeps who of the staff may look at whose data to help them, upon which
// ticket and until when (obligation 37): each a small sealed value in the vault bucket.
// A ticket ends by the time that stands in it, which is looked at before each read, so
// nothing needs to run for it to end.
package tickets

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Ticket is one. It is for one applicant and for the one person who opened it.
type Ticket struct {
	ID        string                 `json:"id"`
	Applicant onboarding.ApplicantID `json:"applicant"`
	Program   string                 `json:"program"`
	Owner     string                 `json:"owner"`               // who opened it, as the ledger names them
	Reference string                 `json:"reference,omitempty"` // the help desk's own number; empty: none
	Reason    []byte                 `json:"reason"`              // sealed under the applicant's key
	Opened    time.Time              `json:"opened"`
	Ends      time.Time              `json:"ends"`
	Closed    time.Time              `json:"closed,omitzero"` // before its end
	By        string                 `json:"by,omitempty"`    // who closed it
}

// DrawID gives a number for a new ticket.
func DrawID(now time.Time) string { return onboarding.TicketID(now, strings.ToLower(rand.Text()[:6])) }

// Open reports whether it may be read under at a time.
func (t Ticket) Open(now time.Time) bool {
	return t.Closed.IsZero() && !now.Before(t.Opened) && now.Before(t.Ends)
}

// Ended is when it ended, or will end by itself.
func (t Ticket) Ended() time.Time {
	if !t.Closed.IsZero() && t.Closed.Before(t.Ends) {
		return t.Closed
	}
	return t.Ends
}

// Book has all tickets. Make it with New.
type Book struct {
	bucket shelf.Bucket
	shelf  shelf.Shelf[Ticket]
}

// New makes a Book in the vault bucket.
func New(bucket shelf.Bucket, sealer shelf.Sealer) *Book {
	return &Book{bucket: bucket, shelf: shelf.Shelf[Ticket]{Objects: bucket, Sealer: sealer, In: "tickets", What: "a ticket"}}
}

// Unknown is the error for a ticket that there is not.
func Unknown() error {
	return onboarding.Invalid("ticket", "There is no such ticket for that applicant.", "Look at the list of tickets.")
}

// Open keeps a ticket; one of the same number stays as it is.
func (b *Book) Open(ctx context.Context, t Ticket) error {
	if _, ok := onboarding.TicketDay(t.ID); !ok || t.Owner == "" || t.Opened.IsZero() || t.Ends.Sub(t.Opened) > onboarding.MostSupport || !t.Ends.After(t.Opened) {
		return errors.New("tickets: a ticket needs a number, an owner, and an end within four hours")
	}
	_, err := b.shelf.Change(ctx, onboarding.TicketKey(t.Applicant, t.ID), func(was Ticket) (Ticket, error) {
		if was.ID != "" {
			return was, nil
		}
		return t, nil
	})
	return err
}

// Close ends a ticket before its time; one that has ended stays as it is. CodeInvalid when
// there is none.
func (b *Book) Close(ctx context.Context, id onboarding.ApplicantID, ticket string, at time.Time, by string) error {
	_, err := b.shelf.Change(ctx, onboarding.TicketKey(id, ticket), func(was Ticket) (Ticket, error) {
		if was.ID == "" {
			return was, Unknown()
		}
		if was.Open(at) {
			was.Closed, was.By = at, by
		}
		return was, nil
	})
	return err
}

// Get gives one ticket; CodeInvalid when there is none.
func (b *Book) Get(ctx context.Context, id onboarding.ApplicantID, ticket string) (Ticket, error) {
	t, _, err := b.shelf.Get(ctx, onboarding.TicketKey(id, ticket))
	if err == nil && t.ID == "" {
		err = Unknown()
	}
	return t, err
}

// Of gives an applicant's tickets, ended ones too, the newest first.
func (b *Book) Of(ctx context.Context, id onboarding.ApplicantID) ([]Ticket, error) {
	return b.read(ctx, onboarding.TicketsOf(id), time.Time{})
}

// Since gives everybody's tickets that were opened on a day or later, ended ones too, the
// newest first. Older ones are not opened for it.
func (b *Book) Since(ctx context.Context, day time.Time) ([]Ticket, error) {
	return b.read(ctx, onboarding.TicketsPrefix, day.UTC().Truncate(24*time.Hour))
}

func (b *Book) read(ctx context.Context, prefix string, since time.Time) ([]Ticket, error) {
	out := []Ticket{}
	young := func(key string) bool {
		day, ok := onboarding.TicketDay(key[strings.LastIndexByte(key, '/')+1:])
		return ok && !day.Before(since)
	}
	for t, err := range b.shelf.All(ctx, b.bucket, prefix, young) {
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	slices.SortStableFunc(out, func(a, b Ticket) int { return b.Opened.Compare(a.Opened) })
	return out, nil
}
