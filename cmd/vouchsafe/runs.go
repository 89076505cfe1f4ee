package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

// bulkFlags are of the commands that act on all that match.
type bulkFlags struct {
	matching
	PerSecond float64 `help:"With --all-matching: checks a second at most; 0 means the deployment's default."`
	to        string  // the vendor that checks are moved to
	Held      bool    `help:"With --all-matching and --vendor: not failed checks but those that wait while the vendor is paused."`
	Detach    bool    `help:"With --all-matching: do not wait; the run goes on, see 'runs'."`
}

// many starts a run and shows how it goes to its end. An interrupt ends the
// watching alone: the run goes on.
func (f bulkFlags) many(s *session, action, reason string) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	run, err := api.StartRun(s.ctx, client.RunRequest{Action: action, To: f.to, Check: f.Check, Vendor: f.Vendor, Program: f.Program, Error: f.Error, Held: f.Held, PerSecond: f.PerSecond, Reason: reason}, uuid.NewString())
	if err != nil {
		return err
	}
	if f.Detach {
		return s.answer(run, func(w io.Writer) { fmt.Fprintf(w, "Started. See how it goes: vouchsafe runs %s\n", run.ID) })
	}
	return watch(s, api, run.ID)
}

// lookEvery is how often a run is looked at while somebody waits for it.
const lookEvery = 300 * time.Millisecond

func watch(s *session, api *client.Client, id string) error {
	bar := s.progress(-1, "dealt with")
	for {
		run, err := api.Run(s.ctx, id)
		if err != nil {
			return fmt.Errorf("the run %s goes on; it could not be watched: %w", id, err)
		}
		if run.State != "gathering" {
			bar.ChangeMax(run.Total)
			_ = bar.Set(run.DealtWith) // a bar that cannot be drawn stops nothing
		}
		if run.Over() {
			_ = bar.Finish()
			return told(s, api, run)
		}
		select {
		case <-s.ctx.Done():
			return fmt.Errorf("no longer watching; the run goes on: vouchsafe runs %s", id)
		case <-time.After(lookEvery):
		}
	}
}

var pastWords = map[string]string{"retry": "Retried", "waive": "Waived", "use_vendor": "Moved", "assign": "Given"}

// told answers with a run that is over, and with the reason of each check with
// which nothing was done.
func told(s *session, api *client.Client, run client.Run) error {
	answers, err := api.RunAnswers(s.ctx, run.ID)
	if err != nil {
		return err
	}
	full := struct {
		client.Run
		Answers []client.RunAnswer `json:"answers"`
	}{run, answers}
	if err := s.answer(full, func(w io.Writer) {
		for _, a := range answers {
			if a.Outcome != "done" {
				fmt.Fprintf(w, "%s: %s\n", strings.TrimSpace(a.Applicant+" "+a.Check), a.Says)
			}
		}
		fmt.Fprintf(w, "%s: %d of %d\n", pastWords[run.Action], run.Done, run.Total)
	}); err != nil {
		return err
	}
	switch {
	case run.State == "canceled":
		return fmt.Errorf("the run was called off when %d of %d were dealt with", run.DealtWith, run.Total)
	case run.Failed > 0: // one that was not waiting any more is nobody's fault
		return fmt.Errorf("%d of %d could not be asked; they stand as before", run.Failed, run.Total)
	}
	return nil
}

type runsCmd struct {
	ID     string `arg:"" help:"The run's ID."`
	Pause  bool   `help:"Pause it." xor:"how"`
	Resume bool   `help:"Let it go on." xor:"how"`
	Cancel bool   `help:"Call its rest off." xor:"how"`
	Watch  bool   `help:"Wait for its end." xor:"how"`
}

// Run tells how far a run is, or steers it.
func (c runsCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	var run client.Run
	switch {
	case c.Watch:
		return watch(s, api, c.ID)
	case c.Pause:
		run, err = api.SteerRun(s.ctx, c.ID, "pause")
	case c.Resume:
		run, err = api.SteerRun(s.ctx, c.ID, "resume")
	case c.Cancel:
		run, err = api.SteerRun(s.ctx, c.ID, "cancel")
	default:
		run, err = api.Run(s.ctx, c.ID)
	}
	if err != nil {
		return err
	}
	return s.answer(run, func(w io.Writer) {
		fmt.Fprintf(w, "%s: %s\ndealt with  %d of %d\ndone        %d\nrefused     %d\nfailed      %d\n", run.ID, run.State, run.DealtWith, run.Total, run.Done, run.Refused, run.Failed)
	})
}
