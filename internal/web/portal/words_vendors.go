package portal

import (
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// What the companies are called in front of applicants, and what is said of those
// on whose own pages applicants go on.

var vendorNames = map[string]string{
	consent.RecipientKickbox: "Kickbox", consent.RecipientTwilio: "Twilio", consent.RecipientFindly: "Findly", consent.RecipientSmarty: "Smarty",
	consent.RecipientMaxMind: "MaxMind", consent.RecipientStripe: "Stripe", consent.RecipientCheckr: "Checkr",
	consent.RecipientWatchman: "Moov Watchman", consent.RecipientYente: "OpenSanctions",
}

// vendorName is the company's name, or "" for what we do ourselves, such as to
// look into our own copy of a list.
func vendorName(id string) string { return vendorNames[id] }

// vendorText is what one should know of a company before one goes to its page.
type vendorText struct {
	Name  string
	Who   string
	Asks  []string
	Sent  string // what it has from us
	Gives string // what we get back
	Then  string // how long it takes and what follows
}

// vendorOf gives the words. What an agency of background reports has from us
// depends on the program: it may ask for the data itself.
func vendorOf(id string, p program.Program) vendorText {
	switch id {
	case consent.RecipientStripe:
		return vendorText{
			Name: "Stripe",
			Who:  "Stripe is a company that looks at identity documents for many others. It does so for us, on its own page.",
			Asks: []string{"pictures of your passport, driver's license or identity card",
				"that your browser may use the camera", "that you agree to its own terms; it tells you there what it does with the pictures"},
			Sent:  "We have sent Stripe nothing about you: no name, no address, no number. It has a reference of ours that says nothing.",
			Gives: "We get the answer whether the document was accepted and, if it was not, why. We get no picture.",
			Then:  "Stripe looks at it and brings you back to your status page.",
		}
	case consent.RecipientCheckr:
		t := vendorText{
			Name: "Checkr",
			Who:  "Checkr is the agency that makes the background report that you have authorized.",
			Asks: []string{"your full name, your date of birth and your Social Security number", "where you live and have lived",
				"at times a picture of a document, when two people are hard to tell apart"},
			Sent:  "We have sent Checkr what you authorized: your name, date of birth, Social Security number, e-mail address, and the city, state and ZIP code where you live.",
			Gives: "We get its report. If something in it may count against you, you get a copy and time to answer before anything is decided.",
			Then:  "Checkr begins as soon as you have answered. Its report takes from a few hours to some days.",
		}
		if p.Vetting.Flow == program.FlowInvitation {
			t.Sent = "We have sent Checkr your e-mail address and your place of work, which is the city and state of your home address. The rest it asks from you itself."
		}
		return t
	}
	name := vendorName(id)
	if name == "" {
		name = "the company"
	}
	return vendorText{Name: name, Who: "A part of this check is made on the page of " + name + ".", Asks: []string{"what it needs for this check"},
		Sent: "It has from us what you agreed to, and nothing else.", Gives: "We get the result of the check.", Then: "Your application goes on when it is done."}
}

// taskTitle is what the applicant has to do on the vendor's page.
func taskTitle(c workflows.ApplicantCheck) string {
	name := vendorOf(c.Vendor, program.Program{}).Name
	if c.Name == onboarding.CheckIdentity {
		return "Show " + name + " your identity document"
	}
	return "Give " + name + " what it asks for"
}

// noteWords says what went wrong at the last try, for the codes that Stripe gives
// of documents; "" when nothing did.
func noteWords(code string) string {
	switch code {
	case "":
		return ""
	case "document_expired":
		return "The document has expired. Show one that is still valid."
	case "document_type_not_supported":
		return "Stripe does not take that kind of document. Show a passport, a driver's license or an identity card."
	case "document_unverified_other":
		return "Stripe could not read the picture. Try again with more light, and with the whole document in the picture."
	case "device_not_supported":
		return "That device has no camera that Stripe can use. Open your application on a phone and try again there."
	case "abandoned":
		return "You left before it was done. Begin again; nothing is lost."
	case "consent_declined":
		return "You did not agree to Stripe's terms. If you would rather not, write to us, and a person finds another way."
	case "country_not_supported":
		return "Stripe does not take documents of that country. Show another one, or write to us, and a person finds another way."
	case "under_supported_age":
		return "By the document you are younger than Stripe allows. If that is wrong, write to us."
	}
	return "It did not work out. Try again, and write to us if it happens once more."
}

// waitsFor says whom a check waits for that is under way.
func waitsFor(vendor string) string {
	if name := vendorName(vendor); name != "" {
		return "We wait for " + name + "."
	}
	return "We do this ourselves, and nothing is sent to anybody."
}

// agency is the agency that makes or made the report, as the program names it; the
// zero Agency when the program has none.
func (p *Portal) agency(v workflows.ApplicantView) (vendor string, a program.Agency) {
	for _, c := range v.Checks {
		if c.Name == onboarding.CheckBackground {
			vendor = c.Vendor
		}
	}
	return vendor, p.edition(v).Vendors[vendor].Agency
}

// agencyName is how an agency is called inside a sentence.
func agencyName(vendor string, a program.Agency) string {
	for _, name := range []string{a.Name, vendorName(vendor)} {
		if strings.TrimSpace(name) != "" {
			return name
		}
	}
	return "the agency"
}
