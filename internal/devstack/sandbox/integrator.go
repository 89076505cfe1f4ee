package sandbox

import (
	"encoding/json"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// IntegratorPath is where the sandbox plays an integrator: it takes webhooks, and
// shows a person what came and whether it was signed.
const IntegratorPath = "/_webhooks"

// integratorKeeps is how many webhooks it shows.
const integratorKeeps = 200

// integrator is what came, newest last, and what is answered.
type integrator struct {
	mu     sync.Mutex
	came   []cameIn
	status int // that is answered; 0: 204 when it is signed
}

type cameIn struct {
	At       time.Time `json:"at"`
	ID       string    `json:"id"`
	Signed   bool      `json:"signed"`
	Why      string    `json:"why"` // it does not count as signed
	Answered int       `json:"answered"`
	Body     string    `json:"body"`
	Type     string    `json:"type"`
	Data     struct {
		Applicant string `json:"applicant"`
		Program   string `json:"program"`
		Stage     string `json:"stage"`
		Attention string `json:"attention"`
		Number    int    `json:"number"`
	} `json:"data"`
}

var integratorHands = []hand{
	{http.MethodPost, IntegratorPath, (*Sandbox).takeWebhook},
	{http.MethodGet, IntegratorPath, (*Sandbox).showWebhooks},
	{http.MethodGet, IntegratorPath + ".json", func(s *Sandbox, w http.ResponseWriter, _ *http.Request, _ map[string]string) {
		s.integrator.mu.Lock()
		defer s.integrator.mu.Unlock()
		writeJSON(w, http.StatusOK, append([]cameIn{}, s.integrator.came...))
	}},
	{http.MethodPost, IntegratorPath + "/answer", (*Sandbox).answerWebhooks},
}

// takeWebhook verifies by the standard's own library.
func (s *Sandbox) takeWebhook(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c := cameIn{At: time.Now().UTC(), ID: r.Header.Get("webhook-id"), Body: string(body), Answered: http.StatusNoContent}
	_ = json.Unmarshal(body, &c) // what cannot be read is shown as it came
	v, err := standardwebhooks.NewWebhook(s.cfg.Keys.IntegratorSecret)
	if err == nil {
		err = v.Verify(body, r.Header)
	}
	if c.Signed = err == nil; !c.Signed {
		c.Why, c.Answered = err.Error(), http.StatusUnauthorized
	}
	s.integrator.mu.Lock()
	defer s.integrator.mu.Unlock()
	if s.integrator.status != 0 {
		c.Answered = s.integrator.status
	}
	s.integrator.came = append(s.integrator.came, c)
	if n := len(s.integrator.came); n > integratorKeeps {
		s.integrator.came = slices.Clone(s.integrator.came[n-integratorKeeps:])
	}
	w.WriteHeader(c.Answered)
}

var webhooksPage = template.Must(template.New("webhooks").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Webhooks</title>
<style>body{font:1.1em/1.5 sans-serif;margin:1em;overflow-wrap:anywhere}button{font:inherit;min-height:2.75em;padding:0 1em}table{border-collapse:collapse}td,th{text-align:left;padding:.3em 1em .3em 0;border-bottom:1px solid #999;vertical-align:top}.scroll{overflow-x:auto}</style>
<main><h1>Webhooks</h1><p>The sandbox plays an integrator: this is what came, newest first. Each signature was verified by the Standard Webhooks library. Now it answers <strong>{{if .Status}}{{.Status}}{{else}}204{{end}}</strong>.</p>
<form method="post" action="{{.Path}}/answer"><button name="status" value="0">Take everything (204)</button> <button name="status" value="503">Be down (503)</button> <button name="status" value="410">Be gone (410)</button></form>
<div class="scroll" tabindex="0" role="region" aria-label="Webhooks"><table><thead><tr><th scope="col">Came</th><th scope="col">Event</th><th scope="col">Applicant</th><th scope="col">Number</th><th scope="col">Stage</th><th scope="col">Waits for</th><th scope="col">Signature</th><th scope="col">Answered</th></tr></thead>
<tbody>{{range .Came}}<tr><td>{{.At.Format "15:04:05.000"}}</td><td>{{.Type}}<br><code>{{.ID}}</code></td><td><code>{{.Data.Applicant}}</code></td><td>{{.Data.Number}}</td><td>{{.Data.Stage}}</td><td>{{.Data.Attention}}</td><td>{{if .Signed}}verified{{else}}{{.Why}}{{end}}</td><td>{{.Answered}}</td></tr>{{else}}<tr><td colspan="8">Nothing has come yet.</td></tr>{{end}}</tbody></table></div></main></html>
`))

func (s *Sandbox) showWebhooks(w http.ResponseWriter, _ *http.Request, _ map[string]string) {
	s.integrator.mu.Lock()
	came, status := slices.Clone(s.integrator.came), s.integrator.status
	s.integrator.mu.Unlock()
	slices.Reverse(came)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_ = webhooksPage.Execute(w, struct { // whoever asked has gone
		Came   []cameIn
		Status int
		Path   string
	}{came, status, IntegratorPath})
}

// answerWebhooks says what is answered from now on.
func (s *Sandbox) answerWebhooks(w http.ResponseWriter, r *http.Request, _ map[string]string) {
	status, err := strconv.Atoi(r.FormValue("status"))
	if err != nil || (status != 0 && (status < 200 || status > 599)) {
		writeJSON(w, http.StatusBadRequest, map[string]any{"message": "Give the status that is to be answered, or 0 to take what is signed."})
		return
	}
	s.integrator.mu.Lock()
	s.integrator.status = status
	s.integrator.mu.Unlock()
	http.Redirect(w, r, IntegratorPath, http.StatusSeeOther)
}
