package workflows

import (
	"slices"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// keeping is what the law keeps of somebody who is erased, as its workflow has it. Staff
// may open it meanwhile, for a legal basis, and only this workflow can record that: the
// applicant's own key, under which others' messages are sealed, is gone.
type keeping struct {
	*erasure
	left  []KeptByLaw // what is not destroyed yet
	books workflow.Mutex
}

// take registers what the workflow may be asked.
func (k *keeping) take(ctx workflow.Context) error {
	k.books = workflow.NewMutex(ctx)
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryKept, func() ([]KeptByLaw, error) { return k.left, nil }, workflow.QueryHandlerOptions{Description: "What the law keeps, and until when"}),
		update(ctx, k.file, UpdateOpenKept, "Staff open what the law keeps, for a legal basis", k.openKept, k.mayOpenKept),
	)
}

// mayOpenKept holds an opening to the table of bases, and to what is still there.
func (k *keeping) mayOpenKept(in OpenKept) error {
	basis, ok := policy.KeptBasisOf(in.Basis)
	switch {
	case !ok || !basis.Opens(in.Category):
		return onboarding.Invalid("basis", "What is kept there is not opened for that.", "Choose a basis that the list has for this category.")
	case basis.Case && (in.Case == "" || in.Approver == ""):
		return onboarding.Invalid("case", "For that there must be a case of legal process that is approved.", "Name the case, and have it approved first.")
	case !slices.ContainsFunc(k.left, func(l KeptByLaw) bool { return l.Category == in.Category }):
		return notNow("That is not kept any more: its time is over, and it was destroyed.", "The ledger says when.")
	}
	return nil
}

// openKept records that a category is opened, and for what.
func (k *keeping) openKept(ctx workflow.Context, in OpenKept) (Ack, error) {
	k.busy++
	defer func() { k.busy-- }()
	err := k.recorded(ctx, func() {
		basis, _ := policy.KeptBasisOf(in.Basis) // the validator has seen it
		detail := "legal basis: " + basis.Says + " (" + basis.Rule + ")"
		if in.Case != "" {
			detail += ", case " + in.Case
		}
		k.record(ctx, ledger.Record{Kind: ledger.KindViewed, Actor: string(in.Actor), Approver: string(in.Approver), Purpose: basis.DPV, Fields: in.Fields,
			Outcome: DocumentKept + "/" + in.Category, Object: onboarding.KeptKey(k.file.in.Applicant, in.Category), Detail: detail, Sealed: in.Words})
	})
	return k.ack(), err
}

// recorded stores what add composes, behind whatever stands at the ledger's end by then;
// one at a time.
func (k *keeping) recorded(ctx workflow.Context, add func()) error {
	if err := k.books.Lock(ctx); err != nil {
		return err
	}
	defer k.books.Unlock()
	if err := k.readHead(ctx); err != nil {
		return err
	}
	add()
	return k.storeRecords(ctx)
}
