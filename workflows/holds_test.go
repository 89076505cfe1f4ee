package workflows_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestDisputeHolds: while the applicant disputes nothing of theirs may be destroyed; the
// hold is set by itself and ends when the dispute is settled. A statement holds nothing.
//
// Promise 24.
func TestDisputeHolds(t *testing.T) {
	for kind, holds := range map[workflows.AnswerKind]int{workflows.AnswerDispute: 1, workflows.AnswerStatement: 0} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			stood := false
			w.again(twoRecords(), func(int) (workflows.CheckAnswer, error) { return clear("county_criminal_clear"), nil })
			v := w.play(workflows.UpdateApply, application(t), both(answering(workflows.Dispute{Kind: kind, Statement: []byte("sealed")}),
				decide(onboarding.RulingAdverse, onboarding.RulingProceed), func(v workflows.StaffView, _ func(string, any)) {
					stood = stood || len(v.Holds) == 1 && v.Holds[0].Kind == onboarding.HoldDispute
				}, finish(t)))
			wantStage(t, v, onboarding.StageExpired)
			records := w.whole(v)
			if count(records, ledger.KindHeld, "dispute") != holds || count(records, ledger.KindReleased, "") != holds || len(w.holds) != 2*holds || stood != (holds == 1) || len(v.Holds) != 0 {
				t.Errorf("held %v, stood %v, stands %v", w.holds, stood, v.Holds)
			}
			if holds == 1 && (!strings.HasPrefix(w.holds[0], "set dispute dispute-") || w.holds[1] != "release "+strings.TrimPrefix(w.holds[0], "set dispute ")) {
				t.Errorf("%v", w.holds)
			}
		})
	}
}

// TestHoldsOfStaff: one is set once, however often it is sent; one that there is not is
// not released; and an application that was never handed in is not forgotten while one
// stands.
//
// Promise 24.
func TestHoldsOfStaff(t *testing.T) {
	for name, released := range map[string]bool{"released": true, "standing": false} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			step := 0
			set := workflows.SetHold{ID: "matter-1", Kind: onboarding.HoldLegal, Reason: []byte("sealed"), Actor: "staff:privacy:1f"}
			v := w.play(workflows.UpdateBegin, begin(t), func(v workflows.StaffView, send func(string, any)) {
				switch step++; step {
				case 1:
					send(workflows.UpdateSetHold, set)
					send(workflows.UpdateSetHold, set)
					send(workflows.UpdateReleaseHold, refused{workflows.ReleaseHold{ID: "matter-2", Reason: []byte("sealed"), Actor: "staff:privacy:1f"}, "no such hold"})
					send(workflows.UpdateSetHold, refused{workflows.SetHold{ID: "dispute-1", Kind: onboarding.HoldLegal, Reason: []byte("sealed"), Actor: "staff:privacy:1f"}, "no ID of a hold"})
					send(workflows.UpdateSetHold, refused{workflows.SetHold{ID: "matter-3", Kind: onboarding.HoldLegal, Actor: "staff:privacy:1f"}, "needs a reason"})
				case 3:
					if released {
						send(workflows.UpdateReleaseHold, workflows.ReleaseHold{ID: "matter-1", Reason: []byte("sealed"), Actor: "staff:admin:2f"})
					}
				}
			})
			wantStage(t, v, onboarding.StageExpired)
			want := []string{"set legal matter-1"}
			if released {
				want = append(want, "release matter-1")
			}
			if !slices.Equal(w.holds, want) || (w.forgot == 1) != released {
				t.Errorf("%v, forgotten %d times", w.holds, w.forgot)
			}
			records := w.whole(v)
			if count(records, ledger.KindHeld, "legal") != 1 || (count(records, ledger.KindErased, "") == 1) != released {
				t.Errorf("%+v", records)
			}
			for _, r := range records {
				if r.Kind == ledger.KindHeld && (len(r.Sealed) > 0 || !strings.HasPrefix(r.Detail, "reason sha256 ") || r.Object != onboarding.HoldKey(applicant, "matter-1")) {
					t.Errorf("the record has the reason, or does not name it: %+v", r)
				}
			}
		})
	}
}
