package lists

import (
	"bytes"
	"io/fs"
	"time"
)

// files are an edition's files in memory, as the fs.FS that a list's Load reads.
type files map[string][]byte

// Open gives a file, or fs.ErrNotExist.
func (f files) Open(name string) (fs.File, error) {
	body, ok := f[name]
	if !ok {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &file{Reader: bytes.NewReader(body), name: name}, nil
}

type file struct {
	*bytes.Reader
	name string
}

func (f *file) Close() error               { return nil }
func (f *file) Stat() (fs.FileInfo, error) { return f, nil }
func (f *file) Name() string               { return f.name }
func (f *file) Mode() fs.FileMode          { return 0o444 }
func (f *file) ModTime() time.Time         { return time.Time{} }
func (f *file) IsDir() bool                { return false }
func (f *file) Sys() any                   { return nil }
