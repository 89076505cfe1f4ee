package activities

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/vendors/mail"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Complaints knows the complaints; *applicants.Service is one.
type Complaints interface {
	// EscalateComplaint notes that one is overdue, once. It tells whether it is still to be
	// answered, and to which address a letter goes that tell sends: empty when the program's
	// file names none, or it was sent. What tell cannot send was not noted.
	EscalateComplaint(ctx context.Context, in workflows.EscalateComplaintIn, tell func(ctx context.Context, to string) error) (open bool, err error)
}

// EscalateComplaint writes to the privacy officer of a program that a complaint is overdue,
// once. The letter has its number and its address on the board, and nothing of the person.
func (a *Activities) EscalateComplaint(ctx context.Context, in workflows.EscalateComplaintIn) (workflows.EscalateComplaintOut, error) {
	open, err := a.cfg.Complaints.EscalateComplaint(ctx, in, func(ctx context.Context, to string) error {
		subject, text, err := letters.Officer(letters.OfficerFacts{News: letters.OfficerComplaint, Request: in.Number, Board: a.cfg.PublicURL + "/console/complaints", Due: in.Due})
		if err != nil {
			return err
		}
		return a.cfg.Mail.Tell(ctx, to, mail.Letter{ID: a.cfg.Vault.LookupHash("officer-letter", "complaint."+in.Number), Subject: subject, Text: text})
	})
	return workflows.EscalateComplaintOut{Open: open}, edge(err)
}
