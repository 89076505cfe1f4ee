// Package devstack is everything around the program on one machine, in one
// process: Temporal and its Web UI, S3, mail and the vendors' sandbox. All of it
// listens on loopback only and keeps what it has under one home folder, so that a
// stack that is stopped or killed goes on where it was.
//
// A program that calls Start, and TestMain of its tests, must begin as package
// objects says.
package devstack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/mail"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/devstack/temporald"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

// What the stack has that the program's own configuration names by default.
const (
	Namespace      = "vouchsafe"
	EvidenceBucket = "vouchsafe-evidence"
	VaultBucket    = "vouchsafe-vault"
)

// Config says what to start. Home must be given.
type Config struct {
	Home string // made if it is not there, for the owner only
	// Ports come from Allocate; when zero, Start allocates them itself.
	Ports     Ports
	FreePorts bool // what Start asks Allocate for then
	// CodecEndpoint is where the Web UI's page has payloads decoded: the codec of
	// the web, which must allow the UI's origin.
	CodecEndpoint    string
	SearchAttributes map[string]enums.IndexedValueType
	Counted          [][]string    // search attributes that are counted together; see temporald.Config
	CountedAmong     [][2]string   // those of which few cases have the first; see temporald.Config
	Seldom           []string      // types of workflows that are listed often; see temporald.Config
	Retention        time.Duration // of closed workflows; temporald's default when 0
	Sandbox          http.Handler  // the vendors; nil: none are served
	Fsync            *bool         // of objects; on when nil
	Log              *slog.Logger  // nil: silent
}

// Stack is a running one.
type Stack struct {
	cfg      Config
	lock     *os.File
	temporal *temporald.Server
	objects  *objects.Store
	mail     *mail.Server
	sandbox  *http.Server

	once sync.Once
	err  error
}

// Start starts the engines side by side and returns when all of them are ready.
// It fails with ErrHomeBusy when another stack runs on the home, and with
// ErrPortBusy when it has to take fixed ports and one is in use. On an error
// nothing is left running.
func Start(ctx context.Context, cfg Config) (*Stack, error) {
	if cfg.Home == "" {
		return nil, errors.New("devstack: a home must be given")
	}
	home, err := filepath.Abs(cfg.Home)
	if err != nil {
		return nil, fmt.Errorf("devstack: %w", err)
	}
	cfg.Home = home
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if cfg.Ports == (Ports{}) {
		if cfg.Ports, err = Allocate(cfg.Home, cfg.FreePorts); err != nil {
			return nil, err
		}
	}
	if err := os.MkdirAll(cfg.Home, 0o700); err != nil {
		return nil, fmt.Errorf("devstack: make the home: %w", err)
	}
	lock, err := lockHome(cfg.Home)
	if err != nil {
		return nil, err
	}
	s := &Stack{cfg: cfg, lock: lock}
	// The one before may have been killed; its file would tell of a stack that
	// is not there, or not ready yet.
	if err := stackfile.Remove(cfg.Home); err != nil {
		return nil, errors.Join(err, s.Close()) //nolint:contextcheck // ctx may be over; stopping has its own limits
	}
	var all errgroup.Group
	all.Go(func() (err error) { s.temporal, err = s.startTemporal(ctx); return err })
	all.Go(func() (err error) { s.objects, err = s.startObjects(ctx); return err })
	all.Go(func() (err error) { s.mail, err = s.startMail(ctx); return err })
	all.Go(func() (err error) { s.sandbox, err = s.startSandbox(ctx); return err })
	if err := all.Wait(); err != nil {
		return nil, errors.Join(err, s.Close()) //nolint:contextcheck // ctx may be over; stopping has its own limits
	}
	return s, nil
}

func (s *Stack) startTemporal(ctx context.Context) (*temporald.Server, error) {
	return temporald.Start(ctx, temporald.Config{
		DBFile:       filepath.Join(s.cfg.Home, "temporal", "temporal.db"),
		FrontendPort: s.cfg.Ports.Temporal, UIPort: s.cfg.Ports.UI,
		Namespace: Namespace, Retention: s.cfg.Retention,
		SearchAttributes: s.cfg.SearchAttributes, Counted: s.cfg.Counted, CountedAmong: s.cfg.CountedAmong, Seldom: s.cfg.Seldom, CodecEndpoint: s.cfg.CodecEndpoint, Log: s.cfg.Log,
	})
}

func (s *Stack) startObjects(ctx context.Context) (*objects.Store, error) {
	return objects.Start(ctx, objects.Config{
		Dir: filepath.Join(s.cfg.Home, "s3"), Port: s.cfg.Ports.S3,
		EvidenceBucket: EvidenceBucket, VaultBucket: VaultBucket, Fsync: s.cfg.Fsync, Log: s.cfg.Log,
	})
}

func (s *Stack) startMail(ctx context.Context) (*mail.Server, error) {
	return mail.Start(ctx, mail.Config{
		Dir:      filepath.Join(s.cfg.Home, "mail"),
		SMTPPort: s.cfg.Ports.SMTP, InboxPort: s.cfg.Ports.Inbox, Log: s.cfg.Log,
	})
}

func (s *Stack) startSandbox(ctx context.Context) (*http.Server, error) {
	if s.cfg.Sandbox == nil {
		return nil, nil
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", loopback.Address("", s.cfg.Ports.Sandbox))
	if err != nil {
		return nil, fmt.Errorf("devstack: port %d for the vendor sandbox: %w", s.cfg.Ports.Sandbox, err)
	}
	server := &http.Server{Handler: s.cfg.Sandbox, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.cfg.Log.Error("the vendor sandbox stopped", "error", err)
		}
	}()
	return server, nil
}

// TemporalAddress is the frontend's host:port.
func (s *Stack) TemporalAddress() string { return s.temporal.Address() }

// TemporalUI is the Web UI's URL.
func (s *Stack) TemporalUI() string { return s.temporal.UI() }

// Objects is the store: its endpoint, region and keys.
func (s *Stack) Objects() *objects.Store { return s.objects }

// Mail says where letters go in and where they can be read.
func (s *Stack) Mail() *mail.Server { return s.mail }

// SandboxURL is where the vendors answer; empty when there are none.
func (s *Stack) SandboxURL() string {
	if s.sandbox == nil {
		return ""
	}
	return "http://" + loopback.Address("", s.cfg.Ports.Sandbox)
}

// Ports are the ports in use, the web's among them, on which nothing listens yet.
func (s *Stack) Ports() Ports { return s.cfg.Ports }

// Home is the absolute path of the home.
func (s *Stack) Home() string { return s.cfg.Home }

// Face is what stack.json says of the engines, with the web's address; API key
// and staff links are the web's to add.
func (s *Stack) Face() Face {
	return Face{
		Web:      "http://" + loopback.Address("", s.cfg.Ports.Web),
		Temporal: stackfile.Temporal{Address: s.temporal.Address(), Namespace: s.temporal.Namespace(), UI: s.temporal.UI()},
		S3: stackfile.S3{Endpoint: s.objects.Endpoint(), Region: s.objects.Region(),
			AccessKey: s.objects.AccessKey(), SecretKey: s.objects.SecretKey(),
			EvidenceBucket: EvidenceBucket, VaultBucket: VaultBucket},
		Mail:    stackfile.Mail{SMTP: s.mail.SMTP(), Inbox: s.mail.Inbox()},
		Sandbox: s.SandboxURL(),
	}
}

// sandboxLimit is how long a vendor's answer under way may take.
const sandboxLimit = 2 * time.Second

// Close removes stack.json and stops the sandbox, Temporal, mail and S3, in this
// order: each still needs those behind it. The workers and the web must be
// stopped before. It may be called more than once.
func (s *Stack) Close() error {
	s.once.Do(func() {
		errs := []error{stackfile.Remove(s.cfg.Home)}
		if s.sandbox != nil {
			ctx, cancel := context.WithTimeout(context.Background(), sandboxLimit)
			if s.sandbox.Shutdown(ctx) != nil {
				errs = append(errs, s.sandbox.Close())
			}
			cancel()
		}
		if s.temporal != nil {
			errs = append(errs, s.temporal.Close())
		}
		if s.mail != nil {
			errs = append(errs, s.mail.Close())
		}
		if s.objects != nil {
			errs = append(errs, s.objects.Close())
		}
		errs = append(errs, s.lock.Close())
		s.err = errors.Join(errs...)
	})
	return s.err
}
