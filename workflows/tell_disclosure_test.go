package workflows_test

import (
	"context"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestTellDisclosure: nobody is told before the order's day, also when it is put off
// meanwhile; then all are, once.
//
// Promise 32.
func TestTellDisclosure(t *testing.T) {
	env := newEnvironment()
	env.RegisterWorkflowWithOptions(workflows.TellDisclosure, workflow.RegisterOptions{Name: workflows.TellDisclosureName})
	ends := env.Now().Add(30 * 24 * time.Hour)
	var asked []time.Time
	told := 0
	env.RegisterActivityWithOptions(func(_ context.Context, in workflows.TellDisclosedIn) (workflows.TellDisclosedOut, error) {
		if in.Case != "matter-17" {
			t.Errorf("%+v", in)
		}
		asked = append(asked, env.Now())
		if env.Now().Before(ends) {
			return workflows.TellDisclosedOut{Until: ends}, nil
		}
		told++
		return workflows.TellDisclosedOut{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityTellDisclosed})
	env.RegisterDelayedCallback(func() { ends = ends.Add(60 * 24 * time.Hour) }, 24*time.Hour)
	env.ExecuteWorkflow(workflows.TellDisclosureName, workflows.TellDisclosureIn{Case: "matter-17"})
	if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() {
		t.Fatal(err)
	}
	if told != 1 || len(asked) != 3 || asked[2].Before(ends) || asked[2].After(ends.Add(time.Minute)) {
		t.Errorf("told %d times, asked at %v, the order ended %s", told, asked, ends)
	}
}

// TestLegalCaseOf: every record that names a case of legal process is known as such, so
// that none of them tells what an order forbids to tell.
func TestLegalCaseOf(t *testing.T) {
	for name, c := range map[string]struct {
		record ledger.Record
		want   string
	}{
		"about to be given": {ledger.Record{Kind: ledger.KindDisclosed, Detail: "case matter-17; asked by staff:privacy:1f; application"}, "matter-17"},
		"given":             {ledger.Record{Kind: ledger.KindDisclosed, Detail: "case matter-17; asked by staff:privacy:1f; given: a", Object: "process/given/x/matter-17"}, "matter-17"},
		"fetched":           {ledger.Record{Kind: ledger.KindViewed, Outcome: "process/matter-17", Detail: "to hand over what the law compels or allows"}, "matter-17"},
		"a report":          {ledger.Record{Kind: ledger.KindViewed, Outcome: "report/background"}, ""},
		"a use":             {ledger.Record{Kind: ledger.KindUse, Detail: "letter: disclosed"}, ""},
		"told":              {ledger.Record{Kind: ledger.KindNotified, Outcome: workflows.OutcomeTold, Recipient: "holder"}, ""},
	} {
		if got, ok := workflows.LegalCaseOf(c.record); ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%s: %q, %t", name, got, ok)
		}
	}
	told := workflows.DiscloseByLaw{Case: "matter-17", Kind: onboarding.ProcessWarrant}
	if told.IsTold(ledger.Record{Kind: ledger.KindNotified, Outcome: workflows.OutcomeTold, Recipient: "holder", Detail: "The applicant was told of the disclosure in case matter-1 of legal process (warrant)."}) {
		t.Error("another case's record counts")
	}
}
