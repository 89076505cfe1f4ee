package identity

import (
	"strings"
	"testing"
)

// golden is who may do what, as people agreed on it: every role by every action.
// A change here is a change of somebody's power and wants a second pair of eyes.
const golden = `
                 recruiter ops reviewer privacy auditor admin reach
view_list        yes       yes yes      yes     yes     yes   own programs
search           yes       yes yes      yes     yes     yes   own programs
share_views      yes       yes yes      no      no      yes   house
view_case        yes       yes yes      yes     yes     yes   own programs
view_timeline    yes       yes yes      yes     yes     yes   own programs
retry            no        yes no       no      no      yes   own programs
waive            no        yes no       no      no      yes   own programs
use_vendor       no        yes no       no      no      yes   own programs
pause_vendor     no        yes no       no      no      yes   all programs
decide           no        no  yes      no      no      yes   own programs
revoke           no        no  yes      no      no      yes   own programs
verify_ledger    no        no  no       yes     yes     yes   own programs
decode_payloads  yes       yes yes      yes     yes     yes   own programs
view_findings    no        no  yes      no      no      yes   own programs
view_outages     yes       yes no       no      no      yes   house
allow_proof      yes       no  no       yes     no      yes   own programs
assess           yes       no  yes      no      no      yes   own programs
accommodate      yes       no  yes      no      no      yes   own programs
answer_data      no        no  no       yes     no      yes   own programs
instruct_data    no        no  no       no      no      yes   own programs
read_notes       yes       no  yes      yes     no      yes   own programs
write_note       yes       no  yes      yes     no      yes   own programs
assign_case      yes       no  no       no      no      yes   own programs
open_application yes       no  yes      yes     no      yes   own programs
open_consent     yes       no  yes      yes     yes     yes   own programs
open_report      no        no  yes      yes     no      yes   own programs
open_letter      yes       no  yes      yes     no      yes   own programs
open_file        no        no  yes      yes     no      yes   own programs
open_agreement   yes       no  yes      yes     no      yes   own programs
open_written_checks       yes yes yes yes yes yes own programs
open_written_requirements yes no  yes yes no  yes own programs
open_written_decisions    no  no  yes yes no  yes own programs
open_certificate yes       no  yes      yes     no      yes   own programs
apply            no        no  no       no      no      yes   own programs
correct          no        no  no       no      no      yes   own programs
view_invitations yes       yes yes      yes     yes     yes   own programs
invite           yes       no  no       no      no      yes   own programs
view_holds       no        no  no       yes     yes     yes   own programs
set_hold         no        no  no       yes     no      yes   own programs
view_onward      no        no  no       yes     yes     yes   own programs
open_kept        no        no  no       yes     no      yes   own programs
view_tickets     yes       yes yes      yes     yes     yes   own programs
view_all_tickets no        no  no       yes     yes     yes   own programs
open_ticket      yes       yes yes      yes     no      yes   own programs
announce         yes       no  no       no      no      yes   own programs
read_statistics  yes       yes yes      yes     yes     yes   own programs
take_complaint   yes       yes yes      yes     no      yes   own programs
answer_complaint no        no  no       yes     no      yes   own programs
roll_out         no        no  no       yes     no      yes   all programs
view_retention   no        no  no       yes     yes     yes   all programs
purge            no        no  no       yes     no      yes   all programs
view_process     no        no  no       yes     yes     yes   all programs
ask_process      no        no  no       yes     no      yes   all programs
approve_process  no        no  no       yes     no      yes   all programs
read_programs    yes       yes yes      yes     yes     yes   house
view_lists       no        yes no       no      yes     yes   house
refresh_lists    no        yes no       no      no      yes   all programs
view_access      no        no  no       no      yes     yes   all programs
manage_keys      no        no  no       no      no      yes   all programs
end_sessions     no        no  no       no      no      yes   all programs
view_webhooks    no        yes no       no      no      yes   own programs
replay_webhooks  no        yes no       no      no      yes   own programs
manage_webhooks  no        no  no       no      no      yes   own programs
`

func TestRoles(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(golden), "\n")
	roles := strings.Fields(lines[0])
	if len(roles)-1 != len(Roles()) || len(lines)-1 != len(Actions()) {
		t.Fatalf("the table has %d roles and %d actions, the code %d and %d", len(roles)-1, len(lines)-1, len(Roles()), len(Actions()))
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
		if reach := strings.Join(cells[len(Roles())+1:], " "); reach != string(a.Reach()) {
			t.Errorf("%s reaches %q, the table says %q", a, a.Reach(), reach)
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

// TestOwnPrograms: a person's or a key's own programs bound what is done with
// applicants, and keep from them what touches every program.
func TestOwnPrograms(t *testing.T) {
	own := Staff{ID: "1", Role: RoleAdmin, Programs: []string{"one", "two"}}
	all := Staff{ID: "2", Role: RoleAdmin}
	key := Key{ID: "k", every: true, programs: own.Programs}
	for _, r := range Rules() {
		for _, tt := range []struct {
			program string
			want    bool
		}{{"one", r.Reach != OfAll}, {"two", r.Reach != OfAll}, {"three", r.Reach == OfHouse}, {"", r.Reach == OfHouse}} {
			if own.May(r.Action, tt.program) != tt.want || key.May(r.Action, tt.program) != tt.want {
				t.Errorf("%s in %q: %v and %v, want %v", r.Action, tt.program, own.May(r.Action, tt.program), key.May(r.Action, tt.program), tt.want)
			}
			if !all.May(r.Action, tt.program) {
				t.Errorf("%s in %q is kept from one whose programs are all", r.Action, tt.program)
			}
		}
		if want := r.Reach != OfAll; own.MayAny(r.Action) != want || key.MayAny(r.Action) != want || !all.MayAny(r.Action) {
			t.Errorf("%s in any: %v and %v, want %v", r.Action, own.MayAny(r.Action), key.MayAny(r.Action), want)
		}
	}
}

// TestKeyOfSomeActions: a key does what it names and nothing else.
func TestKeyOfSomeActions(t *testing.T) {
	k := Key{ID: "k", actions: []Action{ViewList, "erase"}}
	for _, a := range append(Actions(), "erase", "") {
		if k.MayAny(a) != (a == ViewList) || k.May(a, "one") != (a == ViewList) || (Key{}).MayAny(a) {
			t.Errorf("%q: %v", a, k.MayAny(a))
		}
	}
}
