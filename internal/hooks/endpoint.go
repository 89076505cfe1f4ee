package hooks

import (
	"crypto/rand"
	"encoding/base64"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Endpoint is an address of an integrator's that events are sent to.
type Endpoint struct {
	ID          string                 `json:"id"`
	URL         string                 `json:"url"`
	Description string                 `json:"description"`
	Programs    []string               `json:"programs"` // whose events it gets; none: every program's
	Events      []onboarding.EventType `json:"events"`   // which it gets; none: all
	Paused      bool                   `json:"paused"`
	PausedWhy   string                 `json:"paused_why"` // why, when it was not by staff
	Created     time.Time              `json:"created"`
	By          string                 `json:"by"` // who made it, as an actor
	Secrets     []Secret               `json:"secrets"`
}

// Secret signs. Several do while one takes the place of another.
type Secret struct {
	Value string    `json:"value"` // whsec_ and base64
	Until time.Time `json:"until"` // when it stops signing; zero: no end is set
}

// GonePause is why an endpoint is paused that has answered 410.
const GonePause = "It answered 410: the receiver is gone."

// Wants reports whether an event goes to the endpoint. A paused one gets what it
// wants later.
func (e Endpoint) Wants(ev onboarding.Event) bool {
	return (len(e.Programs) == 0 || slices.Contains(e.Programs, ev.Program)) && (len(e.Events) == 0 || slices.Contains(e.Events, ev.Type))
}

// Within reports whether all that the endpoint gets is of these programs; none: every
// program. Who works for some programs sees and changes such endpoints alone.
func (e Endpoint) Within(programs []string) bool {
	if len(programs) == 0 {
		return true
	}
	for _, p := range e.Programs {
		if !slices.Contains(programs, p) {
			return false
		}
	}
	return len(e.Programs) > 0
}

// Signing gives the secrets that sign at a time, the newest first.
func (e Endpoint) Signing(now time.Time) []string {
	var out []string
	for _, s := range e.Secrets {
		if s.Until.IsZero() || now.Before(s.Until) {
			out = append(out, s.Value)
		}
	}
	return out
}

// secretPrefix and its length are the specification's: 24 to 64 random bytes.
const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// NewSecret draws a secret.
func NewSecret() string {
	b := make([]byte, secretBytes)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return secretPrefix + base64.StdEncoding.EncodeToString(b)
}

// checkSecret holds a secret that was given to the specification.
func checkSecret(s string) error {
	raw, ok := strings.CutPrefix(s, secretPrefix)
	b, err := base64.StdEncoding.DecodeString(raw)
	if !ok || err != nil || len(b) < 24 || len(b) > 64 {
		return onboarding.Invalid("secret", "A secret is whsec_ and the base64 of 24 to 64 random bytes.", "Leave it out, and one is made.")
	}
	return nil
}

// The most that an endpoint may have.
const (
	MaxURL         = 2000
	MaxDescription = 200
	MaxEndpoints   = 100
)

// Reach says where endpoints may be.
type Reach struct {
	// Loopback lets plain http to this machine through: for the development stack.
	Loopback bool
	// Networks are let through although they are not of the public internet.
	Networks []netip.Prefix
}

// check holds what was given to what can be kept. programs are the known ones.
func (r Reach) check(e Endpoint, programs []string) error {
	if err := r.CheckURL(e.URL); err != nil {
		return err
	}
	if len(e.Description) > MaxDescription {
		return onboarding.Invalid("description", "The description is too long.", "Use 200 characters at most.")
	}
	for _, p := range e.Programs {
		if !slices.Contains(programs, p) {
			return onboarding.Invalid("programs", "There is no program "+p+".", "GET /api/v1/programs lists them.")
		}
	}
	for _, t := range e.Events {
		if !t.Known() {
			return onboarding.Invalid("events", "There is no event "+string(t)+".", "The README lists them.")
		}
	}
	return nil
}

// CheckURL says what is wrong with an endpoint's address, as far as it can be seen
// without asking anybody. Where its name leads is looked at each time that
// something is sent.
func (r Reach) CheckURL(address string) error {
	wrong := func(what, hint string) error { return onboarding.Invalid("url", what, hint) }
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || len(address) > MaxURL:
		return wrong("That is no address that events can be sent to.", "Give one such as https://hooks.example.com/vouchsafe.")
	case u.User != nil:
		return wrong("The address has a name or password in it.", "Leave them out: events are signed instead.")
	case u.Fragment != "":
		return wrong("The address has a part behind #, which is never sent.", "Leave it out.")
	}
	ip, isIP := hostIP(u.Hostname())
	local := strings.EqualFold(u.Hostname(), "localhost") || isIP && ip.IsLoopback()
	switch {
	case u.Scheme == "https":
	case u.Scheme == "http" && local && r.Loopback:
	default:
		return wrong("Events are sent by https only.", "Give an address that begins with https://.")
	}
	if local && !r.Loopback {
		return wrong("The address is of this machine itself.", "Give one that can be reached on the internet.")
	}
	if isIP && r.guard().SafeAddr(ip) != nil {
		return wrong("The address is of a private network.", "Give one of the public internet, or have its network allowed (VOUCHSAFE_WEBHOOK_NETWORKS).")
	}
	return nil
}

func hostIP(host string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(host)
	if err != nil {
		if old := net.ParseIP(host); old == nil {
			return netip.Addr{}, false
		}
	}
	return ip.Unmap(), err == nil
}
