package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type noticeCmd struct {
	List    noticeListCmd    `cmd:"" help:"Texts that change: those that people are told of, and those that can be rolled out."`
	Rollout noticeRolloutCmd `cmd:"" help:"Tell all who are owed it of a text that changes, and let it hold when they were told and its day has come."`
	Owner   noticeOwnerCmd   `cmd:"" help:"Tell all that somebody takes over, with what they can do."`
	Show    noticeShowCmd    `cmd:"" help:"How far a roll-out is, and whose letters were refused."`
	Pause   noticeSteerCmd   `cmd:"" help:"Pause a roll-out; what is paused does not take effect."`
	Resume  noticeSteerCmd   `cmd:"" help:"Let a paused roll-out go on."`
	Retry   noticeSteerCmd   `cmd:"" help:"Have refused letters sent again."`
	Cancel  noticeCancelCmd  `cmd:"" help:"Call a roll-out off before the text holds; who was told is told that it does not come."`
	Accept  noticeAcceptCmd  `cmd:"" help:"Let a roll-out go on without those whose letters were refused."`
}

type noticeListCmd struct{}

// Run lists them.
func (noticeListCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	all, err := api.Rollouts(s.ctx)
	if err != nil {
		return err
	}
	return s.answer(all, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "NOTICE\tVERSION\tHOLDS FROM\tALL TOLD")
		for _, l := range all.Items {
			told := fmt.Sprint(l.Told)
			if l.Off {
				told = "called off"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.Notice, l.Version, l.Effective.UTC().Format(time.DateTime), told)
		}
		for _, l := range all.Waiting {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", l.Notice, l.Version, "can be rolled out", "changes "+l.Changes)
		}
		t.Flush()
	})
}

type noticeRolloutCmd struct {
	Notice    string  `arg:"" help:"The notice's ID, such as account."`
	Version   string  `arg:"" help:"The version, as list shows it."`
	Effective string  `help:"From which day (2027-01-31) or moment (RFC 3339) on it holds; it must be ahead." required:""`
	PerSecond float64 `help:"Letters a second at most; 50 when not given."`
}

// Run starts the roll-out.
func (c noticeRolloutCmd) Run(s *session) error {
	return startRollout(s, c.Effective, client.RolloutRequest{Notice: c.Notice, Version: c.Version, PerSecond: c.PerSecond})
}

type noticeOwnerCmd struct {
	Owner     string  `arg:"" help:"Who takes over, by the name that people know."`
	Contact   string  `help:"How to reach them." required:""`
	Effective string  `help:"From which day (2027-01-31) or moment (RFC 3339) on; it must be ahead." required:""`
	PerSecond float64 `help:"Letters a second at most; 50 when not given."`
}

// Run starts the roll-out.
func (c noticeOwnerCmd) Run(s *session) error {
	return startRollout(s, c.Effective, client.RolloutRequest{Owner: c.Owner, OwnerContact: c.Contact, PerSecond: c.PerSecond})
}

func startRollout(s *session, effective string, q client.RolloutRequest) error {
	at, err := time.Parse(time.RFC3339, effective)
	if err != nil {
		if at, err = time.Parse(time.DateOnly, effective); err != nil {
			return fmt.Errorf("write the day like 2027-01-31, or a moment like 2027-01-31T09:00:00Z")
		}
	}
	q.Effective = at
	return s.rollout(func(api *client.Client) (client.Rollout, error) { return api.StartRollout(s.ctx, q) })
}

type noticeShowCmd struct {
	Notice  string `arg:"" help:"The notice's ID, or new-owner."`
	Version string `arg:"" help:"The version."`
}

// Run tells how far it is.
func (c noticeShowCmd) Run(s *session) error {
	err := s.rollout(func(api *client.Client) (client.Rollout, error) { return api.Rollout(s.ctx, c.Notice, c.Version) })
	if err != nil || s.cli.JSON {
		return err
	}
	api, err := s.api()
	if err != nil {
		return err
	}
	refused, err := api.RefusedLetters(s.ctx, c.Notice, c.Version)
	for _, id := range refused {
		fmt.Fprintln(s.stdout, "refused:", id)
	}
	return err
}

type noticeSteerCmd struct {
	Notice  string `arg:"" help:"The notice's ID, or new-owner."`
	Version string `arg:"" help:"The version."`
	how     string
}

// BeforeApply learns by which word it was called.
func (c *noticeSteerCmd) BeforeApply(ctx *kong.Context) error {
	c.how = ctx.Selected().Name
	return nil
}

// Run pauses it, lets it go on, or has refused letters sent again.
func (c *noticeSteerCmd) Run(s *session) error {
	return s.rollout(func(api *client.Client) (client.Rollout, error) {
		return api.SteerRollout(s.ctx, c.Notice, c.Version, c.how)
	})
}

type noticeAcceptCmd struct {
	Notice  string `arg:"" help:"The notice's ID, or new-owner."`
	Version string `arg:"" help:"The version."`
	Reason  string `help:"Why it may go on without them." required:""`
}

// Run lets it go on.
func (c noticeAcceptCmd) Run(s *session) error {
	return s.rollout(func(api *client.Client) (client.Rollout, error) {
		return api.AcceptRollout(s.ctx, c.Notice, c.Version, c.Reason)
	})
}

type noticeCancelCmd struct {
	Notice  string `arg:"" help:"The notice's ID, or new-owner."`
	Version string `arg:"" help:"The version."`
	Reason  string `help:"Why it is called off." required:""`
}

// Run calls it off.
func (c noticeCancelCmd) Run(s *session) error {
	return s.rollout(func(api *client.Client) (client.Rollout, error) {
		return api.CancelRollout(s.ctx, c.Notice, c.Version, c.Reason)
	})
}

// rollout does something and answers how far the roll-out is then.
func (s *session) rollout(do func(*client.Client) (client.Rollout, error)) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	r, err := do(api)
	if err != nil {
		return err
	}
	return s.answer(r, func(w io.Writer) {
		fmt.Fprintf(w, "%s %s: %s", r.Notice, r.Version, r.State)
		if r.Paused {
			fmt.Fprint(w, ", paused")
		}
		fmt.Fprintf(w, "\nholds from %s", r.Effective.UTC().Format(time.DateTime))
		if r.InForce != nil {
			fmt.Fprintf(w, ", and does since %s", r.InForce.UTC().Format(time.DateTime))
		}
		fmt.Fprintf(w, "\nround %d: %d of %d; told %d, owed nothing %d, refused %d\n", r.Round, r.DealtWith, r.Total, r.Told, r.NotOwed, r.Refused)
	})
}
