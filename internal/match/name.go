package match

import (
	"cmp"
	"slices"
	"strings"

	"github.com/xrash/smetrics"
)

const (
	maxTokens = 8 // of one name; longer ones are cut, which costs the long tail of titles only
	// same is the least likeness of two tokens that can be one and the same; what
	// lies below counts as another word.
	same = 0.82
	// vowels is the likeness of two tokens that differ in nothing but what
	// transliterations disagree on.
	vowels = 0.95
	// initial is the likeness of a name and its first letter.
	initial = 0.85
	// missing is the weight of a token that one side has and the other does not
	// have at all: a middle name left out.
	missing = 0.35
	// left bounds what such tokens weigh together, as a share of those that fit:
	// some lists give people six names, of which they use two.
	left = 0.55
	// joined is how alike two names written in one word must be for that to count.
	joined = 0.9
)

// token is one word of a name.
type token struct {
	text   string
	sound  string // spelled as it sounds
	bones  string // consonants only
	weight float64
}

// name is a name made ready.
type name struct {
	tokens []token
	line   string // in the order in which it is spoken, without spaces
	text   string // the same with spaces
}

// newName makes a name ready. "FAMILY, Given" is turned round.
func newName(s string) name {
	if family, given, ok := strings.Cut(s, ","); ok {
		s = given + " " + family
	}
	var n name
	for _, w := range strings.Fields(Fold(s)) {
		if len(n.tokens) == maxTokens {
			break
		}
		n.tokens = append(n.tokens, newToken(w))
		n.line += w
		n.text += w + " "
	}
	return n
}

func newToken(w string) token {
	t := token{text: w, sound: sound(w), bones: skeleton(w), weight: float64(min(len(w), 8))}
	if particles[w] {
		t.weight = 0.5
	}
	return t
}

// significant counts the tokens that tell people apart.
func (n name) significant() int {
	c := 0
	for _, t := range n.tokens {
		if t.weight > 1 {
			c++
		}
	}
	return c
}

// alike is how likely two tokens are one name, 0 to 1, the same both ways.
func alike(a, b token) float64 {
	if a.text == b.text {
		return 1
	}
	if len(a.text) == 1 || len(b.text) == 1 {
		if a.text[0] == b.text[0] {
			return initial
		}
		return 0
	}
	x, y := a.text, b.text
	if x > y { // smetrics' Jaro is greedy from its first side
		x, y = y, x
	}
	s := smetrics.JaroWinkler(x, y, 0.7, 4)
	// Bones of two letters are too few: mary and mora have the same.
	if s > 0.7 && len(a.bones) > 2 && a.bones == b.bones {
		s = max(s, vowels)
	}
	if s < same && s > 0.6 && (a.sound != a.text || b.sound != b.text) {
		x, y = min(a.sound, b.sound), max(a.sound, b.sound)
		s = max(s, vowels*smetrics.JaroWinkler(x, y, 0.7, 4))
	}
	if s < same {
		return 0
	}
	return s
}

// Names compares two names however they are ordered, 0 to 1. It is symmetric,
// and 1 when both have the same words. Words that only one side has lower it a
// little; words that differ on both sides lower it much.
func Names(a, b string) float64 { return compare(newName(a), newName(b)) }

func compare(a, b name) float64 {
	if len(a.tokens) == 0 || len(b.tokens) == 0 {
		return 0
	}
	if len(a.tokens) > len(b.tokens) || (len(a.tokens) == len(b.tokens) && a.text > b.text) {
		a, b = b, a
	}
	var like [maxTokens][maxTokens]float64
	for i, x := range a.tokens {
		for j, y := range b.tokens {
			like[i][j] = alike(x, y)
		}
	}
	return max(weigh(a, b, &like), oneWord(a, b))
}

// weigh pairs the tokens off in the best way and weighs what is left over.
func weigh(a, b name, like *[maxTokens][maxTokens]float64) float64 {
	pairs := pairOff(a.tokens, b.tokens, like)
	var matched, of, leftA, leftB float64
	var usedB [maxTokens]bool
	for i, x := range a.tokens {
		j := pairs[i]
		if j < 0 {
			leftA += x.weight
			continue
		}
		usedB[j] = true
		w := (x.weight + b.tokens[j].weight) / 2
		if len(x.text) == 1 || len(b.tokens[j].text) == 1 {
			w = 1
		}
		matched += w * like[i][j]
		of += w
	}
	for j, y := range b.tokens {
		if !usedB[j] {
			leftB += y.weight
		}
	}
	conflict := min(leftA, leftB)
	extra := missing * (max(leftA, leftB) - conflict)
	if conflict == 0 {
		extra = min(extra, missing*left*of)
	}
	return matched / max(of+conflict+extra, 1e-9)
}

// pairOff gives, for each token of a, its partner in b or -1, so that the sum of
// weighted likenesses is greatest. a is the shorter, so the masks are over b: at
// most 8 × 256 steps, and exact, hence the same both ways.
func pairOff(a, b []token, like *[maxTokens][maxTokens]float64) [maxTokens]int {
	if out, ok := pairPlain(a, b, like); ok {
		return out
	}
	const none = -1.0
	size := 1 << len(b)
	var best [maxTokens + 1][1 << maxTokens]float64
	var from [maxTokens + 1][1 << maxTokens]int8
	for m := range size {
		best[0][m] = none
	}
	best[0][0] = 0
	for i, x := range a {
		for m := range size {
			best[i+1][m], from[i+1][m] = best[i][m], -1
		}
		for m := range size {
			if best[i][m] == none {
				continue
			}
			for j, y := range b {
				if m&(1<<j) != 0 || like[i][j] == 0 {
					continue
				}
				v := best[i][m] + like[i][j]*(x.weight+y.weight)
				if v > best[i+1][m|1<<j] {
					best[i+1][m|1<<j], from[i+1][m|1<<j] = v, int8(j)
				}
			}
		}
	}
	at := 0
	for m := range size {
		if best[len(a)][m] > best[len(a)][at] {
			at = m
		}
	}
	var out [maxTokens]int
	for i := len(a); i > 0; i-- {
		j := from[i][at]
		out[i-1] = int(j)
		if j >= 0 {
			at &^= 1 << j
		}
	}
	return out
}

// pairPlain does it where no token has a choice, which is nearly always.
func pairPlain(a, b []token, like *[maxTokens][maxTokens]float64) (out [maxTokens]int, ok bool) {
	var taken [maxTokens]bool
	for i := range a {
		out[i] = -1
		for j := range b {
			if like[i][j] == 0 {
				continue
			}
			if out[i] >= 0 || taken[j] {
				return out, false
			}
			out[i], taken[j] = j, true
		}
	}
	return out, true
}

// oneWord compares the names written as one word, so that Abd al-Rahman and
// Abdulrahman come together. It counts near-equality only.
func oneWord(a, b name) float64 {
	la, lb := len(a.line), len(b.line)
	longest := max(la, lb)
	if longest < 8 || float64(longest-min(la, lb)) > (1-joined)*float64(longest) {
		return 0
	}
	if float64(bag(a.line, b.line)) > (1-joined)*float64(longest) {
		return 0
	}
	like := 1 - float64(smetrics.WagnerFischer(a.line, b.line, 1, 1, 1))/float64(longest)
	if like < joined {
		return 0
	}
	return like * 0.98
}

func byTotal(a, b Candidate) int {
	return cmp.Or(cmp.Compare(b.Parts.Total, a.Parts.Total), cmp.Compare(a.Entry, b.Entry))
}

func sortCandidates(c []Candidate) { slices.SortFunc(c, byTotal) }

// bag is a bound that the edit distance cannot go below: how many letters one
// side has that the other has not.
func bag(a, b string) int {
	var count [256]int16
	for i := 0; i < len(a); i++ {
		count[a[i]]++
	}
	for i := 0; i < len(b); i++ {
		count[b[i]]--
	}
	more, less := 0, 0
	for _, c := range count {
		if c > 0 {
			more += int(c)
		} else {
			less -= int(c)
		}
	}
	return max(more, less)
}
