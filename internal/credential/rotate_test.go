package credential_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

func (h *house) rotate(i *credential.Issuer, now bool) credential.Key {
	h.t.Helper()
	k, err := i.Rotate(h.t.Context(), credential.Rotation{By: "operator", Reason: "once a year", Now: now})
	if err != nil {
		h.t.Fatal(err)
	}
	return k
}

// signer gives the name of the key that signs now.
func (h *house) signer(i *credential.Issuer) string {
	h.t.Helper()
	token, err := i.Issue(h.t.Context(), badge())
	if err != nil {
		h.t.Fatal(err)
	}
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		h.t.Fatal(err)
	}
	return signed.Signatures[0].Header.KeyID
}

// TestRotation: a new key is published before it signs, and what an older one has
// signed stands for good. Replicas need no restart.
func TestRotation(t *testing.T) {
	h := newHouse(t)
	other := h.replica()
	first := h.signer(h.issuer)
	old, err := h.issuer.Issue(t.Context(), badge())
	if err != nil {
		t.Fatal(err)
	}
	made := h.rotate(h.issuer, false)
	if made.Signs || !made.Waits || made.From.Sub(h.now) < time.Hour {
		t.Errorf("%+v: others keep our keys for an hour", made)
	}
	if _, err := h.issuer.Rotate(t.Context(), credential.Rotation{Reason: "again"}); onboarding.CodeOf(err) != onboarding.CodeConflict {
		t.Errorf("a second key beside one that waits: %v", err)
	}
	h.now = h.now.Add(time.Minute)
	for n, i := range []*credential.Issuer{h.issuer, other} {
		if set := i.JWKS(t.Context()); len(set.Keys) != 2 || set.Keys[1].KeyID != made.ID {
			t.Errorf("replica %d does not publish the new key: %d keys", n, len(set.Keys))
		}
		if h.signer(i) != first {
			t.Errorf("replica %d signs with a key that others may not have yet", n)
		}
	}
	h.now = made.From
	for n, i := range []*credential.Issuer{h.issuer, other} {
		if h.signer(i) != made.ID {
			t.Errorf("replica %d does not sign with the new key when its time has come", n)
		}
		if _, err := i.Verify(t.Context(), old); err != nil {
			t.Errorf("replica %d: what was signed before stands no more: %v", n, err)
		}
	}
	if _, _, err := stranger(t, jwks(t, other), old); err != nil {
		t.Errorf("for a stranger it stands no more: %v", err)
	}
	// The next rotation drops the private half of the key that signs no more.
	h.now = h.now.Add(time.Hour)
	third := h.rotate(other, false)
	if n := h.privates(); n != 2 {
		t.Errorf("%d private keys are kept: the one that signs and the one that will", n)
	}
	keys, err := h.issuer.Keys(t.Context())
	if err != nil || len(keys) != 3 || !keys[1].Signs || keys[0].Signs || keys[0].Waits || !keys[2].Waits || keys[2].ID != third.ID {
		t.Errorf("%+v, %v", keys, err)
	}
	if _, err := h.replica().Verify(t.Context(), old); err != nil {
		t.Errorf("with its private half gone: %v", err)
	}
}

// privates counts the private keys that lie in the bucket.
func (h *house) privates() int {
	h.t.Helper()
	plain, err := h.vault.SystemOpen("keys/_issuer", h.objects.objects["keys/_issuer"])
	if err != nil {
		h.t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(plain, &set); err != nil {
		h.t.Fatal(err)
	}
	return len(set.Keys) - len(slices.DeleteFunc(slices.Clone(set.Keys), func(k jose.JSONWebKey) bool { return !k.IsPublic() }))
}

// TestRotationAtOnce is for a key that may be in wrong hands.
func TestRotationAtOnce(t *testing.T) {
	h := newHouse(t)
	h.rotate(h.issuer, false) // one waits already
	made := h.rotate(h.issuer, true)
	if !made.Signs || h.signer(h.issuer) != made.ID || h.privates() != 1 {
		t.Errorf("%+v, %d private keys", made, h.privates())
	}
	h.now = h.now.AddDate(0, 0, 1)
	if h.signer(h.replica()) != made.ID {
		t.Error("the key that had waited signs after all")
	}
}

// TestRotationIsRecorded, before the key is there; and never for no reason.
func TestRotationIsRecorded(t *testing.T) {
	h := newHouse(t)
	if _, err := h.issuer.Rotate(t.Context(), credential.Rotation{By: "operator", Reason: " "}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("without a reason: %v", err)
	}
	made := h.rotate(h.issuer, false)
	var records []string
	for key, body := range h.evidence.objects {
		if strings.HasPrefix(key, "issuer-keys/") {
			records = append(records, string(body))
			if strings.Contains(string(body), `"d":`) {
				t.Errorf("%s has the private half", key)
			}
		}
	}
	if len(records) != 2 || !strings.Contains(strings.Join(records, ""), made.ID) || !strings.Contains(strings.Join(records, ""), "once a year") {
		t.Errorf("the records: %q", records)
	}
	h.evidence.down = true
	if _, err := h.issuer.Rotate(t.Context(), credential.Rotation{Reason: "x", Now: true}); err == nil || h.privates() != 2 {
		t.Errorf("a key that could not be recorded: %v", err)
	}
}

// TestManyRotateAtOnce: one key comes of it, and none is lost.
func TestManyRotateAtOnce(t *testing.T) {
	h := newHouse(t)
	var all sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range 6 {
		i := h.replica()
		all.Go(func() {
			_, err := i.Rotate(t.Context(), credential.Rotation{By: "operator", Reason: "yearly"})
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				done++
			case onboarding.CodeOf(err) != onboarding.CodeConflict:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if keys := h.replica().JWKS(t.Context()).Keys; done != 1 || len(keys) != 2 {
		t.Errorf("%d rotations were done, %d keys are there", done, len(keys))
	}
}

// TestKeysOfBefore: a bucket whose keys were stored by an earlier version, without
// their times, and with names that are no addresses.
func TestKeysOfBefore(t *testing.T) {
	h := newHouse(t)
	plain, err := h.vault.SystemOpen("keys/_issuer", h.objects.objects["keys/_issuer"])
	if err != nil {
		t.Fatal(err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(plain, &set); err != nil {
		t.Fatal(err)
	}
	set.Keys[0].KeyID = "an-older-name"
	if plain, err = json.Marshal(set); err != nil {
		t.Fatal(err)
	}
	if h.objects.objects["keys/_issuer"], err = h.vault.SystemSeal("keys/_issuer", plain); err != nil {
		t.Fatal(err)
	}
	i := h.replica()
	if h.signer(i) != "an-older-name" {
		t.Error("the key of before does not sign")
	}
	made := h.rotate(i, false)
	h.now = made.From
	if h.signer(i) != made.ID || len(i.JWKS(t.Context()).Keys) != 2 {
		t.Error("it cannot be rotated")
	}
}

// TestKeyAddress: a badge's header names its key by an address that gives it (Open
// Badges 3.0, section 8.2.3), and the issuer's ID is one that names the same keys.
func TestKeyAddress(t *testing.T) {
	s := serve(t)
	token, err := s.issuer.Issue(t.Context(), badge())
	if err != nil {
		t.Fatal(err)
	}
	signed, err := jose.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	kid := signed.Signatures[0].Header.KeyID
	var key jose.JSONWebKey
	fetchJSON(t, kid, &key)
	if _, err := signed.Verify(key); err != nil {
		t.Errorf("the key at %s: %v", kid, err)
	}
	var doc struct {
		ID                 string
		Type               []string
		VerificationMethod []struct {
			ID, Type, Controller string
			PublicKeyJwk         jose.JSONWebKey
		}
		AssertionMethod []string
	}
	fetchJSON(t, s.issuer.ID(), &doc)
	if doc.ID != s.issuer.ID() || !slices.Equal(doc.Type, []string{"Profile"}) || len(doc.VerificationMethod) != 1 || !slices.Equal(doc.AssertionMethod, []string{kid}) {
		t.Fatalf("the issuer's profile: %+v", doc)
	}
	if m := doc.VerificationMethod[0]; m.ID != kid || m.Type != "JsonWebKey" || m.Controller != doc.ID {
		t.Errorf("its key: %+v", m)
	}
	if _, err := signed.Verify(doc.VerificationMethod[0].PublicKeyJwk); err != nil {
		t.Error(err)
	}
	resp, err := http.Get(s.url + credential.KeyPath + "none")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusNotFound {
		t.Errorf("a key that there is not: %d", resp.StatusCode)
	}
}

// serve is a house whose public addresses answer.
func serve(t *testing.T) *house {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h := newHouseAt(t, server.URL)
	mux.Handle("GET /.well-known/jwks.json", h.issuer.JWKSHandler())
	mux.Handle("GET "+credential.KeyPath+"{key}", h.issuer.KeyHandler())
	mux.Handle("GET "+credential.IssuerPath, h.issuer.ProfileHandler())
	mux.Handle("GET "+credential.StatusPath+"{list}", h.store.ListHandler())
	return h
}

func fetchJSON(t *testing.T, url string, out any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", url, resp.Status)
	}
	if err := json.NewDecoder(resp.Body).Decode(out); err != nil {
		t.Fatal(err)
	}
}
