package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const sessionsPath = "/console/sessions"

type sessionsPage struct {
	People []personLine
	Ended  bool // somebody's were just ended
}

// personLine is one who is signed in, in however many sessions.
type personLine struct {
	ID, Name string
	As       []string // "recruiter for support-basics"
	Since    time.Time
	Sessions int
	Self     bool
}

// showSessions lists who is signed in.
func (c *Console) showSessions(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	standing, err := c.Sessions.Standing(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	names, err := c.names(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := sessionsPage{Ended: r.URL.Query().Get("done") == "ended"}
	at := map[string]int{}
	for _, s := range standing {
		i, ok := at[s.ID]
		if !ok {
			i = len(page.People)
			at[s.ID] = i
			page.People = append(page.People, personLine{ID: s.ID, Name: names[s.ID], Since: s.Since, Self: s.ID == who.ID})
		}
		p := &page.People[i]
		p.Sessions++
		as := string(s.Role)
		if len(s.Programs) > 0 {
			as += " for " + strings.Join(s.Programs, ", ")
		}
		if !slices.Contains(p.As, as) {
			p.As = append(p.As, as)
		}
	}
	for i := range page.People {
		slices.Sort(page.People[i].As)
	}
	c.show(w, r, who, "sessions", web.Page{Title: "Who is signed in", Body: page})
}

// endSessions ends every session of one person: here at once, at other replicas
// within seconds.
func (c *Console) endSessions(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	whose := r.PostForm.Get("who")
	if whose == "" || strings.Trim(whose, "0123456789abcdef") != "" {
		c.show(w, r, who, "sessions", web.Page{Title: "Who is signed in", Problems: []web.Problem{{Text: "Choose whose sessions end."}}, Body: sessionsPage{}})
		return
	}
	err := c.used(r, who, access.Event{What: access.SessionsEnded, Action: string(identity.EndSessions), Detail: whose})
	if err == nil {
		_, err = c.Sessions.EndAll(r.Context(), whose)
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, sessionsPath+"?done=ended")
}

// names is who is who among staff, by ID; without a directory nobody has a name.
func (c *Console) names(r *http.Request) (map[string]string, error) {
	if c.Directory == nil {
		return map[string]string{}, nil
	}
	return c.Directory.Names(r.Context())
}
