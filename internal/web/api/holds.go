package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Holds is what the API needs for holds; *applicants.Service is one.
type Holds interface {
	AllHolds(ctx context.Context, released bool) ([]applicants.Hold, error)
	HoldsOn(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Hold, error)
	SetHold(ctx context.Context, id onboarding.ApplicantID, hold string, kind onboarding.HoldKind, reason string, by workflows.Actor) error
	ReleaseHold(ctx context.Context, id onboarding.ApplicantID, hold, reason string, by workflows.Actor) error
	// ReasonOfHold is recorded in the ledger before it answers.
	ReasonOfHold(ctx context.Context, id onboarding.ApplicantID, hold string, as identity.Reading) (applicants.HoldReason, error)
}

// Hold is a hold, without its reason.
type Hold struct {
	ID         string     `json:"id"`
	Applicant  string     `json:"applicant"`
	Program    string     `json:"program"`
	Kind       string     `json:"kind" enum:"legal,dispute,emergency"`
	Owner      string     `json:"owner" doc:"Who set it, as the ledger names them"`
	Since      time.Time  `json:"since"`
	Released   *time.Time `json:"released,omitempty" doc:"Absent while it stands"`
	ReleasedBy string     `json:"released_by,omitempty"`
	S3Evidence int        `json:"s3_evidence" doc:"Objects of the evidence bucket on which S3 has a legal hold"`
	S3Vault    int        `json:"s3_vault" doc:"Likewise of the vault bucket"`
	Unlocked   bool       `json:"vault_unlocked" doc:"The vault bucket has no Object Lock: what lies there is kept by our own look at the holds alone"`
}

func holdOf(h applicants.Hold) Hold {
	return Hold{ID: h.ID, Applicant: string(h.Applicant), Program: h.Program, Kind: string(h.Kind), Owner: h.Owner, Since: h.Since, Released: moment(h.Released), ReleasedBy: h.By,
		S3Evidence: h.Objects.Evidence, S3Vault: h.Objects.Vault, Unlocked: h.Objects.Unlocked}
}

type holdsOutput struct {
	Body struct {
		Items []Hold `json:"items"`
	}
}

func holdsOf(all []applicants.Hold) *holdsOutput {
	out := &holdsOutput{}
	out.Body.Items = make([]Hold, len(all)) // never null
	for i, h := range all {
		out.Body.Items[i] = holdOf(h)
	}
	return out
}

func (h handler) holds(a huma.API) {
	if h.Holds == nil {
		return
	}
	h.listHolds(a)
	h.holdsOn(a)
	h.setHold(a)
	h.releaseHold(a)
	h.openHold(a)
}

func (h handler) listHolds(a huma.API) {
	huma.Register(a, operation("list-holds", http.MethodGet, "/holds", "Whose data must not go for now, the oldest hold first", http.StatusOK),
		func(ctx context.Context, in *struct {
			Released bool `query:"released" doc:"Those too that were released"`
		}) (*holdsOutput, error) {
			all, err := h.Holds.AllHolds(ctx, in.Released)
			if err != nil {
				return nil, problem(err)
			}
			return holdsOf(all), nil
		})
}

func (h handler) holdsOn(a huma.API) {
	huma.Register(a, operation("list-holds-on", http.MethodGet, "/applications/{id}/holds", "The holds on an applicant, released ones too", http.StatusOK),
		func(ctx context.Context, in *IDInput) (*holdsOutput, error) {
			_, out, err := h.heldNow(ctx, *in)
			return out, err
		})
}

// heldNow are the holds on the applicant that an address names.
func (h handler) heldNow(ctx context.Context, in IDInput) (workflows.StaffView, *holdsOutput, error) {
	id, err := in.parse()
	if err != nil {
		return workflows.StaffView{}, nil, problem(err)
	}
	v, err := h.Service.StaffView(ctx, id)
	if err != nil {
		return v, nil, problem(err)
	}
	all, err := h.Holds.HoldsOn(ctx, id)
	if err != nil {
		return v, nil, problem(err)
	}
	return v, holdsOf(all), nil
}

func (h handler) setHold(a huma.API) {
	huma.Register(a, operation("set-hold", http.MethodPost, "/applications/{id}/holds", "Set a hold: nothing of the applicant is destroyed until it is released", http.StatusOK),
		func(ctx context.Context, in *struct {
			IDInput
			Body struct {
				ID     string `json:"id,omitempty" maxLength:"40" doc:"Your own name for it, of small letters, digits and hyphens; absent: one is drawn. The same ID again sets nothing"`
				Kind   string `json:"kind" enum:"legal,dispute,emergency"`
				Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Which matter it is for; kept sealed"`
			}
		}) (*holdsOutput, error) {
			hold := in.Body.ID
			if hold == "" {
				hold = applicants.DrawHoldID()
			}
			return h.onHold(ctx, in.IDInput, access.HoldSet, hold, func(id onboarding.ApplicantID) error {
				return h.Holds.SetHold(ctx, id, hold, onboarding.HoldKind(in.Body.Kind), in.Body.Reason, actor(ctx))
			})
		})
}

// onHold records what is about to be done with a hold, does it, and answers the holds on
// the applicant as they are then.
func (h handler) onHold(ctx context.Context, in IDInput, what access.Kind, hold string, do func(onboarding.ApplicantID) error) (*holdsOutput, error) {
	v, _, err := h.heldNow(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := h.used(ctx, access.Event{What: what, Action: string(identity.SetHold), Program: v.Program, Applicant: v.Applicant, Detail: hold}); err != nil {
		return nil, problem(err)
	}
	if err := do(v.Applicant); err != nil {
		return nil, problem(err)
	}
	_, out, err := h.heldNow(ctx, in)
	return out, err
}

// HoldInput names a hold in the address.
type HoldInput struct {
	IDInput
	Hold string `path:"hold" maxLength:"40"`
}

func (h handler) releaseHold(a huma.API) {
	huma.Register(a, operation("release-hold", http.MethodPost, "/applications/{id}/holds/{hold}/release", "Release a hold", http.StatusOK),
		func(ctx context.Context, in *struct {
			HoldInput
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why the data need not be kept for it any more; kept sealed"`
			}
		}) (*holdsOutput, error) {
			return h.onHold(ctx, in.IDInput, access.HoldReleased, in.Hold, func(id onboarding.ApplicantID) error {
				return h.Holds.ReleaseHold(ctx, id, in.Hold, in.Body.Reason, actor(ctx))
			})
		})
}

type holdReasonOutput struct{ Body applicants.HoldReason }

func (h handler) openHold(a huma.API) {
	huma.Register(a, operation("open-hold", http.MethodPost, "/applications/{id}/holds/{hold}/reason", "Read why a hold was set and released; each reading is recorded first", http.StatusOK),
		func(ctx context.Context, in *HoldInput) (*holdReasonOutput, error) {
			v, _, err := h.heldNow(ctx, in.IDInput)
			if err != nil {
				return nil, err
			}
			as, err := h.reads(ctx, identity.ViewHolds, identity.ToHold)
			if err != nil {
				return nil, err
			}
			reason, err := h.Holds.ReasonOfHold(ctx, v.Applicant, in.Hold, as)
			if err != nil {
				return nil, problem(err)
			}
			return &holdReasonOutput{Body: reason}, nil
		})
}
