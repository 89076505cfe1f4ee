package client

import (
	"context"
	"net/http"
	"net/url"
	"time"
)

// Application is what Apply hands in.
type Application struct {
	Program   string    `json:"program"`
	Applicant Applicant `json:"applicant"`
	Language  string    `json:"language,omitempty"` // "en" or "es", of letters and pages; empty: that of the notices
	Consents  []Consent `json:"consents"`           // one for each notice of Notices
}

// Applicant is the person.
type Applicant struct {
	GivenName     string `json:"given_name"`
	MiddleName    string `json:"middle_name,omitempty"`
	FamilyName    string `json:"family_name"`
	DateOfBirth   string `json:"date_of_birth"` // YYYY-MM-DD
	Email         string `json:"email"`
	Phone         string `json:"phone"`       // E.164, or a US number with its area code
	NationalID    string `json:"national_id"` // US Social Security number; it is never given back
	Street        string `json:"street"`
	Unit          string `json:"unit,omitempty"`
	City          string `json:"city"`
	State         string `json:"state"` // two letters
	PostalCode    string `json:"postal_code"`
	Country       string `json:"country"`                  // "US"
	PastAddresses string `json:"past_addresses,omitempty"` // one a line
}

// Notice is a text to be shown before its consent is asked for.
type Notice struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Language string `json:"language"`
	Kind     string `json:"kind"`
	Purpose  string `json:"purpose"`
	Title    string `json:"title"`
	Text     string `json:"text"`
	Action   string `json:"action"` // what the button or the box says
	SHA256   string `json:"sha256"`
}

// The kinds of notices that are not agreed to by a click alone.
const (
	// KindDisclosure stands on a page of its own, with nothing beside it (15 USC
	// 1681b(b)(2)(A)(i)).
	KindDisclosure = "fcra_disclosure_shown"
	// KindAuthorization is agreed to by the typed name.
	KindAuthorization = "fcra_authorization"
)

// Consent is the evidence of one consent, as your form captured it.
type Consent struct {
	Purpose   string    `json:"purpose"`
	Kind      string    `json:"kind"`
	Notice    NoticeRef `json:"notice"`
	Method    string    `json:"method"`              // "client_form", or "typed_signature" for what is signed
	Signature string    `json:"signature,omitempty"` // the name as typed
	ShownAt   time.Time `json:"shown_at"`
	GivenAt   time.Time `json:"given_at"`
	Origin    Origin    `json:"origin"`
}

// NoticeRef names the text that was shown, to the byte.
type NoticeRef struct {
	ID       string `json:"id"`
	Version  string `json:"version"`
	Language string `json:"language"`
	SHA256   string `json:"sha256"`
}

// Origin says where a consent came from.
type Origin struct {
	IPAddress string `json:"ip_address"` // the person's own
	UserAgent string `json:"user_agent"`
}

// Given is the evidence that the person, from that origin, agreed to the notice.
// signature is the name as they typed it, for KindAuthorization; else empty.
func (n Notice) Given(shown, given time.Time, from Origin, signature string) Consent {
	c := Consent{Purpose: n.Purpose, Kind: n.Kind, Notice: NoticeRef{ID: n.ID, Version: n.Version, Language: n.Language, SHA256: n.SHA256},
		Method: "client_form", Signature: signature, ShownAt: shown, GivenAt: given, Origin: from}
	if signature != "" {
		c.Method = "typed_signature"
	}
	return c
}

// Created is the answer to Apply.
type Created struct {
	ID      string `json:"id"`
	Created bool   `json:"-"` // false when the same had been handed in under the same key before
}

// Apply hands an application in. key is the Idempotency-Key: the same key and
// application make one applicant, however often they are sent, so send again what was
// not answered. Use your own reference of the order.
func (c *Client) Apply(ctx context.Context, a Application, key string) (Created, error) {
	var out Created
	status, err := c.post(ctx, http.MethodPost, "/api/v1/applications", a, key, &out)
	out.Created = status == http.StatusCreated
	return out, err
}

// Notices gives the current notices in a language, "en" or "es", in the order in which
// they are shown.
func (c *Client) Notices(ctx context.Context, language string) ([]Notice, error) {
	var out struct {
		Items []Notice `json:"items"`
	}
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/notices", url.Values{"language": {language}}, nil, "", &out)
	return out.Items, err
}

// Programs gives the IDs of the programs that take applications.
func (c *Client) Programs(ctx context.Context) ([]string, error) {
	var page struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if _, err := c.Do(ctx, http.MethodGet, "/api/v1/programs", nil, nil, "", &page); err != nil {
		return nil, err
	}
	var ids []string
	for _, p := range page.Items {
		ids = append(ids, p.ID)
	}
	return ids, nil
}

// Check is one check of an application.
type Check struct {
	Name      string    `json:"name"`
	Status    string    `json:"status"`
	Vendor    string    `json:"vendor"`
	Round     int       `json:"round"`
	UpdatedAt time.Time `json:"updated_at"`
	Problem   string    `json:"problem"` // why it could not be done
}

// Requirement is one thing that the certification asks for.
type Requirement struct {
	ID       string     `json:"id"`
	Kind     string     `json:"kind"`
	Status   string     `json:"status"`
	Attempt  int        `json:"attempt"` // that comes next or is under way
	Slot     *time.Time `json:"slot"`    // the appointment that is booked; nil: none
	Due      bool       `json:"due"`     // staff are asked to do something about it
	OtherWay bool       `json:"other_way"`
}

// Status is where an application stands.
type Status struct {
	ID        string  `json:"id"`
	Program   string  `json:"program"`
	Stage     string  `json:"stage"`
	Attention string  `json:"attention"` // whom it waits for
	Outcome   string  `json:"outcome"`
	Checks    []Check `json:"checks"`
	WaitsFor  string  `json:"waits_for"` // the same in words
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

// Status gives one application.
func (c *Client) Status(ctx context.Context, id string) (Status, error) {
	var out Status
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/applications/"+url.PathEscape(id), nil, nil, "", &out)
	return out, err
}

// Line is one application in a listing.
type Line struct {
	ID           string   `json:"id"`
	Program      string   `json:"program"`
	Stage        string   `json:"stage"`
	Attention    string   `json:"attention"`
	Outcome      string   `json:"outcome"`
	FailedChecks []string `json:"failed_checks"`
	// StartedAt is when it was begun, Since when stage or attention last changed, DueBy by
	// when it waits; zero: not known, or no limit.
	StartedAt    time.Time `json:"started_at"`
	Since        time.Time `json:"since"`
	DueBy        time.Time `json:"due_by"`
	Recruiter    string    `json:"recruiter"`    // the ID of staff who has it; empty: nobody
	Jurisdiction string    `json:"jurisdiction"` // empty until the address is known
}

// Page is one page of a listing.
type Page struct {
	Items      []Line `json:"items"`
	NextCursor string `json:"next_cursor"`
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
	_, err := c.Do(ctx, http.MethodGet, "/api/v1/applications", q, nil, "", &out)
	return out, err
}

// Search gives one page of the applications that text finds: a whole e-mail address, a
// whole phone number, or a name or parts of one, in any form. limit is from 1 to 500;
// cursor is NextCursor of the page before, empty for the first. It is sent in a body, so
// that no log of addresses has it.
func (c *Client) Search(ctx context.Context, text string, limit int, cursor string) (Page, error) {
	var out Page
	_, err := c.post(ctx, http.MethodPost, "/api/v1/applications/search", struct {
		Q      string `json:"q"`
		Limit  int    `json:"limit"`
		Cursor string `json:"cursor,omitempty"`
	}{text, limit, cursor}, "", &out)
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

// Correct puts details right that do not hold, by the API's names of them; an
// empty unit takes it out. The checks that use them run again.
func (c *Client) Correct(ctx context.Context, id string, profile map[string]string) (Status, error) {
	var out Status
	_, err := c.post(ctx, http.MethodPost, "/api/v1/applications/"+url.PathEscape(id)+"/corrections", map[string]any{"profile": profile}, "", &out)
	return out, err
}
