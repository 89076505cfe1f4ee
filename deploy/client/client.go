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

// New makes a Client of the deployment at base, such as "https://apply.example.com".
// key is as it was given out.
func New(base, key string) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = 64
	return &Client{base: strings.TrimSuffix(base, "/"), key: key, http: &http.Client{Timeout: 30 * time.Second, Transport: transport}}
}

// Error is a problem that the deployment answers (RFC 9457).
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

// maxAnswer is the longest answer that is read, in bytes.
const maxAnswer = 16 << 20

// The waiting for a rate.
const (
	mostWaits = 20               // how often one call waits
	leastWait = time.Second      // when the answer does not say how long
	mostWait  = 10 * time.Minute // an answer that asks for more is given back as an error
)

// Do makes one call: path is that of the OpenAPI document, such as
// "/api/v1/programs". body is sent as JSON unless it is nil, key as Idempotency-Key
// unless it is empty, and the answer is read into out unless that is nil. It gives the
// answer's status. A call that was refused for its rate was not carried out, and is
// made again when the deployment says.
func (c *Client) Do(ctx context.Context, method, path string, query url.Values, body []byte, key string, out any) (int, error) {
	return c.send(ctx, method, path, query, "application/json", body, key, out)
}

// send is Do with a body of any kind; out may be a *[]byte, for an answer as it came.
func (c *Client) send(ctx context.Context, method, path string, query url.Values, kind string, body []byte, key string, out any) (int, error) {
	for waits := 0; ; waits++ {
		status, err := c.once(ctx, method, path, query, kind, body, key, out)
		var e *Error
		if !errors.As(err, &e) || e.Status != http.StatusTooManyRequests || waits == mostWaits || e.Retry > mostWait {
			return status, err
		}
		select {
		case <-time.After(max(e.Retry, leastWait)):
		case <-ctx.Done():
			return status, fmt.Errorf("%w; and then: %w", err, ctx.Err())
		}
	}
}

func (c *Client) once(ctx context.Context, method, path string, query url.Values, kind string, body []byte, key string, out any) (int, error) {
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
		req.Header.Set("Content-Type", kind)
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
	if raw, ok := out.(*[]byte); ok {
		*raw = answer
		return resp.StatusCode, nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return resp.StatusCode, fmt.Errorf("the answer of %s is not what the API says: %w", c.base, err)
	}
	return resp.StatusCode, nil
}

// post sends v as JSON.
func (c *Client) post(ctx context.Context, method, path string, v any, key string, out any) (int, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return 0, err
	}
	return c.Do(ctx, method, path, nil, body, key, out)
}
