// Package program reads client programs. A program is data: what it checks,
// with which vendor, what makes a finding matter, what it asks for at
// certification, and who is controller, in one YAML file that is checked
// against a JSON Schema.
package program

import (
	"fmt"
	"slices"
	"sort"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Program is one client program as its file says it.
type Program struct {
	ID            string            `json:"id" yaml:"id"`
	Title         string            `json:"title" yaml:"title"`
	Version       string            `json:"version" yaml:"version"`
	Controller    Controller        `json:"controller" yaml:"controller"`
	MinimumAge    int               `json:"minimum_age" yaml:"minimum_age"`
	WorkLocation  WorkLocation      `json:"work_location" yaml:"work_location"`
	Checks        []CheckSpec       `json:"checks" yaml:"checks"`
	Vetting       Vetting           `json:"vetting" yaml:"vetting"`
	Adjudication  []Rule            `json:"adjudication" yaml:"adjudication"`
	Review        Review            `json:"review" yaml:"review"`
	Certification Certification     `json:"certification" yaml:"certification"`
	Vendors       map[string]Vendor `json:"vendors" yaml:"vendors"`
	Drafts        Drafts            `json:"drafts" yaml:"drafts"`
	// PrivacyOfficer is the e-mail address of who answers data requests for us: they are
	// written to when one is due. Empty: the board alone tells.
	PrivacyOfficer string `json:"privacy_officer,omitempty" yaml:"privacy_officer"`
	// Retention says how long each category is kept; what it has no line for is kept as
	// long as the law asks.
	Retention []RetentionRule `json:"retention,omitempty" yaml:"retention"`
	// Texts says the certification in other languages than English.
	Texts Texts `json:"texts,omitempty" yaml:"texts"`

	// Messages says how an applicant who wants it hears of news besides by e-mail.
	Messages Messages `json:"messages,omitzero" yaml:"messages"`
	// Complaints says to whom applicants can turn outside of the house.
	Complaints Complaints `json:"complaints,omitzero" yaml:"complaints"`
	// Statistics says what counts of applicants may go out.
	Statistics Statistics `json:"statistics,omitzero" yaml:"statistics"`

	// Invitations says how people are invited; without it nobody is.
	Invitations Invitations `json:"invitations,omitzero" yaml:"invitations"`
}

// Statistics says what counts of applicants may go out. MinimumGroup is the least number
// of people that one may be of; 0: policy's own.
type Statistics struct {
	MinimumGroup int `json:"minimum_group" yaml:"minimum_group"`
}

// Messages are the ways of telling an applicant of news that they may ask for. Each
// needs the agreement with its vendor.
type Messages struct {
	SMS string `json:"sms,omitempty" yaml:"sms"` // SMSTwilio; empty: no text messages
}

// SMSTwilio has Twilio send the text messages.
const SMSTwilio = "twilio"

// Controller is who decides, and how to reach them (obligations 9, 10, 55).
type Controller struct {
	Name        string `json:"name" yaml:"name"`
	Contact     string `json:"contact" yaml:"contact"`
	Role        string `json:"role" yaml:"role"`               // ours: "controller" or "processor"
	Instruction string `json:"instruction" yaml:"instruction"` // reference of the client's, when we are processor
	// Address is where they take letters, for receipts (ISO/IEC TS 27560, party); a
	// file need not have it.
	Address string `json:"address,omitempty" yaml:"address"`
}

// WorkLocation is the place that the work is done for, whose law holds besides
// that of the applicant's home. Empty when there is none but the home.
type WorkLocation struct {
	State string `json:"state" yaml:"state"` // two letters
	City  string `json:"city" yaml:"city"`
}

// CheckSpec is one check and who does it.
type CheckSpec struct {
	Name      onboarding.CheckName `json:"name" yaml:"name"`
	Vendor    string               `json:"vendor" yaml:"vendor"`
	Threshold float64              `json:"threshold,omitempty" yaml:"threshold"` // for matches by name: 0 to 1
	// Alternatives are the vendors to which a check that failed may be moved, each with
	// an agreement like any other vendor.
	Alternatives []string `json:"alternatives,omitempty" yaml:"alternatives"`
}

// Allows reports whether the vendor may do the check: the usual one or another.
func (c CheckSpec) Allows(vendor string) bool {
	return c.Vendor == vendor || slices.Contains(c.Alternatives, vendor)
}

// Vetting is how the background report is ordered.
type Vetting struct {
	Package string `json:"package" yaml:"package"`
	// Packages are those of other vendors that the check may be moved to, where they
	// call it otherwise.
	Packages map[string]string `json:"packages,omitempty" yaml:"packages"`
	// DueDays is the vendor's stated time; after it ops are called.
	DueDays int `json:"due_days" yaml:"due_days"`
	// PollHours is how often we ask when no word comes; the last stands for all that follow.
	PollHours []float64 `json:"poll_hours" yaml:"poll_hours"`
	// Flow is how the vendor gets at the person's data; empty: FlowSelfHosted.
	Flow Flow `json:"flow,omitempty" yaml:"flow"`
	// Node is the part of the vendor's account that is billed, where it has such.
	Node string `json:"node,omitempty" yaml:"node"`
}

// PackageAt is what the package is called at a vendor.
func (v Vetting) PackageAt(vendor string) string {
	if p, ok := v.Packages[vendor]; ok {
		return p
	}
	return v.Package
}

// Flow is how a vendor of background reports gets at the person's data.
type Flow string

// The flows.
const (
	FlowSelfHosted Flow = "self_hosted" // we send what the applicant gave us
	FlowInvitation Flow = "invitation"  // the vendor invites the applicant and asks for it itself
)

// Rule says what a finding comes to: the program's matrix of screening, finding
// and age of record, a row each. The first that fits counts; what none fits goes
// to a person. The conditions that a rule leaves out fit everything, but a rule
// without any speaks of court records only.
type Rule struct {
	// Check is the check whose findings the rule speaks of; empty: the background
	// report. A rule on a check of validation has no condition but Finding, and
	// clears only what Weighable lists.
	Check       onboarding.CheckName `json:"check,omitempty" yaml:"check"`
	Screening   string               `json:"screening" yaml:"screening"`                   // empty: any
	Finding     string               `json:"finding,omitempty" yaml:"finding"`             // the finding's code, e.g. criminal_record; empty: any
	Severity    string               `json:"severity" yaml:"severity"`                     // empty: any
	Disposition Disposition          `json:"disposition,omitempty" yaml:"disposition"`     // how the case ended; empty: any
	MinAgeYears int                  `json:"min_age_years,omitempty" yaml:"min_age_years"` // 0: none. A record of unknown age is no older than any
	MaxAgeYears int                  `json:"max_age_years" yaml:"max_age_years"`           // 0: none. A record of unknown age is not cleared for being young
	Then        Then                 `json:"then" yaml:"then"`
	Because     string               `json:"because,omitempty" yaml:"because"` // the program's reason, for the reviewer to read; empty: none given
}

// Disposition is how a case ended, as far as rules tell cases apart. The words of
// courts and vendors are more; policy says which of these each one means.
type Disposition string

// The dispositions. Cases that were sealed or expunged reach no rule.
const (
	Pending      Disposition = "pending"       // it has not ended
	Convicted    Disposition = "convicted"     // also whatever nobody can read: a rule clears it only when it is known
	NotConvicted Disposition = "not_convicted" // dismissed, acquitted, an arrest without a charge
)

// Review says who decides what goes to a person.
type Review struct {
	SecondReviewer SecondReviewer `json:"second_reviewer" yaml:"second_reviewer"`
}

// SecondReviewer says which decisions of a reviewer need a second one's.
type SecondReviewer string

// When a second reviewer is asked; a file without the key says never.
const (
	SecondNever   SecondReviewer = "never"
	SecondAdverse SecondReviewer = "adverse" // for decisions against the applicant
	SecondAlways  SecondReviewer = "always"
)

// Then is what a Rule says. None declines: only a person does.
type Then string

// What a rule may say.
const (
	ThenClear            Then = "clear"
	ThenReview           Then = "review"
	ThenAdverseCandidate Then = "adverse_candidate"
)

// Certification is what is asked for before the credential.
// A file has either Requirements or, in its old form, Quiz and Agreement: Steps
// gives what is asked for of both.
type Certification struct {
	Requirements []Requirement `json:"requirements,omitempty" yaml:"requirements"`
	Quiz         Quiz          `json:"quiz" yaml:"quiz"`
	Agreement    Agreement     `json:"agreement" yaml:"agreement"`
	Credential   Credential    `json:"credential" yaml:"credential"`
	Renewal      Renewal       `json:"renewal,omitzero" yaml:"renewal"`
}

// Quiz is a short test, scored on the server.
type Quiz struct {
	Title    string `json:"title" yaml:"title"`
	PassMark int    `json:"pass_mark" yaml:"pass_mark"`
	Attempts int    `json:"attempts" yaml:"attempts"`         // of the old form; else the requirement says it
	Ask      int    `json:"ask,omitempty" yaml:"ask"`         // how many questions are drawn for an attempt; 0: all
	Shuffle  bool   `json:"shuffle,omitempty" yaml:"shuffle"` // questions and options come in another order at each attempt
	// EachTopic spreads what is drawn over the topics: none gives more than one question
	// more than another, so that each attempt asks about each. False: the pool is one.
	EachTopic bool       `json:"each_topic,omitempty" yaml:"each_topic"`
	Questions []Question `json:"questions" yaml:"questions"`
}

// Asked is how many questions an attempt has.
func (q Quiz) Asked() int {
	if q.Ask > 0 && q.Ask < len(q.Questions) {
		return q.Ask
	}
	return len(q.Questions)
}

// Question is one question with one right answer.
type Question struct {
	ID      string   `json:"id" yaml:"id"`
	Text    string   `json:"text" yaml:"text"`
	Options []Option `json:"options" yaml:"options"`
	Answer  string   `json:"answer" yaml:"answer"` // an option's ID; never shown
	// Topic is what it is about, in words for who did not answer it right: it says
	// what to read again. Empty: nothing is said.
	Topic string `json:"topic,omitempty" yaml:"topic"`
}

// Option is one possible answer.
type Option struct {
	ID   string `json:"id" yaml:"id"`
	Text string `json:"text" yaml:"text"`
}

// Offers reports whether the question has an option of that ID.
func (q Question) Offers(option string) bool {
	for _, o := range q.Options {
		if o.ID == option {
			return true
		}
	}
	return false
}

// PublicQuiz is a quiz as it may be shown: without the right answers.
type PublicQuiz struct {
	Title     string
	PassMark  int
	Questions []PublicQuestion
}

// PublicQuestion is a question without its answer.
type PublicQuestion struct {
	ID, Text string
	Options  []Option
}

// Public gives what may be shown.
func (q Quiz) Public() PublicQuiz {
	out := PublicQuiz{Title: q.Title, PassMark: q.PassMark}
	for _, x := range q.Questions {
		out.Questions = append(out.Questions, PublicQuestion{ID: x.ID, Text: x.Text, Options: x.Options})
	}
	return out
}

// Agreement is the contractor agreement.
type Agreement struct {
	Title   string `json:"title" yaml:"title"`
	Version string `json:"version" yaml:"version"`
	Text    string `json:"text" yaml:"text"` // paragraphs, separated by an empty line
}

// SHA256 is the hash of the text as shown, hex: what a signature is bound to.
func (a Agreement) SHA256() string { return TextSHA256(a.Text) }

// Credential is what the certificate says.
type Credential struct {
	Name         string `json:"name" yaml:"name"`
	Description  string `json:"description" yaml:"description"`
	ValidityDays int    `json:"validity_days" yaml:"validity_days"`
	// RemindDaysBefore is how many days before its end the holder is reminded.
	RemindDaysBefore []int `json:"remind_days_before,omitempty" yaml:"remind_days_before"`
}

// Renewal says how a certificate is renewed before it ends. Without it none is.
type Renewal struct {
	OpensDaysBefore int                    `json:"opens_days_before" yaml:"opens_days_before"` // how many days before its end; 0: no renewal
	Checks          []onboarding.CheckName `json:"checks" yaml:"checks"`                       // that are made again
	Requirements    []string               `json:"requirements" yaml:"requirements"`           // that are asked for again, by ID
}

// Vendor is the agreement with a vendor, without which it is inactive (obligation 39).
type Vendor struct {
	AgreementVersion string `json:"agreement_version" yaml:"agreement_version"`
	AgreementDate    string `json:"agreement_date" yaml:"agreement_date"` // YYYY-MM-DD: the first day of it
	// AgreementEnd is the last day of it, YYYY-MM-DD; empty: it has no end yet.
	AgreementEnd string `json:"agreement_end,omitempty" yaml:"agreement_end"`
	Agency       Agency `json:"agency" yaml:"agency"` // of who makes background reports
	// SubProcessors are those whom the agreement lets it have work for it, by the names
	// that it gives when it tells of an onward transfer (obligation 40).
	SubProcessors []string `json:"sub_processors,omitempty" yaml:"sub_processors"`
}

// Agency is what a notice must say of a consumer reporting agency: name,
// address and toll-free telephone number (15 USC 1681m(a)(3)(A)).
type Agency struct {
	Name    string `json:"name" yaml:"name"`
	Address string `json:"address" yaml:"address"`
	Phone   string `json:"phone" yaml:"phone"`
}

// Drafts says how long an unfinished application is kept.
type Drafts struct {
	ExpireAfterDays int `json:"expire_after_days" yaml:"expire_after_days"`
	RemindAfterDays int `json:"remind_after_days" yaml:"remind_after_days"`
}

// Set is the programs of a deployment.
type Set struct{ programs []Program }

// Get gives a program, or an error with CodeUnknownProgram.
func (s *Set) Get(id string) (Program, error) {
	for _, p := range s.programs {
		if p.ID == id {
			return p, nil
		}
	}
	return Program{}, &onboarding.Error{Code: onboarding.CodeUnknownProgram, Field: "program",
		Message: fmt.Sprintf("There is no program %q.", id), Hint: "Choose one of those that /api/v1/programs lists."}
}

// Spec gives the program's check of that name.
func (p Program) Spec(name onboarding.CheckName) (CheckSpec, bool) {
	for _, c := range p.Checks {
		if c.Name == name {
			return c, true
		}
	}
	return CheckSpec{}, false
}

// Using gives the ID of a program that has the vendor do a check, or lets a failed
// one be moved there; "" when none has.
func (s *Set) Using(vendor string) string {
	for _, p := range s.programs {
		for _, c := range p.Checks {
			if c.Allows(vendor) {
				return p.ID
			}
		}
	}
	return ""
}

// All gives every program, by ID.
func (s *Set) All() []Program { return append([]Program(nil), s.programs...) }

func newSet(programs []Program) *Set {
	sort.Slice(programs, func(i, j int) bool { return programs[i].ID < programs[j].ID })
	return &Set{programs: programs}
}
