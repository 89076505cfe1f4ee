package match

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// syllables make names of invented people.
var syllables = []string{"ka", "ri", "mo", "ta", "len", "sor", "vi", "dal", "bek", "nu", "ha", "mir", "os", "el", "pra", "jin", "qua", "zho", "ek", "ur"}

func inventedName(r *rand.Rand, words int) string {
	s := ""
	for w := range words {
		if w > 0 {
			s += " "
		}
		for range 2 + r.IntN(3) {
			s += syllables[r.IntN(len(syllables))]
		}
	}
	return s
}

// invented makes a list as large as the real one: 7,378 entries.
func invented(r *rand.Rand) []Listed {
	out := make([]Listed, 7378)
	for i := range out {
		for range 1 + r.IntN(4) {
			out[i].Names = append(out[i].Names, inventedName(r, 1+r.IntN(4)))
		}
		born := fmt.Sprintf("%d-%02d-%02d", 1940+r.IntN(60), 1+r.IntN(12), 1+r.IntN(28))
		out[i].Births = []Birth{{First: born, Last: born}}
	}
	return out
}

// TestSearchFindsWhatAScanFinds holds the index against scoring every entry.
func TestSearchFindsWhatAScanFinds(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	list := invented(r)[:800]
	x := NewIndex(list)
	want, got := 0, 0
	for range 150 {
		at := r.IntN(len(list))
		l := list[at]
		name := []byte(l.Names[r.IntN(len(l.Names))])
		if i := 1 + r.IntN(len(name)-2); r.IntN(2) == 0 && name[i] != ' ' {
			name[i] = byte('a' + r.IntN(26))
		}
		p := Person{Given: string(name), Born: l.Births[0].First}
		found := map[int]Parts{}
		for _, c := range x.Search(p, 0.88) {
			found[c.Entry] = c.Parts
		}
		for e := range list {
			if parts := Score(p, list[e]); parts.Total >= 0.88 {
				want++
				if f, ok := found[e]; ok {
					got++
					if f.Total > parts.Total+1e-9 {
						t.Errorf("%q: the index scores entry %d higher (%v) than a scan (%v)", name, e, f, parts)
					}
				}
			}
		}
	}
	if want == 0 || float64(got) < 0.97*float64(want) {
		t.Errorf("the index found %d of the %d that a scan finds", got, want)
	}
	t.Logf("the index found %d of the %d that a scan finds", got, want)
}

func TestSearchOrdersAndBounds(t *testing.T) {
	x := NewIndex([]Listed{{Names: []string{"Ada Exampel"}}, {Names: []string{"Bob Sample"}}, {Names: []string{"EXAMPLE, Ada", "Ada Example"}}, {Names: []string{"Ada Example"}}})
	got := x.Search(Person{Given: "Ada", Family: "Example"}, 0.8)
	if len(got) != 3 || got[0].Entry != 2 || got[1].Entry != 3 || got[2].Entry != 0 || got[0].Name != "EXAMPLE, Ada" {
		t.Errorf("got %+v", got)
	}
	if got := x.Search(Person{}, 0.5); len(got) != 0 {
		t.Errorf("nobody is %+v", got)
	}
	if got := NewIndex(nil).Search(Person{Given: "Ada"}, 0.5); len(got) != 0 {
		t.Errorf("an empty list has %+v", got)
	}
}

func BenchmarkSearch(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	list := invented(r)
	x := NewIndex(list)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		x.Search(Person{Given: inventedName(r, 1), Family: list[i%len(list)].Names[0], Born: "1970-05-16"}, 0.85)
	}
}
