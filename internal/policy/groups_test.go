package policy_test

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// TestGroup: a count of fewer people than the minimum goes nowhere, also none.
//
// Promise 18, 43.
func TestGroup(t *testing.T) {
	for _, tt := range []struct {
		count, minimum, says int
		ok                   bool
	}{
		{0, 0, 0, false}, {1, 0, 0, false}, {10, 0, 0, false}, {11, 0, 11, true}, {500, 0, 500, true},
		{0, 5, 0, false}, {4, 5, 0, false}, {5, 5, 5, true}, {19, 20, 0, false}, {20, 20, 20, true},
		{1, 1, 0, false}, {3, -4, 0, false}, // a minimum that protects nobody is none
	} {
		if n, ok := policy.Group(tt.count, tt.minimum); n != tt.says || ok != tt.ok {
			t.Errorf("%d of at least %d: %d, %t", tt.count, tt.minimum, n, ok)
		}
	}
}
