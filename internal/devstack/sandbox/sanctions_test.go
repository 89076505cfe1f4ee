package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
)

const (
	watchmanPath = "/watchman/v2/search?type=person&limit=20&minMatch=0.8&requestID=r&birthDate=1971-02-14&name="
	yentePath    = "/yente/match/sanctions?algorithm=logic-v2&threshold=0.7&cutoff=0.62&limit=20"
	yenteBody    = `{"queries":{"q1":{"schema":"Person","properties":{"name":["Viktor Sandboxov"],"birthDate":["1971-02-14"]}}}}`
)

func (b box) ask(method, path, body string, header ...string) (int, string) {
	b.t.Helper()
	status, _, got := b.do(method, path, body, append([]string{"Authorization", "ApiKey " + b.Keys().Yente}, header...)...)
	return status, got
}

// Watchman says the same, 200 and null, when nobody looks alike and when it has
// searched for nothing. Only its echo of the query tells.
func TestWatchmanSearchesForWhatItCanRead(t *testing.T) {
	b := open(t, sandbox.Config{})
	for path, want := range map[string]string{
		watchmanPath + "Viktor+Sandboxov": `"match":1`,
		watchmanPath + "Ada+Example":      `"entities":null`,
		watchmanPath:                      `"entities":null`,
		watchmanPath + "Ada+Unread":       `"entityType":""`,
		strings.Replace(watchmanPath, "person", "robot", 1) + "V+Sandboxov": `"person":null`,
		strings.Replace(watchmanPath, "1971-02-14", "14+Feb", 1) + "Ada":    `"birthDate":null`,
		"/watchman/v2/listinfo": `"listHashes":{"us_ofac":"`,
		strings.Replace(watchmanPath, "0.8", "none", 1) + "Viktor+Sandboxov+X": `"match":0.`,
	} {
		if status, got := b.ask(http.MethodGet, path, ""); status != 200 || !strings.Contains(got, want) {
			t.Errorf("%s: got %d %s, want %s", path, status, got, want)
		}
	}
}

// Obligation 38: no field but name and date of birth gets in, in the service's own
// words; what came is in the books by name.
func TestSanctionsServicesRefuseMoreThanNameAndDay(t *testing.T) {
	b := open(t, sandbox.Config{})
	body := func(old, new string) string { return strings.Replace(yenteBody, old, new, 1) }
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", watchmanPath + "Ada&phone=%2B12125550123", "", 400},
		{"GET", watchmanPath + "Ada&name=Eve", "", 400},
		{"GET", "/watchman/v2/listinfo?name=Ada", "", 400},
		{"POST", yentePath, body(`"birthDate"`, `"idNumber":["987654321"],"birthDate"`), 400},
		{"POST", yentePath, body(`["Viktor Sandboxov"]`, `["Viktor Sandboxov","Ada"]`), 400},
		{"POST", yentePath, body(`"Person"`, `"LegalEntity"`), 400},
		{"POST", yentePath, body(`{"queries"`, `{"weights":{},"queries"`), 400},
		{"POST", yentePath, body(`"name":["Viktor Sandboxov"],`, ""), 400},
		{"POST", yentePath, `{"queries":{}}`, 400},
		{"POST", yentePath + "&topics=sanction", yenteBody, 400},
		{"POST", strings.Replace(yentePath, "logic-v2", "best", 1), yenteBody, 400},
		{"POST", strings.Replace(yentePath, "=0.7&", "=high&", 1), yenteBody, 422},
		{"POST", strings.Replace(yentePath, "sanctions", "peps", 1), yenteBody, 404},
		{"POST", yentePath, body("Sandboxov", "Quotaspent"), 429},
	} {
		status, got := b.ask(c.method, c.path, c.body)
		shape := `{"error":"`
		if strings.HasPrefix(c.path, "/yente") {
			shape = `{"detail":"`
		}
		if status != c.status || !strings.HasPrefix(got, shape) || strings.Contains(got, "Ada") || strings.Contains(got, "987654321") {
			t.Errorf("%s %s: got %d %s", c.path, c.body, status, got)
		}
	}
	if e := b.books("?vendor=watchman")[0]; !slices.Contains(e.Fields, "phone") || !slices.Contains(e.Fields, "date_of_birth") {
		t.Errorf("the books have %+v", e)
	}
	if e := b.books("?vendor=yente")[0]; !slices.Contains(e.Parameters, "idNumber") || e.Path != "/yente/match/{dataset}" {
		t.Errorf("the books have %+v", e)
	}
}

func TestYente(t *testing.T) {
	b := open(t, sandbox.Config{})
	for _, want := range []string{`"status":200`, `"match":true`, `"total":{"relation":"eq","value":1}`, `"query":{"id":null,"properties":{"birthDate":["1971-02-14"],"name":["Viktor Sandboxov"]},"schema":"Person"}`} {
		if status, got := b.ask("POST", yentePath, yenteBody); status != 200 || !strings.Contains(got, want) {
			t.Errorf("got %d %s, want %s", status, got, want)
		}
	}
	// What it cannot read it drops, and says so by its echo.
	if status, got := b.ask("POST", yentePath, strings.Replace(yenteBody, "1971-02-14", "14 Feb", 1)); status != 200 || strings.Contains(got, `"birthDate":["14`) {
		t.Errorf("got %d %s", status, got)
	}
	for _, path := range []string{yentePath, "/yente/catalog"} {
		method := "POST"
		if path == "/yente/catalog" {
			method = "GET"
		}
		if status, got := b.ask(method, path, yenteBody, "Authorization", "ApiKey wrong"); status != 401 || !strings.Contains(got, "detail") {
			t.Errorf("%s: got %d %s", path, status, got)
		}
	}
	if _, got := b.ask("GET", "/yente/catalog", ""); !strings.Contains(got, `"index_version":"20261102063102-sbx"`) {
		t.Errorf("got %s", got)
	}
	// Faults are in its own shape, too.
	b.do("POST", "/_faults", `{"vendor":"yente","status":503,"count":1}`)
	if status, got := b.ask("POST", yentePath, yenteBody); status != 503 || !strings.HasPrefix(got, `{"detail":`) {
		t.Errorf("got %d %s", status, got)
	}
}
