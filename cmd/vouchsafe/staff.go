package main

import (
	"fmt"
	"io"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/app"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

type staffLinkCmd struct {
	Role string        `arg:"" enum:"recruiter,ops,reviewer,privacy,auditor,admin" help:"recruiter, ops, reviewer, privacy, auditor or admin."`
	For  time.Duration `help:"How long the link waits to be used." default:"1h"`
	// Program is checked by the deployment's own list.
	Program []string `help:"Only for applicants of this program; may be given several times." placeholder:"ID"`
}

// Run prints one link. Whoever may run it has the master key, so it gives away
// nothing that they do not have.
func (c staffLinkCmd) Run(s *session) error {
	cfg, err := app.FromEnvironment()
	if err != nil {
		return err
	}
	a, err := app.New(s.ctx, cfg, 0)
	if err != nil {
		return err
	}
	defer a.Close()
	link, err := a.StaffLink(identity.Role(c.Role), c.For, c.Program...)
	if err != nil {
		return err
	}
	return s.answer(map[string]string{"role": c.Role, "link": link}, func(w io.Writer) { fmt.Fprintln(w, link) })
}
