package console

import (
	"context"
	"encoding/csv"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

const csvPath = "/console/applicants.csv"

// listCSVQuery is the list's address without its page.
func listCSVQuery(q url.Values) string {
	to := maps.Clone(q)
	to.Del("cursor")
	return to.Encode()
}

// longExport is how long a list may take to be written out.
const longExport = 10 * time.Minute

// downloadList gives all applicants that match as CSV, line by line as they are
// read: no more of them than the table shows.
func (c *Console) downloadList(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	q := r.URL.Query()
	f, err := c.filterOf(q)
	if err == nil && f.Sought.String() != "" {
		err = c.searched(r, who)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	f.Limit, f.Cursor = 500, ""
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), longExport)
	defer cancel()
	defer context.AfterFunc(r.Context(), func() {
		if r.Context().Err() == context.Canceled { // the browser has gone
			cancel()
		}
	})()
	page, err := c.service.List(ctx, f)
	if err == nil {
		err = c.used(r, who, access.Event{Purpose: string(identity.ToList), What: access.Exported, Action: string(identity.ViewList), Detail: "list"})
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(longExport)) // where there is one
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="applicants.csv"`)
	h.Set("Cache-Control", "no-store")
	out := csv.NewWriter(w)
	_ = out.Write([]string{"applicant", "program", "stage", "waits_for", "since", "due_by", "failed_checks", "recruiter", "outcome", "jurisdiction", "applied"})
	for {
		for _, l := range page.Items {
			_ = out.Write(csvLine(l)) // Flush tells
		}
		out.Flush()
		if out.Error() != nil || page.NextCursor == "" {
			return
		}
		_ = http.NewResponseController(w).Flush()
		f.Cursor = page.NextCursor
		if page, err = c.service.List(ctx, f); err != nil {
			// What has gone out cannot be taken back; a file that breaks off must not look whole.
			panic(http.ErrAbortHandler)
		}
	}
}

func csvLine(l applicants.Line) []string {
	row := []string{string(l.ID), l.Program, string(l.Stage), string(l.Attention), csvTime(l.Since), csvTime(l.DueBy), strings.Join(l.Failed, " "), l.Recruiter, string(l.Outcome),
		l.Jurisdiction, csvTime(l.StartedAt)}
	for i := range row {
		row[i] = safeCell(row[i])
	}
	return row
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// safeCell keeps a spreadsheet from taking a cell for a formula
// (https://owasp.org/www-community/attacks/CSV_Injection).
func safeCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
