package console

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestCourse says an adverse action's course, step by step, in words.
func TestCourse(t *testing.T) {
	h := newHouse(t)
	v := h.fake.cases[reviewID]
	d := h.desk(identity.RoleReviewer)
	d.get(casePath(reviewID)).is(http.StatusOK).silent("The adverse action")
	day := func(n int) time.Time { return noon.AddDate(0, 0, n) }
	v.Law = "US-CA-LA"
	v.Adverse = workflows.Adverse{PreNoticeAt: noon, WaitEnds: day(5), Rule: "15 USC 1681b(b)(3)", Contemplated: true}
	d.get(casePath(reviewID)).says("rules of US-CA-LA", "Notice The notice before an adverse action is out since 24 Nov 2026, 12:00:00 UTC.",
		"Time to answer By 15 USC 1681b(b)(3) it ends 29 Nov 2026, 12:00:00 UTC.", "The applicant has not answered.").silent("Re-investigation", "Final notice")
	v.Adverse.Disputed, v.Adverse.Answer, v.Adverse.AnsweredAt = true, workflows.AnswerStatement, day(1)
	d.get(casePath(reviewID)).says("made a statement 25 Nov 2026, 12:00:00 UTC.")
	v.Adverse.Answer = ""
	d.get(casePath(reviewID)).says("The applicant answered 25 Nov 2026")
	v.Adverse.Answer = workflows.AnswerDispute
	v.Adverse.Reinvestigation = workflows.Reinvestigation{Started: day(1), Due: day(31)}
	d.get(casePath(reviewID)).says("The applicant disputed the report 25 Nov 2026", "takes disputes from the consumer alone", "The agency has until 25 Dec 2026")
	v.Adverse.Reinvestigation.Told, v.Adverse.Reinvestigation.Extended = true, true
	d.get(casePath(reviewID)).says("We told the agency what is disputed.", "added information, so the agency has until").silent("ended")
	v.Adverse.Reinvestigation.Ended = day(9)
	for outcome, words := range map[string]string{workflows.ReinvestigatedChanged: "The report says something else now", workflows.ReinvestigatedUnchanged: "verified the report as it stood",
		workflows.ReinvestigatedOverdue: "what was disputed is not used", "new": "It ended: new"} {
		v.Adverse.Reinvestigation.Outcome = outcome
		d.get(casePath(reviewID)).says(words, "3 Dec 2026, 12:00:00 UTC.")
	}
	v.Adverse.Contemplated = false
	d.get(casePath(reviewID)).says("The adverse action is off; the application goes on.")
	v.Adverse.FinalAt, v.Adverse.Rule = day(10), ""
	d.get(casePath(reviewID)).says("Final notice It went out 4 Dec 2026, 12:00:00 UTC.", "no rule that is named").silent("is off")
}

// TestWaitsForTheApplicant: a check that the applicant holds up says so, with what
// went wrong with their last try; a detail that can be put right says that.
func TestWaitsForTheApplicant(t *testing.T) {
	h := newHouse(t)
	v := h.fake.add(erasedID, onboarding.StageValidation, onboarding.AttentionApplicant,
		onboarding.Check{Name: onboarding.CheckIdentity, Vendor: "stripe", Status: onboarding.StatusWaiting, Round: 1, WaitsFor: onboarding.AttentionApplicant, Note: "document_expired"},
		onboarding.Check{Name: onboarding.CheckAddress, Vendor: "smarty", Status: onboarding.StatusFlagged, Round: 1, Findings: []onboarding.Finding{{Code: "address_not_found"}}})
	v.Correctable = workflows.Corrects(onboarding.CheckAddress)
	d := h.desk(identity.RoleRecruiter).get(casePath(erasedID)).is(http.StatusOK)
	d.says("It waits for the applicant, on the vendor's page. Their last try did not work. The document has expired.",
		"No such address. address_not_found", "The applicant is asked to put it right")
	v.Checks[0].Status, v.Stage, v.Correctable = onboarding.StatusPassed, onboarding.StageVetting, nil
	d.get(casePath(erasedID)).silent("It waits for the applicant, on", "asked to put it right")
}

// TestOutages: a dead vendor is one line at the head of both lists, for those whom
// it concerns, however many applicants wait.
func TestOutages(t *testing.T) {
	h := newHouse(t)
	const says = "Kickbox does not answer since 10:03 UTC. Checks that need it wait and go on by themselves. Only those that stand among the failed checks need a retry."
	for _, path := range []string{listPath, failedPath} {
		h.desk(identity.RoleOps).get(path).is(http.StatusOK).silent("does not answer since")
	}
	h.fake.outages = []workflows.VendorOutage{{Vendor: "kickbox", Since: noon.Add(-117 * time.Minute), Workers: 2}, {Vendor: "findly", Since: noon.AddDate(0, 0, -1)}}
	for _, role := range identity.Roles() {
		d := h.desk(role)
		for _, path := range []string{listPath, failedPath} {
			clear(h.fake.calls)
			d.get(path).is(http.StatusOK)
			if !identity.Allowed(role, identity.ViewOutages) {
				d.silent("does not answer</strong>")
				if h.fake.calls["Outages"] > 0 {
					t.Errorf("%s of %s asks for what it does not show", path, role)
				}
				continue
			}
			d.says(says, "Findly does not answer since 12:00 UTC on 23 Nov 2026.")
		}
	}
	h.fake.failIn["Outages"] = errors.New("the inside of the house")
	h.desk(identity.RoleReviewer).get(listPath).is(http.StatusOK)
	h.fake.failIn["Outages"] = &onboarding.Error{Code: onboarding.CodeNotNow, Message: "x"}
	d := h.desk("")
	d.carry(identity.RoleOps)
	d.get(listPath).is(http.StatusConflict)
	d.get(failedPath).is(http.StatusConflict)
}
