// Package evidencetest is the conformance suite that every store must pass
// before it may hold evidence: the embedded gateway in our tests, AWS S3 or
// another S3 when an operator wants to know.
package evidencetest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
)

// Open gives two stores for one test: one with a lock upon a bucket with
// versioning and Object Lock, one without upon a plain bucket. The buckets may
// be shared between tests; what is put into the locked one stays.
type Open func(t *testing.T) (locked, plain *evidence.Store)

// Run holds the stores to each promise of the evidence package.
func Run(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*suite, *testing.T)
	}{
		{"Ready", (*suite).ready},
		{"PutOnceSameBytes", (*suite).putOnceSame},
		{"PutOnceOtherBytes", (*suite).putOnceOther},
		{"PutOnceRace", (*suite).putOnceRace},
		{"PutOnceSameBytesRace", (*suite).putOnceSameRace},
		{"PutOnceLargeRace", (*suite).putOnceLargeRace},
		{"RetentionPresent", (*suite).retention},
		{"LockedKeepsEveryVersion", (*suite).lockedKeeps},
		{"LockedRefusesOverwrite", (*suite).lockedRefuses},
		{"PutReplaces", (*suite).putReplaces},
		{"PutIfCreates", (*suite).putIfCreates},
		{"PutIfMatches", (*suite).putIfMatches},
		{"PutIfRace", (*suite).putIfRace},
		{"GetMissing", (*suite).missing},
		{"DeleteLeavesNothing", (*suite).deletes},
		{"List", (*suite).list},
		{"ListPages", (*suite).listPages},
		{"Presign", (*suite).presign},
		{"Sizes", (*suite).sizes},
		{"BadKeys", (*suite).badKeys},
		{"Canceled", (*suite).canceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			locked, plain := open(t)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			s := &suite{ctx: ctx, locked: locked, plain: plain, prefix: "suite-" + strings.ToLower(rand.Text())}
			test.run(s, t)
		})
	}
}

type suite struct {
	ctx           context.Context
	locked, plain *evidence.Store
	prefix        string
}

func (s *suite) key(name string) string { return s.prefix + "/" + name }

func (s *suite) both() map[string]*evidence.Store {
	return map[string]*evidence.Store{"locked": s.locked, "plain": s.plain}
}

func (s *suite) ready(t *testing.T) {
	for name, store := range s.both() {
		if err := store.Check(s.ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func (s *suite) putOnceSame(t *testing.T) {
	for name, store := range s.both() {
		for range 3 {
			if err := store.PutOnce(s.ctx, s.key("same"), []byte("one")); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		wantBody(t, s, store, s.key("same"), "one")
	}
}

func (s *suite) putOnceOther(t *testing.T) {
	for name, store := range s.both() {
		must(t, store.PutOnce(s.ctx, s.key("other"), []byte("one")))
		for _, body := range []string{"two", "", "one\n"} {
			err := store.PutOnce(s.ctx, s.key("other"), []byte(body))
			if !errors.Is(err, evidence.ErrConflict) || !store.IsConflict(err) {
				t.Errorf("%s: put of %q gave %v, want ErrConflict", name, body, err)
			}
			if err != nil && !strings.Contains(err.Error(), s.key("other")) {
				t.Errorf("%s: the error does not name the key: %v", name, err)
			}
		}
		wantBody(t, s, store, s.key("other"), "one")
	}
}

// race runs n writers at once and gives what each of them got.
func race(n int, write func(i int) error) []error {
	errs := make([]error, n)
	start := make(chan struct{})
	var writers sync.WaitGroup
	for i := range n {
		writers.Go(func() { <-start; errs[i] = write(i) })
	}
	close(start)
	writers.Wait()
	return errs
}

// oneWinner checks that exactly one writer succeeded and the others were told.
func oneWinner(t *testing.T, errs []error) int {
	t.Helper()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Errorf("writers %d and %d both won", winner, i)
		case err == nil:
			winner = i
		case !errors.Is(err, evidence.ErrConflict):
			t.Errorf("writer %d: %v, want ErrConflict", i, err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	return winner
}

func (s *suite) putOnceRace(t *testing.T) {
	for _, store := range s.both() {
		for round := range 5 {
			key := s.key(fmt.Sprintf("race-%d", round))
			body := func(i int) string { return strings.Repeat(fmt.Sprintf("writer %d;", i), 100) }
			winner := oneWinner(t, race(16, func(i int) error { return store.PutOnce(s.ctx, key, []byte(body(i))) }))
			wantBody(t, s, store, key, body(winner))
		}
	}
}

func (s *suite) putOnceSameRace(t *testing.T) {
	for name, store := range s.both() {
		for i, err := range race(16, func(int) error { return store.PutOnce(s.ctx, s.key("same-race"), []byte("same")) }) {
			if err != nil {
				t.Errorf("%s: writer %d: %v", name, i, err)
			}
		}
	}
}

// Large bodies are refused while they are being sent, which can look like a
// broken connection.
func (s *suite) putOnceLargeRace(t *testing.T) {
	for _, store := range s.both() {
		body := func(i int) []byte { return bytes.Repeat([]byte{byte('a' + i)}, 3<<20) }
		winner := oneWinner(t, race(6, func(i int) error { return store.PutOnce(s.ctx, s.key("large-race"), body(i)) }))
		wantBody(t, s, store, s.key("large-race"), string(body(winner)))
	}
}

func (s *suite) retention(t *testing.T) {
	must(t, s.locked.PutOnce(s.ctx, s.key("held"), []byte("held")))
	mode, until, err := s.locked.Retention(s.ctx, s.key("held"))
	must(t, err)
	if mode == "" || !until.After(time.Now()) {
		t.Errorf("held %q until %v: not held", mode, until)
	}
	_, err = s.locked.PutIf(s.ctx, s.key("held-if"), []byte("held"), "")
	must(t, err)
	if mode, _, err = s.locked.Retention(s.ctx, s.key("held-if")); err != nil || mode == "" {
		t.Errorf("held %q, %v: not held", mode, err)
	}
	must(t, s.plain.PutOnce(s.ctx, s.key("free"), []byte("free")))
	if mode, _, err = s.plain.Retention(s.ctx, s.key("free")); err != nil || mode != "" {
		t.Errorf("the plain store holds %q, %v", mode, err)
	}
	if _, _, err = s.plain.Retention(s.ctx, s.key("none")); !errors.Is(err, evidence.ErrNotFound) {
		t.Errorf("missing: %v, want ErrNotFound", err)
	}
}

func (s *suite) lockedKeeps(t *testing.T) {
	must(t, s.locked.PutOnce(s.ctx, s.key("kept"), []byte("kept")))
	if err := s.locked.Delete(s.ctx, s.key("kept")); err == nil {
		t.Error("a held object could be deleted")
	}
	wantBody(t, s, s.locked, s.key("kept"), "kept")
	must(t, s.locked.Delete(s.ctx, s.key("never-there")))
}

func (s *suite) lockedRefuses(t *testing.T) {
	must(t, s.locked.PutOnce(s.ctx, s.key("once"), []byte("one")))
	_, etag, err := s.locked.GetTagged(s.ctx, s.key("once"))
	must(t, err)
	if err := s.locked.Put(s.ctx, s.key("once"), []byte("two")); !errors.Is(err, evidence.ErrWriteOnce) {
		t.Errorf("Put: %v, want ErrWriteOnce", err)
	}
	if _, err := s.locked.PutIf(s.ctx, s.key("once"), []byte("two"), etag); !errors.Is(err, evidence.ErrWriteOnce) {
		t.Errorf("PutIf: %v, want ErrWriteOnce", err)
	}
	wantBody(t, s, s.locked, s.key("once"), "one")
}

func (s *suite) putReplaces(t *testing.T) {
	must(t, s.plain.Put(s.ctx, s.key("put"), []byte("one")))
	must(t, s.plain.Put(s.ctx, s.key("put"), []byte("two")))
	wantBody(t, s, s.plain, s.key("put"), "two")
}

func (s *suite) putIfCreates(t *testing.T) {
	etag, err := s.plain.PutIf(s.ctx, s.key("if"), []byte("one"), "")
	must(t, err)
	body, read, err := s.plain.GetTagged(s.ctx, s.key("if"))
	must(t, err)
	if string(body) != "one" || read != etag || etag == "" {
		t.Errorf("read %q with ETag %s, want %s", body, read, etag)
	}
	for _, body := range []string{"one", "two"} { // the same bytes are another's as well
		if _, err := s.plain.PutIf(s.ctx, s.key("if"), []byte(body), ""); !errors.Is(err, evidence.ErrConflict) {
			t.Errorf("create over it with %q: %v, want ErrConflict", body, err)
		}
	}
}

func (s *suite) putIfMatches(t *testing.T) {
	first, err := s.plain.PutIf(s.ctx, s.key("match"), []byte("one"), "")
	must(t, err)
	second, err := s.plain.PutIf(s.ctx, s.key("match"), []byte("two"), first)
	must(t, err)
	if _, err := s.plain.PutIf(s.ctx, s.key("match"), []byte("three"), first); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("stale ETag: %v, want ErrConflict", err)
	}
	must(t, s.plain.Delete(s.ctx, s.key("match")))
	if _, err := s.plain.PutIf(s.ctx, s.key("match"), []byte("four"), second); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("deleted meanwhile: %v, want ErrConflict", err)
	}
}

func (s *suite) putIfRace(t *testing.T) {
	etag, err := s.plain.PutIf(s.ctx, s.key("cas"), []byte("0"), "")
	must(t, err)
	for round := 1; round <= 5; round++ {
		tags := make([]string, 16)
		next := []byte(fmt.Sprint(round)) // all write the same bytes, and still one wins
		winner := oneWinner(t, race(16, func(i int) (err error) {
			tags[i], err = s.plain.PutIf(s.ctx, s.key("cas"), next, etag)
			return err
		}))
		etag = tags[winner]
	}
	wantBody(t, s, s.plain, s.key("cas"), "5")
}

func (s *suite) missing(t *testing.T) {
	for name, store := range s.both() {
		for _, key := range []string{s.key("none"), s.key("deep/er/none")} {
			_, err := store.Get(s.ctx, key)
			if !errors.Is(err, evidence.ErrNotFound) || !store.IsMissing(err) || store.IsConflict(err) {
				t.Errorf("%s: %v, want ErrNotFound", name, err)
			}
			if has, err := store.Has(s.ctx, key); has || err != nil {
				t.Errorf("%s: has %v, %v", name, has, err)
			}
		}
	}
}

func (s *suite) deletes(t *testing.T) {
	for i := range 3 { // versions, if the bucket keeps any
		must(t, s.plain.Put(s.ctx, s.key("gone"), []byte(fmt.Sprint(i))))
	}
	must(t, s.plain.Put(s.ctx, s.key("gone-not"), []byte("stays")))
	for range 2 {
		must(t, s.plain.Delete(s.ctx, s.key("gone")))
		if has, err := s.plain.Has(s.ctx, s.key("gone")); has || err != nil {
			t.Errorf("has %v, %v after delete", has, err)
		}
	}
	wantBody(t, s, s.plain, s.key("gone-not"), "stays")
	must(t, s.plain.PutOnce(s.ctx, s.key("gone"), []byte("anew")))
	wantBody(t, s, s.plain, s.key("gone"), "anew")
}

func (s *suite) list(t *testing.T) {
	for name, store := range s.both() {
		var want []string
		for _, k := range []string{"l/a", "l/b/1", "l/b/2", "l/c"} {
			must(t, store.PutOnce(s.ctx, s.key(k), []byte(k)))
			want = append(want, s.key(k))
		}
		must(t, store.PutOnce(s.ctx, s.key("m"), nil))
		if got := s.keys(t, store, s.key("l/")); !slices.Equal(got, want) {
			t.Errorf("%s: listed %v, want %v", name, got, want)
		}
		if got := s.keys(t, store, s.key("l/b")); !slices.Equal(got, want[1:3]) {
			t.Errorf("%s: listed %v, want %v", name, got, want[1:3])
		}
		if got := s.keys(t, store, s.key("z")); len(got) != 0 {
			t.Errorf("%s: listed %v, want none", name, got)
		}
		for range store.List(s.ctx, s.key("l/")) {
			break // a caller that has seen enough
		}
	}
}

func (s *suite) listPages(t *testing.T) {
	const n = 1100 // a page holds 1,000
	for i, err := range race(16, func(w int) error {
		for i := w; i < n; i += 16 {
			if err := s.plain.Put(s.ctx, s.key(fmt.Sprintf("p/%04d", i)), []byte("x")); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Fatalf("writer %d: %v", i, err)
		}
	}
	got := s.keys(t, s.plain, s.key("p/"))
	if len(got) != n || !slices.IsSorted(got) || len(slices.Compact(got)) != n {
		t.Errorf("listed %d keys, want %d, each once and in order", len(got), n)
	}
}

func (s *suite) keys(t *testing.T, store *evidence.Store, prefix string) (keys []string) {
	t.Helper()
	for key, err := range store.List(s.ctx, prefix) {
		must(t, err)
		keys = append(keys, key)
	}
	return keys
}

func (s *suite) presign(t *testing.T) {
	for name, store := range s.both() {
		must(t, store.PutOnce(s.ctx, s.key("signed"), []byte("signed")))
		url, err := store.Presign(s.ctx, s.key("signed"), time.Minute)
		must(t, err)
		if status, body := fetch(t, s.ctx, url); status != http.StatusOK || body != "signed" {
			t.Errorf("%s: %d %q", name, status, body)
		}
		if status, _ := fetch(t, s.ctx, strings.Replace(url, "signed", "other0", 1)); status == http.StatusOK {
			t.Errorf("%s: the URL serves another object", name)
		}
		if _, err := store.Presign(s.ctx, s.key("signed"), 8*24*time.Hour); err == nil {
			t.Errorf("%s: signed for more than a week", name)
		}
	}
}

func fetch(t *testing.T, ctx context.Context, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	must(t, err)
	answer, err := http.DefaultClient.Do(request)
	must(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, string(body)
}

func (s *suite) sizes(t *testing.T) {
	for name, store := range s.both() {
		for _, size := range []int{0, 1, 4096, 1 << 20, 6 << 20} {
			body := make([]byte, size)
			_, _ = rand.Read(body)
			key := s.key(fmt.Sprintf("size-%d", size))
			must(t, store.PutOnce(s.ctx, key, body))
			must(t, store.PutOnce(s.ctx, key, body))
			if got, err := store.Get(s.ctx, key); err != nil || !bytes.Equal(got, body) {
				t.Errorf("%s: %d bytes came back as %d, %v", name, size, len(got), err)
			}
		}
	}
}

func (s *suite) badKeys(t *testing.T) {
	for _, key := range []string{"", "/lead", "trail/", "a//b", "a/../b", ".", "a/./b", "tab\tkey", "nul\x00", "bad\xff",
		`back\slash`, "a/" + strings.Repeat("x", 256), strings.Repeat("x/", 600) + "x"} {
		for name, store := range s.both() {
			_, _, getErr := store.GetTagged(s.ctx, key)
			_, hasErr := store.Has(s.ctx, key)
			_, ifErr := store.PutIf(s.ctx, key, nil, "")
			_, signErr := store.Presign(s.ctx, key, time.Minute)
			for op, err := range map[string]error{"get": getErr, "has": hasErr, "put if": ifErr, "presign": signErr,
				"put once": store.PutOnce(s.ctx, key, nil), "put": store.Put(s.ctx, key, nil), "delete": store.Delete(s.ctx, key)} {
				if !errors.Is(err, evidence.ErrBadKey) {
					t.Errorf("%s: %s of %q: %v, want ErrBadKey", name, op, key, err)
				}
			}
		}
	}
	good := s.key("Ünï côde, (a+b) & c=d?#%25 ~" + strings.Repeat("x", 200))
	must(t, s.plain.PutOnce(s.ctx, good, []byte("odd")))
	wantBody(t, s, s.plain, good, "odd")
	if got := s.keys(t, s.plain, s.key("Ü")); !slices.Equal(got, []string{good}) {
		t.Errorf("listed %q, want %q", got, good)
	}
}

func (s *suite) canceled(t *testing.T) {
	ctx, cancel := context.WithCancel(s.ctx)
	cancel()
	if err := s.locked.PutOnce(ctx, s.key("canceled"), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("put: %v, want context.Canceled", err)
	}
	if _, err := s.locked.Get(ctx, s.key("canceled")); !errors.Is(err, context.Canceled) {
		t.Errorf("get: %v, want context.Canceled", err)
	}
}

func wantBody(t *testing.T, s *suite, store *evidence.Store, key, want string) {
	t.Helper()
	got, err := store.Get(s.ctx, key)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %.60q, %v; want %.60q", key, got, err, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
