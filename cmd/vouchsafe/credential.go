package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/app"
)

type credentialCmd struct {
	Keys      credentialKeysCmd   `cmd:"" default:"1" help:"Show the keys that certificates are signed with."`
	RotateKey credentialRotateCmd `cmd:"" name:"rotate-key" help:"Make a new signing key. Replicas take it up by themselves; certificates that older keys have signed stay good."`
}

// house connects as web and worker do. Whoever may run such a command has the
// master key.
func house(s *session) (*app.App, error) {
	cfg, err := app.FromEnvironment()
	if err != nil {
		return nil, err
	}
	return app.New(s.ctx, cfg, 0)
}

type credentialKeysCmd struct{}

// Run lists the keys, oldest first; the private halves are never shown.
func (c credentialKeysCmd) Run(s *session) error {
	a, err := house(s)
	if err != nil {
		return err
	}
	defer a.Close()
	keys, err := a.SigningKeys(s.ctx)
	if err != nil {
		return err
	}
	return s.answer(keys, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "STATE\tMADE (UTC)\tSIGNS FROM (UTC)\tKEY")
		for _, k := range keys {
			state := "proves only"
			switch {
			case k.Signs:
				state = "signs"
			case k.Waits:
				state = "published"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", state, keyTime(k.Made), keyTime(k.From), k.ID)
		}
		t.Flush()
	})
}

func keyTime(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

type credentialRotateCmd struct {
	Reason string `help:"Why; it is kept with the key." required:""`
	Now    bool   `help:"The new key signs at once, and no older one ever again: for a key that may be in wrong hands."`
}

// Run makes a new signing key and says from when on it signs.
func (c credentialRotateCmd) Run(s *session) error {
	a, err := house(s)
	if err != nil {
		return err
	}
	defer a.Close()
	key, err := a.RotateKey(s.ctx, c.Reason, c.Now)
	if err != nil {
		return err
	}
	return s.answer(key, func(w io.Writer) {
		fmt.Fprintln(w, key.ID)
		if key.Waits {
			fmt.Fprintf(w, "It is published now and signs from %s UTC on.\n", keyTime(key.From))
		} else {
			fmt.Fprintln(w, "It signs from now on.")
		}
	})
}
