package onebox_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// killedEnv makes this binary a whole house that waits to be killed.
const killedEnv = "ONEBOX_TEST_HOME"

// slowEnv lets a day take a day in it.
const slowEnv = "ONEBOX_TEST_SLOW"

// fast makes five business days pass in about twenty seconds.
const fast = 21600

func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	if home := os.Getenv(killedEnv); home != "" {
		cfg := config(home)
		if os.Getenv(slowEnv) != "" {
			cfg.Clock = 1
		}
		if _, err := onebox.Start(context.Background(), cfg); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		select {}
	}
	// A journey waits most of its time, for clocks and letters, so there may be more
	// of them than cores. What reads the process's own spans,
	// log or metrics stays alone.
	if err := flag.Set("test.parallel", "4"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

func config(home string) onebox.Config {
	return onebox.Config{Home: home, FreePorts: true, Clock: fast, Attempts: 3, Patience: time.Nanosecond, ReportDelay: 300 * time.Millisecond}
}

// house is a running stack as tests see it: by its outside faces.
type house struct {
	*testing.T
	face stackfile.File
	api  *client.Client
}

func visit(t *testing.T, face stackfile.File) *house {
	return &house{T: t, face: face, api: client.New(face.Web, face.APIKey)}
}

func start(t *testing.T, change func(*onebox.Config)) (*house, *onebox.Box) {
	t.Helper()
	cfg := config(t.TempDir())
	if change != nil {
		change(&cfg)
	}
	box, err := onebox.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := box.Close(); err != nil {
			t.Error("stopping:", err)
		}
	})
	h := visit(t, box.Face)
	if dir := os.Getenv(recordEnv); dir != "" {
		codec := h.codec(cfg.Home)
		t.Cleanup(func() { h.recordOthers(codec, dir) })
	}
	return h, box
}

// child is a house in a process of its own.
type child struct {
	home string
	cmd  *exec.Cmd
	said buffer
}

// startChild starts the house and waits until its stack.json is written anew.
func startChild(t *testing.T, home string, with ...string) *child {
	t.Helper()
	file := filepath.Join(home, stackfile.Name)
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	c := &child{home: home, cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(append(os.Environ(), killedEnv+"="+home), with...)
	c.cmd.Stderr = &c.said
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	eventually(t, time.Minute, func() error { _, err := os.Stat(file); return err })
	return c
}

// kill is SIGKILL: no word of warning.
func (c *child) kill() {
	if c.cmd.ProcessState == nil {
		_ = c.cmd.Process.Kill()
		_ = c.cmd.Wait()
	}
}

// eventually tries until it goes well; within is only the time to give up.
func eventually(t *testing.T, within time.Duration, try func() error) {
	t.Helper()
	until := time.Now().Add(within)
	for {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("after %s: %v", within, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// send is one request; it gives status, headers and body.
func (h *house) send(method, address, body string, headers ...string) (int, http.Header, string) {
	h.Helper()
	if strings.HasPrefix(address, "/") {
		address = h.face.Web + address
	}
	req, err := http.NewRequestWithContext(h.Context(), method, address, strings.NewReader(body))
	if err != nil {
		h.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		h.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(got)
}

// books are all that the sandbox's vendors were asked.
func (h *house) books(vendor string) []sandbox.Entry {
	h.Helper()
	_, _, body := h.send("GET", h.face.Sandbox+"/_books?vendor="+vendor, "")
	var entries []sandbox.Entry
	if err := json.Unmarshal([]byte(body), &entries); err != nil {
		h.Fatal(err)
	}
	return entries
}

// orders counts, by idempotency key, how often the vetting vendor made an order.
func (h *house) orders() map[string]int {
	made := map[string]int{}
	for _, e := range h.books("findly") {
		if e.Method == http.MethodPost && e.Status == http.StatusCreated && !e.Replayed && e.IdempotencyKey != "" {
			made[e.IdempotencyKey]++
		}
	}
	return made
}

// everyLedgerHolds verifies the ledger of every applicant that is listed.
func (h *house) everyLedgerHolds(want int) {
	h.Helper()
	seen := 0
	err := h.api.All(h.Context(), nil, func(l client.Line) error {
		seen++
		answer, err := h.api.Verify(h.Context(), l.ID)
		if err != nil {
			return err
		}
		var report ledger.Report
		if err := json.Unmarshal(answer, &report); err != nil {
			return err
		}
		if !report.Whole() || report.Records == 0 {
			h.Errorf("the ledger of %s does not verify: %s", l.ID, answer)
		}
		return nil
	})
	if err != nil {
		h.Fatal(err)
	}
	if seen != want {
		h.Errorf("%d applicants are listed, not %d", seen, want)
	}
}

func (h *house) phone() *demo.Phone {
	h.Helper()
	p, err := demo.NewPhone(h.face.Web)
	if err != nil {
		h.Fatal(err)
	}
	return p
}
