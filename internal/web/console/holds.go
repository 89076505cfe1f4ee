package console

import (
	"context"
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Holds is what the pages about holds need; *applicants.Service is one.
type Holds interface {
	AllHolds(ctx context.Context, released bool) ([]applicants.Hold, error)
	HoldsOn(ctx context.Context, id onboarding.ApplicantID) ([]applicants.Hold, error)
	SetHold(ctx context.Context, id onboarding.ApplicantID, hold string, kind onboarding.HoldKind, reason string, by workflows.Actor) error
	ReleaseHold(ctx context.Context, id onboarding.ApplicantID, hold, reason string, by workflows.Actor) error
	// ReasonOfHold is recorded in the ledger before it answers.
	ReasonOfHold(ctx context.Context, id onboarding.ApplicantID, hold string, as identity.Reading) (applicants.HoldReason, error)
}

const holdsPath = "/console/holds"

func holdsOn(id onboarding.ApplicantID) string { return casePath(id) + "/holds" }

func (c *Console) holdRoutes() []route {
	if c.Holds == nil {
		return nil
	}
	on := "/console/applicants/{id}/holds"
	return []route{
		{"GET " + holdsPath, identity.ViewHolds, c.showHolds},
		{"GET " + on, identity.ViewHolds, c.showHoldsOn},
		{"POST " + on, identity.SetHold, c.setHold},
		{"POST " + on + "/{hold}/reason", identity.ViewHolds, c.openHold},
		{"GET " + on + "/{hold}/release", identity.SetHold, c.askRelease},
		{"POST " + on + "/{hold}/release", identity.SetHold, c.releaseHold},
	}
}

// holdLine is a hold as a page shows it.
type holdLine struct {
	applicants.Hold
	Owner, By string // in words
	Release   string // the address at which it is released; empty: not by the reader, or not by anybody
	Reason    string // the address at which its reason is opened; empty: it has none
}

type holdsPage struct {
	ID    onboarding.ApplicantID // of one applicant's page; empty: of all
	Stand []holdLine
	Past  []holdLine // that were released
	Old   bool       // those are shown
	Set   bool       // the reader may set one
	Form  web.Form
	Hold  string // the ID that the form's hold gets
	Done  string
}

var holdDone = map[string]string{
	"set":      "The hold is set: nothing of this applicant is destroyed until it is released.",
	"released": "The hold is released. What is due by the retention table goes at the next purge.",
}

func (c *Console) holdLines(r *http.Request, who identity.Staff, all []applicants.Hold) (stand, past []holdLine) {
	names := c.called(r)
	for _, h := range all {
		l := holdLine{Hold: h, Owner: byWords(h.Owner, names), By: byWords(h.By, names)}
		at := holdsOn(h.Applicant) + "/" + h.ID
		if len(h.Reason) > 0 {
			l.Reason = at + "/reason"
		}
		if h.Stands() && !onboarding.OwnHold(h.ID) && who.May(identity.SetHold, h.Program) {
			l.Release = at + "/release"
		}
		if h.Stands() {
			stand = append(stand, l)
		} else {
			past = append(past, l)
		}
	}
	return stand, past
}

// showHolds lists whose data must not go, the oldest first.
func (c *Console) showHolds(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	old := r.URL.Query().Get("released") != ""
	all, err := c.Holds.AllHolds(r.Context(), old)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := holdsPage{Old: old}
	page.Stand, page.Past = c.holdLines(r, who, all)
	c.show(w, r, who, "holds", web.Page{Title: "Holds", Body: page})
}

func holdForm() web.Form {
	kinds := &web.Input{ID: "kind", Label: "What kind of hold is it?", Noun: "a kind"}
	for _, k := range onboarding.HoldKinds() {
		kinds.Options = append(kinds.Options, web.Option{Value: string(k), Label: holdWords(k)})
	}
	return web.Form{kinds, {ID: "reason", Label: "Reason", Noun: "a reason", Rows: 3, Max: reasonMax, Spellcheck: true,
		Hint: "Which matter it is for, and until when if you know. It is kept sealed; who reads it is recorded."}}
}

func holdWords(k onboarding.HoldKind) string {
	switch k {
	case onboarding.HoldLegal:
		return "Legal: a suit or an investigation, or one that is to be expected"
	case onboarding.HoldDispute:
		return "Dispute: somebody contests what was found or decided"
	case onboarding.HoldRestriction:
		return "Restriction: the person has had the uses of their data restricted"
	case onboarding.HoldEmergency:
		return "Emergency: somebody is in danger, and the data may be needed"
	}
	return string(k)
}

// showHoldsOn lists an applicant's holds, and asks for what a new one needs.
func (c *Console) showHoldsOn(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if v, ok := c.applicant(w, r); ok {
		c.listHoldsOn(w, r, who, v, applicants.DrawHoldID(), holdForm())
	}
}

func (c *Console) listHoldsOn(w http.ResponseWriter, r *http.Request, who identity.Staff, v workflows.StaffView, hold string, f web.Form) {
	all, err := c.Holds.HoldsOn(r.Context(), v.Applicant)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := holdsPage{ID: v.Applicant, Old: true, Set: who.May(identity.SetHold, v.Program), Form: f, Hold: hold, Done: holdDone[r.URL.Query().Get("done")]}
	page.Stand, page.Past = c.holdLines(r, who, all)
	c.show(w, r, who, "holds", web.Page{Title: "Holds on an applicant", Back: casePath(v.Applicant), Problems: f.Problems(), Body: page})
}

func (c *Console) setHold(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	f := holdForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	hold := r.PostForm.Get("hold")
	if len(f.Problems()) > 0 {
		c.listHoldsOn(w, r, who, v, hold, f)
		return
	}
	err := c.used(r, who, access.Event{What: access.HoldSet, Action: string(identity.SetHold), Program: v.Program, Applicant: v.Applicant, Detail: hold})
	if err == nil {
		err = c.Holds.SetHold(r.Context(), v.Applicant, hold, onboarding.HoldKind(f.Value("kind")), f.Value("reason"), actor(who))
	}
	switch {
	case err == nil:
		web.Redirect(w, r, holdsOn(v.Applicant)+"?done=set")
	case f.Blame(err):
		c.listHoldsOn(w, r, who, v, hold, f)
	default:
		c.site.Fail(w, r, err)
	}
}

// holdAt finds the hold that the address names; it answers itself and gives false when
// there is none.
func (c *Console) holdAt(w http.ResponseWriter, r *http.Request) (workflows.StaffView, applicants.Hold, bool) {
	v, ok := c.applicant(w, r)
	if !ok {
		return v, applicants.Hold{}, false
	}
	all, err := c.Holds.HoldsOn(r.Context(), v.Applicant)
	if err != nil {
		c.site.Fail(w, r, err)
		return v, applicants.Hold{}, false
	}
	for _, h := range all {
		if h.ID == r.PathValue("hold") {
			return v, h, true
		}
	}
	c.site.Refuse(w, r, http.StatusNotFound, "There is no such hold on that applicant.", "Look at the list of holds.")
	return v, applicants.Hold{}, false
}

type holdPage struct {
	holdLine
	Opened *applicants.HoldReason
	Form   web.Form
}

// openHold shows why a hold was set; that it is read stands in the ledger first.
func (c *Console) openHold(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, h, ok := c.holdAt(w, r)
	if !ok {
		return
	}
	as, ok := c.reads(w, r, who, identity.ViewHolds, identity.ToHold)
	if !ok {
		return
	}
	reason, err := c.Holds.ReasonOfHold(r.Context(), v.Applicant, h.ID, as)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	c.showHold(w, r, who, h, holdPage{Opened: &reason})
}

func (c *Console) showHold(w http.ResponseWriter, r *http.Request, who identity.Staff, h applicants.Hold, page holdPage) {
	stand, past := c.holdLines(r, who, []applicants.Hold{h})
	page.holdLine = append(stand, past...)[0]
	title := "A hold"
	if page.Form != nil {
		title = "Release a hold"
	}
	c.show(w, r, who, "hold", web.Page{Title: title, Back: holdsOn(h.Applicant), Problems: page.Form.Problems(), Body: page})
}

func releaseForm() web.Form {
	return web.Form{{ID: "reason", Label: "Reason", Noun: "a reason", Rows: 3, Max: reasonMax, Spellcheck: true, Hint: "Why the data need not be kept for this any more. It is kept sealed."}}
}

// askRelease says what a release does and asks for the reason.
func (c *Console) askRelease(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if _, h, ok := c.releasable(w, r); ok {
		c.showHold(w, r, who, h, holdPage{Form: releaseForm()})
	}
}

// releasable is holdAt for a hold that staff can release now.
func (c *Console) releasable(w http.ResponseWriter, r *http.Request) (workflows.StaffView, applicants.Hold, bool) {
	v, h, ok := c.holdAt(w, r)
	switch {
	case !ok:
		return v, h, false
	case !h.Stands():
		c.site.Refuse(w, r, http.StatusConflict, "That hold is released already.", "Look at the list of holds.")
		return v, h, false
	case onboarding.RestrictionHold(h.ID):
		c.site.Refuse(w, r, http.StatusConflict, "That hold is a restriction that the person has asked for.", "Lift it at the request, on the board of data requests: the person is told beforehand.")
		return v, h, false
	case onboarding.OwnHold(h.ID):
		c.site.Refuse(w, r, http.StatusConflict, "That hold is the applicant's dispute: it ends by itself when the dispute is settled.", "Look at the applicant's page: it says what the dispute waits for.")
		return v, h, false
	}
	return v, h, true
}

func (c *Console) releaseHold(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, h, ok := c.releasable(w, r)
	if !ok {
		return
	}
	f := releaseForm()
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) > 0 {
		c.showHold(w, r, who, h, holdPage{Form: f})
		return
	}
	err := c.used(r, who, access.Event{What: access.HoldReleased, Action: string(identity.SetHold), Program: v.Program, Applicant: v.Applicant, Detail: h.ID})
	if err == nil {
		err = c.Holds.ReleaseHold(r.Context(), v.Applicant, h.ID, f.Value("reason"), actor(who))
	}
	switch {
	case err == nil:
		web.Redirect(w, r, holdsOn(v.Applicant)+"?done=released")
	case f.Blame(err):
		c.showHold(w, r, who, h, holdPage{Form: f})
	default:
		c.site.Fail(w, r, err)
	}
}
