package workflows_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// invited is one invitation's workflow, with the real ledger in memory.
type invited struct {
	*testsuite.TestWorkflowEnvironment
	t     *testing.T
	w     *world
	begin time.Time
	// sent are the letters, each with the days since the beginning.
	sent   []letterAt
	forgot []workflows.ForgetInvitationIn
	relay  func(n int) (workflows.SendInvitationOut, error)
}

type letterAt struct {
	message workflows.Message
	day     int
	more    bool
}

func newInvited(t *testing.T) *invited {
	v := &invited{TestWorkflowEnvironment: newEnvironment(), t: t, w: newWorld(t)}
	v.begin = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	v.SetStartTime(v.begin)
	v.RegisterWorkflowWithOptions(workflows.Invitation, workflow.RegisterOptions{Name: workflows.InvitationName})
	v.w.register(v.TestWorkflowEnvironment)
	v.RegisterActivityWithOptions(func(ctx context.Context, in workflows.SendInvitationIn) (workflows.SendInvitationOut, error) {
		if err := v.w.store(ctx, "letter", in.Pages); err != nil {
			return workflows.SendInvitationOut{}, err
		}
		use, err := v.w.book.Recall(ctx, in.ID, in.Page, in.Intent)
		if err != nil {
			t.Errorf("the use is not in the ledger: %v", err)
		}
		grant, err := consent.RedeemInvitation(ctx, nobody{}, nobody{}, use, in.Instruction, onboarding.InvitationKey(in.ID))
		if err != nil {
			t.Errorf("the desk refuses: %v", err)
		}
		if _, err := grant.Open(ctx, consent.RecipientMail); err != nil {
			t.Errorf("the grant does not open: %v", err)
		}
		v.sent = append(v.sent, letterAt{in.Message, int(v.Now().Sub(v.begin) / day), in.More})
		if v.relay != nil {
			return v.relay(len(v.sent))
		}
		return workflows.SendInvitationOut{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivitySendInvitation})
	v.RegisterActivityWithOptions(func(ctx context.Context, in workflows.ForgetInvitationIn) (workflows.Nothing, error) {
		v.forgot = append(v.forgot, in)
		return workflows.Nothing{}, v.w.store(ctx, "forget", in.Pages)
	}, activity.RegisterOptions{Name: workflows.ActivityForgetInvitation})
	return v
}

type nobody struct{}

func (nobody) Profile(context.Context, onboarding.ApplicantID, string) (onboarding.Profile, error) {
	return onboarding.Profile{}, nil
}
func (nobody) Objected(context.Context, string) (bool, error) { return false, nil }

const invitedID = onboarding.ApplicantID("019ab3c0-0000-7000-8000-0000000000f1")

func invitationIn() workflows.InvitationIn {
	return workflows.InvitationIn{Ref: onboarding.InvitationRef{Program: "small", Contact: strings.Repeat("0a", 20)},
		Program: workflows.InvitingProgram{ID: "small", Title: "Small", Version: "1", Controller: program.Controller{Name: "Example", Contact: "help@example.com", Role: "processor", Instruction: "DPA 7"},
			Invitations: program.Invitations{ExpireAfterDays: 14, RemindAfterDays: []int{3, 10}, AgainAfterDays: 90, Source: map[string]string{"en": "From a list."}}},
		Inviting: workflows.Inviting{ID: invitedID, Language: "en", Own: "R-1", Batch: "b", Actor: "staff:recruiter:1"}}
}

// run plays the invitation to its end, the last run included.
func (v *invited) run(in workflows.InvitationIn) error {
	v.t.Helper()
	v.ExecuteWorkflow(workflows.InvitationName, in)
	if !v.IsWorkflowCompleted() {
		v.t.Fatal("it did not end")
	}
	return v.GetWorkflowError()
}

func (v *invited) view() workflows.InvitationView {
	v.t.Helper()
	value, err := v.QueryWorkflow(workflows.QueryInvitation)
	if err != nil {
		v.t.Fatal(err)
	}
	var out workflows.InvitationView
	if err := value.Get(&out); err != nil {
		v.t.Fatal(err)
	}
	return out
}

// tell sends an update; want is the code of its refusal, empty when it is taken.
func (v *invited) tell(after time.Duration, name string, in any, want onboarding.Code) {
	v.RegisterDelayedCallback(func() {
		got := func(err error) {
			if err == nil != (want == "") || (err != nil && !strings.Contains(err.Error(), string(want))) {
				v.t.Errorf("%s: %v, want %q", name, err, want)
			}
		}
		v.UpdateWorkflow(name, "", &testsuite.TestUpdateCallback{OnAccept: func() {}, OnReject: got, OnComplete: func(_ any, err error) { got(err) }}, in)
	}, after)
}

// records proves the ledger and gives what it says.
func (v *invited) records(id onboarding.ApplicantID) []ledger.Record {
	v.t.Helper()
	records, report, err := v.w.book.Proved(v.t.Context(), id, ledger.Chain{})
	if err != nil || !report.Whole() || len(records) == 0 {
		v.t.Fatalf("the ledger: %v, %v", report, err)
	}
	return records
}

func kinds(records []ledger.Record) []ledger.Kind {
	var out []ledger.Kind
	for _, r := range records {
		out = append(out, r.Kind)
	}
	return out
}

// TestInvitationUnanswered: a letter, the program's two reminders, and an end, at
// which the address is destroyed; after the program's time nothing is left of it.
func TestInvitationUnanswered(t *testing.T) {
	v := newInvited(t)
	v.RegisterDelayedCallback(func() {
		if got := v.view(); got.State != onboarding.InvitationExpired || !got.Forgotten || got.Letters != 3 {
			t.Errorf("a day after its end: %+v", got)
		}
	}, 15*day)
	if err := v.run(invitationIn()); err != nil {
		t.Fatal(err)
	}
	want := []letterAt{{workflows.MessageInvited, 0, true}, {workflows.MessageInvitedReminder, 3, true}, {workflows.MessageInvitedReminder, 10, false}}
	if !slices.Equal(v.sent, want) {
		t.Errorf("letters %v, want %v", v.sent, want)
	}
	if len(v.forgot) != 1 || v.forgot[0].ID != invitedID || v.forgot[0].Letters != 3 {
		t.Errorf("forgotten: %+v", v.forgot)
	}
	if over := v.Now().Sub(v.begin); over < 104*day || over > 105*day {
		t.Errorf("it was remembered for %s, and not for 14 and 90 days", over)
	}
	records := v.records(invitedID)
	if want := []ledger.Kind{ledger.KindInstructed, ledger.KindUse, ledger.KindUseDone, ledger.KindUse, ledger.KindUseDone, ledger.KindUse, ledger.KindUseDone, ledger.KindErased}; !slices.Equal(kinds(records), want) {
		t.Errorf("the ledger says %v, want %v", kinds(records), want)
	}
	if first := records[0]; first.Actor != "staff:recruiter:1" || first.Outcome != consent.LegitimateInterest || !strings.Contains(first.Detail, "DPA 7") {
		t.Errorf("the ground is recorded as %+v", first)
	}
}

// TestInvitationEnds: however an invitation ends, the address goes at once, and
// nothing more is sent.
func TestInvitationEnds(t *testing.T) {
	mine := workflows.OfInvitation{ID: invitedID}
	for name, tt := range map[string]struct {
		relay func(int) (workflows.SendInvitationOut, error)
		tell  func(v *invited)
		state onboarding.InvitationState
		sent  int
		kind  ledger.Kind // that the ledger has
	}{
		"declined": {nil, func(v *invited) { v.tell(4*day, workflows.UpdateDeclineInvitation, mine, "") }, onboarding.InvitationDeclined, 2, ledger.KindObjected},
		"withdrawn": {nil, func(v *invited) {
			v.tell(day, workflows.UpdateWithdrawInvitation, workflows.WithdrawInvitation{Actor: "staff:admin:2"}, "")
		}, onboarding.InvitationWithdrawn, 1, ledger.KindDecided},
		"refused by the mail server": {func(int) (workflows.SendInvitationOut, error) {
			return workflows.SendInvitationOut{}, workflows.Failure(&onboarding.Error{Code: onboarding.CodeVendorRefused, Message: "no such mailbox"})
		}, nil, onboarding.InvitationUndeliverable, 1, ledger.KindUseFailed},
		"objected to another one": {func(int) (workflows.SendInvitationOut, error) {
			return workflows.SendInvitationOut{}, workflows.Failure(&onboarding.Error{Code: onboarding.CodeConsentNotLive, Message: "no"})
		}, nil, onboarding.InvitationDeclined, 1, ledger.KindUseFailed},
		"nobody knows whether the first letter went out": {func(int) (workflows.SendInvitationOut, error) { return workflows.SendInvitationOut{Unsure: true}, nil },
			func(v *invited) { v.tell(day, workflows.UpdateDeclineInvitation, mine, "") }, onboarding.InvitationDeclined, 1, ledger.KindUseDone},
	} {
		t.Run(name, func(t *testing.T) {
			v := newInvited(t)
			v.relay = tt.relay
			if tt.tell != nil {
				tt.tell(v)
			}
			v.RegisterDelayedCallback(func() {
				if got := v.view(); got.State != tt.state || !got.Forgotten {
					t.Errorf("%+v, want it %s", got, tt.state)
				}
			}, 5*day)
			// What has ended cannot be taken up, and an earlier letter's link does nothing.
			v.tell(6*day, workflows.UpdateOpenInvitation, mine, onboarding.CodeNotNow)
			v.tell(6*day, workflows.UpdateClaimInvitation, workflows.ClaimInvitation{OfInvitation: mine, Applicant: applicant}, onboarding.CodeNotNow)
			v.tell(6*day, workflows.UpdateWithdrawInvitation, workflows.WithdrawInvitation{}, onboarding.CodeNotNow)
			v.tell(6*day, workflows.UpdateDeclineInvitation, workflows.OfInvitation{ID: applicant}, onboarding.CodeNotNow)
			if err := v.run(invitationIn()); err != nil {
				t.Fatal(err)
			}
			if len(v.sent) != tt.sent || len(v.forgot) != 1 {
				t.Errorf("letters %v, forgotten %v", v.sent, v.forgot)
			}
			if !slices.Contains(kinds(v.records(invitedID)), tt.kind) {
				t.Errorf("the ledger says %v, without %s", kinds(v.records(invitedID)), tt.kind)
			}
		})
	}
}

// TestInvitationTakenUp: opened, claimed twice by one press too many, begun, handed
// in: one applicant, no reminder, and the use of the address is recorded first.
func TestInvitationTakenUp(t *testing.T) {
	v := newInvited(t)
	mine, other := workflows.OfInvitation{ID: invitedID}, onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000002")
	v.tell(day, workflows.UpdateOpenInvitation, mine, "")
	v.tell(day+time.Second, workflows.UpdateOpenInvitation, mine, onboarding.CodeNotNow) // leaves no trace
	v.tell(day+time.Minute, workflows.UpdateClaimInvitation, workflows.ClaimInvitation{OfInvitation: mine, Applicant: applicant}, "")
	v.tell(day+time.Minute, workflows.UpdateClaimInvitation, workflows.ClaimInvitation{OfInvitation: mine, Applicant: other}, "")
	v.RegisterDelayedCallback(func() {
		if got := v.view(); got.State != onboarding.InvitationOpened || got.Applicant != applicant || got.Forgotten {
			t.Errorf("claimed: %+v", got)
		}
		if n := count(v.records(invitedID), ledger.KindUse, consent.RecipientOwn); n != 2 {
			t.Errorf("%d uses of the address are recorded, of 2", n)
		}
	}, day+time.Hour)
	v.tell(day+2*time.Hour, workflows.UpdateTakeUpInvitation, workflows.TakeUpInvitation{OfInvitation: mine, Applicant: applicant}, "")
	v.tell(day+3*time.Hour, workflows.UpdateTakeUpInvitation, workflows.TakeUpInvitation{OfInvitation: mine, Applicant: applicant}, onboarding.CodeNotNow)
	v.tell(day+3*time.Hour, workflows.UpdateInviteAgain, workflows.Inviting{ID: other}, onboarding.CodeNotNow)
	v.tell(day+3*time.Hour, workflows.UpdateDeclineInvitation, mine, onboarding.CodeNotNow)
	v.RegisterDelayedCallback(func() {
		if got := v.view(); got.State != onboarding.InvitationStarted || !got.Forgotten {
			t.Errorf("started: %+v", got)
		}
		v.SignalWorkflow(workflows.SignalHandedIn, workflows.HandedIn{Applicant: other}) // not this one's
		v.SignalWorkflow(workflows.SignalHandedIn, workflows.HandedIn{Applicant: applicant})
	}, 2*day)
	v.RegisterDelayedCallback(func() {
		if got := v.view(); got.State != onboarding.InvitationHandedIn {
			t.Errorf("handed in: %+v", got)
		}
	}, 3*day)
	if err := v.run(invitationIn()); err != nil {
		t.Fatal(err)
	}
	if len(v.sent) != 1 || len(v.forgot) != 1 {
		t.Errorf("letters %v, forgotten %v", v.sent, v.forgot)
	}
}

// TestInvitedAgain: after it expired the same address can be invited again, as a new
// invitation with a key and a ledger of its own.
func TestInvitedAgain(t *testing.T) {
	v := newInvited(t)
	next := workflows.Inviting{ID: "019ab3c0-0000-7000-8000-0000000000f2", Language: "es", Batch: "c", Actor: "staff:recruiter:1"}
	v.tell(day, workflows.UpdateInviteAgain, next, onboarding.CodeNotNow) // it is open
	v.tell(20*day, workflows.UpdateInviteAgain, next, "")
	err := v.run(invitationIn())
	var anew *workflow.ContinueAsNewError
	if !errors.As(err, &anew) {
		t.Fatalf("it did not go on as new: %v", err)
	}
	if len(v.forgot) != 1 || v.forgot[0].ID != invitedID {
		t.Errorf("forgotten: %+v", v.forgot)
	}
	in := invitationIn()
	in.Inviting, in.Carried = next, &workflows.InvitationState{Times: 1}
	second := newInvited(t)
	second.RegisterDelayedCallback(func() {
		if got := second.view(); got.State != onboarding.InvitationSent || got.ID != next.ID || got.Times != 2 || got.Batch != "c" {
			t.Errorf("again: %+v", got)
		}
	}, time.Hour)
	if err := second.run(in); err != nil {
		t.Fatal(err)
	}
	second.records(next.ID)
}

// TestInvitationStandstill: when the workers stood still over both reminders and the
// end, at most one letter stands for what was missed.
func TestInvitationStandstill(t *testing.T) {
	v := newInvited(t)
	in := invitationIn()
	in.Carried = &workflows.InvitationState{State: onboarding.InvitationSent, Since: v.begin.Add(-12 * day), Made: v.begin.Add(-12 * day), Until: v.begin.Add(2 * day), Letters: 1, Times: 1,
		Chain: ledger.NewChain(invitedID), Instruction: consent.Instruction{ID: "instruction/" + string(invitedID), Invitation: invitedID, Contact: in.Ref.Contact, At: v.begin.Add(-12 * day)}}
	if err := v.run(in); err != nil {
		t.Fatal(err)
	}
	if want := []letterAt{{workflows.MessageInvitedReminder, 0, false}}; !slices.Equal(v.sent, want) {
		t.Errorf("letters %v, want %v", v.sent, want)
	}
}
