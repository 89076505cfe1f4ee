package main

import (
	"fmt"
	"io"
	"text/tabwriter"
)

type listsCmd struct {
	Show    listsShowCmd    `cmd:"" default:"1" help:"Show which edition of each public list is in force."`
	Refresh listsRefreshCmd `cmd:"" help:"Look for new editions now, and wait."`
}

type listsShowCmd struct{}

// Run shows the editions in force.
func (c listsShowCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	editions, err := api.Lists(s.ctx)
	if err != nil {
		return err
	}
	return s.answer(editions, func(w io.Writer) {
		if len(editions) == 0 {
			fmt.Fprintln(w, "No list is in force.")
			return
		}
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "LIST\tEDITION\tPEOPLE\tSINCE (UTC)\tSOURCE")
		for _, e := range editions {
			fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%s\n", e.List, e.Edition, e.Individuals, e.Since.UTC().Format("2006-01-02 15:04:05"), e.Source)
		}
		t.Flush()
	})
}

type listsRefreshCmd struct {
	Name  []string `arg:"" optional:"" help:"Which lists (ofac, leie, sam); none: all."`
	Force bool     `help:"Also take an edition that is older or much smaller than the one in force."`
}

// Run looks for new editions, and fails when one of the lists did.
func (c listsRefreshCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	outcomes, err := api.RefreshLists(s.ctx, c.Name, c.Force)
	if err != nil {
		return err
	}
	failed := 0
	for _, o := range outcomes {
		if o.Failed {
			failed++
		}
	}
	if err := s.answer(outcomes, func(w io.Writer) {
		for _, o := range outcomes {
			switch {
			case o.Failed:
				fmt.Fprintf(w, "%s: failed. %s\n", o.List, o.Reason)
			case o.Switched:
				fmt.Fprintf(w, "%s: edition %s is in force\n", o.List, o.Edition)
			default:
				fmt.Fprintf(w, "%s: %s\n", o.List, o.Reason)
			}
		}
	}); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d lists failed; what was in force stays in force", failed, len(outcomes))
	}
	return nil
}
