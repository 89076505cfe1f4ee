package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type statusCmd struct {
	ID string `arg:"" help:"The applicant's ID."`
}

// Run shows one applicant.
func (c statusCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	st, err := api.Status(s.ctx, c.ID)
	if err != nil {
		return err
	}
	return s.answer(st, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\nstage      %s\nattention  %s\n", st.ID, st.Program, st.Stage, st.Attention)
		if st.Outcome != "" {
			fmt.Fprintf(w, "outcome    %s\n", st.Outcome)
		}
		if st.WaitsFor != "" {
			fmt.Fprintf(w, "waits for  %s\n", st.WaitsFor)
		}
		if len(st.Checks) == 0 {
			return
		}
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "\nCHECK\tSTATUS\tVENDOR\tROUND\tPROBLEM")
		for _, k := range st.Checks {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", k.Name, k.Status, k.Vendor, k.Round, k.Problem)
		}
		t.Flush()
	})
}

// matching are the flags that say which failed checks are meant.
type matching struct {
	Check   string `help:"Only this check."`
	Vendor  string `help:"Only checks at this vendor."`
	Program string `help:"Only this program."`
}

func (m matching) filter() map[string]string {
	return map[string]string{"failed": "true", "check": m.Check, "vendor": m.Vendor, "program": m.Program}
}

// failedCheck is one failed check of one applicant.
type failedCheck struct {
	ID      string `json:"id"`
	Program string `json:"program"`
	Check   string `json:"check"`
	Vendor  string `json:"vendor"`
	Round   int    `json:"round"`
	Problem string `json:"problem"`
	Since   string `json:"since"`
}

// find lists the failed checks that match. The listing finds the applicants;
// each one's own status says which checks are failed now.
func (m matching) find(s *session, api *client.Client) ([]failedCheck, error) {
	var ids []string
	if err := api.All(s.ctx, m.filter(), func(l client.Line) error {
		ids = append(ids, l.ID)
		return nil
	}); err != nil {
		return nil, err
	}
	out := []failedCheck{}
	for _, id := range ids {
		st, err := api.Status(s.ctx, id)
		if client.NotFound(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, k := range st.Checks {
			if k.Status != "failed" || (m.Check != "" && k.Name != m.Check) || (m.Vendor != "" && k.Vendor != m.Vendor) {
				continue
			}
			out = append(out, failedCheck{ID: id, Program: st.Program, Check: k.Name, Vendor: k.Vendor, Round: k.Round, Problem: k.Problem,
				Since: k.UpdatedAt.UTC().Format("2006-01-02 15:04:05")})
		}
	}
	return out, nil
}

type failedCmd struct{ matching }

// Run lists failed checks.
func (c failedCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	found, err := c.find(s, api)
	if err != nil {
		return err
	}
	return s.answer(found, func(w io.Writer) {
		if len(found) == 0 {
			fmt.Fprintln(w, "No failed checks.")
			return
		}
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "APPLICANT\tPROGRAM\tCHECK\tVENDOR\tROUND\tPROBLEM\tSINCE (UTC)")
		for _, f := range found {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", f.ID, f.Program, f.Check, f.Vendor, f.Round, f.Problem, f.Since)
		}
		t.Flush()
	})
}

type retryCmd struct {
	ID          string `arg:"" optional:"" help:"The applicant's ID."`
	Name        string `arg:"" optional:"" name:"check-name" help:"The check to retry."`
	AllMatching bool   `help:"Retry every failed check that --check, --vendor and --program let through."`
	Reason      string `help:"Why; it is kept with each applicant." required:""`
	matching
}

type retried struct {
	ID    string `json:"id"`
	Check string `json:"check"`
	Error string `json:"error,omitempty"`
}

// Run retries one check, or all that match. A check that somebody else has
// retried meanwhile is left alone and said so.
func (c retryCmd) Run(s *session) error {
	return actOnChecks(s, c.ID, c.Name, c.AllMatching, c.matching, "retried",
		func(api *client.Client, f failedCheck) error {
			return api.Retry(s.ctx, f.ID, f.Check, f.Round, c.Reason)
		})
}

type waiveCmd struct {
	ID          string `arg:"" optional:"" help:"The applicant's ID."`
	Name        string `arg:"" optional:"" name:"check-name" help:"The check to waive."`
	AllMatching bool   `help:"Waive every failed check that --check, --vendor and --program let through."`
	Reason      string `help:"Why; it is kept with each applicant." required:""`
	matching
}

// Run waives one check, or all that match.
func (c waiveCmd) Run(s *session) error {
	return actOnChecks(s, c.ID, c.Name, c.AllMatching, c.matching, "waived",
		func(api *client.Client, f failedCheck) error { return api.Waive(s.ctx, f.ID, f.Check, c.Reason) })
}

// atOnce is how many requests are on the way at a time.
const atOnce = 8

func actOnChecks(s *session, id, check string, all bool, m matching, done string, act func(*client.Client, failedCheck) error) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	var todo []failedCheck
	switch {
	case all && id != "":
		return errors.New("give an applicant and a check, or --all-matching, not both")
	case all:
		if todo, err = m.find(s, api); err != nil {
			return err
		}
	case id == "" || check == "":
		return errors.New("which check? Give an applicant's ID and a check, or --all-matching")
	default:
		todo = []failedCheck{{ID: id, Check: check}}
	}
	bar := s.progress(len(todo), done)
	results := make([]retried, len(todo))
	var workers errgroup.Group
	workers.SetLimit(atOnce)
	for i, f := range todo {
		workers.Go(func() error {
			results[i] = retried{ID: f.ID, Check: f.Check}
			if err := act(api, f); err != nil {
				results[i].Error = err.Error()
			}
			return bar.Add(1)
		})
	}
	_ = workers.Wait() // a bar that cannot be drawn stops nothing
	_ = bar.Finish()
	failed := 0
	for _, r := range results {
		if r.Error != "" {
			failed++
		}
	}
	if err := s.answer(results, func(w io.Writer) {
		for _, r := range results {
			if r.Error != "" {
				fmt.Fprintf(w, "%s %s: %s\n", r.ID, r.Check, r.Error)
			}
		}
		fmt.Fprintf(w, "%s: %d of %d\n", strings.ToUpper(done[:1])+done[1:], len(todo)-failed, len(todo))
	}); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d could not be %s; the others were", failed, len(todo), done)
	}
	return nil
}
