package consent_test

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

// The design's third decision says that a vendor call for the wrong purpose does
// not compile. These tests give the compiler's own type checker small programs:
// one that must pass, and for each way to get around the desk one that must not,
// for the reason that is meant and no other.

const house = "github.com/vouchsafe/vouchsafe/internal/"

// frame is the program around each snippet. Everything in it compiles.
const frame = `package snippet

import (
	"context"

	"` + house + `consent"
	"` + house + `ledger"
	"` + house + `onboarding"
	"` + house + `vendors/checkr"
	"` + house + `vendors/findly"
	"` + house + `vendors/kickbox"
	"` + house + `vendors/leie"
	"` + house + `vendors/mail"
	"` + house + `vendors/minfraud"
	"` + house + `vendors/ofac"
	"` + house + `vendors/sam"
	"` + house + `vendors/smarty"
	"` + house + `vendors/stripeid"
	"` + house + `vendors/twilio"
	"` + house + `vendors/watchman"
	"` + house + `vendors/yente"
)

// What a snippet may need, and a use of each import.
var (
	_ ledger.Stored
	_ onboarding.Field
)

// A purpose of somebody's own, which has all that the closed set's members have.
type advertising struct{}

func (advertising) ID() consent.PurposeID { return consent.PurposeValidation }

// One that borrows a member of the set.
type borrowed struct{ consent.Validation }

func call(ctx context.Context, desk *consent.Desk, intent ledger.Stored, receipt consent.Receipt,
	email *kickbox.Client, phone *twilio.Client, report *findly.Client, sdn *ofac.List, excluded *leie.List, service *watchman.Client, matcher *yente.Client, place *smarty.Client,
	connection *minfraud.Client, document *stripeid.Client, agency *checkr.Client, debarred *sam.List, relay *mail.Relay,
	account consent.Grant[consent.Account], validation consent.Grant[consent.Validation], screening consent.Grant[consent.Screening],
	vetting consent.Grant[consent.Vetting], qualification consent.Grant[consent.Qualification], certification consent.Grant[consent.Certification],
	tax consent.Grant[consent.Tax]) {
	%s
}
`

// exports finds the compiled form of every package that the frame needs.
var exports = sync.OnceValues(func() (map[string]string, error) {
	list := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}}={{.Export}}", "context", house+"consent", house+"ledger", house+"onboarding",
		house+"vendors/findly", house+"vendors/kickbox", house+"vendors/leie", house+"vendors/mail", house+"vendors/ofac", house+"vendors/twilio",
		house+"vendors/watchman", house+"vendors/yente", house+"vendors/smarty", house+"vendors/minfraud", house+"vendors/stripeid", house+"vendors/checkr", house+"vendors/sam")
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", list, err, &stderr)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), "=")
		files[path] = file
	}
	return files, nil
})

// compile checks one program and gives every error in it.
func compile(t *testing.T, snippet string) []types.Error {
	t.Helper()
	files, err := exports()
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "snippet.go", fmt.Sprintf(frame, snippet), parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var found []types.Error
	config := types.Config{
		Importer: importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(files[path]) }),
		Error: func(err error) {
			found = append(found, err.(types.Error)) //nolint:errorlint // what Check documents
		},
	}
	_, _ = config.Check("snippet", fset, []*ast.File{file}, nil) // its error is the first of those found
	return found
}

// right are the calls that the adapters are for.
var right = []string{
	`_, _ = email.Verify(ctx, validation)`,
	`_, _ = phone.Lookup(ctx, validation)`,
	`_, _ = sdn.Screen(ctx, screening, 0.9)`,
	`_, _ = excluded.Screen(ctx, screening, 0.9)`,
	`_, _ = service.Screen(ctx, screening, 0.9)`,
	`_, _ = matcher.Screen(ctx, screening, 0.9)`,
	`_, _ = report.Order(ctx, vetting, findly.OrderRequest{})`,
	`_, _, _ = report.Fetch(ctx, vetting, "order")`,
	`_ = mail.Send(ctx, relay, account, mail.Letter{})`,
	`_ = mail.Send(ctx, relay, vetting, mail.Letter{})`,
	`g, err := consent.Redeem[consent.Validation](ctx, desk, intent, receipt, "profile"); if err == nil { _, _ = email.Verify(ctx, g) }`,
	`_ = account; _ = qualification; _ = certification; _ = tax`,
}

func TestRightPurposeCompiles(t *testing.T) {
	for _, s := range append(right, strings.Join(right[:10], "\n")) {
		if errs := compile(t, s); len(errs) > 0 {
			t.Errorf("%s\ndoes not compile: %v", s, errs)
		}
	}
}

// TestWrongPurposeDoesNotCompile holds promises 5 (sources consulted at signup
// serve validation only), 11 (purposes apart), 20 (mismatch denied) and 29.
//
// Promise 5, 11, 20, 29.
func TestWrongPurposeDoesNotCompile(t *testing.T) {
	type wrong struct{ name, snippet, says string }
	var table []wrong
	// Every adapter with every purpose but its own.
	purposes := []string{"account", "validation", "screening", "vetting", "qualification", "certification", "tax"}
	for _, a := range []struct{ vendor, own, call string }{
		{"kickbox", "validation", `_, _ = email.Verify(ctx, %s)`},
		{"twilio", "validation", `_, _ = phone.Lookup(ctx, %s)`},
		{"ofac", "screening", `_, _ = sdn.Screen(ctx, %s, 0.9)`},
		{"leie", "screening", `_, _ = excluded.Screen(ctx, %s, 0.9)`},
		{"watchman", "screening", `_, _ = service.Screen(ctx, %s, 0.9)`},
		{"yente", "screening", `_, _ = matcher.Screen(ctx, %s, 0.9)`},
		{"smarty", "validation", `_, _ = place.Check(ctx, %s)`},
		{"minfraud", "validation", `_, _ = connection.Score(ctx, %s, 0.5)`},
		{"stripe's session", "validation", `_, _ = document.Create(ctx, %s, stripeid.SessionRequest{})`},
		{"sam", "screening", `_, _ = debarred.Screen(ctx, %s, 0.9)`},
		{"checkr's order", "vetting", `_, _ = agency.Order(ctx, %s, checkr.OrderRequest{})`},
		{"checkr's report", "vetting", `_, _, _ = agency.Fetch(ctx, %s, "order")`},
		{"findly's order", "vetting", `_, _ = report.Order(ctx, %s, findly.OrderRequest{})`},
		{"findly's report", "vetting", `_, _, _ = report.Fetch(ctx, %s, "order")`},
	} {
		if errs := compile(t, fmt.Sprintf(a.call, a.own)); len(errs) > 0 {
			t.Fatalf("%s for %s: %v", a.vendor, a.own, errs)
		}
		for _, p := range purposes {
			if p == a.own {
				continue
			}
			table = append(table, wrong{"5, 20: " + a.vendor + " for " + p, fmt.Sprintf(a.call, p),
				fmt.Sprintf("cannot use %s (variable of struct type consent.Grant[consent.%s]) as consent.Grant[consent.%s] value in argument",
					p, strings.ToUpper(p[:1])+p[1:], strings.ToUpper(a.own[:1])+a.own[1:])})
		}
	}
	table = append(table,
		// One purpose made into another.
		wrong{"11: converted", `_, _ = report.Order(ctx, consent.Grant[consent.Vetting](validation), findly.OrderRequest{})`,
			"cannot convert validation (variable of struct type consent.Grant[consent.Validation]) to type consent.Grant[consent.Vetting]"},
		wrong{"11: assigned", `vetting = validation`, "cannot use validation"},
		wrong{"11: redeemed as another", `g, _ := consent.Redeem[consent.Vetting](ctx, desk, intent, receipt, ""); _, _ = email.Verify(ctx, g)`, "cannot use g"},
		// A purpose that is not in the closed set.
		wrong{"1: a purpose of somebody's own", `_, _ = consent.Redeem[advertising](ctx, desk, intent, receipt, "")`, "advertising does not satisfy consent.Purpose"},
		wrong{"1: a purpose that borrows another", `_, _ = consent.Redeem[borrowed](ctx, desk, intent, receipt, "")`, "borrowed does not satisfy consent.Purpose"},
		wrong{"1: all purposes at once", `_, _ = consent.Redeem[consent.Purpose](ctx, desk, intent, receipt, "")`, "cannot use type consent.Purpose outside a type constraint"},
		wrong{"30: a grant for none of them", `var g consent.Grant[advertising]; _ = g`, "advertising does not satisfy consent.Purpose"},
		// A grant, a stored intent, made by hand.
		wrong{"36: a grant made by hand", `_ = consent.Grant[consent.Vetting]{nil}`, "implicit assignment to unexported field slip"},
		wrong{"36: a grant's inside", `_ = validation.slip`, "validation.slip undefined"},
		wrong{"36: an intent that was not stored", `_, _ = consent.Redeem[consent.Vetting](ctx, desk, ledger.Record{}, receipt, "")`, "cannot use ledger.Record{}"},
		wrong{"36: an intent made by hand", `_ = ledger.Stored{&ledger.Record{}}`, "implicit assignment to unexported field record"},
		// A call without a permission: fields are not what an adapter takes.
		wrong{"38: fields instead of a grant", `_, _ = email.Verify(ctx, onboarding.Profile{})`, "cannot use onboarding.Profile{}"},
		wrong{"38: nothing", `_, _ = email.Verify(ctx)`, "not enough arguments in call to email.Verify"},
	)
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			errs := compile(t, c.snippet)
			if len(errs) == 0 {
				t.Fatalf("it compiles: %s", c.snippet)
			}
			if !strings.Contains(errs[0].Msg, c.says) {
				t.Errorf("%s\nfails for another reason: %s\nwant: %s", c.snippet, errs[0].Msg, c.says)
			}
		})
	}
}
