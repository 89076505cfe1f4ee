// Package client is the Go client of the API under /api/v1: what the command
// line, the demo and integrators' own programs use. It has no other way into
// the house than an integrator's.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client calls one deployment with one API key. It may be used by many goroutines.
type Client struct {
	base string
	key  string
	http *http.Client
}

// New makes a Client of the deployment at base, e.g. "https://apply.example.com".
func New(base, key string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Client{base: strings.TrimSuffix(base, "/"), key: key, http: &http.Client{Timeout: 30 * time.Second, Transport: transport}}
}

// Error is a problem+json answer (RFC 9457).
type Error struct {
	Status int           `json:"status"`
	Title  string        `json:"title"`
	Detail string        `json:"detail"`
	Errors []FieldError  `json:"errors"`
	Retry  time.Duration `json:"-"` // from Retry-After; 0 when there was none
}

// FieldError says what is wrong with one field.
type FieldError struct {
	Message  string `json:"message"`
	Location string `json:"location"`
}

// Error gives title, detail and the fields concerned, in one line.
func (e *Error) Error() string {
	parts := []string{e.Title}
	if e.Detail != "" {
		parts = []string{e.Detail}
	}
	for _, f := range e.Errors {
		parts = append(parts, strings.TrimPrefix(f.Location, "body.")+": "+f.Message)
	}
	return fmt.Sprintf("%s (%d)", strings.Join(parts, "; "), e.Status)
}

// NotFound reports whether the answer was 404.
func NotFound(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusNotFound
}

// Check is one check in a Status.
type Check struct {
	Name      string    `json:"name"`
	Status    string    `json:"status"`
	Vendor    string    `json:"vendor"`
	Round     int       `json:"round"`
	UpdatedAt time.Time `json:"updated_at"`
	Problem   string    `json:"problem"`
}

// Status is an application as GET /api/v1/applications/{id} answers it.
type Status struct {
	ID        string  `json:"id"`
	Program   string  `json:"program"`
	Stage     string  `json:"stage"`
	Attention string  `json:"attention"`
	Outcome   string  `json:"outcome"`
	Checks    []Check `json:"checks"`
	WaitsFor  string  `json:"waits_for"`
	// Requirements is what the certification asks for.
	Requirements []Requirement `json:"requirements"`
	// Credential is the ID of its public page, /verify/{id}; empty until issued.
	Credential string `json:"credential"`
	// Ledger is the end of their ledger as the workflow knows it to be stored.
	Ledger struct {
		Seq  uint64 `json:"seq"`
		Hash string `json:"hash"`
	} `json:"ledger"`
	// AssessmentForm is what a decision against the applicant needs; nil: nothing.
	AssessmentForm *AssessmentForm `json:"assessment_form"`
}

// AssessmentForm asks for what a reviewer weighs, in writing.
type AssessmentForm struct {
	Title    string `json:"title"`
	Citation string `json:"citation"`
	Factors  []struct {
		ID   string `json:"id"`
		Text string `json:"text"`
	} `json:"factors"`
}

// Answered gives the form with the same words under every factor; nil for none.
func (f *AssessmentForm) Answered(words string) map[string]string {
	if f == nil {
		return nil
	}
	out := map[string]string{}
	for _, factor := range f.Factors {
		out[factor.ID] = words
	}
	return out
}

// Line is one application in a listing.
type Line struct {
	ID           string   `json:"id"`
	Program      string   `json:"program"`
	Stage        string   `json:"stage"`
	Attention    string   `json:"attention"`
	Outcome      string   `json:"outcome"`
	FailedChecks []string `json:"failed_checks"`
}

// Page is one page of a listing.
type Page struct {
	Items      []Line `json:"items"`
	NextCursor string `json:"next_cursor"`
}

// Created is the answer to Apply.
type Created struct {
	ID      string `json:"id"`
	Created bool   `json:"-"` // false when the Idempotency-Key had been used for the same application
}

// Notice is a text to be shown before a consent is asked for.
type Notice struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Language string `json:"language"`
	Kind     string `json:"kind"`
	Purpose  string `json:"purpose"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Action   string `json:"action"`
	SHA256   string `json:"sha256"`
}

// Apply hands in an application: the body of POST /api/v1/applications. key is
// the Idempotency-Key; the same key and body give the same application.
func (c *Client) Apply(ctx context.Context, application json.RawMessage, key string) (Created, error) {
	var out Created
	status, err := c.call(ctx, http.MethodPost, "/api/v1/applications", nil, application, key, &out)
	out.Created = status == http.StatusCreated
	return out, err
}

// Correct puts details right that do not hold, by the API's names of them; an
// empty unit takes it out. The checks that use them run again.
func (c *Client) Correct(ctx context.Context, id string, profile map[string]string) (Status, error) {
	var out Status
	body, err := json.Marshal(map[string]any{"profile": profile})
	if err != nil {
		return out, err
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/applications/"+url.PathEscape(id)+"/corrections", nil, body, "", &out)
	return out, err
}

// Status gives one application.
func (c *Client) Status(ctx context.Context, id string) (Status, error) {
	var out Status
	_, err := c.call(ctx, http.MethodGet, "/api/v1/applications/"+url.PathEscape(id), nil, nil, "", &out)
	return out, err
}

// List gives one page; filter's keys are those of the API.
func (c *Client) List(ctx context.Context, filter map[string]string) (Page, error) {
	q := url.Values{}
	for k, v := range filter {
		if v != "" {
			q.Set(k, v)
		}
	}
	var out Page
	_, err := c.call(ctx, http.MethodGet, "/api/v1/applications", q, nil, "", &out)
	return out, err
}

// All gives every application that the filter lets through.
func (c *Client) All(ctx context.Context, filter map[string]string, each func(Line) error) error {
	f := map[string]string{"limit": "500"}
	for k, v := range filter {
		f[k] = v
	}
	for {
		page, err := c.List(ctx, f)
		if err != nil {
			return err
		}
		for _, l := range page.Items {
			if err := each(l); err != nil {
				return err
			}
		}
		if page.NextCursor == "" {
			return nil
		}
		f["cursor"] = page.NextCursor
	}
}

// Programs gives the IDs of the programs that take applications.
func (c *Client) Programs(ctx context.Context) ([]string, error) {
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if _, err := c.call(ctx, http.MethodGet, "/api/v1/programs", nil, nil, "", &page); err != nil {
		return nil, err
	}
	var ids []string
	for _, p := range page.Items {
		ids = append(ids, p.ID)
	}
	return ids, nil
}

// Notices gives the current notices in a language.
func (c *Client) Notices(ctx context.Context, language string) ([]Notice, error) {
	var out struct {
		Items []Notice `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/notices", url.Values{"language": {language}}, nil, "", &out)
	return out.Items, err
}

// Retry asks for another round of a failed check. round is the failed round
// that is meant, so that asking twice makes one more; 0: whichever it is.
func (c *Client) Retry(ctx context.Context, id, check string, round int, reason string) error {
	return c.check(ctx, id, check, "retry", map[string]any{"reason": reason, "round": round})
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

const maxAnswer = 16 << 20

func (c *Client) call(ctx context.Context, method, path string, query url.Values, body []byte, key string, out any) (int, error) {
	address := c.base + path
	if len(query) > 0 {
		address += "?" + query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return 0, fmt.Errorf("%s does not answer: %w", c.base, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return resp.StatusCode, fmt.Errorf("the answer of %s broke off: %w", c.base, err)
	}
	if resp.StatusCode >= 400 {
		e := &Error{Title: http.StatusText(resp.StatusCode)}
		_ = json.Unmarshal(answer, e) // an answer of a proxy has no problem in it; its status says enough
		e.Status = resp.StatusCode
		if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			e.Retry = time.Duration(s) * time.Second
		}
		return resp.StatusCode, e
	}
	if out == nil {
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return resp.StatusCode, fmt.Errorf("the answer of %s is not what the API says: %w", c.base, err)
	}
	return resp.StatusCode, nil
}
