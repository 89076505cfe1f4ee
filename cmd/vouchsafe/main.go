// Command vouchsafe is what production runs (web, worker) and what operators
// type (apply, status, list, find, failed, retry, waive, ledger, program).
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
)

type cli struct {
	Stack string `help:"Reach the stack that this stack.json describes." placeholder:"FILE" env:"VOUCHSAFE_STACK"`
	URL   string `help:"Reach the deployment at this address." env:"VOUCHSAFE_URL"`
	Key   string `help:"API key, as id:secret or its secret." env:"VOUCHSAFE_API_KEY"`
	JSON  bool   `help:"Answer in JSON."`

	Web    webCmd    `cmd:"" help:"Serve portal, console, API, webhooks and codec."`
	Worker workerCmd `cmd:"" help:"Run workflows and activities."`
	Apply  applyCmd  `cmd:"" help:"Hand in applications from JSON or CSV files."`
	Status statusCmd `cmd:"" help:"Show where an applicant stands."`
	List   listCmd   `cmd:"" help:"List applications: filtered, sorted, as a table, JSON or CSV."`
	Find   findCmd   `cmd:"" help:"Find applications by e-mail address, phone number or name."`
	Failed failedCmd `cmd:"" help:"List failed checks."`
	Retry  retryCmd  `cmd:"" help:"Retry failed checks, one or all that match."`
	Waive  waiveCmd  `cmd:"" help:"Go on without a failed check."`

	Invite inviteCmd `cmd:"" help:"Invite the people of a CSV file to apply, each once."`

	UseVendor useVendorCmd `cmd:"" help:"Move failed checks to another vendor, one or all that match."`
	Vendor    vendorCmd    `cmd:"" help:"See how vendors stand, pause one, resume it."`

	Assign assignCmd `cmd:"" help:"Give cases to a recruiter, these or all that match."`

	Runs    runsCmd    `cmd:"" help:"See a run that does one thing with many, pause it, or call it off."`
	Ledger  ledgerCmd  `cmd:"" help:"Show ledgers and prove them whole."`
	Notice  noticeCmd  `cmd:"" help:"Texts that change: tell people of a new version, or of a new owner, before it holds."`
	Program programCmd `cmd:"" help:"Check program files."`
	Lists   listsCmd   `cmd:"" help:"Show the public lists that are in force, and look for new editions."`

	Retention retentionCmd `cmd:"" help:"See what is due by the retention table, have it found, and approve that it is destroyed."`

	Hold holdCmd `cmd:"" help:"See holds, set and release them: nothing of who is held is destroyed."`

	Request requestCmd `cmd:"" help:"Requests about people's data: see them, take them in, answer and extend them."`

	Legal legalCmd `cmd:"" help:"Legal process: open cases, approve them, give what they ask for, note who was told."`

	Kept keptCmd `cmd:"" help:"What the law keeps of somebody who is erased: list it, open it for a legal basis."`

	Ticket ticketCmd `cmd:"" help:"Support tickets, under which an applicant's data are read to help them: list, open, close."`

	Keys keyCmd `cmd:"" name:"key" help:"Make, list, rotate and revoke API keys."`

	Webhooks webhooksCmd `cmd:"" help:"Webhook endpoints of integrators: make, list, pause, rotate, test and delete them, and replay dead letters."`

	Credential credentialCmd `cmd:"" help:"Show and rotate the keys that certificates are signed with. Run it where web runs: it needs the same environment."`

	StaffLink staffLinkCmd `cmd:"" help:"Print a link that signs somebody in to the console, once. Run it where web runs: it needs the same environment."`
}

// session is what a command needs of the outside.
type session struct {
	ctx    context.Context
	cli    *cli
	stdout io.Writer
	stderr io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run is main without the process: it gives the exit code. 0: done; 1: it
// failed; 2: it was called wrongly.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var c cli
	exit := -1
	parser, err := kong.New(&c, kong.Name("vouchsafe"), kong.UsageOnError(), kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.Description("Takes people who apply as independent contact-center agents from sign-up to certified."))
	if err != nil {
		fmt.Fprintln(stderr, "vouchsafe:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // --help
		return exit
	}
	if err != nil {
		fmt.Fprintln(stderr, "vouchsafe:", err)
		return 2
	}
	if err := command.Run(&session{ctx: ctx, cli: &c, stdout: stdout, stderr: stderr}); err != nil {
		fmt.Fprintln(stderr, "vouchsafe:", err)
		return 1
	}
	return 0
}

// stack reads the file that --stack names; ok is false without one.
func (s *session) stack() (stackfile.File, bool, error) {
	if s.cli.Stack == "" {
		return stackfile.File{}, false, nil
	}
	f, err := stackfile.Read(s.cli.Stack)
	return f, err == nil, err
}

// api reaches the API by flags, environment or stack.json.
func (s *session) api() (*client.Client, error) {
	f, ok, err := s.stack()
	if err != nil {
		return nil, err
	}
	address, key := s.cli.URL, s.cli.Key
	if ok {
		if address == "" {
			address = f.Web
		}
		if key == "" {
			key = f.APIKey
		}
	}
	if address == "" || key == "" {
		return nil, fmt.Errorf("which deployment? Give --stack stack.json, or --url and --key (VOUCHSAFE_URL, VOUCHSAFE_API_KEY)")
	}
	return client.New(address, key), nil
}

// answer prints v as JSON, or by words.
func (s *session) answer(v any, words func(io.Writer)) error {
	if !s.cli.JSON {
		words(s.stdout)
		return nil
	}
	enc := json.NewEncoder(s.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
