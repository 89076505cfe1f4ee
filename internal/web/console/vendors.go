package console

import (
	"context"
	"net/http"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// VendorService is what the pages about vendors need.
type VendorService interface {
	// FailedLines gives a page of failed checks, with the cursor of the next one.
	FailedLines(ctx context.Context, f applicants.Filter) ([]applicants.FailedLine, string, error)
	Vendors(ctx context.Context) ([]applicants.Vendor, error)
	PauseVendor(ctx context.Context, vendor, reason string, by workflows.Actor) error
	ResumeVendor(ctx context.Context, vendor string, by workflows.Actor) error
	UseVendor(ctx context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, vendor, reason string, by workflows.Actor) error
}

const vendorsPath = "/console/vendors"

type vendorsPage struct {
	Vendors []applicants.Vendor
	Pause   bool // the reader may pause and resume
	Done    string
}

// vendorDone is what the page may say of what was just done.
var vendorDone = map[string]string{
	"paused":  "The vendor is paused. Workers send nothing new within two seconds; what was under way ends as it would.",
	"resumed": "The vendor is asked again. Those who wait are told now, some hundred a second.",
}

// showVendors tells how each vendor stands.
func (c *Console) showVendors(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	vendors, err := c.service.Vendors(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.show(w, r, who, "vendors", watched(web.Page{Title: "Vendors", Back: failedPath,
		Body: vendorsPage{Vendors: vendors, Pause: who.MayAny(identity.PauseVendor), Done: vendorDone[r.URL.Query().Get("done")]}}, versionOf(vendors)))
}

type pausePage struct {
	applicants.Vendor
	Form web.Form
}

func pauseForm() web.Form {
	return web.Form{{ID: "reason", Label: "Reason", Noun: "a reason", Rows: 3, Max: reasonMax, Spellcheck: true, Hint: "Staff read it on the page of the vendors while the pause lasts."}}
}

// vendor finds the vendor that the address names; it answers itself and gives false
// when there is none.
func (c *Console) vendor(w http.ResponseWriter, r *http.Request) (applicants.Vendor, bool) {
	vendors, err := c.service.Vendors(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return applicants.Vendor{}, false
	}
	i := slices.IndexFunc(vendors, func(v applicants.Vendor) bool { return v.Name == r.PathValue("vendor") })
	if i < 0 {
		c.site.Refuse(w, r, http.StatusNotFound, "There is no such vendor, or no program uses it.", "Choose one of those that the page of the vendors lists.")
		return applicants.Vendor{}, false
	}
	return vendors[i], true
}

// askPause says what a pause does and asks for the reason.
func (c *Console) askPause(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if v, ok := c.vendor(w, r); ok {
		c.showPause(w, r, who, pausePage{Vendor: v, Form: pauseForm()})
	}
}

func (c *Console) showPause(w http.ResponseWriter, r *http.Request, who identity.Staff, page pausePage) {
	c.show(w, r, who, "pause", web.Page{Title: "Pause " + workflows.VendorTitle(page.Name), Back: vendorsPath, Problems: page.Form.Problems(), Body: page})
}

func (c *Console) pauseVendor(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.vendor(w, r)
	if !ok {
		return
	}
	page := pausePage{Vendor: v, Form: pauseForm()}
	if err := page.Form.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(page.Form.Problems()) > 0 {
		c.showPause(w, r, who, page)
		return
	}
	c.steerVendor(w, r, who, access.VendorPaused, "paused", func() error {
		return c.service.PauseVendor(r.Context(), v.Name, page.Form.Value("reason"), actor(who))
	})
}

func (c *Console) resumeVendor(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if v, ok := c.vendor(w, r); ok {
		c.steerVendor(w, r, who, access.VendorResumed, "resumed", func() error { return c.service.ResumeVendor(r.Context(), v.Name, actor(who)) })
	}
}

// steerVendor records what is about to be done with a vendor, and does it.
func (c *Console) steerVendor(w http.ResponseWriter, r *http.Request, who identity.Staff, what access.Kind, done string, do func() error) {
	err := c.used(r, who, access.Event{What: what, Action: string(identity.PauseVendor), Detail: r.PathValue("vendor")})
	if err == nil {
		err = do()
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, vendorsPath+"?done="+done)
}

// otherVendors are those to which the program lets a check be moved.
func (c *Console) otherVendors(program string, k onboarding.Check) []string {
	return slices.DeleteFunc(applicants.OtherVendors(c.Programs.All(), applicants.Filter{Program: program, Check: k.Name}), func(v string) bool { return v == k.Vendor })
}

// othersFor are the vendors that some of the marked checks, or some of those that a
// filter means, may be moved to.
func (c *Console) othersFor(ctx context.Context, f applicants.Filter, marks []workflows.BulkItem, all bool) []string {
	f.Programs = applicants.Scope(ctx)
	if all {
		return applicants.OtherVendors(c.Programs.All(), f)
	}
	var out []string
	for _, m := range marks {
		out = append(out, applicants.OtherVendors(c.Programs.All(), applicants.Filter{Check: m.Check, Programs: f.Programs})...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func vendorInput(others []string) *web.Input {
	in := &web.Input{ID: "vendor", Label: "The other vendor", Noun: "a vendor"}
	for _, v := range others {
		in.Options = append(in.Options, web.Option{Value: v, Label: workflows.VendorTitle(v)})
	}
	if len(others) == 1 {
		in.Value = others[0]
	}
	return in
}

// offered notes that a vendor was chosen which the page did not offer.
func offered(in *web.Input) {
	if in != nil && in.Problem == "" && !slices.ContainsFunc(in.Options, func(o web.Option) bool { return o.Value == in.Value }) {
		in.Problem = "Choose a vendor of the list"
	}
}

// moving moves a check to another vendor.
func (c *Console) moving() deed {
	return deed{name: "use-vendor", heading: "Use another vendor for this check", button: "Move the check",
		explain: "The other vendor is asked, in a new round. What may be ordered at the old one is taken back. It can only be a vendor that the program names and that the notice which the applicant agreed to names.",
		formFor: func(v workflows.StaffView, k onboarding.Check) web.Form {
			return append(web.Form{vendorInput(c.otherVendors(v.Program, k))}, reasonForm(v)...)
		},
		weigh: func(_ workflows.StaffView, f web.Form) { offered(f.Get("vendor")) },
		open: func(v workflows.StaffView, k onboarding.Check) (bool, string) {
			if ok, why := failedOrHeld(v, k); !ok {
				return false, why
			}
			return len(c.otherVendors(v.Program, k)) > 0, "The program " + v.Program + " names no other vendor for this check. Its file does, under alternatives."
		},
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, k onboarding.Check, f web.Form, by workflows.Actor) error {
			return blamableVendor(s.UseVendor(ctx, id, k.Name, k.Round, f.Value("vendor"), f.Value("reason"), by))
		}}
}

// blamableVendor has a refusal for want of consent stand at the choice of the vendor.
func blamableVendor(err error) error {
	if onboarding.CodeOf(err) == onboarding.CodeConsentNotLive {
		return onboarding.Invalid("vendor", err.Error(), "")
	}
	return err
}
