package validate

import (
	"context"
	_ "embed"
	"errors"
	"net"
	"net/mail"
	"strings"

	"golang.org/x/net/idna"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const maxEmail = 254 // RFC 5321, 4.5.3.1.3 less the brackets

// Email takes a bare address (RFC 5321) and gives it with its domain in lower
// case and ASCII. What stands before the @ is kept as it is.
func Email(s string) (string, error) {
	const field = "e-mail address"
	s = strings.TrimSpace(s)
	bad := func() (string, error) {
		return "", onboarding.Invalid(field, "That is not an e-mail address.", "Write it like name@example.com.")
	}
	if s == "" {
		return "", onboarding.Invalid(field, "Enter your e-mail address.", "Write it like name@example.com.")
	}
	if len(s) > maxEmail {
		return bad()
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Name != "" || a.Address != s {
		return bad()
	}
	at := strings.LastIndexByte(s, '@')
	local, domain := s[:at], s[at+1:]
	domain, err = idna.Lookup.ToASCII(domain)
	if err != nil || len(local) > 64 || !mailDomain(domain) || strings.ContainsFunc(local, badRune) || len(local)+1+len(domain) > maxEmail {
		return bad()
	}
	return local + "@" + strings.ToLower(domain), nil
}

// mailDomain reports whether an ASCII domain can be one of the public internet:
// two labels or more of at most 63 characters (RFC 1035, 2.3.4), the last one not
// a number, which would make it an IP address.
func mailDomain(domain string) bool {
	labels := strings.Split(domain, ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && strings.Trim(last, "0123456789") != ""
}

// EmailKey is the address as it is compared: wholly in lower case.
func EmailKey(normalized string) string { return strings.ToLower(normalized) }

//go:embed disposable.txt
var disposableList string

var disposable = func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(disposableList) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out[line] = true
		}
	}
	return out
}()

// Disposable reports whether a normalized address is at a service that gives
// addresses away for minutes.
func Disposable(normalized string) bool {
	_, domain, _ := strings.Cut(normalized, "@")
	for domain != "" {
		if disposable[domain] {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}

// Resolver looks mail exchangers up. *net.Resolver is one.
type Resolver interface {
	LookupMX(ctx context.Context, domain string) ([]*net.MX, error)
}

// ReceivesMail reports whether the address's domain takes mail: it has an MX
// record that is not the null one (RFC 7505). A domain that does not exist does
// not. An error means that we do not know: the resolver did not answer.
func ReceivesMail(ctx context.Context, r Resolver, normalized string) (bool, error) {
	_, domain, _ := strings.Cut(normalized, "@")
	records, err := r.LookupMX(ctx, domain)
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return false, nil
	}
	if err != nil && len(records) == 0 {
		return false, errors.New("the domain name system did not answer") // the cause would name the domain
	}
	for _, mx := range records {
		if mx.Host != "." && mx.Host != "" {
			return true, nil
		}
	}
	return false, nil
}
