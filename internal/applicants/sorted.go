package applicants

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Order is the order in which a listing comes.
type Order string

// The orders; each the other way round with a minus before it.
const (
	// Unsorted is the engine's own, and the cheapest: who is not over first, who came
	// to their present stage last first.
	Unsorted  Order = ""
	ByApplied Order = "applied" // who applied first
	BySince   Order = "since"   // who has stood where they are for longest
	ByDue     Order = "due"     // whose time ends first; who has none comes last
)

// Orders lists every order but Unsorted.
func Orders() []Order {
	return []Order{ByApplied, "-" + ByApplied, BySince, "-" + BySince, ByDue, "-" + ByDue}
}

// Known reports whether it is an order that there is.
func (o Order) Known() bool { return o == Unsorted || slices.Contains(Orders(), o) }

// The engine's SQL stores cannot sort by an attribute (ORDER BY is for Elasticsearch
// alone). So a page is found by counting: how many lines lie in a window of the
// attribute that begins where the page before ended. A window of about a page is
// read whole and sorted here.

// axis is an attribute along which lists are sorted, in whole units.
type axis struct {
	name string
	unit time.Duration
	at   func(Line) time.Time // zero: it has none
	key  func(at time.Time) string
}

var (
	byDue   = axis{workflows.SearchDueBy.GetName(), time.Second, func(l Line) time.Time { return l.DueBy }, stamp}
	bySince = axis{workflows.SearchSince.GetName(), time.Second, func(l Line) time.Time { return l.Since }, stamp}
	// byApplied goes by the ID, which begins with the time (RFC 9562, 5.7).
	byApplied = axis{"WorkflowId", time.Millisecond, func(l Line) time.Time { return begunAt(l.ID, l.StartedAt) }, func(at time.Time) string {
		hex := fmt.Sprintf("%012x", max(at.UnixMilli(), 0))
		return onboarding.ApplicantID(hex[:8] + "-" + hex[8:]).WorkflowID()
	}}
)

func stamp(at time.Time) string { return at.UTC().Format(time.RFC3339Nano) }

// within gives the conditions of a span.
func (a axis) within(s Span) (out []string) {
	if !s.From.IsZero() {
		out = append(out, fmt.Sprintf("%s >= '%s'", a.name, a.key(s.From)))
	}
	if !s.To.IsZero() {
		out = append(out, fmt.Sprintf("%s < '%s'", a.name, a.key(s.To)))
	}
	return out
}

func (o Order) axis() (axis, bool) {
	name, desc := strings.CutPrefix(string(o), "-")
	return map[Order]axis{ByApplied: byApplied, BySince: bySince, ByDue: byDue}[Order(name)], desc
}

// spot is a cursor of a sorted list: behind which line the next page begins.
type spot struct {
	At    time.Time              `json:"at,omitzero"`
	ID    onboarding.ApplicantID `json:"id,omitempty"`
	Width time.Duration          `json:"width,omitempty"` // of the page before: how dense it was there
	// Rest: those who lack the attribute are being listed, by the engine's token.
	Rest  bool   `json:"rest,omitempty"`
	Token []byte `json:"token,omitempty"`
}

func (p spot) cursor() string {
	body, _ := json.Marshal(p) // strings, numbers and bytes
	return base64.RawURLEncoding.EncodeToString(body)
}

// listSorted gives one page in an order of ours.
func (s *Service) listSorted(ctx context.Context, f Filter, some bool) (Page, error) {
	if !f.Order.Known() {
		return Page{}, onboarding.Invalid("sort", "Lists cannot be sorted by that.", "Use applied, since or due, with a minus before it for the other way round.")
	}
	if _, err := f.query(); err != nil {
		return Page{}, err
	}
	var from spot
	if f.Cursor != "" {
		body, err := base64.RawURLEncoding.DecodeString(f.Cursor)
		if err != nil || json.Unmarshal(body, &from) != nil || from.Width < 0 {
			return Page{}, badCursor()
		}
	}
	if !some {
		return Page{Items: []Line{}}, nil
	}
	a, desc := f.Order.axis()
	l := sorted{s: s, axis: a, desc: desc, limit: f.Limit, now: s.Now(), from: beginning, to: ending}
	// The engine takes one pair of bounds by an index, so the filter's own are the
	// ends of the axis.
	span := map[string]*Span{byDue.name: &f.Due, bySince.name: &f.Changed, byApplied.name: &f.Applied}[a.name]
	bounded := !span.none()
	if !span.From.IsZero() {
		l.from = span.From
	}
	if !span.To.IsZero() {
		l.to = span.To
	}
	within := *span
	*span = Span{}
	var err error
	if l.query, err = f.query(); err != nil {
		return Page{}, err
	}
	for _, one := range f.single() {
		query, err := one.query()
		if err != nil {
			return Page{}, err
		}
		l.parts = append(l.parts, query)
	}
	if f.Cursor == "" {
		page, whole, err := l.few(ctx, within)
		if err != nil || whole {
			return page, err
		}
	}
	var lines []Line
	more := false
	if !from.Rest {
		if lines, more, err = l.page(ctx, from); err != nil {
			return Page{}, err
		}
	}
	switch {
	case more:
		last := lines[len(lines)-1]
		width := a.at(last).Sub(a.at(lines[0])).Abs()
		return Page{Items: lines, NextCursor: spot{At: a.at(last), ID: last.ID, Width: width}.cursor()}, nil
	case a.name == byApplied.name, bounded: // everybody has an ID, and who is within bounds has the attribute
		return Page{Items: append([]Line{}, lines...)}, nil
	}
	return l.rest(ctx, lines, from)
}

// fewest is how many lines are sorted without looking for a window.
const fewest = 200

// few gives all lines when there are few: then one question is enough, and along the
// axis the engine would go past all the others.
func (l sorted) few(ctx context.Context, within Span) (Page, bool, error) {
	lines, token, err := l.s.lines(ctx, l.query, fewest, nil)
	if err != nil || len(token) > 0 {
		return Page{}, false, err
	}
	lines = slices.DeleteFunc(lines, func(x Line) bool { return !within.has(l.axis.at(x)) })
	slices.SortFunc(lines, l.compare)
	page := Page{Items: lines}
	if len(lines) > l.limit {
		page.Items = lines[:l.limit]
		last := page.Items[l.limit-1]
		next := spot{At: l.axis.at(last), ID: last.ID}
		if next.At.IsZero() {
			return Page{}, false, nil // those who lack the attribute are the engine's to page through
		}
		page.NextCursor = next.cursor()
	}
	return page, true, nil
}

// compare is the order of two lines; who lacks the attribute comes last.
func (l sorted) compare(x, y Line) int {
	at, other := l.axis.at(x), l.axis.at(y)
	if at.IsZero() != other.IsZero() {
		if at.IsZero() {
			return 1
		}
		return -1
	}
	c := cmp.Or(at.Compare(other), cmp.Compare(x.ID, y.ID))
	if l.desc {
		return -c
	}
	return c
}

// rest goes on with those who lack the attribute, behind lines.
func (l sorted) rest(ctx context.Context, lines []Line, from spot) (Page, error) {
	query := l.query + " AND " + l.axis.name + " IS NULL"
	if len(lines) == l.limit { // is there anybody?
		n, err := l.s.count(ctx, query)
		if err != nil || n == 0 {
			return Page{Items: lines}, err
		}
		return Page{Items: lines, NextCursor: spot{Rest: true}.cursor()}, nil
	}
	more, token, err := l.s.lines(ctx, query, l.limit-len(lines), from.Token)
	if err != nil {
		return Page{}, err
	}
	page := Page{Items: append(lines, more...)}
	if page.Items == nil {
		page.Items = []Line{}
	}
	if len(token) > 0 {
		page.NextCursor = spot{Rest: true, Token: token}.cursor()
	}
	return page, nil
}

// sorted is one listing in an order of ours.
type sorted struct {
	s     *Service
	query string
	// parts are questions that together are the query. One with a list of values has
	// the engine's SQLite go past everybody to list a window, and each of these none.
	parts []string
	axis  axis
	desc  bool
	limit int
	now   time.Time
	// from and to are the ends of the axis: no line is looked for beyond.
	from, to time.Time
}

// The ends of every axis: no line lies beyond.
var (
	beginning = time.Unix(0, 0).UTC()
	ending    = time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)
)

// page gives up to limit lines behind a spot, and whether there are more.
func (l sorted) page(ctx context.Context, from spot) (lines []Line, more bool, err error) {
	left := Span{From: l.from, To: l.to} // where lines are not looked for yet
	if !from.At.IsZero() {
		if l.desc {
			left.To = from.At.Add(l.axis.unit)
		} else {
			left.From = from.At
		}
	}
	first := from.At.IsZero()
	for left.From.Before(left.To) && len(lines) <= l.limit {
		var far []time.Time
		if first {
			far = l.s.edges.far(l, left)
		} else {
			far = l.steps(left, from.Width)
		}
		w, n, err := l.window(ctx, left, far, l.limit+1-len(lines))
		if err != nil {
			return nil, false, err
		}
		if l.desc {
			left.To = w.From
		} else {
			left.From = w.To
		}
		if n == 0 {
			continue
		}
		some, err := l.all(ctx, w, n, from, l.limit+1-len(lines))
		if err != nil {
			return nil, false, err
		}
		lines = append(lines, some...)
	}
	if len(lines) > l.limit {
		if first {
			l.s.edges.put(l.key(), l.axis.at(lines[l.limit]), mostEdges)
		}
		return lines[:l.limit], true, nil
	}
	return lines, false, nil
}

// edges remembers where the first page of a list ended: the next time it begins
// there to count, and not somewhere in ten years.
type edges struct{ remembered[string, time.Time] }

// mostEdges is of how many lists.
const mostEdges = 500

func (e *edges) far(l sorted, left Span) []time.Time {
	end, ok := e.get(l.key())
	steps := l.steps(left, 0)
	end = end.Truncate(l.axis.unit)
	if !l.desc {
		end = end.Add(l.axis.unit)
	}
	if !ok || !end.After(left.From) || !end.Before(left.To) {
		return steps
	}
	// What lies nearer than the end is a page, as far as is known.
	return append([]time.Time{end}, slices.DeleteFunc(steps, func(at time.Time) bool { return at.After(end) == l.desc })...)
}

// key is which list it is. Spans that end with the present differ at each look, so
// they are left out: an end that is somewhat wrong costs a count more.
func (l sorted) key() string {
	return l.axis.name + fmt.Sprint(l.desc, l.limit) + times.ReplaceAllString(l.query, "")
}

var times = regexp.MustCompile(`'\d{4}-\d\d-[^']*'|applicant/[0-9a-f-]*`)

// most is how many lines a window may have for one of want.
func most(want int) int { return 3*want + 50 }

// window gives a window at the near end of left that has want lines or a few more;
// fewer only when left has no more, and more only when they are all of one moment. No
// line is counted more often than it must: each count goes on where the one before
// ended.
func (l sorted) window(ctx context.Context, left Span, steps []time.Time, want int) (w Span, n int, err error) {
	near := l.edge(Span{From: left.To, To: left.From}) // up to here are had lines, which are too few
	had, far, more := 0, near, 0
	for _, far = range steps {
		if more, err = l.s.count(ctx, l.where(l.between(near, far))); err != nil {
			return w, 0, err
		}
		if had+more >= want {
			break
		}
		near, had, more = far, had+more, 0
	}
	for had+more > most(want) {
		between := far.Sub(near).Abs()
		if between <= l.axis.unit && had > 0 {
			return l.until(left, near), had, nil // the next window is that one moment
		}
		if between <= l.axis.unit {
			return l.between(near, far), more, nil
		}
		// As if they lay evenly between the two, and somewhat more than asked for.
		part := float64(want-had) * 1.6 / float64(more)
		step := max(time.Duration(float64(between)*min(part, 0.5)).Truncate(l.axis.unit), l.axis.unit)
		if l.desc {
			step = -step
		}
		try := near.Add(step)
		k, err := l.s.count(ctx, l.where(l.between(near, try)))
		if err != nil {
			return w, 0, err
		}
		if had+k >= want {
			far, more = try, k
		} else {
			near, had, more = try, had+k, more-k
		}
	}
	return l.until(left, far), had + more, nil
}

// between is the window of two points, the nearer first.
func (l sorted) between(near, far time.Time) Span {
	if l.desc {
		return Span{From: far, To: near}
	}
	return Span{From: near, To: far}
}

// until is the window from the near end of left to a point.
func (l sorted) until(left Span, far time.Time) Span {
	if l.desc {
		return Span{From: far, To: left.To}
	}
	return Span{From: left.From, To: far}
}

// edge is a window's far end.
func (l sorted) edge(w Span) time.Time {
	if l.desc {
		return w.From
	}
	return w.To
}

// ages are where a list that begins anywhere is looked for first, before and after now.
var ages = []time.Duration{5 * time.Minute, time.Hour, 6 * time.Hour, day, 2 * day, 4 * day, 7 * day, 11 * day, 16 * day, 23 * day, 32 * day, 45 * day, 64 * day, 90 * day,
	128 * day, 182 * day, 365 * day, 2 * 365 * day, 4 * 365 * day, 10 * 365 * day}

const day = 24 * time.Hour

// steps are the far ends to try one after the other, the last one that of left.
func (l sorted) steps(left Span, width time.Duration) (out []time.Time) {
	start := l.edge(Span{From: left.To, To: left.From}) // the near end
	end := l.edge(left)
	inside := func(at time.Time) bool { return at.After(left.From) && at.Before(left.To) }
	if width > 0 {
		for step := max(width*3/2, l.axis.unit); len(out) < 40; step *= 2 {
			if l.desc {
				step = -step
			}
			at := start.Add(step).Truncate(l.axis.unit)
			step = step.Abs()
			if !inside(at) || step > 20*365*day {
				break
			}
			out = append(out, at)
		}
		return append(out, end)
	}
	for _, age := range ages {
		for _, at := range []time.Time{l.now.Add(-age), l.now.Add(age)} {
			if at = at.Truncate(time.Second); inside(at) {
				out = append(out, at)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	if l.desc {
		slices.Reverse(out)
	}
	return append(out, end)
}

func (l sorted) where(w Span) string { return l.in(l.query, w) }

func (l sorted) in(query string, w Span) string {
	return query + " AND " + strings.Join(l.axis.within(w), " AND ")
}

// atOnce is how many lines of one window are read at once, at most.
const atOnce = 1000

// all reads a window, sorts it and leaves out what stands before the spot. Of one
// moment that more share than can be sorted here it reads the first few by their IDs.
func (l sorted) all(ctx context.Context, w Span, n int, from spot, want int) ([]Line, error) {
	if n > atOnce && l.axis.name != byApplied.name {
		same := l
		same.query, same.axis, same.limit, same.from, same.to = l.where(w), byApplied, want, beginning, ending
		same.parts = make([]string, len(l.parts))
		for i, part := range l.parts {
			same.parts[i] = l.in(part, w)
		}
		var behind spot
		if l.axis.at != nil && !from.At.IsZero() && w.From.Equal(from.At) {
			behind = spot{At: begunAt(from.ID, beginning), ID: from.ID}
		}
		lines, _, err := same.page(ctx, behind)
		return lines, err
	}
	lines, err := l.read(ctx, w, n)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(lines, l.compare)
	if from.At.IsZero() {
		return lines, nil
	}
	return slices.DeleteFunc(lines, func(x Line) bool {
		c := cmp.Or(l.axis.at(x).Compare(from.At), cmp.Compare(x.ID, from.ID))
		return !l.desc && c <= 0 || l.desc && c >= 0
	}), nil
}
