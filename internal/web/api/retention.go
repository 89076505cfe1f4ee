package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Retention is what the API needs for the retention table; *applicants.Service is one.
type Retention interface {
	Purges(ctx context.Context, most int) ([]workflows.PurgeState, error)
	Purge(ctx context.Context, id string) (workflows.PurgeState, error)
	Due(ctx context.Context, p workflows.PurgeState, from, most int) ([]applicants.DueAnswer, error)
	StartPurge(ctx context.Context, by workflows.Actor) error
	SteerPurge(ctx context.Context, id, how string, by workflows.Actor) (workflows.PurgeState, error)
}

// Purge is how far a purge is.
type Purge struct {
	workflows.PurgeState
	State string `json:"state" enum:"looking,waiting,acting,paused,canceled,lapsed,lost,done"`
}

// Due is something that is due by the retention table.
type Due struct {
	Applicant string   `json:"applicant"`
	Program   string   `json:"program"`
	Category  string   `json:"category" doc:"everything: the last of the applicant's categories is due, so their key goes"`
	Rule      string   `json:"rule"`
	Held      []string `json:"held" doc:"The holds that keep it"`
	Outcome   string   `json:"outcome,omitempty" doc:"erased, purged, kept, locked, gone or failed; absent before it was dealt with"`
	Says      string   `json:"says,omitempty"`
	// Locked and Stuck are said of what S3's own lock keeps.
	Locked *time.Time `json:"locked,omitempty" doc:"Until when S3's own lock keeps some of it"`
	Stuck  bool       `json:"stuck,omitempty" doc:"Nothing of it can go now: a later purge comes back to it"`
}

func dueOf(l applicants.DueAnswer) Due {
	d := Due{Applicant: string(l.Applicant), Program: l.Program, Category: string(l.Category), Rule: l.Rule, Held: append([]string{}, l.Held...), Outcome: l.Outcome, Says: l.Says, Stuck: l.Stuck}
	if !l.Locked.IsZero() {
		d.Locked = &l.Locked
	}
	return d
}

type purgesOutput struct {
	Body struct {
		Items []Purge `json:"items"`
	}
}

type purgeOutput struct{ Body Purge }

// PurgeInput names a purge in the address.
type PurgeInput struct {
	Purge string `path:"purge" maxLength:"40"`
}

func purgeOf(p workflows.PurgeState) Purge { return Purge{p, p.Stands()} }

func (h handler) retention(a huma.API) {
	if h.Retention == nil {
		return
	}
	h.listPurges(a)
	h.getPurge(a)
	h.listDue(a)
	h.startPurge(a)
	h.steerPurge(a)
}

// purgesListed is how many purges the list has at most.
const purgesListed = 100

func (h handler) listPurges(a huma.API) {
	huma.Register(a, operation("list-purges", http.MethodGet, "/purges", "The newest purges by the retention table, at most 100", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*purgesOutput, error) {
			all, err := h.Retention.Purges(ctx, purgesListed)
			if err != nil {
				return nil, problem(err)
			}
			out := &purgesOutput{}
			out.Body.Items = make([]Purge, len(all)) // never null
			for i, p := range all {
				out.Body.Items[i] = purgeOf(p)
			}
			return out, nil
		})
}

func (h handler) getPurge(a huma.API) {
	huma.Register(a, operation("get-purge", http.MethodGet, "/purges/{purge}", "How far a purge is, and what it found by program and category", http.StatusOK),
		func(ctx context.Context, in *PurgeInput) (*purgeOutput, error) {
			p, err := h.Retention.Purge(ctx, in.Purge)
			if err != nil {
				return nil, problem(err)
			}
			return &purgeOutput{purgeOf(p)}, nil
		})
}

// dueMost is how many lines one page has at most.
const dueMost = 1000

func (h handler) listDue(a huma.API) {
	huma.Register(a, operation("list-due", http.MethodGet, "/purges/{purge}/due", "What a purge found due, of whom and by which rule, with what came of it", http.StatusOK),
		func(ctx context.Context, in *struct {
			PurgeInput
			From  int `query:"from" minimum:"0" doc:"How many are passed over"`
			Limit int `query:"limit" minimum:"1" maximum:"1000" default:"100"`
		}) (*struct {
			Body struct {
				Items []Due `json:"items"`
				Next  int   `json:"next,omitempty" doc:"The from of the next page; absent on the last one"`
			}
		}, error) {
			p, err := h.Retention.Purge(ctx, in.Purge)
			if err != nil {
				return nil, problem(err)
			}
			lines, err := h.Retention.Due(ctx, p, in.From, min(in.Limit, dueMost))
			if err != nil {
				return nil, problem(err)
			}
			out := &struct {
				Body struct {
					Items []Due `json:"items"`
					Next  int   `json:"next,omitempty" doc:"The from of the next page; absent on the last one"`
				}
			}{}
			out.Body.Items = make([]Due, len(lines)) // never null
			for i, l := range lines {
				out.Body.Items[i] = dueOf(l)
			}
			if next := in.From + len(lines); next < p.Found.Total {
				out.Body.Next = next
			}
			return out, nil
		})
}

func (h handler) startPurge(a huma.API) {
	huma.Register(a, operation("start-purge", http.MethodPost, "/purges", "Find what is due now: a report is made, and nothing is destroyed before it is approved", http.StatusAccepted),
		func(ctx context.Context, _ *struct{}) (*struct{}, error) {
			if err := h.used(ctx, access.Event{What: access.PurgeAsked}); err != nil {
				return nil, problem(err)
			}
			return nil, problem(h.Retention.StartPurge(ctx, actor(ctx)))
		})
}

// purgeSteps are the ways to steer a purge, with what the access log has.
var purgeSteps = map[string]struct {
	update string
	what   access.Kind
}{
	"approve": {workflows.UpdateApprovePurge, access.PurgeApproved}, "pause": {workflows.UpdatePausePurge, access.PurgePaused},
	"resume": {workflows.UpdateResumePurge, access.PurgeResumed}, "cancel": {workflows.UpdateCancelPurge, access.PurgeCanceled},
}

func (h handler) steerPurge(a huma.API) {
	huma.Register(a, operation("steer-purge", http.MethodPost, "/purges/{purge}/{how}", "Approve a purge, pause it, let it go on, or call it off", http.StatusOK),
		func(ctx context.Context, in *struct {
			PurgeInput
			How string `path:"how" enum:"approve,pause,resume,cancel"`
		}) (*purgeOutput, error) {
			if _, err := h.Retention.Purge(ctx, in.Purge); err != nil {
				return nil, problem(err)
			}
			step := purgeSteps[in.How]
			if err := h.used(ctx, access.Event{What: step.what, Detail: in.Purge}); err != nil {
				return nil, problem(err)
			}
			p, err := h.Retention.SteerPurge(ctx, in.Purge, step.update, actor(ctx))
			if err != nil {
				return nil, problem(err)
			}
			return &purgeOutput{purgeOf(p)}, nil
		})
}
