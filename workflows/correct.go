package workflows

import (
	"slices"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// correctable are the details that an applicant may have got wrong and can set
// right while the checks of them stand against the application.
var correctable = map[onboarding.CheckName][]onboarding.Field{
	onboarding.CheckEmail: {onboarding.FieldEmail},
	onboarding.CheckPhone: {onboarding.FieldPhone},
	onboarding.CheckAddress: {onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState,
		onboarding.FieldPostalCode},
}

// mostCorrections is how often a check runs anew for a correction: each is paid for.
const mostCorrections = 5

// Corrects lists the details that an applicant can set right when the check stands
// against the application; none for most.
func Corrects(name onboarding.CheckName) []onboarding.Field { return slices.Clone(correctable[name]) }

// toCorrect lists the details that do not hold, in the checks' order.
func (c *file) toCorrect() []onboarding.Field {
	var out []onboarding.Field
	if c.Stage != onboarding.StageValidation || c.Ending != "" || !c.Adverse.FinalAt.IsZero() { // a final notice is not followed by more
		return out
	}
	for _, k := range c.Checks {
		if k.Status == onboarding.StatusFlagged || k.Status == onboarding.StatusFailed {
			out = append(out, correctable[k.Name]...)
		}
	}
	return out
}

// details are what an applicant gives of themselves and can correct, in the order
// in which people read them.
var details = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth,
	onboarding.FieldEmail, onboarding.FieldPhone, onboarding.FieldNationalID, onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity,
	onboarding.FieldState, onboarding.FieldPostalCode}

// editable lists the details that can be corrected now. A final notice is not
// followed by more; while the agency looks again its report is not ordered anew;
// and who is certified has been investigated as who they were.
func (c *file) editable() []onboarding.Field {
	out := []onboarding.Field{}
	if c.Submitted.IsZero() || c.Ending != "" || !c.Adverse.FinalAt.IsZero() || c.Stage.Closed() {
		return out
	}
	for _, f := range details {
		looking := c.Adverse.Reinvestigation.Running() && slices.Contains(c.touched([]onboarding.Field{f}), onboarding.CheckBackground)
		fixed := c.Stage == onboarding.StageCertified && (f == onboarding.FieldDateOfBirth || f == onboarding.FieldNationalID)
		if !looking && !fixed {
			out = append(out, f)
		}
	}
	return out
}

func (c *file) mayCorrectDetails(in CorrectDetails) error {
	if err := c.mustBe(onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified); err != nil {
		return err
	}
	if len(in.Fields) == 0 || in.Profile == "" {
		return onboarding.Invalid("fields", "Nothing was corrected.", "Change a detail, or leave the page.")
	}
	open := c.editable()
	for _, f := range in.Fields {
		if !slices.Contains(open, f) {
			return notNow("The "+fieldWords(f)+" cannot be corrected now.", "Look at the application's status, which says what can be.")
		}
	}
	for _, name := range c.touched(in.Fields) {
		if c.check(name).Round > mostCorrections {
			return notNow("The "+CheckWords(name)+" was corrected many times.", "Write to the contact of the program: a person will help.")
		}
		if c.renewing[name] {
			return notNow("The "+CheckWords(name)+" is being started anew at this moment.", "Try again in a minute.")
		}
	}
	return nil
}

// touched lists the checks that use one of the fields. Who is certified is not
// investigated again for a new address.
func (c *file) touched(fields []onboarding.Field) []onboarding.CheckName {
	var out []onboarding.CheckName
	for _, k := range c.Checks {
		if c.Stage == onboarding.StageCertified && k.Name.Stage() != onboarding.StageValidation {
			continue
		}
		_, _, uses := c.data(&k)
		if slices.ContainsFunc(uses, func(f onboarding.Field) bool { return slices.Contains(fields, f) }) {
			out = append(out, k.Name)
		}
	}
	return out
}

// correctDetails takes the corrected profile. The touched checks run anew, each in
// a new round, and nothing else does.
func (c *file) correctDetails(ctx workflow.Context, in CorrectDetails) (Ack, error) {
	was, proved := c.Profile, !c.Unproved
	c.Profile, c.Place = in.Profile, in.Place
	if len(in.LookUp) > 0 {
		c.LookUp = in.LookUp
	}
	moved := in.Contact != "" && in.Contact != c.contact()
	if moved {
		c.Contact, c.ContactSince = in.Contact, workflow.Now(ctx)
		c.LinkAt, c.LinkAsks = time.Time{}, 0 // nothing was sent there yet
		c.Unproved, c.ProofTries = true, 0
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindCorrected, Actor: string(in.Actor), Fields: in.Fields, Object: in.Profile})
	c.Corrections = append(c.Corrections, Correction{Fields: in.Fields, At: workflow.Now(ctx), Stage: c.Stage, Actor: in.Actor})
	if moved && proved { // one that never was proved may be a stranger's, and is told nothing
		c.tellMoved(ctx, was)
	}
	if since(ctx, changeAnyDetail) {
		c.renew(c.touched(in.Fields))
		if since(ctx, changeShown) {
			c.show(ctx)
		}
		if err := c.forgetTexts(ctx, in); err != nil {
			return Ack{}, err
		}
		return c.answer(ctx)
	}
	for _, name := range c.touched(in.Fields) {
		k := c.check(name)
		k.Round++
		c.setStatus(ctx, k, onboarding.StatusPending)
	}
	c.corrected = true
	return c.answer(ctx)
}

// askToCorrect writes to the applicant when a detail does not hold: a slip of the
// finger must not cost anybody a contract.
func (c *file) askToCorrect(ctx workflow.Context) error {
	fields := c.toCorrect()
	if len(fields) == 0 || !since(ctx, changeCorrections) {
		return nil
	}
	_, err := c.letter(ctx, MessageCorrect, consent.PurposeAccount, func(m *SendMessageIn) { m.Details = fields })
	return err
}
