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
	"encoding/base64"
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
	Checkr  = "checkr"
	// Stripe is Stripe Identity.
	Stripe = "stripe"
	// The two that search sanctions lists.
	Watchman = "watchman"
	Yente    = "yente"
	// The two that look at where an applicant lives and comes from.
	Smarty  = "smarty"
	MaxMind = "maxmind"
)

// Keys are the credentials that the sandbox asks for.
type Keys struct {
	Kickbox      string // bearer token
	TwilioSID    string // API key
	TwilioSecret string
	Findly       string // bearer token
	FindlyHook   string // signs webhooks
	CheckrKey    string // user of the basic authentication; signs webhooks too
	Yente        string // API key

	SmartyID       string // secret key pair
	SmartyToken    string
	MaxMindAccount string // account ID
	MaxMindKey     string // license key
	StripeKey      string // bearer token
	StripeHook     string // signs webhooks
	SMSAccount     string // account SID of the text messages, under Twilio's API key
	SMSToken       string // signs what people text back

	// IntegratorSecret is what webhooks to IntegratorPath are signed with, whsec_….
	IntegratorSecret string
}

// DefaultKeys are keys for tests and one machine. Nothing of value lies behind
// them; a stack that outlives a test should make FindlyHook, StripeHook and
// CheckrKey, which sign webhooks, its own.
func DefaultKeys() Keys {
	return Keys{Kickbox: "test_sandbox_kickbox", TwilioSID: "SKsandbox", TwilioSecret: "sandbox_twilio",
		Findly: "sandbox_findly", FindlyHook: "whsec_sandbox_findly", CheckrKey: "test_sandbox_checkr",
		Yente: "sandbox_yente", SmartyID: "sandbox-smarty-id", SmartyToken: "sandbox_smarty", MaxMindAccount: "999999", MaxMindKey: "sandbox_maxmind",
		StripeKey: "sk_test_sandbox", StripeHook: "whsec_sandbox_stripe",
		SMSAccount: "ACsandbox", SMSToken: "sandbox_sms_token", IntegratorSecret: base64.StdEncoding.EncodeToString([]byte("sandbox integrator's secret"))}
}

// Config says how the sandbox behaves.
type Config struct {
	Keys        Keys          // DefaultKeys when zero
	Dir         string        // where orders and books survive a restart; in memory only when empty
	ReportDelay time.Duration // from an order to its report; 0 = at once
	WebhookURL  string        // where events go, each vendor's to WebhookURL/<vendor>; none are sent while it is empty
	BookLimit   int           // entries that the books keep; 100000 when 0
	Log         *slog.Logger  // nil = silent
}

// Sandbox is the handler. It is safe for concurrent use.
type Sandbox struct {
	cfg     Config
	books   *books
	faults  *faults
	findly  *findly
	twilio  *turns
	smarty  *turns
	maxMind *turns
	shelf   *shelf
	journal *journal
	courier *courier

	checkrCalls meter
	integrator  integrator

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
	s := &Sandbox{cfg: cfg, books: newBooks(cfg.BookLimit), faults: &faults{}, findly: newFindly(), twilio: newTurns(), smarty: newTurns(), maxMind: newTurns(), shelf: newShelf(), inFlight: map[string]bool{}}
	j, err := openJournal(cfg.Dir, s.books, s.findly, s.shelf)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	s.journal = j
	s.courier = newCourier(s)
	for _, o := range s.findly.untold() {
		s.courier.due(findlyDue(o))
	}
	for _, vendor := range played {
		for _, e := range list[event](s, vendor, kindEvent) {
			s.courier.due(e)
		}
	}
	return s, nil
}

// Keys gives the credentials that it asks for.
func (s *Sandbox) Keys() Keys { return s.cfg.Keys }

// SetWebhookURL says where events go from now on, each vendor's to
// url/<vendor>, for a stack that learns its own address late. Events that were
// due wait for it.
func (s *Sandbox) SetWebhookURL(url string) { s.courier.setBase(url) }

// Close stops the webhooks and closes the journal. Requests must have ended.
func (s *Sandbox) Close() error {
	s.courier.close()
	return s.journal.close()
}

// answer is what a vendor says.
type answer struct {
	status     int
	body       any
	retryAfter int               // seconds
	header     map[string]string // what the vendor sends besides
}

// exchange is one request to a vendor.
type exchange struct {
	r      *http.Request
	query  url.Values
	body   []byte
	values map[string]string // of the path
	now    time.Time
	entry  Entry
	order  *order // that this request made: goes to the journal
}

type route struct {
	vendor, method, pattern string
	handle                  func(*Sandbox, *exchange) answer
}

var routes = []route{
	{Kickbox, http.MethodGet, "/v2/verify", (*Sandbox).kickboxVerify},
	{Twilio, http.MethodGet, "/v2/PhoneNumbers/{e164}", (*Sandbox).twilioLookup},
	{TwilioSMS, http.MethodPost, "/2010-04-01/Accounts/{account}/Messages.json", (*Sandbox).smsSend},
	{TwilioSMS, http.MethodGet, "/2010-04-01/Accounts/{account}/Messages.json", (*Sandbox).smsFind},
	{TwilioSMS, http.MethodDelete, "/2010-04-01/Accounts/{account}/Messages/{message}", (*Sandbox).smsDelete},
	{Smarty, http.MethodPost, "/street-address", (*Sandbox).smartyLookup},
	{MaxMind, http.MethodPost, "/minfraud/v2.0/score", (*Sandbox).maxMindScore},
	{Watchman, http.MethodGet, "/v2/listinfo", (*Sandbox).watchmanListInfo},
	{Watchman, http.MethodGet, "/v2/search", (*Sandbox).watchmanSearch},
	{Yente, http.MethodGet, "/catalog", (*Sandbox).yenteCatalog},
	{Yente, http.MethodPost, "/match/{dataset}", (*Sandbox).yenteMatch},
	{Stripe, http.MethodPost, "/v1/identity/verification_sessions", (*Sandbox).stripeCreate},
	{Stripe, http.MethodGet, "/v1/identity/verification_sessions", (*Sandbox).stripeFind},
	{Stripe, http.MethodGet, "/v1/identity/verification_sessions/{session}", (*Sandbox).stripeGet},
	{Stripe, http.MethodPost, "/v1/identity/verification_sessions/{session}/cancel", (*Sandbox).stripeCancel},
	{Stripe, http.MethodPost, "/v1/identity/verification_sessions/{session}/redact", (*Sandbox).stripeRedact},
	{Checkr, http.MethodGet, "/v1/packages", checkr((*Sandbox).checkrListPackages)},
	{Checkr, http.MethodPost, "/v1/candidates", checkr((*Sandbox).checkrCreateCandidate)},
	{Checkr, http.MethodGet, "/v1/candidates", checkr((*Sandbox).checkrFindCandidates, "custom_id", "page", "per_page")},
	{Checkr, http.MethodGet, "/v1/candidates/{id}", checkr(checkrGet(kindCandidate))},
	{Checkr, http.MethodPost, "/v1/candidates/{id}", checkr((*Sandbox).checkrUpdateCandidate)},
	{Checkr, http.MethodPost, "/v1/invitations", checkr((*Sandbox).checkrInvite)},
	{Checkr, http.MethodGet, "/v1/invitations", checkr((*Sandbox).checkrFindInvitations, "candidate_id", "page", "per_page")},
	{Checkr, http.MethodGet, "/v1/invitations/{id}", checkr(checkrGet(kindInvitation))},
	{Checkr, http.MethodDelete, "/v1/invitations/{id}", checkr((*Sandbox).checkrUninvite)},
	{Checkr, http.MethodPost, "/v1/reports", checkr((*Sandbox).checkrCreateReport)},
	{Checkr, http.MethodGet, "/v1/reports/{id}", checkr(checkrGet(kindReport))},
	{Checkr, http.MethodPost, "/v1/reports/{id}/complete", checkr((*Sandbox).checkrComplete)},
	{Checkr, http.MethodGet, "/v1/reports/{id}/adverse_items", checkr((*Sandbox).checkrListItems)},
	{Checkr, http.MethodGet, "/v1/reports/{id}/adverse_actions", checkr((*Sandbox).checkrListActions, "page", "per_page")},
	{Checkr, http.MethodPost, "/v1/reports/{id}/adverse_actions", checkr((*Sandbox).checkrStartAction)},
	{Checkr, http.MethodGet, "/v1/adverse_actions/{id}", checkr(checkrGet(kindAction))},
	{Checkr, http.MethodDelete, "/v1/adverse_actions/{id}", checkr((*Sandbox).checkrCancelAction)},
	{Checkr, http.MethodGet, "/v1/ssn_traces/{id}", checkr(checkrScreening("ssn_traces"))},
	{Checkr, http.MethodGet, "/v1/sex_offender_searches/{id}", checkr(checkrScreening("sex_offender_searches"))},
	{Checkr, http.MethodGet, "/v1/global_watchlist_searches/{id}", checkr(checkrScreening("global_watchlist_searches"))},
	{Checkr, http.MethodGet, "/v1/national_criminal_searches/{id}", checkr(checkrScreening("national_criminal_searches"))},
	{Checkr, http.MethodGet, "/v1/county_criminal_searches/{id}", checkr(checkrScreening("county_criminal_searches"))},
	{Checkr, http.MethodGet, "/v1/federal_criminal_searches/{id}", checkr(checkrScreening("federal_criminal_searches"))},
	{Checkr, http.MethodGet, "/v1/facis_searches/{id}", checkr(checkrScreening("facis_searches"))},
	{Findly, http.MethodPost, "/v1/orders", (*Sandbox).findlyCreate},
	{Findly, http.MethodGet, "/v1/orders", (*Sandbox).findlyFind},
	{Findly, http.MethodGet, "/v1/orders/{order}", (*Sandbox).findlyGet},
	{Findly, http.MethodGet, "/v1/orders/{order}/report", (*Sandbox).findlyReport},
	{Findly, http.MethodPost, "/v1/orders/{order}/cancel", (*Sandbox).findlyCancel},
	{Findly, http.MethodDelete, "/v1/orders/{order}", (*Sandbox).findlyErase},
	{Findly, http.MethodPost, "/v1/orders/{order}/disputes", (*Sandbox).findlyDispute},
}

// failure is an error in the vendor's own shape.
func failure(vendor string, status int, code, message, field string) answer {
	switch vendor {
	case Kickbox:
		return answer{status: status, body: map[string]any{"success": false, "message": message}}
	case Twilio, TwilioSMS:
		number, err := strconv.Atoi(code)
		if err != nil {
			number = 20000 + status%1000
		}
		return answer{status: status, body: map[string]any{"code": number, "message": message, "status": status,
			"more_info": "https://www.twilio.com/docs/errors/" + strconv.Itoa(number)}}
	case Smarty:
		return answer{status: status, body: map[string]any{"errors": []any{map[string]any{"message": message}}}}
	case MaxMind:
		return answer{status: status, body: map[string]any{"code": strings.ToUpper(code), "error": message}, header: map[string]string{"Content-Type": maxMindErrorKind}}
	case Watchman, Checkr:
		return answer{status: status, body: map[string]any{"error": message}}
	case Yente:
		return answer{status: status, body: map[string]any{"detail": message}}
	case Stripe:
		return stripeFailure(status, code, message, field)
	default:
		e := map[string]any{"code": code, "message": message}
		if field != "" {
			e["field"] = field
		}
		return answer{status: status, body: map[string]any{"error": e}}
	}
}

// played are the vendors that the sandbox plays.
var played = []string{Kickbox, Twilio, TwilioSMS, Smarty, MaxMind, Watchman, Yente, Stripe, Findly, Checkr}

func known(vendor string) bool { return slices.Contains(played, vendor) }

// bodyLimit is far more than any request of the contracts.
const bodyLimit = 1 << 20

// ServeHTTP answers for the vendor that the path begins with, or for the
// sandbox itself.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	vendor, rest, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	if (strings.HasPrefix(vendor, "_") || strings.HasPrefix(rest, "_")) && s.byHand(w, r) {
		return
	}
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
		s.courier.due(findlyDue(*x.order))
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
	for name, v := range a.header {
		w.Header().Set(name, v)
	}
	if a.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(a.retryAfter))
	}
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	writeJSON(w, a.status, a.body)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // only our own types come here
		panic(fmt.Sprintf("sandbox: encode an answer: %v", err))
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
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
