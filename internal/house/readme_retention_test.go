package house

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	programs "github.com/vouchsafe/vouchsafe/internal/program"
)

const (
	retentionBegin = "<!-- retention: begin (made by `make docs`) -->\n"
	retentionEnd   = "<!-- retention: end -->\n"
)

// retentionTable is how long the law has each category kept, and the programs that are
// shipped keep it.
func retentionTable(t *testing.T) string {
	t.Helper()
	set, err := programs.LoadTrial()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("\n| Category | What it is | The law's least |")
	for _, p := range set.All() {
		fmt.Fprintf(&b, " %s |", p.Title)
	}
	b.WriteString("\n|---|---|---|" + strings.Repeat("---|", len(set.All())) + "\n")
	cell := func(p programs.Program, c onboarding.Category, cited bool) string {
		say := func(place string) string {
			r := p.Keeps(c, place)
			out := r.Period()
			if cited {
				out += " (" + r.Source + ")"
			}
			return out
		}
		out := say("")
		for _, place := range p.LongerIn(c) {
			out += "; " + place + ": " + say(place)
		}
		return out
	}
	for _, c := range onboarding.Categories() {
		fmt.Fprintf(&b, "| `%s` | %s, after %s | %s |", c, c.Words(), programs.Program{}.Keeps(c, "").After.Words(), cell(programs.Program{}, c, true))
		for _, p := range set.All() {
			fmt.Fprintf(&b, " %s |", cell(p, c, false))
		}
		b.WriteString("\n")
	}
	drafts, invitations := "| `drafts` | what was never handed in, after it was begun | |", "| `invitations` | that somebody was invited, by a keyed hash, after the invitation's end | |"
	for _, p := range set.All() {
		drafts += fmt.Sprintf(" %d days |", p.Drafts.ExpireAfterDays)
		if p.Invitations.Open() {
			invitations += fmt.Sprintf(" %d days |", p.Invitations.AgainAfterDays)
		} else {
			invitations += " nobody is invited |"
		}
	}
	return b.String() + drafts + "\n" + invitations + "\n\n"
}

// The README's table of how long things are kept is the program files' own; make docs
// writes it.
//
// Promise 23.
func TestReadmeTablesOfRetention(t *testing.T) {
	text := string(read(t, "README.md"))
	before, rest, ok := strings.Cut(text, retentionBegin)
	have, after, ok2 := strings.Cut(rest, retentionEnd)
	if !ok || !ok2 {
		t.Fatal("README.md has lost the marks between which the table of retention stands")
	}
	want := retentionTable(t)
	if have == want {
		return
	}
	if !*update {
		t.Fatal("README.md's table of retention is not that of the program files: run make docs")
	}
	if err := os.WriteFile(filepath.Join(root(t), "README.md"), []byte(before+retentionBegin+want+retentionEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
