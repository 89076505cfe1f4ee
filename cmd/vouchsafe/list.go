package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

// moment is a time on the command line: RFC 3339, a day, or a duration from now.
type moment struct{ time.Time }

// UnmarshalText reads "2026-11-28T09:00:00Z", "2026-11-28" (its beginning, UTC), "36h"
// (so long ago) or "+36h" (so long from now).
func (m *moment) UnmarshalText(text []byte) (err error) {
	s := string(text)
	if m.Time, err = time.Parse(time.RFC3339, s); err == nil {
		return nil
	}
	if m.Time, err = time.Parse(time.DateOnly, s); err == nil {
		return nil
	}
	ahead, future := strings.CutPrefix(s, "+")
	d, err := time.ParseDuration(ahead)
	switch {
	case err != nil || d < 0:
		return fmt.Errorf("%q is no time: give 2026-11-28, 2026-11-28T09:00:00Z, 36h for so long ago, or +36h for so long from now", s)
	case future:
		m.Time = time.Now().Add(d)
	default:
		m.Time = time.Now().Add(-d)
	}
	return nil
}

func (m moment) query() string {
	if m.IsZero() {
		return ""
	}
	return m.UTC().Format(time.RFC3339)
}

// shown is how a list of applications is written out.
type shown struct {
	Limit int  `help:"At most so many; 0 means all."`
	CSV   bool `name:"csv" help:"Write CSV, with the columns that the console's has."`
}

type listCmd struct {
	matching
	Stage         string `help:"Only this stage; under-way: handed in, and neither certified nor over."`
	Attention     string `help:"Only those who wait for: none, applicant, recruiter, reviewer, ops, privacy, or others (not the applicant)."`
	Failed        bool   `help:"Only those with a failed check."`
	Recruiter     string `help:"Only those of this recruiter, by the staff ID; nobody: those whom nobody has."`
	Outcome       string `help:"Only this outcome: certified, declined, withdrawn, expired."`
	Jurisdiction  string `help:"Only where the rules of this place hold, such as US-CA."`
	Open          bool   `help:"Only those that are not over."`
	DueAfter      moment `help:"Due then or later: a day, a time, 36h (ago) or +36h (from now)." placeholder:"TIME"`
	DueBefore     moment `help:"Due before then." placeholder:"TIME"`
	Overdue       bool   `help:"Due before now."`
	ChangedAfter  moment `help:"Came to where they are then or later." placeholder:"TIME"`
	ChangedBefore moment `help:"Have been where they are since before then: 24h, for over a day." placeholder:"TIME"`
	AppliedAfter  moment `help:"Applied then or later." placeholder:"TIME"`
	AppliedBefore moment `help:"Applied before then." placeholder:"TIME"`
	Sort          string `help:"applied, since (longest where they are first) or due; --sort=-since and so on: the other way round." enum:",applied,-applied,since,-since,due,-due" default:""`
	shown
}

func (c listCmd) filter() (map[string]string, error) {
	if c.Overdue {
		if !c.DueBefore.IsZero() {
			return nil, errors.New("give --overdue or --due-before, not both")
		}
		c.DueBefore.Time = time.Now()
	}
	f := c.matching.filter()
	for name, value := range map[string]string{"stage": c.Stage, "attention": c.Attention, "recruiter": c.Recruiter, "outcome": c.Outcome,
		"jurisdiction": c.Jurisdiction, "due_after": c.DueAfter.query(), "due_before": c.DueBefore.query(), "changed_after": c.ChangedAfter.query(),
		"changed_before": c.ChangedBefore.query(), "applied_after": c.AppliedAfter.query(), "applied_before": c.AppliedBefore.query(), "sort": c.Sort} {
		f[name] = value
	}
	for name, set := range map[string]bool{"failed": c.Failed, "open": c.Open} {
		if set {
			f[name] = "true"
		}
	}
	return f, nil
}

// Run lists applications, as the console's table does.
func (c listCmd) Run(s *session) error {
	f, err := c.filter()
	if err != nil {
		return err
	}
	api, err := s.api()
	if err != nil {
		return err
	}
	return c.write(s, func(limit int, cursor string) (client.Page, error) {
		f["limit"], f["cursor"] = fmt.Sprint(limit), cursor
		return api.List(s.ctx, f)
	})
}

type findCmd struct {
	For string `help:"Whom: a whole e-mail address, a whole phone number, or a name or parts of one. Without it, it is asked for on standard input, so that it stands in no shell history and no list of processes." placeholder:"TEXT"`
	shown
}

// Run finds applications by what stands in them, through keyed hashes.
func (c findCmd) Run(s *session) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	text := c.For
	if text == "" {
		if text, err = ask(s); err != nil {
			return err
		}
	}
	return c.write(s, func(limit int, cursor string) (client.Page, error) { return api.Search(s.ctx, text, limit, cursor) })
}

// ask reads one line of standard input, after a word to whoever sits before it.
func ask(s *session) (string, error) {
	if info, err := os.Stdin.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
		fmt.Fprint(s.stderr, "E-mail address, phone number or name: ")
	}
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	line = strings.TrimSpace(line)
	if line == "" && (err == nil || errors.Is(err, io.EOF)) {
		return "", errors.New("whom? Type an e-mail address, a phone number or a name on standard input, or give --for")
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return line, err
}

// mostInPage is how many the API gives at once.
const mostInPage = 500

// write asks for page after page and writes them out.
func (c shown) write(s *session, ask func(limit int, cursor string) (client.Page, error)) error {
	if c.CSV && s.cli.JSON {
		return errors.New("give --csv or --json, not both")
	}
	if c.Limit < 0 {
		return errors.New("--limit is a number from 0 on")
	}
	all := []client.Line{}
	for cursor := ""; ; {
		limit := mostInPage
		if c.Limit > 0 {
			limit = min(limit, c.Limit-len(all))
		}
		page, err := ask(limit, cursor)
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		cursor = page.NextCursor
		if cursor == "" || c.Limit > 0 && len(all) >= c.Limit {
			break
		}
	}
	if c.CSV {
		return writeCSV(s.stdout, all)
	}
	return s.answer(all, func(w io.Writer) { writeTable(w, all) })
}

func writeTable(w io.Writer, all []client.Line) {
	if len(all) == 0 {
		fmt.Fprintln(w, "Nobody.")
		return
	}
	t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
	fmt.Fprintln(t, "APPLICANT\tPROGRAM\tSTAGE\tWAITS FOR\tSINCE (UTC)\tDUE (UTC)\tRECRUITER\tOUTCOME\tFAILED CHECKS")
	for _, l := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, l.Program, l.Stage, l.Attention, when(l.Since, time.DateTime), when(l.DueBy, time.DateTime),
			l.Recruiter, l.Outcome, strings.Join(l.FailedChecks, " "))
	}
	t.Flush()
}

func writeCSV(to io.Writer, all []client.Line) error {
	w := csv.NewWriter(to)
	_ = w.Write([]string{"applicant", "program", "stage", "waits_for", "since", "due_by", "failed_checks", "recruiter", "outcome", "jurisdiction", "applied"}) // Error tells
	for _, l := range all {
		_ = w.Write([]string{l.ID, l.Program, l.Stage, l.Attention, when(l.Since, time.RFC3339), when(l.DueBy, time.RFC3339), strings.Join(l.FailedChecks, " "),
			l.Recruiter, l.Outcome, l.Jurisdiction, when(l.StartedAt, time.RFC3339)})
	}
	w.Flush()
	return w.Error()
}

func when(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(layout)
}
