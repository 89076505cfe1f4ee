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
	"sync"
	"time"
)

// courier posts Findly's events when they are due and repeats them, with
// growing pauses, until somebody takes them.
type courier struct {
	s      *Sandbox
	client *http.Client
	ctx    context.Context
	stop   context.CancelFunc
	wake   chan struct{}
	slots  chan struct{} // how many are posted at once
	done   sync.WaitGroup

	mu    sync.Mutex
	url   string
	queue visits
}

type visit struct {
	at      time.Time
	order   string
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
	c := &courier{s: s, ctx: ctx, stop: stop, url: s.cfg.WebhookURL, wake: make(chan struct{}, 1), slots: make(chan struct{}, posters),
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

func (c *courier) setURL(url string) {
	c.mu.Lock()
	c.url = url
	c.mu.Unlock()
	c.nudge()
}

// due asks for an order's event to be posted at a time.
func (c *courier) due(order string, at time.Time) { c.push(visit{at: at, order: order}) }

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
		v, url, wait := c.next(time.Now())
		if url != "" {
			select {
			case c.slots <- struct{}{}:
			case <-c.ctx.Done():
				return
			}
			c.done.Go(func() {
				defer func() { <-c.slots }()
				c.visit(v, url)
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
func (c *courier) next(now time.Time) (v visit, url string, wait time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.url == "" || len(c.queue) == 0 {
		return visit{}, "", time.Hour
	}
	if wait = c.queue[0].at.Sub(now); wait > 0 {
		return visit{}, "", wait
	}
	return heap.Pop(&c.queue).(visit), c.url, 0
}

func (c *courier) visit(v visit, url string) {
	o, ok := c.s.findly.get(v.order)
	if !ok || !o.due() {
		return
	}
	if err := c.post(o, url); err != nil {
		if c.ctx.Err() != nil {
			return
		}
		c.s.cfg.Log.Debug("sandbox: webhook not taken", "order", o.ID, "attempt", v.attempt+1, "error", err.Error())
		pause := min(firstPause<<min(v.attempt, 10), longPause)
		c.push(visit{at: time.Now().Add(pause), order: v.order, attempt: v.attempt + 1})
		return
	}
	if o, ok := c.s.findly.tell(v.order); ok {
		if err := c.s.journal.order(o); err != nil {
			c.s.cfg.Log.Error("sandbox: journal", "error", err.Error())
		}
	}
}

func (c *courier) post(o order, url string) error {
	now := time.Now()
	body, err := json.Marshal(map[string]any{"id": "evt_" + o.ID, "object": "event", "type": "order.completed", "created_at": o.ReadyAt,
		"data": map[string]any{"order_id": o.ID, "reference": o.Reference, "status": o.status(now)}})
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(c.ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Findly-Signature", Sign(c.s.cfg.Keys.FindlyHook, now, body))
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

// Sign gives the value of Findly-Signature for a body, for tests that post
// events of their own.
func Sign(secret string, now time.Time, body []byte) string {
	stamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
