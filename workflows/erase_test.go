package workflows_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// eraser stands in for what an erasure does.
type eraser struct {
	*world
	facts   workflows.EndCaseOut
	began   []int // holds that stand when it begins, one look after the other
	holds   []int // what the look before the destruction finds, one after the other
	asked   []int // and the look before a vendor is asked
	kept    []workflows.KeptByLaw
	down    bool // Findly does not answer
	done    []string
	dropped int
}

func (e *eraser) register(env *testsuite.TestWorkflowEnvironment) {
	e.world.register(env)
	named := func(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }
	env.RegisterWorkflowWithOptions(workflows.Erase, workflow.RegisterOptions{Name: workflows.EraseName})
	env.RegisterWorkflowWithOptions(workflows.KeepByLaw, workflow.RegisterOptions{Name: workflows.KeepName})
	does := func(ctx context.Context, what string, pages workflows.Pages) error {
		e.done = append(e.done, what)
		return e.store(ctx, what, pages)
	}
	env.RegisterActivityWithOptions(func(context.Context, workflows.EndCaseIn) (workflows.EndCaseOut, error) {
		e.done = append(e.done, "end")
		if len(e.began) > 0 {
			held := e.began[0]
			e.began = e.began[1:]
			return workflows.EndCaseOut{Held: held}, nil
		}
		return e.facts, nil
	}, named(workflows.ActivityEndCase))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.KeepByLawIn) (workflows.KeepByLawOut, error) {
		return workflows.KeepByLawOut{Kept: e.kept}, does(ctx, "keep", in.Pages)
	}, named(workflows.ActivityKeepByLaw))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.AskErasureIn) (workflows.AskErasureOut, error) {
		if e.down {
			return workflows.AskErasureOut{}, errRelayDown
		}
		if len(e.asked) > 0 {
			held := e.asked[0]
			if e.asked = e.asked[1:]; held > 0 {
				return workflows.AskErasureOut{Held: held}, does(ctx, "held", in.Pages)
			}
		}
		return workflows.AskErasureOut{Answer: workflows.VendorErased}, does(ctx, "ask "+in.Vendor, in.Pages)
	}, named(workflows.ActivityAskErasure))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.DestroyDataIn) (workflows.DestroyDataOut, error) {
		held := 0
		if len(e.holds) > 0 {
			held, e.holds = e.holds[0], e.holds[1:]
		}
		if held == 0 {
			e.done = append(e.done, "destroy")
		}
		return workflows.DestroyDataOut{Held: held}, e.store(ctx, "destroy", in.Pages)
	}, named(workflows.ActivityDestroyData))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.StoreAfterEraseIn) (workflows.Nothing, error) {
		return workflows.Nothing{}, does(ctx, "record", in.Pages)
	}, named(workflows.ActivityStoreAfterErase))
	env.RegisterActivityWithOptions(func(context.Context, workflows.DropHistoriesIn) (workflows.Nothing, error) {
		e.dropped++
		return workflows.Nothing{}, nil
	}, named(workflows.ActivityDropHistories))
	env.RegisterActivityWithOptions(func(_ context.Context, in workflows.DestroyKeptIn) (workflows.DestroyDataOut, error) {
		e.done = append(e.done, "destroy kept "+in.Kept.Category)
		return workflows.DestroyDataOut{}, nil
	}, named(workflows.ActivityDestroyKept))
}

// errRelayDown is a passing trouble.
var errRelayDown = errConflict

// accountReceipt is a live consent to be written to.
func accountReceipt(t *testing.T) consent.Receipt {
	t.Helper()
	n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, "en")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	return consent.Receipt{ID: "r-account", Applicant: applicant, Kind: consent.KindPrivacy, Purpose: consent.PurposeAccount, Notice: n.Ref(), Method: "button", ShownAt: at, GivenAt: at}
}

// erase runs one with what is done at given times.
func (e *eraser) erase(t *testing.T, in workflows.EraseIn, at map[time.Duration]func(*testsuite.TestWorkflowEnvironment)) (workflows.EraseOut, workflows.ErasureView) {
	t.Helper()
	env := newEnvironment()
	env.SetCurrentHistoryLength(historyOf)
	e.register(env)
	for when, do := range at {
		env.RegisterDelayedCallback(func() { do(env) }, when)
	}
	in.Applicant = applicant
	env.ExecuteWorkflow(workflows.EraseName, in)
	if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() {
		t.Fatalf("%v, completed %v", err, env.IsWorkflowCompleted())
	}
	var out workflows.EraseOut
	if err := env.GetWorkflowResult(&out); err != nil {
		t.Fatal(err)
	}
	value, err := env.QueryWorkflow(workflows.QueryErasure)
	if err != nil {
		t.Fatal(err)
	}
	var v workflows.ErasureView
	if err := value.Get(&v); err != nil {
		t.Fatal(err)
	}
	return out, v
}

// TestErasureRefusedByAHold: while a hold stands a purge does nothing, and nothing is
// recorded as done. What somebody asked for, who was told that it is under way, is done
// when the hold is released.
func TestErasureRefusedByAHold(t *testing.T) {
	e := &eraser{world: newWorld(t), facts: workflows.EndCaseOut{Held: 2}}
	out, v := e.erase(t, workflows.EraseIn{Reason: workflows.EraseRetention}, nil)
	if out.Done || out.Held != 2 || v.Step != workflows.ErasureRefused || !slices.Equal(e.done, []string{"end"}) {
		t.Errorf("%+v, %+v, did %v", out, v, e.done)
	}
	e = &eraser{world: newWorld(t), began: []int{1, 1}, facts: workflows.EndCaseOut{Program: "support-basics"}}
	out, v = e.erase(t, workflows.EraseIn{Reason: workflows.EraseRequest}, nil)
	if !out.Done || v.Step != workflows.ErasureDone || !slices.Equal(e.done, []string{"end", "end", "end", "keep", "destroy", "record"}) {
		t.Errorf("%+v, %+v, did %v", out, v, e.done)
	}
}

// TestErasureInItsOrder: what must be read with the key comes before it goes, a hold
// that was set meanwhile is waited for, the person is told what is kept, and vendors
// that must be asked by hand are waited for last.
func TestErasureInItsOrder(t *testing.T) {
	until := time.Date(2031, 4, 15, 0, 0, 0, 0, time.UTC)
	e := &eraser{world: newWorld(t), holds: []int{1, 1}, asked: []int{1, 0},
		kept: []workflows.KeptByLaw{{Category: "tax", Key: "k1", Object: "kept/x/tax", Until: until}},
		facts: workflows.EndCaseOut{Program: "support-basics", Title: "Support", Contact: "ask@example.com", Language: "en",
			Receipts: []consent.Receipt{accountReceipt(t)}, Vendors: []string{"findly", "kickbox"}}}
	chain := ledger.NewChain(applicant)
	given := chain.Append(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), ledger.Record{Kind: ledger.KindConsentGiven, Purpose: string(consent.PurposeAccount), Receipt: "r-account"})
	if _, err := e.book.Store(t.Context(), []ledger.Page{chain.Cut([]ledger.Record{given})}); err != nil {
		t.Fatal(err)
	}
	out, v := e.erase(t, workflows.EraseIn{Reason: workflows.EraseRequest, Request: "q-17"}, map[time.Duration]func(*testsuite.TestWorkflowEnvironment){
		96 * time.Hour: func(env *testsuite.TestWorkflowEnvironment) {
			env.UpdateWorkflow(workflows.UpdateVendorErased, "1", refusal{world: e.world, name: "vendor"}, workflows.MarkVendorErased{Vendor: "kickbox", Answer: workflows.VendorNothing, Actor: "staff:privacy:" + mina})
		},
	})
	if want := []string{"end", "keep", "held", "ask findly", "destroy", "record", "record"}; !out.Done || !slices.Equal(e.done[:len(want)], want) || e.dropped != 1 {
		t.Errorf("%+v: %v, %d drops", out, e.done, e.dropped)
	}
	if len(e.sent) != 1 || e.sent[0].Message != workflows.MessageErased || len(e.sent[0].Kept) != 1 || !e.sent[0].Kept[0].Until.Equal(until) {
		t.Errorf("the person was told %+v", e.sent)
	}
	if v.Step != workflows.ErasureDone || len(v.Vendors) != 2 || v.Vendors[0].Answer != workflows.VendorErased || v.Vendors[1].Answer != workflows.VendorNothing {
		t.Errorf("%+v", v)
	}
	var kinds []string
	pages, err := e.book.Read(t.Context(), applicant)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		for _, r := range p.Records {
			if r.Kind == ledger.KindErased {
				kinds = append(kinds, r.Outcome+" "+r.Recipient)
			}
		}
	}
	if want := []string{"begun ", "kept ", "vendor findly", "vendor kickbox", "done ", "vendor kickbox", "done "}; !slices.Equal(kinds, want) {
		t.Errorf("the ledger says %q, want %q", kinds, want)
	}
	if report, err := e.book.Verify(t.Context(), applicant, ledger.Chain{}); err != nil || !report.Whole() {
		t.Errorf("%v %+v", err, report)
	}
}

// TestErasureWhenAVendorIsSilent: a vendor that does not answer in all the time that it
// is tried holds nothing up, and is left to be asked by hand. Of a purge nobody is told.
func TestErasureWhenAVendorIsSilent(t *testing.T) {
	e := &eraser{world: newWorld(t), down: true, facts: workflows.EndCaseOut{Program: "support-basics", Title: "Support", Contact: "ask@example.com",
		Receipts: []consent.Receipt{accountReceipt(t)}, Vendors: []string{"findly"}}}
	out, v := e.erase(t, workflows.EraseIn{Reason: workflows.EraseRetention, Request: "p-1"}, map[time.Duration]func(*testsuite.TestWorkflowEnvironment){
		72 * time.Hour: func(env *testsuite.TestWorkflowEnvironment) {
			env.UpdateWorkflow(workflows.UpdateVendorErased, "1", refusal{world: e.world, name: "vendor"}, workflows.MarkVendorErased{Vendor: "findly", Answer: workflows.VendorErased, Actor: "staff:privacy:" + mina})
		},
	})
	if !out.Done || len(e.sent) != 0 || !v.Vendors[0].ByHand || v.Vendors[0].Answer != workflows.VendorErased || !slices.Contains(e.done, "destroy") {
		t.Errorf("%+v %+v, told %v, did %v", out, v, e.sent, e.done)
	}
}

// TestWhatIsKeptByLawGoes: each category when its own time is over.
func TestWhatIsKeptByLawGoes(t *testing.T) {
	e := &eraser{world: newWorld(t)}
	env := newEnvironment()
	env.SetCurrentHistoryLength(historyOf)
	e.register(env)
	start := env.Now()
	env.ExecuteWorkflow(workflows.KeepName, workflows.KeepIn{Applicant: applicant, Kept: []workflows.KeptByLaw{
		{Category: "screening", Until: start.AddDate(5, 0, 0)}, {Category: "tax", Until: start.AddDate(4, 4, 0)}}})
	if err := env.GetWorkflowError(); err != nil {
		t.Fatal(err)
	}
	if want := []string{"destroy kept tax", "record", "destroy kept screening", "record"}; !slices.Equal(e.done, want) || env.Now().Before(start.AddDate(5, 0, 0)) {
		t.Errorf("%v by %s", e.done, env.Now())
	}
}

// TestVendorsAreErasedAsTheRegisterSays: what a receipt and the README say of how data are
// erased at a recipient is what an erasure does there.
//
// Promise 40.
func TestVendorsAreErasedAsTheRegisterSays(t *testing.T) {
	vendors := workflows.ThirdParties()
	e := &eraser{world: newWorld(t), facts: workflows.EndCaseOut{Program: "support-basics", Title: "Support", Vendors: vendors}}
	says := func(vendor string) consent.Erasure {
		known, _ := consent.RecipientOf(vendor)
		return known.Erases
	}
	answers := map[time.Duration]func(*testsuite.TestWorkflowEnvironment){}
	for i, vendor := range vendors {
		if says(vendor) == consent.ErasedByLetter {
			answers[time.Duration(72+i)*time.Hour] = func(env *testsuite.TestWorkflowEnvironment) {
				env.UpdateWorkflow(workflows.UpdateVendorErased, vendor, refusal{world: e.world, name: vendor}, workflows.MarkVendorErased{Vendor: vendor, Answer: workflows.VendorErased, Actor: "staff:privacy:" + mina})
			}
		}
	}
	_, v := e.erase(t, workflows.EraseIn{Reason: workflows.EraseRequest}, answers)
	seen := map[consent.Erasure]bool{}
	for _, line := range v.Vendors {
		how := says(line.Vendor)
		seen[how] = true
		asked := slices.Contains(e.done, "ask "+line.Vendor)
		switch how {
		case consent.ErasedByAPI:
			if !asked || line.ByHand {
				t.Errorf("the register says of %s %q: asked %v, by hand %v", line.Vendor, how, asked, line.ByHand)
			}
		case consent.ErasedByLetter:
			if asked || !line.ByHand {
				t.Errorf("the register says of %s %q: asked by program %v, by hand %v", line.Vendor, how, asked, line.ByHand)
			}
		case consent.ErasedAtOnce, consent.ErasedWithUs:
			if asked || line.ByHand || line.Answer != workflows.VendorNothing {
				t.Errorf("the register says of %s %q: %+v, asked %v", line.Vendor, how, line, asked)
			}
		case consent.ErasedByHolder, consent.ErasedByTakeOff:
			t.Errorf("%s is no vendor of which the register can say %q", line.Vendor, how)
		}
	}
	if len(v.Vendors) != len(vendors) || len(seen) != 4 {
		t.Errorf("%+v: this test sees %v", v.Vendors, seen)
	}
}

// TestErasureIsTold: integrators hear of an erasure once: of a case that was open by the
// case itself, of one that had ended by the erasure, under a number that no event of the
// case had.
func TestErasureIsTold(t *testing.T) {
	for told, want := range map[bool]int{true: 0, false: 1} {
		e := &eraser{world: newWorld(t), facts: workflows.EndCaseOut{Told: told, Program: "support-basics", Title: "Support", Contact: "ask@example.com"}}
		chain := ledger.NewChain(applicant)
		var records []ledger.Record
		for range 7 {
			records = append(records, chain.Append(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), ledger.Record{Kind: ledger.KindOpened}))
		}
		if _, err := e.book.Store(t.Context(), []ledger.Page{chain.Cut(records)}); err != nil {
			t.Fatal(err)
		}
		if out, _ := e.erase(t, workflows.EraseIn{Reason: workflows.EraseRequest}, nil); !out.Done {
			t.Fatalf("%+v", out)
		}
		got := 0
		for _, event := range e.events {
			if event.Type == onboarding.EventErased {
				got++
				if event.Program != "support-basics" || event.Stage != onboarding.StageErased || event.Attention != onboarding.AttentionNone || event.Number <= 7 {
					t.Errorf("%+v", event)
				}
			}
		}
		if got != want {
			t.Errorf("told before %v: told %d times", told, got)
		}
	}
}

// TestTextsAreErasedByProgram: Twilio is asked like Stripe and Findly are.
func TestTextsAreErasedByProgram(t *testing.T) {
	e := &eraser{world: newWorld(t), facts: workflows.EndCaseOut{Gone: true, Vendors: []string{consent.RecipientTwilioSMS}}}
	_, v := e.erase(t, workflows.EraseIn{Reason: workflows.EraseRequest}, nil)
	if len(v.Vendors) != 1 || v.Vendors[0].ByHand || v.Vendors[0].Answer != workflows.VendorErased || !slices.Contains(e.done, "ask "+consent.RecipientTwilioSMS) {
		t.Errorf("%+v, did %v", v.Vendors, e.done)
	}
}
