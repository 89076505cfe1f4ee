// Package web is what every face that answers browsers shares: the layout and
// its small style sheet, the middleware around all requests, the map from
// errors to pages, forms that keep what was typed, and sealed cookies. The
// faces themselves (portal, console, API) are packages below it and register
// their routes on one mux, which Site.Handler then wraps.
//
// Nothing here needs JavaScript and nothing is fetched from third parties.
package web
