package witness_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/witness"
)

// scene is a bucket with a history, in which an intruder has root on the machine below
// it: obligation 47, by a stranger with a copy of the bucket and one public key.
type scene struct {
	*house
	ada, ben *person
	public   []note.Verifier
	pages    [][]ledger.Record // ada's
}

func newScene(t *testing.T) *scene {
	t.Helper()
	h := newHouse(t)
	if err := h.w.Goes(t.Context(), register()); err != nil {
		t.Fatal(err)
	}
	s := &scene{house: h, ada: newPerson(), ben: newPerson()}
	s.add(t, begin()...)
	h.write(t, s.ben, begin()...)
	h.checkpoint(t)
	s.public = h.keys(t)
	h.later(24 * time.Hour)
	s.add(t, use())
	s.add(t, ledger.Record{Kind: ledger.KindUseDone, Of: 3, Outcome: "clear"}, ledger.Record{Kind: ledger.KindStage, Actor: "system"})
	h.checkpoint(t)
	h.later(24 * time.Hour)
	s.add(t, use())
	h.checkpoint(t)
	h.later(24 * time.Hour)
	h.checkpoint(t)
	return s
}

func (s *scene) add(t *testing.T, records ...ledger.Record) {
	t.Helper()
	var page []ledger.Record
	chain := s.ada.chain
	at := s.clock()
	for _, r := range records {
		at = at.Add(time.Second)
		page = append(page, chain.Append(at, r))
	}
	s.write(t, s.ada, records...)
	s.pages = append(s.pages, page)
}

func (s *scene) file(key string) string { return filepath.Join(s.folder, filepath.FromSlash(key)) }

func (s *scene) page(n int) string { return s.file(ledger.PageKey(s.ada.id, n)) }

// lay puts bytes where they may not be, below S3, and takes away what S3 knows of the
// checksum of those that stood there.
func (s *scene) lay(t *testing.T, file string, body []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, body, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *scene) remove(t *testing.T, file string) {
	t.Helper()
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

func encode(records ...ledger.Record) []byte { return ledger.Page{Records: records}.Encode() }

// anew links these pages as the workflow would, from the first, and lays them.
func (s *scene) anew(t *testing.T, change func(pages [][]ledger.Record) [][]ledger.Record) {
	t.Helper()
	var copied [][]ledger.Record
	for _, p := range s.pages {
		copied = append(copied, append([]ledger.Record(nil), p...))
	}
	chain := ledger.NewChain(s.ada.id)
	for i, p := range change(copied) {
		var out []ledger.Record
		for _, r := range p {
			out = append(out, chain.Append(r.At, r))
		}
		s.lay(t, s.page(i+1), encode(out...))
	}
}

// TestTampering does each thing that an intruder could to a real bucket, and a stranger
// finds each, through S3 and in a copy of the folder.
func TestTampering(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(t *testing.T, s *scene)
		want ledger.FaultKind
	}{
		{"a record altered", func(t *testing.T, s *scene) {
			body, err := os.ReadFile(s.page(3))
			if err != nil {
				t.Fatal(err)
			}
			s.lay(t, s.page(3), bytes.Replace(body, []byte(`"outcome":"clear"`), []byte(`"outcome":"other"`), 1))
		}, ledger.Altered},
		{"a byte of a page altered, so that it is no record", func(t *testing.T, s *scene) {
			body, err := os.ReadFile(s.page(2))
			if err != nil {
				t.Fatal(err)
			}
			s.lay(t, s.page(2), bytes.Replace(body, []byte(`"seq"`), []byte(`"sec"`), 1))
		}, ledger.Altered},
		{"a page dropped", func(t *testing.T, s *scene) { s.remove(t, s.page(2)) }, ledger.Missing},
		{"a page with a signed end dropped", func(t *testing.T, s *scene) { s.remove(t, s.page(3)) }, ledger.Missing},
		{"the newest page dropped", func(t *testing.T, s *scene) { s.remove(t, s.page(4)) }, ledger.Missing},
		{"a whole ledger dropped", func(t *testing.T, s *scene) {
			if err := os.RemoveAll(s.file(strings.TrimSuffix(ledger.Prefix(s.ada.id), "/"))); err != nil {
				t.Fatal(err)
			}
		}, ledger.Missing},
		{"a record dropped, and the rest linked anew", func(t *testing.T, s *scene) {
			s.anew(t, func(p [][]ledger.Record) [][]ledger.Record { p[2] = p[2][1:]; return p })
		}, ledger.Forked},
		{"a record inserted", func(t *testing.T, s *scene) {
			s.lay(t, s.page(3), encode(s.pages[2][0], s.pages[2][1], s.pages[2][1]))
		}, ledger.Inserted},
		{"a record inserted, and the rest linked anew", func(t *testing.T, s *scene) {
			s.anew(t, func(p [][]ledger.Record) [][]ledger.Record { p[1] = append(p[1], p[1][0]); return p })
		}, ledger.Forked},
		{"something that is no page", func(t *testing.T, s *scene) { s.lay(t, s.page(2)+".bak", []byte("x")) }, ledger.Inserted},
		{"another's page", func(t *testing.T, s *scene) {
			body, err := os.ReadFile(s.file(ledger.PageKey(s.ben.id, 1)))
			if err != nil {
				t.Fatal(err)
			}
			s.lay(t, s.page(5), body)
		}, ledger.Inserted},
		{"records reordered", func(t *testing.T, s *scene) {
			s.lay(t, s.page(3), encode(s.pages[2][1], s.pages[2][0]))
		}, ledger.Reordered},
		{"pages reordered", func(t *testing.T, s *scene) {
			s.lay(t, s.page(2), encode(s.pages[2]...))
			s.lay(t, s.page(3), encode(s.pages[1]...))
		}, ledger.Reordered},
		{"a fork: another record under the number of one that stands", func(t *testing.T, s *scene) {
			other := s.pages[3][0]
			other.Outcome = "other"
			s.lay(t, s.page(5), encode(other))
		}, ledger.Forked},
		{"a fork: another end, linked whole", func(t *testing.T, s *scene) {
			s.anew(t, func(p [][]ledger.Record) [][]ledger.Record { p[3][0].Outcome = "other"; return p })
		}, ledger.Forked},
		{"added later, dated back to before a checkpoint", func(t *testing.T, s *scene) {
			chain := s.ada.chain
			s.lay(t, s.page(5), encode(chain.Append(s.pages[3][0].At.Add(time.Second), ledger.Record{Kind: ledger.KindStage})))
		}, ledger.Unsigned},
		{"dated back, and signed by the next checkpoint", func(t *testing.T, s *scene) {
			chain := s.ada.chain
			page := chain.Cut([]ledger.Record{chain.Append(s.pages[3][0].At.Add(time.Second), ledger.Record{Kind: ledger.KindStage})})
			if _, err := s.book.Store(t.Context(), []ledger.Page{page}); err != nil {
				t.Fatal(err)
			}
			s.checkpoint(t)
		}, ledger.BackDated},
		{"dated ahead", func(t *testing.T, s *scene) {
			chain := s.ada.chain
			page := chain.Cut([]ledger.Record{chain.Append(s.clock().Add(time.Hour), ledger.Record{Kind: ledger.KindStage})})
			if _, err := s.book.Store(t.Context(), []ledger.Page{page}); err != nil {
				t.Fatal(err)
			}
			s.checkpoint(t)
		}, ledger.BackDated},
		{"dated before the record before it", func(t *testing.T, s *scene) {
			chain := s.ada.chain
			s.lay(t, s.page(5), encode(chain.Append(start, ledger.Record{Kind: ledger.KindStage})))
		}, ledger.BackDated},
		{"a ledger that nobody signed", func(t *testing.T, s *scene) {
			eve := newPerson()
			s.lay(t, s.file(ledger.PageKey(eve.id, 1)), encode(eve.chain.Append(start, begin()[0])))
		}, ledger.Unsigned},

		// Faults of ours, signed as they are.
		{"a use without consent", func(t *testing.T, s *scene) {
			r := use()
			r.Receipt = ""
			s.own(t, r)
		}, ledger.NoConsent},
		{"a use behind the withdrawal", func(t *testing.T, s *scene) {
			s.own(t, ledger.Record{Kind: ledger.KindConsentWithdrawn, Purpose: "validation", Receipt: receipt}, use())
		}, ledger.NoConsent},
		{"a use by a vendor without an agreement", func(t *testing.T, s *scene) {
			r := use()
			r.Recipient, r.Fields = "twilio", []onboarding.Field{onboarding.FieldPhone}
			s.own(t, r)
		}, ledger.InactiveVendor},
		{"a use after the agreement's end", func(t *testing.T, s *scene) {
			r := use()
			r.Recipient, r.Fields = "smarty", []onboarding.Field{onboarding.FieldStreet}
			s.own(t, r)
		}, ledger.InactiveVendor},
		{"a field outside its purpose", func(t *testing.T, s *scene) {
			r := use()
			r.Fields = append(r.Fields, onboarding.FieldNationalID)
			s.own(t, r)
		}, ledger.OutsidePurpose},
		{"a recipient outside its purpose", func(t *testing.T, s *scene) {
			r := use()
			r.Recipient = "findly"
			s.own(t, r)
		}, ledger.OutsidePurpose},

		// The log itself.
		{"a checkpoint dropped", func(t *testing.T, s *scene) { s.remove(t, s.file("witness/checkpoints/00000002")) }, ledger.Missing},
		{"a checkpoint altered", func(t *testing.T, s *scene) {
			file := s.file("witness/checkpoints/00000002")
			body, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s.lay(t, file, bytes.Replace(body, []byte("time 2026"), []byte("time 2025"), 1))
		}, ledger.Forked},
		{"a checkpoint signed by a stranger", func(t *testing.T, s *scene) {
			stranger := newHouse(t)
			stranger.checkpoint(t)
			body, err := stranger.w.Note(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			s.lay(t, s.file("witness/checkpoints/00000004"), bytes.Replace(body, []byte("checkpoint 1\n"), []byte("checkpoint 4\n"), 1))
		}, ledger.Unsigned},
		{"a page too large for any of ours", func(t *testing.T, s *scene) {
			s.lay(t, s.page(2), []byte("{"))
			if err := os.Truncate(s.page(2), evidence.MaxObject+1); err != nil {
				t.Fatal(err)
			}
		}, ledger.Altered},
		{"a checkpoint too large for any of ours", func(t *testing.T, s *scene) {
			if err := os.Truncate(s.file("witness/checkpoints/00000002"), evidence.MaxObject+1); err != nil {
				t.Fatal(err)
			}
		}, ledger.Altered},
		{"the newest checkpoints dropped", func(t *testing.T, s *scene) {
			for _, n := range []string{"2", "3", "4"} {
				s.remove(t, s.file("witness/checkpoints/0000000"+n))
			}
		}, ledger.Unsigned},
		{"the whole log dropped", func(t *testing.T, s *scene) {
			if err := os.RemoveAll(s.file("witness")); err != nil {
				t.Fatal(err)
			}
		}, ledger.Missing},
		{"leaves altered", func(t *testing.T, s *scene) {
			for _, e := range list(t, s.evidence, "witness/leaves/00000002") {
				body, err := os.ReadFile(s.file(e))
				if err != nil {
					t.Fatal(err)
				}
				s.lay(t, s.file(e), bytes.Replace(body, []byte("head "), []byte("haed "), 1))
			}
		}, ledger.Altered},
		{"leaves dropped", func(t *testing.T, s *scene) {
			for _, e := range list(t, s.evidence, "witness/leaves/00000002") {
				s.remove(t, s.file(e))
			}
		}, ledger.Missing},
		{"the register exchanged", func(t *testing.T, s *scene) {
			for _, e := range list(t, s.evidence, "witness/registers/") {
				body, err := os.ReadFile(s.file(e))
				if err != nil {
					t.Fatal(err)
				}
				s.lay(t, s.file(e), bytes.Replace(body, []byte(`"kickbox":["email"]`), []byte(`"kickbox":["phone"]`), 1))
			}
		}, ledger.Altered},
		{"the register dropped", func(t *testing.T, s *scene) {
			for _, e := range list(t, s.evidence, "witness/registers/") {
				s.remove(t, s.file(e))
			}
		}, ledger.Missing},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			must(t, verify(t, s.evidence, s.public))
			c.do(t, s)
			for where, from := range map[string]witness.Reader{"by S3": s.evidence, "in a copy": evidence.Folder(s.folder)} {
				r := verify(t, from, s.public)
				if !r.has(c.want) {
					t.Errorf("%s: not found as %q; found: %q", where, c.want, r.all())
				}
				if len(tampered[c.name]) == 0 {
					t.Error("it is not written down what must be said of it")
				}
				for _, words := range tampered[c.name] {
					if !strings.Contains(strings.Join(r.all(), "\n"), words) {
						t.Errorf("%s: nothing says %q; found: %q", where, words, r.all())
					}
				}
			}
		})
	}
}

// own stores records that we should not have written, and has them signed.
func (s *scene) own(t *testing.T, records ...ledger.Record) {
	t.Helper()
	s.write(t, s.ada, records...)
	s.checkpoint(t)
}

func list(t *testing.T, from witness.Reader, prefix string) []string {
	t.Helper()
	var out []string
	for key, err := range from.List(t.Context(), prefix) {
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, key)
	}
	if len(out) == 0 {
		t.Fatalf("nothing lies under %s", prefix)
	}
	return out
}

// TestWrittenAnew is an intruder who has the signing key as well and drops the newest
// checkpoints, or writes the whole log anew. Only who has kept a checkpoint can tell.
func TestWrittenAnew(t *testing.T) {
	s := newScene(t)
	body, err := s.w.Note(t.Context(), 3)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := witness.ReadNote(body, s.public)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := witness.ReadLog(t.Context(), s.evidence, s.public)
	if err != nil {
		t.Fatal(err)
	}
	if whole.Contains(kept); len(whole.Findings) > 0 {
		t.Errorf("the log that was kept: %v", whole.Findings)
	}
	for _, n := range []string{"3", "4"} {
		s.remove(t, s.file("witness/checkpoints/0000000"+n))
	}
	short, err := witness.ReadLog(t.Context(), s.evidence, s.public)
	if err != nil {
		t.Fatal(err)
	}
	if short.Contains(kept); len(short.Findings) != 1 || short.Findings[0].Kind != ledger.Missing {
		t.Errorf("the newest dropped: %v", short.Findings)
	}
	other := newScene(t)
	anew, err := witness.ReadLog(t.Context(), other.evidence, other.public)
	if err != nil {
		t.Fatal(err)
	}
	if anew.Contains(kept); len(anew.Findings) == 0 || anew.Findings[0].Kind != ledger.Forked {
		t.Errorf("written anew: %v", anew.Findings)
	}
}

// oldKey signs as the first key did, before it was followed by another.
func (s *scene) oldKey(t *testing.T) note.Signer {
	t.Helper()
	const name = "keys/_witness"
	sealed, err := s.state.Get(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	plain, err := s.vault.SystemOpen(name, sealed)
	if err != nil {
		t.Fatal(err)
	}
	var ring struct {
		Keys []struct {
			Private string `json:"private"`
		} `json:"keys"`
	}
	if err := json.Unmarshal(plain, &ring); err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(ring.Keys[0].Private)
	if err != nil {
		t.Fatal(err)
	}
	return signer
}

// TestFollowedKey: an intruder who has a key that another has followed adds a checkpoint
// to the log, linked as it should be. It is signed by nobody, also for who was given the
// old key.
func TestFollowedKey(t *testing.T) {
	s := newScene(t)
	stolen := s.oldKey(t)
	if _, err := s.w.Rotate(t.Context(), witness.Rotation{By: "tester", Reason: "stolen", Now: true}); err != nil {
		t.Fatal(err)
	}
	s.checkpoint(t)
	last := s.checkpoint(t)
	given := append(s.keys(t), s.public...)
	must(t, verify(t, s.evidence, given))
	body, err := s.w.Note(t.Context(), last.Number)
	if err != nil {
		t.Fatal(err)
	}
	text, _, _ := strings.Cut(string(body), "\n\n")
	lines := strings.Split(text, "\n")
	lines[3], lines[5] = fmt.Sprintf("checkpoint %d", last.Number+1), fmt.Sprintf("previous %x", sha256.Sum256(body))
	forged, err := note.Sign(&note.Note{Text: strings.Join(lines, "\n") + "\n"}, stolen)
	if err != nil {
		t.Fatal(err)
	}
	s.lay(t, s.file(fmt.Sprintf("witness/checkpoints/%08d", last.Number+1)), forged)
	r := verify(t, s.evidence, given)
	if all := r.all(); len(all) != 1 || !r.has(ledger.Unsigned) {
		t.Errorf("found: %q", all)
	}
}

// TestNoCopyOfAnObject: what lies in a copy and is no object's is named, and neither
// opened nor waited for.
func TestNoCopyOfAnObject(t *testing.T) {
	s := newScene(t)
	for name, lay := range map[string]func(file string) error{
		"a folder": func(f string) error { return os.Mkdir(f, 0o700) },
		"a link":   func(f string) error { return os.Symlink("/dev/zero", f) },
		"a pipe":   func(f string) error { return syscall.Mkfifo(f, 0o600) },
	} {
		folder := filepath.Join(t.TempDir(), "copy")
		if err := os.CopyFS(folder, os.DirFS(s.folder)); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(folder, filepath.FromSlash(ledger.PageKey(s.ada.id, 2)))
		if err := errors.Join(os.Remove(file), lay(file)); err != nil {
			t.Fatal(err)
		}
		if r := verify(t, evidence.Folder(folder), s.public); !r.has(ledger.Altered) {
			t.Errorf("%s: found: %q", name, r.all())
		}
	}
}

// TestCopiedInOrder: a copy that was made while records were written is whole, when the
// log was copied before the ledgers.
func TestCopiedInOrder(t *testing.T) {
	s := newScene(t)
	folder := filepath.Join(t.TempDir(), "copy")
	for _, part := range []string{"witness", "ledger"} {
		if err := os.CopyFS(filepath.Join(folder, part), os.DirFS(s.file(part))); err != nil {
			t.Fatal(err)
		}
		s.write(t, s.ada, use())
		s.checkpoint(t)
	}
	r := verify(t, evidence.Folder(folder), s.public)
	must(t, r)
	if got := r.reports[s.ada.id]; got.Unsigned != 1 {
		t.Errorf("%+v", got)
	}
}
