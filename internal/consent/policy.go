package consent

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

//go:embed policies/*.txt
var policyFiles embed.FS

// PolicyBase is the part of the policy that is for everybody.
const PolicyBase = "base"

// PolicyPart is one text of the privacy policy: the base, or a supplement for a place,
// each with a version and a hash of its own (obligation 19).
type PolicyPart struct {
	ID       string // PolicyBase, or the place's
	Version  string // the day from which it holds, YYYY-MM-DD
	Language string
	Title    string
	Text     string // as shown: paragraphs, separated by an empty line
	SHA256   string // of Text, hex
}

// Paragraphs gives the text in its paragraphs.
func (p PolicyPart) Paragraphs() []string { return strings.Split(p.Text, "\n\n") }

// policyParts has every version of every part, the oldest first. The files are part of
// the program, so a fault in one stops every start and every test.
var policyParts = mustPolicyParts()

// PolicyAt gives the parts that were in force at a time, the base first, in the language
// or, where a part is not in that one, in English. None before there was a policy.
func PolicyAt(at time.Time, language string) []PolicyPart {
	day := at.UTC().Format(time.DateOnly) // days in this form sort by their letters
	newest := map[string]string{}
	for _, p := range policyParts {
		if p.Version <= day {
			newest[p.ID] = max(newest[p.ID], p.Version)
		}
	}
	var out []PolicyPart
	for _, p := range policyParts {
		if newest[p.ID] != p.Version {
			continue
		}
		i := slices.IndexFunc(out, func(q PolicyPart) bool { return q.ID == p.ID })
		switch {
		case i < 0:
			out = append(out, p)
		case p.Language == language:
			out[i] = p
		case out[i].Language != language && p.Language == "en":
			out[i] = p
		}
	}
	slices.SortStableFunc(out, func(a, b PolicyPart) int {
		if (a.ID == PolicyBase) != (b.ID == PolicyBase) {
			if a.ID == PolicyBase {
				return -1
			}
			return 1
		}
		return strings.Compare(a.ID, b.ID)
	})
	return out
}

func mustPolicyParts() []PolicyPart {
	entries, err := policyFiles.ReadDir("policies")
	if err != nil {
		panic(fmt.Sprintf("consent: read the policy: %v", err))
	}
	var out []PolicyPart
	for _, e := range entries {
		body, err := policyFiles.ReadFile("policies/" + e.Name())
		if err != nil {
			panic(fmt.Sprintf("consent: read the policy's %s: %v", e.Name(), err))
		}
		head, text, _ := strings.Cut(string(body), "\n\n")
		p := PolicyPart{Text: strings.TrimSpace(text)}
		for _, line := range strings.Split(head, "\n") {
			key, value, _ := strings.Cut(line, ": ")
			switch key {
			case "id":
				p.ID = value
			case "version":
				p.Version = value
			case "language":
				p.Language = value
			case "title":
				p.Title = value
			default:
				panic(fmt.Sprintf("consent: the policy's %s: unknown head line %q", e.Name(), key))
			}
		}
		if _, err := time.Parse(time.DateOnly, p.Version); err != nil || p.ID == "" || p.Language == "" || p.Title == "" || p.Text == "" {
			panic(fmt.Sprintf("consent: the policy's %s: id, version, language, title and text are all needed", e.Name()))
		}
		sum := sha256.Sum256([]byte(p.Text))
		p.SHA256 = hex.EncodeToString(sum[:])
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b PolicyPart) int { return strings.Compare(a.Version, b.Version) })
	return out
}
