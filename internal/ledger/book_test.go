package ledger_test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestBook is what a Book does on any bucket. It runs on the real one, which the
// DESIGN's fifth rule is about, and on the one that the other tests tamper with.
func TestBook(t *testing.T) {
	for name, objects := range map[string]func(*testing.T) ledger.Objects{
		"S3":     func(t *testing.T) ledger.Objects { return bucket(t) },
		"memory": func(*testing.T) ledger.Objects { return memory{} },
	} {
		t.Run(name, func(t *testing.T) {
			book, id := ledger.NewBook(objects(t)), newApplicant()
			ctx := t.Context()

			t.Run("an applicant without a ledger", func(t *testing.T) {
				pages, err := book.Read(ctx, id)
				if err != nil || len(pages) != 0 {
					t.Errorf("Read gives %v, %v", pages, err)
				}
				for _, from := range []int{0, 1, 7} {
					if head, err := book.Head(ctx, id, from); err != nil || head != ledger.NewChain(id) {
						t.Errorf("Head from %d gives %+v, %v", from, head, err)
					}
				}
				if _, err := book.Recall(ctx, id, 1, 1); err == nil {
					t.Error("Recall finds a record that nobody wrote")
				}
			})

			pages, chain := compose(id, story())
			t.Run("what was put is read", func(t *testing.T) {
				stored, err := book.Store(ctx, pages)
				if err != nil {
					t.Fatal(err)
				}
				var records, back []ledger.Record
				for _, p := range pages {
					records = append(records, p.Records...)
				}
				for _, s := range stored {
					r, ok := s.Record()
					if !ok {
						t.Fatal("a stored record says that it is none")
					}
					back = append(back, r)
				}
				if d := cmp.Diff(records, back); d != "" {
					t.Errorf("stored (-want +got):\n%s", d)
				}
				read, err := book.Read(ctx, id)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(pages, read); d != "" {
					t.Errorf("read (-want +got):\n%s", d)
				}
				report, err := book.Verify(ctx, id, chain)
				want := ledger.Report{Applicant: id, Pages: len(pages), Records: len(records), Head: chain.Head, Faults: []ledger.Fault{}}
				if d := cmp.Diff(want, report); err != nil || d != "" || !report.Whole() {
					t.Errorf("Verify: %v (-want +got):\n%s", err, d)
				}
			})
			t.Run("the head is found from anywhere", func(t *testing.T) {
				for from := range len(pages) + 4 { // also from behind the end: a workflow that was reset may know too much
					if head, err := book.Head(ctx, id, from); err != nil || head != chain {
						t.Errorf("Head from %d gives %+v, %v; want %+v", from, head, err, chain)
					}
				}
			})
			t.Run("storing the same twice changes nothing", func(t *testing.T) {
				again, err := book.Store(ctx, pages)
				if err != nil || len(again) != int(chain.Seq) {
					t.Fatalf("%d records, %v", len(again), err)
				}
				if report, err := book.Verify(ctx, id, chain); err != nil || !report.Whole() || report.Pages != len(pages) {
					t.Errorf("%+v, %v", report, err)
				}
			})
			t.Run("another page in a slot is a conflict", func(t *testing.T) {
				wantConflict(ctx, t, book, id, pages, chain)
			})
			t.Run("a record is recalled", func(t *testing.T) {
				s, err := book.Recall(ctx, id, 3, 7)
				if err != nil {
					t.Fatal(err)
				}
				got, ok := s.Record()
				if d := cmp.Diff(pages[2].Records[2], got); !ok || d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
				for _, at := range []struct {
					page int
					seq  uint64
				}{{3, 4}, {3, 8}, {9, 7}, {0, 0}} { // of another page, of none
					if s, err := book.Recall(ctx, id, at.page, at.seq); err == nil {
						t.Errorf("Recall(%d, %d) gives %+v", at.page, at.seq, s)
					}
				}
			})
		})
	}
}

// wantConflict writes another run's pages over those that stand, and one behind.
func wantConflict(ctx context.Context, t *testing.T, book *ledger.Book, id onboarding.ApplicantID, pages []ledger.Page, chain ledger.Chain) {
	t.Helper()
	other := story()
	other[2][0].Outcome = "consider"
	fork, _ := compose(id, append(other, []ledger.Record{{Kind: ledger.KindStage, Actor: "system"}}))
	stored, err := book.Store(ctx, fork)
	var e *onboarding.Error
	if !errors.As(err, &e) || e.Code != onboarding.CodeLedgerConflict || e.Cause == nil || !strings.Contains(e.Message, "Page 3") {
		t.Fatalf("Store gives %v", err)
	}
	if stored != nil {
		t.Error("somebody may act upon a page that was refused")
	}
	if _, err := book.Read(ctx, id); err != nil {
		t.Fatal(err)
	}
	// Nothing was overwritten, and nothing put behind the slot that was taken.
	if report, err := book.Verify(ctx, id, chain); err != nil || !report.Whole() || report.Pages != len(pages) || report.Beyond != 0 {
		t.Errorf("after the conflict: %+v, %v", report, err)
	}
}

// TestStoredCannotBeChanged: between the intent and the act nobody can make
// another recipient or another field of it, neither by the page that was stored
// nor by the copy that was given out. Intent, act, outcome: in that order.
func TestStoredCannotBeChanged(t *testing.T) {
	pages, _ := compose(newApplicant(), story())
	want, _ := compose(pages[0].Records[0].Applicant, story())
	stored, err := ledger.NewBook(memory{}).Store(t.Context(), pages)
	if err != nil {
		t.Fatal(err)
	}
	const use, done = 3, 4 // places of the records that have fields, notice and sealed words
	pages[1].Records[0].Recipient = "elsewhere"
	pages[1].Records[0].Fields[0] = onboarding.FieldNationalID
	pages[2].Records[0].Notice.SHA256 = "other"
	pages[2].Records[0].Sealed[0] = 9
	for range 2 {
		for place, want := range map[int]ledger.Record{use: want[1].Records[0], done: want[2].Records[0]} {
			got, _ := stored[place].Record()
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("record %d (-want +got):\n%s", place+1, d)
			}
			got.Fields[0] = onboarding.FieldNationalID // of the copy
		}
	}
	if r, ok := (ledger.Stored{}).Record(); ok || !reflect.ValueOf(r).IsZero() {
		t.Error("a Stored that no Book made counts as stored")
	}
}

// failing is a bucket that answers nothing: neither "conflict" nor "missing".
type failing struct{ memory }

var errDown = errors.New("down")

func (failing) PutOnce(context.Context, string, []byte) error { return errDown }
func (failing) Get(context.Context, string) ([]byte, error)   { return nil, errDown }
func (f failing) IsMissing(err error) bool                    { return f.memory.IsMissing(err) }
func (f failing) IsConflict(err error) bool                   { return f.memory.IsConflict(err) }

// TestWeDoNotKnow: a bucket that does not answer is an error, never an empty or
// whole ledger, and never a conflict, which would make the workflow go on behind
// a head that nobody wrote.
func TestWeDoNotKnow(t *testing.T) {
	book, id := ledger.NewBook(failing{memory{}}), newApplicant()
	pages, chain := compose(id, story())
	_, storing := book.Store(t.Context(), pages)
	_, recalling := book.Recall(t.Context(), id, 1, 1)
	_, heading := book.Head(t.Context(), id, 3)
	_, reading := book.Read(t.Context(), id)
	_, verifying := book.Verify(t.Context(), id, chain)
	for name, err := range map[string]error{"Store": storing, "Recall": recalling, "Head": heading, "Read": reading, "Verify": verifying} {
		if !errors.Is(err, errDown) || onboarding.CodeOf(err) == onboarding.CodeLedgerConflict {
			t.Errorf("%s gives %v", name, err)
		}
	}
}

// TestBrokenPageIsNoAnswer: a page that cannot be read is not skipped.
func TestBrokenPageIsNoAnswer(t *testing.T) {
	m, id := memory{}, newApplicant()
	book := ledger.NewBook(m)
	pages, _ := compose(id, story())
	if _, err := book.Store(t.Context(), pages); err != nil {
		t.Fatal(err)
	}
	m[ledger.PageKey(id, 2)] = []byte("{}\n")
	if _, err := book.Recall(t.Context(), id, 2, 4); !errors.Is(err, ledger.ErrNotCanonical) {
		t.Errorf("Recall gives %v", err)
	}
	if _, err := book.Head(t.Context(), id, 1); !errors.Is(err, ledger.ErrNotCanonical) {
		t.Errorf("Head gives %v", err)
	}
	if read, err := book.Read(t.Context(), id); !errors.Is(err, ledger.ErrNotCanonical) || len(read) != 1 {
		t.Errorf("Read gives %d pages, %v", len(read), err)
	}
}

func TestEmptyPageIsRefused(t *testing.T) {
	m := memory{}
	if _, err := ledger.NewBook(m).Store(t.Context(), []ledger.Page{{Number: 1}}); err == nil || len(m) != 0 {
		t.Errorf("%v; %d objects", err, len(m))
	}
}

// TestAppend: pure, numbered, dated in UTC to the millisecond, linked. Workflow
// code runs it, so the same chain, time and record must give the same bytes.
func TestAppend(t *testing.T) {
	id := newApplicant()
	at := time.Date(2026, 11, 2, 10, 0, 0, 123_456_789, time.FixedZone("", -5*3600))
	c, d := ledger.NewChain(id), ledger.NewChain(id)
	first := c.Append(at, ledger.Record{Kind: ledger.KindOpened, Seq: 99, Prev: "x", Applicant: "y"})
	want := ledger.Record{Seq: 1, At: time.Date(2026, 11, 2, 15, 0, 0, 123_000_000, time.UTC), Applicant: id, Kind: ledger.KindOpened, Prev: ledger.Genesis(id)}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("first (-want +got):\n%s", diff)
	}
	if !strings.Contains(string(first.Encode()), `"at":"2026-11-02T15:00:00.123Z"`) {
		t.Errorf("dated in another zone: %s", first.Encode())
	}
	if again := d.Append(at, ledger.Record{Kind: ledger.KindOpened}); string(again.Encode()) != string(first.Encode()) || c != d {
		t.Error("the same gives something else the second time")
	}
	second := c.Append(at, ledger.Record{Kind: ledger.KindStage})
	if second.Seq != 2 || second.Prev != first.Hash() || c.Head != second.Hash() {
		t.Errorf("second is %+v behind %s", second, first.Hash())
	}
	if ledger.Genesis(id) == ledger.Genesis(newApplicant()) {
		t.Error("two applicants begin alike: their chains could be exchanged")
	}
}

// storedForm is golden: bytes that were written in 2026 must have the same hash
// for as long as anybody may want to verify them. Change nothing in it; sha256sum
// agrees with it, of the page's line and of "vouchsafe/ledger/1/" before the ID.
//
//go:embed testdata/stored-form.txt
var storedForm string

func TestStoredForm(t *testing.T) {
	const id = onboarding.ApplicantID("01900000-0000-7000-8000-000000000001")
	pages, chain := compose(id, story()[:2])
	got := fmt.Sprintf("key   %s\nprev  %s\nhead  %s\npage  %s", pages[1].Key(), ledger.Genesis(id), chain.Head, pages[1].Encode())
	if d := cmp.Diff(storedForm, got); d != "" {
		t.Errorf("(-golden +now):\n%s", d)
	}
}
