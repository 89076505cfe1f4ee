package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// Register tells a worker every workflow of this package, under its name.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(Onboard, workflow.RegisterOptions{Name: OnboardName})
	r.RegisterWorkflowWithOptions(VendorWatch, workflow.RegisterOptions{Name: VendorWatchName})
	r.RegisterWorkflowWithOptions(RefreshLists, workflow.RegisterOptions{Name: RefreshListsName})
	r.RegisterWorkflowWithOptions(SignCheckpoint, workflow.RegisterOptions{Name: CheckpointName})
	r.RegisterWorkflowWithOptions(Purge, workflow.RegisterOptions{Name: PurgeName})
	r.RegisterWorkflowWithOptions(Bulk, workflow.RegisterOptions{Name: BulkName})
	r.RegisterWorkflowWithOptions(Afterword, workflow.RegisterOptions{Name: AfterwordName})
	r.RegisterWorkflowWithOptions(Invitation, workflow.RegisterOptions{Name: InvitationName})
	r.RegisterWorkflowWithOptions(InvitationBatch, workflow.RegisterOptions{Name: InvitationBatchName})
	r.RegisterWorkflowWithOptions(OneRequest, workflow.RegisterOptions{Name: DataRequestName})
	r.RegisterWorkflowWithOptions(Erase, workflow.RegisterOptions{Name: EraseName})
	r.RegisterWorkflowWithOptions(KeepByLaw, workflow.RegisterOptions{Name: KeepName})
	r.RegisterWorkflowWithOptions(Forget, workflow.RegisterOptions{Name: ForgetName})
	r.RegisterWorkflowWithOptions(TellDisclosure, workflow.RegisterOptions{Name: TellDisclosureName})
	r.RegisterWorkflowWithOptions(ComplaintWatch, workflow.RegisterOptions{Name: ComplaintWatchName})
	r.RegisterWorkflowWithOptions(NoticeRollout, workflow.RegisterOptions{Name: NoticeRolloutName})
	r.RegisterWorkflowWithOptions(Announcement, workflow.RegisterOptions{Name: AnnouncementName})
}
