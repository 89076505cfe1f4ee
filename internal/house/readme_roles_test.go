package house

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web/codec"
)

const (
	rolesBegin = "<!-- roles: begin (made by `make docs`) -->\n"
	rolesEnd   = "<!-- roles: end -->\n"
)

// roleTable is the one table of internal/identity as the README shows it.
func roleTable() string {
	var b strings.Builder
	b.WriteString("\n| Action | What it is |")
	for _, r := range identity.Roles() {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString(" Reach |\n|---|---|" + strings.Repeat("---|", len(identity.Roles())+1) + "\n")
	for _, rule := range identity.Rules() {
		fmt.Fprintf(&b, "| `%s` | %s |", rule.Action, rule.Says)
		for _, r := range identity.Roles() {
			cell := ""
			if slices.Contains(rule.Roles, r) {
				cell = "yes"
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		fmt.Fprintf(&b, " %s |\n", rule.Reach)
	}
	b.WriteString("\n| Personal data are read |")
	for _, r := range identity.Roles() {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(identity.Roles())) + "\n")
	for _, p := range identity.Purposes() {
		fmt.Fprintf(&b, "| %s |", p)
		for _, r := range identity.Roles() {
			cell := ""
			if identity.MayReadFor(r, p) {
				cell = "yes"
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n| Fields of a payload, decoded for the Temporal Web UI |")
	for _, r := range identity.Roles() {
		fmt.Fprintf(&b, " %s |", r)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(identity.Roles())) + "\n")
	for _, c := range codec.Classes() {
		fmt.Fprintf(&b, "| %s |", c.Says())
		for _, r := range identity.Roles() {
			cell := ""
			if slices.Contains(c.Readers(), r) {
				cell = "yes"
			}
			fmt.Fprintf(&b, " %s |", cell)
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
	return b.String()
}

// The README's table of who may do what is the code's own; make docs writes it.
func TestReadmeTablesOfRoles(t *testing.T) {
	text := string(read(t, "README.md"))
	before, rest, ok := strings.Cut(text, rolesBegin)
	have, after, ok2 := strings.Cut(rest, rolesEnd)
	if !ok || !ok2 {
		t.Fatal("README.md has lost the marks between which the table of roles stands")
	}
	want := roleTable()
	if have == want {
		return
	}
	if !*update {
		t.Fatal("README.md's table of roles is not that of internal/identity: run make docs")
	}
	if err := os.WriteFile(filepath.Join(root(t), "README.md"), []byte(before+rolesBegin+want+rolesEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
