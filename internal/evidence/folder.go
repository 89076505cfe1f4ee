package evidence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// Folder is a copy of a bucket in a folder, a file for each object, as `aws s3 sync`
// makes one. It is only read. Nothing else is needed to check a copy: no account, no
// network.
type Folder string

// Get gives an object's bytes, or ErrNotFound, or ErrTooLarge above MaxObject, or
// ErrAltered for what no copy of an object is: a folder, a link, a pipe. A copy may come
// from anybody, so neither is opened.
func (f Folder) Get(ctx context.Context, key string) ([]byte, error) {
	if err := errors.Join(ctx.Err(), CheckKey(key)); err != nil {
		return nil, err
	}
	name := filepath.Join(string(f), filepath.FromSlash(key))
	info, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fail("get", key, ErrNotFound)
	case err != nil:
		return nil, fail("get", key, err)
	case !info.Mode().IsRegular():
		return nil, fail("get", key, ErrAltered)
	case info.Size() > MaxObject:
		return nil, fail("get", key, ErrTooLarge)
	}
	body, err := os.ReadFile(name)
	return body, wrap("get", key, err)
}

// IsAltered is Store's: no object of ours is of that kind or size.
func (f Folder) IsAltered(err error) bool { return altered(err) }

// List gives the keys that begin with prefix. Names that begin with a dot are none:
// they are the file system's, or some tool's.
func (f Folder) List(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		below := prefix[:strings.LastIndexByte(prefix, '/')+1]
		err := filepath.WalkDir(filepath.Join(string(f), filepath.FromSlash(below)), func(path string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			key, err := filepath.Rel(string(f), path)
			if err != nil {
				return err
			}
			key = filepath.ToSlash(key)
			switch hidden := strings.HasPrefix(d.Name(), ".") && key != "."; {
			case d.IsDir() && hidden:
				return fs.SkipDir
			case d.IsDir() || hidden || !strings.HasPrefix(key, prefix):
				return nil
			}
			if !yield(key, nil) {
				return fs.SkipAll
			}
			return nil
		})
		if err != nil {
			yield("", fail("list", prefix, err))
		}
	}
}

// Folders gives the folders right below a prefix that ends with a slash, each as a
// prefix itself.
func (f Folder) Folders(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		entries, err := os.ReadDir(filepath.Join(string(f), filepath.FromSlash(prefix)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			yield("", fail("list", prefix, err))
			return
		}
		for _, e := range entries {
			if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
				continue
			}
			if !yield(prefix+e.Name()+"/", nil) {
				return
			}
		}
	}
}

// IsMissing says whether err means that there is no such object.
func (f Folder) IsMissing(err error) bool { return errors.Is(err, ErrNotFound) }

// Check says whether the folder can be read.
func (f Folder) Check() error {
	info, err := os.Stat(string(f))
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("%s is no folder", string(f))
	}
	return err
}
