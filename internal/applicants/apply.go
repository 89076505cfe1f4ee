package applicants

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// idempotent is the record of an Idempotency-Key.
type idempotent struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Body      string                 `json:"body"` // keyed hash of the application
}

// Apply takes a whole application in. With an IdempotencyKey the same
// application gives the same applicant however often it is sent, and created
// is true for the first time only; another application under the same key is
// CodeConflict. Nothing is kept of one that is refused.
func (s *Service) Apply(ctx context.Context, a Application) (onboarding.ApplicantID, bool, error) {
	p, err := s.Programs.Get(a.Program)
	if err != nil {
		return "", false, err
	}
	if err := knownLanguage(a.Language); a.Language != "" && err != nil {
		return "", false, err
	}
	profile, err := s.acceptable(a.Profile, p)
	if err != nil {
		return "", false, err
	}
	if err := checkEvidence(a.Consents, p, s.Now()); err != nil {
		return "", false, err
	}
	id, fresh, err := s.remember(ctx, a)
	if err != nil {
		return "", false, err
	}
	if !fresh {
		if v, err := s.StaffView(ctx, id); err == nil && !v.Begun.IsZero() {
			return id, false, nil
		}
		// The start before was cut off, or the house fell over when the workflow was
		// there and had not taken the application: the same again, with the same ID.
	}
	if asks(p, onboarding.CheckIPRisk) {
		profile[onboarding.FieldIPAddress] = lastGiven(a.Consents).Origin.Address
	}
	if err := s.Vault.Create(ctx, id); err != nil {
		return "", false, err
	}
	key := onboarding.ProfileKey(id, 1)
	sealed, err := s.sealed(ctx, id, key, profile)
	if err != nil {
		return "", false, err
	}
	if err := s.Objects.Put(ctx, key, sealed); err != nil {
		return "", false, err
	}
	in := workflows.Apply{Profile: key, Has: profile.Has(), Place: placeOf(profile), Actor: a.Actor, Language: languageOf(a)}
	for _, c := range a.Consents {
		n, err := consent.NoticeBy(c.Notice)
		if err != nil {
			return "", false, err
		}
		r, err := s.receipt(ctx, id, n, c.Method, c.Signature, c.ShownAt, c.GivenAt, c.Origin)
		if err != nil {
			return "", false, err
		}
		in.Receipts = append(in.Receipts, r)
	}
	if err := s.start(ctx, id, p, profile, workflows.UpdateApply, in); err != nil {
		return "", false, err
	}
	return id, fresh, nil
}

// remember draws the applicant's ID, or finds the one that the same key got.
func (s *Service) remember(ctx context.Context, a Application) (id onboarding.ApplicantID, fresh bool, err error) {
	if id, err = newID(); err != nil || a.IdempotencyKey == "" {
		return id, true, err
	}
	raw, err := json.Marshal(a)
	if err != nil {
		return "", false, fmt.Errorf("applicants: encode the application: %w", err)
	}
	mine := idempotent{Applicant: id, Body: s.Vault.LookupHash("application", string(raw))}
	body, err := json.Marshal(mine)
	if err != nil {
		return "", false, err
	}
	key := onboarding.IdempotencyKey(s.Vault.LookupHash("idempotency", string(a.Actor)+"\x00"+a.IdempotencyKey))
	_, err = s.Objects.PutIf(ctx, key, body, "")
	if err == nil {
		return id, true, nil
	}
	if !s.Objects.IsConflict(err) {
		return "", false, err
	}
	was, err := s.Objects.Get(ctx, key)
	if err != nil {
		return "", false, err
	}
	var first idempotent
	if err := json.Unmarshal(was, &first); err != nil {
		return "", false, fmt.Errorf("applicants: the record of the Idempotency-Key is not readable: %w", err)
	}
	if first.Body != mine.Body {
		return "", false, &onboarding.Error{Code: onboarding.CodeConflict, Field: "Idempotency-Key",
			Message: "This Idempotency-Key was used for another application.", Hint: "Use a new key for each application."}
	}
	return first.Applicant, false, nil
}

// maxClockSkew is how far a client's clock may be ahead of ours.
const maxClockSkew = 5 * time.Minute

// checkEvidence holds the consents that a client's form captured to what a
// consent must be, before anything is kept.
func checkEvidence(all []ConsentEvidence, p program.Program, now time.Time) error {
	var given consent.Register
	for i, c := range all {
		r := consent.Receipt{ID: fmt.Sprint(i), Kind: c.Kind, Purpose: c.Purpose, Notice: c.Notice, Method: c.Method, ShownAt: c.ShownAt, GivenAt: c.GivenAt}
		if err := r.Check(); err != nil {
			return err
		}
		switch {
		case c.GivenAt.After(now.Add(maxClockSkew)):
			return onboarding.Invalid("consents", "A consent is dated in the future.", "Send the time at which the person agreed.")
		case c.Method != "client_form" && c.Method != "typed_signature":
			return onboarding.Invalid("consents", "The method of a consent is client_form or typed_signature.", "Say how the person agreed.")
		case c.Kind == consent.KindFCRAAuthorization && c.Signature == "":
			return onboarding.Invalid("consents", "The authorization has no signature.", "Send the name as the person typed it (15 USC 7001).")
		case c.Origin.Address == "":
			return onboarding.Invalid("consents", "A consent does not say from which address it came.", "Send origin.ip_address; it is sealed into the receipt.")
		}
		given.Give(r)
	}
	for _, s := range consent.Asked() {
		if missing := given.Missing(s.ID); len(missing) > 0 {
			return onboarding.Invalid("consents", fmt.Sprintf("The consent of kind %s for the purpose %s is missing.", missing[0], s.ID), "GET /api/v1/notices lists every notice to be agreed to.")
		}
	}
	for _, c := range p.Checks {
		if err := given.Told(c.Vendor); err != nil {
			return err
		}
	}
	if p.Certification.MoreThanQuiz() {
		if err := given.ToldOfMore(); err != nil {
			return err
		}
	}
	if _, err := netip.ParseAddr(lastGiven(all).Origin.Address); err != nil && asks(p, onboarding.CheckIPRisk) {
		return onboarding.Invalid("consents", "The last consent does not come from an internet address that can be looked at.", "Send the person's own in origin.ip_address, without a port.")
	}
	return nil
}

// lastGiven is the consent that was given last: its origin is the nearest to that
// of the application.
func lastGiven(all []ConsentEvidence) ConsentEvidence {
	return slices.MaxFunc(all, func(a, b ConsentEvidence) int { return a.GivenAt.Compare(b.GivenAt) })
}

// asks reports whether the program has the check.
func asks(p program.Program, name onboarding.CheckName) bool {
	return slices.ContainsFunc(p.Checks, func(c program.CheckSpec) bool { return c.Name == name })
}
