package consent_test

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// receipt is a right one: somebody read the notice and agreed a minute later.
func receipt(t *testing.T, p consent.PurposeID, k consent.Kind) consent.Receipt {
	t.Helper()
	n, err := consent.CurrentNotice(p, k, "en")
	if err != nil {
		t.Fatal(err)
	}
	return consent.Receipt{ID: uuid.NewString(), Applicant: "someone", Kind: k, Purpose: p, Notice: n.Ref(), Method: "button", ShownAt: noon, GivenAt: noon.Add(time.Minute)}
}

// TestReceipts takes in a right receipt of every kind for every purpose. Promise
// 19: the notice's version is in each.
func TestReceipts(t *testing.T) {
	for _, s := range consent.Specs() {
		for _, k := range s.Kinds {
			r := receipt(t, s.ID, k)
			if err := r.Check(); err != nil {
				t.Errorf("%s (%s): %v", s.ID, k, err)
			}
			if r.Notice.Version == "" || r.Notice.SHA256 == "" {
				t.Errorf("19: %s (%s) names no version: %+v", s.ID, k, r.Notice)
			}
			r.GivenAt = r.ShownAt
			if err := r.Check(); err != nil {
				t.Errorf("%s (%s), agreed at once: %v", s.ID, k, err)
			}
		}
	}
}

// TestReceiptRefused is a right receipt with one thing wrong in it. A client's own
// form may send receipts, so none is believed.
//
// Promise 19.
func TestReceiptRefused(t *testing.T) {
	altered := sha256.Sum256([]byte("We may sell what you tell us."))
	for _, c := range []struct {
		name  string
		wrong func(*consent.Receipt)
		says  string
	}{
		{"19: the text that was shown is not ours", func(r *consent.Receipt) { r.Notice.SHA256 = hex.EncodeToString(altered[:]) }, "is not the one that we published"},
		{"19: no hash", func(r *consent.Receipt) { r.Notice.SHA256 = "" }, "is not the one that we published"},
		{"19: the hash in capitals", func(r *consent.Receipt) { r.Notice.SHA256 = strings.ToUpper(r.Notice.SHA256) }, "is not the one that we published"},
		{"19: another version", func(r *consent.Receipt) { r.Notice.Version = "2099-01-01" }, "There is no notice"},
		{"another language", func(r *consent.Receipt) { r.Notice.Language = "tlh" }, "There is no notice"},
		{"no notice", func(r *consent.Receipt) { r.Notice = ledger.NoticeRef{} }, "There is no notice"},
		{"another purpose's notice", func(r *consent.Receipt) {
			n, _ := consent.CurrentNotice(consent.PurposeScreening, consent.KindPrivacy, "en")
			r.Notice = n.Ref()
		}, "is for screening"},
		{"11: a purpose that there is not", func(r *consent.Receipt) { r.Purpose = "advertising" }, `no purpose "advertising"`},
		{"15: no purpose", func(r *consent.Receipt) { r.Purpose = "" }, "no purpose"},
		{"a kind that the purpose does not ask for", func(r *consent.Receipt) { r.Kind = consent.KindFCRAAuthorization }, "is not asked for the purpose"},
		{"a kind that there is not", func(r *consent.Receipt) { r.Kind = "everything" }, "is not asked for the purpose"},
		{"no ID", func(r *consent.Receipt) { r.ID = "" }, "has an ID"},
		{"36: no time of agreement", func(r *consent.Receipt) { r.GivenAt = time.Time{} }, "has an ID"},
		{"36: no time of showing", func(r *consent.Receipt) { r.ShownAt = time.Time{} }, "has an ID"},
		{"36: agreed before it was shown", func(r *consent.Receipt) { r.GivenAt = r.ShownAt.Add(-time.Millisecond) }, "before its notice was shown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := receipt(t, consent.PurposeValidation, consent.KindPrivacy)
			c.wrong(&r)
			err := r.Check()
			wantCode(t, err, onboarding.CodeInvalid)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("says %q; want %q", err, c.says)
			}
		})
	}
}

// TestKindsStayApart: a notice serves its own kind only, within a purpose that has
// several. An FCRA authorization signed under the E-SIGN notice is none.
func TestKindsStayApart(t *testing.T) {
	kinds := []consent.Kind{consent.KindPrivacy, consent.KindESign, consent.KindDisclosureShown, consent.KindFCRAAuthorization}
	for _, s := range consent.Specs() {
		for _, shown := range s.Kinds {
			for _, claimed := range kinds {
				r := receipt(t, s.ID, shown)
				r.Kind = claimed
				if err := r.Check(); (err == nil) != (claimed == shown) {
					t.Errorf("%s: shown %s, claimed %s: %v", s.ID, shown, claimed, err)
				}
			}
		}
	}
}

// TestLive: a use needs every kind of its purpose, each of them live, and names
// the last one's receipt. Promise 3: after a withdrawal nothing more.
func TestLive(t *testing.T) {
	sign := receipt(t, consent.PurposeVetting, consent.KindESign)
	shown := receipt(t, consent.PurposeVetting, consent.KindDisclosureShown)
	authorized := receipt(t, consent.PurposeVetting, consent.KindFCRAAuthorization)
	screening := receipt(t, consent.PurposeScreening, consent.KindPrivacy)

	for _, c := range []struct {
		name    string
		held    []consent.Receipt
		missing []consent.Kind
	}{
		{"nothing", nil, []consent.Kind{consent.KindESign, consent.KindDisclosureShown, consent.KindFCRAAuthorization}},
		{"another purpose's", []consent.Receipt{screening}, []consent.Kind{consent.KindESign, consent.KindDisclosureShown, consent.KindFCRAAuthorization}},
		{"authorized without the disclosure", []consent.Receipt{sign, authorized}, []consent.Kind{consent.KindDisclosureShown}},
		{"shown and not authorized", []consent.Receipt{sign, shown}, []consent.Kind{consent.KindFCRAAuthorization}},
		{"signed without E-SIGN", []consent.Receipt{shown, authorized}, []consent.Kind{consent.KindESign}},
		{"all", []consent.Receipt{sign, shown, authorized}, nil},
		{"all, in another order", []consent.Receipt{authorized, screening, shown, sign}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var g consent.Register
			for _, r := range c.held {
				if !g.Give(r) || g.Give(r) {
					t.Fatal("a receipt is not taken exactly once")
				}
			}
			if diff := cmp.Diff(c.missing, g.Missing(consent.PurposeVetting)); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
			r, err := g.Live(consent.PurposeVetting)
			if c.missing != nil {
				wantCode(t, err, onboarding.CodeConsentNotLive)
				return
			}
			if err != nil || r.ID != authorized.ID {
				t.Errorf("live under %s, %v; want %s", r.ID, err, authorized.ID)
			}
		})
	}
	t.Run("no purpose of ours", func(t *testing.T) {
		var g consent.Register
		_, err := g.Live("advertising")
		wantCode(t, err, onboarding.CodeInvalid)
		if g.Missing("advertising") != nil {
			t.Error("asks for a consent to marketing")
		}
	})
}

// TestWithdraw holds promise 3: any of it, at any step, and given again anew.
//
// Promise 3.
func TestWithdraw(t *testing.T) {
	var g consent.Register
	first, other := receipt(t, consent.PurposeValidation, consent.KindPrivacy), receipt(t, consent.PurposeScreening, consent.KindPrivacy)
	g.Give(first)
	g.Give(other)
	at := noon.Add(time.Hour)
	if out := g.Withdraw(consent.PurposeValidation, at); len(out) != 1 || out[0].ID != first.ID {
		t.Fatalf("withdraws %v", out)
	}
	if out := g.Withdraw(consent.PurposeValidation, at.Add(time.Hour)); out != nil {
		t.Errorf("withdraws once more: %v", out)
	}
	if h := g.Held[0]; h.Live() || !h.Withdrawn.Equal(at) {
		t.Errorf("withdrawn at %s", h.Withdrawn)
	}
	if g.Has(consent.PurposeValidation, consent.KindPrivacy) || !g.Has(consent.PurposeScreening, consent.KindPrivacy) {
		t.Error("the wrong consent was withdrawn")
	}
	_, err := g.Live(consent.PurposeValidation)
	wantCode(t, err, onboarding.CodeConsentNotLive)
	if g.Give(first) || g.Has(consent.PurposeValidation, consent.KindPrivacy) {
		t.Error("a receipt that was withdrawn is live again")
	}
	again := receipt(t, consent.PurposeValidation, consent.KindPrivacy)
	if !g.Give(again) {
		t.Error("a consent that was withdrawn cannot be given anew")
	}
	newest := receipt(t, consent.PurposeValidation, consent.KindPrivacy)
	g.Give(newest)
	if r, err := g.Live(consent.PurposeValidation); err != nil || r.ID != newest.ID {
		t.Errorf("live under %s, %v; want the newest", r.ID, err)
	}
	if out := g.Withdraw(consent.PurposeValidation, at); len(out) != 2 || !slices.ContainsFunc(out, func(r consent.Receipt) bool { return r.ID == again.ID }) {
		t.Errorf("of two live consents %d are withdrawn", len(out))
	}
}
