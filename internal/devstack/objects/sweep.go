package objects

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
)

var (
	// stray is the name of a put that was killed while it replaced an object; it
	// shows in listings.
	stray = regexp.MustCompile(`^\..+\.sgwtmp\.[0-9]+$`)
	// unfinished is the name of a put that was killed while bytes came in, on
	// file systems without nameless files.
	unfinished = regexp.MustCompile(`^[0-9a-f]{64}\.[0-9]+$`)
)

// temporary is the gateway's folder for puts under way, one in each bucket.
const temporary = ".sgwtmp"

// sweepAfterKill removes what puts left behind when the process before this one
// was killed. A walk over a large store takes seconds, so it is done only if that
// process did not say goodbye, which is what the function given back does.
func (at layout) sweepAfterKill() (goodbye func() error, err error) {
	goodbye = func() error { return os.Remove(at.running) }
	f, err := os.OpenFile(at.running, os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		return goodbye, f.Close()
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	for _, root := range []string{at.data, at.versions} {
		if err := sweep(root); err != nil {
			return nil, err
		}
	}
	return goodbye, nil
}

func sweep(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		left := stray.MatchString(entry.Name()) ||
			filepath.Base(filepath.Dir(path)) == temporary && unfinished.MatchString(entry.Name())
		if !left {
			return nil
		}
		return os.Remove(path)
	})
}
