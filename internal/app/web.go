package app

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/clamav"
	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
	"github.com/vouchsafe/vouchsafe/internal/vendors/watchman"
	"github.com/vouchsafe/vouchsafe/internal/vendors/yente"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/internal/web/codec"
	"github.com/vouchsafe/vouchsafe/internal/web/console"
	"github.com/vouchsafe/vouchsafe/internal/web/portal"
	"github.com/vouchsafe/vouchsafe/internal/web/webhook"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// linkTTL is how long a link in a letter opens an application.
const linkTTL = identity.LinkTTL

// setUpIdentity makes what web and workers share: links, and the issuer of
// credentials.
func (a *App) setUpIdentity(ctx context.Context, _ options) error {
	a.links = identity.NewLinks(a.vault, time.Now)
	a.invited = identity.NewInvitationLinks(a.vault, time.Now)
	a.asked = access.New(a.evidence, time.Now, a.log)
	a.staff = identity.NewStaffLinks(a.vault, a.objects, time.Now)
	issuer, err := credential.NewIssuer(ctx, credential.IssuerConfig{Objects: a.objects, Records: a.evidence, Sealer: a.vault, URL: a.cfg.PublicURL, Name: "Vouchsafe"})
	if err != nil {
		return err
	}
	a.issuer = issuer
	a.issued = credential.NewStore(credential.StoreConfig{Evidence: a.evidence, Objects: a.objects, Vault: a.vault, Issuer: issuer, PublicURL: a.cfg.PublicURL, Proof: proofs{a.witness}.file})
	return nil
}

// setUpWeb puts every face on one mux.
func (a *App) setUpWeb(ctx context.Context, _ options) error {
	if a.role&RoleWeb == 0 {
		return nil
	}
	public, err := url.Parse(a.cfg.PublicURL)
	if err != nil {
		return err
	}
	site, err := web.New(web.Config{Log: a.log, Sealer: a.vault, Loopback: public.Scheme == "http", Proxies: a.cfg.Proxies,
		CrossOrigin: []string{"/codec/"},
		Limits: []web.Limit{{Prefix: api.Prefix + "/invitations", Bytes: api.InvitationLimit}, {Prefix: console.InvitationsPath, Bytes: console.InvitationsLimit},
			{Prefix: api.Prefix + "/", Bytes: api.BodyLimit}, {Prefix: "/webhooks/", Bytes: webhook.Limit},
			{Prefix: console.ProcessPath, Bytes: console.ProcessLimit}, {Prefix: api.Prefix + "/legal-cases", Bytes: api.ProcessLimit},
			{Prefix: "/codec/", Bytes: codec.Limit}, {Prefix: portal.DisputePath, Bytes: portal.DisputeLimit},
			{Prefix: portal.LinePath, Bytes: portal.LineBodyLimit}}})
	if err != nil {
		return err
	}
	service := a.Applicants()
	usual := durations.NewReader(a.objects, a.log, a.cfg.Clock, nil).Usual
	mux := web.NewMux()
	site.Routes(mux)
	pages, err := portal.New(portal.Config{Site: site, Service: service, Requests: service, Programs: a.programs, Certificates: certificates{a.issued}, Proofs: proofs{a.witness},
		Links: a.links, Invitations: a.Invitations(), Invited: a.invited, Offers: identity.NewOfferLinks(a.vault), AllowReserved: a.cfg.Trial, PublicURL: a.cfg.PublicURL, Usual: usual})
	if err != nil {
		return err
	}
	pages.Routes(mux)
	configured, err := identity.NewKeys(a.cfg.APIKeys)
	if err != nil {
		return err
	}
	keys := identity.NewKeyring(a.vault, a.objects, configured, time.Now)
	ring := applicants.RecordedKeys{Keyring: keys, Access: a.asked}
	provider, err := a.signIn(ctx)
	if err != nil {
		return err
	}
	desk, err := console.New(console.Config{Webhooks: service, DataRequests: service, Site: site, Service: service, Programs: a.programs, Links: a.staff, Access: a.asked, Keyring: ring, OIDC: provider,
		Sessions: identity.NewSessions(a.vault, a.objects, time.Now), Directory: a.directory, TemporalUI: a.cfg.TemporalUI,
		Invitations: a.Invitations(),
		Holds:       service,
		Tickets:     service,
		Kept:        service,
		Onward:      service,
		Retention:   service,
		Process:     service,
		Rollouts:    service, Announcements: service, Complaints: service,
		Namespace: a.namespace, Usual: usual})
	if err != nil {
		return err
	}
	desk.Routes(mux)
	a.hush = desk.Hush
	if a.failed, err = newFailedGauge(service, a.log); err != nil {
		return err
	}
	a.answers = &applicants.Answers{Objects: a.objects, Vault: a.vault}
	api.Register(mux, api.Config{
		Rollouts: service, Announcements: service, Complaints: service, Statistics: service,
		Requests: service,
		Holds:    service,
		Tickets:  service,
		Kept:     service,
		Onward:   service,

		RequestDesk: service,
		Retention:   service,
		Process:     service,
		Service:     service, Desk: service, Webhooks: service, Invitations: a.Invitations(), Answers: a.answers, Rate: api.Rate{PerSecond: a.cfg.APIRate, Burst: a.cfg.APIBurst}, Lists: listDesk{a.objects, a.temporal}, Proofs: proofs{a.witness}, Programs: a.programs, Keys: keys, Keyring: ring, Access: a.asked, Version: "1"})
	if err := webhook.Register(mux, webhook.Config{Service: service, FindlySecrets: a.cfg.FindlyWebhookSecrets,
		StripeSecrets: a.cfg.StripeWebhookSecrets, CheckrKeys: a.checkrKeys(), Log: a.log,
		Texts: webhook.TextsConfig{Service: service, Tokens: a.cfg.SMSTokens, PublicURL: a.cfg.PublicURL}}); err != nil {
		return err
	}
	codec.Register(mux, codec.Config{Keys: a.vault, Origins: a.codecOrigins(), Open: a.cfg.Development, Access: a.asked, ProgramOf: service.ProgramOf, Log: a.log,
		Who: func(r *http.Request) (codec.Reader, bool, error) {
			if secret, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
				key, err := keys.Identify(r.Context(), secret)
				if onboarding.CodeOf(err) == onboarding.CodeNotAllowed {
					return codec.Reader{}, false, nil
				}
				return codec.KeyReader(key), err == nil, err
			}
			who, ok, err := desk.Staff(r)
			return codec.StaffReader(who), ok, err
		}})
	mux.Handle("GET /.well-known/jwks.json", a.issuer.JWKSHandler())
	mux.Handle("GET "+credential.KeyPath+"{key}", a.issuer.KeyHandler())
	mux.Handle("GET "+credential.IssuerPath, a.issuer.ProfileHandler())
	mux.Handle("GET "+credential.StatusPath+"{list}", a.issued.ListHandler())
	for pattern, h := range a.witness.Handlers() {
		mux.Handle(pattern, h)
	}
	a.probes(mux)
	a.web, a.routes = site.Handler(mux.ServeMux), mux.Patterns()
	return nil
}

// checkrKeys are what Checkr signs its events with: the account's API key, unless
// others are given.
func (a *App) checkrKeys() []string {
	if len(a.cfg.CheckrWebhookKeys) > 0 {
		return a.cfg.CheckrWebhookKeys
	}
	return []string{a.cfg.CheckrKey}
}

func (a *App) codecOrigins() []string {
	u, err := url.Parse(a.cfg.TemporalUI)
	if err != nil || u.Host == "" {
		return nil
	}
	return []string{u.Scheme + "://" + u.Host}
}

// Applicants is what the faces do with applicants, for a caller in the same
// process.
func (a *App) Applicants() *applicants.Service {
	var scanner applicants.Scanner // nil and not a nil pointer: without a daemon nothing scans
	if s, err := clamav.New(a.cfg.ClamAV); err == nil {
		scanner = s
	}
	return applicants.New(applicants.Config{
		Holds: a.holds, Tickets: a.tickets, Process: a.process, MadeKey: identity.NewKeyring(a.vault, a.objects, nil, nil).Key, Locked: a.evidence,
		ConsoleURL: strings.TrimSuffix(a.cfg.PublicURL, "/") + "/console", Certificates: a.issued, Hooks: a.hooks, Access: a.asked, Staff: a.directory, WebhookPatience: a.cfg.WebhookPatience, Scanner: scanner, Temporal: a.temporal, Vault: a.vault, Objects: a.objects, Book: ledger.NewBook(a.evidence), Evidence: a.evidence, Keys: a.objects,
		Reports: map[string]applicants.ReportReader{"findly": findly.ReadReport, "checkr": checkr.ReadReport},
		Matches: map[string]applicants.MatchReader{"ofac": listfile.ReadMatches, "leie": listfile.ReadMatches, "sam": listfile.ReadMatches,
			"watchman": watchman.ReadMatches, "yente": yente.ReadMatches},
		Programs: a.programs, Pace: workflows.Pace{Clock: a.cfg.Clock, Attempts: a.cfg.CheckAttempts}, AllowReserved: a.cfg.Trial, Log: a.log})
}

// probes are for load balancers and Prometheus.
func (a *App) probes(mux web.Router) http.Handler {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", a.ready)
	metrics := a.telemetry.MetricsHandler()
	if a.failed != nil {
		metrics = a.failed.counting(metrics)
	}
	mux.Handle("GET /metrics", metrics)
	return mux
}

// readyWithin bounds what a readiness probe asks of others.
const readyWithin = 3 * time.Second

// ready says whether Temporal and S3 can be reached from here.
func (a *App) ready(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), readyWithin)
	defer cancel()
	if _, err := a.temporal.CheckHealth(ctx, nil); err != nil {
		http.Error(w, "Temporal does not answer", http.StatusServiceUnavailable)
		return
	}
	if _, err := a.objects.Has(ctx, "keys/_system"); err != nil {
		http.Error(w, "S3 does not answer", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ready\n"))
}

// certificates gives the portal the credential store in its own words.
type certificates struct{ store *credential.Store }

func (c certificates) Status(ctx context.Context, id string) (portal.CredentialStatus, error) {
	s, err := c.store.Status(ctx, id)
	return portal.CredentialStatus{State: portal.CredentialState(s.State), Program: s.Program, Achievement: s.Achievement, Issued: s.Issued, Expires: s.Expires,
		Revoked: s.Revoked, Name: s.Name, Holder: s.Applicant}, err
}

func (c certificates) PDF(ctx context.Context, applicant onboarding.ApplicantID, id string) ([]byte, error) {
	return c.store.PDF(ctx, applicant, id)
}

func (c certificates) JWT(ctx context.Context, applicant onboarding.ApplicantID, id string) ([]byte, error) {
	return c.store.JWT(ctx, applicant, id)
}

// Routes lists the patterns of every route that the web serves; none without a web.
func (a *App) Routes() []string { return a.routes }
