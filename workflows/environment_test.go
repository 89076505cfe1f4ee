package workflows_test

import (
	"time"

	"go.temporal.io/sdk/testsuite"
)

// newEnvironment is the SDK's own test environment. The SDK gives a workflow up that
// does nothing for three seconds; a busy machine takes such pauses.
func newEnvironment() *testsuite.TestWorkflowEnvironment {
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(quiet{})
	env := suite.NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute)
	return env
}
