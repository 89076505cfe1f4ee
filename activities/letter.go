package activities

import (
	"fmt"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// letter writes a letter as far as it can be written without its reader.
func (a *Activities) letter(in workflows.SendMessageIn) (mail.Letter, error) {
	link, err := a.cfg.Link(in.Applicant)
	if err != nil {
		return mail.Letter{}, err
	}
	facts := letters.Facts{Program: in.Program, Link: link, Agency: in.Agency, Deadline: in.Deadline, Contact: in.Contact,
		Place: in.Sentences, Assessed: in.Assessed, Assessment: in.Factors, Details: letters.Details(in.Details), Outcome: letters.Outcome(in.Outcome),
		Agreement: in.Agreement, Signed: in.Signed}
	if in.Credential != "" {
		facts.Verify = a.cfg.PublicURL + "/verify/" + in.Credential
	}
	subject, text, err := letters.Write(string(in.Message), facts)
	if err != nil {
		return mail.Letter{}, err
	}
	return mail.Letter{
		ID: fmt.Sprintf("%s.%d", in.Applicant, in.Number), Thread: string(in.Applicant), Subject: subject, Text: text,
	}, nil
}
