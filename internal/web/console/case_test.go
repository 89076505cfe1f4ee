package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestWhoIsNotThere: an ID that names nobody and one that can name nobody are
// both 404 with words on what to do, on every page that is about an applicant.
func TestWhoIsNotThere(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleAdmin)
	for _, rt := range h.console.routes() {
		method, path, _ := strings.Cut(rt.pattern, " ")
		if !strings.Contains(path, "{id}") {
			continue
		}
		for _, id := range []string{string(unknownID), "nonsense", string(failedID) + "x", "%3Cscript%3E", "..%2F..%2Fetc", "%00"} {
			at := strings.NewReplacer("{id}", id, "{check}", "email", "{requirement}", "live", "{number}", "1", "{link}", "x").Replace(path)
			h.fake.failIn["VerifyLedger"] = &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such applicant.", Hint: "Check the ID."}
			d.send(method, at, form("reason", "x", "ruling", "proceed")).is(http.StatusNotFound, "There is no", "the ID").silent("<script>")
		}
	}
	if len(h.fake.deeds) != 0 {
		t.Errorf("done: %+v", h.fake.deeds)
	}
}

// TestIDAsPeopleCopyIt: with capitals from a letter, with a space from a table.
func TestIDAsPeopleCopyIt(t *testing.T) {
	h := newHouse(t)
	h.desk(identity.RoleRecruiter).get("/console/applicants/%20"+strings.ToUpper(string(failedID))+"%20").is(http.StatusOK, string(failedID))
}

// TestErasedCase: of an erased applicant the ledger stays, without its words,
// and nothing can be done.
func TestErasedCase(t *testing.T) {
	h := newHouse(t)
	v := h.fake.add(erasedID, onboarding.StageErased, onboarding.AttentionNone,
		onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusFailed, Round: 1, Problem: "VENDOR_UNREACHABLE"})
	v.Wait = workflows.Wait{}
	h.fake.timelines[erasedID] = []applicants.Event{
		{Record: ledger.Record{Seq: 1, At: noon, Actor: "staff:ops:1", Sealed: []byte("Lovelace")}, Says: "A check was retried.", Erased: true},
		{Record: ledger.Record{Seq: 2, At: noon, Actor: "system"}, Says: "The data was erased."},
	}
	d := h.desk(identity.RoleAdmin).get(casePath(erasedID)).is(http.StatusOK)
	d.says("erased Erased", "The words were erased.", "The data was erased.").silent("/retry", "/waive", "/decision", "/revoke", "<blockquote>", "Waits for")
	// Where even that can be read no more, it is gone and not an error of ours.
	h.fake.failFor[erasedID] = &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "The data of this applicant is erased.", Hint: "Nothing can bring it back."}
	d.get(casePath(erasedID)).is(http.StatusGone, "is erased", "Nothing can bring it back.")
}

// TestWhatIsKnown shows each thing that a page about an applicant is for.
func TestWhatIsKnown(t *testing.T) {
	h := newHouse(t)
	v := h.fake.cases[reviewID]
	v.Place.State = "Texas"
	v.Wait = workflows.Wait{For: "a reviewer", Since: noon, Until: noon.Add(24 * time.Hour), Next: "Then it goes on."}
	v.Checks[0].Findings = []onboarding.Finding{
		{Code: "criminal_record", Screening: "county_criminal", Severity: "felony", Disposed: "convicted", AgeYears: 1},
		{Code: "sanctions_match", Score: 0.875, Edition: "2026-11-20", AgeYears: 3}}
	v.Ruling.Reasons = append(v.Ruling.Reasons, onboarding.Reason{Rule: "flagged", Says: "a match needs a person"})
	d := h.desk(identity.RoleRecruiter).get(casePath(reviewID)).is(http.StatusOK)
	d.says("support-basics, version 1 · Texas", "Applicant "+string(reviewID), "signup done validation done vetting certification", "Vetting: the background investigation",
		"Waits for a reviewer since 24 Nov 2026, 12:00:00 UTC. Until 25 Nov 2026, 12:00:00 UTC. Then it goes on.",
		"background report Findly flagged 5 min", "criminal_record, county criminal, felony, convicted, 1 year old", "sanctions_match, 3 years old, score 0.88, edition 2026-11-20",
		"What policy says: review", "a felony needs a person Rule adjudication/1; 15 USC 1681b", "a match needs a person Rule flagged")
	d.silent("nobody has proved yet")
	v.Unproved = true // the address was corrected
	d.get(casePath(reviewID)).is(http.StatusOK).says("nobody has proved yet that the new one is the applicant's")
	d.leads("Open in Temporal", temporalUI+"/namespaces/vouchsafe/workflows/applicant%2F"+string(reviewID))
	d.get(casePath(certifiedID)).is(http.StatusOK).leads("The certificate's public page", "/verify/c1").silent("<h2>Checks", "What policy says")
}

// TestWhyACheckFailed: the workflow's codes are said in words; the one that has
// none is at least shown as it is.
func TestWhyACheckFailed(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	for code, words := range map[string]string{
		string(onboarding.CodeVendorDown): "did not answer", string(onboarding.CodeVendorBusy): "come back later", string(onboarding.CodeVendorUnclear): "could not be read",
		string(onboarding.CodeVendorRefused): "refused the order", string(onboarding.CodeConsentNotLive): "no consent for it that holds",
		"SEARCH_INCOMPLETE": "some of its searches could not be completed", "REPORT_OVERDUE": "there is no report",
		"APPLICANT_NOT_DONE": "did not do in time what the vendor asks", string(onboarding.CodeGrantRefused): "the permission for it was refused", "NEW_CODE": "something else: NEW_CODE",
	} {
		h.fake.cases[failedID].Checks[0].Problem = code
		for _, path := range []string{casePath(failedID), failedPath, casePath(failedID) + "/checks/email/retry"} {
			if d.get(path).is(http.StatusOK, words); code != "NEW_CODE" {
				if d.silent("something else"); path != failedPath { // there it stands in the addresses of filters
					d.silent(code)
				}
			}
		}
	}
	if problemWords("") != "" {
		t.Error("words for no problem")
	}
}

// TestTimeline: the newest record first; words are said to be there, and opened
// elsewhere, on record.
func TestTimeline(t *testing.T) {
	h := newHouse(t)
	var events []applicants.Event
	for i, says := range []string{"The application was begun.", "Consent was given.", "staff:reviewer:1 decided: adverse."} {
		events = append(events, applicants.Event{Says: says,
			Record: ledger.Record{Seq: uint64(i + 1), At: noon.Add(time.Duration(i) * time.Hour), Actor: "actor-" + string(rune('a'+i)), Sealed: []byte("Lovelace")}})
	}
	events[2].Written = true
	h.fake.timelines[reviewID] = events
	d := h.desk(identity.RoleAuditor).get(casePath(reviewID)).is(http.StatusOK).leads("Read what was written", casePath(reviewID)+"/documents")
	d.says("3 24 Nov 2026, 14:00:00 UTC staff:reviewer:1 decided: adverse. Words of theirs lie sealed.", "2 24 Nov 2026, 13:00:00 UTC Consent was given. actor-b", "1 24 Nov 2026, 12:00:00 UTC The application was begun. actor-a")
	var at []int
	for _, e := range events {
		at = append(at, -strings.Index(d.body, e.Says))
	}
	if !slices.IsSorted(at) || strings.Count(d.body, "lie sealed") != 1 {
		t.Errorf("the order of the records: %v", at)
	}
	// Just begun: nothing is stored yet, and that is no error.
	h.fake.failIn["Timeline"] = &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no ledger of that applicant."}
	d.get(casePath(reviewID)).is(http.StatusOK, "Nothing is stored yet.", "criminal_record")
	h.fake.failIn["Timeline"] = errors.New("the inside of the house")
	d.get(casePath(reviewID)).is(http.StatusInternalServerError)
}

// TestActionsShown holds the page of each kind of applicant, for each role, to
// offer just what the role may and what makes sense now. The table of roles is
// identity's; which state a deed makes sense in stands here.
func TestActionsShown(t *testing.T) {
	h := newHouse(t)
	h.fake.add(erasedID, onboarding.StageWithdrawn, onboarding.AttentionNone, // failed, but nobody can go on with it
		onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusFailed, Round: 1})
	const lockedID = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000f")
	locked := h.fake.add(lockedID, onboarding.StageValidation, onboarding.AttentionNone)
	locked.Unproved, locked.ProofSpent = true, true
	sense := map[onboarding.ApplicantID]map[identity.Action]string{
		failedID:    {identity.Retry: "/checks/email/retry", identity.Waive: "/checks/email/waive", identity.VerifyLedger: "/ledger"},
		reviewID:    {identity.Decide: "/decision", identity.VerifyLedger: "/ledger"},
		certifiedID: {identity.Revoke: "/revoke", identity.VerifyLedger: "/ledger"},
		erasedID:    {identity.VerifyLedger: "/ledger"},
		lockedID:    {identity.AllowProof: "/proof", identity.VerifyLedger: "/ledger"},
	}
	for _, role := range identity.Roles() {
		d := h.desk(role)
		for id, deeds := range sense {
			d.get(casePath(id)).is(http.StatusOK)
			for action, path := range deeds {
				if shown := strings.Contains(d.body, `href="`+casePath(id)+path+`"`); shown != identity.Allowed(role, action) {
					t.Errorf("%s on %s: %s shown %t", role, id, path, shown)
				}
			}
			for _, path := range []string{"/checks/email/retry", "/checks/email/waive", "/checks/phone/retry", "/checks/phone/waive", "/decision", "/revoke", "/proof", "/ledger"} {
				offered := false
				for _, p := range deeds {
					offered = offered || p == path
				}
				if !offered {
					d.silent(path)
				}
			}
			waits := strings.Contains(d.body, "A reviewer has to decide here")
			if waits != (id == reviewID && !identity.Allowed(role, identity.Decide)) {
				t.Errorf("%s on %s: is told to wait for a reviewer: %t", role, id, waits)
			}
		}
	}
}

// TestDoneWords: what was just done is said once, and an address cannot put
// words of its own there.
func TestDoneWords(t *testing.T) {
	h := newHouse(t)
	d := h.desk(identity.RoleOps)
	for name, words := range done {
		d.get(casePath(failedID)+"?done="+name).is(http.StatusOK, `role="status"`).says(words)
	}
	d.get(casePath(failedID)+"?done=%3Cb%3Eall+is+well").is(http.StatusOK).silent("all is well", `role="status"`)
}

func TestLedgerProof(t *testing.T) {
	h := newHouse(t)
	h.fake.proofs[reviewID] = ledger.Report{Pages: 3, Records: 40, Faults: []ledger.Fault{{Page: 1, Seq: 2, What: "the record is not linked to the one before"}, {Page: 3, What: "the page is missing"}}}
	d := h.desk(identity.RoleAuditor)
	d.get(casePath(failedID)+"/ledger").is(http.StatusOK, "<h1>The ledger is whole</h1>", "<code>abc</code>").says("2 records on 1 pages").silent("What is wrong")
	d.get(casePath(reviewID)+"/ledger").is(http.StatusOK, "<h1>The ledger is not whole</h1>").says("40 records on 3 pages",
		"Page 1, record 2: the record is not linked to the one before", "Page 3: the page is missing", "Tell the privacy officer").silent("linked to the one before, none")
	h.fake.fail = errors.New("the inside of the house")
	d.get(casePath(failedID) + "/ledger").is(http.StatusInternalServerError).silent("whole")
}
