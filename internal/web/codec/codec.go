// Package codec lets the Temporal Web UI show payloads in the clear, under
// /codec, to those who may. What it decodes are references and outcomes: no
// personal data ever goes into a payload.
package codec

import (
	"errors"
	"io"
	"net/http"
	"slices"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
)

// Limit is the largest request that is read, in bytes.
const Limit = 8 << 20

// Config says who may decode.
type Config struct {
	Keys payload.Keys
	// Origins are those of the Temporal Web UI, such as http://127.0.0.1:8233.
	Origins []string
	// Open lets everybody decode who reaches the address: for one machine only,
	// where the web listens on loopback.
	Open bool
	// May tells whether the request comes from signed-in staff who may decode.
	May func(*http.Request) bool
}

// Register puts the codec on the mux.
func Register(mux *http.ServeMux, cfg Config) {
	codec := payload.NewCodec(cfg.Keys, payload.ErasedPlaceholder())
	mux.Handle("/codec/", cors(cfg.Origins, guard(cfg, decode(codec))))
}

// guard lets nobody decode who may not, and nobody encode at all: only workers
// and the web write payloads.
func guard(cfg Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path != "/codec/decode":
			http.Error(w, "There is only /codec/decode here.", http.StatusNotFound)
		case r.Method != http.MethodPost:
			w.Header().Set("Allow", "POST, OPTIONS")
			http.Error(w, "Send payloads to decode by POST.", http.StatusMethodNotAllowed)
		case !cfg.Open && !cfg.May(r):
			http.Error(w, "Sign in to the console first; your role must be allowed to decode.", http.StatusForbidden)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// decode answers as the SDK's own handler does, with statuses that say whose
// fault it is. It is not the SDK's, which gives 400 for a body that is too large
// and for storage in trouble, and quotes the cause.
func decode(codec converter.PayloadCodec) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, Limit))
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			http.Error(w, "That is too much at once.", http.StatusRequestEntityTooLarge)
			return
		}
		var all commonpb.Payloads
		if err != nil || protojson.Unmarshal(body, &all) != nil {
			http.Error(w, `Send {"payloads": […]}, as Temporal's codec protocol has it.`, http.StatusBadRequest)
			return
		}
		if all.Payloads, err = readable(codec, all.Payloads); err != nil {
			http.Error(w, "The keys cannot be read at the moment. Try again.", http.StatusServiceUnavailable)
			return
		}
		if body, err = protojson.Marshal(&all); err != nil {
			http.Error(w, "What was decoded cannot be shown.", http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body) // the browser has gone
	})
}

// readable decodes one payload after the other and leaves those as they are that
// can never be opened: one that was damaged must not hide the rest of a page.
func readable(codec converter.PayloadCodec, all []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := slices.Clone(all)
	for i := range all {
		opened, err := codec.Decode(all[i : i+1])
		var verdict *onboarding.Error // the vault's; storage in trouble gives another
		if err != nil && !errors.As(err, &verdict) {
			return nil, err
		}
		if err == nil {
			out[i] = opened[0]
		}
	}
	return out, nil
}

// cors answers pages of the Web UI's origin, and of no other; programs send none.
func cors(origins []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		w.Header().Add("Vary", "Origin")
		if slices.Contains(origins, origin) {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
			h.Set("Access-Control-Max-Age", "600")
		} else if origin != "" {
			http.Error(w, "This origin may not ask.", http.StatusForbidden)
			return
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
