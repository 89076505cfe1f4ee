package program

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// schemaNode is as much of a JSON Schema as ours has.
type schemaNode struct {
	Ref        string                 `json:"$ref"`
	Type       string                 `json:"type"`
	Enum       []string               `json:"enum"`
	Pattern    string                 `json:"pattern"`
	Properties map[string]*schemaNode `json:"properties"`
	Additional json.RawMessage        `json:"additionalProperties"`
	Required   []string               `json:"required"`
	Items      *schemaNode            `json:"items"`
	Defs       map[string]*schemaNode `json:"$defs"`
}

func readSchema(t *testing.T) *schemaNode {
	t.Helper()
	var root schemaNode
	if err := json.Unmarshal(schemaJSON, &root); err != nil {
		t.Fatal(err)
	}
	return &root
}

// TestSchemaFollowsTheTypes walks Program and its schema side by side. A member
// that one has and the other has not would be refused, or silently dropped.
func TestSchemaFollowsTheTypes(t *testing.T) {
	root := readSchema(t)
	var optional []string
	var walk func(where string, of reflect.Type, n *schemaNode)
	walk = func(where string, of reflect.Type, n *schemaNode) {
		if name, ok := strings.CutPrefix(n.Ref, "#/$defs/"); ok {
			n = root.Defs[name]
		}
		if of.Kind() == reflect.Pointer { // a member that only some have
			of = of.Elem()
		}
		want := map[reflect.Kind]string{reflect.Struct: "object", reflect.Map: "object", reflect.Slice: "array", reflect.String: "string",
			reflect.Int: "integer", reflect.Float64: "number", reflect.Bool: "boolean"}[of.Kind()]
		if n == nil || want == "" || (n.Type != want && (of.Kind() != reflect.String || len(n.Enum) == 0)) {
			t.Errorf("%s is %s in Go and %+v in the schema", where, of, n)
			return
		}
		switch of.Kind() {
		case reflect.Struct:
			var members []string
			for i := range of.NumField() {
				f := of.Field(i)
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				if f.Tag.Get("yaml") != name || name == "" {
					t.Errorf("%s.%s is %q in JSON and %q in YAML", where, f.Name, name, f.Tag.Get("yaml"))
				}
				members = append(members, name)
				if n.Properties[name] == nil {
					t.Errorf("the schema does not have %s/%s", where, name)
					continue
				}
				if !slices.Contains(n.Required, name) {
					optional = append(optional, where+"/"+name)
				}
				walk(where+"/"+name, f.Type, n.Properties[name])
			}
			for name := range n.Properties {
				if !slices.Contains(members, name) {
					t.Errorf("the types do not have %s/%s", where, name)
				}
			}
			for _, name := range n.Required {
				if !slices.Contains(members, name) {
					t.Errorf("%s/%s is required and does not exist", where, name)
				}
			}
			if string(n.Additional) != "false" {
				t.Errorf("%s lets unknown keys through", where)
			}
		case reflect.Slice:
			walk(where+"/0", of.Elem(), n.Items)
		case reflect.Map:
			var values schemaNode
			if err := json.Unmarshal(n.Additional, &values); err != nil {
				t.Fatalf("%s: %v", where, err)
			}
			walk(where+"/*", of.Elem(), &values)
		default:
		}
	}
	walk("", reflect.TypeFor[Program](), root)

	// What may be left out has a meaning when it is: each is documented at its
	// member. Whoever adds to it says there what its absence means.
	want := []string{"/controller/instruction", "/controller/address", "/work_location", "/work_location/city", "/checks/0/threshold", "/checks/0/alternatives", "/vetting/packages", "/vetting/flow", "/vetting/node",
		"/adjudication/0/check", "/adjudication/0/screening", "/adjudication/0/finding", "/adjudication/0/severity", "/adjudication/0/disposition",
		"/adjudication/0/min_age_years", "/adjudication/0/max_age_years", "/adjudication/0/because", "/review",
		"/certification/requirements", "/certification/requirements/0/after", "/certification/requirements/0/attempts", "/certification/requirements/0/retry_hours", "/certification/requirements/0/course", "/certification/requirements/0/course/quiz",
		"/certification/requirements/0/course/quiz/attempts", "/certification/requirements/0/course/quiz/ask", "/certification/requirements/0/course/quiz/shuffle", "/certification/requirements/0/course/quiz/each_topic", "/certification/requirements/0/course/quiz/questions/0/topic", "/certification/requirements/0/quiz",
		"/certification/requirements/0/quiz/attempts", "/certification/requirements/0/quiz/ask", "/certification/requirements/0/quiz/shuffle", "/certification/requirements/0/quiz/each_topic", "/certification/requirements/0/quiz/questions/0/topic", "/certification/requirements/0/typing", "/certification/requirements/0/listening", "/certification/requirements/0/listening/clips/0/in", "/certification/requirements/0/listening/clips/0/in/*/answers", "/certification/requirements/0/listening/ask", "/certification/requirements/0/listening/because",
		"/certification/requirements/0/equipment", "/certification/requirements/0/equipment/microphone", "/certification/requirements/0/equipment/accept_declared", "/certification/requirements/0/agreement", "/certification/requirements/0/tax", "/certification/requirements/0/live",
		"/certification/requirements/0/live/lead_hours", "/certification/requirements/0/live/how", "/certification/quiz", "/certification/quiz/attempts", "/certification/quiz/ask", "/certification/quiz/shuffle", "/certification/quiz/each_topic", "/certification/quiz/questions/0/topic",
		"/certification/agreement",
		"/certification/credential/remind_days_before", "/certification/renewal", "/certification/renewal/checks", "/certification/renewal/requirements", "/vendors/*/agreement_end", "/vendors/*/agency", "/vendors/*/sub_processors", "/privacy_officer", "/retention", "/retention/0/place", "/retention/0/years", "/retention/0/days", "/texts", "/messages", "/messages/sms", "/complaints", "/complaints/outside", "/complaints/outside/0/states", "/statistics", "/invitations", "/invitations/remind_after_days"}
	if d := cmp.Diff(want, optional); d != "" {
		t.Errorf("optional (-want +got):\n%s", d)
	}
}

// TestSchemaHasOurWords: the closed lists are the ones that the code acts upon.
func TestSchemaHasOurWords(t *testing.T) {
	root := readSchema(t)
	var checks []string
	for _, c := range onboarding.CheckNames() {
		checks = append(checks, string(c))
		if len(adapters[c]) == 0 {
			t.Errorf("nobody can do the check %s", c)
		}
	}
	if len(adapters) != len(checks) {
		t.Errorf("there are adapters for %d checks and %d checks", len(adapters), len(checks))
	}
	if d := cmp.Diff(checks, root.Properties["checks"].Items.Properties["name"].Enum); d != "" {
		t.Errorf("checks (-Go +schema):\n%s", d)
	}
	var kinds []string
	for _, k := range RequirementKinds() {
		kinds = append(kinds, string(k))
	}
	if d := cmp.Diff(kinds, root.Defs["requirement"].Properties["kind"].Enum); d != "" {
		t.Errorf("requirements (-Go +schema):\n%s", d)
	}
	then := []string{string(ThenClear), string(ThenReview), string(ThenAdverseCandidate)}
	if d := cmp.Diff(then, root.Properties["adjudication"].Items.Properties["then"].Enum); d != "" {
		t.Errorf("rules (-Go +schema):\n%s", d)
	}
	rule := root.Properties["adjudication"].Items.Properties
	if d := cmp.Diff(checks, rule["check"].Enum); d != "" {
		t.Errorf("a rule's checks (-Go +schema):\n%s", d)
	}
	if d := cmp.Diff([]string{string(Pending), string(Convicted), string(NotConvicted)}, rule["disposition"].Enum); d != "" {
		t.Errorf("dispositions (-Go +schema):\n%s", d)
	}
	var categories []string
	for _, c := range onboarding.Categories() {
		categories = append(categories, string(c))
		if p := (Program{}); p.Keeps(c, "").Source == "" {
			t.Errorf("nothing says how long %s is kept where a file does not", c)
		}
	}
	if d := cmp.Diff(categories, root.Properties["retention"].Items.Properties["category"].Enum); d != "" {
		t.Errorf("categories (-Go +schema):\n%s", d)
	}
	second := []string{string(SecondNever), string(SecondAdverse), string(SecondAlways)}
	if d := cmp.Diff(second, root.Properties["review"].Properties["second_reviewer"].Enum); d != "" {
		t.Errorf("second reviewers (-Go +schema):\n%s", d)
	}
}

// TestPatternsHaveWords: a pattern means nothing to a program's author.
func TestPatternsHaveWords(t *testing.T) {
	found := map[string]bool{}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for k, x := range v {
				if p, ok := x.(string); ok && k == "pattern" {
					found[p] = true
				}
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	var raw any
	if err := json.Unmarshal(schemaJSON, &raw); err != nil {
		t.Fatal(err)
	}
	walk(raw)
	for p := range found {
		if forms[p] == "" {
			t.Errorf("say in words what %s asks for", p)
		}
	}
	if len(found) != len(forms) {
		t.Errorf("%d patterns in the schema, %d in words", len(found), len(forms))
	}
}
