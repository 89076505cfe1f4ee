package onebox_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

// TestSoakOutageOfMany: production's own processes, a vendor that is away, and ops who
// find it in the console and retry everything with one reason, at the rate that the
// vendor allows. The worker is killed in the middle. It is for as many applicants as
// VOUCHSAFE_SOAK_OUTAGE says, at the rate that VOUCHSAFE_SOAK_RATE says, and reports
// what it has measured.
func TestSoakOutageOfMany(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("VOUCHSAFE_SOAK_OUTAGE"))
	if err != nil {
		t.Skip("VOUCHSAFE_SOAK_OUTAGE is not set; make soak sets it")
	}
	perSecond, err := strconv.ParseFloat(os.Getenv("VOUCHSAFE_SOAK_RATE"), 64)
	if err != nil {
		perSecond = 50
	}
	outageOfMany(t, n, perSecond)
}

func outageOfMany(t *testing.T, n int, perSecond float64) {
	h, box := start(t, func(c *onebox.Config) { c.EnginesOnly = true })
	binary := buildCLI(t)
	env := append(environment(t, box), "VOUCHSAFE_OUTAGE_PATIENCE=1ns", "VOUCHSAFE_CHECK_ATTEMPTS=2", "VOUCHSAFE_BREAKER_OPEN=2s", "VOUCHSAFE_CLOCK=1",
		"VOUCHSAFE_API_RATE=0", // the test asks more than one integrator may
		fmt.Sprintf("VOUCHSAFE_VENDOR_RATES=findly:%g", perSecond))
	web := run(t, binary, env, "web")
	worker := run(t, binary, env, "worker")
	eventually(t, time.Minute, func() error {
		resp, err := http.Get(h.face.Web + "/readyz")
		if err == nil {
			err = resp.Body.Close()
		}
		return err
	})
	link := exec.Command(binary, "staff-link", "ops")
	link.Env = env
	address, err := link.Output()
	if err != nil {
		t.Fatal(err)
	}
	h.face.Staff = map[string]string{string(identity.RoleOps): strings.TrimSpace(string(address))}
	ops := h.staff(identity.RoleOps)

	began := time.Now()
	h.applyInOutage(n)
	applied := time.Since(began)

	// Found: the console's page is looked at until it shows them all.
	const page = "/console/failed?check=background&vendor=findly"
	var found time.Time
	eventually(t, 2*time.Minute+time.Duration(n)*500*time.Millisecond, func() error {
		if ops.open(page); !strings.Contains(ops.Text, fmt.Sprintf("Retry all %d that match", n)) {
			return fmt.Errorf("the console does not show all %d yet", n)
		}
		found = time.Now()
		return nil
	})
	lines, err := h.api.Failed(t.Context(), map[string]string{"vendor": "findly"}, 0)
	if err != nil || len(lines) != n {
		t.Fatalf("%d of %d are listed, %v", len(lines), n, err)
	}
	var last time.Time
	for _, l := range lines {
		if l.Since.After(last) {
			last = l.Since
		}
	}
	t.Logf("%d applied in %s; found in the console %s after the last had failed", n, applied.Round(time.Second), found.Sub(last).Round(10*time.Millisecond))

	h.send(http.MethodDelete, h.face.Sandbox+"/_faults", "")
	began = time.Now()
	key := uuid.NewString()
	var runs [2]client.Run // the first asked for twice by one, the second by somebody else
	for i := range 3 {
		k := key
		if i == 2 {
			k = uuid.NewString()
		}
		if runs[i/2], err = h.api.StartRun(t.Context(), client.RunRequest{Action: "retry", Vendor: "findly", PerSecond: perSecond, Reason: "Findly is back."}, k); err != nil {
			t.Fatal(err)
		}
	}
	took := map[string][]time.Duration{}
	killed := false
	phone := stepper{h, h.phone()}
	for over := false; !over; {
		for _, look := range []struct {
			who  stepper
			page string
		}{{ops, "/console"}, {ops, page}, {ops, "/console/applicants/" + lines[0].ID}, {ops, "/console/runs/" + runs[0].ID}, {phone, "/apply"}} {
			at := time.Now()
			look.who.open(look.page)
			name, _, _ := strings.Cut(look.page, "?")
			name = strings.NewReplacer(lines[0].ID, "{id}", runs[0].ID, "{run}").Replace(name)
			took[name] = append(took[name], time.Since(at))
		}
		over = true
		for i := range runs {
			eventually(t, time.Minute, func() error { // the worker may just have been killed
				now, err := h.api.Run(t.Context(), runs[i].ID)
				if err == nil {
					runs[i] = now
				}
				return err
			})
			over = over && runs[i].Over()
		}
		if !killed && runs[0].DealtWith*3 >= n { // in the middle, without a word of warning
			killed = true
			if err := worker.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = worker.cmd.Wait()
			worker = run(t, binary, env, "worker")
		}
		time.Sleep(100 * time.Millisecond)
	}
	if !killed {
		t.Error("the runs were over before the worker was killed")
	}
	if done := runs[0].Done + runs[1].Done; done != n || runs[0].Failed+runs[1].Failed != 0 {
		t.Errorf("%d of %d were asked for again: %+v", done, n, runs)
	}
	t.Logf("asked for again after %s, by two runs at %g a second each, with SIGKILL of the worker in the middle", time.Since(began).Round(time.Second), perSecond)
	names := make([]string, 0, len(took))
	for name := range took {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		all := took[name]
		slices.Sort(all)
		t.Logf("meanwhile %-28s p50 %6s  p99 %6s  of %d", name, all[len(all)/2].Round(time.Millisecond), all[len(all)*99/100].Round(time.Millisecond), len(all))
	}
	eventually(t, 2*time.Minute+time.Duration(n)*500*time.Millisecond, func() error {
		counts, err := h.api.FailedCounts(t.Context(), "")
		if err == nil && len(counts) > 0 {
			err = fmt.Errorf("still failed: %+v", counts)
		}
		return err
	})
	// Each applicant by themselves: while people move, a list that is paged through has
	// some twice and some not.
	var all errgroup.Group
	all.SetLimit(8)
	var twice atomic.Int64
	until := time.Now().Add(2*time.Minute + time.Duration(n)*500*time.Millisecond)
	for _, l := range lines {
		all.Go(func() error {
			round, err := h.passed(l.ID, until)
			if err == nil && round != 2 {
				twice.Add(1)
			}
			return err
		})
	}
	if err := all.Wait(); err != nil {
		t.Error(err)
	}
	if twice.Load() != 0 {
		t.Errorf("%d of %d are not in round 2: something was asked for twice, or not at all", twice.Load(), n)
	}
	if orders := h.made(); orders != n {
		t.Errorf("%d orders were made for %d applicants", orders, n)
	}
	for key, made := range h.orders() {
		if made != 1 {
			t.Errorf("order %s was made %d times", key, made)
		}
	}
	for _, p := range []*process{web, worker} {
		if err := p.stop(); err != nil {
			t.Errorf("%s, told to stop: %v\n%s", p.cmd.Args[1], err, p.said.bytes())
		}
	}
}

// passed waits until an applicant's report is in, and gives the round that brought it.
func (h *house) passed(id string, until time.Time) (round int, _ error) {
	for {
		st, err := h.api.Status(h.Context(), id)
		if err != nil && time.Now().After(until) {
			return 0, err
		}
		for _, k := range st.Checks {
			switch {
			case k.Name != "background":
			case k.Status == "passed":
				return k.Round, nil
			case k.Status == "failed" || time.Now().After(until):
				return 0, fmt.Errorf("the report of %s is %s in round %d", id, k.Status, k.Round)
			}
		}
		time.Sleep(500 * time.Millisecond)
	}
}
