// Package payload seals what Temporal stores: the arguments, results, signals
// and errors of a workflow. What belongs to an applicant is sealed under that
// applicant's key, so that destroying the key turns their whole history into
// noise; all else is sealed under the system's key.
//
// What never passes a codec stays readable and must not hold personal data:
// workflow IDs, search attributes, summaries, current details, failure types,
// and the text of a failed query (ErrorMessage).
package payload

import (
	"context"
	"errors"
	"fmt"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Keys is what the codec needs of *vault.Vault.
type Keys interface {
	Seal(ctx context.Context, id onboarding.ApplicantID, name string, plaintext []byte) ([]byte, error)
	Open(ctx context.Context, id onboarding.ApplicantID, name string, sealed []byte) ([]byte, error)
	SystemSeal(name string, plaintext []byte) ([]byte, error)
	SystemOpen(name string, sealed []byte) ([]byte, error)
}

const (
	// Encoding marks a payload as ours.
	Encoding = "binary/vouchsafe-sealed"
	// MetadataKeyID names the metadata entry that says whose key sealed it: an
	// applicant's ID or SystemKeyID. The Web UI decodes without any context,
	// and so without it could not know.
	MetadataKeyID = "vouchsafe-key"
	// SystemKeyID is the key's ID where no applicant is concerned.
	SystemKeyID = "system"

	// slot is the name under which payloads are sealed, so that sealed objects
	// cannot be passed off as payloads nor payloads as objects.
	slot = "temporal/payload"
)

// ErrWrongKey: a payload was sealed for another than the one whose workflow
// reads it.
var ErrWrongKey = errors.New("payload: sealed for another workflow's key")

// errNoWorkflow is SDK v1.50's trap with UpdateWithStartWorkflow; sealing under
// the system's key would put an applicant's data out of erasure's reach.
var errNoWorkflow = errors.New("payload: the workflow's ID is empty: set UpdateOptions.WorkflowID as well as" +
	" StartWorkflowOptions.ID, so that the applicant's own key is used")

// Option changes a codec.
type Option func(*codec)

// ErasedPlaceholder lets Decode answer `"[erased]"` for a payload whose key is
// destroyed, instead of failing. It is for the Web UI's codec endpoint, where
// one such payload would make the whole page fail; a worker must fail.
func ErasedPlaceholder() Option { return func(c *codec) { c.placeholder = true } }

// Patience is how long a codec tries again when storage is in trouble; 5
// seconds when not given, which leaves time within a workflow task.
func Patience(d time.Duration) Option { return func(c *codec) { c.patience = d } }

// NewCodec makes the codec. It implements
// converter.PayloadCodecWithSerializationContext and is safe for concurrent use.
//
// Encode uses the key of the applicant whose workflow the context names, and
// the system's key otherwise; a workflow context without an ID is refused.
// Decode passes what is not ours through; uses the key that the payload names;
// and refuses with ErrWrongKey when that is not the context's. Both fail with
// CodeKeyDestroyed or CodeUnknownApplicant for good. Storage trouble is waited
// out for a while and then is a retryable error; see Converters for what it
// does to a workflow.
func NewCodec(keys Keys, options ...Option) converter.PayloadCodec { return newCodec(keys, options) }

func newCodec(keys Keys, options []Option) *codec {
	c := &codec{keys: keys, patience: 5 * time.Second}
	for _, o := range options {
		o(c)
	}
	return c
}

type codec struct {
	keys        Keys
	placeholder bool
	patience    time.Duration

	bound    bool                   // a context was given:
	nameless bool                   // … of a workflow without an ID
	owner    onboarding.ApplicantID // … of this applicant, or of none
}

// WithSerializationContext gives the codec for one workflow or activity.
func (c *codec) WithSerializationContext(sc converter.SerializationContext) converter.PayloadCodec {
	bound := *c
	bound.bound, bound.nameless, bound.owner = true, false, ""
	switch sc := sc.(type) {
	case converter.WorkflowSerializationContext:
		bound.owner, _ = onboarding.ApplicantOfWorkflow(sc.WorkflowID)
		bound.nameless = sc.WorkflowID == ""
	case converter.ActivitySerializationContext:
		// Empty for an activity that belongs to no workflow: the system's key.
		bound.owner, _ = onboarding.ApplicantOfWorkflow(sc.WorkflowID)
	default: // Nexus, which crosses houses: we have none, and know no owner.
		bound.bound = false
	}
	return &bound
}

// Encode seals each payload whole, its metadata included.
func (c *codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	if c.nameless {
		return nil, errNoWorkflow
	}
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if p == nil {
			continue
		}
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("payload: encode: %w", err)
		}
		keyID := SystemKeyID
		var sealed []byte
		if c.owner == "" {
			sealed, err = c.keys.SystemSeal(slot, plain)
		} else {
			keyID = string(c.owner)
			sealed, err = c.patiently(func(ctx context.Context) ([]byte, error) {
				return c.keys.Seal(ctx, c.owner, slot, plain)
			})
		}
		if err != nil {
			return nil, fmt.Errorf("payload: seal for %s: %w", keyID, err)
		}
		out[i] = &commonpb.Payload{Data: sealed, Metadata: map[string][]byte{
			converter.MetadataEncoding: []byte(Encoding), MetadataKeyID: []byte(keyID)}}
	}
	return out, nil
}

// Decode opens each payload that is ours.
func (c *codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[converter.MetadataEncoding]) != Encoding {
			out[i] = p
			continue
		}
		var err error
		if out[i], err = c.open(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (c *codec) open(p *commonpb.Payload) (*commonpb.Payload, error) {
	keyID := string(p.GetMetadata()[MetadataKeyID])
	if c.bound && !c.nameless && keyID != c.keyID() {
		return nil, fmt.Errorf("%w: for %s, read by %s", ErrWrongKey, keyID, c.keyID())
	}
	var plain []byte
	var err error
	if keyID == SystemKeyID {
		plain, err = c.keys.SystemOpen(slot, p.GetData())
	} else {
		plain, err = c.patiently(func(ctx context.Context) ([]byte, error) {
			return c.keys.Open(ctx, onboarding.ApplicantID(keyID), slot, p.GetData())
		})
	}
	if c.placeholder && onboarding.CodeOf(err) == onboarding.CodeKeyDestroyed {
		return &commonpb.Payload{Data: []byte(`"[erased]"`), Metadata: map[string][]byte{
			converter.MetadataEncoding: []byte(converter.MetadataEncodingJSON)}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("payload: open what is sealed for %s: %w", keyID, err)
	}
	opened := new(commonpb.Payload)
	if err := proto.Unmarshal(plain, opened); err != nil {
		return nil, fmt.Errorf("payload: decode: %w", err)
	}
	return opened, nil
}

func (c *codec) keyID() string {
	if c.owner == "" {
		return SystemKeyID
	}
	return string(c.owner)
}

// patiently tries again while storage is in trouble. The SDK gives a codec no
// context and takes its error for final, so what may pass is waited out here.
func (c *codec) patiently(try func(context.Context) ([]byte, error)) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.patience)
	defer cancel()
	var last error
	for wait := 50 * time.Millisecond; ; wait *= 2 {
		b, err := try(ctx)
		if err == nil || final(err) {
			return b, err
		}
		if last == nil || ctx.Err() == nil {
			last = err // the store's own words, rather than that time ran out
		}
		select {
		case <-ctx.Done():
			return nil, &trouble{last}
		case <-time.After(wait):
		}
	}
}

// trouble marks an error that may pass.
type trouble struct{ error }

func (t *trouble) Unwrap() error { return t.error }

// final says whether trying again cannot help: the vault gives every verdict
// as an onboarding.Error, and storage trouble as anything else.
func final(err error) bool {
	var verdict *onboarding.Error
	return errors.As(err, &verdict)
}
