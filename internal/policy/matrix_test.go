package policy_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// TestMatrix is one rule against one finding: screening × finding × end of the
// case × age of the record.
func TestMatrix(t *testing.T) {
	const clears, not = program.ThenClear, program.ThenReview
	found := func(code, disposed string, age int) onboarding.Finding {
		return onboarding.Finding{Code: code, Verdict: onboarding.VerdictConsider, Source: onboarding.SourcePublicRecord, Screening: "county_criminal",
			Severity: "misdemeanor", Disposed: disposed, AgeYears: age}
	}
	for _, c := range []struct {
		name    string
		rule    program.Rule
		then    program.Then
		finding onboarding.Finding
		fits    bool
	}{
		{"its finding", program.Rule{Finding: "criminal_record"}, clears, found("criminal_record", "convicted", 3), true},
		{"another finding", program.Rule{Finding: "sex_offender_record"}, clears, found("criminal_record", "convicted", 3), false},
		{"a finding that is no court record", program.Rule{Finding: "investigation_note"}, clears, onboarding.Finding{Code: "investigation_note", Verdict: onboarding.VerdictConsider}, true},
		{"as young as it may be", program.Rule{MinAgeYears: 3}, clears, found("criminal_record", "convicted", 3), true},
		{"younger", program.Rule{MinAgeYears: 4}, clears, found("criminal_record", "convicted", 3), false},
		{"between", program.Rule{MinAgeYears: 3, MaxAgeYears: 7}, clears, found("criminal_record", "convicted", 5), true},
		{"past both", program.Rule{MinAgeYears: 3, MaxAgeYears: 7}, clears, found("criminal_record", "convicted", 8), false},
		{"an unknown age is not old enough to clear", program.Rule{MinAgeYears: 1}, clears, found("criminal_record", "convicted", 0), false},
		{"an unknown age is not old enough to be pointed at", program.Rule{MinAgeYears: 1}, not, found("criminal_record", "convicted", 0), false},
		{"pending", program.Rule{Disposition: program.Pending}, clears, found("criminal_record", "pending", 0), true},
		{"pending, and it is convicted", program.Rule{Disposition: program.Pending}, clears, found("criminal_record", "convicted", 0), false},
		{"convicted", program.Rule{Disposition: program.Convicted}, clears, found("criminal_record", "convicted", 3), true},
		{"convicted, and it is pending", program.Rule{Disposition: program.Convicted}, not, found("criminal_record", "pending", 3), false},
		{"convicted, and it is dismissed", program.Rule{Disposition: program.Convicted}, not, found("criminal_record", "dismissed", 3), false},
		{"not convicted", program.Rule{Disposition: program.NotConvicted}, clears, found("criminal_record", "acquitted", 3), true},
		{"an end that nobody knows counts as a conviction", program.Rule{Disposition: program.Convicted}, not, found("criminal_record", "nolo_contendere", 3), true},
		{"no end counts as a conviction", program.Rule{Disposition: program.Convicted}, not, found("criminal_record", "", 3), true},
		{"and is not cleared as one", program.Rule{Disposition: program.Convicted}, clears, found("criminal_record", "nolo_contendere", 3), false},
		{"nor as anything else", program.Rule{Disposition: program.NotConvicted}, clears, found("criminal_record", "", 3), false},
		{"all at once", program.Rule{Screening: "county_criminal", Finding: "criminal_record", Severity: "misdemeanor", Disposition: program.Convicted, MinAgeYears: 3, MaxAgeYears: 7}, clears, found("criminal_record", "convicted", 5), true},
		{"all but one", program.Rule{Screening: "federal_criminal", Finding: "criminal_record", Severity: "misdemeanor", Disposition: program.Convicted, MinAgeYears: 3, MaxAgeYears: 7}, clears, found("criminal_record", "convicted", 5), false},
		{"a watch list, whatever the rule says", program.Rule{Screening: "global_watchlist"}, clears,
			onboarding.Finding{Code: "watchlist_match", Verdict: onboarding.VerdictConsider, Screening: "global_watchlist"}, false},
		{"somebody else, whatever the rule says", program.Rule{Finding: "identity_mismatch"}, clears, onboarding.Finding{Code: "identity_mismatch", Verdict: onboarding.VerdictConsider}, false},
		{"another check's rule", program.Rule{Check: onboarding.CheckPhone, Finding: "criminal_record"}, not, found("criminal_record", "convicted", 3), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := basics(t)
			c.rule.Then = c.then
			p.Adjudication = []program.Rule{c.rule}
			d := policy.Ruling(onboarding.StageVetting, []onboarding.Check{background(onboarding.StatusFlagged, c.finding)}, p, policy.Jurisdiction{})
			if fits := d.Reasons[0].Rule == "adjudication/1"; fits != c.fits || (d.Ruling == onboarding.RulingProceed) != (fits && c.then == clears) {
				t.Errorf("fits: %v; %s, %+v", fits, d.Ruling, d.Reasons)
			}
		})
	}
}

// TestValidationMatrix: a program may say what a line or a mailbox comes to, and
// no more than that.
func TestValidationMatrix(t *testing.T) {
	rules := []program.Rule{
		{Check: onboarding.CheckPhone, Finding: "phone_voip", Then: program.ThenAdverseCandidate, Because: "barred line type"},
		{Check: onboarding.CheckPhone, Finding: "phone_unknown_line", Then: program.ThenClear, Because: "a line like others"},
		{Check: onboarding.CheckSanctions, Finding: "sanctions_match", Then: program.ThenClear},
		{Check: onboarding.CheckSanctions, Then: program.ThenClear},
		{Check: onboarding.CheckPhone, Finding: "phone_invalid", Then: program.ThenClear},
		{Check: onboarding.CheckExclusions, Then: program.ThenReview, Because: "we ask the register"},
	}
	for _, c := range []struct {
		check     onboarding.CheckName
		code      string
		ruling    onboarding.Ruling
		rule      string
		candidate bool
		says      string
	}{
		{onboarding.CheckPhone, "phone_voip", onboarding.RulingReview, "adjudication/1", true, "phone_voip may lead to an adverse action (barred line type); a person decides."},
		{onboarding.CheckPhone, "phone_unknown_line", onboarding.RulingProceed, "adjudication/2", false, "phone_unknown_line does not matter for this program (a line like others)."},
		{onboarding.CheckSanctions, "sanctions_match", onboarding.RulingReview, "flagged", false, "The check sanctions brought up sanctions_match; a person must look."},
		{onboarding.CheckPhone, "phone_invalid", onboarding.RulingReview, "flagged", false, "The check phone brought up phone_invalid; a person must look."},
		{onboarding.CheckExclusions, "exclusion_match", onboarding.RulingReview, "adjudication/6", false, "exclusion_match is for a person to weigh (we ask the register)."},
		{onboarding.CheckEmail, "phone_unknown_line", onboarding.RulingReview, "flagged", false, "The check email brought up phone_unknown_line; a person must look."},
	} {
		t.Run(string(c.check)+" "+c.code, func(t *testing.T) {
			p := basics(t)
			p.Checks, p.Adjudication = []program.CheckSpec{{Name: c.check}}, rules
			check := onboarding.Check{Name: c.check, Status: onboarding.StatusFlagged, Findings: []onboarding.Finding{{Code: c.code, Verdict: onboarding.VerdictConsider}}}
			d := policy.Ruling(onboarding.StageValidation, []onboarding.Check{check}, p, policy.ForPlace("OR", "Salem", date(t, "2026-11-02")))
			r := d.Reasons[0]
			if d.Ruling != c.ruling || r.Rule != c.rule || r.Candidate != c.candidate || r.Says != c.says {
				t.Errorf("%s by %+v", d.Ruling, r)
			}
		})
	}
}

// whatever draws rules and findings that nobody thought of.
var (
	codes     = []string{"criminal_record", "sex_offender_record", "watchlist_match", "global_watchlist_consider", "identity_mismatch", "record", "phone_voip", "phone_invalid", "sanctions_match", ""}
	screens   = []string{"", "county_criminal", "global_watchlist", "ssn_trace"}
	severity  = []string{"", "felony", "misdemeanor", "infraction", "unclassified"}
	endings   = []string{"", "convicted", "pending", "dismissed", "arrested", "sealed", "expunged", "nolo_contendere"}
	verdicts  = []onboarding.Verdict{onboarding.VerdictClear, onboarding.VerdictConsider, onboarding.VerdictCouldNotComplete, "", "fine"}
	anyRule   = rapid.Custom(drawRule)
	anyRecord = rapid.Custom(drawFinding)
)

func drawRule(t *rapid.T) program.Rule {
	return program.Rule{
		Check:     rapid.SampledFrom(append(onboarding.CheckNames(), "")).Draw(t, "check"),
		Screening: rapid.SampledFrom(screens).Draw(t, "screening"), Finding: rapid.SampledFrom(codes).Draw(t, "finding"),
		Severity:    rapid.SampledFrom(severity).Draw(t, "severity"),
		Disposition: rapid.SampledFrom([]program.Disposition{"", program.Pending, program.Convicted, program.NotConvicted}).Draw(t, "disposition"),
		MinAgeYears: rapid.IntRange(0, 4).Draw(t, "min"), MaxAgeYears: rapid.IntRange(0, 9).Draw(t, "max"),
		Then: rapid.SampledFrom([]program.Then{program.ThenClear, program.ThenReview, program.ThenAdverseCandidate, "decline"}).Draw(t, "then"),
	}
}

func drawFinding(t *rapid.T) onboarding.Finding {
	return onboarding.Finding{Code: rapid.SampledFrom(codes).Draw(t, "code"), Verdict: rapid.SampledFrom(verdicts).Draw(t, "verdict"),
		Source:    rapid.SampledFrom([]onboarding.SourceKind{onboarding.SourceOwn, onboarding.SourcePublicRecord, onboarding.SourceProprietary}).Draw(t, "source"),
		Screening: rapid.SampledFrom(screens).Draw(t, "screening"), Severity: rapid.SampledFrom(severity).Draw(t, "severity"),
		Disposed: rapid.SampledFrom(endings).Draw(t, "disposed"), AgeYears: rapid.IntRange(0, 12).Draw(t, "age")}
}

// TestMachineNeverDeclines: whatever a program's file says and whatever is found,
// a machine lets go on or asks a person; what could not complete and what may not
// be weighed never goes on; and only what consider says is a candidate. Design,
// decisions 4 and 9.
func TestMachineNeverDeclines(t *testing.T) {
	base := basics(t)
	place := policy.ForPlace("CA", "Los Angeles", date(t, "2026-11-02"))
	rapid.Check(t, func(t *rapid.T) {
		p := base
		p.Adjudication = rapid.SliceOfN(anyRule, 0, 5).Draw(t, "rules")
		name := rapid.SampledFrom(onboarding.CheckNames()).Draw(t, "name")
		p.Checks = []program.CheckSpec{{Name: name}}
		k := onboarding.Check{Name: name, Status: rapid.SampledFrom(append(statuses, "", "lost")).Draw(t, "status"),
			Findings: rapid.SliceOfN(anyRecord, 0, 4).Draw(t, "findings")}
		d := policy.Ruling(name.Stage(), []onboarding.Check{k}, p, place)
		if d.Ruling != onboarding.RulingProceed && d.Ruling != onboarding.RulingReview {
			t.Fatalf("a machine says %s", d.Ruling)
		}
		if len(d.Reasons) == 0 || slices.ContainsFunc(d.Reasons, func(r onboarding.Reason) bool { return r.Rule == "" || r.Says == "" || r.Cites == "" }) {
			t.Fatalf("unexplained: %+v", d)
		}
		for _, r := range d.Reasons {
			if r.Candidate && (d.Ruling != onboarding.RulingReview || !strings.HasPrefix(r.Rule, "adjudication/")) {
				t.Fatalf("a candidate by %+v, and the ruling is %s", r, d.Ruling)
			}
		}
		if d.Ruling != onboarding.RulingProceed || k.Status == onboarding.StatusWaived {
			return
		}
		if k.Status != onboarding.StatusPassed && k.Status != onboarding.StatusFlagged {
			t.Fatalf("%s goes on", k.Status)
		}
		for _, f := range k.Findings {
			if f.Verdict != onboarding.VerdictClear && (f.Verdict != onboarding.VerdictConsider || !program.Weighable(name, f.Code)) {
				t.Fatalf("%+v goes on", f)
			}
		}
	})
}

// TestNothingBarredIsReported: in every place, what a court took back, what is too
// old and what the place bars reaches nobody, by a rule that is named; what could
// not complete always stays, and nothing is added but the one mark.
func TestNothingBarredIsReported(t *testing.T) {
	over := func(f onboarding.Finding, l policy.Limit) bool {
		return l.Years == policy.Never || (l.Years > 0 && f.AgeYears >= l.Years)
	}
	sealed := []string{"sealed", "expunged"}
	unconvicted := []string{"dismissed", "arrested"}
	rows := policy.Jurisdictions()
	rapid.Check(t, func(t *rapid.T) {
		j := rapid.SampledFrom(rows).Draw(t, "place")
		in := rapid.SliceOfN(anyRecord, 0, 5).Draw(t, "findings")
		kept, dropped := policy.ReportableFindings(in, j)
		for _, d := range dropped {
			if d.Finding.Verdict != onboarding.VerdictConsider || d.Rule == "" || !slices.ContainsFunc(in, func(f onboarding.Finding) bool { return reflect.DeepEqual(f, d.Finding) }) {
				t.Fatalf("%s: dropped %+v", j.ID, d)
			}
		}
		marks := 0
		for _, f := range kept {
			if f.Code == "record_not_reportable" {
				marks++
				continue
			}
			if f.Verdict != onboarding.VerdictConsider {
				continue
			}
			limits := map[string]policy.Limit{"felony": j.LookBack.Felony, "misdemeanor": j.LookBack.Misdemeanor, "infraction": j.LookBack.Summary, "unclassified": j.LookBack.Felony}
			switch {
			case slices.Contains(sealed, f.Disposed):
				t.Fatalf("%s: %+v reaches somebody", j.ID, f)
			case slices.Contains(unconvicted, f.Disposed):
				if over(f, j.LookBack.NonConviction) {
					t.Fatalf("%s: %+v reaches somebody", j.ID, f)
				}
			case f.Severity != "" && over(f, limits[f.Severity]):
				t.Fatalf("%s: %+v reaches somebody", j.ID, f)
			}
		}
		if (len(dropped) > 0) != (marks == 1) || len(kept)+len(dropped) != len(in)+marks {
			t.Fatalf("%s: of %d, %d kept and %d dropped", j.ID, len(in), len(kept), len(dropped))
		}
	})
}

// TestNeedsSecond: by the program's key, and never for what a machine says.
func TestNeedsSecond(t *testing.T) {
	for _, c := range []struct {
		key              program.SecondReviewer
		proceed, adverse bool
	}{
		{"", false, false}, {program.SecondNever, false, false}, {program.SecondAdverse, false, true}, {program.SecondAlways, true, true},
		{"sometimes", true, true}, // nobody knows what it means: the careful way
	} {
		p := program.Program{Review: program.Review{SecondReviewer: c.key}}
		if a, b := policy.NeedsSecond(p, onboarding.RulingProceed), policy.NeedsSecond(p, onboarding.RulingAdverse); a != c.proceed || b != c.adverse {
			t.Errorf("%q: to go on %v, adverse %v", c.key, a, b)
		}
	}
}
