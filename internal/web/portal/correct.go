package portal

import (
	"net/http"
	"path"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/validate"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// correction is a page on which one detail is put right, because it does not hold
// or because the applicant wants to.
type correction struct {
	slug   string // in the page's address
	check  onboarding.CheckName
	title  string
	about  string // the detail inside a sentence
	wrong  string // what does not hold, when the check says so
	then   string // what is done again when it is corrected
	fields []onboarding.Field
	form   func(onboarding.Profile) web.Form
	read   func(f web.Form, old onboarding.Profile, o validate.Options) onboarding.Profile
}

// corrections lists them in the order in which people read details.
var corrections = []correction{
	{
		slug: "name", title: "Correct your name", about: "your name",
		then:   "We compare the lists anew and have your background report made anew, if it was ordered. That can take days.",
		fields: []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName},
		form:   yourName.form, read: yourName.read,
	},
	{
		slug: "date-of-birth", title: "Correct your date of birth", about: "your date of birth",
		then:   "We compare the lists anew and have your background report made anew, if it was ordered. That can take days.",
		fields: []onboarding.Field{onboarding.FieldDateOfBirth},
		form:   yourBirth.form, read: yourBirth.read,
	},
	{
		then: "We check the new e-mail address. The link that we send there asks for your date of birth once, so that nobody else gets in by it.",
		slug: "email", check: onboarding.CheckEmail, title: "Correct your e-mail address", about: "your e-mail address",
		wrong:  "Mail to the e-mail address that you gave does not arrive, or it is of a kind that is thrown away after use.",
		fields: []onboarding.Field{onboarding.FieldEmail},
		form: func(p onboarding.Profile) web.Form {
			in := emailInput()
			in.Hint = "We send a new link there. From then on you open your application by it."
			in.Value = p[onboarding.FieldEmail]
			return web.Form{in}
		},
		read: func(f web.Form, _ onboarding.Profile, o validate.Options) onboarding.Profile { return readFields(f, o) },
	},
	{
		then: "We check the new phone number, and whether anybody else applied with it.",
		slug: "phone", check: onboarding.CheckPhone, title: "Correct your phone number", about: "your phone number",
		wrong:  "The phone number that you gave does not work, or it is of a kind of line that this program does not take.",
		fields: []onboarding.Field{onboarding.FieldPhone}, form: contact.form, read: contact.read,
	},
	{
		then: "We check the new address where your program does that, compare the lists again, and have your background report made anew, if it was ordered. That can take days.",
		slug: "address", check: onboarding.CheckAddress, title: "Correct your home address", about: "your home address",
		wrong:  "The Postal Service does not know the home address as you wrote it, or brings no mail there.",
		fields: []onboarding.Field{onboarding.FieldStreet, onboarding.FieldUnit, onboarding.FieldCity, onboarding.FieldState, onboarding.FieldPostalCode},
		form: func(p onboarding.Profile) web.Form {
			return slices.DeleteFunc(address.form(p), func(in *web.Input) bool { return in.ID == string(onboarding.FieldPastAddresses) })
		},
		read: func(f web.Form, old onboarding.Profile, o validate.Options) onboarding.Profile {
			out := address.read(f, old, o)
			delete(out, onboarding.FieldCountry) // it is not asked
			return out
		},
	},
	{
		slug: "national-id", title: "Correct your Social Security number", about: "your Social Security number",
		then:   "We check its form, whether anybody else applied with it, and have your background report made anew, if it was ordered. That can take days.",
		fields: []onboarding.Field{onboarding.FieldNationalID},
		form: func(onboarding.Profile) web.Form { // the one that we have is not shown again (obligation 2)
			f := nationalID.form(nil)
			f[0].Hint = "All 9 digits, like 123-45-6789. We do not show the number that we have."
			return f
		},
		read: func(f web.Form, _ onboarding.Profile, o validate.Options) onboarding.Profile { return readFields(f, o) },
	},
}

func (c correction) path() string { return "/apply/correct/" + c.slug }

// Path and Title are for the page that lists what can be corrected.
func (c correction) Path() string { return c.path() }

// Title is what the page asks.
func (c correction) Title() string { return c.title }

// open reports whether the detail can be corrected now.
func (c correction) open(v *visit) bool {
	return !slices.ContainsFunc(c.fields, func(f onboarding.Field) bool { return !slices.Contains(v.view.Editable, f) })
}

// asked reports whether the detail does not hold, so that the applicant is asked
// to look at it.
func (c correction) asked(v *visit) bool {
	return c.open(v) && slices.ContainsFunc(c.fields, func(f onboarding.Field) bool { return slices.Contains(v.view.Correctable, f) })
}

// says is why the page is there, and what comes of it.
func (c correction) says(v *visit) correctPage {
	page := correctPage{Wrong: "Change it here if it is wrong, or if it has changed.", Then: c.then}
	if c.asked(v) {
		page.Wrong, page.Asked = c.task(v).Says, true
	}
	page.Texts = c.slug == "phone" && textsOn(v.view)
	switch {
	case renewable(v.view):
		page.Then = "We check what uses it. Your renewal goes on with it, and your present certificate stands."
		if c.slug == "name" {
			page.Then += " It is signed, so it keeps the name that it was issued in; the one that you renew it with has the new name."
		}
	case v.view.Stage == onboarding.StageCertified:
		page.Then = "We check what uses it. Your background report is not made again, and your certificate stands."
		if c.slug == "name" {
			page.Then += " It is signed, so it keeps the name that it was issued in; one that is issued later has the new name. If you need one in your new name now, write to us."
		}
	}
	return page
}

func correctionOf(slug string) (correction, bool) {
	i := slices.IndexFunc(corrections, func(c correction) bool { return c.slug == slug })
	if i < 0 {
		return correction{}, false
	}
	return corrections[i], true
}

// task says on the status page what does not hold. A detail that could not be
// checked may be right: then nobody is told that it is wrong.
func (c correction) task(v *visit) task {
	t := task{Title: c.title, Says: c.wrong + " It may be a slip of the keys.", URL: c.path(), Action: c.title}
	for _, k := range v.view.Checks {
		if k.Name == c.check && k.Status == onboarding.StatusFailed {
			t.Title = "Look at " + c.about + " again"
			t.Says = "We could not check " + c.about + ". If it is right as you gave it, you do not have to do anything."
		}
	}
	return t
}

type correctPage struct {
	Wrong string
	Asked bool   // it does not hold
	Then  string // what is done again
	From  string // fromRenewal when the page was opened from there
	Texts bool   // text messages go to the number as it is now
	Form  web.Form
	Tag   string // of what the page shows
}

// correcting lets those through whose detail can be corrected.
func (p *Portal) correcting(next func(w http.ResponseWriter, r *http.Request, v *visit, c correction)) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		c, ok := correctionOf(r.PathValue("detail"))
		switch {
		case !ok:
			p.site.Refuse(w, r, http.StatusNotFound, "There is no page at this address.", "Your status page says what can be corrected.")
		case c.open(v):
			next(w, r, v, c)
		case r.Method == http.MethodPost:
			p.refuseCorrection(w, r)
		default:
			web.Redirect(w, r, "/apply/status")
		}
	})
}

func (p *Portal) refuseCorrection(w http.ResponseWriter, r *http.Request) {
	p.site.Refuse(w, r, http.StatusConflict, "This cannot be corrected at the moment, so your correction was not taken.",
		"Your status page says where things stand and what can be corrected.")
}

// showCorrect shows the detail as it was handed in.
func (p *Portal) showCorrect(w http.ResponseWriter, r *http.Request, v *visit, c correction) {
	p.askAnew(w, r, v, c, nil)
}

func (p *Portal) askAnew(w http.ResponseWriter, r *http.Request, v *visit, c correction, more []web.Problem) {
	now, err := p.service.Correctable(r.Context(), v.id)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	p.askCorrection(w, r, v, c, c.form(now), more)
}

func (p *Portal) askCorrection(w http.ResponseWriter, r *http.Request, v *visit, c correction, f web.Form, more []web.Problem) {
	page := c.says(v)
	page.Form, page.Tag = f, profileTag(v)
	back := dataPath + "#details"
	switch {
	case renewsBy(r, v):
		back, page.From = renewalPath, fromRenewal
	case page.Asked:
		back = "/apply/status"
	}
	p.show(w, r, "correct", web.Page{Title: c.title, Back: back, Problems: append(more, f.Problems()...), Body: page})
}

// renewsBy reports whether the page was opened from that of a renewal.
func renewsBy(r *http.Request, v *visit) bool {
	return r.FormValue("from") == fromRenewal && renewable(v.view)
}

// profileTag tells one state of the details from the next.
func profileTag(v *visit) string { return path.Base(v.view.Profile) }

// correct takes the corrected detail; what it touches is then checked again.
func (p *Portal) correct(w http.ResponseWriter, r *http.Request, v *visit, c correction) {
	f := c.form(nil)
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	changedElsewhere := []web.Problem{{Text: "Your details were corrected in another tab or on another device, so we did not take this page. Below is what we have now. Change it if it is wrong."}}
	if r.PostForm.Get("tag") != profileTag(v) {
		p.askAnew(w, r, v, c, changedElsewhere)
		return
	}
	changes := c.read(f, nil, validate.Options{Today: p.site.Now(), AllowReserved: p.reserved})
	if len(f.Problems()) > 0 {
		p.askCorrection(w, r, v, c, f, nil)
		return
	}
	err := p.service.Correct(r.Context(), v.id, changes, actor)
	switch onboarding.CodeOf(err) {
	case onboarding.CodeInvalid:
		if !f.Blame(err) {
			f[0].Problem = words(err) // such as that nothing was changed
		}
		p.askCorrection(w, r, v, c, f, nil)
	case onboarding.CodeNotNow:
		p.refuseCorrection(w, r)
	case onboarding.CodeConflict:
		if v.view, err = p.service.View(r.Context(), v.id); err != nil {
			p.gone(w, r, err)
			return
		}
		p.askAnew(w, r, v, c, changedElsewhere)
	default:
		if err != nil {
			p.site.Fail(w, r, err)
			return
		}
		to := "/apply/status"
		if renewsBy(r, v) {
			to = renewalPath
		}
		web.Redirect(w, r, to+"?corrected="+c.slug)
	}
}

// thanks confirms a correction on the status page.
func thanks(slug string) string {
	c, ok := correctionOf(slug)
	switch {
	case !ok:
		return ""
	case c.check == onboarding.CheckEmail:
		return "Thank you: we check your e-mail address again now, and send a link to the new one. Use that link from now on. The first time, it asks for your date of birth."
	}
	if c.check == "" {
		return "Thank you: we have corrected " + c.about + ", and do what uses it again now."
	}
	return "Thank you: we check " + c.about + " again now."
}
