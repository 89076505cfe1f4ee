package evidence

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest that S3 takes as a key and a file system as a name.
const (
	maxKey     = 1024
	maxSegment = 255
)

// CheckKey says whether key can name an object on every store that we use:
// printable text of segments divided by single slashes, none of them empty,
// "." or "..", none above 255 bytes, 1,024 bytes in all. The error wraps
// ErrBadKey.
//
// One rule cannot be seen from a single key: an object cannot also be a prefix
// of others ("a" and "a/b"), since the embedded store keeps objects as files.
// It refuses the second of the two; AWS would take it, so name keys such that
// the question never comes up.
func CheckKey(key string) error {
	if key == "" {
		return fmt.Errorf("%w: it is empty", ErrBadKey)
	}
	if err := printable(key); err != nil {
		return err
	}
	for segment := range strings.SplitSeq(key, "/") {
		switch {
		case segment == "":
			return fmt.Errorf("%w %q: it begins or ends with a slash, or has two in a row", ErrBadKey, key)
		case segment == "." || segment == "..":
			return fmt.Errorf("%w %q: %q is no name", ErrBadKey, key, segment)
		case len(segment) > maxSegment:
			return fmt.Errorf("%w %q: a segment is longer than %d bytes", ErrBadKey, key, maxSegment)
		}
	}
	return nil
}

// checkPrefix is CheckKey for what List takes: it may be empty, and end in the
// middle of a segment or with its slash.
func checkPrefix(prefix string) error {
	if strings.HasPrefix(prefix, "/") {
		return fmt.Errorf("%w %q: it begins with a slash", ErrBadKey, prefix)
	}
	return printable(prefix)
}

func printable(s string) error {
	if len(s) > maxKey {
		return fmt.Errorf("%w: longer than %d bytes", ErrBadKey, maxKey)
	}
	if !utf8.ValidString(s) {
		return fmt.Errorf("%w %q: not UTF-8", ErrBadKey, s)
	}
	for _, r := range s {
		if !unicode.IsPrint(r) || r == '\\' {
			return fmt.Errorf("%w %q: %q is not printable", ErrBadKey, s, r)
		}
	}
	return nil
}
