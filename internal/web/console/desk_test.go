package console

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/access/accesstest"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/shelf/shelftest"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// What the house wires in must fit.
var (
	_ Service  = (*applicants.Service)(nil)
	_ Programs = (*program.Set)(nil)
)

type programs struct{}

func (programs) All() []program.Program {
	return []program.Program{{ID: "support-basics", Title: "Support <b>Basics</b>", Checks: []program.CheckSpec{{Name: onboarding.CheckEmail, Vendor: "kickbox", Alternatives: []string{"emailable"}}}}}
}

type gcm struct{ cipher.AEAD }

func (g gcm) SystemSeal(name string, p []byte) ([]byte, error) {
	return g.Seal(nil, nil, p, []byte(name)), nil
}

func (g gcm) SystemOpen(name string, s []byte) ([]byte, error) {
	return g.Open(nil, nil, s, []byte(name))
}

// once remembers which links were used.
type once struct {
	used sync.Map
	fail error
}

var errUsed = errors.New("used")

func (o *once) PutIf(_ context.Context, key string, _ []byte, _ string) (string, error) {
	if o.fail != nil {
		return "", o.fail
	}
	if _, was := o.used.LoadOrStore(key, true); was {
		return "", errUsed
	}
	return "1", nil
}

func (o *once) IsConflict(err error) bool { return errors.Is(err, errUsed) }

// house is the console on a port.
type house struct {
	*testing.T
	fake    *fake
	links   *identity.StaffLinks
	once    *once
	hooks   *endpoints
	kept    accesstest.Bucket // access events
	store   *shelftest.Bucket
	ring    *identity.Keyring
	sealer  gcm
	console *Console
	url     string
	late    atomic.Int64 // nanoseconds by which the clock is moved
}

func newHouse(t *testing.T) *house {
	t.Helper()
	block, err := aes.NewCipher([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{T: t, hooks: newEndpoints(), fake: newFake(), once: &once{}, store: &shelftest.Bucket{}, sealer: gcm{aead}}
	now := func() time.Time { return noon.Add(5*time.Minute + time.Duration(h.late.Load())) }
	h.links = identity.NewStaffLinks(gcm{aead}, h.once, now)
	site, err := web.New(web.Config{Sealer: gcm{aead}, Loopback: true, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	configured, err := identity.NewKeys([]string{"acme:sesame-of-acme-1"})
	if err != nil {
		t.Fatal(err)
	}
	kept := access.New(&h.kept, now, nil)
	h.ring = identity.NewKeyring(gcm{aead}, h.store, configured, now)
	h.console, err = New(Config{Site: site, Service: h.fake, Webhooks: h.hooks, Programs: programs{}, Links: h.links, Access: kept,
		Keyring: applicants.RecordedKeys{Keyring: h.ring, Access: kept}, Sessions: identity.NewSessions(gcm{aead}, h.store, now), Directory: identity.NewDirectory(gcm{aead}, h.store, now), TemporalUI: temporalUI + "/", Namespace: "vouchsafe"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Routes(mux)
	h.console.Routes(mux)
	server := httptest.NewServer(site.Handler(mux))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

const temporalUI = "http://127.0.0.1:8233"

func (h *house) later(d time.Duration) { h.late.Add(int64(d)) }

// link is the address of a fresh sign-in link.
func (h *house) link(role identity.Role, ttl time.Duration) string {
	h.Helper()
	token, err := h.links.Mint(role, ttl)
	if err != nil {
		h.Fatal(err)
	}
	return "/console/sign-in/" + token
}

// desk is a browser without JavaScript, of somebody in a role: cookies,
// redirects, forms.
type desk struct {
	*house
	client *http.Client
	status int
	path   string // where the last answer came from
	body   string
	header http.Header
	doc    *html.Node
}

func (h *house) desk(role identity.Role) *desk {
	h.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	d := &desk{house: h, client: &http.Client{Jar: jar}}
	if role == "" {
		return d
	}
	return d.post(h.link(role, time.Hour), nil).is(http.StatusOK, "Applicants")
}

func (d *desk) get(path string) *desk { d.Helper(); return d.send(http.MethodGet, path, nil) }

func (d *desk) post(path string, form url.Values) *desk {
	d.Helper()
	return d.send(http.MethodPost, path, form)
}

func (d *desk) send(method, path string, form url.Values) *desk {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), method, d.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	return d.do(req)
}

func (d *desk) do(req *http.Request) *desk {
	d.Helper()
	resp, err := d.client.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	d.status, d.path, d.body, d.header = resp.StatusCode, resp.Request.URL.RequestURI(), string(body), resp.Header
	if d.doc, err = html.Parse(bytes.NewReader(body)); err != nil {
		d.Fatal(err)
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") && strings.HasSuffix(d.url, "//"+resp.Request.URL.Host) { // ours, not the sign-in provider's
		d.sound()
	}
	return d
}

// submit fills in the page's own form in main, as a browser does, and sends it:
// pairs are names and values, of fields, boxes and buttons that are there.
func (d *desk) submit(pairs ...string) *desk {
	d.Helper()
	var form *html.Node
	walk(d.doc, func(n *html.Node) {
		if n.DataAtom == atom.Form && inside(n, atom.Main) && (form == nil || len(pairs) > 0 && !hasField(form, pairs[0]) && hasField(n, pairs[0])) {
			form = n
		}
	})
	if form == nil {
		d.Fatalf("%s has no form:\n%s", d.path, d.body)
	}
	values, offers := url.Values{}, map[string]bool{}
	walk(form, func(n *html.Node) {
		name := attr(n, "name")
		switch kind := attr(n, "type"); {
		case n.DataAtom == atom.Button, n.DataAtom == atom.Input && (kind == "radio" || kind == "checkbox"):
			offers[name+"="+attr(n, "value")] = true
			if hasAttr(n, "checked") {
				values.Add(name, attr(n, "value"))
			}
		case n.DataAtom == atom.Input:
			values.Add(name, attr(n, "value"))
			offers[name] = kind != "hidden"
		case n.DataAtom == atom.Textarea:
			values.Add(name, strings.TrimPrefix(text(n), "\n"))
			offers[name] = true
		case n.DataAtom == atom.Option:
			name = attr(n.Parent, "name")
			offers[name+"="+attr(n, "value")] = true
			if hasAttr(n, "selected") || !values.Has(name) {
				values.Set(name, attr(n, "value"))
			}
		}
	})
	typed := map[string]bool{}
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		switch {
		case offers[name]:
			values.Set(name, value)
		case offers[name+"="+value] && (typed[name] || !values.Has(name)):
			values.Add(name, value)
		case offers[name+"="+value]:
			values.Set(name, value)
		default:
			d.Fatalf("%s has no field %q that takes %q:\n%s", d.path, name, value, d.body)
		}
		typed[name] = true
	}
	action := attr(form, "action")
	if attr(form, "method") == "get" {
		return d.get(action + "?" + values.Encode())
	}
	if action == "" {
		action = d.path
	}
	return d.post(action, values)
}

// is holds the last answer to a status and to words in the page's source.
func (d *desk) is(status int, words ...string) *desk {
	d.Helper()
	if d.status != status {
		d.Errorf("%s: %d, not %d", d.path, d.status, status)
	}
	for _, w := range words {
		if !strings.Contains(d.body, w) {
			d.Errorf("%s does not say %q:\n%s", d.path, w, d.body)
		}
	}
	return d
}

// says holds the last answer to words as people read them.
func (d *desk) says(words ...string) *desk {
	d.Helper()
	all := shown(d.doc)
	for _, w := range words {
		if !strings.Contains(all, w) {
			d.Errorf("%s does not say %q:\n%s", d.path, w, all)
		}
	}
	return d
}

// silent holds the last answer to saying none of these.
func (d *desk) silent(words ...string) *desk {
	d.Helper()
	for _, w := range words {
		if strings.Contains(d.body, w) {
			d.Errorf("%s says %q", d.path, w)
		}
	}
	return d
}

// value is what a field of the page holds.
func (d *desk) value(name string) (v string) {
	walk(d.doc, func(n *html.Node) {
		switch {
		case attr(n, "name") != name && (n.Parent == nil || attr(n.Parent, "name") != name):
		case n.DataAtom == atom.Textarea:
			v = strings.TrimPrefix(text(n), "\n")
		case n.DataAtom == atom.Input && attr(n, "type") != "radio", hasAttr(n, "checked"), hasAttr(n, "selected"):
			v = attr(n, "value")
		}
	})
	return v
}

// href is where the link with these words leads.
func (d *desk) href(words string) (to string) {
	walk(d.doc, func(n *html.Node) {
		if n.DataAtom == atom.A && strings.Join(strings.Fields(text(n)), " ") == words {
			to = attr(n, "href")
		}
	})
	return to
}

// leads holds the page to a link with these words that leads there.
func (d *desk) leads(words, to string) *desk {
	d.Helper()
	if got := d.href(words); got != to {
		d.Errorf("%s: the link %q leads to %q, not to %q", d.path, words, got, to)
	}
	return d
}

// follow opens the link with these words.
func (d *desk) follow(words string) *desk {
	d.Helper()
	to := d.href(words)
	if to == "" {
		d.Fatalf("%s has no link %q:\n%s", d.path, words, d.body)
	}
	return d.get(to)
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func markOf(round int) string { return fmt.Sprintf("%s/email/%d", failedID, round) }

// hasField reports whether a form has a control of that name.
func hasField(form *html.Node, name string) (has bool) {
	walk(form, func(n *html.Node) { has = has || n.DataAtom != atom.Option && attr(n, "name") == name })
	return has
}
