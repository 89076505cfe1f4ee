package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// search is one screening of a package.
type search struct{ kind, where string }

// searches are those of every package; one whose name begins with "basic" has
// no county search and no own investigation.
var searches = []search{
	{"ssn_trace", ""}, {"sex_offender", ""}, {"national_criminal", ""}, {"global_watchlist", ""},
	{"county_criminal", "a"}, {"county_criminal", "b"}, {"own_investigation", ""},
}

func searchesOf(pkg string) []search {
	if strings.HasPrefix(pkg, "basic") {
		return searches[:4]
	}
	return searches
}

func ordered(pkg string) []string {
	var out []string
	for _, s := range searchesOf(pkg) {
		if !slices.Contains(out, s.kind) {
			out = append(out, s.kind)
		}
	}
	return out
}

func blocked(o order) bool {
	return o.Outcome == "blocked" && slices.Contains(ordered(o.Package), "county_criminal")
}

type orderAnswer struct {
	ID               string     `json:"id"`
	Object           string     `json:"object"`
	Reference        string     `json:"reference"`
	Package          string     `json:"package"`
	Status           string     `json:"status"`
	IncludesCanceled bool       `json:"includes_canceled"`
	CreatedAt        time.Time  `json:"created_at"`
	CompletedAt      *time.Time `json:"completed_at"`
	DisputedAt       *time.Time `json:"disputed_at"`
	Extended         bool       `json:"extended"`
	Ordered          []string   `json:"ordered"`
}

func orderJSON(o order, now time.Time) orderAnswer {
	status := o.status(now)
	a := orderAnswer{ID: o.ID, Object: "order", Reference: o.Reference, Package: o.Package, Status: status,
		IncludesCanceled: status == "canceled" || (status != "pending" && blocked(o)),
		CreatedAt:        o.CreatedAt, CompletedAt: o.completedAt(now), Extended: o.Extended && status == "disputed", Ordered: ordered(o.Package)}
	if !o.DisputedAt.IsZero() {
		a.DisputedAt = &o.DisputedAt
	}
	return a
}

type reportAnswer struct {
	Object      string      `json:"object"`
	OrderID     string      `json:"order_id"`
	Reference   string      `json:"reference"`
	Package     string      `json:"package"`
	Status      string      `json:"status"`
	CompletedAt *time.Time  `json:"completed_at"`
	Amended     bool        `json:"amended"`
	Ordered     []string    `json:"ordered"`
	Screenings  []screening `json:"screenings"`
	Transfers   []transfer  `json:"transfers,omitempty"`
}

// transfer is whom the investigator had search for it.
type transfer struct {
	To  string    `json:"to"`
	For string    `json:"for"`
	At  time.Time `json:"at"`
}

// The court researchers of the investigator: the first one is in the trial programs'
// agreement with it, the second in none.
const (
	listedResearcher   = "salem-court-research"
	unlistedResearcher = "harbor-docket-runners"
)

type screening struct {
	ID                 string     `json:"id"`
	Type               string     `json:"type"`
	Status             string     `json:"status"`
	Result             *string    `json:"result"`
	CancellationReason *string    `json:"cancellation_reason"`
	CompletedAt        *time.Time `json:"completed_at"`
	Records            []record   `json:"records"`
}

type record struct {
	ID          string `json:"id"`
	Kind        string `json:"kind"`
	Severity    string `json:"severity"`
	Disposition string `json:"disposition"`
	DisposedOn  string `json:"disposed_on"`
	Court       string `json:"court"`
	CaseNumber  string `json:"case_number"`
	Source      string `json:"source"`
}

// reportJSON gives the report so far: the screenings end one after the other,
// evenly over the delay.
func reportJSON(o order, now time.Time) reportAnswer {
	list := searchesOf(o.Package)
	r := reportAnswer{Object: "report", OrderID: o.ID, Reference: o.Reference, Package: o.Package, Status: o.status(now),
		CompletedAt: o.completedAt(now), Amended: o.amended(now), Ordered: ordered(o.Package), Screenings: make([]screening, 0, len(list))}
	for i, s := range list {
		one := o.screening(i, len(list), s, now)
		r.Screenings = append(r.Screenings, one)
		if s.kind == "county_criminal" && one.Status == "complete" {
			to := listedResearcher
			if o.Outcome == "onward" && s.where == "b" {
				to = unlistedResearcher
			}
			r.Transfers = append(r.Transfers, transfer{To: to, For: s.kind, At: o.CreatedAt})
		}
	}
	return r
}

func (o order) screening(i, of int, s search, now time.Time) screening {
	out := screening{ID: fmt.Sprintf("scr_%s_%d", strings.TrimPrefix(o.ID, "ord_"), i+1), Type: s.kind, Status: "pending", Records: []record{}}
	end := o.CreatedAt // the first screening of a report that never completes ends at once
	if !o.ReadyAt.IsZero() {
		end = o.CreatedAt.Add(o.ReadyAt.Sub(o.CreatedAt) * time.Duration(i+1) / time.Duration(of))
	} else if i > 0 {
		end = time.Time{}
	}
	ended := !end.IsZero() && !now.Before(end) && (o.CanceledAt.IsZero() || !end.After(o.CanceledAt))
	switch {
	case !ended && !o.CanceledAt.IsZero():
		out.Status, out.CancellationReason = "canceled", new("order_canceled")
	case !ended:
	case o.Outcome == "blocked" && s.where == "b":
		out.Status, out.CancellationReason, out.CompletedAt = "canceled", new("source_inaccessible_closed_court"), &end
	default:
		out.Status, out.Result, out.CompletedAt = "complete", new("clear"), &end
		rec, ok := o.record(s)
		switch {
		case ok && o.removed(now):
			out.CompletedAt = &o.RemovedAt
		case ok:
			out.Result, out.Records = new("consider"), []record{rec}
		}
	}
	return out
}

// record is what the steered search finds.
func (o order) record(s search) (record, bool) {
	court := func(severity string, years int) record {
		return record{ID: "rec_" + strings.TrimPrefix(o.ID, "ord_"), Kind: "criminal", Severity: severity, Disposition: "guilty",
			DisposedOn: o.CreatedAt.AddDate(-years, 0, -30).Format(time.DateOnly),
			Court:      "Sandbox County Criminal Court", CaseNumber: "SBX-2014-000117", Source: "public_record"}
	}
	switch {
	case s.kind == "own_investigation" && o.Outcome == "hearsay":
		return record{ID: "rec_" + strings.TrimPrefix(o.ID, "ord_"), Kind: "investigation", Source: "proprietary"}, true
	case s.where != "a":
		return record{}, false
	case o.Outcome == "consider":
		return court("misdemeanor", 3), true
	case o.Outcome == "felony" || o.Outcome == "stubborn":
		return court("felony", 1), true
	case o.Outcome == "oldrecord":
		return court("misdemeanor", 12), true
	}
	return record{}, false
}
