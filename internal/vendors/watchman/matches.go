package watchman

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/namesearch"
)

// listed is an entry as Watchman describes it, as far as a reviewer compares it.
type listed struct {
	entity
	Name   string `json:"name"`
	Person *struct {
		Name      string     `json:"name"`
		Others    []string   `json:"altNames"`
		BirthDate *time.Time `json:"birthDate"`
	} `json:"person"`
	Addresses []struct {
		State   string `json:"state"`
		Country string `json:"country"`
	} `json:"addresses"`
	Sanctions *struct {
		Programs    []string `json:"programs"`
		Description string   `json:"description"`
	} `json:"sanctionsInfo"`
}

// ReadMatches reads the sealed result of a screening, as Screen wrote it, for a
// person to compare. Watchman gives one score an entry and no parts of it; whom it
// was asked for stands in its own answer. It fails on bytes that are no such
// result, and says nothing of them.
func ReadMatches(raw []byte) (onboarding.Comparison, error) {
	var r result
	var a struct {
		Query    query    `json:"query"`
		Entities []listed `json:"entities"`
	}
	if json.Unmarshal(raw, &r) != nil || r.Edition == "" || json.Unmarshal(r.Answer, &a) != nil {
		return onboarding.Comparison{}, errors.New("watchman: this is no result of a screening") // the cause would quote what is in it
	}
	asked := namesearch.Subject{Name: a.Query.Name}
	if a.Query.Person != nil && a.Query.Person.BirthDate != nil {
		asked.Born = a.Query.Person.BirthDate.Format(time.DateOnly)
	}
	out := onboarding.Comparison{List: "Watchman's lists", Edition: r.Edition, Threshold: r.Threshold}
	for _, e := range a.Entities {
		out.Candidates = append(out.Candidates, e.candidate(asked, r.Threshold))
	}
	slices.SortStableFunc(out.Candidates, namesearch.ByTotal)
	return out, nil
}

func (e listed) candidate(asked namesearch.Subject, threshold float64) onboarding.Candidate {
	c := onboarding.Candidate{ID: e.List + " " + e.SourceID, Name: e.Name}
	names := []string{e.Name}
	if p := e.Person; p != nil {
		for _, n := range append([]string{p.Name}, p.Others...) {
			if n != "" && !slices.Contains(names, n) {
				names = append(names, n)
			}
		}
		if p.BirthDate != nil {
			c.Born = []string{p.BirthDate.Format(time.DateOnly)}
		}
	}
	for _, a := range e.Addresses {
		if place := strings.Trim(a.State+", "+a.Country, ", "); place != "" && !slices.Contains(c.Places, place) {
			c.Places = append(c.Places, place)
		}
	}
	if s := e.Sanctions; s != nil {
		c.Reason, c.Remarks = strings.Join(s.Programs, ", "), s.Description
	}
	if e.Match != nil {
		c.Total = *e.Match
	}
	c.Over = c.Total >= threshold
	c.Matched, c.Parts = namesearch.Compare(asked, names, c.Born)
	return c
}
