package onebox_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestOutageAndBulkRetry: the vetting vendor is away, some of its answers are
// lost after it has made the order, and then everything is retried at once, by
// two people who press the button at the same time.
func TestOutageAndBulkRetry(t *testing.T) {
	t.Parallel()
	outage(t, 24)
}

// TestSoakOutage is the same for as many applicants as VOUCHSAFE_SOAK says.
func TestSoakOutage(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK"))
	if err != nil {
		t.Skip("VOUCHSAFE_SOAK is not set; make soak sets it")
	}
	outage(t, n)
}

func outage(t *testing.T, n int) {
	h, box := start(t, func(c *onebox.Config) { c.Attempts = 2 })
	began := time.Now()
	h.applyInOutage(n)
	h.awaitCount(box, n, onboarding.AttentionOps)
	t.Logf("%d applicants wait for ops after %s", n, time.Since(began).Round(time.Second))
	if status, _, body := h.send(http.MethodDelete, h.face.Sandbox+"/_faults", ""); status >= 300 {
		t.Fatal(status, body)
	}

	began = time.Now()
	runs := []string{uuid.NewString(), uuid.NewString()}
	for i, who := range []string{"staff:ops:one", "staff:ops:two", "staff:ops:two"} { // the second presses the button twice
		if err := box.Applicants().StartBulk(t.Context(), applicants.BulkRequest{ID: runs[min(i, 1)], Action: workflows.BulkRetry,
			Match: workflows.BulkMatch{Vendor: "findly"}, Reason: "The vendor is back.", PerSecond: 200, By: workflows.Actor(who)}); err != nil {
			t.Fatal(err)
		}
	}
	done, refused := 0, 0
	for _, id := range runs {
		p := h.awaitRun(box, id, n)
		done, refused = done+p.Tally.Done, refused+p.Tally.Refused
		answers, err := box.Applicants().BulkAnswers(t.Context(), p)
		if err != nil || len(answers) != p.Total || p.Tally.Failed != 0 {
			t.Errorf("%d answers to %+v, %v", len(answers), p, err)
		}
	}
	if done != n {
		t.Errorf("%d of %d were asked for again, %d refused", done, n, refused)
	}
	t.Logf("asked for again after %s, by two runs at once", time.Since(began).Round(time.Second))
	h.awaitCount(box, n, onboarding.AttentionApplicant)
	t.Logf("all %d have their report after %s", n, time.Since(began).Round(time.Second))

	orders := h.made()
	if orders != n {
		t.Errorf("%d orders were made for %d applicants", orders, n)
	}
	seen := 0
	err := h.api.All(t.Context(), nil, func(l client.Line) error {
		seen++
		for _, k := range mustStatus(h, l.ID).Checks {
			if k.Name == "background" && k.Round != 2 {
				t.Errorf("%s is in round %d of its report: the button pressed twice counted twice", l.ID, k.Round)
			}
		}
		return nil
	})
	if err != nil || seen != n {
		t.Errorf("%d of %d are listed, %v", seen, n, err)
	}
}

// awaitRun waits until a run of about n checks is over.
func (h *house) awaitRun(box *onebox.Box, id string, n int) (p workflows.BulkProgress) {
	h.Helper()
	eventually(h.T, time.Minute+time.Duration(n)*500*time.Millisecond, func() (err error) {
		if p, err = box.Applicants().Bulk(context.WithoutCancel(h.Context()), id); err == nil && p.Ended.IsZero() {
			err = fmt.Errorf("the run has dealt with %d of %d", p.Next, p.Total)
		}
		return err
	})
	return p
}

// made is how many orders the vetting vendor has made, of all times.
func (h *house) made() int {
	h.Helper()
	_, _, body := h.send(http.MethodGet, h.face.Sandbox+"/_books/counts", "")
	var counts []sandbox.Count
	decode(h.T, body, &counts)
	n := 0
	for _, c := range counts {
		if c.Vendor == "findly" && c.Method == http.MethodPost && c.Path == "/findly/v1/orders" && c.Status == http.StatusCreated && !c.Replayed {
			n += c.Count
		}
	}
	return n
}

func mustStatus(h *house, id string) client.Status {
	h.Helper()
	st, err := h.api.Status(h.Context(), id)
	if err != nil {
		h.Fatal(err)
	}
	return st
}

// fault makes the sandbox fail.
func (h *house) fault(body string) {
	h.Helper()
	if status, _, answer := h.send(http.MethodPost, h.face.Sandbox+"/_faults", body, "Content-Type", "application/json"); status >= 300 {
		h.Fatal(status, answer)
	}
}

// awaitCount waits until n applicants wait for the same.
func (h *house) awaitCount(box *onebox.Box, n int, who onboarding.Attention) {
	h.Helper()
	eventually(h.T, time.Minute+time.Duration(n)*500*time.Millisecond, func() error {
		_, waiting, err := box.Applicants().Counts(context.WithoutCancel(h.Context()))
		if err == nil && waiting[who] != n {
			err = fmt.Errorf("%d of %d wait for %s", waiting[who], n, who)
		}
		return err
	})
}

// applyInOutage has n people apply while the vetting vendor is away: half of the orders
// are made and their answers lost; the others are refused.
func (h *house) applyInOutage(n int) {
	h.Helper()
	h.fault(`{"vendor":"findly","drop":true,"rate":0.5}`)
	h.fault(`{"vendor":"findly","status":503}`)
	notices, err := h.api.Notices(h.Context(), "en")
	if err != nil {
		h.Fatal(err)
	}
	people := demo.NewClear(notices)
	var all errgroup.Group
	all.SetLimit(16)
	for i := range n {
		all.Go(func() error {
			_, body, _ := people.Application(i)
			_, err := h.api.Apply(h.Context(), body, fmt.Sprint("outage-", i))
			return err
		})
	}
	if err := all.Wait(); err != nil {
		h.Fatal(err)
	}
}
