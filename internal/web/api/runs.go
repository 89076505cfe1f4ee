package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Run is one thing done with many checks, or many cases given to a recruiter.
type Run struct {
	ID        string    `json:"id"`
	Action    string    `json:"action"`
	Check     string    `json:"check" doc:"Empty: any"`
	Vendor    string    `json:"vendor" doc:"Empty: any"`
	Program   string    `json:"program" doc:"Empty: any"`
	Error     string    `json:"error" doc:"Empty: any"`
	Held      bool      `json:"held" doc:"Not failed checks are meant but those that wait while the vendor is paused"`
	To        string    `json:"to" doc:"The vendor that checks are moved to, or the staff ID of who gets the cases; empty with the other actions"`
	State     string    `json:"state" enum:"gathering,running,paused,canceled,done"`
	Total     int       `json:"total" doc:"Checks, or cases, that matched when it began"`
	DealtWith int       `json:"dealt_with"`
	Done      int       `json:"done"`
	Refused   int       `json:"refused" doc:"They were not waiting any more, or are not given; the answers say why"`
	Failed    int       `json:"failed" doc:"They could not be asked, and stand as before"`
	PerSecond float64   `json:"per_second"`
	Begun     time.Time `json:"begun"`
}

type runOutput struct{ Body Run }

func runOf(p workflows.BulkProgress) *runOutput {
	r := Run{ID: p.ID, Action: string(p.Action), Check: string(p.Match.Check), Vendor: p.Match.Vendor, Program: p.Match.Program, Error: string(p.Match.Error), Held: p.Match.Held, To: p.To, State: "running", Total: p.Total,
		DealtWith: p.Next, Done: p.Tally.Done, Refused: p.Tally.Refused, Failed: p.Tally.Failed, PerSecond: p.PerSecond, Begun: p.Begun}
	switch {
	case p.Canceled:
		r.State = "canceled"
	case !p.Ended.IsZero():
		r.State = "done"
	case p.Paused:
		r.State = "paused"
	case !p.Gathered:
		r.State = "gathering"
	}
	return &runOutput{Body: r}
}

type runBody struct {
	Action    string  `json:"action" enum:"retry,waive,use_vendor"`
	To        string  `json:"to,omitempty" maxLength:"40" doc:"With use_vendor: the vendor that the checks are moved to"`
	Check     string  `json:"check,omitempty" maxLength:"40" doc:"Only this check"`
	Vendor    string  `json:"vendor,omitempty" maxLength:"40" doc:"Only checks at this vendor"`
	Program   string  `json:"program,omitempty" maxLength:"40" doc:"Only this program"`
	Error     string  `json:"error,omitempty" maxLength:"40" doc:"Only checks stopped by this code"`
	Held      bool    `json:"held,omitempty" doc:"With waive and use_vendor: not failed checks but those that wait while the vendor, which is named then, is paused"`
	PerSecond float64 `json:"per_second,omitempty" minimum:"0" maximum:"1000" doc:"Checks a second at most; absent: 50. The vendor's own rate holds besides"`
	Reason    string  `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; kept sealed with each applicant's ledger"`
}

type startRunInput struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"200" doc:"The same key starts one run, however often sent"`
	Body           runBody
}

// runActions are what a key must be allowed to start a run.
var runActions = map[workflows.BulkAction]identity.Action{workflows.BulkRetry: identity.Retry, workflows.BulkWaive: identity.Waive,
	workflows.BulkUseVendor: identity.UseVendor, workflows.BulkAssign: identity.AssignCase}

// mayRun refuses a run of what the key is not for.
func (h handler) mayRun(ctx context.Context, what workflows.BulkAction) error {
	if keyOf(ctx).MayAny(runActions[what]) {
		return nil
	}
	return h.notAllowed(ctx, runActions[what], "", "This key is not for that.")
}

// runSpace makes a run's ID of a caller's Idempotency-Key.
var runSpace = uuid.MustParse("0f3c2f0e-8d0b-5b52-9a56-0c7f7d1f8a31")

// runID is a run's ID, the same for the same caller and key.
func runID(ctx context.Context, key string) string {
	if key == "" {
		return uuid.NewString()
	}
	return uuid.NewSHA1(runSpace, []byte(string(actor(ctx))+"\x00"+key)).String()
}

func (h handler) startRun(a huma.API) {
	huma.Register(a, operation("start-run", http.MethodPost, "/runs", "Retry or waive every failed check that matches, or move it to another vendor, in the background", http.StatusOK),
		func(ctx context.Context, in *startRunInput) (*runOutput, error) {
			if err := h.mayRun(ctx, workflows.BulkAction(in.Body.Action)); err != nil {
				return nil, err
			}
			id := runID(ctx, in.IdempotencyKey)
			err := h.Service.StartBulk(ctx, applicants.BulkRequest{ID: id, Action: workflows.BulkAction(in.Body.Action), PerSecond: in.Body.PerSecond, To: in.Body.To,
				Match:  workflows.BulkMatch{Check: onboarding.CheckName(in.Body.Check), Vendor: in.Body.Vendor, Program: in.Body.Program, Error: onboarding.Code(in.Body.Error), Held: in.Body.Held},
				Reason: in.Body.Reason, By: actor(ctx)})
			if err != nil {
				return nil, problem(err)
			}
			return h.runNow(ctx, id)
		})
}

// RunInput names a run in the address.
type RunInput struct {
	Run string `path:"run" maxLength:"64"`
}

func (h handler) getRun(a huma.API) {
	huma.Register(a, operation("get-run", http.MethodGet, "/runs/{run}", "How far a run is", http.StatusOK),
		func(ctx context.Context, in *RunInput) (*runOutput, error) { return h.runNow(ctx, in.Run) })
}

func (h handler) runNow(ctx context.Context, id string) (*runOutput, error) {
	p, err := h.Service.Bulk(ctx, id)
	if err != nil {
		return nil, problem(err)
	}
	return runOf(p), nil
}

// steerings are the updates by their word in the address.
var steerings = map[string]string{"pause": workflows.UpdatePauseBulk, "resume": workflows.UpdateResumeBulk, "cancel": workflows.UpdateCancelBulk}

func (h handler) steerRun(a huma.API) {
	huma.Register(a, operation("steer-run", http.MethodPost, "/runs/{run}/{how}", "Pause a run, let it go on, or call its rest off", http.StatusOK),
		func(ctx context.Context, in *struct {
			RunInput
			How string `path:"how" enum:"pause,resume,cancel"`
		}) (*runOutput, error) {
			p, err := h.Service.Bulk(ctx, in.Run)
			if err == nil {
				if err := h.mayRun(ctx, p.Action); err != nil {
					return nil, err
				}
				p, err = h.Service.SteerBulk(ctx, in.Run, steerings[in.How])
			}
			if err != nil {
				return nil, problem(err)
			}
			return runOf(p), nil
		})
}

// RunAnswer is what came of one check, or one case, of a run.
type RunAnswer struct {
	Applicant string `json:"applicant"`
	Check     string `json:"check" doc:"Empty where cases are given to a recruiter"`
	Outcome   string `json:"outcome" enum:"done,refused,failed"`
	Says      string `json:"says" doc:"Why, when it is not done"`
}

type runAnswersOutput struct {
	Body struct {
		Items []RunAnswer `json:"items"`
	}
}

func (h handler) runAnswers(a huma.API) {
	huma.Register(a, operation("list-run-answers", http.MethodGet, "/runs/{run}/answers", "What came of each check that a run has dealt with", http.StatusOK),
		func(ctx context.Context, in *RunInput) (*runAnswersOutput, error) {
			p, err := h.Service.Bulk(ctx, in.Run)
			if err != nil {
				return nil, problem(err)
			}
			answers, err := h.Service.BulkAnswers(ctx, p)
			if err != nil {
				return nil, problem(err)
			}
			out := &runAnswersOutput{}
			out.Body.Items = make([]RunAnswer, len(answers)) // never null
			for i, x := range answers {
				out.Body.Items[i] = RunAnswer{Applicant: string(x.Applicant), Check: string(x.Check), Outcome: x.Outcome, Says: x.Says}
			}
			return out, nil
		})
}
