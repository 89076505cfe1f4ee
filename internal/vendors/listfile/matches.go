package listfile

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/match"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// ReadMatches reads a sealed Result, as Screen wrote it, for a person to compare.
// The words of each part are those of the score that was given then: nothing is
// compared anew. It fails on bytes that are no Result, and says nothing of them.
func ReadMatches(raw []byte) (onboarding.Comparison, error) {
	var r Result
	if json.Unmarshal(raw, &r) != nil || r.List == "" { // the cause would quote what is in it
		return onboarding.Comparison{}, errors.New("listfile: this is no result of a screening")
	}
	out := onboarding.Comparison{List: r.List, Edition: r.Edition, Threshold: r.Threshold}
	for _, c := range r.Candidates {
		out.Candidates = append(out.Candidates, onboarding.Candidate{ID: c.ID, Name: c.Name, Matched: c.Matched, Reason: c.Reason,
			Born: c.Born, Places: c.Places, Remarks: c.Remarks, Over: c.Over, Total: c.Parts.Total, Parts: parts(c)})
	}
	return out, nil
}

// PlaceWords is a place as a list's entry shows it.
func PlaceWords(p match.Place) string {
	return strings.Trim(p.State+", "+p.Country, ", ")
}

func parts(c Candidate) []onboarding.Part {
	p := c.Parts
	name := onboarding.Part{What: onboarding.PartName, Agreement: onboarding.AgreementAlike, Score: p.Name, Scored: true}
	if p.Name >= 1 {
		name.Agreement = onboarding.AgreementSame
	}
	born := onboarding.Part{What: onboarding.PartBorn, Agreement: bornWords(p.Birth), Score: p.DOB, Scored: p.Birth != match.AgreementNone}
	place := onboarding.Part{What: onboarding.PartPlace, Agreement: onboarding.AgreementNotGiven, Score: p.Place, Scored: true}
	switch p.Place {
	case 1:
		place.Agreement = onboarding.AgreementSame
	case 0:
		place.Agreement = onboarding.AgreementDifferent
	default: // the score of a place that says nothing is 0.5
		place.Scored = false
	}
	return []onboarding.Part{name, born, place}
}

func bornWords(a match.Agreement) onboarding.Agreement {
	switch a {
	case match.AgreementFull:
		return onboarding.AgreementSame
	case match.AgreementYear:
		return onboarding.AgreementAlike
	case match.AgreementDisagree:
		return onboarding.AgreementDifferent
	case match.AgreementNone:
	}
	return onboarding.AgreementNotGiven
}
