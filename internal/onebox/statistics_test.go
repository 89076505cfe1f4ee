package onebox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestStatisticsShowNobody: counts go out of groups that are large enough and of no
// others, and two answers, of whatever filters and however far apart, do not give away
// between them what one of them holds back.
//
// Promise 43.
func TestStatisticsShowNobody(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, nil)
	temporalClient, err := client.Dial(client.Options{HostPort: d.face.Temporal.Address, Namespace: d.face.Temporal.Namespace})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(temporalClient.Close)
	now := time.Now().UTC()
	month := func(back int) time.Time {
		return time.Date(now.Year(), now.Month()-time.Month(back), 1, 0, 0, 0, 0, time.UTC)
	}
	stands := func(program string, stage onboarding.Stage, since time.Time, n int) (ids []string) {
		t.Helper()
		for range n {
			id := onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
			_, err := temporalClient.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{ID: id.WorkflowID(), TaskQueue: "nobody-works-here",
				TypedSearchAttributes: temporal.NewSearchAttributes(workflows.SearchProgram.ValueSet(program), workflows.SearchStage.ValueSet(string(stage)),
					workflows.SearchAttention.ValueSet(string(onboarding.AttentionNone)), workflows.SearchSince.ValueSet(since))}, workflows.OnboardName)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id.WorkflowID())
		}
		return ids
	}
	last, before := month(1).Add(36*time.Hour), month(2).Add(36*time.Hour)
	vetting := stands("support-basics", onboarding.StageVetting, last, 12)
	stands("support-basics", onboarding.StageCertified, last, 10) // too few
	stands("support-basics", onboarding.StageCertified, before, 11)
	stands("health-line", onboarding.StageVetting, last, 3)    // with the others there were 15
	stands("support-basics", onboarding.StageVetting, now, 20) // this month is not over

	type row struct {
		Program, Stage, Month string
		Count                 int
	}
	ask := func(want int, query url.Values) map[row]bool {
		t.Helper()
		status, _, body := d.send(http.MethodGet, d.face.Web+"/api/v1/statistics?"+query.Encode(), "", "Authorization", "Bearer "+d.face.APIKey)
		if status != want {
			t.Fatalf("%s: %d, not %d: %s", query.Encode(), status, want, body)
		}
		var out struct{ Items []row }
		if want == http.StatusOK {
			if err := json.Unmarshal([]byte(body), &out); err != nil {
				t.Fatal(err)
			}
		}
		rows := map[row]bool{}
		for _, r := range out.Items {
			rows[r] = true
		}
		return rows
	}
	form := "2006-01"
	first := row{"support-basics", "vetting", last.Format(form), 12}
	second := row{"support-basics", "certified", before.Format(form), 11}
	listed := func(want int64) {
		t.Helper()
		eventually(t, time.Minute, func() error { // the list is a little behind
			n, err := temporalClient.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{Query: "Program = 'support-basics'"})
			if err == nil && n.GetCount() != want {
				err = fmt.Errorf("%d are listed", n.GetCount())
			}
			return err
		})
	}
	listed(53)
	all := ask(http.StatusOK, nil)
	if len(all) != 2 || !all[first] || !all[second] {
		t.Fatalf("all that may be told: %v", all)
	}

	// Filters that lie over each other, or beside each other, tell the same rows.
	for _, q := range []url.Values{{"program": {"support-basics"}}, {"from": {before.Format(form)}}, {"from": {last.Format(form)}}, {"to": {before.Format(form)}},
		{"program": {"health-line"}}, {"from": {last.Format(form)}, "to": {last.Format(form)}}} {
		for r := range ask(http.StatusOK, q) {
			if !all[r] {
				t.Errorf("%s tells %v, and the whole does not", q.Encode(), r)
			}
		}
	}
	if got := ask(http.StatusOK, url.Values{"program": {"health-line"}}); len(got) != 0 {
		t.Errorf("three people are told of: %v", got)
	}
	ask(http.StatusUnprocessableEntity, url.Values{"to": {now.Format(form)}})
	ask(http.StatusUnprocessableEntity, url.Values{"from": {last.Format(form) + "-02"}})
	ask(http.StatusUnprocessableEntity, url.Values{"program": {"nobodys"}})

	// One goes: whoever asks before and after does not see it.
	if _, err := temporalClient.WorkflowService().DeleteWorkflowExecution(t.Context(), &workflowservice.DeleteWorkflowExecutionRequest{Namespace: d.face.Temporal.Namespace,
		WorkflowExecution: &commonpb.WorkflowExecution{WorkflowId: vetting[0]}}); err != nil {
		t.Fatal(err)
	}
	listed(52)
	if now := ask(http.StatusOK, nil); len(now) != 2 || !now[first] || !now[second] {
		t.Errorf("after one has gone: %v", now)
	}

	// A key of one program is told of no other, and one that may not ask of none.
	key, err := d.api.MakeKey(t.Context(), "a client's", []string{"read_statistics"}, []string{"health-line"}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{"": `"items":[]`, "?program=support-basics": "no such program of yours"} {
		if _, _, body := d.send(http.MethodGet, d.face.Web+"/api/v1/statistics"+query, "", "Authorization", "Bearer "+key.Secret); !strings.Contains(body, want) {
			t.Errorf("%q: %s", query, body)
		}
	}
	blind, err := d.api.MakeKey(t.Context(), "another's", []string{"read_programs"}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := d.send(http.MethodGet, d.face.Web+"/api/v1/statistics", "", "Authorization", "Bearer "+blind.Secret); status != http.StatusForbidden {
		t.Errorf("a key that may not ask: %d", status)
	}
}
