// Package access keeps who asked for what beside the applicants' ledgers: what was
// refused, and uses that are not about one applicant, such as a search, an export,
// a sign-in or a change of a key. Each event is a write-once object in the evidence
// bucket. None has personal data: people are named by their IDs, addresses by their
// patterns.
package access

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Kind is what happened.
type Kind string

// The kinds. A new one needs its words in Says.
const (
	Refused       Kind = "refused"
	SignedIn      Kind = "signed_in"
	SignedOut     Kind = "signed_out"
	SessionsEnded Kind = "sessions_ended"
	Searched      Kind = "searched"
	Exported      Kind = "exported"
	Decoded       Kind = "decoded"
	KeyMade       Kind = "key_made"
	KeyRotated    Kind = "key_rotated"
	KeyRevoked    Kind = "key_revoked"
	VendorPaused  Kind = "vendor_paused"
	VendorResumed Kind = "vendor_resumed"

	HoldSet      Kind = "hold_set"
	HoldReleased Kind = "hold_released"

	TicketOpened Kind = "ticket_opened"
	TicketClosed Kind = "ticket_closed"

	PurgeAsked    Kind = "purge_asked"
	PurgeApproved Kind = "purge_approved"
	PurgePaused   Kind = "purge_paused"
	PurgeResumed  Kind = "purge_resumed"
	PurgeCanceled Kind = "purge_canceled"

	ProcessAsked Kind = "process_asked"
	ProcessRuled Kind = "process_ruled"
	ProcessGiven Kind = "process_given"
	ProcessRead  Kind = "process_read"
	ProcessTold  Kind = "process_told"

	EndpointAdded   Kind = "endpoint_added"
	EndpointChanged Kind = "endpoint_changed"
	EndpointPaused  Kind = "endpoint_paused"
	EndpointResumed Kind = "endpoint_resumed"
	EndpointRotated Kind = "endpoint_rotated"
	EndpointRemoved Kind = "endpoint_removed"
	LettersReplayed Kind = "letters_replayed"
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{Refused, SignedIn, SignedOut, SessionsEnded, Searched, Exported, Decoded, KeyMade, KeyRotated, KeyRevoked, VendorPaused, VendorResumed, HoldSet, HoldReleased,
		TicketOpened, TicketClosed,
		ProcessAsked, ProcessRuled, ProcessGiven, ProcessRead, ProcessTold,
		PurgeAsked, PurgeApproved, PurgePaused, PurgeResumed, PurgeCanceled,
		EndpointAdded, EndpointChanged, EndpointPaused, EndpointResumed, EndpointRotated, EndpointRemoved, LettersReplayed}
}

// Reads reports whether what is of the kind reads personal data, so that it needs a
// purpose.
func (k Kind) Reads() bool { return k == Searched || k == Exported || k == Decoded }

// Known reports whether it is a kind that there is.
func (k Kind) Known() bool { return slices.Contains(Kinds(), k) }

// Event is one thing that somebody asked for.
type Event struct {
	At        time.Time              `json:"at"`  // set by Record, UTC
	Who       string                 `json:"who"` // as the ledger names them: "staff:ops:3f2a90c1", "api:acme"
	What      Kind                   `json:"what"`
	Action    string                 `json:"action,omitempty"` // of the table in internal/identity
	Route     string                 `json:"route,omitempty"`  // a pattern such as "GET /console/applicants/{id}", never an address
	Program   string                 `json:"program,omitempty"`
	Applicant onboarding.ApplicantID `json:"applicant,omitempty"`
	// Detail is a fixed word or an ID of ours: why it was refused, whose sessions, which
	// key or endpoint.
	Detail string `json:"detail,omitempty"`
	// Purpose is what personal data are read for, of the list in internal/identity. What
	// reads them is not recorded without one, and so does not happen (obligation 20).
	Purpose string `json:"purpose,omitempty"`
	// Count is how many lines an export had, or how many dead letters are sent again.
	Count int `json:"count,omitempty"`
	// LeftOut is how many refusals of the same person were not kept just before, since
	// there were too many.
	LeftOut int `json:"left_out,omitempty"`
}

// Why something was refused.
const (
	ByRole    = "role"    // the role, or the key, is not for it
	ByScope   = "program" // it is about an applicant of another program
	ByPurpose = "purpose" // the role, or the key, does not read for it
	ByTicket  = "ticket"  // it is read to help the applicant, without a support ticket that is open
)

// Store is the evidence bucket; *evidence.Store is one.
type Store interface {
	PutOnce(ctx context.Context, key string, body []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
}

// The most refusals that are kept of one person: RefusalsAtOnce in a burst, and one
// every RefusalEvery after. Others are counted in the next event of theirs, so that
// nobody fills the bucket, which keeps things for years.
const (
	RefusalsAtOnce = 30
	RefusalEvery   = 2 * time.Second
)

// Log writes and reads the events. Make it with New.
type Log struct {
	store Store
	now   func() time.Time
	log   *slog.Logger

	mu    sync.Mutex
	bound map[string]*bound // by person
	once  map[string]bool   // keys of events that are known to be kept
}

type bound struct {
	limiter *rate.Limiter
	left    int
}

// New makes a Log; now is time.Now when nil.
func New(store Store, now func() time.Time, log *slog.Logger) *Log {
	if now == nil {
		now = time.Now
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Log{store: store, now: now, log: log, bound: map[string]*bound{}, once: map[string]bool{}}
}

const prefix = "access/"

var errNoPurpose = errors.New("access: personal data are read for a purpose")

// Record keeps an event before what it tells of is done: when it fails, the use must
// not happen. A refusal over the bound is only counted.
func (l *Log) Record(ctx context.Context, e Event) error {
	e = e.begun(ctx)
	if !e.What.Known() || e.Who == "" {
		return fmt.Errorf("access: an event needs a kind and who it was: %q, %q", e.What, e.Who)
	}
	if e.What.Reads() && e.Purpose == "" {
		return errNoPurpose
	}
	e.At = l.now().UTC()
	left, ok := l.within(e)
	if !ok {
		return nil
	}
	e.LeftOut = left
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("access: encode an event: %w", err)
	}
	tail := make([]byte, tailSize)
	_, _ = rand.Read(tail) // never fails: crypto/rand
	return l.put(ctx, e.What, keyOf(e.At, tail), body)
}

// tailSize is how many bytes tell two events of one moment apart.
const tailSize = 6

func keyOf(at time.Time, tail []byte) string {
	return prefix + at.Format("2006-01-02/150405.000000") + "-" + hex.EncodeToString(tail) + ".json"
}

func (l *Log) put(ctx context.Context, what Kind, key string, body []byte) error {
	if err := l.store.PutOnce(ctx, key, append(body, '\n')); err != nil {
		return fmt.Errorf("access: record %s: %w", what, err)
	}
	return nil
}

// RecordOnce is Record for a use that comes many times in a row, such as a page whose
// parts are asked for one by one: all of the same tag within a while, at whichever
// replica, are one event, and its time is when the while began.
func (l *Log) RecordOnce(ctx context.Context, e Event, within time.Duration, tag string) error {
	if !e.What.Known() || e.What == Refused || e.Who == "" {
		return fmt.Errorf("access: an event needs a kind and who it was: %q, %q", e.What, e.Who)
	}
	if e.What.Reads() && e.Purpose == "" {
		return errNoPurpose
	}
	e.At = l.now().UTC().Truncate(within)
	body, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("access: encode an event: %w", err)
	}
	sum := sha256.Sum256([]byte(e.Who + "\x00" + string(e.What) + "\x00" + tag))
	key := keyOf(e.At, sum[:tailSize])
	if l.noted(key) {
		return nil
	}
	if err := l.put(ctx, e.What, key, body); err != nil {
		return err
	}
	l.note(key)
	return nil
}

// noted reports whether an event of RecordOnce is known to be kept.
func (l *Log) noted(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.once[key]
}

func (l *Log) note(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.once) >= remembered {
		clear(l.once) // they are put again, and stand already
	}
	l.once[key] = true
}

// Refuse records a refusal. It is refused in any case: when it cannot be recorded,
// the log says so.
func (l *Log) Refuse(ctx context.Context, e Event) {
	e.What = Refused
	if err := l.Record(ctx, e); err != nil {
		l.log.ErrorContext(ctx, "a refusal could not be recorded", "who", e.Who, "action", e.Action, "route", e.Route, "error", err)
	}
}

// within holds refusals to the bound. It gives how many of the person's were left
// out since the last event that was kept.
func (l *Log) within(e Event) (left int, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bound[e.Who]
	if b == nil {
		if e.What != Refused {
			return 0, true
		}
		l.forget()
		b = &bound{limiter: rate.NewLimiter(rate.Every(RefusalEvery), RefusalsAtOnce)}
		l.bound[e.Who] = b
	}
	if e.What == Refused && !b.limiter.AllowN(e.At, 1) {
		b.left++
		if b.left == 1 {
			l.log.Warn("too many refusals of one person: they are counted, and not kept one by one", "who", e.Who)
		}
		return 0, false
	}
	left, b.left = b.left, 0
	return left, true
}

// remembered is how many people's bounds are kept at most before idle ones go.
const remembered = 1000

// forget drops the bounds of those who were quiet long enough to have all of theirs.
func (l *Log) forget() {
	if len(l.bound) < remembered {
		return
	}
	now := l.now()
	for who, b := range l.bound {
		if b.left == 0 && b.limiter.TokensAt(now) >= RefusalsAtOnce {
			delete(l.bound, who)
		}
	}
}

// Query says which events are asked for.
type Query struct {
	Day    time.Time // UTC; its day counts
	What   Kind      // empty: any
	Who    string    // empty: anybody
	Limit  int       // of events; 0 means 100
	Cursor string    // from the page before
}

// Page is one page of events.
type Page struct {
	Items      []Event `json:"items"`
	NextCursor string  `json:"next_cursor"` // empty on the last page
}

const (
	defaultLimit = 100
	maxLimit     = 500
	readAtOnce   = 16
)

// Read gives the events of a day, newest first. A page that is narrowed by kind or
// person may be shorter than the limit, or empty, with more behind it.
//
// Errors: CodeInvalid for a cursor or a limit that is none, or the store's.
func (l *Log) Read(ctx context.Context, q Query) (Page, error) {
	if q.Limit == 0 {
		q.Limit = defaultLimit
	}
	if q.Limit < 1 || q.Limit > maxLimit {
		return Page{}, onboarding.Invalid("limit", fmt.Sprintf("The limit is a number from 1 to %d.", maxLimit), "Leave it out for 100.")
	}
	if q.What != "" && !q.What.Known() {
		return Page{}, onboarding.Invalid("what", "There is no such kind of event.", "Leave it out for all.")
	}
	day := prefix + q.Day.UTC().Format("2006-01-02") + "/"
	if q.Cursor != "" && strings.Trim(q.Cursor, "0123456789abcdef.-json") != "" {
		return Page{}, onboarding.Invalid("cursor", "That cursor is not one of ours.", "Use next_cursor from the page before, or leave it out.")
	}
	var keys []string
	for key, err := range l.store.List(ctx, day) {
		if err != nil {
			return Page{}, err
		}
		if q.Cursor == "" || key < day+q.Cursor {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	slices.Reverse(keys)
	page := Page{Items: []Event{}}
	// Whoever asks for one kind or person would turn many empty pages: some are read
	// ahead.
	for range 10 {
		some := keys[:min(q.Limit, len(keys))]
		keys = keys[len(some):]
		events, err := l.read(ctx, some)
		if err != nil {
			return Page{}, err
		}
		for _, e := range events {
			if (q.What == "" || e.What == q.What) && (q.Who == "" || e.Who == q.Who) {
				page.Items = append(page.Items, e)
			}
		}
		if len(keys) == 0 {
			return page, nil
		}
		page.NextCursor = strings.TrimPrefix(some[len(some)-1], day)
		if len(page.Items) > 0 {
			break
		}
	}
	return page, nil
}

func (l *Log) read(ctx context.Context, keys []string) ([]Event, error) {
	out := make([]Event, len(keys))
	all, ctx := errgroup.WithContext(ctx)
	all.SetLimit(readAtOnce)
	for i, key := range keys {
		all.Go(func() error {
			body, err := l.store.Get(ctx, key)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(body, &out[i]); err != nil {
				return fmt.Errorf("access: %s is not readable: %w", key, err)
			}
			return nil
		})
	}
	return out, all.Wait()
}
