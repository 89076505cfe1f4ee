package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// contactKinds is what tells that two applications are one person's. The
// index holds keyed hashes only.
var contactKinds = []struct {
	kind  string
	field onboarding.Field
	code  string
}{
	{"email", onboarding.FieldEmail, "duplicate_email"},
	{"phone", onboarding.FieldPhone, "duplicate_phone"},
	{"national_id", onboarding.FieldNationalID, "duplicate_national_id"},
}

// duplicate looks whether the same person has applied before, and enters this
// applicant into the index.
func (a *Activities) duplicate(ctx context.Context, stored intents, id onboarding.ApplicantID, check workflows.CheckUse) (result, error) {
	grant, err := redeem[consent.Validation](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	person, err := grant.Open(ctx, consent.RecipientOwn)
	if err != nil {
		return result{}, err
	}
	var keys, others []string
	var findings []onboarding.Finding
	kinds := contactKinds
	if validate.ReservedNationalID(person[onboarding.FieldNationalID]) {
		kinds = kinds[:len(kinds)-1] // ten numbers that every test shares tell nobody apart
	}
	for _, c := range kinds {
		keys = append(keys, onboarding.ContactKey(c.kind, a.cfg.Vault.LookupHash(c.kind, comparableForm(c.field, person[c.field]))))
	}
	if err := a.listContacts(ctx, id, keys); err != nil {
		return result{}, err
	}
	for i, c := range kinds {
		owner, err := a.claim(ctx, keys[i], id)
		if err != nil {
			return result{}, err
		}
		if owner != id {
			others = append(others, string(owner))
			findings = append(findings, onboarding.Finding{Code: c.code, Verdict: onboarding.VerdictConsider, Source: onboarding.SourceOwn})
		}
	}
	if len(findings) == 0 {
		findings = append(findings, onboarding.Finding{Code: "no_duplicate", Verdict: onboarding.VerdictClear, Source: onboarding.SourceOwn})
	}
	raw, err := encode(others)
	return result{Findings: findings, Raw: raw}, err
}

// comparableForm is a value as it is compared.
func comparableForm(f onboarding.Field, value string) string {
	if f == onboarding.FieldEmail {
		return validate.EmailKey(value)
	}
	return value
}

// claim enters id under key unless another stands there, and gives who does.
func (a *Activities) claim(ctx context.Context, key string, id onboarding.ApplicantID) (onboarding.ApplicantID, error) {
	_, err := a.cfg.Objects.PutIf(ctx, key, []byte(id), "")
	if err == nil {
		return id, nil
	}
	if !errors.Is(err, evidence.ErrConflict) {
		return "", err
	}
	owner, err := a.cfg.Objects.Get(ctx, key)
	if err != nil {
		return "", fmt.Errorf("activities: read the contact index: %w", err)
	}
	return onboarding.ApplicantID(owner), nil
}

// listContacts keeps, sealed, which index entries are the applicant's, before
// any is made: so that all can be removed with the data.
func (a *Activities) listContacts(ctx context.Context, id onboarding.ApplicantID, keys []string) error {
	have, tag, err := a.contactsOf(ctx, id)
	if err != nil {
		return err
	}
	all := slices.Clone(have)
	for _, k := range keys {
		if !slices.Contains(all, k) {
			all = append(all, k)
		}
	}
	if len(all) == len(have) {
		return nil
	}
	plain, err := encode(all)
	if err != nil {
		return err
	}
	name := onboarding.ContactsKey(id)
	sealed, err := a.cfg.Vault.Seal(ctx, id, name, plain)
	if err != nil {
		return err
	}
	// The portal adds to it too, when an address is corrected: whoever comes second
	// is tried again and finds the other's.
	_, err = a.cfg.Objects.PutIf(ctx, name, sealed, tag)
	return err
}

// contactsOf gives the list and its tag; both are empty when there is none.
func (a *Activities) contactsOf(ctx context.Context, id onboarding.ApplicantID) (keys []string, tag string, err error) {
	name := onboarding.ContactsKey(id)
	sealed, tag, err := a.cfg.Objects.GetTagged(ctx, name)
	if errors.Is(err, evidence.ErrNotFound) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	plain, err := a.cfg.Vault.Open(ctx, id, name, sealed)
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(plain, &keys); err != nil {
		return nil, "", fmt.Errorf("activities: the list of contacts is not readable")
	}
	return keys, tag, nil
}

// forgetContacts removes the index entries that are the applicant's own.
func (a *Activities) forgetContacts(ctx context.Context, id onboarding.ApplicantID) error {
	keys, _, err := a.contactsOf(ctx, id)
	if onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed { // a retry after the end
		return nil
	}
	if err != nil {
		return err
	}
	for _, key := range keys {
		owner, err := a.cfg.Objects.Get(ctx, key)
		if errors.Is(err, evidence.ErrNotFound) || (err == nil && onboarding.ApplicantID(owner) != id) {
			continue
		}
		if err != nil {
			return err
		}
		if err := a.cfg.Objects.Delete(ctx, key); err != nil {
			return err
		}
	}
	return a.cfg.Objects.Delete(ctx, onboarding.ContactsKey(id))
}
