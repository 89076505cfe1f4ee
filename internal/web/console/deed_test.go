package console

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// deedCase is one deed done well: by whom, to whom, with which form.
type deedCase struct {
	deed deed
	role identity.Role
	id   onboarding.ApplicantID
	path string
	form []string // the reason stands last
	want deedDone
}

func deedCases() []deedCase {
	return []deedCase{
		{retrying, identity.RoleOps, failedID, "/checks/email/retry", []string{"reason", "It is back."},
			deedDone{what: "retry", check: "email", words: "It is back.", round: 2}},
		{waiving, identity.RoleOps, failedID, "/checks/email/waive", []string{"reason", "Seen <b>on</b> paper."},
			deedDone{what: "waive", check: "email", words: "Seen <b>on</b> paper."}},
		{deciding, identity.RoleReviewer, reviewID, "/decision", []string{"ruling", "adverse", "reason", "Two records.\nBoth recent."},
			deedDone{what: "decide adverse", words: "Two records.\nBoth recent."}},
		{deciding, identity.RoleAdmin, reviewID, "/decision", []string{"ruling", "proceed", "reason", "Another person's."},
			deedDone{what: "decide proceed", words: "Another person's."}},
		{proofing, identity.RoleRecruiter, erasedID, "/proof", []string{"reason", "Called back at the old number."},
			deedDone{what: "proof", words: "Called back at the old number."}},
		{revoking, identity.RoleReviewer, certifiedID, "/revoke", []string{"category", "conduct", "reason", "Lent to another."},
			deedDone{what: "revoke", check: "conduct", words: "Lent to another."}},
	}
}

// each runs a test for each deed, at its page, in a house of its own.
func each(t *testing.T, test func(t *testing.T, h *house, d *desk, c deedCase, at string)) {
	t.Helper()
	for _, c := range deedCases() {
		t.Run(c.want.what, func(t *testing.T) {
			h := newHouse(t)
			locked := h.fake.add(erasedID, onboarding.StageValidation, onboarding.AttentionReviewer)
			locked.Unproved, locked.ProofSpent = true, true
			d, at := h.desk(c.role), casePath(c.id)+c.path
			d.get(at).is(http.StatusOK, "<h1>"+c.deed.heading+"</h1>").says(c.deed.explain).leads("No, go back", casePath(c.id))
			test(t, h, d, c, at)
		})
	}
}

// with is the case's form with another reason.
func (c deedCase) with(reason string) []string {
	return append(append([]string{}, c.form[:len(c.form)-1]...), reason)
}

// TestDeedIsDone: the service hears exactly what was typed, and of whom; the
// page that follows is one that can be loaded again.
func TestDeedIsDone(t *testing.T) {
	each(t, func(t *testing.T, h *house, d *desk, c deedCase, at string) {
		who := d.actor()
		d.submit(c.with("  " + c.form[len(c.form)-1] + " ")...).is(http.StatusOK).says(done[c.deed.name])
		if d.path != casePath(c.id)+"?done="+c.deed.name {
			t.Errorf("led to %s", d.path)
		}
		c.want.id, c.want.by = c.id, who
		if got := h.fake.deeds; len(got) != 1 || got[0] != c.want {
			t.Errorf("done: %+v, not %+v", got, c.want)
		}
		d.get(d.path).is(http.StatusOK)
		if len(h.fake.deeds) != 1 {
			t.Error("loading the page again did it again")
		}
	})
}

// TestDeedLeadsBackBySeeOther: a form's answer is no page, so that Reload and
// Back do not send the form again.
func TestDeedLeadsBackBySeeOther(t *testing.T) {
	each(t, func(t *testing.T, _ *house, d *desk, c deedCase, at string) {
		d.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		d.post(at, form(c.form...))
		if d.status != http.StatusSeeOther || d.header.Get("Location") != casePath(c.id)+"?done="+c.deed.name {
			t.Errorf("%d to %q", d.status, d.header.Get("Location"))
		}
	})
}

// TestDeedNeedsAReason: without one the form comes again, says what is missing
// at the field and in the summary, and keeps what was chosen.
func TestDeedNeedsAReason(t *testing.T) {
	each(t, func(t *testing.T, h *house, d *desk, c deedCase, at string) {
		for _, empty := range []string{"", "  \r\n\t ", "\u200b\u202e"} {
			d.get(at).submit(c.with(empty)...).problem("reason", "Enter a reason")
			if chosen := c.form[0]; len(c.form) > 2 && d.value(chosen) != c.form[1] {
				t.Errorf("the %s is %q after a missing reason, not %q", chosen, d.value(chosen), c.form[1])
			}
		}
		long := strings.Repeat("é", reasonMax+1)
		d.submit(c.with(long)...).problem("reason", "Reason must be 2000 characters or fewer")
		if d.value("reason") != long {
			t.Error("what was typed is lost")
		}
		if d.submit(c.with(strings.Repeat("paste ", 20_000))...); d.status != http.StatusRequestEntityTooLarge {
			t.Errorf("a pasted book: %d", d.status)
		}
		if len(h.fake.deeds) != 0 {
			t.Fatalf("done without a reason: %+v", h.fake.deeds)
		}
		d.get(at).submit(c.with(strings.Repeat("é", reasonMax))...).is(http.StatusOK).says(done[c.deed.name])
	})
}

// TestDecisionIsChosen: none is chosen before a person does, and neither a
// missing nor a forged one is taken.
func TestDecisionIsChosen(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleReviewer).get(casePath(reviewID) + "/decision")
	if d.value("ruling") != "" {
		t.Errorf("%q is chosen", d.value("ruling"))
	}
	d.submit("reason", "why").problem("ruling-0", "Choose a decision")
	if d.value("reason") != "why" {
		t.Error("what was typed is lost")
	}
	d.submit("reason", "").problem("ruling-0", "Choose a decision").problem("reason", "Enter a reason")
	for _, forged := range []string{"review", "<script>"} {
		d.post(casePath(reviewID)+"/decision", form("ruling", forged, "reason", "why")).problem("ruling-0", "A decision is proceed or adverse.").silent("<script>")
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestDecisionShowsItsGrounds: what was found, and each rule that spoke, also
// where policy asks for a person though no check is flagged.
func TestDecisionShowsItsGrounds(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleReviewer)
	d.get(casePath(reviewID)+"/decision").says("What was found", "background report, Findly A court record. criminal_record, felony, 1 year old", "What policy says: review", "a felony needs a person")
	v := h.fake.cases[reviewID]
	v.Checks[0].Status, v.Checks[0].Findings = onboarding.StatusWaived, nil
	v.Ruling.Reasons = []onboarding.Reason{{Rule: "not-checked", Says: "The program asks for a check that was not made."}}
	d.get(casePath(reviewID)+"/decision").is(http.StatusOK).silent("What was found").says("What policy says: review", "a check that was not made", "not-checked")
	d.submit("ruling", "proceed", "reason", " ").is(http.StatusUnprocessableEntity).says("a check that was not made") // and again with the error
}

// TestServiceFindsFault: what the service says of the reason stands at the
// reason; what it says of nothing here, on a page of its own.
func TestServiceFindsFault(t *testing.T) {
	each(t, func(t *testing.T, h *house, d *desk, c deedCase, at string) {
		h.fake.failIn[strings.Fields(c.want.what)[0]] = onboarding.Invalid("reason", "Say why, in a few words.", "It is kept.")
		d.submit(c.form...).problem("reason", "Say why, in a few words. It is kept.")
		if d.value("reason") != c.form[len(c.form)-1] {
			t.Error("what was typed is lost")
		}
	})
}

// TestDeedTwice: the second of two buttons finds that it is done.
func TestDeedTwice(t *testing.T) {
	each(t, func(t *testing.T, h *house, d *desk, c deedCase, at string) {
		if c.deed.name == revoking.name {
			h.fake.cases[c.id].Stage = onboarding.StageExpired // as the workflow leaves it
			d.submit(c.form...).is(http.StatusConflict).says("There is no certificate that stands", casePath(c.id))
			d.get(at).is(http.StatusConflict)
			return
		}
		d.post(at, form(c.form...)).is(http.StatusOK)
		d.post(at, form(c.form...)).is(http.StatusConflict).says("somebody else has just", casePath(c.id))
		d.get(at).is(http.StatusConflict)
		if len(h.fake.deeds) != 1 {
			t.Errorf("done: %+v", h.fake.deeds)
		}
	})
}

// TestSomebodyWasFaster between our look and the service's: its words are shown.
func TestSomebodyWasFaster(t *testing.T) {
	for _, code := range []onboarding.Code{onboarding.CodeNotNow, onboarding.CodeConflict} {
		each(t, func(t *testing.T, h *house, d *desk, c deedCase, _ string) {
			h.fake.failIn[strings.Fields(c.want.what)[0]] = &onboarding.Error{Code: code, Message: "Somebody was faster.", Hint: "Look at the page again.", Cause: errors.New("the inside of the house")}
			d.submit(c.form...).is(http.StatusConflict, "This is not possible now").says("Somebody was faster. Look at the page again.")
		})
	}
}

// TestRoundThatHasGoneOn: a page that lay open while somebody else retried the
// check, and it failed once more, was about another failure than the one that
// its button would now be pressed for.
func TestRoundThatHasGoneOn(t *testing.T) {
	for _, path := range []string{"/checks/email/retry", "/checks/email/waive"} {
		h := newHouse(t)
		d := h.desk(identity.RoleOps).get(casePath(failedID)+path).says("round 2", "did not answer")
		k := &h.fake.cases[failedID].Checks[0]
		k.Round, k.Problem = 3, string(onboarding.CodeVendorRefused)
		d.submit("reason", "It is back.").is(http.StatusConflict).says("round 3", casePath(failedID))
		if len(h.fake.deeds) != 0 {
			t.Errorf("%s: %+v", path, h.fake.deeds)
		}
		// Looked at again, it is known what is asked for; also after an error in the form.
		d.get(casePath(failedID)+path).says("round 3", "refused the order").submit("reason", "").problem("reason", "Enter a reason").
			submit("reason", "Corrected.").is(http.StatusOK)
		if len(h.fake.deeds) != 1 {
			t.Errorf("%s: %+v", path, h.fake.deeds)
		}
	}
}

// TestDeedsOutOfPlace: an address that was typed in gives no form for what makes
// no sense.
func TestDeedsOutOfPlace(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	h.fake.add(erasedID, onboarding.StageWithdrawn, onboarding.AttentionNone,
		onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusFailed, Round: 1})
	for _, path := range []string{
		casePath(failedID) + "/checks/phone/retry", casePath(failedID) + "/checks/phone/waive", // it passed
		casePath(failedID) + "/checks/background/retry", casePath(failedID) + "/checks/none/retry", // it is not there
		casePath(failedID) + "/checks/%3Cscript%3E/waive", casePath(reviewID) + "/checks/background/retry", // it is flagged: no retry makes that go away
		casePath(erasedID) + "/checks/email/retry", casePath(erasedID) + "/checks/email/waive", // nobody goes on
		casePath(failedID) + "/decision", casePath(certifiedID) + "/decision", casePath(failedID) + "/revoke", casePath(reviewID) + "/revoke",
	} {
		d.get(path).is(http.StatusConflict, "Look at the applicant").silent("<script>", "<textarea")
		d.post(path, form("reason", "x", "ruling", "proceed", "round", "1")).is(http.StatusConflict)
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestDeedFails: what goes wrong inside stays inside, and does not look done.
func TestDeedFails(t *testing.T) {
	each(t, func(t *testing.T, h *house, d *desk, c deedCase, at string) {
		h.fake.failIn[strings.Fields(c.want.what)[0]] = errors.New("the inside of the house")
		d.submit(c.form...).is(http.StatusInternalServerError, "Something went wrong on our side", "Reference:").silent(done[c.deed.name])
		h.fake.fail = errors.New("the inside of the house")
		d.get(at).is(http.StatusInternalServerError, "Reference:")
		if len(h.fake.deeds) != 0 {
			t.Errorf("done: %+v", h.fake.deeds)
		}
	})
}

// TestFormsThatCannotBeRead: a body that is no form is refused with words.
func TestFormsThatCannotBeRead(t *testing.T) {
	each(t, func(t *testing.T, h *house, d *desk, _ deedCase, at string) {
		for _, path := range []string{at, failedPath} {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.url+path, strings.NewReader("reason=%zz"))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if d.do(req); path == at || d.status != http.StatusForbidden {
				d.is(http.StatusUnprocessableEntity, "could not read the form")
			}
		}
		if len(h.fake.deeds) != 0 {
			t.Errorf("done: %+v", h.fake.deeds)
		}
	})
}
