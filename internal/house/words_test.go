package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/words"
)

// wordsBite says that what has no translation, and a translation of what is not
// said any more, fail the tests.
const wordsBite = true

func lacking(t *testing.T, format string, args ...any) {
	t.Helper()
	if wordsBite {
		t.Errorf(format, args...)
		return
	}
	t.Logf(format, args...)
}

// spokenPages are the templates that applicants see.
var spokenPages = []string{"internal/web/templates/*.html", "internal/web/templates/pages/*.html", "internal/web/portal/pages/*.html"}

func pageUnits(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, pattern := range spokenPages {
		files, err := filepath.Glob(filepath.Join(root(t), pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, f := range files {
			for _, u := range words.Units(string(read(t, relative(t, f)))) {
				out[u] = filepath.Base(f)
			}
		}
	}
	return out
}

func relative(t *testing.T, file string) string {
	t.Helper()
	rel, err := filepath.Rel(root(t), file)
	if err != nil {
		t.Fatal(err)
	}
	return rel
}

// TestPagesAreSpoken: every text unit of the applicant's pages has an entry in every
// language, with the same actions and the same links in it.
func TestPagesAreSpoken(t *testing.T) {
	units := pageUnits(t)
	for _, l := range words.Languages()[1:] {
		in := words.In(l.Tag)
		for u, file := range units {
			says, ok := in.Entry(u)
			if !ok {
				lacking(t, "%s: internal/words/%s has no entry for\n\t%s", file, l.Tag, u)
				continue
			}
			if want, got := showsOf(u), showsOf(says); !slices.Equal(want, got) {
				t.Errorf("%s: the entry in %s for\n\t%s\nhas %q and not %q", file, l.Tag, u, got, want)
			}
		}
	}
}

var shownForm = regexp.MustCompile(`\{\{[^}]*\}\}|href="[^"]*"`)

// showsOf lists what a unit shows besides its words, each thing once.
func showsOf(unit string) []string {
	out := shownForm.FindAllString(unit, -1)
	slices.Sort(out)
	return slices.Compact(out)
}

// spokenCode is where Go code says something to applicants.
var spokenCode = []string{"internal/web", "internal/web/portal", "internal/validate", "internal/applicants", "internal/consent", "internal/policy", "workflows", "internal/onboarding",
	"internal/letters", "internal/receipt", "internal/vendors/findly", "internal/vendors/checkr", "internal/devstack/sandbox", "activities", "internal/credential", "internal/identity", "internal/program", "internal/app"}

// literals lists the texts of the code's string constants, sums of literals as one.
func literals(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, dir := range spokenCode {
		entries, err := filepath.Glob(filepath.Join(root(t), dir, "*.go"))
		if err != nil || len(entries) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, f := range entries {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, f, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ImportSpec:
					return false
				case ast.Expr:
					if s, ok := constant(n); ok {
						out = append(out, s)
						return false
					}
				}
				return true
			})
		}
	}
	return out
}

// constant gives the text of a literal, or of a sum of literals.
func constant(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		s, err := strconv.Unquote(e.Value)
		return s, err == nil
	case *ast.BinaryExpr:
		a, ok := constant(e.X)
		b, ok2 := constant(e.Y)
		return a + b, ok && ok2 && e.Op == token.ADD
	case *ast.ParenExpr:
		return constant(e.X)
	}
	return "", false
}

var gapForm = regexp.MustCompile(`\{[a-z]+[0-9]?\}|%[a-z]`)

// TestNothingIsSaidForNobody: an entry whose English is said nowhere any more is to
// go. What the code puts together is looked for in its parts.
func TestNothingIsSaidForNobody(t *testing.T) {
	units := pageUnits(t)
	var all strings.Builder
	for _, s := range literals(t) {
		all.WriteString(words.Fold(gapForm.ReplaceAllString(strings.ReplaceAll(s, "_", " "), "\x01")) + "\x00")
	}
	for _, f := range []string{"internal/program/files", "internal/program/trial"} {
		_ = filepath.WalkDir(filepath.Join(root(t), f), func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				all.WriteString(words.Fold(string(read(t, relative(t, path)))) + "\x00")
			}
			return err
		})
	}
	for d := time.Sunday; d <= time.Saturday; d++ { // what a time is formatted to
		all.WriteString(d.String() + "\x00")
	}
	text := all.String()
	for _, l := range words.Languages()[1:] {
		for _, e := range words.In(l.Tag).Entries() {
			if _, ok := units[e]; ok {
				continue
			}
			for _, part := range gapForm.Split(e, -1) {
				if part = strings.TrimSpace(part); part != "" && !pieced(text, part) {
					lacking(t, "internal/words/%s: nobody says %q (not found: %q)", l.Tag, e, part)
					break
				}
			}
		}
	}
}

// pieced reports whether a text can be put together from three texts of the code or
// fewer.
func pieced(text, part string) bool {
	rest := strings.Fields(part)
	for range 3 {
		n := len(rest)
		for n > 0 && !strings.Contains(text, strings.Join(rest[:n], " ")) {
			n--
		}
		if rest = rest[n:]; len(rest) == 0 {
			return true
		}
	}
	return false
}

// saidInErrors are where errors come from that the portal shows to applicants.
var saidInErrors = []string{"internal/web", "internal/web/portal", "internal/validate", "internal/applicants", "workflows"}

// TestErrorsAreSpoken: the message and the hint of every error that an applicant may
// meet has words in every language. Which are for staff and integrators alone stands
// in staffErrors.
func TestErrorsAreSpoken(t *testing.T) {
	for _, dir := range saidInErrors {
		files, err := filepath.Glob(filepath.Join(root(t), dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") || slices.Contains(staffErrors, relative(t, f)) {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, text := range errorTexts(n) {
					if slices.ContainsFunc(staffTexts, func(begin string) bool { return strings.HasPrefix(text, begin) }) {
						continue
					}
					for _, l := range words.Languages()[1:] {
						if !words.In(l.Tag).Has(text) && !words.In(l.Tag).Has(strings.ReplaceAll(text, "Xyz", "7")) {
							lacking(t, "%s: internal/words/%s has no words for the error\n\t%s", relative(t, f), l.Tag, text)
						}
					}
				}
				return true
			})
		}
	}
}

// staffErrors are files whose errors no applicant meets.
var staffErrors = []string{"internal/applicants/answers.go", "internal/applicants/apply.go", "internal/applicants/staff.go", "internal/applicants/found.go", "internal/applicants/bulk.go", "internal/applicants/bulk_cases.go", "internal/applicants/held.go", "internal/applicants/lookup.go", "internal/applicants/list.go", "internal/applicants/sorted.go", "internal/applicants/board.go", "internal/applicants/saved.go",
	"internal/applicants/tickets.go", "internal/applicants/kept.go", "workflows/kept.go", "internal/applicants/holds.go", "workflows/holds.go", "internal/applicants/process.go", "workflows/disclose.go", "internal/applicants/purge.go", "internal/applicants/purge_act.go", "internal/applicants/purge_read.go", "workflows/purge.go", "internal/applicants/failed.go", "internal/applicants/vendors.go", "workflows/messages_vendor.go", "workflows/agreements.go", "workflows/vendor_watch.go",
	"workflows/review.go", "workflows/bulk.go", "internal/applicants/rollouts.go", "internal/applicants/offers.go", "internal/applicants/statistics.go", "workflows/messages_offers.go", "workflows/announcement.go", "workflows/notice_rollout.go", "workflows/tell_notice.go",
	"workflows/invitation_batch.go", "workflows/invitation_updates.go", // the portal has words of its own for an invitation that has ended
	"workflows/staff.go", "workflows/afterword.go", "internal/applicants/notes.go", "internal/applicants/assign.go", "internal/applicants/documents.go", "internal/applicants/pending.go", "internal/applicants/answers.go"}

// staffTexts are errors of staff and integrators in files that have others too, as
// they begin.
var staffTexts = []string{"This is not a field of an application.", "Leave it out.", "There is no applicant under that reference.", "Check it.", "Say why, in a few words.",
	"It is kept with the applicant's record.", "This consent is another person's.", "Send the applicant's own.", "This application has no check", "Use one of the checks",
	"The check Xyz has not failed", "Only a check that could not complete", "That round of the check", "Look at its status.", "What was found is in its sealed",
	"There are tries left", "Tell the applicant", "This run has asked", "It failed once more since",
	"Give the points for this line", "Every line of the rubric", "That attempt was scored already", "Look at the applicant's page", "The applicant books one",
	"The appointment has not begun", "Score it when it is over", "Nothing that was declared waits", "Nothing waits for an answer here",
	"There is no such file.", "The applicant's page lists those", "A request is answered or refused", "No such request is open"}

// errorTexts gives the message and the hint that a node makes an error of, with Xyz
// where something is filled in.
func errorTexts(n ast.Node) []string {
	var exprs []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		switch f := n.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		switch {
		case name == "Invalid" && len(n.Args) == 3:
			exprs = n.Args[1:]
		case (name == "notNow" || name == "Refuse") && len(n.Args) >= 2:
			exprs = n.Args[len(n.Args)-2:]
		}
	case *ast.CompositeLit:
		if sel, ok := n.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Error" {
			for _, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if key, ok := kv.Key.(*ast.Ident); ok && (key.Name == "Message" || key.Name == "Hint") {
						exprs = append(exprs, kv.Value)
					}
				}
			}
		}
	}
	var out []string
	for _, e := range exprs {
		if text := sample(e); strings.Trim(text, "Xyz ") != "" {
			out = append(out, text)
		}
	}
	return out
}

var verbForm = regexp.MustCompile(`%[a-z]`)

// sample is what an expression may come to.
func sample(e ast.Expr) string {
	if s, ok := constant(e); ok {
		return s
	}
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return sample(e.X) + sample(e.Y)
	case *ast.CallExpr:
		if f, ok := e.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Sprintf" {
			return verbForm.ReplaceAllString(sample(e.Args[0]), "Xyz")
		}
	}
	return "Xyz"
}
