// Package watchman has Moov Watchman, a search service that the operator runs,
// look for a person on sanctions lists (GET /v2/listinfo, GET /v2/search). Shapes
// are those of Watchman's own source as of 2026-11. Name and date of birth are all
// that is sent of the person; an opaque reference goes along as requestID.
package watchman

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/namesearch"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// DefaultThreshold counts when a program names none.
const DefaultThreshold = 0.85

// The list that must be loaded. Others are searched beside it when the operator
// has Watchman load them.
const needed = "us_ofac"

// Config says how Watchman is reached. It has no key: whoever runs it keeps it
// where only the worker gets to.
type Config struct {
	BaseURL        string
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
}

// Client is the adapter. It is safe for concurrent use.
type Client struct{ out *outbound.Client }

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	out, err := outbound.New(outbound.Config{Vendor: consent.RecipientWatchman, BaseURL: cfg.BaseURL, Allow: namesearch.Fields(),
		Timeout: cfg.Timeout, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out}, nil
}

// listInfo is the answer of GET /v2/listinfo.
type listInfo struct {
	Lists   map[string]int    `json:"lists"` // entries
	Hashes  map[string]string `json:"listHashes"`
	EndedAt time.Time         `json:"endedAt"` // when they were loaded
}

// answer is the part of GET /v2/search's answer that we read.
type answer struct {
	Query    query    `json:"query"` // what Watchman took us to ask
	Entities []entity `json:"entities"`
}

type query struct {
	Name   string `json:"name"`
	Type   string `json:"entityType"`
	Person *struct {
		BirthDate *time.Time `json:"birthDate"`
	} `json:"person"`
}

type entity struct {
	Type     string   `json:"entityType"`
	List     string   `json:"sourceList"`
	SourceID string   `json:"sourceID"`
	Match    *float64 `json:"match"`
}

// result is what is sealed of one screening: both answers as received.
type result struct {
	Edition   string          `json:"edition"`
	Threshold float64         `json:"threshold"`
	ListInfo  json.RawMessage `json:"list_info"`
	Answer    json.RawMessage `json:"answer"`
}

// Screen spends the grant and has its person looked for. threshold 0 is
// DefaultThreshold. An entry at or over it makes one finding to consider, with the
// best score; none makes clear. Errors: those of Grant.Open, CodeInvalid when the
// grant opens no whole name or date of birth or the threshold is not within 0.5 to
// 1, those of outbound.Client.Do, and CodeVendorUnclear when Watchman has no list
// loaded or did not search for what was asked.
func (c *Client) Screen(ctx context.Context, g consent.Grant[consent.Screening], threshold float64) (vendors.Answer, error) {
	threshold, err := namesearch.Threshold(threshold, DefaultThreshold)
	if err != nil {
		return vendors.Answer{}, err
	}
	person, err := g.Open(ctx, consent.RecipientWatchman)
	if err != nil {
		return vendors.Answer{}, err
	}
	subject, err := namesearch.Read(person)
	if err != nil {
		return vendors.Answer{}, err
	}
	// First the lists: where none is loaded the name need not leave the house.
	var info listInfo
	lists, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v2/listinfo", Into: &info})
	if err != nil {
		return vendors.Answer{}, err
	}
	if info.Lists[needed] <= 0 || info.Hashes[needed] == "" || info.EndedAt.IsZero() {
		return vendors.Answer{}, vendors.Unclear(consent.RecipientWatchman, lists.Status, "has not loaded the list "+needed)
	}
	var a answer
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v2/search", Query: url.Values{
		"name": {subject.Name}, "type": {"person"}, "birthDate": {subject.Born}, "limit": {strconv.Itoa(namesearch.Most)},
		"minMatch": {strconv.FormatFloat(threshold-namesearch.Near, 'f', 4, 64)}, "requestID": {g.OrderKey()},
	}, Fields: namesearch.Sent(person), Into: &a})
	if err != nil {
		return vendors.Answer{}, err
	}
	best, err := a.best(subject, reply.Status)
	if err != nil {
		return vendors.Answer{}, err
	}
	edition := info.edition()
	raw, err := json.Marshal(result{Edition: edition, Threshold: threshold, ListInfo: lists.Body, Answer: reply.Body})
	if err != nil {
		return vendors.Answer{}, fmt.Errorf("watchman: write the result: %w", err)
	}
	return vendors.Answer{Findings: []onboarding.Finding{namesearch.Finding(best >= threshold, best, edition)}, Raw: raw}, nil
}

// best gives the best score among the entries. Watchman answers 200 with
// "entities":null both when nothing looks alike and when it could not read what
// was asked. The two differ in the query that it sends back, so only an answer to
// our own name, kind and day is evidence.
func (a answer) best(s namesearch.Subject, status int) (float64, error) {
	q := a.Query
	if q.Name != s.Name || q.Type != "person" || q.Person == nil || q.Person.BirthDate == nil || q.Person.BirthDate.Format(time.DateOnly) != s.Born {
		return 0, vendors.Unclear(consent.RecipientWatchman, status, "did not search for what was asked")
	}
	best := 0.0
	for _, e := range a.Entities {
		if e.Type != "person" || e.List == "" || e.SourceID == "" || !namesearch.Score(e.Match) {
			return 0, vendors.Unclear(consent.RecipientWatchman, status, "gave an entry that is not in the agreed form")
		}
		best = max(best, *e.Match)
	}
	return best, nil
}

// edition names what was searched: the day on which the lists were loaded, and the
// beginning of a hash over names, sizes and hashes of all of them.
func (i listInfo) edition() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(i.Lists)) {
		fmt.Fprintf(h, "%s %d %s\n", name, i.Lists[name], i.Hashes[name])
	}
	return i.EndedAt.UTC().Format(time.DateOnly) + "/" + hex.EncodeToString(h.Sum(nil))[:12]
}
