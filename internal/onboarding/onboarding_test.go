package onboarding_test

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const id = onboarding.ApplicantID("01900000-0000-7000-8000-000000000001")

// constants gives the values of all constants of a type of ours, as they stand in
// the source: a list that forgot one is found.
func constants(t *testing.T, typeName string) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 {
				return true
			}
			of, typed := spec.Type.(*ast.Ident)
			value, literal := spec.Values[0].(*ast.BasicLit)
			if typed && of.Name == typeName && literal {
				text, err := strconv.Unquote(value.Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, text)
			}
			return true
		})
	}
	return out
}

func words[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// TestListsAreWhole: what lists every value lists every constant, once.
func TestListsAreWhole(t *testing.T) {
	for _, c := range []struct {
		name  string
		list  []string
		known func(string) bool
	}{
		{"Stage", words(onboarding.Stages()), func(s string) bool { return onboarding.Stage(s).Known() }},
		{"Attention", words(onboarding.Attentions()), func(s string) bool { return onboarding.Attention(s).Known() }},
		{"CheckName", words(onboarding.CheckNames()), func(s string) bool { return onboarding.CheckName(s).Known() }},
		{"ListName", words(onboarding.ListNames()), func(s string) bool { return onboarding.ListName(s).Known() }},
		{"Field", words(slices.Concat(onboarding.Fields(), onboarding.TaxFields())), func(s string) bool { return onboarding.Field(s).Known() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := constants(t, c.name)
			if len(want) == 0 {
				t.Fatal("there are no constants of this type")
			}
			if got := slices.Sorted(slices.Values(c.list)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
				t.Errorf("the list has %v; the constants are %v", got, want)
			}
			for _, v := range want {
				if !c.known(v) {
					t.Errorf("%s is not known", v)
				}
			}
			for _, v := range []string{"", "other", strings.ToUpper(want[0]), " " + want[0]} {
				if c.known(v) {
					t.Errorf("%q is known", v)
				}
			}
		})
	}
}

// TestCodes: the text of a code is a Temporal failure type, which stands in
// histories for ever: two must not be alike, and none may be renamed lightly.
func TestCodes(t *testing.T) {
	want := []string{"CONFLICT", "CONSENT_NOT_LIVE", "GRANT_REFUSED", "INTERNAL", "INVALID", "KEY_DESTROYED", "LEDGER_CONFLICT", "NOT_ALLOWED", "NOT_NOW", "NO_AGREEMENT",
		"RESTRICTED", "TOO_LARGE", "UNDER_AGE", "UNKNOWN_APPLICANT", "UNKNOWN_PROGRAM", "VENDOR_BUSY", "VENDOR_PAUSED", "VENDOR_REFUSED", "VENDOR_UNCLEAR", "VENDOR_UNREACHABLE"}
	if got := slices.Sorted(slices.Values(constants(t, "Code"))); !slices.Equal(got, want) {
		t.Errorf("codes are now %v", got)
	}
}

func TestParseApplicantID(t *testing.T) {
	for _, c := range []struct{ name, typed, want string }{
		{"as it is", string(id), string(id)},
		{"capitals", strings.ToUpper("01900000-0000-7abc-8def-000000000001"), "01900000-0000-7abc-8def-000000000001"},
		{"spaces around, as copied", " " + string(id) + "\n", string(id)},
		{"another version", "0b5f6c1e-7d38-4f6e-9a51-52e0a7a4a001", "0b5f6c1e-7d38-4f6e-9a51-52e0a7a4a001"},

		{"nothing", "", ""},
		{"no hyphens", strings.ReplaceAll(string(id), "-", ""), ""},
		{"braces", "{" + string(id) + "}", ""},
		{"too short", string(id)[:35], ""},
		{"too long", string(id) + "0", ""},
		{"version 0", "01900000-0000-0000-8000-000000000001", ""},
		{"version 9", "01900000-0000-9000-8000-000000000001", ""},
		{"another variant", "01900000-0000-7000-c000-000000000001", ""},
		{"no hexadecimal", "0190000g-0000-7000-8000-000000000001", ""},
		{"a path", "../01900000-0000-7000-8000-000000000001", ""},
		{"two lines", string(id) + "\n" + string(id), ""},
		{"something behind a line's end", string(id) + "\nx", ""},
		{"an e-mail address", "ada@example.com", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := onboarding.ParseApplicantID(c.typed)
			if string(got) != c.want || (err == nil) != (c.want != "") {
				t.Errorf("%q, %v", got, err)
			}
			if err != nil && (onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant || c.typed != "" && strings.Contains(err.Error(), c.typed)) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

func TestWorkflowID(t *testing.T) {
	if w := id.WorkflowID(); w != "applicant/"+string(id) {
		t.Errorf("the workflow is %s", w)
	}
	if back, ok := onboarding.ApplicantOfWorkflow(id.WorkflowID()); !ok || back != id {
		t.Errorf("%s, %v", back, ok)
	}
	for _, w := range []string{"", "applicant/", string(id), "request/" + string(id), "applicant/" + strings.ToUpper("01900000-0000-7abc-8000-000000000001"), "applicant/" + string(id) + "/x", "applicant/x", "xapplicant/" + string(id)} {
		if back, ok := onboarding.ApplicantOfWorkflow(w); ok || back != "" {
			t.Errorf("%q is %q's", w, back)
		}
	}
}

// TestOrderKey: one order per check and round (design, decision 5): the same over
// every attempt, another for every round, check and applicant.
func TestOrderKey(t *testing.T) {
	if k := onboarding.OrderKey(id, onboarding.CheckBackground, 2); k != string(id)+"/background/2" {
		t.Errorf("the key is %s", k)
	}
	seen := map[string]bool{}
	for _, a := range []onboarding.ApplicantID{id, "01900000-0000-7000-8000-000000000002"} {
		for _, c := range onboarding.CheckNames() {
			for round := range 12 {
				k := onboarding.OrderKey(a, c, round)
				if seen[k] {
					t.Errorf("%s stands for two orders", k)
				}
				seen[k] = true
			}
		}
	}
}

// TestObjectKeys is golden: objects that were put in 2026 must be found later.
// None lies where another kind of object could.
func TestObjectKeys(t *testing.T) {
	keys := map[string]string{
		onboarding.DraftKey(id):             "drafts/" + string(id),
		onboarding.ProfileKey(id, 2):        "profiles/" + string(id) + "/2",
		onboarding.ContactKey("email", "h"): "contacts/email/h",
		onboarding.ContactsKey(id):          "contacts-of/" + string(id),
		onboarding.IdempotencyKey("h"):      "idempotency/h",
		onboarding.SummaryKey(id):           "summaries/" + string(id),
		onboarding.CredentialStatusKey("c"): "credential-status/c",
		onboarding.ResultKey(id, 7, "all"):  "results/" + string(id) + "/7-all",
		onboarding.WithdrawalKey(id, "r"):   "withdrawals/" + string(id) + "/r",
		onboarding.CredentialKey("c"):       "credentials/c",
	}
	if len(keys) != 10 {
		t.Errorf("%d keys of ten kinds: two are alike", len(keys))
	}
	kinds := map[string]bool{}
	for got, want := range keys {
		if got != want {
			t.Errorf("%s; want %s", got, want)
		}
		kind, _, _ := strings.Cut(got, "/")
		if kinds[kind] || kind == "ledger" || kind == "keys" {
			t.Errorf("two kinds of object lie under %s/", kind)
		}
		kinds[kind] = true
	}
}

func TestError(t *testing.T) {
	cause := errors.New("cause with a datum")
	for _, c := range []struct {
		name string
		err  *onboarding.Error
		text string
	}{
		{"message and hint", &onboarding.Error{Code: onboarding.CodeInvalid, Message: "That is wrong.", Hint: "Correct it."}, "That is wrong. Correct it."},
		{"message only", &onboarding.Error{Code: onboarding.CodeInvalid, Message: "That is wrong."}, "That is wrong."},
		{"nothing but a code", &onboarding.Error{Code: onboarding.CodeVendorBusy}, "VENDOR_BUSY"},
		{"the cause is for the log", &onboarding.Error{Code: onboarding.CodeInternal, Message: "It failed.", Cause: cause}, "It failed."},
		{"about a field", onboarding.Invalid("state", "That is not a state.", "Use two letters."), "That is not a state. Use two letters."},
	} {
		if c.err.Error() != c.text {
			t.Errorf("%s: %q", c.name, c.err.Error())
		}
		wrapped := fmt.Errorf("outer: %w", errors.Join(errors.New("other"), c.err))
		if onboarding.CodeOf(wrapped) != c.err.Code || onboarding.CodeOf(c.err) != c.err.Code {
			t.Errorf("%s: code %s", c.name, onboarding.CodeOf(wrapped))
		}
		if (c.err.Cause != nil) != errors.Is(wrapped, cause) {
			t.Errorf("%s: the cause is lost", c.name)
		}
	}
	if e := onboarding.Invalid("state", "m", "h"); e.Code != onboarding.CodeInvalid || e.Field != "state" || e.Cause != nil {
		t.Errorf("%+v", e)
	}
	// The first code in the tree counts; whoever wraps an error knows better.
	outer := &onboarding.Error{Code: onboarding.CodeVendorUnclear, Cause: &onboarding.Error{Code: onboarding.CodeVendorBusy}}
	if onboarding.CodeOf(outer) != onboarding.CodeVendorUnclear {
		t.Errorf("code %s", onboarding.CodeOf(outer))
	}
	for _, err := range []error{nil, cause, fmt.Errorf("x: %w", cause)} {
		if onboarding.CodeOf(err) != onboarding.CodeInternal {
			t.Errorf("%v has code %s", err, onboarding.CodeOf(err))
		}
	}
}

// TestStages: a stage is on the way, at its end, or certified, which is neither:
// the case lives on until the credential expires.
func TestStages(t *testing.T) {
	for _, s := range onboarding.Stages() {
		open := slices.Contains([]onboarding.Stage{onboarding.StageSignup, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification}, s)
		closed := slices.Contains([]onboarding.Stage{onboarding.StageDeclined, onboarding.StageWithdrawn, onboarding.StageExpired, onboarding.StageErased}, s)
		if s.Open() != open || s.Closed() != closed {
			t.Errorf("%s: open %v, closed %v", s, s.Open(), s.Closed())
		}
	}
	if s := onboarding.Stage("lost"); s.Open() || s.Closed() {
		t.Error("a stage that there is not is open or closed")
	}
}

func TestChecks(t *testing.T) {
	for _, c := range onboarding.CheckNames() {
		want := onboarding.StageValidation
		if c == onboarding.CheckBackground {
			want = onboarding.StageVetting
		}
		if c.Stage() != want {
			t.Errorf("%s belongs to %s", c, c.Stage())
		}
	}
	// A failed check waits for ops: it is not settled.
	settled := []string{"passed", "flagged", "waived", "canceled"}
	for _, s := range append(constants(t, "CheckStatus"), "", "lost") {
		if onboarding.CheckStatus(s).Settled() != slices.Contains(settled, s) {
			t.Errorf("%q is settled: %v", s, !slices.Contains(settled, s))
		}
	}
}

// TestWorst: only evidence makes clear, and nothing fails open (decision 4). A
// search that could not be completed outweighs one that brought something up: both
// go to a person, but only the first is still to be done.
func TestWorst(t *testing.T) {
	const clear, consider, unknown = onboarding.VerdictClear, onboarding.VerdictConsider, onboarding.VerdictCouldNotComplete
	for _, c := range []struct {
		of   []onboarding.Verdict
		want onboarding.Verdict
	}{
		{nil, unknown},
		{[]onboarding.Verdict{clear}, clear},
		{[]onboarding.Verdict{clear, clear}, clear},
		{[]onboarding.Verdict{consider}, consider},
		{[]onboarding.Verdict{clear, consider}, consider},
		{[]onboarding.Verdict{consider, clear}, consider},
		{[]onboarding.Verdict{unknown}, unknown},
		{[]onboarding.Verdict{clear, unknown}, unknown},
		{[]onboarding.Verdict{unknown, clear}, unknown},
		{[]onboarding.Verdict{unknown, consider}, unknown},
		{[]onboarding.Verdict{consider, unknown, clear}, unknown},
		{[]onboarding.Verdict{""}, unknown},
		{[]onboarding.Verdict{clear, "fine"}, unknown},
		{[]onboarding.Verdict{"CLEAR"}, unknown},
	} {
		var findings []onboarding.Finding
		for _, v := range c.of {
			findings = append(findings, onboarding.Finding{Verdict: v})
		}
		if got := onboarding.Worst(findings); got != c.want {
			t.Errorf("of %q: %s; want %s", c.of, got, c.want)
		}
	}
}

func TestProfile(t *testing.T) {
	p := onboarding.Profile{onboarding.FieldEmail: "ada@example.com", onboarding.FieldPhone: "+15035550142", onboarding.FieldUnit: ""}
	only := p.Only(onboarding.FieldEmail, onboarding.FieldUnit, onboarding.FieldCity)
	if len(only) != 2 || only[onboarding.FieldEmail] != "ada@example.com" {
		t.Errorf("38: only what was asked for and is there: %v", only)
	}
	only[onboarding.FieldEmail] = "changed"
	if p[onboarding.FieldEmail] != "ada@example.com" {
		t.Error("the copy is the profile itself")
	}
	if has := p.Has(); !slices.Equal(has, []onboarding.Field{onboarding.FieldEmail, onboarding.FieldPhone}) {
		t.Errorf("has %v", has)
	}
	var none onboarding.Profile
	if len(none.Has()) != 0 || none.Only(onboarding.FieldEmail) == nil {
		t.Error("of nobody")
	}
}
