package web

import (
	"net/http"

	"github.com/klauspost/compress/gzhttp"
)

// compressor gzips what is worth it for who asks for it, with Vary. It is
// klauspost's gzhttp, since Accept-Encoding, Vary, ranges and small answers are
// easily got wrong, and since it can pad an answer by a random length.
//
// # What is compressed, and what is not
//
// The length of a compressed page tells how often its parts repeat each other.
// Who can put words of theirs into a page that also holds a secret, and can see
// lengths on the line, finds the secret out letter by letter (BREACH, 2013). So
// nothing is compressed unless it says so here:
//
//   - Assets: the same for everybody.
//   - Portal pages in answer to a GET without a query, but for the language's. Nothing in them was
//     chosen by whoever sent the browser there. Nobody else can send the form
//     that would change them either: cross-origin posts are refused, and the
//     session's cookie is SameSite=Lax.
//   - Never an answer to a POST or to a query, which show again what was typed,
//     and never the console, where an applicant's words stand beside what staff
//     alone may know. These are small, and staff sit at a desk.
//
// Sealed stamps and tags in forms are no aim: they are sealed with a new nonce
// each time, and the session's secret is in no page. The padding of up to 32
// bytes comes on top.
func newCompressor() (func(http.Handler) http.HandlerFunc, error) {
	return gzhttp.NewWrapper(gzhttp.MinSize(1024), gzhttp.CompressionLevel(9), gzhttp.EnableZstd(false), gzhttp.RandomJitter(32, 0, false))
}

// mayCompress reports whether a page may be compressed; see newCompressor.
func mayCompress(r *http.Request, f Face) bool {
	asked := r.URL.RawQuery
	return f.Compress && r.Method == http.MethodGet && (asked == "" || asked == LanguageParam+"="+Chosen(r))
}
