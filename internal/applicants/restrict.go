package applicants

import (
	"context"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Restrict has the uses of an applicant's data restricted, or that lifted, also when the
// case has ended; the ledger's record stands first. Once done it does nothing more.
func (s *Service) Restrict(ctx context.Context, id onboarding.ApplicantID, in workflows.Restrict) error {
	once := "restrict/" + in.Request
	if in.Lift {
		once = "lift/" + in.Request
	}
	past, err := s.Holds.Past(ctx, id)
	if err != nil {
		return err
	}
	for _, h := range past { // a retry behind the end of the case, whose Afterword remembers nothing
		if h.ID == onboarding.RestrictionHoldID(in.Request) && h.Stands() != in.Lift {
			return nil
		}
	}
	return s.updateAlsoAfter(ctx, id, workflows.UpdateRestrict, once, in)
}

// RestrictedSince tells since when the uses of an applicant's data are restricted; the
// zero time: they are not.
func (s *Service) RestrictedSince(ctx context.Context, id onboarding.ApplicantID) (time.Time, error) {
	standing, err := s.Holds.Of(ctx, id)
	for _, h := range standing {
		if h.Kind == onboarding.HoldRestriction {
			return h.Since, nil
		}
	}
	return time.Time{}, err
}

// groundOf is the ground on which staff may look at data whose uses are restricted: to
// answer the person and to prove what was done, as the law asks, and to see what a claim
// is about (GDPR Article 18(2)). Nothing else has one.
func groundOf(p identity.Purpose) string {
	switch p {
	case identity.ToAnswer, identity.ToProve, identity.ToTicket:
		return workflows.DespiteLaw
	case identity.ToHold:
		return workflows.DespiteClaims
	case identity.ToWeigh, identity.ToHelp, identity.ToRead, identity.ToWork, identity.ToSeek, identity.ToList, identity.ToFollow:
	}
	return ""
}

// mayRead refuses staff who look at restricted data of a case that has ended for what has
// no ground; an open case refuses them itself. CodeRestricted.
func (s *Service) mayRead(ctx context.Context, id onboarding.ApplicantID, as identity.Reading) error {
	if groundOf(as.Purpose()) != "" {
		return nil
	}
	since, err := s.RestrictedSince(ctx, id)
	if err == nil && !since.IsZero() {
		err = &onboarding.Error{Code: onboarding.CodeRestricted, Message: "This person has had the uses of their data restricted: they are stored, and not used.",
			Hint: "They may be read to answer a request or a complaint, and to prove what was done."}
	}
	return err
}

// LiftRestriction has the restriction ended that a request has brought. The person is
// told before, unless it is they who ask. Errors: those of Request; CodeNotNow when none
// stands; CodeInvalid without a reason of staff's.
func (s *Service) LiftRestriction(ctx context.Context, request, reason string, by workflows.Actor) error {
	v, err := s.Request(ctx, request)
	if err != nil {
		return err
	}
	in := workflows.LiftRestriction{Actor: by}
	if by != workflows.ActorApplicant {
		if in.Reason, err = s.reason(ctx, v.Applicant, reason); err != nil {
			return err
		}
	}
	return s.updateRequest(ctx, request, workflows.UpdateLift, in)
}

// CallOffErasure keeps the data of an account that is closed. CodeNotNow when they do not
// wait to be erased.
func (s *Service) CallOffErasure(ctx context.Context, request string, by workflows.Actor) error {
	return s.updateRequest(ctx, request, workflows.UpdateCallOff, workflows.CallOffErasure{Actor: by})
}

// CloseCase ends an applicant's case; nil when it has ended or is ending.
func (s *Service) CloseCase(ctx context.Context, id onboarding.ApplicantID, by workflows.Actor) error {
	err := s.update(ctx, id, workflows.UpdateWithdraw, "close", workflows.Withdraw{Actor: by}, &workflows.Ack{})
	switch onboarding.CodeOf(err) {
	case onboarding.CodeUnknownApplicant, onboarding.CodeNotNow:
		return nil
	default:
		return err
	}
}

// PrivacyOfficer is the address of who answers for a program; empty: its file names none.
func (s *Service) PrivacyOfficer(program string) string {
	p, err := s.Programs.Get(program)
	if err != nil {
		return ""
	}
	return p.PrivacyOfficer
}

// Amendment is what the person has had put beside the file.
type Amendment struct {
	At    time.Time `json:"at"`
	Words string    `json:"words"`
}

// amendments opens what stands beside the file, the oldest first. Whoever asks has
// recorded that it is read.
func (s *Service) amendments(ctx context.Context, id onboarding.ApplicantID, records []ledger.Record) ([]Amendment, error) {
	var out []Amendment
	for _, r := range records {
		if r.Kind != ledger.KindCorrected || r.Outcome != workflows.OutcomeAmended {
			continue
		}
		plain, err := s.Vault.Open(ctx, id, sealRequest, r.Sealed)
		if err != nil {
			return nil, fmt.Errorf("applicants: open what stands beside the file: %w", err)
		}
		out = append(out, Amendment{At: r.At, Words: string(plain)})
	}
	return out, nil
}

// Beside gives what the person has had put beside their file, the oldest first: for
// themselves, in a copy whose giving is recorded.
func (s *Service) Beside(ctx context.Context, id onboarding.ApplicantID) ([]Amendment, error) {
	records, err := s.records(ctx, id)
	if err != nil {
		return nil, err
	}
	return s.amendments(ctx, id, records)
}
