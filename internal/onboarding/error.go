package onboarding

import "errors"

// Code classes an error; each edge maps it once: the web to a status, the
// activities to retryable or final.
type Code string

// The codes. Their text is also the Temporal failure type.
const (
	CodeInvalid          Code = "INVALID"            // what was given cannot be used; Field says which
	CodeUnderAge         Code = "UNDER_AGE"          // obligation 28
	CodeUnknownApplicant Code = "UNKNOWN_APPLICANT"  //
	CodeUnknownProgram   Code = "UNKNOWN_PROGRAM"    //
	CodeNotNow           Code = "NOT_NOW"            // right in itself, but not in this stage
	CodeConflict         Code = "CONFLICT"           // another's bytes or another's request stand there
	CodeNotAllowed       Code = "NOT_ALLOWED"        // who asks may not
	CodeTooLarge         Code = "TOO_LARGE"          //
	CodeConsentNotLive   Code = "CONSENT_NOT_LIVE"   // withdrawn, expired or never given: final
	CodeGrantRefused     Code = "GRANT_REFUSED"      // spent, forged or another's: final
	CodeLedgerConflict   Code = "LEDGER_CONFLICT"    // the chain has gone on without us
	CodeVendorRefused    Code = "VENDOR_REFUSED"     // the vendor says the request can never succeed: final
	CodeVendorUnclear    Code = "VENDOR_UNCLEAR"     // an answer we cannot read: retryable
	CodeVendorBusy       Code = "VENDOR_BUSY"        // told to wait: retryable, after its Retry-After
	CodeVendorDown       Code = "VENDOR_UNREACHABLE" // no answer: retryable
	CodeVendorPaused     Code = "VENDOR_PAUSED"      // ops have paused the vendor: it waits, and no attempt is spent
	CodeRestricted       Code = "RESTRICTED"         // the person has had the uses of their data restricted: again when that is lifted
	CodeNoAgreement      Code = "NO_AGREEMENT"       // no agreement with the vendor is in force that day: again when the program's file has one
	CodeKeyDestroyed     Code = "KEY_DESTROYED"      // the data is erased: final
	CodeInternal         Code = "INTERNAL"           //
)

// Error is the one error type inside. Message says what happened and Hint what
// to do next, in words that may be shown to the person concerned; neither ever
// holds personal data. Cause is for the log.
type Error struct {
	Code    Code
	Field   string // the field in the user's words, when one is to blame
	Message string
	Hint    string
	Cause   error
}

// Error gives the message and the hint.
func (e *Error) Error() string {
	s := e.Message
	if s == "" {
		s = string(e.Code)
	}
	if e.Hint != "" {
		s += " " + e.Hint
	}
	return s
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf finds the code of the first Error in err's tree, or CodeInternal.
func CodeOf(err error) Code {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// Invalid makes a CodeInvalid error about one field.
func Invalid(field, message, hint string) *Error {
	return &Error{Code: CodeInvalid, Field: field, Message: message, Hint: hint}
}
