package checkr

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// kept is the one document that is sealed of an order: the report with every
// search that it names or, before there is a report, the invitation. The
// invitation's address is not in it: whoever has that can answer for the person.
type kept struct {
	Invitation json.RawMessage   `json:"invitation,omitempty"`
	Report     json.RawMessage   `json:"report,omitempty"`
	Screenings []json.RawMessage `json:"screenings,omitempty"`
}

// searches says where the searches are that a report names, in the order of their
// weight: what a court itself says counts before what a collection of records
// says of it. The type is our word, the same as for other vendors.
var searches = []struct{ kind, path, one, many string }{
	{CountyCriminal, "/v1/county_criminal_searches/{search}", "", "county_criminal_search_ids"},
	{StateCriminal, "/v1/state_criminal_searches/{search}", "", "state_criminal_search_ids"},
	{FederalDistrict, "/v1/federal_district_criminal_searches/{search}", "federal_district_criminal_search_id", "federal_district_criminal_search_ids"},
	{FederalCriminal, "/v1/federal_criminal_searches/{search}", "federal_criminal_search_id", ""},
	{NationalCriminal, "/v1/national_criminal_searches/{search}", "national_criminal_search_id", ""},
	{SexOffender, "/v1/sex_offender_searches/{search}", "sex_offender_search_id", ""},
	{GlobalWatchlist, "/v1/global_watchlist_searches/{search}", "global_watchlist_search_id", ""},
	{FACIS, "/v1/facis_searches/{search}", "facis_search_id", ""},
	{SSNTrace, "/v1/ssn_traces/{search}", "ssn_trace_id", ""},
}

// Fetch spends the grant, without opening anything, and gets how far an order is
// and, in one JSON document to be sealed, what Checkr said. Of an invitation that
// was filled in, it follows the report. Errors: those of Grant.Spend, CodeInvalid
// for an ID that cannot be one, those of outbound.Client.Do, CodeVendorUnclear
// when a complete report names a search that cannot be had (so it never reads as
// clear), and CodeVendorRefused when the report is of another candidate or
// applicant: it must reach nobody.
func (c *Client) Fetch(ctx context.Context, g consent.Grant[consent.Vetting], orderID string) (Report, []byte, error) {
	if err := g.Spend(vendor); err != nil {
		return Report{}, nil, err
	}
	o, err := parseOrder(orderID)
	if err != nil {
		return Report{}, nil, err
	}
	id := o.id
	if o.kind == kindInvitation {
		i, reply, err := c.invited(ctx, o, g.Applicant())
		switch {
		case err != nil:
			return Report{}, nil, err
		case i.Report == "":
			return invitationReport(orderID, i, reply)
		}
		id = i.Report
	}
	r, reply, err := c.report(ctx, id)
	if err != nil {
		return Report{}, nil, err
	}
	if r.Candidate != o.candidate || !ours(r.Tags, g.Applicant()) {
		return Report{}, nil, anothers(reply.Status)
	}
	status, _ := statusOf(r.Status)
	doc := kept{Report: reply.Body}
	out := Report{OrderID: orderID, ID: r.ID, Package: r.Package, Status: status, Result: r.Result, IncludesCanceled: r.IncludesCanceled, CompletedAt: r.stood(),
		Pending: status != StatusComplete && status != StatusCanceled, Disputed: status == StatusDispute, Suspended: status == StatusSuspended}
	if out.Screenings, doc.Screenings, err = c.screenings(ctx, reply.Body, status == StatusComplete); err != nil {
		return Report{}, nil, err
	}
	raw, err := json.Marshal(doc)
	if err != nil { // its text may quote the report
		return Report{}, nil, vendors.Unclear(vendor, reply.Status, "gave a report that cannot be kept")
	}
	return out, raw, nil
}

// invited gets the invitation of an order of this applicant's.
func (c *Client) invited(ctx context.Context, o orderName, id onboarding.ApplicantID) (invitation, outbound.Reply, error) {
	i, reply, err := c.invitation(ctx, o)
	if err != nil {
		return invitation{}, outbound.Reply{}, err
	}
	if reply.Status == http.StatusNotFound { // withdrawn by us, or by somebody at the account
		return invitation{ID: o.id, Candidate: o.candidate, Status: invitationWithdrawn}, reply, nil
	}
	if i.Tags != nil && !ours(i.Tags, id) {
		return invitation{}, outbound.Reply{}, anothers(reply.Status)
	}
	return i, reply, nil
}

// invitationWithdrawn is our word for an invitation that Checkr has no more.
const invitationWithdrawn = "withdrawn"

// invitationReport is what is known before there is a report.
func invitationReport(orderID string, i invitation, reply outbound.Reply) (Report, []byte, error) {
	var members map[string]json.RawMessage
	if reply.Status == http.StatusNotFound {
		members = map[string]json.RawMessage{"id": quoted(i.ID), "status": quoted(i.Status), "candidate_id": quoted(i.Candidate)}
	} else if json.Unmarshal(reply.Body, &members) != nil {
		return Report{}, nil, notOurs(reply.Status)
	}
	delete(members, "invitation_url")
	without, err := json.Marshal(members)
	if err != nil {
		return Report{}, nil, notOurs(reply.Status)
	}
	raw, err := json.Marshal(kept{Invitation: without})
	if err != nil {
		return Report{}, nil, notOurs(reply.Status)
	}
	over := i.Status == invitationExpired || i.Status == invitationWithdrawn
	r := Report{OrderID: orderID, Package: i.Package, Status: StatusPending, Pending: !over, AwaitsApplicant: i.Status == invitationPending,
		Expired: i.Status == invitationExpired}
	if over {
		r.Status = StatusCanceled
	}
	return r, raw, nil
}

func quoted(s string) json.RawMessage {
	raw, _ := json.Marshal(s) // a string always marshals
	return raw
}

// Page spends the grant and gives the address where the person answers Checkr's
// questions, for one redirect: it is for nobody else and is not to be kept.
// CodeNotNow says that the invitation does not wait for the person: it is filled
// in, expired or withdrawn, or the order never was one. Else the errors are
// those of Fetch, and CodeVendorUnclear for an address that is none.
func (c *Client) Page(ctx context.Context, g consent.Grant[consent.Vetting], orderID string) (string, error) {
	if err := g.Spend(vendor); err != nil {
		return "", err
	}
	o, err := parseOrder(orderID)
	if err != nil {
		return "", err
	}
	notNow := &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Checkr asks nothing more of you.", Hint: "Your application's page shows where things stand."}
	if o.kind != kindInvitation {
		return "", notNow
	}
	i, reply, err := c.invited(ctx, o, g.Applicant())
	if err != nil {
		return "", err
	}
	if i.Status != invitationPending {
		return "", notNow
	}
	if u, err := url.Parse(i.Page); err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && u.Scheme != "http") ||
		(u.Scheme == "http" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" && u.Hostname() != "::1") {
		return "", vendors.Unclear(vendor, reply.Status, "gave no address for its invitation")
	}
	return i.Page, nil
}

// screenings gets every search that the report names. A search that cannot be
// found is passed over while the report is not complete, and an error then.
func (c *Client) screenings(ctx context.Context, body []byte, complete bool) ([]Screening, []json.RawMessage, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(body, &members) != nil {
		return nil, nil, notOurs(http.StatusOK)
	}
	var (
		out []Screening
		raw []json.RawMessage
	)
	for _, s := range searches {
		ids, ok := named(members, s.one, s.many)
		if !ok {
			return nil, nil, vendors.Unclear(vendor, http.StatusOK, "names a search in a form that we do not know")
		}
		for _, id := range ids {
			var got Screening
			reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: s.path, Params: map[string]string{"search": id},
				Accept: []int{http.StatusNotFound}, Into: &got})
			switch {
			case err != nil:
				return nil, nil, err
			case reply.Status == http.StatusNotFound && !complete:
				continue
			case reply.Status == http.StatusNotFound:
				return nil, nil, vendors.Unclear(vendor, reply.Status, "names a search that it does not have")
			case got.ID != id || got.Status == "":
				return nil, nil, vendors.Unclear(vendor, reply.Status, "gave another search than was asked for")
			}
			got.Type = s.kind
			out, raw = append(out, got), append(raw, reply.Body)
		}
	}
	return out, raw, nil
}

// named reads the IDs that a report has under either of two members; ok is false
// when they have another form.
func named(members map[string]json.RawMessage, one, many string) (ids []string, ok bool) {
	if raw, there := members[one]; there && one != "" {
		var id *string
		if json.Unmarshal(raw, &id) != nil {
			return nil, false
		}
		if id != nil {
			ids = append(ids, *id)
		}
	}
	if raw, there := members[many]; there && many != "" {
		var more []string
		if json.Unmarshal(raw, &more) != nil {
			return nil, false
		}
		ids = append(ids, more...)
	}
	for _, id := range ids {
		if !idForm.MatchString(id) {
			return nil, false
		}
	}
	return ids, true
}
