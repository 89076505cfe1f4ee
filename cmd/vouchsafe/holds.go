package main

import (
	"fmt"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type holdCmd struct {
	List    holdListCmd    `cmd:"" help:"Whose data must not go for now, the oldest hold first."`
	Set     holdSetCmd     `cmd:"" help:"Set a hold: nothing of the applicant is destroyed until it is released."`
	Release holdReleaseCmd `cmd:"" help:"Release a hold."`
}

type holdListCmd struct {
	ID       string `arg:"" optional:"" help:"The applicant; without: everybody's."`
	Released bool   `help:"Those too that were released."`
}

// Run lists holds.
func (c holdListCmd) Run(s *session) error {
	return s.holds(func(api *client.Client) ([]client.Hold, error) {
		if c.ID != "" {
			return api.HoldsOn(s.ctx, c.ID)
		}
		return api.Holds(s.ctx, c.Released)
	})
}

type holdSetCmd struct {
	ID     string `arg:"" help:"The applicant."`
	Kind   string `help:"legal, dispute or emergency." required:"" enum:"legal,dispute,emergency"`
	Reason string `help:"Which matter it is for; it is kept sealed." required:""`
	Name   string `help:"Your own name for the hold; the same again sets nothing." placeholder:"HOLD"`
}

// Run sets a hold.
func (c holdSetCmd) Run(s *session) error {
	return s.holds(func(api *client.Client) ([]client.Hold, error) {
		return api.SetHold(s.ctx, c.ID, c.Name, c.Kind, c.Reason)
	})
}

type holdReleaseCmd struct {
	ID     string `arg:"" help:"The applicant."`
	Hold   string `arg:"" help:"The hold, as the list names it."`
	Reason string `help:"Why the data need not be kept for it any more; it is kept sealed." required:""`
}

// Run releases a hold.
func (c holdReleaseCmd) Run(s *session) error {
	return s.holds(func(api *client.Client) ([]client.Hold, error) {
		return api.ReleaseHold(s.ctx, c.ID, c.Hold, c.Reason)
	})
}

// holds does something and answers which holds there are then.
func (s *session) holds(do func(*client.Client) ([]client.Hold, error)) error {
	return table(s, do, "APPLICANT\tHOLD\tKIND\tOWNER\tSINCE\tRELEASED\tS3 KEEPS", func(h client.Hold) []any {
		released, keeps := "no", fmt.Sprintf("%d of the evidence, %d of the vault", h.S3Evidence, h.S3Vault)
		if h.Unlocked {
			keeps = fmt.Sprintf("%d of the evidence; the vault has no Object Lock", h.S3Evidence)
		}
		if h.Released != nil {
			released, keeps = utc(*h.Released)+", by "+h.ReleasedBy, "nothing"
		}
		return []any{h.Applicant, h.ID, h.Kind, h.Owner, utc(h.Since), released, keeps}
	})
}
