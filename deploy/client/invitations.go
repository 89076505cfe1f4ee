package client

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
)

// Invitee is one person to be invited.
type Invitee struct {
	Email     string `json:"email"`
	Program   string `json:"program,omitempty"`
	GivenName string `json:"given_name,omitempty"`
	Language  string `json:"language,omitempty"`
	Reference string `json:"reference,omitempty"`
}

// InviteOptions say how people are invited.
type InviteOptions struct {
	Program   string // for lines that name none
	Language  string // likewise
	Again     bool   // also those whose earlier invitation was not answered
	Check     bool   // only look at the lines
	PerSecond float64
}

func (o InviteOptions) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"program": o.Program, "language": o.Language} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for name, value := range map[string]bool{"again": o.Again, "check": o.Check} {
		if value {
			q.Set(name, "true")
		}
	}
	if o.PerSecond > 0 {
		q.Set("per_second", strconv.FormatFloat(o.PerSecond, 'f', -1, 64))
	}
	return q
}

// InvitationList is a list that was sent.
type InvitationList struct {
	ID      string `json:"id"`
	State   string `json:"state"` // asking, running, paused, done, canceled, discarded or lapsed
	Lines   int    `json:"lines"`
	Ready   int    `json:"ready"`
	Again   int    `json:"again"`
	Faults  int    `json:"faults"`
	LeftOut int    `json:"left_out"`
	Total   int    `json:"total"`
	Dealt   int    `json:"dealt_with"`
	Invited int    `json:"invited"`
}

// Over reports whether nobody more is invited from it.
func (l InvitationList) Over() bool { return l.State != "running" && l.State != "paused" }

// InvitationLine is what was found of one line.
type InvitationLine struct {
	Line       int    `json:"line"`
	Reference  string `json:"reference,omitempty"`
	Outcome    string `json:"outcome"` // ready, again, invited, fault, twice, already, applicant or no_letters
	Field      string `json:"field,omitempty"`
	Says       string `json:"says,omitempty"`
	Invitation string `json:"invitation,omitempty"`
}

// Invited answers Invite and InviteCSV.
type Invited struct {
	List     InvitationList   `json:"list"`
	Lines    []InvitationLine `json:"lines"`
	Encoding string           `json:"read_as,omitempty"`
	Unread   []string         `json:"unread_columns,omitempty"`
}

// Invite invites people. The same key and people invite once, however often sent.
func (c *Client) Invite(ctx context.Context, people []Invitee, o InviteOptions, key string) (Invited, error) {
	var out Invited
	body, err := json.Marshal(map[string]any{"invitations": people})
	if err != nil {
		return out, err
	}
	_, err = c.Do(ctx, http.MethodPost, "/api/v1/invitations", o.query(), body, key, &out)
	return out, err
}

// InviteCSV is Invite with a CSV file.
func (c *Client) InviteCSV(ctx context.Context, file []byte, o InviteOptions, key string) (Invited, error) {
	var out Invited
	_, err := c.send(ctx, http.MethodPost, "/api/v1/invitations/csv", o.query(), "text/csv", file, key, &out)
	return out, err
}

// InvitationList tells how far a list is.
func (c *Client) InvitationList(ctx context.Context, id string) (InvitationList, error) {
	var out InvitationList
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/invitation-lists/"+url.PathEscape(id), nil, nil, "", &out)
	return out, err
}

// ConfirmInvitationList invites those of a list that was only looked at.
func (c *Client) ConfirmInvitationList(ctx context.Context, id string, again bool) (InvitationList, error) {
	var out InvitationList
	_, err := c.Do(ctx, http.MethodPost, "/api/v1/invitation-lists/"+url.PathEscape(id)+"/confirm", InviteOptions{Again: again}.query(), nil, "", &out)
	return out, err
}

// SteerInvitationList pauses a list, lets it go on ("resume"), calls its rest off
// ("cancel"), or drops one that waits ("discard").
func (c *Client) SteerInvitationList(ctx context.Context, id, how string) (InvitationList, error) {
	var out InvitationList
	_, err := c.Do(ctx, http.MethodPost, "/api/v1/invitation-lists/"+url.PathEscape(id)+"/steer/"+url.PathEscape(how), nil, nil, "", &out)
	return out, err
}

// InvitationLines tells what came of each line of a list.
func (c *Client) InvitationLines(ctx context.Context, id string) ([]InvitationLine, error) {
	var out struct {
		Items []InvitationLine `json:"items"`
	}
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/invitation-lists/"+url.PathEscape(id)+"/lines", nil, nil, "", &out)
	return out.Items, err
}

// FaultyInvitations gives the faulty lines of a list as CSV, to be mended and sent
// again; for an hour.
func (c *Client) FaultyInvitations(ctx context.Context, id string) ([]byte, error) {
	var out []byte
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/invitation-lists/"+url.PathEscape(id)+"/faulty.csv", nil, nil, "", &out)
	return out, err
}

// Invitation is one invitation.
type Invitation struct {
	Invitation  string `json:"invitation"`
	Program     string `json:"program"`
	State       string `json:"state"`
	List        string `json:"list"`
	Reference   string `json:"reference,omitempty"`
	Letters     int    `json:"letters"`
	Applicant   string `json:"applicant,omitempty"`
	Ledger      string `json:"ledger"` // the ID under which its ledger lies
	AddressGone bool   `json:"address_gone"`
	// LedgerEnd is the end of its ledger as the workflow knows it to be stored.
	LedgerEnd struct {
		Seq  uint64 `json:"seq"`
		Hash string `json:"hash"`
	} `json:"ledger_end"`
}

// Invitation tells how far an invitation is.
func (c *Client) Invitation(ctx context.Context, name string) (Invitation, error) {
	var out Invitation
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/invitations/"+url.PathEscape(name), nil, nil, "", &out)
	return out, err
}

// WithdrawInvitation ends an invitation that is open.
func (c *Client) WithdrawInvitation(ctx context.Context, name string) (Invitation, error) {
	var out Invitation
	_, err := c.Do(ctx, http.MethodPost, "/api/v1/invitations/"+url.PathEscape(name)+"/withdraw", nil, nil, "", &out)
	return out, err
}

// Invitations gives one page; filter's keys are those of the API: state, program,
// list, limit, cursor. Only name, program, state and list are filled.
func (c *Client) Invitations(ctx context.Context, filter map[string]string) (items []Invitation, next string, err error) {
	q := url.Values{}
	for k, v := range filter {
		if v != "" {
			q.Set(k, v)
		}
	}
	var page struct {
		Items      []Invitation `json:"items"`
		NextCursor string       `json:"next_cursor"`
	}
	_, err = c.Do(ctx, http.MethodGet, "/api/v1/invitations", q, nil, "", &page)
	return page.Items, page.NextCursor, err
}
