package checkr

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// WorkLocation is where the person will work; what may be asked and reported
// follows that place's law.
type WorkLocation struct{ Country, State, City string }

// OrderRequest says what is ordered.
type OrderRequest struct {
	Package string // the package's slug at Checkr
	Flow    Flow
	Node    string // of the account's hierarchy; empty without one
	// WorkLocation is the program's; while its State is empty, the person's own
	// state and city are the place, as they are for who works from home.
	WorkLocation WorkLocation
	// Earlier are the references of earlier rounds, oldest first. An order of one of
	// them that is of the same package and stands is taken up, the newest first.
	Earlier []string
	// Keep is told the candidate's ID once there is a candidate and before anything
	// is ordered, so that webhooks that come at once find their way. When it fails
	// nothing is ordered. It may be nil.
	Keep func(ctx context.Context, candidateID string) error
}

// Order is an order as Checkr has it. All but Raw is free of personal data.
type Order struct {
	ID string // "<candidate>/report/<id>" or "<candidate>/invitation/<id>"
	// TakenUp: the order is one of an earlier round.
	TakenUp bool
	// AwaitsApplicant: nothing happens until the person has filled in Checkr's page;
	// Client.Page leads there.
	AwaitsApplicant bool
	Raw             []byte // the answer as received, with the page's address in it
}

type newCandidate struct {
	Email         string            `json:"email,omitempty"`
	FirstName     string            `json:"first_name,omitempty"`
	MiddleName    string            `json:"middle_name,omitempty"`
	NoMiddleName  bool              `json:"no_middle_name,omitempty"`
	LastName      string            `json:"last_name,omitempty"`
	DOB           string            `json:"dob,omitempty"`
	SSN           string            `json:"ssn,omitempty"`
	Zipcode       string            `json:"zipcode,omitempty"`
	WorkLocations []place           `json:"work_locations,omitempty"`
	CustomID      string            `json:"custom_id"`
	Metadata      map[string]string `json:"metadata"`
}

type place struct {
	Country string `json:"country"`
	State   string `json:"state,omitempty"`
	City    string `json:"city,omitempty"`
}

type newOrder struct {
	Candidate     string   `json:"candidate_id"`
	Package       string   `json:"package"`
	WorkLocations []place  `json:"work_locations,omitempty"`
	Node          string   `json:"node,omitempty"`
	Tags          []string `json:"tags"`
}

// fieldReference is the metadata's one member: the order's reference.
const fieldReference = "reference"

// Order spends the grant and orders a report, or sends for an invitation that
// becomes one. It may be called again with a grant of the same check and round
// after any error, also days later: what Checkr has already under this round's
// reference is given, and nothing is ordered twice. Errors: those of Grant.Open
// and of Keep, CodeInvalid when the request or the flow's fields are incomplete,
// CodeVendorUnclear for an answer about something else, and those of
// outbound.Client.Do; 409 (the same order is in flight) is CodeVendorBusy.
func (c *Client) Order(ctx context.Context, g consent.Grant[consent.Vetting], req OrderRequest) (Order, error) {
	// The grant is spent before the first request goes out, so that a forged or
	// used one reaches nobody, not even with a question by reference.
	person, err := g.Open(ctx, vendor)
	if err != nil {
		return Order{}, err
	}
	key := g.OrderKey()
	told, places, fields, err := tell(person, req)
	if err != nil {
		return Order{}, err
	}
	told.CustomID, told.Metadata = string(g.Applicant()), map[string]string{fieldReference: key}
	have, err := c.candidates(ctx, told.CustomID)
	if err != nil {
		return Order{}, err
	}
	o, ok, err := c.standing(ctx, have, key, req)
	if err != nil || ok {
		return o, err
	}
	id, err := c.candidate(ctx, have, told, fields, key)
	if err != nil {
		return Order{}, err
	}
	if err := req.keep(ctx, id); err != nil {
		return Order{}, err
	}
	return c.place(ctx, id, key, req, places, fields)
}

func (r OrderRequest) keep(ctx context.Context, candidateID string) error {
	if r.Keep == nil {
		return nil
	}
	return r.Keep(ctx, candidateID)
}

// tell takes from the person what the flow needs: what Checkr is told, where the
// work is, and which fields of the person that amounts to.
func tell(p onboarding.Profile, req OrderRequest) (newCandidate, []place, []onboarding.Field, error) {
	if req.Package == "" {
		return newCandidate{}, nil, nil, onboarding.Invalid("package", "The order names no package.", "Name one in the program's file.")
	}
	var fields []onboarding.Field
	take := func(f onboarding.Field) string {
		if p[f] != "" && !slices.Contains(fields, f) {
			fields = append(fields, f)
		}
		return p[f]
	}
	told := newCandidate{Email: take(onboarding.FieldEmail)}
	var needs []onboarding.Field
	switch req.Flow {
	case FlowInvitation:
		needs = []onboarding.Field{onboarding.FieldEmail}
	case FlowSelfHosted:
		needs = []onboarding.Field{onboarding.FieldGivenName, onboarding.FieldFamilyName, onboarding.FieldDateOfBirth,
			onboarding.FieldNationalID, onboarding.FieldPostalCode}
		told.FirstName, told.MiddleName, told.LastName = take(onboarding.FieldGivenName), take(onboarding.FieldMiddleName), take(onboarding.FieldFamilyName)
		told.NoMiddleName = told.MiddleName == ""
		told.DOB, told.SSN, told.Zipcode = take(onboarding.FieldDateOfBirth), dashed(take(onboarding.FieldNationalID)), zip5(take(onboarding.FieldPostalCode))
	default:
		return newCandidate{}, nil, nil, onboarding.Invalid("flow", "The order names no way to Checkr that we know.", "Write invitation or self_hosted in the program's file.")
	}
	for _, f := range needs {
		if p[f] == "" {
			return newCandidate{}, nil, nil, onboarding.Invalid(string(f), "A report by Checkr needs more than is known of the person.", "Complete the application's details.")
		}
	}
	at := place{Country: req.WorkLocation.Country, State: req.WorkLocation.State, City: req.WorkLocation.City}
	if at.State == "" && p[onboarding.FieldState] != "" {
		at = place{Country: take(onboarding.FieldCountry), State: take(onboarding.FieldState), City: take(onboarding.FieldCity)}
	}
	if at.State == "" {
		return told, nil, fields, nil
	}
	if at.Country == "" {
		at.Country = "US"
	}
	told.WorkLocations = []place{at}
	return told, told.WorkLocations, fields, nil
}

// dashed writes a number of nine digits as Checkr does.
func dashed(ssn string) string {
	if len(ssn) != 9 {
		return ssn
	}
	return ssn[:3] + "-" + ssn[3:5] + "-" + ssn[5:]
}

// zip5 leaves the four digits away that tell the street: Checkr asks for five.
func zip5(code string) string {
	short, _, _ := strings.Cut(code, "-")
	return short
}

// candidate makes the person known to Checkr. Whom Checkr knows from an earlier
// round is told anew, since details may have been corrected between the rounds,
// and is no second person.
func (c *Client) candidate(ctx context.Context, have []candidate, told newCandidate, fields []onboarding.Field, key string) (string, error) {
	call := outbound.Call{Method: http.MethodPost, Path: "/v1/candidates", IdempotencyKey: key + "/candidate", JSON: told, Fields: fields}
	want := ""
	if len(have) > 0 {
		want = have[0].ID
		if have[0].Metadata[fieldReference] == key {
			return want, nil
		}
		call.Path, call.Params = "/v1/candidates/{candidate}", map[string]string{"candidate": want}
	}
	var got candidate
	call.Into = &got
	reply, err := c.out.Do(ctx, call)
	if err != nil {
		return "", err
	}
	if !idForm.MatchString(got.ID) || (want != "" && got.ID != want) || got.CustomID != told.CustomID {
		return "", notOurs(reply.Status)
	}
	return got.ID, nil
}

// place orders.
func (c *Client) place(ctx context.Context, candidateID, key string, req OrderRequest, places []place, fields []onboarding.Field) (Order, error) {
	body := newOrder{Candidate: candidateID, Package: req.Package, WorkLocations: places, Node: req.Node, Tags: []string{key}}
	sent := slices.DeleteFunc(slices.Clone(fields), func(f onboarding.Field) bool {
		return f != onboarding.FieldCountry && f != onboarding.FieldState && f != onboarding.FieldCity
	})
	if req.Flow == FlowInvitation {
		var i invitation
		reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/invitations", IdempotencyKey: key + "/invitation", JSON: body, Fields: sent, Into: &i})
		if err != nil {
			return Order{}, err
		}
		if !i.sound() || i.Candidate != candidateID || (i.Tags != nil && !slices.Contains(i.Tags, key)) {
			return Order{}, notOurs(reply.Status)
		}
		return Order{ID: orderName{candidateID, kindInvitation, i.ID}.String(), AwaitsApplicant: i.Status == invitationPending, Raw: reply.Body}, nil
	}
	var r report
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/reports", IdempotencyKey: key + "/report", JSON: body, Fields: sent, Into: &r})
	if err != nil {
		return Order{}, err
	}
	if !r.sound() || r.Candidate != candidateID || !slices.Contains(r.Tags, key) {
		return Order{}, notOurs(reply.Status)
	}
	return Order{ID: orderName{candidateID, kindReport, r.ID}.String(), Raw: reply.Body}, nil
}

// Cancel stops an order. It takes no grant, since it must work after consent was
// withdrawn, and sends no field of the person. An invitation is withdrawn. A
// report cannot be canceled by Checkr's API; what it offers is to complete one at
// once, by which every search that is still running is canceled, and that is what
// is done. An order that has ended already is no error: there is nothing left to
// stop. CodeNotAllowed says that Checkr does not let us end the report: a person
// must do so in Checkr's own pages.
func (c *Client) Cancel(ctx context.Context, orderID, key string) error {
	o, err := parseOrder(orderID)
	if err != nil {
		return err
	}
	id := o.id
	if o.kind == kindInvitation {
		i, reply, err := c.invitation(ctx, o)
		switch {
		case err != nil:
			return err
		case reply.Status == http.StatusNotFound || i.Status == invitationExpired:
			return nil
		case i.Status == invitationPending:
			_, err := c.out.Do(ctx, outbound.Call{Method: http.MethodDelete, Path: "/v1/invitations/{invitation}", IdempotencyKey: key,
				Params: map[string]string{"invitation": o.id}, Accept: []int{http.StatusNotFound}})
			return err
		case i.Report == "":
			return vendors.Unclear(vendor, reply.Status, "has completed an invitation and names no report yet")
		}
		id = i.Report
	}
	r, reply, err := c.report(ctx, id)
	if err != nil {
		return err
	}
	if r.Candidate != o.candidate {
		return notOurs(reply.Status)
	}
	switch status, _ := statusOf(r.Status); status {
	case StatusPending, StatusSuspended:
		return c.complete(ctx, id, key)
	default:
		return nil
	}
}

// CancelReference stops whatever was ordered under our reference,
// "<applicant>/<check>/<round>", for an order whose answer never came. That nothing
// was ordered is no error. Errors: those of Cancel and outbound.Client.Do.
func (c *Client) CancelReference(ctx context.Context, reference, key string) error {
	applicant, _, _ := strings.Cut(reference, "/")
	have, err := c.candidates(ctx, applicant)
	if err != nil {
		return err
	}
	for _, k := range have {
		orders, err := c.orders(ctx, k, "")
		if err != nil {
			return err
		}
		for _, o := range orders {
			if !slices.Contains(o.tags, reference) {
				continue
			}
			if err := c.Cancel(ctx, o.order.ID, key); err != nil {
				return err
			}
		}
	}
	return nil
}

// complete ends a report early.
func (c *Client) complete(ctx context.Context, id, key string) error {
	var r report
	reply, err := c.out.Do(ctx, outbound.Call{Method: http.MethodPost, Path: "/v1/reports/{report}/complete", IdempotencyKey: key, JSON: struct{}{},
		Params: map[string]string{"report": id}, Into: &r,
		Accept: []int{http.StatusBadRequest, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusUnprocessableEntity}})
	if err != nil {
		return err
	}
	if reply.Status/100 != 2 {
		// It may have ended by itself between our question and this.
		if r, _, err := c.report(ctx, id); err == nil && (r.Status == string(StatusComplete) || r.Status == string(StatusCanceled)) {
			return nil
		}
		return &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "Checkr does not let us end this report.",
			Hint: "End it in Checkr's dashboard, or let it run out: its result is not used.", Cause: &vendors.Problem{Vendor: vendor, Status: reply.Status}}
	}
	if r.ID != id || (r.Status != string(StatusComplete) && r.Status != string(StatusCanceled)) {
		return vendors.Unclear(vendor, reply.Status, "did not say that the report is ended")
	}
	return nil
}

// ours reports whether a tag names an order of this applicant.
func ours(tags []string, id onboarding.ApplicantID) bool {
	return slices.ContainsFunc(tags, func(tag string) bool { return id != "" && strings.HasPrefix(tag, string(id)+"/") })
}
