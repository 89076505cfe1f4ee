package web

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// ErrNoSession says that a request carries no cookie of ours that holds: none,
// an expired one or a forged one. They are not told apart.
var ErrNoSession = errors.New("there is no session")

// Cookies keeps a T in a sealed cookie: the browser holds it, cannot read it
// and cannot change it, and the time it ends lies inside. Nothing is stored by
// us, so any replica can serve any request. Make it with NewCookies.
type Cookies[T any] struct {
	site *Site
	name string
	ttl  time.Duration
}

// NewCookies makes the cookies of one name. Outside loopback the name gets the
// prefix __Host-, so that no neighbouring host can plant one.
func NewCookies[T any](s *Site, name string, ttl time.Duration) Cookies[T] {
	if !s.loopback {
		name = "__Host-" + name
	}
	return Cookies[T]{site: s, name: name, ttl: ttl}
}

type cookieBody[T any] struct {
	Ends  time.Time `json:"ends"`
	Value T         `json:"value"`
}

// Set seals value into the cookie, for another whole TTL.
func (c Cookies[T]) Set(w http.ResponseWriter, value T) error {
	plain, err := json.Marshal(cookieBody[T]{Ends: c.site.now().Add(c.ttl), Value: value})
	if err != nil {
		return fmt.Errorf("web: encode a cookie: %w", err)
	}
	sealed, err := c.site.sealer.SystemSeal("cookie/"+c.name, plain)
	if err != nil {
		return fmt.Errorf("web: seal a cookie: %w", err)
	}
	http.SetCookie(w, c.cookie(base64.RawURLEncoding.EncodeToString(sealed), int(c.ttl.Seconds())))
	return nil
}

// Get opens the request's cookie, or gives ErrNoSession.
func (c Cookies[T]) Get(r *http.Request) (value T, err error) {
	value, _, err = c.GetUntil(r)
	return value, err
}

// GetUntil is Get, and says when the cookie ends.
func (c Cookies[T]) GetUntil(r *http.Request) (value T, ends time.Time, err error) {
	ck, err := r.Cookie(c.name)
	if err != nil {
		return value, ends, ErrNoSession
	}
	sealed, err := base64.RawURLEncoding.DecodeString(ck.Value)
	if err != nil {
		return value, ends, ErrNoSession
	}
	plain, err := c.site.sealer.SystemOpen("cookie/"+c.name, sealed)
	if err != nil {
		return value, ends, ErrNoSession
	}
	var body cookieBody[T]
	if err := json.Unmarshal(plain, &body); err != nil || !c.site.now().Before(body.Ends) {
		return value, ends, ErrNoSession
	}
	return body.Value, body.Ends, nil
}

// Clear takes the cookie away.
func (c Cookies[T]) Clear(w http.ResponseWriter) { http.SetCookie(w, c.cookie("", -1)) }

func (c Cookies[T]) cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: c.name, Value: value, Path: "/", MaxAge: maxAge, HttpOnly: true,
		Secure: !c.site.loopback, SameSite: http.SameSiteLaxMode}
}

// Stamp seals what a page showed and when, for a hidden field of its form: the
// answer then proves both. Which names the form; a stamp of one form does not
// hold in another.
type Stamp struct {
	Whom    string    `json:"whom"` // an ID; empty for one not known yet
	What    string    `json:"what"` // the hash of the text that was shown
	ShownAt time.Time `json:"shown_at"`
}

// StampTTL is how long a page may lie open before its form is shown afresh.
const StampTTL = 24 * time.Hour

// Seal gives the hidden field's value.
func (s *Site) Seal(which string, st Stamp) (string, error) {
	plain, err := json.Marshal(st)
	if err != nil {
		return "", fmt.Errorf("web: encode a stamp: %w", err)
	}
	sealed, err := s.sealer.SystemSeal("form/"+which, plain)
	if err != nil {
		return "", fmt.Errorf("web: seal a stamp: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(sealed), nil
}

// Unseal opens a stamp for the same form and person; ok is false when it is
// absent, forged, another's or older than StampTTL: then show the page again.
func (s *Site) Unseal(which, whom, value string) (st Stamp, ok bool) {
	sealed, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return Stamp{}, false
	}
	plain, err := s.sealer.SystemOpen("form/"+which, sealed)
	if err != nil {
		return Stamp{}, false
	}
	if err := json.Unmarshal(plain, &st); err != nil || st.Whom != whom {
		return Stamp{}, false
	}
	now := s.now()
	return st, !st.ShownAt.After(now) && now.Sub(st.ShownAt) <= StampTTL
}
