package sandbox_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
)

// BenchmarkOrder is the sandbox's own cost of an order, without HTTP.
func BenchmarkOrder(b *testing.B) {
	s, err := sandbox.New(sandbox.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		key := fmt.Sprintf("a/background/%d", i)
		r := httptest.NewRequest("POST", "/findly/v1/orders", strings.NewReader(newOrder(key, "X")))
		r.Header.Set("Authorization", "Bearer "+s.Keys().Findly)
		r.Header.Set("Idempotency-Key", key)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 201 {
			b.Fatal(w.Code, w.Body)
		}
	}
}

// BenchmarkVerify is the sandbox's own cost of a look-up, without HTTP.
func BenchmarkVerify(b *testing.B) {
	s, err := sandbox.New(sandbox.Config{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest("GET", "/kickbox/v2/verify?email=ada@example.com", nil)
		r.Header.Set("Authorization", "Bearer "+s.Keys().Kickbox)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code != 200 {
			b.Fatal(w.Code, w.Body)
		}
	}
}
