package listfile

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
)

// DefaultThreshold counts when a program names none.
const DefaultThreshold = 0.9

const (
	// shown is how far below the threshold a candidate may lie to be kept in the
	// sealed result, so that it can be seen later why somebody was clear.
	shown = 0.08
	most  = 20 // candidates kept
)

// Entry is a list's entry as the sealed result shows it.
type Entry struct {
	ID      string   `json:"id"`   // the list's own
	Name    string   `json:"name"` // as listed
	Reason  string   `json:"reason,omitempty"`
	Born    []string `json:"born,omitempty"`
	Places  []string `json:"places,omitempty"` // "OR, US" or the country alone
	Remarks string   `json:"remarks,omitempty"`
}

// Candidate is one entry that may be the person.
type Candidate struct {
	Entry
	Matched string      `json:"matched"` // the name or alias that fitted best
	Parts   match.Parts `json:"parts"`
	Over    bool        `json:"over"` // reached the threshold
}

// Result is what is sealed of one screening.
type Result struct {
	List       string      `json:"list"`
	Edition    string      `json:"edition"`
	Searched   int         `json:"searched"` // entries
	Threshold  float64     `json:"threshold"`
	Candidates []Candidate `json:"candidates"`
}

// Screener searches one list. It is safe for concurrent use.
type Screener struct {
	List         string // name in results
	Edition      string
	Clear, Match string // codes of the findings
	Entry        func(i int) Entry
	// Short is set for a list without dates of birth, which is searched as
	// nameOnly says. It gives an entry's name without its middle names, or "" when
	// it has none.
	Short func(i int) string
	Index *match.Index
}

// Screen spends the grant for our own eyes and searches the list. Nothing leaves
// the house. threshold 0 is DefaultThreshold. A candidate at or over it makes one
// finding to consider, with the best score; none makes clear. Errors: those of
// Grant.Open, and CodeInvalid when the grant opens no name or the threshold is
// not within 0.5 to 1: we do not know then, and say so.
func (s Screener) Screen(ctx context.Context, g consent.Grant[consent.Screening], threshold float64) (vendors.Answer, error) {
	if threshold == 0 {
		threshold = DefaultThreshold
	}
	if threshold < 0.5 || threshold > 1 {
		return vendors.Answer{}, onboarding.Invalid("threshold", fmt.Sprintf("The threshold %.2f is not between 0.5 and 1.", threshold), "Correct the program file.")
	}
	p, err := g.Open(ctx, consent.RecipientOwn)
	if err != nil {
		return vendors.Answer{}, err
	}
	person := match.Person{Given: p[onboarding.FieldGivenName], Middle: p[onboarding.FieldMiddleName], Family: p[onboarding.FieldFamilyName],
		Born: p[onboarding.FieldDateOfBirth], State: p[onboarding.FieldState], Country: p[onboarding.FieldCountry]}
	if strings.TrimSpace(match.Fold(person.Given+person.Family)) == "" {
		return vendors.Answer{}, onboarding.Invalid(string(onboarding.FieldFamilyName), "There is no name to look for.", "Enter your name.")
	}
	var candidates []match.Candidate
	if s.Short != nil {
		candidates = s.nameOnly(person, threshold-shown)
	} else {
		candidates = s.Index.Search(person, threshold-shown)
	}
	result := Result{List: s.List, Edition: s.Edition, Searched: s.Index.Len(), Threshold: threshold, Candidates: []Candidate{}}
	best, parts := 0.0, match.Parts{}
	for i, c := range candidates {
		over := c.Parts.Total >= threshold
		if c.Parts.Total > best {
			best, parts = c.Parts.Total, c.Parts
		}
		if i < most {
			result.Candidates = append(result.Candidates, Candidate{Entry: s.Entry(c.Entry), Matched: c.Name, Parts: c.Parts, Over: over})
		}
	}
	raw, err := json.Marshal(result)
	if err != nil {
		return vendors.Answer{}, fmt.Errorf("listfile: write the result: %w", err)
	}
	f := onboarding.Finding{Code: s.Clear, Verdict: onboarding.VerdictClear, Source: onboarding.SourcePublicRecord, Edition: s.Edition}
	if best >= threshold {
		f.Code, f.Verdict, f.Score = s.Match, onboarding.VerdictConsider, thousandth(best)
		f.Parts = map[string]float64{onboarding.PartName: thousandth(parts.Name), onboarding.PartBorn: parts.DOB, onboarding.PartPlace: parts.Place}
		if s.Short != nil { // the list has no dates of birth: none was compared
			delete(f.Parts, onboarding.PartBorn)
		}
	}
	return vendors.Answer{Findings: []onboarding.Finding{f}, Raw: raw}, nil
}

func thousandth(f float64) float64 { return float64(int(f*1000+0.5)) / 1000 }
