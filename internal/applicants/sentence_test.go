package applicants

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// kinds are all that the ledger knows, read from its source: there is no list of
// them but the constants, and one that is added must get its sentence.
func kinds(t *testing.T) []ledger.Kind {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "ledger", "record.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []ledger.Kind
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Kind" {
			for _, v := range spec.Values {
				s, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				out = append(out, ledger.Kind(s))
			}
		}
		return true
	})
	if len(out) < 20 {
		t.Fatalf("%d kinds were found: look where the ledger names them now", len(out))
	}
	return out
}

func TestEveryKindHasItsSentence(t *testing.T) {
	shown := &ledger.NoticeRef{ID: "vetting-disclosure", Version: "2026-11-01"}
	background := ledger.Record{Check: onboarding.CheckBackground, Round: 2, Purpose: "vetting", Recipient: "findly", Actor: "staff:ops:ab12cd34"}
	with := func(r ledger.Record, change func(*ledger.Record)) ledger.Record {
		change(&r)
		return r
	}
	wants := map[ledger.Kind][]struct {
		record ledger.Record
		says   string
	}{
		ledger.KindOpened:           {{ledger.Record{Detail: "program support-basics 3"}, "The application was begun (program support-basics 3)."}},
		ledger.KindNoticeShown:      {{ledger.Record{Notice: shown}, "The notice vetting-disclosure 2026-11-01 was shown."}},
		ledger.KindConsentGiven:     {{ledger.Record{Purpose: "vetting", Notice: shown}, "Consent was given for vetting, upon the notice vetting-disclosure 2026-11-01."}},
		ledger.KindConsentWithdrawn: {{ledger.Record{Purpose: "vetting"}, "The consent for vetting was withdrawn."}},
		ledger.KindSubmitted:        {{ledger.Record{}, "The application was handed in."}},
		ledger.KindCorrected: {
			{ledger.Record{Actor: "applicant", Fields: []onboarding.Field{"email", "postal_code"}}, "The applicant corrected: email, postal code."},
			{ledger.Record{Actor: "api:acme", Fields: []onboarding.Field{"phone"}}, "api:acme corrected: phone."},
			{ledger.Record{}, "Details were corrected."},
			{ledger.Record{Actor: "applicant", Outcome: "address proved"}, "The applicant proved the new e-mail address."},
		},
		ledger.KindUse: {
			{with(background, func(r *ledger.Record) { r.Fields = []onboarding.Field{"given_name", "date_of_birth"} }), "Findly gets given name, date of birth, for vetting (background report, round 2)."},
			{background, "Findly is asked, for vetting (background report, round 2)."},
			{ledger.Record{Recipient: "mail", Purpose: "account", Fields: []onboarding.Field{"email"}, Detail: "letter: link"}, "The mail relay gets email, for account (letter: link)."},
			{ledger.Record{Recipient: "holder", Purpose: "certification"}, "The applicant is asked, for certification."},
		},
		ledger.KindUseDone:    {{with(background, func(r *ledger.Record) { r.Outcome = "clear"; r.Round = 1 }), "Findly answered (background report): clear."}},
		ledger.KindUseFailed:  {{with(background, func(r *ledger.Record) { r.Outcome = "VENDOR_UNREACHABLE" }), "Findly did not come to an answer (background report, round 2): VENDOR_UNREACHABLE."}},
		ledger.KindUseRefused: {{ledger.Record{Recipient: "own", Check: "duplicate", Outcome: "CONSENT_NOT_LIVE"}, "Nothing was sent to Our own worker (applied before?): CONSENT_NOT_LIVE."}},
		ledger.KindReceived:   {{background, "Findly's report was received and sealed."}},
		ledger.KindRuled: {
			{ledger.Record{Outcome: "review", Detail: "rule 2"}, "Policy ruled: review (rule 2)."},
			{ledger.Record{Outcome: "proceed"}, "Policy ruled: proceed."},
		},
		ledger.KindOffered: {{ledger.Record{}, "A conditional offer of a contract was made."}},
		ledger.KindDecided: {
			{ledger.Record{Actor: "staff:reviewer:1", Outcome: "adverse"}, "staff:reviewer:1 decided: adverse."},
			{ledger.Record{Actor: "staff:reviewer:1", Outcome: "assessed", Detail: "PCC 23.10.030"}, "staff:reviewer:1 wrote the individualized assessment (PCC 23.10.030)."},
		},
		ledger.KindNotified: {
			{with(background, func(r *ledger.Record) { r.Outcome = "canceled" }), "Findly was told (background report, round 2): canceled."},
			{with(background, func(r *ledger.Record) {
				r.Recipient, r.Outcome, r.Detail = "checkr", "told", "The agency was told that the adverse action is off."
			}), "The agency was told that the adverse action is off."},
			{with(background, func(r *ledger.Record) { r.Outcome = "told" }), "Findly was told (background report, round 2): told."},
		},
		ledger.KindClock: {
			{ledger.Record{Outcome: "started", Detail: "15 USC 1681b(b)(3)"}, "The time to answer the notice began (15 USC 1681b(b)(3))."},
			{ledger.Record{Outcome: "ran out", Detail: "15 USC 1681b(b)(3)"}, "The time to answer the notice ran out (15 USC 1681b(b)(3))."},
			{ledger.Record{Outcome: "stopped by a dispute"}, "The time to answer the notice was stopped by a dispute."},
			{ledger.Record{Outcome: "stopped by a statement"}, "The time to answer the notice was stopped by a statement."},
			{ledger.Record{Outcome: "goes on", Detail: "2 CCR 11017.1"}, "The rest of the time to answer the notice goes on (2 CCR 11017.1)."},
			{ledger.Record{Outcome: "extended", Check: "background", Detail: "15 USC 1681i(a)(1)(B)"}, "The agency has more time to look again, since the applicant added information (15 USC 1681i(a)(1)(B))."},
			{ledger.Record{Outcome: "re-investigation started", Check: "background"}, "The agency has to look again at what is disputed."},
			{ledger.Record{Outcome: "re-investigation ended: changed", Check: "background"}, "The agency has looked again: the report says something else now."},
			{ledger.Record{Outcome: "re-investigation ended: unchanged", Check: "background"}, "The agency has looked again: it verified the report as it stood."},
			{ledger.Record{Outcome: "re-investigation ended: overdue", Check: "background"}, "The agency did not verify in time what was disputed; it is not used any more."},
			{with(background, func(r *ledger.Record) { r.Outcome, r.Detail = "REPORT_OVERDUE", "The vendor's stated time is over." }), "The vendor's stated time is over."},
			{with(background, func(r *ledger.Record) { r.Outcome = "REPORT_LATE" }), "A clock: REPORT_LATE."},
		},
		ledger.KindDisputed: {
			{ledger.Record{Outcome: "dispute"}, "The applicant disputed the report."},
			{ledger.Record{Outcome: "statement"}, "The applicant made a statement."},
			{ledger.Record{}, "The applicant disputed, or made a statement."},
		},
		ledger.KindRetried:        {{background, "staff:ops:ab12cd34 asked for round 2 of the check \"background report\"."}},
		ledger.KindWaived:         {{background, "staff:ops:ab12cd34 waived the check \"background report\"."}},
		ledger.KindVendorChanged:  {{background, "staff:ops:ab12cd34 moved the check \"background report\" to Findly."}},
		ledger.KindRequirementMet: {{ledger.Record{Outcome: "quiz passed"}, "Certification: quiz passed."}},
		ledger.KindStage:          {{ledger.Record{Outcome: "vetting"}, "The stage is now vetting."}},
		ledger.KindCredential: {{ledger.Record{Outcome: "issued"}, "The certificate was issued."},
			{ledger.Record{Outcome: "superseded", Detail: "by c2"}, "The certificate was renewed (by c2)."}, {ledger.Record{Outcome: "something new"}, "The certificate: something new."}},
		ledger.KindViewed: {
			{ledger.Record{Actor: "staff:privacy:1", Purpose: "data request"}, "staff:privacy:1 opened personal data, for data request."},
			{ledger.Record{Actor: "staff:reviewer:1", Check: "background", Purpose: "vetting"}, "staff:reviewer:1 opened what the check \"background report\" found, for vetting."},
			{ledger.Record{Actor: "staff:reviewer:1", Check: "sanctions", Purpose: "screening", Fields: []onboarding.Field{"given_name", "date_of_birth"}, Detail: "to weigh what was found"},
				"staff:reviewer:1 opened what the check \"sanctions list\" found, beside given name, date of birth, for screening (to weigh what was found)."},
		},
		ledger.KindNote: {
			{ledger.Record{Actor: "staff:recruiter:1"}, "staff:recruiter:1 wrote a note."},
			{ledger.Record{Actor: "staff:recruiter:1", Of: 7}, "staff:recruiter:1 wrote a note, which corrects the one of record 7."},
		},
		ledger.KindAssigned: {
			{ledger.Record{Actor: "staff:admin:1", Outcome: "ab12cd34"}, "staff:admin:1 gave the case to the recruiter ab12cd34."},
			{ledger.Record{Actor: "staff:recruiter:1", Outcome: workflows.OutcomeHandedBack}, "staff:recruiter:1 handed the case back."},
		},
		ledger.KindDisclosed: {
			{ledger.Record{Actor: "staff:privacy:1", Approver: "staff:admin:2", Outcome: "subpoena", Detail: "case a1"}, "staff:privacy:1 gives data because the law compels or allows it (subpoena), approved by staff:admin:2 (case a1)."},
			{ledger.Record{Actor: "staff:privacy:1", Approver: "staff:admin:2", Outcome: "subpoena", Object: "process/given/x/a1"}, "staff:privacy:1 put together what the law compels or allows to be given (subpoena), approved by staff:admin:2."},
		},
		ledger.KindOnward: {
			{ledger.Record{Recipient: "findly", Outcome: "salem-court-research", Detail: "county_criminal, named in the agreement"},
				"Findly handed data on to its sub-processor salem-court-research (county_criminal, named in the agreement)."},
		},
		ledger.KindHeld: {
			{ledger.Record{Actor: "staff:privacy:1", Outcome: "legal", Object: "holds/x/matter-1"}, "staff:privacy:1 set a hold (legal): nothing of the applicant is destroyed from now on (matter-1)."},
			{ledger.Record{Actor: "applicant", Outcome: "dispute"}, "Nothing of the applicant is destroyed from now on: their dispute holds it."},
		},
		ledger.KindReleased: {
			{ledger.Record{Actor: "staff:privacy:1", Object: "holds/x/matter-1"}, "staff:privacy:1 released a hold (matter-1)."},
			{ledger.Record{Actor: "system"}, "The hold of the dispute ended: it is settled."},
		},
		ledger.KindPurged: {
			{ledger.Record{Outcome: "findings", Detail: "5 years after the case's end: 15 USC 1681p"}, "The time to keep what checks found, and reports is over: it is removed (5 years after the case's end: 15 USC 1681p)."},
			{ledger.Record{Outcome: "findings", Of: 3, Detail: "removed: 2"}, "Of what checks found, and reports is gone what could go (removed: 2)."},
		},
		ledger.KindInstructed: {{ledger.Record{Outcome: "legitimate interest", Detail: "agreement 7"},
			"The address is used to invite somebody, upon what stands here instead of a consent: legitimate interest (agreement 7)."}},
		ledger.KindObjected: {{ledger.Record{Actor: "applicant", Detail: "do not write to me"}, "The applicant does not want to be written to (do not write to me)."}},
		ledger.KindResumed:  {{ledger.Record{Detail: "It goes on behind record 7."}, "It goes on behind record 7."}},
		ledger.KindErased:   {{ledger.Record{Detail: "The key is destroyed."}, "The key is destroyed."}},
	}
	declared := map[ledger.Kind]bool{}
	for _, k := range kinds(t) {
		declared[k] = true
		if len(wants[k]) == 0 {
			t.Errorf("the kind %s has no sentence here: say how it reads", k)
		}
		for _, want := range wants[k] {
			want.record.Kind = k
			if got := sentence(want.record); got != want.says {
				t.Errorf("%s: %q, want %q", k, got, want.says)
			}
		}
		// A timeline must open whatever was written: nothing but the kind is sure.
		got := sentence(ledger.Record{Kind: k})
		if got == string(k) || !strings.HasSuffix(got, ".") || strings.Contains(got, "()") || strings.Contains(got, "%!") {
			t.Errorf("%s, of an empty record: %q", k, got)
		}
	}
	for k := range wants {
		if !declared[k] {
			t.Errorf("the ledger knows no kind %s", k)
		}
	}
	if got := sentence(ledger.Record{Kind: "of_tomorrow"}); got != "of_tomorrow" {
		t.Errorf("a kind that this version does not know: %q", got)
	}
}

// TestSentencesHoldNoDigest: what is read aloud is words; references and hashes
// stand beside it in the record.
func TestSentencesHoldNoDigest(t *testing.T) {
	r := ledger.Record{Seq: 7, Receipt: "receipt-canary", Object: "object-canary", Digest: "digest-canary", Sealed: []byte("sealed-canary"), Prev: "prev-canary",
		Notice: &ledger.NoticeRef{ID: "n", Version: "1", SHA256: "hash-canary"}, Recipient: "findly", Actor: "system", Check: "background"}
	for _, k := range kinds(t) {
		r.Kind = k
		if got := sentence(r); strings.Contains(got, "canary") {
			t.Errorf("%s: %q", k, got)
		}
	}
}
