// Command vouchsafe-dev is the whole house in one process on one machine:
// Temporal and its Web UI, S3, mail, the vendors' sandbox, web and worker.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sort"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kong"

	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/devstack/objects"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
)

type cli struct {
	Home      string  `help:"Folder that keeps everything; started again on it, the stack goes on where it was." default:".vouchsafe" type:"path"`
	FreePorts bool    `help:"Take free ports instead of the fixed ones."`
	Clock     float64 `help:"How many seconds of a statutory or reminder clock pass in one second; 1, or 21600 (a day in four seconds) with --demo." default:"0"`
	Attempts  int     `help:"How often a failing vendor is tried before ops are called." default:"10"`
	Programs  string  `help:"Folder of program files; the built-in ones when not given." type:"existingdir"`
	Verbose   bool    `help:"Log what happens."`

	Demo  int      `help:"Push so many varied applicants through, and show their progress to the end." default:"0"`
	Serve struct{} `cmd:"" default:"1" hidden:""`
	Bench benchCmd `cmd:"" help:"Measure applicants a second against a bare workflow, on the same engine; prints one JSON object."`
}

func main() {
	if objects.IsChild() {
		os.Exit(objects.RunChild())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	command := kong.Parse(&c, kong.Name("vouchsafe-dev"), kong.Description("Everything on one machine, for trying and for tests."))
	var err error
	if command.Command() == "bench" {
		err = c.Bench.run(ctx, os.Stdout, os.Stderr)
	} else {
		err = serve(ctx, c, os.Stdout, os.Stderr)
	}
	if err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintln(os.Stderr, "vouchsafe-dev:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

// demoClock lets a day pass in four seconds, so that a five-day wait can be seen.
const demoClock = 21600

func serve(ctx context.Context, c cli, stdout, stderr io.Writer) error {
	began := time.Now()
	level := slog.LevelError
	logLevel := "warn"
	if c.Verbose {
		level, logLevel = slog.LevelInfo, "info"
	}
	if c.Clock == 0 {
		c.Clock = 1
		if c.Demo > 0 {
			c.Clock = demoClock
		}
	}
	box, err := onebox.Start(ctx, onebox.Config{Home: c.Home, FreePorts: c.FreePorts, Clock: c.Clock, Attempts: c.Attempts, ProgramsDir: c.Programs,
		ReportDelay: time.Second, Receiver: true, LogLevel: logLevel, Log: slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: level}))})
	if err != nil {
		return err
	}
	table(stdout, box, time.Since(began))
	if c.Demo > 0 {
		if _, err := demo.Run(ctx, box.Face, c.Demo, stderr, stdout); err != nil {
			return errors.Join(err, box.Close())
		}
		fmt.Fprintln(stdout, "The demo is over; the stack runs on. Ctrl-C stops it.")
	}
	select {
	case <-ctx.Done():
	case err = <-box.Done():
		return errors.Join(fmt.Errorf("the web stopped: %w", err), box.Close())
	}
	fmt.Fprintln(stdout, "Stopping; what was begun goes on at the next start.")
	return box.Close()
}

// table says where everything is.
func table(w io.Writer, box *onebox.Box, took time.Duration) {
	f := box.Face
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	row := func(what, where, why string) { fmt.Fprintf(t, "%s\t%s\t%s\n", what, why, where) }
	row("Apply", f.Web+"/apply", "as an applicant")
	row("Inbox", f.Mail.Inbox, "where their letters go")
	row("Temporal", f.Temporal.UI, "every applicant, in plain words")
	row("API", f.Web+"/api/v1/openapi.json", "key in stack.json")
	row("Sandbox", f.Sandbox+"/_books", "what the vendors were asked")
	row("Webhooks", f.Sandbox+"/_webhooks", "what an integrator is told")
	row("Ledger", f.Web+"/.well-known/ledger/keys", "the key that proves it")
	row("S3", f.S3.Endpoint, "keys in stack.json")
	roles := make([]string, 0, len(f.Staff))
	for r := range f.Staff {
		roles = append(roles, r)
	}
	sort.Strings(roles)
	for _, r := range roles {
		row("Console", f.Staff[r], "once, as "+r)
	}
	t.Flush()
	fmt.Fprintf(w, "\nReady in %.1f s. All of it is in %s/stack.json, for tools: bin/vouchsafe --stack %s/stack.json status ID\n\n",
		took.Seconds(), box.Stack.Home(), box.Stack.Home())
}
