package objects

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/versity/versitygw/auth"
)

// ensureBuckets makes the two buckets if they are not there, before the gateway
// answers anybody, and refuses an evidence bucket that locks nothing.
func (b *backend) ensureBuckets(ctx context.Context, o order) error {
	if err := b.ensureBucket(ctx, o.EvidenceBucket, o.Keys.Access, true); err != nil {
		return fmt.Errorf("the bucket %s: %w", o.EvidenceBucket, err)
	}
	if err := b.ensureBucket(ctx, o.VaultBucket, o.Keys.Access, false); err != nil {
		return fmt.Errorf("the bucket %s: %w", o.VaultBucket, err)
	}
	return nil
}

func (b *backend) ensureBucket(ctx context.Context, name, owner string, locked bool) error {
	_, err := os.Stat(filepath.Join(b.at.data, name))
	if os.IsNotExist(err) {
		if err := b.createBucket(ctx, name, owner, locked); err != nil {
			return err
		}
		if b.fsync {
			syscall.Sync()
		}
	} else if err != nil {
		return err
	}
	enabled, err := b.lockEnabled(ctx, name)
	if err != nil {
		return err
	}
	if enabled != locked {
		return fmt.Errorf("object lock is %t and must be %t, which cannot be changed: move %s away", enabled, locked, filepath.Join(b.at.data, name))
	}
	return nil
}

func (b *backend) createBucket(ctx context.Context, name, owner string, locked bool) error {
	acl, err := json.Marshal(auth.ACL{Owner: owner})
	if err != nil {
		return err
	}
	in := argument(b.CreateBucket)
	in.Bucket = &name
	in.ObjectOwnership = "BucketOwnerEnforced"
	in.ObjectLockEnabledForBucket = &locked
	fill(&in.CreateBucketConfiguration) // read without a look whether it is there
	return b.CreateBucket(ctx, in, acl)
}

// argument and fill make values of the AWS SDK's types, which the gateway's own
// methods take, without importing the SDK here: it is seen in evidence and vault
// alone.
func argument[T any](func(context.Context, *T, []byte) error) *T { return new(T) }

func fill[T any](field **T) { *field = new(T) }
