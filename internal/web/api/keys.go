package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
)

// Keyring is the API keys that admins make; applicants.RecordedKeys is one.
type Keyring interface {
	Keys(ctx context.Context) ([]identity.StoredKey, error)
	Make(ctx context.Context, q identity.KeyRequest) (identity.StoredKey, string, error)
	Rotate(ctx context.Context, id string, overlap time.Duration) (identity.StoredKey, string, error)
	Revoke(ctx context.Context, id string) (identity.StoredKey, error)
}

// APIKey is an API key, without what could be used.
type APIKey struct {
	ID       string     `json:"id" doc:"What the ledger has, as api:<id>"`
	Name     string     `json:"name"`
	Actions  []string   `json:"actions"`
	Programs []string   `json:"programs" doc:"Empty: all"`
	Made     time.Time  `json:"made"`
	By       string     `json:"by"`
	Expires  time.Time  `json:"expires"`
	Revoked  *time.Time `json:"revoked,omitempty"`
	LastUsed string     `json:"last_used" doc:"A day, UTC; empty: never"`
	Overlap  *time.Time `json:"overlap,omitempty" doc:"Until when the secret before still works"`
}

func apiKeyOf(k identity.StoredKey) APIKey {
	out := APIKey{ID: k.ID, Name: k.Name, Actions: []string{}, Programs: append([]string{}, k.Programs...), Made: k.Made, By: k.By, Expires: k.Expires, LastUsed: k.LastUsed,
		Revoked: moment(k.Revoked), Overlap: moment(k.Overlap(time.Now()))}
	for _, a := range k.Actions {
		out.Actions = append(out.Actions, string(a))
	}
	return out
}

// NewAPIKey is a key with its secret.
type NewAPIKey struct {
	Key    APIKey `json:"key"`
	Secret string `json:"secret" doc:"Given this once; only its hash is kept"`
}

type newKeyOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         NewAPIKey
}

type apiKeyOutput struct{ Body APIKey }

type keysOutput struct {
	Body struct {
		Items []APIKey `json:"items"`
	}
}

func (h handler) listKeys(a huma.API) {
	huma.Register(a, operation("list-keys", http.MethodGet, "/keys", "The API keys that were made, newest first", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*keysOutput, error) {
			all, err := h.Keyring.Keys(ctx)
			if err != nil {
				return nil, problem(err)
			}
			out := &keysOutput{}
			out.Body.Items = make([]APIKey, len(all)) // never null
			for i, k := range all {
				out.Body.Items[i] = apiKeyOf(k)
			}
			return out, nil
		})
}

type makeKeyBody struct {
	Name     string   `json:"name" minLength:"1" maxLength:"80" doc:"Which program of whom uses it"`
	Actions  []string `json:"actions" minItems:"1" maxItems:"100" doc:"What it may do, such as view_list; the README has the table"`
	Programs []string `json:"programs,omitempty" maxItems:"100" doc:"For whose applicants; absent: all"`
	Days     int      `json:"days,omitempty" minimum:"1" maximum:"366" doc:"How long it holds; absent: 90"`
}

func (h handler) makeKey(a huma.API) {
	huma.Register(a, operation("make-key", http.MethodPost, "/keys", "Make an API key; its secret is given this once", http.StatusCreated),
		func(ctx context.Context, in *struct{ Body makeKeyBody }) (*newKeyOutput, error) {
			q := identity.KeyRequest{Name: in.Body.Name, Programs: in.Body.Programs, For: time.Duration(in.Body.Days) * 24 * time.Hour, By: keyOf(ctx).Actor()}
			if in.Body.Days == 0 {
				q.For = identity.KeyDefault
			}
			for _, a := range in.Body.Actions {
				q.Actions = append(q.Actions, identity.Action(a))
				if identity.Action(a).Known() && !keyOf(ctx).MayAny(identity.Action(a)) {
					return nil, h.notAllowed(ctx, identity.Action(a), "", "A key cannot give another one what it may not do itself.")
				}
			}
			for _, p := range q.Programs {
				if !slices.ContainsFunc(h.Programs.All(), func(known program.Program) bool { return known.ID == p }) {
					return nil, problem(onboarding.Invalid("body.programs", "There is no such program.", "GET /programs lists them."))
				}
			}
			key, secret, err := h.Keyring.Make(ctx, q)
			return newSecret(key, secret, err)
		})
}

func newSecret(key identity.StoredKey, secret string, err error) (*newKeyOutput, error) {
	if err != nil {
		return nil, problem(err)
	}
	return &newKeyOutput{CacheControl: "no-store", Body: NewAPIKey{Key: apiKeyOf(key), Secret: secret}}, nil
}

type keyInput struct {
	Key string `path:"key" maxLength:"40"`
}

func (h handler) rotateKey(a huma.API) {
	huma.Register(a, operation("rotate-key", http.MethodPost, "/keys/{key}/rotate", "Give an API key a new secret; the one before works on for the overlap", http.StatusOK),
		func(ctx context.Context, in *struct {
			Key  string `path:"key" maxLength:"40"`
			Body struct {
				OverlapHours *int `json:"overlap_hours,omitempty" minimum:"0" maximum:"720" doc:"Absent: 24"`
			}
		}) (*newKeyOutput, error) {
			overlap := identity.OverlapDefault
			if in.Body.OverlapHours != nil {
				overlap = time.Duration(*in.Body.OverlapHours) * time.Hour
			}
			key, secret, err := h.Keyring.Rotate(ctx, in.Key, overlap)
			return newSecret(key, secret, err)
		})
}

func (h handler) revokeKey(a huma.API) {
	huma.Register(a, operation("revoke-key", http.MethodPost, "/keys/{key}/revoke", "Revoke an API key, for good", http.StatusOK),
		func(ctx context.Context, in *keyInput) (*apiKeyOutput, error) {
			key, err := h.Keyring.Revoke(ctx, in.Key)
			if err != nil {
				return nil, problem(err)
			}
			return &apiKeyOutput{Body: apiKeyOf(key)}, nil
		})
}
