package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// taxPage is one question page of the tax form. They stand in the form's order.
type taxPage struct {
	slug, title string
	intro       string
	applies     func(applicants.TaxForm) bool // nil: to everybody
	form        func(applicants.TaxForm) web.Form
	read        func(f web.Form, into *applicants.TaxForm)
}

func yesNo(id, label, hint string, answered, yes bool) web.Form {
	in := &web.Input{ID: id, Label: label, Hint: hint, Noun: "yes or no", Options: []web.Option{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No"}}}
	if answered {
		in.Value = map[bool]string{true: "yes", false: "no"}[yes]
	}
	return web.Form{in}
}

var taxPages = []taxPage{
	{
		slug: "name", title: "Your name for tax",
		form: func(t applicants.TaxForm) web.Form {
			return web.Form{
				{ID: "name", Label: "Name", Noun: "your name", Hint: "As it stands on your income tax return.", Value: t.Name, Autocomplete: "name", Max: 200},
				{ID: "business", Label: "Business name", Hint: "Only if you work under another name than your own.", Value: t.BusinessName, Autocomplete: "organization", Optional: true, Max: 200},
			}
		},
		read: func(f web.Form, t *applicants.TaxForm) { t.Name, t.BusinessName = f.Value("name"), f.Value("business") },
	},
	{
		slug: "classification", title: "How you are taxed",
		form: func(t applicants.TaxForm) web.Form {
			in := &web.Input{ID: "classification", Label: "Federal tax classification", Noun: "how you are taxed", Value: t.Classification,
				Hint: "Most independent contractors are an individual or sole proprietor. So is a limited liability company that has one owner and has chosen nothing else."}
			for _, c := range applicants.TaxClasses() {
				in.Options = append(in.Options, web.Option{Value: c.ID, Label: c.Title})
			}
			return web.Form{in}
		},
		read: func(f web.Form, t *applicants.TaxForm) { t.Classification = f.Value("classification") },
	},
	{
		slug: "exempt", title: "Exempt payee",
		applies: func(t applicants.TaxForm) bool { return t.Classification != "" && t.Classification != "individual" },
		form: func(t applicants.TaxForm) web.Form {
			return yesNo("exempt", "Is your business exempt from backup withholding?", "Most corporations are. If you do not know, answer no.", t.Exempt, t.Exempt)
		},
		read: func(f web.Form, t *applicants.TaxForm) { t.Exempt = f.Value("exempt") == "yes" },
	},
	{
		slug: "address", title: "Your address for tax",
		intro: "The year's statement of what you were paid is sent there.",
		form: func(t applicants.TaxForm) web.Form {
			return web.Form{
				{ID: "street", Label: "Street address", Value: t.Street, Autocomplete: "address-line1", Max: 200},
				{ID: "unit", Label: "Apartment or unit", Value: t.Unit, Autocomplete: "address-line2", Optional: true},
				{ID: "city", Label: "City", Value: t.City, Autocomplete: "address-level2"},
				{ID: "state", Label: "State", Hint: "Two letters, such as OR, or the name.", Value: t.State, Autocomplete: "address-level1", Width: "medium"},
				{ID: "postal_code", Label: "ZIP code", Value: t.PostalCode, Autocomplete: "postal-code", InputMode: "numeric", Width: "short"},
			}
		},
		read: func(f web.Form, t *applicants.TaxForm) {
			t.Street, t.Unit, t.City, t.State, t.PostalCode = f.Value("street"), f.Value("unit"), f.Value("city"), f.Value("state"), f.Value("postal_code")
		},
	},
	{
		slug: "number", title: "Your taxpayer number",
		intro: "We seal it at once and show only its last four digits from then on.",
		form: func(t applicants.TaxForm) web.Form {
			number := &web.Input{ID: "number", Label: "Number", Noun: "the number", InputMode: "numeric", Autocomplete: "off", Width: "medium", Hint: "Nine digits."}
			if t.Number != "" {
				number.Optional, number.Hint = true, "You gave one that ends in "+endsIn(t.Number, 4)+". Leave this empty to keep it."
			}
			return web.Form{
				{ID: "number_kind", Label: "Which number do you give?", Noun: "which number you give", Value: t.NumberKind, Options: []web.Option{
					{Value: applicants.TaxNumberSSN, Label: "Social Security number or ITIN", Hint: "For an individual or sole proprietor."},
					{Value: applicants.TaxNumberEIN, Label: "Employer identification number (EIN)", Hint: "For a company."}}},
				number,
			}
		},
		read: func(f web.Form, t *applicants.TaxForm) {
			t.NumberKind = f.Value("number_kind")
			if v := f.Value("number"); v != "" {
				t.Number = v
			}
		},
	},
	{
		slug: "withholding", title: "Backup withholding",
		form: func(t applicants.TaxForm) web.Form {
			return yesNo("withholding", "Has the IRS told you that you are subject to backup withholding?",
				"It says so in a letter, when interest or dividends were not reported. Most people never get one.", false, false)
		},
		read: func(f web.Form, t *applicants.TaxForm) { t.Subject = f.Value("withholding") == "yes" },
	},
}

// taxParts gives the pages below a requirement of the kind tax.
func (p *Portal) taxParts(other part) map[string]part {
	out := map[string]part{
		"notice":    {show: p.showTaxNotice, take: p.giveTaxConsent},
		"decline":   {show: p.showTaxDecline},
		"check":     {show: p.taxing(p.showTaxCheck), take: p.taxing(p.handInTax)},
		"other-way": other,
	}
	for _, t := range taxPages {
		out[t.slug] = part{show: p.taxing(p.showTaxPage(t)), take: p.taxing(p.saveTaxPage(t))}
	}
	return out
}

// taxNotice is the notice under which tax details are taken.
func taxNotice(r *http.Request) (consent.Notice, error) {
	return consent.CurrentNotice(consent.PurposeTax, consent.KindTaxNotice, web.Language(r))
}

// showTax leads to where the applicant left off.
func (p *Portal) showTax(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	p.taxing(func(w http.ResponseWriter, r *http.Request, _ *visit, n need, d applicants.TaxDraft) {
		web.Redirect(w, r, n.Path+"/"+firstTaxPage(d))
	})(w, r, v, n)
}

// asksOf lists the pages that are asked of somebody.
func asksOf(t applicants.TaxForm) []taxPage {
	return slices.DeleteFunc(slices.Clone(taxPages), func(p taxPage) bool { return p.applies != nil && !p.applies(t) })
}

func firstTaxPage(d applicants.TaxDraft) string {
	for _, t := range asksOf(d.Form) {
		if !slices.Contains(d.Answered, t.slug) {
			return t.slug
		}
	}
	return "check"
}

type taxAction func(w http.ResponseWriter, r *http.Request, v *visit, n need, d applicants.TaxDraft)

// taxing lets those through who have agreed to the notice, with what they have
// answered so far, on whatever device.
func (p *Portal) taxing(next taxAction) needAction {
	return func(w http.ResponseWriter, r *http.Request, v *visit, n need) {
		notice, err := taxNotice(r)
		if err != nil {
			p.site.Fail(w, r, err)
			return
		}
		if !held(v.view, notice) {
			web.Redirect(w, r, n.Path+"/notice")
			return
		}
		d, err := p.service.TaxDraft(r.Context(), v.id)
		if err != nil {
			p.site.Fail(w, r, err)
			return
		}
		next(w, r, v, n, d)
	}
}

type taxNoticePage struct {
	Need   need
	Notice consent.Notice
	Stamp  string
}

// showTaxNotice is the page of their own consent that tax details have.
func (p *Portal) showTaxNotice(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	p.askTaxConsent(w, r, v, n, nil)
}

func (p *Portal) askTaxConsent(w http.ResponseWriter, r *http.Request, v *visit, n need, problems []web.Problem) {
	notice, err := taxNotice(r)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if held(v.view, notice) {
		web.Redirect(w, r, n.Path)
		return
	}
	stamp, err := p.site.Seal("consent/"+notice.ID, web.Stamp{Whom: string(v.id), What: notice.SHA256, ShownAt: p.site.Now().UTC()})
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	p.show(w, r, "tax_notice", web.Page{Title: notice.Title, Said: true, Back: certificationPath, Problems: problems, Body: taxNoticePage{Need: n, Notice: notice, Stamp: stamp}})
}

func (p *Portal) giveTaxConsent(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if err := web.ParseForm(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	notice, err := taxNotice(r)
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if held(v.view, notice) { // pressed twice
		web.Redirect(w, r, n.Path)
		return
	}
	stamp, ok := p.site.Unseal("consent/"+notice.ID, string(v.id), r.PostForm.Get("shown"))
	if !ok || stamp.What != notice.SHA256 {
		p.askTaxConsent(w, r, v, n, []web.Problem{{Text: "This page was open for too long, or its text has changed since. Read it as it is now and answer again."}})
		return
	}
	err = p.service.GiveConsent(r.Context(), v.id, applicants.ConsentRequest{Purpose: notice.Purpose, Kind: notice.Kind, Language: notice.Language,
		SHA256: notice.SHA256, ShownAt: stamp.ShownAt, Origin: p.origin(r)})
	switch {
	case err == nil:
		web.Redirect(w, r, n.Path)
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		p.askTaxConsent(w, r, v, n, []web.Problem{{Text: words(err)}})
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// showTaxDecline says what follows for those who do not agree.
func (p *Portal) showTaxDecline(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	p.show(w, r, "tax_decline", web.Page{Title: "If you do not give your tax details", Back: n.Path + "/notice",
		Body: otherWayPage{Need: n, Answer: p.programOf(v.view).Contact}})
}

// taxLines writes an address as people do.
func taxLines(t applicants.TaxForm) []string {
	lines := []string{t.Street, t.Unit, strings.TrimSpace(t.City + ", " + t.State + " " + t.PostalCode)}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}
