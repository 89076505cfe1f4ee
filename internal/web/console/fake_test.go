package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const (
	failedID    = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000a") // waits for ops
	reviewID    = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000b") // waits for a reviewer
	certifiedID = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000c")
	unknownID   = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000d")
	erasedID    = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000e") // only where a test puts them
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// personal is what the service holds of a person and hands out sealed, as a
// reference or as an error's cause: no page of the console ever says it.
var personal = []string{"Lovelace", "ada@example.com", "123-45-4329", "profile/7f3a", "inside of the house"}

// deedDone is one thing that staff did, as the service heard of it.
type deedDone struct {
	what, check, words string
	id                 onboarding.ApplicantID
	round              int
	by                 workflows.Actor
	assessment         string // as Go prints it; empty for none
}

// fake is the service with its state in memory, and the rules that pages lean on.
type fake struct {
	mu        sync.Mutex
	cases     map[onboarding.ApplicantID]*workflows.StaffView
	timelines map[onboarding.ApplicantID][]applicants.Event // instead of the one that every case has
	proofs    map[onboarding.ApplicantID]ledger.Report      // likewise
	found     map[onboarding.CheckName]applicants.Found     // what checks have found; of others, a made-up list's entry
	outages   []workflows.VendorOutage
	progress  map[onboarding.ApplicantID]applicants.Progress
	notes     map[onboarding.ApplicantID][]applicants.Note
	looks     []string // who looked at what: check and actor
	deeds     []deedDone
	filters   []applicants.Filter
	kept      map[string][]applicants.View     // by owner
	calls     map[string]int                   // by method
	pageSize  int                              // smaller than what is asked for, when set
	fail      error                            // given by every call, when set
	failIn    map[string]error                 // by method
	failFor   map[onboarding.ApplicantID]error // of what is about this applicant
	runs      map[string]*fakeRun
	order     []string // of runs
	slow      bool     // runs stay under way
	unnamed   bool     // no notice names another vendor
	pauses    map[string]deedDone
}

func newFake() *fake {
	f := &fake{progress: map[onboarding.ApplicantID]applicants.Progress{}, notes: map[onboarding.ApplicantID][]applicants.Note{}, runs: map[string]*fakeRun{}, cases: map[onboarding.ApplicantID]*workflows.StaffView{}, timelines: map[onboarding.ApplicantID][]applicants.Event{},
		proofs: map[onboarding.ApplicantID]ledger.Report{}, found: map[onboarding.CheckName]applicants.Found{}, calls: map[string]int{}, failIn: map[string]error{}, failFor: map[onboarding.ApplicantID]error{}}
	f.add(failedID, onboarding.StageValidation, onboarding.AttentionOps,
		onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusFailed, Round: 2, Problem: string(onboarding.CodeVendorDown)},
		onboarding.Check{Name: onboarding.CheckPhone, Vendor: "twilio", Status: onboarding.StatusPassed, Round: 1})
	v := f.add(reviewID, onboarding.StageVetting, onboarding.AttentionReviewer,
		onboarding.Check{Name: onboarding.CheckBackground, Vendor: "findly", Status: onboarding.StatusFlagged, Round: 1,
			Findings: []onboarding.Finding{{Code: "criminal_record", Severity: "felony", AgeYears: 1}}})
	v.Review = true
	v.Ruling = onboarding.Decision{Ruling: onboarding.RulingReview, Reasons: []onboarding.Reason{{Rule: "adjudication/1", Says: "a felony needs a person", Cites: "15 USC 1681b"}}}
	f.add(certifiedID, onboarding.StageCertified, onboarding.AttentionNone).Credential = workflows.CredentialLine{ID: "c1", Issued: noon, Expires: noon.AddDate(1, 0, 0)}
	f.proofs[reviewID] = ledger.Report{Applicant: reviewID, Pages: 1, Records: 2, Faults: []ledger.Fault{{Page: 1, Seq: 2, What: "altered"}}}
	return f
}

// add puts in a case that waits for somebody; its checks have been so since noon.
func (f *fake) add(id onboarding.ApplicantID, st onboarding.Stage, a onboarding.Attention, checks ...onboarding.Check) *workflows.StaffView {
	for i := range checks {
		checks[i].Since, checks[i].Result, checks[i].Order = noon, "results/profile/7f3a", "order of Lovelace"
	}
	f.cases[id] = &workflows.StaffView{Applicant: id, Program: "support-basics", Version: "1", Stage: st, Attention: a, Checks: checks,
		Wait: workflows.Wait{For: "somebody", Since: noon}, Profile: "profile/7f3a"}
	return f.cases[id]
}

// many adds n cases whose e-mail check failed at Kickbox in its first round.
func (f *fake) many(n int) (ids []onboarding.ApplicantID) {
	for i := range n {
		id := onboarding.ApplicantID(fmt.Sprintf("019ab3c0-0000-7000-8000-%012d", i+1))
		f.add(id, onboarding.StageValidation, onboarding.AttentionOps,
			onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusFailed, Round: 1, Problem: string(onboarding.CodeVendorDown)})
		ids = append(ids, id)
	}
	return ids
}

// enter counts a call and gives the error that a test has asked for.
func (f *fake) enter(method string, id onboarding.ApplicantID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[method]++
	return cmp.Or(f.fail, f.failIn[method], f.failFor[id])
}

func noSuch(what string) error {
	return onboarding.Invalid(what, "There is no such "+what+".", "Choose one of the list.")
}

// valid holds a filter to what there is, as the service does.
func valid(q applicants.Filter) (from int, err error) {
	from, err = strconv.Atoi(strings.TrimPrefix(q.Cursor, "from-"))
	switch {
	case q.Stage != "" && q.Stage != applicants.UnderWay && !q.Stage.Known():
		return 0, noSuch("stage")
	case q.Attention != "" && q.Attention != applicants.Others && !q.Attention.Known():
		return 0, noSuch("attention")
	case q.Check != "" && !q.Check.Known():
		return 0, noSuch("check")
	case strings.ContainsAny(q.Program, "<' "):
		return 0, noSuch("program")
	case strings.ContainsAny(string(q.Error), "<' "):
		return 0, noSuch("error")
	case strings.ContainsAny(q.Vendor, "<' "):
		return 0, noSuch("vendor")
	case q.Cursor != "" && err != nil:
		return 0, onboarding.Invalid("cursor", "That cursor is not one of ours.", "Leave it out.")
	}
	return from, nil
}

func failedAt(k onboarding.Check) applicants.FailedAt {
	return applicants.FailedAt{Check: k.Name, Vendor: k.Vendor, Error: onboarding.Code(k.Problem)}
}

// meant are the failed checks of a case that a filter means.
func meant(v *workflows.StaffView, q applicants.Filter) (out []onboarding.Check) {
	for _, k := range v.Checks {
		if k.Status == onboarding.StatusFailed && q.Means(failedAt(k)) {
			out = append(out, k)
		}
	}
	return out
}

func (f *fake) FailedCounts(_ context.Context, program string) ([]applicants.FailedCount, error) {
	if err := f.enter("FailedCounts", ""); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	counts := map[applicants.FailedCount]int{}
	for _, v := range f.cases {
		for _, k := range meant(v, applicants.Filter{}) {
			if program == "" || program == v.Program {
				counts[applicants.FailedCount{FailedAt: failedAt(k)}]++
			}
		}
	}
	var out []applicants.FailedCount
	for g, n := range counts {
		g.Count = n
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b applicants.FailedCount) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Error, b.Error))
	})
	return out, nil
}

func (f *fake) StaffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	if err := f.enter("StaffView", id); err != nil {
		return workflows.StaffView{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.cases[id]
	if !ok || !applicants.InScope(ctx, v.Program) {
		return workflows.StaffView{}, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such applicant.", Hint: "Check the ID."}
	}
	out := *v
	out.Checks = slices.Clone(v.Checks)
	return out, nil
}

func (f *fake) Timeline(_ context.Context, id onboarding.ApplicantID) ([]applicants.Event, error) {
	if err := f.enter("Timeline", id); err != nil {
		return nil, err
	}
	if events, ok := f.timelines[id]; ok {
		return slices.Clone(events), nil
	}
	return []applicants.Event{
		{Record: ledger.Record{Seq: 1, At: noon, Applicant: id, Actor: "system"}, Says: "The application was begun."},
		{Record: ledger.Record{Seq: 2, At: noon, Applicant: id, Actor: "staff:ops:1", Sealed: []byte("Lovelace"), Object: "profile/7f3a"}, Says: "A check was retried.", Written: true},
	}, nil
}

func (f *fake) VerifyLedger(_ context.Context, id onboarding.ApplicantID) (ledger.Report, error) {
	err := f.enter("VerifyLedger", id)
	if r, ok := f.proofs[id]; ok {
		return r, err
	}
	return ledger.Report{Applicant: id, Pages: 1, Records: 2, Head: "abc"}, err
}

func (f *fake) did(d deedDone, now func(*workflows.StaffView) bool) error {
	if err := f.enter(strings.Fields(d.what)[0], d.id); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if v, ok := f.cases[d.id]; !ok || !now(v) {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Somebody was faster.", Hint: "Look at the page again."}
	}
	f.deeds = append(f.deeds, d)
	return nil
}

// settle moves a failed check on. A retry is of one round, and begins the next.
func settle(name onboarding.CheckName, round int, to onboarding.CheckStatus) func(*workflows.StaffView) bool {
	return func(v *workflows.StaffView) bool {
		for i, k := range v.Checks {
			if k.Name == name && (k.Status == onboarding.StatusFailed || k.Held()) && (round == 0 || k.Round == round) {
				v.Checks[i].Status = to
				if to == onboarding.StatusRunning {
					v.Checks[i].Round++
				}
				return true
			}
		}
		return false
	}
}

func (f *fake) Retry(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error {
	return f.did(deedDone{"retry", string(check), reason, id, round, by, ""}, settle(check, round, onboarding.StatusRunning))
}

// StartBulk does at once what the workflow does in its time.
func (f *fake) StartBulk(ctx context.Context, q applicants.BulkRequest) error {
	if err := f.enter("StartBulk", ""); err != nil {
		return err
	}
	if _, ok := f.runs[q.ID]; ok {
		return nil
	}
	switch {
	case len(q.Marked) == 0 && q.Action == workflows.BulkAssign:
		q.Marked = f.casesMeant(q.Match)
	case len(q.Marked) == 0 && q.Match.Held:
		q.Marked = f.heldMeant(q.Match)
	case len(q.Marked) == 0:
		listed, err := f.List(ctx, applicants.Filter{Check: q.Match.Check, Vendor: q.Match.Vendor, Error: q.Match.Error, Program: q.Match.Program, Failed: true, Limit: 500})
		if err != nil {
			return err
		}
		for _, l := range listed.Items {
			for _, k := range meant(f.cases[l.ID], applicants.Filter{Check: q.Match.Check, Vendor: q.Match.Vendor, Error: q.Match.Error}) {
				q.Marked = append(q.Marked, workflows.BulkItem{Applicant: l.ID, Check: k.Name, Round: k.Round})
			}
		}
	default:
		q.Match = workflows.BulkMatch{Check: "marked"}
	}
	run := &fakeRun{request: q, BulkProgress: workflows.BulkProgress{ID: q.ID, Action: q.Action, PerSecond: 50, To: q.To, Actor: q.By, Marked: q.Match.Check == "marked",
		BulkState: workflows.BulkState{Total: len(q.Marked), Gathered: true, Begun: noon}}}
	if !run.Marked {
		run.Match = q.Match
	}
	f.runs[q.ID] = run
	f.order = append(f.order, q.ID)
	if !f.slow {
		f.finish(ctx, run)
	}
	return nil
}

func (f *fake) finish(ctx context.Context, run *fakeRun) {
	for _, m := range run.request.Marked {
		var err error
		switch run.Action {
		case workflows.BulkWaive:
			err = f.Waive(ctx, m.Applicant, m.Check, run.request.Reason, run.Actor)
		case workflows.BulkUseVendor:
			err = f.UseVendor(ctx, m.Applicant, m.Check, m.Round, run.request.To, run.request.Reason, run.Actor)
		case workflows.BulkAssign:
			err = f.Assign(ctx, m.Applicant, run.To, m.Was, run.Actor)
		case workflows.BulkRetry:
			err = f.Retry(ctx, m.Applicant, m.Check, m.Round, run.request.Reason, run.Actor)
		}
		a := applicants.BulkAnswer{BulkItem: m, Outcome: applicants.BulkDone}
		var ours *onboarding.Error
		switch {
		case errors.As(err, &ours):
			a.Outcome, a.Says = applicants.BulkRefused, ours.Message
			run.Tally.Refused++
		case err != nil:
			a.Outcome, a.Says = applicants.BulkFailed, "It could not be asked."
			run.Tally.Failed++
		default:
			run.Tally.Done++
		}
		run.answers = append(run.answers, a)
	}
	run.Next, run.Ended = run.Total, noon
}

type fakeRun struct {
	workflows.BulkProgress
	request applicants.BulkRequest
	answers []applicants.BulkAnswer
}

func (f *fake) Bulk(_ context.Context, id string) (workflows.BulkProgress, error) {
	if err := f.enter("Bulk", ""); err != nil {
		return workflows.BulkProgress{}, err
	}
	run, ok := f.runs[id]
	if !ok {
		return workflows.BulkProgress{}, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such run.", Hint: "Look at the list."}
	}
	return run.BulkProgress, nil
}

func (f *fake) BulkAnswers(_ context.Context, p workflows.BulkProgress) ([]applicants.BulkAnswer, error) {
	return f.runs[p.ID].answers, f.enter("BulkAnswers", "")
}

func (f *fake) SteerBulk(_ context.Context, id, how string) (workflows.BulkProgress, error) {
	if err := f.enter("SteerBulk", ""); err != nil {
		return workflows.BulkProgress{}, err
	}
	run := f.runs[id]
	if !run.Ended.IsZero() {
		return run.BulkProgress, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This run is over.", Hint: "Start another one."}
	}
	switch how {
	case workflows.UpdatePauseBulk:
		run.Paused = true
	case workflows.UpdateResumeBulk:
		run.Paused = false
	case workflows.UpdateCancelBulk:
		run.Canceled, run.Ended = true, noon
	}
	return run.BulkProgress, nil
}

func (f *fake) Bulks(context.Context, int) ([]applicants.BulkLine, error) {
	var out []applicants.BulkLine
	for _, id := range slices.Backward(f.order) {
		out = append(out, applicants.BulkLine{ID: id, Running: f.runs[id].Ended.IsZero()})
	}
	return out, f.enter("Bulks", "")
}

func (f *fake) Waive(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, reason string, by workflows.Actor) error {
	return f.did(deedDone{"waive", string(check), reason, id, 0, by, ""}, settle(check, 0, onboarding.StatusWaived))
}

func (f *fake) Asked(_ context.Context, id onboarding.ApplicantID) ([]program.Requirement, error) {
	return asked, f.enter("Asked", id)
}

func (f *fake) ScoreLive(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, s applicants.LiveScore, by workflows.Actor) error {
	return f.did(deedDone{"score", requirement, s.Remark, id, attempt, by, fmt.Sprint(s.NoShow, s.Scores)}, nothing)
}

func (f *fake) JudgeRequirement(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, pass bool, reason string, by workflows.Actor) error {
	return f.did(deedDone{"judge", requirement, reason, id, attempt, by, fmt.Sprint(pass)}, nothing)
}

func (f *fake) WaiveRequirement(_ context.Context, id onboarding.ApplicantID, requirement, reason string, by workflows.Actor) error {
	return f.did(deedDone{"let go", requirement, reason, id, 0, by, ""}, nothing)
}

func (f *fake) AnswerOtherWay(_ context.Context, id onboarding.ApplicantID, requirement, words string, by workflows.Actor) error {
	return f.did(deedDone{"answer", requirement, words, id, 0, by, ""}, nothing)
}

func (f *fake) Decide(_ context.Context, id onboarding.ApplicantID, d applicants.Decision, by workflows.Actor) error {
	if d.Ruling != onboarding.RulingProceed && d.Ruling != onboarding.RulingAdverse {
		return onboarding.Invalid("decision", "A decision is proceed or adverse.", "Choose one of the two.")
	}
	if v, ok := f.cases[id]; ok && d.Ruling == onboarding.RulingAdverse && v.Form.Asked() {
		if err := v.Form.Complete(d.Assessment); err != nil {
			return err
		}
	}
	weighed := ""
	if d.Assessment != nil {
		weighed = fmt.Sprint(d.Assessment)
	}
	return f.did(deedDone{"decide " + string(d.Ruling), "", d.Reason, id, 0, by, weighed}, func(v *workflows.StaffView) bool { was := v.Review; v.Review = false; return was })
}

// Found remembers who looked, as the ledger does.
func (f *fake) Found(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, as identity.Reading) (applicants.Found, error) {
	if err := f.enter("Found", id); err != nil {
		return applicants.Found{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	v, ok := f.cases[id]
	if !ok {
		return applicants.Found{}, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such applicant.", Hint: "Check the ID."}
	}
	f.looks = append(f.looks, string(check)+" "+as.Actor())
	if found, ok := f.found[check]; ok {
		return found, nil
	}
	for _, k := range v.Checks {
		if k.Name == check {
			return applicants.Found{Check: k, Compared: &applicants.Compared{List: "a list", Edition: "2026-11-20", Threshold: 0.9}}, nil
		}
	}
	return applicants.Found{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no answer of this check to look at.", Hint: "Look at the applicant's page."}
}

func (f *fake) Outages(context.Context) ([]workflows.VendorOutage, error) {
	return slices.Clone(f.outages), f.enter("Outages", "")
}

func (f *fake) AllowProof(_ context.Context, id onboarding.ApplicantID, reason string, by workflows.Actor) error {
	return f.did(deedDone{"proof", "", reason, id, 0, by, ""}, func(v *workflows.StaffView) bool { was := v.ProofSpent; v.ProofSpent = false; return was })
}

func (f *fake) Revoke(_ context.Context, id onboarding.ApplicantID, category workflows.RevocationReason, reason string, by workflows.Actor) error {
	return f.did(deedDone{"revoke", string(category), reason, id, 0, by, ""}, func(v *workflows.StaffView) bool { return v.Stage == onboarding.StageCertified })
}

func (f *fake) UseVendor(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, vendor, reason string, by workflows.Actor) error {
	if f.unnamed {
		return &onboarding.Error{Code: onboarding.CodeConsentNotLive, Message: "No notice names it."}
	}
	return f.did(deedDone{"use-vendor " + vendor, string(check), reason, id, round, by, ""}, settle(check, round, onboarding.StatusRunning))
}

func (f *fake) Vendors(context.Context) ([]applicants.Vendor, error) {
	out := []applicants.Vendor{{Name: "kickbox", Failed: 3}, {Name: "twilio"}}
	for i, v := range out {
		if p, ok := f.pauses[v.Name]; ok {
			out[i].Paused, out[i].Reason, out[i].By, out[i].Held = noon, p.words, p.by, 7
		}
	}
	return out, f.enter("Vendors", "")
}

func (f *fake) PauseVendor(_ context.Context, vendor, reason string, by workflows.Actor) error {
	if err := f.enter("PauseVendor", ""); err != nil {
		return err
	}
	if f.pauses == nil {
		f.pauses = map[string]deedDone{}
	}
	f.pauses[vendor] = deedDone{words: reason, by: by}
	return nil
}

func (f *fake) ResumeVendor(_ context.Context, vendor string, _ workflows.Actor) error {
	delete(f.pauses, vendor)
	return f.enter("ResumeVendor", "")
}

func (f *fake) FailedLines(ctx context.Context, q applicants.Filter) (out []applicants.FailedLine, _ string, _ error) {
	page, err := f.List(ctx, q)
	if err != nil {
		return nil, "", err
	}
	for _, l := range page.Items {
		v, err := f.StaffView(ctx, l.ID)
		if code := onboarding.CodeOf(err); code == onboarding.CodeUnknownApplicant || code == onboarding.CodeKeyDestroyed {
			continue
		}
		if err != nil {
			return nil, "", err
		}
		for _, k := range meant(&v, q) {
			out = append(out, applicants.FailedLine{Applicant: l.ID, Program: v.Program, Check: k})
		}
	}
	return out, page.NextCursor, nil
}
