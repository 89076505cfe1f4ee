package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

// A page gets what it asks for, and the next one has lost it again.
func TestPagesMayDoOnlyWhatTheyAskFor(t *testing.T) {
	f := newFixture(t, nil)
	pages, err := f.site.Templates(fstest.MapFS{"p/a.html": {Data: []byte(`{{define "content"}}<h1>A</h1>{{end}}`)}}, "p", Face{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	f.site.assets["some.js"] = asset{body: []byte("1"), kind: "text/javascript", hash: "0011"}
	for path, page := range map[string]Page{
		"/plain": {}, "/script": {Scripts: []string{"some.js"}}, "/fetch": {Scripts: []string{"some.js"}, Connect: true},
		"/sound": {Media: true}, "/line": {Scripts: []string{"some.js"}, Connect: true, Microphone: true},
	} {
		f.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) { f.site.Render(w, r, 200, pages, "a", page) })
	}
	for path, want := range map[string]struct{ script, connect, media, microphone bool }{
		"/plain": {}, "/script": {script: true}, "/fetch": {script: true, connect: true}, "/sound": {media: true},
		"/line": {script: true, connect: true, microphone: true},
	} {
		w := f.do(httptest.NewRequest("GET", path, nil))
		csp, permissions := w.Header().Get("Content-Security-Policy"), w.Header().Get("Permissions-Policy")
		for directive, wanted := range map[string]bool{"script-src 'self'": want.script, "connect-src 'self'": want.connect, "media-src 'self'": want.media} {
			if strings.Contains(csp, directive) != wanted {
				t.Errorf("%s: %s wanted: %v, got %s", path, directive, wanted, csp)
			}
		}
		if strings.Contains(permissions, "microphone=(self)") != want.microphone || strings.Contains(permissions, "microphone=()") == want.microphone {
			t.Errorf("%s: %s", path, permissions)
		}
		if strings.Contains(w.Body.String(), `<script defer src="/assets/some-0011.js">`) != want.script {
			t.Errorf("%s: the script is missing, or is there unasked", path)
		}
		for _, never := range []string{"unsafe", "http", "*", "data:", "blob:"} {
			if strings.Contains(csp, never) {
				t.Errorf("%s: the policy has %q: %s", path, never, csp)
			}
		}
	}
}
