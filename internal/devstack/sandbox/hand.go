package sandbox

import (
	"html/template"
	"net/http"
	"slices"
)

// hand is an address that a person or a test comes to, and no adapter: a page
// that a vendor shows to the applicant (/<vendor>/_…), or a deed of the vendor's
// staff (/_<vendor>/…). It is not in the books and not under faults.
type hand struct {
	method, pattern string
	handle          func(s *Sandbox, w http.ResponseWriter, r *http.Request, values map[string]string)
}

func hands() []hand { return slices.Concat(stripeHands, checkrHands, smsHands, integratorHands) }

// byHand answers if there is such an address.
func (s *Sandbox) byHand(w http.ResponseWriter, r *http.Request) bool {
	other := false
	for _, h := range hands() {
		values, ok := matchPath(h.pattern, r.URL.EscapedPath())
		switch {
		case !ok:
		case h.method == r.Method:
			h.handle(s, w, r, values)
			return true
		default:
			other = true
		}
	}
	if other {
		writeJSON(w, http.StatusMethodNotAllowed, map[string]any{"message": "This path has another method."})
	}
	return other
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>body{font:1.1em/1.5 sans-serif;margin:1em}button{font:inherit;min-height:2.75em;padding:0 1em;margin:.3em 0}</style>
<main><h1>{{.Title}}</h1><p>{{.Says}}</p>
{{range .Deeds}}<form method="post"><button name="do" value="{{.Value}}">{{.Label}}</button></form>
{{end}}</main></html>
`))

// deed is a button of a page: it posts do=<Value> to the page's own address.
type deed struct{ Value, Label string }

// showPage writes one of a vendor's pages.
func showPage(w http.ResponseWriter, status int, title, says string, deeds ...deed) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = page.Execute(w, struct { // whoever asked has gone; there is nobody to tell
		Title, Says string
		Deeds       []deed
	}{title, says, deeds})
}
