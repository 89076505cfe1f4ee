package applicants

import (
	"context"
	"errors"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// failure turns what Temporal says into the house's error. What is not about
// the case itself stays a plain error: the service did not answer.
func failure(err error) error {
	if err == nil {
		return nil
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		e := &onboarding.Error{Code: onboarding.Code(app.Type()), Message: app.Message(), Cause: err}
		var d workflows.FailureDetails
		if app.HasDetails() && app.Details(&d) == nil && d.Message != "" {
			e.Field, e.Message, e.Hint = d.Field, d.Message, d.Hint
		}
		return e
	}
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return Unknown(err)
	}
	return err
}

// troubled says whether it is Temporal that cannot answer now, rather than our
// question that is wrong.
func troubled(err error) bool {
	var down *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	var busy *serviceerror.ResourceExhausted
	var gone *serviceerror.Canceled
	return errors.As(err, &down) || errors.As(err, &late) || errors.As(err, &busy) || errors.As(err, &gone) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
