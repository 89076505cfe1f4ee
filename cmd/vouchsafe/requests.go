package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/client"
)

type requestCmd struct {
	List     requestListCmd     `cmd:"" help:"Requests about people's data that are kept still, the newest first."`
	Show     requestShowCmd     `cmd:"" help:"How far a request is, and what is waited for."`
	Words    requestWordsCmd    `cmd:"" help:"Read what was written in a request; that it is read is recorded."`
	TakeIn   requestTakeInCmd   `cmd:"" help:"Take in a request that came by mail or phone: who asks is sent a link at which they prove who they are."`
	Grant    requestGrantCmd    `cmd:"" help:"Grant a request: it is carried out."`
	Refuse   requestRefuseCmd   `cmd:"" help:"Refuse a request."`
	Extend   requestExtendCmd   `cmd:"" help:"Give a request 30 days more, once; the person is told why."`
	Erasures requestErasuresCmd `cmd:"" help:"Erasures after which vendors are still to be asked by hand."`
	Erased   requestErasedCmd   `cmd:"" help:"Say what a vendor answered that was asked by hand to erase."`
}

const requestHead = "REQUEST\tPROGRAM\tFOR\tFROM\tSTATE\tASKED\tDUE\tNOTES"

func requestLine(r client.Request) []any {
	var notes []string
	if r.Escalated {
		notes = append(notes, "late")
	}
	if r.Extended != "" {
		notes = append(notes, "extended: "+r.Extended)
	}
	if r.Held {
		notes = append(notes, "a hold stands")
	}
	return []any{r.ID, r.Program, r.Kind, r.From, r.State, utc(r.AskedAt), utc(r.Due), strings.Join(notes, ", ")}
}

func (s *session) request(do func(*client.Client) (client.Request, error)) error {
	return fetched(s, do, func(w io.Writer, r client.Request) {
		rows(w, requestHead, []client.Request{r}, requestLine)
		if r.State == "verify" {
			fmt.Fprintf(w, "Who asks has still to prove who they are; %d tries have failed. Nothing is disclosed before.\n", r.Failures)
		}
	})
}

type requestListCmd struct {
	Open bool `help:"Those alone that are not over."`
}

// Run lists requests.
func (c requestListCmd) Run(s *session) error {
	return table(s, func(api *client.Client) ([]client.Request, error) { return api.Requests(s.ctx, c.Open) }, requestHead, requestLine)
}

type requestShowCmd struct {
	Request string `arg:"" help:"The request, as the list names it."`
}

// Run shows a request.
func (c requestShowCmd) Run(s *session) error {
	return s.request(func(api *client.Client) (client.Request, error) { return api.Request(s.ctx, c.Request) })
}

type requestWordsCmd struct {
	Request string `arg:"" help:"The request."`
}

// Run reads what was written in a request.
func (c requestWordsCmd) Run(s *session) error {
	return fetched(s, func(api *client.Client) (client.RequestWords, error) { return api.RequestWords(s.ctx, c.Request) }, func(w io.Writer, r client.RequestWords) {
		for _, part := range [][2]string{{"Asked", r.Asked}, {"Answered", r.Answered}} {
			if part[1] == "" {
				part[1] = "(nothing)"
			}
			fmt.Fprintf(w, "%s: %s\n", part[0], part[1])
		}
	})
}

type requestTakeInCmd struct {
	ID    string `arg:"" help:"The applicant."`
	Kind  string `help:"access, correct, delete, or what else is offered." required:""`
	Words string `help:"For correct: what is to be corrected, in their words; it is kept sealed."`
}

// Run takes a request in.
func (c requestTakeInCmd) Run(s *session) error {
	return s.request(func(api *client.Client) (client.Request, error) {
		return api.TakeInRequest(s.ctx, c.ID, c.Kind, c.Words)
	})
}

type requestGrantCmd struct {
	Request string `arg:"" help:"The request."`
	Reason  string `help:"What who asked reads." required:""`
}

// Run grants a request.
func (c requestGrantCmd) Run(s *session) error {
	return s.request(func(api *client.Client) (client.Request, error) {
		return api.AnswerRequest(s.ctx, c.Request, true, c.Reason)
	})
}

type requestRefuseCmd struct {
	Request string `arg:"" help:"The request."`
	Reason  string `help:"What who asked reads." required:""`
}

// Run refuses a request.
func (c requestRefuseCmd) Run(s *session) error {
	return s.request(func(api *client.Client) (client.Request, error) {
		return api.AnswerRequest(s.ctx, c.Request, false, c.Reason)
	})
}

type requestExtendCmd struct {
	Request string `arg:"" help:"The request."`
	Why     string `help:"complex, vendors or many." required:"" enum:"complex,vendors,many"`
}

// Run extends a request.
func (c requestExtendCmd) Run(s *session) error {
	return s.request(func(api *client.Client) (client.Request, error) { return api.ExtendRequest(s.ctx, c.Request, c.Why) })
}

const erasureHead = "APPLICANT\tPROGRAM\tSINCE\tTO BE ASKED BY HAND"

func erasureLine(e client.Erasure) []any {
	var left []string
	for _, v := range e.Vendors {
		if v.ByHand && v.Answer == "" {
			left = append(left, v.Vendor)
		}
	}
	return []any{e.Applicant, e.Program, utc(e.Since), strings.Join(left, " ")}
}

type requestErasuresCmd struct{}

// Run lists erasures.
func (requestErasuresCmd) Run(s *session) error {
	return table(s, func(api *client.Client) ([]client.Erasure, error) { return api.Erasures(s.ctx) }, erasureHead, erasureLine)
}

type requestErasedCmd struct {
	ID     string `arg:"" help:"The applicant."`
	Vendor string `arg:"" help:"The vendor."`
	Answer string `arg:"" help:"erased, nothing or refused." enum:"erased,nothing,refused"`
}

// Run says what a vendor answered.
func (c requestErasedCmd) Run(s *session) error {
	return table(s, func(api *client.Client) ([]client.Erasure, error) {
		return api.VendorErased(s.ctx, c.ID, c.Vendor, c.Answer)
	}, erasureHead, erasureLine)
}
