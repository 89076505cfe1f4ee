package witness

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Leaf is one line of the log: a chain's end, or the hash of a register.
type Leaf struct {
	Applicant onboarding.ApplicantID
	Page      int       // the page that the chain ends with
	Seq       uint64    // of its last record
	Head      string    // hash of that record, hex
	Root      tlog.Hash // of the tree over the hashes of the records 1 to Seq

	Register string // SHA-256 of a register as stored, hex; the rest is empty then
}

const (
	headWord     = "head"
	registerWord = "register"
)

// String is the leaf as it stands in the log; its hash there is tlog.RecordHash of
// these bytes.
func (l Leaf) String() string {
	if l.Register != "" {
		return registerWord + " " + l.Register
	}
	return fmt.Sprintf("%s %s %d %d %s %s", headWord, l.Applicant, l.Page, l.Seq, l.Head, l.Root)
}

func (l Leaf) hash() tlog.Hash { return tlog.RecordHash([]byte(l.String())) }

// ParseLeaf is String's inverse; a line that String would not have written is refused.
func ParseLeaf(line string) (Leaf, error) {
	parts := strings.Split(line, " ")
	var l Leaf
	switch {
	case len(parts) == 2 && parts[0] == registerWord && isHex(parts[1]):
		l.Register = parts[1]
	case len(parts) == 6 && parts[0] == headWord:
		id, err := onboarding.ParseApplicantID(parts[1])
		if err != nil {
			return Leaf{}, fmt.Errorf("witness: a leaf of nobody: %w", err)
		}
		l.Applicant, l.Head = id, parts[4]
		if l.Page, err = strconv.Atoi(parts[2]); err != nil {
			return Leaf{}, fmt.Errorf("witness: a leaf's page: %w", err)
		}
		if l.Seq, err = strconv.ParseUint(parts[3], 10, 64); err != nil {
			return Leaf{}, fmt.Errorf("witness: a leaf's number: %w", err)
		}
		if l.Root, err = tlog.ParseHash(parts[5]); err != nil {
			return Leaf{}, fmt.Errorf("witness: a leaf's root: %w", err)
		}
	}
	if l.String() != line || (l.Register == "" && (!isHex(l.Head) || l.Seq == 0 || l.Page < 1)) {
		return Leaf{}, fmt.Errorf("witness: %q is no leaf", line)
	}
	return l, nil
}

func isHex(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == sha256.Size && strings.ToLower(s) == s
}

// encodeLeaves is what is stored of the leaves of one checkpoint: a leaf a line.
func encodeLeaves(leaves []Leaf) []byte {
	var b strings.Builder
	for _, l := range leaves {
		b.WriteString(l.String())
		b.WriteByte('\n')
	}
	return []byte(b.String())
}

func parseLeaves(body []byte) ([]Leaf, error) {
	if len(body) == 0 {
		return nil, nil
	}
	text, ended := strings.CutSuffix(string(body), "\n")
	if !ended {
		return nil, fmt.Errorf("witness: the leaves do not end with a line's end")
	}
	var out []Leaf
	for line := range strings.SplitSeq(text, "\n") {
		l, err := ParseLeaf(line)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
