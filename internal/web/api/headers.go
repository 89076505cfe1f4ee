package api

import (
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const (
	policyHeader = "RateLimit-Policy"
	rateHeader   = "RateLimit"
	retryHeader  = "Retry-After"
	whoHeader    = "WWW-Authenticate"
)

// headers are those that more than one operation answers with, as the document tells.
func headers() map[string]*huma.Header {
	text := func(says string, example any) *huma.Header {
		return &huma.Header{Description: says, Schema: &huma.Schema{Type: huma.TypeString}, Example: example}
	}
	return map[string]*huma.Header{
		policyHeader: text("How much the key may ask: q requests in w seconds (draft-ietf-httpapi-ratelimit-headers). Not sent by a deployment without limits, nor with what is refused because of the key.", `"key";q=100;w=2`),
		rateHeader:   text("How much of it is left: r requests, and in t seconds it is whole again", `"key";r=99;t=1`),
		retryHeader: {Description: "How many seconds to wait before the same request is sent again; nothing was done", Example: 2,
			Schema: &huma.Schema{Type: huma.TypeInteger, Minimum: new(1.0)}},
		replayedHeader: text("Sent when this is the first answer once more, and nothing was done: the Idempotency-Key was used before", "true"),
		whoHeader:      text("How to say who asks (RFC 9110, 11.6.1)", "Bearer"),
	}
}

// tellHeaders writes into the document which answers carry which of the headers, as
// authenticate, limited and idempotent send them.
func tellHeaders(doc *huma.OpenAPI) {
	if doc.Components.Headers == nil {
		doc.Components.Headers = map[string]*huma.Header{}
	}
	for name, h := range headers() {
		doc.Components.Headers[name] = h
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				tellHeadersOf(op, op == item.Post && !ownKeys[op.OperationID])
			}
		}
	}
}

func tellHeadersOf(op *huma.Operation, kept bool) {
	tooMuch := strconv.Itoa(http.StatusTooManyRequests)
	notNow := strconv.Itoa(web.StatusOf(&onboarding.Error{Code: onboarding.CodeNotNow}))
	for status, r := range op.Responses {
		names := []string{policyHeader, rateHeader}
		switch {
		case status == strconv.Itoa(http.StatusUnauthorized): // the key is not known, so nothing is counted
			names = []string{whoHeader}
		case status == tooMuch, status == notNow && kept:
			names = append(names, retryHeader)
		case status < "300" && kept:
			names = append(names, replayedHeader)
		}
		if r.Headers == nil {
			r.Headers = map[string]*huma.Header{}
		}
		for _, name := range names {
			r.Headers[name] = &huma.Header{Ref: "#/components/headers/" + name}
		}
	}
}
