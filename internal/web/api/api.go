// Package api is what integrators and the command line call, under /api/v1. The
// OpenAPI document is made from the handlers' own types, so it cannot say
// something else than they do. One file an action.
package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Prefix is where the API stands.
const Prefix = "/api/v1"

// BodyLimit is the largest application that is read, in bytes.
const BodyLimit = 256 << 10

// Service is what the API needs of the house; *applicants.Service is one.
type Service interface {
	Apply(ctx context.Context, a applicants.Application) (onboarding.ApplicantID, bool, error)
	Correct(ctx context.Context, id onboarding.ApplicantID, changes onboarding.Profile, by workflows.Actor) error
	StaffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error)
	List(ctx context.Context, f applicants.Filter) (applicants.Page, error)
	// Sought reads what was typed into a search; what it gives has no personal data.
	Sought(typed string) (applicants.Sought, error)
	Retry(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error
	Waive(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, reason string, by workflows.Actor) error
	UseVendor(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, vendor, reason string, by workflows.Actor) error
	FailedCounts(ctx context.Context, program string) ([]applicants.FailedCount, error)
	FailedLines(ctx context.Context, f applicants.Filter) ([]applicants.FailedLine, string, error)
	Vendors(ctx context.Context) ([]applicants.Vendor, error)
	PauseVendor(ctx context.Context, vendor, reason string, by workflows.Actor) error
	ResumeVendor(ctx context.Context, vendor string, by workflows.Actor) error
	Decide(ctx context.Context, id onboarding.ApplicantID, d applicants.Decision, by workflows.Actor) error
	// StartBulk starts one run, however often it is asked with the same ID.
	StartBulk(ctx context.Context, q applicants.BulkRequest) error
	// CasesNow gives cases as a run that assigns them takes them.
	CasesNow(ctx context.Context, ids []onboarding.ApplicantID) ([]workflows.BulkItem, error)
	// HeldLines gives the checks that wait while the filter's vendor is paused.
	HeldLines(ctx context.Context, f applicants.Filter) ([]applicants.FailedLine, string, error)
	Bulk(ctx context.Context, id string) (workflows.BulkProgress, error)
	BulkAnswers(ctx context.Context, p workflows.BulkProgress) ([]applicants.BulkAnswer, error)
	SteerBulk(ctx context.Context, id, how string) (workflows.BulkProgress, error)
	ScoreLive(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, score applicants.LiveScore, by workflows.Actor) error
	WaiveRequirement(ctx context.Context, id onboarding.ApplicantID, requirement, reason string, by workflows.Actor) error
	JudgeRequirement(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, pass bool, reason string, by workflows.Actor) error
	AnswerOtherWay(ctx context.Context, id onboarding.ApplicantID, requirement, words string, by workflows.Actor) error
	Revoke(ctx context.Context, id onboarding.ApplicantID, category workflows.RevocationReason, reason string, by workflows.Actor) error
	Timeline(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Event, error)
	VerifyLedger(ctx context.Context, id onboarding.ApplicantID) (ledger.Report, error)
}

// Programs is the list of programs; *program.Set is one.
type Programs interface{ All() []program.Program }

// Keys tells whose API key a request carries.
type Keys interface {
	// Identify gives the key and what it may do; CodeNotAllowed for one that is none.
	Identify(ctx context.Context, secret string) (identity.Key, error)
}

// Access keeps who asked for what beside the ledgers; *access.Log is one.
type Access interface {
	// Record keeps a use before it happens: when it fails, the use must not happen.
	Record(ctx context.Context, e access.Event) error
	Refuse(ctx context.Context, e access.Event)
	Read(ctx context.Context, q access.Query) (access.Page, error)
}

// Config is what the API works with.
type Config struct {
	Service  Service
	Lists    Lists
	Proofs   Proofs
	Webhooks Webhooks
	Desk     Desk
	Requests Requests // nil: no operation is about them
	Answers  Answers
	Rate     Rate
	Now      func() time.Time // of Rate; time.Now when nil
	Programs Programs
	Keys     Keys
	Access   Access
	Keyring  Keyring
	Version  string
	// Invitations is nil where nobody is invited.
	Invitations Invitations
	Holds       Holds   // nil: no operation is about them
	Tickets     Tickets // likewise
	Kept        Kept    // likewise
	Onward      Onward  // likewise
	// RequestDesk is nil where nobody answers requests about people's data.
	RequestDesk RequestDesk
	Retention   Retention // likewise
	Process     Process   // likewise
	Rollouts    Rollouts
	Statistics  Statistics

	Announcements Announcements
	Complaints    Complaints
}

type handler struct{ Config }

// Register puts the API on the mux and gives its OpenAPI document.
func Register(mux web.Router, cfg Config) *huma.OpenAPI {
	hc := huma.DefaultConfig("Vouchsafe", cfg.Version)
	hc.OpenAPIPath, hc.DocsPath, hc.SchemasPath = "", "", ""
	hc.CreateHooks = nil // no $schema members: answers are what the design says
	hc.Transformers = append(hc.Transformers, withoutValues)
	hc.Info.Description = "Applicants from sign-up to certified. Every error is an RFC 9457 problem. Each answer says by RateLimit-Policy and RateLimit how much the key may ask; what is more is answered 429 with Retry-After, and was not carried out. A POST takes an Idempotency-Key."
	hc.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"key": {Type: "http", Scheme: "bearer", Description: "An API key."}}
	hc.Security = []map[string][]string{{"key": {}}}
	a := humago.New(mux, hc)
	h := handler{cfg}
	a.UseMiddleware(h.authenticate(a), h.limited(a, newLimiter(cfg.Rate, cfg.Now)), h.idempotent(a))
	h.postApplication(a)
	h.postCorrection(a)
	h.dataRequests(a)
	h.getApplication(a)
	h.listApplications(a)
	h.searchApplications(a)
	h.retryCheck(a)
	h.waiveCheck(a)
	h.useVendor(a)
	h.listFailed(a)
	h.countFailed(a)
	h.listVendors(a)
	h.pauseVendor(a)
	h.resumeVendor(a)
	h.decide(a)
	h.startRun(a)
	h.getRun(a)
	h.steerRun(a)
	h.runAnswers(a)
	h.scoreLive(a)
	h.waiveRequirement(a)
	h.judgeRequirement(a)
	h.answerOtherWay(a)
	h.revoke(a)
	h.getLedger(a)
	h.verifyLedger(a)
	h.proveRecord(a)
	h.listNotices(a)
	h.rollouts(a)
	h.complaints(a)
	h.statistics(a)
	h.announcements(a)
	h.listPrograms(a)
	h.publicLists(a)
	h.refreshLists(a)
	h.getRefresh(a)
	h.getAccess(a)
	h.invitations(a)
	h.webhooks(a)
	h.desk(a)
	h.holds(a)
	h.tickets(a)
	h.kept(a)
	h.onward(a)
	h.requestDesk(a)
	h.process(a)
	h.retention(a)
	h.listKeys(a)
	h.makeKey(a)
	h.rotateKey(a)
	h.revokeKey(a)
	delete(a.OpenAPI().Components.Schemas.Map()["ErrorDetail"].Properties, "value") // see withoutValues
	tellHeaders(a.OpenAPI())
	document(mux, a)
	mux.HandleFunc(Prefix+"/", unknown(a))
	return a.OpenAPI()
}

// document serves the OpenAPI document; it is no secret.
func document(mux web.Router, a huma.API) {
	mux.HandleFunc("GET "+Prefix+"/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		body, err := a.OpenAPI().MarshalJSON()
		if err != nil {
			writeProblem(w, http.StatusInternalServerError, "The document could not be made.")
			return
		}
		w.Header().Set("Content-Type", "application/openapi+json")
		w.Write(body)
	})
}

// unknown answers what no action stands at: another method (405) or nothing (404).
func unknown(a huma.API) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for pattern, item := range a.OpenAPI().Paths {
			if matches(pattern, r.URL.Path) {
				w.Header().Set("Allow", allowed(item))
				writeProblem(w, http.StatusMethodNotAllowed, "This address does not take "+r.Method+".")
				return
			}
		}
		writeProblem(w, http.StatusNotFound, "There is nothing at this address; see "+Prefix+"/openapi.json.")
	}
}

func bearer(header string) string {
	const scheme = "Bearer "
	if len(header) <= len(scheme) || header[:len(scheme)] != scheme {
		return ""
	}
	return header[len(scheme):]
}

// problem turns the house's errors into RFC 9457 problems, by web's one map.
func problem(err error) error { return problemIn(err, "body.applicant.") }

// problemIn is problem where the faults of a profile lie under another member.
func problemIn(err error, under string) error {
	if err == nil {
		return nil
	}
	status := web.StatusOf(err)
	if e := new(onboarding.Error); errors.As(err, &e) && e.Code == onboarding.CodeConflict && e.Field == keyHeader {
		status = http.StatusUnprocessableEntity // draft-ietf-httpapi-idempotency-key-header, 2.7: another request under a used key
	}
	var faults applicants.Faults
	if errors.As(err, &faults) {
		details := make([]error, len(faults))
		for i, f := range faults {
			details[i] = &huma.ErrorDetail{Message: f.Err.Error(), Location: under + string(f.Field)}
		}
		return huma.NewError(status, "Some fields cannot be used as they are.", details...)
	}
	var e *onboarding.Error
	if !errors.As(err, &e) || status >= http.StatusInternalServerError {
		return huma.NewError(status, "This could not be done now. Nothing is lost; try again, with the same Idempotency-Key.")
	}
	if e.Field == "" {
		return huma.NewError(status, e.Error())
	}
	return huma.NewError(status, e.Error(), &huma.ErrorDetail{Message: e.Message, Location: e.Field})
}

// withoutValues keeps what was sent out of problems. Huma quotes it, for an
// unknown member the whole object around it, and a national ID would so stand in
// the log of every client that logs what went wrong.
func withoutValues(_ huma.Context, _ string, v any) (any, error) {
	if p, ok := v.(*huma.ErrorModel); ok {
		for _, detail := range p.Errors {
			detail.Value = nil
		}
	}
	return v, nil
}

// IDInput is the ID in a path. It is exported because huma passes over embedded
// types that are not.
type IDInput struct {
	ID string `path:"id" doc:"The applicant's ID" example:"019ab3c0-0000-7000-8000-000000000001"`
}

func (in IDInput) parse() (onboarding.ApplicantID, error) { return onboarding.ParseApplicantID(in.ID) }

// operation is what every action's description has in common.
func operation(id, method, path, summary string, status int) huma.Operation {
	if !actions[id].Known() {
		panic("the operation " + id + " has no action in access.go, so nobody may do it: give it one")
	}
	// All that web.StatusOf may give, and what is refused before a handler.
	problems := []int{401, 403, 404, 409, 410, 422, 429, 500, 503}
	if method == http.MethodPost || method == http.MethodPatch {
		problems = append(problems, 400, 413, 415)
	}
	var parameters []*huma.Param
	if method == http.MethodPost && !ownKeys[id] && id != "start-run" { // which names it itself
		most := maxKey
		parameters = []*huma.Param{{Name: keyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString, MaxLength: &most},
			Description: "The same key and request, sent again within 48 hours, get the first answer again and do nothing; another request under the key is 422, one whose first is under way 409"}}
	}
	return huma.Operation{OperationID: id, Parameters: parameters, Method: method, Path: Prefix + path, Summary: summary, DefaultStatus: status,
		MaxBodyBytes: BodyLimit, Errors: problems}
}
