package payload_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/workflow"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
)

type person struct{ Name, SSN string }

func TestDataConverter(t *testing.T) {
	h := newHouse(t)
	base, _ := payload.Converters(h)
	for name, sc := range map[string]converter.SerializationContext{"applicant": in(h.ann.WorkflowID()), "system": in("anchor"), "none": nil} {
		dc := base
		if sc != nil {
			dc = converter.WithDataConverterSerializationContext(base, sc)
		}
		sealed, err := dc.ToPayloads(person{"Ann", "123-45-6789"}, nil, 7)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range sealed.GetPayloads() {
			if strings.Contains(string(p.GetData()), "123-45-6789") {
				t.Errorf("%s: readable: %s", name, p)
			}
		}
		var who person
		var nothing *person
		var seven int
		if err := dc.FromPayloads(sealed, &who, &nothing, &seven); err != nil || who.SSN != "123-45-6789" || nothing != nil || seven != 7 {
			t.Errorf("%s: %v %v %v, %v", name, who, nothing, seven, err)
		}
	}
}

// text is all of a failure that Temporal stores, as its JSON.
func text(f *failurepb.Failure) string { return protojson.Format(f) }

func TestFailuresAreSealed(t *testing.T) {
	h := newHouse(t)
	_, base := payload.Converters(h)
	fc := converter.WithFailureConverterSerializationContext(base, activity(h.ann.WorkflowID()))
	cause := fmt.Errorf("the vendor answered: %w", errors.New(`{"ssn":"123-45-6789"}`))
	original := temporal.NewApplicationErrorWithOptions("no match for Ann Example", "VENDOR_REFUSED",
		temporal.ApplicationErrorOptions{NonRetryable: true, Cause: cause, Details: []any{person{"Ann", "987-65-4321"}}})
	failure := fc.ErrorToFailure(original)
	stored := text(failure)
	for _, secret := range []string{"Ann Example", "123-45-6789", "987-65-4321", "vendor answered"} {
		if strings.Contains(stored, secret) {
			t.Errorf("%q is readable in %s", secret, stored)
		}
	}
	if !strings.Contains(stored, "VENDOR_REFUSED") {
		t.Error("the type is gone, by which workflows tell failures apart")
	}
	if keys := sealedFor(failure); len(keys) != 1 || keys[0] != string(h.ann) {
		t.Errorf("sealed for %v, want Ann alone", keys)
	}
	// Read by the workflow, which has the workflow's context.
	err := converter.WithFailureConverterSerializationContext(base, in(h.ann.WorkflowID())).FailureToError(fc.ErrorToFailure(original))
	var app *temporal.ApplicationError
	if !errors.As(err, &app) || app.Type() != "VENDOR_REFUSED" || !app.NonRetryable() {
		t.Fatalf("came back as %#v", err)
	}
	var details person
	if err := app.Details(&details); err != nil || details.SSN != "987-65-4321" {
		t.Errorf("details %v, %v", details, err)
	}
	if !strings.Contains(err.Error(), "Ann Example") || !strings.Contains(app.Unwrap().Error(), "123-45-6789") {
		t.Errorf("came back as %q, caused by %q", err, app.Unwrap())
	}
	// Another's worker cannot read it.
	other := converter.WithFailureConverterSerializationContext(base, in(h.bob.WorkflowID())).FailureToError(fc.ErrorToFailure(original))
	if strings.Contains(other.Error(), "Ann") {
		t.Errorf("Bob's worker reads %q", other)
	}
}

// sealedFor gives the keys that a failure and its causes are sealed under.
func sealedFor(f *failurepb.Failure) []string {
	seen := map[string]bool{}
	var keys []string
	for ; f != nil; f = f.Cause {
		for _, p := range append(f.GetApplicationFailureInfo().GetDetails().GetPayloads(), f.EncodedAttributes) {
			if p == nil {
				continue
			}
			if k := string(p.Metadata[payload.MetadataKeyID]); !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	return keys
}

func TestFailuresWithoutContext(t *testing.T) {
	h := newHouse(t)
	_, fc := payload.Converters(h)
	failure := fc.ErrorToFailure(errors.New("a panic in a workflow task"))
	if strings.Contains(text(failure), "panic") {
		t.Errorf("readable: %s", text(failure))
	}
	if err := fc.FailureToError(failure); !strings.Contains(err.Error(), "a panic in a workflow task") {
		t.Errorf("came back as %v", err)
	}
}

// The SDK panics when a failure cannot be encoded, outside any recover: an
// activity that ends after its applicant's erasure must not end the worker.
func TestFailureWithoutItsKey(t *testing.T) {
	h := newHouse(t)
	_, base := payload.Converters(h.again(t), payload.Patience(50*time.Millisecond)) // Bob's key is not cached
	original := temporal.NewApplicationError("no match for Ann Example", "VENDOR_REFUSED", person{"Ann", "987-65-4321"})
	check := func(what string, id onboarding.ApplicantID) {
		t.Helper()
		fc := converter.WithFailureConverterSerializationContext(base, activity(id.WorkflowID()))
		failure := fc.ErrorToFailure(original)
		if stored := text(failure); strings.Contains(stored, "Ann Example") || strings.Contains(stored, "987-65-4321") {
			t.Errorf("%s: readable: %s", what, stored)
		}
		err := fc.FailureToError(failure)
		var app *temporal.ApplicationError
		if !errors.As(err, &app) || app.Type() != "VENDOR_REFUSED" || !strings.Contains(err.Error(), "withheld") {
			t.Errorf("%s: came back as %v", what, err)
		}
	}
	if err := h.Destroy(t.Context(), h.ann); err != nil {
		t.Fatal(err)
	}
	check("destroyed", h.ann)
	h.bucket.setDown(true)
	check("out of reach", h.bob)
}

// What the SDK itself does with the converters: a workflow and its activity, on
// its test environment, under an applicant's ID.
func TestInAWorkflow(t *testing.T) {
	h := newHouse(t)
	data, failures := payload.Converters(h)
	env := new(testsuite.WorkflowTestSuite).NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute)
	env.SetDataConverter(data)
	env.SetFailureConverter(failures)
	env.SetStartWorkflowOptions(client.StartWorkflowOptions{ID: h.ann.WorkflowID(), TaskQueue: "q"})
	env.RegisterActivity(lookUp)
	env.ExecuteWorkflow(lookUpWorkflow, person{"Ann", "1"})
	var got string
	if err := errors.Join(env.GetWorkflowError(), env.GetWorkflowResult(&got)); err != nil || got != "hello Ann; refused: VENDOR_REFUSED no Bob" {
		t.Errorf("%q, %v", got, err)
	}
}

func lookUp(_ context.Context, p person) (string, error) {
	if p.Name == "Bob" {
		return "", temporal.NewNonRetryableApplicationError("no Bob", "VENDOR_REFUSED", nil)
	}
	return "hello " + p.Name, nil
}

func lookUpWorkflow(ctx workflow.Context, p person) (string, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: time.Minute})
	var hello string
	if err := workflow.ExecuteActivity(ctx, lookUp, p).Get(ctx, &hello); err != nil {
		return "", err
	}
	err := workflow.ExecuteActivity(ctx, lookUp, person{Name: "Bob"}).Get(ctx, nil)
	var app *temporal.ApplicationError
	if !errors.As(err, &app) {
		return "", fmt.Errorf("no application error: %w", err)
	}
	return hello + "; refused: " + app.Type() + " " + app.Message(), nil
}

// Storage trouble in the middle of a workflow is not the workflow's to see: its
// task fails instead, to be tried again.
func TestTroubleInAWorkflow(t *testing.T) {
	h := newHouse(t)
	data, failures := payload.Converters(h, payload.Patience(50*time.Millisecond))
	env := new(testsuite.WorkflowTestSuite).NewTestWorkflowEnvironment()
	env.SetTestTimeout(2 * time.Minute)
	env.SetDataConverter(data)
	env.SetFailureConverter(failures)
	saw := false
	env.ExecuteWorkflow(func(ctx workflow.Context) error {
		h.bucket.setDown(true)
		defer h.bucket.setDown(false)
		// A signal to another applicant's workflow, whose key is not cached.
		err := workflow.SignalExternalWorkflow(ctx, h.bob.WorkflowID(), "", "signal", "value").Get(ctx, nil)
		saw = true
		return err
	})
	err := env.GetWorkflowError()
	if saw || err == nil || !strings.Contains(err.Error(), "the workflow task is to be tried again") {
		t.Errorf("the workflow saw the trouble: %v; its task: %v", saw, err)
	}
}
