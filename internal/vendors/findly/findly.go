// Package findly orders background reports from a Findly-style investigator,
// fetches them, cancels them, disputes them for their person, and verifies the
// investigator's webhooks. No public API of Findly is known, so the contract is
// ours: openapi.yaml, beside this file, which the tests hold the adapter and the
// sandbox to.
//
// An order is placed exactly once per check and round: the idempotency key and
// the reference are the grant's order key, the same over every attempt; a new
// round first asks whether an earlier order stands (design, decision 5).
package findly

import (
	"context"
	_ "embed" // OpenAPI
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// OpenAPI is the contract, OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte

const vendor = consent.RecipientFindly

// allow is everything that Findly may ever get (obligation 38). No e-mail and
// no phone: the investigator does not write to applicants.
var allow = []onboarding.Field{
	onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName,
	onboarding.FieldDateOfBirth, onboarding.FieldNationalID,
	onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState,
	onboarding.FieldPostalCode, onboarding.FieldCountry, onboarding.FieldPastAddresses,
}

// Config says how Findly is reached.
type Config struct {
	BaseURL        string
	APIKey         string
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct{ out *outbound.Client }

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	out, err := outbound.New(outbound.Config{Vendor: vendor, BaseURL: cfg.BaseURL, Auth: outbound.Bearer(cfg.APIKey),
		Allow: allow, ErrorCode: errorCode, Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out}, nil
}

func errorCode(body []byte) string {
	var e struct {
		Error struct {
			Code string `json:"code"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &e) != nil {
		return ""
	}
	return e.Error.Code
}

// Status is how far an order is.
type Status string

// The statuses of orders and reports.
const (
	StatusPending   Status = "pending"
	StatusComplete  Status = "complete"
	StatusCanceled  Status = "canceled"
	StatusSuspended Status = "suspended" // waits for something outside; it may go on
	StatusDisputed  Status = "disputed"  // was complete; the person disputes it, and it is investigated again
)

func (s Status) known() bool {
	switch s {
	case StatusPending, StatusComplete, StatusCanceled, StatusSuspended, StatusDisputed:
		return true
	}
	return false
}

// Order is an order as Findly has it. It holds no personal data.
type Order struct {
	ID        string    `json:"id"`
	Reference string    `json:"reference"`
	Package   string    `json:"package"`
	Status    Status    `json:"status"`
	CreatedAt time.Time `json:"created_at"`
	// IncludesCanceled: a screening of it was canceled, so that its report can
	// never be whole.
	IncludesCanceled bool `json:"includes_canceled"`
	// DisputedAt is when the last re-investigation began, by the vendor's clock;
	// nil while there was none. 15 USC 1681i(a)(1) gives it 30 days from there.
	DisputedAt *time.Time `json:"disputed_at"`
	// Extended: information was added to the re-investigation that is going on,
	// for which the same law gives it up to 15 days more, once.
	Extended bool `json:"extended"`

	// TakenUp: the order is one of an earlier round; nothing was sent but its
	// reference.
	TakenUp bool   `json:"-"`
	Raw     []byte `json:"-"` // the answer as received
}

// Stands reports whether the order is as good as a new one: it is on the way,
// or complete, or disputed after that, without a canceled screening.
func (o Order) Stands() bool {
	switch o.Status {
	case StatusPending, StatusSuspended:
		return true
	case StatusComplete, StatusDisputed:
		return !o.IncludesCanceled
	case StatusCanceled:
		return false
	}
	return false
}

// OrderRequest says what is ordered.
type OrderRequest struct {
	Package string
	// Earlier are the references of earlier rounds, oldest first. Each is asked
	// for, newest first, before anything is ordered; an order of the same
	// package that stands is taken up and not repeated.
	Earlier []string
}

type subject struct {
	GivenName     string   `json:"given_name"`
	MiddleName    string   `json:"middle_name,omitempty"`
	FamilyName    string   `json:"family_name"`
	DateOfBirth   string   `json:"date_of_birth"`
	NationalID    string   `json:"national_id,omitempty"`
	Address       *address `json:"address,omitempty"`
	PastAddresses []string `json:"past_addresses,omitempty"`
}

type address struct {
	Street     string `json:"street,omitempty"`
	Unit       string `json:"unit,omitempty"`
	City       string `json:"city,omitempty"`
	State      string `json:"state,omitempty"`
	PostalCode string `json:"postal_code,omitempty"`
	Country    string `json:"country,omitempty"`
}

type newOrder struct {
	Reference string  `json:"reference"`
	Package   string  `json:"package"`
	Subject   subject `json:"subject"`
}

// Order spends the grant and orders a report. It may be called again with a
// grant of the same check and round after any error: Findly gives the order
// that it has already. Errors: those of Grant.Open, CodeInvalid when package,
// name or date of birth are missing, and those of outbound.Client.Do; 409 (the
// same order is in flight) is CodeVendorBusy.
func (c *Client) Order(ctx context.Context, g consent.Grant[consent.Vetting], req OrderRequest) (Order, error) {
	// The grant is spent before the first request goes out, so that a forged or
	// used one reaches nobody, not even with a question by reference.
	person, err := g.Open(ctx, vendor)
	if err != nil {
		return Order{}, err
	}
	if req.Package == "" {
		return Order{}, onboarding.Invalid("package", "The order names no package.", "Name one in the program's file.")
	}
	for i := len(req.Earlier) - 1; i >= 0; i-- {
		o, ok, err := c.standing(ctx, req.Earlier[i], req.Package)
		if err != nil {
			return Order{}, err
		}
		if ok {
			return o, nil
		}
	}
	for _, f := range []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth} {
		if person[f] == "" {
			return Order{}, onboarding.Invalid(string(f), "A background report needs a name and a date of birth.", "Complete the application's details.")
		}
	}
	key := g.OrderKey()
	var o Order
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/orders", IdempotencyKey: key,
		JSON:   newOrder{Reference: key, Package: req.Package, Subject: subjectOf(person)},
		Fields: person.Has(), Into: &o})
	if err != nil {
		return Order{}, err
	}
	if !o.sound() || o.Reference != key {
		return Order{}, vendors.Unclear(vendor, reply.Status, "gave an answer that is not about our order")
	}
	o.Raw = reply.Body
	return o, nil
}

func subjectOf(p onboarding.Profile) subject {
	s := subject{GivenName: p[onboarding.FieldGivenName], MiddleName: p[onboarding.FieldMiddleName],
		FamilyName: p[onboarding.FieldFamilyName], DateOfBirth: p[onboarding.FieldDateOfBirth], NationalID: p[onboarding.FieldNationalID]}
	a := address{Street: p[onboarding.FieldStreet], Unit: p[onboarding.FieldUnit], City: p[onboarding.FieldCity],
		State: p[onboarding.FieldState], PostalCode: p[onboarding.FieldPostalCode], Country: p[onboarding.FieldCountry]}
	if a != (address{}) {
		s.Address = &a
	}
	for line := range strings.Lines(p[onboarding.FieldPastAddresses]) {
		if line = strings.TrimSpace(line); line != "" {
			s.PastAddresses = append(s.PastAddresses, line)
		}
	}
	return s
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// sound reports whether the answer is an order at all: an empty object is not.
func (o Order) sound() bool { return idForm.MatchString(o.ID) && o.Status.known() }

// standing asks for an order by our reference that is as good as a new one. It
// sends no field of the person.
func (c *Client) standing(ctx context.Context, reference, pkg string) (Order, bool, error) {
	orders, body, err := c.placed(ctx, reference)
	if err != nil {
		return Order{}, false, err
	}
	for _, o := range orders {
		if o.Stands() && o.Package == pkg {
			o.TakenUp, o.Raw = true, body
			return o, true, nil
		}
	}
	return Order{}, false, nil
}

// CancelReference stops whatever was ordered under our reference, for an order
// whose answer never came. It takes no grant and sends no field of the person; that
// nothing was ordered is no error. Errors: those of outbound.Client.Do.
func (c *Client) CancelReference(ctx context.Context, reference, key string) error {
	orders, _, err := c.placed(ctx, reference)
	if err != nil {
		return err
	}
	for _, o := range orders {
		if o.Status == StatusComplete || o.Status == StatusCanceled {
			continue
		}
		if err := c.Cancel(ctx, o.ID, key+"/"+o.ID); err != nil {
			return err
		}
	}
	return nil
}

// placed asks for everything that was ordered under our reference.
func (c *Client) placed(ctx context.Context, reference string) ([]Order, []byte, error) {
	var list struct {
		Data *[]Order `json:"data"`
	}
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/orders",
		Query: url.Values{"reference": {reference}}, Into: &list})
	if err != nil {
		return nil, nil, err
	}
	if list.Data == nil { // "none" must be said, or we might order twice
		return nil, nil, vendors.Unclear(vendor, reply.Status, "did not say whether it has an order of ours")
	}
	for _, o := range *list.Data {
		if !o.sound() || o.Reference != reference {
			return nil, nil, vendors.Unclear(vendor, reply.Status, "gave an answer that is not about our order")
		}
	}
	return *list.Data, reply.Body, nil
}

// Fetch spends the grant, without opening anything, and gets an order's report
// and the answer as received. Errors: those of Grant.Spend, CodeInvalid for an
// ID that cannot be one, those of outbound.Client.Do, and CodeVendorRefused
// when the report is of another order or applicant: it must reach nobody.
func (c *Client) Fetch(ctx context.Context, g consent.Grant[consent.Vetting], orderID string) (Report, []byte, error) {
	if err := g.Spend(vendor); err != nil {
		return Report{}, nil, err
	}
	if !idForm.MatchString(orderID) {
		return Report{}, nil, badID()
	}
	var r Report
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/orders/{order}/report",
		Params: map[string]string{"order": orderID}, Into: &r})
	if err != nil {
		return Report{}, nil, err
	}
	if !r.Status.known() {
		return Report{}, nil, vendors.Unclear(vendor, reply.Status, "gave a report without a status")
	}
	if r.OrderID != orderID || !strings.HasPrefix(r.Reference, string(g.Applicant())+"/") {
		return Report{}, nil, vendors.Fail(onboarding.CodeVendorRefused, vendors.Problem{Vendor: vendor, Status: reply.Status},
			"gave a report that belongs to another order", "Nothing of it was kept. Take it up with the vendor.")
	}
	return r, reply.Body, nil
}

// Cancel stops an order. It takes no grant, since it must work after consent
// was withdrawn, and sends no field of the person. An order that is complete or
// canceled already is no error: there is nothing left to stop. Nor is one that
// is disputed: the re-investigation is the person's right, and goes on.
func (c *Client) Cancel(ctx context.Context, orderID, key string) error {
	if !idForm.MatchString(orderID) {
		return badID()
	}
	var o Order
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/orders/{order}/cancel",
		Params: map[string]string{"order": orderID}, IdempotencyKey: key, JSON: struct{}{}, Into: &o})
	if err != nil {
		return err
	}
	if o.ID != orderID || (o.Status != StatusCanceled && o.Status != StatusComplete && o.Status != StatusDisputed) {
		return vendors.Unclear(vendor, reply.Status, "did not say that the order is stopped")
	}
	return nil
}

func badID() error {
	return onboarding.Invalid("order", "That is not the ID of an order.", "Use the ID that the vendor gave.")
}
