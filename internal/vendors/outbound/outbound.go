// Package outbound is the only HTTP client to vendors. It makes one attempt a
// call (retries belong to Temporal, under one stable idempotency key), follows
// no redirect, reads no more than it was told to, decodes strictly, and sends
// no field that the vendor's list does not name (obligation 38). Nothing of the
// person gets into its errors, spans or metrics.
package outbound

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-resty/resty/v2"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Defaults of a Config.
const (
	DefaultTimeout   = 10 * time.Second
	DefaultBodyLimit = 1 << 20
)

// Auth puts a vendor's credentials on a request.
type Auth func(*http.Request)

// Basic is HTTP basic authentication. Never credentials in the query: queries
// end up in logs.
func Basic(user, password string) Auth {
	return func(r *http.Request) { r.SetBasicAuth(user, password) }
}

// Bearer is an Authorization header with a token.
func Bearer(token string) Auth {
	return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
}

// Config says how one vendor is reached.
type Config struct {
	Vendor  string // the adapter's name, as in consent's register
	BaseURL string // https, or http on loopback only (obligation 48)
	Auth    Auth   // nil for vendors without
	// Header goes with every call: the version of the API that is spoken, say.
	// Never anything of a person, and nothing that the client sets itself.
	Header http.Header
	// Allow lists every field of a person that this vendor may ever get.
	Allow []onboarding.Field
	// ErrorCode finds the vendor's error code in the body of an error answer;
	// nil when the vendor has none. What it gives is dropped unless it has the
	// form of a code.
	ErrorCode func(body []byte) string

	Timeout        time.Duration        // of one call; DefaultTimeout when 0
	BodyLimit      int                  // of an answer, in bytes, unpacked; DefaultBodyLimit when 0
	Transport      http.RoundTripper    // the base; a TLS 1.2+ HTTP/1.1 transport when nil
	TracerProvider trace.TracerProvider // the global one when nil
	Now            func() time.Time     // reads Retry-After dates; time.Now when nil
}

// reserved are the headers that a Config may not set.
var reserved = []string{"Authorization", "Proxy-Authorization", "Cookie", "Host", "Idempotency-Key", "Content-Type", "Content-Length",
	"Accept", "Accept-Encoding", "User-Agent", "Traceparent", "Tracestate", "Baggage"}

// Client calls one vendor. It is safe for concurrent use.
type Client struct {
	cfg     Config
	base    *url.URL
	rest    *resty.Client
	metrics metrics
}

// New makes a Client. It refuses an address that is not https unless it is on
// loopback, and one that carries a query, a fragment or credentials; and a
// Header that names what is not its affair, credentials above all: those are
// for Auth.
func New(cfg Config) (*Client, error) {
	if cfg.Vendor == "" {
		return nil, fmt.Errorf("outbound: a client needs its vendor's name")
	}
	base, err := checkBase(cfg.BaseURL)
	if err != nil {
		return nil, fmt.Errorf("outbound: address of %s: %w", cfg.Vendor, err)
	}
	for name := range cfg.Header {
		if slices.Contains(reserved, http.CanonicalHeaderKey(name)) {
			return nil, fmt.Errorf("outbound: %s: the header %s is not for the configuration", cfg.Vendor, name)
		}
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.BodyLimit <= 0 {
		cfg.BodyLimit = DefaultBodyLimit
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Transport == nil {
		cfg.Transport = NewTransport()
	}
	m, err := newMetrics()
	if err != nil {
		return nil, fmt.Errorf("outbound: metrics: %w", err)
	}
	traced := otelhttp.NewTransport(restore{cfg.Transport}, traceOptions(cfg)...)
	// NewWithClient and not New: New brings a cookie jar, and a vendor's cookie
	// would tie one applicant's call to the next one's.
	rest := resty.NewWithClient(&http.Client{Transport: redact{traced}}).
		SetTimeout(cfg.Timeout).
		SetRetryCount(0).
		SetRedirectPolicy(resty.NoRedirectPolicy()).
		SetResponseBodyLimit(cfg.BodyLimit).
		SetHeader("User-Agent", "vouchsafe").
		SetLogger(silent{}).
		SetDisableWarn(true)
	for name, values := range cfg.Header {
		rest.SetHeader(name, strings.Join(values, ", "))
	}
	if cfg.Auth != nil {
		auth := cfg.Auth
		rest.SetPreRequestHook(func(_ *resty.Client, r *http.Request) error { auth(r); return nil })
	}
	return &Client{cfg: cfg, base: base, rest: rest, metrics: m}, nil
}

// traceOptions keep our trace context at home: a vendor has no use for it, and
// baggage may hold anything.
func traceOptions(cfg Config) []otelhttp.Option {
	opts := []otelhttp.Option{
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string {
			return cfg.Vendor + " " + r.Method + " " + r.URL.Path
		}),
	}
	if cfg.TracerProvider != nil {
		opts = append(opts, otelhttp.WithTracerProvider(cfg.TracerProvider))
	}
	return opts
}

// NewTransport is the base transport towards vendors. It speaks HTTP/1.1 only:
// over HTTP/2 a client may repeat a request by itself, and a GET without a
// body could not be kept from it.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:       &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   5 * time.Second,
		TLSNextProto:          map[string]func(string, *tls.Conn) http.RoundTripper{},
		MaxIdleConns:          256,
		MaxIdleConnsPerHost:   64,
		IdleConnTimeout:       30 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

func checkBase(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" { // err quotes the address, which may hold credentials
		return nil, fmt.Errorf("it is not an absolute URL: write it as https://host/path")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("it carries credentials, a query or a fragment: give the plain address, and the key in its own setting")
	}
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && loopback(u.Hostname()):
	default:
		return nil, fmt.Errorf("%s is not reached over TLS: use https (plain http is for loopback only)", u.Host)
	}
	u.Path = strings.TrimSuffix(u.Path, "/")
	u.RawPath = ""
	return u, nil
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// silent keeps resty from writing what it thinks to the standard error output:
// its lines hold URLs with their queries.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}
