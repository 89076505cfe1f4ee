package sandbox

import (
	"bytes"
	"container/heap"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// event is what a vendor will tell at a time. Its body is built when it is
// posted, from what is true then.
type event struct {
	Vendor string    `json:"vendor"`
	ID     string    `json:"id"`    // the event's own
	Type   string    `json:"type"`  // in the vendor's words
	About  string    `json:"about"` // the ID of what it speaks of
	At     time.Time `json:"at"`    // not before
}

// sender is how a vendor's events are made.
type sender struct {
	// body is marshalled and posted; ok is false when there is nothing to tell any
	// more, and the event is dropped.
	body func(s *Sandbox, e event, now time.Time) (body any, ok bool)
	sign func(s *Sandbox, h http.Header, body []byte, now time.Time)
	// taken notes that the event was taken; nil takes it off the shelf.
	taken func(s *Sandbox, e event)
}

func senderOf(vendor string) (sender, bool) {
	switch vendor {
	case Findly:
		return sender{body: (*Sandbox).findlyEvent, sign: signFindly, taken: (*Sandbox).findlyTaken}, true
	case Stripe:
		return sender{body: (*Sandbox).stripeEvent, sign: signStripe}, true
	case Checkr:
		return sender{body: (*Sandbox).checkrTells, sign: signCheckr}, true
	}
	return sender{}, false
}

// tell keeps an event until it was taken, over restarts too, and has it posted
// to <webhooks>/<vendor> when its time comes.
func (s *Sandbox) tell(e event) {
	s.keep(e.Vendor, kindEvent, e.ID, e)
	s.courier.due(e)
}

// courier posts events when they are due and repeats them, with growing pauses,
// until somebody takes them.
type courier struct {
	s      *Sandbox
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	wake   chan struct{}
	slots  chan struct{} // how many are posted at once
	done   sync.WaitGroup

	mu    sync.Mutex
	base  string
	queue visits
}

type visit struct {
	at      time.Time
	event   event
	attempt int
}

type visits []visit

func (v visits) Len() int           { return len(v) }
func (v visits) Less(i, j int) bool { return v[i].at.Before(v[j].at) }
func (v visits) Swap(i, j int)      { v[i], v[j] = v[j], v[i] }
func (v *visits) Push(x any)        { *v = append(*v, x.(visit)) }
func (v *visits) Pop() any {
	last := (*v)[len(*v)-1]
	*v = (*v)[:len(*v)-1]
	return last
}

const (
	posters    = 16
	firstPause = 200 * time.Millisecond
	longPause  = 10 * time.Second
)

func newCourier(s *Sandbox) *courier {
	ctx, stop := context.WithCancel(context.Background())
	c := &courier{s: s, ctx: ctx, stop: stop, base: s.cfg.WebhookURL, wake: make(chan struct{}, 1), slots: make(chan struct{}, posters),
		client: &http.Client{Timeout: 10 * time.Second,
			Transport:     &http.Transport{MaxIdleConnsPerHost: posters, IdleConnTimeout: 30 * time.Second},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	c.done.Go(c.run)
	return c
}

func (c *courier) close() {
	c.stop()
	c.done.Wait()
	c.client.CloseIdleConnections()
}

func (c *courier) setBase(base string) {
	c.mu.Lock()
	c.base = base
	c.mu.Unlock()
	c.nudge()
}

// due asks for an event to be posted at its time.
func (c *courier) due(e event) { c.push(visit{at: e.At, event: e}) }

func (c *courier) push(v visit) {
	c.mu.Lock()
	heap.Push(&c.queue, v)
	c.mu.Unlock()
	c.nudge()
}

func (c *courier) nudge() {
	select {
	case c.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (c *courier) run() {
	for {
		v, base, wait := c.next(time.Now())
		if base != "" {
			select {
			case c.slots <- struct{}{}:
			case <-c.ctx.Done():
				return
			}
			c.done.Go(func() {
				defer func() { <-c.slots }()
				c.visit(v, strings.TrimSuffix(base, "/")+"/"+v.event.Vendor)
			})
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-c.wake:
			timer.Stop()
		case <-c.ctx.Done():
			timer.Stop()
			return
		}
	}
}

// next takes the visit that is due, with the address; without an address
// nothing is, and wait says how long to sleep.
func (c *courier) next(now time.Time) (v visit, base string, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.base == "" || len(c.queue) == 0 {
		return visit{}, "", time.Hour
	}
	if wait = c.queue[0].at.Sub(now); wait > 0 {
		return visit{}, "", wait
	}
	return heap.Pop(&c.queue).(visit), c.base, 0
}

func (c *courier) visit(v visit, url string) {
	from, ok := senderOf(v.event.Vendor)
	if !ok {
		return
	}
	if from.taken == nil {
		from.taken = (*Sandbox).forget
	}
	now := time.Now()
	body, ok := from.body(c.s, v.event, now)
	if !ok {
		from.taken(c.s, v.event)
		return
	}
	if err := c.post(from, body, url, now); err != nil {
		if c.ctx.Err() != nil {
			return
		}
		c.s.cfg.Log.Debug("sandbox: webhook not taken", "vendor", v.event.Vendor, "event", v.event.ID, "attempt", v.attempt+1, "error", err.Error())
		pause := min(firstPause<<min(v.attempt, 10), longPause)
		c.push(visit{at: time.Now().Add(pause), event: v.event, attempt: v.attempt + 1})
		return
	}
	from.taken(c.s, v.event)
}

func (c *courier) post(from sender, v any, url string, now time.Time) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	from.sign(c.s, req.Header, body, now)
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<16)) // so that the connection can be kept
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}

// forget takes an event off the shelf: it was taken, or there is nothing to tell.
func (s *Sandbox) forget(e event) { s.drop(e.Vendor, kindEvent, e.ID) }

// findlyDue is the event of an order that is due, the first that it has; the
// order itself remembers whether it was taken. Those of its disputes lie on the
// shelf.
func findlyDue(o order) event {
	return event{Vendor: Findly, ID: firstEvent(o.ID), Type: "order.completed", About: o.ID, At: o.ReadyAt}
}

func firstEvent(order string) string { return "evt_" + order }

func (s *Sandbox) findlyEvent(e event, now time.Time) (any, bool) {
	o, ok := s.findly.get(e.About)
	if !ok || (e.ID == firstEvent(o.ID) && !o.due()) {
		return nil, false
	}
	return map[string]any{"id": e.ID, "object": "event", "type": e.Type, "created_at": e.At,
		"data": map[string]any{"order_id": o.ID, "reference": o.Reference, "status": o.status(now)}}, true
}

func (s *Sandbox) findlyTaken(e event) {
	if e.ID != firstEvent(e.About) {
		s.forget(e)
		return
	}
	s.alter(e.About, func(o *order) bool {
		if !o.due() { // canceled meanwhile, and written down with that
			return false
		}
		o.Told = true
		return true
	})
}

func signFindly(s *Sandbox, h http.Header, body []byte, now time.Time) {
	h.Set("Findly-Signature", Sign(s.cfg.Keys.FindlyHook, now, body))
}

// Sign gives the value of Findly-Signature for a body, for tests that post
// events of their own.
func Sign(secret string, now time.Time, body []byte) string {
	stamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
