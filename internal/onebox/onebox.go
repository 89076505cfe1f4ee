// Package onebox is the whole house in one process on one machine: the engines
// of internal/devstack, the vendors' sandbox, web and worker. It is what
// vouchsafe-dev runs and what end-to-end tests start.
package onebox

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/app"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/devstack"
	"github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
	"github.com/vouchsafe/vouchsafe/internal/telemetry"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Config says how to start. Home must be given.
type Config struct {
	Home        string
	FreePorts   bool
	Clock       float64            // 1 when 0; see app.Config
	Attempts    int                // of a failing vendor; app's default when 0
	Patience    time.Duration      // with a vendor that is out, before ops are called; two minutes when 0
	Rates       map[string]float64 // durable calls a second, by vendor; none has a rate when nil
	ReportDelay time.Duration      // from an order to the sandbox's report
	ProgramsDir string             // empty: the programs inside the binary
	Fsync       *bool              // of objects; on when nil
	LogLevel    string             // warn when empty
	Telemetry   func(*telemetry.Config)
	Log         *slog.Logger // of the engines; silent when nil
	// EnginesOnly starts no web and no worker: others will.
	EnginesOnly bool
	// Checkpoints is how often it is signed where all ledgers end; each minute when 0.
	Checkpoints time.Duration
	// WebhookPatience is how long an event is tried; three days when 0.
	WebhookPatience time.Duration
	// Receiver has the sandbox play an integrator that is told of everything.
	Receiver bool
}

// Box is a running house.
type Box struct {
	Face    stackfile.File
	Sandbox *sandbox.Sandbox
	Stack   *devstack.Stack
	Config  app.Config // of web and worker

	app  *app.App
	stop context.CancelFunc
	done chan error
}

// secrets are made once for each home.
type secrets struct {
	APIKey     string `json:"api_key"`
	FindlyHook string `json:"findly_hook"`
	StripeHook string `json:"stripe_hook"`
	CheckrKey  string `json:"checkr_key"` // signs webhooks too
	SMSToken   string `json:"sms_token"`
	Integrator string `json:"integrator"` // signs webhooks to the sandbox's integrator
}

// fill makes what is missing, also in a file of before there was a vendor.
func (s *secrets) fill() (changed bool) {
	for _, p := range []*string{&s.APIKey, &s.FindlyHook, &s.StripeHook, &s.CheckrKey, &s.SMSToken} {
		if *p == "" {
			*p, changed = random(), true
		}
	}
	if s.Integrator == "" {
		s.Integrator, changed = hookSecret(), true
	}
	return changed
}

// Start starts everything and writes stack.json when all of it is ready. On an
// error nothing is left running.
func Start(ctx context.Context, cfg Config) (*Box, error) {
	home, err := filepath.Abs(cfg.Home)
	if err != nil {
		return nil, err
	}
	cfg.Home = home
	ports, err := devstack.Allocate(cfg.Home, cfg.FreePorts)
	if err != nil {
		return nil, err
	}
	secret, err := loadSecrets(filepath.Join(cfg.Home, "secrets.json"))
	if err != nil {
		return nil, err
	}
	keys := sandbox.DefaultKeys()
	keys.FindlyHook, keys.StripeHook, keys.CheckrKey, keys.SMSToken = secret.FindlyHook, secret.StripeHook, secret.CheckrKey, secret.SMSToken
	keys.IntegratorSecret = secret.Integrator
	web := "http://" + net.JoinHostPort("127.0.0.1", strconv.Itoa(ports.Web))
	box := &Box{}
	box.Sandbox, err = sandbox.New(sandbox.Config{Keys: keys, Dir: filepath.Join(cfg.Home, "sandbox"), ReportDelay: cfg.ReportDelay, Log: cfg.Log,
		WebhookURL: web + "/webhooks"})
	if err != nil {
		return nil, err
	}
	box.Stack, err = devstack.Start(ctx, devstack.Config{Home: cfg.Home, Ports: ports, CodecEndpoint: web + "/codec",
		SearchAttributes: workflows.SearchAttributes(), Counted: workflows.CountedTogether(), CountedAmong: workflows.CountedAmong(), Seldom: []string{workflows.VendorWatchName}, Sandbox: box.Sandbox, Fsync: cfg.Fsync, Log: cfg.Log})
	if err != nil {
		return nil, errors.Join(err, box.Close())
	}
	box.Face = box.Stack.Face()
	box.Face.APIKey = secret.APIKey
	box.Face.Staff = map[string]string{}
	box.Config = appConfig(cfg, box.Face, keys, ports.Web)
	if cfg.EnginesOnly {
		return box, nil
	}
	if err := box.startApp(ctx, cfg); err != nil {
		return nil, errors.Join(err, box.Close())
	}
	if cfg.Receiver {
		if err := box.receive(ctx, secret.Integrator); err != nil {
			return nil, errors.Join(err, box.Close())
		}
	}
	if err := stackfile.Write(cfg.Home, box.Face); err != nil {
		return nil, errors.Join(err, box.Close())
	}
	return box, nil
}

func appConfig(cfg Config, face stackfile.File, keys sandbox.Keys, port int) app.Config {
	c := app.Config{
		WebAddr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), PublicURL: face.Web, TemporalUI: face.Temporal.UI,
		EvidenceBucket: face.S3.EvidenceBucket, VaultBucket: face.S3.VaultBucket, EvidenceLockDays: 1,
		MasterKey: "file:" + filepath.Join(cfg.Home, "master.keyset"), ProgramsDir: cfg.ProgramsDir,
		KickboxURL: face.Sandbox + "/kickbox", KickboxKey: keys.Kickbox,
		TwilioURL: face.Sandbox + "/twilio", TwilioKey: keys.TwilioSID, TwilioSecret: keys.TwilioSecret,
		SMSURL: face.Sandbox + "/twilio-sms", SMSAccount: keys.SMSAccount, SMSKey: keys.TwilioSID, SMSSecret: keys.TwilioSecret, SMSFrom: sandbox.SMSFrom, SMSTokens: []string{keys.SMSToken},
		FindlyURL: face.Sandbox + "/findly", FindlyKey: keys.Findly, FindlyWebhookSecrets: []string{keys.FindlyHook},
		SmartyURL: face.Sandbox + "/smarty", SmartyID: keys.SmartyID, SmartyToken: keys.SmartyToken,
		MaxMindURL: face.Sandbox + "/maxmind", MaxMindAccount: keys.MaxMindAccount, MaxMindKey: keys.MaxMindKey,
		StripeURL: face.Sandbox + "/stripe", StripeKey: keys.StripeKey, StripeWebhookSecrets: []string{keys.StripeHook},
		CheckrURL: face.Sandbox + "/checkr", CheckrKey: keys.CheckrKey,
		WatchmanURL: face.Sandbox + "/watchman", YenteURL: face.Sandbox + "/yente", YenteKey: keys.Yente,
		SMTPAddr: face.Mail.SMTP, SMTPFrom: "Vouchsafe <no-reply@example.com>", APIKeys: []string{"dev:" + face.APIKey},
		ListsCron: app.DefaultListsCron, PurgeCron: app.DefaultPurgeCron, PurgeWait: 72 * time.Hour, CheckpointEvery: cfg.Checkpoints,
		CheckAttempts: cfg.Attempts, Clock: cfg.Clock, Concurrency: 200, LogLevel: cfg.LogLevel, LogFormat: "text", Trial: true, Development: true,
	}
	c.VendorRates = cfg.Rates
	c.APIRate, c.APIBurst = 1000, 2000 // a bench hands in by the API
	if c.WebhookPatience = cfg.WebhookPatience; c.WebhookPatience == 0 {
		c.WebhookPatience = applicants.WebhookPatience
	}
	c.InvitationRate = 100 // the sink takes what one machine can send
	c.OutagePatience, c.BreakerFailures, c.BreakerOpen = cfg.Patience, 5, 2*time.Second
	if c.CheckpointEvery == 0 {
		c.CheckpointEvery = time.Minute
	}
	if c.OutagePatience == 0 {
		c.OutagePatience = 2 * time.Minute
	}
	if c.CheckAttempts == 0 {
		c.CheckAttempts = 10
	}
	if c.Clock == 0 {
		c.Clock = 1
	}
	if c.LogLevel == "" {
		c.LogLevel = "warn"
	}
	return c
}

// staffLinkWaits is how long a printed link can be used: a stack may run for days.
const staffLinkWaits = 7 * 24 * time.Hour

func (b *Box) startApp(ctx context.Context, cfg Config) error {
	opts := []app.Option{
		app.WithS3(evidence.ClientConfig{Endpoint: b.Face.S3.Endpoint, Region: b.Face.S3.Region, AccessKey: b.Face.S3.AccessKey, SecretKey: b.Face.S3.SecretKey}),
		app.WithTemporal(b.Face.Temporal.Address, b.Face.Temporal.Namespace),
		app.WithLists(lists.All()),
	}
	if cfg.Telemetry != nil {
		opts = append(opts, app.WithTelemetry(cfg.Telemetry))
	}
	a, err := app.New(ctx, b.Config, app.RoleAll, opts...)
	if err != nil {
		return err
	}
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	b.app, b.stop, b.done = a, stop, make(chan error, 1)
	go func() { b.done <- a.Run(run) }()
	for _, role := range identity.Roles() {
		if role == identity.RoleAdmin {
			continue // stack.json has the five who work with applicants
		}
		if b.Face.Staff[string(role)], err = a.StaffLink(role, staffLinkWaits); err != nil {
			return err
		}
	}
	return b.awaitReady(ctx)
}

// awaitReady returns when the web answers that it is ready.
func (b *Box) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, b.Face.Web+"/readyz", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case err := <-b.done:
			b.done <- err
			return fmt.Errorf("the web stopped before it was ready: %w", err)
		case <-ctx.Done():
			return fmt.Errorf("the web is not ready: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Applicants is what the faces do with applicants; nil when only engines run.
func (b *Box) Applicants() *applicants.Service {
	if b.app == nil {
		return nil
	}
	return b.app.Applicants()
}

// StaffLink makes another one-time sign-in link for a role, for applicants of these
// programs; none: all.
func (b *Box) StaffLink(role identity.Role, waits time.Duration, programs ...string) (string, error) {
	return b.app.StaffLink(role, waits, programs...)
}

// Invitations is what web and worker do with invitations; nil when they are not there.
func (b *Box) Invitations() *invitations.Service {
	if b.app == nil {
		return nil
	}
	return b.app.Invitations()
}

// Routes lists the patterns of every route that the web serves.
func (b *Box) Routes() []string { return b.app.Routes() }

// Done gives the error with which web and worker ended by themselves.
func (b *Box) Done() <-chan error { return b.done }

// Close stops in order: web and worker, then the engines. What was begun is
// finished or taken up at the next start. Closing what is closed does nothing.
func (b *Box) Close() error {
	var errs []error
	if b.stop != nil {
		b.stop()
		if err := <-b.done; err != nil && !errors.Is(err, context.Canceled) {
			errs = append(errs, err)
		}
		b.stop = nil
	}
	if b.Stack != nil {
		errs = append(errs, b.Stack.Close())
		b.Stack = nil
	}
	if b.Sandbox != nil {
		errs = append(errs, b.Sandbox.Close())
		b.Sandbox = nil
	}
	return errors.Join(errs...)
}

// loadSecrets reads the home's secrets, or makes them: whole or not at all,
// readable by the owner only.
func loadSecrets(path string) (secrets, error) {
	var s secrets
	body, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(body, &s); err != nil {
			return s, fmt.Errorf("%s cannot be read: %w; remove it to have new secrets made", path, err)
		}
	} else if !errors.Is(err, os.ErrNotExist) {
		return s, err
	}
	if !s.fill() {
		return s, nil
	}
	if body, err = json.Marshal(s); err != nil {
		return s, err
	}
	tmp := path + ".new"
	if err := os.WriteFile(tmp, body, 0o600); err != nil {
		return s, err
	}
	return s, os.Rename(tmp, path)
}

func random() string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return hex.EncodeToString(b)
}
