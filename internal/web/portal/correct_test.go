package portal

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// doubtful gives an application whose details do not hold.
func (h *house) doubtful(fields ...onboarding.Field) (*browser, *fakeCase) {
	h.t.Helper()
	b, c := h.handedIn()
	c.view.Attention, c.view.Correctable, c.view.Editable = onboarding.AttentionReviewer, fields, fields
	for i := range c.view.Checks {
		c.view.Checks[i].Status = onboarding.StatusPassed
		for _, k := range corrections {
			if k.check == c.view.Checks[i].Name && k.check != "" && k.asked(&visit{view: c.view}) {
				c.view.Checks[i].Status = onboarding.StatusFlagged
			}
		}
	}
	return b, c
}

func allDetails() (out []onboarding.Field) {
	for _, c := range corrections {
		out = append(out, c.fields...)
	}
	return out
}

func TestCorrecting(t *testing.T) {
	for name, tt := range map[string]struct {
		slug         string
		says, value  string // of the page, as it opens
		field        string
		typed, wrong string
		problem      string
		want         string
		thanks       string
	}{
		"an e-mail address": {"email", "does not arrive", "ada0@example.com", "email", "ada@example.net", "ada at home", "not an e-mail address", "ada@example.net", "send a link to the new one"},
		"a phone number":    {"phone", "does not work", "+14155550132", "phone", "212 555 0123", "555", "not a phone number we can use", "+12125550123", "we check your phone number again now"},
		"an address":        {"address", "The Postal Service does not know", "1 Main St", "street", "2 Main St", "", "Enter your street", "2 Main St", "we check your home address again now"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			c, ok := correctionOf(tt.slug)
			if !ok {
				t.Fatal("there is no such page")
			}
			b, f := h.doubtful(c.fields...)
			b.get("/apply/status").says(tt.says, "It may be a slip of the keys", c.title, "You can correct it, above on this page", "You can correct it; if you do not").silent("ops", "flagged")
			for _, other := range corrections {
				if other.slug != tt.slug {
					b.silent(other.path())
					b.get(other.path()).at("/apply/status")
				}
			}
			b.get(c.path()).at(c.path()).says(tt.says, "Nothing else is done again").silent("past_addresses")
			if b.value(tt.field) != tt.value {
				t.Errorf("the page opens with %q", b.value(tt.field))
			}
			b.submit().problem(tt.field, "You have changed nothing")
			b.submit(tt.field, tt.wrong).problem(tt.field, tt.problem)
			if b.value(tt.field) != tt.wrong {
				t.Error("what was typed is lost")
			}
			b.submit(tt.field, tt.typed).at("/apply/status?corrected="+tt.slug).says("Thank you", tt.thanks)
			if got := f.profile[onboarding.Field(tt.field)]; got != tt.want {
				t.Errorf("kept is %q", got)
			}
			b.get(c.path()).at("/apply/status").silent("Thank you") // it is being checked now
			b.post(c.path(), url.Values{tt.field: {tt.typed}}).is(http.StatusConflict).says("was not taken")
		})
	}
}

// TestCorrectingAnAddress: a state by its name, a unit that goes, and no country.
func TestCorrectingAnAddress(t *testing.T) {
	h := newHouse(t)
	b, c := h.doubtful(allDetails()...)
	c.profile[onboarding.FieldUnit] = "4"
	b.get("/apply/correct/address").submit("state", "Oregon", "unit", "", "city", "Portland", "postal_code", "97201").at("/apply/status?corrected=address")
	if c.profile[onboarding.FieldState] != "OR" || c.profile[onboarding.FieldUnit] != "" || c.profile[onboarding.FieldCountry] != "US" {
		t.Errorf("kept is %v", c.profile)
	}
}

func TestCorrectingWhatMayBeRight(t *testing.T) {
	h := newHouse(t)
	b, c := h.doubtful(onboarding.FieldPhone)
	for i := range c.view.Checks {
		if c.view.Checks[i].Name == onboarding.CheckPhone {
			c.view.Checks[i].Status = onboarding.StatusFailed
		}
	}
	b.get("/apply/status").says("We could not check your phone number. If it is right as you gave it, you do not have to do anything").silent("does not work")
}

func TestCorrectingInTwoTabs(t *testing.T) {
	h := newHouse(t)
	b, c := h.doubtful(allDetails()...)
	other := &browser{h: h, t: t, client: b.client}
	other.get("/apply/correct/phone")
	b.get("/apply/correct/phone").submit("phone", "212 555 0123").at("/apply/status?corrected=phone")
	c.view.Correctable, c.view.Editable = allDetails(), allDetails() // checked, and it does not hold either
	other.submit("phone", "212 555 0124").is(422).says("corrected in another tab")
	if other.value("phone") != "+12125550123" {
		t.Errorf("shown is %q", other.value("phone"))
	}
	h.fake.failWith["Correct"] = &onboarding.Error{Code: onboarding.CodeConflict, Message: "x"}
	other.submit("phone", "212 555 0124").is(422).says("corrected in another tab")
	h.fake.failWith["Correct"] = notNow()
	other.submit("phone", "212 555 0124").is(409).says("was not taken", "Your status page")
	h.fake.failWith["Correct"] = onboarding.Invalid("email", "We cannot take this e-mail address for this application.", "Give another one.")
	other.get("/apply/correct/email").submit("email", "grace@example.com").problem("email", "We cannot take this e-mail address")
	h.fake.failWith["Correct"] = errors.New("secret inside")
	other.submit("email", "grace@example.com").is(500).silent("secret inside")
	h.fake.failWith["Correctable"] = &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "x"}
	other.get("/apply/correct/email").is(410)
	if c.profile[onboarding.FieldPhone] != "+12125550123" {
		t.Errorf("kept is %v", c.profile)
	}
}

func TestCorrectingHostileText(t *testing.T) {
	h := newHouse(t)
	b, _ := h.doubtful(allDetails()...)
	b.get("/apply/correct/nothing").is(404)
	b.get("/apply/correct/%3Cscript%3E").is(404).silent("<script>")
	for _, text := range hostile {
		b.get("/apply/status?corrected=" + url.QueryEscape(text)).is(200).silent("Thank you")
		for _, c := range corrections {
			b.get(c.path())
			var pairs []string
			for _, in := range c.form(nil) {
				if len(in.Parts) == 0 {
					pairs = append(pairs, in.ID, text)
				}
				for _, part := range in.Parts {
					pairs = append(pairs, part.ID, text)
				}
			}
			b.submit(pairs...)
			if b.status >= 500 || strings.Contains(b.body, "<script>") || strings.Contains(b.body, "<img") {
				t.Errorf("%s with %q: %d\n%s", c.path(), text, b.status, b.body)
			}
			h.fake.mu.Lock()
			for _, f := range h.fake.cases {
				f.view.Editable = allDetails()
			}
			h.fake.mu.Unlock()
		}
	}
	b.get("/apply/correct/phone").submit("phone", strings.Repeat("5", 5<<20)).is(413).says("too large")
	h.browser().get("/apply/correct/phone").is(401)
	h.browser().post("/apply/correct/phone", nil).is(401)
}

// TestWhereOneComesFrom is handed on with the application, and is shown and asked
// for nowhere (obligation 41).
func TestWhereOneComesFrom(t *testing.T) {
	h := newHouse(t)
	b, c := h.doubtful(allDetails()...)
	if len(h.fake.from) != 1 || h.fake.from[0].Address != "127.0.0.1" {
		t.Errorf("handed in from %+v", h.fake.from)
	}
	c.profile[onboarding.FieldIPAddress] = "192.0.2.7"
	for _, path := range []string{"/apply/status", "/apply/submitted", "/apply/correct/email", "/apply/correct/phone", "/apply/correct/address"} {
		b.get(path).is(200).silent("192.0.2.7", "ip_address")
	}
}

// TestCorrectingAnyDetail: each has a page of its own from "Your data", opens with
// what is kept, and is taken; the number is never shown.
//
// Promise 2.
func TestCorrectingAnyDetail(t *testing.T) {
	for slug, tt := range map[string]struct {
		field, opens string
		types        []string
		keeps        onboarding.Field
		want         string
	}{
		"name":          {"given_name", "Ada", []string{"given_name", "Augusta"}, onboarding.FieldGivenName, "Augusta"},
		"date-of-birth": {"date_of_birth-year", "", []string{"date_of_birth-month", "4", "date_of_birth-day", "28", "date_of_birth-year", "1990"}, onboarding.FieldDateOfBirth, "1990-04-28"},
		"national-id":   {"national_id", "", []string{"national_id", "987-65-4321"}, onboarding.FieldNationalID, ""},
		"phone":         {"phone", "+14155550132", []string{"phone", "212 555 0123"}, onboarding.FieldPhone, "+12125550123"},
	} {
		t.Run(slug, func(t *testing.T) {
			h := newHouse(t)
			b, c := h.handedIn()
			c.view.Editable = allDetails()
			page, _ := correctionOf(slug)
			was := c.profile[tt.keeps]
			b.get("/apply/status").silent(page.title)
			b.get("/apply/data").follow(page.title).at(page.path()).says("if it has changed", "Nothing else is done again")
			if slug == "national-id" && (b.value("national_id") != "" || lastFour.MatchString(b.body)) {
				t.Error("the number that we have is shown")
			}
			if tt.opens != "" && b.value(tt.field) != tt.opens {
				t.Errorf("the page opens with %q", b.value(tt.field))
			}
			b.submit(tt.types...).at("/apply/status?corrected=" + slug).says("Thank you")
			if got := c.profile[tt.keeps]; got == was || tt.want != "" && got != tt.want {
				t.Errorf("kept is %q", got)
			}
			b.get("/apply/data").silent("Your details") // nothing can be corrected now
		})
	}
}

// TestCorrectingWhenCertified says what a signed certificate does not do.
func TestCorrectingWhenCertified(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	c.view.Stage, c.view.Editable = onboarding.StageCertified, allDetails()
	b.get("/apply/correct/name").says("it keeps the name that it was issued in", "Your background report is not made again")
	b.get("/apply/correct/phone").says("your certificate stands").silent("keeps the name")
	h.fake.failWith["Correct"] = onboarding.Invalid("date of birth", "By this date of birth you are younger than 18, so we cannot take it.", "Check it.")
	b.get("/apply/correct/date-of-birth").submit("date_of_birth-month", "4", "date_of_birth-day", "28", "date_of_birth-year", "2015").problem("date_of_birth-month", "younger than 18")
}

// lastFour finds the end of the national ID that the tests' applicant has, apart from
// tokens, which may hold the four digits too.
var lastFour = regexp.MustCompile(`[^0-9A-Za-z_]4320[^0-9A-Za-z_]`)
