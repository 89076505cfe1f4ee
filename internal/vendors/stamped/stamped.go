// Package stamped proves webhooks that are signed together with their time:
// "t=<unix seconds>,v1=<hex>", where v1 is the HMAC-SHA256 of the timestamp's
// digits, a dot and the raw body. It is Stripe's scheme, and that of the contract
// that is ours to publish.
package stamped

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Window is how far the timestamp may lie from our clock, either way: Stripe's own
// libraries allow as much.
const Window = 300 * time.Second

// Verify proves that body, byte for byte as received, was signed with one of the
// secrets within the Window, by what stands in the named header. The error is
// CodeNotAllowed, in the same words for every cause, so that nobody learns which.
func Verify(name string, secrets []string, header http.Header, body []byte, now time.Time) error {
	if Proved(secrets, header.Values(name), body, now) {
		return nil
	}
	return &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: name, Message: "The message's signature does not hold.",
		Hint: "Sign the raw body with the current secret and a current timestamp."}
}

// Proved reports whether body, byte for byte as received, was signed with one of
// the secrets within the Window; values are those of the signature's header.
// Several secrets may be live at once, and the header may have several v1, for
// rotation. It does not say why not, so that nobody learns it.
func Proved(secrets, values []string, body []byte, now time.Time) bool {
	stamp, signatures, ok := parse(values)
	if !ok || !signed(secrets, stamp, signatures, body) {
		return false
	}
	at, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	age := now.Sub(time.Unix(at, 0))
	return age <= Window && age >= -Window
}

// parse wants exactly one timestamp: with two, what was signed would be open to
// interpretation. Other schemes beside v1 are not ours to read.
func parse(values []string) (stamp string, signatures [][]byte, ok bool) {
	for _, v := range values {
		for part := range strings.SplitSeq(v, ",") {
			name, value, found := strings.Cut(strings.TrimSpace(part), "=")
			switch {
			case !found, name == "t" && stamp != "":
				return "", nil, false
			case name == "t":
				stamp = value
			case name == "v1":
				sum, err := hex.DecodeString(value)
				if err != nil {
					return "", nil, false
				}
				signatures = append(signatures, sum)
			}
		}
	}
	return stamp, signatures, stamp != "" && len(stamp) <= 12 && len(signatures) > 0 && len(signatures) <= 8
}

// signed compares in constant time.
func signed(secrets []string, stamp string, signatures [][]byte, body []byte) bool {
	for _, secret := range secrets {
		if secret == "" { // an unset secret is one that everybody knows
			continue
		}
		mac := hmac.New(sha256.New, []byte(secret))
		mac.Write([]byte(stamp + "."))
		mac.Write(body)
		want := mac.Sum(nil)
		for _, s := range signatures {
			if hmac.Equal(want, s) {
				return true
			}
		}
	}
	return false
}
