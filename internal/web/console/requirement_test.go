package console

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const certifyingID = onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000010")

// asked is what every case's certification asks for.
var asked = []program.Requirement{
	{ID: "live", Kind: program.KindLive, Title: "A call with us", Live: &program.Live{PassMark: 3, Rubric: []program.Rubric{{ID: "opening", Text: "Says who they are", Max: 2}, {ID: "closing", Text: "Says what comes next", Max: 2}}}},
	{ID: "equipment", Kind: program.KindEquipment, Title: "Your line", Equipment: &program.Equipment{}},
	{ID: "listening", Kind: program.KindListening, Title: "Six calls", Listening: &program.Listening{}},
	{ID: "tax", Kind: program.KindTax, Title: "Tax details", Tax: &program.Tax{Form: "w9"}},
}

func nothing(*workflows.StaffView) bool { return true }

// certifying is a case in which staff are asked for something of each kind.
func (f *fake) certifying() *workflows.StaffView {
	v := f.add(certifyingID, onboarding.StageCertification, onboarding.AttentionRecruiter)
	v.Required = []workflows.RequirementLine{
		{ID: "live", Kind: program.KindLive, Status: workflows.RequirementWaiting, Attempt: 2, Attempts: 1, Slot: noon, Booked: noon.Add(-48 * time.Hour)},
		{ID: "equipment", Kind: program.KindEquipment, Status: workflows.RequirementWaiting, Attempt: 1, Declared: true},
		{ID: "listening", Kind: program.KindListening, Status: workflows.RequirementOpen, Attempt: 1, Asked: noon},
		{ID: "tax", Kind: program.KindTax, Status: workflows.RequirementPassed, Attempt: 1, PassedAt: noon},
	}
	return v
}

// TestRequirementsAreShown: each with its title and how far it is, and to each role
// just what it may do about it.
func TestRequirementsAreShown(t *testing.T) {
	h := newHouse(t)
	h.fake.certifying()
	at := casePath(certifyingID) + "/requirements/"
	for _, role := range identity.Roles() {
		d := h.desk(role)
		d.get(casePath(certifyingID)).is(http.StatusOK, "A call with us", "booked for 2026-11-24 12:00 UTC", "declared, waits for a person", "asks for another way", "Tax details", "given")
		for path, action := range map[string]identity.Action{"live/score": identity.Assess, "equipment/judge": identity.Assess, "listening/answer": identity.Accommodate,
			"live/let-go": identity.Accommodate, "listening/let-go": identity.Accommodate} {
			if shown := strings.Contains(d.body, `href="`+at+path+`"`); shown != identity.Allowed(role, action) {
				t.Errorf("%s: %s shown %t", role, path, shown)
			}
		}
		d.silent(at+"tax/", at+"listening/score", at+"equipment/score", at+"live/judge", at+"live/answer")
	}
	h.fake.cases[certifyingID].Stage = onboarding.StageWithdrawn
	h.desk(identity.RoleRecruiter).get(casePath(certifyingID)).is(http.StatusOK).silent(at)
}

func TestLiveIsScored(t *testing.T) {
	h := newHouse(t)
	h.fake.certifying()
	d := h.desk(identity.RoleRecruiter)
	path := casePath(certifyingID) + "/requirements/live/score"
	d.get(path).is(http.StatusOK, "Says who they are", "3 of 4 points")
	d.submit("came", "yes", "points-opening", "2", "remark", "Calm").is(http.StatusUnprocessableEntity, "Choose the points for: Says what comes next")
	d.submit("came", "yes", "points-opening", "2", "points-closing", "1", "remark", "").is(http.StatusUnprocessableEntity, "Enter a remark")
	d.submit("came", "yes", "points-opening", "2", "points-closing", "1", "remark", "Calm and clear").is(http.StatusOK, "The scores are on record")
	d.get(path)
	d.submit("came", "no", "remark", "Nobody answered").is(http.StatusOK)
	want := []deedDone{{"score", "live", "Calm and clear", certifyingID, 2, d.actor(), "false map[closing:1 opening:2]"},
		{"score", "live", "Nobody answered", certifyingID, 2, d.actor(), "true map[]"}}
	if len(h.fake.deeds) != 2 || h.fake.deeds[0] != want[0] || h.fake.deeds[1] != want[1] {
		t.Errorf("%+v", h.fake.deeds)
	}
	d.get(path)
	h.fake.cases[certifyingID].Required[0].Attempt = 3
	d.submit("came", "no", "remark", "again").is(http.StatusConflict, "Somebody was faster")
	h.fake.cases[certifyingID].Required[0].Slot = time.Time{}
	d.get(path).is(http.StatusConflict, "does not wait for anybody")
}

func TestOtherDutiesAreDone(t *testing.T) {
	h := newHouse(t)
	h.fake.certifying()
	d := h.desk(identity.RoleReviewer)
	at := casePath(certifyingID) + "/requirements/"
	d.get(at+"equipment/judge").is(http.StatusOK, "Your line")
	d.submit("reason", "Called back").is(http.StatusUnprocessableEntity, "Choose whether it is enough")
	d.submit("pass", "yes", "reason", "Called back").is(http.StatusOK, "on record")
	d.get(at+"listening/answer").is(http.StatusOK, "Six calls").leads("among the documents", casePath(certifyingID)+"/documents")
	d.submit("words", "We read it to you").is(http.StatusOK, "told")
	d.get(at + "listening/let-go").is(http.StatusOK)
	d.submit("reason", "").is(http.StatusUnprocessableEntity, "Enter a reason")
	d.submit("reason", "Does not hear").is(http.StatusOK, "was waived")
	want := []deedDone{{"judge", "equipment", "Called back", certifyingID, 1, d.actor(), "true"}, {"answer", "listening", "We read it to you", certifyingID, 0, d.actor(), ""},
		{"let go", "listening", "Does not hear", certifyingID, 0, d.actor(), ""}}
	for i, w := range want {
		if len(h.fake.deeds) != len(want) || h.fake.deeds[i] != w {
			t.Fatalf("%+v", h.fake.deeds)
		}
	}
	for _, path := range []string{"tax/let-go", "none/let-go", "tax/score"} {
		d.get(at + path).is(http.StatusConflict)
	}
}
