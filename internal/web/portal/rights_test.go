package portal

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestAskingForARestriction: the page says what stops; once proved it is shown as standing,
// on the data page too, and can be ended.
func TestAskingForARestriction(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	b.get("/apply/data").follow("Restrict what is done with your data").at("/apply/data/ask/restriction").says("no check, no report, no decision", "your application stands still")
	b.submit().says("sent a code").submit("code", rightCode).says("Since November 2, 2026 your data are stored", "End the restriction now")
	c.view.Restricted = h.fake.now()
	b.get("/apply/status").says("your application stands still")
	b.get("/apply/data").says("Since November 2, 2026 what is done with your data is restricted", "You asked for a restriction on November 2, 2026.").follow("See how far it is")
	b.submit("code", rightCode).submit().says("The restriction ended on November 2, 2026.").silent("End the restriction now")
}

// TestAskingForAnAddition: it needs words, and the copy has what stands beside the data.
func TestAskingForAnAddition(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	b.get("/apply/data").follow("Add something to your data").at("/apply/data/ask/addition")
	b.submit("words", "").is(422)
	b.get("/apply/data/ask/addition").submit("words", "The court has dropped it.").says("sent a code")
	if h.requests.words != "The court has dropped it." {
		t.Errorf("%q was asked", h.requests.words)
	}
	h.requests.beside = []applicants.Amendment{{At: h.fake.now(), Words: "The court has <dropped> it."}}
	b.get("/apply/data/copy").says("What you had put beside it", "The court has <dropped> it.")
}

// TestClosingTheAccount: the page says what ends, what is erased on which day and what is
// kept by law; once proved, the day stands on the request's page, and it can be called off.
//
// Promise 59.
func TestClosingTheAccount(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	day := h.fake.now().Add(policy.CloseTime).Format("January 2, 2006")
	b.get("/apply/withdraw").follow("close your account").at("/apply/close")
	b.get("/apply/data").follow("Close your account").at("/apply/close").
		says("Your application ends at once", "your data are erased on "+day, "15 USC 1681p", "until November 2, 2031", "send a code").silent("26 CFR", "has ended already")
	b.submit().says("sent a code").submit("code", rightCode).says("Your account is closed. Your data are erased on "+day, "Keep my data after all")
	b.get("/apply/close").says("You have asked for this already").follow("Look at your request")
	b.submit("code", rightCode).submit().says("You have asked us to keep your data").silent("Keep my data after all")
	if v := h.requests.all[string(c.view.Applicant)+".00000001"]; v == nil || v.Kind != workflows.RequestClose || v.From != workflows.RequestFromPortal {
		t.Errorf("%+v", v)
	}
	c.view.Adverse.PreNoticeAt = h.fake.now()
	b.get("/apply/close").says("our privacy officer looks at it first")
	c.view.Edition.Controller.Role, c.view.Edition.Controller.Name = "processor", "Acme Client"
	b.get("/apply/close").says("Acme Client", "only they may decide").silent("What is kept by law")
	h.browser().get("/apply/close").is(401)
}
