package workflows_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const applicant = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001")

// world stands in for the vendors and the store around one applicant's
// workflow, with the real ledger kept in memory. It records what it was asked.
type world struct {
	t    *testing.T
	mu   sync.Mutex
	held map[string][]byte
	book *ledger.Book

	checks   func(workflows.CheckUse, int) (workflows.CheckAnswer, error) // per check and try
	report   func(try int) (workflows.CheckAnswer, error)
	refuses  map[workflows.Message]bool         // letters that the relay refuses for good
	relay    func(workflows.Message, int) error // why a letter's try fails for now
	passOn   func(try int) error                // why a dispute does not reach the agency
	page     error                              // why the vendor gives no page
	expect   string                             // what refused updates say; empty: none is refused
	refusals int
	signal   func(workflows.ReportCompleted)
	resume   func(vendor string) // tells the case that a vendor is asked again
	paused   map[string]bool     // vendors that ops have paused
	silent   bool                // the vendor never says that its report is done
	tries    map[string]int
	letters  []workflows.Message
	asked    []string // every activity in order
	canceled []string
	orders   []workflows.CheckUse
	disputes []workflows.DisputeReportIn
	adverse  []workflows.TellAdverseIn
	fetches  []workflows.FetchReportIn
	sent     []workflows.SendMessageIn
	revoked  int
	issued   []workflows.IssueCredentialIn
	shown    []string // names on pages, and off
	marked   []string
	forgot   int
	holds    []string              // set and released
	kept     []string              // texts of agreements
	taxes    []workflows.KeepTaxIn // details of tax forms
	seats    map[string]string     // who has which seat of which appointment
	history  int                   // what a run is told that its history is long
	grow     func(int)             // tells it to the run that is under way

	runs []workflows.StaffView // last view of each run

	took   []workflows.Took
	events []onboarding.Event // as often as they were told

	list func(workflow.Context, []temporal.SearchAttributeUpdate) // hears what is set for lists
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, held: map[string][]byte{}, tries: map[string]int{}, refuses: map[workflows.Message]bool{}, seats: map[string]string{}, history: historyOf}
	w.book = ledger.NewBook(w)
	return w
}

var errConflict, errMissing = errors.New("conflict"), errors.New("missing")

func (w *world) PutOnce(_ context.Context, key string, body []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if was, ok := w.held[key]; ok && string(was) != string(body) {
		return errConflict
	}
	w.held[key] = slices.Clone(body)
	return nil
}

func (w *world) Get(_ context.Context, key string) ([]byte, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b, ok := w.held[key]; ok {
		return b, nil
	}
	return nil, errMissing
}

func (w *world) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (w *world) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

func (w *world) store(ctx context.Context, what string, pages workflows.Pages) error {
	w.mu.Lock()
	w.asked = append(w.asked, what)
	w.mu.Unlock()
	w.mu.Lock()
	for _, p := range pages {
		if _, there := w.held[p.Key()]; !there {
			w.took = append(w.took, p.Took...)
		}
		w.events = append(w.events, p.Events...)
	}
	w.mu.Unlock()
	_, err := w.book.Store(ctx, pages.Ledger())
	return workflows.Failure(err)
}

func (w *world) register(env *testsuite.TestWorkflowEnvironment) {
	named := func(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }
	w.registerRequirements(env)
	env.RegisterActivityWithOptions(w.runChecks, named(workflows.ActivityRunChecks))
	env.RegisterActivityWithOptions(func(_ context.Context, vendor string) (bool, error) { return w.paused[vendor], nil }, named(workflows.ActivityVendorPaused))
	env.RegisterActivityWithOptions(w.fetchReport, named(workflows.ActivityFetchReport))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.CancelOrderIn) (workflows.Nothing, error) {
		w.canceled = append(w.canceled, in.Order)
		return workflows.Nothing{}, w.store(ctx, "cancel", in.Pages)
	}, named(workflows.ActivityCancelOrder))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.SendMessageIn) (workflows.Nothing, error) {
		if err := w.store(ctx, "letter", in.Pages); err != nil {
			return workflows.Nothing{}, err
		}
		if w.relay != nil {
			w.tries[string(in.Message)]++
			if err := w.relay(in.Message, w.tries[string(in.Message)]); err != nil {
				return workflows.Nothing{}, err
			}
		}
		if w.refuses[in.Message] {
			return workflows.Nothing{}, workflows.Failure(&onboarding.Error{Code: onboarding.CodeVendorRefused, Message: "no such mailbox"})
		}
		w.letters, w.sent = append(w.letters, in.Message), append(w.sent, in)
		return workflows.Nothing{}, nil
	}, named(workflows.ActivitySendMessage))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.DisputeReportIn) (workflows.DisputeReportOut, error) {
		if w.passOn != nil {
			w.tries["dispute"]++
			if err := w.passOn(w.tries["dispute"]); err != nil {
				return workflows.DisputeReportOut{}, err
			}
		}
		w.disputes = append(w.disputes, in)
		return workflows.DisputeReportOut{Told: in.Check.Vendor == "findly"}, w.store(ctx, "dispute", in.Pages)
	}, named(workflows.ActivityDisputeReport))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.TellAdverseIn) (workflows.TellAdverseOut, error) {
		w.adverse = append(w.adverse, in)
		return workflows.TellAdverseOut{Action: map[bool]string{true: "adverse-1"}[in.Action == ""]}, w.store(ctx, "adverse", in.Pages)
	}, named(workflows.ActivityTellAdverse))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.VendorPageIn) (workflows.VendorPage, error) {
		if err := w.store(ctx, "page", in.Pages); err != nil {
			return workflows.VendorPage{}, err
		}
		return workflows.VendorPage{URL: "https://vendor.example.com/" + in.Order}, w.page
	}, named(workflows.ActivityVendorPage))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.IssueCredentialIn) (workflows.IssueCredentialOut, error) {
		w.issued = append(w.issued, in)
		return workflows.IssueCredentialOut{Object: "credentials/" + in.Credential, Digest: "00"}, w.store(ctx, "issue", in.Pages)
	}, named(workflows.ActivityIssueCredential))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.RevokeCredentialIn) (workflows.Nothing, error) {
		w.revoked++
		return workflows.Nothing{}, w.store(ctx, "revoke", in.Pages)
	}, named(workflows.ActivityRevokeCredential))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.ShowNameIn) (workflows.Nothing, error) {
		w.shown = append(w.shown, "on "+in.Credential)
		return workflows.Nothing{}, w.store(ctx, "show", in.Pages)
	}, named(workflows.ActivityShowName))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.HideNameIn) (workflows.Nothing, error) {
		for _, id := range in.Credentials {
			w.shown = append(w.shown, "off "+id)
		}
		return workflows.Nothing{}, w.store(ctx, "hide", in.Pages)
	}, named(workflows.ActivityHideName))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.RecordWithdrawalIn) (workflows.Nothing, error) {
		w.marked = append(w.marked, in.Receipts...)
		return workflows.Nothing{}, w.store(ctx, "withdrawal", in.Pages)
	}, named(workflows.ActivityRecordWithdrawal))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.SettleIn) (workflows.Nothing, error) {
		w.events = append(w.events, in.Events...)
		return workflows.Nothing{}, w.store(ctx, "settle", in.Pages)
	}, named(workflows.ActivitySettle))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.ReadHeadIn) (ledger.Chain, error) {
		return w.book.Head(ctx, in.Applicant, in.From)
	}, named(workflows.ActivityReadHead))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.SetHoldIn) (workflows.Nothing, error) {
		w.holds = append(w.holds, "set "+string(in.Hold.Kind)+" "+in.Hold.ID)
		return workflows.Nothing{}, w.store(ctx, "hold", in.Pages)
	}, named(workflows.ActivitySetHold))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.ReleaseHoldIn) (workflows.Nothing, error) {
		w.holds = append(w.holds, "release "+in.ID)
		return workflows.Nothing{}, w.store(ctx, "release", in.Pages)
	}, named(workflows.ActivityReleaseHold))
	env.RegisterActivityWithOptions(func(context.Context, workflows.ForgetIn) (workflows.Nothing, error) {
		w.forgot++
		return workflows.Nothing{}, nil
	}, named(workflows.ActivityForget))
}

func (w *world) runChecks(ctx context.Context, in workflows.RunChecksIn) (workflows.RunChecksOut, error) {
	if err := w.store(ctx, "checks", in.Pages); err != nil {
		return workflows.RunChecksOut{}, err
	}
	var out workflows.RunChecksOut
	for _, k := range in.Checks {
		w.mu.Lock()
		key := onboarding.OrderKey(in.Applicant, k.Check, k.Round)
		w.tries[key]++
		try := w.tries[key]
		if k.Check == onboarding.CheckBackground {
			w.orders = append(w.orders, k)
		}
		w.mu.Unlock()
		a, err := w.check(k, try)
		a.Check = k.Check
		if err != nil {
			if !in.Collect {
				return out, err
			}
			var app *temporal.ApplicationError
			code := onboarding.CodeVendorDown
			retry := !errors.As(err, &app) || !app.NonRetryable()
			if !retry {
				code = onboarding.Code(app.Type())
			}
			a.Problem = &workflows.Problem{Code: code, Message: err.Error(), Retryable: retry}
		}
		out.Answers = append(out.Answers, a)
	}
	return out, nil
}

func (w *world) check(k workflows.CheckUse, try int) (workflows.CheckAnswer, error) {
	if w.paused[k.Vendor] {
		return workflows.CheckAnswer{}, workflows.Failure(&onboarding.Error{Code: onboarding.CodeVendorPaused, Message: "paused"})
	}
	if w.checks != nil {
		a, err := w.checks(k, try)
		if err != nil || a.Findings != nil || a.Waiting {
			return a, err
		}
	}
	if k.Check == onboarding.CheckBackground {
		return workflows.CheckAnswer{Waiting: true, Order: fmt.Sprintf("ord_%d", k.Round)}, nil
	}
	return clear(string(k.Check)), nil
}

func clear(code string) workflows.CheckAnswer {
	return workflows.CheckAnswer{Object: "results/x", Digest: "00", Findings: []onboarding.Finding{{Code: code, Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn}}}
}

func consider(code, severity string, age int) workflows.CheckAnswer {
	return workflows.CheckAnswer{Object: "results/x", Digest: "00", Findings: []onboarding.Finding{{Code: code, Verdict: onboarding.VerdictConsider,
		Source: onboarding.SourcePublicRecord, Screening: "county_criminal", Severity: severity, AgeYears: age}}}
}

func (w *world) fetchReport(ctx context.Context, in workflows.FetchReportIn) (workflows.CheckAnswer, error) {
	if err := w.store(ctx, "fetch", in.Pages); err != nil {
		return workflows.CheckAnswer{}, err
	}
	w.mu.Lock()
	w.tries["fetch"]++
	w.fetches = append(w.fetches, in)
	try := w.tries["fetch"]
	w.mu.Unlock()
	if w.report == nil {
		a := clear("county_criminal_clear")
		a.Check, a.Order = in.Check.Check, in.Order
		return a, nil
	}
	a, err := w.report(try)
	a.Check, a.Order = in.Check.Check, in.Order
	return a, err
}

// player acts for the people around a case: it is called with the staff's view
// every simulated hour, and sends what it likes.
type player func(v workflows.StaffView, send func(update string, in any))

// basics is a program in the old form: one quiz and one agreement.
func basics(t *testing.T) program.Program {
	t.Helper()
	set, err := program.Load("testdata/programs")
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.Get("support-basics")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// play runs the applicant's workflow to its end, over as many runs as it
// takes, with time skipped. start is what opens it.
func (w *world) play(start string, first any, act player, change ...func(*workflows.OnboardInput)) workflows.StaffView {
	w.t.Helper()
	in := workflows.OnboardInput{Applicant: applicant, Program: basics(w.t), Pace: workflows.Pace{Clock: 1, Attempts: 3}, Contact: "hash"}
	for _, c := range change {
		c(&in)
	}
	at := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for run := 1; ; run++ {
		view, next := w.run(in, at, start, first, act, run)
		w.runs = append(w.runs, view)
		if next == nil {
			return view
		}
		in, start, at = *next, "", view.UpdatedAt
	}
}

const historyOf = 1000 // what the test environment is told a run's history is

func (w *world) run(in workflows.OnboardInput, at time.Time, start string, first any, act player, run int) (workflows.StaffView, *workflows.OnboardInput) {
	w.t.Helper()
	env := newEnvironment()
	env.SetStartTime(at)
	env.SetCurrentHistoryLength(w.history)
	w.grow = env.SetCurrentHistoryLength
	env.RegisterWorkflowWithOptions(workflows.Onboard, workflow.RegisterOptions{Name: workflows.OnboardName})
	env.RegisterWorkflowWithOptions(workflows.Forget, workflow.RegisterOptions{Name: workflows.ForgetName})
	w.register(env)
	if w.list != nil {
		env.SetWorkerOptions(worker.Options{Interceptors: []interceptor.WorkerInterceptor{&listening{hear: w.list}}})
	}
	n := 0
	send := func(name string, arg any) {
		n++
		answer := refusal{world: w, name: name}
		if r, ok := arg.(refused); ok {
			arg, answer.says = r.arg, r.says
		}
		env.UpdateWorkflow(name, fmt.Sprintf("%d-%d", run, n), answer, arg)
	}
	if start != "" {
		env.RegisterDelayedCallback(func() { send(start, first) }, 0)
	}
	w.signal = func(r workflows.ReportCompleted) { env.SignalWorkflow(workflows.SignalReportCompleted, r) }
	w.resume = func(vendor string) {
		env.SignalWorkflow(workflows.SignalVendorResumed, workflows.VendorResumed{Vendor: vendor})
	}
	told := map[string]bool{}
	var tick func()
	tick = func() {
		if env.IsWorkflowCompleted() {
			return
		}
		view := w.view(env)
		for _, k := range view.Checks {
			if k.Status == onboarding.StatusWaiting && !w.silent && !told[k.Order] {
				told[k.Order] = true
				env.SignalWorkflow(workflows.SignalReportCompleted, workflows.ReportCompleted{Vendor: k.Vendor, Order: k.Order, Event: "evt" + k.Order})
			}
		}
		if act != nil {
			act(view, send)
		}
		next := time.Hour
		if view.Stage == onboarding.StageCertified && view.Attention == onboarding.AttentionNone {
			next = 12 * time.Hour // years pass here
		}
		env.RegisterDelayedCallback(tick, next)
	}
	env.RegisterDelayedCallback(tick, time.Minute)
	env.ExecuteWorkflow(workflows.OnboardName, in)
	if !env.IsWorkflowCompleted() {
		w.t.Fatal("the workflow did not end")
	}
	view := w.view(env)
	err := env.GetWorkflowError()
	var again *workflow.ContinueAsNewError
	if errors.As(err, &again) {
		var next workflows.OnboardInput
		if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &next); err != nil {
			w.t.Fatal(err)
		}
		return view, &next
	}
	if err != nil {
		w.t.Fatalf("the workflow failed: %v", err)
	}
	return view, nil
}

func (w *world) view(env *testsuite.TestWorkflowEnvironment) workflows.StaffView {
	w.t.Helper()
	value, err := env.QueryWorkflow(workflows.QueryStaffView)
	if err != nil {
		w.t.Fatal(err)
	}
	var v workflows.StaffView
	if err := value.Get(&v); err != nil {
		w.t.Fatal(err)
	}
	return v
}

// whole proves the ledger that the case left behind and gives its records.
func (w *world) whole(v workflows.StaffView) []ledger.Record {
	w.t.Helper()
	report, err := w.book.Verify(context.Background(), applicant, v.Ledger)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, f := range report.Faults {
		w.t.Errorf("ledger: %s", f)
	}
	pages, err := w.book.Read(context.Background(), applicant)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []ledger.Record
	for _, p := range pages {
		out = append(out, p.Records...)
	}
	intents := map[uint64]bool{}
	for _, r := range out {
		if r.Kind == ledger.KindUse {
			intents[r.Seq] = true
		}
		delete(intents, r.Of)
	}
	w.t.Cleanup(func() {
		if w.t.Failed() {
			for _, r := range out {
				w.t.Logf("%3d %-18s %-10s %-12s %-8s %s %s", r.Seq, r.Kind, r.Check, r.Purpose, r.Recipient, r.Outcome, r.Detail)
			}
		}
	})
	return out
}

func count(records []ledger.Record, kind ledger.Kind, has string) int {
	n := 0
	for _, r := range records {
		if r.Kind == kind && strings.Contains(fmt.Sprint(r.Check, " ", r.Outcome, " ", r.Detail, " ", r.Recipient, " ", r.Purpose), has) {
			n++
		}
	}
	return n
}

type quiet struct{}

func (quiet) Debug(string, ...any) {}
func (quiet) Info(string, ...any)  {}
func (quiet) Warn(string, ...any)  {}
func (quiet) Error(string, ...any) {}

// receipts gives a consent to every purpose, as its notices ask.
func receipts(t *testing.T) []consent.Receipt {
	t.Helper()
	var out []consent.Receipt
	given := time.Date(2026, 11, 2, 8, 59, 0, 0, time.UTC)
	for i, n := range consent.Notices("en") {
		out = append(out, consent.Receipt{ID: fmt.Sprintf("receipt-%d", i), Applicant: applicant, Kind: n.Kind, Purpose: n.Purpose, Notice: n.Ref(),
			Method: "client_form", ShownAt: given.Add(-time.Minute), GivenAt: given})
	}
	return out
}

func fields() []onboarding.Field {
	return []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth, onboarding.FieldEmail,
		onboarding.FieldPhone, onboarding.FieldNationalID, onboarding.FieldStreet, onboarding.FieldCity, onboarding.FieldState,
		onboarding.FieldPostalCode, onboarding.FieldCountry}
}

func application(t *testing.T) workflows.Apply {
	return workflows.Apply{Receipts: receipts(t), Profile: onboarding.ProfileKey(applicant, 1), Has: fields(), Place: workflows.Place{State: "OR", City: "Salem"}, Actor: "api:test"}
}
