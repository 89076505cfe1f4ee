package console

import (
	"net/http"
	"net/url"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

const accessPath = "/console/access"

type accessPage struct {
	Day    string // 2026-11-28
	What   string
	Who    string
	Kinds  []access.Kind
	Events []accessLine
	Next   string // address of the next page; empty on the last
	Before string // address of the day before
	After  string // of the day after; empty today
}

// accessLine is one event as the page shows it.
type accessLine struct {
	access.Event
	Why string
}

// showAccess shows a day of who asked for what, beside the ledgers: what was refused,
// and what is not about one applicant.
func (c *Console) showAccess(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	q := r.URL.Query()
	today := c.site.Now().UTC().Truncate(24 * time.Hour)
	page := accessPage{Day: q.Get("day"), What: q.Get("what"), Who: q.Get("who"), Kinds: access.Kinds()}
	day, err := time.Parse(time.DateOnly, page.Day)
	if page.Day == "" {
		day, err = today, nil
	}
	var read access.Page
	if err != nil {
		err = onboarding.Invalid("day", "The day is not written as 2026-11-28.", "Leave it out for today.")
	} else {
		read, err = c.Access.Read(r.Context(), access.Query{Day: day, What: access.Kind(page.What), Who: page.Who, Cursor: q.Get("cursor")})
	}
	switch {
	case onboarding.CodeOf(err) == onboarding.CodeInvalid:
		c.show(w, r, who, "access", web.Page{Title: "Who asked for what", Problems: []web.Problem{{Text: err.Error()}}, Body: page})
		return
	case err != nil:
		c.site.Fail(w, r, err)
		return
	}
	page.Day = day.Format(time.DateOnly)
	at := func(d time.Time) string {
		to := url.Values{"day": {d.Format(time.DateOnly)}}
		for name, value := range map[string]string{"what": page.What, "who": page.Who} {
			if value != "" {
				to.Set(name, value)
			}
		}
		return accessPath + "?" + to.Encode()
	}
	page.Before = at(day.AddDate(0, 0, -1))
	if day.Before(today) {
		page.After = at(day.AddDate(0, 0, 1))
	}
	for _, e := range read.Items {
		page.Events = append(page.Events, accessLine{Event: e, Why: whyWords(e)})
	}
	page.Next = next(accessPath, q, read.NextCursor)
	c.show(w, r, who, "access", web.Page{Title: "Who asked for what", Body: page})
}

// whyWords is an event's detail in words.
func whyWords(e access.Event) string {
	switch {
	case e.What == access.Refused && e.Detail == access.ByRole:
		return "not for that role or key"
	case e.What == access.Refused && e.Detail == access.ByScope:
		return "of another program"
	case e.What == access.Refused && e.Detail == access.ByTicket:
		return "no support ticket that is open: " + e.Purpose
	case e.What == access.Refused && e.Detail == access.ByPurpose:
		return "not what that role or key reads for: " + e.Purpose
	case e.Purpose != "" && e.Detail != "":
		return e.Detail + ", " + e.Purpose
	case e.Purpose != "":
		return e.Purpose
	}
	return e.Detail
}
