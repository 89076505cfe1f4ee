package console

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const keysPath = "/console/keys"

func keyPath(id string) string { return keysPath + "/" + id }

type keysPage struct {
	Keys     []keyLine
	Form     web.Form // the name
	Actions  []box
	Programs []box
	Days     []web.Option
	For      string // days that are chosen
	Revoked  bool   // one was just revoked
}

// keyLine is a key as a page shows it.
type keyLine struct {
	identity.StoredKey
	Path    string
	State   string
	Class   string // of the state's tag
	Live    bool
	Overlap time.Time // until when a rotated secret still works
}

// box is one of a list of boxes to be ticked.
type box struct {
	Value, Label string
	Checked      bool
}

func (c *Console) keyLine(k identity.StoredKey) keyLine {
	now := c.site.Now()
	l := keyLine{StoredKey: k, Path: keyPath(k.ID), State: "holds", Class: "good", Live: k.Live(now), Overlap: k.Overlap(now)}
	switch {
	case !k.Revoked.IsZero():
		l.State, l.Class = "revoked", "bad"
	case !l.Live:
		l.State, l.Class = "expired", "bad"
	case k.Expires.Sub(now) < keyEndsSoon:
		l.State, l.Class = "ends soon", "look"
	}
	return l
}

// keyEndsSoon is how long before its end a key is marked.
const keyEndsSoon = 14 * 24 * time.Hour

var keyDays = []web.Option{{Value: "30", Label: "30 days"}, {Value: "90", Label: "90 days"}, {Value: "180", Label: "180 days"}, {Value: "365", Label: "a year"}}

func (c *Console) keysForm(r *http.Request) keysPage {
	page := keysPage{Days: keyDays, For: cmp.Or(r.PostForm.Get("days"), "90"),
		Form: web.Form{{ID: "name", Label: "Name", Noun: "a name", Max: 80, Hint: "Which program of whom uses it, such as Acme's import."}}}
	for _, rule := range identity.Rules() {
		page.Actions = append(page.Actions, box{string(rule.Action), rule.Says, slices.Contains(r.PostForm["action"], string(rule.Action))})
	}
	for _, p := range c.Programs.All() {
		page.Programs = append(page.Programs, box{p.ID, p.Title, slices.Contains(r.PostForm["program"], p.ID)})
	}
	return page
}

// showKeys lists the API keys, and asks for what a new one needs.
func (c *Console) showKeys(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	page := c.keysForm(r)
	page.Revoked = r.URL.Query().Get("done") == "revoked"
	c.listKeys(w, r, who, page, nil)
}

func (c *Console) listKeys(w http.ResponseWriter, r *http.Request, who identity.Staff, page keysPage, problems []web.Problem) {
	all, err := c.Keyring.Keys(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, k := range all {
		page.Keys = append(page.Keys, c.keyLine(k))
	}
	c.show(w, r, who, "keys", web.Page{Title: "API keys", Problems: problems, Body: page})
}

type keyMadePage struct {
	Key     identity.StoredKey
	Secret  string
	Overlap time.Time
}

// makeKey makes a key and shows its secret, this once.
func (c *Console) makeKey(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := c.keysForm(r)
	if err := page.Form.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	problems := page.Form.Problems()
	days, err := strconv.Atoi(page.For)
	if err != nil {
		days = 0
	}
	q := identity.KeyRequest{Name: page.Form.Value("name"), For: time.Duration(days) * 24 * time.Hour, By: who.Actor()}
	for _, a := range page.Actions {
		if a.Checked {
			q.Actions = append(q.Actions, identity.Action(a.Value))
		}
	}
	for _, p := range page.Programs {
		if p.Checked {
			q.Programs = append(q.Programs, p.Value)
		}
	}
	if len(q.Actions) == 0 {
		problems = append(problems, web.Problem{Field: "action-0", Text: "Choose at least one action"})
	}
	if len(problems) > 0 {
		c.listKeys(w, r, who, page, problems)
		return
	}
	key, secret, err := c.Keyring.Make(r.Context(), q)
	if onboarding.CodeOf(err) == onboarding.CodeInvalid {
		c.listKeys(w, r, who, page, []web.Problem{{Text: err.Error()}})
		return
	}
	c.keyMade(w, r, who, key, secret, err)
}

// keyMade shows a new secret.
func (c *Console) keyMade(w http.ResponseWriter, r *http.Request, who identity.Staff, key identity.StoredKey, secret string, err error) {
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "key_made", web.Page{Title: "Copy the secret now", Back: keysPath, Body: keyMadePage{Key: key, Secret: secret, Overlap: key.Overlap(c.site.Now())}})
}

type keyPage struct {
	keyLine
	Form web.Form // of the rotation
}

func overlapForm() web.Form {
	return web.Form{{ID: "overlap", Label: "The secret before works on for", Noun: "how long the secret before works on", Value: "24", Options: []web.Option{
		{Value: "0", Label: "not at all", Hint: "When it has leaked."}, {Value: "24", Label: "a day"}, {Value: "168", Label: "a week"}, {Value: "720", Label: "30 days"}}}}
}

// showKey shows one key, with what can be done with it.
func (c *Console) showKey(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.askKey(w, r, who, overlapForm())
}

func (c *Console) askKey(w http.ResponseWriter, r *http.Request, who identity.Staff, f web.Form, problems ...web.Problem) {
	k, err := c.Keyring.Key(r.Context(), r.PathValue("key"))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "key", web.Page{Title: "API key " + k.ID, Back: keysPath, Problems: append(f.Problems(), problems...), Body: keyPage{c.keyLine(k), f}})
}

// rotateKey gives a key a new secret and shows it, this once.
func (c *Console) rotateKey(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := overlapForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	hours, err := strconv.Atoi(f.Value("overlap"))
	if len(f.Problems()) == 0 && err != nil {
		f.Get("overlap").Problem = "Choose how long the secret before works on"
	}
	if len(f.Problems()) > 0 {
		c.askKey(w, r, who, f)
		return
	}
	key, secret, err := c.Keyring.Rotate(r.Context(), r.PathValue("key"), time.Duration(hours)*time.Hour)
	c.keyMade(w, r, who, key, secret, err)
}

// revokeKey ends a key for good.
func (c *Console) revokeKey(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if r.PostForm.Get("key") != r.PathValue("key") {
		c.askKey(w, r, who, overlapForm(), web.Problem{Text: "Nothing was revoked: use the button below."})
		return
	}
	if _, err := c.Keyring.Revoke(r.Context(), r.PathValue("key")); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, keysPath+"?done=revoked")
}
