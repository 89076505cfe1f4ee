package workflows_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// histories are runs of every persona, by make histories, each set in a folder by
// the day on which it was recorded. A change of the workflow's behavior that a
// running applicant would trip over fails here: put it behind workflow.GetVersion,
// and record a new set beside the old ones. A set goes when no case of its time can
// be running any more.
func histories(t *testing.T) map[string]*historypb.History {
	t.Helper()
	files, err := filepath.Glob("testdata/histories/*/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no histories: %v", err)
	}
	all := map[string]*historypb.History{}
	for _, f := range files {
		r, err := os.Open(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Join(filepath.Base(filepath.Dir(f)), filepath.Base(f))], err = client.HistoryFromJSON(r, client.HistoryJSONOptions{})
		if err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func replay(h *historypb.History) error {
	r := worker.NewWorkflowReplayer()
	workflows.Register(r)
	return r.ReplayWorkflowHistory(log.NewStructuredLogger(slog.New(slog.DiscardHandler)), h)
}

func TestReplay(t *testing.T) {
	for name, h := range histories(t) {
		t.Run(name, func(t *testing.T) {
			if err := replay(h); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReplayNotices shows that a history which the workflow would not write is
// noticed: the first activity's marker is taken for another's.
func TestReplayNotices(t *testing.T) {
	for name, h := range histories(t) {
		for i, e := range h.Events {
			if e.GetEventType() == enums.EVENT_TYPE_TIMER_STARTED || e.GetEventType() == enums.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES {
				h.Events[i].EventType = enums.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED
				h.Events[i].Attributes = &historypb.HistoryEvent_ActivityTaskScheduledEventAttributes{
					ActivityTaskScheduledEventAttributes: &historypb.ActivityTaskScheduledEventAttributes{ActivityId: "9"}}
				if err := replay(h); err == nil {
					t.Errorf("%s: not noticed", name)
				}
				break
			}
		}
	}
}
