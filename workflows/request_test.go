package workflows_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/workflows"
)

const requestDay = 24 * time.Hour

// officer plays a data request to its end, or until it was looked at last.
type officer struct {
	t     *testing.T
	env   *testsuite.TestWorkflowEnvironment
	notes []workflows.NoteRequest
	held  []int // what an erasure that is to begin finds, one after the other
	began int
	// during is what comes while an answer that grants is being carried out.
	during func()

	restricts []workflows.Restrict
	closed    []workflows.CloseCaseIn
	mails     []workflows.MailOfficerIn
}

func newOfficer(t *testing.T) *officer {
	o := &officer{t: t, env: newEnvironment()}
	o.env.SetTestTimeout(time.Minute)
	o.env.RegisterWorkflowWithOptions(workflows.OneRequest, workflow.RegisterOptions{Name: workflows.DataRequestName})
	o.env.RegisterActivityWithOptions(func(_ context.Context, in workflows.NoteRequestIn) (workflows.Nothing, error) {
		o.notes = append(o.notes, in.Note)
		if o.during != nil && strings.HasPrefix(in.Note.Outcome, "granted") {
			during := o.during
			o.during = nil
			during()
		}
		return workflows.Nothing{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityNoteRequest})
	o.env.RegisterActivityWithOptions(func(context.Context, workflows.StartErasureIn) (workflows.StartErasureOut, error) {
		held := 0
		if len(o.held) > 0 {
			held, o.held = o.held[0], o.held[1:]
		}
		if held == 0 {
			o.began++
		}
		return workflows.StartErasureOut{Held: held}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityStartErasure})
	o.env.RegisterActivityWithOptions(func(_ context.Context, in workflows.RestrictIn) (workflows.Nothing, error) {
		o.restricts = append(o.restricts, in.Restrict)
		return workflows.Nothing{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityRestrict})
	o.env.RegisterActivityWithOptions(func(_ context.Context, in workflows.CloseCaseIn) (workflows.Nothing, error) {
		o.closed = append(o.closed, in)
		return workflows.Nothing{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityCloseCase})
	o.env.RegisterActivityWithOptions(func(_ context.Context, in workflows.MailOfficerIn) (workflows.Nothing, error) {
		o.mails = append(o.mails, in)
		return workflows.Nothing{}, nil
	}, activity.RegisterOptions{Name: workflows.ActivityMailOfficer})
	return o
}

func (o *officer) at(when time.Duration, do func()) { o.env.RegisterDelayedCallback(do, when) }

func (o *officer) send(name string, in any, refused string) {
	o.env.UpdateWorkflow(name, "", &answered{o.t, name, refused}, in)
}

// answered hears what became of an update.
type answered struct {
	t             *testing.T
	name, refused string
}

func (a *answered) Accept() {
	if a.refused != "" {
		a.t.Errorf("%s was not refused with %q", a.name, a.refused)
	}
}
func (a *answered) Reject(err error) {
	if a.refused == "" || !strings.Contains(err.Error(), a.refused) {
		a.t.Errorf("%s was refused: %v", a.name, err)
	}
}
func (a *answered) Complete(_ any, err error) {
	if err != nil {
		a.t.Errorf("%s: %v", a.name, err)
	}
}

// heard is answered, and tells that it was taken or refused.
type heard struct {
	answered
	done chan struct{}
}

func (h *heard) Accept()          { h.answered.Accept(); close(h.done) }
func (h *heard) Reject(err error) { h.answered.Reject(err); close(h.done) }

func (o *officer) view() workflows.RequestView {
	o.t.Helper()
	value, err := o.env.QueryWorkflow(workflows.QueryRequest)
	if err != nil {
		o.t.Fatal(err)
	}
	var v workflows.RequestView
	if err := value.Get(&v); err != nil {
		o.t.Fatal(err)
	}
	return v
}

func (o *officer) run(in workflows.DataRequestIn) workflows.RequestView {
	o.t.Helper()
	in.ID, in.Applicant, in.Program = string(applicant)+".0a1b2c3d", applicant, "support-basics"
	o.env.ExecuteWorkflow(workflows.DataRequestName, in)
	if err := o.env.GetWorkflowError(); err != nil || !o.env.IsWorkflowCompleted() {
		o.t.Fatalf("%v, completed %v", err, o.env.IsWorkflowCompleted())
	}
	return o.view()
}

func (o *officer) letters() []workflows.RequestStep {
	var out []workflows.RequestStep
	for _, n := range o.notes {
		if n.Letter != "" {
			out = append(out, n.Letter)
		}
	}
	return out
}

// TestRequestClock: reminders at 7, 14 and 25 days, an escalation at the last day, one
// extension with a reason that is told, and no second one.
//
// Promise 53.
func TestRequestClock(t *testing.T) {
	o := newOfficer(t)
	o.at(time.Hour, func() {
		o.send(workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: true}, "not proved yet")
	})
	o.at(2*time.Hour, func() { o.send(workflows.UpdateProveRequester, workflows.ProveRequester{Right: true}, "") })
	for day, reminders := range map[int]int{6: 0, 8: 1, 13: 1, 15: 2, 24: 2, 26: 3} {
		o.at(time.Duration(day)*requestDay, func() {
			if v := o.view(); v.Reminders != reminders || v.Escalated {
				t.Errorf("day %d: %d reminders, escalated %v", day, v.Reminders, v.Escalated)
			}
		})
	}
	o.at(31*requestDay, func() {
		if v := o.view(); !v.Escalated || v.State != workflows.RequestOpen {
			t.Errorf("day 31: %+v", v)
		}
		o.send(workflows.UpdateExtendRequest, workflows.ExtendRequest{Reason: "because"}, "why it takes longer")
		o.send(workflows.UpdateExtendRequest, workflows.ExtendRequest{Reason: workflows.ExtendComplex, Actor: "staff:privacy:" + mina}, "")
	})
	o.at(32*requestDay, func() {
		if v := o.view(); v.Escalated || !v.Due.Equal(v.AskedAt.Add(60*requestDay)) {
			t.Errorf("day 32: %+v", v)
		}
		o.send(workflows.UpdateExtendRequest, workflows.ExtendRequest{Reason: workflows.ExtendMany}, "extended once")
	})
	o.at(61*requestDay, func() {
		if v := o.view(); !v.Escalated {
			t.Errorf("day 61: %+v", v)
		}
		o.send(workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: false, Words: []byte("sealed"), Actor: "staff:privacy:" + mina}, "")
	})
	v := o.run(workflows.DataRequestIn{Kind: workflows.RequestCorrect, From: workflows.RequestFromMail, Words: []byte("sealed")})
	if v.State != workflows.RequestRefused || string(v.Answer) != "sealed" {
		t.Errorf("%+v", v)
	}
	if want := []workflows.RequestStep{workflows.StepLink, workflows.StepExtended, workflows.StepRefused}; !slices.Equal(o.letters(), want) {
		t.Errorf("letters %v, want %v", o.letters(), want)
	}
	// The privacy officer is written to at each of these, once.
	var news []workflows.OfficerNews
	for i, m := range o.mails {
		if m.Number != i+1 || m.Request != v.ID || m.Program != "support-basics" {
			t.Errorf("%+v", m)
		}
		news = append(news, m.News)
	}
	if want := []workflows.OfficerNews{workflows.OfficerReminder, workflows.OfficerReminder, workflows.OfficerReminder, workflows.OfficerOverdue, workflows.OfficerExtended, workflows.OfficerOverdue}; !slices.Equal(news, want) {
		t.Errorf("the officer was written to about %v, want %v", news, want)
	}
}

// TestRequestProofs: after five tries that fail nothing more is compared and nothing is
// done; nothing but the letter that asks for the proof goes out before.
//
// Promise 54.
func TestRequestProofs(t *testing.T) {
	o := newOfficer(t)
	o.at(time.Hour, func() {
		for range workflows.MostProofs {
			o.send(workflows.UpdateProveRequester, workflows.ProveRequester{}, "")
		}
	})
	o.at(2*time.Hour, func() { o.send(workflows.UpdateProveRequester, workflows.ProveRequester{Right: true}, "too often") })
	v := o.run(workflows.DataRequestIn{Kind: workflows.RequestDelete, From: workflows.RequestFromMail, AtOnce: true})
	if v.State != workflows.RequestUnproved || v.Failures != workflows.MostProofs || o.began != 0 || !slices.Equal(o.letters(), []workflows.RequestStep{workflows.StepLink}) {
		t.Errorf("%+v, %d erasures, letters %v", v, o.began, o.letters())
	}
}

// TestRequestErasure: it begins by itself where nothing stands against it, else upon the
// officer's word, and not while a hold stands.
func TestRequestErasure(t *testing.T) {
	proves := func(o *officer) {
		o.at(time.Hour, func() { o.send(workflows.UpdateProveRequester, workflows.ProveRequester{Right: true}, "") })
	}
	o := newOfficer(t)
	proves(o)
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestDelete, From: workflows.RequestFromPortal, AtOnce: true}); v.State != workflows.RequestDone || o.began != 1 {
		t.Errorf("%+v, %d", v, o.began)
	}
	o = newOfficer(t)
	o.held = []int{1}
	proves(o)
	grant := func() {
		o.send(workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: true, Words: []byte("sealed")}, "")
	}
	o.at(requestDay, func() {
		if v := o.view(); v.State != workflows.RequestOpen || o.began != 0 {
			t.Errorf("before the officer: %+v", v)
		}
		grant()
	})
	o.at(2*requestDay, func() {
		if v := o.view(); !v.Held || v.State != workflows.RequestOpen || o.began != 0 {
			t.Errorf("with a hold: %+v", v)
		}
		grant()
	})
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestDelete, From: workflows.RequestFromPortal}); v.State != workflows.RequestDone || v.Held || o.began != 1 {
		t.Errorf("%+v, %d", v, o.began)
	}
}

// TestRequestAndController: what a client controls is redirected without anything being
// done; what the client itself asks for has 30 days, and no letter tells the person's data
// to it.
//
// Promise 55, 56, 57.
func TestRequestAndController(t *testing.T) {
	o := newOfficer(t)
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestAccess, From: workflows.RequestFromPortal, Redirect: true}); v.State != workflows.RequestRedirected || !slices.Equal(o.letters(), []workflows.RequestStep{workflows.StepRedirected}) {
		t.Errorf("%+v, letters %v", v, o.letters())
	}
	o = newOfficer(t)
	o.at(requestDay, func() {
		if v := o.view(); v.State != workflows.RequestOpen || !v.Due.Equal(v.AskedAt.Add(30*requestDay)) {
			t.Errorf("%+v", v)
		}
		o.send(workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: true, Words: []byte("sealed"), Actor: "staff:privacy:" + mina}, "")
	})
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestDelete, From: workflows.RequestFromController, Actor: "api:acme"}); v.State != workflows.RequestDone || o.began != 1 || len(o.letters()) != 0 {
		t.Errorf("%+v, %d, letters %v", v, o.began, o.letters())
	}
}

// TestRequestAnsweredTwice: while an answer is being carried out no other one is taken, since
// it would never be carried out, and neither is more time.
//
// Promise 53.
func TestRequestAnsweredTwice(t *testing.T) {
	o := newOfficer(t)
	o.at(time.Hour, func() { o.send(workflows.UpdateProveRequester, workflows.ProveRequester{Right: true}, "") })
	o.during = func() {
		for name, in := range map[string]any{workflows.UpdateAnswerRequest: workflows.AnswerRequest{Granted: false, Words: []byte("sealed")}, workflows.UpdateExtendRequest: workflows.ExtendRequest{Reason: workflows.ExtendMany}} {
			a := &heard{answered{t, name, "is answered"}, make(chan struct{})}
			o.env.UpdateWorkflow(name, "", a, in)
			<-a.done // what grants goes on only then
		}
	}
	o.at(2*requestDay, func() {
		o.send(workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: true, Words: []byte("sealed"), Actor: "staff:privacy:" + mina}, "")
	})
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestDelete, From: workflows.RequestFromPortal}); v.State != workflows.RequestDone || v.Extended != "" || o.during != nil {
		t.Errorf("%+v", v)
	}
}
