package portal

import (
	"net"
	"net/http"
	"net/url"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

type vendorPage struct {
	Vendor  vendorText
	Note    string // what went wrong at the last try
	URL     string
	Contact string
}

// showVendorPage says who the company is on whose page the applicant goes on, what
// it asks for and what it has from us (obligation 6), and has the one link there.
// The address is asked for anew each time: it serves once and is kept nowhere.
func (p *Portal) showVendorPage(w http.ResponseWriter, r *http.Request, v *visit) {
	i := slices.IndexFunc(v.view.Checks, func(c workflows.ApplicantCheck) bool {
		return c.Yours && string(c.Name) == r.PathValue("check")
	})
	if i < 0 {
		web.Redirect(w, r, "/apply/status")
		return
	}
	c := v.view.Checks[i]
	address, err := p.service.VendorPage(r.Context(), v.id, c.Name)
	switch {
	case err == nil && !p.mayLead(address):
		// The address is not quoted: whoever has it can act as the applicant.
		p.site.Fail(w, r, &onboarding.Error{Code: onboarding.CodeVendorUnclear, Message: "The vendor's page has an address that we do not lead anybody to.", Hint: "Ask the vendor."})
	case err == nil:
		p.show(w, r, "vendor_page", web.Page{Title: taskTitle(c), Back: "/apply/status", Body: vendorPage{Vendor: vendorOf(c.Vendor, v.view.Edition),
			Note: noteWords(c.Note), URL: address, Contact: p.programOf(v.view).Contact}})
	case p.notNow(w, r, err):
	default:
		p.site.Fail(w, r, err)
	}
}

// mayLead reports whether an address may be a link: https, or in development
// http on this very machine, where the sandbox plays the vendors.
func (p *Portal) mayLead(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	if u.Scheme == "http" && p.reserved {
		ip := net.ParseIP(u.Hostname())
		return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	}
	return u.Scheme == "https"
}
