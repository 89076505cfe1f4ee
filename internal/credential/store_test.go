package credential_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/paper/papertest"
)

// issue keeps a badge for a new holder.
func (h *house) issue() (onboarding.ApplicantID, credential.Badge) {
	h.t.Helper()
	holder, b := h.holder(), badge()
	if _, _, err := h.store.Put(h.t.Context(), holder, b); err != nil {
		h.t.Fatal(err)
	}
	return holder, b
}

func TestPutKeepsOne(t *testing.T) {
	h := newHouse(t)
	holder, b := h.holder(), badge()
	object, digest, err := h.store.Put(t.Context(), holder, b)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(h.evidence.objects[object])
	if object != onboarding.CredentialKey(b.ID) || digest != hex.EncodeToString(sum[:]) {
		t.Errorf("object %s, digest %s: the ledger would name other bytes", object, digest)
	}
	first, err := h.store.JWT(t.Context(), holder, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	// The activity was told nothing and is tried again: sealing gives other bytes
	// each time, and still there is one certificate.
	again, same, err := h.store.Put(t.Context(), holder, b)
	if err != nil || again != object || same != digest {
		t.Errorf("again: %s %s, %v", again, same, err)
	}
	if second, err := h.store.JWT(t.Context(), holder, b.ID); err != nil || string(second) != string(first) {
		t.Errorf("there are two certificates: %v", err)
	}
	// The same number for something else is a fault, and changes nothing.
	other := b
	other.Program = "Health Line"
	if _, _, err := h.store.Put(t.Context(), holder, other); !errors.Is(err, errConflict) {
		t.Errorf("another badge under the same number: %v", err)
	}
	if s, err := h.store.Status(t.Context(), b.ID); err != nil || s.Program != b.Program {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestPutCutOff: the public facts were stored and the certificate was not.
func TestPutCutOff(t *testing.T) {
	h := newHouse(t)
	holder, b := h.issue()
	delete(h.evidence.objects, onboarding.CredentialKey(b.ID))
	if _, _, err := h.store.Put(t.Context(), holder, b); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.JWT(t.Context(), holder, b.ID); err != nil {
		t.Error(err)
	}
}

// TestNothingOfTheHolderInClear: what lies in the buckets names nobody.
func TestNothingOfTheHolderInClear(t *testing.T) {
	h := newHouse(t)
	holder, b := h.issue()
	token, err := h.store.JWT(t.Context(), holder, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	for key, body := range h.evidence.objects {
		for _, canary := range []string{"Zoë", "Example", string(token[:20])} { // long enough not to lie in random bytes
			if strings.Contains(string(body), canary) || strings.Contains(key, canary) {
				t.Errorf("%s tells %q: %s", key, canary, body)
			}
		}
	}
}

func TestStatus(t *testing.T) {
	h := newHouse(t)
	_, b := h.issue()
	_, taken := h.issue()
	revoke := func() {
		if err := h.store.Revoke(t.Context(), taken.ID, h.now); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name       string
		at         time.Time
		before     func()
		one, other credential.State
	}{
		{"when issued", issued, nil, credential.Valid, credential.Valid},
		{"when one is revoked", issued.Add(time.Hour), revoke, credential.Valid, credential.Revoked},
		{"when it is revoked again", issued.Add(2 * time.Hour), revoke, credential.Valid, credential.Revoked},
		{"a second before the end", expires.Add(-time.Second), nil, credential.Valid, credential.Revoked},
		{"at the end", expires, nil, credential.Expired, credential.Revoked}, // revoked stays what it is
		{"long after", expires.AddDate(10, 0, 0), nil, credential.Expired, credential.Revoked},
	} {
		h.now = tt.at
		if tt.before != nil {
			tt.before()
		}
		one, err := h.store.Status(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		other, err := h.store.Status(t.Context(), taken.ID)
		if err != nil {
			t.Fatal(err)
		}
		if one.State != tt.one || other.State != tt.other {
			t.Errorf("%s: %s and %s, want %s and %s", tt.name, one.State, other.State, tt.one, tt.other)
		}
		if one.Program != b.Program || one.Achievement != b.Achievement || !one.Issued.Equal(issued) || !one.Expires.Equal(expires) {
			t.Errorf("%s: %+v", tt.name, one)
		}
	}
}

// TestStatusWeDoNotKnow: when we cannot see whether it was revoked, we do not say
// that it stands.
func TestStatusWeDoNotKnow(t *testing.T) {
	h := newHouse(t)
	_, b := h.issue()
	for name, down := range map[string]*bucket{"vault": h.objects, "evidence": h.evidence} {
		down.down = true
		if s, err := h.store.Status(t.Context(), b.ID); !errors.Is(err, errDown) || s != (credential.Status{}) {
			t.Errorf("the %s bucket is down: %+v, %v", name, s, err)
		}
		down.down = false
	}
	h.evidence.objects["credential-public/"+b.ID] = []byte("noise")
	if s, err := h.store.Status(t.Context(), b.ID); err == nil || s != (credential.Status{}) {
		t.Errorf("damaged facts: %+v, %v", s, err)
	}
}

func TestNeverIssued(t *testing.T) {
	h := newHouse(t)
	holder, _ := h.issue()
	for _, id := range []string{uuid.Must(uuid.NewV7()).String(), "", "none", "../" + string(holder), string(holder), strings.Repeat("a", 5000)} {
		_, err := h.store.Status(t.Context(), id)
		_, jwt := h.store.JWT(t.Context(), holder, id)
		_, pdf := h.store.PDF(t.Context(), holder, id)
		for what, err := range map[string]error{"status": err, "JWT": jwt, "PDF": pdf} {
			if onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
				t.Errorf("%.50q, %s: %v", id, what, err)
			}
		}
	}
}

// TestForTheHolderAlone: the file has a name in it.
func TestForTheHolderAlone(t *testing.T) {
	h := newHouse(t)
	holder, b := h.issue()
	other := h.holder()
	if token, err := h.store.JWT(t.Context(), other, b.ID); onboarding.CodeOf(err) != onboarding.CodeNotAllowed || token != nil {
		t.Errorf("another's JWT: %v", err)
	}
	if doc, err := h.store.PDF(t.Context(), other, b.ID); onboarding.CodeOf(err) != onboarding.CodeNotAllowed || doc != nil {
		t.Errorf("another's PDF: %v", err)
	}
	token, err := h.store.JWT(t.Context(), holder, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if c, _, err := stranger(t, jwks(t, h.issuer), string(token)); err != nil || at(c, "credentialSubject.name") != b.Holder {
		t.Errorf("the holder's own: %v, %v", c, err)
	}
	doc, err := h.store.PDF(t.Context(), holder, b.ID)
	if err != nil {
		t.Fatal(err)
	}
	if words := papertest.Text(t, doc); !strings.Contains(words, public+"/verify/"+b.ID) {
		t.Errorf("the PDF does not lead to its proof: %s", words)
	}
}

// TestErased: when the holder's key is destroyed the file can be read no more;
// the public page, which names nobody, says that it was.
func TestErased(t *testing.T) {
	h := newHouse(t)
	holder, b := h.issue()
	if err := h.vault.Destroy(t.Context(), holder); err != nil {
		t.Fatal(err)
	}
	if _, err := h.store.JWT(t.Context(), holder, b.ID); onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
		t.Errorf("the JWT: %v", err)
	}
	if s, err := h.store.Status(t.Context(), b.ID); err != nil || s.State != credential.Erased {
		t.Errorf("the page: %+v, %v", s, err)
	}
}
