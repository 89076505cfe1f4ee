package main

import "github.com/vouchsafe/vouchsafe/internal/app"

type webCmd struct{}

// Run serves until it is told to stop.
func (webCmd) Run(s *session) error { return serve(s, app.RoleWeb) }

type workerCmd struct{}

// Run works until it is told to stop; what it has begun it finishes.
func (workerCmd) Run(s *session) error { return serve(s, app.RoleWorker) }

func serve(s *session, role app.Role) error {
	cfg, err := app.FromEnvironment()
	if err != nil {
		return err
	}
	a, err := app.New(s.ctx, cfg, role)
	if err != nil {
		return err
	}
	return a.Run(s.ctx)
}
