package vendors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
)

func TestRetryable(t *testing.T) {
	p := vendors.Problem{Vendor: "acme"}
	for code, want := range map[onboarding.Code]bool{
		onboarding.CodeVendorRefused: false, onboarding.CodeVendorUnclear: true, onboarding.CodeVendorBusy: true,
		onboarding.CodeVendorDown: true, onboarding.CodeGrantRefused: false, onboarding.CodeConsentNotLive: false,
	} {
		err := fmt.Errorf("check: %w", vendors.Fail(code, p, "said something", ""))
		if got := vendors.Retryable(err); got != want {
			t.Errorf("%s: retryable %v, want %v", code, got, want)
		}
	}
	if vendors.Retryable(errors.New("other")) || vendors.Retryable(nil) {
		t.Error("an error of nobody's is not a vendor's")
	}
}

func TestRetryAfter(t *testing.T) {
	err := fmt.Errorf("x: %w", vendors.Fail(onboarding.CodeVendorBusy, vendors.Problem{Vendor: "acme", Wait: time.Minute}, "asks us to wait", ""))
	if wait, ok := vendors.RetryAfter(err); !ok || wait != time.Minute {
		t.Errorf("got %v %v", wait, ok)
	}
	if _, ok := vendors.RetryAfter(vendors.Unclear("acme", 200, "mumbled")); ok {
		t.Error("no wait was told")
	}
}

func TestFailSaysVendorStatusAndCodeOnly(t *testing.T) {
	p := vendors.Problem{Vendor: "acme", Status: 429, Code: "rate_limited", Err: context.DeadlineExceeded}
	err := vendors.Fail(onboarding.CodeVendorBusy, p, "asks us to wait", "Later.")
	if got, want := err.Error(), "acme asks us to wait (status 429, code rate_limited). Later."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error("the sentinel is lost")
	}
	var cause *vendors.Problem
	if !errors.As(err, &cause) || cause.Status != 429 {
		t.Fatal("the cause is lost")
	}
	if got, want := cause.Error(), "acme: status 429: code rate_limited: context deadline exceeded"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	// What has not the form of a code is dropped.
	for _, s := range []string{"ada@example.com", "+12125550123", "987654320", "The name Ada is bad", "ADA", strings.Repeat("a", 41)} {
		if got := vendors.Fail(onboarding.CodeVendorBusy, vendors.Problem{Vendor: "acme", Code: s}, "x", ""); strings.Contains(got.Error(), s) {
			t.Errorf("%q got through: %v", s, got)
		}
		if vendors.ErrorCode(s) != "" {
			t.Errorf("%q is taken for a code", s)
		}
	}
}
