package console

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const searchPath = "/console/search"

// search leads to the list of those whom the words find. The words themselves stand
// in no address and no log: what leads there are keyed hashes.
func (c *Console) search(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	typed := strings.TrimSpace(r.PostForm.Get("q"))
	if id, err := onboarding.ParseApplicantID(typed); err == nil {
		web.Redirect(w, r, casePath(id))
		return
	}
	sought, err := c.service.Sought(typed)
	if err != nil {
		choices, cerr := c.choices(r, url.Values{}, who, c.called(r))
		if cerr != nil {
			c.site.Fail(w, r, cerr)
			return
		}
		page := listPage{Filters: choices, Searches: true}
		c.listFailed(w, r, who, page, err)
		return
	}
	web.Redirect(w, r, listPath+"?look="+url.QueryEscape(sought.String()))
}

// searched records that somebody sees whom a search finds: it tells that a person
// has applied. The words are not kept.
func (c *Console) searched(r *http.Request, who identity.Staff) error {
	if !who.MayAny(identity.Search) {
		return &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "Searching is not for your role.", Hint: "Ask somebody whose role it is."}
	}
	return c.used(r, who, access.Event{Purpose: string(identity.ToSeek), What: access.Searched, Action: string(identity.Search)})
}
