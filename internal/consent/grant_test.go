package consent_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

var (
	errMissing  = errors.New("missing")
	errConflict = errors.New("conflict")
	errDown     = errors.New("down")
)

// store is a bucket in memory: the ledger's pages, the marks of withdrawals under
// the keys that they have in the evidence bucket, and the profiles.
type store struct {
	pages    map[string][]byte
	profiles map[string]onboarding.Profile
	opened   atomic.Int32
	down     bool
}

func newStore() *store {
	return &store{pages: map[string][]byte{}, profiles: map[string]onboarding.Profile{}}
}

func (s *store) PutOnce(_ context.Context, key string, body []byte) error {
	if was, ok := s.pages[key]; ok && string(was) != string(body) {
		return errConflict
	}
	s.pages[key] = body
	return nil
}

func (s *store) Get(_ context.Context, key string) ([]byte, error) {
	if body, ok := s.pages[key]; ok {
		return body, nil
	}
	return nil, errMissing
}

func (s *store) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (s *store) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

func (s *store) Withdrawn(_ context.Context, id onboarding.ApplicantID, receipt string) (bool, error) {
	if s.down {
		return false, errDown
	}
	_, ok := s.pages[onboarding.WithdrawalKey(id, receipt)]
	return ok, nil
}

func (s *store) Profile(_ context.Context, id onboarding.ApplicantID, ref string) (onboarding.Profile, error) {
	s.opened.Add(1)
	if p, ok := s.profiles[string(id)+" "+ref]; ok {
		return p, nil
	}
	return nil, &onboarding.Error{Code: onboarding.CodeKeyDestroyed, Message: "The data is erased."}
}

// person is somebody whose profile has every field, so that one too many would show.
func person() onboarding.Profile {
	p := onboarding.Profile{}
	for _, f := range onboarding.Fields() {
		p[f] = "value of " + string(f)
	}
	p[onboarding.FieldEmail], p[onboarding.FieldPhone], p[onboarding.FieldNationalID] = "ada@example.com", "+15035550142", "987654321"
	return p
}

// desk is all that is needed to ask for one use: change any of it, then redeem.
type desk struct {
	store   *store
	id      onboarding.ApplicantID
	profile string
	given   consent.Receipt
	use     ledger.Record
	shown   consent.Receipt // what is laid before the desk; given, unless a test changes it
}

var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// validation is a right use: the e-mail address goes to kickbox.
func validation() *desk {
	return newDesk(consent.PurposeValidation, consent.KindPrivacy, "kickbox", onboarding.FieldEmail)
}

// vetting is a right use: a report is ordered.
func vetting() *desk {
	return newDesk(consent.PurposeVetting, consent.KindFCRAAuthorization, "findly", onboarding.FieldGivenName, onboarding.FieldFamilyName, onboarding.FieldNationalID)
}

func newDesk(p consent.PurposeID, k consent.Kind, recipient string, fields ...onboarding.Field) *desk {
	d := &desk{store: newStore(), id: onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String()), profile: "profiles/x/1"}
	d.store.profiles[string(d.id)+" "+d.profile] = person()
	d.given = consent.Receipt{ID: uuid.NewString(), Applicant: d.id, Kind: k, Purpose: p, Method: "button", ShownAt: noon.Add(-2 * time.Minute), GivenAt: noon.Add(-time.Minute)}
	d.shown = d.given
	d.use = ledger.Record{Kind: ledger.KindUse, Actor: "system", Check: onboarding.CheckEmail, Round: 2, Purpose: string(p), Recipient: recipient, Fields: fields, Receipt: d.given.ID}
	return d
}

// stored writes the consent and the intent into a real book.
func (d *desk) stored(t *testing.T) ledger.Stored {
	t.Helper()
	chain := ledger.NewChain(d.id)
	given := chain.Append(d.given.GivenAt, ledger.Record{Kind: ledger.KindConsentGiven, Actor: "applicant", Purpose: string(d.given.Purpose), Receipt: d.given.ID})
	use := chain.Append(noon, d.use)
	out, err := ledger.NewBook(d.store).Store(t.Context(), []ledger.Page{chain.Cut([]ledger.Record{given, use})})
	if err != nil {
		t.Fatal(err)
	}
	return out[1]
}

func redeem[P consent.Purpose](t *testing.T, d *desk) (consent.Grant[P], error) {
	t.Helper()
	return consent.Redeem[P](t.Context(), consent.NewDesk(d.store, d.store), d.stored(t), d.shown, d.profile)
}

func grant[P consent.Purpose](t *testing.T, d *desk) consent.Grant[P] {
	t.Helper()
	g, err := redeem[P](t, d)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func wantCode(t *testing.T, err error, want onboarding.Code) {
	t.Helper()
	var e *onboarding.Error
	if !errors.As(err, &e) || e.Code != want || e.Message == "" {
		t.Errorf("error is %v; want code %s", err, want)
	}
	for _, datum := range person() {
		if err != nil && strings.Contains(err.Error(), datum) {
			t.Errorf("the error tells a datum: %v", err)
		}
	}
}

// TestOpen is the way it should go: the fields of the intent, and no more.
func TestOpen(t *testing.T) {
	d := validation()
	g := grant[consent.Validation](t, d)
	if g.Applicant() != d.id || g.OrderKey() != onboarding.OrderKey(d.id, onboarding.CheckEmail, 2) {
		t.Errorf("for %s, %s", g.Applicant(), g.OrderKey())
	}
	if d.store.opened.Load() != 0 {
		t.Error("the profile was opened before anybody asked")
	}
	p, err := g.Open(t.Context(), "kickbox")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(onboarding.Profile{onboarding.FieldEmail: "ada@example.com"}, p); diff != "" {
		t.Errorf("38: (-want +got):\n%s", diff)
	}
}

// TestOpenNothing: a use without fields opens no profile at all.
func TestOpenNothing(t *testing.T) {
	d := newDesk(consent.PurposeQualification, consent.KindPrivacy, "own")
	p, err := grant[consent.Qualification](t, d).Open(t.Context(), "own")
	if err != nil || len(p) != 0 || d.store.opened.Load() != 0 {
		t.Errorf("%v, %v; opened %d times", p, err, d.store.opened.Load())
	}
}

// TestSpentOnce: one intent in the ledger is one call, whatever is called first,
// however the grant is copied, and however many ask at once.
func TestSpentOnce(t *testing.T) {
	for name, first := range map[string]func(consent.Grant[consent.Validation]) error{
		"opened": func(g consent.Grant[consent.Validation]) error { _, err := g.Open(t.Context(), "kickbox"); return err },
		"spent":  func(g consent.Grant[consent.Validation]) error { return g.Spend("kickbox") },
	} {
		t.Run(name, func(t *testing.T) {
			d := validation()
			g := grant[consent.Validation](t, d)
			duplicate := g
			if err := first(g); err != nil {
				t.Fatal(err)
			}
			opened := d.store.opened.Load()
			_, err := g.Open(t.Context(), "kickbox")
			wantCode(t, err, onboarding.CodeGrantRefused)
			_, err = duplicate.Open(t.Context(), "kickbox")
			wantCode(t, err, onboarding.CodeGrantRefused)
			wantCode(t, duplicate.Spend("kickbox"), onboarding.CodeGrantRefused)
			if d.store.opened.Load() != opened {
				t.Error("a spent grant opened the profile")
			}
		})
	}
	t.Run("by fifty at once", func(t *testing.T) {
		d := validation()
		g := grant[consent.Validation](t, d)
		var all sync.WaitGroup
		var won atomic.Int32
		for range 50 {
			all.Go(func() {
				if _, err := g.Open(context.Background(), "kickbox"); err == nil {
					won.Add(1)
				}
			})
		}
		all.Wait()
		if won.Load() != 1 || d.store.opened.Load() != 1 {
			t.Errorf("%d got the fields, opened %d times", won.Load(), d.store.opened.Load())
		}
	})
}

// TestOtherRecipient: a grant for one vendor serves no other, and trying does not
// spend it.
func TestOtherRecipient(t *testing.T) {
	d := validation()
	g := grant[consent.Validation](t, d)
	for _, other := range []string{"twilio", "findly", "Kickbox", "kickbox ", ""} {
		_, err := g.Open(t.Context(), other)
		wantCode(t, err, onboarding.CodeGrantRefused)
		wantCode(t, g.Spend(other), onboarding.CodeGrantRefused)
	}
	if d.store.opened.Load() != 0 {
		t.Error("the profile was opened for somebody else")
	}
	if _, err := g.Open(t.Context(), "kickbox"); err != nil {
		t.Errorf("the right one is refused after the wrong ones: %v", err)
	}
}

// TestForgedGrant is one that no desk gave.
func TestForgedGrant(t *testing.T) {
	var forged consent.Grant[consent.Vetting]
	_, err := forged.Open(t.Context(), "findly")
	wantCode(t, err, onboarding.CodeGrantRefused)
	wantCode(t, forged.Spend("findly"), onboarding.CodeGrantRefused)
	wantCode(t, forged.Spend(""), onboarding.CodeGrantRefused)
	if forged.Applicant() != "" || forged.OrderKey() != "" {
		t.Errorf("it speaks for %s, %s", forged.Applicant(), forged.OrderKey())
	}
}

// TestRefused is everything that may not become a grant. Each case is a right use
// with one thing wrong in it. There is no consent that runs out by itself: how
// long one holds is the applicant's to say, by withdrawing it.
//
// Promise 20, 29, 36, 38.
func TestRefused(t *testing.T) {
	someone := onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
	for _, c := range []struct {
		name  string
		of    func() *desk
		wrong func(*desk)
		code  onboarding.Code
	}{
		{"20: an intent that is no use", validation, func(d *desk) { d.use.Kind = ledger.KindUseRefused }, onboarding.CodeGrantRefused},
		{"20: an outcome redeemed once more", validation, func(d *desk) { d.use.Kind = ledger.KindUseDone }, onboarding.CodeGrantRefused},
		{"20: recorded for another purpose", validation, func(d *desk) { d.use.Purpose = "screening" }, onboarding.CodeGrantRefused},
		{"20: recorded for no purpose", validation, func(d *desk) { d.use.Purpose = "" }, onboarding.CodeGrantRefused},
		{"29: a recipient outside the register", validation, func(d *desk) { d.use.Recipient = "databroker" }, onboarding.CodeGrantRefused},
		{"29: a recipient of another purpose", validation, func(d *desk) { d.use.Recipient = "findly" }, onboarding.CodeGrantRefused},
		{"29: no recipient", validation, func(d *desk) { d.use.Recipient = "" }, onboarding.CodeGrantRefused},
		{"38: another's field", validation, func(d *desk) { d.use.Fields = []onboarding.Field{onboarding.FieldPhone} }, onboarding.CodeGrantRefused},
		{"38: one field more", validation, func(d *desk) { d.use.Fields = append(d.use.Fields, onboarding.FieldGivenName) }, onboarding.CodeGrantRefused},
		{"38: a field that there is not", validation, func(d *desk) { d.use.Fields = []onboarding.Field{"shoe_size"} }, onboarding.CodeGrantRefused},
		{"41: the address on the net", vetting, func(d *desk) { d.use.Fields = append(d.use.Fields, onboarding.FieldIPAddress) }, onboarding.CodeGrantRefused},
		{"3: another receipt", validation, func(d *desk) { d.shown.ID = uuid.NewString() }, onboarding.CodeConsentNotLive},
		{"3: no receipt", validation, func(d *desk) { d.shown = consent.Receipt{} }, onboarding.CodeConsentNotLive},
		{"3: no receipt on either side", validation, func(d *desk) { d.shown.ID, d.use.Receipt = "", "" }, onboarding.CodeConsentNotLive},
		{"3: another person's receipt", validation, func(d *desk) { d.shown.Applicant = someone }, onboarding.CodeConsentNotLive},
		{"11: a receipt for another purpose", validation, func(d *desk) { d.shown.Purpose = consent.PurposeScreening }, onboarding.CodeConsentNotLive},
		{"a privacy consent is no FCRA authorization", vetting, func(d *desk) { d.shown.Kind = consent.KindPrivacy }, onboarding.CodeConsentNotLive},
		{"a disclosure shown is no FCRA authorization", vetting, func(d *desk) { d.shown.Kind = consent.KindDisclosureShown }, onboarding.CodeConsentNotLive},
		{"an E-SIGN consent is no FCRA authorization", vetting, func(d *desk) { d.shown.Kind = consent.KindESign }, onboarding.CodeConsentNotLive},
		{"an FCRA authorization is no privacy consent", validation, func(d *desk) { d.shown.Kind = consent.KindFCRAAuthorization }, onboarding.CodeConsentNotLive},
		{"36: given after the use", validation, func(d *desk) { d.shown.GivenAt = noon.Add(time.Millisecond) }, onboarding.CodeConsentNotLive},
		{"3: withdrawn", validation, func(d *desk) { d.store.pages[onboarding.WithdrawalKey(d.id, d.given.ID)] = []byte("x") }, onboarding.CodeConsentNotLive},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := c.of()
			c.wrong(d)
			var err error
			if d.given.Purpose == consent.PurposeVetting {
				var g consent.Grant[consent.Vetting]
				g, err = redeem[consent.Vetting](t, d)
				wantCode(t, g.Spend(d.use.Recipient), onboarding.CodeGrantRefused) // what comes with an error is of no use
			} else {
				var g consent.Grant[consent.Validation]
				g, err = redeem[consent.Validation](t, d)
				wantCode(t, g.Spend(d.use.Recipient), onboarding.CodeGrantRefused)
			}
			wantCode(t, err, c.code)
			if d.store.opened.Load() != 0 {
				t.Error("the profile was opened")
			}
		})
	}
	t.Run("given in the same moment", func(t *testing.T) {
		d := validation()
		d.shown.GivenAt = noon
		grant[consent.Validation](t, d)
	})
	t.Run("another's withdrawal", func(t *testing.T) {
		d := validation()
		d.store.pages[onboarding.WithdrawalKey(someone, d.given.ID)] = []byte("x")
		d.store.pages[onboarding.WithdrawalKey(d.id, "other")] = []byte("x")
		grant[consent.Validation](t, d)
	})
	t.Run("36: an intent that was never stored", func(t *testing.T) {
		d := validation()
		_, err := consent.Redeem[consent.Validation](t.Context(), consent.NewDesk(d.store, d.store), ledger.Stored{}, d.shown, d.profile)
		wantCode(t, err, onboarding.CodeGrantRefused)
	})
}

// TestWithdrawnIsAskedOfTheStore: when the store does not answer we do not know,
// and an error, which is tried again, says so; nothing is given meanwhile.
func TestWithdrawnIsAskedOfTheStore(t *testing.T) {
	d := validation()
	d.store.down = true
	g, err := redeem[consent.Validation](t, d)
	if !errors.Is(err, errDown) || onboarding.CodeOf(err) != onboarding.CodeInternal {
		t.Errorf("%v", err)
	}
	wantCode(t, g.Spend("kickbox"), onboarding.CodeGrantRefused)
}

// TestErased: what the vault says of a destroyed key reaches the caller whole, and
// another's profile is never asked for.
func TestErased(t *testing.T) {
	d := validation()
	clear(d.store.profiles)
	d.store.profiles["somebody else "+d.profile] = person()
	g := grant[consent.Validation](t, d)
	_, err := g.Open(t.Context(), "kickbox")
	wantCode(t, err, onboarding.CodeKeyDestroyed)
	_, err = g.Open(t.Context(), "kickbox") // it is spent all the same: one intent, one try
	wantCode(t, err, onboarding.CodeGrantRefused)
}

// TestRegister holds promises 1, 29, 30, 31 and 38: who may get what for what is a
// closed table, and nobody can add to it from outside.
//
// Promise 1, 13, 15, 29, 30, 31, 35, 38, 41.
func TestRegister(t *testing.T) {
	t.Run("1: every field has a purpose, but for what proves a signature", func(t *testing.T) {
		has := map[onboarding.Field]bool{}
		for _, s := range consent.Specs() {
			for _, f := range s.Fields {
				if !f.Known() {
					t.Errorf("%s is for %q, which is no field", s.ID, f)
				}
				has[f] = true
			}
		}
		for _, f := range slices.Concat(onboarding.Fields(), onboarding.TaxFields()) {
			proof := f == onboarding.FieldSignature || f == onboarding.FieldUserAgent // sealed in receipts, never opened for a use
			if has[f] == proof {
				t.Errorf("%s: has a purpose: %v", f, has[f])
			}
		}
	})
	t.Run("29, 38: recipients and fields", func(t *testing.T) {
		for _, s := range consent.Specs() {
			for recipient, fields := range s.Recipients {
				if !s.Allows(recipient, fields) || !s.Allows(recipient, nil) {
					t.Errorf("%s: %s may not get %v, though the register says so: a field is not the purpose's", s.ID, recipient, fields)
				}
				for _, f := range slices.Concat(onboarding.Fields(), onboarding.TaxFields()) {
					if may := slices.Contains(fields, f); s.Allows(recipient, []onboarding.Field{f}) != may {
						t.Errorf("%s: %s gets %s: %v", s.ID, recipient, f, !may)
					}
				}
			}
			if s.Allows("databroker", nil) || s.Allows("", nil) {
				t.Errorf("%s: somebody outside the register is let in", s.ID)
			}
		}
	})
	t.Run("29, 38: the whole table", func(t *testing.T) {
		// Whoever adds a line here sends somebody a datum that they did not get
		// before: the notice must say so in a new version.
		const name, address = "given_name middle_name family_name", "street unit city state postal_code country"
		want := map[string]string{
			"account mail":             "email given_name",
			"text_messages twilio-sms": "phone",
			"marketing mail":           "email given_name",
			"tax own":                  "tax_name tax_business_name tax_classification tax_address taxpayer_number taxpayer_number_kind tax_certification",
			"validation kickbox":       "email",
			"validation twilio":        "phone",
			"validation smarty":        "street unit city state postal_code",
			"validation maxmind":       "ip_address",
			"validation stripe":        "",
			"validation own":           "email phone national_id date_of_birth",
			"screening own":            name + " date_of_birth state country",
			"screening watchman":       name + " date_of_birth",
			"screening yente":          name + " date_of_birth",
			"vetting findly":           name + " date_of_birth national_id " + address + " past_addresses",
			"vetting checkr":           name + " date_of_birth national_id email city state postal_code country",
			"vetting mail":             "email given_name",
			"qualification own":        "",
			"certification holder":     name,
			"certification public":     name,
			"certification own":        name,
		}
		got := map[string]string{}
		for _, s := range consent.Specs() {
			for recipient, fields := range s.Recipients {
				var names []string
				for _, f := range fields {
					names = append(names, string(f))
				}
				got[string(s.ID)+" "+recipient] = strings.Join(names, " ")
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		// A recipient's line does not widen its purpose.
		s := consent.Spec{Fields: []onboarding.Field{onboarding.FieldEmail}, Recipients: map[string][]onboarding.Field{"x": {onboarding.FieldEmail, onboarding.FieldPhone}}}
		if !s.Allows("x", s.Fields) || s.Allows("x", s.Recipients["x"]) {
			t.Error("1: a field that is not the purpose's goes out for it")
		}
	})
	t.Run("15, 30, 31: marketing is asked for apart, goes to who carries our mail and to nobody else", func(t *testing.T) {
		s, err := consent.SpecOf(consent.PurposeMarketing)
		if err != nil || !s.Optional || !s.Later || len(s.Recipients) != 1 || !s.Allows("mail", []onboarding.Field{onboarding.FieldEmail, onboarding.FieldGivenName}) || s.Allows("mail", []onboarding.Field{onboarding.FieldPhone}) {
			t.Errorf("%+v, %v", s, err)
		}
		for _, s := range consent.Asked() {
			if s.ID == consent.PurposeMarketing {
				t.Error("marketing is asked for with the application")
			}
		}
	})
	t.Run("what is no purpose lets nothing out", func(t *testing.T) {
		for _, id := range []consent.PurposeID{"advertising", "", "Validation"} {
			s, err := consent.SpecOf(id)
			wantCode(t, err, onboarding.CodeInvalid)
			if s.Allows("mail", nil) {
				t.Errorf("%q lets mail out", id)
			}
		}
	})
	t.Run("29: it cannot be changed from outside", func(t *testing.T) {
		s, err := consent.SpecOf(consent.PurposeValidation)
		if err != nil {
			t.Fatal(err)
		}
		all := consent.Specs()
		for _, s := range append(all, s) {
			s.Recipients["databroker"] = onboarding.Fields()
			s.Recipients["kickbox"] = append(s.Recipients["kickbox"][:0], onboarding.FieldPhone)
			for i := range s.Fields {
				s.Fields[i] = onboarding.FieldNationalID
			}
			for i := range s.Kinds {
				s.Kinds[i] = consent.KindPrivacy
			}
		}
		d := validation()
		d.use.Recipient = "databroker"
		_, err = redeem[consent.Validation](t, d)
		wantCode(t, err, onboarding.CodeGrantRefused)
		grant[consent.Validation](t, validation())
		grant[consent.Vetting](t, vetting())
	})
}

// TestPurposeTypes: the type and the word in the ledger are the same purpose.
//
// Promise 11, 13.
func TestPurposeTypes(t *testing.T) {
	types := []consent.PurposeID{consent.Account{}.ID(), consent.Validation{}.ID(), consent.Screening{}.ID(), consent.Vetting{}.ID(),
		consent.Qualification{}.ID(), consent.Certification{}.ID(), consent.Tax{}.ID(), consent.TextMessages{}.ID(), consent.Marketing{}.ID()}
	var specs []consent.PurposeID
	for _, s := range consent.Specs() {
		specs = append(specs, s.ID)
		if s.Title == "" || s.Stops == "" || !strings.HasPrefix(s.DPV, "https://w3id.org/") || !strings.HasPrefix(s.Basis, "https://w3id.org/dpv#") {
			t.Errorf("%s does not say enough of itself: %+v", s.ID, s)
		}
	}
	if diff := cmp.Diff(specs, types); diff != "" {
		t.Errorf("11: (-specs +types):\n%s", diff)
	}
}
