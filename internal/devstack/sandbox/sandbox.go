// Package sandbox is every vendor in one http.Handler: real shapes, real checks
// of credentials, steered by what is typed (see Steering), so that a person
// reaches every outcome by hand. It knows nothing of the adapters; tests hold
// both to the same contracts.
//
// It refuses any field that an adapter may not send, keeps books of what it got
// (names, never values; GET /_books, GET /_books/counts) and can be made to
// fail (POST, GET, DELETE /_faults). It is for development and tests: whoever
// reaches it may read its books and break it.
package sandbox

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The vendors' names, which are also the prefixes of their paths.
const (
	Kickbox = "kickbox"
	Twilio  = "twilio"
	Findly  = "findly"
	// The two that search sanctions lists.
	Watchman = "watchman"
	Yente    = "yente"
)

// Keys are the credentials that the sandbox asks for.
type Keys struct {
	Kickbox      string // bearer token
	TwilioSID    string // API key
	TwilioSecret string
	Findly       string // bearer token
	FindlyHook   string // signs webhooks
	Yente        string // API key
}

// DefaultKeys are keys for tests and one machine. Nothing of value lies behind
// them; a stack that outlives a test should make FindlyHook its own.
func DefaultKeys() Keys {
	return Keys{Kickbox: "test_sandbox_kickbox", TwilioSID: "SKsandbox", TwilioSecret: "sandbox_twilio",
		Findly: "sandbox_findly", FindlyHook: "whsec_sandbox_findly",
		Yente: "sandbox_yente"}
}

// Config says how the sandbox behaves.
type Config struct {
	Keys        Keys          // DefaultKeys when zero
	Dir         string        // where orders and books survive a restart; in memory only when empty
	ReportDelay time.Duration // from an order to its report; 0 = at once
	WebhookURL  string        // where Findly's events go; none are sent while it is empty
	BookLimit   int           // entries that the books keep; 100000 when 0
	Log         *slog.Logger  // nil = silent
}

// Sandbox is the handler. It is safe for concurrent use.
type Sandbox struct {
	cfg     Config
	books   *books
	faults  *faults
	findly  *findly
	twilio  *twilio
	journal *journal
	courier *courier

	mu       sync.Mutex
	inFlight map[string]bool // idempotency keys being worked on
}

// New makes a Sandbox and takes up what an earlier one left in Config.Dir, also
// one that was killed. Close it before another uses the same folder.
func New(cfg Config) (*Sandbox, error) {
	if cfg.Keys == (Keys{}) {
		cfg.Keys = DefaultKeys()
	}
	if cfg.BookLimit <= 0 {
		cfg.BookLimit = 100_000
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	s := &Sandbox{cfg: cfg, books: newBooks(cfg.BookLimit), faults: &faults{}, findly: newFindly(), twilio: newTwilio(), inFlight: map[string]bool{}}
	j, err := openJournal(cfg.Dir, s.books, s.findly)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.journal = j
	s.courier = newCourier(s)
	for _, o := range s.findly.untold() {
		s.courier.due(o.ID, o.ReadyAt)
	}
	return s, nil
}

// Keys gives the credentials that it asks for.
func (s *Sandbox) Keys() Keys { return s.cfg.Keys }

// SetWebhookURL says where Findly's events go from now on, for a stack that
// learns its own address late. Events that were due wait for it.
func (s *Sandbox) SetWebhookURL(url string) { s.courier.setURL(url) }

// Close stops the webhooks and closes the journal. Requests must have ended.
func (s *Sandbox) Close() error {
	s.courier.close()
	return s.journal.close()
}

// answer is what a vendor says.
type answer struct {
	status     int
	body       any
	retryAfter int // seconds
}

// exchange is one request to a vendor.
type exchange struct {
	r      *http.Request
	query  url.Values
	body   []byte
	values map[string]string // of the path
	now    time.Time
	entry  Entry
	order  *order // that this request made or changed: goes to the journal
}

type route struct {
	vendor, method, pattern string
	handle                  func(*Sandbox, *exchange) answer
}

var routes = []route{
	{Kickbox, http.MethodGet, "/v2/verify", (*Sandbox).kickboxVerify},
	{Twilio, http.MethodGet, "/v2/PhoneNumbers/{e164}", (*Sandbox).twilioLookup},
	{Watchman, http.MethodGet, "/v2/listinfo", (*Sandbox).watchmanListInfo},
	{Watchman, http.MethodGet, "/v2/search", (*Sandbox).watchmanSearch},
	{Yente, http.MethodGet, "/catalog", (*Sandbox).yenteCatalog},
	{Yente, http.MethodPost, "/match/{dataset}", (*Sandbox).yenteMatch},
	{Findly, http.MethodPost, "/v1/orders", (*Sandbox).findlyCreate},
	{Findly, http.MethodGet, "/v1/orders", (*Sandbox).findlyFind},
	{Findly, http.MethodGet, "/v1/orders/{order}", (*Sandbox).findlyGet},
	{Findly, http.MethodGet, "/v1/orders/{order}/report", (*Sandbox).findlyReport},
	{Findly, http.MethodPost, "/v1/orders/{order}/cancel", (*Sandbox).findlyCancel},
}

// failure is an error in the vendor's own shape.
func failure(vendor string, status int, code, message, field string) answer {
	switch vendor {
	case Kickbox:
		return answer{status: status, body: map[string]any{"success": false, "message": message}}
	case Twilio:
		number, err := strconv.Atoi(code)
		if err != nil {
			number = 20000 + status%1000
		}
		return answer{status: status, body: map[string]any{"code": number, "message": message, "status": status,
			"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(number)}}
	case Watchman:
		return answer{status: status, body: map[string]any{"error": message}}
	case Yente:
		return answer{status: status, body: map[string]any{"detail": message}}
	default:
		e := map[string]any{"code": code, "message": message}
		if field != "" {
			e["field"] = field
		}
		return answer{status: status, body: map[string]any{"error": e}}
	}
}

// played are the vendors that the sandbox plays.
var played = []string{Kickbox, Twilio, Watchman, Yente, Findly}

func known(vendor string) bool { return slices.Contains(played, vendor) }

// bodyLimit is far more than any request of the contracts.
const bodyLimit = 1 << 20

// ServeHTTP answers for the vendor that the path begins with, or for the
// sandbox itself.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	vendor, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if strings.HasPrefix(vendor, "_") {
		s.control(w, r)
		return
	}
	if !known(vendor) {
		writeJSON(w, http.StatusNotFound, map[string]any{"message": "The sandbox has /" + strings.Join(played, ", /") + ", /_books and /_faults."})
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		writeAnswer(w, failure(vendor, http.StatusBadRequest, "bad_body", "The body is too large or broke off.", ""))
		return
	}
	x := &exchange{r: r, query: r.URL.Query(), body: body, now: time.Now().UTC()}
	x.entry = Entry{At: x.now, Vendor: vendor, Method: r.Method, IdempotencyKey: r.Header.Get("Idempotency-Key")}
	rt, other := x.match(vendor, "/"+rest)

	a, f := s.work(x, rt, other)
	x.entry.Status = a.status
	if err := s.journal.exchange(x.entry, x.order); err != nil {
		s.cfg.Log.Error("sandbox: journal", "error", err.Error())
	}
	s.books.add(x.entry)
	if x.order != nil && x.order.due() {
		s.courier.due(x.order.ID, x.order.ReadyAt)
	}
	switch {
	case f.Drop:
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	case f.Garbage:
		writeGarbage(w, f.hit)
	default:
		writeAnswer(w, a)
	}
}

// work gets the vendor's answer, with the fault that it was drawn under.
func (s *Sandbox) work(x *exchange, rt *route, other bool) (answer, drawn) {
	vendor, key := x.entry.Vendor, x.entry.IdempotencyKey
	if key != "" && x.r.Method == http.MethodPost {
		if !s.begin(vendor + " " + key) {
			return failure(vendor, http.StatusConflict, "request_in_flight", "The first request with this key is still in flight.", ""), drawn{}
		}
		defer s.end(vendor + " " + key)
	}
	f := s.faults.draw(vendor)
	x.entry.Fault = f.kind()
	if f.DelayMS > 0 {
		select {
		case <-time.After(time.Duration(f.DelayMS) * time.Millisecond):
		case <-x.r.Context().Done():
		}
	}
	if f.Status != 0 {
		a := failure(vendor, f.Status, "sandbox_fault", "The sandbox was told to fail.", "")
		a.retryAfter = f.RetryAfter
		return a, f
	}
	switch {
	case rt != nil:
		return rt.handle(s, x), f
	case other:
		return failure(vendor, http.StatusMethodNotAllowed, "method_not_allowed", "This path has another method.", ""), f
	}
	return failure(vendor, http.StatusNotFound, "not_found", "There is nothing at this path.", ""), f
}

func (s *Sandbox) begin(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inFlight[key] {
		return false
	}
	s.inFlight[key] = true
	return true
}

func (s *Sandbox) end(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.inFlight, key)
}

// match finds the route and notes its pattern in the books; other says that
// the path exists with another method.
func (x *exchange) match(vendor, path string) (rt *route, other bool) {
	x.entry.Path = "/" + vendor + "/{unknown}"
	for i := range routes {
		if routes[i].vendor != vendor {
			continue
		}
		values, ok := matchPath(routes[i].pattern, path)
		if !ok {
			continue
		}
		x.entry.Path = "/" + vendor + routes[i].pattern
		if routes[i].method == x.r.Method {
			x.values = values
			return &routes[i], false
		}
		other = true
	}
	return nil, other
}

func matchPath(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	var values map[string]string
	for i, w := range want {
		if !strings.HasPrefix(w, "{") {
			if w != got[i] {
				return nil, false
			}
			continue
		}
		v, err := url.PathUnescape(got[i])
		if err != nil || v == "" {
			return nil, false
		}
		if values == nil {
			values = map[string]string{}
		}
		values[strings.Trim(w, "{}")] = v
	}
	return values, true
}

// control answers for the sandbox itself.
func (s *Sandbox) control(w http.ResponseWriter, r *http.Request) {
	switch r.Method + " " + r.URL.Path {
	case "GET /_books":
		s.books.serve(w, r)
	case "GET /_books/counts":
		writeJSON(w, http.StatusOK, s.books.tally())
	case "GET /_faults":
		writeJSON(w, http.StatusOK, s.faults.list())
	case "POST /_faults":
		s.faults.serve(w, r)
	case "DELETE /_faults":
		s.faults.clear()
		w.WriteHeader(http.StatusNoContent)
	default:
		writeJSON(w, http.StatusNotFound, map[string]any{"message": "The sandbox has GET /_books, GET /_books/counts, and GET, POST and DELETE /_faults."})
	}
}

func writeAnswer(w http.ResponseWriter, a answer) {
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	writeJSON(w, a.status, a.body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only our own types come here
		panic(fmt.Sprintf("sandbox: encode an answer: %v", err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // whoever asked has gone; there is nobody to tell
}

// writeGarbage answers 200 with what no adapter may take for an answer: a
// sign-in page at one time, half an answer at the next.
func writeGarbage(w http.ResponseWriter, n int) {
	kind, body := "text/html; charset=utf-8", "<!doctype html><title>Sign in</title><p>Please sign in to the network."
	if n%2 == 0 {
		kind, body = "application/json", `{"id":"ord_`
	}
	w.Header().Set("Content-Type", kind)
	_, _ = io.WriteString(w, body)
}
