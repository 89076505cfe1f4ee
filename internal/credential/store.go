package credential

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Evidence is the write-once bucket; *evidence.Store is one.
type Evidence interface {
	PutOnce(ctx context.Context, key string, body []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// Objects is the vault bucket; *evidence.Store is one.
type Objects interface {
	Put(ctx context.Context, key string, body []byte) error
	Get(ctx context.Context, key string) ([]byte, error)
	IsMissing(err error) bool
}

// Vault seals what is the holder's; *vault.Vault is one.
type Vault interface {
	Seal(ctx context.Context, id onboarding.ApplicantID, name string, plaintext []byte) ([]byte, error)
	Open(ctx context.Context, id onboarding.ApplicantID, name string, sealed []byte) ([]byte, error)
}

// StoreConfig is what a Store works with.
type StoreConfig struct {
	Evidence  Evidence
	Objects   Objects
	Vault     Vault
	Issuer    *Issuer
	PublicURL string
	Now       func() time.Time // time.Now when nil
}

// Store keeps issued credentials and knows how they stand.
type Store struct{ cfg StoreConfig }

// NewStore makes a Store.
func NewStore(cfg StoreConfig) *Store {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Store{cfg}
}

// facts is what anybody may know of a credential: nothing of its holder but an
// ID that says nothing.
type facts struct {
	Applicant   onboarding.ApplicantID `json:"applicant"`
	Program     string                 `json:"program"`
	Achievement string                 `json:"achievement"`
	Issued      time.Time              `json:"issued"`
	Expires     time.Time              `json:"expires"`
}

func factsKey(credential string) string { return "credential-public/" + credential }

// Put issues a badge and keeps it, sealed under its holder's key. A retry finds
// the one that was kept and issues no second. It gives the object's key and the
// SHA-256 of its bytes, hex.
func (s *Store) Put(ctx context.Context, holder onboarding.ApplicantID, b Badge) (object, digest string, err error) {
	key := onboarding.CredentialKey(b.ID)
	public, err := json.Marshal(facts{Applicant: holder, Program: b.Program, Achievement: b.Achievement,
		Issued: b.From.UTC().Truncate(time.Second), Expires: b.Until.UTC().Truncate(time.Second)})
	if err != nil {
		return "", "", fmt.Errorf("credential: encode: %w", err)
	}
	if err := s.cfg.Evidence.PutOnce(ctx, factsKey(b.ID), public); err != nil {
		return "", "", err
	}
	jws, err := s.cfg.Issuer.Issue(b)
	if err != nil {
		return "", "", err
	}
	sealed, err := s.cfg.Vault.Seal(ctx, holder, key, []byte(jws))
	if err != nil {
		return "", "", err
	}
	err = s.cfg.Evidence.PutOnce(ctx, key, sealed)
	if s.cfg.Evidence.IsConflict(err) {
		sealed, err = s.cfg.Evidence.Get(ctx, key)
	}
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(sealed)
	return key, hex.EncodeToString(sum[:]), nil
}

// revoked is the object that says so.
type revoked struct {
	At time.Time `json:"revoked_at"`
}

// Revoke takes a credential back, from at on.
func (s *Store) Revoke(ctx context.Context, credential string, at time.Time) error {
	body, err := json.Marshal(revoked{At: at.UTC()})
	if err != nil {
		return fmt.Errorf("credential: encode: %w", err)
	}
	return s.cfg.Objects.Put(ctx, onboarding.CredentialStatusKey(credential), body)
}

// State says whether a credential stands.
type State string

// The states of a credential.
const (
	Valid   State = "valid"
	Expired State = "expired"
	Revoked State = "revoked"
)

// Status is what anybody may know of a credential.
type Status struct {
	State           State
	Program         string
	Achievement     string
	Issued, Expires time.Time
}

// Status tells how a credential stands. One that was never issued is
// CodeUnknownApplicant.
func (s *Store) Status(ctx context.Context, credential string) (Status, error) {
	f, err := s.facts(ctx, credential)
	if err != nil {
		return Status{}, err
	}
	out := Status{State: Valid, Program: f.Program, Achievement: f.Achievement, Issued: f.Issued, Expires: f.Expires}
	if !s.cfg.Now().Before(f.Expires) {
		out.State = Expired
	}
	_, err = s.cfg.Objects.Get(ctx, onboarding.CredentialStatusKey(credential))
	switch {
	case err == nil:
		out.State = Revoked
	case !s.cfg.Objects.IsMissing(err):
		return Status{}, err
	}
	return out, nil
}

func (s *Store) facts(ctx context.Context, credential string) (facts, error) {
	var f facts
	if !idForm(credential) {
		return f, unknown()
	}
	body, err := s.cfg.Evidence.Get(ctx, factsKey(credential))
	if s.cfg.Evidence.IsMissing(err) {
		return f, unknown()
	}
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(body, &f); err != nil {
		return f, errors.New("credential: the public facts are not readable")
	}
	return f, nil
}

// idForm reports whether a text can be a credential's ID.
func idForm(s string) bool {
	_, err := onboarding.ParseApplicantID(s)
	return err == nil
}

func unknown() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no certificate with that number.", Hint: "Check the address, or ask its holder for it."}
}

// JWT gives the holder the signed file.
func (s *Store) JWT(ctx context.Context, holder onboarding.ApplicantID, credential string) ([]byte, error) {
	f, err := s.facts(ctx, credential)
	if err != nil {
		return nil, err
	}
	if f.Applicant != holder {
		return nil, &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "This is another person's certificate.", Hint: "Open your own application."}
	}
	key := onboarding.CredentialKey(credential)
	sealed, err := s.cfg.Evidence.Get(ctx, key)
	if err != nil {
		return nil, err
	}
	return s.cfg.Vault.Open(ctx, holder, key, sealed)
}

// PDF gives the holder the certificate to print.
func (s *Store) PDF(ctx context.Context, holder onboarding.ApplicantID, credential string) ([]byte, error) {
	jws, err := s.JWT(ctx, holder, credential)
	if err != nil {
		return nil, err
	}
	b, err := s.cfg.Issuer.Verify(string(jws))
	if err != nil {
		return nil, err
	}
	return PDF(b, s.cfg.PublicURL+"/verify/"+credential)
}
