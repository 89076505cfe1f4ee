package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

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
	Error   string `help:"Only checks that this stopped: a code, such as VENDOR_UNREACHABLE."`
}

func (m matching) filter() map[string]string {
	return map[string]string{"failed": "true", "check": m.Check, "vendor": m.Vendor, "program": m.Program, "error": m.Error}
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
			if k.Status != "failed" || (m.Check != "" && k.Name != m.Check) || (m.Vendor != "" && k.Vendor != m.Vendor) || (m.Error != "" && k.Problem != m.Error) {
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
	bulkFlags
}

// Run retries one check, or all that match.
func (c retryCmd) Run(s *session) error {
	return actOnChecks(s, c.ID, c.Name, c.AllMatching, c.bulkFlags, "retry", c.Reason, func(api *client.Client) error {
		return api.Retry(s.ctx, c.ID, c.Name, 0, c.Reason)
	})
}

type waiveCmd struct {
	ID          string `arg:"" optional:"" help:"The applicant's ID."`
	Name        string `arg:"" optional:"" name:"check-name" help:"The check to waive."`
	AllMatching bool   `help:"Waive every failed check that --check, --vendor and --program let through."`
	Reason      string `help:"Why; it is kept with each applicant." required:""`
	bulkFlags
}

// Run waives one check, or all that match.
func (c waiveCmd) Run(s *session) error {
	return actOnChecks(s, c.ID, c.Name, c.AllMatching, c.bulkFlags, "waive", c.Reason, func(api *client.Client) error {
		return api.Waive(s.ctx, c.ID, c.Name, c.Reason)
	})
}

func actOnChecks(s *session, id, check string, all bool, f bulkFlags, action, reason string, one func(*client.Client) error) error {
	switch {
	case all && id != "":
		return errors.New("give an applicant and a check, or --all-matching, not both")
	case all:
		return f.many(s, action, reason)
	case id == "" || check == "":
		return errors.New("which check? Give an applicant's ID and a check, or --all-matching")
	}
	api, err := s.api()
	if err != nil {
		return err
	}
	if err := one(api); err != nil {
		return err
	}
	return s.answer(map[string]string{"id": id, "check": check, "done": action}, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s %s\n", pastWords[action], id, check)
	})
}
