// Package console is the staff's face, /console: sign-in by a one-time link, the
// list of applicants, one applicant with their checks and their ledger, what a
// check found beside what the applicant gave, and the failed checks, to be retried
// in bulk. It works without JavaScript. What a role
// may do stands in internal/identity; each route names the action that it is.
package console

import (
	"context"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/durations"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

//go:embed pages/*.html
var pageFiles embed.FS

// Service is what the console needs; *applicants.Service is one.
type Service interface {
	List(ctx context.Context, f applicants.Filter) (applicants.Page, error)
	Counts(ctx context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error)
	// Board counts a program's applicants, or all; it may be some seconds old.
	Board(ctx context.Context, program string) (applicants.Board, error)
	// Sought reads what was typed into a search; what it gives has no personal data.
	Sought(typed string) (applicants.Sought, error)
	Views(ctx context.Context, owner string) ([]applicants.View, error)
	SaveView(ctx context.Context, owner string, v applicants.View) error
	DropView(ctx context.Context, owner, name string) error
	FailedCounts(ctx context.Context, program string) ([]applicants.FailedCount, error)
	StaffView(ctx context.Context, id onboarding.ApplicantID) (workflows.StaffView, error)
	Timeline(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Event, error)
	VerifyLedger(ctx context.Context, id onboarding.ApplicantID) (ledger.Report, error)
	// Found is recorded in the ledger before it answers.
	Found(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, as identity.Reading) (applicants.Found, error)
	AnswerData(ctx context.Context, id onboarding.ApplicantID, kind workflows.DataKind, answer, reason string, by workflows.Actor) error
	// Attachments lists the files that the applicant handed in.
	Attachments(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Attached, error)
	// OpenAttachment is recorded in the ledger before it answers.
	OpenAttachment(ctx context.Context, id onboarding.ApplicantID, number int, as identity.Reading) (applicants.Attached, []byte, error)
	Outages(ctx context.Context) ([]workflows.VendorOutage, error)
	Retry(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error
	// StartBulk starts one run, however often it is asked with the same ID.
	StartBulk(ctx context.Context, q applicants.BulkRequest) error
	// CountCases is how many cases a run that assigns those of a match would begin with.
	CountCases(ctx context.Context, m workflows.BulkMatch) (int, error)
	// HeldLines gives the checks that wait while the filter's vendor is paused.
	HeldLines(ctx context.Context, f applicants.Filter) ([]applicants.FailedLine, string, error)
	// HeldCount is how many applicants have one.
	HeldCount(ctx context.Context, f applicants.Filter) (int, error)
	Bulk(ctx context.Context, id string) (workflows.BulkProgress, error)
	// BulkOthers gives those answers that are not that it is done, up to a number.
	BulkOthers(ctx context.Context, p workflows.BulkProgress, most int) ([]applicants.BulkAnswer, error)
	BulkAnswers(ctx context.Context, p workflows.BulkProgress) ([]applicants.BulkAnswer, error)
	// SteerBulk is CodeNotNow for a run that is over.
	SteerBulk(ctx context.Context, id, how string) (workflows.BulkProgress, error)
	Bulks(ctx context.Context, limit int) ([]applicants.BulkLine, error)
	Waive(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, reason string, by workflows.Actor) error
	Decide(ctx context.Context, id onboarding.ApplicantID, d applicants.Decision, by workflows.Actor) error
	Revoke(ctx context.Context, id onboarding.ApplicantID, category workflows.RevocationReason, reason string, by workflows.Actor) error
	// Asked is what the certification asks for, as the case has it.
	Asked(ctx context.Context, id onboarding.ApplicantID) ([]program.Requirement, error)
	ScoreLive(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, score applicants.LiveScore, by workflows.Actor) error
	JudgeRequirement(ctx context.Context, id onboarding.ApplicantID, requirement string, attempt int, pass bool, reason string, by workflows.Actor) error
	WaiveRequirement(ctx context.Context, id onboarding.ApplicantID, requirement, reason string, by workflows.Actor) error
	AnswerOtherWay(ctx context.Context, id onboarding.ApplicantID, requirement, words string, by workflows.Actor) error
	AllowProof(ctx context.Context, id onboarding.ApplicantID, reason string, by workflows.Actor) error
	// Listed is an applicant as lists have them, while no worker answers.
	Listed(ctx context.Context, id onboarding.ApplicantID) (applicants.Line, error)
	// Progress tells whether anything has happened in a case, and what is tried now.
	Progress(ctx context.Context, id onboarding.ApplicantID) (applicants.Progress, error)
	WriteNote(ctx context.Context, id onboarding.ApplicantID, words string, corrects uint64, once string, by workflows.Actor) error
	// Notes is recorded in the ledger before it answers.
	Notes(ctx context.Context, id onboarding.ApplicantID, as identity.Reading) ([]applicants.Note, error)
	Documents(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Document, error)
	// OpenDocument is recorded in the ledger before it answers.
	OpenDocument(ctx context.Context, id onboarding.ApplicantID, name string, fields []onboarding.Field, as identity.Reading) (applicants.Opened, error)
	Assign(ctx context.Context, id onboarding.ApplicantID, recruiter, was string, by workflows.Actor) error
	VendorService
}

// Access keeps who asked for what beside the ledgers; *access.Log is one.
type Access interface {
	// Record keeps a use before it happens: when it fails, the use must not happen.
	Record(ctx context.Context, e access.Event) error
	Refuse(ctx context.Context, e access.Event)
	Read(ctx context.Context, q access.Query) (access.Page, error)
}

// Programs is the list of programs; *program.Set is one.
type Programs interface{ All() []program.Program }

// Config says what a Console works with.
type Config struct {
	Site     *web.Site
	Service  Service
	Webhooks Webhooks // integrators' endpoints
	// DataRequests are the requests about people's own data; nil where nobody answers any.
	DataRequests Requests
	Programs     Programs
	Links        *identity.StaffLinks
	Sessions     *identity.Sessions
	// OIDC signs staff in at a provider; nil: one-time links are the only way.
	OIDC *identity.OIDC
	// Directory knows who is who; nil: people are known by their IDs alone.
	Directory *identity.Directory
	Access    Access
	Keyring   applicants.Keyring // API keys; applicants.RecordedKeys is one
	// TemporalUI is where staff find the Temporal Web UI; empty: no links lead there.
	TemporalUI string
	Namespace  string
	Usual      durations.Lookup // what is usual, as measured; nil: nothing is known
	// Invitations is nil where nobody is invited.
	Invitations Invitations
	// Holds are whose data must not go for now; nil: no page is about them.
	Holds Holds
	// Tickets are the support tickets; nil: no page is about them.
	Tickets Tickets
	// Kept is what the law keeps of who is erased; nil: no page is about it.
	Kept Kept
	// Onward are vendors' sub-processors; nil: no page is about them.
	Onward Onward
	// Rollouts is nil where no text changes.
	Rollouts Rollouts
	// Process are the cases of legal process; nil: no page is about them.
	Process Process
	// Retention is how long things are kept; nil: no page is about it.
	Retention Retention
	// Complaints is nil where nobody complains to us.
	Complaints Complaints
	// Announcements is nil where no marketing letters are sent.
	Announcements Announcements
}

// Console serves /console.
type Console struct {
	Config
	site     *web.Site
	service  Service
	pages    *web.Templates
	sessions web.Cookies[identity.StaffSession]
	logins   web.Cookies[identity.Login]
	chosen   web.Cookies[chosen]

	hub       *hub
	watchable *http.ServeMux
}

// New parses the pages and makes a Console.
func New(cfg Config) (*Console, error) {
	if cfg.Site == nil || cfg.Service == nil || cfg.Programs == nil || cfg.Links == nil || cfg.Sessions == nil || cfg.Access == nil || cfg.Keyring == nil || cfg.Webhooks == nil {
		return nil, errors.New("console: give the site, the service, the programs, the links, the sessions, the access log, the keys and the webhooks")
	}
	c := &Console{Config: cfg, site: cfg.Site, service: cfg.Service,
		sessions: web.NewCookies[identity.StaffSession](cfg.Site, "vouchsafe_staff", identity.StaffSessionTTL),
		logins:   web.NewCookies[identity.Login](cfg.Site, "vouchsafe_login", loginTTL),
		chosen:   web.NewCookies[chosen](cfg.Site, "vouchsafe_roles", loginTTL)}
	var err error
	c.pages, err = cfg.Site.Templates(pageFiles, "pages", web.Face{Name: "vouchsafe console", Home: "/console"}, template.FuncMap{
		"stage": workflows.StageWords, "kindWords": workflows.KindWords, "requirement": workflows.RequirementWords, "requirementTag": requirementTag, "check": workflows.CheckWords, "vendor": workflows.VendorTitle, "attention": attentionWords,
		"statusTag": statusTag, "stageTag": stageTag, "moment": moment, "stamp": stamp, "age": c.age, "short": short, "problem": problemWords,
		"finding": findingWords, "note": noteWords, "ruling": rulingWords, "parts": partsWords, "clock": c.clockTime, "plain": plain, "fold": fold, "weighty": weighty, "reason": reasonWords, "fieldName": fieldName, "applied": applied,
		"by": byWords, "processName": processWords, "revocation": revocationWords, "renewal": renewalWords,
		"invitationState": invitationStateWords, "invitationClass": invitationClass, "shortRef": shortRef})
	c.hub, c.watchable = newHub(), c.liveMux()
	return c, err
}

// Hush ends the streams by which pages keep themselves up to date. A server that
// stops waits for what is open, so it is called first.
func (c *Console) Hush() { c.hub.stop() }

// route is one address, and the action that a role needs for it.
type route struct {
	pattern string
	action  identity.Action
	handle  func(w http.ResponseWriter, r *http.Request, who identity.Staff)
}

const (
	listPath   = "/console"
	failedPath = "/console/failed"
)

func casePath(id onboarding.ApplicantID) string { return "/console/applicants/" + string(id) }

// routes is every page that asks for a role.
func (c *Console) routes() []route {
	return append(slices.Concat(c.webhookRoutes(), c.invitationRoutes(), c.holdRoutes(), c.ticketRoutes(), c.keptRoutes(), c.onwardRoutes(), c.rolloutRoutes(), c.announcementRoutes(), c.complaintRoutes(), c.requestRoutes(), c.processRoutes(), c.retentionRoutes()), []route{
		{"GET /console", identity.ViewList, c.showList},
		{"GET /console/board", identity.ViewList, c.showBoard},
		{"GET /console/applicants.csv", identity.ViewList, c.downloadList},
		{"POST /console/search", identity.Search, c.search},
		{"POST /console/views", identity.ViewList, c.keepView},
		{"GET /console/live", identity.ViewList, c.watch},
		{"GET /console/applicants/{id}", identity.ViewCase, c.showCase},
		{"GET /console/applicants/{id}/ledger", identity.VerifyLedger, c.showProof},
		{"GET /console/applicants/{id}/checks/{check}", identity.ViewFindings, c.showFound},
		{"GET /console/applicants/{id}/data-request", identity.AnswerData, c.ask(answeringData)},
		{"POST /console/applicants/{id}/data-request", identity.AnswerData, c.act(answeringData)},
		{"GET /console/applicants/{id}/files/{number}", identity.ViewFindings, c.downloadFile},
		{"GET /console/applicants/{id}/checks/{check}/retry", identity.Retry, c.ask(retrying)},
		{"POST /console/applicants/{id}/checks/{check}/retry", identity.Retry, c.act(retrying)},
		{"GET /console/applicants/{id}/checks/{check}/waive", identity.Waive, c.ask(waiving)},
		{"POST /console/applicants/{id}/checks/{check}/waive", identity.Waive, c.act(waiving)},
		{"GET /console/applicants/{id}/decision", identity.Decide, c.ask(deciding)},
		{"POST /console/applicants/{id}/decision", identity.Decide, c.act(deciding)},
		{"GET /console/applicants/{id}/revoke", identity.Revoke, c.ask(revoking)},
		{"POST /console/applicants/{id}/revoke", identity.Revoke, c.act(revoking)},
		{"GET /console/applicants/{id}/proof", identity.AllowProof, c.ask(proofing)},
		{"POST /console/applicants/{id}/proof", identity.AllowProof, c.act(proofing)},
		{"GET /console/applicants/{id}/requirements/{requirement}/score", identity.Assess, c.askDuty(scoring)},
		{"POST /console/applicants/{id}/requirements/{requirement}/score", identity.Assess, c.actDuty(scoring)},
		{"GET /console/applicants/{id}/requirements/{requirement}/judge", identity.Assess, c.askDuty(judging)},
		{"POST /console/applicants/{id}/requirements/{requirement}/judge", identity.Assess, c.actDuty(judging)},
		{"GET /console/applicants/{id}/requirements/{requirement}/answer", identity.Accommodate, c.askDuty(answering)},
		{"POST /console/applicants/{id}/requirements/{requirement}/answer", identity.Accommodate, c.actDuty(answering)},
		{"GET /console/applicants/{id}/requirements/{requirement}/let-go", identity.Accommodate, c.askDuty(letting)},
		{"POST /console/applicants/{id}/requirements/{requirement}/let-go", identity.Accommodate, c.actDuty(letting)},
		{"GET /console/applicants/{id}/documents", identity.ViewCase, c.showDocuments},
		{"POST /console/applicants/{id}/documents", identity.ViewCase, c.linkDocument},
		{"GET /console/applicants/{id}/documents/{link}", identity.ViewCase, c.openDocument},
		{"GET /console/applicants/{id}/notes", identity.ReadNotes, c.showNotes},
		{"POST /console/applicants/{id}/notes", identity.WriteNote, c.writeNote},
		{"GET /console/applicants/{id}/recruiter", identity.AssignCase, c.askRecruiter},
		{"POST /console/applicants/{id}/recruiter", identity.AssignCase, c.setRecruiter},
		{"GET /console/applicants/{id}/checks/{check}/use-vendor", identity.UseVendor, c.ask(c.moving())},
		{"POST /console/applicants/{id}/checks/{check}/use-vendor", identity.UseVendor, c.act(c.moving())},
		{"POST /console/assign", identity.AssignCase, c.assignMany},
		{"GET /console/vendors", identity.ViewOutages, c.showVendors},
		{"GET /console/vendors/{vendor}/pause", identity.PauseVendor, c.askPause},
		{"POST /console/vendors/{vendor}/pause", identity.PauseVendor, c.pauseVendor},
		{"POST /console/vendors/{vendor}/resume", identity.PauseVendor, c.resumeVendor},
		{"GET /console/failed", identity.ViewList, c.showFailed},
		{"POST /console/failed", identity.Retry, c.manyAtOnce},
		{"GET /console/access", identity.ViewAccess, c.showAccess},
		{"GET /console/keys", identity.ManageKeys, c.showKeys},
		{"POST /console/keys", identity.ManageKeys, c.makeKey},
		{"GET /console/keys/{key}", identity.ManageKeys, c.showKey},
		{"POST /console/keys/{key}/rotate", identity.ManageKeys, c.rotateKey},
		{"POST /console/keys/{key}/revoke", identity.ManageKeys, c.revokeKey},
		{"GET /console/sessions", identity.EndSessions, c.showSessions},
		{"POST /console/sessions", identity.EndSessions, c.endSessions},
		{"GET /console/runs", identity.ViewList, c.showRuns},
		{"GET /console/runs/{run}", identity.ViewList, c.showRun},
		{"GET /console/runs/{run}/answers.csv", identity.ViewList, c.downloadRun},
		{"POST /console/runs/{run}/pause", identity.ViewList, c.steer(workflows.UpdatePauseBulk)},
		{"POST /console/runs/{run}/resume", identity.ViewList, c.steer(workflows.UpdateResumeBulk)},
		{"POST /console/runs/{run}/cancel", identity.ViewList, c.steer(workflows.UpdateCancelBulk)},
	}...)
}

// door is an address that asks for no role: who signs in has none yet, and who signs
// out may have any.
type door struct {
	pattern string
	handle  http.HandlerFunc
}

// open is every address that asks for no role.
func (c *Console) open() []door {
	return []door{
		{"GET /console/sign-in", c.beginSignIn},
		{"GET /console/sign-in/callback", c.finishSignIn},
		{"GET /console/sign-in/role", c.askRole},
		{"POST /console/sign-in/role", c.chooseRole},
		{"GET /console/sign-in/{token}", c.showSignIn},
		{"POST /console/sign-in/{token}", c.signIn},
		{"POST /console/sign-out", c.signOut},
		{"GET /console/stay", c.stay},
		{"POST /console/stay", c.stay},
	}
}

// Routes registers the console's pages on the one mux.
func (c *Console) Routes(mux web.Router) {
	mux.HandleFunc("GET /console/{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, listPath, http.StatusFound) })
	for _, rt := range c.open() {
		mux.HandleFunc(rt.pattern, rt.handle)
	}
	for _, rt := range c.routes() {
		mux.HandleFunc(rt.pattern, c.only(rt.action, rt.handle))
	}
}

// patience is how long one page may take; what is done with many is a run of its own.
const patience = 20 * time.Second

// show answers with a page for one who is signed in; one with problems is 422.
func (c *Console) show(w http.ResponseWriter, r *http.Request, who identity.Staff, name string, page web.Page) {
	page.SignOut, page.Wide = "/console/sign-out", true
	page.Nav = []web.Link{{Text: "Board", URL: boardPath, Current: r.URL.Path == boardPath}, {Text: "Applicants", URL: listPath, Current: r.URL.Path == listPath},
		{Text: "Failed checks", URL: failedPath, Current: r.URL.Path == failedPath}}
	if c.Invitations != nil && who.MayAny(identity.ViewInvitations) {
		page.Nav = append(page.Nav, web.Link{Text: "Invitations", URL: InvitationsPath, Current: r.URL.Path == InvitationsPath})
	}
	if c.Holds != nil && who.MayAny(identity.ViewHolds) {
		page.Nav = append(page.Nav, web.Link{Text: "Holds", URL: holdsPath, Current: r.URL.Path == holdsPath})
	}
	if c.Tickets != nil && who.MayAny(identity.ViewTickets) {
		page.Nav = append(page.Nav, web.Link{Text: "Support tickets", URL: ticketsPath, Current: r.URL.Path == ticketsPath})
	}
	if c.DataRequests != nil && who.MayAny(identity.AnswerData) {
		page.Nav = append(page.Nav, web.Link{Text: "Data requests", URL: requestsPath, Current: r.URL.Path == requestsPath})
	}
	if c.Process != nil && who.MayAny(identity.ViewProcess) {
		page.Nav = append(page.Nav, web.Link{Text: "Legal process", URL: ProcessPath, Current: r.URL.Path == ProcessPath})
	}
	if c.Onward != nil && who.MayAny(identity.ViewOnward) {
		page.Nav = append(page.Nav, web.Link{Text: "Onward transfers", URL: onwardPath, Current: r.URL.Path == onwardPath})
	}
	if c.Retention != nil && who.MayAny(identity.ViewRetention) {
		page.Nav = append(page.Nav, web.Link{Text: "Retention", URL: retentionPath, Current: r.URL.Path == retentionPath})
	}
	if who.MayAny(identity.ViewAccess) {
		page.Nav = append(page.Nav, web.Link{Text: "Access", URL: accessPath, Current: r.URL.Path == accessPath})
	}
	if c.Announcements != nil && who.MayAny(identity.Announce) {
		page.Nav = append(page.Nav, web.Link{Text: "News of programs", URL: announcementsPath, Current: r.URL.Path == announcementsPath})
	}
	if c.Complaints != nil && who.MayAny(identity.AnswerComplaint) {
		page.Nav = append(page.Nav, web.Link{Text: "Complaints", URL: complaintsPath, Current: r.URL.Path == complaintsPath})
	}
	if c.Rollouts != nil && who.MayAny(identity.RollOut) {
		page.Nav = append(page.Nav, web.Link{Text: "Notices", URL: noticesPath, Current: r.URL.Path == noticesPath})
	}
	if who.MayAny(identity.ViewWebhooks) {
		page.Nav = append(page.Nav, web.Link{Text: "Webhooks", URL: webhooksPath, Current: r.URL.Path == webhooksPath})
	}
	if who.MayAny(identity.ManageKeys) {
		page.Nav = append(page.Nav, web.Link{Text: "API keys", URL: keysPath, Current: r.URL.Path == keysPath})
	}
	if who.MayAny(identity.EndSessions) {
		page.Nav = append(page.Nav, web.Link{Text: "Sessions", URL: sessionsPath, Current: r.URL.Path == sessionsPath})
	}
	if c.TemporalUI != "" {
		page.Nav = append(page.Nav, web.Link{Text: "Temporal", URL: c.workflowsURL()})
	}
	status := http.StatusOK
	if len(page.Problems) > 0 {
		status = http.StatusUnprocessableEntity
	}
	c.site.Render(w, r, status, c.pages, name, page)
}

// workflowsURL is the list of all cases in the Temporal Web UI.
func (c *Console) workflowsURL() string {
	return strings.TrimSuffix(c.TemporalUI, "/") + "/namespaces/" + url.PathEscape(c.Namespace) + "/workflows"
}

// workflowURL is the case's page in the Temporal Web UI, or "".
func (c *Console) workflowURL(id onboarding.ApplicantID) string { return c.workflowAt(id.WorkflowID()) }

// workflowAt is a workflow's page in the Temporal Web UI, or "".
func (c *Console) workflowAt(id string) string {
	if c.TemporalUI == "" {
		return ""
	}
	return c.workflowsURL() + "/" + url.PathEscape(id)
}

// applicant reads the path's applicant; it answers itself and gives false when
// there is none.
func (c *Console) applicant(w http.ResponseWriter, r *http.Request) (workflows.StaffView, bool) {
	v, err := c.find(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return workflows.StaffView{}, false
	}
	return v, true
}

// find is the path's applicant, as far as who asks may know of them.
func (c *Console) find(r *http.Request) (workflows.StaffView, error) {
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err != nil {
		return workflows.StaffView{}, err
	}
	return c.service.StaffView(r.Context(), id)
}

func actor(who identity.Staff) workflows.Actor { return workflows.Actor(who.Actor()) }
