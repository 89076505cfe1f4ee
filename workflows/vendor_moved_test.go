package workflows_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func checkIn(v workflows.StaffView, name onboarding.CheckName) onboarding.Check {
	for _, k := range v.Checks {
		if k.Name == name {
			return k
		}
	}
	return onboarding.Check{}
}

func failed(name onboarding.CheckName) func(workflows.StaffView) bool {
	return func(v workflows.StaffView) bool { return checkIn(v, name).Status == onboarding.StatusFailed }
}

func heldNow(name onboarding.CheckName) func(workflows.StaffView) bool {
	return func(v workflows.StaffView) bool { return checkIn(v, name).Held() }
}

func moves(name onboarding.CheckName, to string, allowed workflows.Elsewhere) func(workflows.StaffView, func(string, any)) {
	return func(v workflows.StaffView, send func(string, any)) {
		send(workflows.UpdateUseVendor, workflows.UseVendor{Check: name, Round: checkIn(v, name).Round, Vendor: to, Allowed: allowed, Reason: []byte("sealed"), Actor: "staff:ops:1"})
	}
}

// refusesAt makes a vendor refuse for good.
func refusesAt(vendor string) func(workflows.CheckUse, int) (workflows.CheckAnswer, error) {
	return func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
		if k.Vendor == vendor {
			return workflows.CheckAnswer{}, workflows.Failure(&onboarding.Error{Code: onboarding.CodeVendorRefused, Message: "no"})
		}
		return workflows.CheckAnswer{}, nil
	}
}

// TestUseVendor: a report that failed at one agency is ordered from another, in a new
// round that takes nothing up of the old one; the old agency is told to stop; the
// notices name the new one; the ledger says who moved it and by which file.
func TestUseVendor(t *testing.T) {
	w := newWorld(t)
	w.checks = refusesAt("findly")
	agency := program.Agency{Name: "Checkr", Address: "2 Example Way", Phone: "1-800-555-0101"}
	allowed := workflows.Elsewhere{Version: "2026-11-28", Agreement: program.Vendor{AgreementVersion: "1.0", AgreementDate: "2026-01-15", Agency: agency}, Package: "tasker"}
	var left int
	v := w.play(workflows.UpdateApply, application(t), both(script(&left, act{failed(onboarding.CheckBackground), func(v workflows.StaffView, send func(string, any)) {
		move := moves(onboarding.CheckBackground, "checkr", allowed)
		move(v, send)
		w.expect = "has not failed: it is running"
		send(workflows.UpdateUseVendor, workflows.UseVendor{Check: onboarding.CheckBackground, Round: 1, Vendor: "checkr", Allowed: allowed, Actor: "staff:ops:1"}) // pressed twice
	}}), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	k := checkIn(v, onboarding.CheckBackground)
	if left != 0 || k.Vendor != "checkr" || k.Round != 2 || k.Status != onboarding.StatusPassed {
		t.Fatalf("%d steps left, %+v", left, k)
	}
	first, last := w.orders[0], w.orders[len(w.orders)-1]
	if first.Vendor != "findly" || last.Vendor != "checkr" || last.Round != 2 || len(last.Earlier) != 0 || last.Package != "tasker" {
		t.Errorf("ordered first %+v, last %+v", first, last)
	}
	if n := w.tries[onboarding.OrderKey(applicant, onboarding.CheckBackground, 2)]; n != 1 {
		t.Errorf("ordered %d times in round 2", n)
	}
	if len(w.canceled) != 1 {
		t.Errorf("the old agency was told to stop %d times", len(w.canceled))
	}
	records := w.whole(v)
	if count(records, ledger.KindVendorChanged, "background  from Findly, by the program's file 2026-11-28 checkr") != 1 || count(records, ledger.KindNotified, "findly") != 1 {
		t.Errorf("the ledger does not say it: %+v", records)
	}
	for _, r := range records {
		if r.Kind == ledger.KindUse && r.Check == onboarding.CheckBackground && r.Round == 2 && r.Recipient != "checkr" {
			t.Errorf("in round 2 %s gets %v", r.Recipient, r.Fields)
		}
	}
}

// TestAgencyOfAMovedReport: who made the report is whom the statutory notices name
// (15 USC 1681m(a)(3)(A)).
func TestAgencyOfAMovedReport(t *testing.T) {
	w := newWorld(t)
	w.checks = refusesAt("findly")
	w.report = func(int) (workflows.CheckAnswer, error) { return consider("criminal_record", "felony", 1), nil }
	agency := program.Agency{Name: "Checkr", Address: "2 Example Way", Phone: "1-800-555-0101"}
	var left int
	w.play(workflows.UpdateApply, application(t), both(script(&left, act{failed(onboarding.CheckBackground),
		moves(onboarding.CheckBackground, "checkr", workflows.Elsewhere{Version: "1", Agreement: program.Vendor{AgreementVersion: "1.0", AgreementDate: "2026-01-15", Agency: agency}})}), decide(onboarding.RulingAdverse, onboarding.RulingAdverse)))
	named := 0
	for _, m := range w.sent {
		if m.Message == workflows.MessagePreAdverse || m.Message == workflows.MessageFinal {
			named++
			if m.Agency != agency {
				t.Errorf("the notice %s names %+v", m.Message, m.Agency)
			}
		}
	}
	if named == 0 {
		t.Error("no notice went out")
	}
}

// TestUseVendorRefused: what may not be done says why, and nothing goes anywhere.
func TestUseVendorRefused(t *testing.T) {
	body, err := os.ReadFile("../internal/consent/notices/screening.en.2026-11-01.txt") // of before yente
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(body), "\n\n")
	sum := sha256.Sum256([]byte(strings.TrimSpace(text)))
	old := func(in *workflows.Apply) {
		for i, r := range in.Receipts {
			if r.Notice.ID == "screening" {
				in.Receipts[i].Notice.Version, in.Receipts[i].Notice.SHA256 = "2026-11-01", hex.EncodeToString(sum[:])
			}
		}
	}
	for name, tt := range map[string]struct {
		change func(*workflows.Apply)
		check  onboarding.CheckName
		to     string
		says   string
	}{
		"a notice that does not name it": {old, onboarding.CheckSanctions, "yente", "no consent that holds is upon a notice that names it"},
		"a vendor that cannot do it":     {nil, onboarding.CheckSanctions, "kickbox", "cannot do the check"},
		"where it is":                    {nil, onboarding.CheckSanctions, "ofac", "is with OFAC list already"},
		"a check that has not failed":    {nil, onboarding.CheckEmail, "kickbox", "has not failed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.checks = refusesAt("ofac")
			in := application(t)
			if tt.change != nil {
				tt.change(&in)
			}
			w.expect = tt.says
			var left int
			v := w.play(workflows.UpdateApply, in, both(script(&left, act{failed(onboarding.CheckSanctions), func(v workflows.StaffView, send func(string, any)) {
				moves(tt.check, tt.to, workflows.Elsewhere{})(v, send)
				send(workflows.UpdateWaiveCheck, workflows.WaiveCheck{Check: onboarding.CheckSanctions, Reason: []byte("sealed"), Actor: "staff:ops:1"})
			}}), finish(t)))
			if left != 0 || w.refusals != 1 || len(v.Checks) == 0 {
				t.Errorf("%d steps left, %d refused", left, w.refusals)
			}
			if count(w.whole(v), ledger.KindVendorChanged, "") != 0 {
				t.Error("it was moved")
			}
		})
	}
}

// TestPausedVendor: for weeks nothing is sent, nothing fails and no attempt is spent;
// staff read why it waits; on resume it goes on by itself, also when the word of it is
// lost.
func TestPausedVendor(t *testing.T) {
	for name, lost := range map[string]bool{"told": false, "not told": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.paused = map[string]bool{"kickbox": true}
			asked := 0
			w.checks = func(k workflows.CheckUse, _ int) (workflows.CheckAnswer, error) {
				if k.Vendor == "kickbox" {
					asked++
				}
				return workflows.CheckAnswer{}, nil
			}
			waits, began := "", time.Time{}
			resume := func(v workflows.StaffView, _ func(string, any)) {
				k := checkIn(v, onboarding.CheckEmail)
				if !k.Held() {
					return
				}
				if began.IsZero() {
					began = k.Paused
				}
				if waits = v.Wait.For; asked != 0 {
					t.Error("something was sent while the vendor was paused")
				}
				if v.Attention == onboarding.AttentionOps {
					t.Error("ops are called for what they have paused themselves")
				}
			}
			days := 0
			each := func(v workflows.StaffView, send func(string, any)) {
				resume(v, send)
				if days++; days == 21*24 { // a player acts each hour
					w.paused["kickbox"] = false
					if !lost {
						w.resume("kickbox")
					}
				}
			}
			v := w.play(workflows.UpdateApply, application(t), both(each, finish(t)))
			wantStage(t, v, onboarding.StageExpired)
			k := checkIn(v, onboarding.CheckEmail)
			if k.Status != onboarding.StatusPassed || k.Round != 1 || asked != 1 || !k.Paused.IsZero() {
				t.Errorf("asked %d times, %+v", asked, k)
			}
			if !strings.Contains(waits, "a vendor that ops have paused: e-mail address at Kickbox") {
				t.Errorf("it waits for %q", waits)
			}
			records := w.whole(v)
			if n := count(records, ledger.KindUseFailed, "VENDOR_PAUSED"); n == 0 || n > 4 { // once for our own look, once for the vendor's
				t.Errorf("%d records of the pause", n)
			}
			if slices.Contains(w.letters, workflows.MessageDelayed) == false {
				t.Errorf("the applicant was not told that it takes longer: %v", w.letters)
			}
		})
	}
}

// TestMovedWhilePaused: ops need not wait for a vendor that they have paused.
func TestMovedWhilePaused(t *testing.T) {
	w := newWorld(t)
	w.paused = map[string]bool{"findly": true}
	var left int
	v := w.play(workflows.UpdateApply, application(t), both(script(&left, act{heldNow(onboarding.CheckBackground),
		moves(onboarding.CheckBackground, "checkr", workflows.Elsewhere{Version: "1", Agreement: program.Vendor{AgreementVersion: "1.0", AgreementDate: "2026-01-15"}})}), finish(t)))
	wantStage(t, v, onboarding.StageExpired)
	if k := checkIn(v, onboarding.CheckBackground); left != 0 || k.Vendor != "checkr" || k.Round != 2 || k.Status != onboarding.StatusPassed {
		t.Errorf("%d steps left, %+v", left, k)
	}
	if len(w.orders) != 1+1 || w.orders[1].Vendor != "checkr" { // the first is the try that found the vendor paused
		t.Errorf("orders: %+v", w.orders)
	}
}

// TestWithdrawnWhilePaused: a case that waits for a paused vendor can end.
func TestWithdrawnWhilePaused(t *testing.T) {
	w := newWorld(t)
	w.paused = map[string]bool{"kickbox": true}
	var left int
	v := w.play(workflows.UpdateApply, application(t), script(&left, act{heldNow(onboarding.CheckEmail), func(_ workflows.StaffView, send func(string, any)) {
		send(workflows.UpdateWithdraw, workflows.Withdraw{Actor: workflows.ActorApplicant})
	}}))
	if wantStage(t, v, onboarding.StageWithdrawn); checkIn(v, onboarding.CheckEmail).Status != onboarding.StatusCanceled {
		t.Errorf("%+v", checkIn(v, onboarding.CheckEmail))
	}
}
