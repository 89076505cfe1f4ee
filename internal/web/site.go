package web

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/words"
)

// Sealer seals small things that leave with a browser or a letter and come
// back: cookies, links, form stamps. *vault.Vault is one. name binds the
// sealed bytes to their use: bytes sealed as one thing do not open as another.
type Sealer interface {
	SystemSeal(name string, plaintext []byte) ([]byte, error)
	SystemOpen(name string, sealed []byte) ([]byte, error)
}

// Limit is the largest body that requests under a path prefix may have.
type Limit struct {
	Prefix string
	Bytes  int64
}

// DefaultBodyLimit holds for every path that no Limit names: a form of ours
// is at most a few KiB.
const DefaultBodyLimit = 64 << 10

// Config says what a Site works with.
type Config struct {
	Log    *slog.Logger     // slog.Default when nil
	Sealer Sealer           // needed for cookies and stamps
	Now    func() time.Time // time.Now when nil
	// Loopback says that the site is reached over http on this machine only.
	// Everywhere else cookies are Secure and HSTS is sent (obligation 48).
	Loopback bool
	// CrossOrigin lists path patterns, as in http.ServeMux, that browsers may
	// post to from another origin, such as the codec endpoint for the Temporal
	// Web UI. What stands there must not go by cookies.
	CrossOrigin []string
	// Proxies is how many reverse proxies of ours stand in front; each adds one
	// entry to X-Forwarded-For. What lies left of theirs a stranger may have
	// written. 0: the connection's own address counts.
	Proxies int
	// Limits are tried in order; the first whose prefix fits holds.
	Limits []Limit
	// Proof is for tests: when it is set, every page that is shown is made in every
	// language of its face too, and it is told each English text without words there.
	Proof func(language, english string)
}

// Site is what the faces share. Make it with New.
type Site struct {
	log      *slog.Logger
	sealer   Sealer
	now      func() time.Time
	loopback bool
	proxies  int
	limits   []Limit
	cross    *http.CrossOriginProtection
	layouts  map[string]*template.Template // by language
	catalogs map[string]*words.Catalog     // by language
	proof    func(language, english string)
	assets   map[string]asset // by name, without the hash
	own      *Templates       // the error page
	compress func(http.Handler) http.HandlerFunc
}

// New parses the layout and the shared pages, so that a fault in them fails
// the start and never a request.
func New(cfg Config) (*Site, error) {
	if cfg.Sealer == nil {
		return nil, errors.New("web: give a sealer")
	}
	s := &Site{log: cfg.Log, sealer: cfg.Sealer, now: cfg.Now, loopback: cfg.Loopback, proxies: cfg.Proxies, limits: cfg.Limits, proof: cfg.Proof}
	if s.log == nil {
		s.log = slog.Default()
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.cross = http.NewCrossOriginProtection()
	for _, p := range cfg.CrossOrigin {
		s.cross.AddInsecureBypassPattern(p)
	}
	var err error
	if s.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	if s.compress, err = newCompressor(); err != nil {
		return nil, fmt.Errorf("web: make the compressor: %w", err)
	}
	if err := s.speak(); err != nil {
		return nil, err
	}
	s.own, err = s.Templates(templateFiles, "templates/pages", Face{Name: "vouchsafe", Home: "/", Languages: words.Languages()}, nil)
	return s, err
}

// Now is the site's clock.
func (s *Site) Now() time.Time { return s.now() }

// Log is the site's log.
func (s *Site) Log() *slog.Logger { return s.log }

// Routes registers what belongs to no face: the assets.
func (s *Site) Routes(mux Router) {
	mux.HandleFunc("GET /assets/{file}", s.compress(http.HandlerFunc(s.serveAsset)))
}

// machine reports whether the one who asks is a program, so that errors are
// problem+json and not pages.
func machine(r *http.Request) bool {
	for _, p := range []string{"/api/", "/webhooks/", "/codec"} {
		if strings.HasPrefix(r.URL.Path, p) {
			return true
		}
	}
	return false
}

// Address is the IP address that a request came from, or "". It is personal
// data: it goes sealed into receipts and nowhere else (obligation 41).
func (s *Site) Address(r *http.Request) string {
	at := r.RemoteAddr
	if host, _, err := net.SplitHostPort(at); err == nil {
		at = host
	}
	if s.proxies > 0 {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if n := len(hops) - s.proxies; n >= 0 {
			at = strings.TrimSpace(hops[n])
		}
	}
	if net.ParseIP(at) == nil {
		return ""
	}
	return at
}

func (s *Site) limit(path string) int64 {
	for _, l := range s.limits {
		if strings.HasPrefix(path, l.Prefix) {
			return l.Bytes
		}
	}
	return DefaultBodyLimit
}
