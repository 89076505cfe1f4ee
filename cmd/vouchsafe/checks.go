package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

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
	return map[string]string{"check": m.Check, "vendor": m.Vendor, "program": m.Program, "error": m.Error}
}

func (m matching) means(g client.FailedGroup) bool {
	return (m.Check == "" || m.Check == g.Check) && (m.Vendor == "" || m.Vendor == g.Vendor) && (m.Error == "" || m.Error == g.Error)
}

type failedCmd struct {
	matching
	Groups bool `help:"How many, by check, vendor and kind of error, and no more: quick however many there are."`
	Held   bool `help:"With --vendor: not failed checks but those that wait while the vendor is paused."`
	Limit  int  `help:"At most so many checks; 0 means all."`
}

// Run lists failed checks, or counts them.
func (c failedCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	if c.Groups && c.Held {
		return errors.New("give --groups or --held, not both")
	}
	if c.Groups {
		return c.groups(s, api)
	}
	f := c.filter()
	if c.Held {
		f["held"] = "true"
	}
	found, err := api.Failed(s.ctx, f, c.Limit)
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
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n", f.ID, f.Program, f.Check, f.Vendor, f.Round, f.Problem, f.Since.UTC().Format(time.DateTime))
		}
		t.Flush()
	})
}

func (c failedCmd) groups(s *session, api *client.Client) error {
	all, err := api.FailedCounts(s.ctx, c.Program)
	if err != nil {
		return err
	}
	found := []client.FailedGroup{}
	for _, g := range all {
		if c.means(g) {
			found = append(found, g)
		}
	}
	return s.answer(found, func(w io.Writer) {
		if len(found) == 0 {
			fmt.Fprintln(w, "No failed checks.")
			return
		}
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "VENDOR\tCHECK\tPROBLEM\tFAILED\tLONGEST SINCE (UTC)")
		for _, g := range found {
			since := ""
			if !g.Since.IsZero() {
				since = g.Since.UTC().Format(time.DateTime)
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%s\n", g.Vendor, g.Check, g.Error, g.Count, since)
		}
		t.Flush()
	})
}

type retryCmd struct {
	ID          string `arg:"" optional:"" help:"The applicant's ID."`
	Name        string `arg:"" optional:"" name:"check-name" help:"The check to retry."`
	AllMatching bool   `help:"Retry every failed check that --check, --vendor, --error and --program let through."`
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
	AllMatching bool   `help:"Waive every failed check that --check, --vendor, --error and --program let through."`
	Reason      string `help:"Why; it is kept with each applicant." required:""`
	bulkFlags
}

// Run waives one check, or all that match.
func (c waiveCmd) Run(s *session) error {
	return actOnChecks(s, c.ID, c.Name, c.AllMatching, c.bulkFlags, "waive", c.Reason, func(api *client.Client) error {
		return api.Waive(s.ctx, c.ID, c.Name, c.Reason)
	})
}

type useVendorCmd struct {
	ID          string `arg:"" optional:"" help:"The applicant's ID."`
	Name        string `arg:"" optional:"" name:"check-name" help:"The check to move."`
	To          string `help:"The other vendor: one that the program names for the check, and that the notice agreed to names." required:""`
	AllMatching bool   `help:"Move every failed check that --check, --vendor, --error and --program let through."`
	Reason      string `help:"Why; it is kept with each applicant." required:""`
	bulkFlags
}

// Run moves one check to another vendor, or all that match.
func (c useVendorCmd) Run(s *session) error {
	c.to = c.To
	return actOnChecks(s, c.ID, c.Name, c.AllMatching, c.bulkFlags, "use_vendor", c.Reason, func(api *client.Client) error {
		return api.UseVendor(s.ctx, c.ID, c.Name, c.To, 0, c.Reason)
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
