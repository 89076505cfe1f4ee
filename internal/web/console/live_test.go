package console

import (
	"bufio"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// stream is what a browser hears of one page.
type stream struct {
	*testing.T
	answer *http.Response
	lines  chan string
	close  context.CancelFunc
}

func (d *desk) watch(page string) *stream {
	d.Helper()
	ctx, cancel := context.WithCancel(d.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.url+livePath+"?page="+url.QueryEscape(page), nil)
	if err != nil {
		d.Fatal(err)
	}
	answer, err := d.client.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	s := &stream{T: d.T, answer: answer, lines: make(chan string, 100), close: cancel}
	d.Cleanup(func() { cancel(); answer.Body.Close() })
	go func() {
		defer close(s.lines)
		for in := bufio.NewScanner(answer.Body); in.Scan(); {
			s.lines <- in.Text()
		}
	}()
	return s
}

// hears waits for an event and gives its data; it fails when the stream ends first.
func (s *stream) hears(event string) string {
	s.Helper()
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				s.Fatalf("the stream ended before %q", event)
			}
			if line == "event: "+event {
				return strings.TrimPrefix(<-s.lines, "data: ")
			}
		case <-s.Context().Done():
			s.Fatal(s.Context().Err())
		}
	}
}

// ends waits until the stream is closed by the server.
func (s *stream) ends() {
	s.Helper()
	for range s.lines {
	}
}

// TestPageIsTold: the stream says the version that the page was made with, and says
// another one when something has happened.
func TestPageIsTold(t *testing.T) {
	h := newHouse(t)
	h.fake.progress[failedID] = applicants.Progress{Version: "1"}
	d := h.desk(identity.RoleRecruiter).get(casePath(failedID)).is(http.StatusOK, `src="/assets/console-`)
	s := d.watch(casePath(failedID))
	if s.answer.StatusCode != http.StatusOK || s.answer.Header.Get("Content-Type") != "text/event-stream" || s.answer.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("%d, %v", s.answer.StatusCode, s.answer.Header)
	}
	first := s.hears("version")
	if !strings.Contains(d.body, `data-live="`+first+`"`) {
		t.Errorf("the page is not of version %s", first)
	}
	h.fake.mu.Lock()
	h.fake.progress[failedID] = applicants.Progress{Version: "2"}
	h.fake.mu.Unlock()
	if second := s.hears("version"); second == first {
		t.Error("it says the same again")
	}
	if strings.Contains(d.get(casePath(failedID)).header.Get("Content-Security-Policy"), "unsafe") {
		t.Error("the policy lets more through")
	}
	d = h.desk(identity.RoleOps)
	for _, page := range []string{"/console", "/console?stage=vetting", "/console/failed", "/console/runs", vendorsPath, webhookPath("e1")} {
		s := d.get(page).is(http.StatusOK, "data-live=").watch(page)
		if n := strings.Count(d.body, `src="/assets/console-`); n != 1 {
			t.Errorf("%s has its script %d times", page, n)
		}
		if v := s.hears("version"); page != "/console/runs" && !strings.Contains(d.body, `data-live="`+v+`"`) {
			t.Errorf("%s is not of version %s", page, v)
		}
		s.close()
	}
}

// TestWatchersShareOneLook: a hundred who look at the same page ask for its data no
// more often than one, and with the last one it ends.
func TestWatchersShareOneLook(t *testing.T) {
	h := newHouse(t)
	var desks []*desk
	for range 20 {
		desks = append(desks, h.desk(identity.RoleRecruiter))
	}
	clear(h.fake.calls) // each has opened a page
	began := time.Now()
	var all []*stream
	for _, d := range desks {
		for range mostStreams {
			all = append(all, d.watch("/console"))
		}
	}
	for _, s := range all {
		s.hears("version")
	}
	h.fake.mu.Lock()
	asked := h.fake.calls["Counts"]
	h.fake.mu.Unlock()
	if asked > 5+int(time.Since(began)/time.Second) { // one look each few seconds, and no page was opened
		t.Errorf("the service was asked %d times for %d watchers", asked, len(all))
	}
	for _, s := range all {
		s.close()
		s.ends()
	}
	for h.console.hub.watching() > 0 { // until the test's own time is over
		time.Sleep(time.Millisecond)
	}
}

func (h *hub) watching() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.topics) + len(h.people) + h.streams
}

// TestStreamsAreBounded: one person watches a few pages at once, and the next one is
// refused with words and a time.
func TestStreamsAreBounded(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter)
	for range mostStreams {
		d.watch("/console").hears("version")
	}
	s := d.watch("/console")
	if s.answer.StatusCode != http.StatusTooManyRequests || s.answer.Header.Get("Retry-After") == "" {
		t.Errorf("one more: %d", s.answer.StatusCode)
	}
	h.desk(identity.RoleRecruiter).watch("/console").hears("version") // somebody else's is no matter of theirs
}

// TestStreamAsksThePagesGuard: who may not see a page is not told that it changes.
func TestStreamAsksThePagesGuard(t *testing.T) {
	h := newHouse(t)
	if s := h.desk("").watch("/console"); s.answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger: %d", s.answer.StatusCode)
	}
	d := h.desk(identity.RoleRecruiter)
	for page, status := range map[string]int{"": http.StatusConflict, "https://example.com/console": http.StatusConflict, "//example.com/console": http.StatusConflict,
		"/apply": http.StatusConflict, casePath(failedID) + "/notes": http.StatusNotFound, casePath("nobody"): http.StatusNotFound} {
		s := d.watch(page)
		if s.answer.StatusCode != status && (status != http.StatusNotFound || s.answer.StatusCode == http.StatusOK && slices.Contains(s.heard(), "event: version")) {
			t.Errorf("%q: %d, not %d", page, s.answer.StatusCode, status)
		}
		s.close()
	}
}

// heard is what has been said so far.
func (s *stream) heard() (out []string) {
	for {
		select {
		case line := <-s.lines:
			out = append(out, line)
		default:
			return out
		}
	}
}

// TestStreamEnds with the session, and when the server stops: it waits for nobody.
func TestStreamEnds(t *testing.T) {
	h := newHouse(t)
	h.console.hub.pulse = 10 * time.Millisecond
	s := h.desk(identity.RoleRecruiter).watch("/console")
	s.hears("version")
	h.later(identity.StaffSessionTTL)
	s.hears("ended")
	s.ends()
	h.later(-identity.StaffSessionTTL)
	d := h.desk(identity.RoleRecruiter)
	s = d.watch("/console")
	s.hears("version")
	h.console.Hush()
	s.hears("pause")
	s.ends()
	if s := d.watch("/console"); s.answer.StatusCode == http.StatusOK {
		t.Error("a new stream at the end")
	}
}
