package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// journal is the file that carries orders, what else vendors keep and the books
// over a restart: JSON lines,
// each written with one system call before the answer goes out. That outlives
// a SIGKILL; it is not synced, so it does not outlive the machine, which a
// sandbox need not. A line that broke off is passed over. Opening it writes it
// anew, short, beside the old one and then over it.
type journal struct {
	mu   sync.Mutex
	file *os.File // nil: in memory only
	buf  bytes.Buffer
}

// line is one of these; an order and its entry come together.
type line struct {
	Count *Count `json:"count,omitempty"` // requests whose entries are no longer kept
	Order *order `json:"order,omitempty"` // as it is from here on
	Entry *Entry `json:"entry,omitempty"`
	Kept  *thing `json:"kept,omitempty"` // as it is from here on
}

func openJournal(dir string, b *books, f *findly, k *shelf) (*journal, error) {
	if dir == "" {
		return &journal{}, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "sandbox.jsonl")
	if err := load(path, b, f, k); err != nil {
		return nil, err
	}
	if err := compact(path, b, f, k); err != nil {
		return nil, fmt.Errorf("shorten %s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &journal{file: file}, nil
}

func load(path string, b *books, f *findly, k *shelf) error {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	in := bufio.NewReaderSize(file, 1<<16)
	for {
		text, err := in.ReadBytes('\n')
		var l line
		if err == nil && json.Unmarshal(text, &l) == nil {
			switch {
			case l.Count != nil:
				b.restore(*l.Count)
			case l.Kept != nil:
				k.restore(*l.Kept)
			default:
				if l.Order != nil {
					f.restore(*l.Order)
				}
				if l.Entry != nil {
					b.add(*l.Entry)
				}
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func compact(path string, b *books, f *findly, k *shelf) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".sandbox-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	defer tmp.Close()           // a second close is harmless
	out := bufio.NewWriterSize(tmp, 1<<16)
	enc := json.NewEncoder(out)
	entries := b.entries("", 0)
	rest := map[Count]int{}
	for _, c := range b.tally() {
		n := c.Count
		c.Count = 0
		rest[c] = n
	}
	for _, e := range entries {
		rest[Count{Vendor: e.Vendor, Method: e.Method, Path: e.Path, Status: e.Status, Replayed: e.Replayed}]--
	}
	for c, n := range rest {
		if c.Count = n; n > 0 {
			if err := enc.Encode(line{Count: &c}); err != nil {
				return err
			}
		}
	}
	for _, o := range f.all() {
		if err := enc.Encode(line{Order: &o}); err != nil {
			return err
		}
	}
	for _, t := range k.things() {
		if err := enc.Encode(line{Kept: &t}); err != nil {
			return err
		}
	}
	for _, e := range entries {
		if err := enc.Encode(line{Entry: &e}); err != nil {
			return err
		}
	}
	if err := errors.Join(out.Flush(), tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// exchange writes a request's entry, and the order that it made.
func (j *journal) exchange(e Entry, o *order) error { return j.write(line{Entry: &e, Order: o}) }

// order writes an order that changed.
func (j *journal) order(o order) error { return j.write(line{Order: &o}) }

// kept writes a thing that was put on the shelf or taken off it.
func (j *journal) kept(t thing) error { return j.write(line{Kept: &t}) }

func (j *journal) write(l line) error {
	if j.file == nil {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.buf.Reset()
	if err := json.NewEncoder(&j.buf).Encode(l); err != nil {
		return err
	}
	_, err := j.file.Write(j.buf.Bytes())
	return err
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}
