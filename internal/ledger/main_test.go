package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/devstack/loopback"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// The ledger's book on the real bucket, which locks what it keeps, and on a
// folder of memory, in which a test can do what an intruder below S3 could.

const evidenceBucket = "evidence"

// gateway is the embedded S3, started once by the first test that asks; folder
// is where it keeps its files.
var (
	folder  string
	gateway func() (evidencetest.Target, error)
)

// TestMain lets the test's own binary be the gateway's child process.
func TestMain(m *testing.M) {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "ledger-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	folder = filepath.Join(dir, "objects")
	var store *objects.Store
	gateway = sync.OnceValues(func() (evidencetest.Target, error) {
		const vaultBucket = "vault"
		ports, err := loopback.Free("", 1)
		if err != nil {
			return evidencetest.Target{}, err
		}
		store, err = objects.Start(context.Background(), objects.Config{Dir: folder, Port: ports[0], EvidenceBucket: evidenceBucket, VaultBucket: vaultBucket})
		if err != nil {
			return evidencetest.Target{}, err
		}
		return evidencetest.Target{Endpoint: store.Endpoint(), Region: store.Region(), AccessKey: store.AccessKey(),
			SecretKey: store.SecretKey(), EvidenceBucket: evidenceBucket, VaultBucket: vaultBucket}, nil
	})
	defer func() {
		if store != nil {
			store.Close()
		}
	}()
	return m.Run()
}

// bucket is the write-once bucket, with Object Lock.
func bucket(t *testing.T) *evidence.Store {
	t.Helper()
	target, err := gateway()
	if err != nil {
		t.Fatal(err)
	}
	return evidence.New(evidence.Config{Bucket: target.EvidenceBucket, Client: target.Client(t, nil), Lock: time.Hour})
}

var (
	errMissing  = errors.New("missing")
	errConflict = errors.New("conflict")
)

// memory is a write-once bucket whose owner can be dishonest: tests alter what
// lies in it. TestBook holds it to what the real bucket does.
type memory map[string][]byte

func (m memory) PutOnce(_ context.Context, key string, body []byte) error {
	if was, ok := m[key]; ok && string(was) != string(body) {
		return errConflict
	}
	m[key] = slices.Clone(body)
	return nil
}

func (m memory) Get(_ context.Context, key string) ([]byte, error) {
	if body, ok := m[key]; ok {
		return slices.Clone(body), nil
	}
	return nil, errMissing
}

func (m memory) List(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if strings.HasPrefix(key, prefix) && !yield(key, nil) {
				return
			}
		}
	}
}

func (m memory) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (m memory) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

// A Store can say what it holds, so Verify sees what lies behind a gap.
var _ ledger.Lister = (*evidence.Store)(nil)

func newApplicant() onboarding.ApplicantID {
	return onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
}

var start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

// story is a case in the records that it leaves, a slice for each page. Together
// they have a value in every member of Record.
func story() [][]ledger.Record {
	const receipt, other = "0b5f6c1e-7d38-4f6e-9a51-52e0a7a4a001", "0b5f6c1e-7d38-4f6e-9a51-52e0a7a4a002"
	notice := &ledger.NoticeRef{ID: "validation", Version: "2026-11-01", Language: "en", SHA256: strings.Repeat("ab", 32)}
	return [][]ledger.Record{
		{
			{Kind: ledger.KindOpened, Stage: onboarding.StageSignup, Actor: "api:demo"},
			{Kind: ledger.KindConsentGiven, Actor: "applicant", Purpose: "validation", Receipt: receipt, Notice: notice},
			{Kind: ledger.KindConsentGiven, Actor: "applicant", Purpose: "vetting", Receipt: other, Notice: notice},
		},
		{
			{Kind: ledger.KindUse, Stage: onboarding.StageValidation, Actor: "system", Check: onboarding.CheckEmail, Round: 1, Purpose: "validation",
				Recipient: "kickbox", Fields: []onboarding.Field{onboarding.FieldEmail}, Receipt: receipt},
		},
		{
			{Kind: ledger.KindUseDone, Stage: onboarding.StageValidation, Actor: "system", Check: onboarding.CheckEmail, Round: 1, Purpose: "validation",
				Recipient: "kickbox", Fields: []onboarding.Field{onboarding.FieldEmail}, Receipt: receipt, Notice: notice, Outcome: "clear",
				Detail: "email_deliverable", Of: 4, Object: "results/x/4-email", Digest: strings.Repeat("cd", 32), Sealed: []byte{1, 2, 3}},
			{Kind: ledger.KindStage, Stage: onboarding.StageVetting, Actor: "system"},
			{Kind: ledger.KindUse, Stage: onboarding.StageVetting, Actor: "system", Check: onboarding.CheckBackground, Round: 1, Purpose: "vetting",
				Recipient: "findly", Fields: []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldFamilyName}, Receipt: other},
		},
		{
			{Kind: ledger.KindUseDone, Stage: onboarding.StageVetting, Actor: "system", Check: onboarding.CheckBackground, Round: 1, Purpose: "vetting",
				Recipient: "findly", Outcome: "clear", Of: 7},
			{Kind: ledger.KindDecided, Stage: onboarding.StageVetting, Actor: "staff:reviewer:42", Approver: "staff:reviewer:43", Despite: "law", Outcome: "proceed", Sealed: []byte("sealed words")},
		},
	}
}

// compose makes the story's pages and the head behind them.
func compose(id onboarding.ApplicantID, story [][]ledger.Record) ([]ledger.Page, ledger.Chain) {
	chain, at := ledger.NewChain(id), start
	var pages []ledger.Page
	for _, records := range story {
		var page []ledger.Record
		for _, r := range records {
			at = at.Add(time.Minute)
			page = append(page, chain.Append(at, r))
		}
		pages = append(pages, chain.Cut(page))
	}
	return pages, chain
}
