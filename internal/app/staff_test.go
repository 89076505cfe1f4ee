package app

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestReadStaff: who may do what is read whole, or the start says what is wrong.
func TestReadStaff(t *testing.T) {
	programs := []program.Program{{ID: "support-basics"}, {ID: "health-line"}}
	read := func(body string) ([]identity.GroupRule, error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "staff.yaml")
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		return readStaff(path, programs)
	}
	got, err := read("groups:\n  - {group: vouchsafe-ops, role: ops}\n  - group: recruiters\n    role: recruiter\n    programs: [health-line]\n")
	want := []identity.GroupRule{{Group: "vouchsafe-ops", Role: "ops"}, {Group: "recruiters", Role: "recruiter", Programs: []string{"health-line"}}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	for body, says := range map[string]string{
		"groups:\n  - {group: a, role: ops, programmes: [x]}\n": "programmes",
		"groups:\n  - {group: a, role: ops, programs: [x]}\n":   `there is no program "x"`,
		"groups: ops\n": "line 1",
	} {
		if _, err := read(body); err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "VOUCHSAFE_OIDC_STAFF") {
			t.Errorf("%q: %v, want it to say %s", body, err, says)
		}
	}
	if _, err := readStaff(filepath.Join(t.TempDir(), "none.yaml"), programs); err == nil {
		t.Error("a file that is not there")
	}
	cfg := Config{MasterKey: "file:x", SMTPAddr: "x:1", PublicURL: "http://x", Clock: 1, EvidenceLockDays: 1, CheckAttempts: 1, OIDCIssuer: "https://id.example.com"}
	if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), "VOUCHSAFE_OIDC_STAFF") {
		t.Errorf("an issuer alone: %v", err)
	}
}
