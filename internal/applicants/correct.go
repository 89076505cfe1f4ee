package applicants

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"path"
	"slices"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Correctable gives the details that can be corrected now, as they are kept; it is
// empty when there are none. The number that the authorities know a person by is
// not among them: it is given anew whole, and never shown (obligation 2). Errors: those of View, CodeUnknownApplicant
// when what was handed in is gone, CodeKeyDestroyed when it was erased.
func (s *Service) Correctable(ctx context.Context, id onboarding.ApplicantID) (onboarding.Profile, error) {
	v, err := s.View(ctx, id)
	if err != nil || len(v.Editable) == 0 {
		return onboarding.Profile{}, err
	}
	p, err := s.profile(ctx, id, v.Profile)
	shown := p.Only(v.Editable...)
	delete(shown, onboarding.FieldNationalID)
	return shown, err
}

// Correct puts details right, whether they hold or not: the fields in changes are put into
// what was handed in, an empty one is taken out, and the whole is checked as if it
// were handed in anew. The checks that use them then run again, and no others. A
// new e-mail address finds the application from now on, and gets a link to it.
//
// Errors: CodeInvalid, or Faults, for details that cannot be used as they are, for
// a date of birth that is under the program's age, for changes that change nothing
// and for an address that is taken; CodeNotNow for details that cannot be corrected
// at this point; CodeConflict when
// they were corrected from elsewhere at the same time, and this was not taken.
func (s *Service) Correct(ctx context.Context, id onboarding.ApplicantID, changes onboarding.Profile, by workflows.Actor) error {
	view, err := s.View(ctx, id)
	if err != nil {
		return err
	}
	if len(view.Editable) == 0 {
		return cannotCorrect()
	}
	old, err := s.profile(ctx, id, view.Profile)
	if err != nil {
		return err
	}
	in, email, err := s.correction(view, old, changes)
	if err != nil {
		return err
	}
	in.Actor, in.LookUp = by, s.lookUp(in.profile)
	if email != "" {
		if in.Contact, err = s.moveTo(ctx, id, view.Program, email); err != nil {
			return err
		}
	}
	if err := s.replace(ctx, id, view.Profile, in); err != nil || email == "" {
		return err
	}
	if err := s.SendLink(ctx, id); err != nil { // it can be asked for on the first page, too
		s.Log.WarnContext(ctx, "no link was sent to a corrected address", slog.String("code", string(onboarding.CodeOf(err))))
	}
	return nil
}

// correction is what is to be kept, and the e-mail address if it is another one.
type correction struct {
	workflows.CorrectDetails
	profile onboarding.Profile
}

// correction puts the changes in and checks the whole. The internet address is no
// detail that anybody types: it stays as it was, and a change of it is refused.
func (s *Service) correction(view workflows.ApplicantView, old, changes onboarding.Profile) (c correction, email string, err error) {
	p, err := s.edition(view)
	if err != nil {
		return c, "", err
	}
	typed := maps.Clone(old)
	delete(typed, onboarding.FieldIPAddress)
	maps.Copy(typed, changes)
	c.profile, err = s.acceptable(typed, p)
	if onboarding.CodeOf(err) == onboarding.CodeUnderAge { // what is kept stays as it is: this is no new application
		err = onboarding.Invalid("date of birth", fmt.Sprintf("By this date of birth you are younger than %d, so we cannot take it.", p.MinimumAge),
			"Check it. If it is right, write to us: a person looks at it.")
	}
	if err != nil {
		return c, "", err
	}
	if address := old[onboarding.FieldIPAddress]; address != "" {
		c.profile[onboarding.FieldIPAddress] = address
	}
	for _, f := range onboarding.Fields() {
		if old[f] == c.profile[f] {
			continue
		}
		if !slices.Contains(view.Editable, f) {
			return c, "", cannotCorrect()
		}
		c.Fields = append(c.Fields, f)
	}
	if len(c.Fields) == 0 {
		return c, "", onboarding.Invalid("profile", "You have changed nothing.", "Change what is wrong; if it is right as it stands, write to us.")
	}
	if slices.Contains(c.Fields, onboarding.FieldEmail) {
		email = c.profile[onboarding.FieldEmail]
	}
	c.Place = placeOf(c.profile)
	return c, email, nil
}

func cannotCorrect() error {
	return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This detail cannot be corrected now.",
		Hint: "Look at the application's status, which says what can be corrected."}
}

// moveTo makes the address find the applicant in the program. One that finds
// another open application is refused in words that tell nothing of that one.
func (s *Service) moveTo(ctx context.Context, id onboarding.ApplicantID, program, email string) (contact string, err error) {
	contact = s.contact(email)
	known, tag, err := s.openFor(ctx, contact, program)
	if err != nil || known.id == id {
		return contact, err
	}
	mine := false
	if known.id == "" {
		mine, err = s.claim(ctx, id, entry(program, contact), tag)
	}
	if err == nil && !mine {
		err = onboarding.Invalid("email", "We cannot take this e-mail address for this application.", "Give another one at which you read your mail.")
	}
	return contact, err
}

// replace keeps the corrected profile under the next number that is free and hands
// it to the workflow. Two corrections of the same profile are one update by its
// ID, so that the second cannot undo the first, which it has not seen.
func (s *Service) replace(ctx context.Context, id onboarding.ApplicantID, was string, c correction) error {
	base, err := strconv.Atoi(path.Base(was))
	if err != nil || was != onboarding.ProfileKey(id, base) {
		return fmt.Errorf("applicants: the profile of %s has no number", id)
	}
	for n := base + 1; ; n++ {
		c.Profile = onboarding.ProfileKey(id, n)
		sealed, err := s.sealed(ctx, id, c.Profile, c.profile)
		if err != nil {
			return err
		}
		_, err = s.Objects.PutIf(ctx, c.Profile, sealed, "")
		if err == nil {
			break
		}
		if !s.Objects.IsConflict(err) { // else it is of a correction that was refused, or is on the way
			return err
		}
	}
	if err := s.update(ctx, id, workflows.UpdateCorrectDetails, fmt.Sprintf("correct-%d", base), c.CorrectDetails, &workflows.Ack{}); err != nil {
		return err
	}
	now, err := s.View(ctx, id)
	if err != nil {
		return err
	}
	if now.Profile != c.Profile {
		return &onboarding.Error{Code: onboarding.CodeConflict, Message: "Your details were corrected in another window or on another device.",
			Hint: "Here is what is kept now; check it and go on."}
	}
	return nil
}
