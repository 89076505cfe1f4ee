package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Rollout is a text that changes, or a new owner, and how far it is that people are told.
type Rollout struct {
	Notice    string     `json:"notice"`
	Version   string     `json:"version"`
	Title     string     `json:"title"`
	Again     bool       `json:"again"`
	Effective time.Time  `json:"effective"`
	Owner     string     `json:"owner,omitempty"`
	State     string     `json:"state"`
	Paused    bool       `json:"paused"`
	Round     int        `json:"round"`
	Total     int        `json:"total"`
	DealtWith int        `json:"dealt_with"`
	Told      int        `json:"told"`
	NotOwed   int        `json:"not_owed"`
	Refused   int        `json:"refused"`
	Accepted  int        `json:"accepted"`
	InForce   *time.Time `json:"in_force,omitempty"`
	PerSecond float64    `json:"per_second"`
	Off       *time.Time `json:"off,omitempty"` // when it was called off
	OffTold   int        `json:"off_told,omitempty"`
	OffFailed int        `json:"off_refused,omitempty"`
}

// Rollouts lists the roll-outs that there are, and the versions that can be rolled out.
type Rollouts struct {
	Items []struct {
		Notice    string    `json:"notice"`
		Version   string    `json:"version"`
		Effective time.Time `json:"effective"`
		Told      bool      `json:"told"`
		Off       bool      `json:"off,omitempty"`
	} `json:"items"`
	Waiting []struct {
		Notice  string `json:"notice"`
		Version string `json:"version"`
		Title   string `json:"title"`
		Changes string `json:"changes"`
	} `json:"waiting"`
}

// RolloutRequest asks for a roll-out: of a version of a notice, or of a new owner.
type RolloutRequest struct {
	Notice       string    `json:"notice,omitempty"`
	Version      string    `json:"version,omitempty"`
	Owner        string    `json:"owner,omitempty"`
	OwnerContact string    `json:"owner_contact,omitempty"`
	Effective    time.Time `json:"effective"`
	PerSecond    float64   `json:"per_second,omitempty"`
}

const rolloutsPath = "/api/v1/notices/rollouts"

func rolloutPath(notice, version string) string {
	return rolloutsPath + "/" + url.PathEscape(notice) + "/" + url.PathEscape(version)
}

// Rollouts lists them.
func (c *Client) Rollouts(ctx context.Context) (Rollouts, error) {
	var out Rollouts
	_, err := c.call(ctx, http.MethodGet, rolloutsPath, nil, nil, "", &out)
	return out, err
}

// StartRollout starts one.
func (c *Client) StartRollout(ctx context.Context, q RolloutRequest) (Rollout, error) {
	var out Rollout
	body, err := json.Marshal(q)
	if err != nil {
		return out, err
	}
	_, err = c.call(ctx, http.MethodPost, rolloutsPath, nil, body, "", &out)
	return out, err
}

// Rollout is how far one is.
func (c *Client) Rollout(ctx context.Context, notice, version string) (Rollout, error) {
	var out Rollout
	_, err := c.call(ctx, http.MethodGet, rolloutPath(notice, version), nil, nil, "", &out)
	return out, err
}

// SteerRollout pauses one ("pause"), lets it go on ("resume") or has refused letters
// sent again ("retry").
func (c *Client) SteerRollout(ctx context.Context, notice, version, how string) (Rollout, error) {
	var out Rollout
	_, err := c.call(ctx, http.MethodPost, rolloutPath(notice, version)+"/"+url.PathEscape(how), nil, nil, "", &out)
	return out, err
}

// AcceptRollout lets one go on without those whose letters were refused.
func (c *Client) AcceptRollout(ctx context.Context, notice, version, reason string) (Rollout, error) {
	var out Rollout
	body, err := json.Marshal(map[string]string{"reason": reason})
	if err != nil {
		return out, err
	}
	_, err = c.call(ctx, http.MethodPost, rolloutPath(notice, version)+"/accept", nil, body, "", &out)
	return out, err
}

// CancelRollout calls one off before the text holds.
func (c *Client) CancelRollout(ctx context.Context, notice, version, reason string) (Rollout, error) {
	var out Rollout
	body, err := json.Marshal(map[string]string{"reason": reason})
	if err != nil {
		return out, err
	}
	_, err = c.call(ctx, http.MethodPost, rolloutPath(notice, version)+"/cancel", nil, body, "", &out)
	return out, err
}

// RefusedLetters lists whose letters the mail server refused.
func (c *Client) RefusedLetters(ctx context.Context, notice, version string) ([]string, error) {
	var out struct {
		Items []string `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, rolloutPath(notice, version)+"/refused", nil, nil, "", &out)
	return out.Items, err
}
