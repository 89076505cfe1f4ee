package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type askDataPage struct {
	Kind  workflows.DataKind
	Asked *workflows.DataRequest // nil while it was not asked for
	Last  *workflows.DataRequest // that was answered; nil when there is none
	Words string                 // of that answer
}

// asking finds the kind of the address.
func (p *Portal) asking(next func(w http.ResponseWriter, r *http.Request, v *visit, page askDataPage)) http.HandlerFunc {
	return p.submitted(func(w http.ResponseWriter, r *http.Request, v *visit) {
		page := askDataPage{Kind: workflows.DataKind(r.PathValue("kind"))}
		if page.Kind != workflows.DataCopy && page.Kind != workflows.DataErasure {
			p.site.Refuse(w, r, http.StatusNotFound, "There is no page at this address.", "The page “Your data” lists what you can do.")
			return
		}
		for _, q := range v.view.Requests {
			switch {
			case q.Kind != page.Kind:
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
		if page.Words, err = p.service.DataAnswer(r.Context(), v.id, page.Kind); err != nil {
			p.gone(w, r, err)
			return
		}
	}
	title := "Ask for a copy of your data"
	if page.Kind == workflows.DataErasure {
		title = "Ask for your data to be erased"
	}
	p.show(w, r, "ask_data", web.Page{Title: title, Back: dataPath, Body: page})
}

func (p *Portal) askData(w http.ResponseWriter, r *http.Request, v *visit, page askDataPage) {
	kind := workflows.RequestAccess
	if page.Kind == workflows.DataErasure {
		kind = workflows.RequestDelete
	}
	request, err := p.requests.OpenRequest(r.Context(), v.id, kind, workflows.RequestFromPortal, "", actor)
	if err != nil {
		p.gone(w, r, err)
		return
	}
	web.Redirect(w, r, applicants.RequestPath+request)
}
