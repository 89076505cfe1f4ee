package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Request is a request about somebody's data, without what was written in it.
type Request struct {
	ID        string     `json:"id"`
	Applicant string     `json:"applicant"`
	Program   string     `json:"program"`
	Kind      string     `json:"kind"`
	From      string     `json:"from"`
	TakenInBy string     `json:"taken_in_by,omitempty"`
	State     string     `json:"state"`
	AskedAt   time.Time  `json:"asked_at"`
	Due       time.Time  `json:"due"`
	ProvedAt  *time.Time `json:"proved_at,omitempty"`
	Failures  int        `json:"failures"`
	Escalated bool       `json:"escalated"`
	Extended  string     `json:"extended,omitempty"`
	Held      bool       `json:"held"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

// RequestWords is what was written in a request.
type RequestWords struct {
	Asked    string `json:"asked"`
	Answered string `json:"answered"`
}

// Erasure is one after which vendors are still to be asked by hand.
type Erasure struct {
	Applicant string    `json:"applicant"`
	Program   string    `json:"program"`
	Step      string    `json:"step"`
	Since     time.Time `json:"since"`
	Vendors   []struct {
		Vendor string `json:"vendor"`
		ByHand bool   `json:"by_hand"`
		Answer string `json:"answer,omitempty"`
	} `json:"vendors"`
}

const requestsPath = "/api/v1/requests"

func request(id string) string { return requestsPath + "/" + url.PathEscape(id) }

// Requests lists requests about people's data that are kept still, the newest first.
func (c *Client) Requests(ctx context.Context, open bool) ([]Request, error) {
	q := url.Values{}
	if open {
		q.Set("open", "true")
	}
	var out struct {
		Items []Request `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, requestsPath, q, nil, "", &out)
	return out.Items, err
}

// Request gives one.
func (c *Client) Request(ctx context.Context, id string) (Request, error) {
	var out Request
	_, err := c.call(ctx, http.MethodGet, request(id), nil, nil, "", &out)
	return out, err
}

// RequestWords reads what was written in one; it is recorded first.
func (c *Client) RequestWords(ctx context.Context, id string) (RequestWords, error) {
	var out RequestWords
	err := c.post(ctx, request(id)+"/words", nil, &out)
	return out, err
}

// TakeInRequest takes one in that came by mail or phone.
func (c *Client) TakeInRequest(ctx context.Context, applicant, kind, words string) (Request, error) {
	var out Request
	err := c.post(ctx, "/api/v1/applications/"+url.PathEscape(applicant)+"/requests", map[string]any{"kind": kind, "words": words}, &out)
	return out, err
}

// AnswerRequest grants one, which carries it out, or refuses it.
func (c *Client) AnswerRequest(ctx context.Context, id string, granted bool, reason string) (Request, error) {
	var out Request
	err := c.post(ctx, request(id)+"/answer", map[string]any{"granted": granted, "reason": reason}, &out)
	return out, err
}

// ExtendRequest gives one 30 days more.
func (c *Client) ExtendRequest(ctx context.Context, id, why string) (Request, error) {
	var out Request
	err := c.post(ctx, request(id)+"/extend", map[string]any{"why": why}, &out)
	return out, err
}

// Erasures lists those after which vendors are still to be asked by hand.
func (c *Client) Erasures(ctx context.Context) ([]Erasure, error) {
	var out struct {
		Items []Erasure `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/erasures", nil, nil, "", &out)
	return out.Items, err
}

// VendorErased says what a vendor answered, and gives what is left to ask.
func (c *Client) VendorErased(ctx context.Context, applicant, vendor, answer string) ([]Erasure, error) {
	var out struct {
		Items []Erasure `json:"items"`
	}
	err := c.post(ctx, "/api/v1/applications/"+url.PathEscape(applicant)+"/erasure", map[string]any{"vendor": vendor, "answer": answer}, &out)
	return out.Items, err
}
