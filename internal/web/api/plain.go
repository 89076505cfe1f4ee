package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// writeProblem writes an RFC 9457 problem where no action stands.
func writeProblem(w http.ResponseWriter, status int, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"title": http.StatusText(status), "status": status, "detail": detail}) // the connection is gone
}

// matches reports whether a path fits a pattern such as /a/{id}/b.
func matches(pattern, path string) bool {
	p, q := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if p[i] != q[i] && !strings.HasPrefix(p[i], "{") {
			return false
		}
	}
	return true
}

func allowed(item *huma.PathItem) string {
	var out []string
	for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post} {
		if op != nil {
			out = append(out, method)
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}
