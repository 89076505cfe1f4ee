package sandbox

import (
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"sync"
)

// kickboxVerify is GET /v2/verify.
func (s *Sandbox) kickboxVerify(x *exchange) answer {
	for name := range x.query {
		x.entry.sent(name)
	}
	if x.r.Header.Get("Authorization") != "Bearer "+s.cfg.Keys.Kickbox {
		return failure(Kickbox, http.StatusForbidden, "", "Invalid API Key", "")
	}
	if len(x.query) != 1 || len(x.query["email"]) != 1 || len(x.body) > 0 {
		return failure(Kickbox, http.StatusBadRequest, "", "Send the e-mail address as 'email', and nothing else", "")
	}
	email := x.query.Get("email")
	addr, err := mail.ParseAddress(email)
	if err != nil || addr.Address != email {
		return kickboxSays(email, mailSteer{result: "undeliverable", reason: "invalid_email"})
	}
	m, _ := steerMail(email)
	return kickboxSays(email, m)
}

func kickboxSays(email string, m mailSteer) answer {
	email = strings.ToLower(email)
	user, domain, _ := strings.Cut(email, "@")
	sendex := map[string]float64{"deliverable": 0.95, "risky": 0.35}[m.result]
	return answer{status: http.StatusOK, body: map[string]any{
		"result": m.result, "reason": m.reason, "role": false, "free": false, "disposable": m.disposable, "accept_all": false,
		"did_you_mean": nil, "sendex": sendex, "email": email, "user": user, "domain": domain, "success": true, "message": nil,
	}}
}

// turns remembers what goes well when it is looked up the next time.
type turns struct {
	mu    sync.Mutex
	ready map[string]bool
}

func newTurns() *turns { return &turns{ready: map[string]bool{}} }

// first is true at the first look-up of a key, false at the second, and so on in
// turn, so that every applicant who types it meets both.
func (t *turns) first(key string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ready[key] {
		delete(t.ready, key)
		return false
	}
	t.ready[key] = true
	return true
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// twilioLookup is GET /v2/PhoneNumbers/{e164}.
func (s *Sandbox) twilioLookup(x *exchange) answer {
	x.entry.sent("phone")
	for name := range x.query {
		x.entry.sent(name)
	}
	user, secret, ok := x.r.BasicAuth()
	if !ok || user != s.cfg.Keys.TwilioSID || secret != s.cfg.Keys.TwilioSecret {
		return failure(Twilio, http.StatusUnauthorized, "20003", "Authenticate", "")
	}
	if len(x.query) != 1 || x.query.Get("Fields") != "line_type_intelligence" || len(x.body) > 0 {
		return failure(Twilio, http.StatusBadRequest, "60600", "Ask for Fields=line_type_intelligence, and send nothing else", "")
	}
	number := x.values["e164"]
	if !e164.MatchString(number) {
		return failure(Twilio, http.StatusNotFound, "20404", "The requested resource was not found", "")
	}
	p := steerPhone(number)
	if p.once != "" {
		switch first := s.twilio.first(number); {
		case first && p.once == "status":
			a := failure(Twilio, http.StatusTooManyRequests, "20429", "Too Many Requests", "")
			a.retryAfter = 1
			return a
		case !first:
			p.code = 0
		}
	}
	return twilioSays(number, p)
}

func twilioSays(number string, p phoneSteer) answer {
	body := map[string]any{"phone_number": number, "national_format": nil, "country_code": nil, "calling_country_code": nil,
		"valid": !p.invalid, "validation_errors": nil, "line_type_intelligence": nil, "url": nil}
	if strings.HasPrefix(number, "+1") {
		body["country_code"], body["calling_country_code"] = "US", "1"
	}
	switch {
	case p.invalid:
		body["validation_errors"] = []string{"INVALID_BUT_POSSIBLE"}
	case p.code != 0:
		body["line_type_intelligence"] = map[string]any{"type": nil, "carrier_name": nil, "mobile_country_code": nil,
			"mobile_network_code": nil, "error_code": p.code}
	default:
		body["line_type_intelligence"] = map[string]any{"type": p.line, "carrier_name": "Sandbox Wireless",
			"mobile_country_code": "310", "mobile_network_code": "000", "error_code": nil}
	}
	return answer{status: http.StatusOK, body: body}
}
