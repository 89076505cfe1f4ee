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
	PutIf(ctx context.Context, key string, body []byte, etag string) (string, error)
	Get(ctx context.Context, key string) ([]byte, error)
	GetTagged(ctx context.Context, key string) (body []byte, etag string, err error)
	Delete(ctx context.Context, key string) error
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// Vault seals what is the holder's; *vault.Vault is one.
type Vault interface {
	Seal(ctx context.Context, id onboarding.ApplicantID, name string, plaintext []byte) ([]byte, error)
	Open(ctx context.Context, id onboarding.ApplicantID, name string, sealed []byte) ([]byte, error)
	// Erased says whether the holder's key was destroyed.
	Erased(ctx context.Context, id onboarding.ApplicantID) (bool, error)
}

// StoreConfig is what a Store works with.
type StoreConfig struct {
	Evidence  Evidence
	Objects   Objects
	Vault     Vault
	Issuer    *Issuer
	PublicURL string
	Now       func() time.Time // time.Now when nil
	// Proof gives the proof that a certificate's issue stands in a signed checkpoint over
	// all ledgers, as a file; nil bytes while there is none. Nil: no PDF has one.
	Proof func(ctx context.Context, holder onboarding.ApplicantID, credential string) ([]byte, error)
}

// Store keeps issued credentials and knows how they stand.
type Store struct {
	cfg   StoreConfig
	span  int // how many places of a list are used: all of them
	lists lists
}

// NewStore makes a Store.
func NewStore(cfg StoreConfig) *Store {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Store{cfg: cfg, span: listBits}
}

// facts is what anybody may know of a credential: nothing of its holder but an
// ID that says nothing.
type facts struct {
	Applicant   onboarding.ApplicantID `json:"applicant"`
	Program     string                 `json:"program"`
	Achievement string                 `json:"achievement"`
	Issued      time.Time              `json:"issued"`
	Expires     time.Time              `json:"expires"`
	ProgramID   string                 `json:"program_id,omitempty"`
	List        int                    `json:"list,omitempty"` // the status list; 0 for one of before there were any
	Index       int                    `json:"index,omitempty"`
}

// same reports whether both are about the same credential, apart from what only
// one of them may know.
func (f facts) same(o facts) bool {
	return f.Applicant == o.Applicant && f.Program == o.Program && f.Achievement == o.Achievement && f.Issued.Equal(o.Issued) && f.Expires.Equal(o.Expires)
}

func factsKey(credential string) string { return "credential-public/" + credential }

// Put issues a badge and keeps it, sealed under its holder's key. A retry finds
// the one that was kept and issues no second. It gives the object's key and the
// SHA-256 of its bytes, hex.
func (s *Store) Put(ctx context.Context, holder onboarding.ApplicantID, b Badge) (object, digest string, err error) {
	key := onboarding.CredentialKey(b.ID)
	if b.Slot, err = s.announce(ctx, holder, b); err != nil {
		return "", "", err
	}
	jws, err := s.cfg.Issuer.Issue(ctx, b)
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

// announce stores the public facts of a badge, with a place in the status lists,
// and gives that place. A retry finds the one that it has.
func (s *Store) announce(ctx context.Context, holder onboarding.ApplicantID, b Badge) (Slot, error) {
	f := facts{Applicant: holder, Program: b.Program, Achievement: b.Achievement, ProgramID: b.ProgramID,
		Issued: b.From.UTC().Truncate(time.Second), Expires: b.Until.UTC().Truncate(time.Second)}
	stands := func() (Slot, bool, error) {
		was, err := s.facts(ctx, b.ID)
		if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
			return Slot{}, false, nil
		}
		return Slot{List: was.List, Index: was.Index}, err == nil && f.same(was), err
	}
	if at, ok, err := stands(); ok || err != nil {
		return at, err
	}
	at, err := s.claim(ctx, b.ID)
	if err != nil {
		return at, err
	}
	f.List, f.Index = at.List, at.Index
	body, err := json.Marshal(f)
	if err != nil {
		return at, fmt.Errorf("credential: encode: %w", err)
	}
	conflict := s.cfg.Evidence.PutOnce(ctx, factsKey(b.ID), body)
	if !s.cfg.Evidence.IsConflict(conflict) {
		return at, conflict
	}
	if at, ok, err := stands(); ok || err != nil { // another attempt at the same badge was faster
		return at, err
	}
	return at, conflict
}

// revoked is the object that says so.
type revoked struct {
	At time.Time `json:"revoked_at"`
}

// Revoke takes a credential back, from at on: for our own page, and in its status
// list for everybody else. Once it has returned nil both say so for good.
func (s *Store) Revoke(ctx context.Context, credential string, at time.Time) error {
	key := onboarding.CredentialStatusKey(credential)
	if _, err := s.cfg.Objects.Get(ctx, key); s.cfg.Objects.IsMissing(err) { // the first time counts
		body, err := json.Marshal(revoked{At: at.UTC()})
		if err != nil {
			return fmt.Errorf("credential: encode: %w", err)
		}
		if err := s.cfg.Objects.Put(ctx, key, body); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	f, err := s.facts(ctx, credential)
	if onboarding.CodeOf(err) == onboarding.CodeUnknownApplicant {
		return nil // it never came to be issued: there is no list that names it
	}
	if err != nil || f.List == 0 {
		return err
	}
	return s.flip(ctx, Slot{List: f.List, Index: f.Index})
}

// ShowName puts the holder's name on the credential's public page, sealed under
// their own key.
func (s *Store) ShowName(ctx context.Context, holder onboarding.ApplicantID, credential, name string) error {
	key := onboarding.CredentialNameKey(credential)
	sealed, err := s.cfg.Vault.Seal(ctx, holder, key, []byte(name))
	if err != nil {
		return err
	}
	return s.cfg.Objects.Put(ctx, key, sealed)
}

// HideName takes it off again.
func (s *Store) HideName(ctx context.Context, credential string) error {
	return s.cfg.Objects.Delete(ctx, onboarding.CredentialNameKey(credential))
}

// State says whether a credential stands.
type State string

// The states of a credential.
const (
	Valid   State = "valid"
	Expired State = "expired"
	Revoked State = "revoked"
	// Erased: its holder's data are erased, and with them who held it.
	Erased State = "erased"
)

// Status is what anybody may know of a credential.
type Status struct {
	State           State
	Applicant       onboarding.ApplicantID // the holder, for whoever looks the record of its issue up
	Program         string
	Achievement     string
	Issued, Expires time.Time
	Revoked         time.Time // zero while it was not
	Name            string    // the holder's, when they show it and the credential stands
}

// Status tells how a credential stands. One that was never issued is
// CodeUnknownApplicant.
func (s *Store) Status(ctx context.Context, credential string) (Status, error) {
	f, err := s.facts(ctx, credential)
	if err != nil {
		return Status{}, err
	}
	out := Status{State: Valid, Applicant: f.Applicant, Program: f.Program, Achievement: f.Achievement, Issued: f.Issued, Expires: f.Expires}
	if !s.cfg.Now().Before(f.Expires) {
		out.State = Expired
	}
	body, err := s.cfg.Objects.Get(ctx, onboarding.CredentialStatusKey(credential))
	switch {
	case err == nil:
		var r revoked
		_ = json.Unmarshal(body, &r) // that it stands there is what counts
		out.State, out.Revoked = Revoked, r.At
	case !s.cfg.Objects.IsMissing(err):
		return Status{}, err
	}
	gone, err := s.cfg.Vault.Erased(ctx, f.Applicant)
	if err != nil {
		return Status{}, err
	}
	if gone {
		out.State = Erased
	}
	if out.State == Valid {
		if out.Name, err = s.name(ctx, f.Applicant, credential); err != nil {
			return Status{}, err
		}
	}
	return out, nil
}

// name gives the name that the holder shows; empty when they show none, or their
// data are erased.
func (s *Store) name(ctx context.Context, holder onboarding.ApplicantID, credential string) (string, error) {
	key := onboarding.CredentialNameKey(credential)
	sealed, err := s.cfg.Objects.Get(ctx, key)
	if s.cfg.Objects.IsMissing(err) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	name, err := s.cfg.Vault.Open(ctx, holder, key, sealed)
	if onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
		return "", nil
	}
	return string(name), err
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

// PDF gives the holder the certificate to print, with the proof of its record in it
// where there is one by now.
func (s *Store) PDF(ctx context.Context, holder onboarding.ApplicantID, credential string) ([]byte, error) {
	jws, err := s.JWT(ctx, holder, credential)
	if err != nil {
		return nil, err
	}
	b, err := s.cfg.Issuer.Verify(ctx, string(jws))
	if err != nil {
		return nil, err
	}
	var proof []byte
	if s.cfg.Proof != nil {
		if proof, err = s.cfg.Proof(ctx, holder, credential); err != nil {
			return nil, err
		}
	}
	return draw(b, s.cfg.PublicURL+"/verify/"+credential, proof)
}
