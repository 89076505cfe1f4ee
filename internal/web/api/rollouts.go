package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Rollouts is what the API does with texts that change; *applicants.Service is one.
type Rollouts interface {
	RollOuts(ctx context.Context) ([]consent.RollOut, error)
	StartRollout(ctx context.Context, q applicants.RolloutRequest) (notice, version string, err error)
	Rollout(ctx context.Context, notice, version string) (workflows.NoticeRolloutView, error)
	SteerRollout(ctx context.Context, notice, version, how string) (workflows.NoticeRolloutView, error)
	AcceptRollout(ctx context.Context, notice, version, reason string, by workflows.Actor) (workflows.NoticeRolloutView, error)
	CancelRollout(ctx context.Context, notice, version, reason string, by workflows.Actor) (workflows.NoticeRolloutView, error)
	RolloutRefused(ctx context.Context, v workflows.NoticeRolloutView, most int) ([]onboarding.ApplicantID, error)
}

// Rollout is a text that changes, or a new owner, and how far it is that people are told.
type Rollout struct {
	Notice    string     `json:"notice" doc:"The notice's ID; new-owner where somebody takes over"`
	Version   string     `json:"version"`
	Title     string     `json:"title"`
	Again     bool       `json:"again" doc:"People are asked whether they agree; until they do the text before holds for them"`
	Effective time.Time  `json:"effective"`
	Owner     string     `json:"owner,omitempty"`
	State     string     `json:"state" enum:"finding,telling,held,waiting,after,done,calling_off,off" doc:"held: letters were refused, and somebody says what is done about it; calling_off: it was called off, and who was told is told; off: all of them know"`
	Paused    bool       `json:"paused"`
	Round     int        `json:"round"`
	Total     int        `json:"total" doc:"Applications of this round"`
	DealtWith int        `json:"dealt_with" doc:"Of those"`
	Told      int        `json:"told" doc:"Of all rounds"`
	NotOwed   int        `json:"not_owed"`
	Refused   int        `json:"refused" doc:"Letters that the mail server refuses"`
	Accepted  int        `json:"accepted" doc:"Refused letters with which it was let go on"`
	InForce   *time.Time `json:"in_force,omitempty" doc:"Since when it holds; absent before"`
	PerSecond float64    `json:"per_second"`
	Off       *time.Time `json:"off,omitempty" doc:"When it was called off; absent: it was not"`
	OffTold   int        `json:"off_told,omitempty" doc:"Told that it does not come"`
	OffFailed int        `json:"off_refused,omitempty" doc:"Letters about that that the mail server refuses"`
}

type rolloutOutput struct{ Body Rollout }

func rolloutOf(v workflows.NoticeRolloutView) *rolloutOutput {
	out := Rollout{Notice: v.Notice, Version: v.Version, Title: v.Title, Again: v.Again, Effective: v.Effective, State: string(v.Phase), Paused: v.Paused, Round: v.Pass,
		Total: v.Total, DealtWith: v.Next, Told: v.Tally.Told, NotOwed: v.Tally.NotOwed, Refused: v.Tally.Failed, Accepted: v.Accepted, InForce: moment(v.InForce), PerSecond: v.PerSecond,
		Off: moment(v.Off), OffTold: v.OffTally.Told, OffFailed: v.OffTally.Failed}
	if v.Owner != nil {
		out.Owner = v.Owner.Name
	}
	return &rolloutOutput{Body: out}
}

// RolloutLine is a roll-out in the list of them.
type RolloutLine struct {
	Notice    string    `json:"notice"`
	Version   string    `json:"version"`
	Effective time.Time `json:"effective"`
	Told      bool      `json:"told" doc:"All who were owed a letter were sent one: it holds from its day on"`
	Off       bool      `json:"off,omitempty" doc:"It was called off and never holds"`
}

// WaitingNotice is a version that can be rolled out.
type WaitingNotice struct {
	Notice  string `json:"notice"`
	Version string `json:"version"`
	Title   string `json:"title"`
	Changes string `json:"changes"`
}

type rolloutsOutput struct {
	Body struct {
		Items   []RolloutLine   `json:"items"`
		Waiting []WaitingNotice `json:"waiting" doc:"Versions that can be rolled out"`
	}
}

// RolloutInput names a roll-out in the address.
type RolloutInput struct {
	Notice  string `path:"notice" maxLength:"60"`
	Version string `path:"version" maxLength:"20"`
}

type startRolloutInput struct {
	Body struct {
		Notice       string    `json:"notice,omitempty" maxLength:"60" doc:"The notice's ID; absent with an owner"`
		Version      string    `json:"version,omitempty" maxLength:"20"`
		Owner        string    `json:"owner,omitempty" maxLength:"120" doc:"Who takes over: all are told, with what they can do"`
		OwnerContact string    `json:"owner_contact,omitempty" maxLength:"300" doc:"How to reach them"`
		Effective    time.Time `json:"effective" doc:"When it holds at the earliest; ahead"`
		PerSecond    float64   `json:"per_second,omitempty" minimum:"0" maximum:"1000" doc:"Letters a second at most; absent: 50"`
	}
}

// rollouts registers what is done with texts that change.
func (h handler) rollouts(a huma.API) {
	if h.Rollouts == nil {
		return
	}
	huma.Register(a, operation("list-rollouts", http.MethodGet, "/notices/rollouts", "Texts that change: those that people are told of, and those that can be rolled out", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*rolloutsOutput, error) {
			list, err := h.Rollouts.RollOuts(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &rolloutsOutput{}
			out.Body.Items, out.Body.Waiting = []RolloutLine{}, []WaitingNotice{}
			for _, l := range list {
				out.Body.Items = append(out.Body.Items, RolloutLine{Notice: l.ID, Version: l.Version, Effective: l.Effective, Told: l.Told, Off: !l.Off.IsZero()})
			}
			for _, n := range consent.Waiting() {
				out.Body.Waiting = append(out.Body.Waiting, WaitingNotice{Notice: n.ID, Version: n.Version, Title: n.Title, Changes: n.Changes})
			}
			return out, nil
		})
	huma.Register(a, operation("start-rollout", http.MethodPost, "/notices/rollouts", "Tell all who are owed it of a text that changes, or of a new owner, and let it hold when they were told and its day has come", http.StatusOK),
		func(ctx context.Context, in *startRolloutInput) (*rolloutOutput, error) {
			b := in.Body
			q := applicants.RolloutRequest{Notice: b.Notice, Version: b.Version, Effective: b.Effective, PerSecond: b.PerSecond, By: actor(ctx)}
			if b.Owner != "" || b.OwnerContact != "" {
				q.Owner = &consent.Owner{Name: b.Owner, Contact: b.OwnerContact}
			}
			notice, version, err := h.Rollouts.StartRollout(ctx, q)
			if err != nil {
				return nil, problem(err)
			}
			return h.rolloutNow(ctx, notice, version)
		})
	huma.Register(a, operation("get-rollout", http.MethodGet, "/notices/rollouts/{notice}/{version}", "How far a roll-out is", http.StatusOK),
		func(ctx context.Context, in *RolloutInput) (*rolloutOutput, error) {
			return h.rolloutNow(ctx, in.Notice, in.Version)
		})
	huma.Register(a, operation("list-refused-letters", http.MethodGet, "/notices/rollouts/{notice}/{version}/refused", "Whose letters the mail server refused, a thousand at most", http.StatusOK),
		func(ctx context.Context, in *RolloutInput) (*struct {
			Body struct {
				Items []string `json:"items"`
			}
		}, error) {
			v, err := h.Rollouts.Rollout(ctx, in.Notice, in.Version)
			var ids []onboarding.ApplicantID
			if err == nil {
				ids, err = h.Rollouts.RolloutRefused(ctx, v, 1000)
			}
			if err != nil {
				return nil, problem(err)
			}
			out := &struct {
				Body struct {
					Items []string `json:"items"`
				}
			}{}
			out.Body.Items = []string{}
			for _, id := range ids {
				out.Body.Items = append(out.Body.Items, string(id))
			}
			return out, nil
		})
	huma.Register(a, operation("steer-rollout", http.MethodPost, "/notices/rollouts/{notice}/{version}/{how}", "Pause a roll-out, let it go on, or have refused letters sent again", http.StatusOK),
		func(ctx context.Context, in *struct {
			RolloutInput
			How string `path:"how" enum:"pause,resume,retry"`
		}) (*rolloutOutput, error) {
			v, err := h.Rollouts.SteerRollout(ctx, in.Notice, in.Version, map[string]string{"pause": workflows.UpdatePauseRollout, "resume": workflows.UpdateResumeRollout, "retry": workflows.UpdateRetryRollout}[in.How])
			if err != nil {
				return nil, problem(err)
			}
			return rolloutOf(v), nil
		})
	huma.Register(a, operation("accept-rollout", http.MethodPost, "/notices/rollouts/{notice}/{version}/accept", "Let a roll-out go on without those whose letters were refused", http.StatusOK),
		func(ctx context.Context, in *struct {
			RolloutInput
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the roll-out"`
			}
		}) (*rolloutOutput, error) {
			v, err := h.Rollouts.AcceptRollout(ctx, in.Notice, in.Version, in.Body.Reason, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			return rolloutOf(v), nil
		})
	huma.Register(a, operation("cancel-rollout", http.MethodPost, "/notices/rollouts/{notice}/{version}/cancel", "Call a roll-out off before it holds; who was told is told that it does not come", http.StatusOK),
		func(ctx context.Context, in *struct {
			RolloutInput
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with the roll-out"`
			}
		}) (*rolloutOutput, error) {
			v, err := h.Rollouts.CancelRollout(ctx, in.Notice, in.Version, in.Body.Reason, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			return rolloutOf(v), nil
		})
}

func (h handler) rolloutNow(ctx context.Context, notice, version string) (*rolloutOutput, error) {
	v, err := h.Rollouts.Rollout(ctx, notice, version)
	if err != nil {
		return nil, problem(err)
	}
	return rolloutOf(v), nil
}
