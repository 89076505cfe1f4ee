package portal

import (
	"errors"
	"net/http"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

type taxQuestionPage struct {
	Need  need
	Intro string
	Form  web.Form
	Tag   string // of what the page shows
	From  string // "check" when it was opened from check your answers
}

// showTaxPage asks one thing of the tax form.
func (p *Portal) showTaxPage(t taxPage) taxAction {
	return func(w http.ResponseWriter, r *http.Request, _ *visit, n need, d applicants.TaxDraft) {
		if p.taxInOrder(w, r, t, n, d) {
			p.askTaxPage(w, r, t, n, d, taxForm(t, d), fromCheck(r.URL.Query().Get("from")), nil)
		}
	}
}

// taxForm fills the page's form; a yes or no is filled only when it was answered.
func taxForm(t taxPage, d applicants.TaxDraft) web.Form {
	f := t.form(d.Form)
	if slices.Contains(d.Answered, t.slug) {
		for id, yes := range map[string]bool{"exempt": d.Form.Exempt, "withholding": d.Form.Subject} {
			if in := f.Get(id); in != nil {
				in.Value = map[bool]string{true: "yes", false: "no"}[yes]
			}
		}
	}
	return f
}

// taxInOrder reports whether every page before this one was answered; else it leads
// to the first that was not.
func (p *Portal) taxInOrder(w http.ResponseWriter, r *http.Request, t taxPage, n need, d applicants.TaxDraft) bool {
	asks := asksOf(d.Form)
	at := slices.IndexFunc(asks, func(o taxPage) bool { return o.slug == t.slug })
	first := slices.IndexFunc(asks, func(o taxPage) bool { return !slices.Contains(d.Answered, o.slug) })
	if at < 0 || first >= 0 && at > first {
		web.Redirect(w, r, n.Path)
		return false
	}
	return true
}

func (p *Portal) askTaxPage(w http.ResponseWriter, r *http.Request, t taxPage, n need, d applicants.TaxDraft, f web.Form, from string, more []web.Problem) {
	back := certificationPath
	asks := asksOf(d.Form)
	if i := slices.IndexFunc(asks, func(o taxPage) bool { return o.slug == t.slug }); i > 0 {
		back = n.Path + "/" + asks[i-1].slug
	}
	if from != "" {
		back = n.Path + "/check"
	}
	p.show(w, r, "tax_question", web.Page{Title: t.title, Back: back, Problems: append(more, f.Problems()...),
		Body: taxQuestionPage{Need: n, Intro: t.intro, Form: f, Tag: d.Tag, From: from}})
}

// saveTaxPage keeps one answer, sealed, until all are handed in.
func (p *Portal) saveTaxPage(t taxPage) taxAction {
	return func(w http.ResponseWriter, r *http.Request, v *visit, n need, d applicants.TaxDraft) {
		if !p.taxInOrder(w, r, t, n, d) {
			return
		}
		f := taxForm(t, d)
		if err := f.Fill(r); err != nil {
			p.site.Fail(w, r, err)
			return
		}
		from := fromCheck(r.PostForm.Get("from"))
		if r.PostForm.Get("tag") != d.Tag {
			p.taxChanged(w, r, t, v, n, from)
			return
		}
		for _, in := range f {
			if in.Problem == "" && len(in.Options) > 0 && !offered(in, in.Value) {
				in.Problem = "Choose one of the answers"
			}
		}
		if len(f.Problems()) > 0 {
			p.askTaxPage(w, r, t, n, d, f, from, nil)
			return
		}
		next := applicants.TaxDraft{Form: d.Form, Answered: slices.Clone(d.Answered), Tag: d.Tag}
		t.read(f, &next.Form)
		if !slices.Contains(next.Answered, t.slug) {
			next.Answered = append(next.Answered, t.slug)
		}
		err := p.service.SaveTaxDraft(r.Context(), v.id, t.slug, next)
		switch {
		case err == nil && from != "":
			web.Redirect(w, r, n.Path+"/"+firstTaxPage(next))
		case err == nil:
			web.Redirect(w, r, n.Path+"/"+afterTax(t, next))
		case onboarding.CodeOf(err) == onboarding.CodeConflict:
			p.taxChanged(w, r, t, v, n, from)
		case f.Blame(err):
			p.askTaxPage(w, r, t, n, d, f, from, nil)
		case p.tooLate(w, r, n, err):
		default:
			p.site.Fail(w, r, err)
		}
	}
}

// taxChanged tells that another tab or device has saved in between, and shows what is
// saved now.
func (p *Portal) taxChanged(w http.ResponseWriter, r *http.Request, t taxPage, v *visit, n need, from string) {
	d, err := p.service.TaxDraft(r.Context(), v.id)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.askTaxPage(w, r, t, n, d, taxForm(t, d), from, []web.Problem{{
		Text: "Your answers were changed in another tab or on another device, so we did not save this page. Below is what is saved now. Change it if it is wrong, and save again."}})
}

// afterTax is the page that follows.
func afterTax(t taxPage, d applicants.TaxDraft) string {
	asks := asksOf(d.Form)
	if i := slices.IndexFunc(asks, func(o taxPage) bool { return o.slug == t.slug }); i >= 0 && i+1 < len(asks) {
		return asks[i+1].slug
	}
	return firstTaxPage(d)
}

type taxCheckPage struct {
	Need    need
	Answers []answer
	Subject bool // the second certification is crossed out
	Form    web.Form
	Tag     string
}

func taxSignature() web.Form {
	return web.Form{{ID: "signature", Label: "Your full name", Hint: "Type your name to sign, as you gave it on the page “Your name for tax”.", Autocomplete: "name", Max: 200}}
}

// showTaxCheck shows the answers, with the number's last digits alone, and asks for
// the certification.
func (p *Portal) showTaxCheck(w http.ResponseWriter, r *http.Request, _ *visit, n need, d applicants.TaxDraft) {
	p.askTaxCheck(w, r, n, d, taxSignature(), nil)
}

func (p *Portal) askTaxCheck(w http.ResponseWriter, r *http.Request, n need, d applicants.TaxDraft, f web.Form, more []web.Problem) {
	if first := firstTaxPage(d); first != "check" {
		web.Redirect(w, r, n.Path+"/"+first)
		return
	}
	asks := asksOf(d.Form)
	p.show(w, r, "tax_check", web.Page{Title: "Check your tax details", Back: n.Path + "/" + asks[len(asks)-1].slug, Problems: append(more, f.Problems()...),
		Body: taxCheckPage{Need: n, Answers: taxAnswers(n, d.Form), Subject: d.Form.Subject, Form: f, Tag: d.Tag}})
}

func taxAnswers(n need, t applicants.TaxForm) []answer {
	at := func(slug string) string { return n.Path + "/" + slug + "?from=check" }
	class, known := t.Classification, false
	for _, c := range applicants.TaxClasses() {
		if c.ID == t.Classification {
			class, known = c.Title, true
		}
	}
	kind := "Social Security number or ITIN"
	if t.NumberKind == applicants.TaxNumberEIN {
		kind = "Employer identification number"
	}
	word := map[bool]string{true: "Yes", false: "No"}
	out := []answer{{Label: "Name", What: "the name", Lines: []string{t.Name}, Change: at("name")}}
	if t.BusinessName != "" {
		out = append(out, answer{Label: "Business name", What: "the business name", Lines: []string{t.BusinessName}, Change: at("name")})
	}
	out = append(out, answer{Label: "How you are taxed", What: "how you are taxed", Lines: []string{class}, Ours: known, Change: at("classification")})
	if t.Classification != "individual" {
		out = append(out, answer{Label: "Exempt from backup withholding", What: "whether your business is exempt", Lines: []string{word[t.Exempt]}, Ours: true, Change: at("exempt")})
	}
	return append(out,
		answer{Label: "Address", What: "the address", Lines: taxLines(t), Change: at("address")},
		answer{Label: kind, What: "the number", Lines: []string{"ends in " + endsIn(t.Number, 4)}, Ours: true, Change: at("number")},
		answer{Label: "Subject to backup withholding", What: "backup withholding", Lines: []string{word[t.Subject]}, Ours: true, Change: at("withholding")})
}

// handInTax hands all of it in, certified by the typed name.
func (p *Portal) handInTax(w http.ResponseWriter, r *http.Request, v *visit, n need, d applicants.TaxDraft) {
	f := taxSignature()
	if err := f.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if r.PostForm.Get("tag") != d.Tag {
		p.askTaxCheck(w, r, n, d, f, []web.Problem{{Text: "Your answers were changed in another tab or on another device. Read them as they are now and sign again."}})
		return
	}
	if len(f.Problems()) > 0 {
		p.askTaxCheck(w, r, n, d, f, nil)
		return
	}
	form := d.Form
	form.Signature = f.Value("signature")
	err := p.service.GiveTaxDetails(r.Context(), v.id, n.ID, form, p.origin(r))
	switch {
	case err == nil:
		web.Redirect(w, r, certificationPath+"?about="+n.ID)
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.blameTax(w, r, n, d, f, err)
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// blameTax says at the signature what is wrong with it, and for all else leads to the
// page that mends it.
func (p *Portal) blameTax(w http.ResponseWriter, r *http.Request, n need, d applicants.TaxDraft, f web.Form, err error) {
	var e *onboarding.Error
	if errors.As(err, &e) {
		for _, t := range asksOf(d.Form) {
			if t.form(d.Form).Get(e.Field) != nil {
				p.askTaxCheck(w, r, n, d, f, []web.Problem{{Text: words(err), URL: n.Path + "/" + t.slug + "?from=check"}})
				return
			}
		}
	}
	f[0].Problem = words(err)
	p.askTaxCheck(w, r, n, d, f, nil)
}
