package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestKeptIsOpenedOnRecord: what the law keeps is opened for a basis of the list while it
// is there, each time on record behind whatever stands then; for anything else, without an
// approved case where one is needed, and once it is destroyed it is refused.
func TestKeptIsOpenedOnRecord(t *testing.T) {
	e := &eraser{world: newWorld(t)}
	chain := ledger.NewChain(applicant)
	begun := chain.Append(time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), ledger.Record{Kind: ledger.KindErased, Outcome: workflows.ErasedDone})
	if _, err := e.book.Store(t.Context(), []ledger.Page{chain.Cut([]ledger.Record{begun})}); err != nil {
		t.Fatal(err)
	}
	env := newEnvironment()
	env.SetCurrentHistoryLength(historyOf)
	e.register(env)
	start := env.Now()
	open := func(after time.Duration, id string, in workflows.OpenKept, says string) {
		in.Words, in.Actor = []byte("sealed"), "staff:privacy:"+mina
		env.RegisterDelayedCallback(func() {
			env.UpdateWorkflow(workflows.UpdateOpenKept, id, refusal{world: e.world, name: id, says: says}, in)
		}, after)
	}
	const day = 24 * time.Hour
	open(day, "1", workflows.OpenKept{Category: policy.KeptTax, Basis: policy.BasisTaxAuthority}, "")
	open(day, "2", workflows.OpenKept{Category: policy.KeptScreening, Basis: policy.BasisClaim}, "") // in the same breath
	open(2*day, "3", workflows.OpenKept{Category: policy.KeptTax, Basis: policy.BasisClaim}, "not opened for that")
	open(2*day, "4", workflows.OpenKept{Category: policy.KeptTax, Basis: "curiosity"}, "not opened for that")
	open(2*day, "5", workflows.OpenKept{Category: policy.KeptTax, Basis: policy.BasisProcess, Case: "matter-1"}, "approved")
	open(3*day, "6", workflows.OpenKept{Category: policy.KeptTax, Basis: policy.BasisProcess, Case: "matter-1", Approver: "staff:privacy:4f"}, "")
	open(400*day, "7", workflows.OpenKept{Category: policy.KeptTax, Basis: policy.BasisTaxAuthority}, "its time is over")
	open(400*day, "8", workflows.OpenKept{Category: policy.KeptScreening, Basis: policy.BasisLitigation}, "")
	env.ExecuteWorkflow(workflows.KeepName, workflows.KeepIn{Applicant: applicant, Kept: []workflows.KeptByLaw{
		{Category: policy.KeptScreening, Key: "k2", Until: start.AddDate(5, 0, 0)}, {Category: policy.KeptTax, Key: "k1", Until: start.AddDate(1, 0, 0)}}})
	if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() {
		t.Fatal(err)
	}
	if e.refusals != 4 {
		t.Errorf("%d were refused", e.refusals)
	}
	var said []string
	pages, err := e.book.Read(t.Context(), applicant)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		for _, r := range p.Records {
			if r.Kind == ledger.KindViewed {
				said = append(said, r.Outcome+" "+r.Purpose+" "+r.Approver)
				if len(r.Sealed) == 0 || r.Object == "" || r.Detail == "" {
					t.Errorf("%+v", r)
				}
			}
		}
	}
	if want := []string{"kept/tax dpv:LegalObligation ", "kept/screening dpv:LegitimateInterest ", "kept/tax dpv:LegalObligation staff:privacy:4f", "kept/screening dpv:LegitimateInterest "}; !slices.Equal(said, want) {
		t.Errorf("the ledger says %q, want %q", said, want)
	}
	if report, err := e.book.Verify(t.Context(), applicant, ledger.Chain{}); err != nil || !report.Whole() {
		t.Errorf("%v %+v", err, report)
	}
	value, err := env.QueryWorkflow(workflows.QueryKept)
	var left []workflows.KeptByLaw
	if err == nil {
		err = value.Get(&left)
	}
	if err != nil || len(left) != 0 {
		t.Errorf("%+v is left, %v", left, err)
	}
}
