package consent_test

import (
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const nextAccount = "2026-12-15" // the version of the account notice that waits for a roll-out

func receiptOf(t *testing.T, version string, at time.Time) consent.Receipt {
	t.Helper()
	n, ok := consent.Version("account", version, "en")
	if !ok {
		t.Fatalf("there is no version %s", version)
	}
	return consent.Receipt{ID: "r-" + version, Applicant: onboarding.ApplicantID("019ab3c0-0000-7000-8000-000000000001"), Kind: n.Kind, Purpose: n.Purpose, Notice: n.Ref(), Method: "button", ShownAt: at, GivenAt: at}
}

// TestNoticeInForce: a new version is what people agree to only when its day has come
// and all who were owed a letter were sent one; either alone is not enough, and nobody
// can agree to it before. Who agreed to the one before stays bound by that, and has what
// that names.
//
// Promise 64, 65.
func TestNoticeInForce(t *testing.T) {
	t.Cleanup(func() { consent.SetRollOuts(nil, time.Time{}) })
	now := time.Date(2027, 1, 20, 12, 0, 0, 0, time.UTC)
	old, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, "en")
	if err != nil || old.Version >= nextAccount {
		t.Fatalf("%+v, %v", old.Ref(), err)
	}
	roll := func(effective time.Time, told bool) consent.RollOut {
		return consent.RollOut{ID: "account", Version: nextAccount, Effective: effective, Told: told}
	}
	for name, tt := range map[string]struct {
		list      []consent.RollOut
		holds     bool
		announced int
	}{
		"nobody was told":                    {nil, false, 0},
		"its day is past, not all were told": {[]consent.RollOut{roll(now.Add(-time.Hour), false)}, false, 1},
		"all were told, its day is ahead":    {[]consent.RollOut{roll(now.Add(time.Second), true)}, false, 1},
		"another version":                    {[]consent.RollOut{{ID: "account", Version: "2026-12-16", Effective: now.Add(-time.Hour), Told: true}}, false, 0},
		"both":                               {[]consent.RollOut{roll(now, true)}, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			consent.SetRollOuts(tt.list, now)
			for _, language := range []string{"en", "es"} {
				n, err := consent.CurrentNotice(consent.PurposeAccount, consent.KindPrivacy, language)
				if err != nil || (n.Version == nextAccount) != tt.holds || n.Language != language {
					t.Errorf("%+v holds, %v", n.Ref(), err)
				}
			}
			if err := receiptOf(t, nextAccount, now).Check(); (err == nil) != tt.holds {
				t.Errorf("agreed to: %v", err)
			}
			if err := receiptOf(t, old.Version, now).Check(); err != nil {
				t.Errorf("what was agreed to before: %v", err)
			}
			if got := len(consent.Announced()); got != tt.announced {
				t.Errorf("%d are announced", got)
			}
			if waiting := len(consent.Waiting()); (waiting == 0) != tt.holds {
				t.Errorf("%d wait", waiting)
			}
			var g consent.Register
			g.Give(receiptOf(t, old.Version, now))
			if r, err := g.LiveFor(consent.PurposeAccount, consent.RecipientMail); err != nil || r.Notice.Version != old.Version {
				t.Errorf("a use goes by %+v, %v", r.Notice, err)
			}
			if _, owed := g.Outdated(consent.PurposeAccount, consent.KindPrivacy, nextAccount); !owed {
				t.Error("who agreed to the older text is owed nothing")
			}
			if changed := g.Changed(consent.PurposeAccount); (len(changed) > 0) != tt.holds {
				t.Errorf("asked anew: %v", changed)
			}
		})
	}
	if n, _ := consent.Version("account", nextAccount, "en"); !n.AskedAnew() {
		t.Error("a text that changes its purposes is not asked about")
	}
}
