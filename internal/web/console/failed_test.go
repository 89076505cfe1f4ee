package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// outage is a house where much has failed: five e-mail checks at Kickbox, one at
// another vendor, and two background reports at Findly, one of them of an
// applicant whose e-mail check failed, too.
func outage(t *testing.T) (h *house, ids []onboarding.ApplicantID) {
	t.Helper()
	h = newHouse(t)
	ids = h.fake.many(6)
	background := onboarding.Check{Name: onboarding.CheckBackground, Vendor: "findly", Status: onboarding.StatusFailed, Round: 1, Problem: string(onboarding.CodeVendorBusy), Since: noon}
	h.fake.cases[ids[0]].Checks = append(h.fake.cases[ids[0]].Checks, background)
	h.fake.cases[ids[4]].Checks[0].Vendor = "emailable"
	h.fake.cases[ids[5]].Checks[0] = background
	delete(h.fake.cases, failedID)
	h.fake.add(failedID, onboarding.StageValidation, onboarding.AttentionOps,
		onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusFailed, Round: 2, Problem: string(onboarding.CodeVendorDown)})
	return h, ids
}

func TestGroups(t *testing.T) {
	h, _ := outage(t)
	d := h.desk(identity.RoleOps).get(failedPath).is(http.StatusOK)
	d.says("background report, Findly 2", "e-mail address, Kickbox 5", "e-mail address, emailable 1", "Retry all 8 that match").silent(`aria-current="true"`)
	if n := strings.Count(d.body, `type="checkbox"`); n != 8 { // the applicant with two failed checks has two lines
		t.Errorf("%d lines", n)
	}
	d.follow("e-mail address, Kickbox 5").is(http.StatusOK, `aria-current="true"`).says("Retry all 5 that match")
	if n := strings.Count(d.body, `type="checkbox"`); n != 5 {
		t.Errorf("%d lines of that group", n)
	}
	d.silent("Mark background report").says("background report, Findly 2") // the other groups stay in reach
	d.follow("Show all").says("Retry all 8 that match")
	d.get(failedPath + "?check=background&vendor=kickbox").is(http.StatusOK).says("Nothing matches any more.").silent("<button name")
}

// TestWhatTheFilterMeans: the number on the button, the lines under it and what
// is then retried are the same applicants, whatever part of a filter is given.
func TestWhatTheFilterMeans(t *testing.T) {
	for query, want := range map[string]int{
		"": 8, "check=email": 6, "vendor=kickbox": 5, "check=email&vendor=kickbox": 5, "vendor=findly": 2,
		"error=VENDOR_BUSY": 2, "error=VENDOR_UNREACHABLE&check=email": 6, "program=sales": 0, "program=support-basics": 8,
		"stage=vetting": 8, "attention=none": 8, "failed=no": 8, // these are the list's, and not this page's
	} {
		t.Run(query, func(t *testing.T) {
			h, _ := outage(t)
			d := h.desk(identity.RoleOps).get(failedPath + "?" + query).is(http.StatusOK)
			lines := strings.Count(d.body, `type="checkbox"`)
			if want == 0 {
				if d.says("Nothing matches any more."); lines != 0 {
					t.Errorf("%d lines", lines)
				}
				return
			}
			if d.says(fmt.Sprintf("Retry all %d that match", want)); lines != want {
				t.Errorf("%d lines", lines)
			}
			d.submit("which", "all").is(http.StatusOK).says(fmt.Sprintf("Retry %d failed check", want)).submit("reason", "It is back.").is(http.StatusOK)
			if len(h.fake.deeds) != want {
				t.Errorf("retried: %d, not %d", len(h.fake.deeds), want)
			}
		})
	}
}

func TestNothingFailed(t *testing.T) {
	h := newHouse(t)
	h.fake.cases[failedID].Checks[0].Status = onboarding.StatusPassed
	h.desk(identity.RoleOps).get(failedPath).is(http.StatusOK).says("No check has failed.").silent("<button name", "<table")
}

// TestOnlyReaders see what failed, and cannot mark it.
func TestOnlyReaders(t *testing.T) {
	h, _ := outage(t)
	for _, role := range identity.Roles() {
		d := h.desk(role).get(failedPath).is(http.StatusOK).says("e-mail address, Kickbox 5")
		may := identity.Allowed(role, identity.Retry)
		if strings.Contains(d.body, `type="checkbox"`) != may || strings.Contains(d.body, "<button name") != may {
			t.Errorf("%s is offered to retry: %t", role, !may)
		}
	}
}

// TestPagesOfFailed: fewer to a page than in the list, and the filter stays.
func TestPagesOfFailed(t *testing.T) {
	h := newHouse(t)
	h.fake.many(30)
	d := h.desk(identity.RoleOps).get(failedPath + "?check=email&vendor=kickbox").says("Retry all 31 that match")
	if f := h.asked(); !reflect.DeepEqual(f, applicants.Filter{Failed: true, Check: "email", Vendor: "kickbox", Limit: perPage}) {
		t.Errorf("asked for %+v", f)
	}
	first := strings.Count(d.body, `type="checkbox"`)
	d.follow("Next page").is(http.StatusOK).says("Retry all 31 that match").leads("Next page", "")
	if n := strings.Count(d.body, `type="checkbox"`); first != perPage || n != 31-perPage {
		t.Errorf("%d and %d lines", first, n)
	}
	if f := h.asked(); f.Check != "email" || f.Vendor != "kickbox" || f.Cursor == "" {
		t.Errorf("asked for %+v", f)
	}
}

// TestWhoHasGoneMeanwhile: the list lags behind the cases. One that is erased or
// has no failed check any more is left out, and does not spoil the page.
func TestWhoHasGoneMeanwhile(t *testing.T) {
	h, ids := outage(t)
	h.fake.failFor[ids[1]] = &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such applicant."}
	h.fake.failFor[ids[2]] = &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "Erased."}
	d := h.desk(identity.RoleOps).get(failedPath).is(http.StatusOK, string(ids[0])).silent(string(ids[1]), string(ids[2]))
	h.fake.failFor[ids[1]] = errors.New("the inside of the house") // not to be read is another thing
	d.get(failedPath).is(http.StatusInternalServerError)
}

// TestRetryTheMarked walks the way as people go it.
func TestRetryTheMarked(t *testing.T) {
	h, ids := outage(t)
	d := h.desk(identity.RoleOps)
	one, two := string(ids[0])+"/background/1", markOf(2)
	d.get(failedPath+"?vendor=findly").submit("mark", one, "which", "marked").is(http.StatusOK).says("Retry 1 failed check?", "the checks that you marked").
		leads("No, go back", failedPath+"?vendor=findly")
	d.get(failedPath).submit("mark", one, "mark", two, "which", "marked").is(http.StatusOK, one, two).says("Retry 2 failed checks?").leads("No, go back", failedPath)
	if len(h.fake.deeds) != 0 {
		t.Fatal("retried before it was confirmed")
	}
	d.submit("reason", " ").problem("reason", "Enter a reason").is(http.StatusUnprocessableEntity, one, two)
	long := strings.Repeat("x", reasonMax+1)
	if d.submit("reason", long).problem("reason", "2000 characters or fewer").says("Retry 2 failed checks?"); d.value("reason") != long {
		t.Error("what was typed is lost")
	}
	d.submit("reason", "Findly is back.").is(http.StatusOK).says("2 asked for again").silent("Not done").leads("Back to the failed checks", failedPath)
	by := d.actor()
	for _, want := range []deedDone{{"retry", "background", "Findly is back.", ids[0], 1, by, ""}, {"retry", "email", "Findly is back.", failedID, 2, by, ""}} {
		found := 0
		for _, got := range h.fake.deeds {
			if got == want {
				found++
			}
		}
		if found != 1 {
			t.Errorf("%+v was done %d times: %+v", want, found, h.fake.deeds)
		}
	}
	if k := h.fake.cases[ids[0]].Checks[0]; k.Status != onboarding.StatusFailed {
		t.Error("the other check of the same applicant was retried, too")
	}
}

// TestPressedTwice: the same form sent again finds that its rounds have gone on,
// also when they have failed anew.
func TestPressedTwice(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	twice := confirmed("which", "marked", "mark", markOf(2), "mark", markOf(2), "reason", "It is back.")
	d.post(failedPath, twice).is(http.StatusOK).says("1 asked for again").silent("Not done") // one mark, though it is there twice
	at := d.path
	d.post(failedPath, twice).is(http.StatusOK).says("1 asked for again") // the same run
	if d.path != at || len(h.fake.runs) != 1 {
		t.Errorf("at %s instead of %s, of %d runs", d.path, at, len(h.fake.runs))
	}
	h.fake.cases[failedID].Checks[0].Status = onboarding.StatusFailed // in round 3
	twice.Set("run", uuid.NewString())                                // the page was open twice, and each was confirmed
	d.post(failedPath, twice).is(http.StatusOK).says("0 asked for again, 1 not", "Somebody was faster.")
	if len(h.fake.deeds) != 1 || h.fake.deeds[0].round != 2 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestMarkedNone: the list comes again, as it was filtered, and says what to do.
func TestMarkedNone(t *testing.T) {
	h, _ := outage(t)
	d := h.desk(identity.RoleOps).get(failedPath+"?check=email&vendor=kickbox").submit("which", "marked").is(http.StatusUnprocessableEntity)
	d.says("There is a problem", "Mark at least one check, or choose all that match.", "Retry all 5 that match")
	d.submit("which", "all").is(http.StatusOK).says("Retry 5 failed checks?")
	d.post(failedPath, nil).is(http.StatusUnprocessableEntity).says("Mark at least one check", "Retry all 8 that match")
	d.post(failedPath, confirmed("reason", "x")).is(http.StatusUnprocessableEntity) // no mark, and not all: nothing
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestForgedMarks: one mark that is not ours, and nothing of the form is done.
func TestForgedMarks(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	id := string(failedID)
	for _, forged := range []string{"", "x", "a/b/c", "//", id, id + "/email", id + "/email/two", id + "/email/2/2", id + "/email/-1", id + "/email/0", id + "/email/99999999999999999999",
		id + "/nonsense/1", "/email/1", id + "/<script>/1", id + "x/email/2", "../" + id + "/email/2"} {
		for _, yes := range []string{"", "yes"} {
			d.post(failedPath, form("which", "marked", "mark", markOf(2), "mark", forged, "confirmed", yes, "run", uuid.NewString(), "reason", "x")).
				is(http.StatusUnprocessableEntity, "not one of ours", "Load the page again").silent("<script>")
		}
	}
	// Well formed, but of nobody and of no failed check: each says so in its line.
	d.post(failedPath, confirmed("which", "marked", "mark", string(unknownID)+"/email/1", "mark", id+"/phone/1", "reason", "x")).
		is(http.StatusOK).says("0 asked for again, 2 not")
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestRetryAllThatMatch: all, by the filter of the page, and nobody else.
func TestRetryAllThatMatch(t *testing.T) {
	h, ids := outage(t)
	d := h.desk(identity.RoleOps).get(failedPath+"?check=email&vendor=kickbox").submit("which", "all")
	d.is(http.StatusOK, "check=email&amp;vendor=kickbox").says("Retry 5 failed checks?", "every failed check that matches").
		leads("No, go back", failedPath+"?check=email&vendor=kickbox")
	if h.fake.calls["StartBulk"] != 0 {
		t.Fatal("retried before it was confirmed")
	}
	d.submit("reason", "").problem("reason", "Enter a reason").says("Retry 5 failed checks?")
	d.submit("reason", "Kickbox is back.").is(http.StatusOK).says("5 asked for again", "every failed check that matched at the start: e-mail address at Kickbox").leads("Back to the failed checks", failedPath)
	by := d.actor()
	for _, got := range h.fake.deeds {
		if got.what != "retry" || got.check != "email" || got.words != "Kickbox is back." || got.by != by || got.round == 0 {
			t.Errorf("done: %+v", got)
		}
	}
	if len(h.fake.deeds) != 5 || h.fake.cases[ids[4]].Checks[0].Status != onboarding.StatusFailed || h.fake.cases[ids[0]].Checks[1].Status != onboarding.StatusFailed {
		t.Errorf("more or less than what matched: %+v", h.fake.deeds)
	}
	d.get(failedPath + "?check=email&vendor=kickbox").says("Nothing matches any more.").follow("Show all failed checks").says("Retry all 3 that match")
}

// TestFilterThatCannotBeRead must not come to mean everything.
func TestFilterThatCannotBeRead(t *testing.T) {
	h, _ := outage(t)
	d := h.desk(identity.RoleOps)
	for _, filter := range []string{"%zz", "check=email;vendor=kickbox", "check=nonsense", "vendor=%3Cscript%3E"} {
		for _, yes := range []string{"", "yes"} {
			d.post(failedPath, form("which", "all", "filter", filter, "confirmed", yes, "run", uuid.NewString(), "reason", "x")).is(http.StatusUnprocessableEntity).silent("<script>")
		}
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestPartialFailure: what could not be done is listed with its reason, and what
// could is counted; every answer is in the CSV.
func TestPartialFailure(t *testing.T) {
	h, ids := outage(t)
	d := h.desk(identity.RoleOps)
	h.fake.failFor[ids[1]] = errors.New("the inside of the house")
	h.fake.failFor[ids[2]] = &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "The data is erased.", Cause: errors.New("the inside of the house")}
	d.post(failedPath, confirmed("which", "all", "filter", "check=email&vendor=kickbox", "reason", "x")).
		is(http.StatusOK, string(ids[1]), string(ids[2])).says("3 asked for again, 2 not", "Not done", "It could not be asked.", "The data is erased.", "5 of 5 dealt with").
		leads("…"+string(ids[1])[24:], casePath(ids[1]))
	d.follow("All answers as CSV").is(http.StatusOK)
	if lines := strings.Count(d.body, "\n"); lines != 6 || !strings.Contains(d.body, string(ids[2])+",email,refused,The data is erased.") {
		t.Errorf("got %s", d.body)
	}
}

// TestManyFailures: a page lists as many as people read, and counts all.
func TestManyFailures(t *testing.T) {
	h := newHouse(t)
	for _, id := range h.fake.many(othersShown + 20) {
		h.fake.failFor[id] = errors.New("the inside of the house")
	}
	d := h.desk(identity.RoleOps).post(failedPath, confirmed("which", "all", "reason", "x")).is(http.StatusOK)
	d.says(fmt.Sprintf("1 asked for again, %d not", othersShown+20))
	if n := strings.Count(d.body, "<tr><td>"); n != othersShown {
		t.Errorf("%d lines", n)
	}
}

// TestWaiveMany: by those alone who may waive, in words that say what it means.
func TestWaiveMany(t *testing.T) {
	h, ids := outage(t)
	d := h.desk(identity.RoleOps).get(failedPath+"?check=email&vendor=kickbox").says("Waive all 5").submit("which", "waive-all")
	d.says("Waive 5 failed checks?", "as if the check had not been asked for").submit("reason", "Seen on paper.").is(http.StatusOK).says("5 waived")
	if len(h.fake.deeds) != 5 || h.fake.cases[ids[1]].Checks[0].Status != onboarding.StatusWaived {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestSteerRun: a run that is under way is paused, goes on, and is called off; one
// that is over is not.
func TestSteerRun(t *testing.T) {
	h, _ := outage(t)
	h.fake.slow = true
	d := h.desk(identity.RoleOps).post(failedPath, confirmed("which", "all", "reason", "x")).is(http.StatusOK).says("under way", "0 of 8 dealt with", "at 50 a second")
	at := d.path
	d.post(at+"/pause", nil).is(http.StatusOK).says("paused", "Go on").silent("at 50 a second")
	d.get(runsPath).is(http.StatusOK).says("paused", "0 of 8")
	d.post(at+"/resume", nil).is(http.StatusOK).says("under way", "Pause")
	for _, role := range []identity.Role{identity.RoleRecruiter, identity.RoleReviewer} {
		h.desk(role).get(at).is(http.StatusOK).says("under way").silent("Call off the rest").post(at+"/cancel", nil).is(http.StatusForbidden)
	}
	d.post(at+"/cancel", nil).is(http.StatusOK).says("called off").silent("Call off the rest", "Pause")
	d.post(at+"/pause", nil).is(http.StatusOK).says("called off")
	d.get(runPath(uuid.NewString())).is(http.StatusNotFound)
	d.post(runPath(uuid.NewString())+"/pause", nil).is(http.StatusNotFound)
}

// TestRunCannotBeStarted: nothing is half done then, and the page says so.
func TestRunCannotBeStarted(t *testing.T) {
	h, _ := outage(t)
	h.fake.failIn["StartBulk"] = errors.New("the inside of the house")
	h.desk(identity.RoleOps).post(failedPath, confirmed("which", "all", "reason", "x")).is(http.StatusInternalServerError, "Reference:")
}

// confirmed is the second page's form.
func confirmed(fields ...string) url.Values {
	return form(append(fields, "confirmed", "yes", "run", uuid.NewString())...)
}

// TestCountsCannotBeRead: then nobody confirms what they do not know the size of.
func TestCountsCannotBeRead(t *testing.T) {
	h, _ := outage(t)
	h.fake.failIn["FailedCounts"] = errors.New("the inside of the house")
	h.desk(identity.RoleOps).post(failedPath, form("which", "all")).is(http.StatusInternalServerError, "Reference:")
}

// TestRoundNotKnown: what the list does not know the round of is shown, and cannot be
// marked: pressed twice it would be asked for twice.
func TestRoundNotKnown(t *testing.T) {
	h, ids := outage(t)
	h.fake.cases[ids[1]].Checks[0].Round = 0
	d := h.desk(identity.RoleOps).get(failedPath+"?check=email&vendor=kickbox").is(http.StatusOK, string(ids[1])).says("not known now", "Retry all 5 that match")
	if n := strings.Count(d.body, `type="checkbox"`); n != 4 {
		t.Errorf("%d can be marked", n)
	}
	if strings.Contains(d.body, string(ids[1])+"/email/") {
		t.Error("one without a round can be marked")
	}
}
