package portal

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func TestReceipts(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	i := slices.IndexFunc(c.view.Consents, func(l workflows.ConsentLine) bool { return l.Kind == consent.KindFCRAAuthorization })
	line := &c.view.Consents[i]
	notice, err := consent.NoticeBy(line.Notice)
	if err != nil {
		t.Fatal(err)
	}
	b.get("/apply/data").follow("Receipt: Signed the authorization").at(receiptPath(line.Receipt))
	b.says("Receipt for your consent", "Get a background report about you", "Signed the authorization on", "Does it stand?", "Yes.", notice.Title,
		strings.Join(strings.Fields(notice.Paragraphs()[0]), " "), notice.SHA256, "What stops then", "tell the investigator to stop", "your Social Security number")
	if !strings.Contains(b.body, `<div class="card" lang="en">`) {
		t.Error("the notice does not say its language")
	}
	b.follow("Take this consent back").at("/apply/consents/vetting/withdraw")
	b.get(receiptPath(line.Receipt)).follow("Download this receipt")
	if b.header.Get("Content-Disposition") != `attachment; filename="receipt-vetting-fcra_authorization.jsonld"` || !strings.HasPrefix(b.header.Get("Content-Type"), "application/ld+json") {
		t.Errorf("it comes as %v", b.header)
	}
	var doc struct {
		ID     string `json:"receipt_id"`
		Record struct {
			Notice struct {
				Text string `json:"notice_text"`
			} `json:"privacy_notice"`
		} `json:"record"`
	}
	if err := json.Unmarshal([]byte(b.body), &doc); err != nil || doc.ID != line.Receipt || doc.Record.Notice.Text != notice.Text {
		t.Errorf("%v: %+v", err, doc)
	}
	line.Withdrawn = line.GivenAt.AddDate(0, 0, 3)
	b.get(receiptPath(line.Receipt)).says("No: you took it back on", "November 5, 2026").silent("Take this consent back")
	if b.get(receiptPath(line.Receipt) + "/jsonld"); !strings.Contains(b.body, "dpv#ConsentWithdrawn") {
		t.Error("the file does not say that it was withdrawn")
	}
	for _, other := range []string{"r999", "%3Cscript%3E", "", "../../status"} {
		b.get("/apply/data/receipts/" + other)
		if b.status == 200 && strings.HasPrefix(b.path, "/apply/data/receipts/") {
			t.Errorf("%q is a receipt", other)
		}
	}
	line.Notice.SHA256 = "00" // a text that nobody can show has no receipt
	if b.get(receiptPath(line.Receipt)); b.status == 200 {
		t.Error("a receipt for a text that is not ours")
	}
	h.browser().get(receiptPath(line.Receipt)).is(401)
}
