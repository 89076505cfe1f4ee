package identity

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"strings"
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
		k.keys = append(k.keys, apiKey{id: id, hash: sha256.Sum256([]byte(secret))})
	}
	return k, nil
}

// Identify tells whose key it is; the ID may stand before the secret or not.
// Every key is compared in full, so that the time taken tells nothing.
func (k *Keys) Identify(given string) (id string, ok bool) {
	if _, secret, found := strings.Cut(given, ":"); found {
		given = secret
	}
	hash := sha256.Sum256([]byte(given))
	for _, key := range k.keys {
		if subtle.ConstantTimeCompare(hash[:], key.hash[:]) == 1 && given != "" {
			id, ok = key.id, true
		}
	}
	return id, ok
}
