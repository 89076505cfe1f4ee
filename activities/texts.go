package activities

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/sdk/activity"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/twiliosms"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// SendText tells an applicant who asked for it that there is news.
func (a *Activities) SendText(ctx context.Context, in workflows.SendTextIn) (workflows.SendTextOut, error) {
	out, err := a.sendText(ctx, in)
	return out, edge(err)
}

// stopped is when the number's owner answered STOP last; the zero time when they
// never did. A consent that is younger than that is a new one.
func (a *Activities) stopped(ctx context.Context, hash string) (time.Time, error) {
	body, err := a.cfg.Objects.Get(ctx, onboarding.SuppressedKey(hash))
	if a.cfg.Objects.IsMissing(err) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	at, err := time.Parse(time.RFC3339Nano, string(body))
	if err != nil {
		return time.Time{}, errors.New("activities: when a number answered STOP is not readable")
	}
	return at, nil
}

// errStopped: the number's owner has answered STOP.
var errStopped = errors.New("activities: the number is not to be written to")

func (a *Activities) sendText(ctx context.Context, in workflows.SendTextIn) (workflows.SendTextOut, error) {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return workflows.SendTextOut{}, err
	}
	if a.cfg.Texts == nil {
		return workflows.SendTextOut{}, notConfigured(consent.RecipientTwilioSMS)
	}
	info := activity.GetInfo(ctx)
	says, err := letters.Text(letters.TextFacts{Language: in.Language, Program: in.Program, Number: in.Number, Link: a.cfg.PublicURL + "/apply/status"})
	if err != nil {
		return workflows.SendTextOut{}, err
	}
	text := twiliosms.Text{Words: says, Since: info.ScheduledTime,
		Again: !inPlace(ctx) || info.Attempt > 1} // whoever comes here again, or behind a try in place, may have been heard
	hash := ""
	allowed := func(phone string) error {
		hash = a.cfg.Vault.LookupHash("phone", phone)
		if stopped, err := a.stopped(ctx, hash); err != nil {
			return err
		} else if !in.Use.Receipt.GivenAt.After(stopped) {
			return errStopped
		}
		// So that a STOP finds this application too.
		if err := a.cfg.Objects.Put(ctx, onboarding.TextedKey(hash, in.Applicant), []byte(in.Applicant)); err != nil {
			return err
		}
		return a.listContacts(ctx, in.Applicant, []string{onboarding.TextedKey(hash, in.Applicant)})
	}
	err = a.sending(ctx, in.Use, consent.RecipientTwilioSMS, consent.RecipientTwilio, func(ctx context.Context) error {
		grant, err := redeem[consent.TextMessages](ctx, stored, in.Use)
		if err != nil {
			return err
		}
		sid, err := a.cfg.Texts.Send(ctx, grant, text, allowed)
		text.Again = true
		if err != nil {
			return err
		}
		return a.keepText(ctx, in.Applicant, sid)
	})
	switch {
	case errors.Is(err, errStopped):
		return workflows.SendTextOut{Stopped: true}, nil
	case twiliosms.Unsubscribed(err):
		if err := a.cfg.Objects.Put(ctx, onboarding.SuppressedKey(hash), []byte(time.Now().UTC().Format(time.RFC3339Nano))); err != nil {
			return workflows.SendTextOut{}, fmt.Errorf("activities: keep that a number answered STOP: %w", err)
		}
		return workflows.SendTextOut{Stopped: true}, nil
	}
	return workflows.SendTextOut{}, err
}

// keepText keeps by which SID Twilio knows a message, so that it can be deleted there.
func (a *Activities) keepText(ctx context.Context, id onboarding.ApplicantID, sid string) error {
	key := onboarding.TextKey(id, sid, false)
	sealed, err := a.cfg.Vault.Seal(ctx, id, key, []byte(sid))
	if err != nil {
		return err
	}
	return a.cfg.Objects.Put(ctx, key, sealed)
}

// errUnknownTexts: Twilio has messages that we know no SID of, so a person asks for the
// rest.
var errUnknownTexts = &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Twilio has text messages to or from this number that we know no SID of.",
	Hint: "Find them in Twilio's log of messages by the time, and delete them there."}

// eraseTexts deletes an applicant's text messages at Twilio. Those of before their SIDs
// were kept, and what Twilio itself or a webhook's answer has replied to a person, it does
// not know: then the error is errUnknownTexts, behind the deletion of those that it knows.
func (a *Activities) eraseTexts(ctx context.Context, id onboarding.ApplicantID, records []ledger.Record) (string, error) {
	if a.cfg.Texts == nil {
		return "", notConfigured(consent.RecipientTwilioSMS)
	}
	sent, known, came := 0, 0, 0
	for _, r := range records {
		if r.Kind == ledger.KindUseDone && r.Recipient == consent.RecipientTwilioSMS {
			sent++
		}
	}
	answer := workflows.VendorNothing
	for key, err := range a.cfg.Objects.List(ctx, onboarding.TextPrefix(id)) {
		if err != nil {
			return "", err
		}
		sealed, err := a.cfg.Objects.Get(ctx, key)
		if err != nil {
			return "", err
		}
		sid, err := a.cfg.Vault.Open(ctx, id, key, sealed)
		if err != nil {
			return "", err
		}
		if key == onboarding.TextKey(id, string(sid), true) {
			came++
		} else {
			known++
		}
		err = a.patiently(ctx, consent.RecipientTwilioSMS, func(ctx context.Context) error {
			there, err := a.cfg.Texts.Delete(ctx, string(sid))
			if there {
				answer = workflows.VendorErased
			}
			return err
		})
		if err != nil {
			return "", err
		}
	}
	if known < sent || came > 0 {
		return "", errUnknownTexts
	}
	return answer, nil
}
