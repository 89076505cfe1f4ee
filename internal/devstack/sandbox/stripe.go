package sandbox

import (
	"crypto/rand"
	"crypto/subtle"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of what Stripe keeps.
const (
	kindSession = "session"
	kindKey     = "key" // what was answered under an Idempotency-Key
)

// stripeSession is a VerificationSession: how it will turn out, and nothing of
// the person, who shows no document here but presses a button.
type stripeSession struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	ReturnURL string    `json:"return_url"`
	Created   time.Time `json:"created"`
	Secret    string    `json:"secret"`   // of the page's address, until a button is pressed
	Pressed   string    `json:"pressed"`  // of stripeSteers; "" before the first time
	ReadyAt   time.Time `json:"ready_at"` // when Stripe has looked at what was pressed
	Canceled  bool      `json:"canceled"`
	Redacted  bool      `json:"redacted,omitempty"` // what was collected is gone
}

func (v stripeSession) status(now time.Time) string {
	switch {
	case v.Canceled:
		return "canceled"
	case v.Pressed == "":
		return "requires_input"
	case now.Before(v.ReadyAt):
		return "processing"
	case v.Pressed == stripeVerified:
		return "verified"
	}
	return "requires_input"
}

// lastError is what Stripe held against the last try; nil while there is nothing.
func (v stripeSession) lastError(now time.Time) any {
	if v.Pressed == "" || v.Pressed == stripeVerified || now.Before(v.ReadyAt) {
		return nil
	}
	return map[string]any{"code": v.Pressed, "reason": "The sandbox's button was pressed."}
}

// stripeKept is the first answer under a key. Stripe repeats it as it was.
type stripeKept struct {
	Sent    url.Values    `json:"sent"`
	Session stripeSession `json:"session"`
}

// stripeJSON gives the session as Stripe shows it to whoever has the secret key;
// at is the scheme and host by which the sandbox was reached.
func stripeJSON(v stripeSession, at string, now time.Time) map[string]any {
	status := v.status(now)
	out := map[string]any{
		"id": v.ID, "object": "identity.verification_session", "type": "document", "status": status, "livemode": false,
		"client_reference_id": v.Reference, "created": v.Created.Unix(), "metadata": map[string]any{}, "options": map[string]any{},
		"last_error": v.lastError(now), "last_verification_report": nil, "redaction": nil, "related_customer": nil,
		"client_secret": nil, "url": nil,
	}
	if v.Redacted {
		out["redaction"] = map[string]any{"status": "redacted"}
	}
	if v.Pressed != "" && status != "processing" {
		out["last_verification_report"] = "vr_" + strings.TrimPrefix(v.ID, "vs_")
	}
	if status == "requires_input" && at != "" && !v.Redacted {
		out["client_secret"] = v.ID + "_secret_" + v.Secret
		out["url"] = at + "/" + Stripe + "/_verify/" + v.ID + "." + v.Secret
	}
	return out
}

func reachedAt(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// stripeFailure is {"error":{"type","code","message","param"}}.
func stripeFailure(status int, code, message, param string) answer {
	e := map[string]any{"type": "invalid_request_error", "message": message}
	switch {
	case code == "idempotency_error":
		e["type"] = code
	case code == "request_in_flight": // the sandbox's word for it
		e["code"] = "idempotency_key_in_use"
	case status >= 500:
		e["type"] = "api_error"
	case code != "":
		e["code"] = code
	}
	if param != "" {
		e["param"] = param
	}
	return answer{status: status, body: map[string]any{"error": e}}
}

// stripeSent reads what came, notes its names, and refuses what is not of the
// contract; ok is false with the refusal.
func (s *Sandbox) stripeSent(x *exchange, allowed ...string) (sent url.Values, a answer, ok bool) {
	form, err := url.ParseQuery(string(x.body))
	sent = url.Values{}
	maps.Copy(sent, form)
	maps.Copy(sent, x.query)
	names := slices.Sorted(maps.Keys(sent))
	for _, name := range names {
		x.entry.sent(stripeName(name))
	}
	given := []byte(x.r.Header.Get("Authorization"))
	kind, _, _ := strings.Cut(x.r.Header.Get("Content-Type"), ";")
	switch {
	case subtle.ConstantTimeCompare(given, []byte("Bearer "+s.cfg.Keys.StripeKey)) != 1:
		return nil, stripeFailure(http.StatusUnauthorized, "", "The key is not known.", ""), false
	case err != nil, (x.r.Method == http.MethodPost) != (kind == "application/x-www-form-urlencoded"), x.r.Method != http.MethodPost && len(x.body) > 0:
		return nil, stripeFailure(http.StatusBadRequest, "", "The body is not a form.", ""), false
	case x.r.Method == http.MethodPost && len(x.query) > 0:
		return nil, stripeFailure(http.StatusBadRequest, "parameter_unknown", "Parameters go into the body.", ""), false
	}
	for _, name := range names {
		if !slices.Contains(allowed, name) {
			return nil, stripeFailure(http.StatusBadRequest, "parameter_unknown", "There is a parameter that the contract does not know.", ""), false
		}
		if len(sent[name]) != 1 || sent.Get(name) == "" {
			return nil, stripeFailure(http.StatusBadRequest, "parameter_invalid_empty", "A parameter has no value, or two.", name), false
		}
	}
	return sent, answer{}, true
}

// stripeName is the innermost name of a parameter: "email" of
// "provided_details[email]".
func stripeName(name string) string {
	if i := strings.LastIndexByte(name, '['); i >= 0 {
		return strings.TrimSuffix(name[i+1:], "]")
	}
	return name
}

// stripeCreate is POST /v1/identity/verification_sessions. The key is optional,
// as at Stripe's: without one, every request makes a session.
func (s *Sandbox) stripeCreate(x *exchange) answer {
	sent, a, ok := s.stripeSent(x, "type", "client_reference_id", "return_url")
	if !ok {
		return a
	}
	back, err := url.Parse(sent.Get("return_url"))
	switch {
	case len(x.entry.IdempotencyKey) > 255:
		return stripeFailure(http.StatusBadRequest, "", "The Idempotency-Key has more than 255 characters.", "")
	case sent.Get("type") != "document":
		return stripeFailure(http.StatusBadRequest, "parameter_missing", "The sandbox looks at documents only.", "type")
	case err != nil || back.Host == "" || (back.Scheme != "https" && back.Scheme != "http"):
		return stripeFailure(http.StatusBadRequest, "url_invalid", "That is not a page to come back to.", "return_url")
	}
	v := stripeSession{ID: "vs_" + rand.Text(), Reference: sent.Get("client_reference_id"), ReturnURL: sent.Get("return_url"), Created: x.now, Secret: rand.Text()}
	kept := stripeKept{sent, v}
	if x.entry.IdempotencyKey != "" {
		kept = change(s, Stripe, kindKey, x.entry.IdempotencyKey, func(k *stripeKept, had bool) bool {
			if !had {
				*k = kept
			}
			return !had
		})
	}
	x.entry.Order, x.entry.Replayed = kept.Session.ID, kept.Session.ID != v.ID
	if !maps.EqualFunc(kept.Sent, sent, slices.Equal) {
		return stripeFailure(http.StatusBadRequest, "idempotency_error", "This key was used with other parameters.", "")
	}
	made := false
	change(s, Stripe, kindSession, kept.Session.ID, func(v *stripeSession, had bool) bool {
		if made = !had; made { // also after a SIGKILL between the key and the session
			*v = kept.Session
		}
		return made
	})
	if made {
		s.stripeTell(kept.Session.ID, "created", x.now)
	}
	a = answer{status: http.StatusOK, body: stripeJSON(kept.Session, reachedAt(x.r), x.now)}
	if x.entry.Replayed {
		a.header = map[string]string{"Idempotent-Replayed": "true"}
	}
	return a
}

// stripeFind is GET /v1/identity/verification_sessions?client_reference_id=&limit=.
func (s *Sandbox) stripeFind(x *exchange) answer {
	sent, a, ok := s.stripeSent(x, "client_reference_id", "limit")
	if !ok {
		return a
	}
	limit := 10
	if given := sent.Get("limit"); given != "" {
		n, err := strconv.Atoi(given)
		if err != nil || n < 1 || n > 100 {
			return stripeFailure(http.StatusBadRequest, "parameter_invalid_integer", "The limit is 1 to 100.", "limit")
		}
		limit = n
	}
	if sent.Get("client_reference_id") == "" {
		return stripeFailure(http.StatusBadRequest, "parameter_missing", "The sandbox lists by reference only.", "client_reference_id")
	}
	data, more := []any{}, false
	for _, v := range slices.Backward(list[stripeSession](s, Stripe, kindSession)) {
		if v.Reference != sent.Get("client_reference_id") {
			continue
		}
		if more = len(data) == limit; more {
			break
		}
		data = append(data, stripeJSON(v, reachedAt(x.r), x.now))
		x.entry.Order = v.ID
	}
	return answer{status: http.StatusOK, body: map[string]any{"object": "list", "url": "/v1/identity/verification_sessions", "has_more": more, "data": data}}
}

// stripeGet is GET /v1/identity/verification_sessions/{session}.
func (s *Sandbox) stripeGet(x *exchange) answer {
	if _, a, ok := s.stripeSent(x); !ok {
		return a
	}
	v, ok := find[stripeSession](s, Stripe, kindSession, x.values["session"])
	if !ok {
		return noSuchSession()
	}
	x.entry.Order = v.ID
	return answer{status: http.StatusOK, body: stripeJSON(v, reachedAt(x.r), x.now)}
}

func noSuchSession() answer {
	return stripeFailure(http.StatusNotFound, "resource_missing", "There is no such session.", "session")
}

// stripeCancel is POST /v1/identity/verification_sessions/{session}/cancel.
func (s *Sandbox) stripeCancel(x *exchange) answer {
	if _, a, ok := s.stripeSent(x); !ok {
		return a
	}
	canceled, known := false, false
	v := change(s, Stripe, kindSession, x.values["session"], func(v *stripeSession, had bool) bool {
		known = had
		canceled = had && v.status(x.now) == "requires_input"
		v.Canceled = v.Canceled || canceled
		return canceled
	})
	if !known {
		return noSuchSession()
	}
	x.entry.Order = v.ID
	if !canceled {
		return stripeFailure(http.StatusBadRequest, "", "Only a session that requires input can be canceled.", "session")
	}
	s.stripeTell(v.ID, "canceled", x.now)
	return answer{status: http.StatusOK, body: stripeJSON(v, reachedAt(x.r), x.now)}
}

// stripeRedact is POST /v1/identity/verification_sessions/{session}/redact: what was
// collected goes, the session stays. While Stripe is looking it is refused, as Stripe
// does until the session has left the status.
func (s *Sandbox) stripeRedact(x *exchange) answer {
	if _, a, ok := s.stripeSent(x); !ok {
		return a
	}
	known, looking := false, false
	v := change(s, Stripe, kindSession, x.values["session"], func(v *stripeSession, had bool) bool {
		known, looking = had, had && v.status(x.now) == "processing"
		if !had || looking {
			return false
		}
		v.Canceled = v.Canceled || v.status(x.now) == "requires_input"
		v.Redacted = true
		return true
	})
	if !known {
		return noSuchSession()
	}
	x.entry.Order = v.ID
	if looking {
		return stripeFailure(http.StatusBadRequest, "", "A session that is processing cannot be redacted.", "session")
	}
	s.stripeTell(v.ID, "redacted", x.now)
	return answer{status: http.StatusOK, body: stripeJSON(v, reachedAt(x.r), x.now)}
}
