package web

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
)

type contextKey int

const (
	keyRequestID contextKey = iota
	keyRoute
	keyOriginal
	keyLanguage // the language of the request's pages, where it is not the browser's
	keyStay
)

// unmatched is the route of requests that fit no pattern.
const unmatched = "unmatched"

// RequestID is the request's own ID, which error pages show and log lines carry.
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// Handler wraps the mux with everything that holds for every request: ID,
// span, access log, security headers, recovery, protection against forged
// cross-origin posts, the body limit, and pages for what fits no route. All
// routes must be on this one mux, since their patterns name spans and log lines.
func (s *Site) Handler(mux *http.ServeMux) http.Handler {
	h := s.route(mux)
	h = s.limitBody(h)
	h = s.sameOrigin(h)
	h = s.recoverPanics(h)
	h = s.headers(h)
	h = s.accessLog(h)
	h = traced(h)
	return identify(mux, h)
}

// identify gives the request its ID and its route: the pattern, never the
// path, since a path may hold a link's token.
func identify(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		if pattern == "" {
			pattern = unmatched
		}
		ctx := context.WithValue(r.Context(), keyRequestID, strings.ToLower(rand.Text()))
		ctx = context.WithValue(ctx, keyRoute, pattern)
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

func routeOf(ctx context.Context) string {
	route, _ := ctx.Value(keyRoute).(string)
	return route
}

// traced makes a server span named by the route. otelhttp writes path, address
// and user agent into spans, and all three may be personal data or a token, so
// it is shown a request that lacks them; the real one goes on behind it. What a
// stranger says of its own trace is linked, never continued.
func traced(next http.Handler) http.Handler {
	inner := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		original, _ := r.Context().Value(keyOriginal).(*http.Request)
		next.ServeHTTP(w, original.WithContext(r.Context()))
	})
	outer := otelhttp.NewHandler(inner, "http",
		otelhttp.WithPublicEndpointFn(func(*http.Request) bool { return true }),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return r.Pattern }))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		shown := &http.Request{Method: standardMethod(r.Method), Pattern: routeOf(r.Context()), Proto: r.Proto,
			ProtoMajor: r.ProtoMajor, ProtoMinor: r.ProtoMinor, TLS: r.TLS, ContentLength: r.ContentLength, Header: http.Header{}}
		for _, name := range []string{"Traceparent", "Tracestate"} {
			if v := r.Header.Get(name); v != "" {
				shown.Header.Set(name, v)
			}
		}
		outer.ServeHTTP(w, shown.WithContext(context.WithValue(r.Context(), keyOriginal, r)))
	})
}

func standardMethod(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "_OTHER"
}

// requestAttrs is what log lines say of a request: nothing that could be
// personal data. No path, no address, no user agent, no query. The trace's ID
// is added to every line by internal/telemetry.
func requestAttrs(r *http.Request) []slog.Attr {
	return []slog.Attr{
		slog.String("request_id", RequestID(r.Context())),
		slog.String("method", standardMethod(r.Method)),
		slog.String("route", routeOf(r.Context())),
	}
}

func (s *Site) accessLog(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		start := time.Now()
		defer func() {
			s.log.LogAttrs(r.Context(), slog.LevelInfo, "request", append(requestAttrs(r), slog.Int("status", rec.code()),
				slog.Int64("bytes", rec.bytes), slog.Duration("took", time.Since(start)))...)
		}()
		next.ServeHTTP(rec, r)
	})
}

// recorder notes what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach what lies below.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) code() int {
	if r.status == 0 {
		return http.StatusOK
	}
	return r.status
}

// headers sets what every answer carries. Referrer-Policy is same-origin and
// not no-referrer: under the latter browsers send "Origin: null" with our own
// forms, which the cross-origin protection must refuse.
func (s *Site) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		setPolicy(h, Page{}) // a page that needs more says so itself, see Render
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("X-Request-Id", RequestID(r.Context()))
		if !s.loopback {
			h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		}
		next.ServeHTTP(w, r)
	})
}

// recoverPanics answers a panic with the 500 page and one log line. A panic's
// value may quote data, so only a run-time error's own words are logged; the
// stack has no values.
func (s *Site) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rec := &recorder{ResponseWriter: w}
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if v == http.ErrAbortHandler { //nolint:errorlint // a value that is panicked with, never wrapped
				panic(v)
			}
			what := fmt.Sprintf("%T", v)
			if fault, ok := v.(runtime.Error); ok {
				what = fault.Error()
			}
			s.log.LogAttrs(r.Context(), slog.LevelError, "request panicked", append(requestAttrs(r),
				slog.String("panic", what), slog.String("stack", string(debug.Stack())))...)
			if rec.status != 0 {
				panic(http.ErrAbortHandler) // half an answer is out: cut it off, so that nobody takes it for a whole one
			}
			status, p := Describe(fmt.Errorf("panic: %s", what))
			p.Reference = RequestID(r.Context())
			s.answer(w, r, status, p)
		}()
		next.ServeHTTP(rec, r)
	})
}

func (s *Site) sameOrigin(next http.Handler) http.Handler {
	protected := s.cross
	protected.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Refuse(w, r, http.StatusForbidden, "The form was sent from another site's page, so we did not take it.",
			"Open our page yourself and fill in the form there.")
	}))
	return protected.Handler(next)
}

// drained is how much of a body that is too large is read before we answer:
// a browser that is still sending would see a broken connection instead of
// the page.
const drained = 8 << 20

func (s *Site) limitBody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		limit := s.limit(r.URL.Path)
		if r.ContentLength > limit {
			_, _ = io.CopyN(io.Discard, r.Body, drained)
			s.Fail(w, r, &http.MaxBytesError{Limit: limit})
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		next.ServeHTTP(w, r)
	})
}

// route serves the mux, and gives our own pages where it would answer in plain
// words: nothing at the address, or nothing for the method.
func (s *Site) route(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if routeOf(r.Context()) != unmatched {
			mux.ServeHTTP(w, r)
			return
		}
		probe := &statusOnly{header: http.Header{}}
		mux.ServeHTTP(probe, r)
		if probe.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", probe.header.Get("Allow"))
			s.Refuse(w, r, http.StatusMethodNotAllowed, "This address exists, but not for what your browser asked of it.",
				"Go back to the page before and start from there.")
			return
		}
		s.Fail(w, r, notFound())
	})
}

// statusOnly takes in an answer and keeps its head.
type statusOnly struct {
	header http.Header
	status int
}

func (p *statusOnly) Header() http.Header         { return p.header }
func (p *statusOnly) Write(b []byte) (int, error) { return len(b), nil }
func (p *statusOnly) WriteHeader(status int)      { p.status = status }
