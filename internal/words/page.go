package words

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// A page's template is English. Its text units are what stands between the tags
// of block elements: whole sentences, with the inline markup and the {{actions}}
// in them. A unit that is nothing but one inline element, or one {{if}} or
// {{with}}, is taken apart first, so that the catalog has as little markup as can
// be. The attributes that people read or hear are units too.

// Page gives a template's source in the language, and the units that have no
// entry, which stay English.
func (c *Catalog) Page(source string) (string, []string) {
	if c.exact == nil {
		return source, nil
	}
	var missing []string
	out := cut(source).rewrite(func(unit string) string {
		if said, ok := c.exact[unit]; ok {
			return said
		}
		missing = append(missing, unit)
		return ""
	})
	return out, missing
}

// Units lists a template's text units in their order.
func Units(source string) []string {
	var out []string
	cut(source).rewrite(func(unit string) string {
		if !slices.Contains(out, unit) {
			out = append(out, unit)
		}
		return ""
	})
	return out
}

type kind int

const (
	text   kind = iota
	value       // an action that shows something or sets a variable, and {{template}}
	open        // {{if}}, {{with}}, {{range}}
	middle      // {{else}}
	end         // {{end}}
	start       // an inline element's start tag
	stop        // its end tag
	lone        // an inline element without an end
	border      // a block element's tag, a comment, {{define}}
)

type piece struct {
	kind kind
	src  string
	name string // of a tag
}

type pieces []piece

func (p pieces) src() string {
	var b strings.Builder
	for _, x := range p {
		b.WriteString(x.src)
	}
	return b.String()
}

var inline = map[string]bool{"a": true, "abbr": true, "b": true, "bdi": true, "bdo": true, "br": true, "cite": true, "code": true, "data": true,
	"dfn": true, "em": true, "i": true, "img": true, "kbd": true, "mark": true, "q": true, "s": true, "samp": true, "small": true, "span": true,
	"strong": true, "sub": true, "sup": true, "time": true, "u": true, "var": true, "wbr": true}

var tagName = regexp.MustCompile(`^</?([a-zA-Z][a-zA-Z0-9]*)`)

// cut takes a template apart.
func cut(source string) pieces {
	var out pieces
	add := func(k kind, src, name string) { out = append(out, piece{k, src, name}) }
	for s := source; s != ""; {
		n := len(s)
		switch {
		case strings.HasPrefix(s, "{{"):
			n = actionEnd(s)
			add(actionKind(s[:n]), s[:n], "")
		case strings.HasPrefix(s, "<!--"):
			if i := strings.Index(s, "-->"); i >= 0 {
				n = i + len("-->")
			}
			add(border, s[:n], "")
		case strings.HasPrefix(s, "<!"):
			n = tagEnd(s)
			add(border, s[:n], "")
		case tagName.MatchString(s):
			n = tagEnd(s)
			name := strings.ToLower(tagName.FindStringSubmatch(s)[1])
			switch {
			case name == "script" || name == "style":
				if i := strings.Index(s, "</"+name); i >= 0 && s[1] != '/' {
					n = i
				}
				add(border, s[:n], "")
			case !inline[name]:
				add(border, s[:n], name)
			case s[1] == '/':
				add(stop, s[:n], name)
			case name == "br" || name == "wbr" || name == "img":
				add(lone, s[:n], name)
			default:
				add(start, s[:n], name)
			}
		default:
			if i := strings.IndexAny(s[1:], "<{"); i >= 0 {
				n = i + 1
			}
			add(text, s[:n], "")
		}
		s = s[n:]
	}
	return out
}

// actionEnd is where the action ends with which s begins.
func actionEnd(s string) int {
	if c := strings.TrimPrefix(strings.TrimPrefix(s, "{{"), "- "); strings.HasPrefix(c, "/*") {
		if i := strings.Index(s, "*/"); i >= 0 {
			if j := strings.Index(s[i:], "}}"); j >= 0 {
				return i + j + 2
			}
		}
		return len(s)
	}
	var quote byte
	for i := 2; i < len(s); i++ {
		switch {
		case quote != 0:
			if s[i] == '\\' && quote == '"' {
				i++
			} else if s[i] == quote {
				quote = 0
			}
		case s[i] == '"' || s[i] == '`':
			quote = s[i]
		case strings.HasPrefix(s[i:], "}}"):
			return i + 2
		}
	}
	return len(s)
}

// tagEnd is where the tag ends with which s begins.
func tagEnd(s string) int {
	var quote byte
	for i := 1; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "{{"):
			i += actionEnd(s[i:]) - 1
		case quote != 0:
			if s[i] == quote {
				quote = 0
			}
		case s[i] == '"' || s[i] == '\'':
			quote = s[i]
		case s[i] == '>':
			return i + 1
		}
	}
	return len(s)
}

func actionKind(s string) kind {
	inner := strings.Trim(strings.TrimSuffix(strings.TrimPrefix(s, "{{"), "}}"), "- \n\t")
	word, _, _ := strings.Cut(inner, " ")
	switch word {
	case "if", "with", "range":
		return open
	case "else":
		return middle
	case "end":
		return end
	case "define", "block":
		return border
	}
	return value
}

// rewrite gives the source with each unit replaced by what say gives for it; ""
// leaves it as it is.
func (p pieces) rewrite(say func(string) string) string {
	var b strings.Builder
	var run pieces
	flush := func() {
		b.WriteString(run.split(say))
		run = nil
	}
	for _, x := range p {
		if x.kind != border {
			run = append(run, x)
			continue
		}
		flush()
		b.WriteString(attributes(x.src, say))
	}
	flush()
	return b.String()
}

// split rewrites a run between two blocks. What is opened or closed outside of it
// is a border of its own.
func (p pieces) split(say func(string) string) string {
	stray := p.strays()
	var b strings.Builder
	from := 0
	for i := range p {
		if stray[i] {
			b.WriteString(p[from:i].unit(say) + attributes(p[i].src, say))
			from = i + 1
		}
	}
	b.WriteString(p[from:].unit(say))
	return b.String()
}

// strays finds the tags and actions that have no partner in the run.
func (p pieces) strays() map[int]bool {
	out := map[int]bool{}
	var stack []int // of what is open
	closes := func(i int, fits func(piece) bool) {
		for n := len(stack) - 1; n >= 0; n-- {
			if fits(p[stack[n]]) {
				for _, lost := range stack[n+1:] {
					out[lost] = true
				}
				stack = stack[:n]
				return
			}
		}
		out[i] = true
	}
	control := func(x piece) bool { return x.kind == open }
	for i, x := range p {
		switch x.kind {
		case open, start:
			stack = append(stack, i)
		case stop:
			closes(i, func(o piece) bool { return o.kind == start && o.name == x.name })
		case end:
			closes(i, control)
		case middle:
			if !slices.ContainsFunc(stack, func(n int) bool { return control(p[n]) }) {
				out[i] = true
			}
		case text, value, lone, border:
		}
	}
	for _, lost := range stack {
		out[lost] = true
	}
	if len(out) > 0 { // an {{else}} whose {{if}} is a stray is one too
		depth := 0
		for i, x := range p {
			switch {
			case x.kind == open && !out[i]:
				depth++
			case x.kind == end && !out[i]:
				depth--
			case x.kind == middle && depth == 0:
				out[i] = true
			}
		}
	}
	return out
}

// unit rewrites a balanced run: as one unit when text stands in it openly, else
// part by part.
func (p pieces) unit(say func(string) string) string {
	if !p.speaks() {
		return p.markup(say)
	}
	if p.bare() {
		src := p.src()
		key := Fold(src)
		said := say(key)
		if said == "" {
			return src
		}
		head := src[:len(src)-len(strings.TrimLeftFunc(src, unicode.IsSpace))]
		tail := src[len(strings.TrimRightFunc(src, unicode.IsSpace)):]
		return head + said + tail
	}
	var b strings.Builder
	for i := 0; i < len(p); i++ {
		if k := p[i].kind; k != open && k != start {
			b.WriteString(p[i : i+1].markup(say))
			continue
		}
		b.WriteString(attributes(p[i].src, say))
		depth, from := 0, i+1
		for i++; ; i++ {
			k := p[i].kind
			closing := k == end || k == stop
			if depth == 0 && (closing || k == middle) {
				b.WriteString(p[from:i].unit(say) + p[i].src)
				from = i + 1
				if closing {
					break
				}
				continue
			}
			switch {
			case closing:
				depth--
			case k == open || k == start:
				depth++
			}
		}
	}
	return b.String()
}

func (p pieces) markup(say func(string) string) string {
	var b strings.Builder
	for _, x := range p {
		if x.kind == start || x.kind == lone {
			b.WriteString(attributes(x.src, say))
			continue
		}
		b.WriteString(x.src)
	}
	return b.String()
}

// speaks reports whether there are words in the run, bare whether some of them
// stand in no element and no action of it.
func (p pieces) speaks() bool {
	return slices.ContainsFunc(p, func(x piece) bool { return x.kind == text && hasLetter(x.src) })
}

func (p pieces) bare() bool {
	depth := 0
	for _, x := range p {
		switch x.kind {
		case open, start:
			depth++
		case end, stop:
			depth--
		case text:
			if depth == 0 && hasLetter(entity.ReplaceAllString(x.src, "")) {
				return true
			}
		case value, middle, lone, border:
		}
	}
	return false
}

var entity = regexp.MustCompile(`&#?[a-zA-Z0-9]+;`)

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

// spoken are the attributes that people read or hear.
var spoken = regexp.MustCompile(`\s(aria-label|title|alt|placeholder|data-minute)="`)

func attributes(tag string, say func(string) string) string {
	if !strings.HasPrefix(tag, "<") {
		return tag
	}
	var b strings.Builder
	for {
		m := spoken.FindStringIndex(tag)
		if m == nil {
			return b.String() + tag
		}
		n := m[1]
		for n < len(tag) && tag[n] != '"' {
			if strings.HasPrefix(tag[n:], "{{") {
				n += actionEnd(tag[n:])
				continue
			}
			n++
		}
		content := tag[m[1]:n]
		b.WriteString(tag[:m[1]])
		plain := content
		for strings.Contains(plain, "{{") {
			i := strings.Index(plain, "{{")
			plain = plain[:i] + plain[i+actionEnd(plain[i:]):]
		}
		if hasLetter(plain) {
			if said := say(Fold(content)); said != "" {
				content = said
			}
		}
		b.WriteString(content)
		tag = tag[n:]
	}
}
