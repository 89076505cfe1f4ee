package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type vendorCmd struct {
	List   vendorListCmd   `cmd:"" help:"How each vendor stands: whether it answers and is paused."`
	Pause  vendorPauseCmd  `cmd:"" help:"Pause a vendor: nothing new is sent to it, and its checks wait."`
	Resume vendorResumeCmd `cmd:"" help:"Resume a paused vendor: what waits goes on by itself."`
}

type vendorListCmd struct{}

// Run lists the vendors.
func (vendorListCmd) Run(s *session) error {
	return s.vendors(func(api *client.Client) ([]client.Vendor, error) { return api.Vendors(s.ctx) })
}

type vendorPauseCmd struct {
	Vendor string `arg:"" help:"The vendor's name, such as kickbox."`
	Reason string `help:"Why; staff read it while the pause lasts." required:""`
}

// Run pauses a vendor.
func (c vendorPauseCmd) Run(s *session) error {
	return s.vendors(func(api *client.Client) ([]client.Vendor, error) { return api.PauseVendor(s.ctx, c.Vendor, c.Reason) })
}

type vendorResumeCmd struct {
	Vendor string `arg:"" help:"The vendor's name, such as kickbox."`
}

// Run resumes a vendor.
func (c vendorResumeCmd) Run(s *session) error {
	return s.vendors(func(api *client.Client) ([]client.Vendor, error) { return api.ResumeVendor(s.ctx, c.Vendor) })
}

// vendors does something and answers how the vendors stand then.
func (s *session) vendors(do func(*client.Client) ([]client.Vendor, error)) error {
	api, err := s.api()
	if err != nil {
		return err
	}
	vendors, err := do(api)
	if err != nil {
		return err
	}
	return s.answer(vendors, func(w io.Writer) {
		t := tabwriter.NewWriter(w, 2, 4, 2, ' ', 0)
		fmt.Fprintln(t, "VENDOR\tANSWERS\tPAUSED\tWAIT FOR IT\tFAILED")
		for _, v := range vendors {
			answers, paused := "yes", "no"
			if v.Out != nil {
				answers = "not since " + v.Out.UTC().Format(time.DateTime) + " UTC"
			}
			if v.Paused != nil {
				paused = "since " + v.Paused.UTC().Format(time.DateTime) + " UTC, by " + v.PausedBy + ": " + v.Reason
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\t%d\n", v.Vendor, answers, paused, v.Held, v.Failed)
		}
		t.Flush()
	})
}
