// Package objects is S3 on one machine: the versitygw gateway on a folder, with
// versioning, Object Lock and conditional puts.
//
// The gateway changes the working directory of its process, prints to standard
// output and can be had once a process, so it runs as a child of our own
// executable. A program that calls Start must begin with
//
//	if objects.IsChild() {
//		os.Exit(objects.RunChild())
//	}
//
// and so must TestMain of its tests.
package objects

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
	"regexp"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
)

// region is what clients must sign with. It means nothing else here.
const region = "us-east-1"

const (
	startLimit = 60 * time.Second // sweeping a large store after a kill takes a while
	stopLimit  = 5 * time.Second
)

// bucketName is what S3 allows, without dots: a bucket is also a folder.
var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)

// Config says what to start. Dir, Port and both buckets must be given.
type Config struct {
	Dir  string // holds the objects, their versions and the keys
	Host string // a loopback address; 127.0.0.1 when empty
	Port int
	// EvidenceBucket is made with versioning and Object Lock.
	EvidenceBucket string
	// VaultBucket is made without versioning: what is deleted there is gone.
	VaultBucket string
	// Fsync has every write on disk before it is acknowledged; on when nil.
	// Without it acknowledged data survives SIGKILL, but not a power cut, and
	// puts of 4 KiB are two to three times as fast.
	Fsync *bool
	Log   *slog.Logger // nil: silent
}

// Store is a running one.
type Store struct {
	cfg  Config
	keys keys

	stop    chan struct{} // closed by Close
	stopped chan struct{} // closed when the child is gone for good
	once    sync.Once
	err     error
}

// Start starts the store and returns when it answers and both buckets are there.
// A child that dies later is started again on the same port.
func Start(ctx context.Context, cfg Config) (*Store, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("objects: %w", err)
	}
	if !loopback.Available(cfg.Host, cfg.Port) {
		return nil, fmt.Errorf("objects: port %d for S3 is in use: stop what listens there or choose another", cfg.Port)
	}
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("objects: %w", err)
	}
	k, err := loadKeys(filepath.Join(cfg.Dir, "keys.json"))
	if err != nil {
		return nil, fmt.Errorf("objects: the keys: %w", err)
	}
	s := &Store{cfg: cfg, keys: k, stop: make(chan struct{}), stopped: make(chan struct{})}
	first, err := s.spawn(ctx)
	if err != nil {
		return nil, fmt.Errorf("objects: start the S3 gateway: %w", err)
	}
	go s.watch(first) //nolint:contextcheck // it outlives the start
	return s, nil
}

func (cfg *Config) complete() error {
	if cfg.Host == "" {
		cfg.Host = loopback.Host
	}
	if ip := net.ParseIP(cfg.Host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("host %q is not a loopback address", cfg.Host)
	}
	if cfg.Dir == "" || cfg.Port == 0 || cfg.EvidenceBucket == "" || cfg.VaultBucket == "" || cfg.EvidenceBucket == cfg.VaultBucket {
		return errors.New("a folder, a port and two different buckets must be given")
	}
	for _, bucket := range []string{cfg.EvidenceBucket, cfg.VaultBucket} {
		if !bucketName.MatchString(bucket) {
			return fmt.Errorf("%q is no name for a bucket: use 3 to 63 small letters, digits and hyphens", bucket)
		}
	}
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return err
	}
	cfg.Dir = dir
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return nil
}

// Endpoint is the base URL; buckets are addressed by path.
func (s *Store) Endpoint() string { return "http://" + loopback.Address(s.cfg.Host, s.cfg.Port) }

// Region is what requests are signed with.
func (s *Store) Region() string { return region }

// AccessKey and SecretKey open everything in the store. They are made once and
// stay over restarts.
func (s *Store) AccessKey() string { return s.keys.Access }

// SecretKey belongs to AccessKey.
func (s *Store) SecretKey() string { return s.keys.Secret }

// Close stops the store. It may be called more than once.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.stop)
		<-s.stopped
	})
	return s.err
}

// watch keeps a child running until Close.
func (s *Store) watch(c *child) {
	defer close(s.stopped)
	const slowest = 5 * time.Second
	wait := 100 * time.Millisecond
	for {
		started := time.Now()
		select {
		case <-s.stop:
			s.err = c.end()
			return
		case <-c.gone:
		}
		s.cfg.Log.Error("the S3 gateway died and is started again", "port", s.cfg.Port, "error", c.failure())
		if time.Since(started) > time.Minute {
			wait = 100 * time.Millisecond
		}
		for {
			select {
			case <-s.stop:
				return
			case <-time.After(wait):
			}
			wait = min(2*wait, slowest)
			next, err := s.respawn()
			if err == nil {
				c = next
				break
			}
			s.cfg.Log.Debug("the S3 gateway did not start", "error", err)
		}
	}
}

// respawn is spawn that Close ends.
func (s *Store) respawn() (*child, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		select {
		case <-s.stop:
			cancel()
		case <-ctx.Done():
		}
	}()
	return s.spawn(ctx)
}

// spawn starts a child and waits until it answers.
func (s *Store) spawn(ctx context.Context) (*child, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	c, err := startChild(order{
		Dir: s.cfg.Dir, Listen: loopback.Address(s.cfg.Host, s.cfg.Port), Keys: s.keys,
		EvidenceBucket: s.cfg.EvidenceBucket, VaultBucket: s.cfg.VaultBucket,
		Fsync: s.cfg.Fsync == nil || *s.cfg.Fsync,
	}, s.cfg.Log)
	if err != nil {
		return nil, err
	}
	probe := &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		if healthy(ctx, probe, s.Endpoint()+healthPath) {
			return c, nil
		}
		select {
		case <-c.gone:
			return nil, c.failure()
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("it does not answer: %w", ctx.Err()), c.end())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func healthy(ctx context.Context, probe *http.Client, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := probe.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
