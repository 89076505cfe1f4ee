package app

import (
	"context"
	"fmt"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
)

// noticesEvery is how often it is looked which versions of notices hold: a page shows
// the older one for that long at most.
const noticesEvery = 2 * time.Second

// setUpNotices looks once before anything is shown.
func (a *App) setUpNotices(ctx context.Context, _ options) error {
	if err := a.lookNotices(ctx, a.Applicants()); err != nil {
		return fmt.Errorf("find out which notices hold: %w", err)
	}
	return nil
}

// lookNotices takes up which versions of notices are announced and which hold.
func (a *App) lookNotices(ctx context.Context, service *applicants.Service) error {
	list, err := service.RollOuts(ctx)
	if err == nil {
		consent.SetRollOuts(list, time.Now())
	}
	return err
}

// watchNotices keeps that up to date. While S3 does not answer, what was known last
// holds: the older text is never wrong to show.
func (a *App) watchNotices(ctx context.Context) error {
	service := a.Applicants()
	tick := time.NewTicker(noticesEvery)
	defer tick.Stop()
	failed := false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			err := a.lookNotices(ctx, service)
			if err != nil && !failed && ctx.Err() == nil {
				a.log.WarnContext(ctx, "it could not be found out which notices hold; what was known last holds", "error", err)
			}
			failed = err != nil
		}
	}
}
