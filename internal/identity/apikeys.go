package identity

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Keys are the API keys of a deployment. Only their hashes stay in memory.
type Keys struct{ keys []apiKey }

type apiKey struct {
	id   string
	hash [sha256.Size]byte
}

// NewKeys takes keys written "id:secret". The ID is what the ledger names.
func NewKeys(all []string) (*Keys, error) {
	k := &Keys{}
	for i, s := range all {
		id, secret, ok := strings.Cut(s, ":")
		if !ok || id == "" || secret == "" {
			return nil, fmt.Errorf("API key %d is not written id:secret", i+1)
		}
		hash := sha256.Sum256([]byte(secret))
		for j, other := range k.keys {
			if other.hash == hash {
				return nil, fmt.Errorf("API keys %d and %d have the same secret: the ledger could not tell them apart", j+1, i+1)
			}
		}
		k.keys = append(k.keys, apiKey{id: id, hash: hash})
	}
	return k, nil
}

// Identify gives the key that a secret is of; it may do everything. CodeNotAllowed
// for a secret that is none.
func (k *Keys) Identify(_ context.Context, given string) (Key, error) {
	if id, ok := k.identify(given); ok {
		return Key{ID: id, every: true}, nil
	}
	return Key{}, &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "Send a valid API key as a bearer token."}
}

// identify tells whose key it is. The key's own ID may stand before the secret,
// as in the setting. Every key is compared in full, so that the time taken tells
// nothing.
func (k *Keys) identify(given string) (id string, ok bool) {
	bare := sha256.Sum256([]byte(given))
	named, secret, _ := strings.Cut(given, ":")
	rest := sha256.Sum256([]byte(secret))
	for _, key := range k.keys {
		same := subtle.ConstantTimeCompare(bare[:], key.hash[:])
		if named == key.id {
			same |= subtle.ConstantTimeCompare(rest[:], key.hash[:])
		}
		if same == 1 {
			id, ok = key.id, true
		}
	}
	return id, ok
}
