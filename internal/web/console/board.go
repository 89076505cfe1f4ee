package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const boardPath = "/console/board"

type boardPage struct {
	At       time.Time // of when the numbers are
	Columns  []boardColumn
	Ends     []tally
	Total    int
	Programs choice
	Outages  []workflows.VendorOutage
}

// boardColumn is one stage with the numbers that lead into the table.
type boardColumn struct {
	Stage     onboarding.Stage
	All       tally
	Attention []tally
	Ages      []tally
	Overdue   tally
}

// showBoard shows how many are where, for whom they wait and since when.
func (c *Console) showBoard(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	program := r.URL.Query().Get("program")
	outages, err := c.outages(r, who)
	var b applicants.Board
	if err == nil {
		b, err = c.service.Board(r.Context(), program)
	}
	var choices []choice
	if err == nil {
		choices, err = c.choices(r, r.URL.Query(), who, nil)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := boardPage{At: b.At, Outages: outages}
	for _, x := range choices {
		if x.Name == "program" {
			page.Programs = x
		}
	}
	lead := func(name string, n int, pairs ...string) tally {
		to := url.Values{}
		if program != "" {
			to.Set("program", program)
		}
		for i := 0; i < len(pairs); i += 2 {
			to.Set(pairs[i], pairs[i+1])
		}
		return tally{Name: name, Count: n, URL: listPath + "?" + to.Encode()}
	}
	for _, col := range b.Columns {
		stage := string(col.Stage)
		out := boardColumn{Stage: col.Stage, All: lead("in this stage", col.Count, "stage", stage),
			Ages: []tally{lead("under a day", col.UnderDay, "stage", stage, "age", "under-day"), lead("over a day", col.OverDay, "stage", stage, "age", "day"),
				lead("over a week", col.OverWeek, "stage", stage, "age", "week")},
			Overdue: lead("overdue", col.Overdue, "stage", stage, "due", "overdue")}
		for _, a := range onboarding.Attentions() {
			if n := col.Attention[a]; n > 0 {
				out.Attention = append(out.Attention, lead(attentionWords(a), n, "stage", stage, "attention", string(a)))
			}
		}
		page.Total += col.Count
		page.Columns = append(page.Columns, out)
	}
	for _, s := range onboarding.Stages() {
		if s.Closed() && b.Ends[s] > 0 {
			page.Ends = append(page.Ends, lead(string(s), b.Ends[s], "stage", string(s)))
			page.Total += b.Ends[s]
		}
	}
	c.show(w, r, who, "board", watched(web.Page{Title: "Board", Body: page}, boardVersion(b)))
}

// boardVersion is that of the numbers, not of when they were counted.
func boardVersion(b applicants.Board) string { return versionOf(b.Columns, b.Ends) }

func (c *Console) liveBoard(r *http.Request) (string, error) {
	b, err := c.service.Board(r.Context(), r.URL.Query().Get("program"))
	return boardVersion(b), err
}
