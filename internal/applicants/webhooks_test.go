package applicants

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/access/accesstest"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestChangesOfEndpointsAreKept: who added, changed, paused, rotated and deleted an
// endpoint stands in the access log, with the route that it came by; what is refused
// does not, and what cannot be kept is not done.
func TestChangesOfEndpointsAreKept(t *testing.T) {
	var kept accesstest.Bucket
	w := newWorld(t)
	store := hooks.NewStore(hooks.StoreConfig{Objects: &shelftest.Bucket{}, Sealer: w.Vault, Programs: []string{"health-line"}})
	s := New(Config{Hooks: store, Access: access.New(&kept, nil, nil), Log: slog.New(slog.DiscardHandler), Temporal: &visibility{}})
	by := workflows.Actor("staff:admin:1")
	ctx := access.Begin(t.Context(), access.Event{Who: "never", Action: "manage_webhooks", Route: "POST /console/webhooks"})
	url := func(s string) *string { return &s }
	yes, no := true, false

	e, err := s.AddWebhook(ctx, hooks.Endpoint{URL: "https://hooks.example.com/", Programs: []string{"health-line"}}, by)
	if err != nil {
		t.Fatal(err)
	}
	do := func(want string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: %v", want, err)
		}
		if events := kept.Events(t); len(events) == 0 || string(events[len(events)-1].What) != want {
			t.Errorf("%s is not kept: %+v", want, events)
		}
	}
	do("endpoint_added", nil)
	_, err = s.ChangeWebhook(ctx, e.ID, hooks.Changes{URL: url("https://hooks.example.com/b")}, by)
	do("endpoint_changed", err)
	_, err = s.ChangeWebhook(ctx, e.ID, hooks.Changes{Paused: &yes}, by)
	do("endpoint_paused", err)
	_, err = s.ChangeWebhook(ctx, e.ID, hooks.Changes{Paused: &no}, by)
	do("endpoint_resumed", err)
	_, err = s.RotateWebhook(ctx, e.ID, 0, by)
	do("endpoint_rotated", err)
	_, _, err = s.Replay(ctx, e.ID, nil, by)
	do("letters_replayed", err)

	for name, err := range map[string]error{
		"no endpoint":        s.RemoveWebhook(ctx, "none", by),
		"a private network":  second(s.ChangeWebhook(ctx, e.ID, hooks.Changes{URL: url("https://10.0.0.1/")}, by)),
		"a year":             second(s.RotateWebhook(ctx, e.ID, 366*24*hooks.Overlap, by)),
		"another's program":  second(s.AddWebhook(ctx, hooks.Endpoint{URL: "https://hooks.example.com/", Programs: []string{"none"}}, by)),
		"one that is absent": second(s.ChangeWebhook(ctx, "none", hooks.Changes{Paused: &yes}, by)),
	} {
		if code := onboarding.CodeOf(err); code != onboarding.CodeInvalid && code != onboarding.CodeUnknownApplicant {
			t.Errorf("%s: %v", name, err)
		}
	}
	if events := kept.Events(t); len(events) != 6 {
		t.Errorf("what was refused is kept as if it were done: %+v", events)
	}

	kept.Down = errors.New("down")
	if _, err := s.AddWebhook(ctx, hooks.Endpoint{URL: "https://hooks.example.com/c"}, by); !errors.Is(err, kept.Down) {
		t.Errorf("added: %v", err)
	}
	if err := s.RemoveWebhook(ctx, e.ID, by); !errors.Is(err, kept.Down) {
		t.Errorf("deleted: %v", err)
	}
	if all, err := store.All(ctx); err != nil || len(all) != 1 || all[0].ID != e.ID {
		t.Errorf("what could not be kept was done: %+v %v", all, err)
	}
	kept.Down = nil
	do("endpoint_removed", s.RemoveWebhook(ctx, e.ID, by))

	for _, ev := range kept.Events(t) {
		if ev.Who != string(by) || ev.Detail != e.ID || ev.Action != "manage_webhooks" || !strings.HasPrefix(ev.Route, "POST /console") {
			t.Errorf("%+v", ev)
		}
		if program := ev.What != access.LettersReplayed; program != (ev.Program == "health-line") {
			t.Errorf("the program of %+v", ev)
		}
		if ev.What.Says() == string(ev.What) || !slices.Contains(access.Kinds(), ev.What) {
			t.Errorf("%s has no words", ev.What)
		}
	}
}

func second[T any](_ T, err error) error { return err }
