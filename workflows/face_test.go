package workflows_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
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
	failedRound(t, one, onboarding.CheckPhone, 1)
	both := (*rows)[at+1]
	failedRound(t, both, onboarding.CheckEmail, 1)
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
		failedRound(t, first(*rows, "ops"), onboarding.CheckEmail, 1)
		failedRound(t, last(*rows, "ops"), onboarding.CheckEmail, 2)
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

// failedRound holds a line to tell which round of a check failed, at that time.
func failedRound(t *testing.T, r row, check onboarding.CheckName, want int) {
	t.Helper()
	for _, tag := range r.failed {
		if name, round, since, ok := workflows.FailedRound(tag); ok && name == check {
			if round != want || since.After(r.at) || r.at.Sub(since) > time.Minute {
				t.Errorf("round %d of %s, not %d, failed at %s, seen at %s", round, check, want, since, r.at)
			}
			return
		}
	}
	t.Errorf("no round of %s in %q", check, r.failed)
}

func first(rows []row, attention string) row {
	return rows[slices.IndexFunc(rows, func(r row) bool { return r.attention == attention })]
}

func last(rows []row, attention string) row {
	rows = slices.Clone(rows)
	slices.Reverse(rows)
	return first(rows, attention)
}

// TestFailedTags: what one tag says comes back, other tags are no rounds, and all
// checks of a case fit into what the engine takes as one attribute's value (2 KiB).
func TestFailedTags(t *testing.T) {
	at := time.Date(2026, 11, 28, 12, 0, 0, 123_000_000, time.UTC)
	name, round, since, ok := workflows.FailedRound(workflows.FailedRoundTag(onboarding.Check{Name: "ip_risk", Round: 12, Since: at}))
	if name != "ip_risk" || round != 12 || !since.Equal(at) || !ok {
		t.Errorf("%s %d %s %v", name, round, since, ok)
	}
	for _, tag := range append(workflows.FailedCheckTags("email", "kickbox", "VENDOR_BUSY"), "", "#", "##", "a#b#c", "email#1", "email#0#1", "email#1#x", "email#1#1#1") {
		if _, _, _, ok := workflows.FailedRound(tag); ok {
			t.Errorf("%q is a round", tag)
		}
	}
	longest := func(all []string) string {
		return slices.MaxFunc(all, func(a, b string) int { return len(a) - len(b) })
	}
	var codes []string
	for _, c := range workflows.CheckProblems() {
		codes = append(codes, string(c))
	}
	var tags []string
	for _, n := range onboarding.CheckNames() {
		k := onboarding.Check{Name: n, Vendor: longest(program.Doers(n)), Problem: longest(codes), Round: 99, Since: at}
		tags = append(append(tags, workflows.FailedCheckTags(k.Name, k.Vendor, k.Problem)...), workflows.FailedRoundTag(k))
	}
	if body, err := json.Marshal(tags); err != nil || len(body) > 2048 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
}
