// Package temporald is Temporal in our own process: the server's four services
// on a SQLite file, and its Web UI. It is for one machine. Nothing in it checks
// who calls, so it listens on loopback only.
//
// The file survives SIGKILL. Its schema can be created but not upgraded: a later
// release of the server that changes it needs an empty home.
package temporald

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
)

// Config says what to start. DBFile, FrontendPort and UIPort must be given.
type Config struct {
	DBFile       string // the SQLite file, made if it is not there
	Host         string // a loopback address; 127.0.0.1 when empty
	FrontendPort int    // gRPC
	UIPort       int    // the Web UI; 0: none
	Namespace    string // "default" when empty
	// Retention is how long a closed workflow can still be read; 30 days when 0.
	Retention time.Duration
	// SearchAttributes that the namespace must have; missing ones are added.
	SearchAttributes map[string]enums.IndexedValueType
	// Counted are lists of search attributes that are counted together: the file gets an
	// index over each. An attribute for which a count names a value stands before one
	// for which it names a range.
	Counted [][]string
	// CountedAmong are pairs of search attributes: of those who have the first, and they
	// are few, is counted by the second. Each gets indexes over these few alone.
	CountedAmong [][2]string
	// Seldom are types of workflows that are listed often and of which there are few:
	// each gets an index of its own. The engine's choice goes past all that there is.
	Seldom []string
	// CodecEndpoint is the URL under which the browser finds /encode and
	// /decode, which must allow the UI's origin; empty: payloads stay noise.
	CodecEndpoint string
	Log           *slog.Logger // nil: silent
	LogLevel      slog.Leveler // what the server says below it is dropped; Warn when nil
}

const (
	// startLimit bounds each of starting the services and waiting for them.
	startLimit = 60 * time.Second
	// stopLimit bounds Close. The server itself would wait five minutes.
	stopLimit = 20 * time.Second
)

// Server is a running one.
type Server struct {
	cfg   Config
	db    *config.SQL
	inner []int
	core  temporal.Server
	ui    *webUI
	phase atomic.Int32

	once sync.Once
	err  error
}

// Start starts the server and its UI and returns when the frontend answers and
// the namespace and all its search attributes can be used. On an error nothing
// is left running.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("temporald: %w", err)
	}
	for port, what := range map[int]string{cfg.FrontendPort: "its frontend", cfg.UIPort: "its Web UI"} {
		if port != 0 && !loopback.Available(cfg.Host, port) {
			return nil, fmt.Errorf("temporald: port %d for %s is in use: stop what listens there or choose another", port, what)
		}
	}
	if err := ensureFile(cfg.DBFile); err != nil {
		return nil, fmt.Errorf("temporald: make the database %s: %w", cfg.DBFile, err)
	}
	db := store(cfg.DBFile)
	if err := createNamespace(cfg, db); err != nil {
		return nil, fmt.Errorf("temporald: write the namespace %q into %s: %w", cfg.Namespace, cfg.DBFile, err)
	}
	inner, err := loopback.Free(cfg.Host, 3)
	if err != nil {
		return nil, fmt.Errorf("temporald: %w", err)
	}
	s := &Server{cfg: cfg, db: db, inner: inner}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("temporald: %w", err), s.Close()) //nolint:contextcheck // ctx may be over; stopping has its own limits
	}
	return s, nil
}

func (cfg *Config) complete() error {
	if cfg.Host == "" {
		cfg.Host = loopback.Host
	}
	if ip := net.ParseIP(cfg.Host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("host %q is not a loopback address: nothing here checks who calls", cfg.Host)
	}
	if cfg.DBFile == "" || cfg.FrontendPort == 0 {
		return errors.New("a database file and a frontend port must be given")
	}
	if cfg.Namespace == "" {
		cfg.Namespace = "default"
	}
	if cfg.Retention == 0 {
		cfg.Retention = 30 * 24 * time.Hour
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	if cfg.LogLevel == nil {
		cfg.LogLevel = slog.LevelWarn
	}
	return nil
}

func (s *Server) start(ctx context.Context) error {
	if err := s.startCore(); err != nil {
		return err
	}
	c, err := client.NewLazyClient(client.Options{HostPort: s.Address(), Namespace: s.cfg.Namespace, Logger: clientLog{s.cfg.Log}})
	if err != nil {
		return err
	}
	defer c.Close()
	// The UI comes up while the server gets ready.
	if s.cfg.UIPort != 0 {
		if s.ui, err = startUI(s.cfg); err != nil {
			return fmt.Errorf("the Web UI: %w", err)
		}
	}
	if err := ready(ctx, s.cfg, c); err != nil {
		return err
	}
	if err := index(ctx, s.cfg, c); err != nil {
		return fmt.Errorf("an index for counting: %w", err)
	}
	if s.ui != nil {
		if err := s.ui.ready(ctx); err != nil {
			return fmt.Errorf("the Web UI: %w", err)
		}
	}
	s.phase.Store(running)
	return nil
}

// startCore starts the four services. What the server calls fatal, such as a
// port that was taken in the last moment, comes back as an error.
func (s *Server) startCore() (err error) {
	defer func() {
		switch p := recover().(type) {
		case nil:
		case fatal:
			err = errors.New(p.text)
		default:
			panic(p)
		}
	}()
	core, err := newServer(s.cfg, s.db, s.inner, &s.phase)
	if err != nil {
		return fmt.Errorf("put the server together: %w", err)
	}
	s.core = core
	if err := core.Start(); err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	return nil
}

// Address is the frontend's host:port.
func (s *Server) Address() string { return loopback.Address(s.cfg.Host, s.cfg.FrontendPort) }

// Namespace is the namespace that Start made sure of.
func (s *Server) Namespace() string { return s.cfg.Namespace }

// UI is the Web UI's URL, empty when there is none.
func (s *Server) UI() string {
	if s.ui == nil {
		return ""
	}
	return s.ui.url
}

// Close stops the UI, then the server. Workers and clients should be closed
// before: what still polls is cut off. It may be called more than once.
func (s *Server) Close() error {
	s.once.Do(func() {
		s.phase.Store(stopping)
		if s.ui != nil {
			s.ui.close()
		}
		s.err = s.stopCore()
		loopback.Release(s.inner...)
	})
	return s.err
}

func (s *Server) stopCore() error {
	if s.core == nil {
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- s.core.Stop() }()
	select {
	case err := <-done:
		if err != nil {
			return fmt.Errorf("temporald: stop: %w", err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
		defer cancel()
		if err := checkpoint(ctx, s.cfg.DBFile); err != nil {
			s.cfg.Log.Warn("Temporal's database keeps its write-ahead log; both files belong together", "error", err)
		}
		return nil
	case <-time.After(stopLimit):
		return fmt.Errorf("temporald: it did not stop within %s; its file is safe all the same", stopLimit)
	}
}
