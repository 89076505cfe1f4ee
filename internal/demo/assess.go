package demo

import (
	"context"
	"errors"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// open reports whether the applicant can do the requirement now.
func open(r client.Requirement) bool { return r.Status == "open" }

// assess does what staff are asked for in a certification: they score the live
// assessment when its time has come, and take what was declared for true.
func (d *driver) assess(ctx context.Context, p persona, st client.Status) error {
	pr, err := d.programs.Get(p.program)
	if err != nil {
		return err
	}
	return Assess(ctx, d.api, pr, st)
}

// Assess is what a recruiter does about a certification now: full points for the
// live assessment once it has begun, and a yes to what was declared.
func Assess(ctx context.Context, api *client.Client, pr program.Program, st client.Status) error {
	for _, r := range st.Requirements {
		step, _ := pr.Certification.Step(r.ID)
		var err error
		switch {
		case !r.Due:
		case r.Slot != nil && step.Live != nil:
			scores := map[string]int{}
			for _, line := range step.Live.Rubric {
				scores[line.ID] = line.Max
			}
			err = api.ScoreLive(ctx, st.ID, r.ID, r.Attempt, scores, "The demonstration's recruiter has heard a good call.")
			var refused *client.Error
			if errors.As(err, &refused) && refused.Status == http.StatusConflict { // it has not begun
				err = nil
			}
		case r.Status == "waiting":
			err = api.JudgeRequirement(ctx, st.ID, r.ID, r.Attempt, true, "The demonstration's recruiter has called back.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
