package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// byChance are marks that random bytes, identifiers, ports or the fraction of a
// timestamp hold often enough for a test to fail by them once in some thousand times.
var byChance = regexp.MustCompile(`^([0-9A-Za-z]{1,2}|[0-9a-f]{1,6})$`)

// words of this tree that are spelled with the letters a to f alone, or that stand in
// texts without anything random.
var noChance = map[string]string{
	"internal/letters/letters_test.go": "a letter has no random part",
	"internal/letters/spanish_test.go": "a letter has no random part",
}

// TestNoMarkIsFoundByChance: a test that fails when it finds a mark looks for one that
// chance does not write. "12207" is in the fraction of a second sooner or later, "ada"
// in a hash, and two letters in whatever is sealed.
func TestNoMarkIsFoundByChance(t *testing.T) {
	seen := 0
	for _, file := range strings.Fields(output(t, "git", "ls-files", "*_test.go")) {
		if noChance[file] != "" {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, filepath.Join(root(t), file), read(t, file), 0)
		if err != nil {
			t.Fatal(err)
		}
		lists := map[string][]*ast.BasicLit{} // what a loop's variable goes through, innermost last
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.RangeStmt:
				if over, ok := n.X.(*ast.CompositeLit); ok {
					if name, ok := n.Value.(*ast.Ident); ok {
						lists[name.Name] = marksOf(over.Elts)
					}
				}
			case *ast.IfStmt:
				if !fails(n.Body) {
					return true
				}
				for _, mark := range unwanted(n.Cond, lists) {
					seen++
					if said, _ := strconv.Unquote(mark.Value); byChance.MatchString(said) {
						t.Errorf("%s: chance writes %q too; look for a longer mark", set.Position(mark.Pos()), said)
					}
				}
			}
			return true
		})
	}
	if seen < 200 {
		t.Errorf("only %d marks were looked at", seen)
	}
}

func marksOf(all []ast.Expr) (out []*ast.BasicLit) {
	for _, e := range all {
		if call, ok := e.(*ast.CallExpr); ok && len(call.Args) == 1 {
			e = call.Args[0] // a conversion
		}
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			out = append(out, lit)
		}
	}
	return out
}

// fails reports whether a block calls t.Error or t.Fatal, or one of their kind.
func fails(body *ast.BlockStmt) (yes bool) {
	ast.Inspect(body, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && (strings.HasPrefix(s.Sel.Name, "Error") || strings.HasPrefix(s.Sel.Name, "Fatal")) {
			yes = true
		}
		return !yes
	})
	return yes
}

// unwanted are the marks that a condition is true upon: those looked for by
// strings.Contains or bytes.Contains with no "!" before it.
func unwanted(cond ast.Expr, lists map[string][]*ast.BasicLit) (out []*ast.BasicLit) {
	ast.Inspect(cond, func(n ast.Node) bool {
		if not, ok := n.(*ast.UnaryExpr); ok && not.Op == token.NOT {
			return false
		}
		if eq, ok := n.(*ast.BinaryExpr); ok && (eq.Op == token.NEQ || eq.Op == token.EQL) {
			return false // compared with what is wanted
		}
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) != 2 {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "Contains" {
			return true
		} else if of, ok := f.X.(*ast.Ident); !ok || of.Name != "strings" && of.Name != "bytes" {
			return true
		}
		mark := call.Args[1:]
		if conv, ok := mark[0].(*ast.CallExpr); ok && len(conv.Args) == 1 {
			mark = conv.Args
		}
		if v, ok := mark[0].(*ast.Ident); ok {
			out = append(out, lists[v.Name]...)
			return true
		}
		out = append(out, marksOf(mark)...)
		return true
	})
	return out
}
