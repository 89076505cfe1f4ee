package workflows

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// erasureLetters is where the numbers of an erasure's letters begin, behind those of any
// case: a letter's number makes its Message-ID.
const erasureLetters = 1_000_000

// heldAgain is after how long an erasure that met a hold looks again.
const heldAgain = 24 * time.Hour

// Outcomes of the ledger's records about an erasure.
const (
	ErasedBegun  = "begun"
	ErasedKept   = "kept"
	ErasedVendor = "vendor"
	ErasedDone   = "done"
)

// erasure is one that is under way. The file composes what stands behind the last
// record of the case, as an Afterword does.
type erasure struct {
	*file
	in   EraseIn
	view ErasureView
}

// Erase erases an applicant: it ends the case, keeps what the law obliges to keep under
// keys of its own and says so to the person, asks vendors to erase, and then destroys
// the key, all that lies under it, and everything by which the person could be found.
// The ledger stays, which has no personal data, and says that it was done and upon which
// request. While a hold stands nothing is destroyed: a purge is refused then, and what
// somebody has asked for waits.
func Erase(ctx workflow.Context, in EraseIn) (EraseOut, error) {
	e := &erasure{in: in, view: ErasureView{Applicant: in.Applicant, Reason: in.Reason, Request: in.Request, Step: ErasureBegun, Since: workflow.Now(ctx)},
		file: &file{in: OnboardInput{Applicant: in.Applicant, Pace: in.Pace}, State: State{Stage: onboarding.StageErased, Letters: erasureLetters}, attention: onboarding.AttentionNone, besides: newBesides(ctx)}}
	if err := firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryErasure, func() (ErasureView, error) { return e.view, nil }, workflow.QueryHandlerOptions{Description: "How far the erasure is"}),
		update(ctx, e.file, UpdateVendorErased, "Staff say what a vendor answered that was asked by hand", e.vendorErased, e.mayVendorErased),
	); err != nil {
		return EraseOut{}, err
	}
	facts, err := e.endCase(ctx)
	for err == nil && facts.Held > 0 && e.in.Reason == EraseRequest && since(ctx, changeHeldGap) {
		// The request looked before it began this, and has been told that it is under way.
		if err = e.heldUp(ctx); err == nil {
			facts, err = e.endCase(ctx)
		}
	}
	if err != nil || facts.Held > 0 {
		e.view.Step = ErasureRefused
		return EraseOut{Held: facts.Held}, err
	}
	if facts.Erased && in.Reason == EraseRetention { // a purge that was begun again: what is done is not recorded twice
		e.view.Step = ErasureDone
		return EraseOut{Done: true}, e.dropHistories(ctx)
	}
	if err := e.readHead(ctx); err != nil {
		return EraseOut{}, err
	}
	if err := e.destroy(ctx, facts); err != nil {
		return EraseOut{}, err
	}
	if err := e.keepWaiting(ctx); err != nil {
		return EraseOut{}, err
	}
	return EraseOut{Done: true}, e.askByHand(ctx)
}

// endCase asks for the holds, and ends the applicant's own workflow.
func (e *erasure) endCase(ctx workflow.Context) (EndCaseOut, error) {
	var facts EndCaseOut
	ctx = workflow.WithActivityOptions(ctx, patient(ActivityEndCase, "Ask for holds, and end the case in good order", e.in.Pace))
	err := workflow.ExecuteActivity(ctx, ActivityEndCase, EndCaseIn{Applicant: e.in.Applicant, Reason: e.in.Reason, Request: e.in.Request}).Get(ctx, &facts)
	if err != nil || facts.Held > 0 {
		return facts, err
	}
	e.view.Program = facts.Program
	e.file.in.Program.ID, e.file.in.Program.Title, e.file.in.Program.Controller.Contact = facts.Program, facts.Title, facts.Contact
	e.Language = facts.Language
	if e.Profile = facts.Profile; e.Profile == "" {
		e.Profile = e.in.Profile
	}
	for _, r := range facts.Receipts {
		e.Consents.Give(r)
	}
	return facts, nil
}

func (e *erasure) readHead(ctx workflow.Context) error {
	var head ledger.Chain
	read := workflow.WithActivityOptions(ctx, patient(ActivityReadHead, "Read where this applicant's ledger ends", e.in.Pace))
	if err := workflow.ExecuteActivity(read, ActivityReadHead, ReadHeadIn{Applicant: e.in.Applicant, From: 1}).Get(ctx, &head); err != nil {
		return err
	}
	e.Chain, e.book.Chain = head, head
	e.EventNumber = int(head.Seq) // an applicant has more records than events: none of them had this number
	return nil
}

// erased composes a record about the erasure.
func (e *erasure) erased(ctx workflow.Context, outcome, detail string, with func(*ledger.Record)) {
	r := ledger.Record{Kind: ledger.KindErased, Outcome: outcome, Detail: detail}
	if with != nil {
		with(&r)
	}
	e.record(ctx, r)
}

// upon says why, for the ledger.
func (e *erasure) upon() string {
	if e.in.Reason == EraseRetention {
		return "the time for which the data are kept is over" + e.by("purge")
	}
	return "somebody who may has asked for it" + e.by("request")
}

func (e *erasure) by(what string) string {
	if e.in.Request == "" {
		return ""
	}
	return " (" + what + " " + e.in.Request + ")"
}

// destroy is the erasure itself: what must be read with the key first, then the key.
func (e *erasure) destroy(ctx workflow.Context, facts EndCaseOut) error {
	e.erased(ctx, ErasedBegun, e.upon(), nil)
	if !facts.Gone {
		if err := e.keepByLaw(ctx); err != nil {
			return err
		}
	}
	for _, vendor := range facts.Vendors {
		if e.keepsNothing(ctx, vendor) {
			continue
		}
		if err := e.askVendor(ctx, vendor); err != nil {
			return err
		}
	}
	if !facts.Gone && e.in.Reason == EraseRequest {
		if _, err := e.letter(ctx, MessageErased, consent.PurposeAccount, func(m *SendMessageIn) { m.Kept = e.view.Kept }); err != nil {
			return err
		}
	}
	for {
		out, err := step[DestroyDataOut](ctx, e.file, ActivityDestroyData, "Destroy the applicant's key and data", func() carrier {
			return DestroyDataIn{Applicant: e.in.Applicant, Profile: e.Profile, Reason: e.in.Reason}
		})
		if err != nil {
			return err
		}
		if out.Held == 0 {
			break
		}
		if err := e.heldUp(ctx); err != nil {
			return err
		}
	}
	e.view.Step, e.view.Since = ErasureErased, workflow.Now(ctx)
	e.erased(ctx, ErasedDone, e.upon(), nil)
	if !facts.Told && facts.Program != "" && since(ctx, changeErasedLast) { // a case that was open has said so itself
		e.announce(ctx, onboarding.Event{Type: onboarding.EventErased, Stage: onboarding.StageErased, Attention: onboarding.AttentionNone})
	}
	if err := e.storeRecords(ctx); err != nil {
		return err
	}
	return e.dropHistories(ctx)
}

func (e *erasure) dropHistories(ctx workflow.Context) error {
	drop := workflow.WithActivityOptions(ctx, patient(ActivityDropHistories, "Remove the runs by which the person could be found", e.in.Pace))
	return workflow.ExecuteActivity(drop, ActivityDropHistories, DropHistoriesIn{Applicant: e.in.Applicant}).Get(ctx, nil)
}

func (e *erasure) storeRecords(ctx workflow.Context) error {
	_, err := step[Nothing](ctx, e.file, ActivityStoreAfterErase, "Record the erasure", func() carrier {
		return StoreAfterEraseIn{Applicant: e.in.Applicant}
	})
	return err
}

// keepByLaw seals anew what must be kept, each category under a key of its own.
func (e *erasure) keepByLaw(ctx workflow.Context) error {
	var keys []string
	if err := workflow.SideEffect(ctx, func(workflow.Context) any {
		var out []string
		for range policy.KeptCategories() {
			out = append(out, uuid.NewString())
		}
		return out
	}).Get(&keys); err != nil {
		return err
	}
	now := workflow.Now(ctx)
	out, err := step[KeepByLawOut](ctx, e.file, ActivityKeepByLaw, "Keep what the law obliges to keep, under keys of its own", func() carrier {
		return KeepByLawIn{Applicant: e.in.Applicant, Keys: keys, Now: now}
	})
	if err != nil {
		return err
	}
	e.view.Kept = out.Kept
	for _, k := range out.Kept {
		category, _ := policy.KeptCategoryOf(k.Category)
		e.erased(ctx, ErasedKept, k.Category+": "+category.Rule+", until "+k.Until.UTC().Format(time.DateOnly), func(r *ledger.Record) { r.Object = k.Object })
	}
	return nil
}

// erasesByProgram are the vendors that can be asked by program to erase.
var erasesByProgram = []string{consent.RecipientStripe, consent.RecipientFindly}

// askVendor asks one that can be asked by program. What cannot be, or does not answer in
// all the time that it is tried, stands as a task for staff.
func (e *erasure) askVendor(ctx workflow.Context, vendor string) error {
	line := VendorErasure{Vendor: vendor, ByHand: true}
	if slices.Contains(erasesByProgram, vendor) || vendor == consent.RecipientTwilioSMS && since(ctx, changeTextsErased) {
		out, err := e.askOf(ctx, vendor)
		for err == nil && out.Held > 0 { // a hold that was set meanwhile keeps what lies with vendors too
			if err := e.heldUp(ctx); err != nil {
				return err
			}
			out, err = e.askOf(ctx, vendor)
		}
		if ctx.Err() != nil {
			return err
		}
		if err == nil {
			line = VendorErasure{Vendor: vendor, Answer: out.Answer, At: workflow.Now(ctx)}
		}
	}
	e.view.Vendors = append(e.view.Vendors, line)
	detail := line.Answer
	if line.ByHand {
		detail = "to be asked by hand"
	}
	e.erased(ctx, ErasedVendor, detail, func(r *ledger.Record) { r.Recipient = vendor })
	return nil
}

func (e *erasure) askOf(ctx workflow.Context, vendor string) (AskErasureOut, error) {
	return stepAt[AskErasureOut](ctx, e.file, vendor, ActivityAskErasure, "Ask "+VendorTitle(vendor)+" to erase", func() carrier {
		return AskErasureIn{Applicant: e.in.Applicant, Vendor: vendor, Reason: e.in.Reason}
	})
}

// heldUp waits before it is looked again whether a hold is released.
func (e *erasure) heldUp(ctx workflow.Context) error {
	e.view.Step = ErasureHeld
	return workflow.NewTimerWithOptions(ctx, e.in.Pace.Scale(heldAgain), workflow.TimerOptions{Summary: "A hold stands: look again whether it is released"}).Get(ctx, nil)
}

// keepWaiting has what was kept destroyed when its time is over.
func (e *erasure) keepWaiting(ctx workflow.Context) error {
	if len(e.view.Kept) == 0 {
		return nil
	}
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{WorkflowID: e.in.Applicant.KeptID(), ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary: "What the law keeps of somebody who is erased, until its time is over"})
	return workflow.ExecuteChildWorkflow(ctx, KeepName, KeepIn{Applicant: e.in.Applicant, Kept: e.view.Kept, Pace: e.in.Pace}).GetChildWorkflowExecution().Get(ctx, nil)
}

// byHand reports whether a vendor is still to be asked.
func (v VendorErasure) byHand() bool { return v.ByHand && v.Answer == "" }

// askByHand waits until staff have asked those who cannot be asked by program.
func (e *erasure) askByHand(ctx workflow.Context) error {
	open := func() bool { return slices.ContainsFunc(e.view.Vendors, VendorErasure.byHand) }
	if open() {
		if err := workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(onboarding.AttentionPrivacy)), SearchProgram.ValueSet(e.view.Program)); err != nil {
			return err
		}
		workflow.SetCurrentDetails(ctx, "**The key is destroyed.** To be asked by hand to erase: "+strings.Join(e.askedByHand(), ", "))
		if err := workflow.Await(ctx, func() bool { return !open() }); err != nil {
			return err
		}
		if err := workflow.UpsertTypedSearchAttributes(ctx, SearchAttention.ValueSet(string(onboarding.AttentionNone))); err != nil {
			return err
		}
	}
	e.view.Step, e.view.Since = ErasureDone, workflow.Now(ctx)
	return e.finish(ctx)
}

func (e *erasure) askedByHand() []string {
	var out []string
	for _, v := range e.view.Vendors {
		if v.byHand() {
			out = append(out, VendorTitle(v.Vendor))
		}
	}
	return out
}

func (e *erasure) mayVendorErased(in MarkVendorErased) error {
	if in.Answer != VendorErased && in.Answer != VendorNothing && in.Answer != VendorRefused {
		return onboarding.Invalid("answer", "That is no answer that we know.", "Choose one of the three.")
	}
	if e.view.Step != ErasureErased || !slices.ContainsFunc(e.view.Vendors, func(v VendorErasure) bool { return v.Vendor == in.Vendor && v.byHand() }) {
		return notNow("That vendor is not to be asked by hand here.", "Look at the erasure again: perhaps a colleague was faster.")
	}
	return nil
}

func (e *erasure) vendorErased(ctx workflow.Context, in MarkVendorErased) (Ack, error) {
	i := slices.IndexFunc(e.view.Vendors, func(v VendorErasure) bool { return v.Vendor == in.Vendor && v.byHand() })
	if i < 0 {
		return Ack{}, notNow("That vendor is not to be asked by hand here.", "Look at the erasure again: perhaps a colleague was faster.")
	}
	e.busy++
	defer func() { e.busy-- }()
	e.view.Vendors[i].Answer, e.view.Vendors[i].At = in.Answer, workflow.Now(ctx)
	e.erased(ctx, ErasedVendor, in.Answer, func(r *ledger.Record) { r.Recipient, r.Actor = in.Vendor, string(in.Actor) })
	return e.ack(), e.storeRecords(ctx)
}

// mayEndForErasure: a case that has ended, or is being ended, ends by itself.
func (c *file) mayEndForErasure(EndForErasure) error { return c.closing() }

// endForErasure ends the case in good order: what is under way is canceled, orders are
// taken back, the certificate is revoked. The data stay until its workflow has ended.
func (c *file) endForErasure(ctx workflow.Context, in EndForErasure) (Ack, error) {
	if c.Erasing == nil {
		c.Erasing, c.Recruiter = &in, ""
		c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Outcome: "erase", Detail: "The application is ended, to be erased."})
		c.end(onboarding.StageErased)
	}
	return c.answer(ctx)
}

// KeepByLaw waits until what was kept of somebody who is erased may go, and destroys it.
func KeepByLaw(ctx workflow.Context, in KeepIn) error {
	c := &file{in: OnboardInput{Applicant: in.Applicant, Pace: in.Pace}, State: State{Stage: onboarding.StageErased}, attention: onboarding.AttentionNone, besides: newBesides(ctx)}
	kept := slices.Clone(in.Kept)
	slices.SortStableFunc(kept, func(a, b KeptByLaw) int { return a.Until.Compare(b.Until) })
	began := workflow.Now(ctx)
	e := &keeping{erasure: &erasure{file: c, in: EraseIn{Applicant: in.Applicant, Pace: in.Pace}}, left: slices.Clone(kept)}
	if err := e.take(ctx); err != nil {
		return err
	}
	for _, k := range kept {
		wait := began.Add(in.Pace.Scale(k.Until.Sub(began))).Sub(workflow.Now(ctx))
		for first := true; ; first = false {
			if !first {
				wait = in.Pace.Scale(heldAgain)
			}
			if err := workflow.NewTimerWithOptions(ctx, max(wait, time.Millisecond), workflow.TimerOptions{Summary: "Until what the law keeps may go: " + k.Category}).Get(ctx, nil); err != nil {
				return err
			}
			var out DestroyDataOut
			destroy := workflow.WithActivityOptions(ctx, patient(ActivityDestroyKept, "Destroy what was kept by law: "+k.Category, in.Pace))
			if err := workflow.ExecuteActivity(destroy, ActivityDestroyKept, DestroyKeptIn{Applicant: in.Applicant, Kept: k}).Get(ctx, &out); err != nil {
				return err
			}
			if out.Held == 0 {
				break
			}
		}
		e.left = slices.DeleteFunc(e.left, func(l KeptByLaw) bool { return l.Category == k.Category })
		if err := e.recorded(ctx, func() {
			e.erased(ctx, ErasedDone, k.Category+": what was kept by law is destroyed", func(r *ledger.Record) { r.Object = k.Object })
		}); err != nil {
			return err
		}
	}
	return c.finish(ctx)
}
