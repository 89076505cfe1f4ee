package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

type payload struct{ Who string }

func TestCookiesHoldOnlyWhatWeSealed(t *testing.T) {
	f := newFixture(t, nil)
	cookies := NewCookies[payload](f.site, "who", time.Hour)
	w := httptest.NewRecorder()
	if err := cookies.Set(w, payload{"someone"}); err != nil {
		t.Fatal(err)
	}
	set := w.Result().Cookies()[0]
	if !set.HttpOnly || set.SameSite != http.SameSiteLaxMode || set.Secure || set.MaxAge != 3600 || strings.Contains(set.Value, "someone") {
		t.Errorf("cookie: %+v", set)
	}
	get := func(c Cookies[payload], name, value string) (payload, error) {
		r := httptest.NewRequest("GET", "/", nil)
		r.AddCookie(&http.Cookie{Name: name, Value: value})
		return c.Get(r)
	}
	if got, err := get(cookies, "who", set.Value); err != nil || got.Who != "someone" {
		t.Errorf("%+v, %v", got, err)
	}
	other := NewCookies[payload](f.site, "other", time.Hour)
	for name, try := range map[string]func() (payload, error){
		"none":           func() (payload, error) { return cookies.Get(httptest.NewRequest("GET", "/", nil)) },
		"changed":        func() (payload, error) { return get(cookies, "who", flip(set.Value)) },
		"not base64":     func() (payload, error) { return get(cookies, "who", "***") },
		"another cookie": func() (payload, error) { return get(other, "other", set.Value) },
		"empty":          func() (payload, error) { return get(cookies, "who", "") },
		"another's vault": func() (payload, error) {
			return get(NewCookies[payload](newFixture(t, nil).site, "who", time.Hour), "who", set.Value)
		},
	} {
		if got, err := try(); !errors.Is(err, ErrNoSession) || got.Who != "" {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	f.now = f.now.Add(time.Hour)
	if _, err := get(cookies, "who", set.Value); !errors.Is(err, ErrNoSession) {
		t.Errorf("at its end: %v", err)
	}
}

func TestCookiesAreSecureOutsideLoopback(t *testing.T) {
	f := newFixture(t, func(c *Config) { c.Loopback = false })
	w := httptest.NewRecorder()
	cookies := NewCookies[payload](f.site, "who", time.Hour)
	if err := cookies.Set(w, payload{}); err != nil {
		t.Fatal(err)
	}
	if c := w.Result().Cookies()[0]; !c.Secure || c.Name != "__Host-who" || c.Path != "/" || c.Domain != "" {
		t.Errorf("%+v", c)
	}
	w = httptest.NewRecorder()
	cookies.Clear(w)
	if c := w.Result().Cookies()[0]; c.MaxAge != -1 || c.Value != "" {
		t.Errorf("clear: %+v", c)
	}
}

func TestStampsProveFormPersonTextAndTime(t *testing.T) {
	f := newFixture(t, nil)
	shown := f.now
	value, err := f.site.Seal("consent/x", Stamp{Whom: "a", What: "hash", ShownAt: shown})
	if err != nil {
		t.Fatal(err)
	}
	f.now = f.now.Add(time.Minute)
	if st, ok := f.site.Unseal("consent/x", "a", value); !ok || st.What != "hash" || !st.ShownAt.Equal(shown) {
		t.Errorf("%+v, %v", st, ok)
	}
	for name, ok := range map[string]bool{
		"another form":   second(f.site.Unseal("consent/y", "a", value)),
		"another person": second(f.site.Unseal("consent/x", "b", value)),
		"changed":        second(f.site.Unseal("consent/x", "a", flip(value))),
		"absent":         second(f.site.Unseal("consent/x", "a", "")),
	} {
		if ok {
			t.Errorf("%s: holds", name)
		}
	}
	f.now = shown.Add(StampTTL + time.Second)
	if second(f.site.Unseal("consent/x", "a", value)) {
		t.Error("too old: holds")
	}
}

// flip changes one character.
func flip(s string) string {
	c := byte('A')
	if s[10] == c {
		c = 'B'
	}
	return s[:10] + string(c) + s[11:]
}

func second(_ Stamp, ok bool) bool { return ok }

func TestAddressTrustsOnlyOurProxies(t *testing.T) {
	for _, c := range []struct {
		proxies            int
		remote, xff, wants string
	}{
		{0, "203.0.113.1:1000", "198.51.100.7", "203.0.113.1"},
		{1, "10.0.0.1:1000", "6.6.6.6, 198.51.100.7", "198.51.100.7"},
		{2, "10.0.0.1:1000", "6.6.6.6, 198.51.100.7, 10.0.0.2", "198.51.100.7"},
		{1, "10.0.0.1:1000", "", ""},
		{1, "10.0.0.1:1000", "<script>", ""},
		{3, "10.0.0.1:1000", "198.51.100.7", "10.0.0.1"},
		{0, "[2001:db8::1]:1000", "", "2001:db8::1"},
	} {
		s := &Site{proxies: c.proxies}
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = c.remote
		if c.xff != "" {
			r.Header.Set("X-Forwarded-For", c.xff)
		}
		if got := s.Address(r); got != c.wants {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"  Ada   Lovelace ": "Ada Lovelace", "O'Brien": "O'Brien", "a\x00b\x1b": "ab", "\xff\xfeok": "ok", "مريم": "مريم",
		"\u202Eevil\u202C": "evil", "👩‍🚀 Ada": "👩‍🚀 Ada", "a\r\nb": "a b", "\u200fمريم\u200f": "مريم", "O\u00adBrien\u200b": "OBrien", "a\u00a0b": "a b",
	} {
		if got := Clean(in, false); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := Clean(" 1 Main St \r\n\r\n 2  High St\r\n", true); got != "1 Main St\n\n2 High St" {
		t.Errorf("lines: %q", got)
	}
}
