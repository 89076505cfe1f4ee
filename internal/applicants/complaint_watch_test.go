package applicants

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestEscalateComplaint: the privacy officer of the program is written to once that a
// complaint is overdue, again when the letter was not taken, and never of one that is
// answered.
//
// Promise 66.
func TestEscalateComplaint(t *testing.T) {
	w, id := flagged(t, "support-basics")
	in := workflows.EscalateComplaintIn{Applicant: id, Number: "C-0000-0000", Program: "support-basics", Due: t0}
	put := func(change func(*Complaint)) {
		t.Helper()
		if _, err := w.complaints().Change(t.Context(), complaintKey(id, in.Number), func(c Complaint) (Complaint, error) {
			c.Number, c.Applicant, c.Program, c.At, c.Due = in.Number, id, in.Program, t0.Add(-30*24*time.Hour), t0
			change(&c)
			return c, nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	put(func(*Complaint) {})
	var to []string
	down := true
	tell := func(_ context.Context, address string) error {
		if down {
			return errors.New("down")
		}
		to = append(to, address)
		return nil
	}
	if _, err := w.EscalateComplaint(t.Context(), in, tell); err == nil {
		t.Error("the letter was not taken, and nobody said so")
	}
	down = false
	for range 2 {
		if open, err := w.EscalateComplaint(t.Context(), in, tell); err != nil || !open {
			t.Errorf("%t, %v", open, err)
		}
	}
	if c, _, err := w.complaints().Get(t.Context(), complaintKey(id, in.Number)); err != nil || !c.EscalatedAt.Equal(w.Now().UTC()) {
		t.Errorf("%+v, %v", c, err)
	}
	if want := w.programOf(in.Program).PrivacyOfficer; want == "" || len(to) != 1 || to[0] != want {
		t.Errorf("written to %v, the officer is %q", to, want)
	}
	put(func(c *Complaint) { c.EscalatedAt, c.AnsweredAt = time.Time{}, t0 })
	if open, err := w.EscalateComplaint(t.Context(), in, tell); err != nil || open || len(to) != 1 {
		t.Errorf("an answered one: %t, %v, %v", open, err, to)
	}
}
