package console

import (
	"context"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// Onward is what the page about vendors' sub-processors needs; *applicants.Service is one.
type Onward interface {
	OnwardTransfers(ctx context.Context) ([]applicants.OnwardLine, error)
}

const onwardPath = "/console/onward"

func (c *Console) onwardRoutes() []route {
	if c.Onward == nil {
		return nil
	}
	return []route{{"GET " + onwardPath, identity.ViewOnward, c.showOnward}}
}

type onwardPage struct {
	Unlisted, Listed []applicants.OnwardLine
}

// showOnward puts those sub-processors before the privacy officer that no agreement names,
// and lists the others.
func (c *Console) showOnward(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	all, err := c.Onward.OnwardTransfers(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	var page onwardPage
	for _, l := range all {
		if len(l.Unlisted) > 0 {
			page.Unlisted = append(page.Unlisted, l)
		} else {
			page.Listed = append(page.Listed, l)
		}
	}
	c.show(w, r, who, "onward", web.Page{Title: "Onward transfers", Body: page})
}
