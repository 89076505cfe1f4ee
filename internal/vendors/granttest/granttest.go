// Package granttest makes real grants for tests: a real intent in a real book
// over a map, redeemed at the real desk. Only tests use it.
package granttest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Use is what is asked for.
type Use struct {
	Applicant onboarding.ApplicantID // a new one when empty
	Check     onboarding.CheckName
	Round     int // 1 when 0
	Recipient string
	Fields    []onboarding.Field
	Profile   onboarding.Profile
}

// NewApplicant gives a new ID.
func NewApplicant() onboarding.ApplicantID {
	return onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
}

// Redeem stores the intent and redeems it for P.
func Redeem[P consent.Purpose](u Use) (consent.Grant[P], error) {
	ctx := context.Background()
	var p P
	if u.Applicant == "" {
		u.Applicant = NewApplicant()
	}
	if u.Round == 0 {
		u.Round = 1
	}
	spec, err := consent.SpecOf(p.ID())
	if err != nil {
		return consent.Grant[P]{}, err
	}
	now, kind := time.Now(), spec.Kinds[len(spec.Kinds)-1]
	notice, err := consent.CurrentNotice(p.ID(), kind, "en")
	if err != nil {
		return consent.Grant[P]{}, err
	}
	receipt := consent.Receipt{ID: uuid.NewString(), Applicant: u.Applicant, Kind: kind,
		Purpose: p.ID(), Notice: notice.Ref(), Method: "button", ShownAt: now.Add(-2 * time.Minute), GivenAt: now.Add(-time.Minute)}
	chain := ledger.NewChain(u.Applicant)
	given := chain.Append(now.Add(-time.Minute), ledger.Record{Kind: ledger.KindConsentGiven, Actor: "applicant",
		Purpose: string(p.ID()), Receipt: receipt.ID})
	use := chain.Append(now, ledger.Record{Kind: ledger.KindUse, Actor: "system", Check: u.Check, Round: u.Round,
		Purpose: string(p.ID()), Recipient: u.Recipient, Fields: u.Fields, Receipt: receipt.ID})
	stored, err := ledger.NewBook(&objects{held: map[string][]byte{}}).Store(ctx, []ledger.Page{chain.Cut([]ledger.Record{given, use})})
	if err != nil {
		return consent.Grant[P]{}, err
	}
	desk := consent.NewDesk(profile(u.Profile), nothingWithdrawn{})
	return consent.Redeem[P](ctx, desk, stored[1], receipt, "profile")
}

// Give is Redeem for tests that need the grant.
func Give[P consent.Purpose](t testing.TB, u Use) consent.Grant[P] {
	t.Helper()
	g, err := Redeem[P](u)
	if err != nil {
		t.Fatalf("redeem a grant: %v", err)
	}
	return g
}

type profile onboarding.Profile

func (p profile) Profile(context.Context, onboarding.ApplicantID, string) (onboarding.Profile, error) {
	return onboarding.Profile(p), nil
}

type nothingWithdrawn struct{}

func (nothingWithdrawn) Withdrawn(context.Context, onboarding.ApplicantID, string) (bool, error) {
	return false, nil
}

var (
	errMissing  = errors.New("missing")
	errConflict = errors.New("conflict")
)

// objects is a write-once store in a map.
type objects struct {
	mu   sync.Mutex
	held map[string][]byte
}

func (o *objects) PutOnce(_ context.Context, key string, body []byte) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if was, ok := o.held[key]; ok && string(was) != string(body) {
		return errConflict
	}
	o.held[key] = body
	return nil
}

func (o *objects) Get(_ context.Context, key string) ([]byte, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if body, ok := o.held[key]; ok {
		return body, nil
	}
	return nil, errMissing
}

func (o *objects) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (o *objects) IsMissing(err error) bool  { return errors.Is(err, errMissing) }
