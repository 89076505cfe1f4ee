package house

import (
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// table says which in-house packages a package may import; arrows run downwards
// only. "x/..." is x and everything below it. The row of the longest name holds.
// Tests may import what they like.
var table = map[string][]string{
	// The domain knows nobody.
	"internal/onboarding": {},
	"internal/program":    {"internal/onboarding"},
	"internal/policy":     {"internal/onboarding", "internal/program"},
	"internal/ledger":     {"internal/onboarding"},
	"internal/consent":    {"internal/onboarding", "internal/ledger"},
	"internal/assess":     {"internal/program"},
	"internal/receipt":    {"internal/onboarding", "internal/consent", "internal/ledger", "internal/program"},
	"internal/match":      {},
	"internal/attachment": {},
	"internal/clamav":     {},
	"internal/validate":   {"internal/onboarding"},

	"internal/clamav/clamavtest": {},
	"internal/words":             {},
	"internal/paper":             {}, // what PDFs are drawn with
	"internal/paper/papertest":   {},
	"internal/letters":           {"internal/onboarding", "internal/program", "internal/words"},
	"internal/stackfile":         {},
	"internal/durations":         {},
	"internal/witness":           {"internal/ledger", "internal/onboarding", "internal/shelf"},
	"internal/hooks":             {"internal/onboarding", "internal/shelf"},
	"internal/holds":             {"internal/onboarding", "internal/shelf"},
	"internal/tickets":           {"internal/onboarding", "internal/shelf"},
	"internal/process":           {"internal/onboarding", "internal/shelf"},
	"internal/telemetry":         {},
	"deploy/client":              {}, // what integrators import
	"internal/client":            {"deploy/client"},
	"internal/house":             {},
	"internal/browsertest":       {},

	// The process: rules and types, never a store, a vendor or a page.
	"workflows": {"internal/onboarding", "internal/policy", "internal/consent", "internal/program", "internal/ledger", "internal/assess"},

	// Stores and keys know objects and IDs, not what they mean.
	"internal/evidence":              {"internal/onboarding"},
	"internal/evidence/evidencetest": {"internal/evidence"},
	"internal/vault":                 {"internal/onboarding"},
	"internal/vault/payload":         {"internal/onboarding", "internal/vault"},
	"internal/credential":            {"internal/onboarding", "internal/paper", "internal/program", "internal/shelf"},
	"internal/identity":              {"internal/onboarding", "internal/shelf"},
	"internal/shelf":                 {},
	"internal/shelf/shelftest":       {},
	"internal/access":                {"internal/onboarding"},
	"internal/access/accesstest":     {"internal/access"},

	// Vendors never import each other.
	"internal/vendors":            {"internal/onboarding"},
	"internal/vendors/...":        {"internal/vendors", "internal/vendors/outbound", "internal/vendors/listfile", "internal/vendors/namesearch", "internal/vendors/stamped", "internal/consent", "internal/match", "internal/onboarding"},
	"internal/vendors/outbound":   {"internal/vendors", "internal/onboarding"},
	"internal/vendors/listfile":   {"internal/vendors", "internal/consent", "internal/match", "internal/onboarding"},
	"internal/vendors/stamped":    {"internal/onboarding"},
	"internal/vendors/namesearch": {"internal/match", "internal/onboarding"},
	"internal/vendors/granttest":  {"internal/consent", "internal/ledger", "internal/onboarding"},

	// The public lists in force: nothing of an applicant's.
	"internal/lists": {"internal/vendors", "internal/vendors/ofac", "internal/vendors/leie", "internal/vendors/sam", "internal/vendors/listfile", "internal/vendors/outbound",
		"internal/consent", "internal/onboarding"},

	// Effects.
	"activities": {"workflows", "internal/assess", "internal/holds", "internal/shelf", "internal/hooks", "internal/onboarding", "internal/consent", "internal/credential", "internal/durations", "internal/evidence", "internal/ledger", "internal/letters", "internal/lists", "internal/witness",
		"internal/policy", "internal/program", "internal/validate", "internal/vault", "internal/vendors/..."},

	// The faces share one service.
	"internal/applicants": {"workflows", "internal/access", "internal/holds", "internal/process", "internal/tickets", "internal/identity", "internal/shelf", "internal/receipt", "internal/hooks", "internal/attachment", "internal/clamav", "internal/assess", "internal/onboarding", "internal/consent", "internal/ledger", "internal/match", "internal/policy", "internal/program", "internal/validate", "internal/vault", "internal/words"},
	"internal/web":        {"internal/onboarding", "internal/words"},
	"internal/web/...": {"internal/web", "internal/paper", "internal/access", "internal/process", "internal/invitations", "internal/attachment", "internal/hooks", "internal/words", "workflows", "internal/applicants", "internal/onboarding", "internal/consent", "internal/durations", "internal/identity", "internal/ledger",
		"internal/policy", "internal/program", "internal/receipt", "internal/validate"},
	"internal/web/webhook": {"workflows", "internal/web", "internal/onboarding", "internal/vendors/findly", "internal/vendors/stripeid", "internal/vendors/checkr", "internal/vendors/twiliosms", "internal/letters"},
	"internal/web/codec":   {"internal/web", "internal/access", "internal/identity", "internal/onboarding", "internal/vault/payload"},

	// Who is invited, before they are applicants.
	"internal/invitations": {"workflows", "internal/applicants", "internal/identity", "internal/onboarding", "internal/policy", "internal/program", "internal/validate", "internal/vault"},

	// The engines of one machine know nothing of what runs on them.
	"internal/devstack":          {"internal/devstack/...", "internal/stackfile"},
	"internal/devstack/...":      {"internal/devstack/loopback"},
	"internal/devstack/sandbox":  {"internal/devstack/loopback", "internal/match"},
	"internal/devstack/loopback": {},

	"internal/devstack/sandbox/sandboxtest": {"internal/devstack/sandbox"},
	"internal/demo":                         {"internal/client", "internal/program", "internal/stackfile", "internal/onboarding"},

	// Wiring.
	"internal/app": {"workflows", "internal/access", "internal/holds", "internal/process", "internal/tickets", "internal/invitations", "internal/clamav", "internal/hooks", "activities", "internal/applicants", "internal/consent", "internal/credential", "internal/durations", "internal/evidence", "internal/identity", "internal/ledger", "internal/lists",
		"internal/onboarding", "internal/policy", "internal/program", "internal/telemetry", "internal/validate", "internal/vault/...", "internal/vendors/...", "internal/web/...", "internal/witness"},
	"internal/onebox": {"workflows", "internal/invitations", "internal/hooks", "internal/app", "internal/applicants", "internal/devstack/...", "internal/evidence", "internal/identity", "internal/stackfile", "internal/telemetry"},
	"cmd/vouchsafe":   {"deploy/client", "internal/app", "internal/client", "internal/evidence", "internal/identity", "internal/ledger", "internal/onboarding", "internal/program", "internal/stackfile", "internal/witness"},
	"cmd/vouchsafe-dev": {"workflows", "internal/app", "internal/applicants", "internal/client", "internal/demo", "internal/devstack/...", "internal/evidence",
		"internal/onboarding", "internal/onebox", "internal/program", "internal/stackfile", "internal/telemetry", "internal/vault/..."},
}

// owned are packages of others that only some of ours may import.
var owned = []struct{ what, owners, why string }{
	{"go.temporal.io/server", "internal/devstack", "the engine is for one machine; production has a cluster"},
	{"github.com/temporalio/ui-server", "internal/devstack", "as the engine"},
	{"github.com/versity/versitygw", "internal/devstack", "as the engine"},
	{"modernc.org/sqlite", "internal/devstack", "it is the engine's store and no store of ours"},
	{"database/sql", "internal/devstack", "two stores and no third: Temporal and S3"},
	{"github.com/aws/aws-sdk-go-v2", "internal/evidence internal/vault", "others see objects and keys, not AWS"},
	{"github.com/tink-crypto", "internal/vault", "one place where keys are used"},
	{"github.com/go-resty/resty", "internal/vendors/outbound", "one HTTP client, which refuses fields that are not on the vendor's list"},
	{"github.com/wneessen/go-mail", "internal/vendors/mail", "letters leave at one place"},
	{"github.com/danielgtaylor/huma", "internal/web/api", "the API's form is the API's affair"},
	{"github.com/caarlos0/env", "internal/app", "the environment is read at one place"},
	{"github.com/alecthomas/kong", "cmd", "flags are for commands"},
	{"golang.org/x/mod", "internal/witness", "one place makes and proves the signed log"},
	{"github.com/klauspost/compress", "internal/web", "what may be compressed is decided at one place"},
	{"github.com/prometheus", "internal/telemetry", "others count by OpenTelemetry"},
	{"go.temporal.io/sdk/client", "internal/app internal/applicants internal/invitations internal/telemetry internal/devstack internal/onebox cmd/vouchsafe-dev", "faces speak to Temporal through the service"},
	{"go.temporal.io/sdk/worker", "workflows internal/app internal/onebox cmd/vouchsafe-dev", "workers are started at one place"},
	{"github.com/chromedp", "nobody", "a browser is for tests"},
	{"testing", "internal/devstack/sandbox/sandboxtest internal/evidence/evidencetest internal/vendors/granttest internal/clamav/clamavtest internal/access/accesstest internal/paper/papertest internal/shelf/shelftest", "programs do not link the test framework"},
}

// never are packages that a package and all below it may not import at all.
var never = map[string][]string{
	// Deterministic: no clock but the workflow's, no chance, no outside.
	"workflows": {"net", "os", "io/fs", "math/rand", "crypto/rand", "log", "sync", "runtime", "syscall", "go.temporal.io/sdk/client", "go.temporal.io/sdk/activity", "go.opentelemetry.io"},
	// Pure: a decision is a function of what stands in its arguments.
	"internal/policy": {"net", "os", "io", "math/rand", "crypto/rand", "log", "sync", "context", "database", "embed", "runtime", "syscall"},
	// Words and rules only.
	"internal/onboarding": {"net", "os", "io", "log", "math/rand", "crypto", "context"},
	"internal/consent":    {"net", "os", "log"},
	"internal/assess":     {"net", "os", "io", "log", "math/rand", "crypto/rand", "context"},
	"internal/ledger":     {"net", "os", "log"},
}

// standardOnly are packages that import nothing from outside the house and the
// standard library.
var standardOnly = []string{"internal/onboarding", "internal/policy", "internal/ledger", "internal/consent", "internal/stackfile", "deploy/client", "internal/client", "internal/identity"}

// onlyStandardFor lets single modules through where standardOnly says no.
var onlyStandardFor = map[string][]string{
	"internal/identity": {"github.com/google/uuid", "github.com/coreos/go-oidc", "github.com/go-jose/go-jose", "golang.org/x/oauth2"},
}

type pkg struct {
	ImportPath string
	Standard   bool
	Imports    []string
	Deps       []string
}

// packages gives every package that any of ours needs, by import path, without
// their tests.
func packages(t *testing.T) map[string]pkg {
	t.Helper()
	dec := json.NewDecoder(strings.NewReader(output(t, "go", "list", "-deps", "-json=ImportPath,Standard,Imports,Deps", "./...")))
	all := map[string]pkg{}
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all[p.ImportPath] = p
	}
}

// ours gives the in-house packages by their path below the module.
func ours(all map[string]pkg) map[string]pkg {
	out := map[string]pkg{}
	for path, p := range all {
		if short, ok := strings.CutPrefix(path, module+"/"); ok {
			out[short] = p
		}
	}
	return out
}

// under says whether path is prefix or stands below it.
func under(path, prefix string) bool { return path == prefix || strings.HasPrefix(path, prefix+"/") }

// row finds the table's row for a package.
func row(name string) ([]string, bool) {
	if may, ok := table[name]; ok {
		return may, true
	}
	for parent := name; strings.Contains(parent, "/"); {
		parent = parent[:strings.LastIndex(parent, "/")]
		if may, ok := table[parent+"/..."]; ok {
			return may, true
		}
	}
	return nil, false
}

// allowed says whether a row lets a package through.
func allowed(may []string, want string) bool {
	return slices.ContainsFunc(may, func(m string) bool {
		if below, ok := strings.CutSuffix(m, "/..."); ok {
			return under(want, below)
		}
		return m == want
	})
}

func TestArrowsRunDownwards(t *testing.T) {
	for name, p := range ours(packages(t)) {
		may, ok := row(name)
		if !ok {
			t.Errorf("%s has no row in the table of imports_test.go: give it one that says what it may import", name)
			continue
		}
		for _, i := range p.Imports {
			if short, ok := strings.CutPrefix(i, module+"/"); ok && !allowed(may, short) {
				t.Errorf("%s may not import %s", name, short)
			}
		}
	}
}

func TestTableNamesOnlyPackagesThatExist(t *testing.T) {
	have := ours(packages(t))
	for name := range table {
		name = strings.TrimSuffix(name, "/...")
		if _, ok := have[name]; !ok {
			t.Errorf("the table has a row for %s, which does not exist", name)
		}
	}
}

func TestOwnedPackagesAreImportedByTheirOwnersOnly(t *testing.T) {
	for name, p := range ours(packages(t)) {
		for _, i := range p.Imports {
			for _, o := range owned {
				if !under(i, o.what) {
					continue
				}
				if !slices.ContainsFunc(strings.Fields(o.owners), func(owner string) bool { return under(name, owner) }) {
					t.Errorf("%s imports %s; only %s may: %s", name, i, o.owners, o.why)
				}
			}
		}
	}
}

func TestPurePackagesStayPure(t *testing.T) {
	all := packages(t)
	for name, p := range ours(all) {
		for what, forbidden := range never {
			if !under(name, what) {
				continue
			}
			for _, i := range p.Imports {
				if slices.ContainsFunc(forbidden, func(f string) bool { return under(i, f) }) {
					t.Errorf("%s imports %s: %s must not", name, i, what)
				}
			}
		}
		if !slices.Contains(standardOnly, name) {
			continue
		}
		for _, i := range p.Imports {
			if all[i].Standard || under(i, module) {
				continue
			}
			if !slices.ContainsFunc(onlyStandardFor[name], func(m string) bool { return under(i, m) }) {
				t.Errorf("%s imports %s: it has the standard library only", name, i)
			}
		}
	}
}

// The whole of what a workflow can reach, not only what it imports itself.
func TestWorkflowsReachNoOutside(t *testing.T) {
	p, ok := packages(t)[module+"/workflows"]
	if !ok {
		t.Fatal("no workflows")
	}
	for _, d := range p.Deps {
		short, in := strings.CutPrefix(d, module+"/")
		if in && !allowed(table["workflows"], short) {
			t.Errorf("workflows reach %s", short)
		}
		for _, f := range []string{"github.com/aws", "github.com/go-resty/resty", "github.com/versity", "go.temporal.io/server", "github.com/tink-crypto"} {
			if under(d, f) {
				t.Errorf("workflows reach %s", d)
			}
		}
	}
}

func TestProductionDoesNotLinkTheEngines(t *testing.T) {
	all := packages(t)
	engines := []string{"go.temporal.io/server", "github.com/temporalio/ui-server", "github.com/versity/versitygw", "modernc.org/sqlite", "modernc.org/libc",
		module + "/internal/devstack", module + "/internal/onebox", module + "/internal/demo"}
	for name, p := range ours(all) {
		links := slices.ContainsFunc(p.Deps, func(d string) bool {
			return slices.ContainsFunc(engines, func(e string) bool { return under(d, e) })
		})
		mayLink := under(name, "internal/devstack") || name == "internal/onebox" || name == "cmd/vouchsafe-dev"
		if links && !mayLink {
			t.Errorf("%s links an engine of one machine: only internal/devstack, internal/onebox and cmd/vouchsafe-dev may", name)
		}
		if slices.Contains(p.Imports, module+"/internal/demo") && name != "cmd/vouchsafe-dev" {
			t.Errorf("%s imports internal/demo: only cmd/vouchsafe-dev may", name)
		}
	}
	for _, d := range all[module+"/cmd/vouchsafe"].Deps {
		if slices.ContainsFunc(engines, func(e string) bool { return under(d, e) }) {
			t.Errorf("cmd/vouchsafe links %s", d)
		}
	}
	for _, only := range []string{"internal/devstack/sandbox/sandboxtest", "internal/evidence/evidencetest", "internal/vendors/granttest", "internal/clamav/clamavtest", "internal/access/accesstest", "internal/paper/papertest", "internal/shelf/shelftest"} {
		for name, p := range ours(all) {
			if slices.Contains(p.Imports, module+"/"+only) {
				t.Errorf("%s imports %s, which is for tests", name, only)
			}
		}
	}
}
