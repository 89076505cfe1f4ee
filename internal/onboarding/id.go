package onboarding

import (
	"fmt"
	"regexp"
	"strings"
)

// ApplicantID names one applicant. Its text is a UUID (RFC 9562, version 7) in
// lower case; it is random and says nothing of the person, so it may stand in
// workflow IDs, object keys, logs and links.
type ApplicantID string

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// ParseApplicantID takes an ID as a person or a program wrote it and gives the
// typed ID. Anything but a UUID is refused with CodeUnknownApplicant, since an
// ill-formed ID cannot name anybody.
func ParseApplicantID(s string) (ApplicantID, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if !uuidForm.MatchString(s) {
		return "", &Error{Code: CodeUnknownApplicant, Message: "There is no applicant with that ID.",
			Hint: "Copy the ID from the console or from the answer that created the application."}
	}
	return ApplicantID(s), nil
}

// workflowPrefix is what an applicant's workflow ID begins with.
const workflowPrefix = "applicant/"

// WorkflowID is the ID of the applicant's Onboard workflow: "applicant/<id>".
func (id ApplicantID) WorkflowID() string { return workflowPrefix + string(id) }

// afterwordPrefix is what the ID of an applicant's Afterword begins with.
const afterwordPrefix = "afterword/"

// AfterwordID is the ID of the workflow that goes on with the applicant's ledger
// when their case has ended: "afterword/<id>".
func (id ApplicantID) AfterwordID() string { return afterwordPrefix + string(id) }

// ErasureID is the ID of the workflow that erases the applicant: "erase/<id>". It is not
// sealed by the applicant's key, which it destroys.
func (id ApplicantID) ErasureID() string { return "erase/" + string(id) }

// KeptID is the ID of the workflow that waits until what was kept by law may go:
// "kept/<id>".
func (id ApplicantID) KeptID() string { return "kept/" + string(id) }

// ApplicantOfWorkflow is the inverse of WorkflowID and AfterwordID; ok is false for
// the workflows that belong to no single applicant.
func ApplicantOfWorkflow(workflowID string) (id ApplicantID, ok bool) {
	for _, prefix := range []string{workflowPrefix, afterwordPrefix} {
		if rest, found := strings.CutPrefix(workflowID, prefix); found && uuidForm.MatchString(rest) {
			return ApplicantID(rest), true
		}
	}
	return "", false
}

// OrderKey is the idempotency key of one check and round,
// "<applicant>/<check>/<round>": the same over every attempt, new for every
// round that a person asks for, so that a retry never orders twice.
func OrderKey(id ApplicantID, check CheckName, round int) string {
	return fmt.Sprintf("%s/%s/%d", id, check, round)
}
