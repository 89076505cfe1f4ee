package house

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/workflows"
)

// documents show commands that people type.
var documents = []string{"README.md", "deploy/README.md", "deploy/RUNBOOK.md"}

// shown gives the commands in a document's ```sh blocks, continued lines joined.
func shown(t *testing.T, file string) []string {
	t.Helper()
	var out []string
	in := false
	text := strings.ReplaceAll(string(read(t, file)), "\\\n", " ")
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			in = !in && line == "```sh"
		case in && line != "" && !strings.HasPrefix(line, "#"):
			line, _, _ = strings.Cut(line, "  #")
			for part := range strings.SplitSeq(line, " && ") {
				out = append(out, strings.TrimSpace(part))
			}
		}
	}
	return out
}

func TestDocumentsShowMakeTargetsThatExist(t *testing.T) {
	makefile := string(read(t, "Makefile"))
	for _, file := range documents {
		for _, line := range shown(t, file) {
			words := strings.Fields(line)
			if words[0] != "make" {
				continue
			}
			for _, target := range words[1:] {
				if name, _, ok := strings.Cut(target, "="); ok {
					if !regexp.MustCompile(`(?m)^` + name + ` *=`).MatchString(makefile) {
						t.Errorf("%s: %s: the Makefile has no variable %s", file, line, name)
					}
				} else if !regexp.MustCompile(`(?m)^` + target + `:`).MatchString(makefile) {
					t.Errorf("%s: %s: the Makefile has no target %s", file, line, target)
				}
			}
		}
	}
}

// program is a command line program as its own help describes it.
type program struct {
	t    *testing.T
	path string
	// leaves are the commands: "ledger show", …
	leaves []string
	// flags are those of all commands, and of each one.
	flags map[string]string
}

func describe(t *testing.T, path string) program {
	t.Helper()
	p := program{t: t, path: path, flags: map[string]string{}}
	root := p.help()
	_, commands, _ := strings.Cut(root, "\nCommands:\n")
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+(?:[- ][a-z]+)*)`).FindAllStringSubmatch(commands, -1) {
		p.leaves = append(p.leaves, m[1])
		p.flags[m[1]] = p.help(strings.Fields(m[1])...)
	}
	p.flags[""] = root
	return p
}

func (p program) help(args ...string) string {
	out, err := exec.CommandContext(p.t.Context(), p.path, append(args, "--help")...).Output()
	if err != nil {
		p.t.Fatalf("%s %s --help: %v", p.path, strings.Join(args, " "), err)
	}
	return string(out)
}

// check says what is wrong with a command as typed; empty: nothing.
func (p program) check(args []string) string {
	var words, flags []string
	takes := regexp.MustCompile(`(?m)^ +(?:-., )?--([a-z-]+)=`) // flags with a value
	var valued []string
	for _, help := range p.flags {
		for _, m := range takes.FindAllStringSubmatch(help, -1) {
			valued = append(valued, m[1])
		}
	}
	for i := 0; i < len(args); i++ {
		name, isFlag := strings.CutPrefix(args[i], "--")
		if !isFlag {
			words = append(words, args[i])
			continue
		}
		name, _, has := strings.Cut(name, "=")
		flags = append(flags, name)
		if !has && slices.Contains(valued, name) {
			i++
		}
	}
	leaf := ""
	for _, l := range p.leaves {
		if under(strings.Join(words, "/"), strings.ReplaceAll(l, " ", "/")) && len(l) > len(leaf) {
			leaf = l
		}
	}
	if leaf == "" && (len(words) > 0 || len(args) == 0 && len(p.leaves) > 2) {
		return "there is no such command"
	}
	for _, f := range flags {
		if !regexp.MustCompile(`--(\[no-\])?` + regexp.QuoteMeta(f) + `\b`).MatchString(p.flags[leaf]) {
			return "there is no flag --" + f
		}
	}
	return ""
}

func TestDocumentsShowCommandsThatExist(t *testing.T) {
	if testing.Short() {
		t.Skip("builds both programs")
	}
	dev := filepath.Join(scratch, "vouchsafe-dev")
	output(t, "go", "build", "-o", dev, "./cmd/vouchsafe-dev")
	programs := map[string]program{"bin/vouchsafe": describe(t, vouchsafe(t)), "bin/vouchsafe-dev": describe(t, dev)}
	seen := 0
	for _, file := range documents {
		for _, line := range shown(t, file) {
			line, _, _ = strings.Cut(line, " | ")
			words := split(line)
			p, ok := programs[words[0]]
			if !ok {
				continue
			}
			seen++
			if wrong := p.check(words[1:]); wrong != "" {
				t.Errorf("%s: %s: %s", file, line, wrong)
			}
		}
	}
	if seen < 10 {
		t.Errorf("only %d commands were found in the documents: is this test still reading them?", seen)
	}
	for _, l := range programs["bin/vouchsafe"].leaves {
		if !strings.Contains(string(read(t, "README.md")), l) {
			t.Errorf("README.md does not tell of bin/vouchsafe %s", l)
		}
	}
}

// split takes a line apart as a shell does, as far as the documents need it.
func split(line string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|(\S+)`).FindAllStringSubmatch(line, -1) {
		out = append(out, m[1]+m[2])
	}
	return out
}

// Files that documents speak of are there.
func TestDocumentsLinkToFilesThatExist(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	for _, file := range documents {
		for _, m := range link.FindAllStringSubmatch(string(read(t, file)), -1) {
			at := filepath.Join(root(t), filepath.Dir(file), m[1])
			if _, err := os.Stat(at); err != nil {
				t.Errorf("%s links to %s, which does not exist", file, m[1])
			}
		}
	}
}

// The saved queries in the README name search attributes that exist.
func TestDocumentsNameSearchAttributesThatExist(t *testing.T) {
	text := string(read(t, "README.md"))
	builtIn := []string{"ExecutionStatus", "WorkflowType", "WorkflowId", "StartTime", "CloseTime"}
	found := 0
	for _, m := range regexp.MustCompile(`\b([A-Z][A-Za-z]+) (?:=|!=|<|>|IN|IS) "`).FindAllStringSubmatch(text, -1) {
		found++
		if _, ok := workflows.SearchAttributes()[m[1]]; !ok && !slices.Contains(builtIn, m[1]) {
			t.Errorf("README.md has the query %s: there is no search attribute %s", m[0], m[1])
		}
	}
	if found == 0 {
		t.Error("README.md has no saved queries")
	}
}
