// Package stripeid has an identity document looked at by Stripe Identity. Shapes
// are those of Stripe's API version APIVersion, as of 2026-11; the tests hold
// the adapter to Stripe's own OpenAPI file, by way of stripe-mock.
//
// Stripe gets nothing about the person from us. It asks the applicant for the
// document itself, on its own page, and is so the collector of what it asks for
// (obligation 6): all that goes out is our reference and where the applicant
// comes back to. Nor do we ask for what was read from the document: a session
// answers "verified" or why not, and that is the finding.
//
// A session is made exactly once per check and round (design, decision 5). The
// order key is the Idempotency-Key, which Stripe keeps for 24 hours only, and
// the client_reference_id, by which it lists sessions for as long as it has
// them: a new round asks by the references of the earlier ones first.
package stripeid

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// BaseURL is Stripe's own address.
const BaseURL = "https://api.stripe.com"

// APIVersion is sent as Stripe-Version with every call. Without it the account's
// default would decide about the answers' form, and somebody who clicks
// "upgrade" in Stripe's dashboard would change it under us.
const APIVersion = "2026-08-26.dahlia"

const vendor = consent.RecipientStripe

// Config says how Stripe is reached.
type Config struct {
	BaseURL        string // the constant BaseURL when empty
	SecretKey      string // best a restricted one that may write Identity's sessions and nothing else
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct {
	out   *outbound.Client
	plain string // the host whose pages may be plain http: Stripe played on loopback; "" when there is none
}

// New makes a Client; see outbound.New for the addresses that it refuses. Its
// list of fields that Stripe may get is empty (obligations 6 and 38).
func New(cfg Config) (*Client, error) {
	if cfg.BaseURL == "" {
		cfg.BaseURL = BaseURL
	}
	out, err := outbound.New(outbound.Config{Vendor: vendor, BaseURL: cfg.BaseURL, Auth: outbound.Bearer(cfg.SecretKey),
		Header: http.Header{"Stripe-Version": {APIVersion}}, ErrorCode: errorCode,
		Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	c := &Client{out: out}
	if base, err := url.Parse(cfg.BaseURL); err == nil && base.Scheme == "http" {
		c.plain = base.Host
	}
	return c, nil
}

// errorCode reads {"error":{"type","code"}}. Not every error has a code; the
// type then says what kind it is.
func errorCode(body []byte) string {
	var e struct {
		Error struct {
			Type string `json:"type"`
			Code string `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	if e.Error.Code != "" {
		return e.Error.Code
	}
	return e.Error.Type
}

// Status is how far a session is.
type Status string

// The statuses of sessions.
const (
	StatusRequiresInput Status = "requires_input" // the applicant is to show a document, for the first time or again
	StatusProcessing    Status = "processing"
	StatusVerified      Status = "verified"
	StatusCanceled      Status = "canceled"
)

// session is the part of Stripe's VerificationSession that we read.
type session struct {
	ID        string  `json:"id"`
	Object    string  `json:"object"`
	Type      string  `json:"type"`
	Status    Status  `json:"status"`
	Reference *string `json:"client_reference_id"`
	Created   int64   `json:"created"`
	LastError *struct {
		Code *string `json:"code"`
	} `json:"last_error"`
	Redaction *struct{} `json:"redaction"`
	URL       *string   `json:"url"`
}

const sessionObject = "identity.verification_session"

var idForm = regexp.MustCompile(`^[A-Za-z0-9_]{1,128}$`)

// sound reports whether the answer is a session of our kind at all: an empty
// object is not, and a session that looks at something other than a document is
// no evidence of one.
func (s session) sound() bool {
	switch s.Status {
	case StatusRequiresInput, StatusProcessing, StatusVerified, StatusCanceled:
		return idForm.MatchString(s.ID) && s.Object == sessionObject && s.Type == "document"
	}
	return false
}

func (s session) reference() string {
	if s.Reference == nil {
		return ""
	}
	return *s.Reference
}

// lastError is Stripe's code of what went wrong last; "" when nothing did. The
// sentence beside it is not read: it is for Stripe's own page.
func (s session) lastError() string {
	if s.LastError == nil || s.LastError.Code == nil {
		return ""
	}
	return *s.LastError.Code
}

// belongs reports whether the session was made for the grant's applicant.
func (s session) belongs(g consent.Grant[consent.Validation]) bool {
	return strings.HasPrefix(s.reference(), string(g.Applicant())+"/")
}

// Session is a session as Stripe has it. It holds no personal data, and not the
// page's address: that is for Page, each time anew.
type Session struct {
	ID        string
	Reference string // <applicant>/<check>/<round>
	Status    Status
	CreatedAt time.Time
	// TakenUp: the session is one of an earlier round; nothing was made.
	TakenUp bool
	Raw     []byte // the answer, without the page's address and secret
}

func (s session) session(raw []byte) Session {
	return Session{ID: s.ID, Reference: s.reference(), Status: s.Status, CreatedAt: time.Unix(s.Created, 0).UTC(), Raw: raw}
}

// stands reports whether the session is as good as a new one: it came to an
// end that counts, is on the way, or can still be taken up by the applicant.
func (s session) stands() bool {
	if s.Redaction != nil { // its data goes, or is gone
		return false
	}
	switch s.Status {
	case StatusProcessing, StatusVerified:
		return true
	case StatusRequiresInput:
		return !problemOf(s.lastError()).final
	case StatusCanceled:
		return false
	}
	return false
}

// SessionRequest says what is asked for.
type SessionRequest struct {
	// ReturnURL is where Stripe's page sends the applicant's browser back to. It
	// holds nothing of the person, and is the same over every attempt of a
	// round: Stripe refuses a known Idempotency-Key with other parameters.
	ReturnURL string
	// Earlier are the references of earlier rounds, oldest first. Each is asked
	// for, newest first, before anything is made; a session that stands is taken
	// up. A round whose own attempts may go on for longer than the 24 hours that
	// Stripe keeps a key lists its own reference too.
	Earlier []string
}

// Create spends the grant and makes a session, or takes up an earlier round's. It
// sends no field of the person. It may be called again with a grant of the same
// check and round after any error: Stripe gives the session that it has already.
// It gives its own failure (500) again too, for 24 hours, so that after one only
// a new round helps. Errors: those of Grant.Spend, CodeInvalid for a return
// address that is none, and those of outbound.Client.Do; 409 (the same request
// is in flight) is CodeVendorBusy.
func (c *Client) Create(ctx context.Context, g consent.Grant[consent.Validation], req SessionRequest) (Session, error) {
	if err := g.Spend(vendor); err != nil {
		return Session{}, err
	}
	back, err := url.Parse(req.ReturnURL)
	if err != nil || back.Host == "" || back.User != nil || (back.Scheme != "https" && back.Scheme != "http") {
		return Session{}, onboarding.Invalid("return_url", "The address to come back to is not one of a page.", "Check the portal's public address in the configuration.")
	}
	for i := len(req.Earlier) - 1; i >= 0; i-- {
		s, ok, err := c.standing(ctx, req.Earlier[i])
		if err != nil {
			return Session{}, err
		}
		if ok {
			return s, nil
		}
	}
	key := g.OrderKey()
	var s session
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/identity/verification_sessions", IdempotencyKey: key,
		Form: url.Values{"type": {"document"}, "client_reference_id": {key}, "return_url": {req.ReturnURL}}, Into: &s})
	if err != nil {
		return Session{}, err
	}
	if !s.sound() || s.reference() != key {
		return Session{}, vendors.Unclear(vendor, reply.Status, "gave an answer that is not about our session")
	}
	return s.session(withoutPage(reply.Body)), nil
}

// standing asks for a session by our reference.
func (c *Client) standing(ctx context.Context, reference string) (Session, bool, error) {
	var list struct {
		Data *[]json.RawMessage `json:"data"`
	}
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/identity/verification_sessions",
		Query: url.Values{"client_reference_id": {reference}, "limit": {"100"}}, Into: &list})
	if err != nil {
		return Session{}, false, err
	}
	if list.Data == nil { // "none" must be said, or there might be two
		return Session{}, false, vendors.Unclear(vendor, reply.Status, "did not say whether it has a session of ours")
	}
	for _, raw := range *list.Data {
		var s session
		if json.Unmarshal(raw, &s) != nil || !s.sound() || s.reference() != reference {
			return Session{}, false, vendors.Unclear(vendor, reply.Status, "gave an answer that is not about our session")
		}
		if s.stands() {
			out := s.session(withoutPage(raw))
			out.TakenUp = true
			return out, true, nil
		}
	}
	return Session{}, false, nil
}

// CancelReference closes the session that was made under our reference, for one
// whose answer never came. That there is none is no error. Errors: those of Cancel
// and outbound.Client.Do.
func (c *Client) CancelReference(ctx context.Context, reference string) error {
	s, ok, err := c.standing(ctx, reference)
	if err != nil || !ok {
		return err
	}
	return c.Cancel(ctx, s.ID)
}

// withoutPage gives the answer without what opens Stripe's page: Stripe forbids
// to keep the address and the secret, and whoever has one of them can show a
// document in the applicant's stead.
func withoutPage(body []byte) []byte {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil
	}
	delete(members, "url")
	delete(members, "client_secret")
	out, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	return out
}

// get asks for a session by its ID.
func (c *Client) get(ctx context.Context, id string) (session, outbound.Reply, error) {
	if !idForm.MatchString(id) {
		return session{}, outbound.Reply{}, onboarding.Invalid("session", "That is not the ID of a session.", "Use the ID that the vendor gave.")
	}
	var s session
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/identity/verification_sessions/{session}",
		Params: map[string]string{"session": id}, Into: &s})
	if err != nil {
		return session{}, outbound.Reply{}, err
	}
	if !s.sound() || s.ID != id {
		return session{}, outbound.Reply{}, vendors.Unclear(vendor, reply.Status, "gave an answer that is not about our session")
	}
	return s, reply, nil
}

// own is get for a grant's applicant: it spends the grant, and lets no session
// through that was made for somebody else.
func (c *Client) own(ctx context.Context, g consent.Grant[consent.Validation], id string) (session, outbound.Reply, error) {
	if err := g.Spend(vendor); err != nil {
		return session{}, outbound.Reply{}, err
	}
	s, reply, err := c.get(ctx, id)
	if err != nil {
		return session{}, outbound.Reply{}, err
	}
	if !s.belongs(g) {
		return session{}, outbound.Reply{}, vendors.Fail(onboarding.CodeVendorRefused, vendors.Problem{Vendor: vendor, Status: reply.Status},
			"gave a session that belongs to another application", "Nothing of it was kept. Take it up with the vendor.")
	}
	return s, reply, nil
}

// Page spends the grant, without opening anything, and gives the address of the
// page on which Stripe asks the applicant for the document. It works once and
// for 48 hours: redirect the applicant's browser to it at once, and never store,
// log or mail it. Errors: those of Fetch, and CodeNotNow when the session does
// not wait for the applicant.
func (c *Client) Page(ctx context.Context, g consent.Grant[consent.Validation], sessionID string) (string, error) {
	s, reply, err := c.own(ctx, g, sessionID)
	if err != nil {
		return "", err
	}
	if s.Status != StatusRequiresInput {
		return "", &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no document to show at the moment.",
			Hint: "It is being looked at, or this check has ended: the page of your application says which."}
	}
	if s.URL == nil || !c.mayOpen(*s.URL) {
		return "", vendors.Unclear(vendor, reply.Status, "did not say where the document is to be shown")
	}
	return *s.URL, nil
}

// mayOpen reports whether a browser may be sent there: over TLS, or to the very
// host that plays Stripe on loopback.
func (c *Client) mayOpen(page string) bool {
	u, err := url.Parse(page)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || (u.Scheme == "http" && c.plain != "" && u.Host == c.plain)
}

// Cancel ends a session for good, so that nobody can show a document in it any
// more. It takes no grant, since it must work after consent was withdrawn. One
// that is verified or canceled already is no error: there is nothing left to
// stop. Stripe cancels only what waits for input; while it is at work, the error
// is CodeVendorBusy.
//
// It sends no Idempotency-Key. Canceling twice is canceling once by its nature,
// and under a key Stripe would repeat a refusal from while it was at work, for 24
// hours, to a session that has long come back.
func (c *Client) Cancel(ctx context.Context, sessionID string) error {
	if !idForm.MatchString(sessionID) {
		return onboarding.Invalid("session", "That is not the ID of a session.", "Use the ID that the vendor gave.")
	}
	var s session
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/identity/verification_sessions/{session}/cancel",
		Params: map[string]string{"session": sessionID}, Form: url.Values{}, Accept: []int{http.StatusBadRequest}, Into: &s})
	if err != nil {
		return err
	}
	refused := reply.Status == http.StatusBadRequest
	if refused { // which status stood in the way, only the session itself says
		if s, _, err = c.get(ctx, sessionID); err != nil {
			return err
		}
	}
	switch {
	case !s.sound() || s.ID != sessionID:
	case s.Status == StatusCanceled, s.Status == StatusVerified:
		return nil
	case s.Status == StatusProcessing:
		return vendors.Fail(onboarding.CodeVendorBusy, vendors.Problem{Vendor: vendor, Status: reply.Status},
			"is still looking at the document", "It is asked again later.")
	case refused:
		return vendors.Fail(onboarding.CodeVendorRefused, vendors.Problem{Vendor: vendor, Status: reply.Status, Code: errorCode(reply.Body)},
			"refused to end the session", "Look into it with the vendor.")
	}
	return vendors.Unclear(vendor, reply.Status, "did not say that the session is stopped")
}
