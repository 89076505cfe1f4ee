package applicants

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// decided gives the last decision that the engine was sent.
func (e *engine) decided(t *testing.T) workflows.Decide {
	t.Helper()
	var in []workflows.Decide
	for _, s := range e.sent {
		if name, rest, _ := strings.Cut(s, " "); name == workflows.UpdateDecide {
			_, body, _ := strings.Cut(rest, " ")
			if err := json.Unmarshal([]byte(body), &in); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(in) != 1 {
		t.Fatalf("no decision in %q", e.sent)
	}
	return in[0]
}

// TestDecideWithAssessment: what was weighed reaches the engine sealed, and is read
// again with its questions, by the applicant once a notice is out.
func TestDecideWithAssessment(t *testing.T) {
	w, id := withBook(t)
	form := policy.AssessmentForm(policy.ForPlace("IL", "Chicago", t0))
	if !form.Asked() || !form.CopyToApplicant {
		t.Fatalf("Chicago asks for no assessment any more: %+v", form)
	}
	view := workflows.StaffView{Applicant: id, Form: form}
	w.engine.open[id.WorkflowID()] = view
	answers := map[string]string{}
	for _, f := range form.Factors {
		answers[f.ID] = " weighed-canary of " + f.ID + "\n"
	}
	d := Decision{Ruling: onboarding.RulingAdverse, Reason: "Two records.", Assessment: answers}
	if err := w.Decide(t.Context(), id, d, "staff:reviewer:1"); err != nil {
		t.Fatal(err)
	}
	in := w.engine.decided(t)
	if in.Ruling != d.Ruling || in.Actor != "staff:reviewer:1" || len(in.Assessment) == 0 || strings.Contains(strings.Join(w.engine.sent, ""), "weighed-canary") {
		t.Errorf("sent %+v", in)
	}
	view.Adverse.Assessment = in.Assessment
	w.engine.open[id.WorkflowID()] = view
	if _, ok, err := w.Assessment(t.Context(), id); ok || err != nil {
		t.Errorf("before a notice is out the applicant has a copy: %v, %v", ok, err)
	}
	view.Adverse.PreNoticeAt = t0
	w.engine.open[id.WorkflowID()] = view
	got, ok, err := w.Assessment(t.Context(), id)
	if err != nil || !ok || got.Title != form.Title || got.Citation != form.Citation || !got.WrittenAt.Equal(t0.Truncate(time.Second)) || len(got.Lines) != len(form.Factors) {
		t.Fatalf("%+v, %v, %v", got, ok, err)
	}
	for i, f := range form.Factors {
		if got.Lines[i] != (AssessmentLine{Text: f.Text, Answer: "weighed-canary of " + f.ID}) {
			t.Errorf("line %d: %+v", i, got.Lines[i])
		}
	}
	// In the ledger staff read the same, until the data is erased.
	chain := ledger.NewChain(id)
	page := chain.Cut([]ledger.Record{chain.Append(t0, ledger.Record{Kind: ledger.KindDecided, Actor: "staff:reviewer:1", Outcome: "assessed", Sealed: in.Assessment})})
	if _, err := w.Book.Store(t.Context(), []ledger.Page{page}); err != nil {
		t.Fatal(err)
	}
	written, err := w.OpenDocument(t.Context(), id, "written-decisions", nil, reads(t, identity.RolePrivacy, "3", identity.ToProve))
	if err != nil || !strings.Contains(string(written.Body), form.Title) {
		t.Errorf("%s, %v", written.Body, err)
	}
	for _, f := range form.Factors {
		if line := f.Text + ": weighed-canary of " + f.ID + "\n"; !strings.Contains(string(written.Body), line) {
			t.Errorf("%q is not in %s", line, written.Body)
		}
	}
	if err := w.Vault.Destroy(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if events, err := w.Timeline(t.Context(), id); err != nil || events[0].Written || !events[0].Erased {
		t.Errorf("after erasure: %+v, %v", events, err)
	}
	if _, _, err := w.Assessment(t.Context(), id); onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
		t.Errorf("after erasure: %v", err)
	}
}

// TestDecideWithoutAssessment: against the applicant nothing is sent before every
// factor is weighed; where none is asked for, or to go on, none is sent.
func TestDecideWithoutAssessment(t *testing.T) {
	w, id := withBook(t)
	form := policy.AssessmentForm(policy.ForPlace("OR", "Portland", t0))
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Form: form}
	for name, answers := range map[string]map[string]string{
		"none": nil, "no words": {form.Factors[0].ID: "  "}, "another": {"of_another_form": "three words here"},
	} {
		err := w.Decide(t.Context(), id, Decision{Ruling: onboarding.RulingAdverse, Reason: "x", Assessment: answers}, "staff:reviewer:1")
		if onboarding.CodeOf(err) != onboarding.CodeInvalid || len(w.engine.sent) != 0 {
			t.Errorf("%s: %v, sent %q", name, err, w.engine.sent)
		}
	}
	if err := w.Decide(t.Context(), id, Decision{Ruling: onboarding.RulingProceed, Reason: "x", Assessment: map[string]string{"duties": "x"}}, "staff:reviewer:1"); err != nil {
		t.Error(err)
	}
	if in := w.engine.decided(t); in.Assessment != nil {
		t.Errorf("kept: %+v", in)
	}
	w.engine.sent, w.engine.open[id.WorkflowID()] = nil, workflows.StaffView{Applicant: id}
	if err := w.Decide(t.Context(), id, Decision{Ruling: onboarding.RulingAdverse, Reason: "x"}, "staff:reviewer:1"); err != nil || w.engine.decided(t).Assessment != nil {
		t.Errorf("where none is asked for: %v", err)
	}
	if _, ok, err := w.Assessment(t.Context(), id); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

// TestSecondDecisionOfOnePerson: who has decided, in whichever role, and a key where
// somebody has, are told so before they are asked to weigh anything.
func TestSecondDecisionOfOnePerson(t *testing.T) {
	w, id := withBook(t)
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Form: policy.AssessmentForm(policy.ForPlace("OR", "Portland", t0)),
		Opinions: []workflows.Opinion{{Ruling: onboarding.RulingAdverse, Actor: "staff:reviewer:00000001"}}}
	for actor, says := range map[workflows.Actor]string{"staff:reviewer:00000001": "You have given your decision", "staff:admin:00000001": "You have given your decision", "api:k1": "A program cannot give"} {
		err := w.Decide(t.Context(), id, Decision{Ruling: onboarding.RulingAdverse, Reason: "x"}, actor)
		if onboarding.CodeOf(err) != onboarding.CodeNotNow || !strings.Contains(err.Error(), says) || len(w.engine.sent) != 0 {
			t.Errorf("%s: %v, sent %q", actor, err, w.engine.sent)
		}
	}
	if err := w.Decide(t.Context(), id, Decision{Ruling: onboarding.RulingAdverse, Reason: "x"}, "staff:reviewer:00000002"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("a second person is not asked to weigh it: %v", err)
	}
}

// TestNoCopyWhereNoneIsDue: Oregon's places ask for an assessment, and for no copy.
func TestNoCopyWhereNoneIsDue(t *testing.T) {
	w, id := withBook(t)
	form := policy.AssessmentForm(policy.ForPlace("OR", "Portland", t0))
	if form.CopyToApplicant {
		t.Fatal("Portland asks for a copy now: take another place")
	}
	sealed, err := w.sealed(t.Context(), id, sealAssessment, write(form, map[string]string{}, t0))
	if err != nil {
		t.Fatal(err)
	}
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Adverse: workflows.Adverse{PreNoticeAt: t0, Assessment: sealed}}
	if _, ok, err := w.Assessment(t.Context(), id); ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}
