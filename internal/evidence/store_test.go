package evidence_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
)

func TestConformance(t *testing.T) {
	evidencetest.Run(t, func(t *testing.T) (locked, plain *evidence.Store) { return stores(t, nil) })
}

// faulty loses the answers to the first puts: the store has done what was asked,
// and nobody hears of it.
type faulty struct {
	inner aws.HTTPClient
	lose  atomic.Int32
	puts  atomic.Int32
}

func (f *faulty) Do(r *http.Request) (*http.Response, error) {
	answer, err := f.inner.Do(r)
	if err == nil && r.Method == http.MethodPut {
		f.puts.Add(1)
		if f.lose.Add(-1) >= 0 {
			_, _ = io.Copy(io.Discard, answer.Body)
			answer.Body.Close()
			return nil, io.ErrUnexpectedEOF
		}
	}
	return answer, err
}

// A conditional put whose answer was lost is sent again by the SDK and meets
// itself: that is success.
func TestRetriedConditionalPut(t *testing.T) {
	named := keys(t)
	f := &faulty{inner: http.DefaultClient}
	locked, plain := stores(t, func(c *evidence.ClientConfig) { c.HTTP = f })
	for name, store := range map[string]*evidence.Store{"locked": locked, "plain": plain} {
		f.lose.Store(1)
		f.puts.Store(0)
		key := named("once")
		if err := store.PutOnce(t.Context(), key, []byte("body")); err != nil || f.puts.Load() != 2 {
			t.Errorf("%s: PutOnce: %v after %d puts, want success after 2", name, err, f.puts.Load())
		}
		f.lose.Store(1)
		etag, err := store.PutIf(t.Context(), named("if"), []byte("body"), "")
		if err != nil || etag == "" {
			t.Errorf("%s: PutIf: %q, %v", name, etag, err)
		}
	}
	first, err := plain.PutIf(t.Context(), named("cas"), []byte("one"), "")
	if err != nil {
		t.Fatal(err)
	}
	f.lose.Store(1)
	second, err := plain.PutIf(t.Context(), named("cas"), []byte("two"), first)
	if err != nil || second == first {
		t.Errorf("PutIf over %s: %s, %v", first, second, err)
	}
	if _, etag, err := plain.GetTagged(t.Context(), named("cas")); err != nil || etag != second {
		t.Errorf("stands with %s, %v, want %s", etag, err, second)
	}
}

// An object that lost its retention to a crash (the gateway sets it after the
// object shows) is held once its put is repeated.
func TestRetentionIsMadeGood(t *testing.T) {
	named := keys(t)
	env := environment(t)
	client := env.Client(t, nil)
	bare := evidence.New(evidence.Config{Bucket: env.EvidenceBucket, Client: client}) // same bucket, no lock
	locked := evidence.New(evidence.Config{Bucket: env.EvidenceBucket, Client: client, Lock: time.Hour, Mode: evidence.Governance})
	key := named("unheld")
	if err := bare.PutOnce(t.Context(), key, []byte("body")); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		store *evidence.Store
		mode  evidence.Mode
	}{{bare, ""}, {locked, evidence.Governance}, {bare, evidence.Governance}} {
		if err := step.store.PutOnce(t.Context(), key, []byte("body")); err != nil {
			t.Error(err)
		}
		mode, until, err := bare.Retention(t.Context(), key)
		if err != nil || mode != step.mode || (mode != "") != until.After(time.Now()) {
			t.Errorf("held %q until %v, %v; want %q", mode, until, err, step.mode)
		}
	}
}

// In a versioned bucket Delete removes what a plain delete would only hide.
func TestDeleteRemovesEveryVersion(t *testing.T) {
	named := keys(t)
	env := environment(t)
	store := evidence.New(evidence.Config{Bucket: env.EvidenceBucket, Client: env.Client(t, nil)})
	key := named("versions")
	for _, body := range []string{"one", "two", "three"} {
		if err := store.Put(t.Context(), key, []byte(body)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := store.Delete(t.Context(), key); err != nil {
			t.Fatal(err)
		}
	}
	if n := versions(t, env, key); n != 0 {
		t.Errorf("%d versions or markers are left", n)
	}
}

// The embedded store keeps objects as files: "a" and "a/b" exclude each other.
func TestObjectIsNoPrefix(t *testing.T) {
	named := keys(t)
	locked, plain := stores(t, nil)
	for name, store := range map[string]*evidence.Store{"locked": locked, "plain": plain} {
		if err := store.PutOnce(t.Context(), named("a"), nil); err != nil {
			t.Fatal(err)
		}
		for _, key := range []string{named("a/b"), strings.TrimSuffix(named(""), "/")} {
			if err := store.PutOnce(t.Context(), key, nil); !errors.Is(err, evidence.ErrBadKey) {
				t.Errorf("%s: put of %s: %v, want ErrBadKey", name, key, err)
			}
			if _, err := store.Get(t.Context(), key); !errors.Is(err, evidence.ErrNotFound) {
				t.Errorf("%s: get of %s: %v, want ErrNotFound", name, key, err)
			}
		}
	}
}

func TestCheckSaysWhatToChange(t *testing.T) {
	env := environment(t)
	client := env.Client(t, nil)
	for _, test := range []struct {
		cfg  evidence.Config
		want string
	}{
		{evidence.Config{Bucket: "no-such-bucket", Client: client}, "create it"},
		{evidence.Config{Bucket: env.VaultBucket, Client: client, Lock: time.Hour}, "turn on Object Lock"},
		{evidence.Config{Bucket: env.VaultBucket, Client: env.Client(t, func(c *evidence.ClientConfig) { c.SecretKey = "wrong" })},
			"check the access key"},
		{evidence.Config{Bucket: env.VaultBucket, Client: env.Client(t, func(c *evidence.ClientConfig) {
			c.Endpoint = "http://127.0.0.1:1"
		})}, "check the endpoint"},
	} {
		err := evidence.New(test.cfg).Check(t.Context())
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.cfg.Bucket, err, test.want)
		}
	}
}

func TestSpans(t *testing.T) {
	named := keys(t)
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	_, store := stores(t, func(c *evidence.ClientConfig) { c.TracerProvider = provider })
	key := named("span")
	ctx := t.Context()
	_ = store.PutOnce(ctx, key, []byte("secret"))
	_, _ = store.Get(ctx, key)
	_, _ = store.Get(ctx, named("none"))
	_, _ = store.Presign(ctx, key, time.Minute)
	var names []string
	for _, span := range spans.Ended() {
		names = append(names, span.Name())
		if span.SpanKind() != trace.SpanKindClient || len(span.Attributes()) != 2 || len(span.Events()) != 0 {
			t.Errorf("%s: kind %v, attributes %v, events %v", span.Name(), span.SpanKind(), span.Attributes(), span.Events())
		}
		if span.Status().Code == codes.Error {
			t.Errorf("%s is marked as an error: a missing object is an answer", span.Name())
		}
	}
	if got := strings.Join(names, " "); got != "s3.PutObject s3.GetObject s3.GetObject" {
		t.Errorf("spans: %s", got)
	}
}

// Get reads no more than MaxObject, whatever the store sends.
func TestGetIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "told") {
			w.Header().Set("Content-Length", "1073741824")
		}
		chunk := bytes.Repeat([]byte("x"), 1<<20)
		for range 40 {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	store := evidence.New(evidence.Config{Bucket: "b", Client: fakeClient(t, server.URL)})
	for _, key := range []string{"told", "untold"} {
		if _, err := store.Get(t.Context(), key); !errors.Is(err, evidence.ErrTooLarge) {
			t.Errorf("%s: %v, want ErrTooLarge", key, err)
		}
	}
}

// AWS answers 409 when it cannot decide between two conditional puts.
func TestRacedPutIsSentAgain(t *testing.T) {
	var puts atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if puts.Add(1) < 3 {
			w.WriteHeader(http.StatusConflict)
			_, _ = io.WriteString(w, `<Error><Code>ConditionalRequestConflict</Code><Message>m</Message></Error>`)
			return
		}
		w.Header().Set("ETag", `"tag"`)
	}))
	defer server.Close()
	store := evidence.New(evidence.Config{Bucket: "b", Client: fakeClient(t, server.URL)})
	if err := store.PutOnce(t.Context(), "k", nil); err != nil || puts.Load() != 3 {
		t.Errorf("PutOnce: %v after %d puts", err, puts.Load())
	}
	puts.Store(0)
	if tag, err := store.PutIf(t.Context(), "k", nil, ""); err != nil || tag != `"tag"` || puts.Load() != 3 {
		t.Errorf("PutIf: %s, %v after %d puts", tag, err, puts.Load())
	}
}

// An older object without a SHA-256 is compared byte by byte.
func TestPutOnceComparesWithoutChecksum(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodPut:
			w.WriteHeader(http.StatusPreconditionFailed)
			_, _ = io.WriteString(w, `<Error><Code>PreconditionFailed</Code></Error>`)
		case http.MethodGet:
			_, _ = io.WriteString(w, "stored")
		}
	}))
	defer server.Close()
	store := evidence.New(evidence.Config{Bucket: "b", Client: fakeClient(t, server.URL)})
	if err := store.PutOnce(t.Context(), "k", []byte("stored")); err != nil {
		t.Errorf("same bytes: %v", err)
	}
	if err := store.PutOnce(t.Context(), "k", []byte("others")); !errors.Is(err, evidence.ErrConflict) {
		t.Errorf("other bytes: %v, want ErrConflict", err)
	}
}

// Trouble is no verdict: neither missing nor conflict.
func TestTroubleIsNeither(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(w, `<Error><Code>AccessDenied</Code><Message>m</Message></Error>`)
	}))
	defer server.Close()
	store := evidence.New(evidence.Config{Bucket: "b", Client: fakeClient(t, server.URL)})
	_, getErr := store.Get(t.Context(), "k")
	_, hasErr := store.Has(t.Context(), "k")
	for _, err := range []error{getErr, hasErr, store.PutOnce(t.Context(), "k", nil), store.Delete(t.Context(), "k")} {
		if err == nil || store.IsMissing(err) || store.IsConflict(err) {
			t.Errorf("%v", err)
		}
	}
}

func TestHalfAKeyPairIsRefused(t *testing.T) {
	if _, err := evidence.NewClient(context.Background(), evidence.ClientConfig{AccessKey: "only"}); err == nil {
		t.Error("an access key without its secret was taken")
	}
}
