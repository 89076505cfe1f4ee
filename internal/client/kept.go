package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Kept is a category of what the law keeps of somebody who is erased.
type Kept struct {
	Category string    `json:"category"`
	Says     string    `json:"says"`
	Rule     string    `json:"rule"`
	Until    time.Time `json:"until"`
}

// File is what was opened. It may hold personal data.
type File struct {
	MediaType string `json:"media_type"`
	Name      string `json:"file"`
	Content   []byte `json:"content"`
}

// Kept lists what the law keeps of an applicant who is erased.
func (c *Client) Kept(ctx context.Context, applicant string) ([]Kept, error) {
	var out struct {
		Items []Kept `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, keptOn(applicant), nil, nil, "", &out)
	return out.Items, err
}

// OpenKept opens a category of it for a legal basis; process is the case of legal process
// where that is the basis. It is recorded first.
func (c *Client) OpenKept(ctx context.Context, applicant, category, basis, process, reason string) (File, error) {
	var out File
	err := c.post(ctx, keptOn(applicant)+"/open", map[string]any{"category": category, "basis": basis, "case": process, "reason": reason}, &out)
	return out, err
}

func keptOn(applicant string) string {
	return "/api/v1/applications/" + url.PathEscape(applicant) + "/kept"
}
