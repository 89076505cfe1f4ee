package objects

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/versity/versitygw/auth"
	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/s3err"
	"github.com/versity/versitygw/s3response"
)

// The gateway's own names for where it keeps an object's locks.
const (
	retentionAttribute = "object-retention"
	legalHoldAttribute = "object-legal-hold"
)

// backend is the gateway's file store with two promises that it lacks: an object
// that is to be locked is locked from the moment it shows, and what is
// acknowledged is on disk.
type backend struct {
	*posix.Posix
	store   meta.MetadataStorer
	at      layout
	sidecar string // empty: extended attributes
	fsync   bool
	slots   chan struct{}
	settled sync.Map // folders whose own entry is on disk
}

func newBackend(files *posix.Posix, store meta.MetadataStorer, at layout, sidecar string, fsync bool) *backend {
	return &backend{Posix: files, store: store, at: at, sidecar: sidecar, fsync: fsync, slots: make(chan struct{}, concurrency)}
}

// PutObject stages retention and legal hold on the temporary file, together with
// the bytes. The gateway itself sets them after the object shows, so that one
// kill in thousands leaves an object without its lock.
//
// With a metadata folder this is impossible, as it goes by names; there the
// gateway's own way stays.
func (b *backend) PutObject(ctx context.Context, in s3response.PutObjectInput) (s3response.PutObjectOutput, error) {
	if in.Bucket == nil || in.Key == nil || strings.HasSuffix(*in.Key, "/") {
		return b.Posix.PutObject(ctx, in)
	}
	select { // PutObjectWithPostFunc does not take one of the gateway's slots
	case b.slots <- struct{}{}:
		defer func() { <-b.slots }()
	case <-ctx.Done():
		return s3response.PutObjectOutput{}, ctx.Err()
	}
	var staged map[string][]byte
	if locked := in.ObjectLockMode != "" || in.ObjectLockLegalHoldStatus != ""; locked && b.sidecar == "" {
		if err := b.lockable(ctx, *in.Bucket); err != nil {
			return s3response.PutObjectOutput{}, err
		}
		var err error
		if staged, err = lockAttributes(in); err != nil {
			return s3response.PutObjectOutput{}, err
		}
		in.ObjectLockMode, in.ObjectLockRetainUntilDate, in.ObjectLockLegalHoldStatus = "", nil, ""
	}
	return b.PutObjectWithPostFunc(ctx, in, func(f *os.File) error {
		for name, value := range staged {
			if err := b.store.StoreAttribute(f, *in.Bucket, *in.Key, name, value); err != nil {
				return err
			}
		}
		if !b.fsync {
			return nil
		}
		return f.Sync() // no torn object may show after a power cut
	})
}

// lockable refuses a lock in a bucket without Object Lock, before anything is
// written; the gateway would find out afterwards.
func (b *backend) lockable(ctx context.Context, bucket string) error {
	enabled, err := b.lockEnabled(ctx, bucket)
	if err != nil {
		return err
	}
	if !enabled {
		return s3err.GetAPIError(s3err.ErrMissingObjectLockConfigurationNoSpaces)
	}
	return nil
}

func (b *backend) lockEnabled(ctx context.Context, bucket string) (bool, error) {
	body, err := b.GetObjectLockConfiguration(ctx, bucket)
	if err != nil {
		if is := (s3err.S3Error)(nil); errors.As(err, &is) {
			return false, nil
		}
		return false, err
	}
	var cfg auth.BucketLockConfig
	if err := json.Unmarshal(body, &cfg); err != nil {
		return false, err
	}
	return cfg.Enabled, nil
}

// lockAttributes gives the locks that a put asks for, as the gateway stores them.
func lockAttributes(in s3response.PutObjectInput) (map[string][]byte, error) {
	attributes := map[string][]byte{}
	if in.ObjectLockMode != "" {
		retention, err := json.Marshal(struct {
			Mode            string
			RetainUntilDate *time.Time
		}{string(in.ObjectLockMode), in.ObjectLockRetainUntilDate})
		if err != nil {
			return nil, err
		}
		attributes[retentionAttribute] = retention
	}
	if in.ObjectLockLegalHoldStatus == "ON" {
		attributes[legalHoldAttribute] = []byte{1}
	}
	return attributes, nil
}

// settleFirst is the middleware that lets no answer to a write out before what
// was written is on disk. The gateway never calls fsync.
func (b *backend) settleFirst(c fiber.Ctx) error {
	if err := c.Next(); err != nil {
		return err
	}
	method := c.Method()
	if method == http.MethodGet || method == http.MethodHead || c.Response().StatusCode() >= http.StatusMultipleChoices {
		return nil
	}
	bucket, key, _ := strings.Cut(strings.TrimPrefix(c.Path(), "/"), "/")
	plain := len(c.Request().URI().QueryString()) == 0 || string(c.Request().URI().QueryString()) == "x-id="+operation(method)
	versioned := len(c.Response().Header.Peek("X-Amz-Version-Id")) > 0
	switch {
	case key == "" || !filepath.IsLocal(filepath.Join(bucket, key)):
		syscall.Sync() // a bucket's setting, or many objects at once
	case method == http.MethodPut && plain && (!versioned || len(c.Request().Header.Peek("If-None-Match")) > 0):
		return b.settle(bucket, key)
	case method == http.MethodDelete && plain && !versioned:
		return b.settleRemoval(bucket, key)
	default:
		// A version moved aside, a lock on an older one, a multipart upload put
		// together: seldom, and over many files.
		syscall.Sync()
	}
	return nil
}

// operation is what AWS's SDK adds to the query, to no effect.
func operation(method string) string {
	if method == http.MethodDelete {
		return "DeleteObject"
	}
	return "PutObject"
}

// settle brings an object that was put, and the folders that lead to it, to disk.
func (b *backend) settle(bucket, key string) error {
	if err := syncPath(filepath.Join(b.at.data, bucket, key)); err != nil { // its attributes came after its bytes
		return err
	}
	if b.sidecar != "" {
		dir := filepath.Join(b.sidecar, bucket, key, "meta")
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		for _, e := range entries {
			if err := syncPath(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
		if err := b.settleFolders(b.sidecar, dir); err != nil {
			return err
		}
	}
	return b.settleFolders(b.at.data, filepath.Dir(filepath.Join(b.at.data, bucket, key)))
}

// settleFolders brings dir to disk, and of the folders above it up to root those
// that are new since the last time.
func (b *backend) settleFolders(root, dir string) error {
	for first := true; len(dir) >= len(root); dir, first = filepath.Dir(dir), false {
		if _, known := b.settled.Load(dir); !known || first {
			if err := syncPath(dir); err != nil {
				return err
			}
		}
		if _, known := b.settled.LoadOrStore(dir, true); known {
			return nil // so are those above
		}
	}
	return nil
}

// settleRemoval brings the removal of an object to disk: erased must stay erased.
// The gateway removes folders that became empty; the first that still stands
// holds the change.
func (b *backend) settleRemoval(bucket, key string) error {
	roots := []string{b.at.data}
	if b.sidecar != "" {
		roots = append(roots, b.sidecar)
	}
	for _, root := range roots {
		for dir := filepath.Dir(filepath.Join(root, bucket, key)); len(dir) >= len(root); dir = filepath.Dir(dir) {
			err := syncPathStrict(dir)
			if err == nil {
				break
			}
			if !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			b.settled.Delete(dir)
		}
	}
	return nil
}

// syncPath is fsync by name. What is gone again meanwhile needs none.
func syncPath(path string) error {
	if err := syncPathStrict(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func syncPathStrict(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if err := f.Sync(); err != nil {
		return fmt.Errorf("fsync %s: %w", filepath.Base(path), err)
	}
	return nil
}
