package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/access/accesstest"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// What the house wires in must fit.
var (
	_ api.Service  = (*applicants.Service)(nil)
	_ api.Programs = (*program.Set)(nil)
	_ api.Keys     = (*identity.Keys)(nil)
)

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// fake is the service with its state in memory. It keeps the rules that an
// integrator leans on: an unknown ID is an error, an Idempotency-Key is the
// caller's own, a listing comes in pages.
type fake struct {
	mu    sync.Mutex
	order []onboarding.ApplicantID // oldest first
	cases map[onboarding.ApplicantID]*workflows.StaffView
	keys  map[string]onboarding.ApplicantID
	first map[string]applicants.Application

	took      []applicants.Application
	did       []string // what was asked for, in one line each
	corrected onboarding.Profile
	seen      applicants.Filter
	runs      map[string]*workflows.BulkProgress
	pausedAt  time.Time
	pausedFor string
	asked     applicants.BulkRequest // the last run
	fail      error                  // given by every method while it is set
}

func newFake() *fake {
	return &fake{cases: map[onboarding.ApplicantID]*workflows.StaffView{}, keys: map[string]onboarding.ApplicantID{},
		first: map[string]applicants.Application{}}
}

// add makes a case and gives its ID.
func (f *fake) add(change func(*workflows.StaffView)) onboarding.ApplicantID {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.addLocked(change)
}

func (f *fake) addLocked(change func(*workflows.StaffView)) onboarding.ApplicantID {
	id := onboarding.ApplicantID(fmt.Sprintf("0198c0de-0000-7000-8000-%012d", len(f.order)+1))
	v := &workflows.StaffView{Applicant: id, Program: "support-basics", Stage: onboarding.StageValidation, Attention: onboarding.AttentionNone, UpdatedAt: noon}
	if change != nil {
		change(v)
	}
	f.order, f.cases[id] = append(f.order, id), v
	return id
}

func (f *fake) Apply(_ context.Context, a applicants.Application) (onboarding.ApplicantID, bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return "", false, f.fail
	}
	f.took = append(f.took, a)
	key := string(a.Actor) + "\x00" + a.IdempotencyKey
	if id, ok := f.keys[key]; ok && a.IdempotencyKey != "" {
		if !reflect.DeepEqual(f.first[key], a) {
			return "", false, &onboarding.Error{Code: onboarding.CodeConflict, Field: "Idempotency-Key", Message: "This Idempotency-Key was used for another application."}
		}
		return id, false, nil
	}
	id := f.addLocked(func(v *workflows.StaffView) { v.Program = a.Program })
	f.keys[key], f.first[key] = id, a
	return id, true, nil
}

func (f *fake) Correct(_ context.Context, id onboarding.ApplicantID, changes onboarding.Profile, by workflows.Actor) error {
	if err := f.act(id, "correct %v by %s", changes.Has(), by); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.corrected = changes
	return nil
}

func (f *fake) StaffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return workflows.StaffView{}, f.fail
	}
	v, ok := f.cases[id]
	if !ok || !applicants.InScope(ctx, v.Program) {
		return workflows.StaffView{}, nobody()
	}
	return *v, nil
}

func nobody() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no open application with that ID.", Hint: "Check the ID."}
}

// List pages by position; the cursor is opaque to the caller.
// Sought finds nobody but who has a whole e-mail address.
func (f *fake) Sought(typed string) (applicants.Sought, error) {
	if !strings.Contains(typed, "@") {
		return applicants.Sought{}, onboarding.Invalid("q", "That is not a whole e-mail address.", "Type all of it.")
	}
	return applicants.Sought{All: []string{"0123456789abcdef01234567"}}, nil
}

func (f *fake) List(_ context.Context, filter applicants.Filter) (applicants.Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = filter
	if f.fail != nil {
		return applicants.Page{}, f.fail
	}
	at := 0
	if filter.Cursor != "" {
		if _, err := fmt.Sscanf(filter.Cursor, "at-%d", &at); err != nil {
			return applicants.Page{}, onboarding.Invalid("cursor", "That cursor is not one of ours.", "Leave it out.")
		}
	}
	page := applicants.Page{Items: []applicants.Line{}}
	for ; at < len(f.order) && len(page.Items) < filter.Limit; at++ {
		v := f.cases[f.order[len(f.order)-1-at]]
		page.Items = append(page.Items, applicants.Line{ID: v.Applicant, Program: v.Program, Stage: v.Stage, Attention: v.Attention, Failed: []string{}, StartedAt: noon})
	}
	if at < len(f.order) {
		page.NextCursor = fmt.Sprintf("at-%d", at)
	}
	return page, nil
}

func (f *fake) CasesNow(_ context.Context, ids []onboarding.ApplicantID) (out []workflows.BulkItem, _ error) {
	for _, id := range ids {
		out = append(out, workflows.BulkItem{Applicant: id, Was: "feedf00d"})
	}
	return out, f.fail
}

func (f *fake) HeldLines(_ context.Context, q applicants.Filter) ([]applicants.FailedLine, string, error) {
	return []applicants.FailedLine{{Applicant: "0198c0de-0000-7000-8000-000000000001", Check: onboarding.Check{Name: onboarding.CheckEmail, Vendor: q.Vendor, Round: 1}}}, "", f.fail
}

// StartBulk finds three checks, deals with two, and stays under way.
func (f *fake) StartBulk(_ context.Context, q applicants.BulkRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	f.asked = q
	if f.runs == nil {
		f.runs = map[string]*workflows.BulkProgress{}
	}
	if f.runs[q.ID] == nil {
		f.did = append(f.did, fmt.Sprintf("%s all of %+v at %g for %q by %s", q.Action, q.Match, q.PerSecond, q.Reason, q.By))
		f.runs[q.ID] = &workflows.BulkProgress{ID: q.ID, Action: q.Action, Match: q.Match, PerSecond: q.PerSecond, Actor: q.By,
			BulkState: workflows.BulkState{Total: 3, Next: 2, Gathered: true, Begun: noon, Tally: workflows.BulkTally{Done: 1, Refused: 1}}}
	}
	return nil
}

func (f *fake) Bulk(_ context.Context, id string) (workflows.BulkProgress, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return workflows.BulkProgress{}, f.fail
	}
	if run := f.runs[id]; run != nil {
		return *run, nil
	}
	return workflows.BulkProgress{}, nobody()
}

func (f *fake) BulkAnswers(context.Context, workflows.BulkProgress) ([]applicants.BulkAnswer, error) {
	item := workflows.BulkItem{Applicant: "0198c0de-0000-7000-8000-000000000001", Check: onboarding.CheckEmail}
	return []applicants.BulkAnswer{{BulkItem: item, Outcome: applicants.BulkDone}, {BulkItem: item, Outcome: applicants.BulkRefused, Says: "It has ended."}}, f.fail
}

func (f *fake) SteerBulk(ctx context.Context, id, how string) (workflows.BulkProgress, error) {
	if _, err := f.Bulk(ctx, id); err != nil {
		return workflows.BulkProgress{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	run := f.runs[id]
	if run.Canceled {
		return *run, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This run is over."}
	}
	run.Paused, run.Canceled = how == workflows.UpdatePauseBulk, how == workflows.UpdateCancelBulk
	return *run, nil
}

func (f *fake) act(id onboarding.ApplicantID, format string, args ...any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	if _, ok := f.cases[id]; !ok {
		return nobody()
	}
	f.did = append(f.did, fmt.Sprintf(format, args...))
	return nil
}

func (f *fake) Retry(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error {
	return f.act(id, "retry %s %d %q by %s", check, round, reason, by)
}

func (f *fake) Waive(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, reason string, by workflows.Actor) error {
	return f.act(id, "waive %s %q by %s", check, reason, by)
}

func (f *fake) Decide(_ context.Context, id onboarding.ApplicantID, d applicants.Decision, by workflows.Actor) error {
	if d.Assessment != nil {
		return f.act(id, "decide %s %q assessed %v by %s", d.Ruling, d.Reason, d.Assessment, by)
	}
	return f.act(id, "decide %s %q by %s", d.Ruling, d.Reason, by)
}

func (f *fake) ScoreLive(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, s applicants.LiveScore, by workflows.Actor) error {
	return f.act(id, "score %s %d %v %v %q by %s", requirement, attempt, s.NoShow, s.Scores, s.Remark, by)
}

func (f *fake) WaiveRequirement(_ context.Context, id onboarding.ApplicantID, requirement, reason string, by workflows.Actor) error {
	return f.act(id, "let go %s %q by %s", requirement, reason, by)
}

func (f *fake) JudgeRequirement(_ context.Context, id onboarding.ApplicantID, requirement string, attempt int, pass bool, reason string, by workflows.Actor) error {
	return f.act(id, "judge %s %d %v %q by %s", requirement, attempt, pass, reason, by)
}

func (f *fake) AnswerOtherWay(_ context.Context, id onboarding.ApplicantID, requirement, words string, by workflows.Actor) error {
	return f.act(id, "answer %s %q by %s", requirement, words, by)
}

func (f *fake) Revoke(_ context.Context, id onboarding.ApplicantID, category workflows.RevocationReason, reason string, by workflows.Actor) error {
	return f.act(id, "revoke %s %q by %s", category, reason, by)
}

func (f *fake) Timeline(_ context.Context, id onboarding.ApplicantID) ([]applicants.Event, error) {
	if err := f.act(id, "timeline"); err != nil {
		return nil, err
	}
	chain := ledger.NewChain(id)
	return []applicants.Event{{Record: chain.Append(noon, ledger.Record{Kind: ledger.KindSubmitted, Actor: "api:acme"}), Says: "The application was handed in."}}, nil
}

func (f *fake) VerifyLedger(_ context.Context, id onboarding.ApplicantID) (ledger.Report, error) {
	return ledger.Report{Applicant: id, Pages: 1, Records: 1}, f.act(id, "verify")
}

// The two integrators of these tests.
const (
	acme   = "acme-secret-0123456789"
	umbria = "umbria-secret-0123456789"
)

// face is the API on a server of its own.
type face struct {
	t       *testing.T
	service *fake
	lists   *fakeLists
	kept    accesstest.Bucket // access events
	hooks   *fakeHooks
	objects shelftest.Bucket // kept answers
	ring    ring
	url     string
	mux     *http.ServeMux
	doc     *huma.OpenAPI
}

func serve(t *testing.T, change func(*api.Config)) *face {
	t.Helper()
	programs, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := identity.NewKeys([]string{"acme:" + acme, "umbria:" + umbria})
	if err != nil {
		t.Fatal(err)
	}
	f := &face{t: t, service: newFake(), lists: &fakeLists{}, hooks: &fakeHooks{}, mux: http.NewServeMux()}
	kept := access.New(&f.kept, nil, nil)
	cfg := api.Config{Service: f.service, Lists: f.lists, Webhooks: f.hooks, Desk: f.service, Answers: &applicants.Answers{Objects: &f.objects, Vault: openVault{}}, Programs: programs, Keys: keys, Access: kept, Keyring: applicants.RecordedKeys{Keyring: &f.ring, Access: kept}, Version: "1"}
	if change != nil {
		change(&cfg)
	}
	f.doc = api.Register(f.mux, cfg)
	server := httptest.NewServer(f.mux)
	t.Cleanup(server.Close)
	f.url = server.URL
	return f
}

// answer is what came back, read whole.
type answer struct {
	status int
	header http.Header
	body   string
}

// send sends with acme's key; headers replace what is sent by default, and an
// empty value leaves one out.
func (f *face) send(method, path, body string, headers ...string) answer {
	f.t.Helper()
	r, err := http.NewRequestWithContext(f.t.Context(), method, f.url+path, strings.NewReader(body))
	if err != nil {
		f.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+acme)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for pair := range slices.Chunk(headers, 2) {
		r.Header.Del(pair[0])
		if pair[1] != "" {
			r.Header.Set(pair[0], pair[1])
		}
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		f.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		f.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

func (a answer) decode(t *testing.T, out any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader([]byte(a.body)))
	d.DisallowUnknownFields()
	if err := d.Decode(out); err != nil {
		t.Fatalf("%v in %.300s", err, a.body)
	}
}

// problem is RFC 9457's, as we fill it.
type problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

// wantProblem holds an answer to be a problem of that status that speaks of all
// the words, and gives it.
func wantProblem(t *testing.T, a answer, status int, words ...string) problem {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d: %.300s", a.status, status, a.body)
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type %q, want application/problem+json", got)
	}
	var p problem
	a.decode(t, &p)
	if p.Status != a.status || p.Title == "" || p.Detail == "" {
		t.Errorf("a problem says its status, a title and a detail: %.300s", a.body)
	}
	for _, w := range words {
		if !strings.Contains(a.body, w) {
			t.Errorf("it does not speak of %q: %.300s", w, a.body)
		}
	}
	return p
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (f *fake) UseVendor(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, vendor, reason string, by workflows.Actor) error {
	return f.act(id, "move %s of round %d to %s %q by %s", check, round, vendor, reason, by)
}

func (f *fake) FailedCounts(_ context.Context, program string) ([]applicants.FailedCount, error) {
	return []applicants.FailedCount{{FailedAt: applicants.FailedAt{Check: onboarding.CheckEmail, Vendor: "kickbox", Error: onboarding.CodeVendorDown}, Count: len(program)}}, nil
}

func (f *fake) FailedLines(_ context.Context, q applicants.Filter) ([]applicants.FailedLine, string, error) {
	f.did = append(f.did, fmt.Sprintf("failed %s %s %s %s %d", q.Check, q.Vendor, q.Error, q.Program, q.Limit))
	return []applicants.FailedLine{{Applicant: onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000a"), Program: "support-basics", Check: onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Round: 2, Problem: "VENDOR_UNREACHABLE"}}}, "more", nil
}

func (f *fake) Vendors(context.Context) ([]applicants.Vendor, error) {
	return []applicants.Vendor{{Name: "kickbox", Paused: f.pausedAt, Reason: f.pausedFor, By: "api:umbria", Held: 7}, {Name: "twilio", Failed: 3}}, nil
}

func (f *fake) PauseVendor(_ context.Context, vendor, reason string, by workflows.Actor) error {
	f.did = append(f.did, fmt.Sprintf("pause %s %q by %s", vendor, reason, by))
	f.pausedAt, f.pausedFor = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC), reason
	return nil
}

func (f *fake) ResumeVendor(_ context.Context, vendor string, by workflows.Actor) error {
	f.did = append(f.did, fmt.Sprintf("resume %s by %s", vendor, by))
	f.pausedAt, f.pausedFor = time.Time{}, ""
	return nil
}
