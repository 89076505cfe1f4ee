package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// asks are what can be asked for about one's data, by the last part of its address.
var asks = map[string]struct {
	kind  workflows.RequestKind
	title string
}{
	"copy":        {workflows.RequestAccess, "Ask for a copy of your data"},
	"erasure":     {workflows.RequestDelete, "Ask for your data to be erased"},
	"addition":    {workflows.RequestAmend, "Add something to your data"},
	"restriction": {workflows.RequestRestrict, "Restrict what is done with your data"},
}

type askDataPage struct {
	Kind  string
	Asked *workflows.DataRequest // nil while it was not asked for
	Last  *workflows.DataRequest // that was answered; nil when there is none
	Words string                 // of that answer
	Form  web.Form
}

// besideMost is how many letters one may have put beside the file at once.
const besideMost = 5000

func askForm(kind string) web.Form {
	if kind != "addition" {
		return nil
	}
	return web.Form{{ID: "words", Label: "What is missing, or what do you say to what is on file?", Noun: "what is to stand beside your data", Rows: 6, Max: besideMost, Spellcheck: true,
		Hint: "In your own words. They are kept sealed, and shown to whoever opens your application. Leave out your Social Security number."}}
}

// asking finds the kind of the address.
func (p *Portal) asking(next func(w http.ResponseWriter, r *http.Request, v *visit, page askDataPage)) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		page := askDataPage{Kind: r.PathValue("kind")}
		if _, ok := asks[page.Kind]; !ok {
			p.site.Refuse(w, r, http.StatusNotFound, "There is no page at this address.", "The page “Your data” lists what you can do.")
			return
		}
		page.Form = askForm(page.Kind)
		for _, q := range v.view.Requests { // of before a request was a workflow of its own
			switch {
			case string(q.Kind) != page.Kind:
			case q.Open():
				page.Asked = &q
			default:
				page.Last = &q
			}
		}
		next(w, r, v, page)
	})
}

// showAskData says what will happen, by whom and by when, and asks once.
func (p *Portal) showAskData(w http.ResponseWriter, r *http.Request, v *visit, page askDataPage) {
	if page.Last != nil {
		var err error
		if page.Words, err = p.service.DataAnswer(r.Context(), v.id, workflows.DataKind(page.Kind)); err != nil {
			p.gone(w, r, err)
			return
		}
	}
	p.show(w, r, "ask_data", web.Page{Title: asks[page.Kind].title, Back: dataPath, Problems: page.Form.Problems(), Body: page})
}

func (p *Portal) askData(w http.ResponseWriter, r *http.Request, v *visit, page askDataPage) {
	if err := page.Form.Fill(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if len(page.Form.Problems()) > 0 {
		p.showAskData(w, r, v, page)
		return
	}
	words := ""
	if len(page.Form) > 0 {
		words = page.Form.Value("words")
	}
	request, err := p.requests.OpenRequest(r.Context(), v.id, asks[page.Kind].kind, workflows.RequestFromPortal, words, actor)
	if onboarding.CodeOf(err) == onboarding.CodeInvalid && page.Form.Blame(err) {
		p.showAskData(w, r, v, page)
		return
	}
	if err != nil {
		p.gone(w, r, err)
		return
	}
	web.Redirect(w, r, applicants.RequestPath+request)
}
