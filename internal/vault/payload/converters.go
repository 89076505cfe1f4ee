package payload

import (
	"context"
	"errors"
	"fmt"

	commonpb "go.temporal.io/api/common/v1"
	failurepb "go.temporal.io/api/failure/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Converters gives what client.Options take, for clients and workers alike:
// values as JSON, sealed by the codec, and errors with their message, stack
// trace and details sealed too.
//
// Storage trouble while a workflow runs, once the codec's patience is at its
// end, panics in the workflow's coroutine, which by the SDK's default policy
// (BlockWorkflow) fails the workflow task and has Temporal try it again: an
// error would look to the workflow like the failure of what it asked for, and
// not come again on replay. Elsewhere it is an ordinary error.
//
// The key must exist before the workflow starts (vault.Create), and must be
// destroyed only when the workflow has ended: without it neither can its
// history be read nor anything be added.
func Converters(keys Keys, options ...Option) (converter.DataConverter, converter.FailureConverter) {
	base := converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), newCodec(keys, options))
	// Loading a key may take longer than the deadlock detector allows.
	data := workflow.DataConverterWithoutDeadlockDetection(&careful{DataConverter: base})
	return data, newFailures(base)
}

// careful is the data converter that knows whether it works for a running
// workflow.
type careful struct {
	converter.DataConverter
	replayed bool
}

var (
	_ workflow.ContextAware                           = (*careful)(nil)
	_ converter.DataConverterWithSerializationContext = (*careful)(nil)
)

func (c *careful) WithSerializationContext(sc converter.SerializationContext) converter.DataConverter {
	return &careful{converter.WithDataConverterSerializationContext(c.DataConverter, sc), c.replayed}
}

func (c *careful) WithWorkflowContext(workflow.Context) converter.DataConverter {
	return &careful{c.DataConverter, true}
}

func (c *careful) WithContext(context.Context) converter.DataConverter { return c }

func (c *careful) ToPayload(value any) (*commonpb.Payload, error) {
	p, err := c.DataConverter.ToPayload(value)
	return p, c.check(err)
}

func (c *careful) ToPayloads(values ...any) (*commonpb.Payloads, error) {
	p, err := c.DataConverter.ToPayloads(values...)
	return p, c.check(err)
}

func (c *careful) FromPayload(p *commonpb.Payload, to any) error {
	return c.check(c.DataConverter.FromPayload(p, to))
}

func (c *careful) FromPayloads(p *commonpb.Payloads, to ...any) error {
	return c.check(c.DataConverter.FromPayloads(p, to...))
}

// check panics for a workflow's trouble that may pass.
func (c *careful) check(err error) error {
	var passing *trouble
	if c.replayed && errors.As(err, &passing) {
		panic(fmt.Sprintf("payload: the key cannot be read now, the workflow task is to be tried again: %v", err))
	}
	return err
}

// failures is the SDK's failure converter, made to pass the serialization
// context on: without it an applicant's errors would be sealed under the
// system's key and survive the erasure.
type failures struct {
	data  converter.DataConverter
	inner converter.FailureConverter
}

var _ converter.FailureConverterWithSerializationContext = (*failures)(nil)

func newFailures(data converter.DataConverter) *failures {
	return &failures{data: data, inner: temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter: &yielding{data}, EncodeCommonAttributes: true})}
}

func (f *failures) WithSerializationContext(sc converter.SerializationContext) converter.FailureConverter {
	return newFailures(converter.WithDataConverterSerializationContext(f.data, sc))
}

// ErrorToFailure seals the error's message, stack trace and details, and those
// of its causes. When they cannot be sealed (the key is destroyed, or out of
// reach), they are left out, and a note stands in their place: the SDK would
// panic, in a place where that ends the worker, and sealing under another key
// would keep what must go.
func (f *failures) ErrorToFailure(err error) *failurepb.Failure { return f.inner.ErrorToFailure(err) }

// FailureToError opens what ErrorToFailure sealed. What cannot be opened leaves
// the message "Encoded failure"; the failure's type is there all the same.
func (f *failures) FailureToError(failure *failurepb.Failure) error {
	return f.inner.FailureToError(failure)
}

// yielding is the failure converter's data converter: encoding never fails.
type yielding struct{ converter.DataConverter }

// withheld stands where a failure's message cannot be kept. Its fields are those
// that the SDK reads back.
type withheld struct {
	Message    string `json:"message"`
	StackTrace string `json:"stack_trace"`
}

func (y *yielding) ToPayload(value any) (*commonpb.Payload, error) {
	p, err := y.DataConverter.ToPayload(value)
	if err == nil {
		return p, nil
	}
	return converter.GetDefaultDataConverter().ToPayload(withheld{Message: note(err)})
}

func (y *yielding) ToPayloads(values ...any) (*commonpb.Payloads, error) {
	p, err := y.DataConverter.ToPayloads(values...)
	if err == nil {
		return p, nil
	}
	return converter.GetDefaultDataConverter().ToPayloads(make([]any, len(values))...)
}

func note(err error) string {
	var passing *trouble
	if errors.As(err, &passing) {
		return "[withheld: the key could not be read]"
	}
	return "[withheld: it could not be sealed]"
}
