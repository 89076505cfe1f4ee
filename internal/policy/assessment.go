package policy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Assessment is what one place's text asks a person to weigh, in writing, before
// a record may count against somebody.
type Assessment struct {
	Factors  []string // IDs of the catalogue
	Copy     bool     // the applicant gets the assessment, not only what came of it
	Citation string
}

// Form is the individualized assessment that a place asks for, to be filled in by
// the reviewer who would decide against the applicant. The zero Form means that
// none is asked for.
type Form struct {
	Title           string   `json:"title"`
	Citation        string   `json:"citation"`
	Factors         []Factor `json:"factors"`
	AtNotice        bool     `json:"at_notice"`         // before the pre-adverse notice goes out
	AtDecision      bool     `json:"at_decision"`       // again before the decision, when the applicant has answered
	CopyToApplicant bool     `json:"copy_to_applicant"` // the applicant gets a copy of what was written
}

// Factor is one point to weigh. Text may stand in a letter, so it does not say
// what sort of record it is about; Hint is for the reviewer.
type Factor struct {
	ID   string `json:"id"`
	Text string `json:"text"`
	Hint string `json:"hint"`
}

// AssessmentForm gives the form of a place. Where places overlap it has every
// factor that one of them asks for. Where an assessment is asked for and the
// place's text names no factors, the three of Green v. Missouri Pacific Railroad
// are weighed, as the EEOC's guidance of 2012-04-25 does.
func AssessmentForm(j Jurisdiction) Form {
	if j.Assessments < 1 {
		return Form{}
	}
	asked := j.Asked
	if len(asked) == 0 {
		asked = []Assessment{{Factors: green, Citation: "EEOC Enforcement Guidance 915.002"}}
	}
	f := Form{Title: "Individualized assessment: " + j.Name, AtNotice: true, AtDecision: j.Assessments > 1}
	var ids, cites []string
	for _, a := range asked {
		ids, cites = union(ids, a.Factors), union(cites, []string{a.Citation})
		f.CopyToApplicant = f.CopyToApplicant || a.Copy
	}
	f.Citation = strings.Join(cites, "; ")
	for _, c := range catalogue {
		if slices.Contains(ids, c.ID) {
			f.Factors = append(f.Factors, c)
		}
	}
	return f
}

// Asked reports whether an assessment is asked for at all.
func (f Form) Asked() bool { return len(f.Factors) > 0 }

// The bounds of an answer: some words, so that a factor is weighed and not ticked
// off, and no more than a person reads.
const (
	leastWords    = 3
	mostCharacter = 2000
)

// Complete checks the answers, by factor's ID. It fails with CodeInvalid, whose
// Field is the factor's ID, for a factor without at least some words or with more
// than 2,000 characters, and for an answer to what was not asked. Errors never
// repeat an answer.
func (f Form) Complete(answers map[string]string) error {
	for _, factor := range f.Factors {
		answer := answers[factor.ID]
		if len(strings.Fields(answer)) < leastWords {
			return onboarding.Invalid(factor.ID, fmt.Sprintf("Nothing is weighed under “%s”.", factor.Text),
				fmt.Sprintf("Write at least %d words on it; if nothing is known, say so.", leastWords))
		}
		if n := utf8.RuneCountInString(answer); n > mostCharacter {
			return onboarding.Invalid(factor.ID, fmt.Sprintf("What you wrote under “%s” has %d characters.", factor.Text, n),
				fmt.Sprintf("Keep it to %d at most.", mostCharacter))
		}
	}
	for id := range answers {
		if !slices.ContainsFunc(f.Factors, func(c Factor) bool { return c.ID == id }) {
			return onboarding.Invalid("assessment", "There is an answer to something that the form does not ask.", "Open the form again; the place may have changed.")
		}
	}
	return nil
}

// green are the factors of Green v. Missouri Pacific Railroad, 549 F.2d 1158 (8th
// Cir. 1977).
var green = []string{"nature_gravity", "time_passed", "duties"}

// catalogue has every factor, in the order in which a form asks them. Places ask
// for the same things in different words; ours stand for all of them, and a place
// with a point of its own has a factor of its own.
var catalogue = []Factor{
	{"nature_gravity", "The nature and the gravity of what was done", "What was done, not only what it is called; the harm, and what it means for the safety of others."},
	{"number", "How many entries the record has, and of which kinds", "One occasion or several; entries of one day count as one occasion."},
	{"frequency_gravity", "How often it was done, and how grave it was", "D.C. Code 32-1342 weighs both together."},
	{"circumstances", "The facts and the circumstances around it", "What led to it, as far as the record or the applicant tells."},
	{"age_then", "How old the applicant was then", "As far as known. For charges that are pending in New York City: whether at most 25."},
	{"time_passed", "How much time has passed", "Since it was done and since any sentence ended; time in prison does not count against the applicant."},
	{"duties", "The duties of the work that is applied for", "What an agent does day by day, which systems and whose data are within reach."},
	{"place_manner", "Where and how the work is done", "At home, alone, on the telephone, watched by software or not."},
	{"bearing", "What bearing it has on the fitness for one or more of these duties", "Name the duty. None is an answer too."},
	{"risk_link", "Which risk of the work it is linked with, and how", "LAMC 189.03 A: the link must be to risks that are inherent in the duties."},
	{"opportunity", "Whether the work gives an opportunity for the same or the like", "Compare what was done with what the work makes possible."},
	{"recurrence", "Whether the circumstances that led to it are likely to come again", "In this work, not in life at large."},
	{"public_policy", "The public policy to encourage that people with a record are given work", "Correction Law 753(1)(a); in New York City also the aim to overcome the stigma, Admin. Code 8-107(11)."},
	{"legitimate_interest", "The legitimate interest in protecting property, and the safety and welfare of people", "Ours, the client's and the callers'. A general unease is none."},
	{"employment_history", "The work done before and after it", "Philadelphia asks for both, and for any time in prison between."},
	{"references", "References on character or on work", "Those that are there. Do not ask for new ones as a condition."},
	{"rehabilitation", "What speaks for rehabilitation and good conduct since", "Everything that the applicant has sent or said. In New York a certificate of relief or of good conduct is presumed to show it, Correction Law 753(2)."},
	{"accuracy", "What speaks against the record being right", "Anything that the applicant or the report itself says against it."},
}

var (
	article23A = []string{"public_policy", "duties", "bearing", "time_passed", "age_then", "nature_gravity", "rehabilitation", "legitimate_interest"}
	illinois   = []string{"time_passed", "number", "nature_gravity", "circumstances", "age_then", "rehabilitation"}
	washington = []string{"nature_gravity", "number", "time_passed", "rehabilitation", "duties", "place_manner"}
)

// assessments has what each row of the table asks for, by its ID. Rows that ask
// for none are not in it.
var assessments = map[string]Assessment{
	"US-CA":     {Factors: green, Citation: "Gov. Code 12952(c)(1); 2 CCR 11017.1"},
	"US-CA-LAC": {Factors: append(slices.Clone(green), "rehabilitation"), Copy: true, Citation: "LACC 8.300"},
	"US-CA-LA":  {Factors: append(slices.Clone(green), "risk_link"), Copy: true, Citation: "LAMC 189.03"},
	"US-CA-SF":  {Factors: []string{"bearing", "opportunity", "recurrence", "time_passed", "accuracy", "rehabilitation"}, Citation: "S.F. Police Code 4904"},
	"US-NY":     {Factors: article23A, Citation: "N.Y. Correction Law 753"},
	"US-NY-NYC": {Factors: article23A, Copy: true, Citation: "NYC Admin. Code 8-107(11)"},
	"US-IL":     {Factors: illinois, Copy: true, Citation: "775 ILCS 5/2-103.1(B)"},
	"US-IL-CHI": {Factors: illinois, Copy: true, Citation: "MCC 6-10-054"},
	"US-WA":     {Factors: washington, Copy: true, Citation: "RCW 49.94"},
	"US-WA-SEA": {Factors: washington, Citation: "SMC 14.17"},
	"US-PA-PHL": {Factors: []string{"nature_gravity", "time_passed", "employment_history", "duties", "references", "rehabilitation"}, Citation: "Phila. Code 9-3500"},
	"US-MD":     {Factors: []string{"duties", "bearing", "time_passed", "accuracy"}, Citation: "Montgomery Co. Code 27-71; Prince George's Co. Code 2-231.02"},
	"US-TX-AUS": {Factors: green, Citation: "Austin Code 4-15"},
	"US-DC":     {Factors: []string{"duties", "bearing", "time_passed", "age_then", "frequency_gravity", "rehabilitation"}, Citation: "DC Code 32-1342"},
	"US-OR-PDX": {Factors: green, Citation: "PCC 23.10.030"},
}
