package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type legalCmd struct {
	List     legalListCmd     `cmd:"" help:"Cases of legal process and emergencies, the newest first."`
	Show     legalShowCmd     `cmd:"" help:"One case: what is asked for, who approved it, what was given, who was told."`
	Open     legalOpenCmd     `cmd:"" help:"Ask for a disclosure that the law compels or allows; somebody else must approve it."`
	Approve  legalApproveCmd  `cmd:"" help:"Approve a case that somebody else has opened."`
	Refuse   legalRefuseCmd   `cmd:"" help:"Refuse a case that somebody else has opened."`
	Give     legalGiveCmd     `cmd:"" help:"Put together what an approved case asks for, after the ledger's record."`
	Fetch    legalFetchCmd    `cmd:"" help:"Take what was given of an applicant into a file, to hand it over; it is recorded first."`
	Document legalDocumentCmd `cmd:"" help:"Take the document that a case rests on into a file; it is recorded first."`
	Told     legalToldCmd     `cmd:"" help:"Note when and how an applicant was told."`
}

const legalHead = "CASE\tKIND\tAUTHORITY\tAPPLICANTS\tASKED\tSTATE"

func legalLine(c client.LegalCase) []any {
	return []any{c.ID, c.Kind, c.Authority, len(c.Scope.Applicants), utc(c.Asked.At) + ", by " + c.Asked.By, c.State}
}

// legal does something with a case and answers the case.
func (s *session) legal(do func(*client.Client) (client.LegalCase, error)) error {
	return fetched(s, do, func(w io.Writer, c client.LegalCase) {
		rows(w, legalHead, []client.LegalCase{c}, legalLine)
		fmt.Fprintf(w, "Asked for: %v of %v", c.Scope.Categories, c.Scope.Applicants)
		if c.Scope.From != "" || c.Scope.To != "" {
			fmt.Fprintf(w, ", from %q to %q", c.Scope.From, c.Scope.To)
		}
		fmt.Fprintln(w)
		if d := c.Approved; !d.At.IsZero() {
			fmt.Fprintf(w, "Approved: %s, by %s: %s\n", utc(d.At), d.By, d.Words)
		}
		if d := c.Refused; !d.At.IsZero() {
			fmt.Fprintf(w, "Refused: %s, by %s: %s\n", utc(d.At), d.By, d.Words)
		}
		for _, g := range c.Given {
			fmt.Fprintf(w, "Given of %s: %s, by %s, %d files\n", g.Applicant, utc(g.At), g.By, len(g.Files))
		}
		for _, t := range c.Told {
			fmt.Fprintf(w, "Told %s: %s, by %s: %s\n", t.Applicant, utc(t.At), t.By, t.Words)
		}
		if c.Silent.Until != "" {
			fmt.Fprintf(w, "Nobody is told before %s: %s\n", c.Silent.Until, c.Silent.Reason)
		}
	})
}

type legalListCmd struct{}

// Run lists cases.
func (legalListCmd) Run(s *session) error {
	return table(s, func(api *client.Client) ([]client.LegalCase, error) { return api.LegalCases(s.ctx) }, legalHead, legalLine)
}

type legalShowCmd struct {
	Case string `arg:"" help:"The case."`
}

// Run shows a case.
func (c legalShowCmd) Run(s *session) error {
	return s.legal(func(api *client.Client) (client.LegalCase, error) { return api.LegalCase(s.ctx, c.Case) })
}

type legalOpenCmd struct {
	Document  string   `arg:"" help:"The document: a PDF, or a photo of the paper." type:"existingfile"`
	Kind      string   `help:"subpoena, court_order, warrant or emergency." required:"" enum:"subpoena,court_order,warrant,emergency"`
	Authority string   `help:"Who asks: the court or the authority, and their number of the matter." required:""`
	Reason    string   `help:"Why the law compels it, or allows it; cite the rule." required:""`
	Applicant []string `help:"Whose data: an ID; several times for several." required:"" placeholder:"ID"`
	Category  []string `help:"Which category the document asks for; several times for several." required:""`
	From      string   `help:"From which day on." placeholder:"YYYY-MM-DD"`
	To        string   `help:"Up to which day." placeholder:"YYYY-MM-DD"`
	Until     string   `name:"silent-until" help:"Until which day the applicant must not be told." placeholder:"YYYY-MM-DD"`
	Silence   string   `name:"silent-because" help:"What forbids it."`
	Name      string   `help:"Your own name for the case; the same again opens nothing." placeholder:"CASE"`
}

// Run opens a case.
func (c legalOpenCmd) Run(s *session) error {
	body, err := os.ReadFile(c.Document)
	if err != nil {
		return err
	}
	return s.legal(func(api *client.Client) (client.LegalCase, error) {
		return api.OpenLegalCase(s.ctx, client.NewLegalCase{ID: c.Name, Kind: c.Kind, Authority: c.Authority, Reason: c.Reason, File: filepath.Base(c.Document), Document: body,
			Applicants: c.Applicant, Categories: c.Category, From: c.From, To: c.To, Until: c.Until, Silence: c.Silence})
	})
}

type legalApproveCmd struct {
	Case   string `arg:"" help:"The case."`
	Reason string `help:"Why it may be given." required:""`
}

// Run approves a case.
func (c legalApproveCmd) Run(s *session) error {
	return s.legal(func(api *client.Client) (client.LegalCase, error) {
		return api.RuleOnLegalCase(s.ctx, c.Case, true, c.Reason)
	})
}

type legalRefuseCmd struct {
	Case   string `arg:"" help:"The case."`
	Reason string `help:"Why it is not given." required:""`
}

// Run refuses a case.
func (c legalRefuseCmd) Run(s *session) error {
	return s.legal(func(api *client.Client) (client.LegalCase, error) {
		return api.RuleOnLegalCase(s.ctx, c.Case, false, c.Reason)
	})
}

type legalGiveCmd struct {
	Case string `arg:"" help:"The case."`
}

// Run puts together what a case asks for.
func (c legalGiveCmd) Run(s *session) error {
	return s.legal(func(api *client.Client) (client.LegalCase, error) { return api.GiveLegalCase(s.ctx, c.Case) })
}

type legalFetchCmd struct {
	Case string `arg:"" help:"The case."`
	ID   string `arg:"" help:"The applicant."`
	Out  string `help:"The file to write; without: the name that it comes with." placeholder:"FILE"`
}

// Run fetches what was given.
func (c legalFetchCmd) Run(s *session) error {
	return s.saved(c.Out, func(api *client.Client) (client.File, error) { return api.FetchLegalCase(s.ctx, c.Case, c.ID) })
}

type legalDocumentCmd struct {
	Case string `arg:"" help:"The case."`
	Out  string `help:"The file to write; without: the name that it comes with." placeholder:"FILE"`
}

// Run fetches the document.
func (c legalDocumentCmd) Run(s *session) error {
	return s.saved(c.Out, func(api *client.Client) (client.File, error) { return api.LegalDocument(s.ctx, c.Case) })
}

type legalToldCmd struct {
	Case string `arg:"" help:"The case."`
	ID   string `arg:"" help:"The applicant."`
	How  string `help:"When and how they were told." required:""`
}

// Run notes that somebody was told.
func (c legalToldCmd) Run(s *session) error {
	return s.legal(func(api *client.Client) (client.LegalCase, error) {
		return api.TellLegalCase(s.ctx, c.Case, c.ID, c.How)
	})
}
