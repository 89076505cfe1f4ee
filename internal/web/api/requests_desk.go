package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// RequestDesk is what the privacy officer does with data requests and erasures;
// *applicants.Service is one.
type RequestDesk interface {
	Requests(ctx context.Context) ([]workflows.RequestView, error)
	Request(ctx context.Context, request string) (workflows.RequestView, error)
	// RequestWordsRead is recorded in the ledger before it answers.
	RequestWordsRead(ctx context.Context, request string, as identity.Reading) (asked, answered string, err error)
	OpenRequest(ctx context.Context, id onboarding.ApplicantID, kind workflows.RequestKind, from workflows.RequestFrom, words string, by workflows.Actor) (string, error)
	AnswerRequest(ctx context.Context, request string, granted bool, words string, by workflows.Actor) error
	ExtendRequest(ctx context.Context, request string, why workflows.ExtendReason, by workflows.Actor) error
	Erasures(ctx context.Context) ([]workflows.ErasureView, error)
	VendorErased(ctx context.Context, id onboarding.ApplicantID, vendor, answer string, by workflows.Actor) error
}

// PersonsRequest is a request about somebody's data as the privacy officer sees it,
// without what was written in it.
type PersonsRequest struct {
	ID        string     `json:"id"`
	Applicant string     `json:"applicant"`
	Program   string     `json:"program"`
	Kind      string     `json:"kind" doc:"access, correct, delete and what else is offered"`
	From      string     `json:"from" doc:"portal: the applicant, signed in. mail: taken in by staff. controller: the client, by the API"`
	TakenInBy string     `json:"taken_in_by,omitempty" doc:"Who took it in, as the ledger names them"`
	State     string     `json:"state" doc:"verify: who asks has still to prove who they are. open: it is to be answered. Others are over"`
	AskedAt   time.Time  `json:"asked_at"`
	Due       time.Time  `json:"due"`
	ProvedAt  *time.Time `json:"proved_at,omitempty"`
	Failures  int        `json:"failures" doc:"Tries at proving who one is that failed"`
	Escalated bool       `json:"escalated" doc:"Its day has come and it is not answered"`
	Extended  string     `json:"extended,omitempty" doc:"Why it has 30 days more"`
	Held      bool       `json:"held" doc:"A hold stands against the erasure"`
	EndedAt   *time.Time `json:"ended_at,omitempty"`
}

func personsRequestOf(v workflows.RequestView) PersonsRequest {
	return PersonsRequest{ID: v.ID, Applicant: string(v.Applicant), Program: v.Program, Kind: string(v.Kind), From: string(v.From), TakenInBy: string(v.Actor), State: string(v.State),
		AskedAt: v.AskedAt, Due: v.Due, ProvedAt: moment(v.ProvedAt), Failures: v.Failures, Escalated: v.Escalated, Extended: string(v.Extended), Held: v.Held, EndedAt: moment(v.EndedAt)}
}

type personsRequestOutput struct{ Body PersonsRequest }

type personsRequestsOutput struct {
	Body struct {
		Items []PersonsRequest `json:"items"`
	}
}

// RequestInput names a data request in the address.
type RequestInput struct {
	Request string `path:"request" maxLength:"60"`
}

func (h handler) requestDesk(a huma.API) {
	if h.RequestDesk == nil {
		return
	}
	h.listRequests(a)
	h.takeRequestIn(a)
	h.requestWords(a)
	h.answerRequest(a)
	h.extendRequest(a)
	h.erasures(a)
}

// personsRequest does something with a request and answers it as it stands then.
func (h handler) personsRequest(ctx context.Context, request string, do func() error) (*personsRequestOutput, error) {
	if do != nil {
		if err := do(); err != nil {
			return nil, problemIn(err, "body.")
		}
	}
	v, err := h.RequestDesk.Request(ctx, request)
	if err != nil {
		return nil, problem(err)
	}
	return &personsRequestOutput{Body: personsRequestOf(v)}, nil
}

func (h handler) listRequests(a huma.API) {
	huma.Register(a, operation("list-requests", http.MethodGet, "/requests", "The privacy officer's board: requests about people's data that are kept still, the newest first", http.StatusOK),
		func(ctx context.Context, in *struct {
			Open bool `query:"open" doc:"Those alone that are not over"`
		}) (*personsRequestsOutput, error) {
			all, err := h.RequestDesk.Requests(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &personsRequestsOutput{}
			out.Body.Items = []PersonsRequest{} // never null
			for _, v := range all {
				if !in.Open || !v.State.Over() {
					out.Body.Items = append(out.Body.Items, personsRequestOf(v))
				}
			}
			return out, nil
		})
	huma.Register(a, operation("get-request", http.MethodGet, "/requests/{request}", "One request about somebody's data, without what was written in it", http.StatusOK),
		func(ctx context.Context, in *RequestInput) (*personsRequestOutput, error) {
			return h.personsRequest(ctx, in.Request, nil)
		})
}

func (h handler) takeRequestIn(a huma.API) {
	o := operation("take-in-request", http.MethodPost, "/applications/{id}/requests", "Take in a request about somebody's data that came by mail or phone", http.StatusAccepted)
	o.Description = "Who asks is sent a link at which they prove who they are, before anything is disclosed or done. One of the kind that is open already is given again."
	huma.Register(a, o, func(ctx context.Context, in *struct {
		IDInput
		Body struct {
			Kind  string `json:"kind" maxLength:"20" example:"access" doc:"access: a copy, correct, delete, and what else is offered"`
			Words string `json:"words,omitempty" maxLength:"5000" doc:"For correct: what is to be corrected, in their words. It is kept sealed"`
		}
	}) (*personsRequestOutput, error) {
		id, err := in.parse()
		if err != nil {
			return nil, problem(err)
		}
		request, err := h.RequestDesk.OpenRequest(ctx, id, workflows.RequestKind(in.Body.Kind), workflows.RequestFromMail, in.Body.Words, actor(ctx))
		if err != nil {
			return nil, problemIn(err, "body.")
		}
		return h.personsRequest(ctx, request, nil)
	})
}

type requestWordsOutput struct {
	Body struct {
		Asked    string `json:"asked" doc:"What is to be corrected; empty: nothing was written"`
		Answered string `json:"answered" doc:"What they were answered; empty while they were not"`
	}
}

func (h handler) requestWords(a huma.API) {
	huma.Register(a, operation("open-request-words", http.MethodPost, "/requests/{request}/words", "Read what was written in a request; each reading is recorded first", http.StatusOK),
		func(ctx context.Context, in *RequestInput) (*requestWordsOutput, error) {
			as, err := h.reads(ctx, identity.AnswerData, identity.ToAnswer)
			if err != nil {
				return nil, err
			}
			out := &requestWordsOutput{}
			if out.Body.Asked, out.Body.Answered, err = h.RequestDesk.RequestWordsRead(ctx, in.Request, as); err != nil {
				return nil, problem(err)
			}
			return out, nil
		})
}

func (h handler) answerRequest(a huma.API) {
	huma.Register(a, operation("answer-request", http.MethodPost, "/requests/{request}/answer", "Grant a request, which carries it out, or refuse it", http.StatusOK),
		func(ctx context.Context, in *struct {
			RequestInput
			Body struct {
				Granted bool   `json:"granted"`
				Reason  string `json:"reason" minLength:"1" maxLength:"2000" doc:"What who asked reads"`
			}
		}) (*personsRequestOutput, error) {
			return h.personsRequest(ctx, in.Request, func() error {
				return h.RequestDesk.AnswerRequest(ctx, in.Request, in.Body.Granted, in.Body.Reason, actor(ctx))
			})
		})
}

func (h handler) extendRequest(a huma.API) {
	huma.Register(a, operation("extend-request", http.MethodPost, "/requests/{request}/extend", "Give a request 30 days more, once; the person is told why", http.StatusOK),
		func(ctx context.Context, in *struct {
			RequestInput
			Body struct {
				Why string `json:"why" enum:"complex,vendors,many" doc:"complex: there is much to look at. vendors: others hold a part of it. many: many requests came at once"`
			}
		}) (*personsRequestOutput, error) {
			return h.personsRequest(ctx, in.Request, func() error {
				return h.RequestDesk.ExtendRequest(ctx, in.Request, workflows.ExtendReason(in.Body.Why), actor(ctx))
			})
		})
}

// Erasure is one after which vendors are still to be asked by hand.
type Erasure struct {
	Applicant string          `json:"applicant"`
	Program   string          `json:"program"`
	Step      string          `json:"step"`
	Since     time.Time       `json:"since"`
	Vendors   []ErasureVendor `json:"vendors"`
}

// ErasureVendor is what became of a vendor's copy.
type ErasureVendor struct {
	Vendor string `json:"vendor"`
	ByHand bool   `json:"by_hand" doc:"It must be asked by hand"`
	Answer string `json:"answer,omitempty" doc:"Absent while it is to be asked"`
}

type erasuresOutput struct {
	Body struct {
		Items []Erasure `json:"items"`
	}
}

func (h handler) erasures(a huma.API) {
	listed := func(ctx context.Context) (*erasuresOutput, error) {
		all, err := h.RequestDesk.Erasures(ctx)
		if err != nil {
			return nil, problem(err)
		}
		out := &erasuresOutput{}
		out.Body.Items = []Erasure{} // never null
		for _, v := range all {
			e := Erasure{Applicant: string(v.Applicant), Program: v.Program, Step: string(v.Step), Since: v.Since, Vendors: []ErasureVendor{}}
			for _, x := range v.Vendors {
				e.Vendors = append(e.Vendors, ErasureVendor{Vendor: x.Vendor, ByHand: x.ByHand, Answer: x.Answer})
			}
			out.Body.Items = append(out.Body.Items, e)
		}
		return out, nil
	}
	huma.Register(a, operation("list-erasures", http.MethodGet, "/erasures", "Erasures after which vendors are still to be asked by hand", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*erasuresOutput, error) { return listed(ctx) })
	huma.Register(a, operation("mark-vendor-erased", http.MethodPost, "/applications/{id}/erasure", "Say what a vendor answered that was asked by hand to erase", http.StatusOK),
		func(ctx context.Context, in *struct {
			IDInput
			Body struct {
				Vendor string `json:"vendor" maxLength:"40"`
				Answer string `json:"answer" enum:"erased,nothing,refused" doc:"nothing: it keeps nothing of the person. refused: it must keep it, by its own duty"`
			}
		}) (*erasuresOutput, error) {
			id, err := in.parse()
			if err == nil {
				err = h.RequestDesk.VendorErased(ctx, id, in.Body.Vendor, in.Body.Answer, actor(ctx))
			}
			if err != nil {
				return nil, problemIn(err, "body.")
			}
			return listed(ctx)
		})
}
