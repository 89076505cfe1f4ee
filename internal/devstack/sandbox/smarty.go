package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// streetSteer steers by the beginning of the street.
type streetSteer struct {
	street  string // as it is typed
	none    bool   // an empty answer
	match   string // dpv_match_code; "Y" when empty
	unit    bool   // typing a unit mends it
	kind    string // record_type; "S" when empty
	cmra    string // "N" when empty
	vacant  string // "N" when empty, "-" for a blank
	closed  bool
	busy    bool // the first look-up of an order is told to wait
	outcome string
}

var streetSteers = []streetSteer{
	{street: "1 Nowhere", none: true, outcome: "no such address: the answer is an empty list"},
	{street: "2 Wrong Number", match: "N", outcome: "no such address: the street has no such number"},
	{street: "3 Tower", match: "D", unit: true, kind: "H", outcome: "a building with flats: the unit is missing, and all is well when one is typed"},
	{street: "4 Old Tower", match: "S", kind: "H", outcome: "a building with flats, which does not have this unit"},
	{street: "5 Mailbox", cmra: "Y", outcome: "a mailbox for rent"},
	{street: "6 Vacant", vacant: "Y", outcome: "vacant"},
	{street: "7 Closed", closed: true, outcome: "not in use for mail"},
	{street: "8 Unseen", vacant: "-", outcome: "in the data, but whether it is vacant was not looked up"},
	{street: "9 Busy", busy: true, outcome: "mail reaches it, after the first look-up was told to wait a second (429)"},
	{street: "PO Box", kind: "P", outcome: "a PO box"},
}

// steerStreet gives what the street steers to; the zero value is an address that
// mail reaches.
func steerStreet(street string) streetSteer {
	street = strings.ToLower(strings.TrimSpace(street))
	for _, s := range streetSteers {
		if strings.HasPrefix(street, strings.ToLower(s.street)) {
			return s
		}
	}
	return streetSteer{}
}

// smartyNames are our words for what Smarty calls otherwise. The adapter may not
// send those of the last line.
var smartyNames = map[string]string{"secondary": "unit", "zipcode": "postal_code",
	"addressee": "name", "street2": "street", "lastline": "city"}

// smartyMembers are all that the adapter may send.
var smartyMembers = []string{"input_id", "street", "secondary", "city", "state", "zipcode", "candidates", "match"}

// smartyRequest is one element of the body.
type smartyRequest struct {
	InputID    string `json:"input_id"`
	Street     string `json:"street"`
	Secondary  string `json:"secondary"`
	City       string `json:"city"`
	State      string `json:"state"`
	ZIPCode    string `json:"zipcode"`
	Candidates int    `json:"candidates"`
	Match      string `json:"match"`
}

// smartyLookup is POST /street-address. It takes one look-up, though the real one
// takes a hundred: the adapter has no use for more.
func (s *Sandbox) smartyLookup(x *exchange) answer {
	refuse := func(status int, message string) answer { return failure(Smarty, status, "", message, "") }
	odd := len(x.query) > 0
	for name := range x.query {
		x.entry.sent(name)
	}
	var members []map[string]json.RawMessage
	if json.Unmarshal(x.body, &members) == nil {
		for _, m := range members {
			for _, name := range slices.Sorted(maps.Keys(m)) {
				x.sentAs(smartyNames, name)
				odd = odd || !slices.Contains(smartyMembers, name)
			}
		}
	}
	id, token, ok := x.r.BasicAuth()
	if !ok || id != s.cfg.Keys.SmartyID || token != s.cfg.Keys.SmartyToken {
		return refuse(http.StatusUnauthorized, "Unauthorized: the credentials were provided incorrectly or did not match any existing, active credentials.")
	}
	var all []smartyRequest
	if json.Unmarshal(x.body, &all) != nil || len(all) != 1 || odd {
		return refuse(http.StatusBadRequest, "Bad Request: send one address with the members of the contract, and nothing else.")
	}
	l := all[0]
	switch {
	case l.Street == "":
		return refuse(http.StatusUnprocessableEntity, "Unprocessable Entity: the request lacked a street field.")
	case l.InputID == "" || len(l.InputID) > 36 || l.Candidates != 1 || l.Match != "invalid":
		return refuse(http.StatusBadRequest, "Bad Request: send an input_id of up to 36 characters, candidates 1 and match invalid.")
	}
	st := steerStreet(l.Street)
	switch {
	case st.none:
		return answer{status: http.StatusOK, body: []any{}}
	case st.busy && s.smarty.first(l.InputID):
		a := refuse(http.StatusTooManyRequests, "Too Many Requests")
		a.retryAfter = 1
		return a
	}
	return answer{status: http.StatusOK, body: []any{smartySays(l, st)}}
}

func smartySays(l smartyRequest, st streetSteer) map[string]any {
	or := func(v, usual string) string {
		switch v {
		case "":
			return usual
		case "-":
			return ""
		}
		return v
	}
	match := or(st.match, "Y")
	if st.unit && l.Secondary != "" {
		match = "Y"
	}
	number, street, _ := strings.Cut(l.Street, " ")
	says := map[string]any{"input_id": l.InputID, "input_index": 0, "candidate_index": 0,
		"delivery_line_1": strings.TrimSpace(l.Street + " " + l.Secondary), "last_line": strings.TrimSpace(l.City + " " + l.State + " " + l.ZIPCode),
		"components": map[string]any{"primary_number": number, "street_name": street, "city_name": l.City, "default_city_name": l.City,
			"state_abbreviation": l.State, "zipcode": l.ZIPCode}}
	if match == "N" { // such an answer has no more than this
		says["metadata"] = map[string]any{"precision": "Unknown"}
		says["analysis"] = map[string]any{"dpv_match_code": "N", "dpv_footnotes": "AAM3", "active": "Y", "footnotes": ""}
		return says
	}
	says["metadata"] = map[string]any{"record_type": or(st.kind, "S"), "zip_type": "Standard", "county_fips": "99999", "county_name": "Sandbox",
		"carrier_route": "C001", "rdi": "Residential", "precision": "Zip5", "time_zone": "Eastern", "utc_offset": -5, "dst": true}
	active := "Y"
	if st.closed {
		active = "N"
	}
	says["analysis"] = map[string]any{"dpv_match_code": match, "dpv_footnotes": map[string]string{"Y": "AABB", "D": "AAN1", "S": "AAC1"}[match],
		"dpv_cmra": or(st.cmra, "N"), "dpv_vacant": or(st.vacant, "N"), "dpv_no_stat": "N", "active": active}
	return says
}
