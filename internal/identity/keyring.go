package identity

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// SecretPrefix begins each API key that we make. With the checksum at its end it lets
// secret scanners find one that leaked, and tell it from chance.
const SecretPrefix = "vouchsafe_key_"

// The parts of a secret behind the prefix, in letters and digits.
const (
	secretRandom = 40 // 238 bits: hashed once is enough at rest
	secretCheck  = 6
)

const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// newSecret draws a secret: prefix, random part, and the CRC-32 of both.
func newSecret() string {
	var b strings.Builder
	b.WriteString(SecretPrefix)
	for range secretRandom {
		n, _ := rand.Int(rand.Reader, big.NewInt(int64(len(base62)))) // never fails: crypto/rand
		b.WriteByte(base62[n.Int64()])
	}
	return b.String() + checkOf(b.String())
}

func checkOf(s string) string {
	n := crc32.ChecksumIEEE([]byte(s))
	out := make([]byte, secretCheck)
	for i := range out {
		out[secretCheck-1-i] = base62[n%62]
		n /= 62
	}
	return string(out)
}

// LooksLikeKey reports whether s has the form of a key that we make, its checksum too.
func LooksLikeKey(s string) bool {
	if !strings.HasPrefix(s, SecretPrefix) || len(s) != len(SecretPrefix)+secretRandom+secretCheck {
		return false
	}
	body := s[:len(s)-secretCheck]
	return checkOf(body) == s[len(body):]
}

// StoredKey is an API key as the store has it: hashes of its secrets, never one.
type StoredKey struct {
	ID       string    `json:"id"` // what the ledger has: "api:<id>"
	Name     string    `json:"name"`
	Actions  []Action  `json:"actions"`
	Programs []string  `json:"programs,omitempty"` // none: all
	Made     time.Time `json:"made"`
	By       string    `json:"by"` // who made it, as the ledger names them
	Expires  time.Time `json:"expires"`
	Revoked  time.Time `json:"revoked,omitzero"`
	LastUsed string    `json:"last_used,omitempty"` // a day, UTC: 2026-11-28
	Secrets  []secret  `json:"secrets"`
}

type secret struct {
	Hash  []byte    `json:"hash"` // SHA-256
	Since time.Time `json:"since"`
	Until time.Time `json:"until,omitzero"` // of one that was rotated out
}

// Live reports whether the key can be used.
func (k StoredKey) Live(now time.Time) bool { return k.Revoked.IsZero() && now.Before(k.Expires) }

// Overlap is until when a secret that was rotated out still works; zero when none does.
func (k StoredKey) Overlap(now time.Time) time.Time {
	var last time.Time
	for _, s := range k.Secrets {
		if s.Until.After(now) && s.Until.After(last) {
			last = s.Until
		}
	}
	return last
}

// KeyRequest asks for a key.
type KeyRequest struct {
	Name     string
	Actions  []Action
	Programs []string
	For      time.Duration // how long it holds
	By       string        // who asks, as the ledger names them
}

// The bounds of a key.
const (
	KeyLongest     = 366 * 24 * time.Hour
	KeyDefault     = 90 * 24 * time.Hour
	OverlapLongest = 30 * 24 * time.Hour
	OverlapDefault = 24 * time.Hour
	keysMost       = 500
	keyName        = 80
)

// KeySeen is how long a replica goes by the keys that it last read: so soon does it
// learn of a new one, and that one was revoked.
const KeySeen = 5 * time.Second

// Keyring is the API keys that admins made, in one sealed object that is replaced by
// conditional puts, and those of the configuration, which may do everything.
type Keyring struct {
	sealer     Sealer
	store      Store
	configured *Keys
	now        func() time.Time

	mu   sync.Mutex
	keys []StoredKey
	read time.Time
}

// NewKeyring makes a Keyring; now is time.Now when nil.
func NewKeyring(sealer Sealer, store Store, configured *Keys, now func() time.Time) *Keyring {
	if now == nil {
		now = time.Now
	}
	return &Keyring{sealer: sealer, store: store, configured: configured, now: now}
}

const keysAt = "staff/api-keys"

// Identify gives the key that a secret is of: one of the configuration may do
// everything, one that was made what it names. CodeNotAllowed for a secret that is
// none, expired, rotated out or revoked; they are not told apart. Another error is the
// store's.
func (k *Keyring) Identify(ctx context.Context, given string) (Key, error) {
	key, err := k.configured.Identify(ctx, given)
	if err == nil || !LooksLikeKey(given) {
		return key, err
	}
	refused := err
	all, err := k.seen(ctx)
	if err != nil {
		return Key{}, err
	}
	now := k.now()
	hash := sha256.Sum256([]byte(given))
	var found *StoredKey
	for i := range all {
		for _, s := range all[i].Secrets {
			if subtle.ConstantTimeCompare(s.Hash, hash[:]) == 1 && (s.Until.IsZero() || now.Before(s.Until)) {
				found = &all[i]
			}
		}
	}
	if found == nil || !found.Live(now) {
		return Key{}, refused
	}
	if today := now.UTC().Format(time.DateOnly); found.LastUsed != today {
		k.used(ctx, found.ID, today)
	}
	return NewKey(found.ID, found.Actions, found.Programs), nil
}

// used notes the day of a key's last use: one put a day. When it cannot be noted now,
// the next use does it.
func (k *Keyring) used(ctx context.Context, id, day string) {
	_, _ = k.change(ctx, func(all []StoredKey) ([]StoredKey, error) {
		if i := index(all, id); i >= 0 && all[i].LastUsed < day {
			all[i].LastUsed = day
		}
		return all, nil
	})
}

// Keys lists the keys that were made, newest first, without what could be used.
func (k *Keyring) Keys(ctx context.Context) ([]StoredKey, error) {
	all, err := k.get(ctx)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b StoredKey) int { return b.Made.Compare(a.Made) })
	return all, nil
}

// Key gives one key; CodeUnknownApplicant, which is a 404, when there is none.
func (k *Keyring) Key(ctx context.Context, id string) (StoredKey, error) {
	all, err := k.get(ctx)
	if err != nil {
		return StoredKey{}, err
	}
	if i := index(all, id); i >= 0 {
		return all[i], nil
	}
	return StoredKey{}, noKey()
}

// Make makes a key. Its secret is given here, once, and kept nowhere.
//
// Errors: CodeInvalid for a request that is not whole.
func (k *Keyring) Make(ctx context.Context, q KeyRequest) (StoredKey, string, error) {
	q.Name = strings.TrimSpace(q.Name)
	switch {
	case q.Name == "" || utf8.RuneCountInString(q.Name) > keyName:
		return StoredKey{}, "", onboarding.Invalid("name", fmt.Sprintf("A key has a name of up to %d characters.", keyName), "Say which program of whom uses it, such as Acme's import.")
	case len(q.Actions) == 0:
		return StoredKey{}, "", onboarding.Invalid("actions", "A key needs at least one action.", "Give it those that its program uses, and no others.")
	case q.For < time.Hour || q.For > KeyLongest:
		return StoredKey{}, "", onboarding.Invalid("days", "A key holds for up to 366 days.", "Give it 90, and rotate it.")
	}
	for _, a := range q.Actions {
		if !a.Known() {
			return StoredKey{}, "", onboarding.Invalid("actions", "There is no such action.", "The actions are "+joined(Actions())+".")
		}
	}
	id := make([]byte, 4)
	_, _ = rand.Read(id) // never fails: crypto/rand
	value, now := newSecret(), k.now().UTC()
	made := StoredKey{ID: hex.EncodeToString(id), Name: q.Name, Actions: slices.Clone(q.Actions), Programs: slices.Clone(q.Programs), Made: now, By: q.By,
		Expires: now.Add(q.For), Secrets: []secret{{Hash: hashed(value), Since: now}}}
	_, err := k.change(ctx, func(all []StoredKey) ([]StoredKey, error) {
		all = slices.DeleteFunc(all, func(old StoredKey) bool { return old.forgotten(now) })
		if len(all) >= keysMost {
			return nil, &onboarding.Error{Code: onboarding.CodeNotNow, Message: fmt.Sprintf("There are %d keys already.", keysMost), Hint: "Revoke those that nobody uses."}
		}
		return append(all, made), nil
	})
	return made, value, err
}

// forgotten reports whether a key has been of no use for so long that it need not be
// listed; the access log goes on knowing of it.
func (k StoredKey) forgotten(now time.Time) bool {
	const after = 90 * 24 * time.Hour
	return now.After(k.Expires.Add(after)) || !k.Revoked.IsZero() && now.After(k.Revoked.Add(after))
}

// Rotate gives a key a new secret; the one before works on for the overlap, so that
// nothing stops while it is replaced. The key's ID stays. Its time to expire begins
// anew, as long as it was given.
//
// Errors: CodeInvalid for an overlap over OverlapLongest, CodeNotNow for a key that
// does not hold any more, CodeUnknownApplicant for none.
func (k *Keyring) Rotate(ctx context.Context, id string, overlap time.Duration) (StoredKey, string, error) {
	if overlap < 0 || overlap > OverlapLongest {
		return StoredKey{}, "", onboarding.Invalid("overlap", "The old secret can work on for up to 30 days.", "Give it a day.")
	}
	value, now := newSecret(), k.now().UTC()
	all, err := k.change(ctx, func(all []StoredKey) ([]StoredKey, error) {
		i := index(all, id)
		switch {
		case i < 0:
			return nil, noKey()
		case !all[i].Live(now):
			return nil, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This key does not hold any more.", Hint: "Make a new one."}
		}
		key := &all[i]
		holds := min(key.Expires.Sub(key.Secrets[len(key.Secrets)-1].Since), KeyLongest)
		key.Secrets = slices.DeleteFunc(slices.Clone(key.Secrets), func(s secret) bool { return !s.Until.IsZero() && !now.Before(s.Until) })
		for j := range key.Secrets {
			if until := now.Add(overlap); key.Secrets[j].Until.IsZero() || key.Secrets[j].Until.After(until) {
				key.Secrets[j].Until = until
			}
		}
		key.Secrets = append(key.Secrets, secret{Hash: hashed(value), Since: now})
		key.Expires = now.Add(holds)
		return all, nil
	})
	if err != nil {
		return StoredKey{}, "", err
	}
	return all[index(all, id)], value, nil
}

// Revoke ends a key for good: here at once, at other replicas within KeySeen.
func (k *Keyring) Revoke(ctx context.Context, id string) (StoredKey, error) {
	all, err := k.change(ctx, func(all []StoredKey) ([]StoredKey, error) {
		i := index(all, id)
		if i < 0 {
			return nil, noKey()
		}
		if all[i].Revoked.IsZero() {
			all[i].Revoked = k.now().UTC()
		}
		return all, nil
	})
	if err != nil {
		return StoredKey{}, err
	}
	return all[index(all, id)], nil
}

func noKey() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such API key.", Hint: "The list of keys has those that there are."}
}

func index(all []StoredKey, id string) int {
	return slices.IndexFunc(all, func(k StoredKey) bool { return k.ID == id })
}

func hashed(value string) []byte {
	h := sha256.Sum256([]byte(value))
	return h[:]
}

func (k *Keyring) kept() shelf.Shelf[[]StoredKey] {
	return shelf.Shelf[[]StoredKey]{Objects: k.store, Sealer: k.sealer, In: "identity", What: "the API keys"}
}

func (k *Keyring) change(ctx context.Context, do func([]StoredKey) ([]StoredKey, error)) ([]StoredKey, error) {
	all, err := k.kept().Change(ctx, keysAt, do)
	if err == nil {
		k.keep(all)
	}
	return all, err
}

func (k *Keyring) get(ctx context.Context) ([]StoredKey, error) {
	all, _, err := k.kept().Get(ctx, keysAt)
	return all, err
}

// seen gives the keys as they were at most KeySeen ago.
func (k *Keyring) seen(ctx context.Context) ([]StoredKey, error) {
	k.mu.Lock()
	all, read := k.keys, k.read
	k.mu.Unlock()
	if !read.IsZero() && k.now().Sub(read) < KeySeen {
		return slices.Clone(all), nil
	}
	all, err := k.get(ctx)
	if err == nil {
		k.keep(all)
	}
	return slices.Clone(all), err
}

func (k *Keyring) keep(all []StoredKey) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.read = slices.Clone(all), k.now()
}
