package portal

import (
	"encoding/json"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestCopyAtOnce: the copy is there without a person, to read and as a file, and has
// no national ID and nothing sealed in it.
func TestCopyAtOnce(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	h.fake.data.records = []ledger.Record{{Seq: 1, Kind: ledger.KindUse, Recipient: consent.RecipientMail, Detail: "letter: offer", At: h.fake.now(), Sealed: []byte("sealed")}}
	b.get("/apply/data").follow("Look at a copy now").at("/apply/data/copy").
		says("What you told us", "your first name", "•••-••-••••", "November 2, 2026: our conditional offer", "Ask for the full copy").silent("987-65")
	if h.fake.calls["OwnDetails"] != 1 {
		t.Errorf("asked %d times", h.fake.calls["OwnDetails"])
	}
	b.get("/apply/data/copy.json").is(200)
	var file dataCopy
	if err := json.Unmarshal([]byte(b.body), &file); err != nil {
		t.Fatal(err)
	}
	if file.Details[onboarding.FieldGivenName] == "" || len(file.Uses) != 1 || file.Uses[0].Sealed != nil || len(file.Letters) != 1 || len(file.Checks) == 0 {
		t.Errorf("%+v", file)
	}
	h.fake.failWith["OwnDetails"] = notNow()
	b.get("/apply/data/copy").is(409)
	h.browser().get("/apply/data/copy").is(401)
}

func TestAskingForData(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	b.get("/apply/data").follow("Ask for your data to be erased").at("/apply/data/ask/erasure").says("within 30 days", "What the law makes us keep stays")
	b.submit().says("sent a code")
	for _, c := range h.fake.cases { // of before a request was a workflow of its own
		for _, kind := range []workflows.DataKind{workflows.DataErasure, workflows.DataCopy} {
			c.view.Requests = append(c.view.Requests, workflows.DataRequest{Kind: kind, AskedAt: h.fake.now(), Due: h.fake.now().AddDate(0, 0, 30)})
		}
	}
	b.get("/apply/data/ask/erasure").says("You asked on November 2, 2026", "answers by December 2, 2026")
	b.get("/apply/data").says("You asked for erasure on November 2, 2026. It is answered by December 2, 2026.")
	b.get("/apply/status").says("You asked for erasure on November 2, 2026. It is answered by December 2, 2026.")
	b.get("/apply/data/ask/copy").says("answers by December 2, 2026")
	for _, c := range h.fake.cases {
		q := &c.view.Requests[1]
		q.AnsweredAt, q.Answer, q.Words = q.Due, workflows.DataRefused, []byte("We have <nothing> more.")
	}
	b.get("/apply/data").says("It was refused on December 2, 2026.").follow("Read the answer").at("/apply/data/ask/copy").
		says("Refused on December 2, 2026", "We have <nothing> more.", "Ask that somebody else than the one who answered look at it.")
	b.get("/apply/data/ask/nothing").is(404)
	h.browser().get("/apply/data/ask/copy").is(401)
}
