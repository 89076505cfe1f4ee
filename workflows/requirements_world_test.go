package workflows_test

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/temporal"
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

// refused is an update that is to be refused in words that hold says.
type refused struct {
	arg  any
	says string
}

// refusal fails the test when an update is refused, or one is not that is to be.
type refusal struct {
	*world
	name string
	says string
}

func (r refusal) Accept() {}

func (r refusal) Reject(err error) {
	if says := cmp.Or(r.says, r.expect); says != "" && strings.Contains(err.Error(), says) {
		r.refusals++
		return
	}
	r.t.Errorf("update %s was refused: %v", r.name, err)
}

func (r refusal) Complete(_ any, err error) {
	switch says := cmp.Or(r.says, r.expect); {
	case err != nil && says != "" && strings.Contains(err.Error(), says):
		r.refusals++
	case err == nil && r.says != "":
		r.t.Errorf("update %s was not refused with %q", r.name, r.says)
	case err != nil && !temporal.IsCanceledError(err):
		r.t.Errorf("update %s failed: %v", r.name, err)
	}
}
