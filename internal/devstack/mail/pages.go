package mail

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

//go:embed inbox.html
var files embed.FS

// page is parsed when the program starts, so that a fault in it shows then.
var page = template.Must(template.New("inbox.html").Funcs(template.FuncMap{
	"linked": linked,
	"when":   func(t time.Time) string { return t.Local().Format("2 January 2006, 15:04:05") },
}).ParseFS(files, "inbox.html"))

// pages is the inbox and its API.
func pages(b *box) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		to := r.FormValue("to")
		letters := b.list(to)
		slices.Reverse(letters)
		show(w, http.StatusOK, view{To: to, Letters: letters})
	})
	mux.HandleFunc("GET /messages/{id}", func(w http.ResponseWriter, r *http.Request) {
		m, ok := b.get(r.PathValue("id"))
		if !ok {
			show(w, http.StatusNotFound, view{Missing: true})
			return
		}
		show(w, http.StatusOK, view{Letter: &m})
	})
	mux.HandleFunc("GET /api/messages", func(w http.ResponseWriter, r *http.Request) {
		answer(w, http.StatusOK, b.list(r.FormValue("to")))
	})
	mux.HandleFunc("GET /api/messages/{id}", func(w http.ResponseWriter, r *http.Request) {
		m, ok := b.get(r.PathValue("id"))
		if !ok {
			answer(w, http.StatusNotFound, map[string]string{"error": "there is no such letter: GET /api/messages lists them"})
			return
		}
		answer(w, http.StatusOK, m)
	})
	mux.HandleFunc("DELETE /api/messages", func(w http.ResponseWriter, r *http.Request) {
		if err := b.remove(r.FormValue("to")); err != nil {
			answer(w, http.StatusInternalServerError, map[string]string{"error": "a letter could not be removed: " + err.Error()})
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	// Another site's page may make a browser send things here, but not delete.
	guard := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer") // links in letters carry secrets
		h.Set("Cache-Control", "no-store")
		guard.ServeHTTP(w, r)
	})
}

// view is what the page shows: a list, a letter or that there is none.
type view struct {
	To      string
	Letters []Message
	Letter  *Message
	Missing bool
}

func show(w http.ResponseWriter, status int, v view) {
	var body strings.Builder
	if err := page.Execute(&body, v); err != nil {
		http.Error(w, "the page could not be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body.String()))
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// piece is a stretch of text, or of it that is a link.
type piece struct {
	Text string
	Link bool
}

var address = regexp.MustCompile(`https?://[^\s<>"]+`)

// linked cuts a text into pieces. A full stop or a bracket behind a link is the
// sentence's.
func linked(text string) []piece {
	var pieces []piece
	for text != "" {
		at := address.FindStringIndex(text)
		if at == nil {
			return append(pieces, piece{Text: text})
		}
		if at[0] > 0 {
			pieces = append(pieces, piece{Text: text[:at[0]]})
		}
		url := strings.TrimRight(text[at[0]:at[1]], ".,;:!?)]}'")
		pieces = append(pieces, piece{Text: url, Link: true})
		text = text[at[0]+len(url):]
	}
	return pieces
}
