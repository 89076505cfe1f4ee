package codec_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/access/accesstest"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
	"github.com/vouchsafe/vouchsafe/internal/web/codec"
)

const ui = "http://127.0.0.1:8233"

var (
	errMissing  = errors.New("fake: missing")
	errConflict = errors.New("fake: conflict")
	errDown     = errors.New("fake: the bucket secret-bucket does not answer")
)

// bucket is a vault bucket in memory that can be out of reach.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	down    bool
}

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

// house is a real vault over the bucket, and the codec over the vault.
type house struct {
	t      *testing.T
	bucket *bucket
	master vault.Master
	vault  *vault.Vault
	url    string

	kept     accesstest.Bucket
	late     atomic.Int64 // nanoseconds by which the clock is moved
	programs map[onboarding.ApplicantID]string
	unsure   error // who asks is not known
}

var noon = time.Date(2026, 11, 24, 12, 1, 0, 0, time.UTC)

func serve(t *testing.T, change func(*codec.Config)) *house {
	t.Helper()
	h := &house{t: t, bucket: &bucket{objects: map[string][]byte{}}, programs: map[onboarding.ApplicantID]string{}}
	var err error
	if h.master, err = vault.LocalMaster(filepath.Join(t.TempDir(), "master.json")); err != nil {
		t.Fatal(err)
	}
	h.vault = h.newVault()
	cfg := codec.Config{Keys: h.vault, Origins: []string{ui}, Access: access.New(&h.kept, func() time.Time { return noon.Add(time.Duration(h.late.Load())) }, nil),
		ProgramOf: func(_ context.Context, id onboarding.ApplicantID) (string, error) { return h.programs[id], nil },
		Who: func(r *http.Request) (codec.Reader, bool, error) {
			role := r.Header.Get("X-Role")
			var own []string
			if p := r.Header.Get("X-Programs"); p != "" {
				own = strings.Split(p, ",")
			}
			return codec.StaffReader(identity.StaffSession{Staff: identity.Staff{ID: "00c0ffee", Role: identity.Role(role), Programs: own}, Session: r.Header.Get("X-Session")}), role != "", h.unsure
		}}
	if change != nil {
		change(&cfg)
	}
	mux := http.NewServeMux()
	codec.Register(mux, cfg)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// newVault is a vault with nothing in its cache.
func (h *house) newVault() *vault.Vault {
	h.t.Helper()
	v, err := vault.New(h.t.Context(), vault.Config{Objects: h.bucket, Master: h.master})
	if err != nil {
		h.t.Fatal(err)
	}
	return v
}

func (h *house) applicant() onboarding.ApplicantID {
	h.t.Helper()
	id := onboarding.ApplicantID(uuid.Must(uuid.NewV7()).String())
	if err := h.vault.Create(h.t.Context(), id); err != nil {
		h.t.Fatal(err)
	}
	return id
}

// sealed gives payloads as a worker of the applicant's workflow stores them;
// those of no applicant for an empty ID.
func (h *house) sealed(id onboarding.ApplicantID, values ...string) []*commonpb.Payload {
	h.t.Helper()
	workflow := "retention"
	if id != "" {
		workflow = id.WorkflowID()
	}
	worker := payload.NewCodec(h.vault).(converter.PayloadCodecWithSerializationContext).
		WithSerializationContext(converter.WorkflowSerializationContext{WorkflowID: workflow})
	out, err := worker.Encode(plain(values...))
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func plain(values ...string) []*commonpb.Payload {
	var out []*commonpb.Payload
	for _, v := range values {
		out = append(out, &commonpb.Payload{Data: []byte(`"` + v + `"`), Metadata: map[string][]byte{"encoding": []byte("json/plain"), "note": []byte("kept")}})
	}
	return out
}

// remote is the SDK's own client of the protocol, as the Web UI speaks it.
func (h *house) remote(role string) converter.PayloadCodec {
	return converter.NewRemotePayloadCodec(converter.RemotePayloadCodecOptions{Endpoint: h.url + "/codec", ModifyRequest: func(r *http.Request) error {
		r.Header.Set("X-Role", role)
		r.Header.Set("Origin", ui)
		return nil
	}})
}

func wantPayloads(t *testing.T, got, want []*commonpb.Payload) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d payloads, want %d", len(got), len(want))
	}
	for i := range want {
		if !proto.Equal(got[i], want[i]) {
			t.Errorf("payload %d is %v, want %v", i, got[i], want[i])
		}
	}
}

func TestDecode(t *testing.T) {
	h := serve(t, nil)
	page := append(h.sealed(h.applicant(), "kickbox", "clear"), h.sealed("", "retention")...)
	page = append(page, plain("never sealed")...)
	got, err := h.remote("ops").Decode(page)
	if err != nil {
		t.Fatal(err)
	}
	wantPayloads(t, got, plain("kickbox", "clear", "retention", "never sealed"))
	if got, err := h.remote("ops").Decode(nil); err != nil || len(got) != 0 {
		t.Errorf("a page of nothing: %v, %v", got, err)
	}
}

// TestWhatCannotBeOpened stays as it is, and hides nothing beside it.
func TestWhatCannotBeOpened(t *testing.T) {
	h := serve(t, nil)
	good, one := h.applicant(), h.applicant()
	damaged := proto.Clone(h.sealed(one, "x")[0]).(*commonpb.Payload)
	damaged.Data[len(damaged.Data)-1] ^= 1
	moved := proto.Clone(h.sealed(one, "x")[0]).(*commonpb.Payload)
	moved.Metadata[payload.MetadataKeyID] = []byte(good)
	stranger := proto.Clone(h.sealed(one, "x")[0]).(*commonpb.Payload)
	stranger.Metadata[payload.MetadataKeyID] = []byte(uuid.Must(uuid.NewV7()).String())
	path := proto.Clone(h.sealed(one, "x")[0]).(*commonpb.Payload)
	path.Metadata[payload.MetadataKeyID] = []byte("_system")
	broken := proto.Clone(h.sealed("", "x")[0]).(*commonpb.Payload)
	broken.Data = []byte("noise")
	others := &commonpb.Payload{Data: []byte("noise"), Metadata: map[string][]byte{"encoding": []byte("binary/others")}}
	bad := []*commonpb.Payload{damaged, moved, stranger, path, broken, others, {}}
	var page, want []*commonpb.Payload
	for _, p := range bad {
		page = append(append(page, h.sealed(good, "beside")...), p)
		want = append(append(want, plain("beside")...), p)
	}
	got, err := h.remote("ops").Decode(page)
	if err != nil {
		t.Fatal(err)
	}
	wantPayloads(t, got, want)
}

// TestErased: a page of somebody whose key is gone says so.
func TestErased(t *testing.T) {
	h := serve(t, nil)
	gone := h.applicant()
	page := append(h.sealed(gone, "x"), h.sealed("", "beside")...)
	if err := h.vault.Destroy(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	got, err := h.remote("ops").Decode(page)
	if err != nil {
		t.Fatal(err)
	}
	if string(got[0].GetData()) != `"[erased]"` || !proto.Equal(got[1], plain("beside")[0]) {
		t.Errorf("got %v", got)
	}
}

// TestNobodyEncodes: what a worker would take for its own is written by workers
// and the web alone.
func TestNobodyEncodes(t *testing.T) {
	h := serve(t, func(c *codec.Config) { c.Open = true })
	if _, err := h.remote("ops").Encode(plain("forged")); err == nil || !strings.Contains(err.Error(), "Not Found") {
		t.Errorf("%v, want Not Found", err)
	}
	for _, path := range []string{"/codec/encode", "/codec/decode/encode", "/codec/x/encode", "/codec/", "/codec/x/decode"} {
		if a := h.send("POST", path, `{"payloads":[]}`, nil); a.status != http.StatusNotFound {
			t.Errorf("%s: %d, want 404", path, a.status)
		}
	}
	if a := h.send("GET", "/codec/decode", "", nil); a.status != http.StatusMethodNotAllowed || a.header.Get("Allow") != "POST, OPTIONS" {
		t.Errorf("GET: %d, Allow %q", a.status, a.header.Get("Allow"))
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (h *house) send(method, path, body string, headers map[string]string) answer {
	h.t.Helper()
	r, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for k, v := range headers {
		r.Header.Set(k, v)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(b)}
}

// TestOrigins: a browser is let through from the Web UI and from nowhere else,
// and no answer ever names another origin.
func TestOrigins(t *testing.T) {
	h := serve(t, nil)
	body, err := json.Marshal(commonpb.Payloads{Payloads: h.sealed("", "x")})
	if err != nil {
		t.Fatal(err)
	}
	for origin, allowed := range map[string]bool{
		ui: true, "": true, "http://127.0.0.1:8234": false, "https://127.0.0.1:8233": false, "http://127.0.0.1:8233.evil.example": false,
		"https://evil.example": false, "null": false, "http://127.0.0.1:8233/": false,
	} {
		headers := map[string]string{"X-Role": "ops", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type,x-namespace"}
		if origin != "" {
			headers["Origin"] = origin
		}
		preflight, post := h.send("OPTIONS", "/codec/decode", "", headers), h.send("POST", "/codec/decode", string(body), headers)
		wantPreflight, wantPost := http.StatusForbidden, http.StatusForbidden
		if allowed {
			wantPreflight, wantPost = http.StatusNoContent, http.StatusOK
		}
		if preflight.status != wantPreflight || post.status != wantPost {
			t.Errorf("%q: %d and %d, want %d and %d", origin, preflight.status, post.status, wantPreflight, wantPost)
		}
		for what, a := range map[string]answer{"preflight": preflight, "post": post} {
			named := ""
			if allowed {
				named = origin
			}
			if got := a.header.Get("Access-Control-Allow-Origin"); got != named {
				t.Errorf("%q, %s: allows %q, want %q", origin, what, got, named)
			}
			if a.header.Get("Vary") != "Origin" { // else a cache gives one origin's answer to another
				t.Errorf("%q, %s: Vary is %q", origin, what, a.header.Get("Vary"))
			}
		}
		if allowed && origin != "" {
			if asked := strings.ToLower(preflight.header.Get("Access-Control-Allow-Headers")); !strings.Contains(asked, "content-type") || !strings.Contains(asked, "x-namespace") {
				t.Errorf("the Web UI's headers are not let through: %s", asked)
			}
			if preflight.header.Get("Access-Control-Allow-Credentials") != "true" {
				t.Error("the staff cookie would stay at home")
			}
		}
	}
	// A refusal must be readable by the Web UI, or it would show a broken network.
	if a := h.send("POST", "/codec/decode", string(body), map[string]string{"Origin": ui}); a.status != http.StatusForbidden || a.header.Get("Access-Control-Allow-Origin") != ui {
		t.Errorf("not signed in: %d, allows %q", a.status, a.header.Get("Access-Control-Allow-Origin"))
	}
}

func TestBodies(t *testing.T) {
	h := serve(t, func(c *codec.Config) { c.Open = true })
	fits := `{"payloads":[]}` + strings.Repeat(" ", codec.Limit-len(`{"payloads":[]}`))
	for name, tt := range map[string]struct {
		body string
		want int
	}{
		"nothing": {"", 400}, "no JSON": {"payloads", 400}, "broken off": {`{"payloads":[`, 400}, "not base64": {`{"payloads":[{"data":"*"}]}`, 400},
		"an unknown member": {`{"surprise":1}`, 400}, "at the limit": {fits, 200}, "over the limit": {fits + " ", 413},
	} {
		if a := h.send("POST", "/codec/decode", tt.body, nil); a.status != tt.want {
			t.Errorf("%s: %d, want %d: %s", name, a.status, tt.want, a.body)
		}
	}
}

// TestStorageInTrouble: we do not know is not "cannot be opened"; 503 says that
// asking again may help, and nothing of the inside.
func TestStorageInTrouble(t *testing.T) {
	if testing.Short() {
		t.Skip("the codec waits its five seconds for storage")
	}
	t.Parallel()
	h := serve(t, func(c *codec.Config) { c.Open = true })
	page := h.sealed(h.applicant(), "x")
	cold := http.NewServeMux()
	codec.Register(cold, codec.Config{Keys: h.newVault(), Open: true, Access: access.New(&h.kept, nil, nil),
		Who: func(*http.Request) (codec.Reader, bool, error) { return codec.Reader{}, false, nil }})
	h.bucket.mu.Lock()
	h.bucket.down = true
	h.bucket.mu.Unlock()
	body, err := json.Marshal(commonpb.Payloads{Payloads: page})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	cold.ServeHTTP(w, httptest.NewRequest("POST", "/codec/decode", strings.NewReader(string(body))))
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "bucket") {
		t.Errorf("%d: %s", w.Code, w.Body)
	}
}
