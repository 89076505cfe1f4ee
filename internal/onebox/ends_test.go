package onebox_test

import (
	"io"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/demo"
)

// TestEveryEnd takes one applicant of each persona to their end by the API, the
// portal, their letters and staff's decisions, and then looks at what is left.
func TestEveryEnd(t *testing.T) {
	t.Parallel()
	h, _ := start(t, nil)
	n := demo.Personas()
	if _, err := demo.Run(t.Context(), h.face, n, io.Discard, t.Output()); err != nil {
		t.Fatal(err)
	}
	h.everyLedgerHolds(n)
	for key, made := range h.orders() {
		if made != 1 {
			t.Errorf("order %s was made %d times", key, made)
		}
	}
}
