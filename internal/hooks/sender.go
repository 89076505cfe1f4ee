package hooks

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"code.dny.dev/ssrf"
	"github.com/sony/gobreaker/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The limits of one attempt.
const (
	// Within is how long an endpoint may take to answer.
	Within = 15 * time.Second
	// atOnce is how many events one worker sends to one endpoint at a time: a slow one
	// takes no more places than that from the others.
	atOnce = 20
	// outAfter failures in a row nobody sends any more; one finds out after outFor
	// whether the endpoint is back.
	outAfter = 5
	outFor   = 15 * time.Second
	// maxWait is the longest Retry-After that is heeded.
	maxWait = time.Hour
	// drained is how much of an answer is read, so that the connection can be used
	// again. Nothing of it is kept.
	drained = 64 << 10
)

// Undelivered says why an endpoint has not taken an event. It never has anything of
// what the endpoint answered but the status.
type Undelivered struct {
	Status int           // of the answer; 0 without one
	Says   string        // what happened, in words
	Wait   time.Duration // that the endpoint asks for; 0: none
	// Spared says that nothing was sent: the endpoint is known to be out, or has
	// enough under way.
	Spared bool
}

// Error gives the words.
func (u *Undelivered) Error() string { return u.Says }

// Gone reports whether the endpoint wants nothing ever again.
func (u *Undelivered) Gone() bool { return u.Status == http.StatusGone }

// guard decides at the moment of dialling, when the name has been resolved, whether
// an address may be reached: so a name that leads into our own network does not.
func (r Reach) guard() *ssrf.Guardian {
	var v4, v6 []netip.Prefix
	all := r.Networks
	if r.Loopback {
		all = append([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}, all...)
	}
	for _, p := range all {
		if p.Addr().Is4() {
			v4 = append(v4, p)
		} else {
			v6 = append(v6, p)
		}
	}
	return ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
}

// Sender sends events. It may be used by many goroutines.
type Sender struct {
	reach  Reach
	client *http.Client
	now    func() time.Time
	counts counts

	mu    sync.Mutex
	lines map[string]*line
	done  Recent
}

// line is what a worker knows of an endpoint.
type line struct {
	places  chan struct{}
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
}

// NewSender makes a Sender.
func NewSender(reach Reach) (*Sender, error) {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: reach.guard().Safe}
	s := &Sender{reach: reach, now: time.Now, lines: map[string]*line{}}
	s.client = &http.Client{
		Timeout: Within,
		Transport: &http.Transport{DialContext: dialer.DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: 5 * time.Second, MaxIdleConnsPerHost: atOnce,
			IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 32 << 10, DisableCompression: true, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}},
		// A redirect is a failure: it could lead anywhere, and the signature is for
		// whom the event was sent to.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return s, s.count()
}

func (s *Sender) line(id string) *line {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.lines[id]
	if l == nil {
		l = &line{places: make(chan struct{}, atOnce), circuit: gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
			MaxRequests: 1, Timeout: outFor, ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= outAfter }})}
		s.lines[id] = l
	}
	return l
}

// Send sends one event and gives nil when the endpoint has taken it (2xx), or an
// *Undelivered. What this worker has sent already it does not send again: a task of
// the engine may be taken back after it has done its work.
func (s *Sender) Send(ctx context.Context, to Endpoint, id onboarding.ApplicantID, e onboarding.Event) error {
	event := EventID(id, e)
	if s.done.Has(to.ID, event) {
		return nil
	}
	l := s.line(to.ID)
	select {
	case l.places <- struct{}{}:
		defer func() { <-l.places }()
	default:
		return &Undelivered{Says: "The endpoint has as many events under way as it is sent at a time.", Wait: time.Second, Spared: true}
	}
	report, err := l.circuit.Allow()
	if err != nil {
		return &Undelivered{Says: "The endpoint has not answered lately, and is not asked for some seconds.", Wait: outFor, Spared: true}
	}
	start := time.Now()
	err = s.send(ctx, to, id, e)
	var u *Undelivered
	alive := err == nil || errors.As(err, &u) && u.Status > 0 && u.Status < http.StatusInternalServerError
	if alive {
		report(nil)
	} else {
		report(err)
	}
	s.counts.sent(ctx, to.ID, err, time.Since(start))
	if err == nil {
		s.done.Add(to.ID, event)
	}
	return err
}

func (s *Sender) send(ctx context.Context, to Endpoint, id onboarding.ApplicantID, e onboarding.Event) error {
	if err := s.reach.CheckURL(to.URL); err != nil { // what may be reached can have changed since it was made
		return &Undelivered{Says: err.Error()}
	}
	payload, err := body(id, e)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(payload))
	if err != nil {
		return &Undelivered{Says: "The endpoint's address cannot be used."}
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "vouchsafe-webhooks/1")
	now := s.now()
	if err := sign(req.Header, to.Signing(now), EventID(id, e), now, payload); err != nil {
		return &Undelivered{Says: "The event could not be signed. Rotate the endpoint's secret."}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return &Undelivered{Says: wordsOf(err)}
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, drained)
	if resp.StatusCode >= 200 && resp.StatusCode < 300 {
		return nil
	}
	return &Undelivered{Status: resp.StatusCode, Says: fmt.Sprintf("The endpoint answered %d (%s).", resp.StatusCode, http.StatusText(resp.StatusCode)),
		Wait: retryAfter(resp.Header.Get("Retry-After"), now)}
}

// wordsOf says why there was no answer, without the address: what stands in its query
// may be the integrator's secret.
func wordsOf(err error) string {
	var certificate *tls.CertificateVerificationError
	var name *net.DNSError
	switch {
	case errors.Is(err, ssrf.ErrProhibitedIP):
		return "The endpoint's name leads to a private network, where nothing is sent to."
	case errors.As(err, &name):
		return "The endpoint's name is not known."
	case errors.As(err, &certificate):
		return "The endpoint's certificate does not hold."
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		return fmt.Sprintf("The endpoint did not answer within %d seconds.", int(Within.Seconds()))
	}
	return "The endpoint could not be reached."
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// retryAfter reads the header (RFC 9110, 10.2.3).
func retryAfter(v string, now time.Time) time.Duration {
	wait := time.Duration(0)
	if n, err := strconv.Atoi(v); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(v); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), maxWait)
}
