package lists

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Config is what a Keeper works with.
type Config struct {
	Objects Objects
	// Sources are where lists come from. A list without one is served from the
	// store alone.
	Sources map[onboarding.ListName]Source
	Now     func() time.Time // time.Now when nil
	Log     *slog.Logger     // discards when nil
}

// Keeper holds the lists that are in force. It is safe for concurrent use, and
// any number of Keepers on any number of machines may share one store: all of
// them follow its pointers.
type Keeper struct {
	cfg     Config
	slots   map[onboarding.ListName]*slot
	metrics metrics
}

// NewKeeper makes a Keeper. It reads nothing yet; Start does.
func NewKeeper(cfg Config) (*Keeper, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	m, err := newMetrics()
	if err != nil {
		return nil, fmt.Errorf("lists: metrics: %w", err)
	}
	k := &Keeper{cfg: cfg, slots: map[onboarding.ListName]*slot{}, metrics: m}
	for _, n := range onboarding.ListNames() {
		k.slots[n] = &slot{}
	}
	return k, nil
}

// slot is one list as this Keeper has it.
type slot struct {
	mu      sync.Mutex
	list    List // nil: none yet
	looked  time.Time
	looking *look  // under way
	failed  string // the text of the last failure that was logged
}

// look is one look at the pointer, with what follows from it. Callers that come
// while it is under way wait for it together.
type look struct {
	done chan struct{}
	err  error // set before done is closed
}

// take puts a list into force here.
func (s *slot) take(l List) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list, s.failed = l, ""
}

const (
	// lookEvery is how long a pointer that was read is good for.
	lookEvery = time.Second
	// loadWithin bounds a look, with the loading of a new edition.
	loadWithin = 2 * time.Minute
)

// Current gives the list that the pointer names. The pointer is looked at once a
// second at most; a new edition is loaded once, and whoever asks meanwhile waits
// for it, since a check should not be made by yesterday's list. When it cannot
// be read or loaded, the edition that was in force goes on. What was given stays
// whole and searchable, whatever comes into force later.
//
// Errors: ctx's own; CodeVendorRefused for a list that was never loaded here,
// and CodeVendorDown when none could be loaded now.
func (k *Keeper) Current(ctx context.Context, n onboarding.ListName) (List, error) {
	of, err := kindOf(n)
	if err != nil {
		return nil, err
	}
	s := k.slots[n]
	s.mu.Lock()
	if s.list != nil && s.looking == nil && k.cfg.Now().Sub(s.looked) < lookEvery {
		l := s.list
		s.mu.Unlock()
		return l, nil
	}
	l := s.looking
	if l == nil {
		l = &look{done: make(chan struct{})}
		s.looking = l
		// It outlives whoever asked first: a check's few seconds may end before a
		// long list is read.
		go k.follow(context.WithoutCancel(ctx), of, s, l)
	}
	s.mu.Unlock()
	select {
	case <-l.done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.list == nil {
		return nil, l.err
	}
	return s.list, nil
}

// follow looks at the pointer and loads the edition that it names, unless that
// one is there.
func (k *Keeper) follow(ctx context.Context, of kind, s *slot, l *look) {
	ctx, cancel := context.WithTimeout(ctx, loadWithin)
	defer cancel()
	list, err := k.pointed(ctx, of, s)
	if err != nil {
		l.err = k.failed(ctx, of.name, s, err)
	}
	s.mu.Lock()
	if err == nil {
		s.list, s.failed = list, ""
	}
	s.looked, s.looking = k.cfg.Now(), nil
	s.mu.Unlock()
	close(l.done)
}

// pointed gives the list that the pointer names: the one that is there, or a
// new one.
func (k *Keeper) pointed(ctx context.Context, of kind, s *slot) (List, error) {
	e, _, err := pointer(ctx, k.cfg.Objects, of.name)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	have := s.list
	s.mu.Unlock()
	if have != nil && have.Edition() == e.Edition {
		return have, nil
	}
	return open(ctx, k.cfg.Objects, of, e)
}

// failed counts a failure, logs it when it is another than the last one, and
// makes the error for those who have no list at all.
func (k *Keeper) failed(ctx context.Context, n onboarding.ListName, s *slot, err error) error {
	if errors.Is(err, errNone) {
		return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: fmt.Sprintf("The list %s is not set up here.", n),
			Hint: "Set where it comes from and start again.", Cause: err}
	}
	k.metrics.failed(ctx, n)
	s.mu.Lock()
	again := s.failed == err.Error()
	s.failed = err.Error()
	s.mu.Unlock()
	if !again {
		k.cfg.Log.ErrorContext(ctx, "A list could not be loaded; the edition that was in force goes on.", "list", string(n), "error", err)
	}
	return &onboarding.Error{Code: onboarding.CodeVendorDown, Message: fmt.Sprintf("The list %s cannot be read now.", n), Hint: "It is tried again.", Cause: err}
}

// Start loads what is in force. A list of which nothing is in the store is read
// from its source; one whose source is a folder is looked at anyway, so that new
// files take effect with a restart too. required lists must be there at the end:
// without them it fails, and says what is missing or wrong.
func (k *Keeper) Start(ctx context.Context, required ...onboarding.ListName) error {
	var errs []error
	needed := map[onboarding.ListName]bool{}
	for _, n := range required {
		needed[n] = true
	}
	for _, n := range onboarding.ListNames() {
		source := k.cfg.Sources[n]
		_, none := k.Current(ctx, n)
		if source != nil && (none != nil || source.near()) {
			// What stands in the store but cannot be read is put there again.
			if _, err := k.refresh(ctx, n, how{again: none != nil}); err != nil && none != nil {
				errs = append(errs, fmt.Errorf("the list %s: %w", n, err))
				continue
			} else if err != nil {
				k.cfg.Log.ErrorContext(ctx, "A list's folder has no usable edition; the one in force goes on.", "list", string(n), "error", err)
			}
			continue
		}
		if none != nil && needed[n] {
			errs = append(errs, fmt.Errorf("the list %s is not there: no edition is in the vault bucket, and no source is set", n))
		}
	}
	return errors.Join(errs...)
}
