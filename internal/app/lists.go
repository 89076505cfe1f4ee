package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// lists loads the public lists that are in force. The lists of sanctioned and
// excluded persons must be there; that of the federal contracts' exclusions when
// a program has people compared with it.
func (a *App) lists(ctx context.Context) (*lists.Keeper, error) {
	sources, err := a.listSources()
	if err != nil {
		return nil, err
	}
	keeper, err := lists.NewKeeper(lists.Config{Objects: a.objects, Sources: sources, Log: a.log})
	if err != nil {
		return nil, err
	}
	required := []onboarding.ListName{onboarding.ListOFAC, onboarding.ListLEIE}
	if a.programs.Using(consent.ListSAM) != "" {
		required = append(required, onboarding.ListSAM)
	}
	if err := keeper.Start(ctx, required...); err != nil {
		return nil, fmt.Errorf("%w\nVOUCHSAFE_LISTS_DIR is the folder with ofac/ (sdn.csv, alt.csv, add.csv, sdn_comments.csv), leie/ (UPDATED.csv)"+
			" and sam/ (SAM_Exclusions_Public_Extract_V2.CSV); VOUCHSAFE_OFAC_URL, VOUCHSAFE_LEIE_URL and VOUCHSAFE_SAM_URL are addresses instead", err)
	}
	return keeper, nil
}

// listSources are an address each, or the configured folder, or that of the
// options on one machine.
func (a *App) listSources() (map[onboarding.ListName]lists.Source, error) {
	out := map[onboarding.ListName]lists.Source{}
	dir, title := a.listFiles, "the examples inside the binary"
	if a.cfg.ListsDir != "" {
		dir, title = os.DirFS(a.cfg.ListsDir), a.cfg.ListsDir
	}
	for n, at := range map[onboarding.ListName]struct{ variable, address string }{
		onboarding.ListOFAC: {"VOUCHSAFE_OFAC_URL", a.cfg.OFACURL},
		onboarding.ListLEIE: {"VOUCHSAFE_LEIE_URL", a.cfg.LEIEURL},
		onboarding.ListSAM:  {"VOUCHSAFE_SAM_URL", a.cfg.SAMURL},
	} {
		if at.address != "" {
			source, err := lists.Web(n, at.address)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", at.variable, err)
			}
			out[n] = source
			continue
		}
		if dir == nil {
			continue
		}
		if _, err := fs.Stat(dir, string(n)); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		below, err := fs.Sub(dir, string(n))
		if err != nil {
			return nil, err
		}
		out[n] = lists.Folder(below, filepath.Join(title, string(n)))
	}
	return out, nil
}

// Off switches the schedule of the lists off.
const Off = "off"

// DefaultListsCron is daily at five in the morning, UTC: after the sources'
// working day has ended in Washington.
const DefaultListsCron = "0 5 * * *"

// catchUp is how late a refresh may be made up for when Temporal was down.
const catchUp = 24 * time.Hour

// scheduleLists makes the schedule by which the lists are refreshed what the
// configuration says: there, changed, or gone. Workers that start at once do it
// side by side without harm. One that was paused by hand stays paused.
func scheduleLists(ctx context.Context, in schedules, cron string) error {
	return keepSchedule(ctx, in, schedule{id: workflows.ListsScheduleID, off: cron == "" || cron == Off, variable: "VOUCHSAFE_LISTS_CRON",
		note: "Looks for new editions of the public lists (VOUCHSAFE_LISTS_CRON)", spec: client.ScheduleSpec{CronExpressions: []string{cron}}, catchUp: catchUp,
		action: &client.ScheduleWorkflowAction{ID: workflows.RefreshListsID, Workflow: workflows.RefreshListsName, TaskQueue: workflows.TaskQueue,
			StaticSummary: "Look for new editions of the public lists", Args: []any{workflows.RefreshListsIn{Actor: "system"}}}})
}

// listDesk is what the API does with lists.
type listDesk struct {
	objects  lists.Objects
	temporal interface {
		ExecuteWorkflow(ctx context.Context, options client.StartWorkflowOptions, workflow any, args ...any) (client.WorkflowRun, error)
		GetWorkflow(ctx context.Context, workflowID, runID string) client.WorkflowRun
	}
}

// InForce tells which editions are in force.
func (d listDesk) InForce(ctx context.Context) ([]api.ListEdition, error) {
	editions, err := lists.InForce(ctx, d.objects)
	if err != nil {
		return nil, err
	}
	out := make([]api.ListEdition, len(editions))
	for i, e := range editions {
		out[i] = api.ListEdition{List: string(e.List), Title: workflows.ListWords(e.List), Edition: e.Edition, Individuals: e.Individuals, Since: e.Since, Source: e.Source}
	}
	return out, nil
}

// Refresh starts a refresh and gives its run. The error is CodeConflict while
// another one is under way.
func (d listDesk) Refresh(ctx context.Context, in workflows.RefreshListsIn) (string, error) {
	run, err := d.temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.RefreshListsID, TaskQueue: workflows.TaskQueue,
		WorkflowExecutionErrorWhenAlreadyStarted: true, StaticSummary: "Look for new editions of the public lists"}, workflows.RefreshListsName, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		return "", &onboarding.Error{Code: onboarding.CodeConflict, Message: "The lists are being refreshed already.", Hint: "Wait until it is done.", Cause: err}
	}
	if err != nil {
		return "", err
	}
	return run.GetRunID(), nil
}

// Outcome waits for a refresh until ctx ends; done is false when it is still
// under way then.
func (d listDesk) Outcome(ctx context.Context, run string) (out workflows.RefreshListsOut, done bool, err error) {
	err = d.temporal.GetWorkflow(ctx, workflows.RefreshListsID, run).Get(ctx, &out)
	var none *serviceerror.NotFound
	var noID *serviceerror.InvalidArgument
	switch {
	case err == nil:
		return out, true, nil
	case ctx.Err() != nil:
		return out, false, nil //nolint:nilerr // the caller's time was over first: it is under way
	case errors.As(err, &none), errors.As(err, &noID):
		return out, false, onboarding.Invalid("run", "There is no such refresh.", "Check the run's ID.")
	}
	return out, false, err
}
