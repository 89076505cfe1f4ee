package house

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	promisesBegin = "<!-- promises: begin (made by `make docs`) -->\n"
	promisesEnd   = "<!-- promises: end -->\n"
	lastPromise   = 66
)

// promised are the published policy's promises in a few words, by number.
var promised = map[int]string{
	1: "every field has a purpose; one without is refused", 2: "personal data is typed; the national ID is masked in every read",
	3: "all is voluntary: decline or withdraw at any step, and no vendor is called after", 4: "what comes from others keeps source, time and receipt",
	5: "sources asked at signup serve validation alone", 6: "a vendor that asks the person itself is the collector",
	7: "findings say public record or proprietary", 8: "court records have court and case number",
	9: "a program names its controller", 10: "a processor names the instruction, or does not collect",
	11: "evaluation, qualification and certification are apart", 12: "employees' data stays out of applicants' records",
	13: "account and support are a purpose of their own", 14: "lead forms' data stays out of applicants' records",
	15: "marketing is separate and never implied", 16: "no message on a channel that was not asked for",
	17: "surveys can be declined", 18: "analytics read de-identified data",
	19: "the effective version of the policy, base and supplements, is in each receipt", 20: "purpose is checked on every read; a mismatch is denied and recorded",
	21: "a use that law requires has a reason and an approver", 22: "a friend's invitation is sent once, then the address goes",
	23: "a timer for each category, a purge at its end", 24: "holds stop the timer, are listed and released",
	25: "no promise has this number", 26: "no promise has this number", 27: "no promise has this number",
	28: "who is under age is refused, and nothing is kept", 29: "a register of recipient and purpose; others are denied",
	30: "applicants' data is not given away for marketing", 31: "nor to affiliates for theirs",
	32: "legal process: document, scope, approver, log", 33: "emergencies: the same", 34: "change of ownership: all are told, with choices",
	35: "affiliates are recipients like others", 36: "a consent is older than the disclosure", 37: "access for support ends by itself and has a ticket",
	38: "each vendor has its list of fields; one more fails the call", 39: "a vendor is inactive until its agreement's version and date stand there",
	40: "sub-processors are listed, onward transfers logged", 41: "the IP address is for region and protection only",
	42: "no applicant's key in click data", 43: "groups below a minimum are refused", 44: "signup and status need no cookie but the session's",
	45: "no advertising tags", 46: "notice and consent before a recorded voice assessment",
	47: "sealed at rest; tampering is found", 48: "TLS alone outside loopback", 49: "card data never enters", 50: "rule tables have versions and are cited",
	51: "a region for each transfer", 52: "a mechanism for each transfer",
	53: "access, correct, amend, restrict, delete: 30 durable days each, with escalation", 54: "nothing leaves before identity is verified; failures are counted",
	55: "what a client controls: told whom to ask", 56: "a controller's own request has its 30 days", 57: "and nothing of it is disclosed",
	58: "one edits one's own data, in versions", 59: "closing the account starts retention and erasure",
	60: "every marketing letter has a working unsubscribe", 61: "an opt-out never stops account letters and notices",
	62: "STOP ends texts at once, in any case and thread", 63: "later notices go by mail",
	64: "a material version is on the home page and mailed before it takes effect", 65: "data under the old version keeps its terms",
	66: "a complaint channel with a reference outside",
}

// outsideOurs are the promises that no test of this program can hold, and why.
var outsideOurs = map[int]string{
	12: "There are no employees' records here: nobody is an employee of the pipeline, and staff are known by their sign-in only.",
	14: "There is no lead form. Who is invited is kept apart and becomes an applicant by applying.",
	17: "No survey is sent.",
	25: "The list that we go by has no 25.", 26: "The list that we go by has no 26.", 27: "The list that we go by has no 27.",
	46: "No voice is recorded: live exercises are held with a person outside of this program, who enters the marks. Calls of the live work are the client's.",
}

// notKept are the promises that are not kept yet, or in part only, and what is missing.
var notKept = map[int]string{
	40: "What Findly's reports tell is on record. Of the others no answer says whom it handed data on to: each has its own list, which the register names.",
}

// promiseLine is the line of a test's comment that names what it holds.
var promiseLine = regexp.MustCompile(`(?m)^Promise (\d+(?:, \d+)*)\.$`)

// keptBy gives the tests that name each promise, as "package Test".
func keptBy(t *testing.T) map[int][]string {
	t.Helper()
	out := map[int][]string{}
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		short, err := filepath.Rel(root(t), filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Doc == nil {
				continue
			}
			for _, m := range promiseLine.FindAllStringSubmatch(f.Doc.Text(), -1) {
				if f.Recv != nil || !strings.HasPrefix(f.Name.Name, "Test") {
					t.Errorf("%s: %s names promises and is no test", short, f.Name.Name)
					continue
				}
				for n := range strings.SplitSeq(m[1], ", ") {
					number, _ := strconv.Atoi(n) // digits, by the pattern
					out[number] = append(out[number], short+" "+f.Name.Name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, tests := range out {
		slices.Sort(tests)
	}
	return out
}

// TestEveryPromiseHasItsPlace: each is held by a test that names it, or said to lie
// outside, or said not to be kept yet.
func TestEveryPromiseHasItsPlace(t *testing.T) {
	kept := keptBy(t)
	for n := range kept {
		if n < 1 || n > lastPromise {
			t.Errorf("there is no promise %d, which %v name", n, kept[n])
		}
	}
	for n := 1; n <= lastPromise; n++ {
		why, out := outsideOurs[n]
		what, missing := notKept[n]
		switch {
		case promised[n] == "":
			t.Errorf("promise %d has no words", n)
		case len(kept[n]) == 0 && !out && !missing:
			t.Errorf("promise %d (%s) is named by no test: write \"Promise %d.\" as a line of its own in the comment of a test that fails when the code breaks it, or say in notKept that it is not kept", n, promised[n], n)
		case out && (missing || len(kept[n]) > 0):
			t.Errorf("promise %d lies outside, and is kept or not yet kept at once: %v", n, kept[n])
		case (out && why == "") || (missing && what == ""):
			t.Errorf("promise %d: why?", n)
		}
	}
	if len(promised) != lastPromise {
		t.Errorf("%d promises have words", len(promised))
	}
}

// promiseTables are the README's tables of the promises.
func promiseTables(t *testing.T) string {
	t.Helper()
	kept := keptBy(t)
	var held, missing, away strings.Builder
	tests := func(n int) string {
		var b strings.Builder
		last := ""
		for _, one := range kept[n] {
			where, name, _ := strings.Cut(one, " ")
			if where != last {
				if last != "" {
					b.WriteString("; ")
				}
				fmt.Fprintf(&b, "`%s`: `%s`", where, name)
				last = where
				continue
			}
			fmt.Fprintf(&b, ", `%s`", name)
		}
		return b.String()
	}
	for n := 1; n <= lastPromise; n++ {
		if why, ok := outsideOurs[n]; ok {
			fmt.Fprintf(&away, "| %d | %s | %s |\n", n, promised[n], why)
			continue
		}
		what, part := notKept[n]
		if part {
			fmt.Fprintf(&missing, "| %d | %s | %s |\n", n, promised[n], what)
		}
		if len(kept[n]) > 0 {
			also := ""
			if part {
				also = " (in part)"
			}
			fmt.Fprintf(&held, "| %d | %s%s | %s |\n", n, promised[n], also, tests(n))
		}
	}
	return "\n| Held by a test | Promise | Tests |\n|---|---|---|\n" + held.String() +
		"\n| Not kept yet | Promise | What is missing |\n|---|---|---|\n" + missing.String() +
		"\n| Outside | Promise | Why |\n|---|---|---|\n" + away.String() + "\n"
}

// The README's tables of promises are the tests' own; make docs writes them.
func TestReadmeTablesOfPromises(t *testing.T) {
	text := string(read(t, "README.md"))
	before, rest, ok := strings.Cut(text, promisesBegin)
	have, after, ok2 := strings.Cut(rest, promisesEnd)
	if !ok || !ok2 {
		t.Fatal("README.md has lost the marks between which the tables of promises stand")
	}
	want := promiseTables(t)
	if have == want {
		return
	}
	if !*update {
		t.Fatal("README.md's tables of promises are not those of the tests: run make docs")
	}
	if err := os.WriteFile(filepath.Join(root(t), "README.md"), []byte(before+promisesBegin+want+promisesEnd+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
