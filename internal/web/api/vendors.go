package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Vendor is how a vendor stands.
type Vendor struct {
	Vendor   string     `json:"vendor"`
	Out      *time.Time `json:"out,omitempty" doc:"Since when it does not answer; absent while it does"`
	Paused   *time.Time `json:"paused,omitempty" doc:"Since when nothing new is sent to it; absent while it is asked"`
	PausedBy string     `json:"paused_by,omitempty"`
	Reason   string     `json:"reason,omitempty" doc:"Of the pause"`
	Held     int        `json:"held" doc:"Applications that wait because it is paused"`
	Failed   int        `json:"failed" doc:"Failed checks at it"`
}

type vendorsOutput struct {
	Body struct {
		Items []Vendor `json:"items"`
	}
}

// moment is a time that may not be; nil for none.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func vendorOf(v applicants.Vendor) Vendor {
	return Vendor{Vendor: v.Name, Out: moment(v.Out), Paused: moment(v.Paused), PausedBy: string(v.By), Reason: v.Reason, Held: v.Held, Failed: v.Failed}
}

func (h handler) vendors(ctx context.Context) (*vendorsOutput, error) {
	vendors, err := h.Service.Vendors(ctx)
	if err != nil {
		return nil, problem(err)
	}
	out := &vendorsOutput{}
	out.Body.Items = make([]Vendor, len(vendors)) // never null
	for i, v := range vendors {
		out.Body.Items[i] = vendorOf(v)
	}
	return out, nil
}

func (h handler) listVendors(a huma.API) {
	huma.Register(a, operation("list-vendors", http.MethodGet, "/vendors", "How each vendor stands: whether it answers and is paused", http.StatusOK),
		func(ctx context.Context, _ *struct{}) (*vendorsOutput, error) { return h.vendors(ctx) })
}

// VendorInput names a vendor in the address.
type VendorInput struct {
	Vendor string `path:"vendor" maxLength:"40"`
}

func (h handler) pauseVendor(a huma.API) {
	huma.Register(a, operation("pause-vendor", http.MethodPost, "/vendors/{vendor}/pause", "Pause a vendor: nothing new is sent to it, and its checks wait", http.StatusOK),
		func(ctx context.Context, in *struct {
			VendorInput
			Body struct {
				Reason string `json:"reason" minLength:"1" maxLength:"2000" doc:"Why; staff read it while the pause lasts"`
			}
		}) (*vendorsOutput, error) {
			return h.steerVendor(ctx, access.VendorPaused, in.Vendor, func() error { return h.Service.PauseVendor(ctx, in.Vendor, in.Body.Reason, actor(ctx)) })
		})
}

func (h handler) resumeVendor(a huma.API) {
	huma.Register(a, operation("resume-vendor", http.MethodPost, "/vendors/{vendor}/resume", "Resume a paused vendor; what waits goes on by itself", http.StatusOK),
		func(ctx context.Context, in *VendorInput) (*vendorsOutput, error) {
			return h.steerVendor(ctx, access.VendorResumed, in.Vendor, func() error { return h.Service.ResumeVendor(ctx, in.Vendor, actor(ctx)) })
		})
}

// steerVendor records what is about to be done with a vendor, does it, and answers how
// the vendors stand then.
func (h handler) steerVendor(ctx context.Context, what access.Kind, vendor string, do func() error) (*vendorsOutput, error) {
	if slices.Contains(workflows.ThirdParties(), vendor) { // another is refused below
		if err := h.used(ctx, access.Event{What: what, Detail: vendor}); err != nil {
			return nil, problem(err)
		}
	}
	if err := do(); err != nil {
		return nil, problem(err)
	}
	return h.vendors(ctx)
}
