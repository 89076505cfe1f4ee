package browsertest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is when a wait is given up; nothing is measured by it.
const patience = 2 * time.Minute

// Widths and heights of the screens that pages are seen on.
const (
	phoneWidth, phoneHeight = 360, 740
	deskWidth, deskHeight   = 1280, 900
)

// look is how somebody sees the pages.
type look struct {
	width  int64
	script bool
}

var (
	phone      = look{width: phoneWidth}               // the plainest that there is: small, and without JavaScript
	smartphone = look{width: phoneWidth, script: true} // most applicants'
	desk       = look{width: deskWidth, script: true}  // staff's
)

// tab is a tab of a browser.
type tab struct {
	testing.TB
	base string // of the site; addresses that begin with / are below it
	ctx  context.Context
	look look

	mu      sync.Mutex
	changed chan struct{} // closed at every event
	loads   int           // pages that have loaded
	seen    seen

	checks checks
}

// seen is what the browser told of the page that it shows.
type seen struct {
	status  int64
	weight  float64
	loader  cdp.LoaderID                 // of the page that loads or has loaded
	open    map[network.RequestID]string // its requests that have not ended, with their addresses
	trouble []string                     // what may not happen on any page
}

// profile is a browser of its own: its own cookies, and nothing of any other's.
func (w *world) profile(t testing.TB, l look) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(w.browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return openTab(t, ctx, w.site, l)
}

// tab is another tab of the same profile.
func (b *tab) tab() *tab {
	b.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	b.Cleanup(cancel)
	return openTab(b.TB, ctx, b.base, b.look)
}

func openTab(t testing.TB, ctx context.Context, base string, l look) *tab {
	t.Helper()
	b := &tab{TB: t, base: base, ctx: ctx, look: l, changed: make(chan struct{}), checks: allChecks}
	b.seen.open = map[network.RequestID]string{}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal("a tab does not open:", err)
	}
	if err := chromedp.Listen(ctx, b.event); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}) // every page is weighed as a newcomer's first
	call(b, page.Enable, page.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	b.resize(l.width)
	b.scripts(l.script)
	return b
}

// call is one command to the browser.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Call(ctx, command, params)
	if err != nil {
		b.Fatalf("%s: %v", command.Method, err)
	}
	return out
}

func (b *tab) resize(width int64) {
	b.Helper()
	height := int64(phoneHeight)
	if width > 600 {
		height = deskHeight
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width <= 600})
}

func (b *tab) scripts(on bool) {
	b.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

// loads reports whether a request is part of loading the page. A stream of events
// stays open for as long as the page is, and what the page fetches when one comes is
// later than that. What the page before asks for while it is left is not of this one,
// and its end is told to nobody: the frame that would tell it is gone.
func (s *seen) loads(ev *network.EventRequestWillBeSent) bool {
	if ev.LoaderID != s.loader {
		return false
	}
	for name := range ev.Request.Headers {
		if strings.EqualFold(name, "X-Vouchsafe-Live") {
			return false
		}
	}
	return ev.Type != network.ResourceTypeEventSource
}

// event is called by the browser for all that happens in the tab.
func (b *tab) event(ev any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := &b.seen
	switch ev := ev.(type) {
	case *network.EventRequestWillBeSent:
		if ev.Type == network.ResourceTypeDocument && string(ev.RequestID) == string(ev.LoaderID) {
			s.status, s.weight, s.loader, s.open = 0, 0, ev.LoaderID, map[network.RequestID]string{}
		}
		if outside(b.base, ev.Request.URL) {
			s.trouble = append(s.trouble, "it asks another site: "+ev.Request.URL)
		}
		if s.loads(ev) {
			s.open[ev.RequestID] = ev.Request.URL
		}
	case *network.EventResponseReceived:
		if ev.Type == network.ResourceTypeDocument {
			s.status = ev.Response.Status
		}
	case *network.EventLoadingFinished:
		if _, ok := s.open[ev.RequestID]; ok {
			s.weight += ev.EncodedDataLength
		}
		delete(s.open, ev.RequestID)
	case *network.EventLoadingFailed:
		delete(s.open, ev.RequestID)
	case *page.EventLoadEventFired:
		b.loads++
	case *page.EventJavascriptDialogOpening:
		s.trouble = append(s.trouble, "a dialog opens: "+ev.Message)
		go func() { // a command from here would wait for itself
			_, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: false})
		}()
	case *log.EventEntryAdded:
		// An answer such as 422 is an error to the browser's log and none to us; what
		// a page could not load is.
		if e := ev.Entry; e.Level == log.EntryLevelError && (e.Source != log.EntrySourceNetwork || string(e.NetworkRequestID) == "" || !b.document(e.URL)) {
			s.trouble = append(s.trouble, "the console says: "+e.Text+" "+e.URL)
		}
	case *runtime.EventExceptionThrown:
		text := ev.ExceptionDetails.Text
		if x := ev.ExceptionDetails.Exception; x != nil {
			text += " " + x.Description
		}
		s.trouble = append(s.trouble, "a script fails: "+text)
	case *runtime.EventConsoleAPICalled:
		if ev.Type == runtime.ConsoleAPICalledTypeError || ev.Type == runtime.ConsoleAPICalledTypeAssert {
			s.trouble = append(s.trouble, "a script writes an error to the console")
		}
	default:
		return
	}
	close(b.changed)
	b.changed = make(chan struct{})
}

// document reports whether an address is of a page and not of a part of one.
func (b *tab) document(address string) bool {
	u, err := url.Parse(address)
	return err == nil && !strings.HasPrefix(u.Path, "/assets/")
}

// outside reports whether an address is neither the site's nor in the page itself.
func outside(base, address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return true
	}
	site, err := url.Parse(base)
	return err != nil || (u.Scheme != "data" && u.Scheme != "blob" && u.Scheme != "about" && u.Host != site.Host)
}

// until waits for what the browser tells.
func (b *tab) until(what string, stands func() bool) {
	b.Helper()
	end := time.After(patience)
	for {
		b.mu.Lock()
		ok, changed := stands(), b.changed
		b.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-end:
			b.mu.Lock()
			state := fmt.Sprintf("%d pages loaded, status %d, open requests %v, trouble %q", b.loads, b.seen.status, b.seen.open, b.seen.trouble)
			b.mu.Unlock()
			b.Fatalf("after %s %s has not come; at %s: %s", patience, what, b.where(), state)
		}
	}
}

// goes does what leads to another page, waits for that, and looks at it.
func (b *tab) goes(do func()) *tab {
	b.Helper()
	b.mu.Lock()
	before := b.loads
	b.mu.Unlock()
	do()
	b.until("the next page", func() bool { return b.loads > before && len(b.seen.open) == 0 })
	if b.checks != (checks{}) {
		b.checks.hold(b)
	}
	return b
}

// js evaluates an expression in the page, also where pages have no scripts.
func js[T any](b *tab, expression string, args ...any) T {
	b.Helper()
	words := make([]any, len(args))
	for i, a := range args {
		quoted, err := json.Marshal(a)
		if err != nil {
			b.Fatal(err)
		}
		words[i] = string(quoted)
	}
	if len(words) > 0 {
		expression = fmt.Sprintf(expression, words...)
	}
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	out, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("in %s: %v", expression[:min(len(expression), 200)], err)
	}
	return out
}

// open goes to an address, absolute or on the site.
func (b *tab) open(address string) *tab {
	b.Helper()
	if strings.HasPrefix(address, "/") {
		address = b.base + address
	}
	return b.goes(func() {
		if got := call(b, page.Navigate, page.NavigateParams{URL: address}); got.ErrorText != "" {
			b.Fatalf("%s: %s", address, got.ErrorText)
		}
	})
}

func (b *tab) where() string { return js[string](b, `location.pathname + location.search`) }

func (b *tab) path() string { return js[string](b, `location.pathname`) }

// says is the text that a person reads on the page.
func (b *tab) text() string {
	b.Helper()
	return strings.Join(strings.Fields(js[string](b, `document.body.innerText`)), " ")
}

func (b *tab) at(path string) *tab {
	b.Helper()
	if got := b.path(); got != path {
		b.Fatalf("at %s with status %d, not at %s: %.600s", got, b.status(), path, b.text())
	}
	return b
}

func (b *tab) status() int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.seen.status
}

func (b *tab) is(status int64) *tab {
	b.Helper()
	if got := b.status(); got != status {
		b.Fatalf("%s: status %d, not %d: %.600s", b.where(), got, status, b.text())
	}
	return b
}

func (b *tab) says(words ...string) *tab {
	b.Helper()
	text := b.text()
	for _, w := range words {
		if !strings.Contains(text, w) {
			b.Fatalf("%s does not say %q: %.1500s", b.where(), w, text)
		}
	}
	return b
}

func (b *tab) silent(words ...string) *tab {
	b.Helper()
	text := b.text()
	for _, w := range words {
		if strings.Contains(text, w) {
			b.Errorf("%s says %q: %.1500s", b.where(), w, text)
		}
	}
	return b
}

// point brings an element to where it can be clicked, and gives its place; it
// must be the thing that is hit there.
func (b *tab) point(find string, args ...any) (x, y float64) {
	b.Helper()
	got := js[struct {
		X, Y  float64
		Fault string
	}](b, `(() => {
		const e = (`+find+`);
		if (!e) return {Fault: "is not there"};
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = [...e.getClientRects()].find(r => r.width > 1 && r.height > 1);
		if (!r) return {Fault: "is not to be seen"};
		const x = r.left + r.width / 2, y = r.top + r.height / 2;
		const hit = document.elementFromPoint(x, y);
		if (!hit || !(e.contains(hit) || hit.contains(e) || (hit.closest("label") || {}).control === e)) return {Fault: "is covered by " + (hit ? hit.outerHTML.slice(0, 80) : "nothing")};
		return {X: x, Y: y};
	})()`, args...)
	if got.Fault != "" {
		b.Fatalf("%s: %s %s: %.800s", b.where(), fmt.Sprint(args...), got.Fault, b.text())
	}
	return got.X, got.Y
}

func (b *tab) clickAt(x, y float64) {
	b.Helper()
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		p := input.DispatchMouseEventParams{Type: kind, X: x, Y: y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			p.Button, p.ClickCount = input.MouseButtonLeft, 1
		}
		call(b, input.DispatchMouseEvent, p)
	}
}

// named finds what can be pressed by its words: the whole of them, or else how
// they begin.
const named = `(() => {
	const words = %s, said = e => (e.innerText || e.value || "").replace(/\s+/g, " ").trim();
	const all = [...document.querySelectorAll("main a, main button, main summary, a, button")].filter(e => e.getClientRects().length);
	return all.find(e => said(e) === words) || all.find(e => said(e).startsWith(words));
})()`

// press clicks a link or a button by its words, and waits for the page that it
// leads to.
func (b *tab) press(words string) *tab {
	b.Helper()
	return b.goes(func() { b.clickAt(b.point(named, words)) })
}

// fill types into fields, or chooses: pairs are the fields' names and their values.
func (b *tab) fill(pairs ...string) *tab {
	b.Helper()
	for i := 0; i < len(pairs); i += 2 {
		b.fillOne(pairs[i], pairs[i+1])
	}
	return b
}

func (b *tab) fillOne(name, value string) {
	b.Helper()
	switch kind := js[string](b, `(e => !e ? "" : e.tagName === "SELECT" ? "select" : e.type)(document.getElementsByName(%s)[0])`, name); kind {
	case "":
		b.Fatalf("%s has no field %q: %.800s", b.where(), name, b.text())
	case "radio", "checkbox":
		b.clickAt(b.point(`[...document.getElementsByName(%s)].find(e => e.value === %s)`, name, value))
	case "select": // the list that opens is the system's and not the page's
		if !js[bool](b, `(e => { e.focus(); e.value = %[2]s; e.dispatchEvent(new Event("change", {bubbles: true})); return e.value === %[2]s })(document.getElementsByName(%[1]s)[0])`, name, value) {
			b.Fatalf("%s: %q does not offer %q", b.where(), name, value)
		}
	case "file":
		b.attach(name, value)
	default:
		b.clickAt(b.point(`document.getElementsByName(%s)[0]`, name))
		js[bool](b, `(e => { e.select(); return true })(document.getElementsByName(%s)[0])`, name)
		if value == "" {
			b.key("Backspace")
			return
		}
		call(b, input.InsertText, input.InsertTextParams{Text: value})
	}
}

func (b *tab) attach(name, file string) {
	b.Helper()
	root := call(b, dom.GetDocument, dom.GetDocumentParams{})
	node := call(b, dom.QuerySelector, dom.QuerySelectorParams{NodeID: root.Root.NodeID, Selector: `[name="` + name + `"]`})
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{NodeID: node.NodeID, Files: []string{file}})
}

// send fills the page's form in its main part and presses its button.
func (b *tab) send(pairs ...string) *tab {
	b.Helper()
	b.fill(pairs...)
	return b.goes(func() {
		b.clickAt(b.point(`[...document.querySelectorAll("main form button")].find(e => e.type === "submit" && e.getClientRects().length)`))
	})
}

// value is what a field holds, or which of its choices is taken.
func (b *tab) value(name string) string {
	b.Helper()
	return js[string](b, `(all => { const e = all.find(e => !["radio", "checkbox"].includes(e.type) || e.checked); return e ? e.value : "" })([...document.getElementsByName(%s)])`, name)
}

func (b *tab) holds(pairs ...string) *tab {
	b.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if got := b.value(pairs[i]); got != pairs[i+1] {
			b.Errorf("%s: the field %s holds %.200q, not %.200q", b.where(), pairs[i], got, pairs[i+1])
		}
	}
	return b
}

func (b *tab) has(selector string) bool {
	b.Helper()
	return js[bool](b, `!!document.querySelector(%s)`, selector)
}
