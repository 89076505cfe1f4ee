package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/holds"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/telemetry"
	"github.com/vouchsafe/vouchsafe/internal/tickets"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
	"github.com/vouchsafe/vouchsafe/internal/witness"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Role says what a process does.
type Role int

// The roles. RoleAll is for one machine.
const (
	RoleWeb Role = 1 << iota
	RoleWorker
	RoleAll = RoleWeb | RoleWorker
)

// App is the program as a value.
type App struct {
	cfg       Config
	role      Role
	telemetry *telemetry.Telemetry
	log       *slog.Logger
	temporal  client.Client
	objects   *evidence.Store
	evidence  *evidence.Store
	vault     *vault.Vault
	directory *identity.Directory // of staff
	programs  *program.Set
	worker    worker.Worker
	web       http.Handler
	routes    []string // patterns
	hush      func()   // ends what a web server would wait for at its end; nil without a web
	links     *identity.Links
	invited   *identity.InvitationLinks
	asked     *access.Log
	staff     *identity.StaffLinks
	issuer    *credential.Issuer
	issued    *credential.Store
	namespace string
	listFiles fs.FS

	durations    *durations.Recorder // nil without a worker
	id           string              // of this process, among the workers
	breakers     map[string]*outbound.Breaker
	witness      *witness.Witness
	pauses       *pauses             // nil without a worker
	failed       *failedGauge        // nil without the web
	answers      *applicants.Answers // kept for requests sent again; nil without the web
	holds        *holds.Book
	process      *process.Book
	tickets      *tickets.Book
	hooks        *hooks.Store
	vendorQueues []worker.Worker // and that of deliveries
	started      []worker.Worker // of vendorQueues

	listener net.Listener
	metrics  net.Listener
}

// Option changes how New builds.
type Option func(*options)

type options struct {
	s3        evidence.ClientConfig
	temporal  client.Options
	temporalF bool
	telemetry func(*telemetry.Config)
	listener  net.Listener
	lists     fs.FS
}

// WithLists takes the lists that the configuration names no source of from a
// folder with the folders ofac, leie and sam.
func WithLists(dir fs.FS) Option { return func(o *options) { o.lists = dir } }

// WithS3 reaches S3 as told instead of by AWS's own environment.
func WithS3(cfg evidence.ClientConfig) Option { return func(o *options) { o.s3 = cfg } }

// WithTemporal reaches Temporal as told instead of by its own environment.
func WithTemporal(address, namespace string) Option {
	return func(o *options) {
		o.temporal = client.Options{HostPort: address, Namespace: namespace}
		o.temporalF = true
	}
}

// WithTelemetry changes the telemetry's configuration; tests add a span processor.
func WithTelemetry(change func(*telemetry.Config)) Option {
	return func(o *options) { o.telemetry = change }
}

// WithListener serves the web on a listener that is open already.
func WithListener(l net.Listener) Option { return func(o *options) { o.listener = l } }

// New connects and builds everything, and fails with words about what cannot
// be reached or is configured wrongly. ctx bounds the connecting.
func New(ctx context.Context, cfg Config, role Role, opts ...Option) (*App, error) {
	if err := cfg.Check(); err != nil {
		return nil, err
	}
	o := options{}
	for _, opt := range opts {
		opt(&o)
	}
	a := &App{id: uuid.NewString(), cfg: cfg, role: role, listener: o.listener, listFiles: o.lists}
	steps := []func(context.Context, options) error{a.setUpTelemetry, a.setUpStores, a.setUpPrograms, a.setUpHooks, a.setUpIdentity, a.connect, a.setUpNotices, a.setUpWorker, a.setUpWeb, a.listen}
	for _, step := range steps {
		if err := step(ctx, o); err != nil {
			a.Close()
			return nil, err
		}
	}
	return a, nil
}

func (a *App) setUpTelemetry(ctx context.Context, o options) error {
	cfg := telemetry.Config{Service: "vouchsafe", LogLevel: a.cfg.LogLevel, LogFormat: a.cfg.LogFormat}
	if o.telemetry != nil {
		o.telemetry(&cfg)
	}
	t, err := telemetry.Setup(ctx, cfg)
	if err != nil {
		return err
	}
	a.telemetry, a.log = t, t.Logger()
	if a.cfg.Trial && !a.cfg.Development {
		a.log.Warn("This is a trial deployment (VOUCHSAFE_TRIAL): test identity numbers and example domains pass. Never let real applicants in.")
	}
	return nil
}

func (a *App) setUpStores(ctx context.Context, o options) error {
	s3, err := evidence.NewClient(ctx, o.s3)
	if err != nil {
		return err
	}
	a.objects = evidence.New(evidence.Config{Bucket: a.cfg.VaultBucket, Client: s3})
	a.evidence = evidence.New(evidence.Config{Bucket: a.cfg.EvidenceBucket, Client: s3, Lock: a.cfg.lock()})
	if err := errors.Join(a.objects.Check(ctx), a.evidence.Check(ctx)); err != nil {
		return err
	}
	master, err := a.master(ctx)
	if err != nil {
		return err
	}
	if a.vault, err = vault.New(ctx, vault.Config{Objects: a.objects, Master: master}); err != nil {
		return err
	}
	a.directory = identity.NewDirectory(a.vault, a.objects, time.Now)
	a.holds = holds.New(a.objects, a.vault)
	a.process = process.New(a.objects, a.vault)
	a.tickets = tickets.New(a.objects, a.vault)
	return a.witnesses()
}

func (a *App) master(ctx context.Context) (vault.Master, error) {
	if path, ok := strings.CutPrefix(a.cfg.MasterKey, "file:"); ok {
		return vault.LocalMaster(path)
	}
	if strings.HasPrefix(a.cfg.MasterKey, "aws-kms://") {
		return vault.KMSMaster(ctx, a.cfg.MasterKey)
	}
	return nil, errors.New("VOUCHSAFE_MASTER_KEY must begin with file: or aws-kms://")
}

func (a *App) setUpPrograms(context.Context, options) error {
	load := func() (*program.Set, error) { return program.Load(a.cfg.ProgramsDir) }
	if a.cfg.Development && a.cfg.ProgramsDir == "" {
		load = program.LoadTrial
	}
	set, err := load()
	a.programs = set
	return err
}

// connect reaches Temporal by envconfig's variables. Everything that goes there
// is sealed on the way.
func (a *App) connect(ctx context.Context, o options) error {
	opts := o.temporal
	if !o.temporalF {
		loaded, err := envconfig.LoadDefaultClientOptions()
		if err != nil {
			return fmt.Errorf("Temporal's environment: %w", err) //nolint:staticcheck // a name
		}
		opts = loaded
	}
	opts.DataConverter, opts.FailureConverter = payload.Converters(a.vault)
	opts.Logger = a.telemetry.TemporalLogger()
	opts.MetricsHandler = a.telemetry.TemporalMetrics()
	tracing, err := a.telemetry.TemporalTracing()
	if err != nil {
		return err
	}
	opts.Interceptors = append(opts.Interceptors, tracing)
	c, err := client.DialContext(ctx, opts)
	if err != nil {
		return fmt.Errorf("reach Temporal at %s (TEMPORAL_ADDRESS), namespace %s: %w", opts.HostPort, opts.Namespace, err)
	}
	a.temporal, a.namespace = c, opts.Namespace
	return nil
}

// stopWorker is how long what a worker has in hand may take to finish at the end.
const stopWorker = 10 * time.Second

func (a *App) setUpWorker(ctx context.Context, _ options) error {
	if a.role&RoleWorker == 0 {
		return nil
	}
	a.pauses = &pauses{service: a.Applicants(), log: a.log}
	if err := a.pauses.look(ctx); err != nil { // before anything can be sent
		return fmt.Errorf("find out which vendors are paused: %w", err)
	}
	acts, err := a.activities(ctx)
	if err != nil {
		return err
	}
	a.worker = worker.New(a.temporal, workflows.TaskQueue, worker.Options{
		MaxConcurrentActivityExecutionSize:      a.cfg.Concurrency,
		MaxConcurrentLocalActivityExecutionSize: a.cfg.Concurrency,
		MaxConcurrentWorkflowTaskExecutionSize:  a.cfg.Concurrency,
		WorkflowTaskPollerBehavior:              worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		ActivityTaskPollerBehavior:              worker.NewPollerBehaviorAutoscaling(worker.PollerBehaviorAutoscalingOptions{}),
		WorkerStopTimeout:                       stopWorker,
	})
	if err := a.goes(ctx); err != nil {
		return err
	}
	workflows.Register(a.worker)
	a.worker.RegisterActivity(acts)
	a.vendorWorkers(acts)
	a.invitationWorker(acts)
	if err := a.hookWorker(); err != nil {
		return err
	}
	if err := errors.Join(a.countOut(), a.pauses.count()); err != nil {
		return err
	}
	return errors.Join(scheduleLists(ctx, a.temporal.ScheduleClient(), a.cfg.ListsCron),
		scheduleCheckpoints(ctx, a.temporal.ScheduleClient(), a.cfg.CheckpointEvery),
		schedulePurge(ctx, a.temporal.ScheduleClient(), a.cfg.PurgeCron, workflows.PurgeIn{Wait: a.cfg.PurgeWait, Actor: workflows.ActorSystem, Pace: workflows.Pace{Clock: a.cfg.Clock}}))
}

func (a *App) listen(ctx context.Context, _ options) error {
	var err error
	var listen net.ListenConfig
	if a.role&RoleWeb != 0 && a.listener == nil {
		if a.listener, err = listen.Listen(ctx, "tcp", a.cfg.WebAddr); err != nil {
			return fmt.Errorf("serve at VOUCHSAFE_WEB_ADDR: %w", err)
		}
	}
	if a.role&RoleWeb == 0 && a.cfg.MetricsAddr != "" {
		if a.metrics, err = listen.Listen(ctx, "tcp", a.cfg.MetricsAddr); err != nil {
			return fmt.Errorf("serve at VOUCHSAFE_METRICS_ADDR: %w", err)
		}
	}
	return nil
}

// Run works until ctx ends, then stops in order: the web takes no more, the
// worker finishes what it has, and the connections close.
func (a *App) Run(ctx context.Context) error {
	defer a.Close()
	defer a.flushDurations()
	if a.worker != nil {
		if err := a.worker.Start(); err != nil {
			return fmt.Errorf("start the worker: %w", err)
		}
		defer a.worker.Stop()
	}
	defer a.stopVendorQueues()
	for _, w := range a.vendorQueues {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start a vendor's worker: %w", err)
		}
		a.started = append(a.started, w)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return a.watchNotices(ctx) })
	if a.worker != nil {
		group.Go(func() error { return a.watchVendors(ctx) })
		group.Go(func() error { return a.pauses.watch(ctx) })
		group.Go(func() error { return a.durations.Run(ctx) })
	}
	if a.answers != nil {
		group.Go(func() error { return a.answers.KeepSwept(ctx, a.objects, a.log) })
	}
	if a.listener != nil {
		group.Go(func() error { return serve(ctx, a.listener, a.web, a.hush) })
	}
	if a.metrics != nil {
		group.Go(func() error { return serve(ctx, a.metrics, a.probes(http.NewServeMux()), func() {}) })
	}
	group.Go(func() error { <-ctx.Done(); return nil })
	return group.Wait()
}

// flushWithin is how long the last measurements may take to be stored at the end.
const flushWithin = 10 * time.Second

// flushDurations stores what was measured last, when the worker has stopped.
func (a *App) flushDurations() {
	if a.durations == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), flushWithin)
	defer cancel()
	if err := a.durations.Flush(ctx); err != nil {
		a.log.Warn("the last measured durations could not be stored and are lost", "error", err)
	}
}

// stopWeb is how long open requests may take to finish at the end.
const stopWeb = 10 * time.Second

// serve serves until ctx ends. hush ends what would stay open for as long as somebody
// looks.
func serve(ctx context.Context, l net.Listener, h http.Handler, hush func()) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: 2 * time.Minute}
	server.RegisterOnShutdown(hush)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWeb)
	defer cancel()
	if err := server.Shutdown(stop); err != nil {
		return server.Close()
	}
	return nil
}

// Close gives everything back. It is safe on a half-built App, and twice.
func (a *App) Close() {
	if a.temporal != nil {
		a.temporal.Close()
		a.temporal = nil
	}
	for _, l := range []net.Listener{a.listener, a.metrics} {
		if l != nil {
			_ = l.Close() // closed already when it was served
		}
	}
	if a.telemetry != nil {
		stop, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := a.telemetry.Shutdown(stop); err != nil && a.log != nil {
			a.log.Warn("telemetry did not stop cleanly", "error", err)
		}
		a.telemetry = nil
	}
}

// StaffLink makes a one-time sign-in link for a role, for applicants of these
// programs; none: all.
func (a *App) StaffLink(role identity.Role, waits time.Duration, programs ...string) (string, error) {
	token, err := a.staff.Mint(role, waits, programs...)
	if err != nil {
		return "", err
	}
	return a.cfg.PublicURL + "/console/sign-in/" + token, nil
}
