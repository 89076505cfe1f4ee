package workflows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// document puts the identity document into the program.
func document(in *workflows.OnboardInput) {
	in.Program.Checks = append(slices.Clone(in.Program.Checks), program.CheckSpec{Name: onboarding.CheckIdentity, Vendor: "stripe"})
	agreedFor("stripe", began.AddDate(-1, 0, 0), time.Time{})(in)
}

// TestIdentityDocument: the applicant is waited for, told where to go, and what
// they show there is taken in when it is done.
func TestIdentityDocument(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckIdentity {
			return workflows.CheckAnswer{Waiting: true, Order: "vs_1", WaitsFor: onboarding.AttentionApplicant}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	shown := false
	w.report = func(int) (workflows.CheckAnswer, error) {
		w.mu.Lock()
		which := w.fetches[len(w.fetches)-1].Check.Check
		w.mu.Unlock()
		switch {
		case which != onboarding.CheckIdentity:
			return clear("county_criminal_clear"), nil
		case !shown:
			return workflows.CheckAnswer{Waiting: true, WaitsFor: onboarding.AttentionApplicant, Note: "document_unverified_other"}, nil
		}
		return clear("identity_document_verified"), nil
	}
	waited, opened := 0, false
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Stage != onboarding.StageValidation || v.Attention != onboarding.AttentionApplicant {
			return
		}
		waited++
		if waited == 3 && !opened {
			opened = true
			send(workflows.UpdateOpenVendorPage, workflows.OpenVendorPage{Check: onboarding.CheckIdentity})
		}
		shown = waited > 30
	}, finish(t)), document)
	wantStage(t, v, onboarding.StageExpired)
	if w.letters[0] != workflows.MessageIdentity || !strings.Contains(strings.Join(w.asked, " "), "page") {
		t.Errorf("letters %v, asked %v", w.letters, w.asked)
	}
	for _, r := range w.whole(v) {
		if r.Recipient == "stripe" && len(r.Fields) > 0 {
			t.Errorf("6: %v went to Stripe", r.Fields)
		}
	}
}

// TestDocumentNeverShown: after a week ops are called; nothing reads as clear, and
// the applicant was reminded.
func TestDocumentNeverShown(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckIdentity {
			return workflows.CheckAnswer{Waiting: true, Order: "vs_1", WaitsFor: onboarding.AttentionApplicant}, nil
		}
		return workflows.CheckAnswer{}, nil
	}
	w.report = func(int) (workflows.CheckAnswer, error) {
		return workflows.CheckAnswer{Waiting: true, WaitsFor: onboarding.AttentionApplicant}, nil
	}
	var failed onboarding.Check
	v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Attention == onboarding.AttentionOps && failed.Name == "" {
			failed = v.Checks[slices.IndexFunc(v.Checks, func(k onboarding.Check) bool { return k.Name == onboarding.CheckIdentity })]
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}
	}, document)
	wantStage(t, v, onboarding.StageWithdrawn)
	if failed.Status != onboarding.StatusFailed || failed.Problem != "APPLICANT_NOT_DONE" || failed.Verdict != onboarding.VerdictCouldNotComplete {
		t.Errorf("%+v", failed)
	}
	if after := failed.Since.Sub(v.Submitted); after < 7*24*time.Hour || after > 8*24*time.Hour {
		t.Errorf("ops were called after %s", after)
	}
	if n := len(slices.DeleteFunc(slices.Clone(w.letters), func(m workflows.Message) bool { return m != workflows.MessageIdentity })); n != 2 {
		t.Errorf("%d letters ask for the document: one and a reminder", n)
	}
	if !slices.Equal(w.canceled, []string{"vs_1"}) {
		t.Errorf("orders taken back: %v", w.canceled)
	}
	w.whole(v)
}

func checkrProgram(in *workflows.OnboardInput) {
	in.Program.Checks = slices.Clone(in.Program.Checks)
	for i := range in.Program.Checks {
		if in.Program.Checks[i].Name == onboarding.CheckBackground {
			in.Program.Checks[i].Vendor = "checkr"
		}
	}
	in.Program.Vetting.Flow = program.FlowInvitation
	agreedFor("checkr", began.AddDate(-1, 0, 0), time.Time{})(in)
}

// TestAgencyThatKeepsAdverseActions is told when one begins and when it is off,
// and gets nothing of the person by it.
func TestAgencyThatKeepsAdverseActions(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	v := w.play(workflows.UpdateApply, application(t), both(decide(onboarding.RulingAdverse, onboarding.RulingProceed), finish(t)), checkrProgram)
	wantStage(t, v, onboarding.StageExpired)
	if len(w.adverse) != 2 || w.adverse[0].Action != "" || w.adverse[0].Final.IsZero() || w.adverse[1].Action != "adverse-1" {
		t.Fatalf("told %+v", w.adverse)
	}
	for _, r := range w.whole(v) {
		if r.Kind == ledger.KindUse && r.Recipient == "checkr" && slices.Contains(r.Fields, onboarding.FieldNationalID) {
			t.Error("38: an invitation carries the national ID")
		}
	}
}

// TestEventsAreHeardOnce: a vendor that repeats an event wakes nobody twice.
func TestEventsAreHeardOnce(t *testing.T) {
	w := newWorld(t)
	w.silent = true
	w.report = func(try int) (workflows.CheckAnswer, error) {
		if try < 3 {
			return workflows.CheckAnswer{Waiting: true}, nil
		}
		return clear("county_criminal_clear"), nil
	}
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, _ func(string, any)) {
		if v.Stage == onboarding.StageVetting {
			for range 5 {
				w.signal(workflows.ReportCompleted{Vendor: "findly", Order: "ord_1", Event: "evt_same"})
			}
		}
	}, finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if w.tries["fetch"] != 3 { // upon the event, and twice by polling
		t.Errorf("the report was asked for %d times", w.tries["fetch"])
	}
}

// TestNobodyIsSparedTheLawOfTheWork: somebody at home in one place who works, by
// the program, for another is under the stricter of both.
func TestNobodyIsSparedTheLawOfTheWork(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "misdemeanor", 12), nil }
	v := w.play(workflows.UpdateApply, application(t), finish(t), func(in *workflows.OnboardInput) {
		in.Program.WorkLocation = program.WorkLocation{State: "CA", City: "Fresno"}
	})
	wantStage(t, v, onboarding.StageExpired)
	if count(w.whole(v), ledger.KindRuled, "may not be used after 7 years") != 1 {
		t.Error("California's rule did not speak")
	}
}

// TestVendorsHaveQueuesOfTheirOwn: a durable call stands in its vendor's queue, in
// the program's fair share; what is ours stands in ours.
func TestVendorsHaveQueuesOfTheirOwn(t *testing.T) {
	for vendor, want := range map[string]string{"kickbox": "vendor-kickbox", "checkr": "vendor-checkr", "own": workflows.TaskQueue, "ofac": workflows.TaskQueue, "sam": workflows.TaskQueue} {
		if got := workflows.VendorQueue(vendor); got != want {
			t.Errorf("%s stands in %s", vendor, got)
		}
	}
	if len(workflows.ThirdParties()) != 10 {
		t.Errorf("the vendors are %v", workflows.ThirdParties())
	}
}
