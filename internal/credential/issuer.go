// Package credential issues and proves certificates: an Open Badges 3.0
// credential as a signed JWT, a PDF to print, and a public page's facts. A
// certificate says only that its holder is certified for a program; never
// anything of a check.
package credential

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"
)

// Sealer seals the signing key; *vault.Vault is one.
type Sealer interface {
	SystemSeal(name string, plaintext []byte) ([]byte, error)
	SystemOpen(name string, sealed []byte) ([]byte, error)
}

// KeyObjects is the bucket where the sealed keys lie; *evidence.Store is one.
type KeyObjects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	PutIf(ctx context.Context, key string, body []byte, etag string) (string, error)
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// IssuerConfig says who issues.
type IssuerConfig struct {
	Objects KeyObjects
	Sealer  Sealer
	URL     string // the issuer's ID: where the web is reached from outside
	Name    string
}

// Issuer signs and proves badges. It may be used by many goroutines, and by
// replicas that share the bucket.
type Issuer struct {
	cfg    IssuerConfig
	keys   []jose.JSONWebKey // private, oldest first; the newest signs
	signer jose.Signer
}

// issuerKeys is where the keys lie, sealed as one.
const issuerKeys = "keys/_issuer"

// NewIssuer loads the signing keys, or makes the first: the create is
// conditional, so that replicas that start together agree.
func NewIssuer(ctx context.Context, cfg IssuerConfig) (*Issuer, error) {
	i := &Issuer{cfg: cfg}
	if err := i.load(ctx); err != nil {
		return nil, err
	}
	newest := i.keys[len(i.keys)-1]
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.EdDSA, Key: newest}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return nil, fmt.Errorf("credential: the signing key: %w", err)
	}
	i.signer = signer
	return i, nil
}

func (i *Issuer) load(ctx context.Context) error {
	sealed, err := i.cfg.Objects.Get(ctx, issuerKeys)
	if i.cfg.Objects.IsMissing(err) {
		if sealed, err = i.firstKey(ctx); err != nil {
			return err
		}
	} else if err != nil {
		return fmt.Errorf("credential: read the signing keys: %w", err)
	}
	plain, err := i.cfg.Sealer.SystemOpen(issuerKeys, sealed)
	if err != nil {
		return fmt.Errorf("credential: open the signing keys: %w", err)
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(plain, &set); err != nil || len(set.Keys) == 0 {
		return errors.New("credential: the signing keys are not readable")
	}
	i.keys = set.Keys
	return nil
}

// firstKey makes and stores a key; when another replica was quicker, it gives
// that one's.
func (i *Issuer) firstKey(ctx context.Context) ([]byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("credential: make a signing key: %w", err)
	}
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private, KeyID: uuid.NewString(), Algorithm: string(jose.EdDSA), Use: "sig"}}}
	plain, err := json.Marshal(set)
	if err != nil {
		return nil, fmt.Errorf("credential: encode the signing key: %w", err)
	}
	sealed, err := i.cfg.Sealer.SystemSeal(issuerKeys, plain)
	if err != nil {
		return nil, fmt.Errorf("credential: seal the signing key: %w", err)
	}
	_, err = i.cfg.Objects.PutIf(ctx, issuerKeys, sealed, "")
	if i.cfg.Objects.IsConflict(err) {
		return i.cfg.Objects.Get(ctx, issuerKeys)
	}
	return sealed, err
}

// JWKS is the public keys, for anybody to verify with.
func (i *Issuer) JWKS() jose.JSONWebKeySet {
	var set jose.JSONWebKeySet
	for _, k := range i.keys {
		set.Keys = append(set.Keys, k.Public())
	}
	return set
}

// JWKSHandler serves JWKS.
func (i *Issuer) JWKSHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Header().Set("Cache-Control", "public, max-age=3600")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		_ = json.NewEncoder(w).Encode(i.JWKS()) // the connection is gone
	})
}

// Badge is what a credential says.
type Badge struct {
	ID          string // UUID
	Program     string
	Achievement string
	Description string
	Holder      string
	From, Until time.Time
}

// claims is the credential's form: the members of a W3C Verifiable Credential
// 2.0 at the top level, and the JWT's own, which must match them (Open Badges
// 3.0, section 8.2.4).
type claims struct {
	Context           []string `json:"@context"`
	ID                string   `json:"id"`
	Type              []string `json:"type"`
	Issuer            profile  `json:"issuer"`
	ValidFrom         string   `json:"validFrom"`
	ValidUntil        string   `json:"validUntil"`
	Name              string   `json:"name"`
	CredentialSubject subject  `json:"credentialSubject"`
	Iss               string   `json:"iss"`
	Jti               string   `json:"jti"`
	Sub               string   `json:"sub"`
	Nbf               int64    `json:"nbf"`
	Exp               int64    `json:"exp"`
}

type profile struct {
	ID   string   `json:"id"`
	Type []string `json:"type"`
	Name string   `json:"name"`
}

type subject struct {
	ID          string      `json:"id"`
	Type        []string    `json:"type"`
	Name        string      `json:"name"`
	Achievement achievement `json:"achievement"`
}

type achievement struct {
	ID          string   `json:"id"`
	Type        []string `json:"type"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Criteria    criteria `json:"criteria"`
}

type criteria struct {
	Narrative string `json:"narrative"`
}

const urn = "urn:uuid:"

// holderSpace makes the subject's ID from the credential's, so that the badge
// tells nothing of the applicant's ID.
var holderSpace = uuid.MustParse("5c9a7a1e-6f0b-4d0e-9d5c-2f6f0a9b7c11")

// Issue signs a badge and gives the compact JWS.
func (i *Issuer) Issue(b Badge) (string, error) {
	from, until := b.From.UTC().Truncate(time.Second), b.Until.UTC().Truncate(time.Second)
	holder := urn + uuid.NewSHA1(holderSpace, []byte(b.ID)).String()
	c := claims{
		Context: []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		ID:      urn + b.ID, Type: []string{"VerifiableCredential", "OpenBadgeCredential"},
		Issuer:    profile{ID: i.cfg.URL, Type: []string{"Profile"}, Name: i.cfg.Name},
		ValidFrom: from.Format(time.RFC3339), ValidUntil: until.Format(time.RFC3339), Name: b.Achievement,
		CredentialSubject: subject{ID: holder, Type: []string{"AchievementSubject"}, Name: b.Holder, Achievement: achievement{
			ID: i.cfg.URL + "/verify/" + b.ID + "#achievement", Type: []string{"Achievement"}, Name: b.Achievement, Description: b.Description,
			Criteria: criteria{Narrative: "Certified for the program " + b.Program + "."},
		}},
		Iss: i.cfg.URL, Jti: urn + b.ID, Sub: holder, Nbf: from.Unix(), Exp: until.Unix(),
	}
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("credential: encode: %w", err)
	}
	signed, err := i.signer.Sign(body)
	if err != nil {
		return "", fmt.Errorf("credential: sign: %w", err)
	}
	return signed.CompactSerialize()
}

// ErrNotOurs: the credential was not signed by us, or was changed since.
var ErrNotOurs = errors.New("credential: not signed by us, or changed since")

// Verify proves a compact JWS and gives what it says. Expiry and revocation are
// not its matter: Store.Status knows them.
func (i *Issuer) Verify(jws string) (Badge, error) {
	signed, err := jose.ParseSigned(jws, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil {
		return Badge{}, ErrNotOurs
	}
	var body []byte
	for _, k := range i.JWKS().Keys {
		if b, err := signed.Verify(k); err == nil {
			body = b
		}
	}
	var c claims
	if body == nil || json.Unmarshal(body, &c) != nil {
		return Badge{}, ErrNotOurs
	}
	a := c.CredentialSubject.Achievement
	return Badge{ID: strings.TrimPrefix(c.ID, urn), Holder: c.CredentialSubject.Name, Achievement: a.Name, Description: a.Description,
		Program: strings.TrimSuffix(strings.TrimPrefix(a.Criteria.Narrative, "Certified for the program "), "."),
		From:    time.Unix(c.Nbf, 0).UTC(), Until: time.Unix(c.Exp, 0).UTC()}, nil
}
