package program_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

func rightFile(t *testing.T) string {
	t.Helper()
	body, err := os.ReadFile(filepath.Join("testdata", "right.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// TestWrongFiles is every kind of wrong file: a right one with one thing changed
// in it, and what its author is told: line, place and reason. Design decision 11
// promises the line; words that only who wrote the schema knows are a fault too.
//
// Promise 9, 10, 39.
func TestWrongFiles(t *testing.T) {
	right := rightFile(t)
	const email = "{name: email, vendor: kickbox}"
	for _, c := range []struct {
		name, old, new string // the first old becomes new; all becomes new when old is empty
		want           string // fault by fault, without the file's name
	}{
		// No YAML, or more of it than a program needs.
		{"empty", "", "", `1: the file is empty`},
		{"comments only", "", "# nothing\n", `1: the file is empty`},
		{"nothing", "", "null\n", `1: is nothing; it must be a group of keys`},
		{"words", "", "just words\n", `1: is text; it must be a group of keys`},
		{"a list", "", "- a\n", `1: is a list; it must be a group of keys`},
		{"wrong indentation", "minimum_age: 18\n", "minimum_age: 18\n  bad: x\n", `6: mapping values are not allowed in this context`},
		{"a tab", "title: Small", "\ttitle: Small", `2: found a tab character that violates indentation`},
		{"a bracket left open", "title: Small", "title: [Small", `2: did not find expected ',' or ']'`},
		{"a list's entry too far out", "  - {name: sanctions", " - {name: sanctions", `9: did not find expected key`},
		{"a quotation mark left open", "title: Small", "title: \"Small", `3: did not find expected key`},
		{"an unknown anchor", "title: Small", "title: *x", `2: unknown anchor 'x' referenced`},
		{"a key twice", "title: Small", "title: Small\ntitle: Other", `3: mapping key "title" already defined at line 2`},
		{"a number for a key", "title: Small", "1: Small\ntitle: S", `2: the key 1 must be a word`},
		{"a list for a key", "title: Small", "? [a, b]\n: c\ntitle: S", `2: a key must be a word`},
		{"a number that is none", "due_days: 10", "due_days: .nan", `11: .nan is no number`},
		{"a number without end", "threshold: 0.9", "threshold: -.Inf", `9: -.Inf is no number`},
		{"another encoding", "title: Small", "title: Caf\xe9", `2: the file is not in UTF-8`},
		{"a control character", "title: Small", "title: Sm\x00all", `2: there is a control character (U+0000)`},
		{"binary", "title: Small", "title: !!binary gIGC", `2: !!binary has no meaning here; leave it out`},
		{"a tag", "title: Small", "title: !secret Small", `2: !secret has no meaning here; leave it out`},
		{"two programs", "drafts:", "---\nid: two\ndrafts:", `29: there is more than one document; give each program its own file`},

		// Keys.
		{"a key missing", "title: Small\n", "", `1: has no title`},
		{"a key misspelled", "title: Small", "tittle: Small", `1: has no title` + "\n" +
			`2: tittle: is no key of a program file`},
		{"a key missing further in", email, "{name: email}", `8: checks/0: has no vendor`},
		{"a key too many further in", email, "{name: email, vendor: kickbox, retries: 3}", `8: checks/0/retries: is no key of a program file`},
		{"several faults", "minimum_age: 18\nwork_location: {state: OR", "minimum_age: 17\nwork_location: {state: Oregon", `5: minimum_age: must be at least 18` + "\n" +
			`6: work_location/state: must be the two capital letters of a state`},

		// Values.
		{"an empty title", "title: Small", `title: ""`, `2: title: is empty`},
		{"no title", "title: Small", `title:`, `2: title: is nothing; it must be text`},
		{"a long title", "title: Small", "title: " + strings.Repeat("x", 501), `2: title: must have at most 500 characters`},
		{"a number for a title", "title: Small", "title: 7", `2: title: is a number; put it in quotation marks`},
		{"a version without quotation marks", `version: "1"` + "\ncontr", "version: 1.0\ncontr", `3: version: is a number; put it in quotation marks`},
		{"an id with a space", "id: small", "id: Small Program", `1: id: must be small letters, digits and hyphens, 2 to 41 of them, with a letter first`},
		{"28: a minor", "minimum_age: 18", "minimum_age: 17", `5: minimum_age: must be at least 18`},
		{"half a year", "minimum_age: 18", "minimum_age: 18.5", `5: minimum_age: is a number; it must be a whole number`},
		{"an age in words", "minimum_age: 18", "minimum_age: eighteen", `5: minimum_age: is text; it must be a whole number`},
		{"a state's name", "state: OR", "state: Oregon", `6: work_location/state: must be the two capital letters of a state`},
		{"an unknown role", "role: processor", "role: boss", `4: controller/role: must be one of: controller, processor`},
		{"9: nobody who controls", "controller: {name: Example, contact: help@example.com, role: processor, instruction: DPA 7}\n", "", `1: has no controller`},
		{"10: a processor without an instruction", ", instruction: DPA 7", "", `4: controller/instruction: a processor collects on the client's instruction: name it here`},

		// Checks and vendors.
		{"no checks", "checks:\n  - " + email + "\n  - {name: sanctions, vendor: ofac, threshold: 0.9}\n  - {name: background, vendor: findly}", "checks: []", `7: checks: must have at least 1 in it`},
		{"checks that are no list", "checks:\n  - " + email + "\n  - {name: sanctions, vendor: ofac, threshold: 0.9}\n  - {name: background, vendor: findly}", "checks: {email: kickbox}", `7: checks: is a group of keys; it must be a list`},
		{"an unknown check", "name: email", "name: mail", `8: checks/0/name: must be one of: email, phone, address, ip_risk, national_id, identity_document, sanctions, exclusions, debarment, duplicate, background`},
		{"a check twice", email, email + "\n  - " + email, `9: checks/1: the check "email" stands here twice`},
		{"no background check", "  - {name: background, vendor: findly}\n", "", `7: checks: there is no background check; vetting needs one`},
		{"a vendor that cannot do it", email, "{name: email, vendor: findly}", `8: checks/0/vendor: "findly" cannot do the check "email"; use one of: kickbox`},
		{"39: a service for the lists without an agreement", "vendor: ofac", "vendor: watchman", `9: checks/1/vendor: the vendor "watchman" is inactive: state its agreement's version and date under vendors`},
		{"a service for the lists that looks for mailboxes", "vendor: ofac", "vendor: kickbox", `9: checks/1/vendor: "kickbox" cannot do the check "sanctions"; use one of: ofac, watchman, yente`},
		{"a vendor that nobody knows", email, "{name: email, vendor: acme}", `8: checks/0/vendor: "acme" cannot do the check "email"; use one of: kickbox` + "\n" +
			`8: checks/0/vendor: the vendor "acme" is inactive: state its agreement's version and date under vendors`},
		{"39: a vendor without an agreement", "  kickbox: {agreement_version: \"1\", agreement_date: 2026-01-15}\n", "", `8: checks/0/vendor: the vendor "kickbox" is inactive: state its agreement's version and date under vendors`},
		{"39: text messages without an agreement", "title: Small", "title: Small\nmessages: {sms: twilio}", `3: messages/sms: the vendor "twilio" is inactive: state its agreement's version and date under vendors`},
		{"39: an agreement without a date", `"1", agreement_date: 2026-01-15`, `"1"`, `24: vendors/kickbox: has no agreement_date`},
		{"39: a day that there is not", "2026-01-15", "2026-02-30", `24: vendors/kickbox/agreement_date: is no date such as 2026-01-31`},
		{"39: a last day that there is not", `agreement_date: 2026-01-15`, `agreement_date: 2026-01-15, agreement_end: 2026-02-30`, `24: vendors/kickbox/agreement_end: is no date such as 2026-01-31`},
		{"39: an end before the beginning", `agreement_date: 2026-01-15`, `agreement_date: 2026-01-15, agreement_end: 2026-01-14`, `24: vendors/kickbox/agreement_end: is before the agreement begins`},
		{"39: a date in words", "2026-01-15", "15 January 2026", `24: vendors/kickbox/agreement_date: is no date such as 2026-01-31`},
		{"an agency that is not named", "    agency: {name: Findly, address: \"1 Example Way\", phone: 1-800-555-0100}\n", "", `25: vendors/findly: who makes background reports is named in the notices: give agency with name, address and phone (15 USC 1681m)`},
		{"an agency without a telephone", ", phone: 1-800-555-0100", "", `28: vendors/findly/agency: has no phone`},
		{"a threshold above one", "threshold: 0.9", "threshold: 9", `9: checks/1/threshold: must be at most 1`},
		{"a threshold that matches all", "threshold: 0.9", "threshold: 0.1", `9: checks/1/threshold: must be at least 0.5`},
		{"a threshold in words", "threshold: 0.9", "threshold: high", `9: checks/1/threshold: is text; it must be a number`},
		{"another vendor that is the same", email, "{name: email, vendor: kickbox, alternatives: [kickbox]}", `8: checks/0/alternatives/0: "kickbox" does this check already; name another vendor`},
		{"another vendor that cannot do it", email, "{name: email, vendor: kickbox, alternatives: [findly]}", `8: checks/0/alternatives/0: "findly" cannot do the check "email"; use one of: kickbox`},
		{"39: another vendor without an agreement", "vendor: ofac,", "vendor: ofac, alternatives: [yente],", `9: checks/1/alternatives/0: the vendor "yente" is inactive: state its agreement's version and date under vendors`},
		{"another vendor that does not invite", "vendor: findly}", "vendor: checkr, alternatives: [findly]}", `10: checks/2/vendor: the vendor "checkr" is inactive: state its agreement's version and date under vendors`},

		// Vetting and adjudication.
		{"due at once", "due_days: 10", "due_days: 0", `11: vetting/due_days: must be at least 1`},
		{"never asked", "poll_hours: [1, 6.5]", "poll_hours: []", `11: vetting/poll_hours: must have at least 1 in it`},
		{"asked without a pause", "poll_hours: [1, 6.5]", "poll_hours: [1, 0]", `11: vetting/poll_hours/1: must be more than 0`},
		{"a machine that declines", "then: adverse_candidate", "then: decline", `13: adjudication/0/then: must be one of: clear, review, adverse_candidate`},
		{"an unknown severity", "severity: felony", "severity: crime", `13: adjudication/0/severity: must be one of: felony, misdemeanor, infraction, unclassified`},
		{"an age below nothing", "severity: felony", "max_age_years: -1", `13: adjudication/0/max_age_years: must be at least 0`},
		{"a least age below nothing", "severity: felony", "min_age_years: -1", `13: adjudication/0/min_age_years: must be at least 0`},
		{"ages that no record has", "severity: felony", "min_age_years: 8, max_age_years: 7", `13: adjudication/0/min_age_years: is more than max_age_years, which is 7: no record fits`},
		{"an end of a case that nobody knows", "severity: felony", "disposition: dismissed", `13: adjudication/0/disposition: must be one of: pending, convicted, not_convicted`},
		{"a finding's code with a space", "severity: felony", "finding: criminal record", `13: adjudication/0/finding: must be small letters, digits, hyphens and underscores, 40 at most`},
		{"a reason without words", "severity: felony", `severity: felony, because: ""`, `13: adjudication/0/because: is empty`},
		{"a rule on a check that nobody knows", "severity: felony", "check: mail", `13: adjudication/0/check: must be one of: email, phone, address, ip_risk, national_id, identity_document, sanctions, exclusions, debarment, duplicate, background`},
		{"a rule on a check that is not made", "severity: felony", "check: phone", `13: adjudication/0/check: the program does not make the check "phone"`},
		{"a validation's rule on records", "severity: felony", "check: email, finding: email_risky, severity: felony, min_age_years: 1, disposition: pending",
			`13: adjudication/0/disposition: speaks of the records of a background report, and the check "email" has none` + "\n" +
				`13: adjudication/0/min_age_years: speaks of the records of a background report, and the check "email" has none` + "\n" +
				`13: adjudication/0/severity: speaks of the records of a background report, and the check "email" has none`},
		{"a validation's rule that clears whatever is found", "severity: felony, then: adverse_candidate", "check: email, then: clear",
			`13: adjudication/0: a rule that clears must name the finding of the check "email"`},
		{"a mailbox that does not exist, cleared by a rule", "severity: felony, then: adverse_candidate", "check: email, finding: email_undeliverable, then: clear",
			`13: adjudication/0/then: no rule clears email_undeliverable of the check "email"; a person must look: say review or adverse_candidate`},
		{"a sanctioned person, cleared by a rule", "severity: felony, then: adverse_candidate", "check: sanctions, finding: sanctions_match, then: clear",
			`13: adjudication/0/then: no rule clears sanctions_match of the check "sanctions"; a person must look: say review or adverse_candidate`},
		{"a report on somebody else, cleared by a rule", "severity: felony, then: adverse_candidate", "finding: identity_mismatch, then: clear",
			`13: adjudication/0/then: no rule clears identity_mismatch of the check "background"; a person must look: say review or adverse_candidate`},
		{"a second reviewer in other words", "certification:\n", "review: {second_reviewer: sometimes}\ncertification:\n", `14: review/second_reviewer: must be one of: never, adverse, always`},
		{"a review that says nothing", "certification:\n", "review: {}\ncertification:\n", `14: review: has no second_reviewer`},
		{"a review by more", "certification:\n", "review: {second_reviewer: always, third_reviewer: always}\ncertification:\n", `14: review/third_reviewer: is no key of a program file`},

		// Certification.
		{"a mark above all questions", "pass_mark: 1", "pass_mark: 2", `17: certification/quiz/pass_mark: is more than the number of questions, which is 1`},
		{"no attempt", "attempts: 3", "attempts: 0", `18: certification/quiz/attempts: must be at least 1`},
		{"an answer that is not offered", "answer: a", "answer: c", `20: certification/quiz/questions/0/answer: is not the id of one of the options`},
		{"an option twice", "{id: b, text: That}", "{id: a, text: That}", `20: certification/quiz/questions/0/options/1/id: the option "a" stands here twice`},
		{"nothing to choose", ", {id: b, text: That}", "", `20: certification/quiz/questions/0/options: must have at least 2 in it`},
		{"a question twice", "      - {id: q1", "      - {id: q1, text: \"W?\", answer: a, options: [{id: a, text: T}, {id: b, text: U}]}\n      - {id: q1", `21: certification/quiz/questions/1/id: the question "q1" stands here twice`},
		{"an answer's id with a space", "answer: a", "answer: a b", `20: certification/quiz/questions/0/answer: must be small letters, digits, hyphens and underscores, 40 at most`},
		{"an agreement of one word", "text: You offer your services to us.", "text: Yes", `21: certification/agreement/text: must have at least 20 characters`},
		{"a credential for a century", "validity_days: 365", "validity_days: 36500", `22: certification/credential/validity_days: must be at most 3660`},
		{"a reminder after the end", "remind_after_days: 3", "remind_after_days: 14", `29: drafts/remind_after_days: must be before the draft expires`},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := c.new
			if c.old != "" {
				if body = strings.Replace(right, c.old, c.new, 1); body == right {
					t.Fatal("nothing was changed")
				}
			}
			file := filepath.Join(t.TempDir(), "x.yaml")
			if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
				t.Fatal(err)
			}
			var told []string
			for _, p := range program.Check(file) {
				if p.File != file || p.Line < 1 || p.Line > strings.Count(body, "\n")+1 || p.Reason == "" {
					t.Errorf("%+v names no place in the file", p)
				}
				told = append(told, strings.TrimPrefix(p.String(), file+":"))
			}
			if got := strings.Join(told, "\n"); got != c.want {
				t.Errorf("told\n%s\nwant\n%s", got, c.want)
			}
			// Nobody starts with it, and Load tells the same.
			_, err := program.LoadFS(fstest.MapFS{"x.yaml": {Data: []byte(body)}}, "dir")
			if err == nil {
				t.Fatal("it loads")
			}
			var all []string
			for _, line := range told {
				all = append(all, filepath.Join("dir", "x.yaml")+":"+line)
			}
			if d := cmp.Diff(strings.Join(all, "\n"), err.Error()); d != "" {
				t.Errorf("Load tells something else (-Check +Load):\n%s", d)
			}
		})
	}
}

// TestRightFile: the file that the others are made from has no fault, and neither
// has one that uses more of YAML.
func TestRightFile(t *testing.T) {
	right := rightFile(t)
	for name, body := range map[string]string{
		"as it is":          right,
		"CRLF":              strings.ReplaceAll(right, "\n", "\r\n"),
		"a byte-order mark": "\ufeff" + right,
		"an anchor":         strings.Replace(right, `version: "1"`+"\ncontr", "version: &v \"1\"\ncontr", 1),
		"other scripts":     strings.Replace(right, "title: Small", "title: Службы", 1),
	} {
		t.Run(name, func(t *testing.T) {
			set, err := program.LoadFS(fstest.MapFS{"x.yaml": {Data: []byte(body)}}, "")
			if err != nil {
				t.Fatal(err)
			}
			p, err := set.Get("small")
			if err != nil || p.Version != "1" || p.Review.SecondReviewer != program.SecondNever || p.Vendors["kickbox"].AgreementDate != "2026-01-15" || p.Vetting.PollHours[1] != 6.5 {
				t.Errorf("%+v, %v", p, err)
			}
		})
	}
	// Where an alias stands for a place with a fault, the fault is told there.
	aliased := strings.NewReplacer("title: Small", "title: &t \"\"", "title: Quiz", "title: *t").Replace(right)
	_, err := program.LoadFS(fstest.MapFS{"x.yaml": {Data: []byte(aliased)}}, "")
	if want := "x.yaml:2: title: is empty\nx.yaml:16: certification/quiz/title: is empty"; fmt.Sprint(err) != want {
		t.Errorf("told\n%v\nwant\n%s", err, want)
	}
	aliased = strings.NewReplacer("kickbox: {", "kickbox: &k {", "2026-01-15}", "soon}\n  twilio: *k").Replace(right)
	_, err = program.LoadFS(fstest.MapFS{"x.yaml": {Data: []byte(aliased)}}, "")
	const soon = "/agreement_date: is no date such as 2026-01-31"
	if want := "x.yaml:24: vendors/kickbox" + soon + "\nx.yaml:24: vendors/twilio" + soon; fmt.Sprint(err) != want {
		t.Errorf("told\n%v\nwant\n%s", err, want)
	}
}

// TestWrongFolders is what no single file is to blame for.
func TestWrongFolders(t *testing.T) {
	right := rightFile(t)
	other := strings.Replace(right, "id: small", "id: other", 1)
	for _, c := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no file", nil, "there is no *.yaml program file in dir"},
		{"no program file", map[string]string{"x.yml": right, "readme.txt": ""}, "there is no *.yaml program file in dir"},
		{"the same program twice", map[string]string{"a.yaml": right, "b.yaml": "# A comment.\n" + right}, "dir/b.yaml:2: id: dir/a.yaml has the same; give each program its own"},
		{"faults in two files", map[string]string{"a.yaml": strings.Replace(right, "minimum_age: 18", "minimum_age: 1", 1), "b.yaml": other, "c.yaml": "- x"},
			"dir/a.yaml:5: minimum_age: must be at least 18\ndir/c.yaml:1: is a list; it must be a group of keys"},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, body := range c.files {
				files[name] = &fstest.MapFile{Data: []byte(body)}
			}
			set, err := program.LoadFS(files, "dir")
			if set != nil || err == nil || filepath.ToSlash(err.Error()) != c.want {
				t.Errorf("told\n%v\nwant\n%s", err, c.want)
			}
		})
	}
	if p := program.Check(filepath.Join(t.TempDir(), "none.yaml")); len(p) != 1 || !strings.Contains(p[0].Reason, "no such file") {
		t.Errorf("of a file that is not there: %v", p)
	}
	if _, err := program.Load(filepath.Join(t.TempDir(), "none")); err == nil {
		t.Error("a folder that is not there loads")
	}
}
