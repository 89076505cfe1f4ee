package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Requests is what the privacy officer does with data requests and erasures;
// *applicants.Service is one.
type Requests interface {
	Requests(ctx context.Context) ([]workflows.RequestView, error)
	Request(ctx context.Context, request string) (workflows.RequestView, error)
	// RequestWordsRead is recorded in the ledger before it answers.
	RequestWordsRead(ctx context.Context, request string, as identity.Reading) (asked, answered string, err error)
	OpenRequest(ctx context.Context, id onboarding.ApplicantID, kind workflows.RequestKind, from workflows.RequestFrom, words string, by workflows.Actor) (string, error)
	AnswerRequest(ctx context.Context, request string, granted bool, words string, by workflows.Actor) error
	LiftRestriction(ctx context.Context, request, reason string, by workflows.Actor) error
	ExtendRequest(ctx context.Context, request string, why workflows.ExtendReason, by workflows.Actor) error
	Erasures(ctx context.Context) ([]workflows.ErasureView, error)
	VendorErased(ctx context.Context, id onboarding.ApplicantID, vendor, answer string, by workflows.Actor) error
}

const requestsPath = "/console/requests"

func (c *Console) requestRoutes() []route {
	if c.DataRequests == nil {
		return nil
	}
	on := "/console/applicants/{id}"
	return []route{
		{"GET " + requestsPath, identity.AnswerData, c.showRequests},
		{"GET " + requestsPath + "/{request}", identity.AnswerData, c.showRequest},
		{"POST " + requestsPath + "/{request}/answer", identity.AnswerData, c.answerRequest},
		{"POST " + requestsPath + "/{request}/extend", identity.AnswerData, c.extendRequest},
		{"POST " + requestsPath + "/{request}/lift", identity.AnswerData, c.liftRestriction},
		{"GET " + on + "/requests", identity.AnswerData, c.askRequest},
		{"POST " + on + "/requests", identity.AnswerData, c.openRequest},
		{"POST " + on + "/erasure", identity.AnswerData, c.vendorErased},
	}
}

type requestsPage struct {
	Open     []requestLine
	Standing []requestLine // restrictions that stand, and closed accounts that wait for their erasure
	Answered []requestLine
	Erasures []workflows.ErasureView
	Done     string
}

type requestLine struct {
	workflows.RequestView
	Kind, From, State, Class string
	Late                     bool
}

var requestKinds = map[workflows.RequestKind]string{workflows.RequestAccess: "a copy", workflows.RequestCorrect: "a correction", workflows.RequestDelete: "erasure",
	workflows.RequestAmend: "an addition", workflows.RequestRestrict: "a restriction", workflows.RequestClose: "a closed account"}

var requestFroms = map[workflows.RequestFrom]string{workflows.RequestFromPortal: "the applicant, signed in", workflows.RequestFromMail: "by mail, taken in by staff", workflows.RequestFromController: "the controller, by the API"}

var requestStates = map[workflows.RequestState][2]string{workflows.RequestVerify: {"who asks is not proved", ""}, workflows.RequestOpen: {"to be answered", "look"},
	workflows.RequestDone: {"carried out", "good"}, workflows.RequestRefused: {"refused", ""}, workflows.RequestRedirected: {"redirected to the controller", ""}, workflows.RequestUnproved: {"nobody proved to be the person", "bad"}}

func requestLineOf(v workflows.RequestView, now time.Time) requestLine {
	state := requestStates[v.State]
	return requestLine{RequestView: v, Kind: requestKinds[v.Kind], From: requestFroms[v.From], State: state[0], Class: state[1], Late: !v.State.Over() && now.After(v.Due)}
}

// showRequests is the privacy officer's board: what is due first comes first.
func (c *Console) showRequests(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	all, err := c.DataRequests.Requests(r.Context())
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := requestsPage{Done: r.URL.Query().Get("done")}
	if page.Erasures, err = c.DataRequests.Erasures(r.Context()); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	for _, v := range all {
		switch l := requestLineOf(v, c.site.Now()); {
		case v.Stands() || v.Closing():
			page.Standing = append(page.Standing, l)
		case v.State.Over():
			page.Answered = append(page.Answered, l)
		default:
			page.Open = append(page.Open, l)
		}
	}
	slices.SortStableFunc(page.Open, func(a, b requestLine) int { return a.Due.Compare(b.Due) })
	c.show(w, r, who, "requests", web.Page{Title: "Data requests", Body: page})
}

type requestPage struct {
	requestLine
	Asked, Answered string
	Answer, Extend  web.Form
	Lift            web.Form // of a restriction that stands and is not being lifted
}

func answerRequestForm() web.Form {
	return web.Form{{ID: "granted", Label: "What do you answer?", Noun: "what you answer", Options: []web.Option{{Value: "yes", Label: "It is granted"}, {Value: "no", Label: "It is refused"}}},
		{ID: "reason", Label: "Your answer to who asked", Noun: "your answer", Rows: 5, Max: noteMax, Spellcheck: true, Hint: "They read it as it stands, once they have proved who they are."}}
}

func extendForm() web.Form {
	return web.Form{{ID: "why", Label: "Why does it take longer?", Noun: "why it takes longer", Hint: "The person is told.", Options: []web.Option{
		{Value: string(workflows.ExtendComplex), Label: "There is much to look at"}, {Value: string(workflows.ExtendVendors), Label: "Others hold a part of it"}, {Value: string(workflows.ExtendMany), Label: "Many requests came at once"}}}}
}

func liftForm() web.Form {
	return web.Form{{ID: "reason", Label: "Why does the restriction end?", Noun: "why the restriction ends", Rows: 4, Max: noteMax, Spellcheck: true, Hint: "The person reads it as it stands, once they have proved who they are."}}
}

func (c *Console) showRequest(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.requestWith(w, r, who, answerRequestForm(), extendForm(), liftForm())
}

func (c *Console) requestWith(w http.ResponseWriter, r *http.Request, who identity.Staff, answer, extend, lift web.Form) {
	v, err := c.DataRequests.Request(r.Context(), r.PathValue("request"))
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := requestPage{requestLine: requestLineOf(v, c.site.Now())}
	if len(v.Words) > 0 || len(v.Answer) > 0 {
		as, ok := c.reads(w, r, who, identity.AnswerData, identity.ToAnswer)
		if !ok {
			return
		}
		if page.Asked, page.Answered, err = c.DataRequests.RequestWordsRead(r.Context(), v.ID, as); err != nil {
			c.site.Fail(w, r, err)
			return
		}
	}
	if v.State == workflows.RequestOpen {
		page.Answer = answer
		if v.Extended == "" {
			page.Extend = extend
		}
	}
	if v.Stands() && v.LiftAt.IsZero() {
		page.Lift = lift
	}
	c.show(w, r, who, "request", web.Page{Title: "A request for " + page.Kind, Back: requestsPath, Problems: slices.Concat(answer.Problems(), extend.Problems(), lift.Problems()), Body: page})
}

func (c *Console) answerRequest(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := answerRequestForm()
	c.actOnRequest(w, r, who, f, func() error {
		return c.DataRequests.AnswerRequest(r.Context(), r.PathValue("request"), f.Value("granted") == "yes", f.Value("reason"), actor(who))
	}, func() { c.requestWith(w, r, who, f, extendForm(), liftForm()) })
}

func (c *Console) extendRequest(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := extendForm()
	c.actOnRequest(w, r, who, f, func() error {
		return c.DataRequests.ExtendRequest(r.Context(), r.PathValue("request"), workflows.ExtendReason(f.Value("why")), actor(who))
	}, func() { c.requestWith(w, r, who, answerRequestForm(), f, liftForm()) })
}

// liftRestriction has a restriction end: the person is told of the day and the reason
// first (GDPR Article 18(3)).
func (c *Console) liftRestriction(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	f := liftForm()
	c.actOnRequest(w, r, who, f, func() error {
		return c.DataRequests.LiftRestriction(r.Context(), r.PathValue("request"), f.Value("reason"), actor(who))
	}, func() { c.requestWith(w, r, who, answerRequestForm(), extendForm(), f) })
}

// actOnRequest reads the form, acts and leads back to the board; again shows what stands
// in the way.
func (c *Console) actOnRequest(w http.ResponseWriter, r *http.Request, _ identity.Staff, f web.Form, act func() error, again func()) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if err := f.Fill(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	if len(f.Problems()) == 0 {
		err := act()
		if err == nil {
			web.Redirect(w, r, requestsPath+"?done=yes")
			return
		}
		if !f.Blame(err) {
			c.site.Fail(w, r, err)
			return
		}
	}
	again()
}

type takeInPage struct {
	ID   onboarding.ApplicantID
	Form web.Form
}

func takeInForm() web.Form {
	return web.Form{{ID: "kind", Label: "What do they ask for?", Noun: "what they ask for", Options: []web.Option{
		{Value: string(workflows.RequestAccess), Label: "A copy of their data"}, {Value: string(workflows.RequestCorrect), Label: "A correction"},
		{Value: string(workflows.RequestAmend), Label: "An addition: something stands beside what is on file"}, {Value: string(workflows.RequestRestrict), Label: "A restriction: the data are stored and not used"},
		{Value: string(workflows.RequestDelete), Label: "Erasure"}, {Value: string(workflows.RequestClose), Label: "Close the account: the application ends, and two weeks later the data are erased"}}},
		{ID: "words", Label: "What is to be corrected, or to stand beside the file", Rows: 4, Max: noteMax, Optional: true, Hint: "For a correction and an addition: in their words. It is kept sealed."}}
}

// askRequest takes a request in that came by mail or phone.
func (c *Console) askRequest(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	c.show(w, r, who, "request_in", web.Page{Title: "Take a data request in", Back: casePath(v.Applicant), Body: takeInPage{v.Applicant, takeInForm()}})
}

func (c *Console) openRequest(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	f := takeInForm()
	c.actOnRequest(w, r, who, f, func() error {
		_, err := c.DataRequests.OpenRequest(r.Context(), v.Applicant, workflows.RequestKind(f.Value("kind")), workflows.RequestFromMail, f.Value("words"), actor(who))
		return err
	}, func() {
		c.show(w, r, who, "request_in", web.Page{Title: "Take a data request in", Back: casePath(v.Applicant), Problems: f.Problems(), Body: takeInPage{v.Applicant, f}})
	})
}

// vendorErased takes down what a vendor answered that was asked by hand to erase.
func (c *Console) vendorErased(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	id, err := onboarding.ParseApplicantID(r.PathValue("id"))
	if err == nil {
		err = c.DataRequests.VendorErased(r.Context(), id, r.PostForm.Get("vendor"), r.PostForm.Get("answer"), actor(who))
	}
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, requestsPath+"?done=yes")
}

var _ Requests = (*applicants.Service)(nil)
