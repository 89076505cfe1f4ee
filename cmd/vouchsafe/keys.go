package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type keyCmd struct {
	List   keyListCmd   `cmd:"" default:"1" help:"List the API keys that were made."`
	Make   keyMakeCmd   `cmd:"" help:"Make an API key, and print its secret this once."`
	Rotate keyRotateCmd `cmd:"" help:"Give a key a new secret, and print it this once."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key for good."`
}

type keyListCmd struct{}

// Run lists the keys.
func (c keyListCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	keys, err := api.Keys(s.ctx)
	if err != nil {
		return err
	}
	return s.answer(keys, func(w io.Writer) {
		if len(keys) == 0 {
			fmt.Fprintln(w, "No key has been made. Those of the configuration are not listed.")
			return
		}
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "KEY\tNAME\tMAY\tPROGRAMS\tEXPIRES (UTC)\tLAST USED\tSTATE")
		for _, k := range keys {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.ID, k.Name, strings.Join(k.Actions, " "), orWord(strings.Join(k.Programs, " "), "all"),
				k.Expires.UTC().Format("2006-01-02 15:04"), orWord(k.LastUsed, "never"), keyState(k))
		}
		t.Flush()
	})
}

func orWord(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func keyState(k client.APIKey) string {
	switch {
	case k.Revoked != nil:
		return "revoked"
	case time.Now().After(k.Expires):
		return "expired"
	}
	return "holds"
}

type keyMakeCmd struct {
	Name    string   `arg:"" help:"Which program of whom uses it."`
	Action  []string `required:"" help:"What it may do, such as view_list; may be given several times. The README has the table." placeholder:"ACTION"`
	Program []string `help:"For applicants of this program; may be given several times. None: of all." placeholder:"ID"`
	Days    int      `help:"How many days it holds." default:"90"`
}

// Run makes a key.
func (c keyMakeCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	made, err := api.MakeKey(s.ctx, c.Name, c.Action, c.Program, c.Days)
	if err != nil {
		return err
	}
	return s.answerSecret(made)
}

// answerSecret prints a secret, alone on standard output so that it can be piped on.
func (s *session) answerSecret(made client.NewAPIKey) error {
	return s.answer(made, func(w io.Writer) {
		fmt.Fprintln(w, made.Secret)
		fmt.Fprintf(s.stderr, "Key %s holds until %s UTC. Its secret is shown this once.\n", made.Key.ID, made.Key.Expires.UTC().Format("2006-01-02 15:04"))
		if made.Key.Overlap != nil {
			fmt.Fprintf(s.stderr, "The secret before works on until %s UTC.\n", made.Key.Overlap.UTC().Format("2006-01-02 15:04"))
		}
	})
}

type keyRotateCmd struct {
	Key     string `arg:"" help:"The key's ID."`
	Overlap int    `help:"For how many hours the secret before works on." default:"24"`
}

// Run rotates a key.
func (c keyRotateCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	made, err := api.RotateKey(s.ctx, c.Key, c.Overlap)
	if err != nil {
		return err
	}
	return s.answerSecret(made)
}

type keyRevokeCmd struct {
	Key string `arg:"" help:"The key's ID."`
}

// Run ends a key.
func (c keyRevokeCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	k, err := api.RevokeKey(s.ctx, c.Key)
	if err != nil {
		return err
	}
	return s.answer(k, func(w io.Writer) { fmt.Fprintf(w, "Key %s is revoked.\n", k.ID) })
}
