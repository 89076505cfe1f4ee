// Package mail is the adapter of the SMTP relay that carries letters to
// applicants (RFC 5321). Like every vendor's it takes a grant: the address is
// opened for one letter, and for nothing else.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Config says where the relay is and in whose name letters go.
type Config struct {
	Address  string // host:port
	User     string // empty: no authentication
	Password string
	From     string // e.g. "Vouchsafe <no-reply@example.com>"
	Domain   string // right side of Message-IDs
	// Plain allows a relay without TLS; only for one on loopback (obligation 48).
	Plain   bool
	Timeout time.Duration // per letter; 0 means 15 s
}

// Relay sends letters. It may be used by many goroutines.
type Relay struct {
	cfg  Config
	host string
	port int
}

// Letter is a letter without its reader: what is not personal.
type Letter struct {
	ID      string // unique to the letter; a repeat carries the same, so that readers can tell
	Thread  string // the ID of the first letter that the reader got of us about the same, when it is another
	Subject string
	Text    string
	// Language is the text's, BCP 47; English when it is empty.
	Language string
	// Stop is the address at which its reader ends such letters by one POST; empty for
	// letters that nobody can do without (RFC 2369, RFC 8058).
	Stop string
}

// New checks the configuration.
func New(cfg Config) (*Relay, error) {
	host, port, err := net.SplitHostPort(cfg.Address)
	if err != nil {
		return nil, fmt.Errorf("mail: the relay's address must be host:port: %w", err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("mail: the relay's port %q is no number", port)
	}
	if cfg.Plain && !loopback(host) {
		return nil, fmt.Errorf("mail: a relay without TLS must be on this machine, and %q is not: set up TLS", host)
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = 15 * time.Second
	}
	return &Relay{cfg: cfg, host: host, port: n}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// Send spends the grant on one letter. What the relay refuses for good (a 5xx
// answer) is CodeVendorRefused, else CodeVendorDown; neither error holds the
// address.
func Send[P consent.Purpose](ctx context.Context, r *Relay, g consent.Grant[P], l Letter) error {
	to, err := g.Open(ctx, consent.RecipientMail)
	if err != nil {
		return err
	}
	m := gomail.NewMsg()
	if err := m.From(r.cfg.From); err != nil {
		return fmt.Errorf("mail: the sender's address is not one: %w", err)
	}
	if err := m.To(to[onboarding.FieldEmail]); err != nil {
		return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: "The applicant's e-mail address cannot be written to."} // the cause would quote it
	}
	m.SetMessageIDWithValue(l.ID + "@" + r.cfg.Domain)
	if l.Thread != "" && l.Thread != l.ID { // RFC 5322, 3.6.4: the thread's first letter stands for those between
		m.SetGenHeader("In-Reply-To", "<"+l.Thread+"@"+r.cfg.Domain+">")
		m.SetGenHeader("References", "<"+l.Thread+"@"+r.cfg.Domain+">")
	}
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	if _, ok := hello[l.Language]; ok {
		m.SetGenHeader("Content-Language", l.Language) // RFC 3282
	}
	if l.Stop != "" {
		m.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+l.Stop+">")
		m.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click") // RFC 8058, 3.1
	}
	m.Subject(l.Subject)
	m.SetDate()
	m.SetBodyString(gomail.TypeTextPlain, greeting(l.Language, to[onboarding.FieldGivenName])+l.Text)
	return r.send(ctx, m)
}

// Tell sends one letter to somebody of the house, by an address that no applicant gave:
// that of a program's file. It greets nobody. Errors: those of Send.
func (r *Relay) Tell(ctx context.Context, to string, l Letter) error {
	m := gomail.NewMsg()
	if err := m.From(r.cfg.From); err != nil {
		return fmt.Errorf("mail: the sender's address is not one: %w", err)
	}
	if err := m.To(to); err != nil {
		return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: "The address of the privacy officer in the program's file cannot be written to.", Hint: "Put it right under privacy_officer."}
	}
	m.SetMessageIDWithValue(l.ID + "@" + r.cfg.Domain)
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.Subject(l.Subject)
	m.SetDate()
	m.SetBodyString(gomail.TypeTextPlain, l.Text)
	return r.send(ctx, m)
}

// hello is how a letter begins, by language; English when it is not here.
var hello = map[string]string{"en": "Hello", "es": "Hola"}

func greeting(language, given string) string {
	word, ok := hello[language]
	if !ok {
		word = hello["en"]
	}
	given = strings.Map(func(c rune) rune {
		if c < ' ' {
			return -1
		}
		return c
	}, given)
	if given == "" {
		return word + ",\n\n"
	}
	return word + " " + given + ",\n\n"
}

func (r *Relay) send(ctx context.Context, m *gomail.Msg) error {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Timeout)
	defer cancel()
	options := []gomail.Option{gomail.WithPort(r.port), gomail.WithTimeout(r.cfg.Timeout)}
	if r.cfg.Plain {
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	} else {
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if r.cfg.User != "" {
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(r.cfg.User), gomail.WithPassword(r.cfg.Password))
	}
	client, err := gomail.NewClient(r.host, options...)
	if err != nil {
		return fmt.Errorf("mail: set up the relay: %w", err)
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return failure(err)
	}
	err = client.SendWithSMTPClient(conn, m)
	if client.CloseWithSMTPClient(conn) != nil {
		_ = conn.Close() // the farewell failed, which leaves it open
	}
	// Trouble after the relay has taken the letter is none: sending again would
	// be a second letter.
	if err != nil && !m.IsDelivered() {
		return failure(err)
	}
	return nil
}

// failure keeps the kind of an SMTP error and drops its text, which often
// quotes the address.
func failure(err error) error {
	var sent *gomail.SendError
	if errors.As(err, &sent) && !sent.IsTemp() && sent.ErrorCode() >= 500 {
		return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: fmt.Sprintf("The mail relay refused the letter (%d).", sent.ErrorCode()),
			Hint: "Look at the relay's log for the reason."}
	}
	return &onboarding.Error{Code: onboarding.CodeVendorDown, Message: "The mail relay could not be reached or asked to try later.", Hint: "It is tried again."}
}
