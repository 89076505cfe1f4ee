package sandbox

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const stripeVerified = "verified"

// stripeClose leaves the page and the session as they are.
const stripeClose = "close"

// stripeSteer is a button of the page on which Stripe asks for the document. What
// it posts is Stripe's code for the outcome.
type stripeSteer struct {
	code, label string
	atOnce      bool // nothing is looked at
	outcome     string
}

var stripeSteers = []stripeSteer{
	{stripeVerified, "Verified", false, "the document is accepted"},
	{"document_expired", "Document expired", false, "not accepted: expired; the applicant may try again"},
	{"document_unverified_other", "Document not readable", false, "not accepted: not readable; the applicant may try again"},
	{"device_not_supported", "I have no camera", true, "nothing was shown; the applicant may try again"},
	{"consent_declined", "I decline", true, "the applicant does not want Stripe to look: the check cannot be made this way"},
	{"country_not_supported", "My country is not covered", true, "the check cannot be made this way"},
	{"under_supported_age", "I am a minor", true, "too young for Stripe: flagged"},
	{stripeClose, "Close", true, "nothing has happened; the applicant may go on later"},
}

// stripeHands are the page of a session: /stripe/_verify/<session>.<secret>.
var stripeHands = []hand{
	{http.MethodGet, "/" + Stripe + "/_verify/{page}", (*Sandbox).stripePage},
	{http.MethodPost, "/" + Stripe + "/_verify/{page}", (*Sandbox).stripePress},
}

const (
	stripeTitle = "Sandbox: Stripe Identity"
	stripeGone  = "This link does not work any more. Go back to your application and begin again from there."
)

// opens gives the session that a page's address opens; ok is false when it was
// used, made up, or the session does not wait for anybody.
func (s *Sandbox) opens(address string, now time.Time) (stripeSession, bool) {
	id, secret, _ := strings.Cut(address, ".")
	v, ok := find[stripeSession](s, Stripe, kindSession, id)
	return v, ok && v.takes(secret, now)
}

func (v stripeSession) takes(secret string, now time.Time) bool {
	return v.status(now) == "requires_input" && subtle.ConstantTimeCompare([]byte(v.Secret), []byte(secret)) == 1
}

// stripePage shows the buttons.
func (s *Sandbox) stripePage(w http.ResponseWriter, _ *http.Request, values map[string]string) {
	if _, ok := s.opens(values["page"], time.Now()); !ok {
		showPage(w, http.StatusNotFound, stripeTitle, stripeGone)
		return
	}
	deeds := make([]deed, 0, len(stripeSteers))
	for _, b := range stripeSteers {
		deeds = append(deeds, deed{b.code, b.label})
	}
	showPage(w, http.StatusOK, stripeTitle, "Here Stripe would ask for a picture of your document. No document is shown to anybody: say how it shall turn out.", deeds...)
}

// stripePress takes the button, has the webhooks sent, and leads back to where
// the session's maker wanted. The address works once: the next one is asked of
// the API.
func (s *Sandbox) stripePress(w http.ResponseWriter, r *http.Request, values map[string]string) {
	now := time.Now().UTC()
	r.Body = http.MaxBytesReader(w, r.Body, 1<<10)
	button, ok := stripeButton(r.PostFormValue("do"))
	v, opens := s.opens(values["page"], now)
	switch {
	case !opens:
		showPage(w, http.StatusNotFound, stripeTitle, stripeGone)
		return
	case !ok:
		showPage(w, http.StatusBadRequest, stripeTitle, "There is no such button.")
		return
	}
	if button.code != stripeClose && !s.stripeTurn(v, button, now) {
		showPage(w, http.StatusNotFound, stripeTitle, stripeGone)
		return
	}
	http.Redirect(w, r, v.ReturnURL, http.StatusSeeOther)
}

func stripeButton(code string) (stripeSteer, bool) {
	for _, b := range stripeSteers {
		if b.code == code {
			return b, true
		}
	}
	return stripeSteer{}, false
}

// stripeTurn changes the session; false when somebody was quicker.
func (s *Sandbox) stripeTurn(was stripeSession, button stripeSteer, now time.Time) bool {
	turned := false
	v := change(s, Stripe, kindSession, was.ID, func(v *stripeSession, _ bool) bool {
		if turned = v.takes(was.Secret, now); !turned {
			return false
		}
		v.Pressed, v.ReadyAt, v.Secret = button.code, now, rand.Text()
		if !button.atOnce {
			v.ReadyAt = now.Add(s.cfg.ReportDelay)
		}
		return true
	})
	if !turned {
		return false
	}
	if v.ReadyAt.After(now) {
		s.stripeTell(v.ID, "processing", now)
	}
	s.stripeTell(v.ID, v.status(v.ReadyAt), v.ReadyAt)
	return true
}

// stripeTell has an event sent: identity.verification_session.<what>.
func (s *Sandbox) stripeTell(session, what string, at time.Time) {
	s.tell(event{Vendor: Stripe, ID: "evt_" + rand.Text(), Type: "identity.verification_session." + what, About: session, At: at})
}

// stripeEvent is an event's body. The session in it has no page's address.
func (s *Sandbox) stripeEvent(e event, now time.Time) (any, bool) {
	v, ok := find[stripeSession](s, Stripe, kindSession, e.About)
	if !ok {
		return nil, false
	}
	return map[string]any{"id": e.ID, "object": "event", "type": e.Type, "created": e.At.Unix(), "livemode": false, "pending_webhooks": 1,
		"request": nil, "data": map[string]any{"object": stripeJSON(v, "", now)}}, true
}

func signStripe(s *Sandbox, h http.Header, body []byte, now time.Time) {
	h.Set("Stripe-Signature", SignStripe(s.cfg.Keys.StripeHook, now, body))
}

// SignStripe gives the value of Stripe-Signature for a body, for tests that post
// events of their own.
func SignStripe(secret string, now time.Time, body []byte) string {
	stamp := strconv.FormatInt(now.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(stamp + "."))
	mac.Write(body)
	return "t=" + stamp + ",v1=" + hex.EncodeToString(mac.Sum(nil))
}
