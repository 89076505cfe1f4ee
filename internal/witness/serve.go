package witness

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// What anybody may ask: none of it says more than how much was written, and when.

// Paths below KeysPath's folder.
const (
	checkpointPath  = "/.well-known/ledger/checkpoint"
	consistencyPath = "/.well-known/ledger/consistency/"
)

// Handlers are what is public of the log, by their patterns: its keys, the newest
// checkpoint, each by its number, and the proof that one goes on from another.
func (w *Witness) Handlers() map[string]http.Handler {
	return map[string]http.Handler{
		"GET " + KeysPath:                        http.HandlerFunc(w.serveKeys),
		"GET " + checkpointPath:                  http.HandlerFunc(w.serveNewest),
		"GET " + checkpointPath + "/{number}":    http.HandlerFunc(w.serveCheckpoint),
		"GET " + consistencyPath + "{from}/{to}": http.HandlerFunc(w.serveConsistency),
	}
}

func (w *Witness) serveKeys(out http.ResponseWriter, r *http.Request) {
	keys, err := w.Keys(r.Context())
	if err != nil {
		w.refuse(out, r, err)
		return
	}
	open(out, "text/plain; charset=utf-8")
	for i := len(keys) - 1; i >= 0; i-- {
		fmt.Fprintln(out, keys[i].Public)
	}
}

func (w *Witness) serveNewest(out http.ResponseWriter, r *http.Request) {
	last, err := w.Newest(r.Context())
	if err != nil {
		w.refuse(out, r, err)
		return
	}
	open(out, "text/plain; charset=utf-8")
	_, _ = out.Write(last.Note) // the connection is gone
}

func (w *Witness) serveCheckpoint(out http.ResponseWriter, r *http.Request) {
	body, err := w.Note(r.Context(), number(r, "number"))
	if err != nil {
		w.refuse(out, r, err)
		return
	}
	open(out, "text/plain; charset=utf-8")
	_, _ = out.Write(body) // the connection is gone
}

func (w *Witness) serveConsistency(out http.ResponseWriter, r *http.Request) {
	proof, err := w.Consistent(r.Context(), number(r, "from"), number(r, "to"))
	if err != nil {
		w.refuse(out, r, err)
		return
	}
	open(out, "application/json")
	_ = json.NewEncoder(out).Encode(proof) // the connection is gone
}

// number reads a number of the path; what is none names no checkpoint.
func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.PathValue(name))
	if err != nil || n < 1 {
		return -1
	}
	return n
}

// open lets anybody read the answer, also a verifier inside a browser.
func open(out http.ResponseWriter, kind string) {
	out.Header().Set("Content-Type", kind)
	out.Header().Set("Cache-Control", "no-cache")
	out.Header().Set("Access-Control-Allow-Origin", "*")
}

func (w *Witness) refuse(out http.ResponseWriter, r *http.Request, err error) {
	switch onboarding.CodeOf(err) {
	case onboarding.CodeNotNow, onboarding.CodeInvalid:
		http.Error(out, "There is no such checkpoint, or none yet.", http.StatusNotFound)
	default:
		w.cfg.Log.ErrorContext(r.Context(), "what is public of the ledgers' log could not be read", "error", err)
		http.Error(out, "This cannot be read at the moment.", http.StatusServiceUnavailable)
	}
}
