package portal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/base64"
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

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type gcm struct{ aead cipher.AEAD }

func (g gcm) SystemSeal(name string, p []byte) ([]byte, error) {
	return g.aead.Seal(nil, nil, p, []byte(name)), nil
}

func (g gcm) SystemOpen(name string, s []byte) ([]byte, error) {
	return g.aead.Open(nil, nil, s, []byte(name))
}

const testURL = "https://apply.example.com"

// house is a whole portal on a port, with the fake service behind it.
type house struct {
	proofs *fakeProofs
	t      testing.TB
	fake   *fake

	requests *fakeRequests
	certs    *fakeCertificates
	url      string
	log      *lockedBuffer
	late     atomic.Int64 // seconds by which the clock is moved
	sizes    sync.Map     // of assets, by address

	portal *Portal
}

type lockedBuffer struct {
	mu  chan struct{}
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu <- struct{}{}
	defer func() { <-b.mu }()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu <- struct{}{}
	defer func() { <-b.mu }()
	return b.buf.String()
}

func newHouse(t testing.TB) *house {
	t.Helper()
	block, err := aes.NewCipher([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, log: &lockedBuffer{mu: make(chan struct{}, 1)}}
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	now := func() time.Time { return start.Add(time.Duration(h.late.Load()) * time.Second) }
	links := identity.NewLinks(gcm{aead}, now)
	h.fake = newFake(now, links, testPrograms())
	h.proofs = &fakeProofs{}
	h.certs = &fakeCertificates{f: h.fake, state: CredentialValid}
	site, err := web.New(web.Config{Sealer: gcm{aead}, Loopback: true, Limits: []web.Limit{{Prefix: DisputePath, Bytes: DisputeLimit}, {Prefix: LinePath, Bytes: LineBodyLimit}}, Now: now, Log: slog.New(slog.NewJSONHandler(h.log, nil)), Proof: heard})
	if err != nil {
		t.Fatal(err)
	}
	h.requests = &fakeRequests{house: h, all: map[string]*workflows.RequestView{}}
	portal, err := New(Config{Site: site, Service: h.fake, Requests: h.requests, Programs: testSet(h.fake), Certificates: h.certs, Proofs: h.proofs, Links: links, AllowReserved: true, PublicURL: testURL,
		Contact: "Questions? Write to applications@example.com. A person answers."})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	h.portal = portal
	site.Routes(mux)
	portal.Routes(mux)
	server := httptest.NewServer(site.Handler(mux))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *house) later(d time.Duration) { h.late.Add(int64(d.Seconds())) }

// browser is a browser without JavaScript: cookies, redirects, forms.
type browser struct {
	h      *house
	t      testing.TB
	client *http.Client
	status int
	path   string // where the last answer came from
	body   string
	header http.Header
	doc    *html.Node
	accept string // Accept-Language
}

func (h *house) browser() *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	return &browser{h: h, t: h.t, client: &http.Client{Jar: jar}}
}

func (b *browser) do(r *http.Request) *browser {
	b.t.Helper()
	if b.accept != "" {
		r.Header.Set("Accept-Language", b.accept)
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	b.status, b.path, b.body, b.header = resp.StatusCode, resp.Request.URL.RequestURI(), string(body), resp.Header
	if b.doc, err = html.Parse(bytes.NewReader(body)); err != nil {
		b.t.Fatal(err)
	}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html") {
		b.soundPage()
	}
	return b
}

func (b *browser) get(path string) *browser {
	b.t.Helper()
	r, err := http.NewRequest("GET", b.h.url+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.do(r)
}

// post sends a form as given, without the page's hidden fields.
func (b *browser) post(path string, values url.Values) *browser {
	b.t.Helper()
	r, err := http.NewRequest("POST", b.h.url+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// submit fills the page's form in main and sends it: pairs are names and values.
func (b *browser) submit(pairs ...string) *browser {
	b.t.Helper()
	var form *html.Node
	walk(b.doc, func(n *html.Node) {
		if n.DataAtom == atom.Form && form == nil && inside(n, atom.Main) {
			form = n
		}
	})
	if form == nil {
		b.t.Fatalf("%s has no form:\n%s", b.path, b.body)
	}
	values := url.Values{}
	walk(form, func(n *html.Node) {
		switch n.DataAtom {
		case atom.Input:
			switch kind := attr(n, "type"); {
			case (kind == "radio" || kind == "checkbox") && !hasAttr(n, "checked"):
			case kind == "checkbox":
				values.Add(attr(n, "name"), attr(n, "value"))
			default:
				values.Set(attr(n, "name"), attr(n, "value"))
			}
		case atom.Textarea:
			values.Set(attr(n, "name"), strings.TrimPrefix(text(n), "\n"))
		}
	})
	known, box := map[string]bool{}, map[string]bool{}
	walk(form, func(n *html.Node) {
		known[attr(n, "name")] = true
		box[attr(n, "name")] = attr(n, "type") == "checkbox"
	})
	for i := 0; i < len(pairs); i += 2 {
		if !known[pairs[i]] {
			b.t.Fatalf("%s has no field %q:\n%s", b.path, pairs[i], b.body)
		}
		if box[pairs[i]] {
			values.Add(pairs[i], pairs[i+1])
			continue
		}
		values.Set(pairs[i], pairs[i+1])
	}
	action := attr(form, "action")
	if action == "" {
		action = b.path
	}
	return b.post(action, values)
}

func (b *browser) at(path string) *browser {
	b.t.Helper()
	if b.path != path {
		b.t.Fatalf("at %s, want %s (%d):\n%s", b.path, path, b.status, text(b.doc))
	}
	return b
}

func (b *browser) is(status int) *browser {
	b.t.Helper()
	if b.status != status {
		b.t.Fatalf("%s: status %d, want %d:\n%s", b.path, b.status, status, b.body)
	}
	return b
}

func (b *browser) says(words ...string) *browser {
	b.t.Helper()
	shown := strings.Join(strings.Fields(text(b.doc)), " ")
	for _, w := range words {
		if !strings.Contains(shown, w) {
			b.t.Errorf("%s does not say %q:\n%s", b.path, w, shown)
		}
	}
	return b
}

func (b *browser) silent(words ...string) *browser {
	b.t.Helper()
	for _, w := range words {
		if strings.Contains(b.body, w) {
			b.t.Errorf("%s says %q:\n%s", b.path, w, b.body)
		}
	}
	return b
}

// value is what a field of the page holds.
func (b *browser) value(name string) string {
	v := ""
	walk(b.doc, func(n *html.Node) {
		if attr(n, "name") != name {
			return
		}
		switch {
		case n.DataAtom == atom.Textarea:
			v = strings.TrimPrefix(text(n), "\n")
		case attr(n, "type") != "radio" || hasAttr(n, "checked"):
			v = attr(n, "value")
		}
	})
	return v
}

// problem checks the error pattern: title, summary, link to the field, the same
// words at the field.
func (b *browser) problem(field, words string) *browser {
	b.t.Helper()
	b.is(http.StatusUnprocessableEntity)
	title, link, why := "", "", ""
	walk(b.doc, func(n *html.Node) {
		switch {
		case n.DataAtom == atom.Title:
			title = text(n)
		case n.DataAtom == atom.A && attr(n, "href") == "#"+field:
			link = text(n)
		case strings.HasSuffix(attr(n, "id"), "-why") && strings.Contains(text(n), words):
			why = strings.TrimPrefix(text(n), "Error: ")
		}
	})
	if !strings.HasPrefix(title, "Error: ") {
		b.t.Errorf("%s: the title is %q", b.path, title)
	}
	if !strings.Contains(link, words) || link != why {
		b.t.Errorf("%s: summary %q, field %q, want %q in both", b.path, link, why, words)
	}
	return b
}

// soundPage holds for every page that any test sees.
func (b *browser) soundPage() {
	b.t.Helper()
	if n := len(b.body) + b.h.assets(b.t, b.doc); n > 60<<10 {
		b.t.Errorf("%s weighs %d bytes with all that it loads", b.path, n)
	}
	ids, labels := map[string]int{}, map[string]bool{}
	headings := 0
	walk(b.doc, func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		switch n.DataAtom {
		case atom.Iframe:
			b.t.Errorf("%s has a <%s>", b.path, n.Data)
		case atom.Script:
			if !strings.HasPrefix(attr(n, "src"), "/assets/") || !hasAttr(n, "defer") || text(n) != "" {
				b.t.Errorf("%s has a script that is no asset of ours", b.path)
			}
		case atom.Style:
			if sum := sha256.Sum256([]byte(text(n))); !strings.Contains(b.header.Get("Content-Security-Policy"), base64.StdEncoding.EncodeToString(sum[:])) {
				b.t.Errorf("%s has a style that its policy refuses", b.path)
			}
		case atom.H1:
			headings++
		case atom.Label:
			labels[attr(n, "for")] = true
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "src" || a.Key == "href" || a.Key == "action") && strings.Contains(a.Val, "://") && !leadsOut(n) {
				b.t.Errorf("%s has %s=%q", b.path, a.Key, a.Val)
			}
		}
	})
	walk(b.doc, func(n *html.Node) {
		if (n.DataAtom == atom.Input && attr(n, "type") != "hidden" || n.DataAtom == atom.Textarea) && !labels[attr(n, "id")] {
			b.t.Errorf("%s: the field %q has no label", b.path, attr(n, "name"))
		}
		for _, id := range strings.Fields(attr(n, "aria-describedby")) {
			if ids[id] == 0 {
				b.t.Errorf("%s: aria-describedby names %q, which is not there", b.path, id)
			}
		}
		if href := attr(n, "href"); n.DataAtom == atom.A && strings.HasPrefix(href, "#") && ids[href[1:]] == 0 {
			b.t.Errorf("%s links to %s, which is not there", b.path, href)
		}
	})
	for id, n := range ids {
		if n > 1 {
			b.t.Errorf("%s has the ID %q %d times", b.path, id, n)
		}
	}
	if headings != 1 {
		b.t.Errorf("%s has %d main headings", b.path, headings)
	}
	for _, never := range []string{"ZgotmplZ", "<no value>", "%!", "0001-01-01"} {
		if strings.Contains(b.body, never) {
			b.t.Errorf("%s has %q:\n%s", b.path, never, b.body)
		}
	}
	if b.header.Get("Cache-Control") != "no-store" {
		b.t.Errorf("%s may be stored: %q", b.path, b.header.Get("Cache-Control"))
	}
}

// assets is what a page loads besides itself, in bytes before any compression.
func (h *house) assets(t testing.TB, doc *html.Node) int {
	t.Helper()
	weight := 0
	walk(doc, func(n *html.Node) {
		at := attr(n, "src")
		if n.DataAtom == atom.Link && attr(n, "rel") != "prefetch" { // it is for the next page
			at = attr(n, "href")
		}
		if !strings.HasPrefix(at, "/assets/") || attr(n, "preload") == "none" { // a recording is loaded when it is played
			return
		}
		size, known := h.sizes.Load(at)
		if !known {
			resp, err := http.Get(h.url + at)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			_ = resp.Body.Close()
			if err != nil || resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %d, %v", at, resp.StatusCode, err)
			}
			size = len(body)
			h.sizes.Store(at, size)
		}
		weight += size.(int)
	})
	return weight
}

// leadsOut reports whether an element is the one sort of link that leads to
// another company's page: by hand, and without telling it where from.
func leadsOut(n *html.Node) bool {
	address, err := url.Parse(attr(n, "href"))
	return err == nil && n.DataAtom == atom.A && attr(n, "rel") == "noreferrer" && attr(n, "target") == "" &&
		(address.Scheme == "https" || address.Hostname() == "127.0.0.1")
}

func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}

func inside(n *html.Node, tag atom.Atom) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == tag {
			return true
		}
	}
	return false
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return b.String()
}
