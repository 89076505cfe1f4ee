package console

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// Pages that keep themselves up to date: the server tells by an event stream
// (https://html.spec.whatwg.org/multipage/server-sent-events.html) that what a page
// shows has changed, and console.js fetches the page anew. Nothing of the data goes
// through the stream, so who may see what is decided where it always is: by the
// page. Everybody who looks at the same page shares one look at the data.

// livePath is where the stream is.
const livePath = "/console/live"

// livePage is a page that can be watched.
type livePage struct {
	pattern string // of its route, which is a GET
	every   time.Duration
	// version changes when what the page shows does. It is asked for all who look at
	// the page at once, within their programs.
	version func(r *http.Request) (string, error)
}

// livePages lists the pages that can be watched.
func (c *Console) livePages() []livePage {
	pages := []livePage{
		{"/console/applicants/{id}", time.Second, c.caseVersion},
		{"/console/failed", 3 * time.Second, c.failedVersion},
		{"/console/runs/{run}", time.Second, c.runVersion},
		{"/console/runs", 3 * time.Second, c.runsVersion},
		{"/console/board", 3 * time.Second, c.liveBoard},
		{"/console", 3 * time.Second, c.listVersion},
		{vendorsPath, 3 * time.Second, c.vendorsVersion},
		{webhooksPath + "/{endpoint}", 3 * time.Second, c.webhookVersion},
	}
	if c.Invitations != nil {
		pages = append(pages, livePage{InvitationsPath, 3 * time.Second, c.invitationsVersion}, livePage{InvitationsPath + "/{invitation}", 2 * time.Second, c.invitationVersion},
			livePage{invitationListsPath + "/{list}", time.Second, c.invitationListVersion})
	}
	return pages
}

func (c *Console) caseVersion(r *http.Request) (string, error) {
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err != nil {
		return "", err
	}
	p, err := c.service.Progress(r.Context(), id)
	return versionOf(p.Version), err
}

func (c *Console) runVersion(r *http.Request) (string, error) {
	p, err := c.service.Bulk(r.Context(), r.PathValue("run"))
	return versionOf(p.BulkState), err
}

func (c *Console) runsVersion(r *http.Request) (string, error) {
	runs, err := c.service.Bulks(r.Context(), runsShown)
	var all []any
	for _, l := range runs {
		if err == nil && l.Running {
			p, e := c.service.Bulk(r.Context(), l.ID)
			all, err = append(all, p.BulkState), e
		}
		all = append(all, l)
	}
	return versionOf(all...), err
}

func (c *Console) listVersion(r *http.Request) (string, error) {
	f, err := c.filterOf(r.URL.Query())
	if err != nil || f.Sought.String() != "" {
		return "", err
	}
	listed, err := c.service.List(r.Context(), f)
	if err != nil {
		return "", err
	}
	stages, attentions, err := c.service.Counts(r.Context())
	return versionOf(listed, stages, attentions), err
}

func (c *Console) failedVersion(r *http.Request) (string, error) {
	counts, err := c.service.FailedCounts(r.Context(), failedFilterOf(r.URL.Query()).Program)
	return versionOf(counts), err
}

func (c *Console) vendorsVersion(r *http.Request) (string, error) {
	vendors, err := c.service.Vendors(r.Context())
	return versionOf(vendors), err
}

func (c *Console) webhookVersion(r *http.Request) (string, error) {
	e, err := c.Webhooks.WebhookEndpoint(r.Context(), r.PathValue("endpoint"))
	if err == nil && !e.Within(applicants.Scope(r.Context())) {
		err = hooks.NoEndpoint()
	}
	return hookVersion(e), err
}

// hookVersion is that of an endpoint's page, which has no secret.
func hookVersion(e applicants.WebhookState) string {
	e.Secrets = nil
	return versionOf(e)
}

// versionOf is a short text that is the same for the same data. Maps are written in
// the order of their keys.
func versionOf(data ...any) string {
	h := fnv.New64a()
	for _, d := range data {
		_, _ = fmt.Fprintf(h, "%+v\x00", d)
	}
	return fmt.Sprintf("%016x", h.Sum64())
}

// watched makes a page one that keeps itself up to date; version is that of what it
// shows, "" when its handler does not know it.
func watched(p web.Page, version string) web.Page {
	p.Live, p.Version, p.Connect = true, version, true
	if !slices.Contains(p.Scripts, "console.js") {
		p.Scripts = append(p.Scripts, "console.js")
	}
	return p
}

const (
	// mostStreams is how many pages one person may watch at once. Browsers open six
	// connections to a site, and the next page must get one of them.
	mostStreams = 5
	// allStreams is how many one replica keeps open.
	allStreams = 2000
	// pulse is how often a stream that has nothing to say says so, and looks whether
	// the session still holds.
	pulse = 20 * time.Second
	// sendWithin is how long a browser may take to take an event.
	sendWithin = 10 * time.Second
)

// watcher is what the guard of a page has let through: who asks, and for what.
type watcher struct {
	who  identity.Staff
	key  string
	page livePage
	r    *http.Request
}

type watcherKey struct{}

// liveMux is the pages behind their guards, which answer nothing but whether they may
// be seen.
func (c *Console) liveMux() *http.ServeMux {
	mux := http.NewServeMux()
	for _, p := range c.livePages() {
		i := slices.IndexFunc(c.routes(), func(rt route) bool { return rt.pattern == "GET "+p.pattern })
		if i < 0 {
			panic("console: no page " + p.pattern + " to watch")
		}
		mux.HandleFunc("GET "+p.pattern, c.only(c.routes()[i].action, func(_ http.ResponseWriter, r *http.Request, who identity.Staff) {
			*r.Context().Value(watcherKey{}).(*watcher) = watcher{who: who, page: p, r: r, key: strings.Join(who.Programs, ",") + " " + r.URL.RequestURI()}
		}))
	}
	return mux
}

// mayWatch asks the page's guard. It has answered when ok is false.
func (c *Console) mayWatch(w http.ResponseWriter, r *http.Request, page string) (watcher, bool) {
	to, err := url.Parse(page)
	if err != nil || to.Scheme != "" || to.Host != "" || to.User != nil || !strings.HasPrefix(to.Path, listPath) {
		c.site.Refuse(w, r, http.StatusConflict, "This is no page that can keep itself up to date.", "Open the page itself.")
		return watcher{}, false
	}
	var a watcher
	again := r.Clone(context.WithValue(r.Context(), watcherKey{}, &a))
	again.URL, again.RequestURI = to, to.RequestURI()
	c.watchable.ServeHTTP(w, again)
	return a, a.page.version != nil
}

// watch is the stream of one page: an event with its version at the beginning and
// whenever it has changed. It ends with the session and when the server stops.
func (c *Console) watch(w http.ResponseWriter, r *http.Request, _ identity.Staff) {
	a, ok := c.mayWatch(w, r, r.URL.Query().Get("page"))
	if !ok {
		return
	}
	session, err := c.session(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	ends, _ := session.Ends()
	out := http.NewResponseController(w)
	// A stream outlives the server's time-out for reading a request.
	if err := out.SetReadDeadline(time.Time{}); err != nil {
		c.site.Fail(w, r, fmt.Errorf("console: keep a stream open: %w", err))
		return
	}
	t, leave, err := c.hub.join(a)
	if err != nil {
		w.Header().Set("Retry-After", "30")
		http.Error(w, err.Error(), http.StatusTooManyRequests)
		return
	}
	defer leave()
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy in front passes each event on at once
	send := func(text string) bool {
		_ = out.SetWriteDeadline(time.Now().Add(sendWithin))
		if _, err := w.Write([]byte(text)); err != nil {
			return false
		}
		return out.Flush() == nil
	}
	if !send(": watching\n\n") {
		return
	}
	over := time.NewTimer(time.Duration(c.site.Left(ends)+1) * time.Second)
	defer over.Stop()
	beat := time.NewTicker(c.hub.pulse)
	defer beat.Stop()
	told := ""
	for {
		version, changed := t.now()
		if version != "" && version != told {
			if !send("event: version\ndata: " + version + "\n\n") {
				return
			}
			told = version
		}
		select {
		case <-r.Context().Done():
			return
		case <-c.hub.stopped:
			send("event: pause\ndata: the server stops\n\n")
			return
		case <-over.C:
			send("event: ended\ndata: signed out\n\n")
			return
		case <-changed:
		case <-beat.C:
			if _, ok := c.mayWatch(&nowhere{}, r, r.URL.Query().Get("page")); !ok {
				send("event: ended\ndata: signed out\n\n")
				return
			}
			if !send(": still here\n\n") {
				return
			}
		}
	}
}

// nowhere takes an answer that nobody reads.
type nowhere struct{ header http.Header }

func (n *nowhere) Header() http.Header {
	if n.header == nil {
		n.header = http.Header{}
	}
	return n.header
}
func (n *nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n *nowhere) WriteHeader(int)             {}

// hub has the pages that are being watched.
type hub struct {
	mu      sync.Mutex
	topics  map[string]*topic
	people  map[string]int // streams, by who has them
	streams int
	pulse   time.Duration // see pulse
	stopped chan struct{}
	once    sync.Once
}

func newHub() *hub {
	return &hub{topics: map[string]*topic{}, people: map[string]int{}, pulse: pulse, stopped: make(chan struct{})}
}

// stop ends every stream, so that the server can stop.
func (h *hub) stop() { h.once.Do(func() { close(h.stopped) }) }

// topic is one page that somebody watches.
type topic struct {
	mu      sync.Mutex
	version string
	changed chan struct{} // closed when the version is another
	viewers int           // under the hub's lock
	stop    context.CancelFunc
}

// now is the version, and what is closed when it is another.
func (t *topic) now() (string, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.version, t.changed
}

func (t *topic) set(version string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if version != t.version {
		t.version = version
		close(t.changed)
		t.changed = make(chan struct{})
	}
}

// join begins to watch for somebody; leave ends it. The first one of a page begins
// to look, and with the last one it ends.
func (h *hub) join(a watcher) (_ *topic, leave func(), _ error) {
	person := a.who.Actor()
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-h.stopped:
		return nil, nil, errors.New("The server stops.") //nolint:staticcheck,revive // a sentence, for a person
	default:
	}
	if h.people[person] >= mostStreams || h.streams >= allStreams {
		return nil, nil, errors.New("Too many pages keep themselves up to date; this one does not.") //nolint:staticcheck,revive // likewise
	}
	h.people[person]++
	h.streams++
	t, ok := h.topics[a.key]
	if !ok {
		ctx, stop := context.WithCancel(applicants.Within(context.WithoutCancel(a.r.Context()), a.who.Programs))
		t = &topic{changed: make(chan struct{}), stop: stop}
		h.topics[a.key] = t
		go t.look(ctx, a)
	}
	t.viewers++
	return t, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.streams--
		if h.people[person]--; h.people[person] == 0 {
			delete(h.people, person)
		}
		if t.viewers--; t.viewers == 0 {
			t.stop()
			delete(h.topics, a.key)
		}
	}, nil
}

// slowest is how seldom a page is looked at whose data cannot be had at the moment,
// or take long to get.
const slowest = 30 * time.Second

// look asks for the page's version until nobody watches any more. It waits at least
// ten times as long as an answer took, so that watching never is most of the work.
func (t *topic) look(ctx context.Context, a watcher) {
	wait := a.page.every
	for {
		began := time.Now()
		once, cancel := context.WithTimeout(ctx, patience)
		version, err := a.page.version(a.r.WithContext(once))
		cancel()
		if err == nil {
			t.set(version)
			wait = min(max(a.page.every, 10*time.Since(began)), slowest)
		} else { // the page itself says what is wrong
			wait = min(2*wait, slowest)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}
