package console

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Webhooks is what the console needs for integrators' endpoints; *applicants.Service is
// one.
type Webhooks interface {
	WebhookEndpoints(ctx context.Context) ([]applicants.WebhookState, error)
	WebhookEndpoint(ctx context.Context, id string) (applicants.WebhookState, error)
	AddWebhook(ctx context.Context, e hooks.Endpoint, by workflows.Actor) (hooks.Endpoint, error)
	ChangeWebhook(ctx context.Context, id string, c hooks.Changes, by workflows.Actor) (applicants.WebhookState, error)
	RotateWebhook(ctx context.Context, id string, overlap time.Duration, by workflows.Actor) (hooks.Endpoint, error)
	RemoveWebhook(ctx context.Context, id string, by workflows.Actor) error
	TestWebhook(ctx context.Context, id string) (workflows.TestWebhookOut, error)
	DeadLetters(ctx context.Context, endpoint, after string, limit int) ([]hooks.Letter, string, error)
	Replay(ctx context.Context, endpoint string, letters []string, by workflows.Actor) (sent, left int, err error)
}

const webhooksPath = "/console/webhooks"

func webhookPath(id string) string { return webhooksPath + "/" + url.PathEscape(id) }

// hookForm is what an endpoint is made of.
type hookForm struct {
	Inputs   web.Form // address and description
	Programs []box
	Events   []box
}

// hookFormOf is the form, filled in by e.
func (c *Console) hookFormOf(who identity.Staff, e hooks.Endpoint) hookForm {
	f := hookForm{Inputs: web.Form{
		{ID: "url", Label: "Address", Noun: "an address", Max: hooks.MaxURL, Value: e.URL, Hint: "Such as https://hooks.example.com/vouchsafe. Events are sent by https only, and to no private network."},
		{ID: "description", Label: "Whose it is", Noun: "whose it is", Max: hooks.MaxDescription, Value: e.Description, Hint: "Such as Acme's warehouse, and whom to call when it is down."}}}
	for _, p := range c.Programs.All() {
		if who.May(identity.ViewWebhooks, p.ID) {
			f.Programs = append(f.Programs, box{p.ID, p.Title, slices.Contains(e.Programs, p.ID)})
		}
	}
	for _, t := range onboarding.EventTypes() {
		f.Events = append(f.Events, box{string(t), eventWords(t), slices.Contains(e.Events, t)})
	}
	return f
}

// read takes what was sent, and gives it as an endpoint.
func (f *hookForm) read(r *http.Request) (hooks.Endpoint, error) {
	if err := f.Inputs.Fill(r); err != nil {
		return hooks.Endpoint{}, err
	}
	e := hooks.Endpoint{URL: f.Inputs.Value("url"), Description: f.Inputs.Value("description")}
	for i := range f.Programs {
		if p := &f.Programs[i]; ticked(p, r.PostForm["program"]) {
			e.Programs = append(e.Programs, p.Value)
		}
	}
	for i := range f.Events {
		if t := &f.Events[i]; ticked(t, r.PostForm["event"]) {
			e.Events = append(e.Events, onboarding.EventType(t.Value))
		}
	}
	return e, nil
}

func ticked(b *box, sent []string) bool {
	b.Checked = slices.Contains(sent, b.Value)
	return b.Checked
}

// eventWords is an event as staff read it.
func eventWords(t onboarding.EventType) string {
	switch t {
	case onboarding.EventSubmitted:
		return "An application was handed in"
	case onboarding.EventStageChanged:
		return "An application is in another stage"
	case onboarding.EventAttentionChanged:
		return "An application waits for somebody else"
	case onboarding.EventCheckFailed:
		return "A check could not be done"
	case onboarding.EventOffered:
		return "The conditional offer was made"
	case onboarding.EventCredentialIssued:
		return "A certificate was issued"
	case onboarding.EventCertified:
		return "An applicant is certified"
	case onboarding.EventCredentialRenewed:
		return "A certificate was renewed"
	case onboarding.EventCredentialRevoked:
		return "A certificate was revoked"
	case onboarding.EventCredentialExpired:
		return "A certificate has expired"
	case onboarding.EventDeclined:
		return "An application was declined"
	case onboarding.EventWithdrawn:
		return "An application was withdrawn"
	case onboarding.EventExpired:
		return "An application or its certificate has ended by time"
	case onboarding.EventErased:
		return "An applicant's data were erased"
	case onboarding.EventTest:
		return "A test"
	}
	return string(t)
}

type webhooksPage struct {
	Endpoints []hookLine
	Form      hookForm
	Manage    bool
	Deleted   bool
}

type hookLine struct {
	applicants.WebhookState
	Path  string
	State string
	Class string // of the state's tag
}

func hookLineOf(e applicants.WebhookState) hookLine {
	l := hookLine{WebhookState: e, Path: webhookPath(e.ID), State: "active", Class: "good"}
	switch {
	case e.Paused:
		l.State, l.Class = "paused", "look"
	case e.Dead > 0 || e.Waiting > 0:
		l.State, l.Class = "events wait", "look"
	}
	return l
}

// showWebhooks lists the endpoints, and asks for what a new one needs.
func (c *Console) showWebhooks(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.listWebhooks(w, r, who, c.hookFormOf(who, hooks.Endpoint{}), nil)
}

func (c *Console) listWebhooks(w http.ResponseWriter, r *http.Request, who identity.Staff, f hookForm, problems []web.Problem) {
	all, err := c.Webhooks.WebhookEndpoints(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := webhooksPage{Form: f, Manage: who.MayAny(identity.ManageWebhooks), Deleted: r.URL.Query().Get("done") == "deleted"}
	for _, e := range all {
		if e.Within(who.Programs) {
			page.Endpoints = append(page.Endpoints, hookLineOf(e))
		}
	}
	c.show(w, r, who, "webhooks", web.Page{Title: "Webhooks", Problems: problems, Body: page})
}

type webhookSecretPage struct {
	Endpoint hooks.Endpoint
	Path     string
	Secret   string
	Until    time.Time // when the old one stops signing; zero: there is none
}

// addWebhook makes an endpoint and shows its secret, this once.
func (c *Console) addWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := c.hookFormOf(who, hooks.Endpoint{})
	e, err := f.read(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	problems := f.Inputs.Problems()
	if len(problems) == 0 && !e.Within(who.Programs) {
		problems = append(problems, web.Problem{Field: "program-0", Text: "Choose one or some of your programs"})
	}
	if len(problems) > 0 {
		c.listWebhooks(w, r, who, f, problems)
		return
	}
	e, err = c.Webhooks.AddWebhook(r.Context(), e, actor(who))
	if onboarding.CodeOf(err) == onboarding.CodeInvalid {
		c.listWebhooks(w, r, who, f, []web.Problem{{Field: "url", Text: err.Error()}})
		return
	}
	c.webhookSecret(w, r, who, e, err)
}

func (c *Console) webhookSecret(w http.ResponseWriter, r *http.Request, who identity.Staff, e hooks.Endpoint, err error) {
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := webhookSecretPage{Endpoint: e, Path: webhookPath(e.ID), Secret: e.Secrets[0].Value}
	for _, s := range e.Secrets {
		if s.Until.After(page.Until) {
			page.Until = s.Until
		}
	}
	if page.Until.Before(c.site.Now()) {
		page.Until = time.Time{}
	}
	c.show(w, r, who, "webhook_secret", web.Page{Title: "Copy the secret now", Back: page.Path, Body: page})
}

type webhookPage struct {
	hookLine
	Form    hookForm
	Manage  bool
	Replay  bool
	Overlap web.Form
	Letters []hooks.Letter
	Next    string // address of the next page of letters
	Done    string // what was just done, in words
	Test    *workflows.TestWebhookOut
	Took    int64 // milliseconds, of the test
	Running string
}

// lettersShown is how many dead letters a page has.
const lettersShown = 50

// showWebhook shows one endpoint with its dead letters.
func (c *Console) showWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.askWebhook(w, r, who, nil, nil)
}

// webhook is the endpoint that the address names, if the person may know of it.
func (c *Console) webhook(r *http.Request, who identity.Staff) (applicants.WebhookState, error) {
	e, err := c.Webhooks.WebhookEndpoint(r.Context(), r.PathValue("endpoint"))
	if err == nil && !e.Within(who.Programs) {
		return applicants.WebhookState{}, hooks.NoEndpoint()
	}
	return e, err
}

func (c *Console) askWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff, f *hookForm, test *workflows.TestWebhookOut, problems ...web.Problem) {
	e, err := c.webhook(r, who)
	var letters []hooks.Letter
	var next string
	if err == nil {
		letters, next, err = c.Webhooks.DeadLetters(r.Context(), e.ID, r.URL.Query().Get("after"), lettersShown)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := webhookPage{hookLine: hookLineOf(e), Manage: who.MayAny(identity.ManageWebhooks), Replay: who.MayAny(identity.ReplayWebhooks), Overlap: overlapForm(),
		Letters: letters, Test: test, Done: hookDone[r.URL.Query().Get("done")]}
	page.Form = c.hookFormOf(who, e.Endpoint)
	if f != nil {
		page.Form = *f
	}
	if next != "" {
		page.Next = page.Path + "?after=" + url.QueryEscape(next)
	}
	if n := r.URL.Query().Get("sent"); n != "" {
		if count, err := strconv.Atoi(n); err == nil {
			page.Done = strconv.Itoa(count) + " dead letters are on their way again."
			if count == 1 {
				page.Done = "1 dead letter is on its way again."
			}
		}
	}
	if test != nil {
		page.Took = test.Took.Milliseconds()
	}
	if e.Waiting > 0 && c.TemporalUI != "" {
		page.Running = c.workflowsURL() + "?query=" + url.QueryEscape("ExecutionStatus = \"Running\" AND WorkflowId STARTS_WITH \""+workflows.WebhooksOf(e.ID)+"\"")
	}
	shown := web.Page{Title: "Webhook endpoint", Back: webhooksPath, Problems: problems, Body: page}
	if r.Method == http.MethodGet { // what a deed has answered stays to be read
		shown = watched(shown, hookVersion(e))
	}
	c.show(w, r, who, "webhook", shown)
}

// hookDone says what was done, by its word in the address.
var hookDone = map[string]string{"changed": "The endpoint is changed.", "paused": "The endpoint is paused. What happens meanwhile waits, as long as any event is tried.",
	"resumed": "The endpoint is active. What waited comes within some minutes."}

// meant has a deed done only when the form names the endpoint: nothing happens by an
// address alone.
func (c *Console) meant(do func(w http.ResponseWriter, r *http.Request, who identity.Staff, e applicants.WebhookState)) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		if err := web.ParseForm(r); err != nil {
			c.site.Fail(w, r, err)
			return
		}
		e, err := c.webhook(r, who)
		if err != nil {
			c.site.Fail(w, r, err)
			return
		}
		if r.PostForm.Get("endpoint") != e.ID {
			c.askWebhook(w, r, who, nil, nil, web.Problem{Text: "Nothing was done: use a button below."})
			return
		}
		do(w, r, who, e)
	}
}

func (c *Console) changeWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff, was applicants.WebhookState) {
	f := c.hookFormOf(who, was.Endpoint)
	e, err := f.read(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	problems := f.Inputs.Problems()
	if len(problems) == 0 && !e.Within(who.Programs) {
		problems = append(problems, web.Problem{Field: "program-0", Text: "Choose one or some of your programs"})
	}
	if len(problems) == 0 {
		programs, events := append([]string{}, e.Programs...), append([]onboarding.EventType{}, e.Events...)
		_, err = c.Webhooks.ChangeWebhook(r.Context(), was.ID, hooks.Changes{URL: &e.URL, Description: &e.Description, Programs: &programs, Events: &events}, actor(who))
		if onboarding.CodeOf(err) == onboarding.CodeInvalid {
			problems = append(problems, web.Problem{Field: "url", Text: err.Error()})
		}
	}
	if len(problems) > 0 {
		c.askWebhook(w, r, who, &f, nil, problems...)
		return
	}
	c.hookDone(w, r, was.ID, "changed", err)
}

func (c *Console) hookDone(w http.ResponseWriter, r *http.Request, id, done string, err error) {
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, webhookPath(id)+"?done="+done)
}

// pauseWebhook pauses an endpoint, or lets it go on.
func (c *Console) pauseWebhook(paused bool, done string) func(http.ResponseWriter, *http.Request, identity.Staff, applicants.WebhookState) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff, e applicants.WebhookState) {
		_, err := c.Webhooks.ChangeWebhook(r.Context(), e.ID, hooks.Changes{Paused: &paused}, actor(who))
		c.hookDone(w, r, e.ID, done, err)
	}
}

func (c *Console) rotateWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff, e applicants.WebhookState) {
	hours, err := strconv.Atoi(cmp.Or(r.PostForm.Get("overlap"), "24"))
	if err != nil {
		c.askWebhook(w, r, who, nil, nil, web.Problem{Field: "overlap", Text: "Choose how long the secret before works on"})
		return
	}
	fresh, err := c.Webhooks.RotateWebhook(r.Context(), e.ID, time.Duration(hours)*time.Hour, actor(who))
	c.webhookSecret(w, r, who, fresh, err)
}

func (c *Console) testWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff, e applicants.WebhookState) {
	out, err := c.Webhooks.TestWebhook(r.Context(), e.ID)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.askWebhook(w, r, who, nil, &out)
}

// replayWebhook sends the marked dead letters again, or all.
func (c *Console) replayWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff, e applicants.WebhookState) {
	letters := r.PostForm["letter"]
	if r.PostForm.Get("which") != "all" && len(letters) == 0 {
		c.askWebhook(w, r, who, nil, nil, web.Problem{Field: "letter-0", Text: "Mark the letters that are to be sent again"})
		return
	}
	if r.PostForm.Get("which") == "all" {
		letters = nil
	}
	sent, _, err := c.Webhooks.Replay(r.Context(), e.ID, letters, actor(who))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, webhookPath(e.ID)+"?sent="+strconv.Itoa(sent))
}

func (c *Console) deleteWebhook(w http.ResponseWriter, r *http.Request, who identity.Staff, e applicants.WebhookState) {
	if err := c.Webhooks.RemoveWebhook(r.Context(), e.ID, actor(who)); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, webhooksPath+"?done=deleted")
}

// webhookRoutes are the pages of integrators' endpoints.
func (c *Console) webhookRoutes() []route {
	return []route{
		{"GET /console/webhooks", identity.ViewWebhooks, c.showWebhooks},
		{"POST /console/webhooks", identity.ManageWebhooks, c.addWebhook},
		{"GET /console/webhooks/{endpoint}", identity.ViewWebhooks, c.showWebhook},
		{"POST /console/webhooks/{endpoint}", identity.ManageWebhooks, c.meant(c.changeWebhook)},
		{"POST /console/webhooks/{endpoint}/pause", identity.ManageWebhooks, c.meant(c.pauseWebhook(true, "paused"))},
		{"POST /console/webhooks/{endpoint}/resume", identity.ManageWebhooks, c.meant(c.pauseWebhook(false, "resumed"))},
		{"POST /console/webhooks/{endpoint}/rotate", identity.ManageWebhooks, c.meant(c.rotateWebhook)},
		{"POST /console/webhooks/{endpoint}/test", identity.ReplayWebhooks, c.meant(c.testWebhook)},
		{"POST /console/webhooks/{endpoint}/replay", identity.ReplayWebhooks, c.meant(c.replayWebhook)},
		{"POST /console/webhooks/{endpoint}/delete", identity.ManageWebhooks, c.meant(c.deleteWebhook)},
	}
}
