package tickets_test

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
	"github.com/vouchsafe/vouchsafe/internal/tickets"
)

const (
	ada = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")
	bob = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000002")
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

func ticket(id onboarding.ApplicantID, at time.Time, lasts time.Duration) tickets.Ticket {
	return tickets.Ticket{ID: tickets.DrawID(at), Applicant: id, Program: "support-basics", Owner: "staff:recruiter:1f", Reason: []byte("sealed"), Opened: at, Ends: at.Add(lasts)}
}

// TestTickets: one is open until its time or until it is closed, whichever comes first,
// stays on record, and none lasts longer than four hours.
func TestTickets(t *testing.T) {
	b := tickets.New(&shelftest.Bucket{}, shelftest.Named{})
	first, second, other := ticket(ada, noon, time.Hour), ticket(ada, noon.Add(time.Minute), 4*time.Hour), ticket(bob, noon.AddDate(0, 0, -9), time.Hour)
	for _, x := range []tickets.Ticket{first, second, other} {
		if err := b.Open(t.Context(), x); err != nil {
			t.Fatal(err)
		}
	}
	again := first
	again.Ends = noon.Add(2 * time.Hour)
	if err := b.Open(t.Context(), again); err != nil {
		t.Fatal(err)
	}
	got, err := b.Get(t.Context(), ada, first.ID)
	if err != nil || !got.Ends.Equal(first.Ends) {
		t.Fatalf("opened twice: %+v, %v", got, err)
	}
	for at, open := range map[time.Duration]bool{-time.Second: false, 0: true, time.Hour - time.Second: true, time.Hour: false, 24 * time.Hour: false} {
		if got.Open(noon.Add(at)) != open {
			t.Errorf("after %v: open is not %v", at, open)
		}
	}
	if err := b.Close(t.Context(), ada, second.ID, noon.Add(time.Hour), "staff:privacy:2a"); err != nil {
		t.Fatal(err)
	}
	if err := b.Close(t.Context(), ada, second.ID, noon.Add(2*time.Hour), "staff:admin:3c"); err != nil {
		t.Fatal(err)
	}
	of, err := b.Of(t.Context(), ada)
	if err != nil || len(of) != 2 || of[0].ID != second.ID || of[0].By != "staff:privacy:2a" || of[0].Open(noon.Add(time.Hour)) || !of[0].Ended().Equal(noon.Add(time.Hour)) || !of[1].Ended().Equal(first.Ends) {
		t.Errorf("%+v, %v", of, err)
	}
	since, err := b.Since(t.Context(), noon)
	if err != nil || len(since) != 2 {
		t.Errorf("of today: %+v, %v", since, err)
	}
	if since, err = b.Since(t.Context(), noon.AddDate(0, 0, -9)); err != nil || len(since) != 3 {
		t.Errorf("of nine days: %+v, %v", since, err)
	}
	if err := b.Close(t.Context(), bob, first.ID, noon, "staff:admin:3c"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("another's ticket: %v", err)
	}
	for what, wrong := range map[string]tickets.Ticket{"too long": ticket(ada, noon, 4*time.Hour+time.Second), "no time": ticket(ada, noon, 0), "no number": {Applicant: ada, Owner: "x", Opened: noon, Ends: noon.Add(time.Hour)}} {
		if err := b.Open(t.Context(), wrong); err == nil {
			t.Error("taken:", what)
		}
	}
}
