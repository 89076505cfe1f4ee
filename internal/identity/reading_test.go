package identity_test

import (
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestReads holds each role to the table of role and purpose; a purpose that is not in
// the list is nobody's, and the zero Reading is refused.
//
// Promise 20.
func TestReads(t *testing.T) {
	want := map[identity.Role]string{
		identity.RoleRecruiter: "help answer work ticket seek list follow", identity.RoleOps: "help ticket seek list follow",
		identity.RoleReviewer: "weigh help answer prove read work ticket seek list follow", identity.RolePrivacy: "help answer prove read work hold ticket seek list follow",
		identity.RoleAuditor: "prove hold ticket seek list follow", identity.RoleAdmin: "weigh help answer prove read work hold ticket seek list follow",
	}
	short := map[identity.Purpose]string{identity.ToWeigh: "weigh", identity.ToHelp: "help", identity.ToAnswer: "answer", identity.ToProve: "prove",
		identity.ToRead: "read", identity.ToWork: "work", identity.ToHold: "hold", identity.ToTicket: "ticket", identity.ToSeek: "seek", identity.ToList: "list", identity.ToFollow: "follow"}
	if len(identity.Purposes()) != len(short) {
		t.Errorf("there are %d purposes, and %d here", len(identity.Purposes()), len(short))
	}
	for _, role := range identity.Roles() {
		who := identity.Staff{ID: "1", Role: role}
		var got []string
		for _, p := range identity.Purposes() {
			as, err := who.Reads(p)
			if err == nil {
				got = append(got, short[p])
				if as.Purpose() != p || as.Actor() != who.Actor() || as.Check() != nil {
					t.Errorf("%s: %+v", role, as)
				}
			} else if onboarding.CodeOf(err) != onboarding.CodeNotAllowed || as.Check() == nil {
				t.Errorf("%s %s: %v", role, p, err)
			}
		}
		if strings.Join(got, " ") != want[role] {
			t.Errorf("%s reads to %v, want %s", role, got, want[role])
		}
		if _, err := who.Reads("to please a friend"); err == nil {
			t.Errorf("%s reads for what is not in the list", role)
		}
	}
	if (identity.Reading{}).Check() == nil {
		t.Error("the zero Reading is one")
	}
}

// TestKeyReads: a key reads for what some role that has the action reads for.
//
// Promise 20.
func TestKeyReads(t *testing.T) {
	k := identity.NewKey("acme", []identity.Action{identity.ReadNotes, identity.OpenReport}, nil)
	if _, err := k.Reads(identity.ReadNotes, identity.ToWork); err != nil {
		t.Error(err)
	}
	if _, err := k.Reads(identity.OpenReport, identity.ToWeigh); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		a identity.Action
		p identity.Purpose
	}{{identity.ViewFindings, identity.ToWeigh}, {identity.OpenReport, "to please a friend"}, {identity.OpenReport, ""}} {
		if _, err := k.Reads(c.a, c.p); onboarding.CodeOf(err) != onboarding.CodeNotAllowed {
			t.Errorf("%s %q: %v", c.a, c.p, err)
		}
	}
}

// TestEachDocumentHasAPurpose: who may open a kind of document has a purpose to choose.
func TestEachDocumentHasAPurpose(t *testing.T) {
	for _, rule := range identity.Rules() {
		if !strings.HasPrefix(string(rule.Action), "open_") {
			continue
		}
		for _, role := range rule.Roles {
			if len(identity.ToOpenFor(role)) == 0 {
				t.Errorf("%s may %s, for nothing", role, rule.Action)
			}
		}
	}
}
