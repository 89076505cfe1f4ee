package twiliosms

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // Twilio's signature is HMAC-SHA1, which stands
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Word is what a person's message asks for.
type Word string

// The words that count, wherever a message is nothing else.
const (
	WordStop  Word = "stop"  // 47 CFR 64.1200(a)(10): any reasonable way; these are the usual ones
	WordStart Word = "start" //
	WordHelp  Word = "help"  //
	WordOther Word = ""      //
)

var words = map[string]Word{
	"STOP": WordStop, "STOPALL": WordStop, "UNSUBSCRIBE": WordStop, "CANCEL": WordStop, "END": WordStop, "QUIT": WordStop, "REVOKE": WordStop, "OPTOUT": WordStop,
	"ALTO": WordStop, "PARAR": WordStop, "BAJA": WordStop, "DETENER": WordStop,
	"START": WordStart, "UNSTOP": WordStart, "YES": WordStart,
	"HELP": WordHelp, "INFO": WordHelp, "AYUDA": WordHelp,
}

// Inbound is a message that a person sent.
type Inbound struct {
	ID   string // Twilio's own
	From string // E.164
	Word Word
	// Told says that Twilio itself has taken a STOP and confirmed it: it lets nothing
	// more through, and nobody needs to be told twice.
	Told bool
	// Language is that of the word, BCP 47, where it is of one language alone; else empty.
	Language string
}

// spanish are the words that nobody types in English.
var spanish = []string{"ALTO", "PARAR", "BAJA", "DETENER", "AYUDA"}

// Read proves a webhook of Twilio's and reads it: CodeNotAllowed when it is not
// Twilio's, CodeInvalid when it is no message. address is the URL that Twilio calls,
// as it is configured there: the signature is the HMAC-SHA1, under the account's auth
// token, over it and every parameter in the order of their names.
func Read(tokens []string, address string, header http.Header, body []byte) (Inbound, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return Inbound{}, onboarding.Invalid("body", "This is not a form.", "Send Twilio's own parameters.")
	}
	got, err := base64.StdEncoding.DecodeString(header.Get("X-Twilio-Signature"))
	if err != nil || !slices.ContainsFunc(tokens, func(token string) bool { return token != "" && hmac.Equal(got, sum(token, address, form)) }) {
		return Inbound{}, &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "This was not signed by Twilio.", Hint: "Check the auth token and the address in the configuration."}
	}
	in := Inbound{ID: form.Get("MessageSid"), From: form.Get("From")}
	if in.ID == "" || !e164.MatchString(in.From) {
		return Inbound{}, onboarding.Invalid("From", "This is no message of a person.", "Point only a number's incoming messages here.")
	}
	word := strings.ToUpper(strings.Join(strings.FieldsFunc(form.Get("Body"), func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}), ""))
	if in.Word = words[word]; slices.Contains(spanish, word) {
		in.Language = "es"
	}
	if form.Get("OptOutType") == "STOP" { // Twilio's own reading, of words that we do not know
		in.Word, in.Told = WordStop, true
	}
	return in, nil
}

// Sign gives the signature of a webhook, as Twilio makes it.
func Sign(token, address string, form url.Values) string {
	return base64.StdEncoding.EncodeToString(sum(token, address, form))
}

func sum(token, address string, form url.Values) []byte {
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range slices.Sorted(maps.Keys(form)) {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			mac.Write([]byte(name + v))
		}
	}
	return mac.Sum(nil)
}
