package console

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestSignIn: a link is opened by chat programs and scanners before a person
// has it, so opening uses nothing up; the button does, once.
func TestSignIn(t *testing.T) {
	h := newHouse(t)
	link := h.link(identity.RoleOps, time.Hour)
	first, second := h.desk(""), h.desk("")
	for range 3 {
		second.get(link).is(http.StatusOK, "signs you in once")
	}
	if second.cookie() != "" {
		t.Error("opening the link signs in")
	}
	second.get("/console").is(http.StatusUnauthorized)
	first.get(link).submit().is(http.StatusOK, "Applicants")
	if first.path != listPath {
		t.Errorf("the sign-in leads to %s", first.path)
	}
	first.get(casePath(failedID) + "/checks/email/retry").is(http.StatusOK) // as ops, and
	first.get(casePath(reviewID) + "/decision").is(http.StatusForbidden)    // as nobody else
	second.get(link).submit().is(http.StatusForbidden, "has been used", "printed each time", "stack.json")
	second.get("/console").is(http.StatusUnauthorized)
	first.get("/console").is(http.StatusOK) // whom the link signed in is not put out by that
}

// TestLinksThatDoNotSignIn: each is refused with words on what to do, and leaves
// no session behind.
func TestLinksThatDoNotSignIn(t *testing.T) {
	h := newHouse(t)
	good := h.link(identity.RoleAdmin, time.Hour)
	sealedAsOther := func(name, body string) string {
		sealed, err := h.sealer.SystemSeal(name, []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		return "/console/sign-in/" + base64.RawURLEncoding.EncodeToString(sealed)
	}
	admin := `{"nonce":"0123456789abcdef","role":"admin","ends":"2099-01-01T00:00:00Z","value":{"id":"x","role":"admin"}}`
	for name, tt := range map[string]struct{ link, says string }{
		"forged":              {"/console/sign-in/forged", "not one of ours"},
		"one letter changed":  {flip(good, len("/console/sign-in/")+20), "not one of ours"},
		"cut short":           {good[:len(good)-4], "not one of ours"},
		"past its time":       {h.link(identity.RoleAdmin, 0), "past its time"},
		"of an applicant":     {sealedAsOther("link/applicant", admin), "not one of ours"},
		"a cookie of ours":    {sealedAsOther("cookie/vouchsafe_staff", admin), "not one of ours"},
		"of no role we know":  {h.link("former", time.Hour), "not one of ours"},
		"a script":            {"/console/sign-in/" + url.PathEscape("<script>alert(1)</script>"), "not one of ours"},
		"not a text at all":   {"/console/sign-in/%ff%00", "not one of ours"},
		"longer than any URL": {"/console/sign-in/" + strings.Repeat("A", 20_000), "not one of ours"},
	} {
		t.Run(name, func(t *testing.T) {
			d := h.desk("")
			d.get(tt.link).is(http.StatusOK).silent("<script>") // whether it is good shows at the button
			d.post(tt.link, nil).is(http.StatusForbidden, tt.says, "printed each time", "stack.json").silent("<script>")
			if d.cookie() != "" {
				t.Error("a session all the same")
			}
			d.get("/console").is(http.StatusUnauthorized)
		})
	}
	h.later(59 * time.Minute)
	h.desk("").post(good, nil).is(http.StatusOK) // none of all that used the good one up
}

// TestLinkThatEndsMeanwhile: between the page and the button.
func TestLinkThatEndsMeanwhile(t *testing.T) {
	h := newHouse(t)
	d := h.desk("").get(h.link(identity.RoleOps, time.Hour))
	h.later(time.Hour)
	d.submit().is(http.StatusForbidden, "past its time")
}

// TestUseCannotBeRecorded: then nobody signs in, since the link would work twice.
func TestUseCannotBeRecorded(t *testing.T) {
	h := newHouse(t)
	link := h.link(identity.RoleOps, time.Hour)
	h.once.fail = errors.New("inside of the house")
	d := h.desk("").post(link, nil).is(http.StatusInternalServerError, "Reference:")
	d.get("/console").is(http.StatusUnauthorized)
	h.once.fail = nil
	d.post(link, nil).is(http.StatusOK, "Applicants")
}

func TestSignOut(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	d.get("/console").is(http.StatusOK, `<form method="post" action="/console/sign-out">`)
	d.post("/console/sign-out", nil).is(http.StatusOK, "You are signed out", "stack.json").silent("Sign out")
	if d.cookie() != "" {
		t.Error("the browser keeps the session")
	}
	d.get("/console").is(http.StatusUnauthorized)
	d.post("/console/sign-out", nil).is(http.StatusOK, "You are signed out") // twice does not hurt
}

// TestCookie: no script reads it, no other site's form sends it, and it ends
// after a working day on our side, too.
func TestCookie(t *testing.T) {
	h := newHouse(t)
	rec := httptest.NewRecorder()
	if err := h.console.sessions.Set(rec, identity.StaffSession{Staff: identity.Staff{ID: "1", Role: identity.RoleOps}}); err != nil {
		t.Fatal(err)
	}
	c := rec.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.MaxAge != int(identity.StaffSessionTTL.Seconds()) {
		t.Errorf("the cookie: %+v", c)
	}
	d := h.desk(identity.RoleOps)
	for spent := time.Duration(0); spent < identity.StaffSessionTTL-time.Hour; spent += 50 * time.Minute { // at work all day
		h.later(50 * time.Minute)
		d.get("/console").is(http.StatusOK)
	}
	h.later(identity.StaffSessionTTL - 9*50*time.Minute - time.Second)
	d.get("/console").is(http.StatusOK)
	kept := d.cookie()
	h.later(time.Second)
	d.get("/console").is(http.StatusUnauthorized, "You are not signed in")
	late := h.desk("")
	late.put(kept) // by one who turned the browser's clock back
	late.get("/console").is(http.StatusUnauthorized)
}

// TestTamperedCookie changes each part of the sealed session in turn.
func TestTamperedCookie(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter)
	good := d.cookie()
	plain := base64.RawURLEncoding.EncodeToString([]byte(`{"ends":"2099-01-01T00:00:00Z","value":{"id":"1","role":"admin"}}`))
	forged := []string{"", "x", "%%%", plain, good[:len(good)-3], good + "AAAA", strings.ToUpper(good)}
	for i := 0; i < len(good)-2; i += 7 { // the last letter may hold bits that no byte has
		forged = append(forged, flip(good, i))
	}
	// What is sealed as something else is no session either, though it is ours.
	sealed, err := h.sealer.SystemSeal("cookie/vouchsafe_apply", []byte(`{"ends":"2099-01-01T00:00:00Z","value":{"id":"1","role":"admin"}}`))
	if err != nil {
		t.Fatal(err)
	}
	forged = append(forged, base64.RawURLEncoding.EncodeToString(sealed))
	for _, value := range forged {
		d.swap(func(string) string { return value })
		d.get("/console").is(http.StatusUnauthorized, "You are not signed in")
		d.post(casePath(failedID)+"/checks/email/retry", form("reason", "x")).is(http.StatusUnauthorized)
	}
	d.swap(func(string) string { return good })
	d.get("/console").is(http.StatusOK)
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestFormsOfOtherSites: a page of somebody else cannot press our buttons with
// the session of one who looks at it.
func TestFormsOfOtherSites(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	for _, path := range []string{casePath(failedID) + "/checks/email/waive", failedPath, "/console/sign-out", casePath(certifiedID) + "/revoke"} {
		for name, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, h.url+path, strings.NewReader(confirmed("reason", "x", "which", "all").Encode()))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set(name, value)
			d.do(req).is(http.StatusForbidden, "sent from another site")
		}
	}
	if d.get("/console").is(http.StatusOK); len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestEachSignInIsAnotherActor: two people of one role are two in the ledger.
func TestEachSignInIsAnotherActor(t *testing.T) {
	h := newHouse(t)
	for i, id := range h.fake.many(2) {
		h.desk(identity.RoleOps).post(casePath(id)+"/checks/email/retry", form("reason", "x")).is(http.StatusOK)
		if by := string(h.fake.deeds[i].by); !strings.HasPrefix(by, "staff:ops:") || len(by) != len("staff:ops:")+8 {
			t.Errorf("the actor %q", by)
		}
	}
	if h.fake.deeds[0].by == h.fake.deeds[1].by {
		t.Error("both are one in the ledger")
	}
}

// flip changes one letter.
func flip(s string, at int) string {
	other := byte('A')
	if s[at] == other {
		other = 'B'
	}
	return s[:at] + string(other) + s[at+1:]
}

// cookie is the session that the browser holds, or "".
func (d *desk) cookie() string {
	d.Helper()
	at, err := url.Parse(d.url)
	if err != nil {
		d.Fatal(err)
	}
	for _, c := range d.client.Jar.Cookies(at) {
		if c.Name == "vouchsafe_staff" {
			return c.Value
		}
	}
	return ""
}

func (d *desk) put(value string) {
	d.Helper()
	at, err := url.Parse(d.url)
	if err != nil {
		d.Fatal(err)
	}
	d.client.Jar.SetCookies(at, []*http.Cookie{{Name: "vouchsafe_staff", Value: value, Path: "/"}})
}

// actor is how the ledger will name the one at the desk.
func (d *desk) actor() workflows.Actor {
	d.Helper()
	req := httptest.NewRequest(http.MethodGet, "/", nil)
	req.AddCookie(&http.Cookie{Name: "vouchsafe_staff", Value: d.cookie()})
	who, ok, err := d.console.Staff(req)
	if !ok || err != nil {
		d.Fatal("nobody is signed in")
	}
	return workflows.Actor("staff:" + string(who.Role) + ":" + who.ID)
}

// swap changes the session that the browser holds.
func (d *desk) swap(to func(string) string) { d.Helper(); d.put(to(d.cookie())) }

// sealed is a session as the console seals it.
func (d *desk) sealed(who identity.Staff) string {
	d.Helper()
	rec := httptest.NewRecorder()
	session, err := d.console.Sessions.Begin(d.Context(), who)
	if err != nil {
		d.Fatal(err)
	}
	if err := web.NewCookies[identity.StaffSession](d.console.site, "vouchsafe_staff", identity.StaffSessionTTL).Set(rec, session); err != nil {
		d.Fatal(err)
	}
	return rec.Result().Cookies()[0].Value
}

func staffViewOf(s onboarding.Stage) workflows.StaffView { return workflows.StaffView{Stage: s} }
