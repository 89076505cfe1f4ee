package portal

import (
	"net/http"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// answer is one line of the summary.
type answer struct {
	Label  string
	Lines  []string
	Ours   bool   // the lines are words of ours, to be said in the page's language
	Change string // address of the page that asks
	What   string // for screen readers: "Change <what>"
}

type checkPage struct {
	Answers  []answer
	Consents []consent.Notice
	Contact  string
}

// showCheck lists every answer with a link that changes it and returns here.
func (p *Portal) showCheck(w http.ResponseWriter, r *http.Request, v *visit) {
	p.askCheck(w, r, v, nil)
}

func (p *Portal) askCheck(w http.ResponseWriter, r *http.Request, v *visit, problems []web.Problem) {
	consents := asked()
	for i := range consents {
		consents[i] = inLanguage(consents[i], r)
	}
	p.show(w, r, "check", web.Page{Title: "Check your answers", Back: before(checkPath), Problems: problems,
		Body: checkPage{Answers: answers(v.draft.Profile), Consents: consents, Contact: p.programOf(v.view).Contact}})
}

func answers(p onboarding.Profile) []answer {
	born, _, _ := splitDate(p[onboarding.FieldDateOfBirth])
	if born != "" {
		year, month, d := splitDate(p[onboarding.FieldDateOfBirth])
		born = month + "/" + d + "/" + year + " (month, day, year)"
	}
	street := strings.TrimSpace(p[onboarding.FieldStreet] + " " + p[onboarding.FieldUnit])
	town := p[onboarding.FieldCity] + ", " + p[onboarding.FieldState] + " " + p[onboarding.FieldPostalCode]
	past := []string{"None given"}
	if s := p[onboarding.FieldPastAddresses]; s != "" {
		past = strings.Split(s, "\n")
	}
	change := func(d detail) string { return d.path + "?from=check" }
	return []answer{
		{Label: "Name", Lines: []string{fullName(p)}, Change: change(yourName), What: "your name"},
		{Label: "Date of birth", Lines: []string{born}, Ours: true, Change: change(yourBirth), What: "your date of birth"},
		{Label: "E-mail address", Lines: []string{p[onboarding.FieldEmail]}},
		{Label: "Phone number", Lines: []string{p[onboarding.FieldPhone]}, Change: change(contact), What: "your phone number"},
		{Label: "Address", Lines: []string{street, town}, Change: change(address), What: "your address"},
		{Label: "Where else you lived", Lines: past, Ours: p[onboarding.FieldPastAddresses] == "", Change: change(address), What: "where else you lived"},
		{Label: "Social Security number", Lines: []string{"Ends in " + endsIn(p[onboarding.FieldNationalID], 4)}, Ours: true, Change: change(nationalID), What: "your Social Security number"},
	}
}

// pageOf is the page that asks for a field, and comes back here.
func pageOf(field string) string {
	for _, d := range details {
		for _, in := range d.form(onboarding.Profile{}) {
			if strings.EqualFold(in.ID, field) || strings.EqualFold(in.Label, field) {
				return d.path + "?from=check"
			}
		}
	}
	return ""
}

// submit hands the application in.
func (p *Portal) submit(w http.ResponseWriter, r *http.Request, v *visit) {
	if underAge(v.draft.Profile[onboarding.FieldDateOfBirth], p.programOf(v.view).MinimumAge, p.site.Now()) {
		p.refuseUnderAge(w, r, v)
		return
	}
	err := p.service.Submit(r.Context(), v.id, p.origin(r))
	switch onboarding.CodeOf(err) {
	case onboarding.CodeUnderAge:
		p.refuseUnderAge(w, r, v)
	case onboarding.CodeInvalid, onboarding.CodeConsentNotLive:
		p.askCheck(w, r, v, []web.Problem{problemOf(err)})
	default:
		switch {
		case err == nil:
			web.Redirect(w, r, "/apply/submitted")
		case p.notNow(w, r, err):
		default:
			p.site.Fail(w, r, err)
		}
	}
}
