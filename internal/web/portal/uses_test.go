package portal

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// chain gives records the numbers and days of a ledger: one a minute, three a day.
func chain(records ...ledger.Record) []ledger.Record {
	start := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	for i := range records {
		records[i].Seq = uint64(i + 1)
		records[i].At = start.AddDate(0, 0, i/3).Add(time.Duration(i) * time.Minute)
	}
	return records
}

const testReceipt = "0198c0de-1111-7000-8000-000000000001"

// history is a life with everything that has a sentence.
func history() []ledger.Record {
	validation, vetting := string(consent.PurposeValidation), string(consent.PurposeVetting)
	return chain(
		ledger.Record{Kind: ledger.KindOpened, Detail: "program support-basics 1"},
		ledger.Record{Kind: ledger.KindConsentGiven, Purpose: validation, Receipt: testReceipt, Outcome: string(consent.KindPrivacy)},
		ledger.Record{Kind: ledger.KindNoticeShown, Purpose: vetting, Receipt: "shown-1"},
		ledger.Record{Kind: ledger.KindSubmitted, Actor: "applicant", Fields: []onboarding.Field{onboarding.FieldEmail, onboarding.FieldNationalID}},
		ledger.Record{Kind: ledger.KindUse, Check: onboarding.CheckEmail, Purpose: validation, Recipient: consent.RecipientOwn, Fields: []onboarding.Field{onboarding.FieldEmail}, Receipt: testReceipt}, // 5
		ledger.Record{Kind: ledger.KindUse, Check: onboarding.CheckEmail, Purpose: validation, Recipient: consent.RecipientKickbox, Fields: []onboarding.Field{onboarding.FieldEmail}, Receipt: testReceipt},
		ledger.Record{Kind: ledger.KindUseDone, Of: 5, Outcome: "clear"},
		ledger.Record{Kind: ledger.KindUseDone, Of: 6, Outcome: "not sent: our own look was enough"},
		ledger.Record{Kind: ledger.KindUse, Check: onboarding.CheckPhone, Purpose: validation, Recipient: consent.RecipientTwilio, Fields: []onboarding.Field{onboarding.FieldPhone}, Receipt: testReceipt}, // 9
		ledger.Record{Kind: ledger.KindUseFailed, Of: 9, Outcome: string(onboarding.CodeVendorDown)},
		ledger.Record{Kind: ledger.KindUse, Recipient: consent.RecipientMail, Purpose: string(consent.PurposeAccount), Fields: []onboarding.Field{onboarding.FieldEmail, onboarding.FieldGivenName}, Receipt: "r0", Detail: "letter: offer"}, // 11
		ledger.Record{Kind: ledger.KindUseDone, Of: 11, Outcome: "handed to the mail relay"},
		ledger.Record{Kind: ledger.KindUseRefused, Check: onboarding.CheckBackground, Recipient: consent.RecipientFindly, Purpose: vetting, Outcome: "CONSENT_NOT_LIVE"},
		ledger.Record{Kind: ledger.KindUse, Check: onboarding.CheckBackground, Recipient: consent.RecipientFindly, Purpose: vetting, Receipt: "r9", Detail: "fetch the report"}, // 14
		ledger.Record{Kind: ledger.KindReceived, Check: onboarding.CheckBackground, Recipient: consent.RecipientFindly, Purpose: vetting, Receipt: "r9"},
		ledger.Record{Kind: ledger.KindUseDone, Of: 14, Outcome: "consider"},
		ledger.Record{Kind: ledger.KindViewed, Actor: "staff:reviewer:grace.secret", Check: onboarding.CheckPhone, Purpose: validation, Fields: []onboarding.Field{onboarding.FieldPhone}, Detail: "to weigh what was found"},
		ledger.Record{Kind: ledger.KindDisputed, Actor: "applicant", Outcome: string(workflows.AnswerDispute)},
		ledger.Record{Kind: ledger.KindCorrected, Actor: "applicant", Fields: []onboarding.Field{onboarding.FieldPhone}},
		ledger.Record{Kind: ledger.KindNotified, Check: onboarding.CheckBackground, Recipient: consent.RecipientFindly, Outcome: "canceled", Detail: "The vendor was told to stop."},
		ledger.Record{Kind: ledger.KindConsentWithdrawn, Purpose: vetting, Receipt: "r9"},
		ledger.Record{Kind: ledger.KindUse, Recipient: consent.RecipientHolder, Purpose: string(consent.PurposeCertification), Fields: []onboarding.Field{onboarding.FieldGivenName}, Receipt: "r5"},
		ledger.Record{Kind: "teleported", Purpose: "some_purpose", Recipient: "some_vendor", Fields: []onboarding.Field{"shoe_size"}},
		ledger.Record{Kind: ledger.KindUse, Check: "shoe_check", Purpose: "some_purpose", Recipient: "some_vendor", Fields: []onboarding.Field{"shoe_size"}, Receipt: "r7"}, // 24
		ledger.Record{Kind: ledger.KindUseDone, Of: 24, Outcome: "fits_well"},
	)
}

func TestDataSaysEveryUse(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	h.fake.data.records = history()
	c.view.Consents[1].Receipt, c.view.Consents[1].GivenAt = testReceipt, time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	b.get("/apply/status").follow("See who got what about you").at("/apply/data")
	b.says(
		"We have just proved that nothing in this record was changed or taken out",
		"You agreed to the purpose “Check that your application is genuine”.",
		"You were shown the notice for the purpose “Get a background report about you”.",
		"You handed in your application with your e-mail address, your Social Security number.",
		"We used your e-mail address ourselves for the purpose “Check that your application is genuine”",
		"Nobody else got it. It came out clear.",
		"Kickbox was to get your e-mail address for the purpose “Check that your application is genuine”, but nothing was sent. Our own look was enough.",
		"Twilio got your phone number for the purpose “Check that your application is genuine”, to check: your phone number. There was no answer.",
		"We wrote to you with your e-mail address, your first name: our conditional offer. The mail service took it.",
		"Nothing was sent to Findly about the background report: there was no consent for it.",
		"We asked Findly about its report for the purpose “Get a background report about you”. Nothing about you was sent with it. It brought something up that a person looks at.",
		"We received the answer of Findly about the background report and sealed it.",
		"Looked at by a reviewer of our team: what was found about your phone number, with your phone number. The reason: to weigh what was found.",
		"You disputed what was found.", "These details were corrected: your phone number.",
		"We wrote to Findly about the background report. Nothing about you was sent with it. It was told to stop.",
		"You took your consent back for the purpose “Get a background report about you”.",
		"Your certificate was made with your first name for the purpose “Issue your certificate”.",
		"This was recorded: teleported, with shoe size, for the purpose “some purpose”.",
		"some vendor got shoe size for the purpose “some purpose”, to check: shoe check. What came of it, as recorded: fits well.",
		"Under the consent of November 1, 2026", "Entries: 18",
	).silent("grace.secret", "support-basics 1", string(onboarding.CodeVendorDown), "CONSENT_NOT_LIVE", "not whole")
	if !strings.Contains(b.body, `href="/apply/data/receipts/`+testReceipt+`"`) {
		t.Error("no use leads to its consent")
	}
	if newest, oldest := strings.Index(b.body, "some vendor"), strings.Index(b.body, "You agreed to the purpose"); newest < 0 || oldest < newest {
		t.Error("the newest does not come first")
	}
	if n := strings.Count(b.body, "<h3>"); n != 8 { // three records a day, and the last day's first is shown
		t.Errorf("%d days", n)
	}
	h.browser().get("/apply/data").is(401)
}

// TestDataNeverHidesABrokenChain: the faults are said, beside what can be read, and
// our own people are told by the log.
func TestDataNeverHidesABrokenChain(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	h.fake.data.records = history()
	for i := range 30 {
		h.fake.data.faults = append(h.fake.data.faults, ledger.Fault{Page: 2, Seq: uint64(i + 1), What: "is not linked to the record before"})
	}
	b.get("/apply/data").is(200).says("This record is not whole", "page 2, record 7: is not linked to the record before", "And 10 more of the kind",
		"You agreed to the purpose").silent("We have just proved")
	if !strings.Contains(h.log.String(), "a ledger that is not whole") {
		t.Error("nobody of ours is told")
	}
}

func TestDataInPages(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	var records []ledger.Record
	for i := range 120 {
		records = append(records, ledger.Record{Kind: ledger.KindUse, Check: onboarding.CheckPhone, Purpose: string(consent.PurposeValidation),
			Recipient: fmt.Sprintf("vendor-no-%03d-x", i), Fields: []onboarding.Field{onboarding.FieldPhone}, Receipt: testReceipt})
	}
	h.fake.data.records = chain(records...)
	b.get("/apply/data").says("This is page 1 of 3", "vendor-no-119-x", "vendor-no-070-x", "What you agreed to").silent("vendor-no-069-x", "Newer entries")
	if len(b.body) > 60<<10 {
		t.Errorf("the page has %d bytes", len(b.body))
	}
	b.follow("Older entries").at("/apply/data?page=2").says("vendor-no-069-x", "vendor-no-020-x", "Newer entries").silent("What you agreed to", "vendor-no-070-x")
	b.follow("Older entries").at("/apply/data?page=3").says("vendor-no-019-x", "vendor-no-000-x").silent("Older entries")
	for _, odd := range []string{"0", "-1", "99", "x", "%3Cscript%3E"} {
		b.get("/apply/data?page=" + odd).is(200).silent("<script>")
	}
	h.fake.data.records = nil
	b.get("/apply/data").says("Nothing is on record yet")
	h.fake.failWith["History"] = errors.New("secret inside")
	b.get("/apply/data").is(500).silent("secret inside")
}

// TestHistoryOfHostileCodes: a ledger that somebody has written into is shown as
// text.
func TestHistoryOfHostileCodes(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	for _, text := range hostile {
		h.fake.data.records = chain(ledger.Record{Kind: ledger.Kind(text), Purpose: text, Recipient: text, Fields: []onboarding.Field{onboarding.Field(text)}},
			ledger.Record{Kind: ledger.KindViewed, Actor: text, Check: onboarding.CheckName(text), Detail: text},
			ledger.Record{Kind: ledger.KindUse, Check: onboarding.CheckName(text), Purpose: text, Recipient: text, Receipt: text, Detail: text},
			ledger.Record{Kind: ledger.KindUseDone, Of: 3, Outcome: text})
		b.get("/apply/data").is(200).silent("<script>", "<img")
	}
}
