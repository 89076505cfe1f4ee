package web

import (
	"net/http"
	"strings"
)

// setPolicy says what the browser may do on a page: nothing but show it, with
// our own style sheet and images, and send its forms to us. Everything more a
// page asks for by itself, so that a page without a script can run none, and
// only one page can ask for the microphone. Nothing is ever taken from
// elsewhere. No script stands in a page itself, and no style but the whole sheet
// in the first page, which goes by its hash.
//
// CSP Level 3; https://www.w3.org/TR/permissions-policy/.
func setPolicy(h http.Header, p Page) {
	style := "style-src 'self'"
	if p.sheetSource != "" {
		style += " " + p.sheetSource
	}
	csp := []string{"default-src 'none'", style, "img-src 'self'"}
	if len(p.Scripts) > 0 {
		csp = append(csp, "script-src 'self'")
	}
	if p.Connect {
		csp = append(csp, "connect-src 'self'")
	}
	if p.Media {
		csp = append(csp, "media-src 'self'")
	}
	csp = append(csp, "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'")
	h.Set("Content-Security-Policy", strings.Join(csp, "; "))

	microphone := "microphone=()"
	if p.Microphone {
		microphone = "microphone=(self)"
	}
	h.Set("Permissions-Policy", "camera=(), display-capture=(), geolocation=(), "+microphone+", payment=(), usb=()")
}
