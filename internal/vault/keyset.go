package vault

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/prf"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func sealTemplate() *tinkpb.KeyTemplate   { return aead.AES256GCMKeyTemplate() }
func lookupTemplate() *tinkpb.KeyTemplate { return prf.HMACSHA256PRFKeyTemplate() }

// loadOrCreate gives the system's keyset under key, which it makes and wraps if
// there is none. When another replica is faster, its keyset is taken.
func (v *Vault) loadOrCreate(ctx context.Context, key, data string, template *tinkpb.KeyTemplate) (*keyset.Handle, error) {
	wrapped, err := v.objects.Get(ctx, key)
	if v.objects.IsMissing(err) {
		var made []byte
		if made, err = v.wrapNew(ctx, template, data); err != nil {
			return nil, err
		}
		if _, err = v.objects.PutIf(ctx, key, made, ""); err != nil && !v.objects.IsConflict(err) {
			return nil, fmt.Errorf("vault: store %s: %w", key, err)
		}
		// Read what is stored, whoever stored it: only that counts.
		wrapped, err = v.objects.Get(ctx, key)
	}
	if err != nil {
		return nil, fmt.Errorf("vault: read %s: %w", key, err)
	}
	handle, err := v.unwrap(ctx, wrapped, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return handle, nil
}

// wrapNew makes a fresh keyset and gives it encrypted by the master key. The
// associated data ties it to its owner: another's wrapped key does not open.
func (v *Vault) wrapNew(ctx context.Context, template *tinkpb.KeyTemplate, data string) ([]byte, error) {
	handle, err := keyset.NewHandle(template)
	if err != nil {
		return nil, fmt.Errorf("vault: make a key: %w", err)
	}
	var buf bytes.Buffer
	master := &remembering{Master: v.master}
	if err := handle.WriteWithContext(ctx, keyset.NewBinaryWriter(&buf), master, []byte(data)); err != nil {
		return nil, fmt.Errorf("vault: wrap a key with the master key: %w", master.cause(err))
	}
	return buf.Bytes(), nil
}

// unwrap's failure is never taken for an erasure: it is a master key that does
// not fit, or KMS out of reach, and both may pass.
func (v *Vault) unwrap(ctx context.Context, wrapped []byte, data string) (*keyset.Handle, error) {
	master := &remembering{Master: v.master}
	handle, err := keyset.ReadWithContext(ctx, keyset.NewBinaryReader(bytes.NewReader(wrapped)), master, []byte(data))
	if err != nil {
		return nil, fmt.Errorf("vault: unwrap a key with the master key (is it this bucket's?): %w", master.cause(err))
	}
	return handle, nil
}

// remembering keeps the master's own error for one call, since Tink passes on
// its text alone, and callers ask whether it was a cancellation or a throttle.
type remembering struct {
	Master
	err error
}

func (r *remembering) EncryptWithContext(ctx context.Context, plaintext, data []byte) ([]byte, error) {
	b, err := r.Master.EncryptWithContext(ctx, plaintext, data)
	r.err = err
	return b, err
}

func (r *remembering) DecryptWithContext(ctx context.Context, ciphertext, data []byte) ([]byte, error) {
	b, err := r.Master.DecryptWithContext(ctx, ciphertext, data)
	r.err = err
	return b, err
}

func (r *remembering) cause(err error) error {
	if r.err != nil {
		return r.err
	}
	return err
}

func newAEAD(handle *keyset.Handle) (tink.AEAD, error) {
	a, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("vault: a key is not for sealing: %w", err)
	}
	return a, nil
}

func newPRF(handle *keyset.Handle) (prf.PRF, error) {
	set, err := prf.NewPRFSet(handle)
	if err != nil {
		return nil, fmt.Errorf("vault: the look-up key is not for hashing: %w", err)
	}
	return set.PRFs[set.PrimaryID], nil
}

var errNoName = errors.New("vault: sealing and opening need the name that the bytes belong to")

func seal(a tink.AEAD, name string, plaintext []byte) ([]byte, error) {
	if name == "" {
		return nil, errNoName
	}
	sealed, err := a.Encrypt(plaintext, []byte(name))
	if err != nil {
		return nil, fmt.Errorf("vault: seal: %w", err)
	}
	return sealed, nil
}

func open(a tink.AEAD, name string, sealed []byte) ([]byte, error) {
	if name == "" {
		return nil, errNoName
	}
	plaintext, err := a.Decrypt(sealed, []byte(name))
	if err != nil {
		return nil, &onboarding.Error{Code: onboarding.CodeInvalid, Cause: ErrBroken,
			Message: "Sealed data was changed, or does not belong here.",
			Hint:    "Nothing was read; compare it with the stored object."}
	}
	return plaintext, nil
}

// lookupBytes: 160 bits, at which two of a billion values meet with a chance of
// one in 2^101.
const lookupBytes = 20

// lookupHash hashes kind and value; kind's length goes first, so that no kind
// and value run into another pair.
func lookupHash(p prf.PRF, kind, value string) string {
	in := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(kind)+len(value)), uint32(len(kind)))
	in = append(append(in, kind...), value...)
	sum, err := p.ComputePRF(in, lookupBytes)
	if err != nil {
		panic("vault: the look-up key gives too short a hash") // HMAC-SHA256 gives 32 bytes
	}
	return hex.EncodeToString(sum)
}
