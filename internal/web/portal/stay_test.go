package portal

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// maxFirst is what one round trip brings: the ten packets with which TCP begins
// (RFC 6928), less some room for the answer's head.
const maxFirst = 14 << 10

func TestFirstPageComesInOneRoundTrip(t *testing.T) {
	h := newHouse(t)
	r, err := http.NewRequest("GET", h.url+"/apply", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "gzip") // so that the client leaves the body as it came
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("%v %v", err, resp.Header)
	}
	var head strings.Builder
	_ = resp.Header.Write(&head)
	if n := len(body) + head.Len(); n > maxFirst {
		t.Errorf("the first page has %d bytes on the line, more than %d", n, maxFirst)
	} else {
		t.Logf("the first page: %d bytes on the line with its head of %d", n, head.Len())
	}
	z, err := gzip.NewReader(strings.NewReader(string(body)))
	if err != nil {
		t.Fatal(err)
	}
	page, err := io.ReadAll(z)
	if err != nil || !strings.Contains(string(page), "<style>") || strings.Contains(string(page), `rel="stylesheet"`) {
		t.Errorf("it needs a style sheet from elsewhere: %v", err)
	}
}

func TestPagesSayWhenTheSessionEnds(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	b.get("/apply/about").says("You stay signed in until", "11:00 AM UTC", "and longer with each page", "What you have saved stays saved")
	left := func(method string) string {
		t.Helper()
		r, err := http.NewRequest(method, h.url+stayPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		b.do(r)
		return strings.TrimSpace(b.body)
	}
	h.later(90 * time.Minute)
	if got := left("GET"); got != `{"left":1800}` || b.header.Get("Set-Cookie") != "" {
		t.Errorf("asked: %s, cookie %q", got, b.header.Get("Set-Cookie"))
	}
	if got := left("GET"); got != `{"left":1800}` {
		t.Errorf("to ask moved it on: %s", got)
	}
	if got := left("POST"); got != `{"left":7200}` || b.status != http.StatusOK {
		t.Errorf("stayed: %d %s", b.status, got)
	}
	for range 8 { // until the link has been used for as long as one may
		h.later(70 * time.Minute)
		left("POST")
	}
	b.get("/apply/about").says("You stay signed in until", "9:00 PM UTC").silent("and longer with each page", "Stay signed in")
	h.later(identity.SessionMax)
	if got := left("POST"); got != `{"left":0}` || b.status != http.StatusUnauthorized {
		t.Errorf("after the end: %d %s", b.status, got)
	}
}

// What is sent after the session's end is on the page that says so, and goes
// where it should once there is a new session.
func TestWhatIsSentTooLateIsNotLost(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	b.get("/apply/about")
	h.later(identity.SessionIdle)
	const name = "Zoë O'Hara"
	b.submit("given_name", name, "family_name", "Example").
		is(http.StatusUnauthorized).says("You have been signed out", "is not saved yet", "Send it again", "Everything you saved is still there")
	late := *b // the tab stays open, and its page with it
	b.get(h.lastLink()).submit()
	b.get("/apply/about").silent("O'Hara")
	if late.submit().at("/apply/birth"); h.fake.calls["SaveDraft"] != 1 {
		t.Errorf("calls: %v", h.fake.calls)
	}
	if got := late.get("/apply/about").is(200).value("given_name"); got != name {
		t.Errorf("saved was %q", got)
	}

	// Files and what is no form cannot be kept, which is said.
	h.later(identity.SessionIdle)
	r, err := http.NewRequest("POST", h.url+"/apply/about", strings.NewReader("--x\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a\"\r\n\r\nz\r\n--x--\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	b.do(r).is(http.StatusUnauthorized).says("You have been signed out", "is not saved. Go back").silent("Send it again")
	// Nobody's form comes from elsewhere.
	r, err = http.NewRequest("POST", h.url+"/apply/about", strings.NewReader(url.Values{"given_name": {"planted"}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.do(r).is(http.StatusForbidden).silent("planted")
}
