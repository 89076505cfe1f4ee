package checkr

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// Lists come in pages. Nobody has as many candidates or invitations as this.
const (
	perPage  = 100
	maxPages = 20
)

// listed gets all pages of a list. "None" must be said by an empty list, or we
// might order twice: an answer without one is CodeVendorUnclear.
func listed[T any](ctx context.Context, c *Client, path string, params map[string]string, query url.Values) ([]T, outbound.Reply, error) {
	var all []T
	for n := 1; ; n++ {
		query.Set("per_page", strconv.Itoa(perPage))
		query.Set("page", strconv.Itoa(n))
		var list struct {
			Data *[]T    `json:"data"`
			Next *string `json:"next_href"`
		}
		reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: path, Params: params, Query: query, Into: &list})
		if err != nil {
			return nil, outbound.Reply{}, err
		}
		if list.Data == nil || n > maxPages {
			return nil, outbound.Reply{}, vendors.Unclear(vendor, reply.Status, "did not say what it has of ours")
		}
		all = append(all, *list.Data...)
		if list.Next == nil || *list.Next == "" {
			return all, reply, nil
		}
	}
}

// candidates asks for whom Checkr knows under our applicant's ID, the newest
// first. It sends no field of the person.
func (c *Client) candidates(ctx context.Context, customID string) ([]candidate, error) {
	all, reply, err := listed[candidate](ctx, c, "/v1/candidates", nil, url.Values{"custom_id": {customID}})
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if !idForm.MatchString(k.ID) || k.CustomID != customID {
			return nil, notOurs(reply.Status)
		}
	}
	return all, nil
}

// found is an order that Checkr has.
type found struct {
	order  Order
	tags   []string
	stands bool // it is as good as a new one, for the package that is asked for
}

// orders gives what was ordered for a candidate. Of an invitation that became a
// report it gives the report.
func (c *Client) orders(ctx context.Context, k candidate, pkg string) ([]found, error) {
	var out []found
	for _, id := range slices.Backward(k.Reports) {
		if !idForm.MatchString(id) {
			return nil, notOurs(http.StatusOK)
		}
		r, reply, err := c.report(ctx, id)
		if err != nil {
			return nil, err
		}
		if r.Candidate != k.ID {
			return nil, notOurs(reply.Status)
		}
		out = append(out, found{Order{ID: orderName{k.ID, kindReport, r.ID}.String(), Raw: reply.Body}, r.Tags, r.stands() && r.Package == pkg})
	}
	invited, reply, err := listed[invitation](ctx, c, "/v1/invitations", nil, url.Values{"candidate_id": {k.ID}})
	if err != nil {
		return nil, err
	}
	for _, i := range invited {
		if !i.sound() || i.Candidate != k.ID {
			return nil, notOurs(reply.Status)
		}
		if i.Report != "" && slices.Contains(k.Reports, i.Report) {
			continue
		}
		open := i.Status == invitationPending
		out = append(out, found{Order{ID: orderName{k.ID, kindInvitation, i.ID}.String(), AwaitsApplicant: open, Raw: reply.Body},
			i.Tags, i.Package == pkg && i.Status != invitationExpired})
	}
	return out, nil
}

// standing looks for an order of this round, which is ours however it stands, and
// else for one of an earlier round that stands, of the newest round first. An
// invitation that shows no tags is told by its package alone: one that waits for
// the person is as good as a new one, whatever its round.
func (c *Client) standing(ctx context.Context, have []candidate, key string, req OrderRequest) (Order, bool, error) {
	type of struct {
		candidate string
		found
	}
	var all []of
	for _, k := range have {
		orders, err := c.orders(ctx, k, req.Package)
		if err != nil {
			return Order{}, false, err
		}
		for _, o := range orders {
			all = append(all, of{k.ID, o})
		}
	}
	pick := func(fits func(found) bool, earlier bool) (Order, bool, error) {
		for _, o := range all {
			if fits(o.found) {
				o.order.TakenUp = earlier
				return o.order, true, req.keep(ctx, o.candidate)
			}
		}
		return Order{}, false, nil
	}
	if o, ok, err := pick(func(f found) bool { return slices.Contains(f.tags, key) }, false); ok {
		return keptOrder(o, err)
	}
	for _, earlier := range slices.Backward(req.Earlier) {
		if o, ok, err := pick(func(f found) bool { return f.stands && slices.Contains(f.tags, earlier) }, true); ok {
			return keptOrder(o, err)
		}
	}
	if o, ok, err := pick(func(f found) bool { return f.stands && f.tags == nil && f.order.AwaitsApplicant }, true); ok {
		return keptOrder(o, err)
	}
	return Order{}, false, nil
}

func keptOrder(o Order, err error) (Order, bool, error) {
	if err != nil {
		return Order{}, false, err
	}
	return o, true, nil
}

// report gets a report.
func (c *Client) report(ctx context.Context, id string) (report, outbound.Reply, error) {
	var r report
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/reports/{report}", Params: map[string]string{"report": id}, Into: &r})
	if err != nil {
		return report{}, outbound.Reply{}, err
	}
	if !r.sound() || r.ID != id {
		return report{}, outbound.Reply{}, notOurs(reply.Status)
	}
	return r, reply, nil
}

// invitation gets the invitation of an order. The reply's status is 404 for one
// that was withdrawn.
func (c *Client) invitation(ctx context.Context, o orderName) (invitation, outbound.Reply, error) {
	var i invitation
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/invitations/{invitation}", Params: map[string]string{"invitation": o.id},
		Accept: []int{http.StatusNotFound}, Into: &i})
	if err != nil || reply.Status == http.StatusNotFound {
		return invitation{}, reply, err
	}
	if !i.sound() || i.ID != o.id {
		return invitation{}, outbound.Reply{}, notOurs(reply.Status)
	}
	if i.Candidate != o.candidate {
		return invitation{}, outbound.Reply{}, anothers(reply.Status)
	}
	return i, reply, nil
}
