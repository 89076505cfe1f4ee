package api

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// actions says which action each operation is: a key must be allowed it. An
// operation without a row stops the start.
var actions = map[string]identity.Action{
	"use-vendor":          identity.UseVendor,
	"list-failed-checks":  identity.ViewList,
	"count-failed-checks": identity.ViewList,
	"list-vendors":        identity.ViewOutages,
	"pause-vendor":        identity.PauseVendor,
	"resume-vendor":       identity.PauseVendor,

	"post-application":    identity.Apply,
	"post-correction":     identity.Correct,
	"get-application":     identity.ViewCase,
	"list-applications":   identity.ViewList,
	"search-applications": identity.Search,
	"retry-check":         identity.Retry,
	"waive-check":         identity.Waive,
	"decide":              identity.Decide,
	"start-run":           identity.Retry,
	"get-run":             identity.ViewList,
	"steer-run":           identity.ViewList, // each kind of run has an action of its own, by runActions
	"list-run-answers":    identity.ViewList,
	"score-requirement":   identity.Assess,
	"waive-requirement":   identity.Accommodate,
	"judge-requirement":   identity.Assess,
	"answer-requirement":  identity.Accommodate,
	"revoke-credential":   identity.Revoke,
	"get-ledger":          identity.ViewTimeline,
	"verify-ledger":       identity.VerifyLedger,
	"prove-record":        identity.VerifyLedger,
	"list-notices":        identity.ReadPrograms,
	"list-programs":       identity.ReadPrograms,

	"list-announcements": identity.Announce,
	"start-announcement": identity.Announce,
	"get-announcement":   identity.Announce,
	"steer-announcement": identity.Announce,

	"get-statistics":   identity.ReadStatistics,
	"list-complaints":  identity.AnswerComplaint,
	"post-complaint":   identity.TakeComplaint,
	"open-complaint":   identity.AnswerComplaint,
	"answer-complaint": identity.AnswerComplaint,

	"list-rollouts":        identity.RollOut,
	"start-rollout":        identity.RollOut,
	"get-rollout":          identity.RollOut,
	"steer-rollout":        identity.RollOut,
	"accept-rollout":       identity.RollOut,
	"cancel-rollout":       identity.RollOut,
	"list-refused-letters": identity.RollOut,

	"list-lists":    identity.ViewLists,
	"refresh-lists": identity.RefreshLists,
	"get-access":    identity.ViewAccess,
	"list-keys":     identity.ManageKeys,
	"make-key":      identity.ManageKeys,
	"rotate-key":    identity.ManageKeys,
	"revoke-key":    identity.ManageKeys,
	"get-refresh":   identity.ViewLists,

	"invite":                  identity.Invite,
	"invite-csv":              identity.Invite,
	"list-invitations":        identity.ViewInvitations,
	"get-invitation":          identity.ViewInvitations,
	"withdraw-invitation":     identity.Invite,
	"get-invitation-list":     identity.ViewInvitations,
	"list-invitation-lines":   identity.ViewInvitations,
	"get-faulty-invitations":  identity.Invite,
	"confirm-invitation-list": identity.Invite,
	"steer-invitation-list":   identity.Invite,

	"list-purges": identity.ViewRetention,
	"get-purge":   identity.ViewRetention,
	"list-due":    identity.ViewRetention,
	"start-purge": identity.Purge,
	"steer-purge": identity.Purge,

	"list-legal-cases":    identity.ViewProcess,
	"get-legal-case":      identity.ViewProcess,
	"open-legal-case":     identity.AskProcess,
	"rule-on-legal-case":  identity.ApproveProcess,
	"give-legal-case":     identity.AskProcess,
	"fetch-legal-case":    identity.AskProcess,
	"open-legal-document": identity.ViewProcess,
	"tell-legal-case":     identity.AskProcess,

	"list-requests":      identity.AnswerData,
	"get-request":        identity.AnswerData,
	"take-in-request":    identity.AnswerData,
	"open-request-words": identity.AnswerData,
	"answer-request":     identity.AnswerData,
	"extend-request":     identity.AnswerData,
	"list-erasures":      identity.AnswerData,
	"mark-vendor-erased": identity.AnswerData,

	"list-onward-transfers": identity.ViewOnward,

	"list-kept": identity.OpenKept,
	"open-kept": identity.OpenKept,

	"list-tickets":       identity.ViewTickets,
	"open-ticket":        identity.OpenTicket,
	"close-ticket":       identity.OpenTicket,
	"open-ticket-reason": identity.ViewTickets,

	"list-holds":    identity.ViewHolds,
	"list-holds-on": identity.ViewHolds,
	"set-hold":      identity.SetHold,
	"release-hold":  identity.SetHold,
	"open-hold":     identity.ViewHolds,

	"get-findings":        identity.ViewFindings,
	"list-documents":      identity.ViewCase,
	"open-document":       identity.ViewCase, // each kind has an action of its own, by identity.ToOpen
	"list-notes":          identity.ReadNotes,
	"post-note":           identity.WriteNote,
	"assign-case":         identity.AssignCase,
	"assign-cases":        identity.AssignCase,
	"allow-proof":         identity.AllowProof,
	"answer-data-request": identity.AnswerData,
	"post-data-request":   identity.InstructData,
	"get-data-request":    identity.InstructData,
	"get-counts":          identity.ViewList,
	"list-runs":           identity.ViewList,

	"list-webhook-endpoints":  identity.ViewWebhooks,
	"get-webhook-endpoint":    identity.ViewWebhooks,
	"post-webhook-endpoint":   identity.ManageWebhooks,
	"patch-webhook-endpoint":  identity.ManageWebhooks,
	"delete-webhook-endpoint": identity.ManageWebhooks,
	"rotate-webhook-secret":   identity.ManageWebhooks,
	"test-webhook-endpoint":   identity.ReplayWebhooks,
	"list-dead-letters":       identity.ViewWebhooks,
	"replay-dead-letters":     identity.ReplayWebhooks,
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
			ctx.SetHeader(whoHeader, "Bearer")
			_ = huma.WriteErr(a, ctx, http.StatusUnauthorized, "Send a valid API key as a bearer token.")
			return
		case err != nil:
			refuse(a, ctx, err)
			return
		case !key.MayAny(actions[ctx.Operation().OperationID]):
			e := event(ctx.Operation(), key)
			e.Detail = access.ByRole
			h.Access.Refuse(ctx.Context(), e)
			_ = huma.WriteErr(a, ctx, http.StatusForbidden, "This key is not for that. Ask an administrator for one that is.")
			return
		}
		ctx = huma.WithValue(ctx, keyKey{}, key)
		ctx = huma.WithValue(ctx, operationKey{}, ctx.Operation())
		anywhere := ctx.Context()
		ctx = huma.WithContext(ctx, applicants.Within(access.Begin(ctx.Context(), event(ctx.Operation(), key)), key.Programs()))
		if len(key.Programs()) > 0 && strings.Contains(ctx.Operation().Path, "/applications/{id}") {
			id, err := onboarding.ParseApplicantID(ctx.Param("id"))
			if err == nil {
				h.noteOutside(anywhere, id)
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

// event begins an access event of what a key asks for.
func event(o *huma.Operation, key identity.Key) access.Event {
	return access.Event{Who: key.Actor(), Action: string(actions[o.OperationID]), Route: o.Method + " " + o.Path}
}

// noteOutside records that a key has asked for an applicant of another program; the
// answer is the same as for one that there is not. ctx has no scope, and the key.
func (h handler) noteOutside(ctx context.Context, id onboarding.ApplicantID) {
	e := h.begun(ctx)
	v, err := h.Service.StaffView(ctx, id)
	if err != nil || keyOf(ctx).May(identity.Action(e.Action), v.Program) {
		return
	}
	e.Applicant, e.Program, e.Detail = id, v.Program, access.ByScope
	h.Access.Refuse(ctx, e)
}

type operationKey struct{}

// used records a use that is not about one applicant, such as an export, before it
// happens. When it fails the use must not happen.
func (h handler) used(ctx context.Context, e access.Event) error {
	began := h.begun(ctx)
	e.Who, e.Route = began.Who, began.Route
	if e.Action == "" {
		e.Action = began.Action
	}
	return h.Access.Record(ctx, e)
}

// begun is event for one who has no more than the request's context.
func (h handler) begun(ctx context.Context) access.Event {
	o, _ := ctx.Value(operationKey{}).(*huma.Operation)
	if o == nil {
		o = &huma.Operation{}
	}
	return event(o, keyOf(ctx))
}

// reads gives the key's leave to read for a purpose; one that is not for the action is
// refused, and recorded.
func (h handler) reads(ctx context.Context, a identity.Action, p identity.Purpose) (identity.Reading, error) {
	as, err := keyOf(ctx).Reads(a, p)
	if err != nil {
		e := h.begun(ctx)
		e.Action, e.Detail, e.Purpose = string(a), access.ByPurpose, string(p)
		h.Access.Refuse(ctx, e)
		return identity.Reading{}, problem(err)
	}
	return as, nil
}

// notAllowed refuses what a key is not for, and records it.
func (h handler) notAllowed(ctx context.Context, a identity.Action, program, message string) error {
	e := h.begun(ctx)
	e.Action, e.Program, e.Detail = string(a), program, access.ByRole
	if program != "" {
		e.Detail = access.ByScope
	}
	h.Access.Refuse(ctx, e)
	return problem(&onboarding.Error{Code: onboarding.CodeNotAllowed, Message: message, Hint: "Ask an administrator for one that is."})
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
func (h handler) ofProgram(ctx context.Context, a identity.Action, program string) error {
	if keyOf(ctx).May(a, program) {
		return nil
	}
	return h.notAllowed(ctx, a, program, "This key is not for that program.")
}
