package demo

import "testing"

// TestEachHasTheirOwnNumber: of the clear ones 30,000 have a number each, or the
// duplicates' check would hold them for a reviewer.
func TestEachHasTheirOwnNumber(t *testing.T) {
	d := driver{run: 123_456}
	seen := map[string]int{}
	for i := range 30_000 {
		number := d.phone(personas[0], i*len(personas))
		if first, ok := seen[number]; ok {
			t.Fatalf("%d has the number of %d", i, first)
		}
		seen[number] = i
	}
}
