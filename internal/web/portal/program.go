package portal

import (
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Programs lists the programs that one may apply for; *program.Set is one.
type Programs interface {
	All() []program.Program
}

// programCard is what applicants see of a program.
type programCard struct {
	ID, Name   string
	For        string // who decides and whom to ask: the controller's name
	Contact    string // how to reach them
	MinimumAge int
	DraftDays  int    // how long an unfinished application is kept
	Document   string // who looks at an identity document that one shows it; empty when nobody does
}

// cards lists what one may apply for.
func (p *Portal) cards() []programCard {
	var out []programCard
	for _, pr := range p.programs.All() {
		out = append(out, cardOf(pr))
	}
	return out
}

// programOf gives a case's program as it stood when the application began,
// whatever its file says by now. When the workflow is gone it is the present
// one, or where that is offered no more, its ID for a name.
func (p *Portal) programOf(v workflows.ApplicantView) programCard {
	if v.Edition.ID != "" {
		return cardOf(v.Edition.In(v.Language))
	}
	for _, pr := range p.programs.All() {
		if pr.ID == v.Program {
			return cardOf(pr)
		}
	}
	return programCard{ID: v.Program, Name: v.Program, MinimumAge: minimumAge}
}

func cardOf(pr program.Program) programCard {
	c := programCard{ID: pr.ID, Name: pr.Title, For: pr.Controller.Name, Contact: pr.Controller.Contact, MinimumAge: max(pr.MinimumAge, minimumAge),
		DraftDays: pr.Drafts.ExpireAfterDays}
	for _, k := range pr.Checks {
		if k.Name == onboarding.CheckIdentity {
			c.Document = vendorOf(k.Vendor, pr).Name
		}
	}
	return c
}
