package console

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// sound holds for every page that any test sees, so that no test has to think of it.
func (d *desk) sound() {
	d.Helper()
	ids, labels, headings, title := map[string]int{}, map[string]bool{}, 0, ""
	walk(d.doc, func(n *html.Node) {
		if id := attr(n, "id"); id != "" {
			ids[id]++
		}
		switch n.DataAtom {
		case atom.Iframe:
			d.Errorf("%s has a <%s>", d.path, n.Data)
		case atom.Script:
			if !strings.HasPrefix(attr(n, "src"), "/assets/") || !hasAttr(n, "defer") || text(n) != "" {
				d.Errorf("%s has a script that is no asset of ours", d.path)
			}
		case atom.Style:
			if sum := sha256.Sum256([]byte(text(n))); !strings.Contains(d.header.Get("Content-Security-Policy"), base64.StdEncoding.EncodeToString(sum[:])) {
				d.Errorf("%s has a style that its policy refuses", d.path)
			}
		case atom.H1:
			headings++
		case atom.Label:
			labels[attr(n, "for")] = true
		case atom.Title:
			title = text(n)
		}
		for _, a := range n.Attr {
			out := strings.Contains(a.Val, "://") && !strings.HasPrefix(a.Val, temporalUI+"/namespaces/")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "src" || a.Key == "href" || a.Key == "action") && out {
				d.Errorf("%s has %s=%q", d.path, a.Key, a.Val)
			}
		}
	})
	walk(d.doc, func(n *html.Node) {
		field := n.DataAtom == atom.Input && attr(n, "type") != "hidden" || n.DataAtom == atom.Textarea || n.DataAtom == atom.Select
		if field && !labels[attr(n, "id")] && strings.TrimSpace(attr(n, "aria-label")) == "" {
			d.Errorf("%s: the field %q has no label", d.path, attr(n, "name"))
		}
		for _, id := range strings.Fields(attr(n, "aria-describedby")) {
			if ids[id] == 0 {
				d.Errorf("%s: aria-describedby names %q, which is not there", d.path, id)
			}
		}
		if href := attr(n, "href"); n.DataAtom == atom.A && strings.HasPrefix(href, "#") && ids[href[1:]] == 0 {
			d.Errorf("%s links to %s, which is not there", d.path, href)
		}
	})
	for id, n := range ids {
		if n > 1 {
			d.Errorf("%s has the ID %q %d times", d.path, id, n)
		}
	}
	if headings != 1 {
		d.Errorf("%s has %d headings of the first order", d.path, headings)
	}
	if summary := strings.Contains(d.body, `id="problems-title"`); summary != strings.HasPrefix(title, "Error: ") || summary && d.status != http.StatusUnprocessableEntity {
		d.Errorf("%s: status %d, title %q, an error summary: %t", d.path, d.status, title, summary)
	}
	if d.header.Get("Cache-Control") != "no-store" {
		d.Errorf("%s may be stored: %q", d.path, d.header.Get("Cache-Control"))
	}
	d.silent("ZgotmplZ", "<no value>", "%!", "0001-01-01").silent(personal...)
}

// problem holds the page to the error pattern: 422, a summary whose line leads
// to the field, and the same words at the field.
func (d *desk) problem(field, words string) *desk {
	d.Helper()
	d.is(http.StatusUnprocessableEntity)
	link, why := "", ""
	walk(d.doc, func(n *html.Node) {
		switch {
		case n.DataAtom == atom.A && attr(n, "href") == "#"+field:
			link = text(n)
		case strings.HasSuffix(attr(n, "id"), "-why") && strings.Contains(text(n), words):
			why = strings.TrimPrefix(text(n), "Error: ")
		}
	})
	if !strings.Contains(link, words) || link != why {
		d.Errorf("%s: summary %q, field %q, want %q in both", d.path, link, why, words)
	}
	return d
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

// shown is a page's text as people read it: what stands in cells, lines and
// paragraphs of their own does not run together.
func shown(n *html.Node) string {
	var b strings.Builder
	walk(n, func(n *html.Node) {
		switch n.DataAtom {
		case atom.Td, atom.Th, atom.Li, atom.P, atom.Dt, atom.Dd, atom.Div, atom.H1, atom.H2, atom.Option, atom.Blockquote:
			b.WriteByte(' ')
		}
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
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
