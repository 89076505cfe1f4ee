package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/invitations"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Invitations is what the console does with invitations; *invitations.Service is one.
type Invitations interface {
	Check(ctx context.Context, u invitations.Upload) (invitations.Batch, error)
	Confirm(ctx context.Context, id string, again bool, perSecond float64) (workflows.InvitationBatchView, error)
	Steer(ctx context.Context, id, how string) (workflows.InvitationBatchView, error)
	Batch(ctx context.Context, id string) (invitations.Batch, error)
	Standing(ctx context.Context, id string) (workflows.InvitationBatchView, error)
	Batches(ctx context.Context, limit int, may func(program string) bool) ([]workflows.InvitationBatchView, error)
	Answers(ctx context.Context, v workflows.InvitationBatchView) ([]workflows.BatchAnswer, error)
	Faulty(ctx context.Context, id string) ([]byte, error)
	List(ctx context.Context, f invitations.Filter) (invitations.Page, error)
	Counts(ctx context.Context, f invitations.Filter) (map[onboarding.InvitationState]int, error)
	Invitation(ctx context.Context, ref onboarding.InvitationRef) (workflows.InvitationView, error)
	Withdraw(ctx context.Context, ref onboarding.InvitationRef, by workflows.Actor) (workflows.InvitationView, error)
	InviteAgain(ctx context.Context, id string, ref onboarding.InvitationRef, cells map[string]string, by workflows.Actor) (workflows.InvitationBatchView, error)
}

const (
	// InvitationsPath is where lists are uploaded.
	InvitationsPath = "/console/invitations"
	// InvitationsLimit is the largest upload, with the form around it.
	InvitationsLimit = invitations.MaxUpload + 16<<10

	invitationListsPath = "/console/invitation-lists"
)

func invitationListPath(id string) string { return invitationListsPath + "/" + id }

// invitationRoutes is every page about invitations.
func (c *Console) invitationRoutes() []route {
	if c.Invitations == nil {
		return nil
	}
	one, list := InvitationsPath+"/{invitation}", invitationListsPath+"/{list}"
	return []route{
		{"GET " + InvitationsPath, identity.ViewInvitations, c.showInvitations},
		{"POST " + InvitationsPath, identity.Invite, c.uploadInvitations},
		{"GET " + one, identity.ViewInvitations, c.showInvitation},
		{"POST " + one + "/withdraw", identity.Invite, c.withdrawInvitation},
		{"POST " + one + "/again", identity.Invite, c.inviteAgain},
		{"GET " + list, identity.ViewInvitations, c.showInvitationList},
		{"GET " + list + "/faulty.csv", identity.Invite, c.downloadFaulty},
		{"GET " + list + "/lines.csv", identity.ViewInvitations, c.downloadLines},
		{"POST " + list + "/confirm", identity.Invite, c.confirmInvitations},
		{"POST " + list + "/discard", identity.Invite, c.steerInvitations(workflows.UpdateDiscardBatch)},
		{"POST " + list + "/pause", identity.Invite, c.steerInvitations(workflows.UpdatePauseBatch)},
		{"POST " + list + "/resume", identity.Invite, c.steerInvitations(workflows.UpdateResumeBatch)},
		{"POST " + list + "/cancel", identity.Invite, c.steerInvitations(workflows.UpdateCancelBatch)},
	}
}

type invitationsPage struct {
	Names   map[string]string // of staff, by ID
	States  []stateCount
	State   onboarding.InvitationState
	Lines   []invitations.Line
	Next    string
	Lists   []invitationListLine
	Invite  bool
	List    string // the ID of what the form uploads: pressed twice it is one list
	Program []programOption
	Limit   int
	People  int
}

type programOption struct{ ID, Title string }

type stateCount struct {
	Name    string
	Count   int
	URL     string
	Current bool
}

type invitationListLine struct {
	workflows.InvitationBatchView
	Path string
	Tag  stateTagged
}

// listsShown is how many lists the page has.
const listsShown = 20

// showInvitations shows how many were invited, how far they are, and the lists.
func (c *Console) showInvitations(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.answerInvitations(w, r, who, nil)
}

func (c *Console) answerInvitations(w http.ResponseWriter, r *http.Request, who identity.Staff, problems []web.Problem) {
	f := invitationFilter(r)
	page := invitationsPage{Names: c.called(r), State: f.State, Invite: who.MayAny(identity.Invite), List: uuid.NewString(), Limit: invitations.MaxUpload >> 20, People: invitations.MaxRows}
	stand, err := c.invited(r.Context(), f)
	if err == nil {
		for _, s := range onboarding.InvitationStates() {
			if stand.counts[s] > 0 || s == f.State {
				to := url.Values{"state": {string(s)}}
				if f.Batch != "" {
					to.Set("list", f.Batch)
				}
				page.States = append(page.States, stateCount{Name: invitationStateWords(s), Count: stand.counts[s], URL: InvitationsPath + "?" + to.Encode(), Current: s == f.State})
			}
		}
		page.Lines, page.Next = stand.listed.Items, next(InvitationsPath, r.URL.Query(), stand.listed.NextCursor)
	}
	if onboarding.CodeOf(err) == onboarding.CodeInvalid {
		problems, err = append(problems, web.Problem{Text: err.Error()}), nil
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, l := range stand.lists {
		page.Lists = append(page.Lists, invitationListLine{InvitationBatchView: l, Path: invitationListPath(l.ID), Tag: phaseTag(l.InvitationBatchState)})
	}
	for _, p := range c.Programs.All() {
		if p.Invitations.Open() && who.May(identity.Invite, p.ID) {
			page.Program = append(page.Program, programOption{p.ID, p.Title})
		}
	}
	shown := web.Page{Title: "Invitations", Problems: problems, Body: page}
	if len(problems) == 0 { // what is wrong stays to be read
		shown = watched(shown, stand.version())
	}
	c.show(w, r, who, "invitations", shown)
}

// uploadInvitations takes a list, has each line looked at, and shows what was found.
// Nobody is written to before that is confirmed.
func (c *Console) uploadInvitations(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	body, err := uploaded(r)
	var sheet invitations.Sheet
	if err == nil {
		sheet, err = invitations.Read(body)
	}
	var b invitations.Batch
	if err == nil {
		u := invitations.Upload{ID: r.PostForm.Get("list"), Sheet: sheet, By: actor(who),
			Defaults: invitations.Defaults{Program: r.PostForm.Get("program"), Language: r.PostForm.Get("language")},
			May:      func(program string) bool { return who.May(identity.Invite, program) }}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), lookingAt)
		defer cancel()
		if b, err = c.Invitations.Check(ctx, u); onboarding.CodeOf(err) == onboarding.CodeConflict { // another file from a page that lay open
			u.ID = ""
			b, err = c.Invitations.Check(ctx, u)
		}
	}
	switch code := onboarding.CodeOf(err); {
	case err == nil:
		web.Redirect(w, r, invitationListPath(b.ID))
	case code == onboarding.CodeInvalid || code == onboarding.CodeTooLarge:
		c.answerInvitations(w, r, who, []web.Problem{{Field: "file", Text: err.Error()}})
	default:
		c.site.Fail(w, r, err)
	}
}

// lookingAt is how long the lines of a list may take to be looked at: each is looked
// up, and there may be thousands.
const lookingAt = 2 * time.Minute

// uploaded reads the form's file into memory and nowhere else: a folder for temporary
// files would keep it unsealed.
func uploaded(r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/form-data") {
		return nil, onboarding.Invalid("file", "Choose the file with the people to invite.", "It is a CSV file, as spreadsheets save it.")
	}
	if err := r.ParseMultipartForm(InvitationsLimit); err != nil {
		if web.StatusOf(err) == http.StatusRequestEntityTooLarge {
			return nil, &onboarding.Error{Code: onboarding.CodeTooLarge, Field: "file", Message: "The file is larger than " + strconv.Itoa(invitations.MaxUpload>>20) + " MB.", Hint: "Divide it into several."}
		}
		return nil, &onboarding.Error{Code: onboarding.CodeInvalid, Message: "The form could not be read as your browser sent it.", Hint: "Load the page again.", Cause: err}
	}
	files := r.MultipartForm.File["file"]
	if len(files) != 1 || files[0].Size == 0 {
		return nil, onboarding.Invalid("file", "Choose the file with the people to invite.", "It is a CSV file, as spreadsheets save it.")
	}
	f, err := files[0].Open()
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(f)
	return body, errors.Join(err, f.Close())
}

type invitationListPage struct {
	Names    map[string]string // of staff, by ID
	List     invitations.Batch
	Tag      stateTagged
	Path     string
	Asking   bool
	Running  bool
	Mine     bool // the reader uploaded it
	Invite   bool
	Gone     bool // what was uploaded
	Faults   []invitations.Fact
	More     int // faulty lines that are not shown
	LeftOut  []invitations.Fact
	LeftMore int
	States   []stateCount
	Workflow string
}

// shownOfList is how many lines of a kind a page lists; all are in the file.
const shownOfList = 100

// list finds a list that somebody may see: one of whose programs is another's is
// answered as one that there is not.
func (c *Console) list(r *http.Request, who identity.Staff, action identity.Action) (invitations.Batch, error) {
	b, err := c.Invitations.Batch(r.Context(), r.PathValue("list"))
	if err != nil {
		return b, err
	}
	for _, p := range b.Programs {
		if !who.May(action, p) {
			e := c.event(r, who, action)
			e.Program, e.Detail = p, access.ByScope
			c.Access.Refuse(r.Context(), e)
			return b, onboarding.NoInvitation(nil)
		}
	}
	return b, nil
}

// showInvitationList shows what was found of a list, and what came of it.
func (c *Console) showInvitationList(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	b, err := c.list(r, who, identity.ViewInvitations)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := invitationListPage{Names: c.called(r), List: b, Tag: phaseTag(b.InvitationBatchState), Path: invitationListPath(b.ID), Asking: b.Phase == workflows.BatchAsking,
		Running: b.Phase == workflows.BatchRunning, Mine: b.Actor == actor(who), Invite: who.MayAny(identity.Invite),
		Gone: b.Dropped || b.Phase == workflows.BatchLapsed || b.Phase == workflows.BatchDiscarded, Workflow: c.workflowAt(workflows.InvitationBatchID(b.ID))}
	for _, f := range b.Facts {
		switch f.Outcome {
		case workflows.OutcomeFault:
			if page.Faults = append(page.Faults, f); len(page.Faults) > shownOfList {
				page.Faults, page.More = page.Faults[:shownOfList], page.More+1
			}
		case workflows.OutcomeReady, workflows.OutcomeInvited:
		default:
			if page.LeftOut = append(page.LeftOut, f); len(page.LeftOut) > shownOfList {
				page.LeftOut, page.LeftMore = page.LeftOut[:shownOfList], page.LeftMore+1
			}
		}
	}
	counts, err := c.cameOf(r.Context(), b.InvitationBatchView)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if counts != nil {
		for _, s := range onboarding.InvitationStates() {
			if counts[s] > 0 {
				page.States = append(page.States, stateCount{Name: invitationStateWords(s), Count: counts[s],
					URL: InvitationsPath + "?" + url.Values{"list": {b.ID}, "state": {string(s)}}.Encode()})
			}
		}
	}
	c.show(w, r, who, "invitation_list", watched(web.Page{Title: "A list of people to invite", Back: InvitationsPath, Body: page}, versionOf(b.InvitationBatchView, counts)))
}

// confirmInvitations has those invited who can be.
func (c *Console) confirmInvitations(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	err := web.ParseForm(r)
	if err == nil {
		_, err = c.list(r, who, identity.Invite)
	}
	if err == nil {
		_, err = c.Invitations.Confirm(r.Context(), r.PathValue("list"), r.PostForm.Get("again") == "yes", 0)
	}
	c.backToList(w, r, err)
}

// steerInvitations drops a list that waits, pauses one, lets it go on, or calls it off.
func (c *Console) steerInvitations(how string) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		_, err := c.list(r, who, identity.Invite)
		if err == nil {
			_, err = c.Invitations.Steer(r.Context(), r.PathValue("list"), how)
		}
		c.backToList(w, r, err)
	}
}

func (c *Console) backToList(w http.ResponseWriter, r *http.Request, err error) {
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // somebody was faster: the page says so
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, invitationListPath(r.PathValue("list")))
}

// downloadFaulty gives the faulty lines to who uploaded them. That they were taken
// out is recorded.
func (c *Console) downloadFaulty(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	b, err := c.list(r, who, identity.Invite)
	if err == nil && b.Actor != actor(who) {
		err = onboarding.NoInvitation(nil)
	}
	if err == nil {
		err = c.used(r, who, access.Event{Purpose: string(identity.ToList), What: access.Exported, Action: string(identity.Invite), Detail: "faulty lines of a list of invitations", Count: b.Counts.Faults})
	}
	var body []byte
	if err == nil {
		body, err = c.Invitations.Faulty(r.Context(), b.ID)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Download(w, "text/csv; charset=utf-8", "to-mend-"+b.ID[:8]+".csv", body)
}

// downloadLines gives what came of each line, without what stood in it.
func (c *Console) downloadLines(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	b, err := c.list(r, who, identity.ViewInvitations)
	var answers []workflows.BatchAnswer
	if err == nil && len(b.Facts) > 0 {
		answers, err = c.Invitations.Answers(r.Context(), b.InvitationBatchView)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	came := map[int]workflows.BatchOutcome{}
	for _, a := range answers {
		came[a.Line] = a.Outcome
	}
	rows := [][]string{{"line", "reference", "outcome", "why", "invitation"}}
	for _, f := range b.Facts {
		row := []string{strconv.Itoa(f.Line), f.Reference, string(f.Outcome), f.Says, ""}
		if f.Ref != nil {
			row[4] = f.Ref.String()
		}
		if o, ok := came[f.Line]; ok {
			row[2], row[3] = string(o), ""
		}
		rows = append(rows, row)
	}
	var body bytes.Buffer
	if err := csv.NewWriter(&body).WriteAll(rows); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Download(w, "text/csv; charset=utf-8", "invitations-"+b.ID[:8]+".csv", body.Bytes())
}
