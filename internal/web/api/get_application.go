package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Check is one check of an application.
type Check struct {
	Name      string    `json:"name"`
	Status    string    `json:"status" enum:"pending,running,waiting,passed,flagged,failed,waived,canceled"`
	Verdict   string    `json:"verdict" doc:"clear, consider or could_not_complete; empty until there is one"`
	Vendor    string    `json:"vendor"`
	Round     int       `json:"round"`
	Problem   string    `json:"problem" doc:"Code of what stopped it, when failed"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Head is the end of an applicant's ledger as known to be stored.
type Head struct {
	Seq  uint64 `json:"seq"`
	Hash string `json:"hash"`
}

// Status is an application.
type Status struct {
	ID         string    `json:"id"`
	Program    string    `json:"program"`
	Stage      string    `json:"stage" enum:"signup,validation,vetting,certification,certified,declined,withdrawn,expired,erased"`
	Attention  string    `json:"attention" enum:"none,applicant,recruiter,reviewer,ops,privacy"`
	Checks     []Check   `json:"checks"`
	Outcome    string    `json:"outcome" enum:",certified,declined,withdrawn,expired"`
	WaitsFor   string    `json:"waits_for"`
	Credential string    `json:"credential" doc:"ID of its public page, /verify/{id}; empty until issued"`
	Ledger     Head      `json:"ledger"`
	UpdatedAt  time.Time `json:"updated_at"`
	// Requirements is what the certification asks for.
	Requirements []Requirement `json:"requirements"`
	// Certificate is there once there is one.
	Certificate *Certificate `json:"certificate,omitempty"`
	// Form is there while a decision is waited for that would need it.
	Form *Form `json:"assessment_form,omitempty"`
}

// Certificate is how a certificate stands.
type Certificate struct {
	Issued  time.Time  `json:"issued"`
	Expires time.Time  `json:"expires"`
	Revoked *time.Time `json:"revoked,omitempty"`
	Reason  string     `json:"reason,omitempty" doc:"The kind of reason for which it was revoked"`
	Renewal string     `json:"renewal" enum:"none,later,open,under_way,refused" doc:"none: the program does not renew"`
}

func certificateOf(v workflows.StaffView) *Certificate {
	if v.Credential.Issued.IsZero() {
		return nil
	}
	c := Certificate{Issued: v.Credential.Issued, Expires: v.Credential.Expires, Revoked: moment(v.Credential.Revoked), Reason: string(v.Credential.Why), Renewal: "later"}
	switch r := v.Renewal; {
	case !r.Refused.IsZero():
		c.Renewal = "refused"
	case !r.Confirmed.IsZero():
		c.Renewal = "under_way"
	case !r.Opened.IsZero():
		c.Renewal = "open"
	case r.Opens.IsZero():
		c.Renewal = "none"
	}
	return &c
}

// Form is the individualized assessment that a decision against the applicant
// needs where the work is done.
type Form struct {
	Title    string   `json:"title"`
	Citation string   `json:"citation"`
	Factors  []Factor `json:"factors"`
}

// Factor is one point to weigh.
type Factor struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

func statusOf(v workflows.StaffView) Status {
	s := Status{ID: string(v.Applicant), Program: v.Program, Stage: string(v.Stage), Attention: string(v.Attention), Outcome: string(v.Outcome),
		WaitsFor: v.Wait.For, Ledger: Head{Seq: v.Ledger.Seq, Hash: v.Ledger.Head}, UpdatedAt: v.UpdatedAt, Checks: []Check{}, Requirements: requirementsOf(v),
		Certificate: certificateOf(v)}
	if v.Stage == onboarding.StageCertified || v.Outcome == onboarding.OutcomeCertified || !v.Credential.Issued.IsZero() {
		s.Credential = v.Credential.ID
	}
	for _, k := range v.Checks {
		s.Checks = append(s.Checks, Check{Name: string(k.Name), Status: string(k.Status), Verdict: string(k.Verdict), Vendor: k.Vendor,
			Round: k.Round, Problem: k.Problem, UpdatedAt: k.UpdatedAt})
	}
	if v.Form.Asked() {
		s.Form = &Form{Title: v.Form.Title, Citation: v.Form.Citation}
		for _, f := range v.Form.Factors {
			s.Form.Factors = append(s.Form.Factors, Factor{ID: f.ID, Text: f.Text})
		}
	}
	return s
}

type statusOutput struct{ Body Status }

func (h handler) getApplication(a huma.API) {
	huma.Register(a, operation("get-application", http.MethodGet, "/applications/{id}", "Where an application stands", http.StatusOK),
		func(ctx context.Context, in *IDInput) (*statusOutput, error) {
			id, err := in.parse()
			if err != nil {
				return nil, problem(err)
			}
			v, err := h.Service.StaffView(ctx, id)
			if err != nil {
				return nil, problem(err)
			}
			return &statusOutput{Body: statusOf(v)}, nil
		})
}
