package browsertest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// maxWeight is what a page may bring over the line in all, as it comes: issue 4.
const maxWeight = 60 << 10

// checks is what every page is held to.
type checks struct {
	axe, narrow, quiet, light bool
}

var allChecks = checks{axe: true, narrow: true, quiet: true, light: true}

// hold looks at the page that the tab shows.
func (c checks) hold(b *tab) {
	b.Helper()
	where := b.where()
	b.mu.Lock()
	weight := int(b.seen.weight)
	b.mu.Unlock()
	met.page(b.path(), weight)
	for _, fault := range c.faults(b) {
		b.Errorf("%s (%d wide): %s", where, b.look.width, fault)
	}
	shoot(b)
}

func (c checks) faults(b *tab) []string {
	b.Helper()
	var out []string
	b.mu.Lock()
	trouble, weight := b.seen.trouble, int(b.seen.weight)
	b.seen.trouble = nil
	b.mu.Unlock()
	if c.quiet {
		out = append(out, trouble...)
	}
	if c.light && weight > maxWeight {
		out = append(out, fmt.Sprintf("it weighs %d bytes, more than %d", weight, maxWeight))
	}
	if c.narrow {
		out = append(out, overflow(b)...)
	}
	if c.axe {
		out = append(out, axeFaults(b)...)
	}
	return out
}

// overflow names what makes the page wider than a phone's screen.
func overflow(b *tab) []string {
	b.Helper()
	if b.look.width != phoneWidth {
		b.resize(phoneWidth)
		defer b.resize(b.look.width)
	}
	return js[[]string](b, `(() => {
		const wide = document.documentElement.clientWidth;
		if (Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) <= wide) return [];
		const guilty = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > wide + 1 && !e.closest(".scroll")).slice(-3);
		return ["it has to be scrolled sideways at " + wide + " pixels: " + guilty.map(e => e.outerHTML.slice(0, 120)).join(" | ")];
	})()`)
}

// violation is what axe-core found, as far as it matters here.
type violation struct {
	ID, Impact, Help string
	Nodes            []string
}

// The rules of WCAG up to 2.2 AA, and axe-core's own good practice.
const runAxe = `axe.run(document, {runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]},
	rules: {"target-size": {enabled: true}}, resultTypes: ["violations"]}).then(r => r.violations.map(v =>
	({ID: v.id, Impact: v.impact || "", Help: v.help, Nodes: v.nodes.slice(0, 3).map(n => n.html.slice(0, 160) + " " + n.any.concat(n.all).map(c => c.message).join("; ").slice(0, 200))})))`

// axeFaults gives what axe-core found, of any weight. A page that was looked at
// before, as it is now, is not looked at again.
func axeFaults(b *tab) []string {
	b.Helper()
	print := fmt.Sprint(b.look.width) + js[string](b, `document.title + document.body.outerHTML.replace(/ value="[^"]{20,}"/g, "")`)
	print = changing.ReplaceAllString(print, "")
	if !met.first(print) {
		return nil
	}
	if !b.look.script {
		b.scripts(true)
		defer b.scripts(false)
	}
	if js[bool](b, `typeof axe === "undefined"`) {
		js[bool](b, theWorld.axe+"; true")
	}
	var out []string
	for _, v := range js[[]violation](b, runAxe) {
		out = append(out, fmt.Sprintf("axe %s (%s): %s: %s", v.ID, v.Impact, v.Help, strings.Join(v.Nodes, " | ")))
	}
	return out
}

// changing is what differs between one look at a page and the next without a
// difference in form: numbers, and references made of them.
var changing = regexp.MustCompile(`[0-9a-f-]{16,}|[0-9]+`)

// meetings is what all journeys of a run have come to.
type meetings struct {
	mu     sync.Mutex
	prints map[string]bool
	weight map[string]int
	times  map[string]int
}

var met = &meetings{prints: map[string]bool{}, weight: map[string]int{}, times: map[string]int{}}

func (m *meetings) first(print string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	before := m.prints[print]
	m.prints[print] = true
	return !before
}

var reference = regexp.MustCompile(`[A-Za-z0-9_-]{24,}`)

func (m *meetings) page(path string, weight int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	path = reference.ReplaceAllString(path, "…")
	m.weight[path] = max(m.weight[path], weight)
	m.times[path]++
}

// report is written when the journeys are over.
func (m *meetings) report() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var b strings.Builder
	looks := 0
	for _, n := range m.times {
		looks += n
	}
	fmt.Fprintf(&b, "%d pages at %d addresses, %d of them looked at by axe-core; none weighs more than %d bytes. The heaviest at each:\n", looks, len(m.times), len(m.prints), maxWeight)
	for _, p := range slices.Sorted(maps.Keys(m.weight)) {
		fmt.Fprintf(&b, "  %6d  %s\n", m.weight[p], p)
	}
	return b.String()
}
