package activities

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// letter writes a letter as far as it can be written without its reader; link opens
// their application.
func (a *Activities) letter(in workflows.SendMessageIn, link string, disclosed letters.Disclosed) (mail.Letter, error) {
	facts := letters.Facts{Language: in.Language, Program: in.Program, Link: link, Agency: in.Agency, Deadline: in.Deadline, Contact: in.Contact,
		Place: in.Sentences, Assessed: in.Assessed, Assessment: in.Factors, Details: letters.Details(in.Details), Outcome: letters.Outcome(in.Outcome),
		Agreement: in.Agreement, Signed: in.Signed, Reason: in.Reason, Open: in.Open,
		Request: string(in.Request), Refused: in.Outcome == workflows.DataRefused,
		Disclosed: disclosed,
		Cleared:   in.Cleared, Dispute: in.Outcome == string(workflows.AnswerDispute)}
	if in.RequestID != "" {
		facts.Request, facts.Step, facts.Extended = string(in.RequestKind), string(in.RequestStep), string(in.Extended)
		facts.Code, facts.Proof = a.cfg.Requests.RequestCode(in.RequestID), a.cfg.Requests.RequestLink(in.RequestID)
	}
	for _, k := range in.Kept {
		if c, ok := policy.KeptCategoryOf(k.Category); ok {
			facts.Kept = append(facts.Kept, letters.Kept{What: c.Says, Rule: c.Rule, Until: k.Until})
		}
	}
	if in.Credential != "" {
		facts.Verify = a.cfg.PublicURL + "/verify/" + in.Credential
	}
	facts.Reference = in.Reference
	if c := in.Changed; c != nil {
		facts.Notice, facts.Again, facts.NoOwner = c.Title, c.Again, c.Off && c.Owner != nil
		if c.Owner != nil {
			facts.Owner, facts.OwnerContact = c.Owner.Name, c.Owner.Contact
		} else {
			facts.Text = a.cfg.PublicURL + "/apply/notices/" + c.ID + "/" + c.Version + "?lang=" + cmp.Or(in.Language, "en")
		}
	}
	stop := ""
	if o := in.Offer; o != nil {
		var err error
		if stop, err = a.cfg.StopLink(in.Applicant, in.Reader); err != nil {
			return mail.Letter{}, err
		}
		facts.Program, facts.Inviter, facts.Stop = o.Title, o.Controller, stop
		facts.Link = a.cfg.PublicURL + "/apply?program=" + o.ID + "&lang=" + cmp.Or(in.Language, "en")
	}
	subject, text, err := letters.Write(string(in.Message), facts)
	if err != nil {
		return mail.Letter{}, err
	}
	return mail.Letter{
		ID: a.letterID(in.Applicant, in.Number), Thread: a.letterID(in.Applicant, 1), Subject: threaded(subject, in.Program), Text: text, Language: in.Language, Stop: stop,
	}, nil
}

// keepLetter keeps what a letter says, sealed, before it is sent: what an applicant
// was told is part of their case. The link is left out, since whoever has it acts as
// the applicant. A retry keeps the same again.
func (a *Activities) keepLetter(ctx context.Context, in workflows.SendMessageIn, l mail.Letter, link string) error {
	if l.Stop != "" {
		l.Text = strings.ReplaceAll(l.Text, l.Stop, "[the link by which such letters end]")
	}
	text := "Subject: " + l.Subject + "\n\n" + strings.ReplaceAll(l.Text, link, "[the applicant's own link]")
	if in.RequestID != "" { // whoever has these acts as the applicant too
		text = strings.NewReplacer(a.cfg.Requests.RequestCode(in.RequestID), "[code]", a.cfg.Requests.RequestLink(in.RequestID), "[the applicant's own link]").Replace(text)
	}
	key := onboarding.LetterKey(in.Applicant, in.Use.Intent)
	sealed, err := a.cfg.Vault.Seal(ctx, in.Applicant, key, []byte(text))
	if err != nil {
		return err
	}
	return a.cfg.Objects.Put(ctx, key, sealed)
}

// letterID names a letter by its applicant and number, for whoever has the key
// alone: the same at each try, and nothing of the applicant's.
func (a *Activities) letterID(id onboarding.ApplicantID, number int) string {
	return a.cfg.Vault.LookupHash("letter", fmt.Sprintf("%s.%d", id, number))
}

// threaded gives the subjects of one application's letters the same beginning, by
// which mailboxes that look at subjects too keep them together: the program first,
// then what the letter says.
func threaded(subject, program string) string {
	for _, end := range []string{": " + program, " for " + program} {
		if what, ok := strings.CutSuffix(subject, end); ok {
			return program + ": " + what
		}
	}
	return program + ": " + subject
}
