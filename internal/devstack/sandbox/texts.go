package sandbox

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1
	"encoding/base64"
	"encoding/xml"
	"html/template"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// TwilioSMS is the part of Twilio that sends text messages. It delivers none, and
// shows them at /twilio-sms/_phones, where a person can answer them.
const TwilioSMS = "twilio-sms"

// SMSFrom is the number that texts come from.
const SMSFrom = "+12125550100"

const (
	kindText    = "text"
	kindStopped = "stopped"
)

type smsMessage struct {
	SID  string    `json:"sid"`
	To   string    `json:"to"`
	From string    `json:"from"`
	Body string    `json:"body"`
	At   time.Time `json:"at"`
	In   bool      `json:"in"` // what a person sent
}

func smsJSON(m smsMessage) map[string]any {
	return map[string]any{"sid": m.SID, "to": m.To, "from": m.From, "body": m.Body, "status": "queued", "direction": "outbound-api", "num_segments": "1",
		"error_code": nil, "error_message": nil, "date_created": m.At.Format(time.RFC1123Z), "date_sent": nil, "api_version": "2010-04-01"}
}

func (s *Sandbox) smsAuth(x *exchange) (answer, bool) {
	user, secret, ok := x.r.BasicAuth()
	if !ok || user != s.cfg.Keys.TwilioSID || secret != s.cfg.Keys.TwilioSecret || x.values["account"] != s.cfg.Keys.SMSAccount {
		return failure(Twilio, http.StatusUnauthorized, "20003", "Authenticate", ""), false
	}
	return answer{}, true
}

// smsSend is POST /2010-04-01/Accounts/{account}/Messages.json.
func (s *Sandbox) smsSend(x *exchange) answer {
	form, err := url.ParseQuery(string(x.body))
	for name := range form {
		if name == "To" {
			x.entry.sent("phone")
			continue
		}
		x.entry.sent(strings.ToLower(name))
	}
	if a, ok := s.smsAuth(x); !ok {
		return a
	}
	if err != nil || len(form) != 3 || form.Get("From") != SMSFrom || form.Get("Body") == "" {
		return failure(Twilio, http.StatusBadRequest, "21602", "Send To, From and Body, and nothing else", "")
	}
	to := form.Get("To")
	if !e164.MatchString(to) {
		return failure(Twilio, http.StatusBadRequest, "21211", "Invalid 'To' Phone Number", "")
	}
	if _, stopped := find[bool](s, TwilioSMS, kindStopped, to); stopped {
		return failure(Twilio, http.StatusBadRequest, smsSteers[0].code, smsSteers[0].message, "")
	}
	for _, steer := range smsSteers {
		if strings.HasSuffix(to, "555"+steer.digits) {
			return failure(Twilio, http.StatusBadRequest, steer.code, steer.message, "")
		}
	}
	m := smsMessage{SID: "SM" + strings.ToLower(rand.Text()), To: to, From: SMSFrom, Body: form.Get("Body"), At: x.now}
	s.keep(TwilioSMS, kindText, m.SID, m)
	return answer{status: http.StatusCreated, body: smsJSON(m)}
}

// smsFind is GET /2010-04-01/Accounts/{account}/Messages.json.
func (s *Sandbox) smsFind(x *exchange) answer {
	for name := range x.query {
		if name == "To" {
			x.entry.sent("phone")
			continue
		}
		x.entry.sent(strings.ToLower(strings.TrimSuffix(name, ">")))
	}
	if a, ok := s.smsAuth(x); !ok {
		return a
	}
	found := []any{}
	for _, m := range list[smsMessage](s, TwilioSMS, kindText) {
		if m.To == x.query.Get("To") && m.At.Format(time.DateOnly) >= x.query.Get("DateSent>") {
			found = append(found, smsJSON(m))
		}
	}
	slices.Reverse(found) // the newest first
	return answer{status: http.StatusOK, body: map[string]any{"messages": found, "page": 0, "page_size": 100, "next_page_uri": nil}}
}

// smsDelete is DELETE /2010-04-01/Accounts/{account}/Messages/{message}.json.
func (s *Sandbox) smsDelete(x *exchange) answer {
	if a, ok := s.smsAuth(x); !ok {
		return a
	}
	sid, ok := strings.CutSuffix(x.values["message"], ".json")
	if _, there := find[smsMessage](s, TwilioSMS, kindText, sid); !ok || !there {
		return failure(Twilio, http.StatusNotFound, "20404", "The requested resource was not found", "")
	}
	s.drop(TwilioSMS, kindText, sid)
	return answer{status: http.StatusNoContent}
}

var smsHands = []hand{
	{http.MethodGet, "/twilio-sms/_phones", (*Sandbox).showPhones},
	{http.MethodGet, "/twilio-sms/_phones.json", func(s *Sandbox, w http.ResponseWriter, _ *http.Request, _ map[string]string) {
		writeJSON(w, http.StatusOK, list[smsMessage](s, TwilioSMS, kindText))
	}},
	{http.MethodPost, "/twilio-sms/_phones", (*Sandbox).textBack},
}

var phones = template.Must(template.New("phones").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Text messages</title>
<style>body{font:1.1em/1.5 sans-serif;margin:1em;overflow-wrap:anywhere}button,input{font:inherit;min-height:2.75em}</style>
<main><h1>Text messages</h1><p>What applicants' phones got and sent, newest first. STOP, HELP and START are answered as Twilio does.</p>
<form method="post"><p><label>From the phone <input name="phone" type="tel" placeholder="+12125550123"></label></p>
<p><label>Text <input name="text" value="STOP"></label></p><button>Send</button></form>
<ul>{{range .}}<li>{{if .In}}<strong>{{.From}} sent:</strong>{{else}}<strong>to {{.To}}:</strong>{{end}} {{.Body}}</li>{{else}}<li>None yet.</li>{{end}}</ul></main></html>
`))

func (s *Sandbox) showPhones(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	all := list[smsMessage](s, TwilioSMS, kindText)
	slices.Reverse(all)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = phones.Execute(w, all) // whoever asked has gone
}

// textBack is a person who answers: the message is kept, STOP and START count as at
// Twilio, and the webhook is called, whose answer is sent to the phone.
func (s *Sandbox) textBack(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	phone, text := r.FormValue("phone"), r.FormValue("text")
	if !e164.MatchString(phone) || text == "" {
		writeJSON(w, http.StatusBadRequest, map[string]any{"message": "Give phone, such as +12125550123, and text."})
		return
	}
	sid := "SM" + strings.ToLower(rand.Text())
	s.keep(TwilioSMS, kindText, sid, smsMessage{SID: sid, To: SMSFrom, From: phone, Body: text, At: time.Now().UTC(), In: true})
	form := url.Values{"MessageSid": {sid}, "From": {phone}, "To": {SMSFrom}, "Body": {text}, "AccountSid": {s.cfg.Keys.SMSAccount}}
	switch strings.ToUpper(strings.TrimSpace(text)) {
	case "STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT":
		s.keep(TwilioSMS, kindStopped, phone, true)
		form.Set("OptOutType", "STOP")
	case "START", "UNSTOP", "YES":
		s.drop(TwilioSMS, kindStopped, phone)
		form.Set("OptOutType", "START")
	}
	status, reply, err := s.callSMSWebhook(r.Context(), form)
	if err != nil {
		writeJSON(w, http.StatusBadGateway, map[string]any{"message": "The webhook could not be called."})
		return
	}
	if reply != "" {
		sid := "SM" + strings.ToLower(rand.Text())
		s.keep(TwilioSMS, kindText, sid, smsMessage{SID: sid, To: phone, From: SMSFrom, Body: reply, At: time.Now().UTC()})
	}
	writeJSON(w, http.StatusOK, map[string]any{"webhook": status, "reply": reply})
}

func (s *Sandbox) callSMSWebhook(ctx context.Context, form url.Values) (int, string, error) {
	s.courier.mu.Lock()
	address := strings.TrimSuffix(s.courier.base, "/") + "/" + TwilioSMS
	s.courier.mu.Unlock()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("X-Twilio-Signature", SignTwilio(s.cfg.Keys.SMSToken, address, form))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, bodyLimit))
	var twiml struct {
		Message string `xml:"Message"`
	}
	if err == nil && resp.StatusCode == http.StatusOK {
		err = xml.Unmarshal(body, &twiml)
	}
	return resp.StatusCode, twiml.Message, err
}

// SignTwilio gives the value of X-Twilio-Signature for a form, for tests that post
// one of their own.
func SignTwilio(token, address string, form url.Values) string {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		mac.Write([]byte(name + form.Get(name)))
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
