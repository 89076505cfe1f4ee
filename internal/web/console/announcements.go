package console

import (
	"context"
	"net/http"
	"strconv"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Announcements is what the pages of marketing letters need; *applicants.Service is one.
type Announcements interface {
	StartAnnouncement(ctx context.Context, q applicants.AnnouncementRequest) error
	Announcement(ctx context.Context, id string) (workflows.AnnouncementView, error)
	SteerAnnouncement(ctx context.Context, id, how string) (workflows.AnnouncementView, error)
	Announcements(ctx context.Context, limit int) ([]workflows.AnnouncementView, error)
}

const announcementsPath = "/console/announcements"

// announcementRoutes are the pages of marketing letters.
func (c *Console) announcementRoutes() []route {
	if c.Announcements == nil {
		return nil
	}
	return []route{
		{"GET " + announcementsPath, identity.Announce, c.showAnnouncements},
		{"POST " + announcementsPath, identity.Announce, c.startAnnouncement},
		{"GET " + announcementsPath + "/{announcement}", identity.Announce, c.showAnnouncement},
		{"POST " + announcementsPath + "/{announcement}/pause", identity.Announce, c.steerAnnouncement(workflows.UpdatePauseAnnouncement)},
		{"POST " + announcementsPath + "/{announcement}/resume", identity.Announce, c.steerAnnouncement(workflows.UpdateResumeAnnouncement)},
		{"POST " + announcementsPath + "/{announcement}/cancel", identity.Announce, c.steerAnnouncement(workflows.UpdateCancelAnnouncement)},
	}
}

type announcementsPage struct {
	Lines []announcementLine
	Form  web.Form
	Once  string // ID of the one that the form starts
}

type announcementLine struct {
	workflows.AnnouncementView
	Path, State, Class string
	Who                string // who began it, in words
	Over               bool
	Workflow           string
}

// announcementsShown is how many the list has.
const announcementsShown = 25

func (c *Console) announcementForm(who identity.Staff) web.Form {
	programs := &web.Input{ID: "program", Label: "Which program takes applications?", Noun: "the program"}
	for _, p := range c.Programs.All() {
		if who.May(identity.Announce, p.ID) {
			programs.Options = append(programs.Options, web.Option{Value: p.ID, Label: p.Title, Hint: "For " + p.Controller.Name})
		}
	}
	return web.Form{programs, {ID: "rate", Label: "Letters a second", Noun: "how many letters a second", InputMode: "numeric", Width: "short", Value: strconv.Itoa(applicants.DefaultBulkRate), Max: 5}}
}

func (c *Console) announcementLine(v workflows.AnnouncementView, names map[string]string) announcementLine {
	l := announcementLine{AnnouncementView: v, Who: byWords(string(v.Actor), names), Path: announcementsPath + "/" + v.ID, State: "under way", Class: "busy", Over: v.Canceled || !v.Ended.IsZero(),
		Workflow: c.workflowAt(workflows.AnnouncementID(v.ID))}
	switch {
	case v.Canceled:
		l.State, l.Class = "called off", "look"
	case !v.Ended.IsZero():
		l.State, l.Class = "done", "good"
	case v.Paused:
		l.State, l.Class = "paused", "look"
	}
	return l
}

// showAnnouncements lists the newest ones, and asks for another.
func (c *Console) showAnnouncements(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.listAnnouncements(w, r, who, announcementsPage{Form: c.announcementForm(who), Once: uuid.NewString()}, nil)
}

func (c *Console) listAnnouncements(w http.ResponseWriter, r *http.Request, who identity.Staff, page announcementsPage, problems []web.Problem) {
	all, err := c.Announcements.Announcements(r.Context(), announcementsShown)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	names := c.called(r)
	for _, v := range all {
		page.Lines = append(page.Lines, c.announcementLine(v, names))
	}
	c.show(w, r, who, "announcements", web.Page{Title: "News of programs", Problems: problems, Body: page})
}

// startAnnouncement has those written to who asked for it.
func (c *Console) startAnnouncement(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := c.announcementForm(who)
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	q := applicants.AnnouncementRequest{ID: r.PostForm.Get("once"), Program: f.Value("program"), By: workflows.Actor(who.Actor())}
	var err error
	if q.PerSecond, err = strconv.ParseFloat(f.Value("rate"), 64); err != nil && f.Get("rate").Problem == "" {
		f.Get("rate").Problem = "Write how many letters a second as a number"
	}
	problems := f.Problems()
	if len(problems) == 0 {
		err := c.Announcements.StartAnnouncement(r.Context(), q)
		switch outcome(err) { //nolint:exhaustive // all else is a fault
		case "":
			web.Redirect(w, r, announcementsPath+"/"+q.ID)
			return
		case onboarding.CodeInvalid:
			problems = append(problems, web.Problem{Text: err.Error()})
		default:
			c.site.Fail(w, r, err)
			return
		}
	}
	c.listAnnouncements(w, r, who, announcementsPage{Form: f, Once: uuid.NewString()}, problems)
}

// showAnnouncement tells how far one is.
func (c *Console) showAnnouncement(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, err := c.Announcements.Announcement(r.Context(), r.PathValue("announcement"))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "announcement", web.Page{Title: "News of " + v.Program.Title, Back: announcementsPath, Body: c.announcementLine(v, c.called(r))})
}

func (c *Console) steerAnnouncement(how string) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, _ identity.Staff) {
		id := r.PathValue("announcement")
		if _, err := c.Announcements.SteerAnnouncement(r.Context(), id, how); err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // it is over: its page says so
			c.site.Fail(w, r, err)
			return
		}
		web.Redirect(w, r, announcementsPath+"/"+id)
	}
}
