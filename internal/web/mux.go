package web

import (
	"net/http"
	"slices"
)

// Router is where a face puts its routes; *http.ServeMux is one.
type Router interface {
	http.Handler
	Handle(pattern string, handler http.Handler)
	HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request))
}

// Mux is the one mux of all faces. It knows what stands on it, so that a test can
// walk every route with every role.
type Mux struct {
	*http.ServeMux
	patterns []string
}

// NewMux makes an empty Mux.
func NewMux() *Mux { return &Mux{ServeMux: http.NewServeMux()} }

// Handle is http.ServeMux's.
func (m *Mux) Handle(pattern string, handler http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, handler)
}

// HandleFunc is http.ServeMux's.
func (m *Mux) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(handler))
}

// Patterns lists what stands on the mux, in order.
func (m *Mux) Patterns() []string { return slices.Sorted(slices.Values(m.patterns)) }
