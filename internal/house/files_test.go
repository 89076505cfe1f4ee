package house

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// top is what may stand at the top of the tree, dotfiles aside. Everything else
// finds its place below.
var top = []string{"workflows", "activities", "cmd", "internal", "deploy", "go.mod", "go.sum", "Makefile", "README.md", "LICENSE"}

// kept gives the files of the project: tracked ones, and new ones that are not
// ignored. Without git (an unpacked archive) it is every file.
func kept(t *testing.T) []string {
	t.Helper()
	if _, err := os.Stat(filepath.Join(root(t), ".git")); err != nil {
		t.Skip("no git here: which files are the project's cannot be told")
	}
	// go test remembers what a test has read, not what git told it: looking at the
	// folders makes a new file count as a change.
	if err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() || path == root(t) {
			return err
		}
		if name := d.Name(); name == "bin" || strings.HasPrefix(name, ".") {
			return fs.SkipDir
		}
		return nil
	}); err != nil && !errors.Is(err, fs.ErrNotExist) { // others may work here
		t.Fatal(err)
	}
	var out []string
	for f := range strings.SplitSeq(output(t, "git", "ls-files", "--cached", "--others", "--exclude-standard"), "\n") {
		if f == "" {
			continue
		}
		if info, err := os.Lstat(filepath.Join(root(t), f)); err != nil || !info.Mode().IsRegular() {
			continue // deleted and not yet committed
		}
		out = append(out, f)
	}
	return out
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	body, err := os.ReadFile(filepath.Join(root(t), file))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestTopOfTheTree(t *testing.T) {
	for _, f := range kept(t) {
		first, _, _ := strings.Cut(f, "/")
		if !strings.HasPrefix(first, ".") && !slices.Contains(top, first) {
			t.Errorf("%s: %s is not among what may stand at the top (%s)", f, first, strings.Join(top, ", "))
		}
	}
}

// maxLines is how long a Go file may be. A longer one has two subjects.
const maxLines = 500

var generated = regexp.MustCompile(`(?m)^// Code generated .* DO NOT EDIT\.$`)

func TestFilesAreShort(t *testing.T) {
	for _, f := range kept(t) {
		if !strings.HasSuffix(f, ".go") {
			continue
		}
		body := read(t, f)
		if n := bytes.Count(body, []byte("\n")); n > maxLines && !generated.Match(body) {
			t.Errorf("%s has %d lines; at most %d", f, n, maxLines)
		}
	}
}

// Paths of a machine, put together so that this file does not hold any.
var machinePath = regexp.MustCompile(`(^|[\s"'(=:` + "`" + `])/(` + strings.Join([]string{"work", "home", "root", "Users"}, "|") + `)/[A-Za-z0-9._-]`)

func TestNoPathsOfOneMachine(t *testing.T) {
	for _, f := range kept(t) {
		for n, line := range bytes.Split(read(t, f), []byte("\n")) {
			// An image has a /home of its own; a Dockerfile may speak of it.
			if machinePath.Match(line) && filepath.Base(f) != "Dockerfile" {
				t.Errorf("%s:%d names a path of one machine: %s", f, n+1, bytes.TrimSpace(line))
			}
		}
	}
}

// secretShapes are secrets that can be told by their form alone.
var secretShapes = regexp.MustCompile(strings.Join([]string{
	`AKIA[0-9A-Z]{16}`,                             // AWS access key
	`-----BEGIN [A-Z ]*PRIVATE` + ` KEY-----`,      // PEM
	`gh[pousr]_[A-Za-z0-9]{36}`,                    // GitHub
	`xox[abprs]-[A-Za-z0-9-]{10,}`,                 // Slack
	`sk_live_[A-Za-z0-9]{16,}`,                     // Stripe
	`eyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}`, // a signed token
}, "|"))

// quoted finds long strings that might be keys.
var quoted = regexp.MustCompile("[\"'`=]([A-Za-z0-9+/_=-]{32,})([\"'`]|$)")

// digest is a SHA-256 in hex.
var digest = regexp.MustCompile(`^[0-9a-f]{64}$`)

func TestNoSecrets(t *testing.T) {
	for _, f := range kept(t) {
		body := read(t, f)
		if !utf8.Valid(body) || strings.HasSuffix(f, "go.sum") || strings.HasSuffix(f, "package-lock.json") {
			continue
		}
		inTestdata := strings.Contains(f, "testdata/") // histories and golden files hold sealed bytes
		for n, line := range strings.Split(string(body), "\n") {
			if m := secretShapes.FindString(line); m != "" {
				t.Errorf("%s:%d looks like a secret: %.12s…", f, n+1, m)
			}
			if inTestdata {
				continue
			}
			for _, m := range quoted.FindAllStringSubmatch(line, -1) {
				if strings.HasSuffix(f, "_test.go") && digest.MatchString(m[1]) {
					continue // what something must hash to
				}
				if looksRandom(m[1]) {
					t.Errorf("%s:%d has what looks like a key: %.12s…; read it from the environment, or make it at start", f, n+1, m[1])
				}
			}
		}
	}
}

// looksRandom says whether a string is likely chance: many different characters
// of several kinds, and no words with dashes or slashes between.
func looksRandom(s string) bool {
	if strings.Count(s, "/") > 1 || strings.Count(s, "-") > 3 || strings.Count(s, "_") > 2 {
		return false
	}
	// An alphabet or a counting row has no chance in it.
	if strings.Contains(s, "abcdefgh") || strings.Contains(s, "ABCDEFGH") || strings.Contains(s, "01234567") {
		return false
	}
	if hex := regexp.MustCompile(`^[0-9a-f]+$`); hex.MatchString(s) {
		return entropy(s) > 3.2
	}
	if !strings.ContainsAny(s, "0123456789") {
		return false
	}
	return entropy(s) > 4
}

// entropy is Shannon's, in bits a character.
func entropy(s string) float64 {
	counts := map[rune]float64{}
	for _, r := range s {
		counts[r]++
	}
	var e float64
	for _, c := range counts {
		p := c / float64(len(s))
		e -= p * math.Log2(p)
	}
	return e
}

// looksRandom itself is held here, so that nobody makes it blind by accident.
func TestLooksRandom(t *testing.T) {
	key := "q7Zt" + "0bXv9LmW" + "3RkYc5Ns" + "8PdFh2Gj" + "6TaE"
	if !looksRandom(key) {
		t.Errorf("%s is not seen", key)
	}
	for _, harmless := range []string{"github.com/vouchsafe/vouchsafe/internal", "TestEveryAnswerCarriesTheSecurityHeaders", "00000000000000000000000000000000", "sixteen-characters-or-more-of-it"} {
		if looksRandom(harmless) {
			t.Errorf("%s is taken for a key", harmless)
		}
	}
}
