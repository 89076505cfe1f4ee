package witness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Bucket is the evidence bucket: write-once.
type Bucket interface {
	Reader
	PutOnce(ctx context.Context, key string, body []byte) error
	IsConflict(err error) bool
}

// State is the vault bucket. What lies there makes things quick and is trusted in
// nothing: a stranger never needs it.
type State interface {
	Reader
	shelf.Objects
	Put(ctx context.Context, key string, body []byte) error
	Delete(ctx context.Context, key string) error
}

// Config is what a Witness works with.
type Config struct {
	Evidence Bucket
	State    State
	Sealer   shelf.Sealer // *vault.Vault is one
	// Origin names the log when it is begun; see Origin.
	Origin string
	Now    func() time.Time // time.Now when nil
	Log    *slog.Logger     // discards when nil
}

// Witness makes checkpoints and proofs. It is safe for concurrent use, and any number
// of them on any number of machines may share the buckets.
type Witness struct {
	cfg     Config
	book    *ledger.Book
	moved   moved
	metrics *metrics
}

// New makes a Witness. It asks nothing of the buckets yet.
func New(cfg Config) (*Witness, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Origin == "" || strings.ContainsAny(cfg.Origin, " +\n\t") {
		return nil, fmt.Errorf("witness: %q cannot name a log: it must be one word without +", cfg.Origin)
	}
	m, err := newMetrics()
	if err != nil {
		return nil, fmt.Errorf("witness: metrics: %w", err)
	}
	return &Witness{cfg: cfg, book: ledger.NewBook(readOnly{cfg.Evidence}), metrics: m}, nil
}

// Origin is the name of the log of a deployment: its address without the scheme, as
// C2SP's tlog-checkpoint wants it.
func Origin(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil || u.Host == "" {
		return "vouchsafe/ledger"
	}
	return u.Host + strings.TrimSuffix(u.Path, "/") + "/ledger"
}

// readOnly is a bucket for a Book that never stores.
type readOnly struct{ Reader }

func (readOnly) PutOnce(context.Context, string, []byte) error {
	return errors.New("witness: ledgers are only read here")
}
func (readOnly) IsConflict(error) bool { return false }

// IsAltered passes on what the bucket knows of bytes that were changed below it.
func (r readOnly) IsAltered(err error) bool {
	teller, ok := r.Reader.(interface{ IsAltered(error) bool })
	return ok && teller.IsAltered(err)
}
