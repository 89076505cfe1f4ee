package console

import (
	"cmp"
	"log/slog"
	"net/http"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// called are what staff are called. When that cannot be read pages show IDs.
func (c *Console) called(r *http.Request) map[string]string {
	names, err := c.names(r)
	if err != nil {
		c.site.Log().WarnContext(r.Context(), "the names of staff could not be read, so pages show IDs", slog.String("fault", err.Error()))
	}
	return names
}

type assignPage struct {
	View workflows.StaffView
	Now  string // who has it, in words; empty: nobody
	Mine bool
	Me   string
	Form web.Form // empty: there is nobody to give it to
}

// assignForm asks who is to have a case: one of those who may, as the directory knows
// or, where it is empty, somebody by their staff ID.
func (c *Console) assignForm(r *http.Request, v workflows.StaffView, who identity.Staff) (web.Form, error) {
	byID := web.Form{{ID: "to", Label: "Staff ID of who gets it", Noun: "a staff ID", Width: "medium", Hint: "Eight or more of the letters a to f and digits. Everybody sees theirs on the page of a case."}}
	if c.Directory == nil {
		return byID, nil
	}
	names, anybody, err := c.Directory.Recruiters(r.Context(), v.Program)
	if err != nil || anybody {
		return byID, err
	}
	in := &web.Input{ID: "to", Label: "Who gets it?", Noun: "who gets it", Hint: "Those who may have cases of this program, and have signed in."}
	for id, name := range names {
		if id != v.Recruiter {
			label := name
			if id == who.ID {
				label += " (you)"
			}
			in.Options = append(in.Options, web.Option{Value: id, Label: label, Said: true})
		}
	}
	if len(in.Options) == 0 {
		return nil, nil
	}
	slices.SortFunc(in.Options, func(a, b web.Option) int { return cmp.Or(cmp.Compare(a.Label, b.Label), cmp.Compare(a.Value, b.Value)) })
	return web.Form{in}, nil
}

func (c *Console) askRecruiter(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	f, err := c.assignForm(r, v, who)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.showRecruiter(w, r, who, v, f)
}

func (c *Console) showRecruiter(w http.ResponseWriter, r *http.Request, who identity.Staff, v workflows.StaffView, f web.Form) {
	page := assignPage{View: v, Form: f, Me: who.ID, Mine: v.Recruiter == who.ID}
	if v.Recruiter != "" {
		page.Now = staffWords(v.Recruiter, c.called(r))
	}
	c.show(w, r, who, "assign", web.Page{Title: "Who has this case?", Back: casePath(v.Applicant), Problems: f.Problems(), Body: page})
}

// setRecruiter gives the case to somebody, or hands it back. The form says who had it
// when it was shown, so that two who take it at once do not both get it.
func (c *Console) setRecruiter(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	f, err := c.assignForm(r, v, who)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	to := ""
	switch r.PostForm.Get("do") {
	case "take":
		to = who.ID
	case "back":
	default:
		if len(f) == 0 {
			c.showRecruiter(w, r, who, v, f)
			return
		}
		if err := f.Fill(r); err != nil {
			c.site.Fail(w, r, err)
			return
		}
		if len(f.Problems()) > 0 {
			c.showRecruiter(w, r, who, v, f)
			return
		}
		to = f.Value("to")
	}
	err = c.service.Assign(r.Context(), v.Applicant, to, r.PostForm.Get("was"), actor(who))
	switch {
	case err == nil && to == "":
		web.Redirect(w, r, casePath(v.Applicant)+"?done=handed-back")
	case err == nil:
		web.Redirect(w, r, casePath(v.Applicant)+"?done=assigned")
	case f.Blame(err):
		c.showRecruiter(w, r, who, v, f)
	default:
		c.site.Fail(w, r, err)
	}
}
