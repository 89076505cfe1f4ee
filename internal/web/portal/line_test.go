package portal

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

func fmtInt(n int64) string { return strconv.FormatInt(n, 10) }

// liner measures as the page's script does.
type liner struct {
	b    *browser
	note string
	lineResult
}

func (l *liner) ask(method string, bytes int, body io.Reader) (int, []byte) {
	l.b.t.Helper()
	path := LinePath
	if method == "GET" {
		path += fmt.Sprintf("?bytes=%d", bytes)
	}
	r, err := http.NewRequest(method, l.b.h.url+path, body)
	if err != nil {
		l.b.t.Fatal(err)
	}
	r.Header.Set(lineNote, l.note)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := l.b.client.Do(r)
	if err != nil {
		l.b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		l.b.t.Fatal(err)
	}
	if cache := resp.Header.Get("Cache-Control"); resp.StatusCode == 200 && !strings.Contains(cache, "no-store") {
		l.b.t.Errorf("%s may be stored: %q", path, cache)
	}
	switch {
	case resp.StatusCode != 200:
	case bytes > 0:
		l.note = string(all[bytes:])
	default:
		var got struct {
			lineResult
			Note string
		}
		if err := json.Unmarshal(all, &got); err != nil {
			l.b.t.Fatal(err)
		}
		l.note, l.lineResult = got.Note, got.lineResult
	}
	return resp.StatusCode, all
}

// TestTheLineIsMeasuredByOurClock: what counts is when our own notes come back.
func TestTheLineIsMeasuredByOurClock(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	l := &liner{b: b}
	l.ask("GET", 0, nil)
	h.later(time.Second)
	if l.ask("GET", 0, nil); l.Latency != 1000 {
		t.Errorf("a second there and back: %v", l.lineResult)
	}
	if l.ask("GET", 0, nil); l.Latency > 1000 || l.Latency <= 0 {
		t.Errorf("latency %v", l.lineResult)
	}
	if _, body := l.ask("GET", 1<<20, nil); len(body) <= 1<<20 {
		t.Errorf("%d bytes", len(body))
	}
	h.later(2 * time.Second)
	l.ask("GET", 0, nil)
	if l.Down < 4.1 || l.Down > 4.3 { // 8.39 Mbit in two seconds; the shortest delay was none
		t.Errorf("download %v", l.lineResult)
	}
	h.later(4 * time.Second)
	l.ask("POST", 0, bytes.NewReader(make([]byte, 1<<20)))
	if l.Up < 2 || l.Up > 2.2 {
		t.Errorf("upload %v", l.lineResult)
	}
	form := map[string]string{"attempt": "1", "line": l.note, "microphone": "yes"}
	b.get(at+"/line").submit("line", form["line"], "microphone", "yes").at(at+"/line/result").
		says("You have not passed yet", "4.2 megabits a second; 10 are needed", "2.1 megabits a second", "found")
	if got := c.line("line"); got.Declared || got.Down != l.Down || got.Up != l.Up || !got.Microphone {
		t.Errorf("handed in: %+v, measured %+v", got, l.lineResult)
	}
	// On a faster line it is passed.
	l = &liner{b: b}
	for range 3 {
		l.ask("GET", 0, nil)
	}
	l.ask("GET", 1<<20, nil)
	l.ask("GET", 0, nil)
	l.ask("POST", 0, bytes.NewReader(make([]byte, 1<<20)))
	b.get(at+"/line").submit("line", l.note, "microphone", "yes").at(at + "/line/result").says("You passed")
}

// TestLineNotesAreNotForged: nothing but a whole measurement of one's own counts.
func TestLineNotesAreNotForged(t *testing.T) {
	h := newHouse(t)
	b, c := h.certifying()
	other, _ := h.certifying()
	whole := func(who *browser) *liner {
		l := &liner{b: who}
		l.ask("GET", 0, nil)
		l.ask("GET", 0, nil)
		l.ask("GET", 1<<16, nil)
		l.ask("GET", 0, nil)
		l.ask("POST", 0, bytes.NewReader(make([]byte, 1<<16)))
		return l
	}
	half := &liner{b: b}
	half.ask("GET", 0, nil)
	half.ask("GET", 0, nil)
	upOnly := &liner{b: b}
	upOnly.ask("POST", 0, bytes.NewReader(make([]byte, 10)))
	if upOnly.Up != 0 {
		t.Errorf("an upload without a note counts: %v", upOnly.lineResult)
	}
	// The note of a stream that has not arrived cannot be known, and one that is sent
	// back as an upload's counts for neither.
	streamed := &liner{b: b}
	streamed.ask("GET", 0, nil)
	streamed.ask("GET", 1<<16, nil)
	streamed.ask("POST", 0, bytes.NewReader(make([]byte, 1<<16)))
	if streamed.Up != 0 || streamed.Down != 0 {
		t.Errorf("one note counts twice: %v", streamed.lineResult)
	}
	notes := map[string]string{"nonsense": "nonsense", "half": half.note, "another's": whole(other).note}
	for what, note := range notes {
		b.get(at+"/line").submit("line", note, "microphone", "yes").is(422).says("This measurement does not hold")
		if c.line("line").Attempt != 1 {
			t.Fatalf("%s: an attempt was used up", what)
		}
	}
	old := whole(b).note
	h.later(61 * time.Minute)
	b.get(at+"/line").submit("line", old).is(422).says("more than an hour old")
	if h.fake.calls["HandInEquipment"] != 0 {
		t.Error("something was handed in")
	}
}

// TestTheLineIsNotForEverybody: only who is signed in measures, and not without end.
func TestTheLineIsNotForEverybody(t *testing.T) {
	h := newHouse(t)
	nobody := &liner{b: h.browser()}
	if status, _ := nobody.ask("GET", 0, nil); status != 401 {
		t.Errorf("nobody: %d", status)
	}
	if status, _ := nobody.ask("POST", 0, strings.NewReader("x")); status != 401 {
		t.Errorf("nobody: %d", status)
	}
	b, _ := h.certifying()
	l := &liner{b: b}
	for _, n := range []int{-1, mostDown + 1} {
		if status, _ := l.ask("GET", n, nil); status != 400 {
			t.Errorf("%d bytes: %d", n, status)
		}
	}
	for _, body := range []int{0, mostUp + 1} {
		if status, _ := l.ask("POST", 0, bytes.NewReader(make([]byte, body))); status != 413 {
			t.Errorf("an upload of %d: %d", body, status)
		}
	}
	sent, status := 0, 200
	for ; status == 200 && sent < 100; sent++ {
		status, _ = l.ask("GET", mostDown, nil)
	}
	if status != 429 || sent > 17 {
		t.Errorf("after %d streams: %d", sent, status)
	}
	h.later(10 * time.Minute)
	if status, _ := l.ask("GET", mostDown, nil); status != 200 {
		t.Errorf("later: %d", status)
	}
	other, _ := h.certifying()
	if status, _ := (&liner{b: other}).ask("GET", mostDown, nil); status != 200 {
		t.Errorf("somebody else: %d", status)
	}
}
