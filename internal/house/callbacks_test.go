package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestMetricCallbacksAskNobody: OpenTelemetry holds its lock while it runs a
// callback, and Temporal's client wants that lock when it makes an instrument at
// its first call. A callback that calls out has once stopped the whole process; one
// that has no context cannot.
func TestMetricCallbacksAskNobody(t *testing.T) {
	found := 0
	for _, file := range kept(t) {
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		parsed, err := parser.ParseFile(fset, filepath.Join(root(t), file), read(t, file), 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !takesCallback(call.Fun) {
				return true
			}
			found++
			callback, ok := call.Args[0].(*ast.FuncLit)
			if !ok || len(callback.Type.Params.List) == 0 || len(callback.Type.Params.List[0].Names) != 1 || callback.Type.Params.List[0].Names[0].Name != "_" {
				t.Errorf("%s: a metric's callback is a function written there whose context is _: it tells what is known, and asks nobody",
					fset.Position(call.Pos()))
			}
			return true
		})
	}
	if found < 2 {
		t.Errorf("%d callbacks were found: look how metrics are observed now", found)
	}
}

func takesCallback(fun ast.Expr) bool {
	name, ok := fun.(*ast.SelectorExpr)
	return ok && (name.Sel.Name == "RegisterCallback" || name.Sel.Name == "WithInt64Callback" || name.Sel.Name == "WithFloat64Callback")
}
