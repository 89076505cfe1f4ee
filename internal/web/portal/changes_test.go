package portal

import (
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const nextAccount = "2026-12-15" // the version of the account notice that waits for a roll-out

// TestTextThatChanges: before its day the new text is on the first page and on the
// status page, for everybody to read, and cannot be agreed to; when it holds, whoever
// agreed to the older one is asked, and when they have agreed they are asked no more.
//
// Promise 64, 65.
func TestTextThatChanges(t *testing.T) { // not beside others: which notices hold is the process's
	t.Cleanup(func() { consent.SetRollOuts(nil, time.Time{}) })
	h := newHouse(t)
	b, c := h.handedIn()
	day := h.fake.now().Add(10 * 24 * time.Hour)
	h.browser().get("/apply/notices/account/" + nextAccount).is(404) // nobody is told of it yet
	roll := consent.RollOut{ID: "account", Version: nextAccount, Effective: day}
	consent.SetRollOuts([]consent.RollOut{roll}, h.fake.now())
	h.browser().get("/apply").says("The text “Your e-mail address” changes on November 12, 2026.").follow("Read the new text").
		at("/apply/notices/account/"+nextAccount).says("This text holds from November 12, 2026 on", "your questions and complaints")
	n, _ := consent.Version("account", nextAccount, "en")
	ref := n.Ref()
	c.view.Notices = []workflows.ToldNotice{{Rollout: "account/" + nextAccount, Text: &ref, Purpose: n.Purpose, Kind: n.Kind, Again: true, Effective: day, At: h.fake.now()}}
	b.get("/apply/status").says("The text “Your e-mail address” changes on November 12, 2026.").silent("A text that you agreed to has changed")
	b.get("/apply/changes/account").at("/apply/status")

	roll.Told = true
	consent.SetRollOuts([]consent.RollOut{roll}, day)
	h.browser().get("/apply").silent("changes on November 12")
	b.get("/apply/status").says("A text that you agreed to has changed", "what you agreed to before holds for your data").follow("Read the new text").
		at("/apply/changes/account").says("your questions and complaints")
	before := len(c.view.Consents)
	b.submit().at("/apply/status").silent("A text that you agreed to has changed")
	got := c.view.Consents
	if len(got) != before+1 || got[before].Notice != (ledger.NoticeRef{ID: "account", Version: nextAccount, Language: "en", SHA256: n.SHA256}) {
		t.Errorf("agreed to %+v", got)
	}
	h.browser().get("/apply/changes/account").is(401)
}

// TestNewOwner: who is told that somebody takes over sees it on the status page and
// chooses: to stay, to withdraw, to have everything erased, or a copy.
//
// Promise 34.
func TestNewOwner(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	c.view.Notices = []workflows.ToldNotice{{Rollout: workflows.RolloutName(consent.OwnerChange, "2026-12-01"), Purpose: consent.PurposeAccount, Kind: consent.KindPrivacy,
		Owner: &consent.Owner{Name: "Example <Holdings>", Contact: "write to new@example.com"}, Effective: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC), At: h.fake.now()}}
	b.get("/apply/status").says("Example <Holdings> takes over from us on December 1, 2026.").follow("See what you can do").
		at("/apply/new-owner/2026-12-01").says("write to new@example.com", "nothing may be used for more")
	for _, path := range []string{"/apply/withdraw", "/apply/data/ask/erasure", "/apply/data/ask/copy"} {
		if !strings.Contains(b.body, `href="`+path+`"`) {
			t.Errorf("no way leads to %s", path)
		}
	}
	b.submit().at("/apply/status").silent("takes over from us")
	if got := c.view.Notices[0].Answer; got != workflows.StaysWithOwner {
		t.Errorf("the answer is %q", got)
	}
	b.get("/apply/new-owner/2026-12-01").says("You have said that you stay.")
	b.get("/apply/new-owner/2026-12-02").is(404)
	h.browser().get("/apply/new-owner/2026-12-01").is(401)
}
