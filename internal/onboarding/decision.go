package onboarding

// Outcome is how an applicant's way ended, as integrators and search see it.
type Outcome string

// The outcomes; empty while the applicant is on the way.
const (
	OutcomeNone      Outcome = ""
	OutcomeCertified Outcome = "certified"
	OutcomeDeclined  Outcome = "declined"
	OutcomeWithdrawn Outcome = "withdrawn"
	OutcomeExpired   Outcome = "expired"
)

// Known reports whether it is an outcome that there is.
func (o Outcome) Known() bool {
	switch o {
	case OutcomeCertified, OutcomeDeclined, OutcomeWithdrawn, OutcomeExpired:
		return true
	case OutcomeNone:
	}
	return false
}

// Outcomes lists every outcome.
func Outcomes() []Outcome {
	return []Outcome{OutcomeCertified, OutcomeDeclined, OutcomeWithdrawn, OutcomeExpired}
}

// Ruling is what a stage's findings come to.
type Ruling string

// The rulings. A machine may say proceed or ask for a person; only a person
// may say adverse (design, decision 9).
const (
	RulingProceed Ruling = "proceed"
	RulingReview  Ruling = "review"
	RulingAdverse Ruling = "adverse"
)

// Reason is one step of an explanation: the rule that spoke and what it said.
type Reason struct {
	Rule    string    `json:"rule"`               // the rule's number or name in the table
	Says    string    `json:"says"`               // in plain words, without personal data
	Check   CheckName `json:"check,omitempty"`    //
	Finding string    `json:"finding,omitempty"`  // the finding's code
	Cites   string    `json:"citation,omitempty"` // statute or program file
	// Candidate says that by the program's rules the finding may lead to an adverse
	// action: for the reviewer to see, and nothing that any machine acts upon.
	Candidate bool `json:"candidate,omitempty"`
}

// Decision is a ruling with its reasons.
type Decision struct {
	Ruling  Ruling   `json:"ruling"`
	Reasons []Reason `json:"reasons"`
}
