package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// FailedCheck is one failed check of one application.
type FailedCheck struct {
	ID      string    `json:"id"` // the application's
	Program string    `json:"program"`
	Check   string    `json:"check"`
	Vendor  string    `json:"vendor"`
	Round   int       `json:"round"`
	Problem string    `json:"problem"` // code of what stopped it
	Since   time.Time `json:"since"`
}

// FailedGroup is how many checks failed at one vendor for one reason.
type FailedGroup struct {
	Check  string    `json:"check"`
	Vendor string    `json:"vendor"`
	Error  string    `json:"error"` // code; empty: not known
	Count  int       `json:"count"`
	Since  time.Time `json:"since"` // of the one that waits longest; zero: not known
}

// Vendor is how a vendor stands.
type Vendor struct {
	Vendor   string     `json:"vendor"`
	Out      *time.Time `json:"out,omitempty"`    // since when it does not answer; nil while it does
	Paused   *time.Time `json:"paused,omitempty"` // since when nothing new is sent to it; nil while it is asked
	PausedBy string     `json:"paused_by,omitempty"`
	Reason   string     `json:"reason,omitempty"` // of the pause
	Held     int        `json:"held"`             // applications that wait because it is paused
	Failed   int        `json:"failed"`           // failed checks at it
}

// failedPerPage is how many applications a page of failed checks has.
const failedPerPage = 100

// Failed gives the failed checks that the filter lets through (check, vendor, error,
// program), at most that many; 0: all.
func (c *Client) Failed(ctx context.Context, filter map[string]string, most int) ([]FailedCheck, error) {
	q := url.Values{"limit": {strconv.Itoa(failedPerPage)}}
	for k, v := range filter {
		if v != "" {
			q.Set(k, v)
		}
	}
	all := []FailedCheck{}
	for {
		var page struct {
			Items      []FailedCheck `json:"items"`
			NextCursor string        `json:"next_cursor"`
		}
		if _, err := c.call(ctx, http.MethodGet, "/api/v1/failed-checks", q, nil, "", &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if most > 0 && len(all) >= most {
			return all[:most], nil
		}
		if page.NextCursor == "" {
			return all, nil
		}
		q.Set("cursor", page.NextCursor)
	}
}

// FailedCounts counts the failed checks by check, vendor and kind of error; of one
// program when it is named.
func (c *Client) FailedCounts(ctx context.Context, program string) ([]FailedGroup, error) {
	var out struct {
		Items []FailedGroup `json:"items"`
	}
	q := url.Values{}
	if program != "" {
		q.Set("program", program)
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/failed-checks/counts", q, nil, "", &out)
	return out.Items, err
}

// Vendors tells how each vendor stands.
func (c *Client) Vendors(ctx context.Context) ([]Vendor, error) {
	return c.vendors(ctx, http.MethodGet, "/api/v1/vendors", nil)
}

// PauseVendor pauses a vendor and tells how the vendors stand then.
func (c *Client) PauseVendor(ctx context.Context, vendor, reason string) ([]Vendor, error) {
	body, err := json.Marshal(map[string]string{"reason": reason})
	if err != nil {
		return nil, err
	}
	return c.vendors(ctx, http.MethodPost, "/api/v1/vendors/"+url.PathEscape(vendor)+"/pause", body)
}

// ResumeVendor resumes a vendor and tells how the vendors stand then.
func (c *Client) ResumeVendor(ctx context.Context, vendor string) ([]Vendor, error) {
	return c.vendors(ctx, http.MethodPost, "/api/v1/vendors/"+url.PathEscape(vendor)+"/resume", nil)
}

func (c *Client) vendors(ctx context.Context, method, path string, body []byte) ([]Vendor, error) {
	var out struct {
		Items []Vendor `json:"items"`
	}
	_, err := c.call(ctx, method, path, nil, body, "", &out)
	return out.Items, err
}
