package console

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
	"golang.org/x/net/html"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// directory is zitadel's example provider, with groups: a real one, on loopback.
type directory struct {
	*storage.Storage
	groups  map[string][]string // by subject
	inToken bool                // the ID token has the groups; else the user info alone
	url     string
	alter   atomic.Pointer[func(http.ResponseWriter, *http.Request) bool] // answers instead, when set
}

func (d *directory) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, token op.IDTokenRequest, scopes []string) error {
	if slices.Contains(scopes, oidc.ScopeProfile) { // as far as the token may say it
		info.AppendClaims("groups", d.groups[token.GetSubject()])
	}
	return d.Storage.SetUserinfoFromRequest(ctx, info, token, scopes)
}

func (d *directory) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, token, subject, origin string) error {
	info.AppendClaims("groups", d.groups[subject])
	return d.Storage.SetUserinfoFromToken(ctx, info, token, subject, origin)
}

// asserting is a client whose ID tokens say all that the user info says.
type asserting struct{ op.Client }

func (asserting) IDTokenUserinfoClaimsAssertion() bool { return true }

func (d *directory) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := d.Storage.GetClientByClientID(ctx, id)
	if err == nil && d.inToken {
		return asserting{c}, nil
	}
	return c, err
}

const (
	clientID     = "vouchsafe"
	clientSecret = "a secret of the test"
)

// signedInAt gives a house whose staff sign in at a provider that is running.
func signedInAt(t *testing.T, inToken bool, rules ...identity.GroupRule) (*house, *directory) {
	t.Helper()
	h := newHouse(t)
	d := &directory{inToken: inToken, groups: map[string][]string{}}
	var serve http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if alter := d.alter.Load(); alter != nil && (*alter)(w, r) {
			return
		}
		serve.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	d.url = server.URL
	d.Storage = storage.NewStorage(storage.NewUserStore(server.URL))
	storage.RegisterClients(storage.WebClient(clientID, clientSecret, h.url+SignInCallback))
	serve = exampleop.SetupServer(server.URL, d, slog.New(slog.DiscardHandler), false)
	provider, err := identity.NewOIDC(identity.OIDCConfig{Issuer: server.URL, ClientID: clientID, ClientSecret: clientSecret, RedirectURL: h.url + SignInCallback,
		Scopes: []string{"profile", "email"}, GroupsClaim: "groups", Groups: rules,
		Hash: func(kind, value string) string { return strings.Repeat("0", 8) + "abcd" + kind + value }})
	if err != nil {
		t.Fatal(err)
	}
	h.console.OIDC = provider
	return h, d
}

// person begins to sign in and gives the name and password at the provider's page.
func (h *house) person(p *directory, at string) *desk {
	h.Helper()
	d := h.desk("").get(at)
	if d.status != http.StatusOK || !strings.Contains(d.body, `name="password"`) {
		h.Fatalf("no sign-in page of the provider: %d %s", d.status, d.body)
	}
	var id string
	walk(d.doc, func(n *html.Node) {
		if attribute(n, "name") == "id" {
			id = attribute(n, "value")
		}
	})
	host, _, _ := strings.Cut(strings.TrimPrefix(p.url, "http://"), ":")
	req, err := http.NewRequestWithContext(h.Context(), http.MethodPost, p.url+"/login/username",
		strings.NewReader(url.Values{"id": {id}, "username": {"test-user@" + host}, "password": {"verysecure"}}.Encode()))
	if err != nil {
		h.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return d.do(req)
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// TestSignInByOIDC: a person in several groups picks one role and has its programs;
// their ID is always the same, and the console knows their name.
func TestSignInByOIDC(t *testing.T) {
	for _, inToken := range []bool{false, true} {
		h, p := signedInAt(t, inToken,
			identity.GroupRule{Group: "ops", Role: identity.RoleOps},
			identity.GroupRule{Group: "recruit-basics", Role: identity.RoleRecruiter, Programs: []string{"support-basics"}},
			identity.GroupRule{Group: "recruit-health", Role: identity.RoleRecruiter, Programs: []string{"health-line"}},
			identity.GroupRule{Group: "admins", Role: identity.RoleAdmin})
		p.groups["id1"] = []string{"ops", "recruit-basics", "recruit-health", "choir"}
		h.desk("").get(casePath(failedID)).is(http.StatusUnauthorized).leads("Sign in", signInPath+"?"+nextParameter(casePath(failedID)))
		d := h.person(p, signInPath+"?"+nextParameter(casePath(failedID)))
		if d.path != rolePath {
			t.Fatalf("in token %v: led to %s: %d %s", inToken, d.path, d.status, d.body)
		}
		d.is(http.StatusOK, "for all programs", "for health-line, support-basics")
		if strings.Contains(d.body, "admin") || d.cookie() != "" {
			t.Error("a role of a group that they are not in, or a session before the choice")
		}
		d.get("/console").is(http.StatusUnauthorized) // not yet
		d.get(rolePath).post(rolePath, form("role", "admin")).is(http.StatusUnprocessableEntity, "Choose a role")
		d.post(rolePath, form("role", "recruiter")).is(http.StatusOK)
		if d.path != casePath(failedID) {
			t.Errorf("led to %s", d.path)
		}
		if by := d.actor(); by != "staff:recruiter:00000000abcd" {
			t.Errorf("the actor is %s", by)
		}
		h.fake.cases[reviewID].Program = "other"
		d.get(casePath(reviewID)).is(http.StatusNotFound)
		h.fake.cases[reviewID].Program = "support-basics"
		d.post(rolePath, form("role", "ops")).is(http.StatusUnauthorized) // a choice is made once
		if names, err := h.console.Directory.Names(t.Context()); err != nil || names["00000000abcd"] != "Test User" {
			t.Errorf("%v, %v", names, err)
		}
		h.desk(identity.RoleAdmin).get(sessionsPath).is(http.StatusOK, "Test User", "recruiter for health-line, support-basics")
		for key, body := range h.store.Held() {
			if strings.Contains(string(body), "Test User") || strings.Contains(key, "Test") {
				t.Errorf("%s lies open", key)
			}
		}
		if e := h.kept.Events(t); !slices.ContainsFunc(e, func(e access.Event) bool {
			return e.What == access.SignedIn && e.Who == "staff:recruiter:00000000abcd" && e.Detail == byOIDC
		}) {
			t.Errorf("%+v", e)
		}
	}
}

// TestOneRoleIsTakenAtOnce, and who is in no group is told whom to ask.
func TestOneRoleIsTakenAtOnce(t *testing.T) {
	h, p := signedInAt(t, true, identity.GroupRule{Group: "ops", Role: identity.RoleOps})
	p.groups["id1"] = []string{"ops"}
	if d := h.person(p, signInPath).is(http.StatusOK, "Applicants"); d.path != listPath {
		t.Errorf("led to %s", d.path)
	}
	p.groups["id1"] = []string{"choir"}
	d := h.person(p, signInPath).is(http.StatusForbidden, "in no group that has a role here")
	if d.cookie() != "" {
		t.Error("a session all the same")
	}
}

// callback begins a sign-in up to the provider's answer, and gives its address
// without opening it.
func (h *house) callback(p *directory) (*desk, string) {
	h.Helper()
	d := h.desk("")
	var answer string
	d.client.CheckRedirect = func(req *http.Request, _ []*http.Request) error {
		if req.URL.Path == SignInCallback {
			answer = req.URL.RequestURI()
			return http.ErrUseLastResponse
		}
		return nil
	}
	jar := d.client.Jar
	d.get(signInPath)
	var id string
	walk(d.doc, func(n *html.Node) {
		if attribute(n, "name") == "id" {
			id = attribute(n, "value")
		}
	})
	host, _, _ := strings.Cut(strings.TrimPrefix(p.url, "http://"), ":")
	resp, err := d.client.PostForm(p.url+"/login/username", url.Values{"id": {id}, "username": {"test-user@" + host}, "password": {"verysecure"}})
	if err != nil {
		h.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
	d.client.CheckRedirect, d.client.Jar = nil, jar
	if answer == "" {
		h.Fatal("the provider gave no answer")
	}
	return d, answer
}

// TestAnswersThatAreNotTaken: another browser's, one with another state, one that was
// taken already, one too late, one whose code is not the provider's.
func TestAnswersThatAreNotTaken(t *testing.T) {
	h, p := signedInAt(t, false, identity.GroupRule{Group: "ops", Role: identity.RoleOps})
	p.groups["id1"] = []string{"ops"}
	refused := func(name string, d *desk) {
		t.Helper()
		if d.is(http.StatusForbidden, "Begin again"); d.cookie() != "" {
			t.Errorf("%s: a session all the same", name)
		}
		d.leads("Sign in", signInPath)
	}
	_, answer := h.callback(p)
	refused("another browser's", h.desk("").get(answer)) // an attacker's own answer signs nobody else in

	d, answer := h.callback(p)
	u, _ := url.Parse(answer)
	q := u.Query()
	other := "A"
	if strings.HasPrefix(q.Get("state"), other) {
		other = "B"
	}
	q.Set("state", other+q.Get("state")[1:])
	refused("another state", d.get(SignInCallback+"?"+q.Encode()))
	refused("its browser again", d.get(answer)) // an answer counts once, and what it belongs to is gone

	d, answer = h.callback(p)
	h.later(loginTTL)
	refused("too late", d.get(answer))

	d, answer = h.callback(p)
	u, _ = url.Parse(answer)
	q = u.Query()
	q.Set("code", "made-up")
	refused("another code", d.get(SignInCallback+"?"+q.Encode()))

	d, _ = h.callback(p)
	refused("an error", d.get(SignInCallback+"?error=access_denied&error_description=<script>"))
	d.silent("<script>")

	d, answer = h.callback(p)
	d.get(answer).is(http.StatusOK, "Applicants")
	fresh := h.desk("")
	fresh.get(answer) // the code was used
	refused("used", fresh)
}

// TestVerifierIsNeeded: who has stolen the code cannot use it, since the verifier lies
// sealed with the browser that began (RFC 7636).
func TestVerifierIsNeeded(t *testing.T) {
	h, p := signedInAt(t, false, identity.GroupRule{Group: "ops", Role: identity.RoleOps})
	p.groups["id1"] = []string{"ops"}
	_, answer := h.callback(p)
	u, err := url.Parse(answer)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.PostForm(p.url+"/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {u.Query().Get("code")},
		"redirect_uri": {h.url + SignInCallback}, "client_id": {clientID}, "client_secret": {clientSecret}})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusOK {
		t.Error("the provider gives tokens without the verifier: it was never asked for one")
	}
}

// TestProviderIsDown: the page says so, and the next who tries is signed in.
func TestProviderIsDown(t *testing.T) {
	h, p := signedInAt(t, true, identity.GroupRule{Group: "ops", Role: identity.RoleOps})
	p.groups["id1"] = []string{"ops"}
	out := func(w http.ResponseWriter, _ *http.Request) bool {
		http.Error(w, "out", http.StatusBadGateway)
		return true
	}
	p.alter.Store(&out)
	h.desk("").get(signInPath).is(http.StatusServiceUnavailable)
	h.desk(identity.RoleOps) // a one-time link goes on working
	p.alter.Store(nil)
	h.person(p, signInPath).is(http.StatusOK, "Applicants")
	d, answer := h.callback(p)
	p.alter.Store(&out)
	if d.get(answer).is(http.StatusServiceUnavailable); d.cookie() != "" {
		t.Error("a session all the same")
	}
}

// TestLocalNext: a sign-in leads to the console and nowhere else.
func TestLocalNext(t *testing.T) {
	for next, want := range map[string]string{
		"": listPath, "/console/failed?check=email": "/console/failed?check=email", "/console": listPath, casePath(failedID): casePath(failedID),
		"https://evil.example/console": listPath, "//evil.example/console": listPath, "/console/../apply": listPath, "/consolex": listPath, "/apply": listPath,
		`/\evil.example`: listPath, "javascript:alert(1)": listPath, "/console/sign-in/abc": listPath, "\x00": listPath, `/console\\evil`: listPath,
	} {
		if got := localNext(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

// TestSessionsEnd: signing out ends the session on the server too, an admin ends all
// of a person's, and another replica learns of both within seconds.
func TestSessionsEnd(t *testing.T) {
	h := newHouse(t)
	other := *h.console
	other.Sessions = identity.NewSessions(h.sealer, h.store, h.console.site.Now) // another process on the same bucket
	live := func(d *desk) bool {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&http.Cookie{Name: "vouchsafe_staff", Value: d.cookie()})
		_, ok, err := other.Staff(r)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	d := h.desk(identity.RoleOps)
	stolen := h.desk("")
	stolen.put(d.cookie())
	if !live(stolen) {
		t.Fatal("no session at the other replica")
	}
	d.post("/console/sign-out", nil).is(http.StatusOK, "You are signed out")
	stolen.get("/console").is(http.StatusUnauthorized)
	h.later(identity.SessionSeen)
	if live(stolen) {
		t.Error("the other replica lets the session stand")
	}

	person := h.desk(identity.RoleRecruiter)
	id := strings.TrimPrefix(string(person.actor()), "staff:recruiter:")
	second := h.desk("")
	second.put(second.sealed(identity.Staff{ID: id, Role: identity.RoleOps}))
	bystander := h.desk(identity.RoleRecruiter)
	admin := h.desk(identity.RoleAdmin)
	admin.get(sessionsPath).is(http.StatusOK, id, "ops; recruiter")
	admin.post(sessionsPath, form("who", id)).is(http.StatusOK, "Their sessions are ended")
	if strings.Contains(admin.body, id) {
		t.Error("the ended sessions are still listed")
	}
	for _, d := range []*desk{person, second} {
		d.get("/console").is(http.StatusUnauthorized)
	}
	bystander.get("/console").is(http.StatusOK)
	admin.get("/console").is(http.StatusOK)
	admin.post(sessionsPath, form("who", "../x")).is(http.StatusUnprocessableEntity)
	if ended := slices.DeleteFunc(h.kept.Events(t), func(e access.Event) bool { return e.What != access.SessionsEnded }); len(ended) != 1 || ended[0].Detail != id || !strings.HasPrefix(ended[0].Who, "staff:admin:") {
		t.Errorf("%+v", ended)
	}
	person.post(h.link(identity.RoleRecruiter, time.Hour), nil).is(http.StatusOK, "Applicants") // signing in anew is another matter
}

// TestIdleSession ends after an hour without a page; what a page reads by itself does
// not keep it alive, and the button of the announcement does.
func TestIdleSession(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	h.later(50 * time.Minute)
	d.get("/console").is(http.StatusOK, "and longer with each page that you open")
	h.later(50 * time.Minute)
	d.get(stayPath).is(http.StatusOK, `{"left":600}`) // asking moves nothing on
	d.post(stayPath, nil).is(http.StatusOK, `{"left":3600}`)
	for range 3 {
		h.later(20 * time.Minute)
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/console", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set(followHeader, "1")
		d.do(req)
	}
	d.get("/console").is(http.StatusUnauthorized)
	d.get(stayPath).is(http.StatusUnauthorized, `{"left":0}`)
}

// TestSessionIsNotKnown: when the store does not answer nobody is let in, and nobody
// is told that they are signed out.
func TestSessionIsNotKnown(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	h.later(identity.SessionSeen)
	h.store.Down = errUsed
	if d.get("/console"); d.status < 500 {
		t.Errorf("%d", d.status)
	}
	h.store.Down = nil
	d.get("/console").is(http.StatusOK)
	// A cookie of ours whose session the store never had signs nobody in.
	rec := httptest.NewRecorder()
	if err := h.console.sessions.Set(rec, identity.StaffSession{Staff: identity.Staff{ID: "00c0ffee", Role: identity.RoleAdmin}, Session: "0123", Since: h.console.site.Now(), Renewed: h.console.site.Now()}); err != nil {
		t.Fatal(err)
	}
	d.put(rec.Result().Cookies()[0].Value)
	d.get("/console").is(http.StatusUnauthorized)
}
