package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Requirement is one thing that the certification asks for.
type Requirement struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind" enum:"course,quiz,typing,listening,equipment,agreement,tax,live"`
	Status    string     `json:"status" enum:"locked,open,waiting,passed,failed,waived"`
	Attempt   int        `json:"attempt" doc:"The number of the attempt that comes next or is under way"`
	Attempts  int        `json:"attempts" doc:"Used up of those that there are"`
	Left      int        `json:"left" doc:"Of them; -1: as many as it takes"`
	Score     int        `json:"score" doc:"Of the last attempt"`
	Of        int        `json:"of" doc:"The most that could be had in it; 0: nothing was scored yet"`
	NotBefore *time.Time `json:"not_before,omitempty" doc:"The next attempt is not before it"`
	PassedAt  *time.Time `json:"passed_at,omitempty"`
	Slot      *time.Time `json:"slot,omitempty" doc:"The appointment that is booked"`
	Detail    string     `json:"detail" doc:"measured, declared, no_show, too_fast or empty"`
	Due       bool       `json:"due" doc:"Staff are asked to do something about it"`
	OtherWay  bool       `json:"other_way" doc:"The applicant asks for another way of doing it, and waits for an answer"`
}

func requirementsOf(v workflows.StaffView) []Requirement {
	out := []Requirement{}
	for _, l := range v.Required {
		out = append(out, Requirement{ID: l.ID, Kind: string(l.Kind), Status: string(l.Status), Attempt: l.Attempt, Attempts: l.Attempts, Left: l.Left,
			Score: l.Score, Of: l.Of, NotBefore: moment(l.NotBefore), PassedAt: moment(l.PassedAt), Slot: moment(l.Slot), Detail: l.Detail, Due: l.Due(),
			OtherWay: !l.Status.Met() && l.Asked.After(l.Answered)})
	}
	return out
}

// RequirementPath names a requirement of an application.
type RequirementPath struct {
	IDInput
	Requirement string `path:"requirement" pattern:"^[a-z0-9_-]{1,40}$" doc:"The requirement's ID"`
}

type scoreInput struct {
	RequirementPath
	Body struct {
		Attempt int            `json:"attempt" minimum:"1" doc:"The attempt that was scored"`
		NoShow  bool           `json:"no_show,omitempty" doc:"The applicant did not come"`
		Scores  map[string]int `json:"scores,omitempty" doc:"Points by the rubric's IDs; each line needs them, unless the applicant did not come"`
		Remark  string         `json:"remark" minLength:"1" maxLength:"2000" doc:"What was seen; kept sealed with the applicant's ledger"`
	}
}

func (h handler) scoreLive(a huma.API) {
	huma.Register(a, operation("score-requirement", http.MethodPost, "/applications/{id}/requirements/{requirement}/score", "Score a live assessment", http.StatusOK),
		func(ctx context.Context, in *scoreInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.ScoreLive(ctx, id, in.Requirement, in.Body.Attempt,
					applicants.LiveScore{NoShow: in.Body.NoShow, Scores: in.Body.Scores, Remark: in.Body.Remark}, actor(ctx))
			})
		})
}

type requirementReasonInput struct {
	RequirementPath
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the applicant's ledger"`
	}
}

func (h handler) waiveRequirement(a huma.API) {
	huma.Register(a, operation("waive-requirement", http.MethodPost, "/applications/{id}/requirements/{requirement}/waive", "Go on without a requirement", http.StatusOK),
		func(ctx context.Context, in *requirementReasonInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.WaiveRequirement(ctx, id, in.Requirement, in.Body.Reason, actor(ctx))
			})
		})
}

type judgeInput struct {
	RequirementPath
	Body struct {
		Attempt int    `json:"attempt" minimum:"1" doc:"The attempt that is meant"`
		Pass    bool   `json:"pass" doc:"What was declared is enough"`
		Reason  string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the applicant's ledger"`
	}
}

func (h handler) judgeRequirement(a huma.API) {
	huma.Register(a, operation("judge-requirement", http.MethodPost, "/applications/{id}/requirements/{requirement}/judge", "Decide on equipment that was declared", http.StatusOK),
		func(ctx context.Context, in *judgeInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.JudgeRequirement(ctx, id, in.Requirement, in.Body.Attempt, in.Body.Pass, in.Body.Reason, actor(ctx))
			})
		})
}

type answerInput struct {
	RequirementPath
	Body struct {
		Words string `json:"words" minLength:"1" maxLength:"2000" doc:"What the applicant reads"`
	}
}

func (h handler) answerOtherWay(a huma.API) {
	huma.Register(a, operation("answer-requirement", http.MethodPost, "/applications/{id}/requirements/{requirement}/answer", "Answer an applicant who asked for another way", http.StatusOK),
		func(ctx context.Context, in *answerInput) (*statusOutput, error) {
			return h.act(ctx, in.IDInput, func(id onboarding.ApplicantID) error {
				return h.Service.AnswerOtherWay(ctx, id, in.Requirement, in.Body.Words, actor(ctx))
			})
		})
}
