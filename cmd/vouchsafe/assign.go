package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type assignCmd struct {
	IDs          []string `arg:"" optional:"" name:"id" help:"The applicants' IDs."`
	To           string   `help:"Staff ID of the recruiter who gets the cases." required:""`
	AllMatching  bool     `help:"Give every case that is not over and that the filters let through."`
	Stage        string   `help:"Only this stage; under-way: handed in, and neither certified nor over."`
	Attention    string   `help:"Only those who wait for: none, applicant, recruiter, reviewer, ops, privacy, or others (not the applicant)."`
	Program      string   `help:"Only this program."`
	Recruiter    string   `help:"Only those of this recruiter, by the staff ID; nobody: those whom nobody has."`
	Jurisdiction string   `help:"Only where the rules of this place hold, such as US-CA."`
	Failed       bool     `help:"Only those with a failed check."`
	PerSecond    float64  `help:"Cases a second at most; 0 means the deployment's default."`
	Detach       bool     `help:"Do not wait; the run goes on, see 'runs'."`
}

// Run gives cases to a recruiter, by a run of its own.
func (c assignCmd) Run(s *session) error {
	q := client.AssignRequest{Recruiter: c.To, Applications: c.IDs, PerSecond: c.PerSecond}
	narrowed := map[string]any{}
	for name, value := range map[string]string{"stage": c.Stage, "attention": c.Attention, "program": c.Program, "recruiter": c.Recruiter, "jurisdiction": c.Jurisdiction} {
		if value != "" {
			narrowed[name] = value
		}
	}
	if c.Failed {
		narrowed["failed"] = true
	}
	switch {
	case c.AllMatching == (len(c.IDs) > 0):
		return errors.New("which cases? Give applicants' IDs, or --all-matching, and not both")
	case c.AllMatching:
		q.Match = narrowed
	case len(narrowed) > 0:
		return errors.New("the filters go with --all-matching, not with applicants' IDs")
	}
	api, err := s.api()
	if err != nil {
		return err
	}
	run, err := api.AssignMany(s.ctx, q, uuid.NewString())
	if err != nil {
		return err
	}
	if c.Detach {
		return s.answer(run, func(w io.Writer) { fmt.Fprintf(w, "Started. See how it goes: vouchsafe runs %s\n", run.ID) })
	}
	return watch(s, api, run.ID)
}
