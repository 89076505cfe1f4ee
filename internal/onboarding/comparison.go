package onboarding

// Comparison is what a search by name came to, as a person reads it, whoever
// searched. It holds what lists say of people: it lives in sealed bytes and on the
// page of who may see findings.
type Comparison struct {
	List       string  // the list or the service's data set
	Edition    string  // of what was searched
	Threshold  float64 // a total at or over it is a match
	Candidates []Candidate
}

// Candidate is one entry that may be the person, beside whom it was compared with.
type Candidate struct {
	ID      string   // the list's own
	Name    string   // as listed
	Matched string   // the name or alias that fitted best
	Reason  string   // why the entry is listed: program, type of exclusion
	Born    []string // days, years or spans, as the list has them
	Places  []string
	Remarks string
	Over    bool    // it counted as a match
	Total   float64 // 0 to 1
	Parts   []Part
}

// Part is one thing that was compared.
type Part struct {
	What      string    // PartName, PartBorn, PartPlace or, for a service's own, its name there
	Agreement Agreement // empty for a service's own
	Score     float64
	Scored    bool // Score is there: a service may say no more than the total
}

// The parts that every search has; they are also the keys of Finding.Parts.
const (
	PartName  = "name"
	PartBorn  = "born"
	PartPlace = "place"
)

// Agreement is how two values go together, in a word for people.
type Agreement string

// The agreements.
const (
	AgreementSame      Agreement = "same"
	AgreementAlike     Agreement = "alike"
	AgreementDifferent Agreement = "different"
	AgreementNotGiven  Agreement = "not given" // one of the two says nothing
)

// Part gives the candidate's part of that name; a zero Part when it has none.
func (c Candidate) Part(what string) Part {
	for _, p := range c.Parts {
		if p.What == what {
			return p
		}
	}
	return Part{}
}
