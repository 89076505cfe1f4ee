package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Requests is what a controller may instruct about the data of its program;
// *applicants.Service is one.
type Requests interface {
	OpenRequest(ctx context.Context, id onboarding.ApplicantID, kind workflows.RequestKind, from workflows.RequestFrom, words string, by workflows.Actor) (string, error)
	Request(ctx context.Context, request string) (workflows.RequestView, error)
}

// DataRequest is how far an instruction about an applicant's data is. It has nothing of
// the person: what is found goes to them and to nobody else.
type DataRequest struct {
	ID        string    `json:"id"`
	Applicant string    `json:"applicant"`
	Kind      string    `json:"kind" enum:"access,correct,amend,restrict,delete"`
	State     string    `json:"state" enum:"verify,open,done,refused,redirected,unproved"`
	AskedAt   time.Time `json:"asked_at"`
	Due       time.Time `json:"due" doc:"30 days after it was asked, or 60 when it was extended"`
	Stands    bool      `json:"stands" doc:"The restriction stands"`
	Held      bool      `json:"held" doc:"A legal hold stands against the erasure: it goes on when that is released"`
}

type dataRequestInput struct {
	IDInput
	Body struct {
		Kind  string `json:"kind" enum:"access,correct,amend,restrict,delete" doc:"access: the person gets a copy from us, you do not. amend: words stand beside the file. restrict: the data are stored and not used"`
		Words string `json:"words,omitempty" maxLength:"5000" doc:"For correct and amend: what is to be corrected, or to stand beside the file. It is kept sealed"`
	}
}

type dataRequestOutput struct{ Body DataRequest }

func dataRequestOf(v workflows.RequestView) *dataRequestOutput {
	return &dataRequestOutput{Body: DataRequest{ID: v.ID, Applicant: string(v.Applicant), Kind: string(v.Kind), State: string(v.State), AskedAt: v.AskedAt, Due: v.Due, Stands: v.Stands(), Held: v.Held}}
}

func (h handler) dataRequests(a huma.API) {
	if h.Requests == nil {
		return
	}
	o := operation("post-data-request", http.MethodPost, "/applications/{id}/data-requests", "Instruct us about an applicant's data, as their controller", http.StatusAccepted)
	o.Description = "For programs of which you are the controller and we work for you; for others it is 403. We have 30 days. Nothing of the person is disclosed to you."
	huma.Register(a, o, func(ctx context.Context, in *dataRequestInput) (*dataRequestOutput, error) {
		id, err := in.parse()
		if err != nil {
			return nil, problem(err)
		}
		request, err := h.Requests.OpenRequest(ctx, id, workflows.RequestKind(in.Body.Kind), workflows.RequestFromController, in.Body.Words, actor(ctx))
		if err != nil {
			return nil, problemIn(err, "body.")
		}
		v, err := h.Requests.Request(ctx, request)
		if err != nil {
			return nil, problem(err)
		}
		return dataRequestOf(v), nil
	})
	huma.Register(a, operation("get-data-request", http.MethodGet, "/data-requests/{request}", "See how far an instruction is", http.StatusOK), func(ctx context.Context, in *struct {
		Request string `path:"request" maxLength:"60"`
	}) (*dataRequestOutput, error) {
		v, err := h.Requests.Request(ctx, in.Request)
		if err == nil && v.From != workflows.RequestFromController { // what a person asks for is no controller's matter
			err = &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such request of yours.", Hint: "Use the ID that you were given."}
		}
		if err != nil {
			return nil, problem(err)
		}
		return dataRequestOf(v), nil
	})
}
