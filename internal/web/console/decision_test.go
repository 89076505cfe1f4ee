package console

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// oregon is a form such as the places have.
var oregon = policy.Form{Title: "Individualized assessment: Portland", Citation: "PCC 23.10.030", AtNotice: true, CopyToApplicant: true, Factors: []policy.Factor{
	{ID: "nature_gravity", Text: "The nature and the gravity of what was done", Hint: "What was done, not only what it is called."},
	{ID: "time_passed", Text: "How much time has passed", Hint: "Since any sentence ended."},
	{ID: "duties", Text: "The duties of the work", Hint: "What an agent does day by day."},
}}

// TestAssessment: a decision against the applicant needs every factor weighed; what
// was typed is kept, and each fault stands at its own field.
func TestAssessment(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[reviewID].Form = oregon
	d := h.desk(identity.RoleReviewer)
	at := casePath(reviewID) + "/decision"
	d.get(at).leads("among the documents", casePath(reviewID)+"/documents").is(http.StatusOK, `id="factor-nature_gravity"`, `id="factor-time_passed"`, `id="factor-duties"`).
		says(oregon.Title, "weigh each of these in writing (PCC 23.10.030)", "The applicant gets a copy.", oregon.Factors[1].Text, oregon.Factors[1].Hint)
	d.submit("ruling", "adverse", "reason", "Seen.", "factor-nature_gravity", "A theft at work.", "factor-time_passed", "two words").
		problem("factor-time_passed", "under “How much time has passed”").problem("factor-duties", "under “The duties of the work”")
	if d.value("factor-nature_gravity") != "A theft at work." || d.value("factor-time_passed") != "two words" || d.value("ruling") != "adverse" || d.value("reason") != "Seen." {
		t.Errorf("what was typed is lost:\n%s", d.body)
	}
	if d.href("Nothing is weighed under “The duties of the work”. Write at least 3 words on it; if nothing is known, say so.") != "#factor-duties" {
		t.Errorf("the summary does not lead to the field:\n%s", d.body)
	}
	d.submit("factor-duties", strings.Repeat("x ", 1500)).problem("factor-duties", "2000 at most")
	if len(h.fake.deeds) != 0 {
		t.Fatalf("decided all the same: %+v", h.fake.deeds)
	}
	who := d.actor()
	d.submit("factor-time_passed", "Nine years and more.", "factor-duties", "Telephone, at home.").is(http.StatusOK).says("Your decision is on record")
	want := deedDone{what: "decide adverse", words: "Seen.", id: reviewID, by: who,
		assessment: "map[duties:Telephone, at home. nature_gravity:A theft at work. time_passed:Nine years and more.]"}
	if len(h.fake.deeds) != 1 || h.fake.deeds[0] != want {
		t.Errorf("done: %+v, not %+v", h.fake.deeds, want)
	}
}

// TestAssessmentIsForAdverseAlone: whoever lets the application go on owes none, and
// what they typed all the same is not kept.
func TestAssessmentIsForAdverseAlone(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleReviewer)
	at := casePath(reviewID) + "/decision"
	d.get(at).is(http.StatusOK).silent("factor-", "Individualized")
	h.fake.cases[reviewID].Form = oregon
	d.get(at).submit("reason", "x").problem("ruling-0", "Choose a decision")
	d.silent(`id="factor-duties-why"`)
	d.get(at).submit("ruling", "proceed", "reason", "Another person's.", "factor-duties", "two words").is(http.StatusOK)
	if len(h.fake.deeds) != 1 || h.fake.deeds[0].what != "decide proceed" || h.fake.deeds[0].assessment != "" {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestFormChangedMeanwhile: what the service says of a factor stands at its field;
// what it says of the form as a whole is a page of its own.
func TestFormChangedMeanwhile(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[reviewID].Form = oregon
	d := h.desk(identity.RoleReviewer)
	full := form("ruling", "adverse", "reason", "Seen.", "factor-nature_gravity", "a b c", "factor-time_passed", "a b c", "factor-duties", "a b c")
	h.fake.failIn["decide"] = onboarding.Invalid("duties", "Nothing is weighed there.", "Write some words.")
	d.post(casePath(reviewID)+"/decision", full).problem("factor-duties", "Nothing is weighed there.")
	h.fake.failIn["decide"] = onboarding.Invalid("assessment", "The form is another one now.", "Open it again.")
	d.post(casePath(reviewID)+"/decision", full).is(http.StatusUnprocessableEntity).says("The form is another one now.")
	h.fake.failIn["decide"] = &onboarding.Error{Code: onboarding.CodeNotNow, Message: "You have given your decision; this program asks for a second reviewer's.", Hint: "Somebody else must look at it."}
	d.post(casePath(reviewID)+"/decision", full).is(http.StatusConflict).says("this program asks for a second reviewer's")
	h.fake.cases[reviewID].Reviews = 3
	full.Set("review", "2")
	d.post(casePath(reviewID)+"/decision", full).is(http.StatusConflict, "another review")
}

// TestHostileAssessment: what a reviewer types comes back as text, at its field.
func TestHostileAssessment(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[reviewID].Form = oregon
	d := h.desk(identity.RoleAdmin)
	for _, text := range hostileTexts {
		d.post(casePath(reviewID)+"/decision", url.Values{"ruling": {"adverse"}, "reason": {text}, "factor-duties": {text}}).problem("factor-time_passed", "under “How much time has passed”").tame(text)
	}
}

// TestSecondReviewer: who looks second is told what the first one said, and who was
// first is told that it takes somebody else.
func TestSecondReviewer(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleReviewer)
	v := h.fake.cases[reviewID]
	d.get(casePath(reviewID)).is(http.StatusOK).silent("first reviewer")
	v.Opinions = []workflows.Opinion{{Ruling: onboarding.RulingAdverse, Actor: "staff:reviewer:00000001", At: noon.Add(time.Minute)}}
	const first = "On 24 Nov 2026, 12:01:00 UTC a first reviewer (staff:reviewer:00000001) decided against the applicant. This program asks for two reviewers"
	d.get(casePath(reviewID)).is(http.StatusOK).says(first, "the same person cannot give both").leads("Decide", casePath(reviewID)+"/decision")
	d.get(casePath(reviewID) + "/decision").is(http.StatusOK).says(first)
	h.desk(identity.RoleRecruiter).get(casePath(reviewID)).says(first, "A reviewer has to decide here").leads("Decide", "")
	v.Opinions[0].Actor = d.actor()
	d.get(casePath(reviewID)).says("You have given your decision. Somebody else must give the second one.").leads("Decide", "").silent("Your role does not")
	// A page that lay open, or an address that was kept, does not offer it either.
	d.get(casePath(reviewID)+"/decision").is(http.StatusConflict).says("You have given your decision; this program asks for a second reviewer's.", "Somebody else must give it.").silent("Record this decision")
	d.post(casePath(reviewID)+"/decision", form("ruling", "adverse", "reason", "Seen.")).is(http.StatusConflict).says("asks for a second reviewer's")
	if len(h.fake.deeds) != 0 {
		t.Errorf("decided twice: %+v", h.fake.deeds)
	}
	v.Opinions[0].Actor = workflows.Actor(strings.Replace(string(d.actor()), "reviewer", "admin", 1)) // the same person in another role
	d.get(casePath(reviewID)+"/decision").is(http.StatusConflict, "You have given your decision")
	v.Review, v.Opinions[0].Ruling = false, onboarding.RulingProceed
	d.get(casePath(reviewID)).silent("first reviewer", "You have given")
	if rulingWords("tomorrow's") != "tomorrow's" || rulingWords(onboarding.RulingReview) == "" || rulingWords(onboarding.RulingProceed) != "to go on" {
		t.Error("a ruling without words")
	}
}

// TestCandidates: what may lead to an adverse action by the program's rules is
// marked, in words, where it is decided and where it is read.
func TestCandidates(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleReviewer)
	d.get(casePath(reviewID) + "/decision").silent("may count against them")
	h.fake.cases[reviewID].Ruling.Reasons[0].Candidate = true
	for _, path := range []string{"", "/decision"} {
		d.get(casePath(reviewID) + path).is(http.StatusOK).says("may count against them a felony needs a person")
	}
}
