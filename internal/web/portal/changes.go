package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Texts that change, and a new owner: what is shown beforehand, where it is read, and
// where it is agreed to anew (obligations 34, 64 and 65).

const (
	noticesPath = "/apply/notices"
	changesPath = "/apply/changes"
	ownerPath   = "/apply/new-owner"
)

func (p *Portal) changeRoutes(on func(string, http.HandlerFunc)) {
	on("GET "+noticesPath+"/{notice}/{version}", p.showNotice)
	on("GET "+changesPath+"/{notice}", p.agreeingAnew(p.showChange))
	on("POST "+changesPath+"/{notice}", p.agreeingAnew(p.agreeAnew))
	on("GET "+ownerPath+"/{version}", p.answeringOwner(p.showOwner))
	on("POST "+ownerPath+"/{version}", p.answeringOwner(p.stayWithOwner))
}

func noSuchNotice() error {
	return &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such text.", Hint: "Use the link of our letter, or look at your status page."}
}

// coming is something that will hold from a day on.
type coming struct {
	Title string         // of the text, in the reader's language; empty for a new owner
	Owner *consent.Owner //
	From  time.Time
	URL   string
}

func noticePath(id, version string) string { return noticesPath + "/" + id + "/" + version }

// comings is what people are told of now, for everybody to see.
func comings(r *http.Request) []coming {
	var out []coming
	for _, a := range consent.Announced() {
		if a.Owner != nil {
			out = append(out, coming{Owner: a.Owner, From: a.Effective})
			continue
		}
		if n, ok := consent.Version(a.ID, a.Version, web.Language(r)); ok {
			out = append(out, coming{Title: n.Title, From: a.Effective, URL: noticePath(a.ID, a.Version)})
		}
	}
	return out
}

type noticePage struct {
	Notice consent.Notice
	From   time.Time // when it will hold; zero when it does, or when that is not known
	Holds  bool
}

// showNotice shows the text of a notice, one that holds or one that will. It is no
// secret: nobody has to be signed in.
func (p *Portal) showNotice(w http.ResponseWriter, r *http.Request) {
	r = p.spoken(r)
	n, ok := consent.Version(r.PathValue("notice"), r.PathValue("version"), web.Language(r))
	page := noticePage{Notice: n, Holds: ok && n.InForce()}
	for _, a := range consent.Announced() {
		if ok && a.ID == n.ID && a.Version == n.Version {
			page.From = a.Effective
		}
	}
	if !ok || !page.Holds && page.From.IsZero() {
		p.site.Fail(w, r, noSuchNotice())
		return
	}
	p.answer(w, r, "notice", web.Page{Title: n.Title, Said: true, Body: page})
}

// live is the newest live consent for a purpose and kind.
func live(v workflows.ApplicantView, purpose consent.PurposeID, kind consent.Kind) (workflows.ConsentLine, bool) {
	for i := len(v.Consents) - 1; i >= 0; i-- {
		if c := v.Consents[i]; c.Purpose == purpose && c.Kind == kind && c.Withdrawn.IsZero() {
			return c, true
		}
	}
	return workflows.ConsentLine{}, false
}

// anew gives the texts that hold by now and that the applicant has not agreed to: they
// were told of them, and what they agreed to before holds for their data until they do.
func anew(v workflows.ApplicantView, language string) []consent.Notice {
	var out []consent.Notice
	seen := map[string]bool{}
	for _, t := range v.Notices {
		if !t.Again || t.Text == nil || seen[t.Text.ID] || !v.Stage.Open() && v.Stage != onboarding.StageCertified || v.Stage == onboarding.StageSignup {
			continue
		}
		n, err := consent.CurrentNotice(t.Purpose, t.Kind, language)
		c, ok := live(v, t.Purpose, t.Kind)
		if err == nil && ok && n.ID == t.Text.ID && n.Version >= t.Text.Version && c.Notice.Version < n.Version {
			seen[n.ID] = true
			out = append(out, n)
		}
	}
	return out
}

// changeTasks stand at the top of the status page.
func changeTasks(r *http.Request, v workflows.ApplicantView) []task {
	var out []task
	for _, n := range anew(v, web.Language(r)) {
		out = append(out, task{Title: "A text that you agreed to has changed", Says: "Read it as it is now and say whether you agree. Until you do, what you agreed to before holds for your data, and your application goes on.",
			URL: changesPath + "/" + n.ID, Action: "Read the new text"})
	}
	return out
}

// changesToCome lists what this applicant was told of and that does not hold yet, or
// that waits for their word.
func changesToCome(r *http.Request, v workflows.ApplicantView) []coming {
	var out []coming
	for _, t := range v.Notices {
		if !t.Off.IsZero() {
			continue
		}
		if t.Owner != nil {
			if t.Answer == "" && !v.Stage.Closed() {
				_, version, _ := strings.Cut(t.Rollout, "/")
				out = append(out, coming{Owner: t.Owner, From: t.Effective, URL: ownerPath + "/" + version})
			}
			continue
		}
		if n, ok := consent.Version(t.Text.ID, t.Text.Version, web.Language(r)); ok && !n.InForce() && !consent.CalledOff(n.ID, n.Version) {
			out = append(out, coming{Title: n.Title, From: t.Effective, URL: noticePath(n.ID, n.Version)})
		}
	}
	return out
}

// agreeingAnew is for the page of a text that the applicant is asked about anew.
func (p *Portal) agreeingAnew(next func(http.ResponseWriter, *http.Request, *visit, consent.Notice)) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		for _, n := range anew(v.view, web.Language(r)) {
			if n.ID == r.PathValue("notice") {
				next(w, r, v, n)
				return
			}
		}
		web.Redirect(w, r, "/apply/status") // agreed to already
	})
}

func (p *Portal) showChange(w http.ResponseWriter, r *http.Request, v *visit, n consent.Notice) {
	p.askAgain(w, r, v, n, signature(n), changesPath+"/"+n.ID, "/apply/status", nil)
}

func (p *Portal) agreeAnew(w http.ResponseWriter, r *http.Request, v *visit, n consent.Notice) {
	path, f := changesPath+"/"+n.ID, signature(n)
	req, ok := p.agreed(w, r, v, n, f, path, "/apply/status")
	if !ok {
		return
	}
	if in := f.Get("signature"); in != nil {
		profile, err := p.service.Details(r.Context(), v.id)
		if err != nil {
			p.gone(w, r, err)
			return
		}
		if !validate.Signs(in.Value, profile) {
			in.Problem = "The name must be the one that you gave: " + fullName(profile)
			p.askAgain(w, r, v, n, f, path, "/apply/status", nil)
			return
		}
	}
	switch err := p.service.GiveConsent(r.Context(), v.id, req); {
	case err == nil:
		web.Redirect(w, r, "/apply/status")
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.askAgain(w, r, v, n, f, path, "/apply/status", []web.Problem{problemOf(err)})
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}

type ownerPage struct {
	Told  workflows.ToldNotice
	Path  string
	Stays bool
}

// answeringOwner is for the page on which the applicant chooses what a new owner means
// for them.
func (p *Portal) answeringOwner(next func(http.ResponseWriter, *http.Request, *visit, workflows.ToldNotice)) http.HandlerFunc {
	return p.signedIn(func(w http.ResponseWriter, r *http.Request, v *visit) {
		for _, t := range v.view.Notices {
			if t.Owner != nil && t.Off.IsZero() && t.Rollout == workflows.RolloutName(consent.OwnerChange, r.PathValue("version")) {
				next(w, r, v, t)
				return
			}
		}
		p.site.Fail(w, r, noSuchNotice())
	})
}

func (p *Portal) showOwner(w http.ResponseWriter, r *http.Request, _ *visit, t workflows.ToldNotice) {
	p.show(w, r, "new_owner", web.Page{Title: "Somebody else keeps your application soon", Back: "/apply/status",
		Body: ownerPage{Told: t, Path: ownerPath + "/" + r.PathValue("version"), Stays: t.Answer != ""}})
}

func (p *Portal) stayWithOwner(w http.ResponseWriter, r *http.Request, v *visit, t workflows.ToldNotice) {
	switch err := p.service.AnswerOwner(r.Context(), v.id, t.Rollout, workflows.StaysWithOwner); {
	case err == nil:
		web.Redirect(w, r, "/apply/status")
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}
