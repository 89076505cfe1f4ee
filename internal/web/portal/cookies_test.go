package portal

import (
	"net/url"
	"testing"
)

// TestNoCookieButTheSessions: who signs up, hands in and looks at the status needs one
// cookie, that of the session, and is given no other.
//
// Promise 44.
func TestNoCookieButTheSessions(t *testing.T) {
	h := newHouse(t)
	address, err := url.Parse(h.url)
	if err != nil {
		t.Fatal(err)
	}
	if b := h.browser().get("/apply").get("/apply?lang=es"); len(b.client.Jar.Cookies(address)) != 0 {
		t.Error("there is a cookie before anybody signs in")
	}
	b, _ := h.handedIn()
	for _, path := range []string{"/apply/status", "/apply/data", "/apply/withdraw"} {
		b.get(path).is(200)
		under := *address
		under.Path = path
		if all := b.client.Jar.Cookies(&under); len(all) != 1 || all[0].Name != "vouchsafe_apply" {
			t.Errorf("%s: the browser holds %v", path, all)
		}
	}
}
