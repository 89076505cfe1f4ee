package portal

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

var hostile = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onfocus='alert(1)`, `{{.}}`, `javascript:alert(1)`, `</textarea><script>x</script>`,
	"👩‍🚀 Ada", "مريم الزهراء", "\u202Egnirts", "O'Brien", "Nguyễn Thị", "\x00null", "\xff\xfe", "line\r\nSet-Cookie: a=b", `%s%n`, strings.Repeat("é", 90), "-", "${7*7}",
}

// TestHostileTextIsText: whatever is typed into any field comes back as text
// and never as markup. soundPage looks at every page for scripts and handlers.
func TestHostileTextIsText(t *testing.T) {
	h := newHouse(t)
	b, c := h.begun()
	consentAll(fillDetails(b))
	for _, text := range hostile {
		for _, d := range details {
			b.get(d.path)
			var pairs []string
			for _, in := range d.form(onboarding.Profile{}) {
				for _, part := range in.Parts {
					pairs = append(pairs, part.ID, text)
				}
				if len(in.Parts) == 0 {
					pairs = append(pairs, in.ID, text)
				}
			}
			b.submit(pairs...)
			if b.status >= 500 {
				t.Errorf("%s with %q: %d", d.path, text, b.status)
			}
			if strings.Contains(b.body, "<script>") || strings.Contains(b.body, "<img") {
				t.Errorf("%s with %q:\n%s", d.path, text, b.body)
			}
		}
		// What is stored is shown as text, too.
		b.get("/apply/about").submit("given_name", "A "+text, "family_name", "B "+text)
		b.get("/apply/birth").submit("date_of_birth-month", "1", "date_of_birth-day", "2", "date_of_birth-year", "1990")
		b.get("/apply/address").submit("street", "1 "+text, "city", "C", "state", "TX", "postal_code", "78701", "past_addresses", "2 "+text)
		b.get(checkPath).is(200)
		if strings.Contains(b.body, "<script>") || strings.Contains(b.body, "<img") {
			t.Errorf("%q in the summary:\n%s", text, b.body)
		}
		for _, v := range c.profile {
			if strings.ContainsAny(v, "\x00\u202E\r") {
				t.Errorf("%q was stored as %q", text, v)
			}
		}
	}
	nobody := h.browser()
	for _, text := range hostile {
		nobody.get("/apply?program=" + url.QueryEscape(text)).is(200)
		nobody.get("/apply").submit("program", text)
		nobody.get(emailPath + "?program=" + url.QueryEscape(text)).is(200)
		nobody.get(emailPath+"?program=support").submit("email", text+"@example.com")
		nobody.post("/apply", url.Values{"program": {text}, "email": {text + "@example.com"}}).is(422).silent("<script>", "<img")
		nobody.get("/apply/link/" + url.PathEscape(text)).silent("<script>")
		nobody.get("/verify/" + url.PathEscape(text)).silent("<script>")
		nobody.get("/apply/about?from=" + url.QueryEscape(text)).is(401)
	}
	// A name of right-to-left letters, with an emoji, and one with an apostrophe sign.
	for _, name := range []string{"مريم", "O'Brien", "Zoë 👩‍🚀"} {
		b.get("/apply/about").submit("given_name", name, "middle_name", "", "family_name", name)
		b.get(checkPath).says(name)
		if c.profile[onboarding.FieldFamilyName] != name {
			t.Errorf("%q was stored as %q", name, c.profile[onboarding.FieldFamilyName])
		}
	}
}

func TestPasteOf5MBGivesThe413Page(t *testing.T) {
	h := newHouse(t)
	b, _ := h.begun()
	paste := strings.Repeat("paste ", 5<<20/6)
	b.submit("given_name", paste).is(413).says("too large", "Nothing of it was saved", "send it again").silent("paste paste")
	h.browser().post("/apply", url.Values{"email": {paste}}).is(413)
	r, err := http.NewRequest("POST", h.url+"/apply/about", struct{ *strings.Reader }{strings.NewReader("given_name=" + paste)})
	if err != nil {
		t.Fatal(err)
	}
	r.ContentLength = -1 // chunked: the size is not known before
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(r).is(413)
	if h.fake.calls["SaveDraft"] != 0 {
		t.Error("something was saved")
	}
}

func TestForeignFormsAreRefused(t *testing.T) {
	h := newHouse(t)
	b, c := h.begun()
	r, err := http.NewRequest("POST", h.url+"/apply/withdraw", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	b.do(r).is(403).says("sent from another site")
	if c.view.Stage != onboarding.StageSignup {
		t.Error("the application was withdrawn")
	}
	// A cookie that is not ours is no session.
	r, err = http.NewRequest("GET", h.url+"/apply/about", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(&http.Cookie{Name: "vouchsafe_apply", Value: "eyJhcHBsaWNhbnQiOiJ4In0"})
	h.browser().do(r).is(401)
}
