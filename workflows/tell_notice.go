package workflows

import (
	"fmt"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// takeNotices makes the case answer what is told of a change.
func (c *file) takeNotices(ctx workflow.Context) error {
	return firstError(
		update(ctx, c, UpdateTellNotice, "The applicant is told of a text that changes", c.tellNotice, c.mayTellNotice),
		update(ctx, c, UpdateAnswerNotice, "The applicant answers to a new owner", c.answerNotice, c.mayAnswerNotice),
	)
}

// mayTellNotice: whoever holds a live consent to an older text is owed a letter; of a
// new owner, everybody whose application is kept.
func (c *file) mayTellNotice(in TellNotice) error {
	if c.Stage.Closed() || c.Ending != "" {
		return notNow("This application has ended: nothing more is done under its consents.", "")
	}
	if in.Off {
		return c.mayTellOff(in)
	}
	if was := c.heard(in.Rollout); was != nil && !was.At.IsZero() {
		return &onboarding.Error{Code: onboarding.CodeConflict, Message: "This applicant was told already."}
	}
	if !c.Consents.Has(consent.PurposeAccount, consent.KindPrivacy) {
		return notNow("Nothing is kept of this applicant yet.", "")
	}
	if in.Owner != nil {
		return nil
	}
	if len(in.Texts) == 0 {
		return onboarding.Invalid("texts", "There is no text to tell of.", "This is a fault of ours: tell the operator.")
	}
	if _, ok := c.Consents.Outdated(in.Purpose, in.Kind, in.Texts[0].Version); !ok {
		return notNow("This applicant has not agreed to an older text.", "")
	}
	return nil
}

// mayTellOff: who was told that something comes is owed a letter that it does not.
func (c *file) mayTellOff(in TellNotice) error {
	switch was := c.heard(in.Rollout); {
	case was == nil || was.At.IsZero():
		return notNow("This applicant was not told that it comes.", "")
	case !was.Off.IsZero():
		return &onboarding.Error{Code: onboarding.CodeConflict, Message: "This applicant was told already."}
	}
	return nil
}

// tellOff writes to who was told of a change that it does not come.
func (c *file) tellOff(ctx workflow.Context, in TellNotice) (ToldNotice, error) {
	was := c.heard(in.Rollout)
	changed := ChangedNotice{Owner: was.Owner, Off: true}
	if was.Text != nil {
		changed.ID, changed.Version, changed.Title = was.Text.ID, was.Text.Version, in.Titles[was.Text.Language]
	}
	sent, err := c.letter(ctx, MessageNoticeOff, consent.PurposeAccount, func(m *SendMessageIn) { m.Deadline, m.Changed = was.Effective, &changed })
	if err != nil {
		return ToldNotice{}, err
	}
	was = c.heard(in.Rollout) // the list may have been moved meanwhile
	was.Off = workflow.Now(ctx)
	if sent {
		was.OffTold = was.Off
		c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Notice: was.Text, Outcome: "told", Detail: toldOff(*was)})
	}
	return *was, c.settle(ctx)
}

// toldOff is the ledger's sentence.
func toldOff(t ToldNotice) string {
	if t.Text == nil {
		return "The applicant was written to that there is no new owner after all."
	}
	return fmt.Sprintf("The applicant was written to that version %s of the notice %s does not take effect.", t.Text.Version, t.Text.ID)
}

// tellNotice writes to the applicant and answers when the letter is with the mail
// server, or was refused for good. Who asks twice at once has one letter sent.
func (c *file) tellNotice(ctx workflow.Context, in TellNotice) (ToldNotice, error) {
	if err := workflow.Await(ctx, func() bool { return !c.telling[in.Rollout] }); err != nil {
		return ToldNotice{}, err
	}
	if err := c.mayTellNotice(in); err != nil {
		return ToldNotice{}, err
	}
	c.telling[in.Rollout] = true
	c.busy++
	defer func() { c.busy--; delete(c.telling, in.Rollout) }()
	if in.Off {
		return c.tellOff(ctx, in)
	}
	t := ToldNotice{Rollout: in.Rollout, Purpose: in.Purpose, Kind: in.Kind, Again: in.Again, Effective: in.Effective, Owner: in.Owner}
	message, changed := MessageNewOwner, ChangedNotice{Owner: in.Owner}
	if in.Owner == nil {
		ref := in.text(c.Language)
		t.Text = &ref
		message, changed = MessageNoticeChanged, ChangedNotice{ID: ref.ID, Version: ref.Version, Title: in.Titles[ref.Language], Again: in.Again}
	}
	sent, err := c.letter(ctx, message, consent.PurposeAccount, func(m *SendMessageIn) { m.Deadline, m.Changed = in.Effective, &changed })
	if err != nil {
		return ToldNotice{}, err
	}
	now := workflow.Now(ctx)
	if sent {
		t.At = now
		c.record(ctx, ledger.Record{Kind: ledger.KindNotified, Notice: t.Text, Outcome: "told", Detail: toldOf(t)})
	} else {
		t.Failed = now
	}
	if was := c.heard(in.Rollout); was != nil {
		*was = t
	} else {
		c.Notices = append(c.Notices, t)
	}
	return t, c.settle(ctx)
}

// text is the new text in the language, or in English.
func (in TellNotice) text(language string) ledger.NoticeRef {
	for _, t := range in.Texts {
		if t.Language == language {
			return t
		}
	}
	return in.Texts[0]
}

// toldOf is the ledger's sentence.
func toldOf(t ToldNotice) string {
	day := t.Effective.UTC().Format(time.DateOnly)
	if t.Text == nil {
		return "The applicant was written to that there is a new owner from " + day + " on."
	}
	return fmt.Sprintf("The applicant was written to that version %s of the notice %s holds from %s on.", t.Text.Version, t.Text.ID, day)
}

// askedAnew reports whether the consent is one to a text that the applicant was told
// of, and that is to be agreed to anew.
func (c *file) askedAnew(r consent.Receipt) bool {
	for _, t := range c.Notices {
		if t.Again && t.Off.IsZero() && t.Text != nil && t.Text.ID == r.Notice.ID && t.Purpose == r.Purpose && t.Kind == r.Kind && r.Notice.Version >= t.Text.Version {
			_, older := c.Consents.Outdated(r.Purpose, r.Kind, r.Notice.Version)
			return older
		}
	}
	return false
}
