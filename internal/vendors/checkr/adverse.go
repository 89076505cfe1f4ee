package checkr

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// AdverseItem is something in a report that can be held against the person. Text
// is Checkr's own and says what the record says: it is personal data.
type AdverseItem struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// AdverseStatus is how far an adverse action is.
type AdverseStatus string

// The statuses of an adverse action.
const (
	AdversePending  AdverseStatus = "pending"  // the first notice is out, the final one is scheduled
	AdverseComplete AdverseStatus = "complete" // the final notice is out
	AdverseDispute  AdverseStatus = "dispute"  // the person disputes the report: the schedule rests
	AdverseCanceled AdverseStatus = "canceled"
)

// AdverseAction is an adverse action that Checkr sees through: it sends both
// notices to the person, by the FCRA's rules.
type AdverseAction struct {
	ID     string        `json:"id"`
	Status AdverseStatus `json:"status"`
	// TakenUp: it had been started before, and nothing was started now.
	TakenUp bool `json:"-"`
}

func (a AdverseAction) sound() bool {
	switch a.Status {
	case AdversePending, AdverseComplete, AdverseDispute, AdverseCanceled:
		return idForm.MatchString(a.ID)
	}
	return false
}

// AdverseRequest says what is held against the person, and when the final notice
// goes out.
type AdverseRequest struct {
	Items        []string  // IDs of adverse items; empty for all that the report has
	PostNoticeAt time.Time // the final notice; policy sets it, by the place's waiting period
	Key          string    // the idempotency key, the same over every attempt
}

// AdverseItems spends the grant and lists what in a report can be held against
// the person. Checkr gives the list only of a report that is complete and says
// consider, and while no adverse action is on its way: else CodeVendorRefused.
// CodeNotNow says that the order is not a report yet. Further errors are those of
// Fetch.
func (c *Client) AdverseItems(ctx context.Context, g consent.Grant[consent.Vetting], orderID string) ([]AdverseItem, error) {
	id, err := c.reportOf(ctx, g, orderID)
	if err != nil {
		return nil, err
	}
	return c.items(ctx, id)
}

func (c *Client) items(ctx context.Context, reportID string) ([]AdverseItem, error) {
	var list struct {
		Data *[]AdverseItem `json:"data"`
	}
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/reports/{report}/adverse_items",
		Params: map[string]string{"report": reportID}, Into: &list})
	if err != nil {
		return nil, err
	}
	if list.Data == nil || slices.ContainsFunc(*list.Data, func(i AdverseItem) bool { return !idForm.MatchString(i.ID) }) {
		return nil, vendors.Unclear(vendor, reply.Status, "did not say what the report has against the person")
	}
	return *list.Data, nil
}

// StartAdverse spends the grant and starts an adverse action: Checkr sends the
// notice before it at once and, unless it is canceled, the final one at
// PostNoticeAt (15 USC 1681b(b)(3), 1681m(a)). One that was started before and
// was not canceled is taken up: nobody gets two notices, whatever was lost on the
// way. Errors: CodeInvalid without a time or with items that the report has not,
// CodeNotNow when the order is not a report yet, and those of AdverseItems.
func (c *Client) StartAdverse(ctx context.Context, g consent.Grant[consent.Vetting], orderID string, req AdverseRequest) (AdverseAction, error) {
	id, err := c.reportOf(ctx, g, orderID)
	if err != nil {
		return AdverseAction{}, err
	}
	if req.PostNoticeAt.IsZero() {
		return AdverseAction{}, onboarding.Invalid("post_notice_at", "The adverse action has no time for its final notice.", "Take it from the place's waiting period.")
	}
	if a, ok, err := c.started(ctx, id); err != nil || ok {
		return a, err
	}
	items, err := c.items(ctx, id)
	if err != nil {
		return AdverseAction{}, err
	}
	ids := make([]string, 0, len(items))
	for _, i := range items {
		ids = append(ids, i.ID)
	}
	if len(req.Items) > 0 {
		if slices.ContainsFunc(req.Items, func(i string) bool { return !slices.Contains(ids, i) }) {
			return AdverseAction{}, onboarding.Invalid("items", "The report has no such item.", "Choose from the items that Checkr lists.")
		}
		ids = req.Items
	}
	if len(ids) == 0 {
		return AdverseAction{}, onboarding.Invalid("items", "The report has nothing that an adverse action could rest on.", "Look at the report again.")
	}
	var a AdverseAction
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/reports/{report}/adverse_actions", Params: map[string]string{"report": id},
		IdempotencyKey: req.Key, JSON: map[string]any{"adverse_item_ids": ids, "post_notice_scheduled_at": req.PostNoticeAt.UTC().Format(time.RFC3339)}, Into: &a})
	if err != nil {
		return AdverseAction{}, err
	}
	if !a.sound() {
		return AdverseAction{}, vendors.Unclear(vendor, reply.Status, "did not say whether an adverse action is started")
	}
	return a, nil
}

// started looks for an adverse action of the report that was not canceled.
func (c *Client) started(ctx context.Context, reportID string) (AdverseAction, bool, error) {
	all, reply, err := listed[AdverseAction](ctx, c, "/v1/reports/{report}/adverse_actions", map[string]string{"report": reportID}, url.Values{})
	if err != nil {
		return AdverseAction{}, false, err
	}
	for _, a := range all {
		if !a.sound() {
			return AdverseAction{}, false, vendors.Unclear(vendor, reply.Status, "did not say whether an adverse action is started")
		}
		if a.Status != AdverseCanceled {
			a.TakenUp = true
			return a, true, nil
		}
	}
	return AdverseAction{}, false, nil
}

// CancelAdverse stops an adverse action before its final notice. It takes no
// grant, since it must work after consent was withdrawn, and sends no field of
// the person. One that is canceled already is no error. CodeNotAllowed says that
// the final notice is out: that cannot be taken back.
func (c *Client) CancelAdverse(ctx context.Context, id, key string) error {
	if !idForm.MatchString(id) {
		return onboarding.Invalid("adverse_action", "That is not the ID of an adverse action.", "Use the ID that it was given.")
	}
	for range 2 { // between the look and the deed it may have ended by itself
		var a AdverseAction
		reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodGet, Path: "/v1/adverse_actions/{action}", Params: map[string]string{"action": id}, Into: &a})
		switch {
		case err != nil:
			return err
		case !a.sound() || a.ID != id:
			return vendors.Unclear(vendor, reply.Status, "did not say how the adverse action stands")
		case a.Status == AdverseCanceled:
			return nil
		case a.Status == AdverseComplete:
			return &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "The final notice of the adverse action is out.", Hint: "It cannot be canceled any more; write to the person."}
		}
		reply, err = c.out.Do(ctx, outbound.Call{Method: http.MethodDelete, Path: "/v1/adverse_actions/{action}", Params: map[string]string{"action": id},
			IdempotencyKey: key, Accept: []int{http.StatusBadRequest, http.StatusNotFound}})
		if err != nil || reply.Status/100 == 2 {
			return err
		}
	}
	return vendors.Unclear(vendor, http.StatusBadRequest, "neither cancels the adverse action nor says why")
}

// reportOf spends the grant and gives the ID of the report that an order has
// become, having seen that it is the applicant's.
func (c *Client) reportOf(ctx context.Context, g consent.Grant[consent.Vetting], orderID string) (string, error) {
	if err := g.Spend(vendor); err != nil {
		return "", err
	}
	o, err := parseOrder(orderID)
	if err != nil {
		return "", err
	}
	id := o.id
	if o.kind == kindInvitation {
		i, _, err := c.invited(ctx, o, g.Applicant())
		if err != nil {
			return "", err
		}
		if id = i.Report; id == "" {
			return "", &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no report yet.", Hint: "Wait until the person has filled in Checkr's page."}
		}
	}
	r, reply, err := c.report(ctx, id)
	if err != nil {
		return "", err
	}
	if r.Candidate != o.candidate || !ours(r.Tags, g.Applicant()) {
		return "", anothers(reply.Status)
	}
	return id, nil
}
