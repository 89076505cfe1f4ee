package sandbox

import "strings"

// Steer is one line of the table by which a person reaches an outcome.
type Steer struct {
	Vendor  string // whose answer it steers
	Typed   string // what is typed, and where
	Outcome string // what comes of it
}

// mailSteer steers by the beginning of an e-mail address's local part.
type mailSteer struct {
	prefix, result, reason string
	disposable             bool
	outcome                string
}

var mailSteers = []mailSteer{
	{"rejected-email", "undeliverable", "rejected_email", false, "undeliverable: the mailbox does not exist"},
	{"invalid-domain", "undeliverable", "invalid_domain", false, "undeliverable: the domain does not exist"},
	{"disposable", "risky", "low_quality", true, "risky, and from a throw-away provider"},
	{"risky", "risky", "low_deliverability", false, "risky"},
	{"unknown", "unknown", "timeout", false, "unknown: Kickbox could not find out, at every attempt"},
}

// phoneSteer steers by a number that ends in 555-01xx.
type phoneSteer struct {
	digits  string // the last four
	line    string // type of line
	invalid bool
	code    int    // error inside a 200
	once    string // "status" or "code": the first look-up fails that way, the next is fine, and so on
	outcome string
}

var phoneSteers = []phoneSteer{
	{digits: "0150", line: "nonFixedVoip", outcome: "an internet number that anybody gets in a minute"},
	{digits: "0151", invalid: true, outcome: "not a valid number"},
	{digits: "0152", line: "landline", outcome: "a landline"},
	{digits: "0153", line: "mobile", once: "status", outcome: "a mobile, after the first look-up was told to wait a second (429)"},
	{digits: "0154", code: 60607, outcome: "refused: the country is not covered"},
	{digits: "0155", line: "mobile", code: 60616, once: "code", outcome: "a mobile, after the first look-up was told to wait inside a 200"},
	{digits: "0156", line: "tollFree", outcome: "a toll-free number"},
}

// smsSteers steer what becomes of a text message, by a number that ends in 555-01xx.
var smsSteers = []struct {
	digits, code string
	message      string // Twilio's own
	outcome      string
}{
	{digits: "0157", code: "21610", message: "Attempt to send to unsubscribed recipient", outcome: "a mobile, whose owner has answered STOP to this sender before: no text message is sent, and the consent ends"},
	{digits: "0158", code: "21614", message: "'To' number is not a valid mobile number", outcome: "a mobile to the look-up, which takes no text messages: they are refused, and the letters say everything"},
}

// nameSteer steers by the family name.
type nameSteer struct{ family, outcome string }

var nameSteers = []nameSteer{
	{"Consider", "a county court record: misdemeanor, three years old; disputed, it turns out to be another person's and is removed"},
	{"Felony", "a county court record: felony, one year old; disputed, it is verified and stands"},
	{"Stubborn", "a county court record: felony, one year old; disputed, the re-investigation never ends"},
	{"Oldrecord", "a county court record: misdemeanor, twelve years old; disputed, it is verified and stands"},
	{"Hearsay", "a remark from the investigator's own questions (a proprietary source); disputed, it is removed"},
	{"Quiet", "clear, but the webhook never comes: polling finds the report"},
	{"Forever", "the report never completes"},
	{"Blocked", "one county search is canceled (closed court), so the report cannot be whole; clear when it is ordered in a new round"},
	{"Refused", "the order is refused (422)"},
	{"Onward", "clear; one county search was handed on to a court researcher whom no agreement names"},
}

// The family names that steer the two that search sanctions lists, besides the
// people of internal/devstack/lists.
const (
	steerUnread = "Unread"
	steerQuota  = "Quotaspent"
)

// Steering is the whole table, for people. What it names is reserved for
// examples: example.com, example.org and example.net, numbers 555-01xx, the
// identity numbers 987-65-4320 to 987-65-4329, and the addresses of RFC 5737.
func Steering() []Steer {
	out := []Steer{{Kickbox, "any other e-mail, such as ada@example.com", "deliverable"}}
	for _, m := range mailSteers {
		out = append(out, Steer{Kickbox, "e-mail that begins with " + m.prefix + ", such as " + m.prefix + ".ada@example.com", m.outcome})
	}
	out = append(out, Steer{Twilio, "any other phone, such as +1 212 555 0123", "a mobile"})
	for _, p := range phoneSteers {
		out = append(out, Steer{Twilio, "phone that ends in 555-" + p.digits + ", such as +1 212 555 " + p.digits, p.outcome})
	}
	out = append(out, Steer{TwilioSMS, "any other phone, when text messages are asked for", "the message shows at /twilio-sms/_phones of the sandbox"})
	for _, p := range smsSteers {
		out = append(out, Steer{TwilioSMS, "phone that ends in 555-" + p.digits + ", such as +1 212 555 " + p.digits, p.outcome})
	}
	out = append(out, Steer{Smarty, "any other street, such as 12 Example Street", "mail reaches it"})
	for _, st := range streetSteers {
		out = append(out, Steer{Smarty, "street that begins with " + st.street, st.outcome})
	}
	out = append(out, Steer{MaxMind, "any other address, also loopback and private ones, which the real MaxMind has no opinion of", "low risk"})
	for _, st := range ipSteers {
		out = append(out, Steer{MaxMind, "the application comes from " + st.ip, st.outcome})
	}
	const listed = "the people of the last table, or anybody else"
	out = append(out, Steer{Watchman, listed, "as the last table says"},
		Steer{Watchman, "family name " + steerUnread, "Watchman searches for nothing and still answers 200, at every attempt"},
		Steer{Yente, listed, "as the last table says"},
		Steer{Yente, "family name " + steerQuota, "refused: the month's quota is used up (429)"})
	for _, b := range stripeSteers {
		out = append(out, Steer{Stripe, "the button “" + b.label + "” on Stripe's page", b.outcome})
	}
	out = append(out, Steer{Findly, "any other family name", "clear"})
	for _, n := range nameSteers {
		out = append(out, Steer{Findly, "family name " + n.family, n.outcome})
	}
	return append(out, checkrSteering()...)
}

func steerMail(email string) (mailSteer, bool) {
	local := strings.ToLower(email)
	for _, m := range mailSteers {
		if strings.HasPrefix(local, m.prefix) {
			return m, true
		}
	}
	return mailSteer{result: "deliverable", reason: "accepted_email"}, false
}

func steerPhone(phone string) phoneSteer {
	for _, p := range phoneSteers {
		if strings.HasSuffix(phone, "555"+p.digits) {
			return p
		}
	}
	return phoneSteer{line: "mobile"}
}

// steerName gives the outcome's name in lower case; "" is clear.
func steerName(family string) string {
	for _, n := range nameSteers {
		if strings.EqualFold(strings.TrimSpace(family), n.family) {
			return strings.ToLower(n.family)
		}
	}
	return ""
}
