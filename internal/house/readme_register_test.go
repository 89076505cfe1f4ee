package house

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
)

const (
	registerBegin = "<!-- register: begin (made by `make docs`) -->\n"
	registerEnd   = "<!-- register: end -->\n"
)

// registerTable is the register of internal/consent as the README shows it.
func registerTable() string {
	var b strings.Builder
	b.WriteString("\n| Purpose | DPV term | Legal basis | Who may get which fields | How long |\n|---|---|---|---|---|\n")
	for _, s := range append(consent.Specs(), consent.InvitationSpec()) {
		var who []string
		for _, r := range consent.Recipients() {
			fields, ok := s.Recipients[r.ID]
			if !ok {
				continue
			}
			names := make([]string, len(fields))
			for i, f := range fields {
				names[i] = strings.ReplaceAll(string(f), "_", " ")
			}
			who = append(who, fmt.Sprintf("%s: %s", r.ID, cmp.Or(strings.Join(names, ", "), "nothing")))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", s.ID, last(s.DPV), last(s.Basis), strings.Join(who, "; "), s.Retention)
	}
	b.WriteString("\n| Recipient | Who | Role | Where | Mechanism | Sub-processors | Erased there |\n|---|---|---|---|---|---|---|\n")
	for _, r := range consent.Recipients() {
		subs := []string{}
		for _, sub := range r.Subs {
			subs = append(subs, fmt.Sprintf("%s (%s)", sub.Name, sub.Place))
		}
		if r.ListedAt != "" {
			subs = append(subs, "[its list]("+r.ListedAt+")")
		} else {
			subs = append(subs, r.Unlisted)
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s | %s | %s |\n", r.ID, r.Name, r.Role, r.Place, r.Mechanism, strings.Join(subs, "; "), r.Erases)
	}
	b.WriteString("\n")
	return b.String()
}

func last(term string) string { return term[strings.LastIndex(term, "#")+1:] }

// The README's register of purposes and recipients is the code's own; make docs writes it.
//
// Promise 40, 51, 52.
func TestReadmeTablesOfRegister(t *testing.T) {
	text := string(read(t, "README.md"))
	before, rest, ok := strings.Cut(text, registerBegin)
	have, after, ok2 := strings.Cut(rest, registerEnd)
	if !ok || !ok2 {
		t.Fatal("README.md has lost the marks between which the register stands")
	}
	want := registerTable()
	if have == want {
		return
	}
	if !*update {
		t.Fatal("README.md's register is not that of internal/consent: run make docs")
	}
	if err := os.WriteFile(filepath.Join(root(t), "README.md"), []byte(before+registerBegin+want+registerEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
