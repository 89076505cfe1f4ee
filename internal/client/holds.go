package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Hold says that an applicant's data must not go for now.
type Hold struct {
	ID         string     `json:"id"`
	Applicant  string     `json:"applicant"`
	Program    string     `json:"program"`
	Kind       string     `json:"kind"` // legal, dispute or emergency
	Owner      string     `json:"owner"`
	Since      time.Time  `json:"since"`
	Released   *time.Time `json:"released,omitempty"`
	ReleasedBy string     `json:"released_by,omitempty"`
	S3Evidence int        `json:"s3_evidence"`
	S3Vault    int        `json:"s3_vault"`
	Unlocked   bool       `json:"vault_unlocked"`
}

// Holds lists everybody's holds, with released those too that have ended.
func (c *Client) Holds(ctx context.Context, released bool) ([]Hold, error) {
	q := url.Values{}
	if released {
		q.Set("released", "true")
	}
	return c.holds(ctx, http.MethodGet, "/api/v1/holds", q, nil)
}

// HoldsOn lists the holds on an applicant, released ones too.
func (c *Client) HoldsOn(ctx context.Context, applicant string) ([]Hold, error) {
	return c.holds(ctx, http.MethodGet, holdsOn(applicant), nil, nil)
}

// SetHold sets a hold under an ID of one's own, or with "" under one that is drawn, and
// gives the holds on the applicant.
func (c *Client) SetHold(ctx context.Context, applicant, id, kind, reason string) ([]Hold, error) {
	return c.holds(ctx, http.MethodPost, holdsOn(applicant), nil, map[string]string{"id": id, "kind": kind, "reason": reason})
}

// ReleaseHold ends a hold and gives the holds on the applicant.
func (c *Client) ReleaseHold(ctx context.Context, applicant, id, reason string) ([]Hold, error) {
	return c.holds(ctx, http.MethodPost, holdsOn(applicant)+"/"+url.PathEscape(id)+"/release", nil, map[string]string{"reason": reason})
}

func holdsOn(applicant string) string {
	return "/api/v1/applications/" + url.PathEscape(applicant) + "/holds"
}

func (c *Client) holds(ctx context.Context, method, path string, q url.Values, in map[string]string) ([]Hold, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	var out struct {
		Items []Hold `json:"items"`
	}
	_, err := c.call(ctx, method, path, q, body, "", &out)
	return out.Items, err
}
