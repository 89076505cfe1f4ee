package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// Ticket is leave to look at one applicant's data to help them, until it ends.
type Ticket struct {
	ID        string     `json:"id"`
	Applicant string     `json:"applicant"`
	Program   string     `json:"program"`
	Owner     string     `json:"owner"`
	Reference string     `json:"reference,omitempty"`
	Opened    time.Time  `json:"opened"`
	Ends      time.Time  `json:"ends"`
	Closed    *time.Time `json:"closed,omitempty"`
	ClosedBy  string     `json:"closed_by,omitempty"`
}

// Tickets lists the key's own support tickets, or everybody's where it may see them: with
// "" those of the last 90 days, else one applicant's.
func (c *Client) Tickets(ctx context.Context, applicant string) ([]Ticket, error) {
	q := url.Values{}
	if applicant != "" {
		q.Set("applicant", applicant)
	}
	var out struct {
		Items []Ticket `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/tickets", q, nil, "", &out)
	return out.Items, err
}

// OpenTicket opens one for so many minutes.
func (c *Client) OpenTicket(ctx context.Context, applicant, reference, reason string, minutes int) (Ticket, error) {
	var out Ticket
	err := c.post(ctx, ticketsOn(applicant), map[string]any{"reference": reference, "reason": reason, "minutes": minutes}, &out)
	return out, err
}

// CloseTicket ends one before its time.
func (c *Client) CloseTicket(ctx context.Context, applicant, ticket string) (Ticket, error) {
	var out Ticket
	err := c.post(ctx, ticketsOn(applicant)+"/"+url.PathEscape(ticket)+"/close", nil, &out)
	return out, err
}

// TicketReason reads what one is for; that it is read is recorded first.
func (c *Client) TicketReason(ctx context.Context, applicant, ticket string) (string, error) {
	var out struct {
		Reason string `json:"reason"`
	}
	err := c.post(ctx, ticketsOn(applicant)+"/"+url.PathEscape(ticket)+"/reason", nil, &out)
	return out.Reason, err
}

func ticketsOn(applicant string) string {
	return "/api/v1/applications/" + url.PathEscape(applicant) + "/tickets"
}

// post sends a body, or with nil none, and reads what is answered.
func (c *Client) post(ctx context.Context, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	_, err := c.call(ctx, http.MethodPost, path, nil, body, "", out)
	return err
}
