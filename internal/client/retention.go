package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Purge is how far a purge by the retention table is.
type Purge struct {
	ID    string    `json:"id"`
	State string    `json:"state"` // looking, waiting, acting, paused, canceled, lapsed, lost or done
	Begun time.Time `json:"begun"`
	Acts  time.Time `json:"acts"` // when it acts by itself; zero: when it is approved
	Next  int       `json:"next"` // how many were dealt with
	// Lapses is when it ends by itself unless somebody answers; zero while it waits for
	// nobody.
	Lapses time.Time `json:"lapses"`
	Found  struct {
		Total  int `json:"total"`
		Held   int `json:"held"`
		Locked int `json:"locked"`
		Looked int `json:"looked"`
		Counts []struct {
			Program  string `json:"program"`
			Category string `json:"category"`
			Due      int    `json:"due"`
			Held     int    `json:"held"`
			Locked   int    `json:"locked"`
		} `json:"counts"`
	} `json:"found"`
	Tally struct {
		Erased  int `json:"erased"`
		Purged  int `json:"purged"`
		Objects int `json:"objects"`
		Kept    int `json:"kept"`
		Locked  int `json:"locked"`
		Failed  int `json:"failed"`
		Gone    int `json:"gone"`
	} `json:"tally"`
}

// Due is something that a purge found due.
type Due struct {
	Applicant string   `json:"applicant"`
	Program   string   `json:"program"`
	Category  string   `json:"category"`
	Rule      string   `json:"rule"`
	Held      []string `json:"held"`
	Outcome   string   `json:"outcome,omitempty"`
	// Locked is until when S3's own lock keeps some of it, and Stuck that nothing of it
	// can go before.
	Locked time.Time `json:"locked,omitzero"`
	Stuck  bool      `json:"stuck,omitempty"`
	Says   string    `json:"says,omitempty"`
}

// Purges lists the newest purges.
func (c *Client) Purges(ctx context.Context) ([]Purge, error) {
	var out struct {
		Items []Purge `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/purges", nil, nil, "", &out)
	return out.Items, err
}

// Purge tells how far a purge is.
func (c *Client) Purge(ctx context.Context, id string) (Purge, error) {
	var out Purge
	_, err := c.call(ctx, http.MethodGet, "/api/v1/purges/"+url.PathEscape(id), nil, nil, "", &out)
	return out, err
}

// Due gives all that a purge found due.
func (c *Client) Due(ctx context.Context, id string) ([]Due, error) {
	all := []Due{}
	for from := 0; ; {
		var out struct {
			Items []Due `json:"items"`
			Next  int   `json:"next"`
		}
		q := url.Values{"from": {strconv.Itoa(from)}, "limit": {"1000"}}
		if _, err := c.call(ctx, http.MethodGet, "/api/v1/purges/"+url.PathEscape(id)+"/due", q, nil, "", &out); err != nil {
			return nil, err
		}
		all = append(all, out.Items...)
		if from = out.Next; from == 0 {
			return all, nil
		}
	}
}

// StartPurge has what is due found now.
func (c *Client) StartPurge(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodPost, "/api/v1/purges", nil, nil, "", nil)
	return err
}

// SteerPurge approves, pauses, resumes or cancels a purge.
func (c *Client) SteerPurge(ctx context.Context, id, how string) (Purge, error) {
	var out Purge
	_, err := c.call(ctx, http.MethodPost, "/api/v1/purges/"+url.PathEscape(id)+"/"+url.PathEscape(how), nil, nil, "", &out)
	return out, err
}
