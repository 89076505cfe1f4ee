package evidence

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// checkTimeout is less than what orchestrators give a probe.
const checkTimeout = 5 * time.Second

// Check is the readiness probe: the bucket can be reached and has the nature
// that the store was configured for. A locked store needs versioning and Object
// Lock, since a store without them takes the lock's headers and locks nothing; a
// plain one must have no default retention, or keys could not be destroyed.
// The error says what to change. A bucket that does not answer is not asked
// again: the prober does that.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	once := func(o *s3.Options) { o.RetryMaxAttempts, o.Retryer = 1, aws.NopRetryer{} }
	if _, err := s.client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.bucket}, once); err != nil {
		return s.notReady(hint(err), err)
	}
	lock, err := s.client.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &s.bucket})
	if s.lock <= 0 {
		// Without the permission to look, or the notion of locks, there is
		// nothing to say; the first Delete will.
		if err == nil && lock.ObjectLockConfiguration != nil && lock.ObjectLockConfiguration.Rule != nil {
			return s.notReady("remove the bucket's default retention: keys could not be destroyed in it", nil)
		}
		return nil
	}
	if c := code(err); err != nil && status(err) != http.StatusNotFound && c != "ObjectLockConfigurationNotFoundError" {
		return s.notReady("grant s3:GetBucketObjectLockConfiguration", err)
	}
	if err != nil || lock.ObjectLockConfiguration == nil ||
		lock.ObjectLockConfiguration.ObjectLockEnabled != types.ObjectLockEnabledEnabled {
		return s.notReady("turn on Object Lock (put-object-lock-configuration), or make the bucket anew with it", nil)
	}
	versioning, err := s.client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &s.bucket})
	if err != nil {
		return s.notReady("grant s3:GetBucketVersioning", err)
	}
	if versioning.Status != types.BucketVersioningStatusEnabled {
		return s.notReady("turn on versioning (put-bucket-versioning)", nil)
	}
	return nil
}

func (s *Store) notReady(hint string, cause error) error {
	if cause == nil {
		return fmt.Errorf("evidence: bucket %s is not ready: %s", s.bucket, hint)
	}
	return fmt.Errorf("evidence: bucket %s is not ready: %s: %w", s.bucket, hint, cause)
}

// hint tells what to change when the bucket does not answer as it should.
func hint(err error) string {
	switch status(err) {
	case http.StatusNotFound:
		return "create it, or name another"
	case http.StatusForbidden, http.StatusUnauthorized:
		return "check the access key and grant s3:ListBucket on it"
	case http.StatusMovedPermanently:
		return "it lies in another region: set that region"
	case 0:
		return "check the endpoint and the network"
	default:
		return "see the store's own log"
	}
}
