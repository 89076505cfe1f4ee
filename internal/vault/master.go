package vault

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// Master wraps the data keys and does nothing else. Whoever has it and the
// vault bucket can read everything; each alone is worth nothing.
type Master interface {
	EncryptWithContext(ctx context.Context, plaintext, associatedData []byte) ([]byte, error)
	DecryptWithContext(ctx context.Context, ciphertext, associatedData []byte) ([]byte, error)
}

// LocalMaster takes the master key from a Tink keyset file, which it creates
// with mode 0600 if there is none; of several processes that create it at once
// all get the same. A file that others than its owner can read is refused.
//
// Back the file up apart from the buckets: without it all data is lost.
func LocalMaster(path string) (Master, error) {
	handle, err := readMaster(path)
	if errors.Is(err, fs.ErrNotExist) {
		if handle, err = keyset.NewHandle(aead.AES256GCMKeyTemplate()); err != nil {
			return nil, fmt.Errorf("vault: make a master key: %w", err)
		}
		err = writeMaster(path, handle, os.Link) // fails if another was faster
		if err == nil || errors.Is(err, fs.ErrExist) {
			handle, err = readMaster(path)
		}
	}
	if err != nil {
		return nil, err
	}
	primitive, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("vault: the master key file %s does not hold an encryption key: %w", path, err)
	}
	return local{primitive}, nil
}

// RotateLocalMaster adds a fresh key to the master key file and makes it the one
// that wraps from now on. The earlier ones stay in the file, so that what they
// wrapped opens as before. Running processes keep what they have read: restart
// them. Not for two operators at once: the later one's key stays.
func RotateLocalMaster(path string) error {
	handle, err := readMaster(path)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err == nil {
		err = manager.SetPrimary(id)
	}
	if err == nil {
		handle, err = manager.Handle()
	}
	if err != nil {
		return fmt.Errorf("vault: rotate the master key: %w", err)
	}
	return writeMaster(path, handle, os.Rename)
}

// local is a keyset in memory; it needs no context.
type local struct {
	primitive interface {
		Encrypt(plaintext, associatedData []byte) ([]byte, error)
		Decrypt(ciphertext, associatedData []byte) ([]byte, error)
	}
}

func (l local) EncryptWithContext(_ context.Context, plaintext, data []byte) ([]byte, error) {
	return l.primitive.Encrypt(plaintext, data)
}

func (l local) DecryptWithContext(_ context.Context, ciphertext, data []byte) ([]byte, error) {
	return l.primitive.Decrypt(ciphertext, data)
}

func readMaster(path string) (*keyset.Handle, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("vault: open the master key file: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("vault: look at the master key file: %w", err)
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o077 != 0 {
		return nil, fmt.Errorf("vault: others can read the master key file %s (mode %04o): run chmod 600 on it,"+
			" and rotate the key if somebody may have", path, mode.Perm())
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(file))
	if err != nil {
		// Tink's error may quote the file: it stays here.
		return nil, fmt.Errorf("vault: %s is not a Tink keyset in JSON: restore it from your backup", path)
	}
	return handle, nil
}

// writeMaster writes a temporary file beside path, makes sure that it is on the
// disk and has place bring it to path, so that nobody ever reads half a key.
func writeMaster(path string, handle *keyset.Handle, place func(from, to string) error) error {
	var buf bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&buf)); err != nil {
		return fmt.Errorf("vault: write the master key: %w", err)
	}
	dir := filepath.Dir(path)
	temporary, err := os.CreateTemp(dir, ".master-*") // mode 0600
	if err != nil {
		return fmt.Errorf("vault: write the master key: %w", err)
	}
	defer os.Remove(temporary.Name())
	_, err = temporary.Write(buf.Bytes())
	err = errors.Join(err, temporary.Sync(), temporary.Close())
	if err == nil {
		err = place(temporary.Name(), path)
	}
	if err == nil {
		err = syncDir(dir)
	}
	if err != nil {
		return fmt.Errorf("vault: write the master key: %w", err)
	}
	return nil
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// KMS is what KMSMaster needs of AWS KMS; *kms.Client is one.
type KMS interface {
	Encrypt(ctx context.Context, in *kms.EncryptInput, options ...func(*kms.Options)) (*kms.EncryptOutput, error)
	Decrypt(ctx context.Context, in *kms.DecryptInput, options ...func(*kms.Options)) (*kms.DecryptOutput, error)
}

// KMSOption changes how KMSMaster reaches KMS.
type KMSOption = awskms.ClientOption

// WithKMS uses a client of the caller's, whose region must be the key's.
func WithKMS(client KMS) KMSOption { return awskms.WithKMS(client) }

// KMSMaster uses a key in AWS KMS, named "aws-kms://arn:aws:kms:<region>:…";
// credentials come by AWS's own chain. Rotation is KMS's: it opens with whatever
// key wrapped. Each data key that is not cached costs one Decrypt. It asks
// nothing of KMS yet: New does, and so fails early when the key is refused.
func KMSMaster(ctx context.Context, keyURI string, options ...KMSOption) (Master, error) {
	const scheme = "aws-kms://"
	if len(keyURI) <= len(scheme) || keyURI[:len(scheme)] != scheme {
		return nil, fmt.Errorf("vault: the KMS key %q must be written aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID", keyURI)
	}
	master, err := awskms.NewAEADWithContext(ctx, keyURI[len(scheme):], options...)
	if err != nil {
		return nil, fmt.Errorf("vault: reach the KMS key %s: %w", keyURI, err)
	}
	return master, nil
}
