package yente

import (
	"encoding/json"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/namesearch"
)

// featureForm is what a feature may be called to be kept: a name of the
// algorithm's, never one of a person.
var featureForm = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)

// parts are the entry's features that are numbers; nil for none.
func (e entity) parts() map[string]float64 {
	var out map[string]float64
	for name, value := range e.Features {
		if n, ok := value.(float64); ok && featureForm.MatchString(name) && n >= -1 && n <= 1.0001 {
			if out == nil {
				out = map[string]float64{}
			}
			out[name] = n
		}
	}
	return out
}

// listed is an entry as OpenSanctions describes it, as far as a reviewer compares it.
type listed struct {
	entity
	Caption    string              `json:"caption"`
	Properties map[string][]string `json:"properties"`
	Datasets   []string            `json:"datasets"`
}

// ReadMatches reads the sealed result of a screening, as Screen wrote it, for a
// person to compare: yente's features stand beside our own words for name and day
// of birth. Whom it was asked for stands in its own answer. It fails on bytes that
// are no such result, and says nothing of them.
func ReadMatches(raw []byte) (onboarding.Comparison, error) {
	var r result
	var a struct {
		Responses map[string]struct {
			Results []listed `json:"results"`
			Query   example  `json:"query"`
		} `json:"responses"`
	}
	if json.Unmarshal(raw, &r) != nil || r.Dataset == "" || json.Unmarshal(r.Answer, &a) != nil {
		return onboarding.Comparison{}, errors.New("yente: this is no result of a screening") // the cause would quote what is in it
	}
	response := a.Responses[asked]
	subject := namesearch.Subject{Name: first(response.Query.Properties["name"]), Born: first(response.Query.Properties["birthDate"])}
	out := onboarding.Comparison{List: r.Dataset, Edition: r.Edition, Threshold: r.Threshold}
	for _, e := range response.Results {
		out.Candidates = append(out.Candidates, e.candidate(subject, r.Threshold))
	}
	slices.SortStableFunc(out.Candidates, namesearch.ByTotal)
	return out, nil
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return all[0]
}

func (e listed) candidate(subject namesearch.Subject, threshold float64) onboarding.Candidate {
	c := onboarding.Candidate{ID: e.ID, Name: e.Caption, Born: e.Properties["birthDate"],
		Reason: strings.Join(slices.Concat(e.Properties["topics"], e.Datasets), ", "), Remarks: strings.Join(e.Properties["notes"], " ")}
	for _, place := range slices.Concat(e.Properties["country"], e.Properties["nationality"], e.Properties["birthPlace"]) {
		if !slices.Contains(c.Places, place) {
			c.Places = append(c.Places, place)
		}
	}
	if e.Score != nil {
		c.Total = *e.Score
	}
	c.Over = c.Total >= threshold || (e.Match != nil && *e.Match)
	c.Matched, c.Parts = namesearch.Compare(subject, slices.Concat([]string{e.Caption}, e.Properties["name"], e.Properties["alias"]), c.Born)
	parts := e.parts()
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		c.Parts = append(c.Parts, onboarding.Part{What: name, Score: parts[name], Scored: true})
	}
	return c
}
