package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/prf"
	"github.com/tink-crypto/tink-go/v2/tink"
	"golang.org/x/sync/singleflight"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Objects is the vault bucket as the vault needs it; *evidence.Store is one.
// The bucket must let objects vanish: no default retention.
type Objects interface {
	// Get gives the bytes; IsMissing is true for its error when there are none.
	Get(ctx context.Context, key string) ([]byte, error)
	// Has says whether there is an object, without reading it.
	Has(ctx context.Context, key string) (bool, error)
	// PutIf with an empty etag stores body if nothing stands there; otherwise
	// IsConflict is true for its error. Of several writers exactly one wins.
	PutIf(ctx context.Context, key string, body []byte, etag string) (newETag string, err error)
	// Delete removes the object in every version; a missing one is success.
	Delete(ctx context.Context, key string) error
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// Config says what a Vault works with.
type Config struct {
	Objects Objects
	Master  Master
	// CacheTTL is how long an unwrapped data key stays in memory, 5 minutes
	// when zero. It is also how long another replica can still read after an
	// erasure, so the erasure promise must allow for it.
	CacheTTL time.Duration
	// CacheSize is how many applicants' keys stay in memory, 4,096 when zero.
	CacheSize int
}

// Vault seals and opens. It is safe for concurrent use, and any number of them
// may work on one bucket.
type Vault struct {
	objects Objects
	master  Master
	cache   *cache
	flights singleflight.Group
	system  tink.AEAD
	lookup  prf.PRF
}

// ErrBroken is the cause of Open's error when sealed bytes were changed, or
// belong to another name or applicant. It is final.
var ErrBroken = errors.New("the seal does not hold")

// loadTimeout ends a key's load that nobody may be waiting for any more.
const loadTimeout = 30 * time.Second

// New makes a Vault, and loads the system's two keys or creates them: the
// create is conditional, so that replicas that start together agree. It fails
// when the bucket cannot be reached or the master key does not fit the bucket.
func New(ctx context.Context, cfg Config) (*Vault, error) {
	if cfg.Objects == nil || cfg.Master == nil {
		return nil, errors.New("vault: give both the bucket and the master key")
	}
	if cfg.CacheTTL <= 0 {
		cfg.CacheTTL = 5 * time.Minute
	}
	if cfg.CacheSize <= 0 {
		cfg.CacheSize = 4096
	}
	v := &Vault{objects: cfg.Objects, master: cfg.Master, cache: newCache(cfg.CacheSize, cfg.CacheTTL)}
	handle, err := v.loadOrCreate(ctx, systemKey, "system", sealTemplate())
	if err != nil {
		return nil, err
	}
	if v.system, err = newAEAD(handle); err != nil {
		return nil, err
	}
	if handle, err = v.loadOrCreate(ctx, lookupKey, "lookup", lookupTemplate()); err != nil {
		return nil, err
	}
	v.lookup, err = newPRF(handle)
	return v, err
}

// Create makes the applicant's data key if there is none; an existing one stays
// and is success, and of several concurrent creates one key results. After
// Destroy it fails with CodeKeyDestroyed for good: an ID is never used twice.
func (v *Vault) Create(ctx context.Context, id onboarding.ApplicantID) error {
	if err := known(id); err != nil {
		return err
	}
	if gone, err := v.erased(ctx, id); err != nil || gone {
		return createFailed(err)
	}
	wrapped, err := v.wrapNew(ctx, sealTemplate(), applicantData(id))
	if err != nil {
		return err
	}
	if _, err := v.objects.PutIf(ctx, keyName(id), wrapped, ""); err != nil && !v.objects.IsConflict(err) {
		return fmt.Errorf("vault: store a key: %w", err)
	}
	// Destroy lays the tombstone before it deletes. If it came between our look
	// and our put, it may have found nothing to delete; then we do.
	gone, err := v.erased(ctx, id)
	if err == nil && gone {
		err = v.objects.Delete(ctx, keyName(id))
	}
	if err != nil || gone {
		return createFailed(err)
	}
	return nil
}

// createFailed is for an error, or for a tombstone.
func createFailed(err error) error {
	if err != nil {
		return fmt.Errorf("vault: create a key: %w", err)
	}
	return destroyed()
}

// Seal encrypts plaintext under the applicant's key and binds it to name (the
// object's key or the slot it goes to): Open under any other name refuses, so
// sealed bytes that were moved are noticed. Sealing the same twice gives
// different bytes.
//
// Errors: CodeUnknownApplicant without a key, CodeKeyDestroyed after erasure,
// both final; any other is storage trouble and may be tried again.
func (v *Vault) Seal(ctx context.Context, id onboarding.ApplicantID, name string, plaintext []byte) ([]byte, error) {
	aead, err := v.key(ctx, id)
	if err != nil {
		return nil, err
	}
	return seal(aead, name, plaintext)
}

// Open is Seal's inverse, with Seal's errors and one more: CodeInvalid with
// ErrBroken as its cause when the bytes were changed, moved to another name or
// sealed for another applicant.
func (v *Vault) Open(ctx context.Context, id onboarding.ApplicantID, name string, sealed []byte) ([]byte, error) {
	aead, err := v.key(ctx, id)
	if err != nil {
		return nil, err
	}
	return open(aead, name, sealed)
}

// SystemSeal is Seal for what belongs to no applicant: payloads of other
// workflows, cookies, links. It needs no storage. Nothing sealed so is ever
// erased by Destroy, so no applicant's data may go in.
func (v *Vault) SystemSeal(name string, plaintext []byte) ([]byte, error) {
	return seal(v.system, name, plaintext)
}

// SystemOpen is SystemSeal's inverse.
func (v *Vault) SystemOpen(name string, sealed []byte) ([]byte, error) {
	return open(v.system, name, sealed)
}

// LookupHash gives a keyed hash of value, 40 hex digits: the same everywhere
// that shares the bucket, useless to whoever lacks the key, and different for
// each kind ("email", "ssn") so that hashes of two kinds cannot be matched. The
// caller brings value into one form first (case, spaces). It does not vary by
// applicant, so Destroy leaves it as it is: erasure must remove what it names.
func (v *Vault) LookupHash(kind, value string) string {
	return lookupHash(v.lookup, kind, value)
}

// Destroy erases: it lays the tombstone, forgets the key here and removes it
// from the bucket in every version. It may be repeated, also after an error, and
// for an applicant without a key, whose ID is then closed for good. Other
// replicas forget the key within their CacheTTL.
func (v *Vault) Destroy(ctx context.Context, id onboarding.ApplicantID) error {
	if err := known(id); err != nil {
		return err
	}
	_, err := v.objects.PutIf(ctx, tombstone(id), []byte("erased\n"), "")
	if err != nil && !v.objects.IsConflict(err) {
		return fmt.Errorf("vault: lay the tombstone: %w", err)
	}
	v.cache.destroy(id)
	if err := v.objects.Delete(ctx, keyName(id)); err != nil {
		return fmt.Errorf("vault: remove a key: %w", err)
	}
	left, err := v.objects.Has(ctx, keyName(id))
	if err != nil {
		return fmt.Errorf("vault: make sure that a key is gone: %w", err)
	}
	if left {
		return errors.New("vault: a key stands again after its removal: try again")
	}
	return nil
}

// key gives the applicant's unwrapped key from the cache or the bucket. All who
// miss at once share one load; it outlives the first asker's context, and each
// waits no longer than its own allows.
func (v *Vault) key(ctx context.Context, id onboarding.ApplicantID) (tink.AEAD, error) {
	if err := known(id); err != nil {
		return nil, err
	}
	if aead, state := v.cache.get(id); state == cached {
		return aead, nil
	} else if state == cachedDestroyed {
		return nil, destroyed()
	}
	flight := v.flights.DoChan(string(id), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		return v.load(ctx, id)
	})
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("vault: load a key: %w", ctx.Err())
	case r := <-flight:
		if r.Err != nil {
			return nil, r.Err
		}
		return r.Val.(tink.AEAD), nil
	}
}

// load reads a key from the bucket and caches it. The tombstone is looked at
// after the key was read: a Destroy that ended in between is seen, and so is a
// key that a Create left behind when it was cut off.
func (v *Vault) load(ctx context.Context, id onboarding.ApplicantID) (tink.AEAD, error) {
	epoch := v.cache.epoch()
	wrapped, err := v.objects.Get(ctx, keyName(id))
	if err != nil && !v.objects.IsMissing(err) {
		return nil, fmt.Errorf("vault: read a key: %w", err)
	}
	absent := err != nil
	gone, err := v.erased(ctx, id)
	if err != nil {
		return nil, err
	}
	if gone {
		v.cache.destroy(id)
		return nil, destroyed()
	}
	if absent {
		return nil, &onboarding.Error{Code: onboarding.CodeUnknownApplicant,
			Message: "There is no key for that applicant.", Hint: "Check the ID."}
	}
	handle, err := v.unwrap(ctx, wrapped, applicantData(id))
	if err != nil {
		return nil, err
	}
	aead, err := newAEAD(handle)
	if err != nil {
		return nil, err
	}
	v.cache.put(id, aead, epoch)
	return aead, nil
}

// Erased says whether the applicant's key was destroyed.
func (v *Vault) Erased(ctx context.Context, id onboarding.ApplicantID) (bool, error) {
	if err := known(id); err != nil {
		return false, err
	}
	return v.erased(ctx, id)
}

func (v *Vault) erased(ctx context.Context, id onboarding.ApplicantID) (bool, error) {
	gone, err := v.objects.Has(ctx, tombstone(id))
	if err != nil {
		return false, fmt.Errorf("vault: look for a tombstone: %w", err)
	}
	return gone, nil
}

func destroyed() error {
	return &onboarding.Error{Code: onboarding.CodeKeyDestroyed,
		Message: "This applicant's data was erased.", Hint: "It cannot be brought back; the ledger says when it was done."}
}

// known refuses what is no applicant's ID, so that none of the vault's own
// names, and no path, can be given as one.
func known(id onboarding.ApplicantID) error {
	parsed, err := onboarding.ParseApplicantID(string(id))
	if err != nil {
		return err
	}
	if parsed != id {
		return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no applicant with that ID.",
			Hint: "IDs are written in lower case, without spaces."}
	}
	return nil
}

const (
	systemKey = "keys/_system"
	lookupKey = "keys/_lookup"
)

func keyName(id onboarding.ApplicantID) string       { return "keys/" + string(id) }
func tombstone(id onboarding.ApplicantID) string     { return "erased/" + string(id) }
func applicantData(id onboarding.ApplicantID) string { return "applicant:" + string(id) }
