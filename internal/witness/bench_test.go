package witness_test

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/witness"
)

// The ledgers of these measurements are as the demonstration's are: sixty records of
// 450 bytes on twenty pages.
const (
	benchPages   = 20
	benchRecords = 3 // a page
)

func benchLedger(p *person, lay func(key string, body []byte)) {
	at := start
	for page := range benchPages {
		var records []ledger.Record
		for n := range benchRecords {
			r := use()
			r.Detail, r.Object = strings.Repeat("d", 60), "results/"+string(p.id)+"/4-email"
			if page == 0 && n < 2 {
				r = begin()[n]
			}
			at = at.Add(time.Second)
			records = append(records, p.chain.Append(at, r))
		}
		cut := p.chain.Cut(records)
		lay(cut.Key(), cut.Encode())
	}
}

// BenchmarkVerify proves a copy of a bucket in a folder, as ledger verify --all does:
// links, consents, registers, signed heads, times. It gives records a second over all
// processors: go test -run - -bench Verify ./internal/witness
func BenchmarkVerify(b *testing.B) {
	const ledgers = 2000
	h := newHouse(b)
	if err := h.w.Goes(b.Context(), register()); err != nil {
		b.Fatal(err)
	}
	for range ledgers {
		benchLedger(newPerson(), func(key string, body []byte) {
			file := filepath.Join(h.folder, filepath.FromSlash(key))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(file, body, 0o600); err != nil {
				b.Fatal(err)
			}
		})
	}
	h.later(time.Hour)
	began := time.Now()
	if out := h.checkpoint(b); out.Moved != ledgers {
		b.Fatalf("%+v", out)
	}
	b.Logf("the first checkpoint over %d ledgers took %s", ledgers, time.Since(began))
	keys, from := h.keys(b), evidence.Folder(h.folder)
	records := 0
	for b.Loop() {
		log, err := witness.ReadLog(b.Context(), from, keys)
		if err != nil {
			b.Fatal(err)
		}
		ids, err := log.Ledgers(b.Context(), from)
		if err != nil || len(ids) != ledgers || len(log.Findings) > 0 {
			b.Fatalf("%d ledgers, %v, %v", len(ids), log.Findings, err)
		}
		var workers sync.WaitGroup
		var next, read, faults atomic.Int64
		for range 4 * runtime.NumCPU() {
			workers.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(ids)); i = next.Add(1) - 1 {
					r, err := log.Verify(b.Context(), from, ids[i], ledger.Chain{}, time.Hour)
					if err != nil {
						b.Error(err)
					}
					read.Add(int64(r.Records))
					faults.Add(int64(len(r.Faults)))
				}
			})
		}
		workers.Wait()
		if faults.Load() > 0 || read.Load() != ledgers*benchPages*benchRecords {
			b.Fatalf("%d faults in %d records", faults.Load(), read.Load())
		}
		records += int(read.Load())
	}
	b.ReportMetric(float64(records)/b.Elapsed().Seconds(), "records/s")
}

// BenchmarkMoved finds which ledgers have moved, 20 of 1,000: by the notes that workers
// put, and by the listing of all pages that is made once a day instead.
func BenchmarkMoved(b *testing.B) {
	const ledgers = 1000
	h := newHouse(b)
	for range ledgers {
		benchLedger(newPerson(), func(key string, body []byte) {
			file := filepath.Join(h.folder, filepath.FromSlash(key))
			if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
				b.Fatal(err)
			}
			if err := os.WriteFile(file, body, 0o600); err != nil {
				b.Fatal(err)
			}
		})
	}
	h.checkpoint(b)
	for name, all := range map[string]bool{"notes": false, "listing": true} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				for range 20 {
					h.w.Moves(context.Background(), newPerson().id)
				}
				h.later(10 * time.Minute)
				b.StartTimer()
				if _, err := h.w.Checkpoint(b.Context(), all); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
