package outbound

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-resty/resty/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
)

// Call is one request to the vendor.
type Call struct {
	Method string
	Path   string            // pattern below BaseURL, "/v1/orders/{id}": what spans show
	Params map[string]string // the pattern's values
	Query  url.Values
	JSON   any        // body; at most one of JSON and Form
	Form   url.Values // body
	// IdempotencyKey is sent as Idempotency-Key.
	IdempotencyKey string
	// Fields names every field of the person that this call carries, wherever
	// it stands: body, query or path.
	Fields []onboarding.Field
	// Accept lists statuses outside 2xx that are an answer to this call and no
	// error. Their bodies are not decoded.
	Accept []int
	// Into takes the JSON of a 2xx answer; nil when the answer does not matter.
	Into any
}

// Reply is what came back.
type Reply struct {
	Status int
	Body   []byte // as received, unpacked
}

// Do makes the call, once. Nothing is sent, and the error has CodeNotAllowed,
// when it carries a field that the vendor may not get (obligation 38). Other
// errors are those of package vendors:
//
//	CodeVendorRefused   400, 401, 402, 403, 404, 422 and the other 4xx; an answer larger than the limit
//	CodeVendorBusy      409 (the same request is in flight), 425, 429, 503
//	CodeVendorDown      408, 502, 504, no connection, no answer in time
//	CodeVendorUnclear   other 5xx, redirects, and 2xx with anything but the JSON that Into asks for
func (c *Client) Do(ctx context.Context, call Call) (Reply, error) {
	start := time.Now()
	reply, err := c.do(ctx, call)
	c.metrics.record(ctx, c.cfg.Vendor, err, time.Since(start))
	return reply, err
}

func (c *Client) do(ctx context.Context, call Call) (Reply, error) {
	for _, f := range call.Fields {
		if !slices.Contains(c.cfg.Allow, f) {
			return Reply{}, &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: string(f),
				Message: fmt.Sprintf("%s may not get the field %q.", c.cfg.Vendor, string(f)),
				Hint:    "Nothing was sent. This is a fault of ours: tell the operator."}
		}
	}
	target, shown, err := c.address(call)
	if err != nil {
		return Reply{}, err
	}
	ctx, cancel := context.WithTimeout(withShown(ctx, shown), c.cfg.Timeout)
	defer cancel()
	req := c.rest.R().SetContext(ctx).SetHeader("Accept", "application/json")
	if call.IdempotencyKey != "" {
		req.SetHeader("Idempotency-Key", call.IdempotencyKey)
	}
	switch {
	case call.JSON != nil && call.Form != nil:
		return Reply{}, fmt.Errorf("outbound: a call to %s has two bodies", c.cfg.Vendor)
	case call.JSON != nil:
		body, err := json.Marshal(call.JSON)
		if err != nil { // its text may quote a value
			return Reply{}, fmt.Errorf("outbound: the body of a call to %s does not marshal", c.cfg.Vendor)
		}
		req.SetHeader("Content-Type", "application/json").SetBody(body)
	case call.Form != nil:
		// The type goes out with an empty form as well, which resty leaves bare.
		req.SetHeader("Content-Type", "application/x-www-form-urlencoded").SetFormDataFromValues(call.Form)
	}
	resp, err := req.Execute(call.Method, target)
	if err != nil {
		return Reply{}, c.noAnswer(resp, err)
	}
	return c.read(call, resp)
}

var hole = regexp.MustCompile(`\{([a-z0-9_]+)\}`)

// address gives the URL that is called and the one that may be shown.
func (c *Client) address(call Call) (target string, shown *url.URL, err error) {
	used := 0
	path := hole.ReplaceAllStringFunc(call.Path, func(m string) string {
		v, ok := call.Params[m[1:len(m)-1]]
		if !ok || v == "" || v == "." || v == ".." {
			err = fmt.Errorf("outbound: %s: the path %s has no value for %s", c.cfg.Vendor, call.Path, m)
			return m
		}
		used++
		return url.PathEscape(v)
	})
	if err != nil {
		return "", nil, err
	}
	if used != len(call.Params) || !strings.HasPrefix(path, "/") {
		return "", nil, fmt.Errorf("outbound: %s: the path %s and its values do not fit", c.cfg.Vendor, call.Path)
	}
	target = c.base.String() + path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	shown = &url.URL{Scheme: c.base.Scheme, Host: c.base.Host, Path: c.base.Path + hole.ReplaceAllString(call.Path, ":$1")}
	return target, shown, nil
}

// noAnswer maps an attempt that ended without a whole answer. *url.Error, whose
// text has the query in it, ends here.
func (c *Client) noAnswer(resp *resty.Response, err error) error {
	status := 0
	if resp != nil && resp.RawResponse != nil {
		status = resp.StatusCode()
	}
	p := vendors.Problem{Vendor: c.cfg.Vendor, Status: status}
	switch {
	case errors.Is(err, resty.ErrResponseBodyTooLarge) && status/100 != 2:
		return c.refusal(resp, nil)
	case errors.Is(err, resty.ErrResponseBodyTooLarge):
		return vendors.Fail(onboarding.CodeVendorRefused, p, fmt.Sprintf("answered with more than %d bytes", c.cfg.BodyLimit),
			"It will not get smaller: look into it with the vendor.")
	}
	if out, ok := vendors.PausedFor(err); ok {
		p.Err = &out
		return vendors.Fail(onboarding.CodeVendorDown, p, "could not be asked: "+out.Error(), "It is asked again as soon as it answers.")
	}
	l := lose(err)
	p.Err = l
	return vendors.Fail(onboarding.CodeVendorDown, p, "could not be reached: "+l.why, "It is asked again later.")
}

func (c *Client) read(call Call, resp *resty.Response) (Reply, error) {
	reply := Reply{Status: resp.StatusCode(), Body: resp.Body()}
	if slices.Contains(call.Accept, reply.Status) {
		return reply, nil
	}
	if reply.Status/100 != 2 { // resty's err is nil for any status
		return Reply{}, c.refusal(resp, reply.Body)
	}
	if call.Into == nil {
		return reply, nil
	}
	kind, _, err := mime.ParseMediaType(resp.Header().Get("Content-Type"))
	if err != nil || (kind != "application/json" && !strings.HasSuffix(kind, "+json")) {
		return Reply{}, vendors.Unclear(c.cfg.Vendor, reply.Status, "answered with something that is not JSON")
	}
	if !decode(reply.Body, call.Into) {
		return Reply{}, vendors.Unclear(c.cfg.Vendor, reply.Status, "gave an answer that is not in the agreed form")
	}
	return reply, nil
}

// decode is strict where it protects us: wrong types, "null" for an answer,
// broken text and anything after the value are refused. Members that we do not
// know are let pass, since vendors grow. encoding/json's error is not used: it
// quotes values.
func decode(body []byte, into any) bool {
	if trimmed := strings.TrimLeft(string(body[:min(len(body), 64)]), " \t\r\n"); trimmed == "" || (trimmed[0] != '{' && trimmed[0] != '[') {
		return false
	}
	return utf8.Valid(body) && json.Unmarshal(body, into) == nil
}

// refusal maps a status that is no answer.
func (c *Client) refusal(resp *resty.Response, body []byte) error {
	status := resp.StatusCode()
	p := vendors.Problem{Vendor: c.cfg.Vendor, Status: status}
	if c.cfg.ErrorCode != nil && len(body) > 0 {
		p.Code = c.cfg.ErrorCode(body)
	}
	const later = "It is asked again later."
	wait := func() vendors.Problem {
		p.Wait = retryAfter(resp.Header(), c.cfg.Now())
		return p
	}
	switch {
	case status/100 == 3:
		return vendors.Fail(onboarding.CodeVendorUnclear, p, "answered with a redirect, which is not followed",
			"Check the vendor's address in the configuration.")
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		return vendors.Fail(onboarding.CodeVendorRefused, p, "did not accept our credentials",
			"Check the vendor's key in the configuration and what the account may do.")
	case status == http.StatusPaymentRequired:
		return vendors.Fail(onboarding.CodeVendorRefused, p, "wants to be paid first", "Check the account with the vendor.")
	case status == http.StatusConflict:
		return vendors.Fail(onboarding.CodeVendorBusy, wait(), "is still at work on the same request", later)
	case status == http.StatusTooEarly || status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable:
		return vendors.Fail(onboarding.CodeVendorBusy, wait(), "asks us to wait", later)
	case status == http.StatusRequestTimeout || status == http.StatusBadGateway || status == http.StatusGatewayTimeout:
		return vendors.Fail(onboarding.CodeVendorDown, wait(), "is not available", later)
	case status/100 == 4:
		return vendors.Fail(onboarding.CodeVendorRefused, p, "refused the request",
			"Correct what was sent, or move the check to another vendor.")
	}
	return vendors.Fail(onboarding.CodeVendorUnclear, wait(), "failed to answer", later)
}

// longestWait keeps a vendor's clock, or its humour, from parking a check.
const longestWait = 24 * time.Hour

// retryAfter reads Retry-After, in seconds or as an HTTP date, and else
// X-Ratelimit-Reset as an ISO time (Checkr's form). 0 means that nothing
// usable was said.
func retryAfter(h http.Header, now time.Time) time.Duration {
	wait := time.Duration(0)
	if v := strings.TrimSpace(h.Get("Retry-After")); v != "" {
		if s, err := strconv.ParseInt(v, 10, 64); err == nil {
			wait = time.Duration(min(s, int64(longestWait/time.Second))) * time.Second
		} else if at, err := http.ParseTime(v); err == nil {
			wait = at.Sub(now)
		}
	}
	if wait <= 0 {
		if at, err := time.Parse(time.RFC3339, strings.TrimSpace(h.Get("X-Ratelimit-Reset"))); err == nil {
			wait = at.Sub(now)
		}
	}
	return min(max(wait, 0), longestWait)
}
