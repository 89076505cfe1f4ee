package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// requiredFields is what an application must have to be handed in.
var requiredFields = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth,
	onboarding.FieldEmail, onboarding.FieldPhone, onboarding.FieldNationalID, onboarding.FieldStreet, onboarding.FieldCity,
	onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry}

// signup waits until the application is handed in. A draft that is left lying
// is recalled by a letter, and ends when its time is up.
func (c *file) signup(ctx workflow.Context) (onboarding.Stage, error) {
	submitted := func() bool { return !c.Submitted.IsZero() }
	// What started the workflow (Begin or Apply) is handled in the same task.
	if err := workflow.Await(ctx, func() bool { return submitted() || c.sendLink || c.Ending != "" || !c.Begun.IsZero() }); err != nil {
		return "", err
	}
	if c.sendLink {
		c.sendLink = false
		if _, err := c.letter(ctx, MessageLink, consent.PurposeAccount, nil); err != nil {
			return "", err
		}
	}
	limits := c.limits()
	w := Wait{For: "the applicant to finish the application", Next: "The checks begin when it is handed in."}
	ends := c.Begun.Add(c.in.Pace.Scale(limits.DraftExpiry))
	w.Until = ends
	remind := c.in.Pace.Scale(limits.DraftReminder)
	if remind > 0 && remind < ends.Sub(workflow.Now(ctx)) {
		done, err := c.until(ctx, onboarding.AttentionApplicant, w, remind, submitted)
		if err != nil || c.Ending != "" {
			return "", err
		}
		if !done {
			if _, err := c.letter(ctx, MessageReminder, consent.PurposeAccount, func(m *SendMessageIn) { m.Deadline = ends }); err != nil {
				return "", err
			}
		}
	}
	left := max(ends.Sub(workflow.Now(ctx)), time.Millisecond)
	done, err := c.until(ctx, onboarding.AttentionApplicant, w, left, submitted)
	if err != nil || c.Ending != "" {
		return "", err
	}
	if !done {
		return onboarding.StageExpired, nil
	}
	c.tellInvitation(ctx)
	return onboarding.StageValidation, nil
}

// limits are the time limits that hold for this case.
func (c *file) limits() policy.TimeLimits { return policy.Limits(c.in.Program, c.jurisdiction()) }

// jurisdiction is the strictest of those that hold at the applicant's home and
// where the program says that the work is done.
func (c *file) jurisdiction() policy.Jurisdiction {
	on := c.Submitted
	if on.IsZero() {
		on = c.UpdatedAt
	}
	return policy.ForProgram(c.in.Program, c.Place.State, c.Place.City, on)
}

// tellInvitation tells the invitation of which the application came that it was
// handed in. One that is long over cannot be told, and need not.
func (c *file) tellInvitation(ctx workflow.Context) {
	if c.Invitation == nil {
		return
	}
	err := workflow.SignalExternalWorkflow(ctx, c.Invitation.WorkflowID(), "", SignalHandedIn, HandedIn{Applicant: c.in.Applicant}).Get(ctx, nil)
	if err != nil {
		workflow.GetLogger(ctx).Debug("the invitation of this application is over", "error", err)
	}
}
