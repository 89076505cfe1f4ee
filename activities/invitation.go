package activities

import (
	"context"
	"fmt"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// objections looks for those who do not want to be invited.
type objections struct{ cfg Config }

// Objected reports whether the address's owner has said so, to any invitation.
func (o objections) Objected(ctx context.Context, contact string) (bool, error) {
	return o.cfg.Objects.Has(ctx, onboarding.NotInvitedKey(contact))
}

// SendInvitation sends one letter of an invitation, and no second one: what a try
// before this one had begun to hand to the mail server is not handed there again,
// since nobody knows whether it arrived.
func (a *Activities) SendInvitation(ctx context.Context, in workflows.SendInvitationIn) (workflows.SendInvitationOut, error) {
	out, err := a.sendInvitation(ctx, in)
	return out, edge(err)
}

func (a *Activities) sendInvitation(ctx context.Context, in workflows.SendInvitationIn) (workflows.SendInvitationOut, error) {
	var out workflows.SendInvitationOut
	if _, err := a.book.Store(ctx, in.Pages.Ledger()); err != nil {
		return out, err
	}
	letter, err := a.invitationLetter(in)
	if err != nil {
		return out, err
	}
	intent, err := a.book.Recall(ctx, in.ID, in.Page, in.Intent)
	if err != nil {
		return out, err
	}
	grant, err := consent.RedeemInvitation(ctx, &store{cfg: a.cfg}, objections{a.cfg}, intent, in.Instruction, onboarding.InvitationKey(in.ID))
	if err != nil {
		return out, err
	}
	mark := onboarding.InvitationLetterKey(in.ID, in.Number)
	if _, err := a.cfg.Objects.PutIf(ctx, mark, []byte("on its way\n"), ""); a.cfg.Objects.IsConflict(err) {
		out.Unsure = true
		return out, nil
	} else if err != nil {
		return out, err
	}
	if err := mail.Send(ctx, a.cfg.Mail, grant, letter); err != nil {
		// It has not been taken, so it may be tried again. Cut off here, it may not.
		if derr := a.cfg.Objects.Delete(context.WithoutCancel(ctx), mark); derr != nil {
			return out, fmt.Errorf("activities: take back that a letter is on its way: %w", derr)
		}
		return out, err
	}
	return out, nil
}

// invitationLetter writes a letter as far as it can be written without its reader.
func (a *Activities) invitationLetter(in workflows.SendInvitationIn) (mail.Letter, error) {
	link, err := a.cfg.InvitationLink(in)
	if err != nil {
		return mail.Letter{}, err
	}
	ask := ""
	if in.Language != "" {
		ask = "?lang=" + in.Language
	}
	p := in.Program
	stop := link + "/stop"
	if in.Friend { // the address is gone when it is read, so nothing waits behind a link of its own
		link = a.cfg.PublicURL + "/apply?program=" + p.ID
		if ask != "" {
			ask = "&lang=" + in.Language
		}
		subject, text, err := letters.Write(string(in.Message), letters.Facts{Language: in.Language, Program: p.Title, Link: link + ask, Stop: stop + "?lang=" + in.Language,
			Inviter: p.Controller.Name, Contact: p.Controller.Contact})
		return mail.Letter{ID: a.letterID(in.ID, in.Number), Subject: subject, Text: text, Language: in.Language, Stop: stop}, err
	}
	subject, text, err := letters.Write(string(in.Message), letters.Facts{Language: in.Language, Program: p.Title, Link: link + ask, Stop: stop + ask,
		Inviter: p.Controller.Name, Contact: p.Controller.Contact, Source: p.Invitations.SourceIn(in.Language), Deadline: in.Until, More: in.More})
	if err != nil {
		return mail.Letter{}, err
	}
	return mail.Letter{ID: a.letterID(in.ID, in.Number), Thread: a.letterID(in.ID, 1), Subject: subject, Text: text, Language: in.Language, Stop: stop}, nil
}

// ForgetInvitation destroys an invitation's key and removes what lay under it. Its
// ledger stays, and holds nothing of the person.
func (a *Activities) ForgetInvitation(ctx context.Context, in workflows.ForgetInvitationIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.forgetInvitation(ctx, in))
}

func (a *Activities) forgetInvitation(ctx context.Context, in workflows.ForgetInvitationIn) error {
	if _, err := a.book.Store(ctx, in.Pages.Ledger()); err != nil {
		return err
	}
	keys := []string{onboarding.InvitationKey(in.ID)}
	for n := range in.Letters {
		keys = append(keys, onboarding.InvitationLetterKey(in.ID, n+1))
	}
	for _, key := range keys {
		if err := a.cfg.Objects.Delete(ctx, key); err != nil {
			return err
		}
	}
	return a.cfg.Vault.Destroy(ctx, in.ID)
}

// Invitations invites those of a list; *invitations.Service is one.
type Invitations interface {
	StartInvitations(ctx context.Context, in workflows.StartInvitationsIn, beat func()) (workflows.BatchTally, error)
	DropBatch(ctx context.Context, in workflows.DropBatchIn) error
}

// StartInvitations invites a part of a list.
func (a *Activities) StartInvitations(ctx context.Context, in workflows.StartInvitationsIn) (workflows.BatchTally, error) {
	out, err := a.cfg.Invitations.StartInvitations(ctx, in, func() { activity.RecordHeartbeat(ctx) })
	return out, edge(err)
}

// DropInvitationBatch destroys what was uploaded.
func (a *Activities) DropInvitationBatch(ctx context.Context, in workflows.DropBatchIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.cfg.Invitations.DropBatch(ctx, in))
}
