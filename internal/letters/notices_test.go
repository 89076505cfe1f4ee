package letters_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
)

// element is one thing that a statute wants said, and our words for it.
type element struct{ source, words string }

// before is what every notice before an adverse action says.
var before = []element{
	{"15 USC 1681b(b)(3)(A): before the action", "We are thinking of declining your application for Support Basics"},
	{"15 USC 1681b(b)(3)(A): before the action", "Nothing is decided yet."},
	{"15 USC 1681b(b)(3)(A): based in whole or in part on the report", "in whole or in part because of a report from Findly."},
	{"15 USC 1681b(b)(3)(A)(i): a copy of the report", "A copy of the report and a Summary"},
	{"15 USC 1681b(b)(3)(A)(ii): the description of rights", "Summary of Your Rights under the Fair Credit Reporting Act are in your application, free of charge."},
	{"Gov. Code 12952(c)(2)(A) and the like: the items are named", "The entries of the report that the decision would rest on are named there."},
	{"FTC staff letters: a time to answer", "You have until 10 November 2026 01:30 UTC."},
	{"FTC staff letters: what an answer does", "If you answer, the clock stops and a person looks at your answer before anything is decided."},
	{"15 USC 1681i(a)(1)(A): dispute, free of charge", "- Dispute what is wrong, entry by entry or the whole report. The agency then looks again, free of charge, and nothing is decided while it does."},
	{"EEOC Guidance 915.002: a chance to explain", "- Give a statement: what explains what the report says, what has changed since, what you have done."},
	{"15 USC 1681m(a)(3)(A): who made it, said early", "The report was made by Findly, 1 Example Way, Salem, OR 97301, toll-free telephone 1-800-555-0100."},
	{"15 USC 1681m(a)(3)(B), said early", "It does not make the decision and cannot give you the reasons for it."},
	{"15 USC 1681i: with whom", "You can dispute with it the accuracy or completeness of anything in the report."},
	{"E-SIGN, 15 USC 7001(c)(1)(B)(i): on paper", "If you would rather have the report and the summary on paper, ask for them."},
	{"whom to write to", "write to help@example.com"},
}

// final is what every notice of an adverse action says.
var final = []element{
	{"15 USC 1681m(a)(1): notice of the action", "We have declined your application for Support Basics."},
	{"design, decision 9: nobody is declined by a machine alone", "A person made this decision."},
	{"15 USC 1681m(a): based in whole or in part on the report", "It was made in whole or in part because of a consumer report from Findly"},
	{"15 USC 1681m(a)(3)(A): name, address, toll-free telephone number", "Findly, 1 Example Way, Salem, OR 97301, toll-free telephone 1-800-555-0100."},
	{"15 USC 1681m(a)(3)(B): it did not decide", "Findly did not make the decision"},
	{"15 USC 1681m(a)(3)(B): and cannot say why", "and cannot give you the specific reasons for it."},
	{"15 USC 1681m(a)(4)(A), 1681j(b): a free copy within 60 days", "You have the right to a free copy of the report from Findly if you ask it within 60 days of getting this letter"},
	{"15 USC 1681m(a)(4)(B), 1681i: dispute", "and the right to dispute with it the accuracy or completeness of anything in the report."},
	{"whom to write to", "Questions: write to help@example.com"},
}

// local is what the notices of three places say besides, by the place's words for it.
var local = []struct {
	name, state, city string
	before, final     []element
}{
	{"federal", "OR", "Salem", nil, nil},
	{"New York City", "NY", "Brooklyn", []element{
		{"8-107(11)(b): the analysis and all that was looked at", "This is the Fair Chance Notice of New York City: our analysis under Article 23-A, factor by factor and with our reasons, is in your application with a copy of everything that we looked at"},
		{"8-107(11)(b): five business days, the position held", "You have at least five business days to answer, and in that time the position is held open for you"},
		{"GBL 380-c: the text of Article 23-A", "a copy of Article 23-A of its Correction Law"},
		{"8-107(11)(b): the copy", "A copy of that assessment is in your application. It weighs:"},
		{"Correction Law 753(1)(a)", "- The public policy to encourage that people with a record are given work"},
		{"Correction Law 753(1)(b)", "- The duties of the work that is applied for"},
		{"Correction Law 753(1)(c)", "- What bearing it has on the fitness for one or more of these duties"},
		{"Correction Law 753(1)(d)", "- How much time has passed"},
		{"Correction Law 753(1)(e)", "- How old the applicant was then"},
		{"Correction Law 753(1)(f)", "- The nature and the gravity of what was done"},
		{"Correction Law 753(1)(g)", "- What speaks for rehabilitation and good conduct since"},
		{"Correction Law 753(1)(h)", "- The legitimate interest in protecting property, and the safety and welfare of people"},
	}, []element{
		{"8-109", "You may complain to the New York City Commission on Human Rights"},
		{"Correction Law 754", "you get our reasons in writing within thirty days of asking"},
		{"Executive Law 297", "New York State Division of Human Rights"},
	}},
	{"California", "CA", "Fresno", []element{
		{"12952(c)(2)(A) and (B)", "names each entry of your record that the decision would rest on, and has the copy of the report"},
		{"12952(c)(2)(C) and (c)(3)", "the right to answer before the decision is final, and at least five business days for it from the day on which you receive this notice"},
		{"12952(c)(2)(C)", "evidence that the report is wrong, evidence of rehabilitation, or circumstances that speak for you"},
		{"12952(c)(3)", "you have five business days more"},
		{"Civ. Code 1786.22", "look at the file that the agency keeps about you"},
	}, []element{
		{"12952(c)(4)", "Whatever you sent us in answer to our first notice was considered before this decision"},
		{"12952(c)(5)(B)", "no set procedure for having this decision reconsidered"},
		{"12952(c)(5)(C)", "the right to file a complaint with the California Civil Rights Department"},
		{"Civ. Code 1786.40", "the agency that made it is named in this letter with its address"},
	}},
	{"Los Angeles, city and county", "CA", "Los Angeles", []element{
		{"12952(c)(2)(C)", "evidence that the report is wrong, evidence of rehabilitation, or circumstances that speak for you"},
		{"LAMC 189.03 A and B", "Our written assessment, which links what the report says with risks of the work, is in your application"},
		{"LAMC 189.03 B", "For at least five business days we neither decide against you nor give the position to somebody else"},
		{"LAMC 189.03 B", "we make a reassessment in writing"},
		{"LACC 8.300", "We have made an individualized assessment in writing before this notice"},
		{"LACC 8.300", "and ten more if in that time you dispute the record or ask for time to get evidence"},
		{"LACC 8.300", "we make a second individualized assessment in writing before we decide"},
	}, []element{
		{"12952(c)(5)(C)", "California Civil Rights Department"},
		{"LAMC 189", "City of Los Angeles, Department of Public Works, Bureau of Contract Administration"},
		{"LACC 8.300", "Los Angeles County Department of Consumer and Business Affairs"},
	}},
}

// notice writes one of the two notices for a place.
func notice(t *testing.T, name string, place policy.Jurisdiction) string {
	t.Helper()
	f := facts()
	f.Place, f.Assessment = place.Notice, nil
	if name == "final" {
		f.Place = place.Final
	}
	form := policy.AssessmentForm(place)
	f.Assessed = form.CopyToApplicant
	if f.Assessed {
		for _, factor := range form.Factors {
			f.Assessment = append(f.Assessment, factor.Text)
		}
	}
	_, text, err := letters.Write(name, f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestNotices holds both notices, word for word, against what each statute wants
// said: federal law everywhere, and three places in full.
func TestNotices(t *testing.T) {
	on := time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC)
	for _, c := range local {
		t.Run(c.name, func(t *testing.T) {
			place := policy.ForPlace(c.state, c.city, on)
			for name, elements := range map[string][]element{"pre_adverse": slices.Concat(before, c.before), "final": slices.Concat(final, c.final)} {
				text := notice(t, name, place)
				for _, e := range elements {
					if strings.Count(text, e.words) != 1 {
						t.Errorf("%s, %s: says %d times %q:\n%s", name, e.source, strings.Count(text, e.words), e.words, text)
					}
				}
			}
		})
	}
}

// TestNoticesOfEveryPlace: the notices of each row of the table, alone and joined
// with the rows around it, have all its sentences and the federal elements, and
// none of another place. None says what sort of record it is about.
func TestNoticesOfEveryPlace(t *testing.T) {
	rows := policy.Jurisdictions()
	places := slices.Clone(rows)
	for _, p := range [][2]string{{"CA", "Los Angeles"}, {"CA", "San Francisco"}, {"CA", "Altadena"}, {"NY", "Queens"}, {"IL", "Chicago"}, {"WA", "Seattle"}, {"TX", "Austin"}, {"OR", "Portland"}, {"PA", "Philadelphia"}, {"DC", "Washington"}} {
		places = append(places, policy.ForPlace(p[0], p[1], time.Time{}))
	}
	for _, place := range places {
		for name, elements := range map[string][]element{"pre_adverse": before, "final": final} {
			text, of := notice(t, name, place), func(j policy.Jurisdiction) []string { return j.Notice }
			if name == "final" {
				of = func(j policy.Jurisdiction) []string { return j.Final }
			}
			for _, e := range elements {
				if !strings.Contains(text, e.words) {
					t.Errorf("%s, %s, %s: does not say %q", place.ID, name, e.source, e.words)
				}
			}
			for _, s := range of(place) {
				if strings.Count(text, "\n- "+s+"\n") != 1 {
					t.Errorf("%s, %s: does not have once, on a line of its own, %q", place.ID, name, s)
				}
			}
			for _, row := range rows {
				for _, s := range slices.Concat(row.Notice, row.Final) {
					if !slices.Contains(of(place), s) && strings.Contains(text, s) {
						t.Errorf("%s, %s: has what is %s's: %q", place.ID, name, row.ID, s)
					}
				}
			}
			if (len(of(place)) > 0) != strings.Contains(text, "By the law of the place where you live or work:") {
				t.Errorf("%s, %s: %d sentences\n%s", place.ID, name, len(of(place)), text)
			}
			if word := regexp.MustCompile(`(?i)criminal|convict|felony|misdemeanor|arrest|court|prison|sanction|offen[cs]e`).FindString(text); word != "" {
				t.Errorf("%s, %s: speaks of %q", place.ID, name, word)
			}
			for _, hole := range []string{"\n\n\n", "  ", "\n- \n", "{{"} {
				if strings.Contains(text, hole) {
					t.Errorf("%s, %s has %q in it:\n%s", place.ID, name, hole, text)
				}
			}
		}
	}
}

// TestReinvestigated: 15 USC 1681i(a)(6)(B), as far as it is ours to tell, and
// what comes next in each case.
func TestReinvestigated(t *testing.T) {
	for outcome, words := range map[letters.Outcome]string{
		letters.OutcomeChanged:   "Findly has looked again at what you disputed and has changed its report. The new copy is in your application, free of charge.",
		letters.OutcomeUnchanged: "Findly has looked again at what you disputed and has found that its report stands as it was.",
		letters.OutcomeOverdue:   "Findly has not confirmed what you disputed in the time that the law gives it. What you disputed is used no more",
	} {
		f := facts()
		f.Outcome = outcome
		_, text, err := letters.Write("reinvestigated", f)
		if err != nil {
			t.Fatal(err)
		}
		wantWords(t, string(outcome), text, words, agency.Address, "toll-free telephone "+agency.Phone,
			"there is a new notice with its own time to answer",          // 1681b(b)(3) again
			"to add a statement to your file in which you dispute",       // (a)(6)(B)(iv), (b)
			"how it looked again, and the name and address of whoever",   // (a)(6)(B)(iii), (a)(7)
			"to have it tell those who got the report lately, if you na", // (a)(6)(B)(v), (d)
			facts().Contact)
	}
	f := facts()
	f.Outcome = "lost"
	if _, _, err := letters.Write("reinvestigated", f); err == nil {
		t.Error("an outcome that nobody knows is told")
	}
}

// TestDetails: what is wrong, once each, and never what was typed.
func TestDetails(t *testing.T) {
	all := letters.Details(onboarding.Fields())
	for _, c := range []struct {
		fields []onboarding.Field
		want   string // the beginnings of the lines
	}{
		{nil, ""},
		{[]onboarding.Field{onboarding.FieldUserAgent, "lost"}, ""},
		{[]onboarding.Field{onboarding.FieldPhone, onboarding.FieldEmail}, "The e-mail address|The phone number"},
		{[]onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldPostalCode}, "The address"},
	} {
		var got []string
		for _, line := range letters.Details(c.fields) {
			head, _, _ := strings.Cut(line, ":")
			got = append(got, head)
			if !slices.Contains(all, line) {
				t.Errorf("%q is not among all", line)
			}
		}
		if strings.Join(got, "|") != c.want {
			t.Errorf("of %v: %v", c.fields, got)
		}
	}
	_, text, err := letters.Write("correct", facts())
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, "correct", text, "\n- The e-mail address: mail to it does not arrive", "\n- The address: the Postal Service does not know it", "What happens next", facts().Contact)
}

// TestVendorsPages: whose page it is, that the way goes over our status page and
// not by a link of the vendor's, and what who does not want to may do.
func TestVendorsPages(t *testing.T) {
	all := every(t)
	wantWords(t, "identity", all["identity"][1], "Stripe takes the pictures itself; we get no picture", "begin on your status page", "a person finds another way")
	wantWords(t, "invitation", all["invitation"][1], "made by Checkr, which asks you itself", "Begin on your status page", "runs out")
	for _, name := range []string{"identity", "invitation", "correct"} {
		if urls := strings.Count(all[name][1], "://"); urls != 1 {
			t.Errorf("%s has %d addresses", name, urls)
		}
	}
	if !strings.Contains(all["offer"][1], "Findly now investigates.") || !strings.Contains(all["offer_without_report"][1], "the agency that you authorized now investigates.") {
		t.Errorf("offer: %s", all["offer"][1])
	}
}

// TestOutcomesAreTheWorkflows: a word of theirs that is not ours would stop a letter.
func TestOutcomesAreTheWorkflows(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "workflows", "messages.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`Reinvestigated[A-Z][a-z]+\s*= "([a-z]+)"`).FindAllSubmatch(source, -1)
	for _, m := range found {
		if string(m[1]) == "unheard" { // there is no result to write of
			continue
		}
		if !letters.Outcome(m[1]).Known() {
			t.Errorf("there are no words for %s", m[1])
		}
	}
	if len(found) != 4 {
		t.Errorf("the workflows know %d outcomes: look where they name them now", len(found))
	}
}
