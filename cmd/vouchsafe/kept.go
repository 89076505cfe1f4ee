package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type keptCmd struct {
	List keptListCmd `cmd:"" help:"What the law keeps of an applicant who is erased, and until when."`
	Open keptOpenCmd `cmd:"" help:"Open it for a legal basis, into a file; it is recorded first."`
}

type keptListCmd struct {
	ID string `arg:"" help:"The applicant."`
}

// Run lists what is kept.
func (c keptListCmd) Run(s *session) error {
	return table(s, func(api *client.Client) ([]client.Kept, error) { return api.Kept(s.ctx, c.ID) }, "CATEGORY\tWHAT\tBY\tUNTIL",
		func(k client.Kept) []any {
			return []any{k.Category, k.Says, k.Rule, k.Until.UTC().Format(time.DateOnly)}
		})
}

type keptOpenCmd struct {
	ID       string `arg:"" help:"The applicant."`
	Category string `arg:"" help:"tax, screening or consent." enum:"tax,screening,consent"`
	Basis    string `help:"tax_authority, claim, litigation, regulator or legal_process." required:"" enum:"tax_authority,claim,litigation,regulator,legal_process"`
	Reason   string `help:"Which matter it is for; it is kept sealed." required:""`
	Case     string `help:"For legal_process: the case." placeholder:"CASE"`
	Out      string `help:"The file to write; without: the name that it comes with." placeholder:"FILE"`
}

// Run opens what is kept.
func (c keptOpenCmd) Run(s *session) error {
	return s.saved(c.Out, func(api *client.Client) (client.File, error) {
		return api.OpenKept(s.ctx, c.ID, c.Category, c.Basis, c.Case, c.Reason)
	})
}

// saved writes what is opened to a file that nobody else may read, and never over one that
// is there.
func (s *session) saved(name string, open func(*client.Client) (client.File, error)) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	if name != "" {
		if _, err := os.Stat(name); err == nil {
			return fmt.Errorf("%s is there already: name another file with --out", name)
		}
	}
	f, err := open(api)
	if err != nil {
		return err
	}
	if name == "" {
		name = f.Name
	}
	w, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if _, err := w.Write(f.Content); err != nil {
		w.Close()
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return s.answer(map[string]any{"file": name, "bytes": len(f.Content), "media_type": f.MediaType}, func(out io.Writer) {
		fmt.Fprintf(out, "%s: %d bytes. It may hold personal data: delete it when it has served.\n", name, len(f.Content))
	})
}
