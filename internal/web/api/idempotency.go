package api

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Answers keeps what was answered; *applicants.Answers is one.
type Answers interface {
	Begin(ctx context.Context, caller, key, request string) (*applicants.GivenAnswer, *applicants.Once, error)
	End(ctx context.Context, o *applicants.Once, a *applicants.GivenAnswer) error
}

const (
	keyHeader = "Idempotency-Key"
	maxKey    = 200
	// replayedHeader says that the answer is the first one's.
	replayedHeader = "Idempotency-Replayed"
)

// ownKeys are the operations whose answers are not kept. One takes the key itself: the
// same application makes one applicant for good, not for two days alone. Others
// answer with a secret, which is given once and stands nowhere; and a document is an
// applicant's, and goes with their key.
var ownKeys = map[string]bool{"post-application": true, "make-key": true, "rotate-key": true, "open-document": true, "open-hold": true, "fetch-legal-case": true, "open-legal-document": true}

// idempotent gives who sends a POST again with the same Idempotency-Key the first
// answer. Another request under the key is 422, one whose first is under way 409. What
// was refused or failed has done nothing, and is tried anew.
func (h handler) idempotent(a huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		key := ctx.Header(keyHeader)
		if key == "" || ctx.Method() != http.MethodPost || ownKeys[ctx.Operation().OperationID] {
			next(ctx)
			return
		}
		if len(key) > maxKey {
			_ = huma.WriteErr(a, ctx, http.StatusUnprocessableEntity, "The Idempotency-Key is longer than 200 characters.")
			return
		}
		body, err := io.ReadAll(io.LimitReader(ctx.BodyReader(), ctx.Operation().MaxBodyBytes+1))
		if err != nil {
			_ = huma.WriteErr(a, ctx, http.StatusBadRequest, "The request broke off.")
			return
		}
		address := ctx.URL()
		request := ctx.Method() + " " + address.RequestURI() + "\n" + string(body)
		first, once, err := h.Answers.Begin(ctx.Context(), keyOf(ctx.Context()).ID, key, request)
		if err != nil {
			if onboarding.CodeOf(err) == onboarding.CodeNotNow {
				ctx.SetHeader(retryHeader, "1")
			}
			refuse(a, ctx, problem(err))
			return
		}
		if first != nil {
			ctx.SetHeader(replayedHeader, "true")
			tell(ctx, first)
			return
		}
		r := &recorded{humaContext: ctx, body: bytes.NewReader(body), answer: applicants.GivenAnswer{Header: map[string]string{}}}
		ended := false
		defer func() {
			if !ended { // the handler panicked
				_ = h.Answers.End(context.WithoutCancel(ctx.Context()), once, nil) // it is free again after two minutes anyhow
			}
		}()
		next(r)
		ended = true
		r.answer.Body = r.out.Bytes()
		keep := &r.answer
		if r.answer.Status >= http.StatusMultipleChoices {
			keep = nil
		}
		// What was done is done, though the caller has gone. When the answer cannot be
		// kept it is given all the same: to say that it failed would be untrue.
		_ = h.Answers.End(context.WithoutCancel(ctx.Context()), once, keep)
		tell(ctx, &r.answer)
	}
}

// tell answers with what was recorded.
func tell(ctx huma.Context, a *applicants.GivenAnswer) {
	for name, value := range a.Header {
		ctx.SetHeader(name, value)
	}
	ctx.SetStatus(a.Status)
	_, _ = ctx.BodyWriter().Write(a.Body) // whoever asked has gone
}

// humaContext is huma's, under a name that is none of its methods.
type humaContext huma.Context

// recorded is a request whose body was read, and whose answer is held back.
type recorded struct {
	humaContext
	body   io.Reader
	answer applicants.GivenAnswer
	out    bytes.Buffer
}

// BodyReader gives the body that was read.
func (r *recorded) BodyReader() io.Reader { return r.body }

// SetStatus notes the status.
func (r *recorded) SetStatus(code int) { r.answer.Status = code }

// Status gives what was noted.
func (r *recorded) Status() int { return r.answer.Status }

// SetHeader notes a header.
func (r *recorded) SetHeader(name, value string) { r.answer.Header[name] = value }

// AppendHeader notes a header; ours have one value each.
func (r *recorded) AppendHeader(name, value string) { r.answer.Header[name] = value }

// BodyWriter holds the answer back.
func (r *recorded) BodyWriter() io.Writer { return &r.out }
