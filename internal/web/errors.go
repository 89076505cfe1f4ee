package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// StatusOf maps an error to an HTTP status: the one map at this edge.
func StatusOf(err error) int {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return http.StatusRequestEntityTooLarge
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusServiceUnavailable
	}
	var known *onboarding.Error
	if !errors.As(err, &known) {
		return http.StatusInternalServerError
	}
	switch known.Code {
	case onboarding.CodeInvalid, onboarding.CodeUnderAge:
		return http.StatusUnprocessableEntity
	case onboarding.CodeUnknownApplicant, onboarding.CodeUnknownProgram:
		return http.StatusNotFound
	case onboarding.CodeNotNow, onboarding.CodeConflict, onboarding.CodeConsentNotLive, onboarding.CodeVendorPaused, onboarding.CodeNoAgreement, onboarding.CodeRestricted:
		return http.StatusConflict
	case onboarding.CodeNotAllowed, onboarding.CodeGrantRefused:
		return http.StatusForbidden
	case onboarding.CodeTooLarge:
		return http.StatusRequestEntityTooLarge
	case onboarding.CodeKeyDestroyed:
		return http.StatusGone
	case onboarding.CodeVendorBusy, onboarding.CodeVendorDown, onboarding.CodeVendorUnclear, onboarding.CodeVendorRefused:
		return http.StatusServiceUnavailable
	case onboarding.CodeLedgerConflict, onboarding.CodeInternal:
		return http.StatusInternalServerError
	}
	return http.StatusInternalServerError
}

// ErrorPage is the body of the page that Fail shows.
type ErrorPage struct {
	Heading   string
	Message   string // what happened
	Hint      string // what to do next
	Reference string // the request's ID, for those who write to us; only on errors that are ours
	Onward    Onward // where to go from here; set when the page is shown
}

// Onward is the link by which an error page is no dead end.
type Onward struct{ URL, Text string }

// onward leads staff back to the console and everybody else to the portal. On a page
// of the form that opens where they left off, and where nobody is signed in it says
// how to get a link.
func onward(path string) Onward {
	switch {
	case under(path, "/console"):
		return Onward{"/console", "Go to the console"}
	case under(path, "/apply"):
		return Onward{"/apply/continue", "Go to your application"}
	}
	return Onward{"/", "Go to the first page"}
}

// under reports whether a path is a page or lies below it.
func under(path, page string) bool { return path == page || strings.HasPrefix(path, page+"/") }

var headings = map[int]string{
	http.StatusBadRequest:            "We could not read what was sent",
	http.StatusUnauthorized:          "You are not signed in",
	http.StatusForbidden:             "You cannot do this",
	http.StatusNotFound:              "Page not found",
	http.StatusMethodNotAllowed:      "That does not work here",
	http.StatusConflict:              "This is not possible now",
	http.StatusGone:                  "This is no longer here",
	http.StatusRequestEntityTooLarge: "What you sent is too large",
	http.StatusUnprocessableEntity:   "There is a problem",
	http.StatusTooManyRequests:       "Please wait a little",
	http.StatusServiceUnavailable:    "We cannot do this at the moment",
	http.StatusInternalServerError:   "Something went wrong on our side",
}

// Describe turns an error into a status and the page that tells of it. What is
// not an *onboarding.Error is ours and says nothing of the inside.
func Describe(err error) (int, ErrorPage) {
	status := StatusOf(err)
	p := ErrorPage{Heading: headings[status]}
	var known *onboarding.Error
	switch {
	case status == http.StatusRequestEntityTooLarge:
		p.Message = "Nothing of it was saved."
		p.Hint = "Go back, shorten what you typed or pasted, and send it again."
	case status < http.StatusInternalServerError && errors.As(err, &known):
		p.Message, p.Hint = known.Message, known.Hint
	case status == http.StatusServiceUnavailable:
		p.Message = "One of the systems that we depend on did not answer in time. What you saved before is safe."
		p.Hint = "Wait a minute, then try again."
	default:
		p.Message = "What you saved before is safe. What you sent just now may not have been saved."
		p.Hint = "Go back and try again. If it happens again, write to us and quote the reference below."
	}
	return status, p
}

// Fail answers with the page, or for programs the problem+json, of an error.
// Errors on our side are logged, once, here.
func (s *Site) Fail(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(r.Context().Err(), context.Canceled) {
		return // the browser has gone
	}
	if r.Context().Err() != nil {
		// However the layers below call it: the time that we gave them is over.
		err = fmt.Errorf("%w: %w", context.DeadlineExceeded, err)
	}
	status, p := Describe(err)
	if status >= http.StatusInternalServerError {
		p.Reference = RequestID(r.Context())
		s.log.LogAttrs(r.Context(), slog.LevelError, "request failed", append(requestAttrs(r),
			slog.Int("status", status), slog.String("code", string(onboarding.CodeOf(err))), slog.String("error", reason(err)))...)
	}
	s.answer(w, r, status, p)
}

// reason is an error's text with its cause, for the log.
func reason(err error) string {
	text := err.Error()
	var known *onboarding.Error
	if errors.As(err, &known) && known.Cause != nil {
		text += " Cause: " + known.Cause.Error()
	}
	return text
}

// Refuse answers with a status and words of the caller's own.
func (s *Site) Refuse(w http.ResponseWriter, r *http.Request, status int, message, hint string) {
	s.answer(w, r, status, ErrorPage{Heading: headings[status], Message: message, Hint: hint})
}

func (s *Site) answer(w http.ResponseWriter, r *http.Request, status int, p ErrorPage) {
	if p.Heading == "" {
		p.Heading = http.StatusText(status)
	}
	if machine(r) {
		writeProblem(w, r, status, p)
		return
	}
	p.Onward = onward(r.URL.Path)
	s.Render(w, r, status, s.own, "error", Page{Title: p.Heading, Body: p})
}

// writeProblem answers in the form of RFC 9457.
func writeProblem(w http.ResponseWriter, r *http.Request, status int, p ErrorPage) {
	detail := p.Message
	if p.Hint != "" {
		detail += " " + p.Hint
	}
	body, err := json.Marshal(struct {
		Title     string `json:"title"`
		Status    int    `json:"status"`
		Detail    string `json:"detail,omitempty"`
		RequestID string `json:"request_id,omitempty"`
	}{p.Heading, status, detail, RequestID(r.Context())})
	if err != nil {
		http.Error(w, http.StatusText(status), status)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client has gone: nobody is left to tell
}
