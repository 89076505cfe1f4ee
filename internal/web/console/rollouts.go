package console

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Rollouts is what the pages about texts that change need; *applicants.Service is one.
type Rollouts interface {
	RollOuts(ctx context.Context) ([]consent.RollOut, error)
	// StartRollout is CodeNotNow for a version that is rolled out already.
	StartRollout(ctx context.Context, q applicants.RolloutRequest) (notice, version string, err error)
	Rollout(ctx context.Context, notice, version string) (workflows.NoticeRolloutView, error)
	SteerRollout(ctx context.Context, notice, version, how string) (workflows.NoticeRolloutView, error)
	AcceptRollout(ctx context.Context, notice, version, reason string, by workflows.Actor) (workflows.NoticeRolloutView, error)
	CancelRollout(ctx context.Context, notice, version, reason string, by workflows.Actor) (workflows.NoticeRolloutView, error)
	RolloutRefused(ctx context.Context, v workflows.NoticeRolloutView, most int) ([]onboarding.ApplicantID, error)
}

const noticesPath = "/console/notices"

func rolloutPath(notice, version string) string { return noticesPath + "/" + notice + "/" + version }

// rolloutRoutes are the pages of texts that change and of a new owner.
func (c *Console) rolloutRoutes() []route {
	if c.Rollouts == nil {
		return nil
	}
	return []route{
		{"GET " + noticesPath, identity.RollOut, c.showNotices},
		{"POST " + noticesPath, identity.RollOut, c.startRollout},
		{"GET " + noticesPath + "/{notice}/{version}", identity.RollOut, c.showRollout},
		{"POST " + noticesPath + "/{notice}/{version}/pause", identity.RollOut, c.steerRollout(workflows.UpdatePauseRollout)},
		{"POST " + noticesPath + "/{notice}/{version}/resume", identity.RollOut, c.steerRollout(workflows.UpdateResumeRollout)},
		{"POST " + noticesPath + "/{notice}/{version}/retry", identity.RollOut, c.steerRollout(workflows.UpdateRetryRollout)},
		{"POST " + noticesPath + "/{notice}/{version}/accept", identity.RollOut, c.acceptRollout},
		{"POST " + noticesPath + "/{notice}/{version}/cancel", identity.RollOut, c.cancelRollout},
	}
}

type rolloutLine struct {
	consent.RollOut
	Title, Path, Public string
	Holds               bool
}

type noticesPage struct {
	Lines []rolloutLine
	Form  web.Form // of a new text; nil while none waits
	Owner web.Form // of a new owner
}

const (
	ownerChoice = "owner" // the field by which the second form is known
	dayHint     = "Like 2027-01-31. It must be ahead: people are told first."
)

// noticesForms asks for what a roll-out needs: of a text that waits for one, and of a
// new owner.
func noticesForms() (text, owner web.Form) {
	versions := &web.Input{ID: "text", Label: "Which text?", Noun: "the text"}
	for _, n := range consent.Waiting() {
		hint := "It changes its words alone."
		if n.AskedAnew() {
			hint = "It changes " + n.Changes + ": people are asked whether they agree, and until they do the text before holds for them."
		}
		versions.Options = append(versions.Options, web.Option{Value: workflows.RolloutName(n.ID, n.Version), Label: n.Title + " (" + n.ID + "), version " + n.Version, Hint: hint})
	}
	rate := func(id string) *web.Input {
		return &web.Input{ID: id, Label: "Letters a second", Noun: "how many letters a second", InputMode: "numeric", Width: "short", Value: strconv.Itoa(applicants.DefaultBulkRate), Max: 5}
	}
	if len(versions.Options) > 0 {
		text = web.Form{versions, {ID: "effective", Label: "From which day on does it hold?", Noun: "the day", Hint: dayHint, Width: "medium", Max: 10}, rate("rate")}
	}
	return text, web.Form{{ID: "owner", Label: "Who takes over?", Noun: "who takes over", Max: 120, Hint: "The name as people know it."},
		{ID: "owner-contact", Label: "How to reach them", Noun: "how to reach them", Max: 300, Hint: "An address, or write to somebody@example.com."},
		{ID: "owner-day", Label: "From which day on?", Noun: "the day", Hint: dayHint, Width: "medium", Max: 10}, rate("owner-rate")}
}

// showNotices lists the roll-outs, and asks for a new one.
func (c *Console) showNotices(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	text, owner := noticesForms()
	c.listNotices(w, r, who, noticesPage{Form: text, Owner: owner}, nil)
}

func (c *Console) listNotices(w http.ResponseWriter, r *http.Request, who identity.Staff, page noticesPage, problems []web.Problem) {
	list, err := c.Rollouts.RollOuts(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, l := range list {
		line := rolloutLine{RollOut: l, Title: "A new owner", Path: rolloutPath(l.ID, l.Version), Holds: l.Off.IsZero() && l.Told && !c.site.Now().Before(l.Effective)}
		if n, ok := consent.Version(l.ID, l.Version, "en"); ok {
			line.Title, line.Public = n.Title, "/apply/notices/"+l.ID+"/"+l.Version
		}
		page.Lines = append(page.Lines, line)
	}
	c.show(w, r, who, "notices", web.Page{Title: "Notices", Problems: problems, Body: page})
}

// startRollout publishes a text that waits, or the news of a new owner.
func (c *Console) startRollout(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	text, owner := noticesForms()
	page := noticesPage{Form: text, Owner: owner}
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	f, day, rate := text, "effective", "rate"
	if r.PostForm.Has(ownerChoice) {
		f, day, rate = owner, "owner-day", "owner-rate"
	}
	if f == nil {
		c.listNotices(w, r, who, page, []web.Problem{{Text: "No text waits to be rolled out."}})
		return
	}
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	q := applicants.RolloutRequest{By: workflows.Actor(who.Actor())}
	var err error
	if q.Effective, err = time.Parse(time.DateOnly, f.Value(day)); err != nil && f.Get(day).Problem == "" {
		f.Get(day).Problem = "Write the day like 2027-01-31"
	}
	if q.PerSecond, err = strconv.ParseFloat(f.Value(rate), 64); err != nil && f.Get(rate).Problem == "" {
		f.Get(rate).Problem = "Write how many letters a second as a number"
	}
	if r.PostForm.Has(ownerChoice) {
		q.Owner = &consent.Owner{Name: f.Value("owner"), Contact: f.Value("owner-contact")}
	} else {
		q.Notice, q.Version, _ = strings.Cut(f.Value("text"), "/")
	}
	problems := f.Problems()
	if len(problems) == 0 {
		notice, version, err := c.Rollouts.StartRollout(r.Context(), q)
		switch outcome(err) { //nolint:exhaustive // all else is a fault
		case "":
			web.Redirect(w, r, rolloutPath(notice, version))
			return
		case onboarding.CodeInvalid, onboarding.CodeNotNow:
			problems = append(problems, web.Problem{Field: day, Text: err.Error()})
		default:
			c.site.Fail(w, r, err)
			return
		}
	}
	c.listNotices(w, r, who, page, problems)
}

type rolloutPage struct {
	View         workflows.NoticeRolloutView
	State, Class string
	Who          string // who began it, in words
	Path         string
	Public       string // where everybody reads the text; empty for a new owner
	Refused      []onboarding.ApplicantID
	Held, Over   bool
	Form         web.Form // of the reason to go on without
	Off          web.Form // of the reason to call it off; nil when that is too late
	Workflow     string
}

// refusedShown is how many refused letters a page lists.
const refusedShown = 100

func acceptForm() web.Form {
	return web.Form{{ID: "reason", Label: "Why may it go on without them?", Noun: "a reason", Rows: 3, Max: reasonMax, Spellcheck: true, Hint: "It is kept with the roll-out. They see the new text on their status page."}}
}

// showRollout tells how far a roll-out is, and whose letters were refused.
func (c *Console) showRollout(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.askRollout(w, r, who, acceptForm(), nil)
}

func (c *Console) askRollout(w http.ResponseWriter, r *http.Request, who identity.Staff, f web.Form, problems []web.Problem) {
	v, err := c.Rollouts.Rollout(r.Context(), r.PathValue("notice"), r.PathValue("version"))
	var refused []onboarding.ApplicantID
	if err == nil {
		refused, err = c.Rollouts.RolloutRefused(r.Context(), v, refusedShown)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := rolloutPage{View: v, Path: rolloutPath(v.Notice, v.Version), Refused: refused, Form: f, Held: v.Phase == workflows.RolloutHeld, Over: v.Phase == workflows.RolloutDone || v.Phase == workflows.RolloutOff,
		Workflow: c.workflowAt(workflows.NoticeRolloutID(v.Notice, v.Version))}
	if v.Owner == nil {
		page.Public = "/apply/notices/" + v.Notice + "/" + v.Version
	}
	if v.InForce.IsZero() && v.Off.IsZero() {
		page.Off = cancelForm()
	}
	page.State, page.Class = rolloutTag(v)
	page.Who = byWords(string(v.Actor), c.called(r))
	c.show(w, r, who, "rollout", web.Page{Title: "Roll-out: " + v.Title, Back: noticesPath, Problems: append(f.Problems(), problems...), Body: page})
}

func cancelForm() web.Form {
	return web.Form{{ID: "off", Label: "Why is it called off?", Noun: "a reason", Rows: 3, Max: reasonMax, Spellcheck: true, Hint: "It is kept with the roll-out. Who was told gets one more letter: that it does not come."}}
}

// cancelRollout calls a roll-out off before it holds.
func (c *Console) cancelRollout(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := cancelForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if problems := f.Problems(); len(problems) > 0 {
		c.askRollout(w, r, who, acceptForm(), problems)
		return
	}
	_, err := c.Rollouts.CancelRollout(r.Context(), r.PathValue("notice"), r.PathValue("version"), f.Value("off"), workflows.Actor(who.Actor()))
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // its page says how far it is
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, rolloutPath(r.PathValue("notice"), r.PathValue("version")))
}

func rolloutTag(v workflows.NoticeRolloutView) (words, class string) {
	switch {
	case v.Phase == workflows.RolloutOff:
		return "called off", "look"
	case !v.Off.IsZero():
		return "called off, and who was told is told", "busy"
	}
	if v.Paused && v.Phase != workflows.RolloutDone {
		return "paused", "look"
	}
	switch v.Phase {
	case workflows.RolloutHeld:
		return "held: letters were refused", "bad"
	case workflows.RolloutWaiting:
		return "all were told, waits for its day", "busy"
	case workflows.RolloutAfter, workflows.RolloutDone:
		return "holds", "good"
	case workflows.RolloutTelling:
		return "writing to people", "busy"
	case workflows.RolloutFinding, workflows.RolloutCalling, workflows.RolloutOff:
	}
	return "finding who is owed a letter", "busy"
}

// steerRollout pauses a roll-out, lets it go on, or has refused letters sent again.
func (c *Console) steerRollout(how string) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, _ identity.Staff) {
		_, err := c.Rollouts.SteerRollout(r.Context(), r.PathValue("notice"), r.PathValue("version"), how)
		if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow { // its page says how far it is
			c.site.Fail(w, r, err)
			return
		}
		web.Redirect(w, r, rolloutPath(r.PathValue("notice"), r.PathValue("version")))
	}
}

// acceptRollout lets a roll-out go on without those whose letters were refused.
func (c *Console) acceptRollout(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := acceptForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		c.askRollout(w, r, who, f, nil)
		return
	}
	_, err := c.Rollouts.AcceptRollout(r.Context(), r.PathValue("notice"), r.PathValue("version"), f.Value("reason"), workflows.Actor(who.Actor()))
	if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, rolloutPath(r.PathValue("notice"), r.PathValue("version")))
}

// outcome is an error's code; "" for none.
func outcome(err error) onboarding.Code {
	if err == nil {
		return ""
	}
	return onboarding.CodeOf(err)
}
