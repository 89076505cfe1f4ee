package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// APIKey is an API key of the deployment, without what could be used.
type APIKey struct {
	ID       string     `json:"id"` // what the ledger has, as api:<id>
	Name     string     `json:"name"`
	Actions  []string   `json:"actions"`
	Programs []string   `json:"programs"` // none: all
	Made     time.Time  `json:"made"`
	By       string     `json:"by"`
	Expires  time.Time  `json:"expires"`
	Revoked  *time.Time `json:"revoked,omitempty"`
	LastUsed string     `json:"last_used"`         // a day, UTC; empty: never
	Overlap  *time.Time `json:"overlap,omitempty"` // until when the secret before still works
}

// NewAPIKey is a key with its secret, which is given once.
type NewAPIKey struct {
	Key    APIKey `json:"key"`
	Secret string `json:"secret"`
}

// Keys lists the API keys that were made, newest first.
func (c *Client) Keys(ctx context.Context) ([]APIKey, error) {
	var out struct {
		Items []APIKey `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/keys", nil, nil, "", &out)
	return out.Items, err
}

// MakeKey makes a key for these actions and programs (none: all), which holds for so
// many days (0: 90).
func (c *Client) MakeKey(ctx context.Context, name string, actions, programs []string, days int) (NewAPIKey, error) {
	var out NewAPIKey
	err := c.keys(ctx, "", struct {
		Name     string   `json:"name"`
		Actions  []string `json:"actions"`
		Programs []string `json:"programs,omitempty"`
		Days     int      `json:"days,omitempty"`
	}{name, actions, programs, days}, &out)
	return out, err
}

// RotateKey gives a key a new secret; the one before works on for so many hours.
func (c *Client) RotateKey(ctx context.Context, id string, overlapHours int) (NewAPIKey, error) {
	var out NewAPIKey
	err := c.keys(ctx, "/"+url.PathEscape(id)+"/rotate", struct {
		OverlapHours int `json:"overlap_hours"`
	}{overlapHours}, &out)
	return out, err
}

// RevokeKey ends a key for good.
func (c *Client) RevokeKey(ctx context.Context, id string) (APIKey, error) {
	var out APIKey
	err := c.keys(ctx, "/"+url.PathEscape(id)+"/revoke", nil, &out)
	return out, err
}

// keys posts below /keys. Without an idempotency key: an answer that has a secret is
// kept by nobody, so it could not be given again.
func (c *Client) keys(ctx context.Context, path string, with, out any) error {
	var body []byte
	if with != nil {
		var err error
		if body, err = json.Marshal(with); err != nil {
			return err
		}
	}
	_, err := c.call(ctx, http.MethodPost, "/api/v1/keys"+path, nil, body, "", out)
	return err
}
