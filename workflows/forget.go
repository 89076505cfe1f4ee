package workflows

import (
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/workflow"
)

// ForgetName is the type of the workflow that destroys an applicant's key.
const ForgetName = "Forget"

// Forget destroys the key and data of an applicant whose own workflow has
// ended. It is a workflow of its own since an applicant's history cannot be
// written any more once their key is gone.
func Forget(ctx workflow.Context, in ForgetIn) error {
	ctx = workflow.WithActivityOptions(ctx, patient(ActivityForget, "Destroy the applicant's key and data", Pace{}))
	return workflow.ExecuteActivity(ctx, ActivityForget, in).Get(ctx, nil)
}

// startForget has the key destroyed as soon as this workflow has ended.
func (c *file) startForget(ctx workflow.Context) error {
	ctx = workflow.WithChildOptions(ctx, workflow.ChildWorkflowOptions{
		WorkflowID:        "forget/" + string(c.in.Applicant),
		ParentClosePolicy: enums.PARENT_CLOSE_POLICY_ABANDON,
		StaticSummary:     "Destroy the key and data of an application that was never handed in",
	})
	return workflow.ExecuteChildWorkflow(ctx, ForgetName, ForgetIn{Applicant: c.in.Applicant, Profile: c.Profile}).
		GetChildWorkflowExecution().Get(ctx, nil)
}
