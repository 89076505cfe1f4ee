// Package client is what the command line, the demonstration and tests call the API
// with: deploy/client, which integrators have, and what staff do besides. It has no
// other way into the house than they.
package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/vouchsafe/vouchsafe/deploy/client"
)

// What integrators' programs have as well.
type (
	Error          = client.Error
	FieldError     = client.FieldError
	Check          = client.Check
	Status         = client.Status
	Requirement    = client.Requirement
	AssessmentForm = client.AssessmentForm
	Line           = client.Line
	Page           = client.Page
	Created        = client.Created
	Notice         = client.Notice

	InviteOptions  = client.InviteOptions
	InvitationList = client.InvitationList
	InvitationLine = client.InvitationLine
	Invited        = client.Invited
	Invitation     = client.Invitation
)

// Client calls one deployment with one API key. It may be used by many goroutines.
type Client struct{ *client.Client }

// New makes a Client of the deployment at base, e.g. "https://apply.example.com".
func New(base, key string) *Client { return &Client{client.New(base, key)} }

// NotFound reports whether the answer was 404.
func NotFound(err error) bool { return client.NotFound(err) }

func (c *Client) call(ctx context.Context, method, path string, query url.Values, body []byte, key string, out any) (int, error) {
	return c.Do(ctx, method, path, query, body, key, out)
}

// Apply hands in an application: the body of POST /api/v1/applications. key is
// the Idempotency-Key; the same key and body give the same application.
func (c *Client) Apply(ctx context.Context, application json.RawMessage, key string) (Created, error) {
	var out Created
	status, err := c.call(ctx, http.MethodPost, "/api/v1/applications", nil, application, key, &out)
	out.Created = status == http.StatusCreated
	return out, err
}

// Retry asks for another round of a failed check. round is the failed round
// that is meant, so that asking twice makes one more; 0: whichever it is.
func (c *Client) Retry(ctx context.Context, id, check string, round int, reason string) error {
	return c.check(ctx, id, check, "retry", map[string]any{"reason": reason, "round": round})
}

// UseVendor moves a failed check, or one whose vendor is paused, to another vendor. round
// is the round that is meant; 0: whichever it is.
func (c *Client) UseVendor(ctx context.Context, id, check, vendor string, round int, reason string) error {
	return c.check(ctx, id, check, "use-vendor", map[string]any{"vendor": vendor, "reason": reason, "round": round})
}

// Waive goes on without a failed check.
func (c *Client) Waive(ctx context.Context, id, check, reason string) error {
	return c.check(ctx, id, check, "waive", map[string]any{"reason": reason})
}

func (c *Client) check(ctx context.Context, id, check, action string, with map[string]any) error {
	body, err := json.Marshal(with)
	if err != nil {
		return err
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/applications/"+url.PathEscape(id)+"/checks/"+url.PathEscape(check)+"/"+action, nil, body, "", nil)
	return err
}

// Decide gives a reviewer's decision: "proceed" or "adverse". assessment has what
// was weighed, by factor's ID, where the status has an AssessmentForm and the
// decision goes against the applicant; else it is nil.
func (c *Client) Decide(ctx context.Context, id, ruling, reason string, assessment map[string]string) error {
	body, err := json.Marshal(struct {
		Ruling     string            `json:"ruling"`
		Reason     string            `json:"reason"`
		Assessment map[string]string `json:"assessment,omitempty"`
	}{ruling, reason, assessment})
	if err != nil {
		return err
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/applications/"+url.PathEscape(id)+"/decision", nil, body, "", nil)
	return err
}

// Ledger gives the records of an application as sentences, in JSON as the API has them.
func (c *Client) Ledger(ctx context.Context, id string) (json.RawMessage, error) {
	var out json.RawMessage
	_, err := c.call(ctx, http.MethodGet, "/api/v1/applications/"+url.PathEscape(id)+"/ledger", nil, nil, "", &out)
	return out, err
}

// Verify has the deployment prove an application's ledger against the head that
// its workflow knows.
func (c *Client) Verify(ctx context.Context, id string) (json.RawMessage, error) {
	var out json.RawMessage
	_, err := c.call(ctx, http.MethodGet, "/api/v1/applications/"+url.PathEscape(id)+"/ledger/verify", nil, nil, "", &out)
	return out, err
}
