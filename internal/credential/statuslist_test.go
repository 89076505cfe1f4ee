package credential_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/vouchsafe/vouchsafe/internal/credential"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// verdict is what somebody finds who knows the address of our keys, the token, and
// the specifications: go-jose does the work, and nothing of ours is asked but the
// addresses that the token names. It is "valid", "altered", "expired" or "revoked",
// or says why it cannot be known.
func verdict(t *testing.T, jwksURL, token string, now time.Time) string {
	t.Helper()
	var set jose.JSONWebKeySet
	fetchJSON(t, jwksURL, &set)
	open := func(token string, out any) (jose.Header, string) {
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA})
		if err != nil {
			return jose.Header{}, "altered"
		}
		header := parsed.Headers[0]
		keys := set.Key(header.KeyID)
		var standard jwt.Claims
		if len(keys) != 1 || parsed.Claims(keys[0], &standard, out) != nil {
			return header, "altered"
		}
		switch err := standard.ValidateWithLeeway(jwt.Expected{Time: now}, 0); {
		case err == nil:
			return header, ""
		case errors.Is(err, jwt.ErrExpired):
			return header, "expired"
		default:
			return header, err.Error()
		}
	}
	var badge struct {
		CredentialStatus struct {
			ID                   string `json:"id"`
			Type                 string `json:"type"`
			StatusPurpose        string `json:"statusPurpose"`
			StatusListIndex      string `json:"statusListIndex"`
			StatusListCredential string `json:"statusListCredential"`
		} `json:"credentialStatus"`
		Issuer struct {
			ID string `json:"id"`
		} `json:"issuer"`
	}
	if _, wrong := open(token, &badge); wrong != "" {
		return wrong
	}
	at := badge.CredentialStatus
	if at.Type != "BitstringStatusListEntry" || at.StatusPurpose != "revocation" || at.ID == at.StatusListCredential {
		return fmt.Sprintf("no status: %+v", at)
	}
	resp, err := http.Get(at.StatusListCredential)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "application/vc+jwt" {
		return "the list: " + resp.Status + " " + resp.Header.Get("Content-Type")
	}
	var list struct {
		ID                string   `json:"id"`
		Issuer            string   `json:"issuer"`
		Type              []string `json:"type"`
		CredentialSubject struct {
			Type          string `json:"type"`
			StatusPurpose string `json:"statusPurpose"`
			EncodedList   string `json:"encodedList"`
		} `json:"credentialSubject"`
	}
	header, wrong := open(string(body), &list)
	subject := list.CredentialSubject
	switch {
	case wrong != "":
		return "the list: " + wrong
	case header.ExtraHeaders[jose.HeaderType] != "vc+jwt", list.ID != at.StatusListCredential, list.Issuer != badge.Issuer.ID,
		strings.Join(list.Type, " ") != "VerifiableCredential BitstringStatusListCredential",
		subject.Type != "BitstringStatusList", subject.StatusPurpose != at.StatusPurpose:
		return fmt.Sprintf("the list is another: %+v", list)
	}
	encoded, ok := strings.CutPrefix(subject.EncodedList, "u")
	packed, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil {
		return "the list is no multibase base64url"
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return "the list is not packed"
	}
	bits, err := io.ReadAll(z)
	index, indexErr := strconv.Atoi(at.StatusListIndex)
	if err != nil || indexErr != nil || len(bits)*8 < 131072 || index < 0 || index >= len(bits)*8 {
		return fmt.Sprintf("%d bits, index %s", len(bits)*8, at.StatusListIndex)
	}
	if bits[index/8]>>(7-index%8)&1 == 1 {
		return "revoked"
	}
	return "valid"
}

// TestAStrangerKnows, by the address of the keys and the token alone.
func TestAStrangerKnows(t *testing.T) {
	s := serve(t)
	keys := s.url + "/.well-known/jwks.json"
	var tokens []string
	var badges []credential.Badge
	for range 3 {
		holder, b := s.issue()
		token, err := s.store.JWT(t.Context(), holder, b.ID)
		if err != nil {
			t.Fatal(err)
		}
		tokens, badges = append(tokens, string(token)), append(badges, b)
	}
	want := func(when string, n int, at time.Time, want string) {
		t.Helper()
		if got := verdict(t, keys, tokens[n], at); got != want {
			t.Errorf("%s, certificate %d: %s, want %s", when, n, got, want)
		}
	}
	want("issued", 0, s.now, "valid")
	if err := s.store.Revoke(t.Context(), badges[1].ID, s.now); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(time.Minute)
	for n, is := range []string{"valid", "revoked", "valid"} {
		want("one is revoked", n, s.now, is)
	}
	s.rotateAndWait()
	for n, is := range []string{"valid", "revoked", "valid"} {
		want("the key is another", n, s.now, is)
	}
	// One bit in the claims.
	parts := strings.Split(tokens[0], ".")
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	parts[1] = base64.RawURLEncoding.EncodeToString(raw)
	tokens = append(tokens, strings.Join(parts, "."))
	want("a bit is turned", 3, s.now, "altered")
	s.now = expires.Add(-time.Second)
	want("a second before its end", 0, s.now, "valid")
	s.now = expires.Add(time.Second)
	want("after its end", 0, s.now, "expired")
}

func (h *house) rotateAndWait() {
	h.t.Helper()
	h.now = h.rotate(h.issuer, false).From.Add(time.Minute)
	if h.signer(h.issuer) == h.issuer.JWKS(h.t.Context()).Keys[0].KeyID {
		h.t.Fatal("the key did not change")
	}
}

// TestOldListIsNotBelieved: a list that somebody kept from before a revocation must
// not prove anything for ever.
func TestOldListIsNotBelieved(t *testing.T) {
	s := serve(t)
	s.issue()
	jws, _, err := s.store.List(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jwt.ParseSigned(jws, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		t.Fatal(err)
	}
	var c jwt.Claims
	var doc struct {
		ValidFrom  time.Time `json:"validFrom"`
		ValidUntil time.Time `json:"validUntil"`
	}
	if err := parsed.Claims(s.issuer.JWKS(t.Context()).Keys[0], &c, &doc); err != nil {
		t.Fatal(err)
	}
	if c.Validate(jwt.Expected{Time: s.now.Add(23 * time.Hour)}) != nil || c.Validate(jwt.Expected{Time: s.now.AddDate(0, 0, 2)}) == nil {
		t.Errorf("it holds until %s", c.Expiry.Time())
	}
	if !doc.ValidUntil.Equal(c.Expiry.Time()) || !doc.ValidFrom.Equal(c.NotBefore.Time()) {
		t.Errorf("%+v, and the token says %s to %s", doc, c.NotBefore.Time(), c.Expiry.Time())
	}
}

// TestListIsCached: it is the same bytes while nothing changes, and new ones
// seconds after a revocation.
func TestListIsCached(t *testing.T) {
	s := serve(t)
	_, b := s.issue()
	get := func(tag string) *http.Response {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/status/1", nil)
		r.Header.Set("If-None-Match", tag)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	first := get("")
	tag := first.Header.Get("ETag")
	if tag == "" || first.Header.Get("Cache-Control") != "public, max-age=60" || first.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("headers %v", first.Header)
	}
	s.now = s.now.Add(5 * time.Second)
	if got := get(tag); got.StatusCode != http.StatusNotModified {
		t.Errorf("unchanged: %s", got.Status)
	}
	if err := s.store.Revoke(t.Context(), b.ID, s.now); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.Add(5 * time.Second)
	if got := get(tag); got.StatusCode != http.StatusOK || got.Header.Get("ETag") == tag {
		t.Errorf("after a revocation: %s", got.Status)
	}
	for _, path := range []string{"/status/2", "/status/0", "/status/-1", "/status/x", "/status/99999999999999999999"} {
		resp, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %s", path, resp.Status)
		}
	}
	// When the store is down nothing is said: an old list might say that a revoked
	// certificate stands.
	s.objects.down = true
	s.now = s.now.Add(5 * time.Second)
	if got := get(""); got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" {
		t.Errorf("the store is down: %s", got.Status)
	}
}

// slots gives the places that are taken, by who has them.
func (h *house) slots() map[string]string {
	h.evidence.mu.Lock()
	defer h.evidence.mu.Unlock()
	out := map[string]string{}
	for key, body := range h.evidence.objects {
		if at, ok := strings.CutPrefix(key, "credential-slots/"); ok {
			out[at] = string(body)
		}
	}
	return out
}

// TestPlacesAreNeverShared: many issuers at once, on lists so small that each fills
// and the next one begins.
func TestPlacesAreNeverShared(t *testing.T) {
	h := newHouse(t)
	const issuers, each, places = 8, 12, 16
	var all sync.WaitGroup
	var mu sync.Mutex
	seen := map[credential.Slot]string{}
	for range issuers {
		store := credential.NewStore(credential.StoreConfig{Evidence: h.evidence, Objects: h.objects, Vault: h.vault, Issuer: h.replica(), PublicURL: public})
		store.Span(places)
		all.Go(func() {
			for range each {
				holder, b := h.holder(), badge()
				if _, _, err := store.Put(t.Context(), holder, b); err != nil {
					t.Error(err)
					return
				}
				token, err := store.JWT(t.Context(), holder, b.ID)
				if err != nil {
					t.Error(err)
					return
				}
				got, err := h.issuer.Verify(t.Context(), string(token))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if who, taken := seen[got.Slot]; taken || got.Slot.List < 1 || got.Slot.Index < 0 || got.Slot.Index >= places {
					t.Errorf("%s and %s have the place %+v", who, b.ID, got.Slot)
				}
				seen[got.Slot] = b.ID
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(seen) != issuers*each || len(h.slots()) != issuers*each {
		t.Errorf("%d places for %d certificates, %d are taken", len(seen), issuers*each, len(h.slots()))
	}
	most := 0
	for s := range seen {
		most = max(most, s.List)
	}
	if most < issuers*each/places {
		t.Errorf("%d lists of %d places for %d certificates", most, places, issuers*each)
	}
}

// TestPlaceOfARetry: an attempt that was cut off anywhere costs no second place.
func TestPlaceOfARetry(t *testing.T) {
	h := newHouse(t)
	holder, b := h.issue()
	for _, lost := range []string{onboarding.CredentialKey(b.ID), "credential-public/" + b.ID} {
		delete(h.evidence.objects, lost)
		delete(h.evidence.objects, onboarding.CredentialKey(b.ID))
		if _, _, err := h.store.Put(t.Context(), holder, b); err != nil {
			t.Fatal(err)
		}
		if n := len(h.slots()); n != 1 {
			t.Errorf("%s was lost: %d places are taken", lost, n)
		}
	}
}

// TestManyRevokedAtOnce, in one list, by many workers: no bit is lost.
func TestManyRevokedAtOnce(t *testing.T) {
	h := newHouse(t)
	var badges []credential.Badge
	for range 12 {
		_, b := h.issue()
		badges = append(badges, b)
	}
	_, stands := h.issue()
	var all sync.WaitGroup
	for _, b := range badges {
		all.Go(func() {
			if err := h.store.Revoke(t.Context(), b.ID, h.now); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	bits := h.objects.objects[onboarding.StatusListKey(1)]
	if len(bits)*8 != credential.ListBits {
		t.Fatalf("the list has %d bits", len(bits)*8)
	}
	set := 0
	for _, b := range bits {
		for ; b != 0; b &= b - 1 {
			set++
		}
	}
	if set != len(badges) {
		t.Errorf("%d bits are set, %d certificates revoked", set, len(badges))
	}
	if s, err := h.store.Status(t.Context(), stands.ID); err != nil || s.State != credential.Valid {
		t.Errorf("the other one: %+v, %v", s, err)
	}
}

// TestRevokedAgain keeps the day of the first time, and finishes what was cut off.
func TestRevokedAgain(t *testing.T) {
	h := newHouse(t)
	_, b := h.issue()
	if err := h.store.Revoke(t.Context(), b.ID, h.now); err != nil {
		t.Fatal(err)
	}
	delete(h.objects.objects, onboarding.StatusListKey(1)) // as if the worker had died between the two
	if err := h.store.Revoke(t.Context(), b.ID, h.now.AddDate(0, 0, 3)); err != nil {
		t.Fatal(err)
	}
	if s, err := h.store.Status(t.Context(), b.ID); err != nil || !s.Revoked.Equal(h.now) {
		t.Errorf("revoked on %s, %v", s.Revoked, err)
	}
	if h.objects.objects[onboarding.StatusListKey(1)] == nil {
		t.Error("the list does not say so")
	}
}

// TestBadgesOfBefore have no place in a list: they are revoked on our page alone.
func TestBadgesOfBefore(t *testing.T) {
	h := newHouse(t)
	holder, b := h.holder(), badge()
	facts, err := json.Marshal(map[string]any{"applicant": holder, "program": b.Program, "achievement": b.Achievement, "issued": b.From, "expires": b.Until})
	if err != nil {
		t.Fatal(err)
	}
	h.evidence.objects["credential-public/"+b.ID] = facts
	if _, _, err := h.store.Put(t.Context(), holder, b); err != nil { // its issue was cut off, and goes on after the change
		t.Fatal(err)
	}
	if len(h.slots()) != 0 {
		t.Error("a place was taken that its facts do not name")
	}
	if err := h.store.Revoke(t.Context(), b.ID, h.now); err != nil {
		t.Fatal(err)
	}
	if s, err := h.store.Status(t.Context(), b.ID); err != nil || s.State != credential.Revoked {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestName is on the page when the holder wants it, for as long as they do and the
// certificate stands.
func TestName(t *testing.T) {
	h := newHouse(t)
	holder, b := h.issue()
	name := func() string {
		t.Helper()
		s, err := h.store.Status(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		return s.Name
	}
	if name() != "" {
		t.Error("the name is shown though nobody asked")
	}
	if err := h.store.ShowName(t.Context(), holder, b.ID, b.Holder); err != nil {
		t.Fatal(err)
	}
	if name() != b.Holder {
		t.Errorf("the name is %q", name())
	}
	if body := h.objects.objects[onboarding.CredentialNameKey(b.ID)]; bytes.Contains(body, []byte("Example")) {
		t.Error("it lies in clear")
	}
	if err := h.store.HideName(t.Context(), b.ID); err != nil || name() != "" {
		t.Errorf("taken back: %q, %v", name(), err)
	}
	if err := h.store.ShowName(t.Context(), holder, b.ID, b.Holder); err != nil {
		t.Fatal(err)
	}
	h.now = expires
	if name() != "" {
		t.Error("an expired certificate shows a name")
	}
	h.now = issued
	if err := h.vault.Destroy(t.Context(), holder); err != nil || name() != "" {
		t.Errorf("erased: %q, %v", name(), err)
	}
}
