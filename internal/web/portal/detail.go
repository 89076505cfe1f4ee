package portal

import (
	"maps"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// detail is a page that asks for fields of the profile.
type detail struct {
	path  string
	title string
	intro []string
	done  func(*visit) bool
	// form has the inputs, filled from the profile.
	form func(onboarding.Profile) web.Form
	// read takes the fields from what was typed and notes at the inputs what is
	// wrong with it. An empty value removes the field.
	read func(f web.Form, old onboarding.Profile, o validate.Options) onboarding.Profile
}

// details lists them in the order in which they are asked.
var details = []detail{yourName, yourBirth, contact, address, nationalID}

type detailPage struct {
	Intro []string
	Form  web.Form
	Tag   string // of the draft that the page shows
	From  string // "check" when the page was opened from check your answers
}

func (p *Portal) showDetail(d detail) action {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		p.showQuestion(w, r, d, v, d.form(v.draft.Profile), fromCheck(r.URL.Query().Get("from")), nil)
	}
}

// fromCheck keeps the only value that from may have.
func fromCheck(s string) string {
	if s == "check" {
		return s
	}
	return ""
}

func (p *Portal) showQuestion(w http.ResponseWriter, r *http.Request, d detail, v *visit, f web.Form, from string, more []web.Problem) {
	back := before(d.path)
	if from != "" {
		back = checkPath
	}
	p.show(w, r, "question", web.Page{Title: d.title, Back: back, Problems: append(more, f.Problems()...),
		Body: detailPage{Intro: d.intro, Form: f, Tag: v.draft.Tag, From: from}})
}

func (p *Portal) saveDetail(d detail) action {
	return func(w http.ResponseWriter, r *http.Request, v *visit) {
		f := d.form(v.draft.Profile)
		if err := f.Fill(r); err != nil {
			p.site.Fail(w, r, err)
			return
		}
		from := fromCheck(r.PostForm.Get("from"))
		if r.PostForm.Get("tag") != v.draft.Tag {
			p.showChanged(w, r, d, v, from)
			return
		}
		changed := d.read(f, v.draft.Profile, validate.Options{Today: p.site.Now(), AllowReserved: p.reserved})
		if len(f.Problems()) > 0 {
			p.showQuestion(w, r, d, v, f, from, nil)
			return
		}
		profile := maps.Clone(v.draft.Profile)
		for field, value := range changed {
			if profile[field] = value; value == "" {
				delete(profile, field)
			}
		}
		if underAge(profile[onboarding.FieldDateOfBirth], p.programOf(v.view).MinimumAge, p.site.Now()) {
			p.refuseUnderAge(w, r, v)
			return
		}
		_, err := p.service.SaveDraft(r.Context(), v.id, applicants.Draft{Profile: profile, Tag: v.draft.Tag})
		switch {
		case err == nil:
		case onboarding.CodeOf(err) == onboarding.CodeConflict:
			if p.loadDraft(w, r, v) {
				p.showChanged(w, r, d, v, from)
			}
			return
		case onboarding.CodeOf(err) == onboarding.CodeUnderAge:
			p.refuseUnderAge(w, r, v)
			return
		case f.Blame(err):
			p.showQuestion(w, r, d, v, f, from, nil)
			return
		case p.notNow(w, r, err):
			return
		default:
			p.site.Fail(w, r, err)
			return
		}
		if from != "" {
			web.Redirect(w, r, checkPath)
			return
		}
		web.Redirect(w, r, after(d.path))
	}
}

// showChanged tells that another tab or device has saved in between, and shows
// the page with what is stored: whoever saves next has seen it.
func (p *Portal) showChanged(w http.ResponseWriter, r *http.Request, d detail, v *visit, from string) {
	p.showQuestion(w, r, d, v, d.form(v.draft.Profile), from, []web.Problem{{
		Text: "Your application was changed in another tab or on another device, so we did not save this page. Below is what is saved now. Change it if it is wrong, and save again."}})
}

// after is the page that follows.
func after(path string) string {
	all := steps()
	for i, s := range all {
		if s.path == path && i+1 < len(all) {
			return all[i+1].path
		}
	}
	return checkPath
}

// actor is who withdraws and submits here.
const actor = workflows.ActorApplicant
