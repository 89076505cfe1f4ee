package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// listening hears what a workflow sets for lists.
type listening struct {
	interceptor.WorkerInterceptorBase
	hear func(workflow.Context, []temporal.SearchAttributeUpdate)
}

func (l *listening) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	in := &listeningInbound{l: l}
	in.Next = next
	return in
}

type listeningInbound struct {
	interceptor.WorkflowInboundInterceptorBase
	l *listening
}

func (in *listeningInbound) Init(next interceptor.WorkflowOutboundInterceptor) error {
	out := &listeningOutbound{l: in.l}
	out.Next = next
	return in.Next.Init(out)
}

type listeningOutbound struct {
	interceptor.WorkflowOutboundInterceptorBase
	l *listening
}

func (out *listeningOutbound) UpsertTypedSearchAttributes(ctx workflow.Context, changes ...temporal.SearchAttributeUpdate) error {
	err := out.Next.UpsertTypedSearchAttributes(ctx, changes...)
	out.l.hear(ctx, changes)
	return err
}

// row is a line of the list as the engine has it.
type row struct {
	at                                                            time.Time
	program, stage, attention, place, recruiter, outcome, contact string
	failed, lookUp                                                []string
	due, since                                                    time.Time
}

func rowOf(ctx workflow.Context) row {
	a := workflow.GetTypedSearchAttributes(ctx)
	r := row{at: workflow.Now(ctx)}
	r.program, _ = a.GetKeyword(workflows.SearchProgram)
	r.stage, _ = a.GetKeyword(workflows.SearchStage)
	r.attention, _ = a.GetKeyword(workflows.SearchAttention)
	r.place, _ = a.GetKeyword(workflows.SearchJurisdiction)
	r.recruiter, _ = a.GetKeyword(workflows.SearchRecruiter)
	r.outcome, _ = a.GetKeyword(workflows.SearchOutcome)
	r.contact, _ = a.GetKeyword(workflows.SearchContactHash)
	r.failed, _ = a.GetKeywordList(workflows.SearchFailedChecks)
	r.lookUp, _ = a.GetKeywordList(workflows.SearchLookUp)
	r.due, _ = a.GetTime(workflows.SearchDueBy)
	r.since, _ = a.GetTime(workflows.SearchSince)
	return r
}

// watchList keeps every line that a case has had in the list.
func (w *world) watchList() *[]row {
	rows := &[]row{}
	w.list = func(ctx workflow.Context, _ []temporal.SearchAttributeUpdate) { *rows = append(*rows, rowOf(ctx)) }
	return rows
}

// where gives the first line with a stage and an attention, behind the line at from.
func where(t *testing.T, rows []row, from int, stage onboarding.Stage, attention onboarding.Attention) (row, int) {
	t.Helper()
	for i := from; i < len(rows); i++ {
		if rows[i].stage == string(stage) && rows[i].attention == string(attention) {
			return rows[i], i
		}
	}
	t.Fatalf("never in %s for %s behind line %d of %+v", stage, attention, from, rows)
	return row{}, 0
}

// TestListAtEachStep walks an applicant through, with two checks that fail one
// after the other, a corrected address and a finding, and looks at the line that
// lists show at each step.
func TestListAtEachStep(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, try int) (workflows.CheckAnswer, error) {
		down := temporal.NewApplicationError("down", string(onboarding.CodeVendorDown))
		switch {
		case k.Check == onboarding.CheckEmail && k.Round == 1:
			return workflows.CheckAnswer{}, down
		case k.Check == onboarding.CheckPhone && k.Round == 1 && try > 2:
			return workflows.CheckAnswer{}, temporal.NewNonRetryableApplicationError("refused", string(onboarding.CodeVendorRefused), nil)
		case k.Check == onboarding.CheckPhone && k.Round == 1:
			return workflows.CheckAnswer{}, down
		}
		return workflows.CheckAnswer{}, nil
	}
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("county_criminal", "felony", 1), nil }
	rows := w.watchList()
	submitted, retried := false, 0
	v := w.play(workflows.UpdateBegin, begin(t), both(finish(t), decide(onboarding.RulingProceed), func(v workflows.StaffView, send func(string, any)) {
		switch {
		case v.Stage == onboarding.StageSignup && !submitted:
			submitted = true
			for _, r := range receipts(t)[1:] {
				send(workflows.UpdateGiveConsent, workflows.GiveConsent{Receipt: r, Actor: workflows.ActorApplicant})
			}
			send(workflows.UpdateSubmit, workflows.Submit{Profile: onboarding.ProfileKey(applicant, 1), Has: fields(), Place: workflows.Place{State: "OR", City: "Salem"},
				Actor: workflows.ActorApplicant, LookUp: []string{"email-1", "name-1"}})
		case v.Stage == onboarding.StageValidation && v.Attention == onboarding.AttentionOps && retried == 0:
			if failed := slices.IndexFunc(v.Checks, func(k onboarding.Check) bool { return k.Status == onboarding.StatusRunning }); failed >= 0 {
				return
			}
			retried++
			send(workflows.UpdateCorrectDetails, workflows.CorrectDetails{Profile: onboarding.ProfileKey(applicant, 2), Fields: []onboarding.Field{onboarding.FieldPhone},
				Place: workflows.Place{State: "OR", City: "Portland"}, Contact: "hash", Actor: workflows.ActorApplicant, LookUp: []string{"email-1", "name-1", "phone-2"}})
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckEmail, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		}
	}), func(in *workflows.OnboardInput) { in.LookUp = []string{"email-1"} })
	wantStage(t, v, onboarding.StageExpired)

	first, at := where(t, *rows, 0, onboarding.StageSignup, onboarding.AttentionApplicant)
	if first.program != "support-basics" || first.contact != "hash" || !slices.Equal(first.lookUp, []string{"email-1"}) || first.due.IsZero() || first.since.IsZero() || first.place == "" {
		t.Errorf("signing up: %+v", first)
	}
	trying, at := where(t, *rows, at, onboarding.StageValidation, onboarding.AttentionNone)
	if len(trying.failed) != 0 || !slices.Equal(trying.lookUp, []string{"email-1", "name-1"}) || trying.place != "US" || !trying.due.IsZero() || !trying.since.After(first.since) {
		t.Errorf("while a vendor does not answer: %+v", trying)
	}
	one, at := where(t, *rows, at, onboarding.StageValidation, onboarding.AttentionOps)
	if !slices.Contains(one.failed, "phone@twilio") || slices.Contains(one.failed, "email") {
		t.Errorf("one failed: %+v", one)
	}
	both := (*rows)[at+1]
	if !slices.Contains(both.failed, "phone@twilio") || !slices.Contains(both.failed, "email@kickbox") || both.attention != "ops" || !both.since.Equal(one.since) {
		t.Errorf("two failed: %+v after %+v", both, one)
	}
	moved := (*rows)[at+2]
	if moved.place == one.place || !slices.Equal(moved.lookUp, []string{"email-1", "name-1", "phone-2"}) {
		t.Errorf("the corrected line is %+v", moved)
	}
	vetted, at := where(t, *rows, at, onboarding.StageVetting, onboarding.AttentionNone)
	if len(vetted.failed) != 0 || !vetted.since.After(one.since) {
		t.Errorf("in vetting: %+v", vetted)
	}
	_, at = where(t, *rows, at, onboarding.StageVetting, onboarding.AttentionReviewer)
	_, at = where(t, *rows, at, onboarding.StageCertification, onboarding.AttentionApplicant)
	certified, _ := where(t, *rows, at, onboarding.StageCertified, onboarding.AttentionNone)
	if certified.outcome != "certified" || certified.due.IsZero() || certified.contact != "hash" || len(certified.lookUp) != 3 {
		t.Errorf("certified: %+v", certified)
	}
	end := (*rows)[len(*rows)-1]
	if end.stage != "expired" || end.outcome != "expired" || !end.due.IsZero() || end.contact != "hash" || len(end.lookUp) == 0 {
		t.Errorf("at the end: %+v", end)
	}
	for i, r := range *rows {
		if i == 0 {
			continue
		}
		if p := (*rows)[i-1]; r.stage == p.stage && r.attention == p.attention && !r.since.Equal(p.since) || r.stage != p.stage && !r.since.Equal(r.at) {
			t.Errorf("line %d: since %s after %s; %s for %s after %s for %s", i, r.since, p.since, r.stage, r.attention, p.stage, p.attention)
		}
	}
}

// TestListForgets: nobody is found any more whose data is gone.
func TestListForgets(t *testing.T) {
	w := newWorld(t)
	rows := w.watchList()
	v := w.play(workflows.UpdateBegin, begin(t), nil, func(in *workflows.OnboardInput) { in.LookUp = []string{"email-1"} })
	wantStage(t, v, onboarding.StageExpired)
	if first := (*rows)[0]; first.contact == "" || len(first.lookUp) == 0 {
		t.Fatalf("never found: %+v", first)
	}
	if last := (*rows)[len(*rows)-1]; last.contact != "" || len(last.lookUp) != 0 || last.stage != "expired" {
		t.Errorf("still found: %+v", last)
	}
}

// TestStandingDoesNotFlicker: who waits for ops and is tried again for a moment has
// waited all along; who was tried for longer has not.
func TestStandingDoesNotFlicker(t *testing.T) {
	for pause, same := range map[time.Duration]bool{time.Second: true, 2 * time.Hour: false} {
		w := newWorld(t)
		rows := w.watchList()
		w.checks = func(k workflows.CheckUse, try int) (workflows.CheckAnswer, error) {
			if k.Check != onboarding.CheckEmail || k.Round == 3 {
				return workflows.CheckAnswer{}, nil
			}
			if pause > time.Minute && k.Round == 2 && try < 40 {
				return workflows.CheckAnswer{}, errors.New("down for now")
			}
			return workflows.CheckAnswer{}, temporal.NewNonRetryableApplicationError("refused", string(onboarding.CodeVendorRefused), nil)
		}
		w.play(workflows.UpdateApply, application(t), both(finish(t), func(v workflows.StaffView, send func(string, any)) {
			if v.Attention == onboarding.AttentionOps {
				send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckEmail, Reason: []byte("sealed"), Actor: "staff:ops:1"})
			}
		}), func(in *workflows.OnboardInput) { in.Pace.Attempts = 60 })
		var sinces []time.Time
		for _, r := range *rows {
			if r.attention == "ops" && !slices.ContainsFunc(sinces, r.since.Equal) {
				sinces = append(sinces, r.since)
			}
		}
		if (len(sinces) == 1) != same {
			t.Errorf("a pause of %s: waiting for ops since %v", pause, sinces)
		}
	}
}
