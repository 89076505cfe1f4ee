package app

import (
	"context"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"

	"github.com/vouchsafe/vouchsafe/activities"
	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
)

// stopLink makes the address at which marketing letters end.
func (a *App) stopLink(id onboarding.ApplicantID, contact string) (string, error) {
	token, err := identity.NewOfferLinks(a.vault).Mint(id, contact)
	return a.cfg.PublicURL + identity.OfferPath(token), err
}

// activities builds what a worker does.
func (a *App) activities(ctx context.Context) (*activities.Activities, error) {
	service := a.Applicants()
	cfg := activities.Config{Vault: a.vault, Objects: a.objects, Evidence: a.evidence, Resolver: a.resolver(), Issued: a.issued, Witness: a.witness, Holds: a.holds, Retention: service, Link: a.link,
		Bulk: service, Notices: service, Offers: service, StopLink: a.stopLink, Announcer: service, Erasures: service, Disclosures: service, Complaints: service, Requests: service, Invitations: a.Invitations(), InvitationLink: a.invitationLink, PublicURL: a.cfg.PublicURL, AllowReserved: a.cfg.Trial, Log: a.log}
	if err := a.vendors(&cfg); err != nil {
		return nil, err
	}
	var err error
	if cfg.Mail, err = a.relay(); err != nil {
		return nil, err
	}
	if cfg.Lists, err = a.lists(ctx); err != nil {
		return nil, err
	}
	if a.durations, err = durations.NewRecorder(a.objects, a.log, nil); err != nil {
		return nil, err
	}
	cfg.Durations = a.durations
	return activities.New(cfg), nil
}

func (a *App) relay() (*mail.Relay, error) {
	host, _, err := net.SplitHostPort(a.cfg.SMTPAddr)
	if err != nil {
		return nil, fmt.Errorf("VOUCHSAFE_SMTP_ADDR must be host:port: %w", err)
	}
	ip := net.ParseIP(host)
	return mail.New(mail.Config{Address: a.cfg.SMTPAddr, User: a.cfg.SMTPUser, Password: a.cfg.SMTPPassword, From: a.cfg.SMTPFrom,
		Domain: senderDomain(a.cfg.SMTPFrom), Plain: host == "localhost" || (ip != nil && ip.IsLoopback())})
}

// senderDomain is the right side of the letters' Message-IDs: the sender's own
// domain, which is theirs to keep unique (RFC 5322, 3.6.4).
func senderDomain(from string) string {
	if a, err := netmail.ParseAddress(from); err == nil {
		if _, domain, ok := strings.Cut(a.Address, "@"); ok {
			return domain
		}
	}
	return "letters.invalid" // the relay refuses such a sender at the first letter, with words
}

// resolver asks the domain name system; in a trial the reserved example domains
// take mail, since a sandbox's mail goes there.
func (a *App) resolver() validate.Resolver {
	if a.cfg.Trial {
		return exampleMail{}
	}
	return net.DefaultResolver
}

// exampleMail is the domain name system of the sandbox: the domains of RFC 2606
// take mail, and no other domain exists.
type exampleMail struct{}

// LookupMX gives one exchanger for example.com, .net and .org.
func (exampleMail) LookupMX(_ context.Context, domain string) ([]*net.MX, error) {
	switch domain {
	case "example.com", "example.net", "example.org":
		return []*net.MX{{Host: "mail." + domain + ".", Pref: 10}}, nil
	}
	return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
}

// link makes the address under which an applicant finds their application.
func (a *App) link(id onboarding.ApplicantID) (string, error) {
	token, err := a.links.Mint(id, linkTTL)
	if err != nil {
		return "", err
	}
	return a.cfg.PublicURL + a.links.Path(token), nil
}
