package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	public "github.com/vouchsafe/vouchsafe/deploy/client"
)

type webhooksCmd struct {
	List   hookListCmd   `cmd:"" default:"1" help:"List the addresses that events are sent to."`
	Add    hookAddCmd    `cmd:"" help:"Have events sent to an address. Prints the secret, this once."`
	Change hookChangeCmd `cmd:"" help:"Change an address, its programs or its events."`
	Pause  hookPauseCmd  `cmd:"" help:"Send nothing there for now; what happens meanwhile waits."`
	Resume hookResumeCmd `cmd:"" help:"Let it go on."`
	Rotate hookRotateCmd `cmd:"" help:"Make a new secret. The old one signs besides for a while."`
	Test   hookTestCmd   `cmd:"" help:"Send a signed test event now, and say what the address answers."`
	Delete hookDeleteCmd `cmd:"" help:"Send nothing there any more, and drop what waits."`
	Dead   hookDeadCmd   `cmd:"" help:"List the events that were given up."`
	Replay hookReplayCmd `cmd:"" help:"Send dead letters on their way again, some or all."`
}

type hookListCmd struct{}

// Run lists the endpoints.
func (hookListCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	all, err := api.Endpoints(s.ctx)
	if err != nil {
		return err
	}
	return s.answer(all, func(w io.Writer) {
		if len(all) == 0 {
			fmt.Fprintln(w, "There are no webhook endpoints.")
			return
		}
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		for _, e := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\twaiting %d\tdead %d\t%s\n", e.ID, hookState(e), e.URL, e.Waiting, e.DeadLetters, e.Description)
		}
		t.Flush()
	})
}

func hookState(e public.Endpoint) string {
	if e.Paused {
		return "paused"
	}
	return "active"
}

func showEndpoint(e public.Endpoint) func(io.Writer) {
	return func(w io.Writer) {
		every := func(list []string) string {
			if len(list) == 0 {
				return "all"
			}
			return strings.Join(list, ", ")
		}
		fmt.Fprintf(w, "%s: %s\naddress   %s\nprograms  %s\nevents    %s\n", e.ID, hookState(e), e.URL, every(e.Programs), every(e.Events))
		if e.PausedWhy != "" {
			fmt.Fprintln(w, e.PausedWhy)
		}
		if e.Secret != "" {
			fmt.Fprintf(w, "secret    %s\nKeep it now: it is not shown again.\n", e.Secret)
		}
		if e.SecretUntil != nil {
			fmt.Fprintf(w, "The old secret signs besides until %s.\n", e.SecretUntil.Format(time.RFC3339))
		}
	}
}

type hookAddCmd struct {
	URL         string   `arg:"" help:"The address, https."`
	Description string   `help:"Whose it is, for people."`
	Program     []string `help:"Only this program's events; several are possible."`
	Event       []string `help:"Only this event; several are possible."`
}

// Run makes an endpoint.
func (c hookAddCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	e, err := api.AddEndpoint(s.ctx, public.NewEndpoint{URL: c.URL, Description: c.Description, Programs: c.Program, Events: c.Event})
	if err != nil {
		return err
	}
	return s.answer(e, showEndpoint(e))
}

type hookChangeCmd struct {
	ID          string    `arg:"" help:"The endpoint's ID."`
	URL         *string   `name:"to" help:"Another address."`
	Description *string   `help:"Another description."`
	Program     *[]string `help:"Only these programs' events."`
	Event       *[]string `help:"Only these events."`
}

// Run changes an endpoint.
func (c hookChangeCmd) Run(s *session) error {
	return changeHook(s, c.ID, public.EndpointChange{URL: c.URL, Description: c.Description, Programs: c.Program, Events: c.Event})
}

func changeHook(s *session, id string, change public.EndpointChange) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	e, err := api.ChangeEndpoint(s.ctx, id, change)
	if err != nil {
		return err
	}
	return s.answer(e, showEndpoint(e))
}

type hookPauseCmd struct {
	ID string `arg:"" help:"The endpoint's ID."`
}

// Run pauses an endpoint.
func (c hookPauseCmd) Run(s *session) error {
	paused := true
	return changeHook(s, c.ID, public.EndpointChange{Paused: &paused})
}

type hookResumeCmd struct {
	ID string `arg:"" help:"The endpoint's ID."`
}

// Run lets it go on.
func (c hookResumeCmd) Run(s *session) error {
	paused := false
	return changeHook(s, c.ID, public.EndpointChange{Paused: &paused})
}

type hookRotateCmd struct {
	ID      string        `arg:"" help:"The endpoint's ID."`
	Overlap time.Duration `help:"How long the old secret signs besides; 0 when it has leaked." default:"24h"`
}

// Run makes a new secret.
func (c hookRotateCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	e, err := api.RotateSecret(s.ctx, c.ID, c.Overlap)
	if err != nil {
		return err
	}
	return s.answer(e, showEndpoint(e))
}

type hookTestCmd struct {
	ID string `arg:"" help:"The endpoint's ID."`
}

// Run sends a test event; one that was not taken ends with 1.
func (c hookTestCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	test, err := api.TestEndpoint(s.ctx, c.ID)
	if err != nil {
		return err
	}
	if err := s.answer(test, func(w io.Writer) {
		if test.Delivered {
			fmt.Fprintf(w, "It was taken, in %d ms.\n", test.TookMS)
		}
	}); err != nil || test.Delivered {
		return err
	}
	return fmt.Errorf("it was not taken: %s", test.Says)
}

type hookDeleteCmd struct {
	ID string `arg:"" help:"The endpoint's ID."`
}

// Run deletes an endpoint.
func (c hookDeleteCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	if err := api.DeleteEndpoint(s.ctx, c.ID); err != nil {
		return err
	}
	return s.answer(map[string]string{"deleted": c.ID}, func(w io.Writer) { fmt.Fprintln(w, "Deleted.") })
}

type hookDeadCmd struct {
	ID string `arg:"" help:"The endpoint's ID."`
}

// Run lists all dead letters of an endpoint.
func (c hookDeadCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	all := []public.DeadLetter{}
	for cursor := ""; ; {
		page, next, err := api.DeadLetters(s.ctx, c.ID, cursor)
		if err != nil {
			return err
		}
		if all = append(all, page...); next == "" {
			break
		}
		cursor = next
	}
	return s.answer(all, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
		for _, l := range all {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.ID, l.Type, l.Happened.Format(time.RFC3339), l.Says)
		}
		t.Flush()
		fmt.Fprintf(w, "%d dead letters.\n", len(all))
	})
}

type hookReplayCmd struct {
	ID      string   `arg:"" help:"The endpoint's ID."`
	Letters []string `arg:"" optional:"" help:"Which dead letters, by ID; none: all."`
}

// Run replays dead letters.
func (c hookReplayCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	n, err := api.Replay(s.ctx, c.ID, c.Letters...)
	if err != nil {
		return err
	}
	return s.answer(map[string]int{"sent": n}, func(w io.Writer) { fmt.Fprintf(w, "%d are on their way again.\n", n) })
}
