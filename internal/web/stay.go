package web

import (
	"context"
	"net/http"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/words"
)

// Stay says until when somebody stays signed in. Every page says it in words,
// and app.js announces the end five minutes before (WCAG 2.2.1).
type Stay struct {
	Until  time.Time
	Longer bool   // the next page moves it on
	Renew  string // where app.js asks and posts to stay; empty when that cannot be
	Again  string // where one signs in again

	Left int // seconds, by the site's clock; set by Render
}

// WithStay gives a request whose pages all say so.
func WithStay(r *http.Request, st Stay) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), keyStay, st))
}

func (s *Site) stay(r *http.Request) Stay {
	st, _ := r.Context().Value(keyStay).(Stay)
	if !st.Until.IsZero() {
		st.Left = s.Left(st.Until)
	}
	return st
}

// Left is the number of whole seconds until t, never less than none.
func (s *Site) Left(t time.Time) int { return max(0, int(t.Sub(s.now()).Seconds())) }

// clockIn writes a time of day for people, with its zone; app.js writes it in
// that of the device.
func clockIn(language string) func(time.Time) string {
	form := "15:04"
	if language == words.English {
		form = "3:04 PM"
	}
	return func(t time.Time) string { return t.UTC().Format(form) + " UTC" }
}

func machineTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }
