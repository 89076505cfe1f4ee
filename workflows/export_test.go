package workflows

import "time"

// ViewOf is what staff see of a case that a run would take up.
func ViewOf(in OnboardInput) StaffView {
	c := &file{in: in, State: *in.Carried}
	c.openRequirements()
	c.refresh(time.Now())
	return c.staffView()
}
