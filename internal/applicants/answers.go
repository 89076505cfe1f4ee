package applicants

import (
	"context"
	"encoding/json"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
)

// Answers remembers what requests with an Idempotency-Key were answered
// (draft-ietf-httpapi-idempotency-key-header): the same key and request get the first
// answer again. It is kept sealed in the vault bucket, for each caller apart.
type Answers struct {
	Objects Objects
	Vault   AnswerVault
	Now     func() time.Time // time.Now when nil
}

// AnswerVault seals answers; *vault.Vault is one.
type AnswerVault interface {
	shelf.Sealer
	LookupHash(kind, value string) string
}

// GivenAnswer is what was answered.
type GivenAnswer struct {
	Status int               `json:"status"`
	Header map[string]string `json:"header"`
	Body   []byte            `json:"body"`
}

// Once is a request that has begun and whose answer is to be kept, or given up.
type Once struct {
	key, etag string
	kept      keptAnswer
}

type keptAnswer struct {
	Request string       `json:"request"` // keyed hash of what was asked
	Begun   time.Time    `json:"begun"`
	Answer  *GivenAnswer `json:"answer"` // nil while it is under way
	Free    bool         `json:"free"`   // it was given up: the key is as if never used
}

// decodeAnswer reads a kept answer; false when it is none.
func decodeAnswer(plain []byte, into *keptAnswer) bool { return json.Unmarshal(plain, into) == nil }

const (
	// KeepAnswers is how long an answer is given again.
	KeepAnswers = 48 * time.Hour
	// underWay is for how long a request that has no answer yet counts as under way:
	// more than any takes, so that one whose process died can be made again.
	underWay = 2 * time.Minute
)

// Begin begins a request of the caller's under the key. It gives the first answer, when
// there is one; or a Once, to be ended by End. CodeInvalid: the key was used for another
// request. CodeNotNow: the first one is under way still.
func (s *Answers) Begin(ctx context.Context, caller, key, request string) (*GivenAnswer, *Once, error) {
	o := &Once{key: answersPrefix + s.Vault.LookupHash("idempotency-answer", caller+"\x00"+key),
		kept: keptAnswer{Request: s.Vault.LookupHash("idempotency-request", request), Begun: s.now().UTC()}}
	for {
		was, etag, err := s.kept().Get(ctx, o.key)
		if err != nil {
			return nil, nil, err
		}
		age := s.now().Sub(was.Begun)
		switch {
		case etag == "" || was.Free || age >= KeepAnswers:
		case was.Request != o.kept.Request:
			return nil, nil, onboarding.Invalid("Idempotency-Key", "This Idempotency-Key was used for another request.", "Use a new key for each request.")
		case was.Answer != nil:
			return was.Answer, nil, nil
		case age < underWay:
			return nil, nil, &onboarding.Error{Code: onboarding.CodeNotNow, Field: "Idempotency-Key", Message: "The first request with this Idempotency-Key is under way.", Hint: "Send it again in a moment."}
		}
		if o.etag, err = s.kept().Put(ctx, o.key, o.kept, etag); err == nil {
			return nil, o, nil
		}
		if !s.Objects.IsConflict(err) {
			return nil, nil, err
		}
	}
}

// End keeps the answer; nil gives the request up, so that it can be made again.
func (s *Answers) End(ctx context.Context, o *Once, a *GivenAnswer) error {
	o.kept.Answer, o.kept.Free = a, a == nil
	_, err := s.kept().Put(ctx, o.key, o.kept, o.etag)
	return err
}

func (s *Answers) kept() shelf.Shelf[keptAnswer] {
	return shelf.Shelf[keptAnswer]{Objects: s.Objects, Sealer: s.Vault, In: "applicants", What: "a kept answer"}
}
