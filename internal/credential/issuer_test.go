package credential_test

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/vouchsafe/vouchsafe/internal/credential"
)

// stranger verifies as somebody would who knows nothing of ours but the address
// of our keys: an employer's system, another certifier.
func stranger(t *testing.T, jwksURL, token string) (map[string]any, jose.Header, error) {
	t.Helper()
	var set jose.JSONWebKeySet
	fetchJSON(t, jwksURL, &set)
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.EdDSA, jose.RS256, jose.ES256})
	if err != nil {
		return nil, jose.Header{}, err
	}
	header := parsed.Headers[0]
	keys := set.Key(header.KeyID)
	if len(keys) != 1 {
		t.Fatalf("%d keys are called %q", len(keys), header.KeyID)
	}
	var claims map[string]any
	var standard jwt.Claims
	if err := parsed.Claims(keys[0], &claims, &standard); err != nil {
		return nil, header, err
	}
	return claims, header, standard.Validate(jwt.Expected{Issuer: public + "/issuer", Time: issued.Add(time.Hour)})
}

// jwks serves the issuer's keys and gives their address.
func jwks(t *testing.T, i *credential.Issuer) string {
	t.Helper()
	server := httptest.NewServer(i.JWKSHandler())
	t.Cleanup(server.Close)
	return server.URL
}

// TestOpenBadge holds what a stranger reads to Open Badges 3.0, chapter 8.2.4
// (JWT proof) and annex B (the data model).
func TestOpenBadge(t *testing.T) {
	h := newHouse(t)
	b := badge()
	b.Slot = credential.Slot{List: 3, Index: 94567}
	token, err := h.issuer.Issue(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	c, header, err := stranger(t, jwks(t, h.issuer), token)
	if err != nil {
		t.Fatal(err)
	}
	if header.Algorithm != "EdDSA" || header.ExtraHeaders[jose.HeaderType] != "JWT" || header.KeyID == "" {
		t.Errorf("header %+v", header)
	}
	want := map[string]string{
		"@context.0": "https://www.w3.org/ns/credentials/v2",
		"@context.1": "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
		"type.0":     "VerifiableCredential", "type.1": "OpenBadgeCredential",
		"id": "urn:uuid:" + b.ID, "jti": "urn:uuid:" + b.ID,
		"name":      b.Achievement,
		"issuer.id": public + "/issuer", "iss": public + "/issuer", "issuer.type.0": "Profile", "issuer.name": "Vouchsafe",
		"validFrom": "2026-11-02T12:00:00Z", "validUntil": "2027-11-02T12:00:00Z",
		"credentialSubject.type.0": "AchievementSubject", "credentialSubject.name": b.Holder,
		"credentialSubject.achievement.type.0":             "Achievement",
		"credentialSubject.achievement.name":               b.Achievement,
		"credentialSubject.achievement.description":        b.Description,
		"credentialSubject.achievement.criteria.narrative": "Certified for the program Support Basics.",
		"credentialSubject.achievement.id":                 public + "/achievements/support-basics",
		// Bitstring Status List 1.0, section 2.1: the index is a string, and the ID is not the list's.
		"credentialStatus.id": public + "/status/3#94567", "credentialStatus.type": "BitstringStatusListEntry",
		"credentialStatus.statusPurpose": "revocation", "credentialStatus.statusListIndex": "94567", "credentialStatus.statusListCredential": public + "/status/3",
	}
	for path, value := range want {
		if got := at(c, path); got != value {
			t.Errorf("%s is %v, want %q", path, got, value)
		}
	}
	// The JWT's own claims must be those of the credential.
	if at(c, "sub") != at(c, "credentialSubject.id") || !strings.HasPrefix(c["sub"].(string), "urn:uuid:") {
		t.Errorf("sub is %v, the subject %v", c["sub"], at(c, "credentialSubject.id"))
	}
	if c["nbf"] != float64(issued.Unix()) || c["exp"] != float64(expires.Unix()) {
		t.Errorf("nbf %v, exp %v", c["nbf"], c["exp"])
	}
	if strings.Contains(c["sub"].(string), b.ID) {
		t.Error("the subject is called as the credential is")
	}
	// Nothing else is told: a new member is a decision, and perhaps a datum.
	known := []string{"@context", "id", "type", "issuer", "validFrom", "validUntil", "name", "credentialSubject", "credentialStatus", "iss", "jti", "sub", "nbf", "exp"}
	for member := range c {
		if !slices.Contains(known, member) {
			t.Errorf("the credential has an unexpected member %s", member)
		}
	}
	back, err := h.issuer.Verify(t.Context(), token)
	if err != nil || back != b {
		t.Errorf("read back %+v, %v; want %+v", back, err, b)
	}
}

// at follows a path such as a.b.0.
func at(v any, path string) any {
	for step := range strings.SplitSeq(path, ".") {
		switch inner := v.(type) {
		case map[string]any:
			v = inner[step]
		case []any:
			if len(step) != 1 || int(step[0]-'0') >= len(inner) {
				return nil
			}
			v = inner[step[0]-'0']
		default:
			return nil
		}
	}
	return v
}

// TestPublicKeysAreAll: what is served proves, and signs nothing.
func TestPublicKeysAreAll(t *testing.T) {
	h := newHouse(t)
	resp, err := http.Get(jwks(t, h.issuer))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := resp.Header.Get("Content-Type"); got != "application/jwk-set+json" {
		t.Errorf("Content-Type %q", got)
	}
	if resp.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(resp.Header.Get("Cache-Control"), "max-age") {
		t.Error("verifiers in browsers may read it, and need not at each badge")
	}
	var set struct{ Keys []map[string]any }
	if err := json.NewDecoder(resp.Body).Decode(&set); err != nil {
		t.Fatal(err)
	}
	if len(set.Keys) != 1 {
		t.Fatalf("%d keys", len(set.Keys))
	}
	for member := range set.Keys[0] {
		if !slices.Contains([]string{"kty", "crv", "x", "kid", "alg", "use"}, member) {
			t.Errorf("the public key has the member %q", member)
		}
	}
	if k := set.Keys[0]; k["kty"] != "OKP" || k["crv"] != "Ed25519" || k["use"] != "sig" || k["alg"] != "EdDSA" {
		t.Errorf("key %v", k)
	}
	for key, body := range h.objects.objects {
		if strings.Contains(string(body), "Ed25519") {
			t.Errorf("the signing key lies in clear at %s", key)
		}
	}
}

// TestOneBitFlipped: in any byte of header, claims or signature.
func TestOneBitFlipped(t *testing.T) {
	h := newHouse(t)
	token, err := h.issuer.Issue(t.Context(), badge())
	if err != nil {
		t.Fatal(err)
	}
	url := jwks(t, h.issuer)
	parts := strings.Split(token, ".")
	for i := range parts {
		raw, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		for at := range raw {
			raw[at] ^= 1
			forged := append([]string(nil), parts...)
			forged[i] = base64.RawURLEncoding.EncodeToString(raw)
			if _, err := h.issuer.Verify(t.Context(), strings.Join(forged, ".")); !errors.Is(err, credential.ErrNotOurs) {
				t.Errorf("part %d, byte %d: %v, want ErrNotOurs", i, at, err)
			}
			raw[at] ^= 1
		}
	}
	raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
	forged := strings.Join([]string{parts[0], base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(string(raw), "Zoë", "Eve", 1))), parts[2]}, ".")
	if _, _, err := stranger(t, url, forged); err == nil {
		t.Error("a stranger takes another's name for ours")
	}
}

// TestForged: what is well-formed and not ours, by the ways that are usual.
func TestForged(t *testing.T) {
	h, other := newHouse(t), newHouse(t)
	token, err := h.issuer.Issue(t.Context(), badge())
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	theirs, err := other.issuer.Issue(t.Context(), badge())
	if err != nil {
		t.Fatal(err)
	}
	encode := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	// What everybody may read, used as if it were a secret that we share.
	hmac, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: []byte(h.issuer.JWKS(t.Context()).Keys[0].Key.(ed25519.PublicKey))}, nil)
	if err != nil {
		t.Fatal(err)
	}
	signed, err := hmac.Sign([]byte(`{"id":"urn:uuid:x"}`))
	if err != nil {
		t.Fatal(err)
	}
	symmetric, err := signed.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	for name, forged := range map[string]string{
		"empty": "", "words": "certified, honestly", "two parts": parts[0] + "." + parts[1], "no signature": parts[0] + "." + parts[1] + ".",
		"alg none":                          encode(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + ".",
		"alg none, signed":                  encode(`{"alg":"none","typ":"JWT"}`) + "." + parts[1] + "." + parts[2],
		"the public key as a shared secret": symmetric, "another house's": theirs,
		"another's signature": parts[0] + "." + parts[1] + "." + strings.Split(theirs, ".")[2],
	} {
		if b, err := h.issuer.Verify(t.Context(), forged); !errors.Is(err, credential.ErrNotOurs) || b != (credential.Badge{}) {
			t.Errorf("%s: %+v, %v; want ErrNotOurs and nothing", name, b, err)
		}
	}
}

// TestOneKeyForAllReplicas starts many at once on an empty bucket: all have seen
// that there is no key before any makes one, and in the end there is one.
func TestOneKeyForAllReplicas(t *testing.T) {
	h := newHouse(t)
	delete(h.objects.objects, "keys/_issuer") // as before the first start
	const replicas = 8
	var missed, all sync.WaitGroup
	missed.Add(replicas)
	h.objects.missed = func(key string) {
		if key == "keys/_issuer" {
			missed.Done()
			missed.Wait()
		}
	}
	issuers := make([]*credential.Issuer, replicas)
	for n := range replicas {
		all.Go(func() {
			i, err := credential.NewIssuer(t.Context(), h.config())
			if err != nil {
				t.Error(err)
			}
			issuers[n] = i
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	kid := issuers[0].JWKS(t.Context()).Keys[0].KeyID
	for n, i := range issuers {
		if keys := i.JWKS(t.Context()).Keys; len(keys) != 1 || keys[0].KeyID != kid {
			t.Errorf("replica %d has other keys", n)
		}
		token, err := i.Issue(t.Context(), badge())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := issuers[replicas-1-n].Verify(t.Context(), token); err != nil {
			t.Errorf("what replica %d signs another does not prove: %v", n, err)
		}
	}
	if h.replica().JWKS(t.Context()).Keys[0].KeyID != kid {
		t.Error("a later start has another key")
	}
}

// TestNoKeyIsNoNewKey: when the key cannot be read the start fails. A fresh key
// in its place would make every certificate that we issued a forgery.
func TestNoKeyIsNoNewKey(t *testing.T) {
	for name, spoil := range map[string]func(*house){
		"storage down":  func(h *house) { h.objects.down = true },
		"damaged":       func(h *house) { h.objects.objects["keys/_issuer"] = []byte("noise") },
		"another vault": func(h *house) { h.vault = newHouse(t).vault },
		"no keys in it": func(h *house) {
			h.objects.objects["keys/_issuer"], _ = h.vault.SystemSeal("keys/_issuer", []byte(`{"keys":[]}`))
		},
		"no JSON": func(h *house) {
			h.objects.objects["keys/_issuer"], _ = h.vault.SystemSeal("keys/_issuer", []byte(`keys`))
		},
	} {
		h := newHouse(t)
		was := string(h.objects.objects["keys/_issuer"])
		spoil(h)
		spoiled := string(h.objects.objects["keys/_issuer"])
		if i, err := credential.NewIssuer(t.Context(), h.config()); err == nil || i != nil {
			t.Errorf("%s: an issuer came of it", name)
		}
		if now := string(h.objects.objects["keys/_issuer"]); now != spoiled || was == "" {
			t.Errorf("%s: the key was overwritten", name)
		}
	}
}
