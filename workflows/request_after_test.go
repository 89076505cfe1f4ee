package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/workflows"
)

func (o *officer) proves(at time.Duration) {
	o.at(at, func() { o.send(workflows.UpdateProveRequester, workflows.ProveRequester{Right: true}, "") })
}

// TestRequestRestriction: it holds as soon as who asks has proved to be the person, and
// until it is lifted; the person is told a week before, unless they end it themselves.
//
// Promise 53.
func TestRequestRestriction(t *testing.T) {
	o := newOfficer(t)
	o.at(time.Minute, func() {
		o.send(workflows.UpdateLift, workflows.LiftRestriction{Actor: "staff:privacy:" + mina}, "No restriction stands")
	})
	o.proves(time.Hour)
	o.at(100*requestDay, func() {
		if v := o.view(); !v.Stands() || v.State != workflows.RequestDone || len(o.restricts) != 1 || o.restricts[0].Lift || o.restricts[0].Actor != workflows.ActorApplicant {
			t.Errorf("after 100 days: %+v, %+v", v, o.restricts)
		}
		o.send(workflows.UpdateLift, workflows.LiftRestriction{Reason: []byte("sealed"), Actor: "staff:privacy:" + mina}, "")
	})
	o.at(106*requestDay, func() {
		if v := o.view(); !v.Stands() || !v.LiftAt.Equal(v.AskedAt.Add(107*requestDay)) || o.letters()[len(o.letters())-1] != workflows.StepLifting || len(o.restricts) != 1 {
			t.Errorf("while the person is told: %+v, %v", v, o.letters())
		}
		o.send(workflows.UpdateLift, workflows.LiftRestriction{Actor: "staff:privacy:" + mina}, "being lifted already")
	})
	v := o.run(workflows.DataRequestIn{Kind: workflows.RequestRestrict, From: workflows.RequestFromPortal})
	if v.Stands() || !v.Lifted.Equal(v.LiftAt) || len(o.restricts) != 2 || !o.restricts[1].Lift || string(o.restricts[1].Reason) != "sealed" {
		t.Errorf("%+v, %+v", v, o.restricts)
	}
	if want := []workflows.RequestStep{workflows.StepCode, workflows.StepRestricted, workflows.StepLifting, workflows.StepLifted}; !slices.Equal(o.letters(), want) {
		t.Errorf("letters %v, want %v", o.letters(), want)
	}
	for _, n := range o.notes {
		if n.Letter == workflows.StepLifting && !n.Due.Equal(v.LiftAt) {
			t.Errorf("the letter says %s, it ends on %s", n.Due, v.LiftAt)
		}
	}

	o = newOfficer(t)
	o.proves(time.Hour)
	o.at(requestDay, func() { o.send(workflows.UpdateLift, workflows.LiftRestriction{Actor: workflows.ActorApplicant}, "") })
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestRestrict, From: workflows.RequestFromPortal}); !v.Lifted.Equal(v.AskedAt.Add(requestDay)) || slices.Contains(o.letters(), workflows.StepLifting) {
		t.Errorf("%+v, letters %v", v, o.letters())
	}
}

// TestRequestAmendment: what the person wants to stand beside the file goes there when it
// is granted, and not before.
//
// Promise 53.
func TestRequestAmendment(t *testing.T) {
	for granted, beside := range map[bool]string{true: "their words", false: ""} {
		o := newOfficer(t)
		o.proves(time.Hour)
		o.at(2*requestDay, func() {
			o.send(workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: granted, Words: []byte("sealed"), Actor: "staff:privacy:" + mina}, "")
		})
		o.run(workflows.DataRequestIn{Kind: workflows.RequestAmend, From: workflows.RequestFromPortal, Words: []byte("their words")})
		got := ""
		for _, n := range o.notes {
			got += string(n.Beside)
		}
		if got != beside {
			t.Errorf("granted %v: %q stands beside the file", granted, got)
		}
	}
}

// TestRequestClosing: the case ends as soon as who asks has proved to be the person, the
// data go on the day that the letter names, after holds, and not when it is called off.
//
// Promise 59.
func TestRequestClosing(t *testing.T) {
	o := newOfficer(t)
	o.held = []int{1, 1}
	o.proves(time.Hour)
	o.at(13*requestDay, func() {
		if v := o.view(); !v.Closing() || len(o.closed) != 1 || o.closed[0].Actor != workflows.ActorApplicant || o.began != 0 {
			t.Errorf("before the day: %+v, %+v, %d", v, o.closed, o.began)
		}
	})
	o.at(15*requestDay, func() {
		if v := o.view(); !v.Held || o.began != 0 {
			t.Errorf("while a hold stands: %+v, %d", v, o.began)
		}
	})
	v := o.run(workflows.DataRequestIn{Kind: workflows.RequestClose, From: workflows.RequestFromPortal, AtOnce: true})
	if o.began != 1 || !v.EraseOn.Equal(v.AskedAt.Add(time.Hour+14*requestDay)) || !v.EndedAt.Equal(v.EraseOn.Add(2*requestDay)) {
		t.Errorf("%+v, %d erasures", v, o.began)
	}
	if want := []workflows.RequestStep{workflows.StepCode, workflows.StepClosing}; !slices.Equal(o.letters(), want) {
		t.Errorf("letters %v, want %v", o.letters(), want)
	}
	for _, n := range o.notes {
		if n.Letter == workflows.StepClosing && !n.Due.Equal(v.EraseOn) {
			t.Errorf("the letter says %s, they go on %s", n.Due, v.EraseOn)
		}
	}

	o = newOfficer(t)
	o.at(time.Minute, func() {
		o.send(workflows.UpdateCallOff, workflows.CallOffErasure{Actor: workflows.ActorApplicant}, "no erasure")
	})
	o.proves(time.Hour)
	o.at(requestDay, func() { o.send(workflows.UpdateCallOff, workflows.CallOffErasure{Actor: workflows.ActorApplicant}, "") })
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestClose, From: workflows.RequestFromPortal, AtOnce: true}); o.began != 0 || v.CalledOff.IsZero() || len(o.closed) != 1 {
		t.Errorf("called off: %+v, %d erasures", v, o.began)
	}

	// With a notice before an adverse action the officer looks at it first.
	o = newOfficer(t)
	o.proves(time.Hour)
	o.at(3*requestDay, func() {
		if len(o.closed) != 0 {
			t.Error("the case was ended before anybody looked")
		}
		o.send(workflows.UpdateAnswerRequest, workflows.AnswerRequest{Granted: true, Words: []byte("sealed"), Actor: "staff:privacy:" + mina}, "")
	})
	if o.run(workflows.DataRequestIn{Kind: workflows.RequestClose, From: workflows.RequestFromMail}); o.began != 1 || len(o.closed) != 1 {
		t.Errorf("%d erasures, closed %v", o.began, o.closed)
	}

	// The data are a client's to decide about, the account is the person's own.
	o = newOfficer(t)
	if v := o.run(workflows.DataRequestIn{Kind: workflows.RequestClose, From: workflows.RequestFromPortal, Redirect: true}); v.State != workflows.RequestRedirected || len(o.closed) != 1 || o.began != 0 {
		t.Errorf("%+v, closed %v, %d erasures", v, o.closed, o.began)
	}
}
