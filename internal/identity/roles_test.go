package identity

import (
	"strings"
	"testing"
)

// golden is who may do what, as people agreed on it: every role by every action.
// A change here is a change of somebody's power and wants a second pair of eyes.
const golden = `
                 recruiter ops reviewer privacy auditor admin
view_list        yes       yes yes      yes     yes     yes
view_case        yes       yes yes      yes     yes     yes
view_timeline    yes       yes yes      yes     yes     yes
retry            no        yes no       no      no      yes
waive            no        yes no       no      no      yes
decide           no        no  yes      no      no      yes
revoke           no        no  yes      no      no      yes
verify_ledger    no        no  no       yes     yes     yes
decode_payloads  no        yes no       no      no      yes
view_findings    no        no  yes      no      no      yes
view_outages     yes       yes no       no      no      yes
allow_proof      yes       no  no       yes     no      yes
assess           yes       no  yes      no      no      yes
accommodate      yes       no  yes      no      no      yes
answer_data      no        no  no       yes     no      yes
`

func TestRoles(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(golden), "\n")
	roles := strings.Fields(lines[0])
	if len(roles) != len(Roles()) || len(lines)-1 != len(Actions()) {
		t.Fatalf("the table has %d roles and %d actions, the code %d and %d", len(roles), len(lines)-1, len(Roles()), len(Actions()))
	}
	for i, r := range Roles() {
		if roles[i] != string(r) {
			t.Errorf("role %d is %s, the table says %s", i, r, roles[i])
		}
	}
	for i, a := range Actions() {
		cells := strings.Fields(lines[i+1])
		if cells[0] != string(a) {
			t.Fatalf("action %d is %s, the table says %s", i, a, cells[0])
		}
		for j, r := range Roles() {
			if got := Allowed(r, a); got != (cells[j+1] == "yes") {
				t.Errorf("%s may %s: %v, the table says %s", r, a, got, cells[j+1])
			}
		}
	}
}

// TestWhatTheTableDoesNotSay is forbidden.
func TestWhatTheTableDoesNotSay(t *testing.T) {
	for _, r := range []Role{"", "root", "Admin", "admin ", "staff"} {
		for _, a := range Actions() {
			if Allowed(r, a) {
				t.Errorf("the role %q may %s", r, a)
			}
		}
	}
	for _, r := range Roles() {
		for _, a := range []Action{"", "erase", "VIEW_LIST", "*"} {
			if Allowed(r, a) {
				t.Errorf("%s may %q", r, a)
			}
		}
	}
}

// TestDutiesAreApart: who orders work anew does not judge what comes of it, and
// who audits changes nothing. It holds for whatever the table becomes.
func TestDutiesAreApart(t *testing.T) {
	for _, r := range Roles() {
		if r != RoleAdmin && Allowed(r, Retry) && Allowed(r, Decide) {
			t.Errorf("%s both retries and decides", r)
		}
	}
	for _, a := range []Action{Retry, Waive, Decide, Revoke} {
		for _, r := range []Role{RoleAuditor, RolePrivacy, RoleRecruiter} {
			if Allowed(r, a) {
				t.Errorf("%s may %s", r, a)
			}
		}
	}
}
