package payload_test

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
)

// bucket is a vault bucket in memory that can be out of reach.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	down    bool
}

var (
	errMissing  = errors.New("fake: missing")
	errConflict = errors.New("fake: conflict")
	errDown     = errors.New("fake: the store is down")
)

func (b *bucket) Get(_ context.Context, key string) ([]byte, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return nil, errDown
	}
	if body, ok := b.objects[key]; ok {
		return body, nil
	}
	return nil, errMissing
}

func (b *bucket) Has(ctx context.Context, key string) (bool, error) {
	_, err := b.Get(ctx, key)
	if errors.Is(err, errMissing) {
		return false, nil
	}
	return err == nil, err
}

func (b *bucket) PutIf(_ context.Context, key string, body []byte, _ string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.objects[key]; ok {
		return "", errConflict
	}
	b.objects[key] = body
	return "1", nil
}

func (b *bucket) Delete(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.objects, key)
	return nil
}

func (b *bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b *bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

func (b *bucket) setDown(down bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.down = down
}

// house is a vault with two applicants in it.
type house struct {
	*vault.Vault
	bucket   *bucket
	master   vault.Master
	ann, bob onboarding.ApplicantID
}

func newHouse(t testing.TB) *house {
	t.Helper()
	master, err := vault.LocalMaster(filepath.Join(t.TempDir(), "master.json"))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{bucket: &bucket{objects: map[string][]byte{}}, master: master}
	h.Vault = h.again(t)
	for _, id := range []*onboarding.ApplicantID{&h.ann, &h.bob} {
		*id = onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
		if err := h.Create(t.Context(), *id); err != nil {
			t.Fatal(err)
		}
	}
	return h
}

// again is the vault after a restart: nothing is cached.
func (h *house) again(t testing.TB) *vault.Vault {
	t.Helper()
	v, err := vault.New(t.Context(), vault.Config{Objects: h.bucket, Master: h.master})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func in(workflowID string) converter.SerializationContext {
	return converter.WorkflowSerializationContext{Namespace: "default", WorkflowID: workflowID}
}

func activity(workflowID string) converter.SerializationContext {
	return converter.ActivitySerializationContext{Namespace: "default", WorkflowID: workflowID, ActivityType: "A"}
}

func with(c converter.PayloadCodec, sc converter.SerializationContext) converter.PayloadCodec {
	return c.(converter.PayloadCodecWithSerializationContext).WithSerializationContext(sc)
}

func plain(data string) []*commonpb.Payload {
	return []*commonpb.Payload{{Data: []byte(data), Metadata: map[string][]byte{"encoding": []byte("json/plain")}}}
}

func encode(t testing.TB, c converter.PayloadCodec, p []*commonpb.Payload) []*commonpb.Payload {
	t.Helper()
	sealed, err := c.Encode(p)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func TestKeyOfTheContext(t *testing.T) {
	h := newHouse(t)
	codec := payload.NewCodec(h)
	for _, test := range []struct {
		name  string
		codec converter.PayloadCodec
		want  string
	}{
		{"applicant's workflow", with(codec, in(h.ann.WorkflowID())), string(h.ann)},
		{"applicant's activity", with(codec, activity(h.ann.WorkflowID())), string(h.ann)},
		{"another workflow", with(codec, in("anchor")), payload.SystemKeyID},
		{"another's activity", with(codec, activity("retention")), payload.SystemKeyID},
		{"an activity of none", with(codec, activity("")), payload.SystemKeyID},
		{"what only looks like an applicant", with(codec, in("applicant/nobody")), payload.SystemKeyID},
		{"Nexus", with(codec, converter.NexusSerializationContext{}), payload.SystemKeyID},
		{"no context", codec, payload.SystemKeyID},
		{"the last context counts", with(with(codec, in(h.bob.WorkflowID())), in(h.ann.WorkflowID())), string(h.ann)},
	} {
		original := plain(`"Ann Example"`)
		sealed := encode(t, test.codec, original)
		if got := string(sealed[0].Metadata[payload.MetadataKeyID]); got != test.want {
			t.Errorf("%s: sealed for %s, want %s", test.name, got, test.want)
		}
		if raw, _ := proto.Marshal(sealed[0]); bytes.Contains(raw, []byte("Example")) || bytes.Contains(raw, []byte("json")) {
			t.Errorf("%s: readable: %q", test.name, raw)
		}
		for what, reader := range map[string]converter.PayloadCodec{"itself": test.codec, "the Web UI": codec} {
			opened, err := reader.Decode(sealed)
			if err != nil || !proto.Equal(opened[0], original[0]) {
				t.Errorf("%s, read by %s: %v, %v", test.name, what, opened, err)
			}
		}
		if !proto.Equal(original[0], plain(`"Ann Example"`)[0]) {
			t.Errorf("%s: the original was changed", test.name)
		}
	}
}

func TestWrongContextIsRefused(t *testing.T) {
	h := newHouse(t)
	codec := payload.NewCodec(h)
	ann, bob, system := with(codec, in(h.ann.WorkflowID())), with(codec, in(h.bob.WorkflowID())), with(codec, in("anchor"))
	readers := []converter.PayloadCodec{ann, bob, system}
	for i, writer := range readers {
		sealed := encode(t, writer, plain(`1`))
		for j, reader := range readers {
			if _, err := reader.Decode(sealed); (err == nil) != (i == j) || err != nil && !errors.Is(err, payload.ErrWrongKey) {
				t.Errorf("writer %d, reader %d: %v", i, j, err)
			}
		}
	}
	// A forged label does not help: the key does not fit.
	sealed := encode(t, ann, plain(`1`))
	sealed[0].Metadata[payload.MetadataKeyID] = []byte(h.bob)
	for name, reader := range map[string]converter.PayloadCodec{"bob": bob, "no context": codec} {
		if _, err := reader.Decode(sealed); !errors.Is(err, vault.ErrBroken) {
			t.Errorf("relabeled, read by %s: %v", name, err)
		}
	}
	for _, label := range []string{"", "_system", "../x", "nobody"} {
		sealed[0].Metadata[payload.MetadataKeyID] = []byte(label)
		if _, err := codec.Decode(sealed); err == nil {
			t.Errorf("label %q was taken", label)
		}
	}
	// Sealed objects are no payloads.
	object, err := h.Seal(t.Context(), h.ann, "sealed/identity", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	forged := encode(t, ann, plain(`1`))
	forged[0].Data = object
	if _, err := ann.Decode(forged); !errors.Is(err, vault.ErrBroken) {
		t.Errorf("an object passed as a payload: %v", err)
	}
}

// SDK v1.50, UpdateWithStartWorkflow without UpdateOptions.WorkflowID.
func TestNamelessWorkflowIsRefused(t *testing.T) {
	h := newHouse(t)
	_, err := with(payload.NewCodec(h), in("")).Encode(plain(`1`))
	if err == nil || !strings.Contains(err.Error(), "UpdateOptions.WorkflowID") {
		t.Errorf("%v, want what to do", err)
	}
}

func TestOthersPassThrough(t *testing.T) {
	h := newHouse(t)
	codec := with(payload.NewCodec(h), in(h.ann.WorkflowID()))
	foreign := []*commonpb.Payload{plain(`"clear"`)[0], nil, {}, {Metadata: map[string][]byte{"encoding": []byte("binary/null")}}}
	got, err := codec.Decode(foreign)
	if err != nil || len(got) != len(foreign) {
		t.Fatalf("%v, %v", got, err)
	}
	for i := range foreign {
		if !proto.Equal(got[i], foreign[i]) {
			t.Errorf("%d: %v became %v", i, foreign[i], got[i])
		}
	}
	sealed := encode(t, codec, foreign)
	opened, err := codec.Decode(sealed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range foreign {
		if !proto.Equal(opened[i], foreign[i]) {
			t.Errorf("%d: %v came back as %v", i, foreign[i], opened[i])
		}
	}
	if got, err := codec.Encode(nil); err != nil || len(got) != 0 {
		t.Errorf("nothing encoded: %v, %v", got, err)
	}
}

func TestErased(t *testing.T) {
	h := newHouse(t)
	sealed := encode(t, with(payload.NewCodec(h), in(h.ann.WorkflowID())), plain(`"Ann"`))
	sealed = append(sealed, encode(t, with(payload.NewCodec(h), in(h.bob.WorkflowID())), plain(`"Bob"`))...)
	if err := h.Destroy(t.Context(), h.ann); err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]*vault.Vault{"same process": h.Vault, "another": h.again(t)} {
		_, err := payload.NewCodec(v).Decode(sealed)
		if onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed || !strings.Contains(err.Error(), "erased") {
			t.Errorf("%s: %v, want CodeKeyDestroyed", name, err)
		}
		_, err = with(payload.NewCodec(v), in(h.ann.WorkflowID())).Encode(plain(`1`))
		if onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
			t.Errorf("%s: encode: %v, want CodeKeyDestroyed", name, err)
		}
		opened, err := payload.NewCodec(v, payload.ErasedPlaceholder()).Decode(sealed)
		if err != nil || string(opened[0].Data) != `"[erased]"` || string(opened[1].Data) != `"Bob"` {
			t.Errorf("%s: placeholder: %v, %v", name, opened, err)
		}
		if s := converter.GetDefaultDataConverter().ToString(opened[0]); s != `"[erased]"` {
			t.Errorf("%s: shown as %s", name, s)
		}
	}
}

// A placeholder is for what is erased only.
func TestPlaceholderHidesNoTrouble(t *testing.T) {
	h := newHouse(t)
	codec := payload.NewCodec(h, payload.ErasedPlaceholder())
	sealed := encode(t, with(codec, in(h.ann.WorkflowID())), plain(`1`))
	sealed[0].Data[10] ^= 1
	if _, err := codec.Decode(sealed); !errors.Is(err, vault.ErrBroken) {
		t.Errorf("tampered: %v", err)
	}
}

func TestTroubleIsWaitedOut(t *testing.T) {
	h := newHouse(t)
	short, long := h.again(t), h.again(t)
	h.bucket.setDown(true)
	start := time.Now()
	_, err := with(payload.NewCodec(long, payload.Patience(150*time.Millisecond)), in(h.ann.WorkflowID())).Encode(plain(`1`))
	if !errors.Is(err, errDown) || time.Since(start) > time.Minute {
		t.Errorf("long trouble: %v after %v", err, time.Since(start))
	}
	time.AfterFunc(100*time.Millisecond, func() { h.bucket.setDown(false) })
	if _, err := with(payload.NewCodec(short), in(h.ann.WorkflowID())).Encode(plain(`1`)); err != nil {
		t.Errorf("short trouble: %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	h := newHouse(t)
	codec := payload.NewCodec(h)
	rapid.Check(t, func(t *rapid.T) {
		bound := with(codec, in(rapid.SampledFrom([]string{h.ann.WorkflowID(), h.bob.WorkflowID(), "other"}).Draw(t, "workflow")))
		payloads := rapid.SliceOf(rapid.Custom(func(t *rapid.T) *commonpb.Payload {
			return &commonpb.Payload{Data: rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
				Metadata: rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.Byte())).Draw(t, "metadata")}
		})).Draw(t, "payloads")
		sealed, err := bound.Encode(payloads)
		if err != nil {
			t.Fatal(err)
		}
		for _, reader := range []converter.PayloadCodec{bound, codec} {
			opened, err := reader.Decode(sealed)
			if err != nil || len(opened) != len(payloads) {
				t.Fatalf("%v, %v", opened, err)
			}
			for i := range payloads {
				if !proto.Equal(payloads[i], opened[i]) {
					t.Fatalf("%v came back as %v", payloads[i], opened[i])
				}
			}
		}
	})
}

func BenchmarkEncode4KiB(b *testing.B) {
	h := newHouse(b)
	codec := with(payload.NewCodec(h), in(h.ann.WorkflowID()))
	p := plain(strings.Repeat("x", 4096))
	b.SetBytes(4096)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := codec.Encode(p); err != nil {
			b.Fatal(err)
		}
	}
}
