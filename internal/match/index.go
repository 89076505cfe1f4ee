package match

import "slices"

// Index makes a list quick to search. It is built once and safe for concurrent use.
//
// It works over the list's vocabulary: a person's words are compared with those
// words of the list that begin or end alike or have the same bones, and only
// entries of which enough words were hit are scored.
type Index struct {
	entries []Listed
	names   []indexed
	words   []token
	hits    [][]int32          // word → names that have it
	keys    map[string][]int32 // key → words
	ready   [][]name           // by entry
}

type indexed struct {
	entry, which int
	significant  int
}

// Candidate is an entry that may be the person.
type Candidate struct {
	Entry int    // index into the entries that the Index was made of
	Name  string // the listed name that fitted best
	Parts Parts
}

// NewIndex makes an Index of entries.
func NewIndex(entries []Listed) *Index {
	x := &Index{entries: entries, keys: map[string][]int32{}, ready: make([][]name, len(entries))}
	word := map[string]int32{}
	for e, l := range entries {
		x.ready[e] = make([]name, len(l.Names))
		for w, s := range l.Names {
			n := newName(s)
			x.ready[e][w] = n
			id := int32(len(x.names))
			x.names = append(x.names, indexed{entry: e, which: w, significant: n.significant()})
			for _, t := range n.tokens {
				k, ok := word[t.text]
				if !ok {
					k = int32(len(x.words))
					word[t.text] = k
					x.words = append(x.words, t)
					x.hits = append(x.hits, nil)
					for _, key := range keysOf(t) {
						x.keys[key] = append(x.keys[key], k)
					}
				}
				if h := x.hits[k]; len(h) == 0 || h[len(h)-1] != id {
					x.hits[k] = append(h, id)
				}
			}
		}
	}
	return x
}

// Len is how many entries the Index has.
func (x *Index) Len() int { return len(x.entries) }

// keysOf gives the keys under which a word is found again when it is spelled
// otherwise: how it begins, how it ends, and its bones.
func keysOf(t token) []string {
	w := t.text
	if len(w) < 3 {
		return []string{"=" + w}
	}
	keys := []string{"^" + w[:3], "$" + w[len(w)-3:]}
	if len(t.bones) > 1 {
		keys = append(keys, "~"+t.bones[:min(3, len(t.bones))])
	}
	return keys
}

// Search gives the entries whose total is at least least, the best first; equal
// ones in the list's order. A person without any letter in their name finds none.
func (x *Index) Search(p Person, least float64) []Candidate {
	forms := p.forms()
	found := make([]uint8, len(x.names)) // how many of the person's words each name has
	last := make([]uint8, len(x.names))  // the last of the person's words, from 1, that it has
	var order []int32
	for i, t := range forms[0].name.tokens {
		if t.weight <= 1 {
			continue
		}
		for _, k := range x.near(t) {
			for _, n := range x.hits[k] {
				if last[n] == uint8(i+1) {
					continue
				}
				last[n] = uint8(i + 1)
				if found[n] == 0 {
					order = append(order, n)
				}
				found[n]++
			}
		}
	}
	significant := forms[0].name.significant()
	names := map[int][]int{} // entry → those of its names that are worth a look
	var entries []int
	for _, n := range order {
		in := x.names[n]
		if found[n] < 2 && significant > 1 && in.significant > 1 && !closeLines(forms, x.ready[in.entry][in.which]) {
			continue
		}
		if names[in.entry] == nil {
			entries = append(entries, in.entry)
		}
		names[in.entry] = append(names[in.entry], in.which)
	}
	var out []Candidate
	for _, e := range entries {
		which := names[e]
		slices.Sort(which)
		parts := score(p, forms, x.entries[e], x.ready[e], which)
		if parts.Total >= least {
			out = append(out, Candidate{Entry: e, Name: x.entries[e].Names[parts.Which], Parts: parts})
		}
	}
	sortCandidates(out)
	return out
}

// near gives the list's words that may be the word t.
func (x *Index) near(t token) []int32 {
	seen := map[int32]bool{}
	var out []int32
	for _, key := range keysOf(t) {
		for _, k := range x.keys[key] {
			if seen[k] {
				continue
			}
			seen[k] = true
			if alike(t, x.words[k]) > 0 {
				out = append(out, k)
			}
		}
	}
	return out
}

// closeLines reports whether the names have about the same number of letters, so
// that they may be one name that is divided into words otherwise.
func closeLines(forms []form, n name) bool {
	for _, f := range forms {
		a, b := len(f.name.line), len(n.line)
		if max(a, b) >= 8 && max(a, b)-min(a, b) <= max(a, b)/10 {
			return true
		}
	}
	return false
}
