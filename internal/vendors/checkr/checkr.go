// Package checkr orders background reports from Checkr, fetches them, ends them,
// sees adverse actions through, and verifies Checkr's webhooks. It is a consumer
// reporting agency: what it says is a consumer report under the FCRA.
//
// Two flows lead to a report. By invitation, Checkr learns an e-mail address and
// asks the person itself for the rest; self-hosted, we tell it what the program
// has collected. Either way a report is ordered exactly once per check and round
// (design, decision 5). Checkr remembers idempotency keys for a day only, so
// before anything is made it is asked, by our own references, what it has.
package checkr

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// BaseURL is Checkr's API.
const BaseURL = "https://api.checkr.com"

const vendor = consent.RecipientCheckr

// allow is everything that Checkr may ever get from us (obligation 38). The
// street stays here: Checkr finds addresses by its own trace.
var allow = []onboarding.Field{
	onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName,
	onboarding.FieldDateOfBirth, onboarding.FieldNationalID, onboarding.FieldEmail,
	onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode, onboarding.FieldCountry,
}

// Config says how Checkr is reached.
type Config struct {
	BaseURL        string // BaseURL, or the sandbox's
	APIKey         string // the account's secret key; it signs the webhooks too
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct{ out *outbound.Client }

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	out, err := outbound.New(outbound.Config{Vendor: vendor, BaseURL: cfg.BaseURL, Auth: outbound.Basic(cfg.APIKey, ""),
		Allow: allow, ErrorCode: errorCode, Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out}, nil
}

// errorCode gives Checkr's error, which is a sentence as a rule; outbound drops
// what has not the form of a code.
func errorCode(body []byte) string {
	var e struct {
		Error string `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	return e.Error
}

// Flow is how Checkr comes by what it needs to know of the person.
type Flow string

// The flows.
const (
	FlowInvitation Flow = "invitation"  // Checkr asks the person on its own page
	FlowSelfHosted Flow = "self_hosted" // we tell it
)

// Status is how far a report is.
type Status string

// The statuses. Of a report that Checkr calls paused somebody at the account must
// say that it goes on: it is suspended to us.
const (
	StatusPending   Status = "pending"
	StatusComplete  Status = "complete"
	StatusSuspended Status = "suspended"
	StatusDispute   Status = "dispute"
	StatusCanceled  Status = "canceled"
)

func statusOf(s string) (Status, bool) {
	switch status := Status(s); status {
	case StatusPending, StatusComplete, StatusSuspended, StatusDispute, StatusCanceled:
		return status, true
	}
	if s == "paused" {
		return StatusSuspended, true
	}
	return "", false
}

// Statuses of an invitation.
const (
	invitationPending   = "pending"
	invitationCompleted = "completed"
	invitationExpired   = "expired"
)

var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// The two things that an order can be at Checkr.
const (
	kindReport     = "report"
	kindInvitation = "invitation"
)

// orderName is an order's ID in its parts: "<candidate>/report/<id>" or
// "<candidate>/invitation/<id>". An order keeps the name that it began with, also
// when the invitation has become a report.
type orderName struct{ candidate, kind, id string }

func (o orderName) String() string { return o.candidate + "/" + o.kind + "/" + o.id }

func parseOrder(s string) (orderName, error) {
	parts := strings.Split(s, "/")
	if len(parts) != 3 || !idForm.MatchString(parts[0]) || !idForm.MatchString(parts[2]) || (parts[1] != kindReport && parts[1] != kindInvitation) {
		return orderName{}, onboarding.Invalid("order", "That is not the ID of an order.", "Use the ID that the order was given.")
	}
	return orderName{parts[0], parts[1], parts[2]}, nil
}

// The parts of Checkr's objects that we read. Those that hold names, numbers and
// addresses are left out, so that they cannot be passed on by mistake.
type candidate struct {
	ID       string            `json:"id"`
	CustomID string            `json:"custom_id"`
	Metadata map[string]string `json:"metadata"`
	Reports  []string          `json:"report_ids"`
}

type invitation struct {
	ID        string   `json:"id"`
	Status    string   `json:"status"`
	Page      string   `json:"invitation_url"`
	Package   string   `json:"package"`
	Candidate string   `json:"candidate_id"`
	Report    string   `json:"report_id"`
	Tags      []string `json:"tags"`
}

func (i invitation) sound() bool {
	known := i.Status == invitationPending || i.Status == invitationCompleted || i.Status == invitationExpired
	return known && idForm.MatchString(i.ID) && (i.Report == "" || idForm.MatchString(i.Report))
}

type report struct {
	ID               string     `json:"id"`
	Status           string     `json:"status"`
	Result           string     `json:"result"`
	Package          string     `json:"package"`
	Candidate        string     `json:"candidate_id"`
	Tags             []string   `json:"tags"`
	IncludesCanceled bool       `json:"includes_canceled"`
	CompletedAt      *time.Time `json:"completed_at"`
	RevisedAt        *time.Time `json:"revised_at"`
}

// stood is since when the report says what it says: a dispute leaves the time of
// its completion as it was, and sets that of its revision.
func (r report) stood() *time.Time {
	if r.CompletedAt != nil && r.RevisedAt != nil && r.RevisedAt.After(*r.CompletedAt) {
		return r.RevisedAt
	}
	return r.CompletedAt
}

func (r report) sound() bool {
	_, known := statusOf(r.Status)
	return known && idForm.MatchString(r.ID)
}

// stands reports whether the report is as good as a new one: it is on the way, or
// complete without a canceled search.
func (r report) stands() bool {
	switch status, _ := statusOf(r.Status); status {
	case StatusPending, StatusSuspended, StatusDispute:
		return true
	case StatusComplete:
		return !r.IncludesCanceled
	case StatusCanceled:
		return false
	}
	return false
}

func notOurs(status int) error {
	return vendors.Unclear(vendor, status, "gave an answer that is not about our order")
}

// anothers is for an answer that belongs to somebody else: it must reach nobody.
func anothers(status int) error {
	return vendors.Fail(onboarding.CodeVendorRefused, vendors.Problem{Vendor: vendor, Status: status},
		"gave a report that belongs to another order", "Nothing of it was kept. Take it up with the vendor.")
}
