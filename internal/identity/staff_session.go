package identity

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// How long staff stay signed in: StaffSessionIdle after the last page, and
// StaffSessionTTL, a working day, after they signed in, whatever happens.
const (
	StaffSessionIdle = time.Hour
	StaffSessionTTL  = 8 * time.Hour
)

// SessionSeen is how long a replica goes by what it last read of a session: so soon
// does it learn that one was ended elsewhere.
const SessionSeen = 5 * time.Second

// StaffSession is what the sealed cookie of a member of staff says. It holds only
// while Sessions has it too.
type StaffSession struct {
	Staff
	Session string    `json:"session"`
	Since   time.Time `json:"since"`
	Renewed time.Time `json:"renewed"` // when the cookie was last set
}

// Live reports whether its time is not over.
func (s StaffSession) Live(now time.Time) bool {
	return s.Session != "" && s.ID != "" && now.Before(s.Since.Add(StaffSessionTTL)) && now.Before(s.Renewed.Add(StaffSessionIdle))
}

// Ends is when the session ends if no page is opened before. longer says that a page
// that is opened before moves it on.
func (s StaffSession) Ends() (at time.Time, longer bool) {
	return sessionEnds(s.Renewed.Add(StaffSessionIdle), s.Since.Add(StaffSessionTTL))
}

// Stale reports whether the cookie should be set again; not at every page, to spare
// the header.
func (s StaffSession) Stale(now time.Time) bool { return now.Sub(s.Renewed) > StaffSessionIdle/8 }

// Store keeps small things of staff and keys; *evidence.Store over the vault bucket
// is one.
type Store interface {
	Once
	GetTagged(ctx context.Context, key string) (body []byte, etag string, err error)
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
	Delete(ctx context.Context, key string) error
	IsMissing(err error) bool
}

// Sessions keeps which sessions of staff there are, a small sealed object for each,
// so that ending one counts at every replica. A cookie whose session is not there,
// or was ended, signs nobody in.
type Sessions struct {
	sealer Sealer
	store  Store
	now    func() time.Time

	mu   sync.Mutex
	seen map[string]sighting // by object key
}

type sighting struct {
	at   time.Time
	live bool
}

// NewSessions makes Sessions; now is time.Now when nil.
func NewSessions(sealer Sealer, store Store, now func() time.Time) *Sessions {
	if now == nil {
		now = time.Now
	}
	return &Sessions{sealer: sealer, store: store, now: now, seen: map[string]sighting{}}
}

// KeptSession is a session as the store has it.
type KeptSession struct {
	Staff
	Session string    `json:"session"`
	Since   time.Time `json:"since"`
	Ended   time.Time `json:"ended,omitzero"`
}

const sessionPrefix = "staff/sessions/"

func sessionKey(staff, session string) string { return sessionPrefix + staff + "/" + session }

// Begin signs somebody in: the session that it gives holds at every replica.
func (s *Sessions) Begin(ctx context.Context, who Staff) (StaffSession, error) {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails: crypto/rand
	now := s.now().UTC()
	kept := KeptSession{Staff: who, Session: hex.EncodeToString(id), Since: now}
	if _, err := s.kept().Put(ctx, sessionKey(who.ID, kept.Session), kept, ""); err != nil {
		return StaffSession{}, err
	}
	s.sweep(ctx, who.ID)
	return StaffSession{Staff: who, Session: kept.Session, Since: now, Renewed: now}, nil
}

// Live reports whether a cookie's session still stands: its time is not over and
// nobody has ended it. An error is the store's: then it is not known.
func (s *Sessions) Live(ctx context.Context, c StaffSession) (bool, error) {
	now := s.now()
	if !c.Live(now) || strings.ContainsAny(c.ID+c.Session, "/") {
		return false, nil
	}
	key := sessionKey(c.ID, c.Session)
	s.mu.Lock()
	last, ok := s.seen[key]
	s.mu.Unlock()
	if ok && now.Sub(last.at) < SessionSeen {
		return last.live, nil
	}
	kept, version, err := s.kept().Get(ctx, key)
	if err != nil {
		return false, err
	}
	live := version != "" && kept.Ended.IsZero() && kept.Role == c.Role && slices.Equal(kept.Programs, c.Programs)
	s.see(key, live)
	return live, nil
}

// End ends one session for good: here at once, at other replicas within SessionSeen.
// One that is not there has ended already.
func (s *Sessions) End(ctx context.Context, staff, session string) error {
	key := sessionKey(staff, session)
	_, err := s.kept().Change(ctx, key, func(kept KeptSession) (KeptSession, error) {
		if kept.Session == "" || !kept.Ended.IsZero() {
			return kept, errEnded
		}
		kept.Ended = s.now().UTC()
		return kept, nil
	})
	if err != nil && !errors.Is(err, errEnded) {
		return err
	}
	s.see(key, false)
	return nil
}

var errEnded = errors.New("identity: the session has ended")

// EndAll ends every session of a person, and gives how many stood.
func (s *Sessions) EndAll(ctx context.Context, staff string) (int, error) {
	if staff == "" || strings.Contains(staff, "/") {
		return 0, nil
	}
	all, err := s.list(ctx, sessionPrefix+staff+"/")
	if err != nil {
		return 0, err
	}
	for i, k := range all {
		if err := s.End(ctx, k.ID, k.Session); err != nil {
			return i, err
		}
	}
	return len(all), nil
}

// Standing lists the sessions that nobody has ended and whose longest time is not
// over, newest first. Some may have ended by being idle: only the browser knows.
func (s *Sessions) Standing(ctx context.Context) ([]KeptSession, error) {
	all, err := s.list(ctx, sessionPrefix)
	slices.SortFunc(all, func(a, b KeptSession) int { return b.Since.Compare(a.Since) })
	return all, err
}

func (s *Sessions) list(ctx context.Context, prefix string) ([]KeptSession, error) {
	var out []KeptSession
	for key, err := range s.store.List(ctx, prefix) {
		if err != nil {
			return nil, err
		}
		kept, version, err := s.kept().Get(ctx, key)
		switch {
		case err != nil:
			return nil, err
		case version != "" && kept.Ended.IsZero() && s.now().Before(kept.Since.Add(StaffSessionTTL)):
			out = append(out, kept)
		}
	}
	return out, nil
}

// sweep removes what is left of a person's sessions whose longest time is over: no
// cookie can bring them back. It is done at their next sign-in; trouble is the next
// one's.
func (s *Sessions) sweep(ctx context.Context, staff string) {
	for key, err := range s.store.List(ctx, sessionPrefix+staff+"/") {
		if err != nil {
			return
		}
		if kept, version, err := s.kept().Get(ctx, key); err == nil && version != "" && s.now().After(kept.Since.Add(2*StaffSessionTTL)) {
			_ = s.store.Delete(ctx, key)
		}
	}
}

func (s *Sessions) kept() shelf.Shelf[KeptSession] {
	return shelf.Shelf[KeptSession]{Objects: s.store, Sealer: s.sealer, In: "identity", What: "a session"}
}

// seenMost is how many sightings are kept before old ones go.
const seenMost = 1000

func (s *Sessions) see(key string, live bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if len(s.seen) >= seenMost {
		for k, v := range s.seen {
			if now.Sub(v.at) >= SessionSeen {
				delete(s.seen, k)
			}
		}
	}
	s.seen[key] = sighting{at: now, live: live}
}
