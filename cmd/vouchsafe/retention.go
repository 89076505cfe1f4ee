package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type retentionCmd struct {
	List   retentionListCmd   `cmd:"" help:"The newest purges by the retention table."`
	Report retentionReportCmd `cmd:"" help:"What a purge found due, by program and category, of whom and by which rule."`
	Run    retentionRunCmd    `cmd:"" help:"Find what is due now: a report is made, and nothing is destroyed before it is approved."`
	Steer  retentionSteerCmd  `cmd:"" help:"Approve a purge, pause it, let it go on, or call it off."`
}

type retentionListCmd struct{}

// Run lists purges.
func (retentionListCmd) Run(s *session) error {
	return table(s, func(api *client.Client) ([]client.Purge, error) { return api.Purges(s.ctx) }, "PURGE\tBEGUN\tSTATE\tDUE\tHELD\tDEALT WITH",
		func(p client.Purge) []any {
			return []any{p.ID, utc(p.Begun), p.State, p.Found.Total, p.Found.Held, p.Next}
		})
}

type retentionReportCmd struct {
	Purge string `arg:"" optional:"" help:"The purge; without: the newest."`
}

// report is a purge with what it found.
type report struct {
	client.Purge
	Due []client.Due `json:"due"`
}

// Run shows a report.
func (c retentionReportCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	if c.Purge == "" {
		all, err := api.Purges(s.ctx)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return fmt.Errorf("there is no purge yet: vouchsafe retention run makes a report")
		}
		c.Purge = all[0].ID
	}
	var r report
	if r.Purge, err = api.Purge(s.ctx, c.Purge); err != nil {
		return err
	}
	if r.Due, err = api.Due(s.ctx, c.Purge); err != nil {
		return err
	}
	return s.answer(r, func(w io.Writer) { r.print(w) })
}

func (r report) print(w io.Writer) {
	fmt.Fprintf(w, "Purge %s of %s UTC: %s. %d are due, of which a hold keeps %d, and S3's own lock %d for now.\n", r.ID, r.Begun.UTC().Format(time.DateTime), r.State, r.Found.Total, r.Found.Held, r.Found.Locked)
	if r.State == "waiting" {
		when := "when it is approved: vouchsafe retention steer " + r.ID + " approve"
		if !r.Acts.IsZero() {
			when += ", or by itself at " + r.Acts.UTC().Format(time.DateTime) + " UTC"
		}
		fmt.Fprintf(w, "It acts %s.\n", when)
	}
	if !r.Lapses.IsZero() && (r.State == "waiting" || r.State == "paused") {
		fmt.Fprintf(w, "When nobody answers it ends by itself at %s UTC. It is called off by: vouchsafe retention steer %s cancel\n", r.Lapses.UTC().Format(time.DateTime), r.ID)
	}
	if r.Next > 0 {
		fmt.Fprintf(w, "Dealt with %d: erasures begun %d, categories removed %d in %d objects, kept by a hold %d, kept by S3 for now %d, gone before %d, not done %d.\n",
			r.Next, r.Tally.Erased, r.Tally.Purged, r.Tally.Objects, r.Tally.Kept, r.Tally.Locked, r.Tally.Gone, r.Tally.Failed)
	}
	t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
	fmt.Fprintln(t, "\nPROGRAM\tCATEGORY\tDUE\tHELD\tLOCKED")
	for _, n := range r.Found.Counts {
		fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\n", n.Program, n.Category, n.Due, n.Held, n.Locked)
	}
	fmt.Fprintln(t, "\nAPPLICANT\tCATEGORY\tRULE\tHELD BY\tLOCKED UNTIL\tCAME OF IT")
	for _, d := range r.Due {
		locked := ""
		if !d.Locked.IsZero() {
			locked = d.Locked.UTC().Format(time.DateOnly)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Applicant, d.Category, d.Rule, strings.Join(d.Held, " "), locked, strings.TrimSpace(d.Outcome+" "+d.Says))
	}
	t.Flush()
}

type retentionRunCmd struct{}

// Run starts a purge.
func (retentionRunCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	if err := api.StartPurge(s.ctx); err != nil {
		return err
	}
	return s.answer(map[string]bool{"started": true}, func(w io.Writer) {
		fmt.Fprintln(w, "What is due is being found. vouchsafe retention report shows it as soon as it is ready; nothing is destroyed before it is approved.")
	})
}

type retentionSteerCmd struct {
	Purge string `arg:"" help:"The purge."`
	How   string `arg:"" help:"approve, pause, resume or cancel." enum:"approve,pause,resume,cancel"`
}

// Run steers a purge.
func (c retentionSteerCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	p, err := api.SteerPurge(s.ctx, c.Purge, c.How)
	if err != nil {
		return err
	}
	return s.answer(p, func(w io.Writer) { fmt.Fprintf(w, "Purge %s: %s\n", p.ID, p.State) })
}
