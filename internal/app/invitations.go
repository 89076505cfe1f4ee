package app

import (
	"go.temporal.io/sdk/worker"

	"github.com/vouchsafe/vouchsafe/activities"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Invitations is what the faces do with invitations, for a caller in the same
// process.
func (a *App) Invitations() *invitations.Service {
	return invitations.New(invitations.Config{Temporal: a.temporal, Vault: a.vault, Objects: a.objects, Applicants: a.Applicants(), Programs: a.programs,
		Pace: workflows.Pace{Clock: a.cfg.Clock, Attempts: a.cfg.CheckAttempts}, Log: a.log})
}

// invitationLink makes the address in a letter that invites somebody.
func (a *App) invitationLink(in workflows.SendInvitationIn) (string, error) {
	token, err := a.invited.Mint(identity.Invited{Ref: in.Ref, ID: in.ID, Expires: in.Until})
	if err != nil {
		return "", err
	}
	return a.cfg.PublicURL + a.invited.Path(token), nil
}

// lettersAtOnce is how many letters of invitations one worker has on the way: each
// is a connection to the mail server.
const lettersAtOnce = 8

// invitationWorker serves the letters of invitations, at a rate that holds for all
// workers together.
func (a *App) invitationWorker(acts *activities.Activities) {
	w := worker.New(a.temporal, workflows.InvitationQueue, worker.Options{
		DisableWorkflowWorker:              true,
		TaskQueueActivitiesPerSecond:       a.cfg.InvitationRate,
		MaxConcurrentActivityExecutionSize: lettersAtOnce,
		MaxConcurrentActivityTaskPollers:   2,
		WorkerStopTimeout:                  stopWorker,
	})
	w.RegisterActivity(acts)
	a.vendorQueues = append(a.vendorQueues, w)
}
