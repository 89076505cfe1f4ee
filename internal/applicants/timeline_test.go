package applicants

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// PutOnce makes the bucket serve as the evidence bucket too.
func (b *bucket) PutOnce(_ context.Context, key string, body []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if was, ok := b.objects[key]; ok && !bytes.Equal(was, body) {
		return errConflict
	}
	b.objects[key] = body
	return nil
}

// withBook gives the world a real book, and an applicant with a key.
func withBook(t *testing.T) (*world, onboarding.ApplicantID) {
	t.Helper()
	w := newWorld(t)
	w.Book = ledger.NewBook(w.bucket)
	id := onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
	if err := w.Vault.Create(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	return w, id
}

// TestTimeline: what staff and applicant wrote is said to be there and stays sealed
// until it is opened as a document, on record; addresses, user agents and signatures
// are not among it; and the whole is in the order in which it happened.
func TestTimeline(t *testing.T) {
	w, id := withBook(t)
	seal := func(name, words string) []byte {
		sealed, err := w.seal(t.Context(), id, name, words)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
	chain := ledger.NewChain(id)
	var records []ledger.Record
	for _, r := range []ledger.Record{
		{Kind: ledger.KindConsentGiven, Purpose: "account", Notice: &ledger.NoticeRef{ID: "account", Version: "1"}, Sealed: seal(sealReceipt, "192.0.2.7")},
		{Kind: ledger.KindRetried, Actor: "staff:ops:1", Check: "email", Round: 2, Sealed: seal(sealReason, "vendor is back")},
		{Kind: ledger.KindWaived, Actor: "staff:ops:1", Check: "phone", Sealed: seal(sealReason, "the client agreed")},
		{Kind: ledger.KindDisputed, Actor: "applicant", Sealed: seal(sealStatement, "this is not me")},
		{Kind: ledger.KindDecided, Actor: "staff:reviewer:2", Outcome: "proceed", Sealed: seal(sealReason, "it was another person")},
		{Kind: ledger.KindRequirementMet, Outcome: "agreement signed", Sealed: seal(sealSignature, "Quillonia Example")},
		{Kind: ledger.KindDecided, Actor: "staff:reviewer:2", Outcome: "proceed"},
		{Kind: ledger.KindRetried, Actor: "staff:ops:1", Check: "email", Round: 3, Sealed: []byte("noise")},
		{Kind: ledger.KindRequirementMet, Actor: "staff:recruiter:1", Outcome: "live: passed", Sealed: seal(sealScore, `{"lines":[{"text":"Listens","score":3,"max":4}],"remark":"calm"}`)},
		{Kind: ledger.KindRequirementMet, Actor: "applicant", Outcome: "listening: another way asked for", Sealed: seal(sealStatement, "I do not hear well")},
		{Kind: ledger.KindWaived, Actor: "staff:recruiter:1", Outcome: "listening: waived", Sealed: seal(sealReason, "no need to hear")},
		{Kind: ledger.KindVendorChanged, Actor: "staff:ops:1", Check: "email", Sealed: seal(sealReason, "the other one is quicker")},
		{Kind: ledger.KindCorrected, Actor: "staff:privacy:1", Outcome: workflows.OutcomeProofAllowed, Sealed: seal(sealReason, "called back")},
		{Kind: ledger.KindDisputed, Actor: "applicant", Outcome: workflows.OutcomeAttached, Sealed: seal(sealLabel, `{"name":"Quillonia.pdf"}`)},
	} {
		records = append(records, chain.Append(t0, r))
	}
	if _, err := w.Book.Store(t.Context(), []ledger.Page{chain.Cut(records[:3]), chain.Cut(records[3:])}); err != nil {
		t.Fatal(err)
	}
	words := []string{"", "vendor is back", "the client agreed", "this is not me", "it was another person", "", "", "(These words cannot be read.)", "Listens: 3 of 4. calm", "I do not hear well",
		"no need to hear", "the other one is quicker", "called back", ""}
	events, err := w.Timeline(t.Context(), id)
	if err != nil || len(events) != len(words) {
		t.Fatalf("%d events, %v", len(events), err)
	}
	for i, e := range events {
		if e.Record.Seq != uint64(i+1) || e.Written != (words[i] != "") || e.Erased || e.Says != sentence(e.Record) {
			t.Errorf("event %d: %+v, want the words %q", i, e, words[i])
		}
	}
	shown, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	for _, canary := range append(canaries, "vendor is back", "this is not me", "I do not hear well") {
		if strings.Contains(string(shown), canary) {
			t.Errorf("the timeline shows %q", canary)
		}
	}
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id}
	w.engine.sent = nil
	// Each stands in one document, by what it is about.
	in := map[DocumentKind][]int{DocumentWrittenChecks: {2, 3, 8, 12}, DocumentWrittenRequirements: {9, 10, 11, 13}, DocumentWrittenDecisions: {4, 5}}
	for kind, numbers := range in {
		w.engine.sent = nil
		opened, err := w.OpenDocument(t.Context(), id, string(kind), nil, reads(t, identity.RoleAdmin, "3", identity.ToProve))
		if err != nil || !strings.Contains(strings.Join(w.engine.sent, ""), `"document":"`+string(kind)+`"`) {
			t.Fatalf("%s: %v, recorded by %q", kind, err, w.engine.sent)
		}
		for i, says := range words {
			here := slices.Contains(numbers, i+1)
			if strings.Contains(string(opened.Body), fmt.Sprintf("\n%d. ", i+1)) != here || says != "" && strings.Contains(string(opened.Body), says) != here {
				t.Errorf("%s: record %d, %q, stands there: %v; %s", kind, i+1, says, !here, opened.Body)
			}
		}
		for _, canary := range canaries {
			if strings.Contains(string(opened.Body), canary) {
				t.Errorf("%s shows %q", kind, canary)
			}
		}
	}
	if _, err := w.OpenDocument(t.Context(), id, "written", nil, reads(t, identity.RoleAdmin, "3", identity.ToProve)); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("all that was written, at once: %v", err)
	}
	if err := w.Vault.Destroy(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	// The ledger stays whole when the key goes; what people wrote is gone.
	events, err = w.Timeline(t.Context(), id)
	if err != nil || len(events) != len(words) {
		t.Fatalf("after erasure: %d events, %v", len(events), err)
	}
	for i, e := range events {
		if e.Written || e.Erased != (words[i] != "") {
			t.Errorf("after erasure, event %d: %+v", i, e)
		}
	}
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Ledger: chain}
	if report, err := w.VerifyLedger(t.Context(), id); err != nil || !report.Whole() || report.Records != len(words) {
		t.Errorf("%+v, %v", report, err)
	}
	// The head that the workflow knows is held against the book.
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id, Ledger: ledger.Chain{Applicant: id, Seq: chain.Seq + 1, Head: chain.Head, Page: chain.Page}}
	if report, err := w.VerifyLedger(t.Context(), id); err != nil || report.Whole() {
		t.Errorf("a record is missing: %+v, %v", report, err)
	}
}

func TestTimelineOfNobody(t *testing.T) {
	w, id := withBook(t)
	if _, err := w.Timeline(t.Context(), id); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		t.Errorf("%v", err)
	}
	if _, err := w.VerifyLedger(t.Context(), id); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
		t.Errorf("%v", err)
	}
}

// TestSummaryStandsIn: when the workflow is gone the last view that was kept is
// shown, to staff and to the applicant.
func TestSummaryStandsIn(t *testing.T) {
	w, id := withBook(t)
	kept := workflows.StaffView{Applicant: id, Program: "support-basics", Stage: onboarding.StageDeclined, Outcome: onboarding.OutcomeDeclined,
		Checks: []onboarding.Check{{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusPassed, Problem: "inside", Since: t0}}}
	body, err := json.Marshal(kept)
	if err != nil {
		t.Fatal(err)
	}
	w.bucket.objects[onboarding.SummaryKey(id)] = body
	staff, err := w.StaffView(t.Context(), id)
	if err != nil || staff.Stage != kept.Stage || len(staff.Checks) != 1 {
		t.Errorf("%+v, %v", staff, err)
	}
	own, err := w.View(t.Context(), id)
	want := workflows.ApplicantCheck{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusPassed, Since: t0}
	if err != nil || own.Stage != kept.Stage || len(own.Checks) != 1 || own.Checks[0] != want {
		t.Errorf("%+v, %v", own, err)
	}
}

// TestReasonsAreSealed: the words of staff reach the engine sealed, trimmed, and
// by nobody else's key.
func TestReasonsAreSealed(t *testing.T) {
	w, id := withBook(t)
	w.engine.open[id.WorkflowID()] = workflows.StaffView{Applicant: id}
	const words = "reason-canary"
	for name, err := range map[string]error{
		"retry":   w.Retry(t.Context(), id, onboarding.CheckEmail, 1, words, "staff:ops:1"),
		"waive":   w.Waive(t.Context(), id, onboarding.CheckEmail, words, "staff:ops:1"),
		"decide":  w.Decide(t.Context(), id, Decision{Ruling: onboarding.RulingProceed, Reason: words}, "staff:reviewer:1"),
		"revoke":  w.Revoke(t.Context(), id, workflows.RevokedMistake, words, "staff:reviewer:1"),
		"dispute": w.Dispute(t.Context(), id, Answer{Words: words}),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(w.engine.sent) != 5 || strings.Contains(strings.Join(w.engine.sent, "\n"), words) {
		t.Errorf("sent %q", w.engine.sent)
	}
	var retried []struct {
		Reason []byte `json:"reason"`
	}
	for _, s := range w.engine.sent {
		if body, ok := strings.CutPrefix(s, "RetryCheck "+id.WorkflowID()+" "); ok {
			if err := json.Unmarshal([]byte(body), &retried); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(retried) != 1 {
		t.Fatalf("no retry in %q", w.engine.sent)
	}
	if plain, err := w.Vault.Open(t.Context(), id, sealReason, retried[0].Reason); err != nil || string(plain) != words {
		t.Errorf("%q, %v", plain, err)
	}
	for _, empty := range []string{"", " \n\t "} {
		if err := w.Retry(t.Context(), id, onboarding.CheckEmail, 1, empty, "staff:ops:1"); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("without a reason: %v", err)
		}
		if err := w.Dispute(t.Context(), id, Answer{Words: empty}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("a dispute of no words: %v", err) // it would stop the clock
		}
	}
}
