package activities

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// retryable is the one place that says whether trying again can help.
func retryable(code onboarding.Code) bool {
	switch code {
	case onboarding.CodeVendorUnclear, onboarding.CodeVendorBusy, onboarding.CodeVendorDown, onboarding.CodeInternal:
		return true
	case onboarding.CodeInvalid, onboarding.CodeUnderAge, onboarding.CodeUnknownApplicant, onboarding.CodeUnknownProgram,
		onboarding.CodeNotNow, onboarding.CodeConflict, onboarding.CodeNotAllowed, onboarding.CodeTooLarge,
		onboarding.CodeConsentNotLive, onboarding.CodeGrantRefused, onboarding.CodeLedgerConflict,
		onboarding.CodeVendorRefused, onboarding.CodeVendorPaused, onboarding.CodeNoAgreement, onboarding.CodeRestricted, onboarding.CodeKeyDestroyed:
		return false
	}
	return false
}

// edge turns an error into what Temporal sees: its type is our code, final or
// with the vendor's own delay. What is not an onboarding.Error (the store, the
// network) is passing, and its text is ours, never a vendor's body.
func edge(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, context.Canceled) {
		return err
	}
	code := onboarding.CodeOf(err)
	options := temporal.ApplicationErrorOptions{NonRetryable: !retryable(code)}
	if wait, ok := vendors.RetryAfter(err); ok {
		options.NextRetryDelay = wait
	}
	message := err.Error()
	var e *onboarding.Error
	if errors.As(err, &e) {
		message = e.Error()
		options.Details = []any{workflows.FailureDetails{Field: e.Field, Message: e.Message, Hint: e.Hint}}
	}
	return temporal.NewApplicationErrorWithOptions(message, string(code), options)
}

// problem is an error as part of an answer.
func problem(err error) *workflows.Problem {
	code := onboarding.CodeOf(err)
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		code = onboarding.CodeVendorDown
	}
	return &workflows.Problem{Code: code, Message: err.Error(), Retryable: retryable(code)}
}

func encode(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("activities: encode: %w", err)
	}
	return b, nil
}

func openProfile(ctx context.Context, v *vault.Vault, id onboarding.ApplicantID, ref string, sealed []byte) (onboarding.Profile, error) {
	plain, err := v.Open(ctx, id, ref, sealed)
	if err != nil {
		return nil, err
	}
	var p onboarding.Profile
	if err := json.Unmarshal(plain, &p); err != nil {
		return nil, fmt.Errorf("activities: the profile %s is not readable", ref) // the cause would quote it
	}
	return p, nil
}
