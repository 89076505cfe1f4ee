package consent_test

import (
	"slices"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func held(p consent.PurposeID, k consent.Kind, version string) consent.Receipt {
	n, err := consent.CurrentNotice(p, k, "en")
	if err != nil {
		panic(err)
	}
	ref := n.Ref()
	if version != "" {
		ref.Version = version
	}
	return consent.Receipt{ID: string(p) + "/" + string(k), Purpose: p, Kind: k, Notice: ref}
}

// TestChoice: it lets one recipient have fields, needs the purpose's own consent
// besides, and goes without taking anything else along.
func TestChoice(t *testing.T) {
	var g consent.Register
	public := func() onboarding.Code {
		_, err := g.LiveFor(consent.PurposeCertification, consent.RecipientPublic)
		return onboarding.CodeOf(err)
	}
	g.Give(held(consent.PurposeCertification, consent.KindNameShown, ""))
	if public() != onboarding.CodeConsentNotLive {
		t.Error("a choice stands without the purpose's own consent")
	}
	g.Give(held(consent.PurposeCertification, consent.KindPrivacy, ""))
	r, err := g.LiveFor(consent.PurposeCertification, consent.RecipientPublic)
	if err != nil || r.Kind != consent.KindNameShown {
		t.Errorf("the use names %s, %v", r.Kind, err)
	}
	if r, err := g.LiveFor(consent.PurposeCertification, consent.RecipientHolder); err != nil || r.Kind != consent.KindPrivacy {
		t.Errorf("the holder's certificate goes by %s, %v", r.Kind, err)
	}
	if gone := g.WithdrawKind(consent.PurposeCertification, consent.KindNameShown, time.Now()); len(gone) != 1 || public() != onboarding.CodeConsentNotLive {
		t.Errorf("taken back: %v, %s", gone, public())
	}
	if _, err := g.Live(consent.PurposeCertification); err != nil {
		t.Errorf("the purpose's own consent is gone with it: %v", err)
	}
	if len(g.Missing(consent.PurposeCertification)) != 0 {
		t.Error("a choice is asked for as if it were needed")
	}
	g.Give(consent.Receipt{ID: "again", Purpose: consent.PurposeCertification, Kind: consent.KindNameShown, Notice: held(consent.PurposeCertification, consent.KindNameShown, "").Notice})
	if g.Withdraw(consent.PurposeCertification, time.Now()); public() != onboarding.CodeConsentNotLive {
		t.Error("the choice outlives the consent to the certificate")
	}
	for _, n := range consent.Notices("en") {
		if n.Kind == consent.KindNameShown {
			t.Error("everybody is asked for it when they apply")
		}
	}
}

// TestChanged asks again where the text has another version, and nowhere else.
func TestChanged(t *testing.T) {
	var g consent.Register
	if got := g.Changed(consent.PurposeVetting); len(got) != 0 {
		t.Errorf("nothing was agreed to: %v", got)
	}
	g.Give(held(consent.PurposeScreening, consent.KindPrivacy, "2026-11-24"))
	g.Give(held(consent.PurposeCertification, consent.KindPrivacy, ""))
	for _, k := range []consent.Kind{consent.KindESign, consent.KindFCRAAuthorization} {
		g.Give(held(consent.PurposeVetting, k, ""))
	}
	g.Give(held(consent.PurposeVetting, consent.KindDisclosureShown, "2020-01-01"))
	for p, want := range map[consent.PurposeID][]consent.Kind{
		consent.PurposeScreening:     {consent.KindPrivacy},
		consent.PurposeCertification: nil,
		consent.PurposeVetting:       {consent.KindDisclosureShown, consent.KindFCRAAuthorization}, // a new disclosure wants a new authorization
		"another":                    nil,
	} {
		if got := g.Changed(p); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", p, got, want)
		}
	}
	again := held(consent.PurposeScreening, consent.KindPrivacy, "")
	again.ID = "again"
	g.Give(again)
	if got := g.Changed(consent.PurposeScreening); len(got) != 0 {
		t.Errorf("agreed to anew: %v", got)
	}
}
