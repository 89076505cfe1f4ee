package evidence

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// races is how often a put that raced another is sent again.
const races = 6

// largeBody is from where on a body does not fit what the network holds: a
// store that refuses it early closes the connection on us while we still send,
// and its 412 may be lost. So PutOnce looks before it sends, and again when the
// connection broke.
const largeBody = 64 << 10

// writerTag is the object metadata that tells PutIf's own earlier attempt from
// another writer's put of the same bytes.
const writerTag = "writer"

// PutOnce stores body under key if nothing stands there. Identical bytes that
// stand there already are success, whoever put them, so that a retry is safe;
// other bytes give ErrConflict. Once it has returned nil on a locked store, the
// object is held until its date: when an earlier attempt was cut off between
// the two, the retention is set now.
func (s *Store) PutOnce(ctx context.Context, key string, body []byte) error {
	_, err := s.PutFresh(ctx, key, body)
	return err
}

// PutFresh is PutOnce that tells whether this very put was the first: false when
// the bytes stood there already. One of several equal puts gives true at most; a
// put whose answer was lost gives it never.
func (s *Store) PutFresh(ctx context.Context, key string, body []byte) (bool, error) {
	if err := CheckKey(key); err != nil {
		return false, err
	}
	if len(body) >= largeBody {
		if there, err := s.standing(ctx, key, body); err != nil || there {
			return false, wrap("put", key, err)
		}
	}
	for try := 0; ; try++ {
		in := s.putInput(key, body)
		in.IfNoneMatch = aws.String("*")
		_, err := s.client.PutObject(ctx, in)
		switch {
		case err == nil:
			return true, nil
		case status(err) == 0 && len(body) >= largeBody && ctx.Err() == nil:
			there, standingErr := s.standing(ctx, key, body)
			if there || errors.Is(standingErr, ErrConflict) {
				return false, wrap("put", key, standingErr)
			}
			return false, fail("put", key, err)
		case refused(err):
			var there bool
			there, err = s.standing(ctx, key, body)
			if err != nil || there {
				return false, wrap("put", key, err)
			}
			err = fmt.Errorf("it comes and goes: %w", ErrConflict) // removed between the two calls
		case !raced(err):
			return false, putFailed(key, err)
		}
		if try == races {
			return false, fail("put", key, err)
		}
		if err := pause(ctx, try); err != nil {
			return false, fail("put", key, err)
		}
	}
}

// standing compares what is stored with body: true when it is the same (and
// held, on a locked store), false when nothing is there any more, and
// ErrConflict when it is something else.
func (s *Store) standing(ctx context.Context, key string, body []byte) (bool, error) {
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key,
		ChecksumMode: types.ChecksumModeEnabled})
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if sum := aws.ToString(head.ChecksumSHA256); sum != "" && head.ChecksumType != types.ChecksumTypeComposite {
		if sum != checksum(body) {
			return false, ErrConflict
		}
	} else {
		stored, _, err := s.get(ctx, key)
		if missing(err) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if !bytes.Equal(stored, body) {
			return false, ErrConflict
		}
	}
	return true, s.hold(ctx, key, head)
}

// hold sets the retention that the object should have when it has none, or one
// whose date is past. A live one stays as it is: to make governance compliance
// is the operator's act and takes a permission of its own.
func (s *Store) hold(ctx context.Context, key string, head *s3.HeadObjectOutput) error {
	if s.lock <= 0 || aws.ToTime(head.ObjectLockRetainUntilDate).After(time.Now()) {
		return nil
	}
	until := s.until()
	_, err := s.client.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{Bucket: &s.bucket, Key: &key,
		VersionId: head.VersionId,
		Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionMode(s.mode), RetainUntilDate: &until}})
	if err != nil {
		return fmt.Errorf("set its retention: %w", err)
	}
	return nil
}

// Put stores body under key and replaces what stands there. It is for the vault
// bucket; a locked store refuses with ErrWriteOnce.
func (s *Store) Put(ctx context.Context, key string, body []byte) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if s.lock > 0 {
		return fail("overwrite", key, ErrWriteOnce)
	}
	if _, err := s.client.PutObject(ctx, s.putInput(key, body)); err != nil {
		return putFailed(key, err)
	}
	return nil
}

// PutIf stores body under key if what stands there still has the ETag that
// GetTagged or PutIf gave, or, for an empty etag, if nothing stands there; it
// gives the new ETag. Otherwise it fails with ErrConflict, also when another
// wrote the very same bytes: exactly one of several writers wins. An attempt of
// its own that had succeeded without our hearing of it is recognized.
//
// An ETag names bytes, not a moment: a value that changed and changed back
// passes. A locked store takes only the empty etag.
func (s *Store) PutIf(ctx context.Context, key string, body []byte, etag string) (string, error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	if s.lock > 0 && etag != "" {
		return "", fail("overwrite", key, ErrWriteOnce)
	}
	writer := rand.Text()
	for try := 0; ; try++ {
		in := s.putInput(key, body)
		in.Metadata = map[string]string{writerTag: writer}
		if etag == "" {
			in.IfNoneMatch = aws.String("*")
		} else {
			in.IfMatch = &etag
		}
		out, err := s.client.PutObject(ctx, in)
		switch {
		case err == nil:
			return aws.ToString(out.ETag), nil
		case refused(err) || missing(err):
			tag, err := s.ours(ctx, key, writer)
			return tag, wrap("put", key, err)
		case !raced(err):
			return "", putFailed(key, err)
		}
		if try == races {
			return "", fail("put", key, err)
		}
		if err := pause(ctx, try); err != nil {
			return "", fail("put", key, err)
		}
	}
}

// ours gives the ETag of what stands under key if this very PutIf wrote it.
func (s *Store) ours(ctx context.Context, key, writer string) (string, error) {
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
	if missing(err) {
		return "", ErrConflict
	}
	if err != nil {
		return "", err
	}
	if head.Metadata[writerTag] != writer {
		return "", ErrConflict
	}
	return aws.ToString(head.ETag), s.hold(ctx, key, head)
}

// putInput is what every put carries: the checksum that S3 verifies and keeps,
// and on a locked store the retention.
func (s *Store) putInput(key string, body []byte) *s3.PutObjectInput {
	in := &s3.PutObjectInput{Bucket: &s.bucket, Key: &key, Body: bytes.NewReader(body),
		ContentType:       aws.String("application/octet-stream"),
		ChecksumAlgorithm: types.ChecksumAlgorithmSha256,
		ChecksumSHA256:    aws.String(checksum(body))}
	if s.lock > 0 {
		until := s.until()
		in.ObjectLockMode = types.ObjectLockMode(s.mode)
		in.ObjectLockRetainUntilDate = &until
	}
	return in
}

func (s *Store) until() time.Time { return time.Now().UTC().Add(s.lock) }

func checksum(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// pause waits before a raced put is sent again: 20 ms, doubling, half of it by
// chance so that two racers part.
func pause(ctx context.Context, try int) error {
	d := 20 * time.Millisecond << try
	d = d/2 + mathrand.N(d)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// putFailed names the one rule about keys that only the store can see.
func putFailed(key string, err error) error {
	if c := code(err); c == "ObjectParentIsFile" || c == "ExistingObjectIsDirectory" {
		err = fmt.Errorf("%w: an object cannot also be the prefix of others: %w", ErrBadKey, err)
	}
	return fail("put", key, err)
}

// wrap is fail for an error that may be nil.
func wrap(op, key string, err error) error {
	if err == nil {
		return nil
	}
	return fail(op, key, err)
}
