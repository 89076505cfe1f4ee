package applicants

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// watched is the evidence bucket; it fails the test when it is read before the look
// stands in the ledger.
type watched struct {
	*bucket
	t      *testing.T
	engine *engine
}

func (b watched) Get(ctx context.Context, key string) ([]byte, error) {
	if !strings.Contains(b.engine.names(), workflows.UpdateRecordView) {
		b.t.Errorf("%s is read, and nothing says who looks", key)
	}
	return b.bucket.Get(ctx, key)
}

// looked puts a case with results into the world.
func looked(t *testing.T, results map[onboarding.CheckName]onboarding.Result, checks ...onboarding.Check) (*world, onboarding.ApplicantID) {
	t.Helper()
	w, id := withBook(t)
	w.Evidence = watched{bucket: w.bucket, t: t, engine: w.engine}
	key, profile := onboarding.ResultKey(id, 7, "all"), onboarding.ProfileKey(id, 1)
	for name, what := range map[string]any{key: results, profile: onboarding.Profile{
		onboarding.FieldGivenName: "Wiktor", onboarding.FieldFamilyName: "Sandboksov", onboarding.FieldDateOfBirth: "1971-02-14", onboarding.FieldState: "OR",
		onboarding.FieldCountry: "US", onboarding.FieldPhone: "+15035550142", onboarding.FieldNationalID: "987654321", onboarding.FieldEmail: "wiktor@example.com"}} {
		sealed, err := w.sealed(t.Context(), id, name, what)
		if err != nil {
			t.Fatal(err)
		}
		w.bucket.objects[name] = sealed
	}
	for i := range checks {
		checks[i].Result = key
	}
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Profile: profile, Checks: checks}
	return w, id
}

// TestFoundSideBySide: what the list says stands beside what the applicant gave, and
// the ledger names just the fields that are shown.
func TestFoundSideBySide(t *testing.T) {
	w, id := looked(t, map[onboarding.CheckName]onboarding.Result{onboarding.CheckSanctions: {Raw: []byte("as screened")}},
		onboarding.Check{Name: onboarding.CheckSanctions, Vendor: "ofac"}, onboarding.Check{Name: onboarding.CheckExclusions, Vendor: "watchman"})
	reader := func(raw []byte) (onboarding.Comparison, error) {
		return onboarding.Comparison{List: "a list of " + string(raw), Edition: "2026-11-02", Threshold: 0.9, Candidates: []onboarding.Candidate{{ID: "900001", Name: "SANDBOXOV, Viktor",
			Matched: "SANDBOKSOV, Wiktor", Reason: "SANDBOX1", Born: []string{"1971-02-14", "1972"}, Over: true, Total: 0.95, Parts: []onboarding.Part{
				{What: onboarding.PartName, Agreement: onboarding.AgreementAlike, Score: 0.9, Scored: true}, {What: onboarding.PartBorn, Agreement: onboarding.AgreementSame, Score: 1, Scored: true},
				{What: "name_match", Score: 0.7, Scored: true}}}}}, nil
	}
	w.Matches = map[string]MatchReader{"ofac": reader, "watchman": reader}
	got, err := w.Found(t.Context(), id, onboarding.CheckSanctions, reads(t, identity.RoleReviewer, "1", identity.ToWeigh))
	if err != nil {
		t.Fatal(err)
	}
	want := &Compared{List: "a list of as screened", Edition: "2026-11-02", Threshold: 0.9, Candidates: []ComparedCandidate{{ID: "900001", Name: "SANDBOXOV, Viktor", Over: true, Total: 0.95, Rows: []ComparedRow{
		{What: "name", Given: "Wiktor Sandboksov", Listed: "SANDBOKSOV, Wiktor", Word: onboarding.AgreementAlike, Score: 0.9, Scored: true},
		{What: "date of birth", Given: "1971-02-14", Listed: "1971-02-14; 1972", Word: onboarding.AgreementSame, Score: 1, Scored: true},
		{What: "place", Given: "OR, US"},
		{What: "name_match", Score: 0.7, Scored: true},
		{What: "listed for", Listed: "SANDBOX1"},
	}}}}
	if d := cmp.Diff(want, got.Compared); d != "" {
		t.Error(d)
	}
	const record = `RecordView applicant/`
	if n := len(w.engine.sent); n != 1 || !strings.HasPrefix(w.engine.sent[0], record) ||
		!strings.Contains(w.engine.sent[0], `"check":"sanctions","fields":["given_name","middle_name","family_name","date_of_birth","state","country"],"why":"to weigh what was found","actor":"staff:reviewer:1"`) {
		t.Errorf("recorded: %q", w.engine.sent)
	}
	// A service that got no place is compared without one.
	if got, err = w.Found(t.Context(), id, onboarding.CheckExclusions, reads(t, identity.RoleReviewer, "1", identity.ToWeigh)); err != nil || got.Compared.Candidates[0].Rows[2].Given != "" {
		t.Errorf("%+v, %v", got.Compared, err)
	}
	w.Matches = nil
	if _, err := w.Found(t.Context(), id, onboarding.CheckSanctions, reads(t, identity.RoleReviewer, "1", identity.ToWeigh)); err == nil || onboarding.CodeOf(err) != onboarding.CodeInternal {
		t.Errorf("nobody reads it: %v", err)
	}
}

func TestFoundReportAndCodes(t *testing.T) {
	w, id := looked(t, map[onboarding.CheckName]onboarding.Result{
		onboarding.CheckBackground: {Raw: []byte("report")}, onboarding.CheckNationalID: {},
		onboarding.CheckPhone: {Raw: []byte(`{"phone_number":"+15035550142","valid":true,"validation_errors":["TOO_SHORT"],"line_type_intelligence":{"type":"nonFixedVoip","carrier_name":"Wiktor"}}`)},
	}, onboarding.Check{Name: onboarding.CheckBackground, Vendor: "findly"}, onboarding.Check{Name: onboarding.CheckPhone, Vendor: "twilio"},
		onboarding.Check{Name: onboarding.CheckNationalID, Vendor: "own"})
	w.Reports = map[string]ReportReader{"findly": func(raw []byte) (onboarding.Report, error) { return onboarding.Report{Reference: string(raw)}, nil }}
	got, err := w.Found(t.Context(), id, onboarding.CheckBackground, reads(t, identity.RoleReviewer, "1", identity.ToWeigh))
	if err != nil || got.Report == nil || got.Report.Reference != "report" || got.Given != nil || !strings.Contains(w.engine.sent[0], `"fields":null`) {
		t.Errorf("%+v, %v, %q", got, err, w.engine.sent)
	}
	got, err = w.Found(t.Context(), id, onboarding.CheckPhone, reads(t, identity.RoleReviewer, "1", identity.ToWeigh))
	wantCodes := []VendorCode{{"valid", "true"}, {"validation_errors", "TOO_SHORT"}, {"line_type_intelligence.type", "nonFixedVoip"}}
	if d := cmp.Diff(wantCodes, got.Codes); err != nil || d != "" || len(got.Given) != 1 || got.Given[0] != (Given{"phone", "+15035550142"}) {
		t.Errorf("%+v, %v\n%s", got, err, d)
	}
	if got, err = w.Found(t.Context(), id, onboarding.CheckNationalID, reads(t, identity.RoleReviewer, "1", identity.ToWeigh)); err != nil || len(got.Given) != 0 || len(got.Codes) != 0 {
		t.Errorf("the number of an identity is shown: %+v, %v", got, err)
	}
}

// TestNoLookUnrecorded: what cannot be recorded is not shown, and where there is
// nothing to see nobody is said to have looked.
func TestNoLookUnrecorded(t *testing.T) {
	w, id := looked(t, nil, onboarding.Check{Name: onboarding.CheckPhone, Vendor: "twilio"})
	view := w.engine.open[id.WorkflowID()]
	for _, name := range []onboarding.CheckName{onboarding.CheckEmail, "nonsense"} {
		if _, err := w.Found(t.Context(), id, name, reads(t, identity.RoleReviewer, "1", identity.ToWeigh)); onboarding.CodeOf(err) != onboarding.CodeNotNow || len(w.engine.sent) != 0 {
			t.Errorf("%s: %v, %q", name, err, w.engine.sent)
		}
	}
	body := w.bucket.objects[view.Checks[0].Result]
	w.bucket.objects[onboarding.SummaryKey(id)] = []byte(`{"applicant":"` + string(id) + `","checks":[{"name":"phone","result":"` + view.Checks[0].Result + `"}]}`)
	delete(w.engine.open, id.WorkflowID()) // it has ended: there is no ledger to write to any more
	if got, err := w.Found(t.Context(), id, onboarding.CheckPhone, reads(t, identity.RoleReviewer, "1", identity.ToWeigh)); err == nil || got.Codes != nil {
		t.Errorf("%+v, %v", got, err)
	}
	w.engine.open[id.WorkflowID()] = view
	w.bucket.objects[view.Checks[0].Result] = append([]byte("x"), body...)
	if _, err := w.Found(t.Context(), id, onboarding.CheckPhone, reads(t, identity.RoleReviewer, "1", identity.ToWeigh)); err == nil || strings.Contains(err.Error(), "Wiktor") {
		t.Errorf("altered: %v", err)
	}
}

// TestCodesAreCodes: what an answer repeats of the person is never among them.
func TestCodesAreCodes(t *testing.T) {
	for _, raw := range []string{"", "nonsense", "null", "[]", "[1]", `{"result":{"a":1},"reason":null}`, `{"result":"` + strings.Repeat("x", 100) + `"}`} {
		for vendor := range codesShown {
			if got := codesOf(vendor, []byte(raw)); len(got) != 0 {
				t.Errorf("%s of %s: %+v", raw, vendor, got)
			}
		}
	}
	got := codesOf("smarty", []byte(`[{"delivery_line_1":"1 Main Street","analysis":{"dpv_match_code":"D","dpv_vacant":"N"}}]`))
	if d := cmp.Diff([]VendorCode{{"analysis.dpv_match_code", "D"}, {"analysis.dpv_vacant", "N"}}, got); d != "" {
		t.Error(d)
	}
	if got := codesOf("maxmind", []byte(`{"risk_score":12.5,"ip_address":{"risk":3},"warnings":[{"code":"IP_ADDRESS_RESERVED"}]}`)); len(got) != 3 || got[0].Value != "12.5" {
		t.Errorf("%+v", got)
	}
}

// watches is Temporal with vendors' watches that run.
type watches struct {
	client.Client
	query  string
	listed []*workflowpb.WorkflowExecutionInfo
	out    map[string]workflows.VendorOutage // by workflow; others do not answer
	fail   error
}

func (w *watches) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	w.query = r.GetQuery()
	return &workflowservice.ListWorkflowExecutionsResponse{Executions: w.listed}, w.fail
}

func (w *watches) QueryWorkflow(ctx context.Context, id, _, name string, _ ...any) (converter.EncodedValue, error) {
	o, ok := w.out[id]
	if _, bounded := ctx.Deadline(); !ok || !bounded || name != workflows.QueryVendorOutage {
		return nil, serviceerror.NewUnavailable("no worker")
	}
	p, err := converter.GetDefaultDataConverter().ToPayloads(o)
	return client.NewValue(p), err
}

func watching(id string, since time.Time, tags ...string) *workflowpb.WorkflowExecutionInfo {
	p, err := converter.GetDefaultDataConverter().ToPayload(tags)
	if err != nil {
		panic(err)
	}
	return &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: id}, StartTime: timestamppb.New(since),
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: map[string]*commonpb.Payload{"FailedChecks": p}}}
}

// TestOutages: each vendor once, by name, as its watch says or, when that does not
// answer, as the list has it.
func TestOutages(t *testing.T) {
	e := &watches{listed: []*workflowpb.WorkflowExecutionInfo{watching("vendor/twilio", t0, "@twilio"), watching("vendor/kickbox", t0), watching("vendor/smarty", t0, "paused@smarty"), watching("vendor/findly", t0), watching("other/x", t0)},
		out: map[string]workflows.VendorOutage{"vendor/kickbox": {Vendor: "kickbox", Since: t0.Add(-time.Minute), Workers: 2}}}
	s := New(Config{Temporal: e})
	got, err := s.Outages(t.Context())
	want := []workflows.VendorOutage{{Vendor: "kickbox", Since: t0.Add(-time.Minute), Workers: 2}, {Vendor: "smarty", Pause: workflows.VendorPause{Since: t0}}, {Vendor: "twilio", Since: t0}}
	if d := cmp.Diff(want, got); err != nil || d != "" {
		t.Errorf("%v\n%s", err, d)
	}
	if e.query != "WorkflowType = 'VendorWatch'" {
		t.Errorf("asked for %q", e.query)
	}
	if paused, err := s.PausedVendors(t.Context()); err != nil || !slices.Equal(paused, []string{"smarty"}) {
		t.Errorf("paused: %v, %v", paused, err)
	}
	e.query = ""
	if again, err := s.Outages(t.Context()); err != nil || cmp.Diff(again, got) != "" || e.query != "" {
		t.Errorf("asked again at once, by %q: %v, %v", e.query, again, err)
	}
	e.out = nil // the worker goes: what it told last still holds for as long as the list has it so
	s.out.forget(allOutages)
	e.listed[1] = watching("vendor/kickbox", t0, "@kickbox")
	if got, err := s.Outages(t.Context()); err != nil || len(got) != 3 || got[0].Workers != 2 {
		t.Errorf("without a worker: %+v, %v", got, err)
	}
	e.listed = nil
	s.out.forget(allOutages)
	if got, err := s.Outages(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	e.fail = errors.New("down")
	s.out.forget(allOutages)
	if _, err := s.Outages(t.Context()); err == nil {
		t.Error("no word of the list that did not come")
	}
}
