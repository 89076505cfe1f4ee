package workflows

import (
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// takeMessages makes the case answer every message of messages.go.
func (c *file) takeMessages(ctx workflow.Context) error {
	reports := workflow.GetSignalChannelWithOptions(ctx, SignalReportCompleted, workflow.SignalChannelOptions{Description: "A vendor says that its report is done"})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var r ReportCompleted
			reports.Receive(ctx, &r)
			if r.Event != "" && slices.ContainsFunc(c.Reports, func(was ReportCompleted) bool { return was.Vendor == r.Vendor && was.Event == r.Event }) && since(ctx, changeRepeated) {
				continue // vendors repeat an event until it is taken, and sometimes after
			}
			c.Reports = append(c.Reports, r)
		}
	})
	resumed := workflow.GetSignalChannelWithOptions(ctx, SignalVendorResumed, workflow.SignalChannelOptions{Description: "Ops let a paused vendor go on"})
	workflow.Go(ctx, func(ctx workflow.Context) {
		for {
			var r VendorResumed
			resumed.Receive(ctx, &r)
			c.resumed[r.Vendor]++
		}
	})
	return firstError(
		workflow.SetQueryHandlerWithOptions(ctx, QueryStaffView, func() (StaffView, error) { return c.staffView(), nil }, workflow.QueryHandlerOptions{Description: "The case as staff see it"}),
		workflow.SetQueryHandlerWithOptions(ctx, QueryApplicantView, func() (ApplicantView, error) { return c.applicantView(), nil }, workflow.QueryHandlerOptions{Description: "The case as the applicant sees it"}),
		update(ctx, c, UpdateBegin, "The applicant starts an application", c.begin, c.mayBegin),
		update(ctx, c, UpdateApply, "A client hands in a whole application", c.apply, c.mayApply),
		update(ctx, c, UpdateGiveConsent, "The applicant agrees to one purpose", c.giveConsent, c.mayGiveConsent),
		update(ctx, c, UpdateWithdrawConsent, "The applicant takes a consent back", c.withdrawConsent, c.mayWithdrawConsent),
		update(ctx, c, UpdateSubmit, "The applicant hands the application in", c.submit, c.maySubmit),
		update(ctx, c, UpdateSendLink, "The applicant asks for a new link", c.askLink, c.mayAskLink),
		update(ctx, c, UpdateSetLanguage, "The applicant chooses a language", c.setLanguage, c.maySetLanguage),
		c.takeRequirements(ctx),
		c.takeNotices(ctx),
		update(ctx, c, UpdateComplaint, "A complaint is here, or answered", c.complaintNews, c.mayHearOfComplaint),
		timed(ctx, c, UpdateInviteFriend, "The applicant has a friend invited", c.inviteFriend, c.mayInviteFriend),
		update(ctx, c, UpdateOffer, "The applicant is told of another program", c.offerProgram, c.mayOffer),
		update(ctx, c, UpdateDispute, "The applicant disputes the report", c.dispute, c.mayDispute),
		update(ctx, c, UpdateWithdraw, "The applicant withdraws", c.withdraw, c.mayWithdraw),
		update(ctx, c, UpdateRefuseUnderAge, "The applicant is under age", c.refuseUnderAge, c.mayRefuseUnderAge),
		update(ctx, c, UpdateRetryCheck, "Ops retry a failed check", c.retryCheck, c.mayRetryCheck),
		update(ctx, c, UpdateUseVendor, "Ops move a check to another vendor", c.useVendor, c.mayUseVendor),
		update(ctx, c, UpdateWaiveCheck, "Ops waive a failed check", c.waiveCheck, c.mayWaiveCheck),
		update(ctx, c, UpdateDecide, "A reviewer decides", c.decide, c.mayDecide),
		update(ctx, c, UpdateCorrectDetails, "The applicant corrects details", c.correctDetails, c.mayCorrectDetails),
		update(ctx, c, UpdateProveContact, "The applicant proves a new e-mail address", c.proveContact, c.mayProveContact),
		update(ctx, c, UpdateAllowProof, "Staff give new tries at proving an e-mail address", c.allowProof, c.mayAllowProof),
		update(ctx, c, UpdateOpenVendorPage, "The applicant goes to the vendor's page", c.openVendorPage, c.mayOpenVendorPage),
		update(ctx, c, UpdateRecordView, "Staff look at personal data", c.recordView, c.mayRecordView),
		update(ctx, c, UpdateWriteNote, "Staff write a note on the case", c.writeNote, c.mayWriteNote),
		update(ctx, c, UpdateDiscloseByLaw, "Data are given because the law compels or allows it", c.discloseByLaw, c.mayDiscloseByLaw),
		update(ctx, c, UpdateTellDisclosure, "The applicant is told of what was given by law", c.tellDisclosure, c.mayTellDisclosure),
		update(ctx, c, UpdateSetHold, "Staff have nothing of the applicant destroyed for now", c.setHold, c.maySetHold),
		update(ctx, c, UpdateReleaseHold, "Staff end a hold", c.releaseHold, c.mayReleaseHold),
		update(ctx, c, UpdateRestrict, "The uses of the applicant's data are restricted, or are so no more", c.restrict, c.mayRestrict),
		update(ctx, c, UpdateAssign, "A recruiter takes the case, gives it to another or hands it back", c.assign, c.mayAssign),
		update(ctx, c, UpdateAskData, "The applicant asks for a copy or for erasure", c.askData, c.mayAskData),
		update(ctx, c, UpdateAnswerData, "The privacy officer answers a data request", c.answerData, c.mayAnswerData),
		update(ctx, c, UpdateRevoke, "The credential is revoked", c.revokeCredential, c.mayRevoke),
		update(ctx, c, UpdateConfirmRenewal, "The applicant asks for the renewal", c.confirmRenewal, c.mayConfirmRenewal),
		update(ctx, c, UpdateNoteRequest, "A data request is noted", c.noteRequest, c.mayNoteRequest),
		update(ctx, c, UpdateEndForErasure, "The applicant is to be erased", c.endForErasure, c.mayEndForErasure),
		update(ctx, c, UpdateShowName, "The holder shows or hides their name", c.showName, c.mayShowName),
	)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// update registers one handler with its validator. Both speak onboarding's
// errors; Failure makes them readable at the other end.
func update[I, O any](ctx workflow.Context, c *file, name, description string, do func(workflow.Context, I) (O, error), may func(I) error) error {
	return timed(ctx, c, name, description, do, func(_ workflow.Context, in I) error { return may(in) })
}

func (c *file) ack() Ack { return Ack{Stage: c.Stage, Attention: c.attentionNow()} }

// answer stores what the update recorded before it is acknowledged.
func (c *file) answer(ctx workflow.Context) (Ack, error) {
	if err := c.settle(ctx); err != nil {
		return Ack{}, err
	}
	return c.ack(), nil
}

func notNow(message, hint string) error {
	return &onboarding.Error{Code: onboarding.CodeNotNow, Message: message, Hint: hint}
}

func (c *file) mustBe(stages ...onboarding.Stage) error {
	for _, s := range stages {
		if c.Stage == s && c.Ending == "" {
			return nil
		}
	}
	return notNow("This cannot be done now: the application is at another point.", "Look at its status, which says what can be done.")
}

func (c *file) mayBegin(in Begin) error {
	if err := c.mustBe(onboarding.StageSignup); err != nil {
		return err
	}
	return c.goodReceipt(in.Receipt)
}

func (c *file) begin(ctx workflow.Context, in Begin) (Ack, error) {
	if !c.Begun.IsZero() { // the same start, sent again
		return c.ack(), nil
	}
	c.Begun, c.Profile, c.Language = workflow.Now(ctx), in.Profile, in.Language
	c.record(ctx, ledger.Record{Kind: ledger.KindOpened, Actor: string(in.Actor), Detail: "program " + c.in.Program.ID + " " + c.in.Program.Version})
	c.keep(ctx, in.Receipt, in.Actor)
	c.LinkAt, c.Invitation = c.Begun, in.Invitation
	c.sendLink = true // the stage sends it: the portal need not wait for the mail relay
	return c.ack(), nil
}

func (c *file) goodReceipt(r consent.Receipt) error {
	if r.Applicant != c.in.Applicant {
		return onboarding.Invalid("consent", "This consent is another person's.", "Send the applicant's own.")
	}
	return r.Check()
}

// keep takes a receipt in and records it.
func (c *file) keep(ctx workflow.Context, r consent.Receipt, by Actor) {
	if !c.Consents.Give(r) {
		return
	}
	kind := ledger.KindConsentGiven
	if r.Kind == consent.KindDisclosureShown {
		kind = ledger.KindNoticeShown
	}
	notice := r.Notice
	c.record(ctx, ledger.Record{Kind: kind, Actor: string(by), Purpose: string(r.Purpose), Receipt: r.ID, Notice: &notice,
		Outcome: string(r.Kind), Detail: r.Method, Sealed: r.Evidence})
}

func (c *file) mayApply(in Apply) error {
	if err := c.mustBe(onboarding.StageSignup, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified); err != nil {
		return err
	}
	var given consent.Register
	for _, r := range in.Receipts {
		if err := c.goodReceipt(r); err != nil {
			return err
		}
		given.Give(r)
	}
	return c.complete(given, in.Has)
}

// complete tells what is missing for an application to be handed in.
func (c *file) complete(given consent.Register, has []onboarding.Field) error {
	for _, s := range consent.Asked() {
		if missing := given.Missing(s.ID); len(missing) > 0 {
			return onboarding.Invalid("consent", "A consent is missing ("+string(missing[0])+") for: "+s.Title+".", "Give it, then hand the application in.")
		}
	}
	for _, k := range c.in.Program.Checks {
		if err := given.Told(k.Vendor); err != nil {
			return err
		}
	}
	if c.in.Program.Certification.MoreThanQuiz() {
		if err := given.ToldOfMore(); err != nil {
			return err
		}
	}
	for _, f := range requiredFields {
		found := false
		for _, h := range has {
			found = found || h == f
		}
		if !found {
			return onboarding.Invalid(string(f), "The application has no "+fieldWords(f)+".", "Add it, then hand the application in.")
		}
	}
	return nil
}

func (c *file) apply(ctx workflow.Context, in Apply) (Ack, error) {
	if !c.Submitted.IsZero() { // the same application, sent again
		return c.ack(), nil
	}
	c.Begun, c.Language = workflow.Now(ctx), in.Language
	c.record(ctx, ledger.Record{Kind: ledger.KindOpened, Actor: string(in.Actor), Detail: "program " + c.in.Program.ID + " " + c.in.Program.Version})
	for _, r := range in.Receipts {
		c.keep(ctx, r, in.Actor)
	}
	c.handIn(ctx, in.Profile, in.Has, in.Place, in.Actor)
	return c.ack(), nil
}

func (c *file) handIn(ctx workflow.Context, profile string, has []onboarding.Field, place Place, by Actor) {
	c.Profile, c.Place, c.Submitted = profile, place, workflow.Now(ctx)
	c.record(ctx, ledger.Record{Kind: ledger.KindSubmitted, Actor: string(by), Fields: has, Object: profile})
}

func (c *file) mayGiveConsent(in GiveConsent) error {
	stages := []onboarding.Stage{onboarding.StageSignup}
	if s, err := consent.SpecOf(in.Receipt.Purpose); err == nil && s.Later {
		stages = append(stages, onboarding.StageCertification, onboarding.StageCertified)
	}
	if in.Receipt.Purpose == consent.PurposeTextMessages {
		return c.mayAskForTexts(in)
	}
	if in.Receipt.Purpose == consent.PurposeMarketing {
		return c.mayAskForOffers(in)
	}
	if c.Renewal.open() {
		stages = append(stages, onboarding.StageCertified)
	}
	if c.askedAnew(in.Receipt) {
		stages = append(stages, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified)
	}
	if err := c.mustBe(stages...); err != nil {
		return err
	}
	return c.goodReceipt(in.Receipt)
}

func (c *file) giveConsent(ctx workflow.Context, in GiveConsent) (Ack, error) {
	c.keep(ctx, in.Receipt, in.Actor)
	return c.answer(ctx)
}

func (c *file) maySubmit(in Submit) error {
	if err := c.mustBe(onboarding.StageSignup); err != nil {
		return err
	}
	return c.complete(c.Consents, in.Has)
}

func (c *file) submit(ctx workflow.Context, in Submit) (Ack, error) {
	if c.Submitted.IsZero() {
		c.handIn(ctx, in.Profile, in.Has, in.Place, in.Actor)
		if len(in.LookUp) > 0 {
			c.LookUp = in.LookUp
		}
	}
	return c.ack(), nil
}

func (c *file) mayAskLink(SendLink) error {
	if c.Stage.Closed() || c.Ending != "" {
		return notNow("This application has ended.", "Start a new one.")
	}
	return nil
}

// linkPause is how long after a link was sent the next one is: anybody who knows
// an address can ask, and must not fill its mailbox. It doubles from a minute to
// an hour, and begins anew after a day without asking.
func linkPause(asks int) time.Duration { return min(time.Minute<<min(asks, 6), time.Hour) }

// askLink has the link sent behind the answer: how long a relay takes must not
// tell whether an address is known. Asked again too soon it sends none, and says
// nothing of it: the letter before is on its way.
func (c *file) askLink(ctx workflow.Context, _ SendLink) (Ack, error) {
	now := workflow.Now(ctx)
	if now.Sub(c.LinkAt) > 24*time.Hour {
		c.LinkAsks = 0
	}
	if now.Sub(c.LinkAt) < linkPause(c.LinkAsks) {
		return c.ack(), nil
	}
	c.LinkAt = now
	c.LinkAsks++
	c.busy++
	workflow.Go(ctx, func(ctx workflow.Context) {
		defer func() { c.busy-- }()
		if _, err := c.letter(ctx, MessageLink, consent.PurposeAccount, nil); err == nil {
			_ = c.settle(ctx) // only a cancellation ends it, and then what is open rides with the next step
		}
	})
	return c.ack(), nil
}

func (c *file) mayWithdraw(Withdraw) error {
	return c.mustBe(onboarding.StageSignup, onboarding.StageValidation, onboarding.StageVetting, onboarding.StageCertification, onboarding.StageCertified)
}

func (c *file) withdraw(ctx workflow.Context, in Withdraw) (Ack, error) {
	c.record(ctx, ledger.Record{Kind: ledger.KindDecided, Actor: string(in.Actor), Outcome: "withdraw", Detail: "The applicant ends the application."})
	c.end(onboarding.StageWithdrawn)
	return c.answer(ctx)
}

func (c *file) mayWithdrawConsent(in WithdrawConsent) error {
	if c.Stage.Closed() {
		return notNow("This application has ended; nothing more is done under this consent.", "Ask for your data to be erased if you wish.")
	}
	if _, err := consent.SpecOf(in.Purpose); err != nil {
		return err
	}
	for _, h := range c.Consents.Held {
		if h.Receipt.Purpose == in.Purpose && h.Live() {
			return nil
		}
	}
	return notNow("There is no live consent for that purpose.", "Nothing is done under it.")
}

// withdrawConsent stops what the purpose allowed before it answers: what is in
// flight is canceled, the marker that every use looks for is stored, and the
// application ends, since every purpose that is asked for is needed.
func (c *file) withdrawConsent(ctx workflow.Context, in WithdrawConsent) (Ack, error) {
	gone := c.Consents.Withdraw(in.Purpose, workflow.Now(ctx))
	var ids []string
	for _, r := range gone {
		ids = append(ids, r.ID)
		if r.Kind != consent.KindDisclosureShown { // that a page was shown cannot be taken back
			c.record(ctx, ledger.Record{Kind: ledger.KindConsentWithdrawn, Actor: string(in.Actor), Purpose: string(in.Purpose), Receipt: r.ID})
		}
	}
	if !consent.Optional(in.Purpose) {
		c.end(onboarding.StageWithdrawn)
	}
	if _, err := step[Nothing](ctx, c, ActivityRecordWithdrawal, "Mark the consent as withdrawn", func() carrier {
		return RecordWithdrawalIn{Applicant: c.in.Applicant, Receipts: ids}
	}); err != nil {
		return Ack{}, err
	}
	return c.ack(), nil
}

func (c *file) mayRefuseUnderAge(RefuseUnderAge) error { return c.mustBe(onboarding.StageSignup) }

func (c *file) refuseUnderAge(ctx workflow.Context, _ RefuseUnderAge) (Ack, error) {
	c.end(onboarding.StageErased)
	return c.ack(), nil
}

func (c *file) failedCheck(name onboarding.CheckName) (*onboarding.Check, error) {
	k := c.check(name)
	if k == nil {
		return nil, onboarding.Invalid("check", "This application has no check "+string(name)+".", "Use one of the checks that its status lists.")
	}
	if k.Status != onboarding.StatusFailed {
		return nil, notNow("The check "+string(name)+" has not failed: it is "+string(k.Status)+".", "Only a check that could not complete is retried or waived.")
	}
	if c.Ending != "" {
		return nil, notNow("This application is being ended.", "")
	}
	return k, nil
}

func (c *file) mayRetryCheck(in RetryCheck) error {
	k, err := c.failedCheck(in.Check)
	if err != nil {
		return err
	}
	if in.Round != 0 && in.Round != k.Round {
		return notNow("That round of the check was retried already.", "Look at its status.")
	}
	if in.Bulk != "" && in.Bulk == k.Bulk {
		return notNow("This run has asked for the check already.", "It failed once more since; start another run, or retry it by itself.")
	}
	return nil
}

// retryCheck asks for a new round; the stage's loop takes it up.
func (c *file) retryCheck(ctx workflow.Context, in RetryCheck) (Ack, error) {
	k, err := c.failedCheck(in.Check)
	if err != nil {
		return Ack{}, err
	}
	detail := bulkDetail(in.Bulk)
	if by := c.renewAgreement(k.Vendor, in.Agreements); by != "" {
		detail = strings.TrimPrefix(detail+", "+by, ", ")
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindRetried, Actor: string(in.Actor), Check: k.Name, Round: k.Round + 1, Sealed: in.Reason, Detail: detail})
	k.Round++
	k.Bulk = in.Bulk
	c.setStatus(ctx, k, onboarding.StatusPending)
	c.takeUp(k.Name)
	return c.ack(), nil
}

func (c *file) mayWaiveCheck(in WaiveCheck) error {
	_, err := c.openCheck(in.Check)
	return err
}

func (c *file) waiveCheck(ctx workflow.Context, in WaiveCheck) (Ack, error) {
	k, err := c.openCheck(in.Check)
	if err != nil {
		return Ack{}, err
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindWaived, Actor: string(in.Actor), Check: k.Name, Round: k.Round, Sealed: in.Reason, Detail: bulkDetail(in.Bulk)})
	k.Bulk = in.Bulk
	c.setStatus(ctx, k, onboarding.StatusWaived)
	return c.ack(), nil
}

func (c *file) mayRecordView(in RecordView) error {
	if c.restricted() && in.Actor != ActorApplicant && in.Despite == "" {
		return notRestricted()
	}
	if in.Document != "" {
		return c.closing() // also while the case is being ended
	}
	own := in.Check == "" && in.Actor == ActorApplicant // the applicant looks at what they gave themselves
	if !own && c.check(in.Check) == nil {
		return onboarding.Invalid("check", "This application has no check "+string(in.Check)+".", "Use one of the checks that its status lists.")
	}
	if c.Stage.Closed() || c.Ending != "" {
		return notNow("This application has ended.", "What was found is in its sealed results.")
	}
	return nil
}

func (c *file) recordView(ctx workflow.Context, in RecordView) (Ack, error) {
	if in.Document != "" {
		c.addView(ctx, in)
		return c.answer(ctx)
	}
	if in.Check == "" {
		c.record(ctx, ledger.Record{Kind: ledger.KindViewed, Actor: string(in.Actor), Fields: in.Fields, Object: c.Profile, Detail: in.Why})
		return c.answer(ctx)
	}
	k := c.check(in.Check)
	purpose, _, _ := c.data(k)
	c.record(ctx, ledger.Record{Kind: ledger.KindViewed, Actor: string(in.Actor), Check: in.Check, Round: k.Round, Purpose: string(purpose),
		Fields: in.Fields, Object: k.Result, Detail: in.Why})
	return c.answer(ctx)
}
