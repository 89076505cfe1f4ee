package console

import (
	"net/http"
	"net/url"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const viewsPath = "/console/views"

// view is a list under a name, as the page offers it.
type view struct {
	Name, URL string
	Current   bool
	Query     string
	House     bool // all staff have it
	Drop      bool // the reader may remove it
}

// builtIn are the lists that everybody has.
func builtIn(who identity.Staff) []applicants.View {
	return []applicants.View{
		{Name: "Stuck over a day", Query: "stage=under-way&attention=others&age=day&sort=since"},
		{Name: "Waiting for a reviewer", Query: "attention=reviewer&sort=since"},
		{Name: "Due today", Query: "due=today&sort=due"},
		{Name: "Failed at a vendor", Query: "failed=yes&sort=since"},
		{Name: "Mine", Query: url.Values{"recruiter": {who.ID}, "stage": {string(applicants.UnderWay)}}.Encode()},
		{Name: "Nobody's", Query: "recruiter=nobody&stage=under-way"},
	}
}

// views are those that the reader has: built-in ones, the house's, their own.
func (c *Console) views(r *http.Request, who identity.Staff) ([]view, error) {
	now := listQuery(r.URL.Query())
	made := func(v applicants.View) view {
		q, _ := url.ParseQuery(v.Query) // what is none of ours is left out
		query := listQuery(q)
		return view{Name: v.Name, URL: listPath + "?" + query, Query: query, Current: query == now && now != ""}
	}
	var out []view
	for _, v := range builtIn(who) {
		out = append(out, made(v))
	}
	for _, owner := range []string{applicants.House, who.ID} {
		kept, err := c.service.Views(r.Context(), owner)
		if err != nil {
			return nil, err
		}
		for _, v := range kept {
			line := made(v)
			line.House = owner == applicants.House
			line.Drop = !line.House || who.MayAny(identity.ShareViews)
			out = append(out, line)
		}
	}
	return out, nil
}

// keepView keeps the list that the form was shown with, or removes one.
func (c *Console) keepView(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	owner := who.ID
	if r.PostForm.Get("house") == "yes" {
		owner = applicants.House
		if !who.MayAny(identity.ShareViews) {
			c.refuse(w, r, who, identity.ShareViews)
			return
		}
	}
	q, err := url.ParseQuery(r.PostForm.Get("query"))
	if err != nil {
		c.site.Fail(w, r, onboarding.Invalid("query", "That list cannot be kept.", "Go back to the list and try again."))
		return
	}
	query := listQuery(q)
	if r.PostForm.Get("drop") != "" {
		err = c.service.DropView(r.Context(), owner, r.PostForm.Get("drop"))
	} else {
		err = c.service.SaveView(r.Context(), owner, applicants.View{Name: r.PostForm.Get("name"), Query: query})
	}
	switch {
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		choices, cerr := c.choices(r, q, who, c.called(r))
		if cerr != nil {
			c.site.Fail(w, r, cerr)
			return
		}
		page := listPage{Filters: choices, Filtered: query != "", Query: query, Searches: who.MayAny(identity.Search), Share: who.MayAny(identity.ShareViews)}
		c.listFailed(w, r, who, page, err)
	case err != nil:
		c.site.Fail(w, r, err)
	default:
		web.Redirect(w, r, listPath+"?"+query)
	}
}
