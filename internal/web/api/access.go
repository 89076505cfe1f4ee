package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// actions says which action each operation is: a key must be allowed it. An
// operation without a row stops the start.
var actions = map[string]identity.Action{
	"post-application":   identity.Apply,
	"post-correction":    identity.Correct,
	"get-application":    identity.ViewCase,
	"list-applications":  identity.ViewList,
	"retry-check":        identity.Retry,
	"waive-check":        identity.Waive,
	"decide":             identity.Decide,
	"start-run":          identity.Retry,
	"get-run":            identity.ViewList,
	"steer-run":          identity.Retry,
	"list-run-answers":   identity.ViewList,
	"score-requirement":  identity.Assess,
	"waive-requirement":  identity.Accommodate,
	"judge-requirement":  identity.Assess,
	"answer-requirement": identity.Accommodate,
	"revoke-credential":  identity.Revoke,
	"get-ledger":         identity.ViewTimeline,
	"verify-ledger":      identity.VerifyLedger,
	"list-notices":       identity.ReadPrograms,
	"list-programs":      identity.ReadPrograms,
	"list-lists":         identity.ViewLists,
	"refresh-lists":      identity.RefreshLists,
	"get-refresh":        identity.ViewLists,
}

type keyKey struct{}

// keyOf is the key that a request came with.
func keyOf(ctx context.Context) identity.Key {
	key, _ := ctx.Value(keyKey{}).(identity.Key)
	return key
}

func actor(ctx context.Context) workflows.Actor { return workflows.Actor(keyOf(ctx).Actor()) }

// authenticate lets nobody past without a key that may do what the operation does.
// What follows sees applicants of the key's own programs alone, and an address that
// names another's is answered as one that names nobody.
func (h handler) authenticate(a huma.API) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		key, err := h.Keys.Identify(ctx.Context(), bearer(ctx.Header("Authorization")))
		switch {
		case onboarding.CodeOf(err) == onboarding.CodeNotAllowed:
			ctx.SetHeader("WWW-Authenticate", "Bearer")
			_ = huma.WriteErr(a, ctx, http.StatusUnauthorized, "Send a valid API key as a bearer token.")
			return
		case err != nil:
			refuse(a, ctx, err)
			return
		case !key.MayAny(actions[ctx.Operation().OperationID]):
			_ = huma.WriteErr(a, ctx, http.StatusForbidden, "This key is not for that. Ask an administrator for one that is.")
			return
		}
		ctx = huma.WithValue(ctx, keyKey{}, key)
		ctx = huma.WithContext(ctx, applicants.Within(ctx.Context(), key.Programs()))
		if len(key.Programs()) > 0 && strings.Contains(ctx.Operation().Path, "/applications/{id}") {
			id, err := onboarding.ParseApplicantID(ctx.Param("id"))
			if err == nil {
				_, err = h.Service.StaffView(ctx.Context(), id)
			}
			if err != nil {
				refuse(a, ctx, problem(err))
				return
			}
		}
		next(ctx)
	}
}

// refuse answers with an error before any handler.
func refuse(a huma.API, ctx huma.Context, err error) {
	var status huma.StatusError
	if !errors.As(err, &status) {
		errors.As(problem(err), &status)
	}
	_ = huma.WriteErr(a, ctx, status.GetStatus(), status.Error())
}

// ofProgram refuses what a key may not do in a program.
func ofProgram(ctx context.Context, a identity.Action, program string) error {
	if keyOf(ctx).May(a, program) {
		return nil
	}
	return &onboarding.Error{Code: onboarding.CodeNotAllowed, Field: "body.program", Message: "This key is not for that program.",
		Hint: "Ask an administrator for one that is."}
}
