package app

import (
	"context"

	"go.temporal.io/sdk/worker"

	"github.com/vouchsafe/vouchsafe/activities"
	"github.com/vouchsafe/vouchsafe/internal/hooks"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// setUpHooks makes what web and workers share of integrators' endpoints.
func (a *App) setUpHooks(context.Context, options) error {
	var programs []string
	for _, p := range a.programs.All() {
		programs = append(programs, p.ID)
	}
	a.hooks = hooks.NewStore(hooks.StoreConfig{Objects: a.objects, Sealer: a.vault, Reach: a.reach(), Programs: programs})
	return nil
}

func (a *App) reach() hooks.Reach {
	return hooks.Reach{Loopback: a.cfg.Development, Networks: a.cfg.WebhookNetworks}
}

// hookSlots is how many events one worker delivers at a time.
const hookSlots = 100

// hookWorker serves the queue of deliveries, with places of its own: integrators that
// are slow take none of the applicants'.
func (a *App) hookWorker() error {
	sender, err := hooks.NewSender(a.reach())
	if err != nil {
		return err
	}
	w := worker.New(a.temporal, workflows.WebhookQueue, worker.Options{
		MaxConcurrentActivityExecutionSize:      hookSlots,
		MaxConcurrentLocalActivityExecutionSize: hookSlots,
		MaxConcurrentWorkflowTaskExecutionSize:  2 * hookSlots,
		MaxConcurrentWorkflowTaskPollers:        2,
		MaxConcurrentActivityTaskPollers:        2,
		WorkerStopTimeout:                       stopWorker,
	})
	workflows.RegisterWebhooks(w)
	w.RegisterActivity(&activities.Webhooks{Store: a.hooks, Sender: sender, Log: a.log})
	a.vendorQueues = append(a.vendorQueues, w)
	return nil
}
