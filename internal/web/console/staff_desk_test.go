package console

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestNotesAreReadOnTheRecord: a case's page says who wrote when, and the words stand
// on a page that is recorded before it is shown.
func TestNotesAreReadOnTheRecord(t *testing.T) {
	h := newHouse(t)
	h.fake.timelines[reviewID] = []applicants.Event{{Record: ledger.Record{Seq: 7, At: noon, Kind: ledger.KindNote, Actor: "staff:recruiter:0badcafe", Sealed: []byte("x")}, Says: "a note"}}
	h.fake.notes[reviewID] = []applicants.Note{{Number: 9, At: noon, Actor: "staff:reviewer:feedf00d", Words: "It was Tuesday.", Corrects: 7},
		{Number: 7, At: noon, Actor: "staff:recruiter:0badcafe", Words: "Called on <b>Monday</b>.", CorrectedBy: 9}}
	d := h.desk(identity.RoleRecruiter).get(casePath(reviewID)).is(http.StatusOK).says("Note 7", "0badcafe, recruiter").silent("Monday").leads("Read the notes", casePath(reviewID)+"/notes")
	if len(h.fake.looks) != 0 {
		t.Errorf("looked: %v", h.fake.looks)
	}
	d.get(casePath(reviewID)+"/notes").is(http.StatusOK).says("That you read the notes stands in the applicant's ledger.", "Called on <b>Monday</b>.", "It was Tuesday.", "Corrects note 7", "Note 9 says what is right.")
	if len(h.fake.looks) != 1 || !strings.HasPrefix(h.fake.looks[0], "notes staff:recruiter:") {
		t.Errorf("looked: %v", h.fake.looks)
	}
	d.get(casePath(reviewID)+"/notes?corrects=9").says("What is right instead of note 9").submit("note", "").problem("note", "Enter a note")
	d.submit("note", "It was Wednesday.").is(http.StatusOK, "Your note is kept with the case.")
	if n := len(h.fake.deeds); n != 1 || h.fake.deeds[0].words != "It was Wednesday." || h.fake.deeds[0].round != 9 || h.fake.deeds[0].check == "" {
		t.Errorf("%+v", h.fake.deeds)
	}
	h.desk(identity.RoleOps).get(casePath(reviewID)).says("Note 7").leads("Read the notes", "")
	h.desk(identity.RoleOps).get(casePath(reviewID) + "/notes").is(http.StatusForbidden)
}

// TestCaseChangesHands: it is taken with one button, given to somebody, handed back;
// a page that lay open meanwhile does nothing.
func TestCaseChangesHands(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleRecruiter).get(casePath(failedID)).says("Nobody has this case.")
	stale := d.doc
	d.submit("do", "take").is(http.StatusOK, "The case has changed hands.", "You have this case").says("Hand it back")
	me := h.fake.cases[failedID].Recruiter
	if len(me) < 8 {
		t.Fatalf("the case is %q's", me)
	}
	d.doc = stale
	d.post(casePath(failedID)+"/recruiter", form("was", "", "do", "take")).is(http.StatusConflict)
	d.get(casePath(failedID)+"/recruiter").says("You have it", me).post(casePath(failedID)+"/recruiter", form("was", me, "to", "")).problem("to", "Enter a staff ID")
	d.post(casePath(failedID)+"/recruiter", form("was", me, "to", "feedf00d")).is(http.StatusOK).says("feedf00d has this case")
	recruits := func(programs ...string) []identity.Choice {
		return []identity.Choice{{Role: identity.RoleOps}, {Role: identity.RoleRecruiter, Programs: programs}}
	}
	for id, e := range map[string]identity.Entry{"feedf00d": {Name: "Noor Example", Roles: recruits("other", "support-basics")}, me: {Name: "Mina Example", Roles: recruits()}} {
		if err := h.console.Directory.Note(t.Context(), id, e); err != nil {
			t.Fatal(err)
		}
	}
	d.get(casePath(failedID)).says("Noor Example has this case")
	d.get(casePath(failedID)+"/recruiter").says("Mina Example (you)").post(casePath(failedID)+"/recruiter", form("was", "feedf00d", "do", "back")).is(http.StatusOK).says("handed back", "Nobody has this case")
	h.desk(identity.RoleReviewer).get(casePath(failedID)).silent(">Take it<").get(casePath(failedID) + "/recruiter").is(http.StatusForbidden)
	h.fake.cases[failedID].Stage = onboarding.StageWithdrawn
	d.get(casePath(failedID)).says("Nobody has this case any more.").silent(">Take it<")
}

// TestWhoCanBeGivenACase: those who may have one of the program, and nobody else of
// the directory.
func TestWhoCanBeGivenACase(t *testing.T) {
	h := newHouse(t)
	note := func(id, name string, roles ...identity.Choice) {
		t.Helper()
		if err := h.console.Directory.Note(t.Context(), id, identity.Entry{Name: name, Roles: roles}); err != nil {
			t.Fatal(err)
		}
	}
	at := casePath(failedID) + "/recruiter"
	d := h.desk(identity.RoleRecruiter)
	d.get(at).is(http.StatusOK, "Staff ID of who gets it") // nobody is known yet
	note("00000001", "Rita Reviewer", identity.Choice{Role: identity.RoleReviewer})
	note("00000002", "Otto Other", identity.Choice{Role: identity.RoleRecruiter, Programs: []string{"other"}})
	note("00000003", "Agnes Auditor", identity.Choice{Role: identity.RoleAuditor}, identity.Choice{Role: identity.RoleOps})
	note("00000004", "Lena Longago")
	d.get(at).is(http.StatusOK).says("Nobody else is known who may have cases of this program").silent("Rita", "Otto", "Agnes", "Lena", "Staff ID of who gets it")
	d.post(at, form("was", "", "to", "00000001")).is(http.StatusOK).says("Nobody else is known")
	note("00000005", "Rosa Recruiter", identity.Choice{Role: identity.RoleReviewer}, identity.Choice{Role: identity.RoleRecruiter, Programs: []string{"support-basics"}})
	note("00000006", "Adam Admin", identity.Choice{Role: identity.RoleAdmin})
	d.get(at).is(http.StatusOK).says("Rosa Recruiter", "Adam Admin").silent("Rita", "Otto", "Agnes", "Lena")
	d.submit("to", "00000005").is(http.StatusOK).says("Rosa Recruiter has this case")
	d.get(at).says("Adam Admin").silent(`name="to" value="00000005"`)
}

// TestWhoHasACaseDoesNotDecide about it, and is told why there is no button.
func TestWhoHasACaseDoesNotDecide(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin).get(casePath(reviewID)).leads("Decide", casePath(reviewID)+"/decision")
	d.submit("do", "take").is(http.StatusOK).says("so somebody else must decide about it").leads("Decide", "")
	d.get(casePath(reviewID)+"/decision").is(http.StatusConflict, "somebody else must decide")
}

// TestWhatIsBeingTried: how often, why the last try did not come off, when the next is.
func TestWhatIsBeingTried(t *testing.T) {
	h := newHouse(t)
	k := &h.fake.cases[failedID].Checks[0]
	k.Status, k.Problem = onboarding.StatusRunning, ""
	h.fake.progress[failedID] = applicants.Progress{Version: "1", Tries: []applicants.Try{{Vendor: "kickbox", Attempt: 4, Of: 10, Last: onboarding.CodeVendorDown, Next: noon.Add(7 * time.Minute)}}}
	h.desk(identity.RoleRecruiter).get(casePath(failedID)).says("round 2", "try 4 of 10", "Last try: the vendor did not answer", "Tried again by itself at 12:07")
	h.fake.progress[failedID] = applicants.Progress{Version: "2", Tries: []applicants.Try{{Vendor: "kickbox", Attempt: 5, Of: 10}}}
	h.desk(identity.RoleRecruiter).get(casePath(failedID)).says("try 5 of 10", "It is being tried now.")
}

// TestDocumentsByShortLivedLink: a list that opens nothing; a link for who made it, in
// their session and role, for minutes; each opening recorded with what it was for, which
// is one of the role's own purposes.
//
// Promise 20.
func TestDocumentsByShortLivedLink(t *testing.T) {
	h := newHouse(t)
	at := casePath(reviewID) + "/documents"
	d := h.desk(identity.RoleReviewer).get(casePath(reviewID)).leads("All that lies with us about this applicant", at).get(at).is(http.StatusOK).
		says("The application", "The tax form was given", "nobody opens it here").silent("Lovelace")
	d.post(at, form("document", "application")).is(http.StatusUnprocessableEntity, "Choose what you open it for")
	d.post(at, form("document", "application", "why", "curious")).is(http.StatusUnprocessableEntity)
	d.post(at, form("document", "tax/tax", "why", string(identity.ToWeigh))).is(http.StatusConflict)
	if len(h.fake.looks) != 0 {
		t.Fatalf("opened: %v", h.fake.looks)
	}
	d.post(at, form("document", "application", "why", string(identity.ToWeigh))).is(http.StatusOK, "what stands in it")
	if d.header.Get("Content-Disposition") != "attachment; filename=x.txt" || d.header.Get("X-Content-Type-Options") != "nosniff" ||
		d.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || d.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers: %v", d.header)
	}
	link := d.path
	if strings.Contains(link, "application") || len(h.fake.looks) != 1 || !strings.Contains(h.fake.looks[0], "0 fields "+string(identity.ToWeigh)) {
		t.Errorf("%s: %v", link, h.fake.looks)
	}
	h.desk(identity.RoleReviewer).get(link).is(http.StatusConflict, "opens nothing any more") // somebody else's session
	d.get(link[:len(link)-4] + "AAAA").is(http.StatusConflict)
	d.get(strings.Replace(link, string(reviewID), string(failedID), 1)).is(http.StatusConflict)
	h.later(documentTTL + time.Second)
	d.get(link).is(http.StatusConflict)
	h.later(-documentTTL - time.Second)

	r := h.desk(identity.RoleRecruiter).get(at).says("not for your role")
	r.post(at, form("document", "report/background", "why", string(identity.ToHelp))).is(http.StatusForbidden)
	r.post(at, form("document", "application", "why", string(identity.ToHelp))).is(http.StatusOK)
	if last := h.fake.looks[len(h.fake.looks)-1]; !strings.Contains(last, "7 fields") {
		t.Errorf("a recruiter gets %s", last)
	}
	if len(h.fake.looks) != 2 {
		t.Errorf("opened: %v", h.fake.looks)
	}
	// A purpose that is not the role's: denied, recorded, nothing opened.
	r.get(at).silent(string(identity.ToWeigh)).says(string(identity.ToHelp))
	r.post(at, form("document", "application", "why", string(identity.ToWeigh))).is(http.StatusForbidden, "does not read data for this purpose")
	if len(h.fake.looks) != 2 {
		t.Errorf("opened: %v", h.fake.looks)
	}
	h.desk(identity.RoleAuditor).get("/console/access").says("not what that role or key reads for: " + string(identity.ToWeigh))
	h.desk(identity.RoleOps).get(casePath(reviewID)).leads("All that lies with us about this applicant", at).get(at).
		silent(`name="document" value="application"`, `value="report/background"`, `value="written-requirements"`, `value="written-decisions"`).is(http.StatusOK, `value="written-checks"`)
}

// TestWhatWasWrittenIsOpenedByKind: each role opens the words of the kinds that it
// needs, each time on record, and is refused the others, the form sent by hand too.
func TestWhatWasWrittenIsOpenedByKind(t *testing.T) {
	h := newHouse(t)
	at := casePath(reviewID) + "/documents"
	for role, may := range map[identity.Role][]string{
		identity.RoleRecruiter: {"written-checks", "written-requirements"}, identity.RoleOps: {"written-checks"}, identity.RoleAuditor: {"written-checks"},
		identity.RoleReviewer: {"written-checks", "written-requirements", "written-decisions"}, identity.RolePrivacy: {"written-checks", "written-requirements", "written-decisions"},
		identity.RoleAdmin: {"written-checks", "written-requirements", "written-decisions"},
	} {
		d := h.desk(role)
		for _, name := range []string{"written-checks", "written-requirements", "written-decisions"} {
			h.fake.looks = nil
			if offered := strings.Contains(d.get(at).body, `value="`+name+`"`); offered != slices.Contains(may, name) {
				t.Errorf("%s is offered %s: %v", role, name, offered)
			}
			d.post(at, form("document", name, "why", string(identity.ToOpenFor(role)[0])))
			if !slices.Contains(may, name) {
				d.is(http.StatusForbidden)
				if len(h.fake.looks) != 0 {
					t.Errorf("%s has opened %v", role, h.fake.looks)
				}
				continue
			}
			if d.is(http.StatusOK, "what stands in it"); len(h.fake.looks) != 1 || !strings.HasPrefix(h.fake.looks[0], name+" "+string(d.actor())) {
				t.Errorf("%s, %s: %v", role, name, h.fake.looks)
			}
		}
		d.post(at, form("document", "written", "why", string(identity.ToOpenFor(role)[0]))).is(http.StatusConflict)
	}
}
