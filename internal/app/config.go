// Package app is the configuration and the wiring: app.New(cfg).Run(ctx) is the
// program, as a value that a test can start on port 0.
package app

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"

	"github.com/vouchsafe/vouchsafe/internal/clamav"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Config is everything that the production binaries are told by their
// environment. Temporal's own variables (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE,
// TEMPORAL_API_KEY, TEMPORAL_TLS_…), AWS's (AWS_REGION, AWS_ENDPOINT_URL_S3, …)
// and OpenTelemetry's (OTEL_…) are read by their SDKs and do not stand here.
// Every secret may be given as NAME_FILE, the path of a file that holds it.
type Config struct {
	WebAddr     string `env:"VOUCHSAFE_WEB_ADDR" envDefault:"127.0.0.1:8080"`
	MetricsAddr string `env:"VOUCHSAFE_METRICS_ADDR"` // of a worker without a web; empty: none
	PublicURL   string `env:"VOUCHSAFE_PUBLIC_URL" envDefault:"http://127.0.0.1:8080"`
	// Proxies is how many reverse proxies of ours stand in front of the web.
	Proxies    int    `env:"VOUCHSAFE_PROXIES" envDefault:"0"`
	TemporalUI string `env:"VOUCHSAFE_TEMPORAL_UI"` // where staff find the Temporal Web UI

	EvidenceBucket string `env:"VOUCHSAFE_EVIDENCE_BUCKET" envDefault:"vouchsafe-evidence"`
	VaultBucket    string `env:"VOUCHSAFE_VAULT_BUCKET" envDefault:"vouchsafe-vault"`
	// EvidenceLockDays is how long evidence cannot be deleted by anybody: five
	// years is the FCRA's outer limitation, 15 USC 1681p.
	EvidenceLockDays int    `env:"VOUCHSAFE_EVIDENCE_LOCK_DAYS" envDefault:"1827"`
	MasterKey        string `env:"VOUCHSAFE_MASTER_KEY"` // file:/path or aws-kms://arn:…

	ProgramsDir string `env:"VOUCHSAFE_PROGRAMS_DIR"` // empty: the programs inside the binary
	ListsDir    string `env:"VOUCHSAFE_LISTS_DIR"`    // with ofac/, leie/ and sam/
	// Addresses below which a list's files stand, instead of the folder.
	OFACURL string `env:"VOUCHSAFE_OFAC_URL"`
	LEIEURL string `env:"VOUCHSAFE_LEIE_URL"`
	SAMURL  string `env:"VOUCHSAFE_SAM_URL"`
	// ListsCron is when new editions are looked for, in UTC; off: never.
	ListsCron string `env:"VOUCHSAFE_LISTS_CRON" envDefault:"0 5 * * *"`

	// CheckpointEvery is how often it is signed where all ledgers end; 0: never.
	CheckpointEvery time.Duration `env:"VOUCHSAFE_CHECKPOINT_EVERY" envDefault:"1h"`

	// PurgeCron is when it is looked for what is due by the retention table, in UTC; off:
	// never. PurgeWait is how long the report lies before the purge acts by itself; 0: it
	// acts when the privacy officer has approved it, and not before.
	PurgeCron string        `env:"VOUCHSAFE_PURGE_CRON" envDefault:"0 6 * * *"`
	PurgeWait time.Duration `env:"VOUCHSAFE_PURGE_WAIT" envDefault:"72h"`

	KickboxURL           string   `env:"VOUCHSAFE_KICKBOX_URL" envDefault:"https://api.kickbox.com"`
	KickboxKey           string   `env:"VOUCHSAFE_KICKBOX_KEY" secret:"true"`
	TwilioURL            string   `env:"VOUCHSAFE_TWILIO_URL" envDefault:"https://lookups.twilio.com"`
	TwilioKey            string   `env:"VOUCHSAFE_TWILIO_KEY" secret:"true"`
	TwilioSecret         string   `env:"VOUCHSAFE_TWILIO_SECRET" secret:"true"`
	FindlyURL            string   `env:"VOUCHSAFE_FINDLY_URL"`
	FindlyKey            string   `env:"VOUCHSAFE_FINDLY_KEY" secret:"true"`
	FindlyWebhookSecrets []string `env:"VOUCHSAFE_FINDLY_WEBHOOK_SECRETS" secret:"true"` // several during a rotation

	// Only for programs that have one of them search the sanctions lists.
	WatchmanURL  string `env:"VOUCHSAFE_WATCHMAN_URL"`
	YenteURL     string `env:"VOUCHSAFE_YENTE_URL"`
	YenteKey     string `env:"VOUCHSAFE_YENTE_KEY" secret:"true"`
	YenteDataset string `env:"VOUCHSAFE_YENTE_DATASET" envDefault:"sanctions"`

	// Each of these only for programs that name the vendor.
	SmartyURL      string `env:"VOUCHSAFE_SMARTY_URL" envDefault:"https://us-street.api.smarty.com"`
	SmartyID       string `env:"VOUCHSAFE_SMARTY_ID" secret:"true"`
	SmartyToken    string `env:"VOUCHSAFE_SMARTY_TOKEN" secret:"true"`
	MaxMindURL     string `env:"VOUCHSAFE_MAXMIND_URL" envDefault:"https://minfraud.maxmind.com"`
	MaxMindAccount string `env:"VOUCHSAFE_MAXMIND_ACCOUNT"`
	MaxMindKey     string `env:"VOUCHSAFE_MAXMIND_KEY" secret:"true"`
	StripeURL      string `env:"VOUCHSAFE_STRIPE_URL" envDefault:"https://api.stripe.com"`
	StripeKey      string `env:"VOUCHSAFE_STRIPE_KEY" secret:"true"`
	// StripeWebhookSecrets and CheckrWebhookKeys: several during a rotation. Checkr
	// signs with the account's API key, which counts when none is given.
	StripeWebhookSecrets []string `env:"VOUCHSAFE_STRIPE_WEBHOOK_SECRETS" secret:"true"`
	CheckrURL            string   `env:"VOUCHSAFE_CHECKR_URL" envDefault:"https://api.checkr.com"`
	CheckrKey            string   `env:"VOUCHSAFE_CHECKR_KEY" secret:"true"`
	CheckrWebhookKeys    []string `env:"VOUCHSAFE_CHECKR_WEBHOOK_KEYS" secret:"true"`

	// Twilio's text messages, only for programs that offer them. The auth tokens prove
	// what people text back: several during a rotation.
	SMSURL     string   `env:"VOUCHSAFE_SMS_URL" envDefault:"https://api.twilio.com"`
	SMSAccount string   `env:"VOUCHSAFE_SMS_ACCOUNT"` // account SID, AC…
	SMSKey     string   `env:"VOUCHSAFE_SMS_KEY" secret:"true"`
	SMSSecret  string   `env:"VOUCHSAFE_SMS_SECRET" secret:"true"`
	SMSFrom    string   `env:"VOUCHSAFE_SMS_FROM"` // a number, or a messaging service's SID, MG…
	SMSTokens  []string `env:"VOUCHSAFE_SMS_AUTH_TOKENS" secret:"true"`

	// VendorRates is how many durable activities a second all workers together begin
	// at a vendor; one at Checkr makes some requests. A vendor that has a rate is
	// asked from its own queue alone.
	VendorRates map[string]float64 `env:"VOUCHSAFE_VENDOR_RATES" envDefault:"checkr:5"`
	// BreakerFailures in a row make a vendor count as out; BreakerOpen is how long
	// nobody asks it then, until one call tries.
	BreakerFailures uint32        `env:"VOUCHSAFE_BREAKER_FAILURES" envDefault:"5"`
	BreakerOpen     time.Duration `env:"VOUCHSAFE_BREAKER_OPEN" envDefault:"15s"`
	// OutagePatience is how long checks wait for a vendor that is out before ops are
	// called for each of them.
	OutagePatience time.Duration `env:"VOUCHSAFE_OUTAGE_PATIENCE" envDefault:"1h"`

	SMTPAddr     string `env:"VOUCHSAFE_SMTP_ADDR"`
	SMTPUser     string `env:"VOUCHSAFE_SMTP_USER"`
	SMTPPassword string `env:"VOUCHSAFE_SMTP_PASSWORD" secret:"true"`
	SMTPFrom     string `env:"VOUCHSAFE_SMTP_FROM" envDefault:"Vouchsafe <no-reply@example.com>"`
	// InvitationRate is how many letters of invitations a second all workers together
	// give to the mail server. Other letters do not wait for them.
	InvitationRate float64 `env:"VOUCHSAFE_INVITATION_RATE" envDefault:"20"`

	// ClamAV scans the files that applicants hand in: host:port of its daemon, or the
	// path of its socket. Empty: nothing scans them.
	ClamAV string `env:"VOUCHSAFE_CLAMAV"`

	APIKeys []string `env:"VOUCHSAFE_API_KEYS" secret:"true"` // id:secret

	// Staff sign in at an OIDC provider; without an issuer by one-time links alone.
	// OIDCStaff is the path of a YAML file: which group has which role, and for which
	// programs.
	OIDCIssuer       string   `env:"VOUCHSAFE_OIDC_ISSUER"`
	OIDCClientID     string   `env:"VOUCHSAFE_OIDC_CLIENT_ID"`
	OIDCClientSecret string   `env:"VOUCHSAFE_OIDC_CLIENT_SECRET" secret:"true"`
	OIDCScopes       []string `env:"VOUCHSAFE_OIDC_SCOPES" envDefault:"profile,email"`
	OIDCGroupsClaim  string   `env:"VOUCHSAFE_OIDC_GROUPS_CLAIM" envDefault:"groups"`
	OIDCStaff        string   `env:"VOUCHSAFE_OIDC_STAFF"`

	// APIRate is how many requests a second one API key may make at each replica of the
	// web, and APIBurst how many at once; a rate of 0 sets no limit.
	APIRate  float64 `env:"VOUCHSAFE_API_RATE" envDefault:"50"`
	APIBurst int     `env:"VOUCHSAFE_API_BURST" envDefault:"200"`

	// WebhookPatience is how long an event is tried at an integrator's endpoint before
	// it becomes a dead letter.
	WebhookPatience time.Duration `env:"VOUCHSAFE_WEBHOOK_PATIENCE" envDefault:"72h"`
	// WebhookNetworks are networks that endpoints may be in although they are not of
	// the public internet.
	WebhookNetworks []netip.Prefix `env:"VOUCHSAFE_WEBHOOK_NETWORKS"`

	// CheckAttempts is how often a failing vendor is tried before ops are called.
	CheckAttempts int `env:"VOUCHSAFE_CHECK_ATTEMPTS" envDefault:"10"`
	// Clock runs the statutory and reminder clocks faster; for trials only.
	Clock float64 `env:"VOUCHSAFE_CLOCK" envDefault:"1"`
	// Concurrency bounds what one worker does at a time.
	Concurrency int `env:"VOUCHSAFE_CONCURRENCY" envDefault:"200"`

	LogLevel  string `env:"VOUCHSAFE_LOG_LEVEL" envDefault:"info"`
	LogFormat string `env:"VOUCHSAFE_LOG_FORMAT" envDefault:"json"`

	// Trial is for a deployment that talks to vendors' sandboxes: identity numbers
	// that are set aside for tests pass, and the domains of RFC 2606 take mail.
	Trial bool `env:"VOUCHSAFE_TRIAL" envDefault:"false"`

	// Development is set by vouchsafe-dev, never by an environment: it opens the
	// codec to the Web UI on loopback.
	Development bool `env:"-"`
}

// FromEnvironment reads the configuration. Its errors name the variable.
func FromEnvironment() (Config, error) {
	var cfg Config
	vars := env.ToMap(os.Environ())
	if err := secretsFromFiles(vars); err != nil {
		return cfg, err
	}
	if err := env.ParseWithOptions(&cfg, env.Options{Environment: vars}); err != nil {
		return cfg, fmt.Errorf("the environment: %w", err)
	}
	return cfg, cfg.Check()
}

// secretsFromFiles sets NAME from the file that NAME_FILE names.
func secretsFromFiles(vars map[string]string) error {
	t := reflect.TypeFor[Config]()
	for f := range t.Fields() {
		if f.Tag.Get("secret") == "" {
			continue
		}
		name := f.Tag.Get("env")
		path := vars[name+"_FILE"]
		if path == "" {
			continue
		}
		if vars[name] != "" {
			return fmt.Errorf("%s and %s_FILE are both set: set one", name, name)
		}
		body, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		vars[name] = strings.TrimSpace(string(body))
	}
	return nil
}

// Check finds what cannot work, all of it at once.
func (c Config) Check() error {
	var errs []error
	need := func(name, value, why string) {
		if value == "" {
			errs = append(errs, fmt.Errorf("%s is not set: %s", name, why))
		}
	}
	need("VOUCHSAFE_MASTER_KEY", c.MasterKey, "it wraps every applicant's key; give file:/path or aws-kms://arn:…")
	need("VOUCHSAFE_SMTP_ADDR", c.SMTPAddr, "it is the relay that carries letters, host:port")
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("VOUCHSAFE_PUBLIC_URL is no address such as https://apply.example.com"))
	}
	if c.ClamAV != "" {
		if _, err := clamav.New(c.ClamAV); err != nil {
			errs = append(errs, fmt.Errorf("VOUCHSAFE_CLAMAV: %w", err))
		}
	}
	if c.Clock < 1 {
		errs = append(errs, errors.New("VOUCHSAFE_CLOCK must be 1 (real time) or more"))
	}
	if c.InvitationRate <= 0 {
		errs = append(errs, errors.New("VOUCHSAFE_INVITATION_RATE must be above 0: it is letters a second"))
	}
	if c.EvidenceLockDays < 1 {
		errs = append(errs, errors.New("VOUCHSAFE_EVIDENCE_LOCK_DAYS must be at least 1: evidence is always locked"))
	}
	if c.CheckpointEvery != 0 && c.CheckpointEvery < time.Second {
		errs = append(errs, errors.New("VOUCHSAFE_CHECKPOINT_EVERY must be a second or more, such as 1h, or 0 for never"))
	}
	if c.CheckAttempts < 1 {
		errs = append(errs, errors.New("VOUCHSAFE_CHECK_ATTEMPTS must be at least 1"))
	}
	for vendor, rate := range c.VendorRates {
		if !slices.Contains(workflows.ThirdParties(), vendor) || rate <= 0 {
			errs = append(errs, fmt.Errorf("VOUCHSAFE_VENDOR_RATES: %s:%v is not a vendor with a rate above 0, such as kickbox:8; the vendors are %s",
				vendor, rate, strings.Join(workflows.ThirdParties(), ", ")))
		}
	}
	if (c.OIDCIssuer == "") != (c.OIDCClientID == "") || (c.OIDCIssuer == "") != (c.OIDCStaff == "") {
		errs = append(errs, errors.New("VOUCHSAFE_OIDC_ISSUER, VOUCHSAFE_OIDC_CLIENT_ID and VOUCHSAFE_OIDC_STAFF belong together: set all three, or none for one-time links alone"))
	}
	if c.APIRate < 0 || (c.APIRate > 0 && c.APIBurst < 1) {
		errs = append(errs, errors.New("VOUCHSAFE_API_RATE must be 0 (no limit) or more, and VOUCHSAFE_API_BURST 1 or more"))
	}
	if c.WebhookPatience < time.Second {
		errs = append(errs, errors.New("VOUCHSAFE_WEBHOOK_PATIENCE must be a second or more, such as 72h"))
	}
	for i, k := range c.APIKeys {
		if id, secret, ok := strings.Cut(k, ":"); !ok || id == "" || len(secret) < 16 {
			errs = append(errs, fmt.Errorf("VOUCHSAFE_API_KEYS: entry %d is not id:secret with a secret of 16 characters or more", i+1))
		}
	}
	return errors.Join(errs...)
}

// lock is how long evidence is kept from being deleted.
func (c Config) lock() time.Duration { return time.Duration(c.EvidenceLockDays) * 24 * time.Hour }
