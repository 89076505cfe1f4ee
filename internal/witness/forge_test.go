package witness_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/witness"
)

// forge lays a checkpoint behind the last one that is signed with the house's own key,
// and the leaves that it adds.
func (s *scene) forge(t *testing.T, number int, leaves string, change func(lines []string)) {
	t.Helper()
	last := s.checkpoint(t)
	body, err := s.w.Note(t.Context(), last.Number)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(body), "\n\n")
	lines := strings.Split(text, "\n") // origin, size, root, checkpoint, time, previous, leaves
	lines[3], lines[5] = fmt.Sprintf("checkpoint %d", last.Number+1), fmt.Sprintf("previous %x", sha256.Sum256(body))
	if leaves != "" {
		sum := sha256.Sum256([]byte(leaves))
		lines[6] = fmt.Sprintf("leaves %x", sum)
		s.lay(t, s.file(fmt.Sprintf("witness/leaves/%08d-%x", last.Number+1, sum)), []byte(leaves))
	}
	change(lines)
	forged, err := note.Sign(&note.Note{Text: strings.Join(lines, "\n") + "\n"}, s.oldKey(t))
	if err != nil {
		t.Fatal(err)
	}
	s.lay(t, s.file(fmt.Sprintf("witness/checkpoints/%08d", last.Number+number)), forged)
}

// TestForgedWithTheKey is an intruder who has the signing key and goes on with the log as
// the house never would: what a checkpoint must say of the one before it is held against
// it, whoever has signed it.
func TestForgedWithTheKey(t *testing.T) {
	other := tlog.RecordHash([]byte("x")).String()
	for _, c := range []struct {
		name string
		do   func(t *testing.T, s *scene)
		want ledger.FaultKind
		says string
	}{
		{"dated back", func(t *testing.T, s *scene) {
			s.forge(t, 1, "", func(l []string) { l[4] = strings.Replace(l[4], "time 2026", "time 2025", 1) })
		}, ledger.BackDated, "dated before the checkpoint"},
		{"of another log", func(t *testing.T, s *scene) {
			s.forge(t, 1, "", func(l []string) { l[0] = "elsewhere.example/ledger" })
		}, ledger.Inserted, "another log"},
		{"of a smaller log", func(t *testing.T, s *scene) { s.forge(t, 1, "", func(l []string) { l[1] = "1" }) }, ledger.Forked, "smaller log"},
		{"with another root", func(t *testing.T, s *scene) { s.forge(t, 1, "", func(l []string) { l[2] = other }) }, ledger.Forked, "signs another log"},
		{"linked to another", func(t *testing.T, s *scene) {
			s.forge(t, 1, "", func(l []string) { l[5] = "previous " + strings.Repeat("0", 64) })
		}, ledger.Forked, "not linked"},
		{"under another's number", func(t *testing.T, s *scene) { s.forge(t, 2, "", func([]string) {}) }, ledger.Reordered, "under another's number"},
		{"with leaves that take back what was signed", func(t *testing.T, s *scene) {
			leaf := fmt.Sprintf("head %s 1 2 %s %s\n", s.ada.id, strings.Repeat("ab", 32), other)
			s.forge(t, 1, leaf, func([]string) {})
		}, ledger.Forked, "takes back"},
		{"something that is no checkpoint", func(t *testing.T, s *scene) { s.lay(t, s.file("witness/checkpoints/x"), []byte("x")) }, ledger.Inserted, "among the checkpoints"},
		{"something that is no ledger", func(t *testing.T, s *scene) { s.lay(t, s.file("ledger/nobody/00000001.jsonl"), []byte("x")) }, ledger.Inserted, "among the ledgers"},
		{"a register that no key has signed", func(t *testing.T, s *scene) {
			for _, key := range list(t, s.evidence, "witness/registers/") {
				body, err := os.ReadFile(s.file(key))
				if err != nil {
					t.Fatal(err)
				}
				text := strings.Replace(string(body), `"twilio":["phone"]`, `"twilio":["phone","email"]`, 1)
				at, _, _ := strings.Cut(strings.TrimPrefix(key, "witness/registers/"), "-")
				s.lay(t, s.file(fmt.Sprintf("witness/registers/%s-%x", at, sha256.Sum256([]byte(text)))), []byte(text))
			}
		}, ledger.Unsigned, "not signed by a key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			must(t, verify(t, s.evidence, s.public))
			c.do(t, s)
			found := strings.Join(verify(t, s.evidence, s.public).all(), "\n")
			if !strings.Contains(found, string(c.want)+": ") || !strings.Contains(found, c.says) {
				t.Errorf("not found as %q, %q; found:\n%s", c.want, c.says, found)
			}
		})
	}
}

// downLeaves is a bucket that cannot be asked for leaves just now.
type downLeaves struct{ *evidence.Store }

var errDown = errors.New("the network is down")

func (d downLeaves) Get(ctx context.Context, key string) ([]byte, error) {
	if strings.HasPrefix(key, "witness/leaves/") {
		return nil, errDown
	}
	return d.Store.Get(ctx, key)
}

// TestTroubleIsNoFault: a bucket that does not answer accuses nobody.
func TestTroubleIsNoFault(t *testing.T) {
	s := newScene(t)
	if _, err := witness.ReadLog(t.Context(), downLeaves{s.evidence}, s.public); !errors.Is(err, errDown) {
		t.Errorf("got %v", err)
	}
}
