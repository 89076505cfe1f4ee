package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Proofs proves that records stand in signed checkpoints.
type Proofs interface {
	// Proof gives a record's proof as JSON, or CodeNotNow while no checkpoint has it.
	Proof(ctx context.Context, id onboarding.ApplicantID, seq uint64) (json.RawMessage, error)
}

// Proof is what shows that one record stands in a signed checkpoint. It has the record
// as it is stored and shows no other.
type Proof struct {
	Record     map[string]any `json:"record" doc:"The record as stored. Its members stand in the order in which they are hashed: check the answer as it came."`
	Chain      []string       `json:"chain" doc:"Hashes from the record to the root of its ledger's tree (RFC 6962), base64."`
	Leaf       string         `json:"leaf" doc:"The ledger's end, as it stands in the log."`
	Index      int64          `json:"index" doc:"The leaf's number in the log, from 0."`
	Log        []string       `json:"log" doc:"Hashes from the leaf to the log's root, base64."`
	Checkpoint string         `json:"checkpoint" doc:"The signed note (C2SP signed-note, tlog-checkpoint)."`
}

var proofType = reflect.TypeFor[Proof]()

type recordProofInput struct {
	IDInput
	Seq uint64 `path:"seq" doc:"The record's number."`
}

type recordProofOutput struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (h handler) proveRecord(a huma.API) {
	op := operation("prove-record", http.MethodGet, "/applications/{id}/ledger/{seq}/proof", "Prove that a record stands in a signed checkpoint", http.StatusOK)
	op.Responses = map[string]*huma.Response{"200": {Description: "The proof.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: huma.SchemaFromType(a.OpenAPI().Components.Schemas, proofType)}}}}
	huma.Register(a, op, func(ctx context.Context, in *recordProofInput) (*recordProofOutput, error) {
		id, err := in.parse()
		if err != nil {
			return nil, problem(err)
		}
		body, err := h.Proofs.Proof(ctx, id, in.Seq)
		if err != nil {
			return nil, problem(err)
		}
		return &recordProofOutput{ContentType: "application/json", Body: body}, nil
	})
}
