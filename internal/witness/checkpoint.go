package witness

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Reader is the evidence bucket, or a copy of it in a folder, as it is read.
type Reader interface {
	// Get gives the bytes; IsMissing is true for its error when there are none.
	Get(ctx context.Context, key string) ([]byte, error)
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
	IsMissing(err error) bool
}

// Where things lie in the evidence bucket: all of it write-once.
const (
	checkpointsPrefix = "witness/checkpoints/"
	registersPrefix   = "witness/registers/"
)

func checkpointKey(n int) string { return fmt.Sprintf("%s%08d", checkpointsPrefix, n) }

// leavesKey has the hash too: a try that was cut off leaves its leaves under a name
// that no checkpoint has, and stands in nobody's way.
func leavesKey(n int, digest string) string { return fmt.Sprintf("witness/leaves/%08d-%s", n, digest) }

func tileKey(t tlog.Tile) string { return "witness/" + t.Path() }

func keyKey(name string) string { return "witness/keys/" + name }

// Checkpoint is what is signed: how the log stands at a time.
type Checkpoint struct {
	Origin string    // names the log, and its keys
	Tree   tlog.Tree // size and root
	Number int       // 1 for the first
	At     time.Time // to the second
	Prev   string    // SHA-256 of the checkpoint before as stored, hex; zeros for the first
	Leaves string    // SHA-256 of the leaves that it added as stored, hex
	Next   string    // the public key that signs from now on, where another signed before
}

var noneBefore = strings.Repeat("0", 64)

// text is the note's text: origin, size and root as C2SP's tlog-checkpoint has them,
// then a word and its value a line.
func (c Checkpoint) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%d\n%s\n", c.Origin, c.Tree.N, c.Tree.Hash)
	fmt.Fprintf(&b, "checkpoint %d\ntime %s\nprevious %s\nleaves %s\n", c.Number, c.At.UTC().Format(time.RFC3339), c.Prev, c.Leaves)
	if c.Next != "" {
		fmt.Fprintf(&b, "key %s\n", c.Next)
	}
	return b.String()
}

// parseCheckpoint is text's inverse; what text would not have written is refused.
func parseCheckpoint(text string) (Checkpoint, error) {
	bad := errors.New("witness: that is no checkpoint of ours")
	lines := strings.Split(text, "\n")
	if len(lines) < 8 {
		return Checkpoint{}, bad
	}
	c := Checkpoint{Origin: lines[0]}
	var err error
	if c.Tree.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Tree.N < 0 {
		return Checkpoint{}, bad
	}
	if c.Tree.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		return Checkpoint{}, bad
	}
	for _, line := range lines[3 : len(lines)-1] {
		word, value, _ := strings.Cut(line, " ")
		switch word {
		case "checkpoint":
			c.Number, err = strconv.Atoi(value)
		case "time":
			c.At, err = time.Parse(time.RFC3339, value)
		case "previous":
			c.Prev = value
		case "leaves":
			c.Leaves = value
		case "key":
			c.Next = value
		}
		if err != nil {
			return Checkpoint{}, bad
		}
	}
	if c.text() != text || c.Number < 1 || !isHex(c.Prev) || !isHex(c.Leaves) {
		return Checkpoint{}, bad
	}
	return c, nil
}

// Signed is a checkpoint as it is stored, and which of the known keys signed it.
type Signed struct {
	Checkpoint
	Note   []byte
	Signer string // name and hash of a known key; empty: none
	Forged bool   // it names a known key, whose signature is wrong
}

func (s Signed) digest() string { return digest(s.Note) }

// ReadNote reads a checkpoint's signed note. With keys, Signer says whether one of
// them signed it.
func ReadNote(body []byte, keys []note.Verifier) (Signed, error) {
	s := Signed{Note: body}
	var text string
	n, err := note.Open(body, note.VerifierList(keys...))
	var unknown *note.UnverifiedNoteError
	var wrong *note.InvalidSignatureError
	switch {
	case err == nil:
		text = n.Text
		s.Signer = fmt.Sprintf("%s+%08x", n.Sigs[0].Name, n.Sigs[0].Hash)
	case errors.As(err, &unknown):
		text = unknown.Note.Text
	case errors.As(err, &wrong):
		s.Forged = true
		at := strings.LastIndex(string(body), "\n\n")
		if at < 0 {
			return s, fmt.Errorf("witness: a checkpoint's note: %w", err)
		}
		text = string(body[:at+1])
	default:
		return s, fmt.Errorf("witness: a checkpoint's note: %w", err)
	}
	s.Checkpoint, err = parseCheckpoint(text)
	return s, err
}

// Verifiers are public keys.
type Verifiers = []note.Verifier

// Keys reads public keys as they are printed, one a line; empty lines are skipped.
func Keys(text string) ([]note.Verifier, error) {
	var out []note.Verifier
	for line := range strings.SplitSeq(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		v, err := note.NewVerifier(line)
		if err != nil {
			return nil, onboarding.Invalid("public key", "That is no public key of a ledger.",
				"It has a name, eight hex digits and base64, with + between them: take it whole, as `vouchsafe ledger key show` prints it.")
		}
		out = append(out, v)
	}
	return out, nil
}
