package evidence

import (
	"context"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Get gives an object's bytes, or ErrNotFound, or ErrTooLarge above MaxObject.
// The checksum that S3 keeps is verified on the way; ErrAltered when it does
// not fit.
func (s *Store) Get(ctx context.Context, key string) ([]byte, error) {
	body, _, err := s.GetTagged(ctx, key)
	return body, err
}

// GetTagged is Get with the ETag that PutIf takes.
func (s *Store) GetTagged(ctx context.Context, key string) (body []byte, etag string, err error) {
	if err := CheckKey(key); err != nil {
		return nil, "", err
	}
	body, etag, err = s.get(ctx, key)
	if missing(err) {
		return nil, "", fail("get", key, ErrNotFound)
	}
	return body, etag, wrap("get", key, err)
}

func (s *Store) get(ctx context.Context, key string) ([]byte, string, error) {
	out, err := s.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.bucket, Key: &key})
	if err != nil {
		return nil, "", err
	}
	defer out.Body.Close()
	if aws.ToInt64(out.ContentLength) > MaxObject {
		return nil, "", ErrTooLarge
	}
	body, err := io.ReadAll(io.LimitReader(out.Body, MaxObject+1))
	if err != nil && strings.Contains(err.Error(), "checksum did not match") { // the SDK's type for it is internal
		return nil, "", ErrAltered
	}
	if err != nil {
		return nil, "", err
	}
	if len(body) > MaxObject {
		return nil, "", ErrTooLarge
	}
	return body, aws.ToString(out.ETag), nil
}

// Has says whether there is an object under key.
func (s *Store) Has(ctx context.Context, key string) (bool, error) {
	if err := CheckKey(key); err != nil {
		return false, err
	}
	_, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
	if missing(err) {
		return false, nil
	}
	return err == nil, wrap("look for", key, err)
}

// Retention tells how an object is held, and until when: an empty mode and no
// time when it is not. An auditor's question.
func (s *Store) Retention(ctx context.Context, key string) (Mode, time.Time, error) {
	if err := CheckKey(key); err != nil {
		return "", time.Time{}, err
	}
	head, err := s.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &s.bucket, Key: &key})
	if missing(err) {
		return "", time.Time{}, fail("look for", key, ErrNotFound)
	}
	if err != nil {
		return "", time.Time{}, fail("look for", key, err)
	}
	return Mode(head.ObjectLockMode), aws.ToTime(head.ObjectLockRetainUntilDate), nil
}

// List gives the keys that begin with prefix, in their order, page by page as
// they are asked for; it ends after the first error. Give an applicant's own
// prefix, never a whole bucket in a hot path: 15,000 keys take seconds.
func (s *Store) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := checkPrefix(prefix); err != nil {
			yield("", err)
			return
		}
		pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", fail("list", prefix, err))
				return
			}
			for _, o := range page.Contents {
				key := aws.ToString(o.Key)
				if strings.HasSuffix(key, "/") {
					continue // a folder that some console made
				}
				if !yield(key, nil) {
					return
				}
			}
		}
	}
}

// Folders gives what lies right below a prefix that ends with a slash and has more
// below it, each as a prefix itself: 50,000 of them take 50 requests.
func (s *Store) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if err := checkPrefix(prefix); err != nil {
			yield("", err)
			return
		}
		pages := s3.NewListObjectsV2Paginator(s.client, &s3.ListObjectsV2Input{Bucket: &s.bucket, Prefix: &prefix, Delimiter: aws.String("/")})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield("", fail("list", prefix, err))
				return
			}
			for _, p := range page.CommonPrefixes {
				if !yield(aws.ToString(p.Prefix), nil) {
					return
				}
			}
		}
	}
}

// Presign gives a URL by which whoever has it may read the object for ttl
// (seven days at most, S3's own limit). It asks nothing of S3: a URL of a
// missing object is made as well, and answers 404.
func (s *Store) Presign(ctx context.Context, key string, ttl time.Duration) (string, error) {
	if err := CheckKey(key); err != nil {
		return "", err
	}
	if ttl < time.Second || ttl > 7*24*time.Hour {
		return "", fail("presign", key, fmt.Errorf("%s is not between a second and seven days", ttl))
	}
	request, err := s.sign.PresignGetObject(context.WithValue(ctx, untraced{}, true),
		&s3.GetObjectInput{Bucket: &s.bucket, Key: &key}, s3.WithPresignExpires(ttl))
	if err != nil {
		return "", fail("presign", key, err)
	}
	return request.URL, nil
}
