package applicants

import (
	"context"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// Keyring is the API keys that admins make; *identity.Keyring is one.
type Keyring interface {
	Keys(ctx context.Context) ([]identity.StoredKey, error)
	Key(ctx context.Context, id string) (identity.StoredKey, error)
	Make(ctx context.Context, q identity.KeyRequest) (identity.StoredKey, string, error)
	Rotate(ctx context.Context, id string, overlap time.Duration) (identity.StoredKey, string, error)
	Revoke(ctx context.Context, id string) (identity.StoredKey, error)
}

// RecordedKeys is a Keyring whose changes are in the access log, by whichever face
// they come. The context names who asks, by access.Begin.
type RecordedKeys struct {
	Keyring
	Access AccessLog
}

// Make makes a key. A secret that is not recorded is given to nobody, and so works
// for nobody.
func (k RecordedKeys) Make(ctx context.Context, q identity.KeyRequest) (identity.StoredKey, string, error) {
	key, secret, err := k.Keyring.Make(ctx, q)
	return k.secret(ctx, access.KeyMade, key, secret, err)
}

// Rotate gives a key another secret; likewise.
func (k RecordedKeys) Rotate(ctx context.Context, id string, overlap time.Duration) (identity.StoredKey, string, error) {
	key, secret, err := k.Keyring.Rotate(ctx, id, overlap)
	return k.secret(ctx, access.KeyRotated, key, secret, err)
}

// Revoke ends a key. It is recorded when it is done: a key that has leaked is ended
// even where that cannot be kept, and the error tells of it.
func (k RecordedKeys) Revoke(ctx context.Context, id string) (identity.StoredKey, error) {
	key, err := k.Keyring.Revoke(ctx, id)
	if err == nil {
		err = k.Access.Record(ctx, access.Event{What: access.KeyRevoked, Detail: key.ID})
	}
	return key, err
}

func (k RecordedKeys) secret(ctx context.Context, what access.Kind, key identity.StoredKey, secret string, err error) (identity.StoredKey, string, error) {
	if err == nil {
		err = k.Access.Record(ctx, access.Event{What: what, Detail: key.ID})
	}
	if err != nil {
		return identity.StoredKey{}, "", err
	}
	return key, secret, nil
}
