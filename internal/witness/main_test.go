package witness_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/witness"
)

// TestMain lets the test's own binary be the gateway's child process.
func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	os.Exit(m.Run())
}

const evidenceBucket = "evidence"

// house is an embedded S3 of a test's own, with a locked evidence bucket.
type house struct {
	folder   string // of the evidence bucket's objects on the disk
	evidence *evidence.Store
	state    *evidence.Store
	vault    *vault.Vault
	book     *ledger.Book
	w        *witness.Witness
	now      time.Time
	mu       sync.Mutex
}

func (h *house) clock() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *house) later(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func newHouse(t testing.TB) *house {
	t.Helper()
	dir := t.TempDir()
	ports, err := loopback.Free("", 1)
	if err != nil {
		t.Fatal(err)
	}
	off := false
	store, err := objects.Start(context.Background(), objects.Config{Dir: filepath.Join(dir, "objects"), Port: ports[0], EvidenceBucket: evidenceBucket, VaultBucket: "vault", Fsync: &off})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	target := evidencetest.Target{Endpoint: store.Endpoint(), Region: store.Region(), AccessKey: store.AccessKey(), SecretKey: store.SecretKey(), EvidenceBucket: evidenceBucket, VaultBucket: "vault"}
	h := &house{now: start, folder: findFolder(t, filepath.Join(dir, "objects"), evidenceBucket)}
	client, err := evidence.NewClient(context.Background(), evidence.ClientConfig{Endpoint: target.Endpoint, Region: target.Region, AccessKey: target.AccessKey, SecretKey: target.SecretKey})
	if err != nil {
		t.Fatal(err)
	}
	h.evidence = evidence.New(evidence.Config{Bucket: evidenceBucket, Client: client, Lock: time.Hour, Mode: evidence.Governance})
	h.state = evidence.New(evidence.Config{Bucket: "vault", Client: client})
	master, err := vault.LocalMaster(filepath.Join(dir, "master.keyset"))
	if err != nil {
		t.Fatal(err)
	}
	if h.vault, err = vault.New(context.Background(), vault.Config{Objects: h.state, Master: master}); err != nil {
		t.Fatal(err)
	}
	h.w = h.witness(t)
	h.book = ledger.NewBook(h.evidence).Marking(h.w.Moves)
	return h
}

// witness makes another process's.
func (h *house) witness(t testing.TB) *witness.Witness {
	t.Helper()
	w, err := witness.New(witness.Config{Evidence: h.evidence, State: h.state, Sealer: h.vault, Origin: witness.Origin("https://apply.example.com"), Now: h.clock})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func findFolder(t testing.TB, under, name string) string {
	t.Helper()
	found := errors.New("found")
	path := ""
	err := filepath.WalkDir(under, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == name {
			path = p
			return found
		}
		return err
	})
	if !errors.Is(err, found) {
		t.Fatalf("no folder of %s: %v", name, err)
	}
	return path
}

func (h *house) checkpoint(t testing.TB) witness.Outcome {
	t.Helper()
	out, err := h.w.Checkpoint(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (h *house) keys(t testing.TB) []note.Verifier {
	t.Helper()
	keys, err := h.w.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return verifiers(t, keys[len(keys)-1].Public)
}

func verifiers(t testing.TB, public ...string) []note.Verifier {
	t.Helper()
	keys, err := witness.Keys(strings.Join(public, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// person is an applicant whose ledger grows.
type person struct {
	id    onboarding.ApplicantID
	chain ledger.Chain
}

func newPerson() *person {
	id := onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
	return &person{id, ledger.NewChain(id)}
}

const receipt = "0b5f6c1e-7d38-4f6e-9a51-52e0a7a4a001"

// begin are the records that every case of these tests has first.
func begin() []ledger.Record {
	return []ledger.Record{
		{Kind: ledger.KindOpened, Actor: "api:demo", Detail: "program guest-line 3"},
		{Kind: ledger.KindConsentGiven, Actor: "applicant", Purpose: "validation", Receipt: receipt},
	}
}

func use() ledger.Record {
	return ledger.Record{Kind: ledger.KindUse, Actor: "system", Purpose: "validation", Recipient: "kickbox", Fields: []onboarding.Field{onboarding.FieldEmail}, Receipt: receipt}
}

// write stores records on a page of their own, a second apart.
func (h *house) write(t testing.TB, p *person, records ...ledger.Record) {
	t.Helper()
	var out []ledger.Record
	for _, r := range records {
		h.later(time.Second)
		out = append(out, p.chain.Append(h.clock(), r))
	}
	if _, err := h.book.Store(t.Context(), []ledger.Page{p.chain.Cut(out)}); err != nil {
		t.Fatal(err)
	}
}

// register is what these tests' worker goes by.
func register() witness.Register {
	return witness.Register{
		Purposes:   map[string]map[string][]string{"validation": {"kickbox": {"email"}, "twilio": {"phone"}, "smarty": {"street"}, "own": {"email", "phone"}}},
		Vendors:    []string{"kickbox", "twilio", "smarty"},
		Agreements: map[string]map[string]string{"guest-line 3": {"kickbox": "2026-01-01", "smarty": "2020-01-01"}},
		Ends:       map[string]map[string]string{"guest-line 3": {"smarty": "2020-12-31"}},
	}
}

// result is what a stranger finds.
type result struct {
	log     *witness.Log
	reports map[onboarding.ApplicantID]witness.Report
}

func (r result) all() []string {
	var out []string
	for _, f := range r.log.Findings {
		out = append(out, string(f.Kind)+": "+f.String())
	}
	for _, report := range r.reports {
		for _, f := range report.Faults {
			out = append(out, string(f.Kind)+": "+f.String())
		}
	}
	return out
}

func (r result) has(kind ledger.FaultKind) bool {
	for _, f := range r.all() {
		if strings.HasPrefix(f, string(kind)+": ") {
			return true
		}
	}
	return false
}

func verify(t testing.TB, from witness.Reader, keys []note.Verifier) result {
	t.Helper()
	log, err := witness.ReadLog(t.Context(), from, keys)
	if err != nil {
		t.Fatal(err)
	}
	if len(keys) > 0 {
		log.MustBegin()
	}
	ids, err := log.Ledgers(t.Context(), from)
	if err != nil {
		t.Fatal(err)
	}
	out := result{log, map[onboarding.ApplicantID]witness.Report{}}
	for _, id := range ids {
		r, err := log.Verify(t.Context(), from, id, ledger.Chain{}, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		out.reports[id] = r
	}
	return out
}

func must(t testing.TB, r result) {
	t.Helper()
	if all := r.all(); len(all) > 0 {
		t.Fatalf("before anything was done: %s", fmt.Sprint(strings.Join(all, "\n")))
	}
}
