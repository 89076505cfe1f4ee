package web

import (
	"context"
	"encoding/json"
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

// Staying is WithStay for a session that ends at until; longer says that to stay is
// asked for at renew. again is where one signs in.
func Staying(r *http.Request, again, renew string, until time.Time, longer bool) *http.Request {
	st := Stay{Until: until, Longer: longer, Again: again}
	if longer {
		st.Renew = renew
	}
	return WithStay(r, st)
}

// AnswerStay tells app.js how many seconds are left of a session that ends at until;
// zero: there is none.
func (s *Site) AnswerStay(w http.ResponseWriter, until time.Time) {
	status, left := http.StatusUnauthorized, 0
	if !until.IsZero() {
		status, left = http.StatusOK, s.Left(until)
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]int{"left": left}) // the browser has gone: nobody is left to tell
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
