// Package vendors holds the few words that every vendor's adapter speaks: what
// an answer is and how a failure is told. The adapters themselves lie below it,
// one package each, and never import each other; internal/vendors/outbound has
// the only HTTP client that reaches them.
//
// A bad answer about a person is a finding. An error means that we do not know
// (design, decision 4), and it is always an *onboarding.Error with one of four
// codes: CodeVendorRefused is final, CodeVendorUnclear, CodeVendorBusy and
// CodeVendorDown are worth another attempt.
package vendors

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Answer is what a vendor said about a person.
type Answer struct {
	Findings []onboarding.Finding
	Raw      []byte // the vendor's answer as received: personal data, to be sealed by the caller at once
	Order    string // the vendor's own reference, for vendors that answer later
	Pending  bool   // the findings come later, by webhook or polling
}

// Problem is the cause inside every error about a vendor: what the log may
// know. It holds a status and the vendor's own error code, never a word of the
// answer's body, never a URL's query, never a datum of the person.
type Problem struct {
	Vendor string
	Status int           // HTTP status; 0 when there was no answer
	Code   string        // the vendor's error code, "" when it gave none that has the form of one
	Wait   time.Duration // how long the vendor told us to wait; 0 when it did not
	Err    error         // a sentinel such as context.DeadlineExceeded, or a *Paused; never a text that a vendor wrote
}

// Error gives vendor, status, code and the reason, in one line.
func (p *Problem) Error() string {
	s := p.Vendor
	if p.Status != 0 {
		s += fmt.Sprintf(": status %d", p.Status)
	}
	if p.Code != "" {
		s += ": code " + p.Code
	}
	if p.Err != nil {
		s += ": " + p.Err.Error()
	}
	return s
}

// Unwrap gives the sentinel, so that errors.Is finds a canceled context.
func (p *Problem) Unwrap() error { return p.Err }

// Paused is the cause of a call that was not made, because the vendor has not
// answered for a while and nobody asks it at present.
type Paused struct {
	Since  time.Time     // when the vendor stopped to answer
	Failed time.Time     // when somebody asked in vain last
	Wait   time.Duration // until somebody may try
}

// Error says it without the time, so that equal errors have equal texts.
func (p *Paused) Error() string { return "it has not answered for a while and is not asked at present" }

// PausedFor gives how long nobody asks the vendor, and since when it is out; ok is
// false for an error of any other kind.
func PausedFor(err error) (p Paused, ok bool) {
	var found *Paused
	if errors.As(err, &found) {
		return *found, true
	}
	return Paused{}, false
}

// codeForm is what a vendor's error code may look like. A sentence, an address
// or a number with the length of a phone's or an SSN's has another form.
var codeForm = regexp.MustCompile(`^(?:[0-9]{1,6}|[a-z][a-z0-9_]{1,39})$`)

// ErrorCode gives s when it has the form of an error code, else "". Vendors
// quote what they were sent in their error texts; a code has no room for that.
func ErrorCode(s string) string {
	if codeForm.MatchString(s) {
		return s
	}
	return ""
}

// Fail makes the error of a call. what completes the sentence "<vendor> …",
// e.g. "refused the request"; the status and the vendor's code are added to it.
func Fail(code onboarding.Code, p Problem, what, hint string) error {
	p.Code = ErrorCode(p.Code)
	message := p.Vendor + " " + what
	switch {
	case p.Status != 0 && p.Code != "":
		message += fmt.Sprintf(" (status %d, code %s)", p.Status, p.Code)
	case p.Status != 0:
		message += fmt.Sprintf(" (status %d)", p.Status)
	case p.Code != "":
		message += fmt.Sprintf(" (code %s)", p.Code)
	}
	return &onboarding.Error{Code: code, Message: message + ".", Hint: hint, Cause: &p}
}

// Unclear is CodeVendorUnclear: an answer that cannot be read, or that is not
// about what was asked.
func Unclear(vendor string, status int, what string) error {
	return Fail(onboarding.CodeVendorUnclear, Problem{Vendor: vendor, Status: status}, what, "It is asked again later.")
}

// RetryAfter gives how long the vendor told us to wait before the next attempt;
// ok is false when it did not.
func RetryAfter(err error) (wait time.Duration, ok bool) {
	var p *Problem
	if errors.As(err, &p) && p.Wait > 0 {
		return p.Wait, true
	}
	return 0, false
}

// Retryable reports whether the same request may succeed later. Errors that
// are not a vendor's are not for this package to judge: it says false.
func Retryable(err error) bool {
	switch onboarding.CodeOf(err) {
	case onboarding.CodeVendorUnclear, onboarding.CodeVendorBusy, onboarding.CodeVendorDown:
		return true
	default:
		return false
	}
}
