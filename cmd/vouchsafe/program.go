package main

import (
	"fmt"
	"io"

	"github.com/vouchsafe/vouchsafe/internal/program"
)

type programCmd struct {
	Check programCheckCmd `cmd:"" help:"Check program files."`
}

type programCheckCmd struct {
	Files []string `arg:"" help:"Program files (YAML)." type:"existingfile"`
}

// Run checks each file and names every fault with its line.
func (c programCheckCmd) Run(s *session) error {
	problems := []program.Problem{}
	for _, f := range c.Files {
		problems = append(problems, program.Check(f)...)
	}
	if err := s.answer(problems, func(w io.Writer) {
		for _, p := range problems {
			fmt.Fprintln(w, p)
		}
		if len(problems) == 0 {
			fmt.Fprintf(w, "%d files, no faults\n", len(c.Files))
		}
	}); err != nil {
		return err
	}
	if len(problems) > 0 {
		return fmt.Errorf("%d faults were found", len(problems))
	}
	return nil
}
