package portal

import (
	"maps"
	"slices"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	catalog "github.com/vouchsafe/vouchsafe/internal/words"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestRecordsAreSpoken: what "Your data" says of what we write ourselves has words in
// every language. Its page takes what it does not know as it is, so no page tells.
func TestRecordsAreSpoken(t *testing.T) {
	all := slices.Concat(slices.Collect(maps.Values(fieldWords)), slices.Collect(maps.Values(roleWords)), slices.Collect(maps.Values(unsent)),
		slices.Collect(maps.Values(cameOf)), slices.Collect(maps.Values(failures)))
	for _, words := range letters {
		all = append(all, words)
	}
	for _, s := range consent.Specs() {
		all = append(all, s.Title, s.Stops)
	}
	all = append(all, slices.Collect(maps.Values(kindNames))...)
	texts := workflows.ApplicantView{Stage: onboarding.StageVetting, Edition: program.Program{Messages: program.Messages{SMS: program.SMSTwilio}}}
	for _, held := range [][]workflows.ConsentLine{nil, {{Purpose: consent.PurposeTextMessages}}} {
		texts.Consents = held
		todo, ok := textsTodo(texts)
		if !ok {
			t.Error("text messages are neither offered nor on")
		}
		all = append(all, todo.Text)
	}
	for _, c := range checkTexts {
		all = append(all, c.name, c.doing, c.passed, c.about, c.next)
	}
	for _, actor := range []string{string(workflows.ActorApplicant), "api:x", "staff:x:y"} {
		all = append(all, staffInWords(actor))
	}
	for _, id := range []string{consent.RecipientMail, consent.RecipientOwn, consent.RecipientHolder, ""} {
		all = append(all, recipientInWords(id))
	}
	for _, l := range catalog.Languages()[1:] {
		for _, words := range all {
			if !catalog.In(l.Tag).Has(words) {
				heard(l.Tag, words)
			}
		}
	}
}
