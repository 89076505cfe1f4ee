package credential

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// issuerKeys is where the keys lie, sealed as one.
const issuerKeys = "keys/_issuer"

const (
	// keysFresh is how old what an issuer knows of the keys may be: so a replica
	// takes a new one up without a restart.
	keysFresh = 30 * time.Second
	// keysCached is how long others may keep the public keys.
	keysCached = time.Hour
	// signsAfter is how long a new key is published before it signs: whoever has
	// kept the keys until then gets the new one before they meet a badge of it.
	signsAfter = 2 * time.Hour
)

// ring is the keys as they lie in the bucket: a JWK set with the times beside it.
// The private half of a key that signs no more is not in it.
type ring struct {
	Keys  []jose.JSONWebKey   `json:"keys"` // oldest first
	Facts map[string]keyFacts `json:"facts,omitempty"`
}

type keyFacts struct {
	Made time.Time `json:"made"`
	From time.Time `json:"from"` // it signs from then on; zero: at once
}

// signing gives the place of the key that signs at a time: the newest whose time
// has come.
func (r ring) signing(now time.Time) int {
	for n := len(r.Keys) - 1; n >= 0; n-- {
		if k := r.Keys[n]; !k.IsPublic() && !now.Before(r.Facts[k.KeyID].From) {
			return n
		}
	}
	return -1
}

func (r ring) public() jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, k := range r.Keys {
		if !k.IsPublic() {
			k = k.Public()
		}
		set.Keys = append(set.Keys, k)
	}
	return set
}

// held is the ring as one process knows it.
type held struct {
	mu   sync.Mutex
	ring ring
	at   time.Time
	busy bool // somebody is reading it anew
}

// Key is what there is to know of one signing key. The private half never leaves
// this package.
type Key struct {
	ID    string    `json:"kid"`
	Made  time.Time `json:"made"`       // zero for a key of before this was kept
	From  time.Time `json:"signs_from"` // zero: since it was made
	Signs bool      `json:"signs"`      // it is the one that signs now
	Waits bool      `json:"waits"`      // it is published, and will sign
}

// Rotation asks for a new signing key.
type Rotation struct {
	By     string // who asks, for the record
	Reason string
	Now    bool // it signs at once, and the older ones never again: for a key that may be in wrong hands
}

// keyRecord is what is kept, write-once, of a key that was made.
type keyRecord struct {
	Key    jose.JSONWebKey `json:"key"` // the public half
	Made   time.Time       `json:"made"`
	From   time.Time       `json:"signs_from"`
	By     string          `json:"by"`
	Reason string          `json:"reason"`
}

// Rotate makes a new key and publishes it. It signs after two hours, since others
// keep our keys for one, or at once when so asked. Public halves stay for good:
// what they signed may live for years. The private half of a key that has been
// followed by another is dropped at the next rotation. Errors: CodeConflict when
// a key waits for its time already.
func (i *Issuer) Rotate(ctx context.Context, in Rotation) (Key, error) {
	if strings.TrimSpace(in.Reason) == "" {
		return Key{}, onboarding.Invalid("reason", "Say why, in a few words.", "It is kept with the key.")
	}
	for range 5 {
		r, etag, err := i.read(ctx)
		if err == nil && etag == "" {
			err = errors.New("credential: there are no signing keys")
		}
		if err != nil {
			return Key{}, err
		}
		now := i.cfg.Now().UTC().Truncate(time.Second)
		signs := r.signing(now)
		if last := r.Keys[len(r.Keys)-1]; !in.Now && signs != len(r.Keys)-1 && now.Before(r.Facts[last.KeyID].From) {
			return Key{}, &onboarding.Error{Code: onboarding.CodeConflict, Message: "A new key is published already and signs from " + r.Facts[last.KeyID].From.Format(time.RFC3339) + ".",
				Hint: "Wait until then, or rotate at once if the present key may be in wrong hands."}
		}
		for n := range r.Keys {
			if (in.Now || n < signs) && !r.Keys[n].IsPublic() {
				r.Keys[n] = r.Keys[n].Public()
			}
		}
		from := now.Add(signsAfter)
		if in.Now {
			from = now
		}
		made, err := i.newKey()
		if err != nil {
			return Key{}, err
		}
		if err := i.recordKey(ctx, keyRecord{Key: made.Public(), Made: now, From: from, By: in.By, Reason: in.Reason}); err != nil {
			return Key{}, err
		}
		r.Keys = append(r.Keys, made)
		if r.Facts == nil {
			r.Facts = map[string]keyFacts{}
		}
		r.Facts[made.KeyID] = keyFacts{Made: now, From: from}
		_, err = i.rings().Put(ctx, issuerKeys, r, etag)
		if i.cfg.Objects.IsConflict(err) {
			continue
		}
		if err != nil {
			return Key{}, err
		}
		i.keep(r)
		return Key{ID: made.KeyID, Made: now, From: from, Signs: in.Now, Waits: !in.Now}, nil
	}
	return Key{}, &onboarding.Error{Code: onboarding.CodeConflict, Message: "Others are changing the keys at this moment.", Hint: "Look at them, then try again."}
}

// Keys lists the keys, oldest first, as they stand in the bucket now.
func (i *Issuer) Keys(ctx context.Context) ([]Key, error) {
	if err := i.load(ctx); err != nil {
		return nil, err
	}
	r, now := i.known(), i.cfg.Now()
	var out []Key
	signs := r.signing(now)
	for n, k := range r.Keys {
		f := r.Facts[k.KeyID]
		out = append(out, Key{ID: k.KeyID, Made: f.Made, From: f.From, Signs: n == signs, Waits: n > signs && !k.IsPublic()})
	}
	return out, nil
}

func (i *Issuer) newKey() (jose.JSONWebKey, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return jose.JSONWebKey{}, fmt.Errorf("credential: make a signing key: %w", err)
	}
	return jose.JSONWebKey{Key: private, KeyID: i.cfg.URL + KeyPath + uuid.NewString(), Algorithm: string(jose.EdDSA), Use: "sig"}, nil
}

func (i *Issuer) recordKey(ctx context.Context, k keyRecord) error {
	body, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("credential: encode the record of a key: %w", err)
	}
	if err := i.cfg.Records.PutOnce(ctx, onboarding.IssuerKeyKey(keyName(k.Key.KeyID)), body); err != nil {
		return fmt.Errorf("credential: record a new key: %w", err)
	}
	return nil
}

func (i *Issuer) rings() shelf.Shelf[ring] {
	return shelf.Shelf[ring]{Objects: i.cfg.Objects, Sealer: i.cfg.Sealer, In: "credential", What: "the signing keys"}
}

// read gives the keys with their version; "" while there are none.
func (i *Issuer) read(ctx context.Context) (ring, string, error) {
	r, etag, err := i.rings().Get(ctx, issuerKeys)
	if err != nil {
		return ring{}, "", fmt.Errorf("credential: read the signing keys: %w", err)
	}
	if etag != "" && len(r.Keys) == 0 {
		return ring{}, "", errors.New("credential: the signing keys are not readable")
	}
	return r, etag, nil
}

// load reads the keys, or makes the first.
func (i *Issuer) load(ctx context.Context) error {
	r, etag, err := i.read(ctx)
	if err == nil && etag == "" {
		r, err = i.firstKey(ctx)
	}
	if err != nil {
		return err
	}
	i.keep(r)
	return nil
}

// firstKey makes and stores a key; when another replica was quicker, it gives
// that one's.
func (i *Issuer) firstKey(ctx context.Context) (ring, error) {
	made, err := i.newKey()
	if err != nil {
		return ring{}, err
	}
	now := i.cfg.Now().UTC().Truncate(time.Second)
	r := ring{Keys: []jose.JSONWebKey{made}, Facts: map[string]keyFacts{made.KeyID: {Made: now}}}
	_, err = i.rings().Put(ctx, issuerKeys, r, "")
	if i.cfg.Objects.IsConflict(err) {
		r, _, err = i.read(ctx)
		return r, err
	}
	if err != nil {
		return ring{}, err
	}
	return r, i.recordKey(ctx, keyRecord{Key: made.Public(), Made: now, From: now, By: "system", Reason: "the first key"})
}

func (i *Issuer) keep(r ring) {
	i.keys.mu.Lock()
	defer i.keys.mu.Unlock()
	i.keys.ring, i.keys.at = r, i.cfg.Now()
}

func (i *Issuer) known() ring {
	i.keys.mu.Lock()
	defer i.keys.mu.Unlock()
	return i.keys.ring
}

// current gives the keys, read anew when what is known is old. One of those who
// ask reads; the others go on with what is known. When the bucket does not answer
// what is known goes on to hold: keys come, and never go.
func (i *Issuer) current(ctx context.Context) ring {
	i.keys.mu.Lock()
	stale := i.cfg.Now().Sub(i.keys.at) > keysFresh && !i.keys.busy
	if stale {
		i.keys.busy = true
	}
	i.keys.mu.Unlock()
	if stale {
		err := i.load(ctx)
		i.keys.mu.Lock()
		i.keys.busy = false
		if err != nil {
			i.keys.at = i.cfg.Now() // not at each call
		}
		i.keys.mu.Unlock()
	}
	return i.known()
}

// sign signs with the key whose turn it is.
func (i *Issuer) sign(ctx context.Context, typ string, body []byte) (string, error) {
	r := i.current(ctx)
	n := r.signing(i.cfg.Now())
	if n < 0 {
		return "", errors.New("credential: there is no key that signs")
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: r.Keys[n]}, (&jose.SignerOptions{}).WithType(jose.ContentType(typ)))
	if err != nil {
		return "", fmt.Errorf("credential: the signing key: %w", err)
	}
	signed, err := signer.Sign(body)
	if err != nil {
		return "", fmt.Errorf("credential: sign: %w", err)
	}
	return signed.CompactSerialize()
}

// JWKS is the public keys, for anybody to verify with.
func (i *Issuer) JWKS(ctx context.Context) jose.JSONWebKeySet { return i.current(ctx).public() }

// KeyPath is where one public key is found: a badge's header names its key by that
// address (Open Badges 3.0, section 8.2.3).
const KeyPath = "/.well-known/keys/"

// keyName is a key's name behind KeyPath. Keys of before had that name alone.
func keyName(kid string) string { return kid[strings.LastIndexByte(kid, '/')+1:] }

// JWKSHandler serves JWKS.
func (i *Issuer) JWKSHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		publish(w, "application/jwk-set+json", i.JWKS(r.Context()))
	})
}

// KeyHandler serves one public key, whose name the path has as {key}.
func (i *Issuer) KeyHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, k := range i.JWKS(r.Context()).Keys {
			if keyName(k.KeyID) == r.PathValue("key") {
				publish(w, "application/jwk+json", k)
				return
			}
		}
		http.Error(w, "There is no such key.", http.StatusNotFound)
	})
}

// publish answers with JSON that anybody may read and keep for a while, also a
// verifier inside a browser.
func publish(w http.ResponseWriter, kind string, v any) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", fmt.Sprintf("public, max-age=%d", int(keysCached.Seconds())))
	w.Header().Set("Access-Control-Allow-Origin", "*")
	_ = json.NewEncoder(w).Encode(v) // the connection is gone
}
