package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"github.com/vouchsafe/vouchsafe/activities"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/kickbox"
	"github.com/vouchsafe/vouchsafe/internal/vendors/minfraud"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
	"github.com/vouchsafe/vouchsafe/internal/vendors/smarty"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twilio"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twiliosms"
	"github.com/vouchsafe/vouchsafe/internal/vendors/watchman"
	"github.com/vouchsafe/vouchsafe/internal/vendors/yente"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// hosted is OpenSanctions' own yente, which lets nobody in without a key.
const hosted = "api.opensanctions.org"

// needs says what a vendor's adapter cannot do without, for a program that names
// the vendor: else its applicants would all wait for ops.
func (a *App) needs() error {
	c := a.cfg
	for _, n := range []struct{ vendor, name, value, why string }{
		{consent.RecipientFindly, "VOUCHSAFE_FINDLY_URL", c.FindlyURL, "orders background reports there; give the address of its API"},
		{consent.RecipientCheckr, "VOUCHSAFE_CHECKR_KEY", c.CheckrKey, "orders background reports from Checkr; give the account's secret key"},
		{consent.RecipientStripe, "VOUCHSAFE_STRIPE_KEY", c.StripeKey, "has Stripe Identity look at documents; give a secret key"},
		{consent.RecipientSmarty, "VOUCHSAFE_SMARTY_ID", c.SmartyID, "has Smarty check addresses; give auth-id and auth-token of a secret key pair"},
		{consent.RecipientMaxMind, "VOUCHSAFE_MAXMIND_ACCOUNT", c.MaxMindAccount, "has MaxMind check connections; give account ID and license key"},
		{consent.RecipientWatchman, "VOUCHSAFE_WATCHMAN_URL", c.WatchmanURL, "has Watchman search the sanctions lists; give the address of yours"},
		{consent.RecipientYente, "VOUCHSAFE_YENTE_URL", c.YenteURL, "has yente search the sanctions lists; give https://" + hosted + " or the address of yours"},
	} {
		if id := a.programs.Using(n.vendor); id != "" && n.value == "" {
			return fmt.Errorf("%s is not set: the program %s %s", n.name, id, n.why)
		}
	}
	for _, p := range a.programs.All() {
		if p.Messages.SMS != "" && (c.SMSAccount == "" || len(c.SMSTokens) == 0) {
			return fmt.Errorf("VOUCHSAFE_SMS_ACCOUNT or VOUCHSAFE_SMS_AUTH_TOKENS is not set: the program %s offers text messages; give account, key, sender and auth token of Twilio", p.ID)
		}
	}
	if u, err := url.Parse(c.YenteURL); err == nil && u.Hostname() == hosted && c.YenteKey == "" {
		return fmt.Errorf("VOUCHSAFE_YENTE_KEY is not set: %s wants a key", hosted)
	}
	return nil
}

// vendors reaches every vendor that is configured, each through a breaker of its own.
func (a *App) vendors(cfg *activities.Config) error {
	if err := a.needs(); err != nil {
		return err
	}
	a.breakers = map[string]*outbound.Breaker{}
	through := func(vendor string) http.RoundTripper {
		b := outbound.NewBreaker(outbound.BreakerConfig{Failures: a.cfg.BreakerFailures, Open: a.cfg.BreakerOpen})
		a.breakers[vendor] = b
		return b
	}
	c := a.cfg
	for _, v := range []struct {
		name, variable string
		configured     bool
		reach          func(http.RoundTripper) error
	}{
		{consent.RecipientKickbox, "KICKBOX", true, func(t http.RoundTripper) (err error) {
			cfg.Kickbox, err = kickbox.New(kickbox.Config{BaseURL: c.KickboxURL, APIKey: c.KickboxKey, Transport: t})
			return err
		}},
		{consent.RecipientTwilio, "TWILIO", true, func(t http.RoundTripper) (err error) {
			cfg.Twilio, err = twilio.New(twilio.Config{BaseURL: c.TwilioURL, KeySID: c.TwilioKey, KeySecret: c.TwilioSecret, Transport: t})
			return err
		}},
		{consent.RecipientSmarty, "SMARTY", c.SmartyID != "", func(t http.RoundTripper) (err error) {
			cfg.Smarty, err = smarty.New(smarty.Config{BaseURL: c.SmartyURL, AuthID: c.SmartyID, AuthToken: c.SmartyToken, Transport: t})
			return err
		}},
		{consent.RecipientMaxMind, "MAXMIND", c.MaxMindAccount != "", func(t http.RoundTripper) (err error) {
			cfg.MinFraud, err = minfraud.New(minfraud.Config{BaseURL: c.MaxMindURL, AccountID: c.MaxMindAccount, LicenseKey: c.MaxMindKey, Transport: t})
			return err
		}},
		{consent.RecipientStripe, "STRIPE", c.StripeKey != "", func(t http.RoundTripper) (err error) {
			cfg.Stripe, err = stripeid.New(stripeid.Config{BaseURL: c.StripeURL, SecretKey: c.StripeKey, Transport: t})
			return err
		}},
		{consent.RecipientWatchman, "WATCHMAN", c.WatchmanURL != "", func(t http.RoundTripper) (err error) {
			cfg.Watchman, err = watchman.New(watchman.Config{BaseURL: c.WatchmanURL, Transport: t})
			return err
		}},
		{consent.RecipientYente, "YENTE", c.YenteURL != "", func(t http.RoundTripper) (err error) {
			cfg.Yente, err = yente.New(yente.Config{BaseURL: c.YenteURL, APIKey: c.YenteKey, Dataset: c.YenteDataset, Transport: t})
			return err
		}},
		{consent.RecipientFindly, "FINDLY", c.FindlyURL != "", func(t http.RoundTripper) (err error) {
			cfg.Findly, err = findly.New(findly.Config{BaseURL: c.FindlyURL, APIKey: c.FindlyKey, Transport: t})
			return err
		}},
		{consent.RecipientTwilioSMS, "SMS", c.SMSAccount != "", func(t http.RoundTripper) (err error) {
			cfg.Texts, err = twiliosms.New(twiliosms.Config{BaseURL: c.SMSURL, Account: c.SMSAccount, KeySID: c.SMSKey, KeySecret: c.SMSSecret, From: c.SMSFrom, Transport: t})
			return err
		}},
		{consent.RecipientCheckr, "CHECKR", c.CheckrKey != "", func(t http.RoundTripper) (err error) {
			cfg.Checkr, err = checkr.New(checkr.Config{BaseURL: c.CheckrURL, APIKey: c.CheckrKey, Transport: t})
			return err
		}},
	} {
		if !v.configured {
			continue
		}
		if err := v.reach(through(v.name)); err != nil {
			return fmt.Errorf("VOUCHSAFE_%s_URL and what stands with it: %w", v.variable, err)
		}
	}
	cfg.Out = func(vendor string) (time.Time, bool) {
		if b := a.breakers[vendor]; b != nil {
			return b.Out()
		}
		return time.Time{}, false
	}
	cfg.Paused = a.pauses.paused
	cfg.Agreed = func(id, vendor string) bool { return a.programs.Agreed(id, vendor, time.Now()) }
	cfg.Patience, cfg.Rated = c.OutagePatience, map[string]bool{}
	for vendor := range c.VendorRates {
		cfg.Rated[vendor] = true
	}
	return nil
}

// watchEvery is how often a worker looks at its breakers; retell is how often it
// says again that one is open (workflows.SignalVendorSeen).
const (
	watchEvery = time.Second
	retell     = time.Minute
)

// watchVendors makes one line for ops of each vendor that is out: it tells the
// vendor's watch when a breaker opens, each minute while it is open, and when it
// has closed.
func (a *App) watchVendors(ctx context.Context) error {
	told := map[string]time.Time{} // when it was last said that the vendor is out
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			for vendor, b := range a.breakers {
				since, out := b.Out()
				last, was := told[vendor]
				switch {
				case out && now.Sub(last) < retell, !out && !was:
					continue
				case out && !was:
					a.log.WarnContext(ctx, "a vendor does not answer; its checks wait until it does", "vendor", vendor, "since", since)
				case !out:
					a.log.InfoContext(ctx, "a vendor answers again", "vendor", vendor)
				}
				if err := a.tellWatch(ctx, vendor, workflows.VendorSeen{Worker: a.id, Out: out, Since: since, At: now}); err != nil {
					a.log.WarnContext(ctx, "the outage of a vendor could not be shown to ops; it is told again", "vendor", vendor, "error", err)
					continue
				}
				if out {
					told[vendor] = now
				} else {
					delete(told, vendor)
				}
			}
		}
	}
}

// countOut lets Prometheus see which vendors are out: 1, else 0, as this worker sees it.
func (a *App) countOut() error {
	meter := otel.Meter("vouchsafe/app")
	gauge, err := meter.Int64ObservableGauge("vouchsafe_vendor_out", metric.WithDescription("1 while the vendor does not answer and its checks wait, as this worker sees it"))
	if err != nil {
		return err
	}
	_, err = meter.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for vendor, b := range a.breakers {
			n := int64(0)
			if _, out := b.Out(); out {
				n = 1
			}
			o.ObserveInt64(gauge, n, metric.WithAttributes(attribute.String("vendor", vendor)))
		}
		return nil
	}, gauge)
	return err
}

func (a *App) tellWatch(ctx context.Context, vendor string, seen workflows.VendorSeen) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	_, err := a.temporal.SignalWithStartWorkflow(ctx, workflows.VendorWatchID(vendor), workflows.SignalVendorSeen, seen, client.StartWorkflowOptions{
		ID: workflows.VendorWatchID(vendor), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		StaticSummary:         workflows.VendorTitle(vendor) + " does not answer",
	}, workflows.VendorWatchName, workflows.VendorWatchInput{Vendor: vendor})
	return err
}

// queueSlots is how many calls to one vendor a worker has under way from the
// vendor's queue. All of them wait while the vendor is out, and nobody else does.
const queueSlots = 100

// vendorWorkers serve the vendors' own queues, each at the vendor's rate, which
// holds for all workers together.
func (a *App) vendorWorkers(acts *activities.Activities) {
	for _, vendor := range workflows.ThirdParties() {
		w := worker.New(a.temporal, workflows.VendorQueue(vendor), worker.Options{
			DisableWorkflowWorker:              true,
			TaskQueueActivitiesPerSecond:       a.cfg.VendorRates[vendor],
			MaxConcurrentActivityExecutionSize: queueSlots,
			MaxConcurrentActivityTaskPollers:   2,
			WorkerStopTimeout:                  stopWorker,
		})
		w.RegisterActivity(acts)
		a.vendorQueues = append(a.vendorQueues, w)
	}
}

// stopVendorQueues stops them side by side: those whose vendor is out take their time.
func (a *App) stopVendorQueues() {
	var all sync.WaitGroup
	for _, w := range a.started {
		all.Go(w.Stop)
	}
	all.Wait()
}
