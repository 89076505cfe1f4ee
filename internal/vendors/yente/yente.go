// Package yente has OpenSanctions' matching service, yente, look for a person on
// sanctions lists (GET /catalog, POST /match/{dataset}): OpenSanctions' own, or one
// that the operator runs. Shapes are those of yente's own source as of 2026-11.
// Name and date of birth are all that is sent.
package yente

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/namesearch"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// DefaultThreshold counts when a program names none. It is yente's own.
const DefaultThreshold = 0.7

// Dataset is the collection of all sanctions lists that OpenSanctions has.
const Dataset = "sanctions"

const (
	algorithm = "logic-v2"
	asked     = "q1" // our name for the one query; an answer is an answer to it
	// bodyLimit: the catalog describes some hundred data sets.
	bodyLimit = 16 << 20
	// catalogHolds is how long yente itself lets its catalog be kept.
	catalogHolds = 5 * time.Minute
)

// Config says how yente is reached.
type Config struct {
	BaseURL        string
	APIKey         string // empty for a yente of one's own, which asks for none
	Dataset        string // the constant Dataset when empty
	Timeout        time.Duration
	Transport      http.RoundTripper
	TracerProvider trace.TracerProvider
	Now            func() time.Time // time.Now when nil
}

// Client is the adapter. It is safe for concurrent use.
type Client struct {
	out     *outbound.Client
	dataset string
	now     func() time.Time

	mu      sync.Mutex
	edition string // as of asOf
	asOf    time.Time
}

var datasetForm = regexp.MustCompile(`^[a-z0-9_]{1,80}$`)

// New makes a Client; see outbound.New for the addresses that it refuses.
func New(cfg Config) (*Client, error) {
	if cfg.Dataset == "" {
		cfg.Dataset = Dataset
	}
	if !datasetForm.MatchString(cfg.Dataset) {
		return nil, fmt.Errorf("yente: the name of a data set is small letters, digits and underscores, such as %s", Dataset)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	var auth outbound.Auth
	if cfg.APIKey != "" {
		auth = func(r *http.Request) { r.Header.Set("Authorization", "ApiKey "+cfg.APIKey) }
	}
	out, err := outbound.New(outbound.Config{Vendor: consent.RecipientYente, BaseURL: cfg.BaseURL, Auth: auth, Allow: namesearch.Fields(),
		Timeout: cfg.Timeout, BodyLimit: bodyLimit, Transport: cfg.Transport, TracerProvider: cfg.TracerProvider})
	if err != nil {
		return nil, err
	}
	return &Client{out: out, dataset: cfg.Dataset, now: cfg.Now}, nil
}

// request is the body of POST /match/{dataset}.
type request struct {
	Queries map[string]example `json:"queries"`
}

type example struct {
	Schema     string              `json:"schema"`
	Properties map[string][]string `json:"properties"`
}

// answer is the part of its answer that we read. Pointers tell a member that is
// not there from one that is 0 or false.
type answer struct {
	Responses map[string]struct {
		Status  *int      `json:"status"`
		Results *[]entity `json:"results"`
		Total   *struct {
			Value *int `json:"value"` // entries over the threshold
		} `json:"total"`
		Query example `json:"query"` // what yente took us to ask
	} `json:"responses"`
}

type entity struct {
	ID     string   `json:"id"`
	Schema string   `json:"schema"`
	Score  *float64 `json:"score"`
	Match  *bool    `json:"match"`
	// Features are what the score was made of, by yente's names. Which there are
	// and of what sort is the algorithm's business: nothing rests on them.
	Features map[string]any `json:"features"`
}

// result is what is sealed of one screening.
type result struct {
	Dataset   string          `json:"dataset"`
	Edition   string          `json:"edition"`
	Threshold float64         `json:"threshold"`
	Answer    json.RawMessage `json:"answer"` // as received
}

// Screen spends the grant and has its person looked for. threshold 0 is
// DefaultThreshold. An entry at or over it makes one finding to consider, with the
// best score; none makes clear. Errors: those of Grant.Open, CodeInvalid when the
// grant opens no whole name or date of birth or the threshold is not within 0.5 to
// 1, those of outbound.Client.Do, CodeVendorRefused when the month's quota is
// spent, and CodeVendorUnclear when yente has not loaded the data set or did not
// search for what was asked.
func (c *Client) Screen(ctx context.Context, g consent.Grant[consent.Screening], threshold float64) (vendors.Answer, error) {
	threshold, err := namesearch.Threshold(threshold, DefaultThreshold)
	if err != nil {
		return vendors.Answer{}, err
	}
	person, err := g.Open(ctx, consent.RecipientYente)
	if err != nil {
		return vendors.Answer{}, err
	}
	subject, err := namesearch.Read(person)
	if err != nil {
		return vendors.Answer{}, err
	}
	// First the edition: where nothing is loaded the name need not leave the house.
	edition, err := c.loaded(ctx)
	if err != nil {
		return vendors.Answer{}, quota(err)
	}
	decimal := func(f float64) string { return strconv.FormatFloat(f, 'f', 4, 64) }
	var a answer
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/match/{dataset}", Params: map[string]string{"dataset": c.dataset},
		// Without a cutoff of its own yente leaves out what lies at the threshold to
		// the dot.
		Query: url.Values{"algorithm": {algorithm}, "threshold": {decimal(threshold)}, "cutoff": {decimal(threshold - namesearch.Near)},
			"limit": {strconv.Itoa(namesearch.Most)}},
		JSON: request{Queries: map[string]example{asked: {Schema: "Person",
			Properties: map[string][]string{"name": {subject.Name}, "birthDate": {subject.Born}}}}},
		Fields: namesearch.Sent(person), Into: &a})
	if err != nil {
		return vendors.Answer{}, quota(err)
	}
	over, best, parts, err := a.best(subject, threshold, reply.Status)
	if err != nil {
		return vendors.Answer{}, err
	}
	raw, err := json.Marshal(result{Dataset: c.dataset, Edition: edition, Threshold: threshold, Answer: reply.Body})
	if err != nil {
		return vendors.Answer{}, fmt.Errorf("yente: write the result: %w", err)
	}
	finding := namesearch.Finding(over, best, edition)
	if over {
		finding.Parts = parts
	}
	return vendors.Answer{Findings: []onboarding.Finding{finding}, Raw: raw}, nil
}

// quota makes a 429 final. OpenSanctions counts by the month: trying again would
// keep the check busy until somebody looks, and they may as well look now. One that
// says how long to wait is a passing one and stays what it is.
func quota(err error) error {
	var p *vendors.Problem
	if !errors.As(err, &p) || p.Status != http.StatusTooManyRequests || p.Wait > 0 {
		return err
	}
	return vendors.Fail(onboarding.CodeVendorRefused, vendors.Problem{Vendor: consent.RecipientYente, Status: p.Status},
		"is busy: this month's quota is used up", "Raise the quota with OpenSanctions, then retry the check.")
}

// best gives the best score among the entries with its parts, and whether one
// reached the threshold by yente's word or by its score.
func (a answer) best(s namesearch.Subject, threshold float64, status int) (over bool, best float64, parts map[string]float64, err error) {
	bad := func(what string) (bool, float64, map[string]float64, error) {
		return false, 0, nil, vendors.Unclear(consent.RecipientYente, status, what)
	}
	r, ok := a.Responses[asked]
	if !ok || r.Status == nil || *r.Status != http.StatusOK || r.Results == nil || r.Total == nil || r.Total.Value == nil {
		return bad("gave no answer to the query")
	}
	// yente drops a property that it cannot read and searches without it.
	if r.Query.Schema != "Person" || len(r.Query.Properties["name"]) == 0 || !slices.Contains(r.Query.Properties["birthDate"], s.Born) {
		return bad("did not search for what was asked")
	}
	for _, e := range *r.Results {
		if e.ID == "" || e.Schema == "" || e.Match == nil || !namesearch.Score(e.Score) {
			return bad("gave an entry that is not in the agreed form")
		}
		over = over || *e.Match || *e.Score >= threshold
		if *e.Score > best {
			best, parts = *e.Score, e.parts()
		}
	}
	if *r.Total.Value > 0 && !over {
		return bad("counts entries that it does not show")
	}
	return over, best, parts, nil
}
