package evidence

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Delete removes the object in every version, delete markers included, so that
// nothing of it can be brought back. A missing object is success. On a locked
// store it succeeds only for what is held no longer, and what it could not
// remove stays visible: no marker is laid over it.
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := CheckKey(key); err != nil {
		return err
	}
	if s.lock > 0 {
		return wrap("delete", key, s.purge(ctx, key))
	}
	// A plain delete first: in a bucket without versions it is all there is to
	// do, and it spares the listing. A versioned bucket gives itself away by
	// the marker it answers with.
	out, err := s.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key})
	if missing(err) {
		return nil
	}
	if err != nil {
		return fail("delete", key, err)
	}
	if aws.ToBool(out.DeleteMarker) || aws.ToString(out.VersionId) != "" {
		return wrap("delete", key, s.purge(ctx, key))
	}
	return nil
}

// purge removes each version and marker of key by its version ID. It goes on
// past a version that cannot be removed and gives all the errors together.
func (s *Store) purge(ctx context.Context, key string) error {
	type version struct{ key, id string }
	var found []version
	seen := map[version]bool{} // the gateway repeats an entry at each page's edge
	add := func(k, id *string) {
		v := version{aws.ToString(k), aws.ToString(id)}
		if v.key == key && !seen[v] {
			seen[v] = true
			found = append(found, v)
		}
	}
	pages := s3.NewListObjectVersionsPaginator(s.client, &s3.ListObjectVersionsInput{Bucket: &s.bucket, Prefix: &key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, v := range page.Versions {
			add(v.Key, v.VersionId)
		}
		for _, m := range page.DeleteMarkers {
			add(m.Key, m.VersionId)
		}
		if len(found) > 0 && past(page, key) {
			break
		}
	}
	var failed []error
	for _, v := range found {
		in := &s3.DeleteObjectInput{Bucket: &s.bucket, Key: &key, VersionId: &v.id}
		if v.id == "" {
			in.VersionId = nil
		}
		if err := s.held(ctx, key, in.VersionId); err != nil {
			failed = append(failed, err)
			continue
		}
		if _, err := s.client.DeleteObject(ctx, in); err != nil && !missing(err) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// past says whether a page already holds keys behind key, so that the next ones
// can hold nothing of it ("keys/1" is also the prefix of "keys/10").
func past(page *s3.ListObjectVersionsOutput, key string) bool {
	for _, v := range page.Versions {
		if aws.ToString(v.Key) > key {
			return true
		}
	}
	for _, m := range page.DeleteMarkers {
		if aws.ToString(m.Key) > key {
			return true
		}
	}
	return false
}
