package portal

import (
	"testing"

	"github.com/vouchsafe/vouchsafe/workflows"
)

func TestAskingForData(t *testing.T) {
	h := newHouse(t)
	b, _ := h.handedIn()
	b.get("/apply/data").follow("Ask for your data to be erased").at("/apply/data/ask/erasure").says("within 30 days", "What the law makes us keep stays")
	b.submit().at("/apply/data/ask/erasure").says("You asked on November 2, 2026", "answers by December 2, 2026")
	b.get("/apply/data").says("You asked for erasure on November 2, 2026. It is answered by December 2, 2026.")
	b.get("/apply/status").says("You asked for erasure on November 2, 2026. It is answered by December 2, 2026.")
	b.get("/apply/data/ask/copy").submit().says("answers by December 2, 2026")
	for _, c := range h.fake.cases {
		q := &c.view.Requests[1]
		q.AnsweredAt, q.Answer, q.Words = q.Due, workflows.DataRefused, []byte("We have <nothing> more.")
	}
	b.get("/apply/data").says("It was refused on December 2, 2026.").follow("Read the answer").at("/apply/data/ask/copy").
		says("Refused on December 2, 2026", "We have <nothing> more.", "Ask that somebody else than the one who answered look at it.")
	b.get("/apply/data/ask/nothing").is(404)
	h.browser().get("/apply/data/ask/copy").is(401)
}
