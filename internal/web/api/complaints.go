package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Complaints is what the API does with complaints; *applicants.Service is one.
type Complaints interface {
	Complaints(ctx context.Context) ([]applicants.Complaint, error)
	Complain(ctx context.Context, id onboarding.ApplicantID, words string, by workflows.Actor) (string, error)
	OpenComplaint(ctx context.Context, id onboarding.ApplicantID, number string, as identity.Reading) (applicants.ComplaintRead, error)
	AnswerComplaint(ctx context.Context, id onboarding.ApplicantID, number, words string, by workflows.Actor) error
}

// Complaint is one, without its words.
type Complaint struct {
	Number     string     `json:"number"`
	Applicant  string     `json:"applicant"`
	Program    string     `json:"program"`
	At         time.Time  `json:"at"`
	Due        time.Time  `json:"due" doc:"When it is answered at the latest"`
	AnsweredAt *time.Time `json:"answered_at,omitempty"`
	Escalated  *time.Time `json:"escalated_at,omitempty" doc:"When the privacy officer was told that it is overdue"`
}

// ComplaintText is one with its words; that it was read stands in the ledger.
type ComplaintText struct {
	Complaint
	Words  string `json:"words"`
	Answer string `json:"answer"`
}

func complaintOf(c applicants.Complaint) Complaint {
	return Complaint{Number: c.Number, Applicant: string(c.Applicant), Program: c.Program, At: c.At, Due: c.Due, AnsweredAt: moment(c.AnsweredAt), Escalated: moment(c.EscalatedAt)}
}

// ComplaintInput names a complaint in the address.
type ComplaintInput struct {
	IDInput
	Complaint string `path:"complaint" maxLength:"20"`
}

// complaints registers what is done with complaints.
func (h handler) complaints(a huma.API) {
	if h.Complaints == nil {
		return
	}
	huma.Register(a, operation("list-complaints", http.MethodGet, "/complaints", "Complaints, the most urgent first, without their words", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*struct {
			Body struct {
				Items []Complaint `json:"items"`
			}
		}, error) {
			all, err := h.Complaints.Complaints(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &struct {
				Body struct {
					Items []Complaint `json:"items"`
				}
			}{}
			out.Body.Items = []Complaint{}
			for _, c := range all {
				out.Body.Items = append(out.Body.Items, complaintOf(c))
			}
			return out, nil
		})
	huma.Register(a, operation("post-complaint", http.MethodPost, "/applications/{id}/complaints", "Take in what somebody complains about", http.StatusOK),
		func(ctx context.Context, in *struct {
			IDInput
			Body struct {
				Words string `json:"words" minLength:"1" maxLength:"5000" doc:"Kept sealed"`
			}
		}) (*struct {
			Body struct {
				Number string `json:"number"`
			}
		}, error) {
			id, err := in.parse()
			var number string
			if err == nil {
				number, err = h.Complaints.Complain(ctx, id, in.Body.Words, actor(ctx))
			}
			if err != nil {
				return nil, problem(err)
			}
			out := &struct {
				Body struct {
					Number string `json:"number"`
				}
			}{}
			out.Body.Number = number
			return out, nil
		})
	huma.Register(a, operation("open-complaint", http.MethodPost, "/applications/{id}/complaints/{complaint}/open", "Read a complaint; that it is read stands in the ledger first", http.StatusOK),
		func(ctx context.Context, in *ComplaintInput) (*struct{ Body ComplaintText }, error) {
			id, err := in.parse()
			var r applicants.ComplaintRead
			var as identity.Reading
			if err == nil {
				as, err = keyOf(ctx).Reads(identity.AnswerComplaint, identity.ToAnswer)
			}
			if err == nil {
				r, err = h.Complaints.OpenComplaint(ctx, id, in.Complaint, as)
			}
			if err != nil {
				return nil, problem(err)
			}
			return &struct{ Body ComplaintText }{ComplaintText{complaintOf(r.Complaint), r.Says, r.Answers}}, nil
		})
	huma.Register(a, operation("answer-complaint", http.MethodPost, "/applications/{id}/complaints/{complaint}/answer", "Answer a complaint, in words that the applicant reads", http.StatusNoContent),
		func(ctx context.Context, in *struct {
			ComplaintInput
			Body struct {
				Answer string `json:"answer" minLength:"1" maxLength:"5000"`
			}
		}) (*struct{}, error) {
			id, err := in.parse()
			if err == nil {
				err = h.Complaints.AnswerComplaint(ctx, id, in.Complaint, in.Body.Answer, actor(ctx))
			}
			if err != nil {
				return nil, problem(err)
			}
			return nil, nil
		})
}
