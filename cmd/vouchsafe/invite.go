package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type inviteCmd struct {
	File      string  `arg:"" help:"CSV file with a person a line; its first line names the columns: email, program, given_name, language, reference." type:"existingfile"`
	Program   string  `help:"Program, for lines that name none."`
	Language  string  `help:"Language of the letters, for lines that name none: en or es."`
	Again     bool    `help:"Invite those again too whose earlier invitation was not answered."`
	Check     bool    `help:"Only look at the lines; nobody is invited."`
	Faulty    string  `help:"Where the faulty lines go, to be mended and sent again; without it beside the file, as FILE-to-mend.csv." placeholder:"FILE"`
	PerSecond float64 `help:"People a second at most; 0 means the deployment's default. Letters go at the mail server's pace besides."`
	Detach    bool    `help:"Do not wait until all are invited; it goes on by itself."`
}

// Run invites the people of a file, each once, however often it is given. It fails
// when lines have to be mended, after all others were invited.
func (c inviteCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	file, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	sent, err := api.InviteCSV(s.ctx, file, client.InviteOptions{Program: c.Program, Language: c.Language, Again: c.Again, Check: c.Check, PerSecond: c.PerSecond}, uuid.NewString())
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Base(c.File), err)
	}
	out := struct {
		client.Invited
		Faulty string `json:"faulty_file,omitempty"`
	}{Invited: sent}
	if sent.List.Faults > 0 {
		if out.Faulty, err = c.keepFaulty(s, api, sent.List.ID); err != nil {
			return err
		}
	}
	if !c.Check && !c.Detach {
		if out.List, err = watchInvitations(s, api, sent.List); err != nil {
			return err
		}
		if out.Lines, err = api.InvitationLines(s.ctx, sent.List.ID); err != nil {
			return err
		}
	}
	if c.Check {
		// Nobody waits for it any more: what was sent goes at once.
		if out.List, err = api.SteerInvitationList(s.ctx, sent.List.ID, "discard"); err != nil {
			return err
		}
	}
	if err := s.answer(out, func(w io.Writer) { c.words(w, out.Invited) }); err != nil {
		return err
	}
	if out.List.Faults > 0 {
		return fmt.Errorf("%d of %d lines have to be mended: they are in %s; mend them and give that file, nobody is invited twice", out.List.Faults, out.List.Lines, out.Faulty)
	}
	if out.List.State == "canceled" {
		return fmt.Errorf("the list was called off when %d of %d were dealt with", out.List.Dealt, out.List.Total)
	}
	return nil
}

func (c inviteCmd) words(w io.Writer, out client.Invited) {
	if out.Encoding != "" {
		fmt.Fprintf(w, "The file is not UTF-8; it was read as %s: look whether names with accents are right.\n", out.Encoding)
	}
	if len(out.Unread) > 0 {
		fmt.Fprintf(w, "Columns that are for nothing were not read: %s\n", strings.Join(out.Unread, ", "))
	}
	for _, l := range out.Lines {
		if l.Says != "" {
			fmt.Fprintf(w, "line %d: %s\n", l.Line, l.Says)
		}
	}
	verb := fmt.Sprintf("Invited: %d", out.List.Invited)
	if c.Check {
		verb = fmt.Sprintf("Can be invited: %d", out.List.Ready)
	} else if c.Detach {
		verb = fmt.Sprintf("Being invited: %d", out.List.Total)
	}
	fmt.Fprintf(w, "%s of %d lines; left out: %d; not answered an earlier invitation: %d; to mend: %d\n", verb, out.List.Lines, out.List.LeftOut, out.List.Again, out.List.Faults)
}

// keepFaulty writes the faulty lines beside the file, for its owner alone to read.
func (c inviteCmd) keepFaulty(s *session, api *client.Client, list string) (string, error) {
	to := c.Faulty
	if to == "" {
		to = strings.TrimSuffix(c.File, filepath.Ext(c.File)) + "-to-mend.csv"
	}
	body, err := api.FaultyInvitations(s.ctx, list)
	if err != nil {
		return "", err
	}
	return to, os.WriteFile(to, body, 0o600)
}

// watchInvitations shows how a list goes to its end. An interrupt ends the watching
// alone.
func watchInvitations(s *session, api *client.Client, list client.InvitationList) (client.InvitationList, error) {
	bar := s.progress(list.Total, "invited")
	for !list.Over() {
		_ = bar.Set(list.Dealt) // a bar that cannot be drawn stops nothing
		select {
		case <-s.ctx.Done():
			return list, fmt.Errorf("no longer watching; the list %s goes on", list.ID)
		case <-time.After(lookEvery):
		}
		var err error
		if list, err = api.InvitationList(s.ctx, list.ID); err != nil {
			return list, fmt.Errorf("the inviting goes on; it could not be watched: %w", err)
		}
	}
	_ = bar.Finish()
	return list, nil
}
