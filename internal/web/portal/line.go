package portal

import (
	"encoding/json"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// LinePath is what the equipment check measures a line against. How fast it is we
// find out by our own clock: every answer carries a sealed note of when it began and
// how much it sent, at its very end, and the next request brings it back. So a note
// that comes back proves that all of it has arrived, and nobody can tell us of a line
// that they do not have. Nothing is kept of it; the last note comes with the form.
const LinePath = "/apply/line"

const (
	mostDown = 2 << 20 // bytes of one answer
	mostUp   = 1 << 20 // bytes of one request
	// LineBodyLimit is what the site lets through to LinePath: a little more than
	// is taken, so that one byte too many gets our own answer.
	LineBodyLimit = mostUp + 1<<10
	// What one applicant may send and fetch: several measurements at once, then one
	// every few minutes.
	lineBurst  = 32 << 20
	lineRefill = 32 << 10 // bytes a second
	// lineFresh is how old a measurement may be that is handed in.
	lineFresh = time.Hour
	lineNote  = "X-Line" // the header that brings the note back
)

// lineNotes is what the sealed note says besides whose it is and when the answer
// that it came with began.
type lineNotes struct {
	Round   string    `json:"round"` // what the answer was for: roundDelay, roundDown or empty
	Size    int       `json:"size"`  // bytes of a roundDown
	Latency []float64 `json:"latency"`
	Down    float64   `json:"down"` // the best so far, Mbit/s
	Up      float64   `json:"up"`
}

const (
	roundDelay = "delay"
	roundDown  = "down"
)

// lineResult is what a measurement came to.
type lineResult struct {
	Down    float64 `json:"down"`    // Mbit/s
	Up      float64 `json:"up"`      // Mbit/s
	Latency float64 `json:"latency"` // milliseconds there and back, the median
}

func (n lineNotes) result() lineResult {
	out := lineResult{Down: round1(n.Down), Up: round1(n.Up)}
	if len(n.Latency) > 0 {
		sorted := slices.Sorted(slices.Values(n.Latency))
		out.Latency = max(round1(sorted[len(sorted)/2]), 0.1)
	}
	return out
}

func round1(f float64) float64 { return math.Round(f*10) / 10 }

// rate gives Mbit/s of bytes that took as long, one way and back included. The delay
// is taken off, but never more than half: who makes it look long gains little.
func (n lineNotes) rate(bytes int, took time.Duration) float64 {
	ms := float64(took) / float64(time.Millisecond)
	if len(n.Latency) > 0 {
		ms = max(ms-slices.Min(n.Latency), ms/2)
	}
	return min(float64(bytes)*8/1000/max(ms, 0.1), 10_000)
}

// mostDelays is how many measurements of the delay count.
const mostDelays = 20

// arrive adds up what a note that comes back at the time now tells.
func (n *lineNotes) arrive(began, now time.Time) {
	took := now.Sub(began)
	switch n.Round {
	case roundDelay:
		if len(n.Latency) < mostDelays {
			n.Latency = append(n.Latency, float64(took)/float64(time.Millisecond))
		}
	case roundDown:
		n.Down = max(n.Down, n.rate(n.Size, took))
	}
	n.Round, n.Size = "", 0
}

// measuring lets requests of the measurement through: of people who are signed in,
// and within their budget. It asks no service, so that nothing but the line takes time.
func (p *Portal) measuring(next func(w http.ResponseWriter, r *http.Request, id onboarding.ApplicantID, now time.Time)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		now := p.site.Now()
		s, ok := p.session(r)
		if !ok || s.Unproved {
			p.signedOut(w, r)
			return
		}
		next(w, r, s.Applicant, now)
	}
}

// afford takes bytes from the applicant's budget; else it answers 429.
func (p *Portal) afford(w http.ResponseWriter, r *http.Request, id onboarding.ApplicantID, bytes int) bool {
	if p.budgets.allow(id, p.site.Now(), bytes) {
		return true
	}
	w.Header().Set("Retry-After", "300")
	p.site.Refuse(w, r, http.StatusTooManyRequests, "You have measured your line very often in a short time.", "Wait five minutes, then measure again, or answer by hand.")
	return false
}

// sendLine answers with as many bytes as were asked for, and the note behind them;
// with none it answers with what is known so far.
func (p *Portal) sendLine(w http.ResponseWriter, r *http.Request, id onboarding.ApplicantID, now time.Time) {
	bytes, err := strconv.Atoi(r.URL.Query().Get("bytes"))
	if err != nil || bytes < 0 || bytes > mostDown {
		p.site.Refuse(w, r, http.StatusBadRequest, "This address gives from 0 to "+strconv.Itoa(mostDown)+" bytes.", "Open the page of the equipment check and measure there.")
		return
	}
	if !p.afford(w, r, id, bytes+1024) {
		return
	}
	notes := p.notes(r, id, now)
	if bytes == 0 {
		notes.Round = roundDelay
		p.answerLine(w, r, id, notes)
		return
	}
	notes.Round, notes.Size = roundDown, bytes
	note, err := p.sealNotes(id, notes)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Cache-Control", "no-store, no-transform")
	h.Set("Content-Length", strconv.Itoa(bytes+len(note)))
	// A reader that stands still does not hold us up for ever.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(time.Minute)) // a recorder in a test has none
	if _, err := io.CopyN(w, noise(), int64(bytes)); err == nil {
		_, _ = io.WriteString(w, note) // the browser has gone: nobody is left to tell
	}
}

// takeLine takes bytes in and counts how long they took since the note that they
// came with was sent.
func (p *Portal) takeLine(w http.ResponseWriter, r *http.Request, id onboarding.ApplicantID, began time.Time) {
	if r.ContentLength < 1 || r.ContentLength > mostUp {
		p.site.Refuse(w, r, http.StatusRequestEntityTooLarge, "This address takes from 1 to "+strconv.Itoa(mostUp)+" bytes.", "Open the page of the equipment check and measure there.")
		return
	}
	if !p.afford(w, r, id, int(r.ContentLength)) {
		return
	}
	st, ok := p.site.Unseal("line", string(id), r.Header.Get(lineNote))
	var notes lineNotes
	if ok {
		ok = json.Unmarshal([]byte(st.What), &notes) == nil && notes.Round != roundDown
	}
	n, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if ok {
		notes.Up = max(notes.Up, notes.rate(int(n), p.site.Now().Sub(st.ShownAt)))
	} else {
		notes = lineNotes{}
	}
	notes.Round, notes.Size = "", 0
	p.answerLine(w, r, id, notes)
}

// notes gives what the note in the header says, with what its coming back tells. One
// that does not hold begins a new measurement.
func (p *Portal) notes(r *http.Request, id onboarding.ApplicantID, now time.Time) lineNotes {
	var n lineNotes
	st, ok := p.site.Unseal("line", string(id), r.Header.Get(lineNote))
	if !ok || json.Unmarshal([]byte(st.What), &n) != nil {
		return lineNotes{}
	}
	n.arrive(st.ShownAt, now)
	return n
}

func (p *Portal) sealNotes(id onboarding.ApplicantID, n lineNotes) (string, error) {
	body, err := json.Marshal(n)
	if err != nil {
		return "", err
	}
	return p.site.Seal("line", web.Stamp{Whom: string(id), What: string(body), ShownAt: p.site.Now().UTC()})
}

// answerLine tells the page what is known, with the note for the next request.
func (p *Portal) answerLine(w http.ResponseWriter, r *http.Request, id onboarding.ApplicantID, n lineNotes) {
	note, err := p.sealNotes(id, n)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	body, err := json.Marshal(struct {
		lineResult
		Note string `json:"note"`
	}{n.result(), note})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store, no-transform")
	_, _ = w.Write(body) // the browser has gone: nobody is left to tell
}

// lineOf gives what a note comes to that is handed in with the form; ok is false
// when it is none of ours, another's, too old, or does not speak of all three.
func (p *Portal) lineOf(id onboarding.ApplicantID, note string) (lineResult, bool) {
	st, ok := p.site.Unseal("line", string(id), note)
	var n lineNotes
	if !ok || p.site.Now().Sub(st.ShownAt) > lineFresh || json.Unmarshal([]byte(st.What), &n) != nil {
		return lineResult{}, false
	}
	out := n.result()
	return out, out.Down > 0 && out.Up > 0 && out.Latency > 0
}

// noise gives bytes that nothing on the way can make fewer.
func noise() io.Reader {
	var seed [32]byte
	for i := range seed {
		seed[i] = byte(rand.Uint32()) //nolint:gosec // it is to be incompressible, not secret
	}
	return rand.NewChaCha8(seed)
}

// budgets is how much each applicant may still send and fetch, on this replica.
type budgets struct {
	mu  sync.Mutex
	all map[onboarding.ApplicantID]*rate.Limiter
}

func (b *budgets) allow(id onboarding.ApplicantID, now time.Time, bytes int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[onboarding.ApplicantID]*rate.Limiter{}
	}
	l, ok := b.all[id]
	if !ok {
		if len(b.all) >= 1000 { // those who have all of it again need not be remembered
			for other, o := range b.all {
				if o.TokensAt(now) >= lineBurst {
					delete(b.all, other)
				}
			}
		}
		l = rate.NewLimiter(lineRefill, lineBurst)
		b.all[id] = l
	}
	return l.AllowN(now, bytes)
}
