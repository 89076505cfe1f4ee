package mail

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Message is a letter, decoded.
type Message struct {
	ID      string            `json:"id"`
	From    string            `json:"from"` // of the envelope, as is To
	To      []string          `json:"to"`
	Subject string            `json:"subject"`
	Text    string            `json:"text"` // its plain text; of an HTML letter without one, the HTML's text
	At      time.Time         `json:"at"`
	Headers map[string]string `json:"headers"` // some of them, decoded
}

// stored is a letter's file: its envelope and what came over the wire.
type stored struct {
	From string    `json:"from"`
	To   []string  `json:"to"`
	At   time.Time `json:"at"`
	Raw  []byte    `json:"raw"`
}

// box holds the letters, in memory and on disk.
type box struct {
	dir string
	log *slog.Logger

	mu      sync.RWMutex
	letters []Message // oldest first
}

const suffix = ".json"

// openBox reads the letters of earlier runs. Files that are no letters are left
// alone.
func openBox(dir string, log *slog.Logger) (*box, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(dir) // sorted by name, which begins with the time
	if err != nil {
		return nil, err
	}
	b := &box{dir: dir, log: log}
	for _, e := range entries {
		id, ok := strings.CutSuffix(e.Name(), suffix)
		if !ok {
			continue
		}
		body, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return nil, err
		}
		var s stored
		if err := json.Unmarshal(body, &s); err != nil {
			log.Warn("mail: not a letter", "file", e.Name())
			continue
		}
		b.letters = append(b.letters, decode(id, s))
	}
	return b, nil
}

// add stores a letter.
func (b *box) add(from string, to []string, raw []byte) error {
	s := stored{From: from, To: to, At: time.Now().UTC(), Raw: raw}
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	// Names sort by time; within one lock no two letters share an instant that
	// the clock can tell apart, and the rest of the name settles the others.
	id := fmt.Sprintf("%016x-%s", s.At.UnixNano(), strings.ToLower(rand.Text()[:10]))
	if err := writeWhole(b.dir, id+suffix, body); err != nil {
		return err
	}
	b.letters = append(b.letters, decode(id, s))
	for len(b.letters) > maxLetters {
		if err := b.drop(0); err != nil {
			b.log.Warn("mail: remove the oldest letter", "error", err)
			break
		}
	}
	return nil
}

// writeWhole writes a file that is there with all of its content or not at all.
func writeWhole(dir, name string, body []byte) error {
	tmp, err := os.CreateTemp(dir, ".letter-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already when all went well
	if _, err = tmp.Write(body); err == nil {
		err = tmp.Close()
	} else {
		_ = tmp.Close()
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), filepath.Join(dir, name))
}

// list gives the letters to an address, or all when it is empty, oldest first.
func (b *box) list(to string) []Message {
	b.mu.RLock()
	defer b.mu.RUnlock()
	found := []Message{}
	for _, m := range b.letters {
		if m.isTo(to) {
			found = append(found, m)
		}
	}
	return found
}

func (b *box) get(id string) (Message, bool) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	i := slices.IndexFunc(b.letters, func(m Message) bool { return m.ID == id })
	if i < 0 {
		return Message{}, false
	}
	return b.letters[i], true
}

// remove deletes the letters to an address, or all when it is empty.
func (b *box) remove(to string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := len(b.letters) - 1; i >= 0; i-- {
		if !b.letters[i].isTo(to) {
			continue
		}
		if err := b.drop(i); err != nil {
			return err
		}
	}
	return nil
}

func (b *box) drop(i int) error {
	if err := os.Remove(filepath.Join(b.dir, b.letters[i].ID+suffix)); err != nil && !os.IsNotExist(err) {
		return err
	}
	b.letters = slices.Delete(b.letters, i, i+1)
	return nil
}

// isTo compares without regard to case, as providers do.
func (m Message) isTo(address string) bool {
	return address == "" || slices.ContainsFunc(m.To, func(to string) bool { return strings.EqualFold(to, address) })
}

// decode reads a letter as far as it can be read; what cannot stays as it came.
func decode(id string, s stored) Message {
	m := Message{ID: id, From: s.From, To: s.To, At: s.At, Headers: map[string]string{}}
	if m.To == nil {
		m.To = []string{}
	}
	if err := m.read(bytes.NewReader(s.Raw)); err != nil {
		m.Subject, m.Text = "(not a well-formed letter)", strings.ToValidUTF8(string(s.Raw), "\uFFFD")
	}
	return m
}
