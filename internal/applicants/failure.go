package applicants

import (
	"context"
	"errors"
	"strings"

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

// otherwise is failure where it is not an applicant that there is none of: none says so.
func otherwise(err error, none func(cause error) error) error {
	var gone *serviceerror.NotFound
	if errors.As(err, &gone) {
		return none(err)
	}
	return failure(err)
}

// refusal gives an error of ours that is an answer to what was asked for. It is nil for
// trouble, after which it is not known what came of it.
func refusal(ctx context.Context, err error) *onboarding.Error {
	var ours *onboarding.Error
	if troubled(err) || ctx.Err() != nil || !errors.As(err, &ours) {
		return nil //nolint:nilerr // the caller gives the error as trouble
	}
	return ours
}

// said is an answer in words.
func said(e *onboarding.Error) string { return strings.TrimSpace(e.Message + " " + e.Hint) }
