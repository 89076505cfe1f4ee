// Package codec lets the Temporal Web UI show payloads in the clear, under
// /codec, to those who may. What it decodes are references and outcomes: no
// personal data ever goes into a payload.
package codec

import (
	"net/http"
	"slices"

	"go.temporal.io/sdk/converter"

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
	decode := converter.NewPayloadCodecHTTPHandler(codec)
	mux.Handle("/codec/", cors(cfg.Origins, guard(cfg, http.StripPrefix("/codec", decode))))
}

// guard lets nobody decode who may not, and nobody encode at all: only workers
// and the web write payloads.
func guard(cfg Config, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodPost:
			http.Error(w, "Send payloads to decode by POST.", http.StatusMethodNotAllowed)
		case r.URL.Path != "/codec/decode":
			http.Error(w, "There is only /codec/decode here.", http.StatusNotFound)
		case !cfg.Open && !cfg.May(r):
			http.Error(w, "Sign in to the console first; your role must be allowed to decode.", http.StatusUnauthorized)
		default:
			r.Body = http.MaxBytesReader(w, r.Body, Limit)
			next.ServeHTTP(w, r)
		}
	})
}

// cors answers the Web UI's origin, and no other.
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
		} else if origin != "" && r.Method == http.MethodOptions {
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
