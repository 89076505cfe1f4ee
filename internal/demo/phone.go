package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Phone is a browser without JavaScript: it keeps cookies, follows redirects
// and fills in forms as a page shows them. The demo applies with it, and so do
// the end-to-end tests.
type Phone struct {
	http *http.Client
	base string
	page *html.Node
	at   *url.URL
	// Status and Text are those of the page that it shows.
	Status int
	Text   string
}

// NewPhone makes a Phone that is about to visit the site at base.
func NewPhone(base string) (*Phone, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	return &Phone{base: base, http: &http.Client{Jar: jar, Timeout: 30 * time.Second}}, nil
}

// Tab is another page of the same browser, with the same cookies.
func (p *Phone) Tab() *Phone { return &Phone{http: p.http, base: p.base} }

// Path is the path of the page that it shows.
func (p *Phone) Path() string {
	if p.at == nil {
		return ""
	}
	return p.at.Path
}

// Open goes to an address, absolute or on the site.
func (p *Phone) Open(ctx context.Context, address string) error {
	if strings.HasPrefix(address, "/") {
		address = p.base + address
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	return p.do(req)
}

const maxPage = 4 << 20

func (p *Phone) do(req *http.Request) error {
	req.Header.Set("User-Agent", "vouchsafe-demo")
	resp, err := p.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage))
	if err != nil {
		return err
	}
	p.Status, p.Text, p.at = resp.StatusCode, string(body), resp.Request.URL
	p.page, err = html.Parse(strings.NewReader(p.Text))
	return err
}

// Submit fills in the page's first form inside its main part, and sends it. What
// the form has already is kept: hidden values, what was typed, what is chosen.
func (p *Phone) Submit(ctx context.Context, fill map[string]string) error {
	return p.submit(ctx, fill, nil)
}

// File is one that goes along with a form.
type File struct {
	Field, Name string
	Body        []byte
}

// SubmitFile is Submit for a form that takes files, with one of them.
func (p *Phone) SubmitFile(ctx context.Context, fill map[string]string, file File) error {
	return p.submit(ctx, fill, &file)
}

func (p *Phone) submit(ctx context.Context, fill map[string]string, file *File) error {
	form := formFor(find(p.page, "main"), fill)
	if form == nil {
		return fmt.Errorf("the page %s has no form", p.Path())
	}
	values := url.Values{}
	collect(form, values)
	for k, v := range fill {
		values.Set(k, v)
	}
	action := attr(form, "action")
	if action == "" {
		action = p.at.RequestURI()
	}
	to, err := p.at.Parse(action)
	if err != nil {
		return err
	}
	body, kind := io.Reader(strings.NewReader(values.Encode())), "application/x-www-form-urlencoded"
	if file != nil {
		if body, kind, err = multipartForm(values, *file); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Origin", to.Scheme+"://"+to.Host)
	return p.do(req)
}

// multipartForm writes a form with a file as browsers do: RFC 7578.
func multipartForm(values url.Values, file File) (io.Reader, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	var errs []error
	for name, all := range values {
		for _, v := range all {
			errs = append(errs, w.WriteField(name, v))
		}
	}
	part, err := w.CreateFormFile(file.Field, file.Name)
	if err == nil {
		_, err = part.Write(file.Body)
	}
	return &b, w.FormDataContentType(), errors.Join(append(errs, err, w.Close())...)
}

// Expect fails unless the page was answered with 200 and stands at the path.
func (p *Phone) Expect(path string) error {
	if p.Status != http.StatusOK || p.Path() != path {
		return fmt.Errorf("at %s with status %d, not at %s: %s", p.Path(), p.Status, path, p.Says())
	}
	return nil
}

// Says is the page's heading, and its errors if it has any.
func (p *Phone) Says() string {
	var parts []string
	if h := find(p.page, "h1"); h != nil {
		parts = append(parts, text(h))
	}
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && attr(n, "role") == "alert" {
			parts = append(parts, text(n))
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	if p.page != nil {
		walk(p.page)
	}
	return strings.Join(parts, ": ")
}

// LinkTo is the address of the page's first link that begins so; "" when there is none.
func (p *Phone) LinkTo(begins string) string {
	var walk func(*html.Node) string
	walk = func(n *html.Node) string {
		if n.Type == html.ElementNode && n.Data == "a" && strings.HasPrefix(attr(n, "href"), begins) {
			return attr(n, "href")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if found := walk(c); found != "" {
				return found
			}
		}
		return ""
	}
	if p.page == nil {
		return ""
	}
	return walk(p.page)
}

// formFor finds the first form that has something of what is filled in, or the first one.
func formFor(main *html.Node, fill map[string]string) *html.Node {
	if main == nil {
		return nil
	}
	for n := range main.Descendants() {
		if n.Type != html.ElementNode || n.Data != "form" {
			continue
		}
		for in := range n.Descendants() {
			if _, ok := fill[attr(in, "name")]; ok && in.Type == html.ElementNode {
				return n
			}
		}
	}
	return find(main, "form")
}

func find(n *html.Node, tag string) *html.Node {
	if n == nil {
		return nil
	}
	if n.Type == html.ElementNode && n.Data == tag {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if f := find(c, tag); f != nil {
			return f
		}
	}
	return nil
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

func text(n *html.Node) string {
	var b strings.Builder
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.TextNode {
			b.WriteString(n.Data + " ")
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	return strings.Join(strings.Fields(b.String()), " ")
}

// collect reads a form's present values, as a browser would send them.
func collect(n *html.Node, into url.Values) {
	if n.Type == html.ElementNode && attr(n, "name") != "" && !has(n, "disabled") {
		name := attr(n, "name")
		switch n.Data {
		case "input":
			switch attr(n, "type") {
			case "radio", "checkbox":
				if has(n, "checked") {
					into.Add(name, attr(n, "value"))
				}
			case "submit", "button", "file":
			default:
				into.Add(name, attr(n, "value"))
			}
		case "textarea":
			into.Add(name, strings.TrimPrefix(text(n), "\n"))
		case "select":
			into.Add(name, chosen(n))
		}
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		collect(c, into)
	}
}

func chosen(n *html.Node) string {
	first, seen := "", false
	var found *string
	var walk func(*html.Node)
	walk = func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "option" {
			v := attr(n, "value")
			if !seen {
				first, seen = v, true
			}
			if has(n, "selected") {
				found = &v
			}
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			walk(c)
		}
	}
	walk(n)
	if found != nil {
		return *found
	}
	return first
}

// errNoLetter: the letter has not come yet.
var errNoLetter = errors.New("no such letter yet")
