package hooks

import (
	"context"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Objects is the vault bucket; *evidence.Store is one.
type Objects interface {
	shelf.Objects
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// StoreConfig says what a Store works with.
type StoreConfig struct {
	Objects  Objects
	Sealer   shelf.Sealer
	Reach    Reach
	Programs []string         // the known ones, by ID
	Now      func() time.Time // time.Now when nil
}

// Store keeps endpoints and dead letters, sealed. Any number of replicas may have
// one each; what one changes, the others know after Fresh.
type Store struct {
	cfg StoreConfig

	mu    sync.Mutex
	last  []Endpoint
	read  time.Time // when last was
	known bool
}

// Fresh is how old the list of endpoints may be on which a worker acts.
const Fresh = 2 * time.Second

// NewStore makes a Store.
func NewStore(cfg StoreConfig) *Store {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Store{cfg: cfg}
}

// endpointsKey is the one object that has all endpoints, sealed.
const endpointsKey = "webhook-endpoints"

// Lately gives the endpoints as they were at most Fresh ago, the oldest first. It is
// for workers, which ask at every step.
func (s *Store) Lately(ctx context.Context) ([]Endpoint, error) {
	s.mu.Lock()
	last, ok := s.last, s.known && time.Since(s.read) < Fresh
	s.mu.Unlock()
	if ok {
		return last, nil
	}
	return s.All(ctx)
}

// All gives the endpoints, the oldest first.
func (s *Store) All(ctx context.Context) ([]Endpoint, error) {
	began := time.Now()
	all, _, err := s.endpoints().Get(ctx, endpointsKey)
	if err != nil {
		return nil, err
	}
	s.remember(all, began)
	return all, nil
}

func (s *Store) endpoints() shelf.Shelf[[]Endpoint] {
	return shelf.Shelf[[]Endpoint]{Objects: s.cfg.Objects, Sealer: s.cfg.Sealer, In: "hooks", What: "the list of endpoints"}
}

func (s *Store) remember(all []Endpoint, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at.After(s.read) {
		s.last, s.read, s.known = all, at, true
	}
}

// change has the list changed by exactly one of several who do at once.
func (s *Store) change(ctx context.Context, how func([]Endpoint) ([]Endpoint, error)) error {
	all, err := s.endpoints().Change(ctx, endpointsKey, how)
	if err == nil {
		s.remember(all, time.Now())
	}
	return err
}

// Get gives one endpoint, as it stands now; CodeUnknownApplicant when there is none.
func (s *Store) Get(ctx context.Context, id string) (Endpoint, error) {
	all, err := s.All(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	return find(all, id)
}

// GetLately is Get upon Lately.
func (s *Store) GetLately(ctx context.Context, id string) (Endpoint, error) {
	all, err := s.Lately(ctx)
	if err != nil {
		return Endpoint{}, err
	}
	return find(all, id)
}

func find(all []Endpoint, id string) (Endpoint, error) {
	if i := index(all, id); i >= 0 {
		return all[i], nil
	}
	return Endpoint{}, NoEndpoint()
}

func index(all []Endpoint, id string) int {
	return slices.IndexFunc(all, func(e Endpoint) bool { return e.ID == id })
}

// NoEndpoint is the error of an ID that no endpoint has.
func NoEndpoint() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no webhook endpoint with that ID.", Hint: "Look at the list of endpoints."}
}

// First is done once with an endpoint as it will be, when all is found right and
// before anything is changed; with an error of its nothing is. nil: nothing is done
// first.
type First func(Endpoint) error

// once gives First as one that can be called each time that a change is tried.
func (f First) once() First {
	done := f == nil
	return func(e Endpoint) error {
		if done {
			return nil
		}
		err := f(e)
		done = err == nil
		return err
	}
}

// Add makes an endpoint and gives it with its secret: e's own, or one that is drawn.
// e has what is wanted; its ID and times are set here.
func (s *Store) Add(ctx context.Context, e Endpoint, first First) (Endpoint, error) {
	first = first.once()
	if err := s.cfg.Reach.check(e, s.cfg.Programs); err != nil {
		return Endpoint{}, err
	}
	if len(e.Secrets) == 0 {
		e.Secrets = []Secret{{Value: NewSecret()}}
	}
	for _, secret := range e.Secrets {
		if err := checkSecret(secret.Value); err != nil {
			return Endpoint{}, err
		}
	}
	e.ID, e.Created, e.Paused, e.PausedWhy = uuid.NewString(), s.cfg.Now().UTC(), false, ""
	err := s.change(ctx, func(all []Endpoint) ([]Endpoint, error) {
		if len(all) >= MaxEndpoints {
			return nil, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There are as many webhook endpoints as there can be.", Hint: "Delete one that is not needed."}
		}
		return append(all, e), first(e)
	})
	return e, err
}

// Changes says what is to be changed of an endpoint; nil: nothing.
type Changes struct {
	URL         *string
	Description *string
	Programs    *[]string
	Events      *[]onboarding.EventType
	Paused      *bool
}

// Change changes an endpoint and gives it as it is then.
func (s *Store) Change(ctx context.Context, id string, c Changes, first First) (Endpoint, error) {
	first = first.once()
	return s.changeOne(ctx, id, func(e *Endpoint) error {
		set(&e.URL, c.URL)
		set(&e.Description, c.Description)
		set(&e.Programs, c.Programs)
		set(&e.Events, c.Events)
		if c.Paused != nil {
			e.Paused, e.PausedWhy = *c.Paused, ""
		}
		if err := s.cfg.Reach.check(*e, s.cfg.Programs); err != nil {
			return err
		}
		return first(*e)
	})
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (s *Store) changeOne(ctx context.Context, id string, how func(*Endpoint) error) (Endpoint, error) {
	var out Endpoint
	err := s.change(ctx, func(all []Endpoint) ([]Endpoint, error) {
		i := index(all, id)
		if i < 0 {
			return nil, NoEndpoint()
		}
		if err := how(&all[i]); err != nil {
			return nil, err
		}
		out = all[i]
		return all, nil
	})
	return out, err
}

// Gone pauses an endpoint that has answered 410.
func (s *Store) Gone(ctx context.Context, id string) error {
	_, err := s.changeOne(ctx, id, func(e *Endpoint) error {
		e.Paused, e.PausedWhy = true, GonePause
		return nil
	})
	return err
}

// The overlap of two secrets.
const (
	Overlap    = 24 * time.Hour // when none is asked for
	MaxOverlap = 30 * 24 * time.Hour
)

// Rotate draws a new secret, which signs at once. Those before go on signing beside
// it until the overlap has passed, so that a receiver which knows one of the two
// takes every event.
func (s *Store) Rotate(ctx context.Context, id string, overlap time.Duration, first First) (Endpoint, error) {
	first = first.once()
	if overlap < 0 || overlap > MaxOverlap {
		return Endpoint{}, onboarding.Invalid("overlap_hours", "The old secret can go on signing for 0 to 720 hours.", "24 are usual.")
	}
	return s.changeOne(ctx, id, func(e *Endpoint) error {
		now := s.cfg.Now().UTC()
		ends := now.Add(overlap)
		kept := []Secret{{Value: NewSecret()}}
		for _, old := range e.Secrets {
			if old.Until.IsZero() || ends.Before(old.Until) {
				old.Until = ends
			}
			if now.Before(old.Until) {
				kept = append(kept, old)
			}
		}
		e.Secrets = kept
		return first(*e)
	})
}

// Remove deletes an endpoint with its dead letters. What waits for it is dropped.
func (s *Store) Remove(ctx context.Context, id string, first First) error {
	first = first.once()
	err := s.change(ctx, func(all []Endpoint) ([]Endpoint, error) {
		i := index(all, id)
		if i < 0 {
			return nil, NoEndpoint()
		}
		if err := first(all[i]); err != nil {
			return nil, err
		}
		return slices.Delete(all, i, i+1), nil
	})
	if err != nil {
		return err
	}
	for key, err := range s.cfg.Objects.List(ctx, deadPrefix(id)) {
		if err != nil {
			return err
		}
		if err := s.cfg.Objects.Delete(ctx, key); err != nil {
			return err
		}
	}
	return nil
}
