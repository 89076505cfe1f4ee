package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Endpoint is an address of yours that events are sent to.
type Endpoint struct {
	ID          string     `json:"id"`
	URL         string     `json:"url"`
	Description string     `json:"description"`
	Programs    []string   `json:"programs"` // whose events it gets; none: every program's
	Events      []string   `json:"events"`   // which it gets; none: all
	Paused      bool       `json:"paused"`
	PausedWhy   string     `json:"paused_why"` // why, when it was not paused by people
	CreatedAt   time.Time  `json:"created_at"`
	CreatedBy   string     `json:"created_by"`
	SecretUntil *time.Time `json:"secret_until,omitempty"` // until when an older secret signs besides
	Waiting     int        `json:"waiting"`                // applicants for whom an event is being tried
	DeadLetters int        `json:"dead_letters"`
	// Secret is in the answers of AddEndpoint and RotateSecret alone: keep it.
	Secret string `json:"secret,omitempty"`
}

// NewEndpoint says what AddEndpoint makes.
type NewEndpoint struct {
	URL         string   `json:"url"`
	Description string   `json:"description,omitempty"`
	Programs    []string `json:"programs,omitempty"`
	Events      []string `json:"events,omitempty"`
}

// EndpointChange says what is to be changed; nil members are left as they are.
type EndpointChange struct {
	URL         *string   `json:"url,omitempty"`
	Description *string   `json:"description,omitempty"`
	Programs    *[]string `json:"programs,omitempty"`
	Events      *[]string `json:"events,omitempty"`
	Paused      *bool     `json:"paused,omitempty"`
}

// EndpointTest is what came of a test event.
type EndpointTest struct {
	Delivered bool   `json:"delivered"`
	Status    int    `json:"status"` // that the endpoint answered when it did not take it; 0: none
	Says      string `json:"says"`   // what went wrong
	TookMS    int64  `json:"took_ms"`
}

// DeadLetter is an event that the endpoint has not taken in all the time that it was
// tried.
type DeadLetter struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	Applicant string    `json:"applicant"`
	Program   string    `json:"program"`
	Number    int       `json:"number"`
	Happened  time.Time `json:"happened_at"`
	GivenUp   time.Time `json:"given_up_at"`
	Says      string    `json:"says"` // what went wrong last
}

const endpointsPath = "/api/v1/webhook-endpoints"

func endpointPath(id string) string { return endpointsPath + "/" + url.PathEscape(id) }

// Endpoints lists them, the oldest first.
func (c *Client) Endpoints(ctx context.Context) ([]Endpoint, error) {
	var out struct {
		Items []Endpoint `json:"items"`
	}
	_, err := c.Do(ctx, http.MethodGet, endpointsPath, nil, nil, "", &out)
	return out.Items, err
}

// Endpoint gives one.
func (c *Client) Endpoint(ctx context.Context, id string) (Endpoint, error) {
	var out Endpoint
	_, err := c.Do(ctx, http.MethodGet, endpointPath(id), nil, nil, "", &out)
	return out, err
}

// AddEndpoint has events sent to an address, from now on. The answer has the secret.
func (c *Client) AddEndpoint(ctx context.Context, e NewEndpoint) (Endpoint, error) {
	var out Endpoint
	_, err := c.post(ctx, http.MethodPost, endpointsPath, e, "", &out)
	return out, err
}

// ChangeEndpoint changes it, pauses it or lets it go on.
func (c *Client) ChangeEndpoint(ctx context.Context, id string, change EndpointChange) (Endpoint, error) {
	var out Endpoint
	_, err := c.post(ctx, http.MethodPatch, endpointPath(id), change, "", &out)
	return out, err
}

// DeleteEndpoint has nothing sent there any more; what waits is dropped.
func (c *Client) DeleteEndpoint(ctx context.Context, id string) error {
	_, err := c.Do(ctx, http.MethodDelete, endpointPath(id), nil, nil, "", nil)
	return err
}

// RotateSecret makes a new secret, which the answer has. The old one signs beside it
// until the overlap has passed: give both to the Receiver for so long. 0 ends the old
// one at once.
func (c *Client) RotateSecret(ctx context.Context, id string, overlap time.Duration) (Endpoint, error) {
	var out Endpoint
	_, err := c.post(ctx, http.MethodPost, endpointPath(id)+"/rotate", map[string]float64{"overlap_hours": overlap.Hours()}, "", &out)
	return out, err
}

// TestEndpoint sends a signed test event there now.
func (c *Client) TestEndpoint(ctx context.Context, id string) (EndpointTest, error) {
	var out EndpointTest
	_, err := c.Do(ctx, http.MethodPost, endpointPath(id)+"/test", nil, nil, "", &out)
	return out, err
}

// DeadLetters gives a page of them, by applicant and number, and the cursor of the
// next page; empty at the end. The first page's cursor is "".
func (c *Client) DeadLetters(ctx context.Context, id, cursor string) ([]DeadLetter, string, error) {
	q := url.Values{"limit": {"500"}}
	if cursor != "" {
		q.Set("cursor", cursor)
	}
	var out struct {
		Items      []DeadLetter `json:"items"`
		NextCursor string       `json:"next_cursor"`
	}
	_, err := c.Do(ctx, http.MethodGet, endpointPath(id)+"/dead-letters", q, nil, "", &out)
	return out.Items, out.NextCursor, err
}

// Replay sends dead letters on their way again: those with these IDs, or all of the
// endpoint. It gives how many.
func (c *Client) Replay(ctx context.Context, id string, letters ...string) (int, error) {
	total := 0
	for {
		var out struct{ Sent, Left int }
		if _, err := c.post(ctx, http.MethodPost, endpointPath(id)+"/dead-letters/replay", map[string][]string{"letters": letters}, "", &out); err != nil {
			return total, err
		}
		total += out.Sent
		if len(letters) > 0 || out.Left == 0 || out.Sent == 0 {
			return total, nil
		}
	}
}
