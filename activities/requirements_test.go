package activities_test

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/activities"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

var monday = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

func somebody(t *testing.T) onboarding.ApplicantID {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return onboarding.ApplicantID(id.String())
}

// codeOf is the code with which an activity failed; empty: it has not.
func codeOf(t *testing.T, err error) onboarding.Code {
	t.Helper()
	var app *temporal.ApplicationError
	if err != nil && !errors.As(err, &app) {
		t.Fatalf("got %v", err)
	}
	if app == nil {
		return ""
	}
	return onboarding.Code(app.Type())
}

// TestSeats: a seat is one applicant's until they give it back. A retry finds the
// seat that it took; nobody gives back what is another's.
func TestSeats(t *testing.T) {
	locked, plain, _ := stores(t)
	acts := activities.New(activities.Config{Evidence: locked, Objects: plain})
	live := program.Live{Minutes: 30, Weekdays: []string{"tue"}, Hours: []string{"09:00"}, TimeZone: "UTC", LeadHours: 1, HorizonDays: 14, Seats: 2}
	at, name := monday.Add(21*time.Hour), strings.ToLower(rand.Text()) // a program of its own, also when the test runs again
	reserve := func(id onboarding.ApplicantID, at time.Time) workflows.ReserveSlotOut {
		t.Helper()
		out, err := acts.ReserveSlot(t.Context(), workflows.ReserveSlotIn{Applicant: id, Program: name, Requirement: "live", Live: live, At: at, Now: monday})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	release := func(id onboarding.ApplicantID, seat int) {
		t.Helper()
		if _, err := acts.ReleaseSlot(t.Context(), workflows.ReleaseSlotIn{Applicant: id, Program: name, Requirement: "live", At: at, Seat: seat}); err != nil {
			t.Fatal(err)
		}
	}
	ada, bo, cy := somebody(t), somebody(t), somebody(t)
	for i, id := range []onboarding.ApplicantID{ada, bo, ada, bo} {
		if out := reserve(id, at); !out.Offered || out.Seat != i%2+1 {
			t.Errorf("try %d: %+v", i, out)
		}
	}
	if out := reserve(cy, at); !out.Offered || out.Seat != 0 {
		t.Errorf("a third for two seats: %+v", out)
	}
	release(cy, 1) // not theirs
	if out := reserve(cy, at); out.Seat != 0 {
		t.Errorf("they have given back another's seat: %+v", out)
	}
	release(ada, 1)
	release(ada, 1) // a retry
	if out := reserve(cy, at); out.Seat != 1 {
		t.Errorf("the seat that was given back: %+v", out)
	}
	release(ada, 1) // a retry that comes late
	if out := reserve(cy, at); out.Seat != 1 {
		t.Errorf("a late retry took the seat away: %+v", out)
	}
	for why, when := range map[string]time.Time{"another day": at.Add(24 * time.Hour), "another hour": at.Add(time.Hour), "beyond the horizon": at.Add(21 * 24 * time.Hour), "the past": at.Add(-7 * 24 * time.Hour)} {
		if out := reserve(somebody(t), when); out.Offered || out.Seat != 0 {
			t.Errorf("%s: %+v", why, out)
		}
	}
}

// TestKeepAgreement: the text lies write-once under its hash, the same for all who
// sign it.
func TestKeepAgreement(t *testing.T) {
	locked, plain, _ := stores(t)
	acts := activities.New(activities.Config{Evidence: locked, Objects: plain})
	const text = "You offer your services.\n\nBy typing your name you sign this."
	var objects []string
	for range 2 {
		out, err := acts.KeepAgreement(t.Context(), workflows.KeepAgreementIn{Applicant: somebody(t), Text: text})
		if err != nil {
			t.Fatal(err)
		}
		if out.Digest != program.TextSHA256(text) {
			t.Errorf("the digest is %s", out.Digest)
		}
		objects = append(objects, out.Object)
	}
	if objects[0] != objects[1] {
		t.Errorf("two texts are kept: %v", objects)
	}
	if body, err := locked.Get(t.Context(), objects[0]); err != nil || string(body) != text {
		t.Errorf("kept %q, %v", body, err)
	}
	if err := locked.PutOnce(t.Context(), objects[0], []byte("You offer everything.")); !locked.IsConflict(err) {
		t.Errorf("the text can be put over: %v", err)
	}
}

// TestKeepTax: the details are opened for the purpose tax, under a live consent, and
// held to be whole; nothing of them comes back but where they lie and their digest.
func TestKeepTax(t *testing.T) {
	whole := onboarding.Profile{onboarding.FieldTaxName: "Quillonia Example", onboarding.FieldTaxClassification: "individual", onboarding.FieldTaxAddress: "12 Example Street, Salem",
		onboarding.FieldTaxNumber: "987654321", onboarding.FieldTaxNumberKind: "ssn", onboarding.FieldTaxCertification: "signed"}
	for name, tt := range map[string]struct {
		change    func(details onboarding.Profile, use *ledger.Record)
		withdrawn bool
		elsewhere bool // under another key than tax details lie
		want      onboarding.Code
	}{
		"whole":                 {},
		"without a number":      {change: func(p onboarding.Profile, _ *ledger.Record) { delete(p, onboarding.FieldTaxNumber) }, want: onboarding.CodeInvalid},
		"without its signature": {change: func(p onboarding.Profile, _ *ledger.Record) { p[onboarding.FieldTaxCertification] = "" }, want: onboarding.CodeInvalid},
		"for another purpose":   {change: func(_ onboarding.Profile, r *ledger.Record) { r.Purpose = string(consent.PurposeVetting) }, want: onboarding.CodeGrantRefused},
		"taken back":            {withdrawn: true, want: onboarding.CodeConsentNotLive},
		"of the profile":        {elsewhere: true, want: onboarding.CodeGrantRefused},
	} {
		t.Run(name, func(t *testing.T) {
			locked, plain, keys := stores(t)
			acts := activities.New(activities.Config{Evidence: locked, Objects: plain, Vault: keys})
			id, details := somebody(t), maps.Clone(whole)
			receipt := consent.Receipt{ID: "tax-1", Applicant: id, Purpose: consent.PurposeTax, Kind: consent.KindTaxNotice, GivenAt: monday.Add(-time.Hour),
				Notice: ledger.NoticeRef{ID: "tax", Version: "2026-11-27", Language: "en"}}
			use := ledger.Record{Kind: ledger.KindUse, Purpose: string(consent.PurposeTax), Recipient: consent.RecipientOwn, Fields: onboarding.TaxFields(), Receipt: receipt.ID}
			if tt.change != nil {
				tt.change(details, &use)
			}
			key := onboarding.TaxKey(id, 1)
			if tt.elsewhere {
				key = onboarding.ProfileKey(id, 1)
			}
			if err := keys.Create(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(details)
			if err != nil {
				t.Fatal(err)
			}
			sealed, err := keys.Seal(t.Context(), id, key, raw)
			if err != nil {
				t.Fatal(err)
			}
			if err := plain.Put(t.Context(), key, sealed); err != nil {
				t.Fatal(err)
			}
			if tt.withdrawn {
				if err := locked.PutOnce(t.Context(), onboarding.WithdrawalKey(id, receipt.ID), []byte("withdrawn\n")); err != nil {
					t.Fatal(err)
				}
			}
			chain := ledger.NewChain(id)
			intent := chain.Append(monday, use)
			page := chain.Cut([]ledger.Record{intent})
			out, err := acts.KeepTax(t.Context(), workflows.KeepTaxIn{Applicant: id, Pages: workflows.Pages{{Page: page}},
				Use: workflows.Use{Intent: intent.Seq, Page: page.Number, Receipt: receipt, Profile: key}})
			if got := codeOf(t, err); got != tt.want {
				t.Fatalf("got %v, want %q", err, tt.want)
			}
			if err != nil {
				for _, secret := range []string{"Quillonia", "987654321", "12 Example Street"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the error quotes %q: %v", secret, err)
					}
				}
				return
			}
			if out.Object != key || len(out.Digest) != 64 {
				t.Errorf("got %+v", out)
			}
			if stored, err := ledger.NewBook(locked).Recall(t.Context(), id, page.Number, intent.Seq); err != nil {
				t.Errorf("the use is not in the ledger: %v, %v", stored, err)
			}
		})
	}
}
