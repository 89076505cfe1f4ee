package validate_test

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/validate"
)

func TestEmail(t *testing.T) {
	label := strings.Repeat("b", 63)
	try(t, []form{
		{"plain", "ada@example.com", "ada@example.com"},
		{"spaces around", " ada@example.com\n", "ada@example.com"},
		{"capitals: the domain's do not count, the name's are the server's affair", "Ada@Example.COM", "Ada@example.com"},
		{"tag", "ada+jobs@example.com", "ada+jobs@example.com"},
		{"apostrophe", "o'hara@example.com", "o'hara@example.com"},
		{"subdomain", "ada@mail.example.com", "ada@mail.example.com"},
		{"a domain in another script", "ada@münchen.example", "ada@xn--mnchen-3ya.example"},
		{"the same in ASCII", "ada@xn--mnchen-3ya.example", "ada@xn--mnchen-3ya.example"},
		{"an ideographic full stop", "ada@example。com", "ada@example.com"},
		{"a name in another script", "ädä@example.com", "ädä@example.com"},
		{"as long a name as may be", strings.Repeat("a", 64) + "@example.com", strings.Repeat("a", 64) + "@example.com"},
		{"as long a label as may be", "a@" + label + ".example", "a@" + label + ".example"},

		{"nothing", " ", "-"},
		{"no at", "ada.example.com", "-"},
		{"no name", "@example.net", "-"},
		{"no domain", "ada@", "-"},
		{"two ats", "ada@home@example.com", "-"},
		{"with a display name", "Ada <ada@example.com>", "-"},
		{"with a comment", "ada@example.com (work)", "-"},
		{"quoted", `"ada b"@example.com`, "-"},
		{"a list", "ada@example.com, bob@example.com", "-"},
		{"one label", "ada@localhost", "-"},
		{"an IP address", "ada@127.0.0.1", "-"},
		{"an IP address in brackets", "ada@[127.0.0.1]", "-"},
		{"a dot first", ".ada@example.com", "-"},
		{"two dots", "ada..b@example.com", "-"},
		{"a dot last", "ada@example.com.", "-"},
		{"two dots in the domain", "ada@example..com", "-"},
		{"a hyphen first", "ada@-example.com", "-"},
		{"a space in the domain", "ada@exam ple.com", "-"},
		{"an underline in the domain", "ada@exam_ple.com", "-"},
		{"another header behind", "ada@example.com\r\nBcc: bob@example.com", "-"},
		{"markup", "a<b>@example.com", "-"},
		{"a formula, as a table's program reads it", "=1+1@example.com", "-"},
		{"text turned around", "a\u202eb@example.com", "-"},
		{"bytes that are no text", "ad\xffa@example.com", "-"},
		{"too long a name", strings.Repeat("a", 65) + "@example.com", "-"},
		{"too long a label", "a@b" + label + ".example", "-"},
		{"a label too long once it is ASCII", "a@" + strings.Repeat("ü", 62) + ".example", "-"},
		{"too long", "a@" + strings.Repeat("bcd.", 64) + "example", "-"},
		{"too long once it is ASCII", "a@" + strings.Repeat("ü.", 80) + "example", "-"},
	}, validate.Email)
	if k := validate.EmailKey("Ada@example.com"); k != "ada@example.com" {
		t.Errorf("compared as %s", k)
	}
}

func TestDisposable(t *testing.T) {
	for address, want := range map[string]bool{
		"ada@mailinator.com": true, "ada@a.b.mailinator.com": true, "ada@yopmail.fr": true,
		"ada@example.com": false, "ada@notmailinator.com": false, "ada@mailinator.com.example": false, "mailinator.com@example.com": false, "": false, "ada": false,
	} {
		if validate.Disposable(address) != want {
			t.Errorf("%s is disposable: %v", address, !want)
		}
	}
}

// answers is a resolver that has been asked for one domain.
type answers struct {
	mx    []*net.MX
	err   error
	asked string
}

func (a *answers) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	a.asked = domain
	return a.mx, a.err
}

var _ validate.Resolver = (*net.Resolver)(nil)

// TestReceivesMail: a domain that takes no mail is an answer; a resolver that says
// nothing is an error, which is tried again (design, decision 4).
func TestReceivesMail(t *testing.T) {
	mx := func(hosts ...string) (out []*net.MX) {
		for _, h := range hosts {
			out = append(out, &net.MX{Host: h, Pref: 10})
		}
		return out
	}
	const domain = "secret.example"
	for _, c := range []struct {
		name    string
		mx      []*net.MX
		err     error
		takes   bool
		unknown bool
	}{
		{"one", mx("mx.example."), nil, true, false},
		{"several", mx("mx1.example.", "mx2.example."), nil, true, false},
		{"none", nil, nil, false, false},
		{"RFC 7505: the null MX", mx("."), nil, false, false},
		{"an empty one", mx(""), nil, false, false},
		{"the null MX beside another, which should not be", mx(".", "mx.example."), nil, true, false},
		{"no such domain", nil, &net.DNSError{Err: "no such host", Name: domain, IsNotFound: true}, false, false},
		{"no answer in time", nil, &net.DNSError{Err: "i/o timeout", Name: domain, IsTimeout: true}, false, true},
		{"the server failed", nil, &net.DNSError{Err: "server misbehaving", Name: domain, IsTemporary: true}, false, true},
		{"canceled", nil, context.Canceled, false, true},
		// net.Resolver drops names that are none and says so, beside the good ones.
		{"some of the records are odd", mx("mx.example."), &net.DNSError{Err: "DNS response contained records which contain invalid names", Name: domain}, true, false},
		{"all of them are odd", nil, &net.DNSError{Err: "DNS response contained records which contain invalid names", Name: domain}, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &answers{mx: c.mx, err: c.err}
			takes, err := validate.ReceivesMail(t.Context(), r, "ada@"+domain)
			if takes != c.takes || (err != nil) != c.unknown {
				t.Errorf("%v, %v", takes, err)
			}
			if r.asked != domain {
				t.Errorf("asked for %q: nothing but the domain leaves the house", r.asked)
			}
			if err != nil && (strings.Contains(err.Error(), domain) || errors.Unwrap(err) != nil) {
				t.Errorf("the error names the domain: %v", err)
			}
		})
	}
}
