package applicants

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/access/accesstest"
	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/tickets"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// desk is a world with support tickets, an access log and a clock.
type desk struct {
	*world
	id   onboarding.ApplicantID
	kept accesstest.Bucket
	now  time.Time
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{now: t0}
	d.world, d.id = withBook(t)
	clock := func() time.Time { return d.now }
	d.Now, d.Access, d.Tickets = clock, access.New(&d.kept, clock, nil), tickets.New(d.bucket, d.Vault)
	d.Holds = holds.New(d.bucket, d.Vault)
	d.engine.open[d.id.WorkflowID()] = workflows.StaffView{Applicant: d.id, Program: "support-basics", Stage: onboarding.StageVetting}
	return d
}

// opens tries to open a document for a purpose, and says under which ticket that was put
// on record; ok is false where it was refused.
func (d *desk) opens(t *testing.T, role identity.Role, staff string, p identity.Purpose) (ticket string, ok bool) {
	t.Helper()
	sent := len(d.engine.sent)
	err := d.viewed(t.Context(), d.id, "letter/3", nil, reads(t, role, staff, p))
	if err != nil {
		if onboarding.CodeOf(err) != onboarding.CodeNotAllowed || len(d.engine.sent) != sent {
			t.Errorf("%v, and sent %v", err, d.engine.sent[sent:])
		}
		return err.Error(), false
	}
	last := d.engine.sent[len(d.engine.sent)-1]
	if len(d.engine.sent) != sent+1 || !strings.HasPrefix(last, workflows.UpdateRecordView+" ") || !strings.Contains(last, string(p)) {
		t.Errorf("sent %v", d.engine.sent[sent:])
	}
	_, rest, _ := strings.Cut(last, `"ticket":"`)
	ticket, _, _ = strings.Cut(rest, `"`)
	return ticket, true
}

// TestSupportNeedsATicket: who reads to help the applicant does so while a ticket of
// theirs for that applicant is open, and each time is on record with its number; before,
// after its end, once it is closed, with somebody else's or another applicant's it is
// refused and recorded. Nothing runs for it to end.
//
// Promise 37.
func TestSupportNeedsATicket(t *testing.T) {
	d := newDesk(t)
	refused := 0
	denied := func(what string, role identity.Role, staff string, words string) {
		t.Helper()
		said, ok := d.opens(t, role, staff, identity.ToHelp)
		if refused++; ok || !strings.Contains(said, words) || !strings.Contains(said, "Support tickets") {
			t.Errorf("%s: opened %v, %s", what, ok, said)
		}
		events := slices.DeleteFunc(d.kept.Events(t), func(e access.Event) bool { return e.What != access.Refused })
		// All are of one moment here, so the newest is not known by its place.
		kept := slices.ContainsFunc(events, func(e access.Event) bool {
			return e.Detail == access.ByTicket && e.Applicant == d.id && e.Purpose == string(identity.ToHelp) && e.Who == "staff:"+string(role)+":"+staff
		})
		if len(events) != refused || !kept {
			t.Errorf("%s: refusals %+v", what, events)
		}
	}
	denied("without a ticket", identity.RoleRecruiter, "1f", "you have none")
	if _, ok := d.opens(t, identity.RoleReviewer, "2f", identity.ToWeigh); !ok {
		t.Error("to weigh needs no ticket")
	}

	mine, err := d.OpenTicket(t.Context(), d.id, NewTicket{Reference: "HD-4711", Reason: "Cannot find the Ticketmark letter", Lasts: time.Hour}, "staff:recruiter:1f")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := d.opens(t, identity.RoleRecruiter, "1f", identity.ToHelp); !ok || got != mine.ID {
		t.Errorf("under %q: %v", got, ok)
	}
	denied("somebody else's ticket", identity.RoleOps, "3f", "you have none")
	other := onboarding.ApplicantID("019ab3c0-0000-7000-8000-0000000000ff")
	if err := d.viewed(t.Context(), other, "letter/3", nil, reads(t, identity.RoleRecruiter, "1f", identity.ToHelp)); onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
		t.Errorf("another applicant: %v", err)
	}
	refused++

	d.now = t0.Add(time.Hour)
	denied("after its end", identity.RoleRecruiter, "1f", mine.ID+" has ended")
	long, err := d.OpenTicket(t.Context(), d.id, NewTicket{Reason: "Still cannot", Lasts: 4 * time.Hour}, "staff:recruiter:1f")
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := d.opens(t, identity.RoleReviewer, "1f", identity.ToHelp); !ok || got != long.ID { // the same person in another role
		t.Errorf("under %q: %v", got, ok)
	}
	if err := d.CloseTicket(t.Context(), d.id, long.ID, false, "staff:ops:3f"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("closed somebody else's: %v", err)
	}
	if err := d.CloseTicket(t.Context(), d.id, long.ID, true, "staff:privacy:4f"); err != nil {
		t.Fatal(err)
	}
	denied("once it is closed", identity.RoleRecruiter, "1f", "has ended")

	// What it is for is read on record, and lies nowhere in clear.
	if n := len(d.engine.sent); n == 0 {
		t.Fatal("nothing was recorded")
	}
	if _, err := d.TicketReason(t.Context(), d.id, mine.ID, false, reads(t, identity.RoleOps, "3f", identity.ToTicket)); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("read somebody else's: %v", err)
	}
	sent := len(d.engine.sent)
	reason, err := d.TicketReason(t.Context(), d.id, mine.ID, true, reads(t, identity.RoleAuditor, "5f", identity.ToTicket))
	if err != nil || reason != "Cannot find the Ticketmark letter" || len(d.engine.sent) != sent+1 || !strings.Contains(d.engine.sent[sent], "ticket/"+mine.ID) {
		t.Errorf("%q, %v, sent %v", reason, err, d.engine.sent[sent:])
	}
	for key, body := range d.bucket.objects {
		if bytes.Contains(body, []byte("Ticketmark")) || bytes.Contains(body, []byte("HD-4711")) {
			t.Errorf("%s has a ticket in clear", key)
		}
	}

	for who, want := range map[string]int{"staff:recruiter:1f": 2, "staff:ops:3f": 0} {
		own, err := d.TicketsSeen(t.Context(), "", false, workflows.Actor(who))
		if err != nil || len(own) != want {
			t.Errorf("%s sees %d tickets: %v", who, len(own), err)
		}
	}
	all, err := d.TicketsSeen(t.Context(), d.id, true, "staff:auditor:5f")
	if err != nil || len(all) != 2 || all[0].By != "staff:privacy:4f" {
		t.Errorf("%+v, %v", all, err)
	}
	if outside, err := d.TicketsSeen(Within(t.Context(), []string{"guest-line"}), "", true, "staff:auditor:5f"); err != nil || len(outside) != 0 {
		t.Errorf("of another program: %+v, %v", outside, err)
	}
}

// TestNewTickets: a ticket has a reason, lasts four hours at the most, and one that is
// sent twice is one.
//
// Promise 37.
func TestNewTickets(t *testing.T) {
	d := newDesk(t)
	good := NewTicket{ID: DrawTicketID(t0), Reason: "Help", Lasts: time.Hour}
	for field, change := range map[string]func(*NewTicket){
		"minutes":   func(n *NewTicket) { n.Lasts = onboarding.MostSupport + time.Minute },
		"reason":    func(n *NewTicket) { n.Reason = "  " },
		"reference": func(n *NewTicket) { n.Reference = "Maria Example, by phone" },
		"ticket":    func(n *NewTicket) { n.ID = "mine" },
	} {
		in := good
		change(&in)
		_, err := d.OpenTicket(t.Context(), d.id, in, "staff:recruiter:1f")
		if onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: %v", field, err)
		}
	}
	if len(d.kept.Events(t)) != 0 {
		t.Errorf("recorded: %+v", d.kept.Events(t))
	}
	for range 2 {
		if _, err := d.OpenTicket(t.Context(), d.id, good, "staff:recruiter:1f"); err != nil {
			t.Fatal(err)
		}
		d.now = d.now.Add(10 * time.Minute)
	}
	all, err := d.TicketsSeen(t.Context(), d.id, true, "staff:admin:9f")
	if err != nil || len(all) != 1 || !all[0].Ends.Equal(t0.Add(time.Hour)) {
		t.Errorf("%+v, %v", all, err)
	}
	d.Access = access.New(&accesstest.Bucket{Down: errMissing}, d.Now, nil)
	if _, err := d.OpenTicket(t.Context(), d.id, NewTicket{Reason: "Help", Lasts: time.Hour}, "staff:recruiter:1f"); err == nil {
		t.Error("a ticket was opened that could not be recorded")
	}
}

// TestTicketIsSaid: the timeline says under which ticket something was opened.
func TestTicketIsSaid(t *testing.T) {
	id := onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")
	said := sentence(ledger.Record{Kind: ledger.KindViewed, Actor: "staff:recruiter:1f", Outcome: "letter/3", Detail: string(identity.ToHelp), Purpose: "account", Object: onboarding.TicketKey(id, "t-20261128-k3m7q2")})
	if said != "staff:recruiter:1f opened letter 3 (to help the applicant, support ticket t-20261128-k3m7q2)." {
		t.Error(said)
	}
}
