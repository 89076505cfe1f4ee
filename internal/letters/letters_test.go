package letters_test

import (
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/letters"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/policy"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

var update = flag.Bool("update", false, "write the letters as they are now to testdata")

var agency = program.Agency{Name: "Findly", Address: "1 Example Way, Salem, OR 97301", Phone: "1-800-555-0100"}

// losAngeles is the place that asks for most.
var losAngeles = policy.ForPlace("CA", "Los Angeles", time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC))

// facts is everything that a letter may be given.
func facts() letters.Facts {
	f := letters.Facts{
		Program: "Support Basics", Link: "https://apply.example.com/apply/link/token", Verify: "https://apply.example.com/verify/number",
		Agency: agency, Deadline: time.Date(2026, 11, 9, 17, 30, 0, 0, time.FixedZone("Salem", -8*60*60)), Contact: "write to help@example.com",
		Place: slices.Concat(losAngeles.Notice, losAngeles.Final), Assessed: true, Outcome: letters.OutcomeChanged, Reason: "conduct",
		Details:   letters.Details([]onboarding.Field{onboarding.FieldEmail, onboarding.FieldStreet, onboarding.FieldCity}),
		Agreement: program.Agreement{Title: "Contractor agreement", Version: "7", Text: "You offer your services.\n\nBy typing your name you sign."},
		Signed:    time.Date(2026, 11, 8, 9, 5, 0, 0, time.UTC),
		Request:   "copy",
		Step:      "code", Code: "12345678", Proof: "https://apply.example.com/apply/requests/number/secret", Extended: "vendors",
		Kept:   []letters.Kept{{What: "the details of your tax form", Rule: "26 CFR 31.6001-1(e)(2)", Until: time.Date(2031, 4, 15, 0, 0, 0, 0, time.UTC)}},
		Notice: "Your e-mail address", Text: "https://apply.example.com/apply/notices/account/2026-12-15", Owner: "Example Holdings", OwnerContact: "write to new@example.com", Reference: "C-0000-0000",
		Disclosed: letters.Disclosed{To: "Superior Court of Nowhere, 26-1234", Upon: onboarding.ProcessSubpoena, On: time.Date(2026, 11, 7, 12, 0, 0, 0, time.UTC),
			What: []string{letters.Given(onboarding.KeptApplication), letters.Given(onboarding.KeptFindings)}},
		Inviter: "Example Client", Source: "It is on a list that you joined.", Stop: "https://apply.example.com/apply/invited/token/stop",
	}
	for _, factor := range policy.AssessmentForm(losAngeles).Factors {
		f.Assessment = append(f.Assessment, factor.Text)
	}
	return f
}

// forms are what makes a letter differ. A case without a report is one in which
// our own checks found something; federal is a place without a word of its own.
var forms = []struct {
	suffix string
	change func(*letters.Facts)
}{
	{"", func(*letters.Facts) {}},
	{"_without_report", func(f *letters.Facts) { f.Agency = program.Agency{} }},
	{"_federal", func(f *letters.Facts) { f.Place, f.Assessment, f.Assessed = nil, nil, false }},
	{"_assessed", func(f *letters.Facts) { f.Place, f.Assessment = nil, nil }},
	{"_unchanged", func(f *letters.Facts) { f.Outcome = letters.OutcomeUnchanged }},
	{"_renewal", func(f *letters.Facts) { f.Open = true }},
	{"_overdue", func(f *letters.Facts) { f.Outcome = letters.OutcomeOverdue }},
	{"_cleared", func(f *letters.Facts) { f.Cleared = true }},
	{"_dispute", func(f *letters.Facts) { f.Dispute = true }},
	{"_erasure", func(f *letters.Facts) { f.Request = "erasure" }},
	{"_refused", func(f *letters.Facts) { f.Refused = true }},
	{"_again", func(f *letters.Facts) { f.Again = true }},
	{"_more", func(f *letters.Facts) { f.More = true }},
	{"_link", func(f *letters.Facts) { f.Step = "link" }},
	{"_ready", func(f *letters.Facts) { f.Step = "ready" }},
	{"_extended", func(f *letters.Facts) { f.Step = "extended" }},
	{"_replied", func(f *letters.Facts) { f.Step = "answered" }},
	{"_not_followed", func(f *letters.Facts) { f.Step = "refused" }},
	{"_redirected", func(f *letters.Facts) { f.Step = "redirected" }},
	{"_restricted", func(f *letters.Facts) { f.Step = "restricted" }},
	{"_lifting", func(f *letters.Facts) { f.Step = "lifting" }},
	{"_lifted", func(f *letters.Facts) { f.Step = "lifted" }},
	{"_closing", func(f *letters.Facts) { f.Step = "closing" }},
	{"_kept", func(f *letters.Facts) { f.Step = "kept" }},
	{"_of_an_owner", func(f *letters.Facts) { f.NoOwner = true }},
	{"_late", func(f *letters.Facts) { f.Disclosed.Waited = true }},
	{"_emergency", func(f *letters.Facts) { f.Disclosed.Upon = onboarding.ProcessEmergency }},
	{"_nothing_kept", func(f *letters.Facts) { f.Kept = nil }},
}

// messages are the letters that the workflows send, read from their source: the
// list there is of constants, and one that is added must get its letter.
func messages(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", "..", "workflows", "steps.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Message" {
				for _, v := range spec.Values {
					name, err := strconv.Unquote(v.(*ast.BasicLit).Value)
					if err != nil {
						t.Fatal(err)
					}
					out = append(out, name)
				}
			}
		}
		return true
	})
	if len(out) == 0 {
		t.Fatal("no letter is sent: look where the workflows name them now")
	}
	slices.Sort(out)
	return out
}

func TestEveryMessageHasItsLetter(t *testing.T) {
	sent := messages(t)
	for _, name := range sent {
		if !letters.Known(name) {
			t.Errorf("the workflows send %q and there is no such letter", name)
		}
	}
	files, err := filepath.Glob("text/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".txt"); !slices.Contains(sent, name) {
			t.Errorf("nobody sends %s", f)
		}
	}
	for _, name := range []string{"", "nothing", "letters", "../letters", "link.txt"} {
		if letters.Known(name) {
			t.Errorf("there is a letter %q", name)
		}
		if _, _, err := letters.Write(name, facts()); err == nil {
			t.Errorf("a letter %q was written", name)
		}
	}
}

// every gives each letter in each of the forms in which it differs.
func every(t *testing.T) map[string][2]string { return everyIn(t, "") }

func everyIn(t *testing.T, language string) map[string][2]string {
	t.Helper()
	out := map[string][2]string{}
	for _, name := range messages(t) {
		for _, form := range forms {
			f := facts()
			f.Language = language
			f.Place = losAngeles.Notice
			if name == "final" {
				f.Place = losAngeles.Final
			}
			form.change(&f)
			subject, text, err := letters.Write(name, f)
			if name == "reinvestigated" && f.Agency.Name == "" {
				if err == nil {
					t.Error("an agency that there is not has looked again")
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name+form.suffix, err)
				continue
			}
			if form.suffix == "" || out[name] != [2]string{subject, text} {
				out[name+form.suffix] = [2]string{subject, text}
			}
		}
	}
	return out
}

// TestGolden holds each letter to the word: people and, for two of them, courts
// read them. Run with -update after a change that is meant, and read the diff.
func TestGolden(t *testing.T) {
	got := every(t)
	for name, letter := range everyIn(t, "es") {
		got["es_"+name] = letter
	}
	for name, letter := range got {
		path := filepath.Join("testdata", name+".golden")
		whole := "Subject: " + letter[0] + "\n\n" + letter[1]
		if *update {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(whole), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if whole != string(want) {
			t.Errorf("%s is now\n%s\nwas\n%s", name, whole, want)
		}
	}
	kept, err := filepath.Glob("testdata/*.golden")
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) != len(got) {
		t.Errorf("%d letters are kept in testdata, %d are written", len(kept), len(got))
	}
}

func TestEveryLetterIsWhole(t *testing.T) {
	for name, letter := range every(t) {
		subject, text := letter[0], letter[1]
		if subject == "" || len(subject) > 78 || strings.ContainsAny(subject, "\r\n\t") {
			t.Errorf("%s: the subject is %q", name, subject)
		}
		if !strings.Contains(subject, "Support Basics") {
			t.Errorf("%s: the subject does not say for which program", name)
		}
		for _, hole := range []string{"{{", "}}", "<no value>", "%!", "0001", "  ", " .", " ,", "\n\n\n\n", "TODO", "XXX", "\r"} {
			if strings.Contains(text, hole) || strings.Contains(subject, hole) {
				t.Errorf("%s has %q in it:\n%s", name, hole, text)
			}
		}
		if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") || strings.HasPrefix(text, "\n") {
			t.Errorf("%s does not end as a text does", name)
		}
		// A letter without a way to act upon it is a dead end. On a line of its own
		// every mail program makes it a link.
		// The address that an application has no more must not open it.
		// What is erased cannot be opened, and a data request has an address of its own,
		// which asks first who comes.
		without := name == "moved" || strings.HasPrefix(name, "erased") || strings.HasPrefix(name, "data_request")
		if link := strings.Contains(text, "\n"+facts().Link+"\n"); link == without || (name == "moved" && strings.Contains(text, "://")) {
			t.Errorf("%s: the link does not stand on a line of its own, or stands where it must not", name)
		}
		if strings.Contains(text, "24 hours") && identity.LinkTTL != 24*time.Hour {
			t.Errorf("%s says how long the link works, and that is now %s", name, identity.LinkTTL)
		}
	}
}

// TestNothingPersonal: a letter's text is made without its reader; the mail
// adapter adds the name. A fact that comes must be looked at here.
func TestNothingPersonal(t *testing.T) {
	var fields []string
	for f := range reflect.TypeFor[letters.Facts]().Fields() {
		fields = append(fields, f.Name)
	}
	if want := []string{"Language", "Program", "Link", "Verify", "Agency", "Deadline", "Contact", "Place", "Assessed", "Assessment", "Details", "Cleared", "Dispute", "Outcome", "Agreement", "Signed", "Request", "Refused", "Step", "Code", "Proof", "Extended", "Kept", "Reason", "Open", "Inviter", "Source", "Stop", "Notice", "Text", "Again", "NoOwner", "Reference", "Disclosed", "Owner", "OwnerContact", "More"}; !slices.Equal(fields, want) {
		t.Errorf("a letter may now state %v, and %v was looked at", fields, want)
	}
	// Mail is read over shoulders and by others of a household: what a check found
	// stands behind the link and never in a letter.
	for name, letter := range every(t) {
		for _, word := range []string{"criminal", "convict", "felony", "misdemeanor", "arrest", "court", "sanction", "exclusion", "Social Security", "date of birth", "fraud", "credit"} {
			text := strings.ReplaceAll(letter[1], "Fair Credit Reporting Act", "")
			if strings.HasPrefix(name, "disclosed") { // it must say to whom something was given and upon what, and nothing of what was found
				text = strings.NewReplacer(facts().Disclosed.To, "", "a court order", "").Replace(text)
			}
			if strings.Contains(strings.ToLower(letter[0]+text), strings.ToLower(word)) {
				t.Errorf("%s speaks of %q", name, word)
			}
		}
	}
	// Who looks at the certificate's page learns no name, and the letter says so.
	if text := every(t)["certified"][1]; !strings.Contains(text, facts().Verify) || !strings.Contains(text, "they do not see your name") {
		t.Errorf("certified: %s", text)
	}
}

// TestMissingFact: a letter with a hole is an error, whatever is missing, and is
// not written.
func TestMissingFact(t *testing.T) {
	for _, name := range messages(t) {
		subject, whole, err := letters.Write(name, facts())
		if err != nil {
			t.Fatal(err)
		}
		whole += subject
		for field, blank := range map[string]func(*letters.Facts){
			"Support Basics":        func(f *letters.Facts) { f.Program = "" },
			facts().Link:            func(f *letters.Facts) { f.Link = " " },
			facts().Verify:          func(f *letters.Facts) { f.Verify = "" },
			"help@":                 func(f *letters.Facts) { f.Contact = "" },
			"10 November":           func(f *letters.Facts) { f.Deadline = time.Time{} },
			"1 Example Way":         func(f *letters.Facts) { f.Agency.Address = "" },
			"1-800-555-0100":        func(f *letters.Facts) { f.Agency.Phone = "" },
			"What to look at":       func(f *letters.Facts) { f.Details = nil },
			"has changed its":       func(f *letters.Facts) { f.Outcome = "" },
			"A rule of the program": func(f *letters.Facts) { f.Reason = "another" },
			"LAMC 189.03":           func(f *letters.Facts) { f.Place = append(f.Place, " ") },
			"It weighs:":            func(f *letters.Facts) { f.Assessment = []string{""} },
			"You offer your":        func(f *letters.Facts) { f.Agreement.Text = "" },
			"8 November":            func(f *letters.Facts) { f.Signed = time.Time{} },
			"privacy officer":       func(f *letters.Facts) { f.Request = "" },
			"Example Client":        func(f *letters.Facts) { f.Inviter = "" },
			"that you joined":       func(f *letters.Facts) { f.Source = "" },
			facts().Stop:            func(f *letters.Facts) { f.Stop = "" },
			"Superior Court":        func(f *letters.Facts) { f.Disclosed.To = " " },
			"a subpoena":            func(f *letters.Facts) { f.Disclosed.Upon = "" },
			"7 November":            func(f *letters.Facts) { f.Disclosed.On = time.Time{} },
			"what checks found":     func(f *letters.Facts) { f.Disclosed.What = nil },
			"not in a letter":       func(f *letters.Facts) {},
		} {
			f := facts()
			blank(&f)
			subject, text, err := letters.Write(name, f)
			if stated := strings.Contains(whole, field); stated != (err != nil) {
				t.Errorf("%s without %q: %v", name, field, err)
			}
			if err != nil && subject+text != "" {
				t.Errorf("%s: half a letter came of it", name)
			}
		}
	}
}

// TestPreAdverse: 15 USC 1681b(b)(3)(A) asks for notice before the action, with a
// copy of the report and the summary of rights. (The time to answer is policy's.)
func TestPreAdverse(t *testing.T) {
	all := every(t)
	wantWords(t, "pre_adverse", all["pre_adverse"][1],
		"We are thinking of declining", "Nothing is decided yet", "in whole or in part because of a report from Findly",
		"A copy of the report", "Summary of Your Rights under the Fair Credit Reporting Act", "free of charge", "on paper",
		"You have until 10 November 2026 01:30 UTC", "the clock stops", "a person decides",
		agency.Address, agency.Phone, "does not make the decision", "dispute with it the accuracy or completeness", facts().Contact)
	wantNoAgency(t, "pre_adverse_without_report", all["pre_adverse_without_report"][1])
	wantWords(t, "pre_adverse_without_report", all["pre_adverse_without_report"][1],
		"our own checks", "Nothing is decided yet", "You have until 10 November 2026 01:30 UTC", "a person decides", facts().Contact)
}

// TestFinal: 15 USC 1681m(a) asks for (1) notice of the action, (3) the agency's
// name, address and telephone number, that it did not decide and cannot say why,
// and (4) the right to a free copy within 60 days and to dispute. A score, (2), is
// never used.
func TestFinal(t *testing.T) {
	all := every(t)
	wantWords(t, "final", all["final"][1],
		"We have declined your application", "A person made this decision", "in whole or in part because of a consumer report from Findly",
		agency.Address, "toll-free telephone "+agency.Phone, "did not make the decision and cannot give you the specific reasons",
		"free copy of the report", "within 60 days", "dispute with it the accuracy or completeness of anything in the report", facts().Contact)
	// To name an agency that made no report would be a statement about a report.
	wantNoAgency(t, "final_without_report", all["final_without_report"][1])
	wantWords(t, "final_without_report", all["final_without_report"][1], "We have declined your application", "A person made this decision", facts().Contact)
}

func wantWords(t *testing.T, name, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s does not say %q:\n%s", name, w, text)
		}
	}
}

func wantNoAgency(t *testing.T, name, text string) {
	t.Helper()
	for _, w := range []string{"Findly", agency.Address, agency.Phone, "report", "telephone"} {
		if strings.Contains(text, w) {
			t.Errorf("%s speaks of %q, and no report was made:\n%s", name, w, text)
		}
	}
}

// TestEditionsNeedAnAgency: the programs that we ship name the agency of their
// background report whole, or the notices above could not be sent.
func TestEditionsNeedAnAgency(t *testing.T) {
	set, err := program.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range set.All() {
		for _, c := range p.Checks {
			if a := p.Vendors[c.Vendor].Agency; c.Name == "background" && (a.Name == "" || a.Address == "" || a.Phone == "") {
				t.Errorf("%s: the agency of %s is %+v", p.ID, c.Vendor, a)
			}
		}
		if p.Controller.Contact == "" {
			t.Errorf("%s: nobody can be reached", p.ID)
		}
	}
}
