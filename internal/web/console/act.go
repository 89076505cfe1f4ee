package console

import (
	"context"
	"net/http"
	"strconv"

	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// deed is something that staff do with one applicant, for a reason.
type deed struct {
	name    string // of what was done, in the address of the page after it
	heading string
	explain string // what happens then
	button  string
	danger  bool
	form    func(v workflows.StaffView) web.Form
	// formFor is form for what depends on the check.
	formFor func(v workflows.StaffView, k onboarding.Check) web.Form
	// weigh notes what is wrong with the form beyond what each input can tell.
	weigh func(v workflows.StaffView, f web.Form)
	// open reports whether it can be done now, with words for when it cannot.
	open func(v workflows.StaffView, k onboarding.Check) (ok bool, why string)
	do   func(ctx context.Context, s Service, id onboarding.ApplicantID, k onboarding.Check, f web.Form, by workflows.Actor) error
}

const reasonMax = 2000

func reasonForm(workflows.StaffView) web.Form {
	return web.Form{{ID: "reason", Label: "Reason", Noun: "a reason", Rows: 3, Max: reasonMax, Spellcheck: true,
		Hint: "It is kept, sealed, in the applicant's ledger. They may ask to read it."}}
}

func failedOnly(v workflows.StaffView, k onboarding.Check) (bool, string) {
	if k.Name == "" || k.Status != onboarding.StatusFailed || !v.Stage.Open() {
		return false, "This check is not waiting for anybody: perhaps somebody else has just dealt with it."
	}
	return true, ""
}

// failedOrHeld is failedOnly, or the check waits for a paused vendor.
func failedOrHeld(v workflows.StaffView, k onboarding.Check) (bool, string) {
	if k.Held() && v.Stage.Open() {
		return true, ""
	}
	return failedOnly(v, k)
}

var (
	retrying = deed{name: "retry", heading: "Try this check again", button: "Try again", form: reasonForm, open: failedOnly,
		explain: "The vendor is asked once more, in a new round. An order that is already made is found again, and not made twice.",
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, k onboarding.Check, f web.Form, by workflows.Actor) error {
			return s.Retry(ctx, id, k.Name, k.Round, f.Value("reason"), by)
		}}
	waiving = deed{name: "waive", heading: "Go on without this check", button: "Waive this check", danger: true, form: reasonForm, open: failedOrHeld,
		explain: "The application goes on as if the check had not been asked for. That it was waived, by whom and why stands in the ledger for good.",
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, k onboarding.Check, f web.Form, by workflows.Actor) error {
			return s.Waive(ctx, id, k.Name, f.Value("reason"), by)
		}}
	deciding = deed{name: "decide", heading: "Decide", button: "Record this decision",
		explain: "The rules leave this to a person. Look at what was found and at what each rule says about it.",
		form:    decisionForm, weigh: weighDecision,
		open: func(v workflows.StaffView, _ onboarding.Check) (bool, string) {
			return v.Review, "Nothing waits for a decision here: perhaps somebody else has just decided."
		},
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, _ onboarding.Check, f web.Form, by workflows.Actor) error {
			return blamable(s.Decide(ctx, id, decisionOf(f), by))
		}}
	proofing = deed{name: "proof", heading: "Give new tries at proving the e-mail address", button: "Give new tries", form: reasonForm,
		explain: "The applicant corrected the e-mail address and then gave a wrong date of birth five times. First make sure by other means that it is them, such as by the phone number of the application; then they have five more tries, by a new link.",
		open: func(v workflows.StaffView, _ onboarding.Check) (bool, string) {
			return v.ProofSpent && v.Stage.Open(), "The applicant has tries left: perhaps somebody else has just given them."
		},
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, _ onboarding.Check, f web.Form, by workflows.Actor) error {
			return s.AllowProof(ctx, id, f.Value("reason"), by)
		}}
	revoking = deed{name: "revoke", heading: "Revoke the certificate", button: "Revoke the certificate", danger: true, form: revocationForm,
		explain: "Whoever looks the certificate up is told that it is revoked, and the holder gets a letter with the kind of reason and how to contest it. A renewal that is under way ends. This cannot be undone.",
		open: func(v workflows.StaffView, _ onboarding.Check) (bool, string) {
			return v.Stage == onboarding.StageCertified, "There is no certificate that stands."
		},
		do: func(ctx context.Context, s Service, id onboarding.ApplicantID, _ onboarding.Check, f web.Form, by workflows.Actor) error {
			return s.Revoke(ctx, id, workflows.RevocationReason(f.Value("category")), f.Value("reason"), by)
		}}
)

type deedPage struct {
	Heading, Explain, Button string
	Danger                   bool
	Ruling                   bool // policy's reasons are shown: they are what is decided upon
	Review                   int  // the review that the page is for; 0 when it is for none
	Look                     bool // what was found can be looked at, by the reader
	Documents                bool // the reader may open some, such as what was written
	Weigh                    web.Form
	View                     workflows.StaffView
	Check                    onboarding.Check // zero when it is not about one
	Found                    []onboarding.Check
	Form                     web.Form
}

func (d deed) formOf(v workflows.StaffView, k onboarding.Check) web.Form {
	if d.formFor != nil {
		return d.formFor(v, k)
	}
	return d.form(v)
}

// ask shows what will happen and asks for the reason.
func (c *Console) ask(d deed) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		if v, k, ok := c.ready(w, r, who, d); ok {
			c.askDeed(w, r, who, d, v, k, d.formOf(v, k))
		}
	}
}

func (c *Console) askDeed(w http.ResponseWriter, r *http.Request, who identity.Staff, d deed, v workflows.StaffView, k onboarding.Check, f web.Form) {
	page := deedPage{Heading: d.heading, Explain: d.explain, Button: d.button, Danger: d.danger, View: v, Check: k}
	page.Form, page.Weigh = split(f)
	if d.name == deciding.name {
		page.Ruling, page.Review, page.Look = true, v.Reviews, identity.Allowed(who.Role, identity.ViewFindings)
		page.Documents = mayOpen(who, v.Program)
		for _, k := range v.Checks {
			if k.Status == onboarding.StatusFlagged {
				page.Found = append(page.Found, k)
			}
		}
	}
	c.show(w, r, who, "deed", web.Page{Title: d.heading, Back: casePath(v.Applicant), Problems: f.Problems(), Body: page})
}

// act does it and leads back to the applicant.
func (c *Console) act(d deed) func(http.ResponseWriter, *http.Request, identity.Staff) {
	return func(w http.ResponseWriter, r *http.Request, who identity.Staff) {
		v, k, ok := c.ready(w, r, who, d)
		if !ok {
			return
		}
		f := d.formOf(v, k)
		if err := f.Fill(r); err != nil {
			c.site.Fail(w, r, err)
			return
		}
		if shown := r.PostForm.Get("round"); shown != "" && shown != strconv.Itoa(k.Round) {
			// What failed since is not what they gave their reason for.
			c.site.Refuse(w, r, http.StatusConflict, "Somebody was faster: since you opened that page, this check was tried again and failed in round "+strconv.Itoa(k.Round)+".",
				"Look at the applicant's page as it is now: "+casePath(v.Applicant))
			return
		}
		if shown := r.PostForm.Get("review"); shown != "" && shown != strconv.Itoa(v.Reviews) {
			// After a notice the same case is decided upon again: what was meant for
			// the first time must not become the last word.
			c.site.Refuse(w, r, http.StatusConflict, "Since you opened that page, a decision was made, and what waits now is another review.",
				"Look at the applicant's page as it is now: "+casePath(v.Applicant))
			return
		}
		if d.weigh != nil {
			d.weigh(v, f)
		}
		if len(f.Problems()) > 0 {
			c.askDeed(w, r, who, d, v, k, f)
			return
		}
		err := d.do(r.Context(), c.service, v.Applicant, k, f, actor(who))
		switch {
		case err == nil:
			web.Redirect(w, r, casePath(v.Applicant)+"?done="+d.name)
		case f.Blame(err):
			c.askDeed(w, r, who, d, v, k, f)
		default:
			c.site.Fail(w, r, err)
		}
	}
}

// ready finds the applicant and the check that the address names, and holds
// back what cannot be done now.
func (c *Console) ready(w http.ResponseWriter, r *http.Request, who identity.Staff, d deed) (workflows.StaffView, onboarding.Check, bool) {
	v, ok := c.applicant(w, r)
	if !ok {
		return v, onboarding.Check{}, false
	}
	var about onboarding.Check
	for _, k := range v.Checks {
		if string(k.Name) == r.PathValue("check") {
			about = k
		}
	}
	if d.name == deciding.name {
		if err := mayDecide(v, who); err != nil {
			c.site.Fail(w, r, err)
			return v, about, false
		}
	}
	if ok, why := d.open(v, about); !ok {
		c.site.Refuse(w, r, http.StatusConflict, why, "Look at the applicant's page as it is now: "+casePath(v.Applicant))
		return v, about, false
	}
	return v, about, true
}
