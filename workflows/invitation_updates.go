package workflows

import (
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// takeMessages makes the invitation answer every message of messages_invite.go.
func (v *invitation) takeMessages(ctx workflow.Context) error {
	handed := workflow.GetSignalChannelWithOptions(ctx, SignalHandedIn, workflow.SignalChannelOptions{Description: "The invited person has handed an application in"})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var h HandedIn
			handed.Receive(ctx, &h)
			if v.Applicant == h.Applicant && v.State == onboarding.InvitationStarted {
				v.move(ctx, onboarding.InvitationHandedIn, "")
			}
		}
	})
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryInvitation, func() (InvitationView, error) { return v.view(), nil }, workflow.QueryHandlerOptions{Description: "Where the invitation stands"}),
		invited(ctx, v, UpdateOpenInvitation, "The invited person goes on from the letter's page", v.open, v.mayOpen),
		invited(ctx, v, UpdateClaimInvitation, "The invited person begins an application", v.claim, v.mayClaim),
		invited(ctx, v, UpdateTakeUpInvitation, "The application has begun", v.takeUp, v.mayTakeUp),
		invited(ctx, v, UpdateDeclineInvitation, "The invited person does not want to be written to", v.decline, v.mayDecline),
		invited(ctx, v, UpdateWithdrawInvitation, "Staff withdraw the invitation", v.withdraw, v.mayWithdraw),
		invited(ctx, v, UpdateInviteAgain, "Staff invite the same person again", v.inviteAgain, v.mayInviteAgain),
	)
}

// invited registers one handler with its validator.
func invited[I any](ctx workflow.Context, v *invitation, name, description string, do func(workflow.Context, I) error, may func(I) error) error {
	return workflow.SetUpdateHandlerWithOptions(ctx, name,
		func(ctx workflow.Context, in I) (InvitationView, error) {
			v.updated = workflow.GetInfo(ctx).GetCurrentHistoryLength()
			err := do(ctx, in)
			return v.view(), Failure(err)
		},
		workflow.UpdateHandlerOptions{Description: description, Validator: func(_ workflow.Context, in I) error { return Failure(may(in)) }})
}

func (v *invitation) view() InvitationView {
	p := v.in.Program
	return InvitationView{Ref: v.in.Ref, ID: v.in.ID, Program: p.Title, State: v.State, Since: v.Since, Made: v.Made, Until: v.Until, Letters: v.Letters, Times: v.Times,
		Language: v.in.Language, Own: v.in.Own, Batch: v.in.Batch, Actor: v.in.Actor, Applicant: v.Applicant, Elsewhere: v.Elsewhere, Forgotten: v.Forgotten, Problem: v.Problem,
		Inviter: p.Controller.Name, Contact: p.Controller.Contact, Source: p.Invitations.SourceIn(v.in.Language), Stored: v.book.Stored()}
}

// ended is what is said of an invitation that cannot be taken up any more.
func (v *invitation) ended() error {
	return notNow(InvitationWords(v.State)+".", "An invitation can be taken up until it has ended.")
}

func (v *invitation) mine(in OfInvitation) error {
	if in.ID != v.in.ID {
		return notNow("A newer invitation was sent to this address.", "Use the link in the newest letter.")
	}
	return nil
}

// mayOpen refuses what changes nothing, so that a link which is opened again and
// again leaves no trace.
func (v *invitation) mayOpen(in OfInvitation) error {
	if err := v.mine(in); err != nil {
		return err
	}
	if !v.State.Open() || v.State == onboarding.InvitationOpened {
		return v.ended()
	}
	return nil
}

func (v *invitation) open(ctx workflow.Context, _ OfInvitation) error {
	if v.State.Open() {
		v.move(ctx, onboarding.InvitationOpened, "")
	}
	return nil
}

func (v *invitation) mayClaim(in ClaimInvitation) error {
	if err := v.mine(in.OfInvitation); err != nil {
		return err
	}
	if !v.State.Open() {
		return v.ended()
	}
	if _, err := onboarding.ParseApplicantID(string(in.Applicant)); err != nil {
		return err
	}
	return nil
}

// claim names the applicant: whoever presses twice gets the same one.
func (v *invitation) claim(ctx workflow.Context, in ClaimInvitation) error {
	if v.Applicant == "" {
		v.Applicant = in.Applicant
	}
	use := v.record(ctx, ledger.Record{Kind: ledger.KindUse, Purpose: string(consent.PurposeInvitation), Recipient: consent.RecipientOwn, Receipt: v.Instruction.ID,
		Fields: []onboarding.Field{onboarding.FieldEmail, onboarding.FieldGivenName}, Detail: "into the application that the invited person begins: " + string(v.Applicant)})
	if err := v.bring(ctx); err != nil {
		return err
	}
	v.record(ctx, ledger.Record{Kind: ledger.KindUseDone, Purpose: string(consent.PurposeInvitation), Recipient: consent.RecipientOwn, Of: use.Seq, Outcome: "opened for the application"})
	return nil
}

func (v *invitation) mayTakeUp(in TakeUpInvitation) error {
	if err := v.mine(in.OfInvitation); err != nil {
		return err
	}
	if in.Applicant == "" || v.State == onboarding.InvitationHandedIn || v.State == onboarding.InvitationStarted {
		return v.ended()
	}
	return nil
}

// takeUp is believed in every state that is not further: an invitation that expired
// while its reader pressed the button was taken up all the same.
func (v *invitation) takeUp(ctx workflow.Context, in TakeUpInvitation) error {
	v.Applicant, v.Elsewhere = in.Applicant, in.Elsewhere
	v.move(ctx, onboarding.InvitationStarted, "")
	return nil
}

func (v *invitation) mayDecline(in OfInvitation) error {
	if err := v.mine(in); err != nil {
		return err
	}
	if !v.State.Open() && !v.State.Again() {
		return v.ended()
	}
	return nil
}

// decline ends the invitation. That nobody writes to this address again is kept
// elsewhere, before this update is sent.
func (v *invitation) decline(ctx workflow.Context, _ OfInvitation) error {
	if !v.State.Open() && !v.State.Again() {
		return nil // taken up meanwhile
	}
	v.record(ctx, ledger.Record{Kind: ledger.KindObjected, Actor: string(ActorApplicant), Purpose: string(consent.PurposeInvitation), Receipt: v.Instruction.ID,
		Detail: "do not write to me"})
	v.move(ctx, onboarding.InvitationDeclined, "")
	return v.bring(ctx)
}

func (v *invitation) mayWithdraw(WithdrawInvitation) error {
	if !v.State.Open() {
		return v.ended()
	}
	return nil
}

func (v *invitation) withdraw(ctx workflow.Context, in WithdrawInvitation) error {
	if !v.State.Open() {
		return v.ended()
	}
	v.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: string(onboarding.InvitationWithdrawn)})
	v.move(ctx, onboarding.InvitationWithdrawn, "")
	return v.bring(ctx)
}

func (v *invitation) mayInviteAgain(in Inviting) error {
	switch {
	case v.again != nil || !v.State.Again():
		return notNow(InvitationWords(v.State)+".", "Only who was not reached can be invited again: whose invitation expired, was withdrawn, or could not be delivered.")
	case in.ID == v.in.ID:
		return onboarding.Invalid("id", "This is the invitation that has ended.", "Give the new one a name of its own.")
	}
	return nil
}

func (v *invitation) inviteAgain(_ workflow.Context, in Inviting) error {
	if v.again != nil || !v.State.Again() {
		return notNow(InvitationWords(v.State)+".", "Somebody else has invited them meanwhile.")
	}
	v.again = &in
	return nil
}

// InvitationWords are the states as staff read them.
func InvitationWords(s onboarding.InvitationState) string {
	switch s {
	case onboarding.InvitationWaiting:
		return "The letter waits for the mail server"
	case onboarding.InvitationSent:
		return "Invited, and not answered yet"
	case onboarding.InvitationOpened:
		return "The invitation was opened"
	case onboarding.InvitationStarted:
		return "An application was started"
	case onboarding.InvitationHandedIn:
		return "The application was handed in"
	case onboarding.InvitationDeclined:
		return "They do not want to be written to"
	case onboarding.InvitationExpired:
		return "The invitation has expired"
	case onboarding.InvitationUndeliverable:
		return "The letter could not be delivered"
	case onboarding.InvitationWithdrawn:
		return "The invitation was withdrawn"
	}
	return string(s)
}
