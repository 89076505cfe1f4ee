package workflows

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

const mostItems = 100

// The most files that come with one answer, and with all of a case's answers.
const (
	mostFiles    = 3
	mostFilesYet = 12
)

var itemForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (c *file) mayDispute(in Dispute) error {
	r := c.Adverse.Reinvestigation
	switch {
	case !c.Adverse.Contemplated || c.Ending != "":
		return notNow("There is nothing to dispute now.", "Look at the application's status.")
	case c.Adverse.Disputed && (!r.Running() || r.Extended):
		return notNow("Your answer is with us already.", "Look at the application's status.")
	case in.Kind != "" && in.Kind != AnswerDispute && in.Kind != AnswerStatement:
		return onboarding.Invalid("kind", "An answer is a dispute or a statement.", "Choose one of the two.")
	case len(in.Files) > mostFiles || len(in.Files)+len(c.Attachments) > mostFilesYet:
		return onboarding.Invalid("files", "Those are more files than we can take.", "Choose up to 3.")
	case len(in.Items) > mostItems:
		return onboarding.Invalid("items", "That is more than a report has.", "Name the entries that are wrong, or none for the whole report.")
	}
	for _, id := range in.Items {
		if !itemForm.MatchString(id) {
			return onboarding.Invalid("items", "That is no entry of the report.", "Name entries by the references that the report has.")
		}
	}
	return nil
}

// dispute takes the applicant's answer, which stops the clock. While the agency
// looks again it adds information instead, which gives the agency more time (15
// USC 1681i(a)(1)(B)).
func (c *file) dispute(ctx workflow.Context, in Dispute) (Ack, error) {
	if in.Kind == "" {
		in.Kind = AnswerDispute
	}
	if r := c.Adverse.Reinvestigation; r.Running() && !policy.MayExtend(r.Started, r.Started.Add(c.in.Pace.unscale(workflow.Now(ctx).Sub(r.Started)))) {
		return Ack{}, notNow("The agency's thirty days are over: nothing more can be added to your dispute.", "You will be written to with what the agency has found.")
	}
	said := c.record(ctx, ledger.Record{Kind: ledger.KindDisputed, Actor: string(ActorApplicant), Outcome: string(in.Kind),
		Detail: strings.Join(in.Items, " "), Sealed: in.Statement})
	for _, f := range in.Files {
		f.At = workflow.Now(ctx)
		c.Attachments = append(c.Attachments, f)
		c.record(ctx, ledger.Record{Kind: ledger.KindDisputed, Actor: string(ActorApplicant), Outcome: OutcomeAttached, Object: f.Object, Digest: f.Digest, Sealed: f.Label})
	}
	if r := &c.Adverse.Reinvestigation; r.Running() {
		c.items = c.entries(slices.Concat(c.items, in.Items), len(c.items) == 0 || len(in.Items) == 0)
		r.Extended = true
		r.Due = c.reinvestigationDue(r.Started, true)
		c.record(ctx, ledger.Record{Kind: ledger.KindClock, Check: onboarding.CheckBackground, Outcome: "extended",
			Detail: "15 USC 1681i(a)(1)(B); ends " + r.Due.UTC().Format(time.RFC3339)})
		return c.answer(ctx)
	}
	c.Adverse.Disputed, c.Adverse.Answer, c.Adverse.AnsweredAt, c.items = true, in.Kind, workflow.Now(ctx), c.entries(in.Items, len(in.Items) == 0)
	c.answerNews(ctx)
	if in.Kind == AnswerDispute {
		if err := c.holdDispute(ctx, said.Seq); err != nil {
			return Ack{}, err
		}
	}
	return c.answer(ctx)
}

// entries are those of the items that the report's findings rest on; none stands
// for the whole report. An agency refuses a dispute of what it does not have, and
// nobody's record may go unverified for that.
func (c *file) entries(items []string, whole bool) []string {
	k := c.check(onboarding.CheckBackground)
	if whole || k == nil {
		return nil
	}
	var out []string
	for _, f := range k.Findings {
		if f.Entry != "" && slices.Contains(items, f.Entry) && !slices.Contains(out, f.Entry) {
			out = append(out, f.Entry)
		}
	}
	return out
}

// mayLookAgain reports whether there is an agency that has to look again: once for
// each report, since what was verified stands (15 USC 1681i(a)(3)).
func (c *file) mayLookAgain() bool {
	k := c.check(onboarding.CheckBackground)
	return c.Stage == onboarding.StageVetting && k != nil && k.Reported != "" && c.Adverse.Reinvestigation.Started.IsZero()
}

// reinvestigationDue is when the agency's result must be here: its time, and the
// five business days that it has to tell (15 USC 1681i(a)(1), (6)(A)).
func (c *file) reinvestigationDue(started time.Time, extended bool) time.Time {
	due := policy.ReinvestigationHeard(policy.ReinvestigationDue(started, extended))
	return started.Add(c.in.Pace.Scale(due.Sub(started)))
}

// reinvestigate has the agency look again at what is disputed and takes in what it
// comes to. What it does not verify in time must not be used any more (15 USC
// 1681i(a)(5)(A)). It gives true when nothing is left that a person must weigh.
func (c *file) reinvestigate(ctx workflow.Context) (bool, error) {
	k := c.check(onboarding.CheckBackground)
	r := &c.Adverse.Reinvestigation
	now := workflow.Now(ctx)
	r.Started, r.Due = now, c.reinvestigationDue(now, false)
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Check: k.Name, Round: k.Round, Recipient: k.Vendor, Outcome: "re-investigation started",
		Detail: "15 USC 1681i(a)(1); ends " + r.Due.UTC().Format(time.RFC3339)})
	was := k.Findings
	in, err := c.awaitSecondLook(ctx, k)
	if err != nil || c.interrupted() {
		return false, err
	}
	silent := k.Status == onboarding.StatusFailed // what ops get after that may be the report of before
	if in {
		if err := c.runChecks(ctx, onboarding.StageVetting); err != nil || c.interrupted() { // a report that is not whole now is for ops first
			return false, err
		}
	}
	r.Ended = workflow.Now(ctx)
	if in && !silent {
		c.took(ctx, TookDispute, string(k.Name), k.Vendor, r.Started)
	}
	switch {
	case !in && !r.Told:
		r.Outcome = ReinvestigatedUnheard
	case !in:
		c.dropUnverified(ctx, k)
		r.Outcome = ReinvestigatedOverdue
	case silent || k.Status == onboarding.StatusWaived:
		r.Outcome = ReinvestigatedUnheard
	case slices.EqualFunc(was, k.Findings, sameFinding):
		r.Outcome = ReinvestigatedUnchanged
	default:
		r.Outcome = ReinvestigatedChanged
	}
	c.record(ctx, ledger.Record{Kind: ledger.KindClock, Check: k.Name, Round: k.Round, Recipient: k.Vendor, Outcome: "re-investigation ended: " + r.Outcome,
		Detail: "15 USC 1681i(a)(5), (6)"})
	if r.Outcome == ReinvestigatedUnheard { // there is no result to tell; a person looks
		return c.rule(ctx, onboarding.StageVetting) == onboarding.RulingProceed, nil
	}
	if _, err := c.letter(ctx, MessageReinvestigated, c.noticePurpose(), func(m *SendMessageIn) {
		m.Agency, m.Outcome = c.reporter(), r.Outcome
	}); err != nil {
		return false, err
	}
	return c.rule(ctx, onboarding.StageVetting) == onboarding.RulingProceed, nil
}

// sameFinding compares what a finding says; how old a record is may have grown by a
// year meanwhile.
func sameFinding(a, b onboarding.Finding) bool {
	return a.Code == b.Code && a.Verdict == b.Verdict && a.Source == b.Source && a.Screening == b.Screening && a.Severity == b.Severity && a.Disposed == b.Disposed
}

// passDispute tells the agency, the first time of the dispute and the second of
// what was added to it; it gives the code of what went wrong. An agency that takes
// disputes from the consumer alone is waited for all the same: the applicant was
// told how to reach it.
func (c *file) passDispute(ctx workflow.Context, k *onboarding.Check, nth int) (onboarding.Code, error) {
	intent, ok := c.intendNothing(ctx, k, "pass the dispute on", DespiteClaims)
	if !ok {
		return onboarding.CodeConsentNotLive, nil
	}
	order, key := k.Reported, onboarding.OrderKey(c.in.Applicant, k.Name, k.Round)+"/dispute"
	if nth > 1 {
		key += "/" + number(nth)
	}
	out, err := stepAt[DisputeReportOut](ctx, c, k.Vendor, ActivityDisputeReport, "Pass the dispute on to "+VendorTitle(k.Vendor), func() carrier {
		return DisputeReportIn{Applicant: c.in.Applicant, Check: c.checkUse(k.Name, intent), Order: order, Items: c.items, Key: key}
	})
	switch {
	case temporal.IsCanceledError(err):
		return "", err
	case err != nil:
		c.outcome(ctx, intent, ledger.KindUseFailed, string(vendorCode(err)), CheckAnswer{})
		return cmp.Or(vendorCode(err), onboarding.CodeInternal), nil
	case !out.Told:
		c.outcome(ctx, intent, ledger.KindUseDone, "not sent: the agency takes disputes from the consumer", CheckAnswer{})
	default:
		c.Adverse.Reinvestigation.Told = true
		c.outcome(ctx, intent, ledger.KindUseDone, "told", CheckAnswer{})
	}
	return "", nil
}

// awaitSecondLook passes the dispute on, waits for a report that is younger, and
// asks by itself when no word comes; false when the agency's time is over first. A
// fault of the agency's is no end: the report that we have stays, and it is told
// and asked again. When the time is over and we do not know, since it could not be
// told or does not answer, that is for ops: silence of ours clears nobody.
func (c *file) awaitSecondLook(ctx workflow.Context, k *onboarding.Check) (bool, error) {
	r := &c.Adverse.Reinvestigation
	order, seen, passed := k.Reported, c.told(k.Vendor, k.Reported), 0
	for poll := 0; ; poll++ {
		unknown := onboarding.Code("")
		for unknown == "" && (passed == 0 || (passed == 1 && r.Extended)) {
			var err error
			if unknown, err = c.passDispute(ctx, k, passed+1); err != nil {
				return false, err
			}
			if unknown == "" {
				passed++
			}
		}
		now, due := workflow.Now(ctx), r.Due
		until := now.Add(c.in.Pace.Scale(c.limits().Poll(poll)))
		if until.After(due) {
			until = due
		}
		w := Wait{For: VendorTitle(k.Vendor) + " to look again at what is disputed", Next: "The report is read anew; what was not verified in time is not used.", Until: due}
		moved := func() bool { return c.told(k.Vendor, order) > seen || !r.Due.Equal(due) }
		if _, err := c.until(ctx, onboarding.AttentionNone, w, max(until.Sub(now), time.Millisecond), moved); err != nil || c.interrupted() {
			return false, err
		}
		seen = c.told(k.Vendor, order)
		done, mute, err := c.fetchAgain(ctx, k, order, r.Started)
		if err != nil || done {
			return done, err
		}
		if workflow.Now(ctx).Before(r.Due) {
			continue
		}
		if mute == "" && passed == 0 {
			mute = unknown
		}
		if mute != "" {
			c.setProblem(ctx, k.Name, mute)
		}
		return mute != "", nil
	}
}

// fetchAgain is fetch for a report that is in already: an error leaves it as it
// is, and its code is given.
func (c *file) fetchAgain(ctx workflow.Context, k *onboarding.Check, order string, after time.Time) (bool, onboarding.Code, error) {
	intent, ok := c.intendNothing(ctx, k, "fetch the report again", DespiteClaims)
	if !ok {
		return false, onboarding.CodeConsentNotLive, nil
	}
	answer, err := c.askReport(ctx, k, intent, order, after)
	switch {
	case temporal.IsCanceledError(err):
		return false, "", err
	case err != nil:
		c.outcome(ctx, intent, ledger.KindUseFailed, string(vendorCode(err)), CheckAnswer{})
		return false, cmp.Or(vendorCode(err), onboarding.CodeInternal), nil
	case answer.Waiting:
		c.outcome(ctx, intent, ledger.KindUseDone, "pending", answer)
		if answer.Disputed { // the consumer has told the agency
			c.Adverse.Reinvestigation.Told = true
		}
		return false, "", nil
	}
	c.receive(ctx, k, intent, order, answer)
	return true, "", nil
}

// dropUnverified drops what was disputed and the agency did not verify in time.
// What was not disputed stays.
func (c *file) dropUnverified(ctx workflow.Context, k *onboarding.Check) {
	var disputed []int
	for i, f := range k.Findings {
		if slices.Contains(c.items, f.Entry) {
			disputed = append(disputed, i)
		}
	}
	kept, dropped := policy.Unverified(k.Findings, disputed...)
	c.recordDropped(ctx, k.Name, dropped)
	k.Findings, k.Verdict = kept, onboarding.Worst(kept)
	if k.Verdict == onboarding.VerdictClear {
		c.setStatus(ctx, k, onboarding.StatusPassed)
	}
}
