package invitations

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/vault"
)

var errMissing, errConflict = errors.New("missing"), errors.New("conflict")

// bucket is the vault bucket in a map.
type bucket struct {
	mu   sync.Mutex
	held map[string][]byte
}

func (b *bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if body, ok := b.held[key]; ok {
		return body, nil
	}
	return nil, errMissing
}

func (b *bucket) Has(ctx context.Context, key string) (bool, error) {
	_, err := b.Get(ctx, key)
	return err == nil, nil
}

func (b *bucket) Put(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held[key] = slices.Clone(body)
	return nil
}

func (b *bucket) PutIf(ctx context.Context, key string, body []byte, _ string) (string, error) {
	if has, _ := b.Has(ctx, key); has {
		return "", errConflict
	}
	return "1", b.Put(ctx, key, body)
}

func (b *bucket) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.held, key)
	return nil
}

func (b *bucket) List(context.Context, string) iter.Seq2[string, error] {
	return func(func(string, error) bool) {}
}
func (b *bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

func newReader(t *testing.T) *Service {
	t.Helper()
	master, err := vault.LocalMaster(t.TempDir() + "/master")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.New(t.Context(), vault.Config{Objects: &bucket{held: map[string][]byte{}}, Master: master})
	if err != nil {
		t.Fatal(err)
	}
	programs, err := program.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	return New(Config{Vault: v, Programs: programs})
}

// TestLine: what each cell may be, and what a faulty one is told, without what
// stands in it.
func TestLine(t *testing.T) {
	s := newReader(t)
	good := map[string]string{ColumnEmail: "ada@example.com", ColumnProgram: "support-basics"}
	with := func(pairs ...string) map[string]string {
		out := map[string]string{}
		for k, v := range good {
			out[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			out[pairs[i]] = pairs[i+1]
		}
		return out
	}
	for _, tt := range []struct {
		cells map[string]string
		field string // at fault; empty: none
	}{
		{good, ""},
		{with(ColumnEmail, "mailto:Ada@EXAMPLE.com", ColumnProgram, "Support  basics", ColumnLanguage, "Inglés", ColumnReference, "crm/42:7"), ""},
		{with(ColumnProgram, ""), ""}, // the default
		{with(ColumnGivenName, "  Mary-Ann  O’Neil Jr."), ""},
		{with(ColumnGivenName, "María José"), ""},
		{with(ColumnReference, "1234567890123"), ""},
		{with(ColumnEmail, ""), ColumnEmail},
		{with(ColumnEmail, "Ada <ada@example.com>"), ColumnEmail},
		{with(ColumnEmail, "ada@example"), ColumnEmail},
		{with(ColumnEmail, "a@example.com,b@example.com"), ColumnEmail},
		{with(ColumnEmail, "ada@mailinator.com"), ColumnEmail},
		{with(ColumnProgram, "sales"), ColumnProgram},
		{with(ColumnProgram, "guest-line"), ColumnProgram},  // invites nobody
		{with(ColumnProgram, "secure-line"), ColumnProgram}, // is not the sender's
		{with(ColumnLanguage, "tlh"), ColumnLanguage},
		{with(ColumnGivenName, "Win $500 at example.com"), ColumnGivenName},
		{with(ColumnGivenName, "visit example.com"), ColumnGivenName},
		{with(ColumnGivenName, "<b>Ada</b>"), ColumnGivenName},
		{with(ColumnGivenName, strings.Repeat("Ada ", 30)), ColumnGivenName},
		{with(ColumnReference, "ada@example.com"), ColumnReference},
		{with(ColumnReference, "987-65-4320"), ColumnReference},
		{with(ColumnReference, "5035550100"), ColumnReference},
		{with(ColumnReference, "Ada Wren"), ColumnReference},
		{with(columnMend, "wide"), "line"},
	} {
		p, faults := s.read(Row{Line: 2, Cells: tt.cells}, Defaults{Program: "support-basics"}, func(p string) bool { return p != "secure-line" })
		switch {
		case tt.field == "" && (len(faults) > 0 || p.Ref.Program != "support-basics" || p.Ref.Contact != s.contact("ada@example.com")):
			t.Errorf("%v: %+v, %v", tt.cells, p, faults)
		case tt.field != "" && (len(faults) != 1 || faults[0].Field != tt.field || faults[0].Says == ""):
			t.Errorf("%v: %v, want a fault of %s", tt.cells, faults, tt.field)
		}
		for _, f := range faults {
			if v := tt.cells[f.Field]; len(v) > 3 && strings.Contains(f.Says, v) {
				t.Errorf("%q quotes what stands there", f.Says)
			}
		}
	}
}
