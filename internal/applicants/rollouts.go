package applicants

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"golang.org/x/time/rate"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// RolloutRequest asks for a version of a notice to be rolled out, or for all to be
// told of a new owner.
type RolloutRequest struct {
	Notice    string // its ID; consent.OwnerChange with an Owner
	Version   string // for a new owner it is made of the day
	Effective time.Time
	Owner     *consent.Owner
	PerSecond float64 // letters a second at most; 0 means DefaultBulkRate
	By        workflows.Actor
}

// rollOutsKey is where it stands which versions are announced and which hold.
const rollOutsKey = "notices/roll-outs"

func (s *Service) rollOuts() shelf.Shelf[[]consent.RollOut] {
	return shelf.Shelf[[]consent.RollOut]{Objects: s.Objects, Sealer: s.Vault, In: "applicants", What: "the roll-outs of notices"}
}

// RollOuts is how far each roll-out is, the oldest first.
func (s *Service) RollOuts(ctx context.Context) ([]consent.RollOut, error) {
	list, _, err := s.rollOuts().Get(ctx, rollOutsKey)
	return list, err
}

// AnnounceNotice stores how far a roll-out is, and the new texts under their hashes. One that
// took effect stays in effect.
func (s *Service) AnnounceNotice(ctx context.Context, in workflows.AnnounceNoticeIn) error {
	for _, n := range consent.Editions(in.RollOut.ID, in.RollOut.Version) {
		if err := s.Evidence.PutOnce(ctx, onboarding.NoticeTextKey(n.SHA256), []byte(n.Text)); err != nil {
			return err
		}
	}
	_, err := s.rollOuts().Change(ctx, rollOutsKey, func(list []consent.RollOut) ([]consent.RollOut, error) {
		list = slices.Clone(list)
		for i, r := range list {
			if r.ID == in.RollOut.ID && r.Version == in.RollOut.Version {
				if !in.RollOut.Off.IsZero() {
					list[i].Off = in.RollOut.Off
					return list, nil
				}
				if !r.Told && in.RollOut.Told {
					list[i] = in.RollOut
					list[i].Since = s.Now().UTC()
				}
				return list, nil
			}
		}
		return append(list, in.RollOut), nil
	})
	return err
}

// StartRollout starts a roll-out. A version is rolled out once: asked again with the
// same day nothing happens.
//
// Errors: CodeInvalid for a version that is none to be rolled out or a day that is
// past; CodeNotNow when it is rolled out already.
func (s *Service) StartRollout(ctx context.Context, q RolloutRequest) (notice, version string, err error) {
	in, err := s.rolloutOf(q)
	if err != nil {
		return "", "", err
	}
	_, err = s.Temporal.ExecuteWorkflow(ctx, client.StartWorkflowOptions{ID: workflows.NoticeRolloutID(in.Notice, in.Version), TaskQueue: workflows.TaskQueue,
		WorkflowIDReusePolicy: enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE, WorkflowExecutionErrorWhenAlreadyStarted: true,
		StaticSummary: workflows.NoticeRolloutSummary(in)}, workflows.NoticeRolloutName, in)
	var already *serviceerror.WorkflowExecutionAlreadyStarted
	if errors.As(err, &already) {
		if v, verr := s.Rollout(ctx, in.Notice, in.Version); verr == nil && v.Effective.Equal(in.Effective) {
			return in.Notice, in.Version, nil // the button was pressed twice
		}
		return "", "", &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This version is rolled out already.", Hint: "Its page says how far that is."}
	}
	return in.Notice, in.Version, failure(err)
}

func (s *Service) rolloutOf(q RolloutRequest) (workflows.NoticeRolloutIn, error) {
	in := workflows.NoticeRolloutIn{Notice: q.Notice, Version: q.Version, Effective: q.Effective.UTC(), Owner: q.Owner, PerSecond: q.PerSecond, Actor: q.By}
	if in.PerSecond == 0 {
		in.PerSecond = DefaultBulkRate
	}
	switch {
	case in.PerSecond < 0 || in.PerSecond > MaxBulkRate:
		return in, onboarding.Invalid("per_second", fmt.Sprintf("The rate is a number up to %d letters a second.", MaxBulkRate), fmt.Sprintf("Leave it out for %d.", DefaultBulkRate))
	case !q.Effective.After(s.Now()):
		return in, onboarding.Invalid("effective", "The day must be ahead: people are told before it holds.", "Choose a later day.")
	}
	if q.Owner != nil {
		in.Notice, in.Version = consent.OwnerChange, in.Effective.Format(time.DateOnly)
		in.Title, in.Purpose, in.Kind = "A new owner", consent.PurposeAccount, consent.KindPrivacy
		for field, text := range map[string]string{"owner": q.Owner.Name, "owner_contact": q.Owner.Contact} {
			if err := checkWords(field, strings.TrimSpace(text)); err != nil {
				return in, err
			}
		}
		return in, nil
	}
	for _, n := range consent.Waiting() {
		if n.ID == q.Notice && n.Version == q.Version {
			in.Title, in.Purpose, in.Kind, in.Again = n.Title, n.Purpose, n.Kind, n.AskedAnew()
			return in, nil
		}
	}
	return in, onboarding.Invalid("version", "There is no such version that waits to be rolled out.", "The page of the notices lists those that do.")
}

// Rollout is how far a roll-out is; CodeUnknownApplicant when there is none.
func (s *Service) Rollout(ctx context.Context, notice, version string) (workflows.NoticeRolloutView, error) {
	var v workflows.NoticeRolloutView
	err := s.queryAt(ctx, workflows.NoticeRolloutID(notice, version), workflows.QueryNoticeRollout, &v)
	return v, otherwise(err, noRollout)
}

// SteerRollout pauses a roll-out, lets it go on, or has refused letters sent again: how
// is one of the workflow's updates, such as workflows.UpdatePauseRollout.
func (s *Service) SteerRollout(ctx context.Context, notice, version, how string) (workflows.NoticeRolloutView, error) {
	return s.steerRollout(ctx, notice, version, how, workflows.Nothing{})
}

// AcceptRollout lets a roll-out go on though some letters were refused.
func (s *Service) AcceptRollout(ctx context.Context, notice, version, reason string, by workflows.Actor) (workflows.NoticeRolloutView, error) {
	reason = strings.TrimSpace(reason)
	if err := checkWords("reason", reason); err != nil {
		return workflows.NoticeRolloutView{}, err
	}
	return s.withReason(ctx, notice, version, workflows.UpdateAcceptRollout, reason, by)
}

// CancelRollout calls a roll-out off before the text holds: it is shown no more, who was
// told is told that it does not come, and the version can never be rolled out again.
// CodeNotNow when it holds already.
func (s *Service) CancelRollout(ctx context.Context, notice, version, reason string, by workflows.Actor) (workflows.NoticeRolloutView, error) {
	reason = strings.TrimSpace(reason)
	if err := checkWords("reason", reason); err != nil {
		return workflows.NoticeRolloutView{}, err
	}
	return s.withReason(ctx, notice, version, workflows.UpdateCancelRollout, reason, by)
}

func (s *Service) withReason(ctx context.Context, notice, version, how, reason string, by workflows.Actor) (workflows.NoticeRolloutView, error) {
	sealed, err := s.Vault.SystemSeal("rollout/"+workflows.RolloutName(notice, version)+"/reason", []byte(reason))
	if err != nil {
		return workflows.NoticeRolloutView{}, err
	}
	return s.steerRollout(ctx, notice, version, how, workflows.AcceptRollout{Reason: sealed, Actor: by})
}

func (s *Service) steerRollout(ctx context.Context, notice, version, how string, with any) (workflows.NoticeRolloutView, error) {
	var v workflows.NoticeRolloutView
	err := s.updateAt(ctx, workflows.NoticeRolloutID(notice, version), how, &v, with)
	return v, otherwise(err, noRollout)
}

func noRollout(cause error) error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such roll-out, or it is over and was cleared away.",
		Hint: "The page of the notices lists those that are known.", Cause: cause}
}

// toldAtOnce is how many letters a part has on the way at a time.
const toldAtOnce = 8

func rolloutKey(rollout string, pass int, what string) string {
	return fmt.Sprintf("rollouts/%s/%03d/%s", rollout, pass, what)
}
func rolloutList(rollout string, pass int) func(shard int) string {
	return func(shard int) string { return rolloutKey(rollout, pass, fmt.Sprintf("list-%06d", shard)) }
}
func rolloutAnswers(rollout string, pass, from int) string {
	return rolloutKey(rollout, pass, fmt.Sprintf("answers-%08d", from))
}

// RolloutAnswer is what came of telling one applicant.
type RolloutAnswer struct {
	Applicant onboarding.ApplicantID `json:"applicant"`
	Outcome   string                 `json:"outcome"`
}

// The outcomes of a RolloutAnswer.
const (
	RolloutTold    = "told"
	RolloutAlready = "already"
	RolloutNotOwed = "not_owed"
	RolloutFailed  = "failed" // the mail server refuses the address
)

// GatherToTell stores the list of those who may be owed a letter, and gives how many
// they are. Whether they are owed one, their own workflow says. A later round is of all
// whom no earlier one has told or could not tell: who had not agreed to anything when
// the first one looked may have agreed to the old text since.
func (s *Service) GatherToTell(ctx context.Context, in workflows.GatherToTellIn, beat func()) (int, error) {
	return listOnce(ctx, s, rolloutKey(in.Rollout, in.Pass, "total"), rolloutList(in.Rollout, in.Pass), func() ([]onboarding.ApplicantID, error) {
		if in.Told {
			return s.rolloutTold(ctx, in.Rollout, in.Pass)
		}
		if in.Retry > 0 {
			return s.rolloutFailed(ctx, in.Rollout, in.Retry, 0)
		}
		all, err := s.openCases(ctx, beat)
		if err != nil || in.Pass <= 1 {
			return all, err
		}
		settled, err := s.rolloutSettled(ctx, in.Rollout, in.Pass)
		return slices.DeleteFunc(all, func(id onboarding.ApplicantID) bool { return settled[id] }), err
	})
}

// rolloutAnswered gives what came of each of a round, as far as it is known. It ends with
// the first error.
func (s *Service) rolloutAnswered(ctx context.Context, rollout string, pass int) iter.Seq2[RolloutAnswer, error] {
	return func(yield func(RolloutAnswer, error) bool) {
		for key, err := range s.Objects.List(ctx, rolloutKey(rollout, pass, "answers-")) {
			var part []RolloutAnswer
			if err == nil {
				err = s.getJSON(ctx, key, &part)
			}
			if err != nil {
				yield(RolloutAnswer{}, err)
				return
			}
			for _, a := range part {
				if !yield(a, nil) {
					return
				}
			}
		}
	}
}

// rolloutTold are those whom a round before this one has told.
func (s *Service) rolloutTold(ctx context.Context, rollout string, pass int) ([]onboarding.ApplicantID, error) {
	var out []onboarding.ApplicantID
	for n := 1; n < pass; n++ {
		for a, err := range s.rolloutAnswered(ctx, rollout, n) {
			if err != nil {
				return nil, err
			}
			if a.Outcome == RolloutTold {
				out = append(out, a.Applicant)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// rolloutSettled are those whom a round before this one has told, and those whose letter
// was refused: that was tried again, or let go.
func (s *Service) rolloutSettled(ctx context.Context, rollout string, pass int) (map[onboarding.ApplicantID]bool, error) {
	out := map[onboarding.ApplicantID]bool{}
	for n := 1; n < pass; n++ {
		for a, err := range s.rolloutAnswered(ctx, rollout, n) {
			if err != nil {
				return nil, err
			}
			out[a.Applicant] = out[a.Applicant] || a.Outcome != RolloutNotOwed
		}
	}
	return out, nil
}

// casesAtOnce is how many cases are listed by one question.
const casesAtOnce = 1000

// openCases lists the applicants whose cases are open.
func (s *Service) openCases(ctx context.Context, beat func()) ([]onboarding.ApplicantID, error) {
	const query = "WorkflowType = '" + workflows.OnboardName + "' AND ExecutionStatus = 'Running'"
	seen := map[onboarding.ApplicantID]bool{}
	var out []onboarding.ApplicantID
	for page, err := range s.workflowIDs(ctx, query, casesAtOnce) {
		if err != nil {
			return nil, err
		}
		for _, workflow := range page {
			id, ok := onboarding.ApplicantOfWorkflow(workflow)
			if ok && !seen[id] {
				seen[id] = true
				out = append(out, id)
			}
		}
		beat()
	}
	return out, nil
}

// TellNotices tells a part of a round's list, and keeps an answer for each. When
// Temporal cannot answer it gives the error; done again, those who were told are not
// told twice.
func (s *Service) TellNotices(ctx context.Context, in workflows.TellNoticesIn, beat func()) (workflows.RolloutTally, error) {
	var tally workflows.RolloutTally
	tell, err := tellOf(in)
	if err != nil {
		return tally, err
	}
	ids, err := readList[onboarding.ApplicantID](ctx, s, rolloutList(tell.Rollout, in.Pass), in.From, in.To)
	if err != nil {
		return tally, err
	}
	answers := make([]RolloutAnswer, len(ids))
	err = Paced(ctx, len(ids), toldAtOnce, rate.NewLimiter(rate.Limit(in.PerSecond), 1), beat, func(ctx context.Context, i int) error {
		outcome, err := s.tellOne(ctx, ids[i], tell, in.Repeat)
		answers[i] = RolloutAnswer{Applicant: ids[i], Outcome: outcome}
		return err
	})
	if err != nil {
		return tally, err
	}
	if err := s.putJSON(context.WithoutCancel(ctx), rolloutAnswers(tell.Rollout, in.Pass, in.From), answers); err != nil {
		return tally, err
	}
	for _, a := range answers {
		switch a.Outcome {
		case RolloutTold:
			tally.Told++
		case RolloutAlready:
			tally.Already++
		case RolloutFailed:
			tally.Failed++
		default:
			tally.NotOwed++
		}
	}
	return tally, nil
}

func tellOf(in workflows.TellNoticesIn) (workflows.TellNotice, error) {
	tell := workflows.TellNotice{Rollout: workflows.RolloutName(in.Notice, in.Version), Again: in.Again, Effective: in.Effective, Owner: in.Owner, Titles: map[string]string{}, Off: in.Off}
	if in.Owner != nil {
		tell.Purpose, tell.Kind = consent.PurposeAccount, consent.KindPrivacy
		return tell, nil
	}
	for _, n := range consent.Editions(in.Notice, in.Version) {
		tell.Purpose, tell.Kind, tell.Titles[n.Language] = n.Purpose, n.Kind, n.Title
		if n.Language == "en" {
			tell.Texts = append([]ledger.NoticeRef{n.Ref()}, tell.Texts...)
		} else {
			tell.Texts = append(tell.Texts, n.Ref())
		}
	}
	if len(tell.Texts) == 0 {
		return tell, fmt.Errorf("applicants: this worker does not have version %s of the notice %s: it is older than the web", in.Version, in.Notice)
	}
	return tell, nil
}

// tellOne tells one applicant. An error means that it is not known what came of it.
func (s *Service) tellOne(ctx context.Context, id onboarding.ApplicantID, tell workflows.TellNotice, repeat bool) (string, error) {
	var told workflows.ToldNotice
	err := s.update(ctx, id, workflows.UpdateTellNotice, "", tell, &told)
	sent := !told.At.IsZero()
	if tell.Off {
		sent = !told.OffTold.IsZero()
	}
	return written(ctx, sent, repeat, err)
}

// written is what came of a letter that an applicant's own workflow was to send: sent,
// or why not. A letter that was sent before is one of an earlier try of ours when this is
// a repeated one. An error means that it is not known.
func written(ctx context.Context, sent, repeat bool, err error) (string, error) {
	switch ours := refusal(ctx, err); {
	case err == nil && sent:
		return RolloutTold, nil
	case err == nil:
		return RolloutFailed, nil
	case ours == nil:
		return "", err
	case ours.Code == onboarding.CodeConflict && repeat:
		return RolloutTold, nil
	case ours.Code == onboarding.CodeConflict:
		return RolloutAlready, nil
	case ours.Code == onboarding.CodeNotNow, ours.Code == onboarding.CodeUnknownApplicant, ours.Code == onboarding.CodeKeyDestroyed:
		return RolloutNotOwed, nil
	}
	return "", err // whatever else is not known to be harmless
}

// rolloutFailed lists those of a round whose letters were refused, up to most; 0: all.
func (s *Service) rolloutFailed(ctx context.Context, rollout string, pass, most int) ([]onboarding.ApplicantID, error) {
	var out []onboarding.ApplicantID
	for a, err := range s.rolloutAnswered(ctx, rollout, pass) {
		if err != nil {
			return nil, err
		}
		if a.Outcome == RolloutFailed && (most == 0 || len(out) < most) {
			out = append(out, a.Applicant)
		}
	}
	return out, nil
}

// RolloutRefused lists those of the present round, up to most, whose letters the mail
// server refused.
func (s *Service) RolloutRefused(ctx context.Context, v workflows.NoticeRolloutView, most int) ([]onboarding.ApplicantID, error) {
	pass := v.Pass
	if v.Failed == 0 && v.Accepted == 0 {
		return nil, nil
	}
	for ; pass > 0; pass-- { // those with which it was let go on are of an earlier round
		out, err := s.rolloutFailed(ctx, workflows.RolloutName(v.Notice, v.Version), pass, most)
		if err != nil || len(out) > 0 {
			return out, err
		}
	}
	return nil, nil
}

// AnswerOwner records that the applicant stays with a new owner.
func (s *Service) AnswerOwner(ctx context.Context, id onboarding.ApplicantID, rollout, answer string) error {
	return s.update(ctx, id, workflows.UpdateAnswerNotice, "", workflows.AnswerNotice{Rollout: rollout, Answer: answer, Actor: workflows.ActorApplicant}, &workflows.Ack{})
}
