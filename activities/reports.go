package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/shelf"
	"github.com/vouchsafe/vouchsafe/internal/vendors/checkr"
	"github.com/vouchsafe/vouchsafe/internal/vendors/findly"
	"github.com/vouchsafe/vouchsafe/internal/vendors/stripeid"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// What is ordered now and answered later: the background report and the identity
// document.

// order orders the background report. An order of an earlier round that still
// stands is taken up, not repeated.
func (a *Activities) order(ctx context.Context, stored intents, id onboarding.ApplicantID, check workflows.CheckUse) (result, error) {
	if err := a.reports(check.Vendor); err != nil {
		return result{}, err
	}
	grant, err := redeem[consent.Vetting](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	if check.Vendor == consent.RecipientFindly {
		order, err := a.cfg.Findly.Order(ctx, grant, findly.OrderRequest{Package: check.Package, Earlier: check.Earlier})
		return result{Order: order.ID, Waiting: true}, err
	}
	order, err := a.cfg.Checkr.Order(ctx, grant, checkr.OrderRequest{
		Package: check.Package, Flow: checkr.Flow(check.Flow), Node: check.Node, Earlier: check.Earlier,
		WorkLocation: checkr.WorkLocation{Country: "US", State: check.Place.State, City: check.Place.City},
		Keep: func(ctx context.Context, candidate string) error { // before anything is ordered, so that no event comes too early
			file := onboarding.VendorFileKey(check.Vendor, candidate)
			if err := a.listContacts(ctx, id, []string{file}); err != nil { // so that it goes when the data go
				return err
			}
			return a.cfg.Objects.Put(ctx, file, []byte(id))
		},
	})
	r := result{Order: order.ID, Waiting: true}
	if order.AwaitsApplicant {
		r.WaitsFor = onboarding.AttentionApplicant
	}
	return r, err
}

// reports says no to a vendor that makes no background reports here.
func (a *Activities) reports(vendor string) error {
	switch {
	case vendor == consent.RecipientFindly && a.cfg.Findly != nil, vendor == consent.RecipientCheckr && a.cfg.Checkr != nil:
		return nil
	case vendor == consent.RecipientFindly, vendor == consent.RecipientCheckr:
		return notConfigured(vendor)
	}
	return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: fmt.Sprintf("There is no adapter for the vendor %q.", vendor)}
}

// identity has Stripe ask for a document. Nothing of the person is sent.
func (a *Activities) identity(ctx context.Context, stored intents, check workflows.CheckUse) (result, error) {
	if a.cfg.Stripe == nil {
		return result{}, notConfigured(check.Vendor)
	}
	grant, err := redeem[consent.Validation](ctx, stored, check.Use)
	if err != nil {
		return result{}, err
	}
	session, err := a.cfg.Stripe.Create(ctx, grant, stripeid.SessionRequest{ReturnURL: a.cfg.PublicURL + "/apply/status", Earlier: check.Earlier})
	if err != nil {
		return result{}, err
	}
	return result{Order: session.ID, Waiting: true, WaitsFor: onboarding.AttentionApplicant}, nil
}

// FetchReport fetches a report and seals it; Waiting says that it is not done.
func (a *Activities) FetchReport(ctx context.Context, in workflows.FetchReportIn) (workflows.CheckAnswer, error) {
	out, err := a.fetchReport(ctx, in)
	return out, edge(err)
}

func (a *Activities) fetchReport(ctx context.Context, in workflows.FetchReportIn) (workflows.CheckAnswer, error) {
	answer := workflows.CheckAnswer{Check: in.Check.Check, Order: in.Order}
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return answer, err
	}
	var got fetched
	err = a.patiently(ctx, in.Check.Vendor, func(ctx context.Context) (err error) {
		got, err = a.fetch(ctx, stored, in)
		return err
	})
	if err != nil {
		return answer, err
	}
	if got.pending || (!in.After.IsZero() && !got.completed.After(in.After)) {
		answer.Waiting, answer.WaitsFor, answer.Note, answer.Disputed = true, got.waitsFor, got.note, got.disputed
		return answer, nil
	}
	object := onboarding.ResultKey(in.Applicant, in.Check.Use.Intent, string(in.Check.Check))
	digest, kept, err := a.keepResults(ctx, in.Applicant, object, map[onboarding.CheckName]result{
		in.Check.Check: {Findings: got.findings, Order: in.Order, Raw: got.raw}})
	if err != nil {
		return answer, err
	}
	answer.Findings, answer.Object, answer.Digest, answer.Onward = kept[in.Check.Check].Findings, object, digest, got.onward
	return answer, a.noteOnward(ctx, in.Check.Vendor, in.Program, got.onward)
}

// noteOnward keeps by vendor and sub-processor that data were handed on, for the privacy
// officer: in which programs, and nothing of anybody.
func (a *Activities) noteOnward(ctx context.Context, vendor, program string, all []onboarding.Onward) error {
	for _, o := range all {
		kept := shelf.Shelf[workflows.OnwardSeen]{Objects: a.cfg.Objects, Sealer: a.cfg.Vault, In: "activities", What: "an onward transfer"}
		key := onboarding.OnwardKey(vendor, o.To)
		was, _, err := kept.Get(ctx, key)
		if err != nil {
			return err
		}
		if slices.Contains(was.Programs, program) {
			continue
		}
		if _, err := kept.Change(ctx, key, func(was workflows.OnwardSeen) (workflows.OnwardSeen, error) {
			if was.First.IsZero() {
				was.First = o.At
			}
			was.Vendor, was.To = vendor, o.To
			if !slices.Contains(was.Programs, program) {
				was.Programs = append(was.Programs, program)
			}
			return was, nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// fetched is a vendor's answer so far.
type fetched struct {
	pending   bool
	disputed  bool
	waitsFor  onboarding.Attention
	note      string
	completed time.Time // zero when the vendor does not say
	findings  []onboarding.Finding
	onward    []onboarding.Onward
	raw       []byte
}

func (a *Activities) fetch(ctx context.Context, stored intents, in workflows.FetchReportIn) (fetched, error) {
	if in.Check.Check == onboarding.CheckIdentity {
		return a.fetchIdentity(ctx, stored, in)
	}
	if err := a.reports(in.Check.Vendor); err != nil {
		return fetched{}, err
	}
	grant, err := redeem[consent.Vetting](ctx, stored, in.Check.Use)
	if err != nil {
		return fetched{}, err
	}
	if in.Check.Vendor == consent.RecipientCheckr {
		return a.fetchCheckr(ctx, grant, in.Order)
	}
	report, raw, err := a.cfg.Findly.Fetch(ctx, grant, in.Order)
	if err != nil {
		return fetched{}, err
	}
	out := fetched{raw: raw, disputed: report.Status == findly.StatusDisputed, onward: report.Onward()}
	if report.CompletedAt != nil {
		out.completed = *report.CompletedAt
	}
	if report.Status == findly.StatusPending || report.Status == findly.StatusDisputed {
		out.pending = true
		return out, nil
	}
	var complete bool
	if out.findings, complete = report.Findings(time.Now()); !complete { // a search that could not complete never reads as clear
		out.findings = append(out.findings, onboarding.Finding{Code: "report_incomplete", Verdict: onboarding.VerdictCouldNotComplete, Source: onboarding.SourceProprietary})
	}
	return out, nil
}

func (a *Activities) fetchCheckr(ctx context.Context, grant consent.Grant[consent.Vetting], order string) (fetched, error) {
	report, raw, err := a.cfg.Checkr.Fetch(ctx, grant, order)
	if err != nil {
		return fetched{}, err
	}
	out := fetched{pending: report.Pending, disputed: report.Disputed, raw: raw}
	if report.CompletedAt != nil {
		out.completed = *report.CompletedAt
	}
	if report.AwaitsApplicant {
		out.waitsFor = onboarding.AttentionApplicant
	}
	if !out.pending {
		out.findings, _ = report.Findings(time.Now())
	}
	return out, nil
}

func (a *Activities) fetchIdentity(ctx context.Context, stored intents, in workflows.FetchReportIn) (fetched, error) {
	if a.cfg.Stripe == nil {
		return fetched{}, notConfigured(in.Check.Vendor)
	}
	grant, err := redeem[consent.Validation](ctx, stored, in.Check.Use)
	if err != nil {
		return fetched{}, err
	}
	report, raw, err := a.cfg.Stripe.Fetch(ctx, grant, in.Order)
	if err != nil {
		return fetched{}, err
	}
	out := fetched{pending: report.Pending, note: report.Problem, findings: report.Findings, raw: raw}
	if report.AwaitsApplicant {
		out.waitsFor = onboarding.AttentionApplicant
	}
	if !report.Pending && report.Status == stripeid.StatusRequiresInput {
		// Stripe leaves a session open in which nothing can come any more. That it
		// is closed is a courtesy to the applicant, and no part of the answer.
		if err := a.cfg.Stripe.Cancel(ctx, in.Order); err != nil {
			a.cfg.Log.WarnContext(ctx, "a finished session of Stripe Identity was not closed", "error", err)
		}
	}
	return out, nil
}

// VendorPage asks the vendor for the page on which the applicant acts.
func (a *Activities) VendorPage(ctx context.Context, in workflows.VendorPageIn) (workflows.VendorPage, error) {
	url, err := a.vendorPage(ctx, in)
	return workflows.VendorPage{URL: url}, edge(err)
}

func (a *Activities) vendorPage(ctx context.Context, in workflows.VendorPageIn) (string, error) {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return "", err
	}
	var url string
	err = a.patiently(ctx, in.Check.Vendor, func(ctx context.Context) error {
		if in.Check.Check == onboarding.CheckIdentity && a.cfg.Stripe != nil {
			grant, err := redeem[consent.Validation](ctx, stored, in.Check.Use)
			if err == nil {
				url, err = a.cfg.Stripe.Page(ctx, grant, in.Order)
			}
			return err
		}
		if in.Check.Vendor != consent.RecipientCheckr || a.cfg.Checkr == nil {
			return notConfigured(in.Check.Vendor)
		}
		grant, err := redeem[consent.Vetting](ctx, stored, in.Check.Use)
		if err == nil {
			url, err = a.cfg.Checkr.Page(ctx, grant, in.Order)
		}
		return err
	})
	return url, err
}

// DisputeReport tells the agency which entries the applicant disputes. Checkr
// takes disputes from the consumer alone, on its own pages.
func (a *Activities) DisputeReport(ctx context.Context, in workflows.DisputeReportIn) (workflows.DisputeReportOut, error) {
	out, err := a.disputeReport(ctx, in)
	return out, edge(err)
}

func (a *Activities) disputeReport(ctx context.Context, in workflows.DisputeReportIn) (workflows.DisputeReportOut, error) {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil || in.Check.Vendor != consent.RecipientFindly || a.cfg.Findly == nil {
		return workflows.DisputeReportOut{}, err
	}
	err = a.patiently(ctx, in.Check.Vendor, func(ctx context.Context) error {
		grant, err := redeem[consent.Vetting](ctx, stored, in.Check.Use)
		if err == nil {
			_, err = a.cfg.Findly.Dispute(ctx, grant, in.Order, in.Items, in.Key)
		}
		return err
	})
	return workflows.DisputeReportOut{Told: err == nil}, err
}

// TellAdverse tells Checkr, which keeps adverse actions, that one was begun or is off.
func (a *Activities) TellAdverse(ctx context.Context, in workflows.TellAdverseIn) (workflows.TellAdverseOut, error) {
	out, err := a.tellAdverse(ctx, in)
	return out, edge(err)
}

func (a *Activities) tellAdverse(ctx context.Context, in workflows.TellAdverseIn) (workflows.TellAdverseOut, error) {
	stored, err := a.begin(ctx, in.Applicant, in.Pages)
	if err != nil {
		return workflows.TellAdverseOut{}, err
	}
	if in.Check.Vendor != consent.RecipientCheckr || a.cfg.Checkr == nil {
		return workflows.TellAdverseOut{}, notConfigured(in.Check.Vendor)
	}
	var out workflows.TellAdverseOut
	err = a.patiently(ctx, in.Check.Vendor, func(ctx context.Context) error {
		if in.Action != "" {
			return a.cfg.Checkr.CancelAdverse(ctx, in.Action, in.Key+"/off")
		}
		grant, err := redeem[consent.Vetting](ctx, stored, in.Check.Use)
		if err != nil {
			return err
		}
		action, err := a.cfg.Checkr.StartAdverse(ctx, grant, in.Order, checkr.AdverseRequest{PostNoticeAt: in.Final, Key: in.Key})
		out.Action = action.ID
		return err
	})
	return out, err
}

// CancelOrder tells the vendor to stop. An order that is done or unknown is as
// good as canceled.
func (a *Activities) CancelOrder(ctx context.Context, in workflows.CancelOrderIn) (workflows.Nothing, error) {
	return workflows.Nothing{}, edge(a.cancelOrder(ctx, in))
}

func (a *Activities) cancelOrder(ctx context.Context, in workflows.CancelOrderIn) error {
	if _, err := a.begin(ctx, in.Applicant, in.Pages); err != nil {
		return err
	}
	key := in.Key + "/cancel"
	return a.patiently(ctx, in.Vendor, func(ctx context.Context) error {
		switch {
		case in.Order == "":
			return a.cancelReference(ctx, in.Vendor, in.Key, key)
		case in.Vendor == consent.RecipientFindly && a.cfg.Findly != nil:
			return a.cfg.Findly.Cancel(ctx, in.Order, key)
		case in.Vendor == consent.RecipientCheckr && a.cfg.Checkr != nil:
			return a.cfg.Checkr.Cancel(ctx, in.Order, key)
		case in.Vendor == consent.RecipientStripe && a.cfg.Stripe != nil:
			return a.cfg.Stripe.Cancel(ctx, in.Order)
		}
		return &onboarding.Error{Code: onboarding.CodeVendorRefused, Message: fmt.Sprintf("There is no way to cancel an order at %q.", in.Vendor)}
	})
}

// cancelReference stops what may have been ordered under our reference without our
// knowing: the case ended while the order was on its way.
func (a *Activities) cancelReference(ctx context.Context, vendor, reference, key string) error {
	switch {
	case vendor == consent.RecipientFindly && a.cfg.Findly != nil:
		return a.cfg.Findly.CancelReference(ctx, reference, key)
	case vendor == consent.RecipientCheckr && a.cfg.Checkr != nil:
		return a.cfg.Checkr.CancelReference(ctx, reference, key)
	case vendor == consent.RecipientStripe && a.cfg.Stripe != nil:
		return a.cfg.Stripe.CancelReference(ctx, reference)
	}
	return notConfigured(vendor)
}
