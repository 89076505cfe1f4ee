package workflows_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// told gives each event once, as an integrator has them in the end, and holds their
// numbers to be 1, 2, 3, ….
func (w *world) told() []string {
	w.t.Helper()
	var out []string
	last := 0
	for _, e := range w.events {
		if e.Number <= last { // a step was tried again
			continue
		}
		if e.Number != last+1 {
			w.t.Errorf("event %d comes behind %d", e.Number, last)
		}
		if e.At.IsZero() || e.Program != "support-basics" || !e.Stage.Known() || !e.Attention.Known() {
			w.t.Errorf("an event lacks something: %+v", e)
		}
		last = e.Number
		line := string(e.Type)
		switch e.Type { //nolint:exhaustive // the others say enough
		case onboarding.EventStageChanged:
			line += " " + string(e.Stage)
		case onboarding.EventAttentionChanged:
			line += " " + string(e.Attention)
		case onboarding.EventCheckFailed:
			line += " " + string(e.Check) + " " + e.Problem
		}
		out = append(out, line)
	}
	return out
}

// TestEventsOfTheWay: an integrator hears of every step once, in order, over all the
// runs of the workflow.
func TestEventsOfTheWay(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), finish(t))
	wantStage(t, v, onboarding.StageExpired)
	want := []string{"application.submitted", "application.stage_changed validation", "application.stage_changed vetting", "application.offered",
		"application.stage_changed certification", "application.attention_changed applicant", "credential.issued", "application.stage_changed certified", "application.certified",
		"credential.expired", "application.stage_changed expired", "application.expired"}
	got := slices.DeleteFunc(w.told(), func(s string) bool { return s == "application.attention_changed none" })
	// The renewal is asked for when the certificate is near its end.
	got = slices.Compact(slices.DeleteFunc(got, func(s string) bool { return s == "application.attention_changed applicant" }))
	want = slices.DeleteFunc(want, func(s string) bool { return s == "application.attention_changed applicant" })
	if !slices.Equal(got, want) {
		t.Errorf("told\n%q\nwant\n%q", got, want)
	}
	for _, e := range w.events {
		about := e.Type == onboarding.EventCertified || e.Type == onboarding.EventCredentialIssued || e.Type == onboarding.EventCredentialExpired
		if about && e.Credential != v.Credential.ID {
			t.Errorf("%s is about the credential %q", e.Type, e.Credential)
		}
	}
	if w.told()[6] != "application.attention_changed applicant" && !slices.Contains(w.told(), "application.attention_changed applicant") {
		t.Error("that the applicant has to do something was not told")
	}
}

// TestEventsOfAFailedCheck: ops are called, and that too is told, before anybody does
// something about it.
func TestEventsOfAFailedCheck(t *testing.T) {
	w := newWorld(t)
	w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Check == onboarding.CheckEmail && k.Round == 1 {
			return workflows.CheckAnswer{}, errors.New("down")
		}
		return workflows.CheckAnswer{}, nil
	}
	var seen []string
	done := finish(t)
	w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Attention == onboarding.AttentionOps && seen == nil {
			seen = w.told()
			send(workflows.UpdateRetryCheck, workflows.RetryCheck{Check: onboarding.CheckEmail, Round: 1, Reason: []byte("sealed"), Actor: "staff:ops:1"})
		}
		done(v, send)
	})
	for _, want := range []string{"check.failed email INTERNAL", "application.attention_changed ops"} {
		if !slices.ContainsFunc(seen, func(s string) bool { return s == want || (len(s) > 12 && s[:12] == want[:12] && s[:18] == want[:18]) }) {
			t.Errorf("while ops are waited for %q is not told: %q", want, seen)
		}
	}
	if got := w.told(); !slices.Contains(got, "application.certified") || !slices.Contains(got[len(seen):], "application.attention_changed none") {
		t.Errorf("afterwards: %q", got)
	}
}

// postman plays a delivery's activities. answers says what the endpoint does with the
// n-th attempt at an event; nil: it takes it.
type postman struct {
	answers  func(number, attempt int) error
	attempts map[int]int
	taken    []int
	buried   []workflows.BuryWebhookIn
}

func (p *postman) deliver(in workflows.DeliverWebhookIn) (workflows.Nothing, error) {
	n := in.Event.Number
	p.attempts[n]++
	if p.answers != nil {
		if err := p.answers(n, p.attempts[n]); err != nil {
			return workflows.Nothing{}, err
		}
	}
	p.taken = append(p.taken, n)
	return workflows.Nothing{}, nil
}

// carry plays a delivery to its end: events come at their minute. It gives how long
// it took.
func (p *postman) carry(t *testing.T, news map[int]workflows.WebhookEvents, patience time.Duration) time.Duration {
	t.Helper()
	p.attempts = map[int]int{}
	env := newEnvironment()
	start := time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)
	env.SetStartTime(start)
	env.RegisterWorkflowWithOptions(workflows.DeliverWebhooks, workflow.RegisterOptions{Name: workflows.DeliverWebhooksName})
	env.RegisterActivityWithOptions(p.deliver, activity.RegisterOptions{Name: workflows.ActivityDeliverWebhook})
	env.RegisterActivityWithOptions(func(in workflows.BuryWebhookIn) (workflows.Nothing, error) {
		p.buried = append(p.buried, in)
		return workflows.Nothing{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityBuryWebhook})
	for minute, e := range news {
		env.RegisterDelayedCallback(func() {
			if !env.IsWorkflowCompleted() {
				env.SignalWorkflow(workflows.SignalEventsHappened, e)
			}
		}, time.Duration(minute)*time.Minute)
	}
	env.ExecuteWorkflow(workflows.DeliverWebhooksName, workflows.DeliverWebhooksIn{Endpoint: "e1", Applicant: applicant, Patience: patience})
	if !env.IsWorkflowCompleted() || env.GetWorkflowError() != nil {
		t.Fatalf("the delivery did not end well: %v", env.GetWorkflowError())
	}
	return env.Now().Sub(start)
}

func events(numbers ...int) workflows.WebhookEvents {
	var out workflows.WebhookEvents
	for _, n := range numbers {
		out.Events = append(out.Events, onboarding.Event{Type: onboarding.EventStageChanged, Number: n, At: time.Date(2026, 11, 28, 10, 0, 0, 0, time.UTC)})
	}
	return out
}

func says(message string) error { return temporal.NewApplicationError(message, "WEBHOOK_UNDELIVERED") }

// TestDeliveryKeepsTheOrder: what comes twice is sent once, what comes while another
// waits is sent behind it.
func TestDeliveryKeepsTheOrder(t *testing.T) {
	p := &postman{answers: func(number, attempt int) error {
		if number == 2 && attempt < 6 {
			return says("The endpoint answered 503.")
		}
		return nil
	}}
	took := p.carry(t, map[int]workflows.WebhookEvents{0: events(1, 2), 1: events(2, 3), 2: events(5, 4, 3)}, 72*time.Hour)
	if want := []int{1, 2, 3, 4, 5}; !slices.Equal(p.taken, want) {
		t.Errorf("delivered %v, want %v", p.taken, want)
	}
	if p.attempts[2] != 6 || p.attempts[1] != 1 || p.attempts[5] != 1 || len(p.buried) != 0 || took > time.Hour {
		t.Errorf("attempts %v, buried %v, took %s", p.attempts, p.buried, took)
	}
}

// TestDeliveryGivesUpAfterThreeDays: an endpoint that is dead for all that time has its
// events among the dead letters, each with what was said last, and nothing goes on
// being tried.
func TestDeliveryGivesUpAfterThreeDays(t *testing.T) {
	p := &postman{answers: func(number, attempt int) error { return says(fmt.Sprintf("%d failed", number)) }}
	took := p.carry(t, map[int]workflows.WebhookEvents{0: events(1), 60: events(2)}, 72*time.Hour) // both happened at the beginning
	if len(p.taken) != 0 || len(p.buried) != 2 || p.buried[0].Event.Number != 1 || p.buried[1].Event.Number != 2 || p.buried[1].Says != "2 failed" || p.buried[0].Applicant != applicant {
		t.Errorf("taken %v, buried %+v", p.taken, p.buried)
	}
	if took < 71*time.Hour || took > 74*time.Hour {
		t.Errorf("given up after %s", took)
	}
	if p.attempts[1] < 100 || p.attempts[1] > 200 {
		t.Errorf("%d attempts in three days", p.attempts[1])
	}
}

// TestReplayedLetter: a dead letter that somebody sends again has an old number and a
// new patience.
func TestReplayedLetter(t *testing.T) {
	p := &postman{answers: func(number, attempt int) error {
		if number == 9 && attempt < 6 {
			return says("busy")
		}
		return nil
	}}
	again := events(3)
	again.Again = true
	p.carry(t, map[int]workflows.WebhookEvents{0: events(9, 10), 1: again}, 72*time.Hour)
	if want := []int{9, 3, 10}; !slices.Equal(p.taken, want) {
		t.Errorf("delivered %v, want %v", p.taken, want)
	}
}
