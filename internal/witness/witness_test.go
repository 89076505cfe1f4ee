package witness_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/witness"
)

// TestLog is the log's life: ledgers grow, checkpoints are made of them by several
// processes, and a stranger with one public key finds all of it whole.
func TestLog(t *testing.T) {
	h := newHouse(t)
	if err := h.w.Goes(t.Context(), register()); err != nil {
		t.Fatal(err)
	}
	ada, ben := newPerson(), newPerson()
	h.write(t, ada, begin()...)
	h.write(t, ben, begin()...)
	if out := h.checkpoint(t); out.Number != 1 || out.Moved != 2 || !out.Swept || out.Size != 3 {
		t.Fatalf("the first: %+v", out)
	}
	h.later(time.Hour)
	if out := h.checkpoint(t); out.Number != 2 || out.Moved != 0 || out.Swept || out.Size != 3 {
		t.Fatalf("when nothing has moved: %+v", out)
	}
	for range 300 { // more than a tile of the tree has
		h.write(t, ada, use())
		h.later(time.Minute)
		if ada.chain.Seq%50 == 0 {
			h.checkpoint(t)
		}
	}
	h.w = h.witness(t) // another process
	h.checkpoint(t)
	r := verify(t, h.evidence, h.keys(t))
	must(t, r)
	if got := r.reports[ada.id]; got.Signed != ada.chain.Seq || got.Unsigned != 0 || got.Records != int(ada.chain.Seq) {
		t.Errorf("%+v; want all of %d signed", got, ada.chain.Seq)
	}
	h.write(t, ben, use())
	if got := verify(t, h.evidence, h.keys(t)).reports[ben.id]; got.Unsigned != 1 || got.Signed != 2 {
		t.Errorf("what no checkpoint has yet: %+v", got)
	}
	for _, key := range []string{"witness/checkpoints/00000001", "witness/tile/8/0/000.p/3"} {
		mode, until, err := h.evidence.Retention(t.Context(), key)
		if err != nil || mode == "" || until.Before(time.Now()) {
			t.Errorf("%s is held %q until %v, %v", key, mode, until, err)
		}
	}
}

// TestMoved: what moved and was not noted is found by the daily look at all ledgers.
func TestMoved(t *testing.T) {
	h := newHouse(t)
	ada, ben := newPerson(), newPerson()
	h.write(t, ada, begin()...)
	h.checkpoint(t)
	h.book = ledger.NewBook(h.evidence) // a worker that notes nothing
	h.write(t, ben, begin()...)
	if out := h.checkpoint(t); out.Moved != 0 {
		t.Errorf("found without a note: %+v", out)
	}
	h.later(25 * time.Hour)
	if out := h.checkpoint(t); out.Moved != 1 || !out.Swept {
		t.Errorf("a day later: %+v", out)
	}
	h.later(time.Hour)
	h.checkpoint(t)
	for key := range h.state.List(t.Context(), "witness/moved/") {
		t.Errorf("%s is still there", key)
	}
	must(t, verify(t, h.evidence, h.keys(t)))
}

// TestCutOff: a try that ended behind its checkpoint, before the tree's tiles and the
// ledgers' places were kept, is finished by the next one; without what lies in the
// vault bucket too.
func TestCutOff(t *testing.T) {
	h := newHouse(t)
	ada := newPerson()
	h.write(t, ada, begin()...)
	h.checkpoint(t)
	h.write(t, ada, use())
	h.later(time.Minute)
	h.checkpoint(t)
	if err := h.state.Put(t.Context(), "witness/position", []byte(`{"checkpoint":1}`)); err != nil {
		t.Fatal(err)
	}
	h.write(t, ada, use())
	if out := h.checkpoint(t); out.Number != 3 || out.Moved != 1 {
		t.Errorf("behind a try that was cut off: %+v", out)
	}
	for _, prefix := range []string{"witness/position", "witness/chains/", "witness/registers-known"} {
		for key := range h.state.List(t.Context(), prefix) {
			if err := h.state.Delete(t.Context(), key); err != nil {
				t.Fatal(err)
			}
		}
	}
	h.write(t, ada, use())
	if out := h.checkpoint(t); out.Number != 4 {
		t.Errorf("without the vault's part: %+v", out)
	}
	must(t, verify(t, h.evidence, h.keys(t)))
	if _, err := prove(t, h, ada.id, 4); err != nil {
		t.Error(err)
	}
}

// TestAtOnce: processes that make checkpoints at the same time make one log.
func TestAtOnce(t *testing.T) {
	h := newHouse(t)
	ada := newPerson()
	h.write(t, ada, begin()...)
	others := []*witness.Witness{h.witness(t), h.witness(t), h.witness(t)}
	done := make(chan error, len(others))
	for _, w := range others {
		go func() { _, err := w.Checkpoint(t.Context(), false); done <- err }()
	}
	for range others {
		if err := <-done; err != nil && onboarding.CodeOf(err) != onboarding.CodeConflict {
			t.Error(err)
		}
	}
	h.checkpoint(t)
	must(t, verify(t, h.evidence, h.keys(t)))
}

// TestKeysFollow: whoever has only the first key, or only the newest, can check all
// of the log; one whose predecessor may be in wrong hands vouches alone.
func TestKeysFollow(t *testing.T) {
	h := newHouse(t)
	if err := h.w.Goes(t.Context(), register()); err != nil { // signed by the first key alone
		t.Fatal(err)
	}
	ada := newPerson()
	h.write(t, ada, begin()...)
	h.checkpoint(t)
	first := h.keys(t)
	rotate := func(now bool) {
		t.Helper()
		if _, err := h.w.Rotate(t.Context(), witness.Rotation{By: "tester", Reason: "it is time", Now: now}); err != nil {
			t.Fatal(err)
		}
		h.later(time.Hour)
		h.write(t, ada, use())
		h.checkpoint(t)
		h.checkpoint(t)
	}
	rotate(false)
	if _, err := h.w.Rotate(t.Context(), witness.Rotation{By: "tester", Reason: "and at once again"}); err != nil {
		t.Fatal(err)
	}
	rotate(false)
	third := h.keys(t)
	must(t, verify(t, h.evidence, first))
	must(t, verify(t, h.evidence, third))
	rotate(true)
	must(t, verify(t, h.evidence, h.keys(t)))
	for name, keys := range map[string][]note.Verifier{"first": first, "third": third} {
		if r := verify(t, h.evidence, keys); !r.has(ledger.Unsigned) {
			t.Errorf("with the %s key, what the last one signed counts as signed", name)
		}
	}
	all, err := h.w.Keys(t.Context())
	if err != nil || len(all) != 5 || !all[4].Signs || all[0].Signs {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := h.w.Rotate(t.Context(), witness.Rotation{}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("without a reason: %v", err)
	}
}

func prove(t *testing.T, h *house, id onboarding.ApplicantID, seq uint64) (witness.Proof, error) {
	t.Helper()
	return h.w.Prove(t.Context(), id, seq)
}

// TestProof: a record is proved by a key and the proof alone, whichever checkpoint has
// it, and a proof that was changed proves nothing.
func TestProof(t *testing.T) {
	h := newHouse(t)
	ada := newPerson()
	for range 7 {
		h.write(t, newPerson(), begin()...)
	}
	h.write(t, ada, begin()...)
	h.checkpoint(t)
	h.write(t, ada, use(), use(), use())
	h.checkpoint(t)
	h.write(t, ada, use())
	stranger := newHouse(t).keys(t)
	for seq := uint64(1); seq <= 5; seq++ {
		p, err := prove(t, h, ada.id, seq)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Check(h.keys(t))
		if err != nil || got.Record.Seq != seq || got.Record.Applicant != ada.id {
			t.Errorf("record %d: %+v, %v", seq, got, err)
		}
		if strings.Contains(string(p.Record)+p.Leaf, "\n") {
			t.Error("it shows more than one record")
		}
		if _, err := p.Check(stranger); err == nil {
			t.Error("proved by another's key")
		}
		for name, change := range map[string]func(*witness.Proof){
			"record": func(p *witness.Proof) {
				p.Record = []byte(strings.Replace(string(p.Record), "applicant", "applicanx", 1))
			},
			"seq":   func(p *witness.Proof) { p.Record = []byte(strings.Replace(string(p.Record), `"seq":`, `"seq":1`, 1)) },
			"index": func(p *witness.Proof) { p.Index++ },
			"chain": func(p *witness.Proof) { p.Chain = append(slices.Clone(p.Chain), p.Chain[0]) },
			"log":   func(p *witness.Proof) { p.Log = p.Log[1:] },
			"leaf":  func(p *witness.Proof) { p.Leaf = strings.Replace(p.Leaf, "head", "haed", 1) },
			"note":  func(p *witness.Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "time 2026", "time 2025", 1) },
		} {
			changed := p
			change(&changed)
			if _, err := changed.Check(h.keys(t)); err == nil {
				t.Errorf("record %d: with another %s it still proves", seq, name)
			}
		}
	}
	var e *onboarding.Error
	if _, err := prove(t, h, ada.id, 6); !errors.As(err, &e) || e.Code != onboarding.CodeNotNow || e.Hint == "" {
		t.Errorf("before its checkpoint: %v", err)
	}
	c, err := h.w.Consistent(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	if from, to, err := c.Check(h.keys(t)); err != nil || from.Number != 1 || to.Number != 2 {
		t.Errorf("%+v %+v %v", from, to, err)
	}
	c.Proof = c.Proof[1:]
	if _, _, err := c.Check(h.keys(t)); err == nil {
		t.Error("consistent without a proof")
	}
}
