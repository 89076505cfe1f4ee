package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// ListEdition is the edition of a public list that is in force.
type ListEdition struct {
	List        string    `json:"list"`
	Title       string    `json:"title"`
	Edition     string    `json:"edition"`
	Individuals int       `json:"individuals"`
	Since       time.Time `json:"since"`
	Source      string    `json:"source"`
}

// ListOutcome is what a refresh came to for one list.
type ListOutcome struct {
	List     string `json:"list"`
	Edition  string `json:"edition"`
	Was      string `json:"was"`
	Switched bool   `json:"switched"`
	Reason   string `json:"reason"`
	Failed   bool   `json:"failed"`
}

// Lists gives the editions of the public lists that are in force.
func (c *Client) Lists(ctx context.Context) ([]ListEdition, error) {
	var out struct {
		Items []ListEdition `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, "/api/v1/lists", nil, nil, "", &out)
	return out.Items, err
}

// RefreshLists looks for new editions of these lists (none: of all) and waits
// until it is done or ctx ends. force also takes an edition that is older or
// much smaller than the one in force.
func (c *Client) RefreshLists(ctx context.Context, lists []string, force bool) ([]ListOutcome, error) {
	body, err := json.Marshal(map[string]any{"lists": append([]string{}, lists...), "force": force})
	if err != nil {
		return nil, err
	}
	var run struct {
		Run   string        `json:"run"`
		Done  bool          `json:"done"`
		Lists []ListOutcome `json:"lists"`
	}
	_, err = c.call(ctx, http.MethodPost, "/api/v1/lists/refresh", nil, body, "", &run)
	for err == nil && !run.Done {
		_, err = c.call(ctx, http.MethodGet, "/api/v1/lists/refresh/"+url.PathEscape(run.Run), nil, nil, "", &run)
	}
	return run.Lists, err
}
