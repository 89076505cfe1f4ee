package sandbox

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// checkrSearch is one screening of a package. plain says that Checkr gives it no
// result of its own: it only says where to look, and county searches follow.
type checkrSearch struct {
	kind, path, member string
	where              string // which of the county searches
	plain              bool
}

var (
	searchTrace    = checkrSearch{kind: "ssn_trace", path: "ssn_traces", member: "ssn_trace_id", plain: true}
	searchRegistry = checkrSearch{kind: "sex_offender_search", path: "sex_offender_searches", member: "sex_offender_search_id"}
	searchWatch    = checkrSearch{kind: "global_watchlist_search", path: "global_watchlist_searches", member: "global_watchlist_search_id"}
	searchNational = checkrSearch{kind: "national_criminal_search", path: "national_criminal_searches", member: "national_criminal_search_id", plain: true}
	searchCountyA  = checkrSearch{kind: "county_criminal_search", path: "county_criminal_searches", member: "county_criminal_search_ids", where: "a"}
	searchCountyB  = checkrSearch{kind: "county_criminal_search", path: "county_criminal_searches", member: "county_criminal_search_ids", where: "b"}
	searchFederal  = checkrSearch{kind: "federal_criminal_search", path: "federal_criminal_searches", member: "federal_criminal_search_id", plain: true}
	searchFACIS    = checkrSearch{kind: "facis_search", path: "facis_searches", member: "facis_search_id"}
)

// checkrPackages are the packages of the account, by slug.
var checkrPackages = map[string][]checkrSearch{
	"basic_plus": {searchTrace, searchRegistry, searchWatch, searchNational},
	"standard":   {searchTrace, searchRegistry, searchWatch, searchNational, searchCountyA, searchCountyB},
	"healthcare": {searchTrace, searchRegistry, searchWatch, searchNational, searchCountyA, searchCountyB, searchFederal, searchFACIS},
}

func checkrSlugs() []string { return slices.Sorted(maps.Keys(checkrPackages)) }

// checkrReport is a report: when and how it turns out.
type checkrReport struct {
	ID          string    `json:"id"`
	Candidate   string    `json:"candidate"`
	Package     string    `json:"package"`
	Outcome     string    `json:"outcome"`
	Tags        []string  `json:"tags"`
	CreatedAt   time.Time `json:"created_at"`
	ReadyAt     time.Time `json:"ready_at"`     // zero: never
	EndedAt     time.Time `json:"ended_at"`     // completed before its time, on demand
	DisputedAt  time.Time `json:"disputed_at"`  //
	CorrectedAt time.Time `json:"corrected_at"` // when the dispute ends; zero while that is open
	Corrected   bool      `json:"corrected"`    // the record was wrong
}

// disputed says whether the person's dispute is being looked into.
func (r checkrReport) disputed(now time.Time) bool {
	return !r.DisputedAt.IsZero() && (r.CorrectedAt.IsZero() || now.Before(r.CorrectedAt))
}

// outcome is how the report stands, with a dispute that was found right.
func (r checkrReport) outcome(now time.Time) string {
	if r.Corrected && !r.CorrectedAt.IsZero() && !now.Before(r.CorrectedAt) {
		return ""
	}
	return r.Outcome
}

func (r checkrReport) status(now time.Time) string {
	switch {
	case !r.EndedAt.IsZero():
		if slices.ContainsFunc(r.searchEnds(), func(end time.Time) bool { return r.ended(end, now) }) {
			return "complete"
		}
		return "canceled"
	case r.Outcome == "suspended":
		return "suspended"
	case r.ReadyAt.IsZero() || now.Before(r.ReadyAt):
		return "pending"
	case r.disputed(now):
		return "dispute"
	}
	return "complete"
}

func (r checkrReport) searches() []checkrSearch { return checkrPackages[r.Package] }

// searchEnds says when each screening ends: one after the other, evenly over the
// delay; of a report that never completes only the first.
func (r checkrReport) searchEnds() []time.Time {
	n := len(r.searches())
	out := make([]time.Time, n)
	for i := range out {
		switch {
		case !r.ReadyAt.IsZero():
			out[i] = r.CreatedAt.Add(r.ReadyAt.Sub(r.CreatedAt) * time.Duration(i+1) / time.Duration(n))
		case i == 0:
			out[i] = r.CreatedAt
		}
	}
	return out
}

func (r checkrReport) ended(end, now time.Time) bool {
	return !end.IsZero() && !now.Before(end) && (r.EndedAt.IsZero() || !end.After(r.EndedAt))
}

func (r checkrReport) screeningID(i int) string { return fmt.Sprintf("%s%02x", r.ID[:22], i+1) }

// checkrReportJSON gives the report as it is now.
func (s *Sandbox) checkrReportJSON(r checkrReport, now time.Time) map[string]any {
	if r.ID == "" {
		return nil
	}
	status := r.status(now)
	out := map[string]any{"id": r.ID, "object": "report", "uri": "/v1/reports/" + r.ID, "status": status, "result": nil, "assessment": nil,
		"adjudication": s.checkrAdjudication(r.ID, now), "package": r.Package, "candidate_id": r.Candidate, "tags": append([]string{}, r.Tags...),
		"created_at": r.CreatedAt, "completed_at": nil, "revised_at": nil, "turnaround_time": nil, "includes_canceled": false,
		"ssn_trace_id": nil, "sex_offender_search_id": nil, "global_watchlist_search_id": nil, "national_criminal_search_id": nil,
		"county_criminal_search_ids": []string{}, "federal_criminal_search_id": nil, "facis_search_id": nil, "document_ids": []string{}}
	result := "clear"
	for i, f := range r.searches() {
		id := r.screeningID(i)
		if f.where != "" {
			out[f.member] = append(out[f.member].([]string), id)
		} else {
			out[f.member] = id
		}
		shown := r.screening(i, now)
		if shown["status"] == "canceled" {
			out["includes_canceled"] = true
		}
		if shown["result"] == "consider" {
			result = "consider"
		}
	}
	switch status {
	case "complete":
		done := r.ReadyAt
		if !r.EndedAt.IsZero() {
			done = r.EndedAt
		}
		out["result"], out["completed_at"], out["turnaround_time"] = result, done, int(done.Sub(r.CreatedAt).Seconds())
		if !r.CorrectedAt.IsZero() {
			out["revised_at"] = r.CorrectedAt
		}
	case "dispute":
		out["result"] = result
	}
	return out
}

// screening gives one search of the report as it is now.
func (r checkrReport) screening(i int, now time.Time) map[string]any {
	f, end := r.searches()[i], r.searchEnds()[i]
	out := map[string]any{"id": r.screeningID(i), "object": f.kind, "uri": "/v1/" + f.path + "/" + r.screeningID(i), "status": "pending", "result": nil,
		"created_at": r.CreatedAt, "completed_at": nil, "turnaround_time": nil, "cancellation_reason": nil, "cancellation_reason_description": nil}
	if f.kind == "ssn_trace" {
		for _, flag := range []string{"no_data", "dob_mismatch", "name_mismatch", "thin_file", "death_index", "ssn_already_taken", "invalid_issuance_year"} {
			out[flag] = false
		}
		out["issued_year"], out["issued_state"], out["addresses"], out["aliases"] = nil, nil, []any{}, []any{}
	} else {
		out["records"] = []any{}
	}
	if f.where != "" {
		out["county"], out["state"] = "SANDBOX "+f.where, "NY"
	}
	switch {
	case r.ended(end, now) && r.Outcome == "blocked" && f.where == "b":
		out["status"], out["cancellation_reason"], out["completed_at"] = "canceled", "source_inaccessible_closed_court", end
	case r.ended(end, now):
		out["status"], out["completed_at"], out["turnaround_time"] = "complete", end, int(end.Sub(r.CreatedAt).Seconds())
		records := r.records(f, now)
		if f.kind == "ssn_trace" {
			out["thin_file"] = r.outcome(now) == "thinfile"
			return out
		}
		out["records"] = records
		switch {
		case f.plain:
		case len(records) > 0:
			out["result"] = "consider"
		default:
			out["result"] = "clear"
		}
	case !r.EndedAt.IsZero():
		out["status"], out["cancellation_reason"] = "canceled", "complete_now_customer_requested"
	}
	return out
}

// records is what a steered search finds. A court's record is found by the
// national search too, as it is with Checkr: it points to the county.
func (r checkrReport) records(f checkrSearch, now time.Time) []any {
	court := func(classification, disposition string, years int) []any {
		day := r.CreatedAt.AddDate(-years, 0, -30).Format(time.DateOnly)
		return []any{map[string]any{"id": r.ID[:20] + "c0de", "case_number": "SBX-2014-000117", "file_date": day, "arresting_agency": nil,
			"court_jurisdiction": "SANDBOX a, NY", "court_of_record": "Sandbox County Criminal Court", "full_name": nil, "dob": nil,
			"county": "SANDBOX a", "state": "NY", "charges": []any{map[string]any{"charge": "A charge of the sandbox", "charge_type": nil, "charge_id": nil,
				"classification": classification, "disposition": disposition, "disposition_date": day, "offense_date": nil, "sentence": nil}}}}
	}
	outcome := r.outcome(now)
	if f.kind == searchRegistry.kind && outcome == "registered" {
		return []any{map[string]any{"id": r.ID[:20] + "50ff", "registry": "Sandbox registry", "full_name": nil, "age": nil, "dob": nil,
			"registration_start": r.CreatedAt.AddDate(-4, 0, 0).Format(time.DateOnly), "registration_end": nil, "state": "NY"}}
	}
	if f.where != "a" && f.kind != searchNational.kind {
		return []any{}
	}
	switch outcome {
	case "consider":
		return court("Misdemeanor", "Guilty", 3)
	case "felony":
		return court("Felony", "Guilty", 1)
	case "oldrecord":
		return court("Misdemeanor", "Guilty", 12)
	case "dismissed":
		return court("Misdemeanor", "Dismissed", 2)
	case "sealed":
		return court("Felony", "Sealed", 5)
	}
	return []any{}
}

// newReport makes a report and tells of it.
func (s *Sandbox) newReport(c checkrCandidate, pkg string, tags []string, now time.Time) checkrReport {
	r := checkrReport{ID: checkrID(), Candidate: c.ID, Package: pkg, Outcome: c.Outcome, Tags: tags, CreatedAt: now, ReadyAt: now.Add(s.cfg.ReportDelay)}
	switch {
	case r.Outcome == "forever" || r.Outcome == "suspended":
		r.ReadyAt = time.Time{}
	case r.Outcome == "blocked" && len(c.Reports) > 0: // a new round finds the court open
		r.Outcome = ""
	}
	s.keep(Checkr, kindReport, r.ID, r)
	s.keep(Checkr, kindOfSearch, r.ID[:22], r.ID)
	change(s, Checkr, kindCandidate, c.ID, func(c *checkrCandidate, had bool) bool { c.Reports = append(c.Reports, r.ID); return had })
	s.tell(checkrEvent("report.created", kindReport, r.ID, now))
	switch {
	case r.Outcome == "suspended":
		s.tell(checkrEvent("report.suspended", kindReport, r.ID, now))
	case !r.ReadyAt.IsZero() && r.Outcome != "quiet":
		s.tell(checkrEvent("report.completed", kindReport, r.ID, r.ReadyAt))
	}
	return r
}

// checkrCreateReport is POST /v1/reports.
func (s *Sandbox) checkrCreateReport(x *exchange) answer {
	b, c, a, ok := s.checkrOrder(x)
	if !ok {
		return a
	}
	return s.once(x, kindReport, func() (string, answer) {
		if !c.Whole {
			return "", checkrError(http.StatusBadRequest, "The candidate lacks what this package needs")
		}
		return s.newReport(c, b.Package, b.Tags, x.now).ID, answer{}
	})
}

// checkrComplete is POST /v1/reports/{id}/complete: what is not done is canceled.
func (s *Sandbox) checkrComplete(x *exchange) answer {
	if a, ok := x.checkrBody(&struct{}{}); !ok {
		return a
	}
	open := false
	r := change(s, Checkr, kindReport, x.values["id"], func(r *checkrReport, had bool) bool {
		status := ""
		if had {
			status = r.status(x.now)
		}
		open = status == "pending" || status == "suspended"
		r.EndedAt = x.now
		return open
	})
	switch {
	case r.ID == "":
		return checkrError(http.StatusNotFound, "The resource does not exist")
	case !open:
		return checkrError(http.StatusBadRequest, "The report is not in progress")
	}
	x.entry.Order = r.ID
	name := "report.canceled"
	if r.status(x.now) == "complete" {
		name = "report.completed"
	}
	s.tell(checkrEvent(name, kindReport, r.ID, x.now))
	return answer{status: http.StatusOK, body: s.checkrReportJSON(r, x.now)}
}

// checkrScreening is GET /v1/<searches>/{id} of one kind.
func checkrScreening(path string) func(*Sandbox, *exchange) answer {
	return func(s *Sandbox, x *exchange) answer {
		none := checkrError(http.StatusNotFound, "The resource does not exist")
		id := x.values["id"]
		if len(id) != 24 {
			return none
		}
		report, _ := find[string](s, Checkr, kindOfSearch, id[:22])
		r, ok := find[checkrReport](s, Checkr, kindReport, report)
		n, err := strconv.ParseUint(id[22:], 16, 8)
		if !ok || err != nil || n < 1 || int(n) > len(r.searches()) {
			return none
		}
		f := r.searches()[n-1]
		if f.path != path || (r.Outcome == "lostsearch" && f.where == "b") {
			return none
		}
		x.entry.Order = r.ID
		return answer{status: http.StatusOK, body: r.screening(int(n-1), x.now)}
	}
}
