package applicants

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// wire is an error as it comes over the wire.
func wire(err error) error {
	c := temporal.GetDefaultFailureConverter()
	return c.FailureToError(c.ErrorToFailure(err))
}

// TestFailure: what a workflow says of a case reaches the face as it was said;
// what is about the engine stays the engine's.
func TestFailure(t *testing.T) {
	said := &onboarding.Error{Code: onboarding.CodeNotNow, Field: "check", Message: "The check is not failed.", Hint: "Look at its status."}
	plain := errors.New("dial tcp 127.0.0.1:7233: connection refused")
	for name, tt := range map[string]struct {
		in   error
		want *onboarding.Error // nil: it stays as it is
	}{
		"as the workflow gives it":        {wire(workflows.Failure(said)), said},
		"wrapped by the SDK":              {fmt.Errorf("update: %w", wire(workflows.Failure(said))), said},
		"without details":                 {wire(temporal.NewApplicationError("in words", "CONFLICT")), &onboarding.Error{Code: onboarding.CodeConflict, Message: "in words"}},
		"with other details":              {wire(temporal.NewApplicationError("in words", "INVALID", 42)), &onboarding.Error{Code: onboarding.CodeInvalid, Message: "in words"}},
		"details that say nothing":        {wire(temporal.NewApplicationError("in words", "INVALID", workflows.FailureDetails{Field: "x"})), &onboarding.Error{Code: onboarding.CodeInvalid, Message: "in words"}},
		"of a type that is none of ours":  {wire(temporal.NewApplicationError("boom", "OTHER")), &onboarding.Error{Code: "OTHER", Message: "boom"}},
		"no such workflow, or it is over": {serviceerror.NewNotFound("workflow not found for ID: applicant/x"), &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no open application with that ID.", Hint: "It may have ended, or the ID may have been copied wrongly."}},
		"a worker panicked":               {wire(temporal.NewApplicationError("boom", "PanicError")), nil},
		"no such namespace":               {serviceerror.NewNamespaceNotFound("prod"), nil}, // a fault of ours, and no applicant's
		"the engine is down":              {serviceerror.NewUnavailable("no hosts"), nil},
		"the network":                     {plain, nil},
		"time ran out":                    {context.DeadlineExceeded, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := failure(tt.in)
			var e *onboarding.Error
			if tt.want == nil {
				if !errors.Is(got, tt.in) || errors.As(got, &e) {
					t.Errorf("%v, want it as it is", got)
				}
				return
			}
			if !errors.As(got, &e) || e.Code != tt.want.Code || e.Field != tt.want.Field || e.Message != tt.want.Message || e.Hint != tt.want.Hint {
				t.Errorf("%+v, want %+v", e, tt.want)
			}
			if !errors.Is(got, tt.in) {
				t.Error("the cause is lost to the log")
			}
		})
	}
	if failure(nil) != nil {
		t.Error("no failure is one")
	}
}

func TestCheckWords(t *testing.T) {
	long := make([]rune, maxWords)
	for i := range long {
		long[i] = 'ü' // counted as people count
	}
	for words, ok := range map[string]bool{"": false, "x": true, string(long): true, string(long) + "ü": false} {
		err := checkWords("reason", words)
		var e *onboarding.Error
		if ok != (err == nil) || (err != nil && (!errors.As(err, &e) || e.Code != onboarding.CodeInvalid || e.Field != "reason" || e.Hint == "")) {
			t.Errorf("%.10q…: %v", words, err)
		}
	}
}
