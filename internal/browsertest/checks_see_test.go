package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestChecksSeeFaults holds the checks themselves: what they never find must be
// because it is not there.
func TestChecksSeeFaults(t *testing.T) {
	pages := map[string]struct{ body, finds string }{
		"/sound":      {`<h1>Sound</h1><p>Words.</p>`, ""},
		"/contrast":   {`<h1>Pale</h1><p style="color:#ccc">Words.</p>`, "axe color-contrast"},
		"/unlabelled": {`<h1>Form</h1><input name="a">`, "axe label"},
		"/small":      {`<h1>Targets</h1><a href="/a" style="font-size:6px">a</a><a href="/b" style="font-size:6px">b</a>`, "axe target-size"},
		"/wide":       {`<h1>Wide</h1><div style="width:400px">.</div>`, "scrolled sideways"},
		"/heavy":      {`<h1>Heavy</h1><!--` + strings.Repeat("x", maxWeight) + `-->`, "it weighs"},
		"/elsewhere":  {`<h1>Elsewhere</h1><img alt="" src="http://127.0.0.1:9/x.png">`, "another site"},
		"/missing":    {`<h1>Missing</h1><img alt="" src="/assets/none.png">`, "the console says"},
		"/dialog":     {`<h1>Dialog</h1><script>alert("x")</script>`, "a dialog opens"},
		"/throws":     {`<h1>Throws</h1><script>throw new Error("x")</script>`, "a script fails"},
		"/blocked":    {`<h1>Blocked</h1><script>document.title = "x"</script>`, "Content Security Policy"},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		if r.URL.Path == "/blocked" {
			w.Header().Set("Content-Security-Policy", "script-src 'self'")
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>Page</title><link rel="icon" href="data:,"></head><body><main>%s</main></body></html>`, p.body)
	}))
	t.Cleanup(server.Close)
	for path, p := range pages {
		t.Run(path[1:], func(t *testing.T) {
			t.Parallel()
			b := theWorld.profile(t, smartphone)
			b.base, b.checks = server.URL, checks{}
			b.open(path)
			b.checks = allChecks
			found := strings.Join(b.checks.faults(b), "\n")
			if p.finds == "" && found != "" || !strings.Contains(found, p.finds) {
				t.Errorf("found %q, not %q", found, p.finds)
			}
		})
	}
}
