package portal

import (
	"fmt"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// lastLink is the address of the newest link in the outbox.
func (h *house) lastLink() string {
	return "/apply/link/" + h.fake.outbox[len(h.fake.outbox)-1]
}

// begun gives a browser that is signed in to a fresh application, at its first
// page, and the case.
func (h *house) begun() (*browser, *fakeCase) {
	h.t.Helper()
	b := h.browser()
	b.asks(fmt.Sprintf("ada%d@example.com", h.fake.seq), "support").is(200)
	b.get(h.lastLink()).submit().at("/apply/about")
	return b, h.fake.cases[fakeID(h.fake.seq)]
}

// asks goes from the first page to the letter with the link.
func (b *browser) asks(email, program string) *browser {
	b.t.Helper()
	return b.get("/apply").submit("program", program).at(emailPath+"?program="+program).submit("email", email)
}

func fillAbout(b *browser) *browser {
	b.submit("given_name", "Ada", "middle_name", "King", "family_name", "O'Lovelace")
	if b.path != "/apply/birth" {
		return b // refused
	}
	return b.submit("date_of_birth-month", "12", "date_of_birth-day", "10", "date_of_birth-year", "1990")
}

func fillDetails(b *browser) *browser {
	fillAbout(b).at("/apply/contact").submit("phone", "(415) 555-0132").at("/apply/address")
	b.submit("street", "1 Main St", "city", "Austin", "state", "texas", "postal_code", "78701", "past_addresses", "2 High St, Waco, TX 76701")
	return b.at("/apply/national-id").submit("national_id", "123 45 4329")
}

// consentAll goes through the consent pages to check your answers.
func consentAll(b *browser) *browser {
	for _, n := range asked() {
		b.at(consentPath(n))
		if n.Kind == consent.KindFCRAAuthorization {
			b.submit("signature", "ada o’lovelace")
			continue
		}
		b.submit()
	}
	return b.at(checkPath)
}

// handedIn gives a browser whose application is submitted.
func (h *house) handedIn() (*browser, *fakeCase) {
	h.t.Helper()
	b, c := h.begun()
	consentAll(fillDetails(b)).submit().at("/apply/submitted")
	return b, c
}
