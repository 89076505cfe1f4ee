package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// RunRequest asks for one thing to be done with every failed check that matches.
type RunRequest struct {
	Action    string  `json:"action"`       // retry, waive or use_vendor
	To        string  `json:"to,omitempty"` // with use_vendor: the vendor that the checks are moved to
	Check     string  `json:"check,omitempty"`
	Vendor    string  `json:"vendor,omitempty"`
	Program   string  `json:"program,omitempty"`
	Error     string  `json:"error,omitempty"`
	Held      bool    `json:"held,omitempty"`       // not failed checks but those that wait while Vendor is paused
	PerSecond float64 `json:"per_second,omitempty"` // 0: the deployment's default
	Reason    string  `json:"reason"`
}

// Run is how far a run is.
type Run struct {
	ID        string    `json:"id"`
	Action    string    `json:"action"`
	State     string    `json:"state"` // gathering, running, paused, canceled or done
	Total     int       `json:"total"`
	DealtWith int       `json:"dealt_with"`
	Done      int       `json:"done"`
	Refused   int       `json:"refused"`
	Failed    int       `json:"failed"`
	PerSecond float64   `json:"per_second"`
	Begun     time.Time `json:"begun"`
}

// Over reports whether nothing more comes of it.
func (r Run) Over() bool { return r.State == "done" || r.State == "canceled" }

// RunAnswer is what came of one check of a run.
type RunAnswer struct {
	Applicant string `json:"applicant"`
	Check     string `json:"check"`
	Outcome   string `json:"outcome"` // done, refused or failed
	Says      string `json:"says"`
}

// StartRun starts a run. The same key starts one, however often it is sent.
func (c *Client) StartRun(ctx context.Context, q RunRequest, key string) (Run, error) {
	var r Run
	body, err := json.Marshal(q)
	if err != nil {
		return r, err
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/runs", nil, body, key, &r)
	return r, err
}

// AssignRequest asks for many cases to be given to a recruiter.
type AssignRequest struct {
	Recruiter    string         `json:"recruiter"`
	Applications []string       `json:"applications,omitempty"` // exactly these
	Match        map[string]any `json:"match,omitzero"`         // or all that match, by the names that the API's document has
	PerSecond    float64        `json:"per_second,omitempty"`
}

// AssignMany starts a run that gives cases to a recruiter. The same key starts one,
// however often it is sent.
func (c *Client) AssignMany(ctx context.Context, q AssignRequest, key string) (Run, error) {
	var r Run
	body, err := json.Marshal(q)
	if err != nil {
		return r, err
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/applications/assign", nil, body, key, &r)
	return r, err
}

// Run tells how far a run is.
func (c *Client) Run(ctx context.Context, id string) (Run, error) {
	var r Run
	_, err := c.call(ctx, http.MethodGet, "/api/v1/runs/"+url.PathEscape(id), nil, nil, "", &r)
	return r, err
}

// SteerRun pauses a run ("pause"), lets it go on ("resume") or calls its rest off
// ("cancel").
func (c *Client) SteerRun(ctx context.Context, id, how string) (Run, error) {
	var r Run
	_, err := c.call(ctx, http.MethodPost, "/api/v1/runs/"+url.PathEscape(id)+"/"+url.PathEscape(how), nil, nil, "", &r)
	return r, err
}

// RunAnswers gives what came of each check that a run has dealt with.
func (c *Client) RunAnswers(ctx context.Context, id string) ([]RunAnswer, error) {
	var out struct {
		Items []RunAnswer `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/runs/"+url.PathEscape(id)+"/answers", nil, nil, "", &out)
	return out.Items, err
}
