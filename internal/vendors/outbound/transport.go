package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"syscall"

	"github.com/vouchsafe/vouchsafe/internal/vendors"
)

// The path that leads to the vendor goes through four hands:
//
//	resty → redact → otelhttp → restore → base
//
// redact shows otelhttp a URL that has the path's pattern and no query, since
// otelhttp writes the full URL into its span; restore puts the true one back.

type shownKey struct{}

type trueURLKey struct{}

// shown is the URL that may be seen: its path is the call's pattern.
func withShown(ctx context.Context, u *url.URL) context.Context {
	return context.WithValue(ctx, shownKey{}, u)
}

type redact struct{ next http.RoundTripper }

// RoundTrip hides the request's URL from what comes next.
func (t redact) RoundTrip(r *http.Request) (*http.Response, error) {
	shown, ok := r.Context().Value(shownKey{}).(*url.URL)
	if !ok { // only Client.Do sends; it always says what may be shown
		shown = &url.URL{Scheme: r.URL.Scheme, Host: r.URL.Host}
	}
	out := r.WithContext(context.WithValue(r.Context(), trueURLKey{}, r.URL))
	out.URL = shown
	return t.next.RoundTrip(out)
}

type restore struct{ base http.RoundTripper }

// RoundTrip sends the request to where it is really bound, once: net/http
// repeats a request by itself when a kept connection breaks and the request is
// a GET or has an Idempotency-Key. A request whose body cannot be had a second
// time is never repeated, so GetBody goes and an absent body becomes an empty
// one (net/http looks into it, finds nothing, and sends none).
func (t restore) RoundTrip(r *http.Request) (*http.Response, error) {
	out := r.WithContext(r.Context())
	if u, ok := r.Context().Value(trueURLKey{}).(*url.URL); ok {
		out.URL = u
	}
	out.GetBody = nil
	if out.Body == nil || out.Body == http.NoBody {
		switch out.Method {
		case http.MethodGet, http.MethodHead, http.MethodDelete:
			out.Body = emptyBody{}
		}
	}
	resp, err := t.base.RoundTrip(out)
	if out, ok := vendors.PausedFor(err); ok {
		return nil, &out
	}
	if err != nil {
		return nil, lose(err)
	}
	resp.Request = r
	if resp.StatusCode/100 == 3 {
		// Beside resty's policy: without an address there is no redirect, and
		// net/http does not quote one that it cannot parse.
		resp.Header.Del("Location")
	}
	return resp, nil
}

type emptyBody struct{}

func (emptyBody) Read([]byte) (int, error) { return 0, io.EOF }
func (emptyBody) Close() error             { return nil }

// lost is a connection's failure in our own words. The text of the original is
// not kept: net/http quotes URLs, and malformed answers, in its errors.
type lost struct {
	why string
	is  error // sentinel
}

func (e *lost) Error() string { return e.why }
func (e *lost) Unwrap() error { return e.is }

// lose says why no answer came. Errors that went through it before stay.
func lose(err error) *lost {
	var (
		already   *lost
		dns       *net.DNSError
		timeout   net.Error
		cert      *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(err, context.Canceled):
		return &lost{"the call was canceled", context.Canceled}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return &lost{"no answer came in time", context.DeadlineExceeded}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &lost{"the connection was refused", syscall.ECONNREFUSED}
	case errors.As(err, &dns):
		return &lost{"its host name could not be resolved", nil}
	case errors.As(err, &cert), errors.As(err, &authority), errors.As(err, &host):
		return &lost{"its certificate was not accepted", nil}
	case errors.As(err, &record), errors.As(err, &alert):
		return &lost{"no TLS connection came about", nil}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, net.ErrClosed):
		return &lost{"the connection was dropped", io.ErrUnexpectedEOF}
	}
	return &lost{"the connection failed", nil}
}
