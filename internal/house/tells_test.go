package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Recruiters who have never seen Temporal read its Web UI. So whatever it shows is said
// there in words: each message that a workflow takes has a description, and each call
// and each timer a summary. That none holds personal data a journey shows
// (internal/onebox, TestWebUITells).

// silent are calls that leave no words behind, with what says the same with words.
var silent = map[string]string{
	"workflow.SetUpdateHandler": "SetUpdateHandlerWithOptions, with a Description", "workflow.SetQueryHandler": "SetQueryHandlerWithOptions, with a Description",
	"workflow.GetSignalChannel": "GetSignalChannelWithOptions, with a Description", "workflow.NewTimer": "NewTimerWithOptions, with a Summary",
	"workflow.Sleep": "NewTimerWithOptions, with a Summary", "workflow.AwaitWithTimeout": "AwaitWithOptions, with a Summary",
}

// wordy are literals that must say something in the named members.
var wordy = map[string][]string{
	"workflow.UpdateHandlerOptions": {"Description"}, "workflow.QueryHandlerOptions": {"Description"}, "workflow.SignalChannelOptions": {"Description"},
	"workflow.TimerOptions": {"Summary"}, "workflow.ActivityOptions": {"Summary"}, "workflow.LocalActivityOptions": {"Summary"},
	"workflow.ChildWorkflowOptions": {"StaticSummary"}, "client.StartWorkflowOptions": {"StaticSummary"}, "client.ScheduleWorkflowAction": {"StaticSummary"},
}

// said are our own functions whose n-th argument is a summary or a description.
var said = map[string]int{"update": 3, "timed": 3, "step": 3, "stepAt": 4, "durable": 4, "patient": 1, "quickTry": 1}

// TestTemporalIsToldInWords reads the source of the workflows and of what starts them.
func TestTemporalIsToldInWords(t *testing.T) {
	found := map[string]int{}
	for _, dir := range []string{"workflows", "internal/applicants", "internal/app", "activities"} {
		files, err := filepath.Glob(filepath.Join(root(t), dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			at := func(n ast.Node) string {
				p := set.Position(n.Pos())
				return relative(t, p.Filename) + ":" + strconv.Itoa(p.Line)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					called := dotted(n.Fun)
					if instead := silent[called]; instead != "" {
						t.Errorf("%s: %s leaves no words for the Temporal Web UI: use %s", at(n), called, instead)
					}
					if i, ok := said[called]; ok && dir == "workflows" && len(n.Args) > i {
						found[called]++
						if lit, ok := constant(n.Args[i]); ok && strings.TrimSpace(lit) == "" {
							t.Errorf("%s: %s says nothing", at(n), called)
						}
					}
				case *ast.CompositeLit:
					kind := dotted(n.Type)
					for _, member := range wordy[kind] {
						found[kind]++
						if !slices.ContainsFunc(n.Elts, func(e ast.Expr) bool {
							kv, ok := e.(*ast.KeyValueExpr)
							if !ok || dotted(kv.Key) != member {
								return false
							}
							lit, ok := constant(kv.Value)
							return !ok || strings.TrimSpace(lit) != ""
						}) {
							t.Errorf("%s: a %s without %s", at(n), kind, member)
						}
					}
				}
				return true
			})
		}
	}
	for _, kind := range []string{"update", "step", "workflow.TimerOptions", "workflow.ActivityOptions", "workflow.QueryHandlerOptions", "workflow.SignalChannelOptions", "client.StartWorkflowOptions"} {
		if found[kind] == 0 {
			t.Errorf("no %s was found, so this proves nothing", kind)
		}
	}
}

// dotted is an expression of names, as "workflow.Sleep"; type arguments are left out.
func dotted(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return dotted(e.X) + "." + e.Sel.Name
	case *ast.IndexExpr:
		return dotted(e.X)
	case *ast.IndexListExpr:
		return dotted(e.X)
	}
	return ""
}
