package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// LedgerProof gives the proof that a record stands in a signed checkpoint, in JSON as
// the API has it.
func (c *Client) LedgerProof(ctx context.Context, id string, seq uint64) (json.RawMessage, error) {
	var out json.RawMessage
	_, err := c.call(ctx, http.MethodGet, fmt.Sprintf("/api/v1/applications/%s/ledger/%d/proof", url.PathEscape(id), seq), nil, nil, "", &out)
	return out, err
}
