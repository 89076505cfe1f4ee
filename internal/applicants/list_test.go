package applicants

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/serviceerror"
	workflowpb "go.temporal.io/api/workflow/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const every = "WorkflowType = 'Onboard' AND ExecutionStatus != 'ContinuedAsNew'"

func TestQuery(t *testing.T) {
	for want, f := range map[string]Filter{
		"":                                  {Limit: 3, Cursor: "x"},
		" AND Stage = 'vetting'":            {Stage: onboarding.StageVetting},
		" AND Attention = 'ops'":            {Attention: onboarding.AttentionOps},
		" AND Program = 'support-basics_2'": {Program: "support-basics_2"},
		" AND FailedChecks IS NOT NULL AND FailedChecks = 'email'":                                                                                 {Check: onboarding.CheckEmail, Failed: true},
		" AND FailedChecks IS NOT NULL AND FailedChecks = 'email@kickbox'":                                                                         {Check: onboarding.CheckEmail, Vendor: "kickbox"},
		" AND FailedChecks IS NOT NULL AND FailedChecks = '@kickbox'":                                                                              {Vendor: "kickbox"},
		" AND FailedChecks IS NOT NULL":                                                                                                            {Failed: true},
		" AND FailedChecks IS NOT NULL AND FailedChecks = 'email@kickbox!VENDOR_BUSY'":                                                             {Check: onboarding.CheckEmail, Vendor: "kickbox", Error: onboarding.CodeVendorBusy, Failed: true},
		" AND FailedChecks IS NOT NULL AND FailedChecks = '@kickbox!VENDOR_BUSY'":                                                                  {Vendor: "kickbox", Error: onboarding.CodeVendorBusy},
		" AND FailedChecks IS NOT NULL AND FailedChecks IN ('sanctions@ofac!INTERNAL', 'sanctions@watchman!INTERNAL', 'sanctions@yente!INTERNAL')": {Check: onboarding.CheckSanctions, Error: onboarding.CodeInternal},
		" AND Stage = 'signup' AND Attention = 'applicant' AND Program = 'p' AND FailedChecks IS NOT NULL AND FailedChecks = '@v'":                 {Stage: "signup", Attention: "applicant", Program: "p", Vendor: "v"},
	} {
		if got, err := f.query(); err != nil || got != every+want {
			t.Errorf("%+v: %q, %v; want %q", f, got, err, every+want)
		}
	}
	// What is asked for must be what workflows say of themselves.
	tags := workflows.FailedCheckTags(onboarding.CheckEmail, "kickbox", "VENDOR_BUSY")
	for _, f := range []Filter{{Check: "email"}, {Check: "email", Vendor: "kickbox"}, {Vendor: "kickbox"}, {Vendor: "kickbox", Error: "VENDOR_BUSY"}, {Check: "email", Vendor: "kickbox", Error: "VENDOR_BUSY"}, {Check: "email", Error: "VENDOR_BUSY"}} {
		q, err := f.query()
		if err != nil {
			t.Fatal(err)
		}
		if _, tag, _ := strings.Cut(q, "FailedChecks = "); !slices.Contains(tags, strings.Trim(tag, "'")) {
			t.Errorf("%s finds none of %q", q, tags)
		}
	}
	for _, s := range onboarding.Stages() {
		if _, err := (Filter{Stage: s}).query(); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	for _, a := range onboarding.Attentions() {
		if _, err := (Filter{Attention: a}).query(); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	for _, c := range onboarding.CheckNames() {
		if _, err := (Filter{Check: c}).query(); err != nil {
			t.Errorf("%s: %v", c, err)
		}
	}
}

// TestNobodyWritesConditions: every value that is not a plain word of ours is
// refused, in every place, and none reaches the engine.
func TestNobodyWritesConditions(t *testing.T) {
	for _, evil := range []string{
		"' OR ''='", "x' OR Stage != 'x", "vetting'--", `a\' OR 1=1`, "a\x00b", "a;b", "a b", "a=b", "(a)", "'", `"`, "`a`", "ops\n", "%", "@", "kickbox@x",
		"VETTING", "Ops", "étape", "ｏｐｓ", strings.Repeat("a", 41),
	} {
		for name, f := range map[string]Filter{
			"stage": {Stage: onboarding.Stage(evil)}, "attention": {Attention: onboarding.Attention(evil)}, "program": {Program: evil},
			"check": {Check: onboarding.CheckName(evil)}, "vendor": {Vendor: evil}, "error": {Error: onboarding.Code(strings.ToLower(evil) + "'")},
		} {
			q, err := f.query()
			var e *onboarding.Error
			if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid || e.Field != name || q != "" {
				t.Errorf("%s %q: %q, %v", name, evil, q, err)
				continue
			}
			if len(evil) > 5 && strings.Contains(err.Error(), evil) {
				t.Errorf("%s: the answer quotes what was sent: %v", name, err)
			}
			s := New(Config{Temporal: &visibility{t: t, never: true}})
			if _, err := s.List(t.Context(), f); onboarding.CodeOf(err) != onboarding.CodeInvalid {
				t.Errorf("%s: a listing gives %v", name, err)
			}
		}
	}
}

// visibility is Temporal's index as far as a listing uses it: pages, by a token
// that only it can read.
type visibility struct {
	client.Client
	t     *testing.T
	never bool // it must not be asked
	rows  []*workflowpb.WorkflowExecutionInfo
	fail  error
	asked []*workflowservice.ListWorkflowExecutionsRequest

	counted []string // queries
}

func (v *visibility) ListWorkflow(_ context.Context, r *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	if v.never {
		v.t.Errorf("the engine was asked: %s", r.GetQuery())
	}
	v.asked = append(v.asked, r)
	if v.fail != nil {
		return nil, v.fail
	}
	at := 0
	if token := r.GetNextPageToken(); len(token) > 0 {
		if len(token) != 2 || token[0] != 0xff {
			return nil, serviceerror.NewInvalidArgument("unable to deserialize page token")
		}
		at = int(token[1])
	}
	end := min(at+int(r.GetPageSize()), len(v.rows))
	out := &workflowservice.ListWorkflowExecutionsResponse{Executions: v.rows[at:end]}
	if end < len(v.rows) {
		out.NextPageToken = []byte{0xff, byte(end)} // no text
	}
	return out, nil
}

var t0 = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func row(t *testing.T, workflowID string, attributes map[string]any) *workflowpb.WorkflowExecutionInfo {
	t.Helper()
	fields := map[string]*commonpb.Payload{}
	for name, value := range attributes {
		p, err := converter.GetDefaultDataConverter().ToPayload(value)
		if err != nil {
			t.Fatal(err)
		}
		fields[name] = p
	}
	return &workflowpb.WorkflowExecutionInfo{Execution: &commonpb.WorkflowExecution{WorkflowId: workflowID}, StartTime: timestamppb.New(t0),
		SearchAttributes: &commonpb.SearchAttributes{IndexedFields: fields}}
}

func TestList(t *testing.T) {
	one, two := onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001"), onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000002")
	v := &visibility{t: t, rows: []*workflowpb.WorkflowExecutionInfo{
		row(t, one.WorkflowID(), map[string]any{"Program": "support-basics", "Stage": "vetting", "Attention": "ops", "Outcome": "", "DueBy": t0.Add(time.Hour),
			"FailedChecks": workflows.FailedCheckTags(onboarding.CheckEmail, "kickbox", "VENDOR_BUSY"), "ContactHash": "hash-canary"}),
		row(t, "retention", nil), // another workflow's, should one come: it is nobody's
		row(t, two.WorkflowID(), map[string]any{"Stage": 7}),
	}}
	s := New(Config{Temporal: v})
	var got []Line
	cursor := ""
	for range 4 {
		page, err := s.List(t.Context(), Filter{Limit: 1, Cursor: cursor})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.Items...)
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	if len(got) != 2 || len(v.asked) != 3 {
		t.Fatalf("%d lines by %d questions", len(got), len(v.asked))
	}
	want := Line{ID: one, Program: "support-basics", Stage: "vetting", Attention: "ops", Failed: []string{"email"}, DueBy: t0.Add(time.Hour), StartedAt: time.UnixMilli(0x0198c0de0000).UTC()}
	if g := got[0]; g.ID != want.ID || g.Program != want.Program || g.Stage != want.Stage || g.Attention != want.Attention || g.Outcome != "" ||
		!slices.Equal(g.Failed, want.Failed) || !g.DueBy.Equal(want.DueBy) || !g.StartedAt.Equal(want.StartedAt) {
		t.Errorf("%+v, want %+v", g, want)
	}
	if at := (FailedAt{Check: "email", Vendor: "kickbox", Error: "VENDOR_BUSY"}); !slices.Equal(got[0].FailedAt, []FailedAt{at}) {
		t.Errorf("failed: %+v", got[0].FailedAt)
	}
	if g := got[1]; g.ID != two || g.Stage != "" || g.Failed == nil {
		t.Errorf("one with nothing set: %+v", g)
	}
}

func TestListLimits(t *testing.T) {
	v := &visibility{t: t}
	s := New(Config{Temporal: v})
	for limit, want := range map[int]int32{0: 50, 1: 1, 500: 500} {
		page, err := s.List(t.Context(), Filter{Limit: limit})
		if err != nil || page.Items == nil {
			t.Errorf("%d: %v, items %v", limit, err, page.Items)
		}
		if got := v.asked[len(v.asked)-1].GetPageSize(); got != want {
			t.Errorf("%d asks for %d", limit, got)
		}
	}
	for _, limit := range []int{-1, 501, 1 << 40} {
		if _, err := s.List(t.Context(), Filter{Limit: limit}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%d: %v", limit, err)
		}
	}
}

// TestCursor: one that is not ours is the caller's fault; an engine in trouble is
// not, and a client that were told so would drop a good cursor.
func TestCursor(t *testing.T) {
	v := &visibility{t: t}
	s := New(Config{Temporal: v})
	for _, forged := range []string{"*", "a b", "QUJD", "../..", base64.RawURLEncoding.EncodeToString([]byte(`{"CloseTime":"x"}`))} {
		_, err := s.List(t.Context(), Filter{Cursor: forged})
		var e *onboarding.Error
		if !errors.As(err, &e) || e.Code != onboarding.CodeInvalid || e.Field != "cursor" {
			t.Errorf("%q: %v", forged, err)
		}
	}
	good := base64.RawURLEncoding.EncodeToString([]byte{0xff, 0})
	for _, trouble := range []error{serviceerror.NewUnavailable("no hosts"), serviceerror.NewDeadlineExceeded("late"), serviceerror.NewCanceled("gone"),
		&serviceerror.ResourceExhausted{Message: "busy"}, context.DeadlineExceeded} {
		v.fail = trouble
		if _, err := s.List(t.Context(), Filter{Cursor: good}); !errors.Is(err, trouble) || onboarding.CodeOf(err) != onboarding.CodeInternal {
			t.Errorf("%v came as %v", trouble, err)
		}
	}
	// Some stores have no better word for a token that they cannot read.
	v.fail = serviceerror.NewInternal("unexpected end of JSON input")
	if _, err := s.List(t.Context(), Filter{Cursor: good}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("%v", err)
	}
	if _, err := s.List(t.Context(), Filter{}); onboarding.CodeOf(err) == onboarding.CodeInvalid {
		t.Errorf("without a cursor it is not the cursor's fault: %v", err)
	}
}
