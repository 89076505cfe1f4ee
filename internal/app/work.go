package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/vouchsafe/vouchsafe/activities"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/kickbox"
	"github.com/vouchsafe/vouchsafe/internal/vendors/leie"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/internal/vendors/ofac"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twilio"
	"github.com/vouchsafe/vouchsafe/internal/vendors/watchman"
	"github.com/vouchsafe/vouchsafe/internal/vendors/yente"
)

// activities builds what a worker does.
func (a *App) activities(context.Context) (*activities.Activities, error) {
	box, err := kickbox.New(kickbox.Config{BaseURL: a.cfg.KickboxURL, APIKey: a.cfg.KickboxKey})
	if err != nil {
		return nil, fmt.Errorf("VOUCHSAFE_KICKBOX_URL: %w", err)
	}
	lookup, err := twilio.New(twilio.Config{BaseURL: a.cfg.TwilioURL, KeySID: a.cfg.TwilioKey, KeySecret: a.cfg.TwilioSecret})
	if err != nil {
		return nil, fmt.Errorf("VOUCHSAFE_TWILIO_URL: %w", err)
	}
	reports, err := findly.New(findly.Config{BaseURL: a.cfg.FindlyURL, APIKey: a.cfg.FindlyKey})
	if err != nil {
		return nil, fmt.Errorf("VOUCHSAFE_FINDLY_URL: %w", err)
	}
	search, err := a.searches()
	if err != nil {
		return nil, err
	}
	relay, err := a.relay()
	if err != nil {
		return nil, err
	}
	sanctions, exclusions, err := a.lists()
	if err != nil {
		return nil, err
	}
	return activities.New(activities.Config{
		Vault: a.vault, Objects: a.objects, Evidence: a.evidence, Kickbox: box, Twilio: lookup, Findly: reports,
		OFAC: sanctions, LEIE: exclusions, Watchman: search.watchman, Yente: search.yente, Resolver: a.resolver(), Mail: relay, Issued: a.issued, Link: a.link,
		PublicURL: a.cfg.PublicURL, AllowReserved: a.cfg.Trial, Log: a.log,
	}), nil
}

// searches are the services that may search the sanctions lists instead of us.
type searches struct {
	watchman *watchman.Client
	yente    *yente.Client
}

// hosted is OpenSanctions' own yente, which lets nobody in without a key.
const hosted = "api.opensanctions.org"

// searches reaches those that are configured. One that a program names must be:
// else its applicants would all wait for ops.
func (a *App) searches() (searches, error) {
	var out searches
	if id := a.programs.Using(consent.RecipientWatchman); id != "" && a.cfg.WatchmanURL == "" {
		return out, fmt.Errorf("VOUCHSAFE_WATCHMAN_URL is not set: the program %s has Watchman search the sanctions lists; give the address of yours", id)
	}
	if id := a.programs.Using(consent.RecipientYente); id != "" && a.cfg.YenteURL == "" {
		return out, fmt.Errorf("VOUCHSAFE_YENTE_URL is not set: the program %s has yente search the sanctions lists; give https://%s or the address of yours", id, hosted)
	}
	var err error
	if a.cfg.WatchmanURL != "" {
		if out.watchman, err = watchman.New(watchman.Config{BaseURL: a.cfg.WatchmanURL}); err != nil {
			return out, fmt.Errorf("VOUCHSAFE_WATCHMAN_URL: %w", err)
		}
	}
	if a.cfg.YenteURL == "" {
		return out, nil
	}
	if u, err := url.Parse(a.cfg.YenteURL); err == nil && u.Hostname() == hosted && a.cfg.YenteKey == "" {
		return out, fmt.Errorf("VOUCHSAFE_YENTE_KEY is not set: %s wants a key", hosted)
	}
	if out.yente, err = yente.New(yente.Config{BaseURL: a.cfg.YenteURL, APIKey: a.cfg.YenteKey, Dataset: a.cfg.YenteDataset}); err != nil {
		return out, fmt.Errorf("VOUCHSAFE_YENTE_URL or VOUCHSAFE_YENTE_DATASET: %w", err)
	}
	return out, nil
}

func (a *App) relay() (*mail.Relay, error) {
	host, _, err := net.SplitHostPort(a.cfg.SMTPAddr)
	if err != nil {
		return nil, fmt.Errorf("VOUCHSAFE_SMTP_ADDR must be host:port: %w", err)
	}
	ip := net.ParseIP(host)
	return mail.New(mail.Config{Address: a.cfg.SMTPAddr, User: a.cfg.SMTPUser, Password: a.cfg.SMTPPassword, From: a.cfg.SMTPFrom,
		Domain: "letters.vouchsafe.invalid", Plain: host == "localhost" || (ip != nil && ip.IsLoopback())})
}

// lists loads the sanctions and exclusion lists: those of the configured
// folder, or of the options on one machine.
func (a *App) lists() (*ofac.List, *leie.List, error) {
	sdn, exclusions := a.ofacFiles, a.leieFiles
	if a.cfg.ListsDir != "" {
		sdn, exclusions = os.DirFS(filepath.Join(a.cfg.ListsDir, "ofac")), os.DirFS(filepath.Join(a.cfg.ListsDir, "leie"))
	}
	if sdn == nil || exclusions == nil {
		return nil, nil, errors.New("VOUCHSAFE_LISTS_DIR is not set: it is the folder with ofac/ (sdn.csv, alt.csv, add.csv, sdn_comments.csv) and leie/ (UPDATED.csv)")
	}
	o, err := ofac.Load(sdn)
	if err != nil {
		return nil, nil, fmt.Errorf("the OFAC list: %w", err)
	}
	l, err := leie.Load(exclusions)
	if err != nil {
		return nil, nil, fmt.Errorf("the LEIE list: %w", err)
	}
	return o, l, nil
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
