package console

import (
	"context"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type heldPage struct {
	Vendor  string
	Paused  bool
	Program choice
	Lines   []failedLine
	Next    string
	All     int // applicants who wait
	Filter  string
	Waive   bool // the reader may
	Move    bool // likewise, and a program names another vendor
}

// waits lists the paused vendors for which somebody waits, and how many do.
func (c *Console) waits(ctx context.Context, program string, outages []workflows.VendorOutage) (out []tally, err error) {
	for _, o := range outages {
		if o.Pause.Since.IsZero() {
			continue
		}
		f := applicants.Filter{Held: o.Vendor, Vendor: o.Vendor, Program: program}
		n, err := c.service.HeldCount(ctx, f)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			out = append(out, tally{Name: workflows.VendorTitle(o.Vendor), Count: n, URL: failedURL(f)})
		}
	}
	return out, nil
}

// listHeld shows the checks that wait while a vendor is paused, to be moved to another
// one or waived, as the failed ones are.
func (c *Console) listHeld(w http.ResponseWriter, r *http.Request, who identity.Staff, f applicants.Filter, problems []web.Problem) {
	page := heldPage{Vendor: f.Held, Filter: failedFilter(f).Encode(), Waive: identity.Allowed(who.Role, identity.Waive),
		Move: identity.Allowed(who.Role, identity.UseVendor) && len(c.othersFor(r.Context(), f, nil, true)) > 0}
	for _, p := range c.ownPrograms(who) {
		page.Program.Options = append(page.Program.Options, web.Option{Value: p.ID, Label: p.Title})
	}
	page.Program.Name, page.Program.Label, page.Program.Value = "program", "Program", f.Program
	outages, err := c.outages(r, who)
	if err == nil {
		page.All, err = c.service.HeldCount(r.Context(), f)
	}
	var lines []applicants.FailedLine
	var cursor string
	if err == nil {
		lines, cursor, err = c.service.HeldLines(r.Context(), f)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, o := range outages {
		page.Paused = page.Paused || o.Vendor == f.Held && !o.Pause.Since.IsZero()
	}
	for _, l := range lines {
		line := failedLine{ID: l.Applicant, Program: l.Program, Check: l.Check}
		if l.Check.Round > 0 {
			line.Mark = mark(l.Applicant, l.Check)
		}
		page.Lines = append(page.Lines, line)
	}
	page.Next = next(failedPath, r.URL.Query(), cursor)
	shown := web.Page{Title: "Waiting for " + workflows.VendorTitle(f.Held), Back: failedPath, Problems: problems, Body: page}
	c.show(w, r, who, "held", shown)
}
