package workflows_test

import (
	"context"
	"strconv"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/testsuite"

	"github.com/vouchsafe/vouchsafe/internal/assess"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// registerRequirements stands in for what the requirements keep and reserve.
func (w *world) registerRequirements(env *testsuite.TestWorkflowEnvironment) {
	named := func(name string) activity.RegisterOptions { return activity.RegisterOptions{Name: name} }
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.KeepAgreementIn) (workflows.KeptOut, error) {
		w.kept = append(w.kept, in.Text)
		return workflows.KeptOut{Object: "agreements/x", Digest: program.TextSHA256(in.Text)}, w.store(ctx, "agreement", in.Pages)
	}, named(workflows.ActivityKeepAgreement))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.KeepTaxIn) (workflows.KeptOut, error) {
		w.taxes = append(w.taxes, in)
		return workflows.KeptOut{Object: in.Use.Profile, Digest: "d"}, w.store(ctx, "tax", in.Pages)
	}, named(workflows.ActivityKeepTax))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.ReserveSlotIn) (workflows.ReserveSlotOut, error) {
		if err := w.store(ctx, "reserve", in.Pages); err != nil {
			return workflows.ReserveSlotOut{}, err
		}
		offered, err := assess.Offered(in.Live, in.At, in.Now)
		if err != nil || !offered {
			return workflows.ReserveSlotOut{}, err
		}
		for seat := 1; seat <= in.Live.Seats; seat++ {
			if key := seatKey(in.At, seat); w.seats[key] == "" || w.seats[key] == string(in.Applicant) {
				w.seats[key] = string(in.Applicant)
				return workflows.ReserveSlotOut{Offered: true, Seat: seat}, nil
			}
		}
		return workflows.ReserveSlotOut{Offered: true}, nil
	}, named(workflows.ActivityReserveSlot))
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.ReleaseSlotIn) (workflows.Nothing, error) {
		delete(w.seats, seatKey(in.At, in.Seat))
		return workflows.Nothing{}, w.store(ctx, "release", in.Pages)
	}, named(workflows.ActivityReleaseSlot))
}

func seatKey(at time.Time, seat int) string {
	return at.UTC().Format(time.RFC3339) + "/" + strconv.Itoa(seat)
}
