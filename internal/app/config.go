// Package app is the configuration and the wiring: app.New(cfg).Run(ctx) is the
// program, as a value that a test can start on port 0.
package app

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/caarlos0/env/v11"
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
	ListsDir    string `env:"VOUCHSAFE_LISTS_DIR"`    // with ofac/ and leie/

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

	SMTPAddr     string `env:"VOUCHSAFE_SMTP_ADDR"`
	SMTPUser     string `env:"VOUCHSAFE_SMTP_USER"`
	SMTPPassword string `env:"VOUCHSAFE_SMTP_PASSWORD" secret:"true"`
	SMTPFrom     string `env:"VOUCHSAFE_SMTP_FROM" envDefault:"Vouchsafe <no-reply@example.com>"`

	APIKeys []string `env:"VOUCHSAFE_API_KEYS" secret:"true"` // id:secret

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
	need("VOUCHSAFE_FINDLY_URL", c.FindlyURL, "it is where background reports are ordered")
	need("VOUCHSAFE_SMTP_ADDR", c.SMTPAddr, "it is the relay that carries letters, host:port")
	if u, err := url.Parse(c.PublicURL); err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		errs = append(errs, fmt.Errorf("VOUCHSAFE_PUBLIC_URL is no address such as https://apply.example.com"))
	}
	if c.Clock < 1 {
		errs = append(errs, errors.New("VOUCHSAFE_CLOCK must be 1 (real time) or more"))
	}
	if c.EvidenceLockDays < 1 {
		errs = append(errs, errors.New("VOUCHSAFE_EVIDENCE_LOCK_DAYS must be at least 1: evidence is always locked"))
	}
	if c.CheckAttempts < 1 {
		errs = append(errs, errors.New("VOUCHSAFE_CHECK_ATTEMPTS must be at least 1"))
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
