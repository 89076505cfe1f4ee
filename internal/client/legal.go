package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// LegalCase is a case of legal process, with where it stands.
type LegalCase struct {
	ID        string `json:"id"`
	State     string `json:"state"`
	Kind      string `json:"kind"`
	Authority string `json:"authority"`
	Reason    string `json:"reason"`
	Document  struct {
		Name   string `json:"name"`
		Size   int    `json:"size"`
		SHA256 string `json:"sha256"`
	} `json:"document"`
	Scope struct {
		Applicants []string `json:"applicants"`
		Categories []string `json:"categories"`
		From       string   `json:"from,omitempty"`
		To         string   `json:"to,omitempty"`
	} `json:"scope"`
	Asked    LegalDeed `json:"asked"`
	Approved LegalDeed `json:"approved,omitzero"`
	Refused  LegalDeed `json:"refused,omitzero"`
	Given    []struct {
		Applicant string `json:"applicant"`
		LegalDeed
		Files  []string `json:"files"`
		Digest string   `json:"digest"`
	} `json:"given"`
	Silent struct {
		Until  string `json:"until"`
		Reason string `json:"reason"`
	} `json:"silent,omitzero"`
	Told []struct {
		Applicant string `json:"applicant"`
		LegalDeed
	} `json:"told"`
}

// LegalDeed is that somebody did something.
type LegalDeed struct {
	By    string    `json:"by"`
	At    time.Time `json:"at"`
	Words string    `json:"words,omitempty"`
}

// NewLegalCase asks for a disclosure that the law compels or allows.
type NewLegalCase struct {
	ID         string   `json:"id,omitempty"`
	Kind       string   `json:"kind"`
	Authority  string   `json:"authority"`
	Reason     string   `json:"reason"`
	File       string   `json:"file"` // the document's name
	Document   []byte   `json:"document"`
	Applicants []string `json:"applicants"`
	Categories []string `json:"categories"`
	From       string   `json:"from,omitempty"`
	To         string   `json:"to,omitempty"`
	Until      string   `json:"silent_until,omitempty"`
	Silence    string   `json:"silent_because,omitempty"`
}

const legalPath = "/api/v1/legal-cases"

func legalCase(id string) string { return legalPath + "/" + url.PathEscape(id) }

// LegalCases lists the cases, the newest first.
func (c *Client) LegalCases(ctx context.Context) ([]LegalCase, error) {
	var out struct {
		Items []LegalCase `json:"items"`
	}
	_, err := c.call(ctx, http.MethodGet, legalPath, nil, nil, "", &out)
	return out.Items, err
}

// LegalCase gives one.
func (c *Client) LegalCase(ctx context.Context, id string) (LegalCase, error) {
	var out LegalCase
	_, err := c.call(ctx, http.MethodGet, legalCase(id), nil, nil, "", &out)
	return out, err
}

// OpenLegalCase asks for a disclosure; somebody else must approve it.
func (c *Client) OpenLegalCase(ctx context.Context, in NewLegalCase) (LegalCase, error) {
	return c.onLegal(ctx, legalPath, in)
}

// RuleOnLegalCase approves a case or refuses it.
func (c *Client) RuleOnLegalCase(ctx context.Context, id string, approve bool, reason string) (LegalCase, error) {
	return c.onLegal(ctx, legalCase(id)+"/ruling", map[string]any{"approve": approve, "reason": reason})
}

// GiveLegalCase puts together what an approved case asks for.
func (c *Client) GiveLegalCase(ctx context.Context, id string) (LegalCase, error) {
	return c.onLegal(ctx, legalCase(id)+"/give", nil)
}

// TellLegalCase notes how an applicant was told.
func (c *Client) TellLegalCase(ctx context.Context, id, applicant, how string) (LegalCase, error) {
	return c.onLegal(ctx, legalCase(id)+"/told", map[string]any{"applicant": applicant, "how": how})
}

// FetchLegalCase takes what was given of an applicant; it is recorded first.
func (c *Client) FetchLegalCase(ctx context.Context, id, applicant string) (File, error) {
	var out File
	err := c.post(ctx, legalCase(id)+"/fetch", map[string]any{"applicant": applicant}, &out)
	return out, err
}

// LegalDocument takes the document that a case rests on; it is recorded first.
func (c *Client) LegalDocument(ctx context.Context, id string) (File, error) {
	var out File
	err := c.post(ctx, legalCase(id)+"/document", nil, &out)
	return out, err
}

func (c *Client) onLegal(ctx context.Context, path string, in any) (LegalCase, error) {
	var out LegalCase
	err := c.post(ctx, path, in, &out)
	return out, err
}
