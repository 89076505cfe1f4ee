// Package words says our words in the applicant's language. English is the
// source: page templates and Go code are written in it, and a catalog file has
// each text unit of a page and each sentence of the code in another language.
// What an applicant typed never goes through here.
package words

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"golang.org/x/text/language"
	"gopkg.in/yaml.v3"
)

//go:embed es/*.yaml
var files embed.FS

// English is the language of the source, and of whoever asks for one that we do
// not have.
const English = "en"

// Language is one in which the portal speaks.
type Language struct {
	Tag  string // BCP 47
	Name string // in the language itself
}

// Languages lists them, English first.
func Languages() []Language {
	return []Language{{English, "English"}, {"es", "Español"}}
}

// Known reports whether there is a language of that tag.
func Known(tag string) bool {
	for _, l := range Languages() {
		if l.Tag == tag {
			return true
		}
	}
	return false
}

// Or gives the tag when it is known, and English otherwise: what an older record
// says of its language may be nothing.
func Or(tag string) string {
	if Known(tag) {
		return tag
	}
	return English
}

var matcher = func() language.Matcher {
	var tags []language.Tag
	for _, l := range Languages() {
		tags = append(tags, language.MustParse(l.Tag))
	}
	return language.NewMatcher(tags)
}()

// Match gives the language for an Accept-Language header (RFC 9110, 12.5.4): the
// nearest that we have, English when none is near.
func Match(header string) string {
	tags, _, err := language.ParseAcceptLanguage(header)
	if err != nil || len(tags) == 0 {
		return English
	}
	_, at, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return English
	}
	return Languages()[at].Tag
}

// Catalog says English words in one language. It is made by In.
type Catalog struct {
	tag      string
	exact    map[string]string
	patterns []pattern
	said     map[string]bool // what it gives: going through it twice changes nothing
	miss     func(english string)
}

// catalogs are part of the program, so a fault in one stops every start and
// every test.
var catalogs = mustCatalogs()

// In gives the catalog of a language; English, also for one that is not known,
// gives every text as it is.
func In(tag string) *Catalog {
	if c, ok := catalogs[tag]; ok {
		return c
	}
	return &Catalog{tag: English}
}

// Tag is the language, BCP 47.
func (c *Catalog) Tag() string { return c.tag }

// Telling gives the same catalog, which calls miss with each English text that it
// has no words for.
func (c *Catalog) Telling(miss func(english string)) *Catalog {
	out := *c
	out.miss = miss
	return &out
}

// Entries lists the English of every entry.
func (c *Catalog) Entries() []string {
	var out []string
	for k := range c.exact {
		out = append(out, k)
	}
	for _, p := range c.patterns {
		out = append(out, p.english)
	}
	sort.Strings(out)
	return out
}

// Entry gives what stands in the catalog under exactly that English.
func (c *Catalog) Entry(english string) (string, bool) {
	if s, ok := c.exact[english]; ok {
		return s, true
	}
	for _, p := range c.patterns {
		if p.english == english {
			return p.says, true
		}
	}
	return "", false
}

func mustCatalogs() map[string]*Catalog {
	out := map[string]*Catalog{}
	for _, l := range Languages() {
		if l.Tag == English {
			continue
		}
		c, err := load(files, l.Tag)
		if err != nil {
			panic("words: " + err.Error())
		}
		out[l.Tag] = c
	}
	return out
}

// load reads the catalog files of a language. They are merged; an entry that
// stands twice in one, or differently in two, is refused.
func load(fsys fs.FS, tag string) (*Catalog, error) {
	names, err := fs.Glob(fsys, path.Join(tag, "*.yaml"))
	if err != nil {
		return nil, err
	}
	c := &Catalog{tag: tag, exact: map[string]string{}, said: map[string]bool{}}
	at := map[string]string{} // where an entry stands
	for _, name := range names {
		body, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		var doc yaml.Node
		if err := yaml.Unmarshal(body, &doc); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if len(doc.Content) == 0 {
			continue
		}
		top := doc.Content[0]
		if top.Kind != yaml.MappingNode {
			return nil, fmt.Errorf("%s: it must be a list of English: translation", name)
		}
		for i := 0; i+1 < len(top.Content); i += 2 {
			key, value := top.Content[i], top.Content[i+1]
			where := fmt.Sprintf("%s:%d", name, key.Line)
			english, says := Fold(key.Value), Fold(value.Value)
			if key.Kind != yaml.ScalarNode || value.Kind != yaml.ScalarNode || english == "" || says == "" {
				return nil, fmt.Errorf("%s: give English: translation, both as text", where)
			}
			if first, ok := at[english]; ok {
				if was, _ := c.Entry(english); was != says || strings.HasPrefix(first, name+":") {
					return nil, fmt.Errorf("%s: %q stands in %s already", where, english, first)
				}
				continue
			}
			at[english] = where
			if err := c.add(english, says); err != nil {
				return nil, fmt.Errorf("%s: %w", where, err)
			}
		}
	}
	// The pattern that says most by itself is tried first.
	sort.SliceStable(c.patterns, func(i, j int) bool { return c.patterns[i].weight > c.patterns[j].weight })
	return c, nil
}

func (c *Catalog) add(english, says string) error {
	if !strings.Contains(english, "{{") && gap.MatchString(english) {
		p, err := compile(english, says)
		if err != nil {
			return err
		}
		c.patterns = append(c.patterns, p)
		return nil
	}
	c.exact[english] = says
	c.said[says] = true
	return nil
}

// Fold writes every run of white space as one space.
func Fold(s string) string { return strings.Join(strings.Fields(s), " ") }

// gap is a place in an entry where something else stands. In a translation
// {name|t} says it in the language too, {name|list} does so for each part of a
// list with commas.
var gap = regexp.MustCompile(`\{([a-z]+[0-9]?)(\|t|\|list)?\}`)

// pattern is an entry with gaps. A gap whose name is n, or n and a digit, holds
// digits only.
type pattern struct {
	english, says string
	first, last   string // what it begins and ends with: most are told apart by that
	match         *regexp.Regexp
	weight        int
}

func compile(english, says string) (pattern, error) {
	p := pattern{english: english, says: says}
	var expr strings.Builder
	expr.WriteString(`(?s)^`)
	names := map[string]bool{}
	rest := 0
	spots := gap.FindAllStringSubmatchIndex(english, -1)
	for i, m := range spots {
		lit := english[rest:m[0]]
		if i == 0 {
			p.first = lit
		}
		expr.WriteString(regexp.QuoteMeta(lit))
		p.weight += len(lit)
		name := english[m[2]:m[3]]
		switch {
		case m[4] >= 0:
			return p, fmt.Errorf("%q: what is done with a gap stands in the translation", english)
		case names[name]:
			return p, fmt.Errorf("%q: the gap {%s} stands twice", english, name)
		}
		names[name] = true
		if strings.TrimRight(name, "0123456789") == "n" {
			fmt.Fprintf(&expr, `(?P<%s>[0-9][0-9,.]*)`, name)
			p.weight += 2
		} else {
			fmt.Fprintf(&expr, `(?P<%s>.+?)`, name)
		}
		rest = m[1]
	}
	p.last = english[rest:]
	p.weight += len(p.last)
	expr.WriteString(regexp.QuoteMeta(p.last) + `$`)
	for _, m := range gap.FindAllStringSubmatch(says, -1) {
		if !names[m[1]] {
			return p, fmt.Errorf("%q: the translation has a gap {%s}, and the English has not", english, m[1])
		}
		delete(names, m[1])
	}
	for name := range names {
		return p, fmt.Errorf("%q: the translation leaves the gap {%s} out", english, name)
	}
	var err error
	p.match, err = regexp.Compile(expr.String())
	return p, err
}

// T says a text of ours in the language: by its own entry, by a pattern, as a day
// or a time, or sentence by sentence. One that has no entry stays English and is
// told to whoever listens. v is a string, or of a type that is one.
func (c *Catalog) T(v any) string {
	s, ok := v.(string)
	if !ok {
		if v == nil {
			return ""
		}
		s = fmt.Sprint(v)
	}
	if c.exact == nil || s == "" {
		return s
	}
	text := strings.TrimSpace(s)
	out, missing := c.say(text)
	out = strings.Replace(s, text, out, 1) // with the spaces around it
	for _, m := range missing {
		if c.miss != nil {
			c.miss(m)
		}
	}
	return out
}

// Has reports whether T has words for all of a text.
func (c *Catalog) Has(s string) bool {
	if c.exact == nil {
		return true
	}
	_, missing := c.say(strings.TrimSpace(s))
	return len(missing) == 0
}

// Try is T for a text that may be somebody else's, such as what an operator has
// set: it stays as it is where there are no words for it.
func (c *Catalog) Try(s string) string {
	if out, ok := c.exact[s]; ok {
		return out
	}
	return s
}

// say gives the words, and the English for which there are none.
func (c *Catalog) say(s string) (string, []string) {
	if out, ok := c.exact[s]; ok {
		return out, nil
	}
	if !hasLetter(s) || c.said[s] {
		return s, nil
	}
	if out, ok := c.when(s); ok {
		return out, nil
	}
	if out, ok := c.whole(s, false); ok {
		return out, nil
	}
	if out, ok := c.sentences(s); ok {
		return out, nil
	}
	if out, ok := c.whole(s, true); ok {
		return out, nil
	}
	for i := range c.patterns {
		if out, lacks, ok := c.patterns[i].apply(c, s, true); ok {
			return out, lacks
		}
	}
	return s, []string{s}
}

// apply says a text by the pattern, and gives the English in its gaps for which
// there are no words. Unless wide, no gap holds the end of a sentence: what looks
// like one text may be two.
func (p pattern) apply(c *Catalog, s string, wide bool) (string, []string, bool) {
	if !strings.HasPrefix(s, p.first) || !strings.HasSuffix(s, p.last) {
		return "", nil, false
	}
	m := p.match.FindStringSubmatch(s)
	if m == nil || !wide && slices.ContainsFunc(m[1:], full.MatchString) {
		return "", nil, false
	}
	var missing []string
	out := gap.ReplaceAllStringFunc(p.says, func(g string) string {
		name, how, _ := strings.Cut(strings.Trim(g, "{}"), "|")
		value := m[p.match.SubexpIndex(name)]
		parts := []string{value}
		switch how {
		case "":
			return value
		case "list":
			parts = strings.Split(value, ", ")
		}
		for i, part := range parts {
			said, lacks := c.say(part)
			parts[i], missing = said, append(missing, lacks...)
		}
		return strings.Join(parts, ", ")
	})
	return out, missing, true
}

// full is the end of a sentence within a text.
var full = regexp.MustCompile(`[.?!:]["”)]? `)

// sentences says a text sentence by sentence, the longest runs that have an entry
// first. It gives false when one of them has none.
func (c *Catalog) sentences(s string) (string, bool) {
	var parts []string
	rest := 0
	for _, m := range full.FindAllStringIndex(s, -1) {
		parts = append(parts, s[rest:m[1]-1])
		rest = m[1]
	}
	parts = append(parts, s[rest:])
	if len(parts) == 1 {
		return "", false
	}
	var out []string
	for i := 0; i < len(parts); {
		j := len(parts)
		for ; j > i; j-- {
			if i == 0 && j == len(parts) {
				continue
			}
			run := strings.Join(parts[i:j], " ")
			if j-i > 1 {
				if said, ok := c.exact[run]; ok {
					out = append(out, said)
					break
				}
				if said, ok := c.whole(run, false); ok {
					out = append(out, said)
					break
				}
				continue
			}
			said, missing := c.say(run)
			if len(missing) > 0 {
				return "", false
			}
			out = append(out, said)
			break
		}
		if j == i {
			return "", false
		}
		i = j
	}
	return strings.Join(out, " "), true
}

// whole says a text by one pattern.
func (c *Catalog) whole(s string, wide bool) (string, bool) {
	for i := range c.patterns {
		if out, lacks, ok := c.patterns[i].apply(c, s, wide); ok && len(lacks) == 0 {
			return out, true
		}
	}
	return "", false
}

// How Go code writes days and times, English being the source.
const (
	DayForm    = "January 2, 2006"
	MomentForm = "Monday, January 2, 2006, 3:04 PM"
)

// when says a day or a time that stands in the forms above.
func (c *Catalog) when(s string) (string, bool) {
	if t, err := time.Parse("3:04 PM", s); err == nil && c.tag == "es" {
		return t.Format("3:04 ") + half(t), true
	}
	if s[0] < 'A' || s[0] > 'Z' {
		return "", false
	}
	if t, err := time.Parse(DayForm, s); err == nil {
		return c.Day(t), true
	}
	if t, err := time.Parse(MomentForm+" UTC", s); err == nil {
		return c.Moment(t), true
	}
	if t, err := time.Parse("January 2006", s); err == nil && c.tag == "es" {
		return fmt.Sprintf("%s de %d", months[t.Month()-1], t.Year()), true
	}
	return "", false
}

var (
	months = []string{"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"}
	days   = []string{"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"}
)

// Day writes a day for people.
func (c *Catalog) Day(t time.Time) string {
	t = t.UTC()
	if c.tag != "es" {
		return t.Format(DayForm)
	}
	return fmt.Sprintf("%d de %s de %d", t.Day(), months[t.Month()-1], t.Year())
}

// Moment writes a time for people, with the zone: a deadline without one is a guess.
func (c *Catalog) Moment(t time.Time) string {
	t = t.UTC()
	if c.tag != "es" {
		return t.Format(MomentForm) + " UTC"
	}
	return fmt.Sprintf("%s, %s, %s %s UTC", days[t.Weekday()], c.Day(t), t.Format("3:04"), half(t))
}

// half is the half of the day, in Spanish.
func half(t time.Time) string {
	if t.Hour() >= 12 {
		return "p. m."
	}
	return "a. m."
}
