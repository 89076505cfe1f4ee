package evidence

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// ErrNoObjectLock: the bucket has no Object Lock, so S3 itself holds nothing in it.
var ErrNoObjectLock = errors.New("the bucket has no Object Lock")

// ErrHeld: a legal hold stands on the object.
var ErrHeld = errors.New("a legal hold stands on it")

// held looks for a legal hold on one version before it is deleted. S3 itself refuses to
// delete what is held; versitygw 1.8 does so only while the object's retention lasts.
func (s *Store) held(ctx context.Context, key string, version *string) error {
	if s.lock <= 0 {
		return nil
	}
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key, VersionId: version})
	if err != nil { // gone, a delete marker, or the deletion says what is wrong
		return nil //nolint:nilerr // see above
	}
	if head.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn {
		return ErrHeld
	}
	return nil
}

// LegalHold puts S3's legal hold on an object, or takes it off: while it is on, nobody
// can delete the object, whatever its retention says. A missing object is success, since
// it may have gone meanwhile; ErrNoObjectLock where the bucket cannot hold anything.
func (s *Store) LegalHold(ctx context.Context, key string, on bool) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	status := types.ObjectLockLegalHoldStatusOff
	if on {
		status = types.ObjectLockLegalHoldStatusOn
	}
	_, err := s.client.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{Bucket: &s.bucket, Key: &key,
		LegalHold: &types.ObjectLockLegalHold{Status: status}})
	switch c := code(err); {
	case missing(err):
		return nil
	case c == "InvalidRequest" || c == "NotImplemented" || c == "ObjectLockConfigurationNotFoundError": // AWS says the first: "Bucket is missing Object Lock Configuration"
		return fail("hold", key, ErrNoObjectLock)
	}
	return wrap("hold", key, err)
}

// Kept tells until when S3's own retention keeps an object, and whether a legal hold is
// on it; no time and false when nothing keeps it. IsMissing is true for the error when
// there is no such object.
func (s *Store) Kept(ctx context.Context, key string) (until time.Time, held bool, err error) {
	if err := CheckKey(key); err != nil {
		return time.Time{}, false, err
	}
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
	if missing(err) {
		return time.Time{}, false, fail("look for", key, ErrNotFound)
	}
	if err != nil {
		return time.Time{}, false, fail("look for", key, err)
	}
	return aws.ToTime(head.ObjectLockRetainUntilDate), head.ObjectLockLegalHoldStatus == types.ObjectLockLegalHoldStatusOn, nil
}
