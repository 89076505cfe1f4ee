package sandbox

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/match"
)

// sanctioned is an entry of the list that Watchman and yente search here: the
// invented people of internal/devstack/lists, so that the same name comes to the
// same outcome whoever screens. A test holds the two together.
type sanctioned struct {
	id, given, family string
	aliases           []string
	births            []match.Birth
}

var sanctionedPeople = []sanctioned{
	{id: "900001", given: "Viktor", family: "SANDBOXOV", aliases: []string{"SANDBOKSOV, Wiktor", "PESOCHNY, Vitya"},
		births: []match.Birth{{First: "1971-02-14", Last: "1971-02-14"}, {First: "1972-01-01", Last: "1972-12-31"}}},
	{id: "900003", given: "Muhammad Sandbox", family: "AL-MITHALI", births: []match.Birth{{First: "1966-01-01", Last: "1966-12-31", About: true}}},
	{id: "900005", given: "Maria", family: "SANCIONADA PRUEBA", births: []match.Birth{{First: "1968-01-01", Last: "1970-12-31"}}},
}

// The edition that both search.
const (
	listDay     = "2026-11-02"
	listHash    = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e"
	listVersion = "20261102063102-sbx"
	listDataset = "sanctions"
)

type scored struct {
	sanctioned
	score float64
}

// searchSanctioned gives the entries that score at least floor, the best first.
// otherDay is what another day of birth costs beside what internal/match takes off
// for it: yente's usual threshold is lower than Watchman's, and it takes off more.
func searchSanctioned(name, born string, floor, otherDay float64, limit int) []scored {
	person := match.Person{Given: name, Born: born}
	var out []scored
	for _, s := range sanctionedPeople {
		listed := match.Listed{Names: append([]string{s.family + ", " + s.given}, s.aliases...), Births: s.births}
		parts := match.Score(person, listed)
		if parts.Birth == match.AgreementDisagree {
			parts.Total -= otherDay
		}
		score := math.Round(parts.Total*10000) / 10000
		if score >= floor && score > 0.001 {
			out = append(out, scored{s, score})
		}
	}
	slices.SortStableFunc(out, func(a, b scored) int { return cmp.Compare(b.score, a.score) })
	return out[:min(len(out), limit)]
}

func lastWord(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}

// sentAs notes a parameter in the books under our word for it.
func (x *exchange) sentAs(names map[string]string, name string) {
	if ours, ok := names[name]; ok {
		name = ours
	}
	x.entry.sent(name)
}

// ourNames are our words for what both services call otherwise.
var ourNames = map[string]string{"birthDate": "date_of_birth"}

// watchmanListInfo is GET /v2/listinfo.
func (s *Sandbox) watchmanListInfo(x *exchange) answer {
	for name := range x.query {
		x.entry.sent(name)
	}
	if len(x.query) > 0 || len(x.body) > 0 {
		return failure(Watchman, http.StatusBadRequest, "", "extra/unused query parameters in request", "")
	}
	return answer{status: http.StatusOK, body: map[string]any{"lists": map[string]int{"us_ofac": len(sanctionedPeople)},
		"listHashes": map[string]string{"us_ofac": listHash}, "startedAt": listDay + "T06:30:58Z", "endedAt": listDay + "T06:31:02Z", "version": "v0.60.0-sandbox"}}
}

// watchmanParameters are all that the adapter may send.
var watchmanParameters = []string{"name", "type", "birthDate", "limit", "minMatch", "requestID"}

// watchmanSearch is GET /v2/search. Like the real one it answers 200 to a query
// that it could not read, and has then searched for nothing.
func (s *Sandbox) watchmanSearch(x *exchange) answer {
	odd := len(x.body) > 0
	for name, values := range x.query {
		x.sentAs(ourNames, name)
		odd = odd || len(values) != 1 || !slices.Contains(watchmanParameters, name)
	}
	if odd {
		return failure(Watchman, http.StatusBadRequest, "", "extra/unused query parameters in request", "")
	}
	name, born := strings.TrimSpace(x.query.Get("name")), x.query.Get("birthDate")
	query := map[string]any{"name": name, "entityType": strings.ToLower(x.query.Get("type")), "sourceList": "api-request", "sourceID": "",
		"person": nil, "business": nil, "organization": nil, "aircraft": nil, "vessel": nil, "sourceData": nil}
	none := answer{status: http.StatusOK, body: map[string]any{"query": query, "entities": nil}}
	if strings.EqualFold(lastWord(name), steerUnread) {
		query["entityType"] = ""
		return none
	}
	if query["entityType"] != "person" {
		return none
	}
	person := map[string]any{"name": name, "altNames": nil, "gender": "", "birthDate": nil, "governmentIDs": nil}
	if day, err := time.Parse(time.DateOnly, born); err == nil {
		person["birthDate"] = day
	}
	query["person"] = person
	if name == "" {
		return none
	}
	limit, err := strconv.Atoi(x.query.Get("limit"))
	if err != nil || limit <= 0 {
		limit = 10
	}
	floor, err := strconv.ParseFloat(x.query.Get("minMatch"), 64)
	if err != nil {
		floor = 0
	}
	var entities []any // null when nobody looks alike: that is Watchman's way
	for _, e := range searchSanctioned(name, born, floor, 0, min(limit, 100)) {
		entities = append(entities, e.forWatchman())
	}
	return answer{status: http.StatusOK, body: map[string]any{"query": query, "entities": entities}}
}

func (e scored) forWatchman() map[string]any {
	return map[string]any{"name": e.given + " " + e.family, "entityType": "person", "sourceList": "us_ofac", "sourceID": e.id,
		"person": map[string]any{"name": e.given + " " + e.family, "altNames": e.aliases, "gender": "unknown", "birthDate": e.births[0].First + "T00:00:00Z",
			"placeOfBirth": "", "deathDate": nil, "titles": nil, "governmentIDs": nil},
		"business": nil, "organization": nil, "aircraft": nil, "vessel": nil,
		"contact":   map[string]any{"emailAddresses": nil, "phoneNumbers": nil, "faxNumbers": nil, "websites": nil},
		"addresses": nil, "cryptoAddresses": nil, "affiliations": nil, "sanctionsInfo": nil, "historicalInfo": nil,
		"sourceData": map[string]any{"entityID": e.id, "sdnName": e.family + ", " + e.given, "sdnType": "individual", "program": []string{"SANDBOX1"}},
		"match":      e.score}
}

// yenteAdmits reports whether the request has the key.
func (s *Sandbox) yenteAdmits(x *exchange) bool {
	return x.r.Header.Get("Authorization") == "ApiKey "+s.cfg.Keys.Yente
}

// yenteCatalog is GET /catalog. The collection of sanctions lists is loaded as a
// part of the default one, as OpenSanctions has it.
func (s *Sandbox) yenteCatalog(x *exchange) answer {
	if !s.yenteAdmits(x) {
		return failure(Yente, http.StatusUnauthorized, "", "Invalid API key", "")
	}
	set := func(name, title string, children []string, index any) map[string]any {
		return map[string]any{"name": name, "title": title, "version": listVersion, "children": children, "load": index != nil,
			"entities_url": nil, "delta_url": nil, "namespace": false, "index_version": index, "index_current": index != nil}
	}
	return answer{status: http.StatusOK, body: map[string]any{"datasets": []any{
		set("default", "OpenSanctions Default", []string{listDataset}, listVersion),
		set(listDataset, "Consolidated Sanctions", []string{"us_ofac_sdn"}, nil),
		set("us_ofac_sdn", "US OFAC Specially Designated Nationals (SDN) List", []string{}, nil),
	}, "current": []string{"default"}, "outdated": []string{}, "index_stale": false}}
}

// yenteParameters are all that the adapter may send in the query.
var yenteParameters = []string{"algorithm", "threshold", "cutoff", "limit"}

// yenteMatch is POST /match/{dataset}.
func (s *Sandbox) yenteMatch(x *exchange) answer {
	refuse := func(status int, detail string) answer { return failure(Yente, status, "", detail, "") }
	odd := false
	for name, values := range x.query {
		x.entry.sent(name)
		odd = odd || len(values) != 1 || !slices.Contains(yenteParameters, name)
	}
	var req struct {
		Queries map[string]struct {
			Schema     string              `json:"schema"`
			Properties map[string][]string `json:"properties"`
		} `json:"queries"`
	}
	dec := json.NewDecoder(bytes.NewReader(x.body))
	dec.DisallowUnknownFields()
	err := dec.Decode(&req)
	for _, q := range req.Queries {
		for name, values := range q.Properties {
			x.sentAs(ourNames, name)
			odd = odd || len(values) != 1 || (name != "name" && name != "birthDate")
		}
		odd = odd || q.Schema != "Person"
	}
	threshold, thresholdErr := strconv.ParseFloat(x.query.Get("threshold"), 64)
	cutoff, cutoffErr := strconv.ParseFloat(x.query.Get("cutoff"), 64)
	limit, limitErr := strconv.Atoi(x.query.Get("limit"))
	switch {
	case !s.yenteAdmits(x):
		return refuse(http.StatusUnauthorized, "Invalid API key")
	case err != nil || dec.More() || odd || len(req.Queries) != 1 || x.query.Get("algorithm") != "logic-v2":
		return refuse(http.StatusBadRequest, "Send one Person with name and birthDate, and nothing else")
	case thresholdErr != nil || cutoffErr != nil || limitErr != nil || limit < 1 || limit > 500:
		return refuse(http.StatusUnprocessableEntity, "Input should be a valid number")
	case x.values["dataset"] != listDataset:
		return refuse(http.StatusNotFound, "No such dataset.")
	}
	responses := map[string]any{}
	for key, q := range req.Queries {
		if len(q.Properties["name"]) == 0 {
			return refuse(http.StatusBadRequest, "Cannot parse example entity")
		}
		name, born := q.Properties["name"][0], ""
		if given := q.Properties["birthDate"]; len(given) > 0 {
			born = given[0]
		}
		if _, err := time.Parse(time.DateOnly, born); err != nil {
			born = ""
			delete(q.Properties, "birthDate") // what it cannot read it drops
		}
		if strings.EqualFold(lastWord(name), steerQuota) {
			return refuse(http.StatusTooManyRequests, "Monthly quota exceeded")
		}
		results, matches := []any{}, 0
		for _, e := range searchSanctioned(name, born, 0, 0.15, limit) {
			if e.score <= min(cutoff, threshold) {
				continue
			}
			if e.score >= threshold {
				matches++
			}
			results = append(results, e.forYente(threshold))
		}
		responses[key] = map[string]any{"status": http.StatusOK, "results": results, "total": map[string]any{"value": matches, "relation": "eq"},
			"query": map[string]any{"id": nil, "schema": q.Schema, "properties": q.Properties}}
	}
	return answer{status: http.StatusOK, body: map[string]any{"responses": responses, "limit": limit}}
}

func (e scored) forYente(threshold float64) map[string]any {
	births := make([]string, len(e.births))
	for i, b := range e.births {
		births[i] = b.First
	}
	return map[string]any{"id": "NK-sandbox" + e.id, "caption": e.given + " " + e.family, "schema": "Person",
		"properties": map[string]any{"name": append([]string{e.given + " " + e.family}, e.aliases...), "birthDate": births, "topics": []string{"sanction"}},
		"datasets":   []string{"us_ofac_sdn"}, "referents": []string{"ofac-" + e.id}, "target": true,
		"first_seen": listDay + "T00:00:00", "last_seen": listDay + "T00:00:00", "last_change": listDay + "T00:00:00",
		"score": e.score, "features": map[string]float64{"name_match": e.score}, "match": e.score >= threshold}
}
