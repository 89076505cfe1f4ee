package witness

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// ringKey is where the keys lie in the vault bucket, sealed as one, beside those
// that certificates are signed with.
const ringKey = "keys/_witness"

// ring is the keys, oldest first. The last one signs.
type ring struct {
	Origin string    `json:"origin"`
	Keys   []keyPair `json:"keys"`
}

type keyPair struct {
	Public  string    `json:"public"`
	Private string    `json:"private,omitempty"` // empty once it can sign no more
	Made    time.Time `json:"made"`
}

// Key is what there is to know of one key. Its private half never leaves this package.
type Key struct {
	Public string    `json:"public"` // as a verifier takes it (C2SP signed-note)
	Made   time.Time `json:"made"`
	Signs  bool      `json:"signs"`
}

// keyRecord is what is kept, write-once, of a key that was made.
type keyRecord struct {
	Public string    `json:"public"`
	Made   time.Time `json:"made"`
	By     string    `json:"by"`
	Reason string    `json:"reason"`
}

// Rotation asks for a new key.
type Rotation struct {
	By     string // who asks, for the record
	Reason string
	// Now: the older keys never sign again, not even that the new one follows them.
	// For a key that may be in wrong hands; auditors must then be given the new one.
	Now bool
}

// Keys lists the keys, oldest first. The first is made when there is none.
func (w *Witness) Keys(ctx context.Context) ([]Key, error) {
	r, _, err := w.ring(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Key, len(r.Keys))
	for i, k := range r.Keys {
		out[i] = Key{Public: k.Public, Made: k.Made, Signs: i == len(r.Keys)-1}
	}
	return out, nil
}

// Rotate makes a new key, which signs from the next checkpoint on. That one is signed
// by the key before as well, and says that the new key follows: so whoever has only
// the old key can go on from it. Public halves stay for good, and the private half of
// a key that was followed by another is dropped at the next rotation; one that no
// checkpoint has followed yet stays, for the next checkpoint to be signed by it too.
func (w *Witness) Rotate(ctx context.Context, in Rotation) (Key, error) {
	if strings.TrimSpace(in.Reason) == "" {
		return Key{}, onboarding.Invalid("reason", "Say why, in a few words.", "It is kept with the key.")
	}
	r, tag, err := w.ring(ctx)
	if err != nil {
		return Key{}, err
	}
	signed, err := w.lastToSign(ctx, r)
	if err != nil {
		return Key{}, err
	}
	for i := range r.Keys {
		if in.Now || i < signed {
			r.Keys[i].Private = ""
		}
	}
	made, err := w.newKey(ctx, r.Origin, in)
	if err != nil {
		return Key{}, err
	}
	r.Keys = append(r.Keys, made)
	if _, err := w.rings().Put(ctx, ringKey, r, tag); err != nil {
		return Key{}, err
	}
	return Key{Public: made.Public, Made: made.Made, Signs: true}, nil
}

func (w *Witness) newKey(ctx context.Context, origin string, in Rotation) (keyPair, error) {
	private, public, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return keyPair{}, fmt.Errorf("witness: make a key: %w", err)
	}
	k := keyPair{Public: public, Private: private, Made: w.cfg.Now().UTC().Truncate(time.Second)}
	body, err := json.Marshal(keyRecord{Public: public, Made: k.Made, By: in.By, Reason: in.Reason})
	if err != nil {
		return keyPair{}, fmt.Errorf("witness: encode the record of a key: %w", err)
	}
	// Before it signs: what it has signed can be checked by what is published.
	if err := w.cfg.Evidence.PutOnce(ctx, keyKey(digest([]byte(public))), body); err != nil {
		return keyPair{}, fmt.Errorf("witness: record a key: %w", err)
	}
	return k, nil
}

// ring reads the keys, or makes the first.
func (w *Witness) ring(ctx context.Context) (ring, string, error) {
	r, tag, err := w.rings().Get(ctx, ringKey)
	if err == nil && tag == "" {
		made, merr := w.newKey(ctx, w.cfg.Origin, Rotation{By: "system", Reason: "the first key"})
		if merr != nil {
			return ring{}, "", merr
		}
		_, err = w.rings().Put(ctx, ringKey, ring{Origin: w.cfg.Origin, Keys: []keyPair{made}}, "")
		if err != nil && !w.cfg.State.IsConflict(err) { // another replica was quicker: take its own
			return ring{}, "", err
		}
		r, tag, err = w.rings().Get(ctx, ringKey)
	}
	if err != nil {
		return ring{}, "", fmt.Errorf("witness: read the keys: %w", err)
	}
	if len(r.Keys) == 0 || r.Origin == "" {
		return ring{}, "", errors.New("witness: the keys are not readable")
	}
	return r, tag, nil
}

func (w *Witness) rings() shelf.Shelf[ring] {
	return shelf.Shelf[ring]{Objects: w.cfg.State, Sealer: w.cfg.Sealer, In: "witness", What: "the keys"}
}

// verifiers are the public halves of all keys, newest first.
func (r ring) verifiers() ([]note.Verifier, error) {
	var out []note.Verifier
	for i := len(r.Keys) - 1; i >= 0; i-- {
		v, err := note.NewVerifier(r.Keys[i].Public)
		if err != nil {
			return nil, fmt.Errorf("witness: a public key of ours: %w", err)
		}
		out = append(out, v)
	}
	return out, nil
}

// signs gives who signs the checkpoint behind last, and the key that it must name as
// the one that follows.
func (r ring) signs(last *Signed) (signers []note.Signer, next string, err error) {
	newest := r.Keys[len(r.Keys)-1]
	signer, err := note.NewSigner(newest.Private)
	if err != nil {
		return nil, "", fmt.Errorf("witness: the signing key: %w", err)
	}
	signers = []note.Signer{signer}
	v, err := note.NewVerifier(newest.Public)
	if err != nil {
		return nil, "", fmt.Errorf("witness: the signing key: %w", err)
	}
	if last == nil || len(r.Keys) < 2 {
		return signers, "", nil
	}
	if _, err := note.Open(last.Note, note.VerifierList(v)); err == nil {
		return signers, "", nil // it has signed before
	}
	for _, before := range r.Keys[:len(r.Keys)-1] { // more than one, where two rotations followed each other at once
		if before.Private == "" {
			continue
		}
		also, err := note.NewSigner(before.Private)
		if err != nil {
			return nil, "", fmt.Errorf("witness: the key before: %w", err)
		}
		signers = append(signers, also)
	}
	return signers, newest.Public, nil
}

// lastToSign is the place of the newest key that signed the last checkpoint; 0 before the
// first.
func (w *Witness) lastToSign(ctx context.Context, r ring) (int, error) {
	last, err := w.Newest(ctx)
	if onboarding.CodeOf(err) == onboarding.CodeNotNow {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for i := len(r.Keys) - 1; i > 0; i-- {
		v, err := note.NewVerifier(r.Keys[i].Public)
		if err != nil {
			return 0, fmt.Errorf("witness: a public key of ours: %w", err)
		}
		if _, err := note.Open(last.Note, note.VerifierList(v)); err == nil {
			return i, nil
		}
	}
	return 0, nil
}
