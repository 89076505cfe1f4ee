// Package invitations invites people whose addresses a client gave: it reads lists,
// checks each line, keeps what was uploaded sealed for an hour at most, and starts a
// workflow for each address. An address lies under a key of the invitation's own,
// which goes when the invitation ends.
package invitations

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Objects is the vault bucket; *evidence.Store is one.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	Has(ctx context.Context, key string) (bool, error)
	Put(ctx context.Context, key string, body []byte) error
	Delete(ctx context.Context, key string) error
	List(ctx context.Context, prefix string) iter.Seq2[string, error]
	IsMissing(err error) bool
}

// Applicants is what applications have to do with invitations; *applicants.Service
// is one.
type Applicants interface {
	// Applying reports whether an address has an open application in a program.
	Applying(ctx context.Context, program, contact string) (bool, error)
	BeginInvited(ctx context.Context, req applicants.InvitedRequest) (id onboarding.ApplicantID, own bool, err error)
	SendLink(ctx context.Context, id onboarding.ApplicantID) error
}

// Config is what a Service works with.
type Config struct {
	Temporal   client.Client
	Vault      *vault.Vault
	Objects    Objects
	Applicants Applicants
	Programs   *program.Set
	Pace       workflows.Pace
	Now        func() time.Time // time.Now when nil
	Log        *slog.Logger
}

// Service does what the faces ask for. It may be used by many goroutines, and by
// many replicas at once.
type Service struct{ Config }

// New makes a Service.
func New(cfg Config) *Service {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg}
}

// contact is the keyed hash by which an address is found, the same that
// applications are found by.
func (s *Service) contact(email string) string {
	return s.Vault.LookupHash("email", validate.EmailKey(email))
}

// anything lets every program through.
func anything(string) bool { return true }

// put stores JSON.
func (s *Service) put(ctx context.Context, key string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("invitations: encode: %w", err)
	}
	return s.Objects.Put(ctx, key, body)
}

// get reads JSON.
func (s *Service) get(ctx context.Context, key string, out any) error {
	body, err := s.Objects.Get(ctx, key)
	if err != nil {
		return err
	}
	if json.Unmarshal(body, out) != nil {
		return errors.New("invitations: " + key + " is not readable")
	}
	return nil
}

// seal stores JSON sealed under a key.
func (s *Service) seal(ctx context.Context, owner onboarding.ApplicantID, key string, v any) error {
	plain, err := json.Marshal(v)
	if err != nil {
		return errors.New("invitations: what is to be sealed cannot be encoded") // the cause would quote it
	}
	sealed, err := s.Vault.Seal(ctx, owner, key, plain)
	if err != nil {
		return err
	}
	return s.Objects.Put(ctx, key, sealed)
}

// unseal is seal's inverse.
func (s *Service) unseal(ctx context.Context, owner onboarding.ApplicantID, key string, out any) error {
	sealed, err := s.Objects.Get(ctx, key)
	if err != nil {
		return err
	}
	plain, err := s.Vault.Open(ctx, owner, key, sealed)
	if err != nil {
		return err
	}
	if json.Unmarshal(plain, out) != nil {
		return errors.New("invitations: " + key + " is not readable") // the cause would quote it
	}
	return nil
}

// failure turns what Temporal gives into the house's errors.
func failure(err error) error {
	if err == nil {
		return nil
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		var d workflows.FailureDetails
		if app.HasDetails() && app.Details(&d) == nil {
			return &onboarding.Error{Code: onboarding.Code(app.Type()), Field: d.Field, Message: d.Message, Hint: d.Hint, Cause: err}
		}
	}
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return onboarding.NoInvitation(err)
	}
	return err
}
