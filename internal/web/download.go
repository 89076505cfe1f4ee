package web

import "net/http"

// Download answers with a file of ours for whoever is signed in, and nobody else:
// the browser saves it under the name, and no cache keeps it. kind is its media
// type; name is ours too, plain letters, since it is not escaped.
func Download(w http.ResponseWriter, kind, name string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // the browser has gone: nobody is left to tell
}
