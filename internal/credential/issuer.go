// Package credential issues and proves certificates: an Open Badges 3.0
// credential as a signed JWT, a PDF to print, a status list for revocation, and a
// public page's facts. A certificate says only that its holder is certified for a
// program; never anything of a check.
package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Records is where it is kept, write-once, that a key was made; *evidence.Store is
// one.
type Records interface {
	PutOnce(ctx context.Context, key string, body []byte) error
}

// IssuerConfig says who issues.
type IssuerConfig struct {
	Objects shelf.Objects // the bucket where the sealed keys lie
	Records Records
	Sealer  shelf.Sealer
	URL     string           // where the web is reached from outside, without a slash at its end
	Name    string           // of who issues
	Now     func() time.Time // time.Now when nil
}

// Issuer signs and proves badges. It may be used by many goroutines, and by
// replicas that share the bucket.
type Issuer struct {
	cfg  IssuerConfig
	keys held
}

// NewIssuer loads the signing keys, or makes the first: the create is
// conditional, so that replicas that start together agree.
func NewIssuer(ctx context.Context, cfg IssuerConfig) (*Issuer, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	i := &Issuer{cfg: cfg}
	if err := i.load(ctx); err != nil {
		return nil, err
	}
	return i, nil
}

// The public addresses that a badge names.
const (
	IssuerPath      = "/issuer"        // who issues
	AchievementPath = "/achievements/" // what was achieved; a program's ID follows
	StatusPath      = "/status/"       // whether it was revoked; a list's number follows
)

// ID is the issuer's ID: the address of its profile.
func (i *Issuer) ID() string { return i.cfg.URL + IssuerPath }

// Badge is what a credential says.
type Badge struct {
	ID          string // UUID
	Program     string // its title
	ProgramID   string // its ID; empty in badges of before it was said
	Achievement string
	Description string
	Holder      string
	From, Until time.Time
	Slot        Slot // in the status lists; zero in badges of before there were any
}

// claims is the credential's form: the members of a W3C Verifiable Credential
// 2.0 at the top level, and the JWT's own, which must match them (Open Badges
// 3.0, section 8.2.4).
type claims struct {
	Context           []string     `json:"@context"`
	ID                string       `json:"id"`
	Type              []string     `json:"type"`
	Issuer            profile      `json:"issuer"`
	ValidFrom         string       `json:"validFrom"`
	ValidUntil        string       `json:"validUntil"`
	Name              string       `json:"name"`
	CredentialSubject subject      `json:"credentialSubject"`
	CredentialStatus  *statusEntry `json:"credentialStatus,omitempty"`
	Iss               string       `json:"iss"`
	Jti               string       `json:"jti"`
	Sub               string       `json:"sub"`
	Nbf               int64        `json:"nbf"`
	Exp               int64        `json:"exp"`
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

// The JSON-LD contexts that the members are defined in.
const (
	contextCredentials = "https://www.w3.org/ns/credentials/v2"
	contextBadges      = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
	contextCID         = "https://www.w3.org/ns/cid/v1"
)

const urn = "urn:uuid:"

// holderSpace makes the subject's ID from the credential's, so that the badge
// tells nothing of the applicant's ID.
var holderSpace = uuid.MustParse("5c9a7a1e-6f0b-4d0e-9d5c-2f6f0a9b7c11")

// The types of what we sign. Open Badges wants "JWT" in the header where W3C's
// note on JOSE would have vc+jwt; a status list is no badge.
const (
	typeBadge = "JWT"    // Open Badges 3.0, section 8.2.3
	typeVC    = "vc+jwt" // VC-JOSE-COSE, section 3.1.1
)

// Issue signs a badge and gives the compact JWS.
func (i *Issuer) Issue(ctx context.Context, b Badge) (string, error) {
	from, until := b.From.UTC().Truncate(time.Second), b.Until.UTC().Truncate(time.Second)
	holder := urn + uuid.NewSHA1(holderSpace, []byte(b.ID)).String()
	c := claims{
		Context: []string{contextCredentials, contextBadges},
		ID:      urn + b.ID, Type: []string{"VerifiableCredential", "OpenBadgeCredential"},
		Issuer:    i.profile(),
		ValidFrom: from.Format(time.RFC3339), ValidUntil: until.Format(time.RFC3339), Name: b.Achievement,
		CredentialSubject: subject{ID: holder, Type: []string{"AchievementSubject"}, Name: b.Holder, Achievement: i.achievement(b)},
		Iss:               i.ID(), Jti: urn + b.ID, Sub: holder, Nbf: from.Unix(), Exp: until.Unix(),
	}
	if b.Slot.List > 0 {
		c.CredentialStatus = i.entry(b.Slot)
	}
	body, err := json.Marshal(c)
	if err != nil {
		return "", fmt.Errorf("credential: encode: %w", err)
	}
	return i.sign(ctx, typeBadge, body)
}

func (i *Issuer) profile() profile {
	return profile{ID: i.ID(), Type: []string{"Profile"}, Name: i.cfg.Name}
}

func (i *Issuer) achievement(b Badge) achievement {
	id := i.cfg.URL + AchievementPath + b.ProgramID
	if b.ProgramID == "" {
		id = i.cfg.URL + "/verify/" + b.ID + "#achievement"
	}
	return achievement{ID: id, Type: []string{"Achievement"}, Name: b.Achievement, Description: b.Description,
		Criteria: criteria{Narrative: narrative + b.Program + "."}}
}

const narrative = "Certified for the program "

// ErrNotOurs: the credential was not signed by us, or was changed since.
var ErrNotOurs = errors.New("credential: not signed by us, or changed since")

// Verify proves a compact JWS and gives what it says. Expiry and revocation are
// not its matter: Store.Status knows them.
func (i *Issuer) Verify(ctx context.Context, jws string) (Badge, error) {
	signed, err := jose.ParseSigned(jws, []jose.SignatureAlgorithm{jose.EdDSA})
	if err != nil || len(signed.Signatures) != 1 || signed.Signatures[0].Protected.ExtraHeaders[jose.HeaderType] != typeBadge {
		return Badge{}, ErrNotOurs
	}
	body := i.proved(i.current(ctx), signed)
	if body == nil && i.load(ctx) == nil { // signed with a key that came since we looked
		body = i.proved(i.known(), signed)
	}
	var c claims
	if body == nil || json.Unmarshal(body, &c) != nil {
		return Badge{}, ErrNotOurs
	}
	a := c.CredentialSubject.Achievement
	b := Badge{ID: strings.TrimPrefix(c.ID, urn), Holder: c.CredentialSubject.Name, Achievement: a.Name, Description: a.Description,
		Program: strings.TrimSuffix(strings.TrimPrefix(a.Criteria.Narrative, narrative), "."),
		From:    time.Unix(c.Nbf, 0).UTC(), Until: time.Unix(c.Exp, 0).UTC()}
	if _, id, ok := strings.Cut(a.ID, AchievementPath); ok {
		b.ProgramID = id
	}
	if e := c.CredentialStatus; e != nil {
		b.Slot.Index, _ = strconv.Atoi(e.Index) // we wrote it
		b.Slot.List, _ = strconv.Atoi(e.List[strings.LastIndexByte(e.List, '/')+1:])
	}
	return b, nil
}

// proved gives what was signed, when one of our keys has.
func (i *Issuer) proved(r ring, signed *jose.JSONWebSignature) []byte {
	kid := signed.Signatures[0].Protected.KeyID
	for _, k := range r.public().Keys {
		if k.KeyID != kid {
			continue
		}
		if b, err := signed.Verify(k); err == nil {
			return b
		}
	}
	return nil
}

// method is a key in the form of W3C's Controlled Identifiers 1.0, section 2.2.
type method struct {
	ID         string          `json:"id"`
	Type       string          `json:"type"`
	Controller string          `json:"controller"`
	Key        jose.JSONWebKey `json:"publicKeyJwk"`
}

// ProfileHandler serves who issues, and with which keys: Open Badges' Profile and
// W3C's controlled identifier document in one.
func (i *Issuer) ProfileHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		doc := struct {
			Context []string `json:"@context"`
			profile
			URL             string   `json:"url"`
			Methods         []method `json:"verificationMethod"`
			AssertionMethod []string `json:"assertionMethod"`
		}{Context: []string{contextCredentials, contextBadges, contextCID}, profile: i.profile(), URL: i.cfg.URL}
		for _, k := range i.JWKS(r.Context()).Keys {
			doc.Methods = append(doc.Methods, method{ID: k.KeyID, Type: "JsonWebKey", Controller: i.ID(), Key: k})
			doc.AssertionMethod = append(doc.AssertionMethod, k.KeyID)
		}
		publish(w, "application/json", doc)
	})
}
