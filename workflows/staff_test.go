package workflows_test

import (
	"context"
	"testing"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/workflow"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const mina, noor = "0123456789ab", "ba9876543210" // staff IDs

// TestCaseChangesHands: it is taken, given on and handed back, each with a record,
// and a second press of the button is refused.
func TestCaseChangesHands(t *testing.T) {
	w := newWorld(t)
	w.expect = "changed hands"
	step := 0
	var had []string
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		if v.Stage != onboarding.StageVetting && v.Stage != onboarding.StageCertification && v.Stage != onboarding.StageCertified {
			return
		}
		had = append(had, v.Recruiter)
		step++
		switch step {
		case 1:
			send(workflows.UpdateAssign, workflows.Assign{Recruiter: mina, Actor: "staff:recruiter:" + mina})
			send(workflows.UpdateAssign, refused{arg: workflows.Assign{Recruiter: noor, Actor: "staff:recruiter:" + noor}})
		case 2:
			send(workflows.UpdateAssign, workflows.Assign{Recruiter: noor, Was: mina, Actor: "staff:recruiter:" + mina})
		case 3:
			send(workflows.UpdateAssign, workflows.Assign{Was: noor, Actor: "staff:recruiter:" + noor})
		}
	}, finish(t)))
	if len(had) < 3 || had[0] != "" || had[1] != mina || had[2] != noor || v.Recruiter != "" {
		t.Errorf("who had it: %q, at last %q", had, v.Recruiter)
	}
	records := w.whole(v)
	if count(records, ledger.KindAssigned, mina) != 2 || count(records, ledger.KindAssigned, "handed back") != 1 || count(records, ledger.KindAssigned, "from "+noor) != 1 {
		t.Errorf("%d records of assignments", count(records, ledger.KindAssigned, ""))
	}
	if w.refusals != 1 {
		t.Errorf("%d refusals", w.refusals)
	}
}

// TestRecruiterDoesNotDecide: whoever has the case cares for the applicant and must
// not be the one who decides about them, in whichever role they come.
func TestRecruiterDoesNotDecide(t *testing.T) {
	w := newWorld(t)
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "misdemeanor", 3), nil }
	w.expect = "You have this case as its recruiter"
	assigned, tried := false, false
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		switch {
		case !v.Review:
		case !assigned:
			assigned = true
			send(workflows.UpdateAssign, workflows.Assign{Recruiter: mina, Actor: "staff:admin:" + noor})
		case !tried:
			tried = true
			send(workflows.UpdateDecide, refused{arg: workflows.Decide{Ruling: onboarding.RulingProceed, Reason: []byte("sealed"), Actor: "staff:reviewer:" + mina}})
			send(workflows.UpdateDecide, workflows.Decide{Ruling: onboarding.RulingProceed, Reason: []byte("sealed"), Actor: "staff:reviewer:" + noor})
		}
	}, finish(t)))
	if w.refusals != 1 || count(w.whole(v), ledger.KindDecided, "proceed") != 1 {
		t.Errorf("%d refusals", w.refusals)
	}
}

// TestNotesAndDocuments: a note is a record whose words are sealed, what corrects it
// names it, and a document that is opened stands there as well, in each stage.
func TestNotesAndDocuments(t *testing.T) {
	w := newWorld(t)
	w.expect = "no such note"
	var note uint64
	sent := 0
	v := w.play(workflows.UpdateApply, application(t), both(func(v workflows.StaffView, send func(string, any)) {
		switch sent++; sent {
		case 1:
			send(workflows.UpdateWriteNote, workflows.WriteNote{Words: []byte("sealed"), Actor: "staff:recruiter:" + mina})
			send(workflows.UpdateWriteNote, refused{arg: workflows.WriteNote{Words: []byte("sealed"), Corrects: 9999, Actor: "staff:recruiter:" + mina}})
		case 2:
			note = v.Ledger.Seq
			send(workflows.UpdateRecordView, workflows.RecordView{Document: "letter/1", Why: "to answer the applicant", Actor: "staff:recruiter:" + mina})
			send(workflows.UpdateWriteNote, workflows.WriteNote{Words: []byte("sealed again"), Corrects: note, Actor: "staff:reviewer:" + noor})
		}
	}, finish(t)))
	records := w.whole(v)
	if count(records, ledger.KindNote, "") != 2 || count(records, ledger.KindViewed, "letter/1 to answer the applicant") != 1 {
		t.Errorf("%d notes, %d looks", count(records, ledger.KindNote, ""), count(records, ledger.KindViewed, ""))
	}
	for _, r := range records {
		if r.Kind == ledger.KindNote && string(r.Sealed) == "sealed again" && r.Of != note {
			t.Errorf("the correction is of %d, not of %d", r.Of, note)
		}
	}
}

// TestAfterword: the ledger of a case that has ended goes on behind its last record,
// one number after the other, and its end is kept.
func TestAfterword(t *testing.T) {
	w := newWorld(t)
	v := w.play(workflows.UpdateApply, application(t), func(v workflows.StaffView, send func(string, any)) {
		if v.Stage == onboarding.StageVetting {
			send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
		}
	})
	wantStage(t, v, onboarding.StageWithdrawn)
	env := newEnvironment()
	env.SetCurrentHistoryLength(historyOf)
	env.RegisterWorkflowWithOptions(workflows.Afterword, workflow.RegisterOptions{Name: workflows.AfterwordName})
	w.register(env)
	end := v.Ledger
	env.RegisterActivityWithOptions(func(ctx context.Context, in workflows.KeepAfterwordIn) (workflows.Nothing, error) {
		pages := in.Pages.Ledger()
		last := pages[len(pages)-1].Records
		end = ledger.Chain{Applicant: applicant, Seq: last[len(last)-1].Seq, Head: last[len(last)-1].Hash(), Page: pages[len(pages)-1].Number + 1}
		return workflows.Nothing{}, w.store(ctx, "afterword", in.Pages)
	}, activity.RegisterOptions{Name: workflows.ActivityKeepAfterword})
	env.RegisterDelayedCallback(func() {
		env.UpdateWorkflow(workflows.UpdateWriteNote, "1", refusal{world: w, name: "note"}, workflows.WriteNote{Words: []byte("sealed"), Actor: "staff:privacy:" + mina})
		env.UpdateWorkflow(workflows.UpdateRecordView, "2", refusal{world: w, name: "look"}, workflows.RecordView{Document: "report/background", Why: "to answer a complaint", Actor: "staff:privacy:" + mina})
	}, 0)
	env.ExecuteWorkflow(workflows.AfterwordName, workflows.AfterwordInput{Applicant: applicant, Stage: v.Stage})
	if err := env.GetWorkflowError(); err != nil || !env.IsWorkflowCompleted() {
		t.Fatalf("%v, completed %v", err, env.IsWorkflowCompleted())
	}
	v.Ledger = end
	records := w.whole(v)
	after := records[len(records)-2:]
	if count(after, ledger.KindNote, "") != 1 || count(after, ledger.KindViewed, "report/background to answer a complaint") != 1 || after[1].Stage != onboarding.StageWithdrawn {
		t.Errorf("the last two records are %+v", after)
	}
}
