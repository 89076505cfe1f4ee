package console

import (
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// documentTTL is how long a document's link opens it.
const documentTTL = 5 * time.Minute

// applicationFields are those of an application that a role needs to see; all but the
// identity number for a role that has none here.
var applicationFields = map[identity.Role][]onboarding.Field{
	identity.RoleRecruiter: {onboarding.FieldGivenName, onboarding.FieldMiddleName, onboarding.FieldFamilyName, onboarding.FieldEmail, onboarding.FieldPhone,
		onboarding.FieldCity, onboarding.FieldState},
}

type documentsPage struct {
	ID        onboarding.ApplicantID
	Documents []documentLine
	Purposes  []identity.Purpose // what the reader's role opens documents for; the applicant reads it
	Why       string
	Any       bool // there is one that the reader may open
	Tickets   bool // the reader may open a support ticket, which helping needs
}

type documentLine struct {
	applicants.Document
	May bool // the reader may open it
}

// mayOpen reports whether somebody may open some document of the program.
func mayOpen(who identity.Staff, programID string) bool {
	for _, kind := range applicants.DocumentKinds() {
		if a := identity.ToOpen(string(kind)); a != "" && who.May(a, programID) {
			return true
		}
	}
	return false
}

// showDocuments lists what lies with us about an applicant. It opens none of it.
func (c *Console) showDocuments(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	c.listDocuments(w, r, who, "", nil)
}

func (c *Console) listDocuments(w http.ResponseWriter, r *http.Request, who identity.Staff, why string, problems []web.Problem) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	all, err := c.service.Documents(r.Context(), v.Applicant)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	page := documentsPage{ID: v.Applicant, Purposes: identity.ToOpenFor(who.Role), Why: why, Tickets: c.Tickets != nil && who.May(identity.OpenTicket, v.Program)}
	for _, d := range all {
		may := !d.Closed && who.May(identity.ToOpen(string(d.Kind)), v.Program)
		page.Any = page.Any || may
		page.Documents = append(page.Documents, documentLine{Document: d, May: may})
	}
	c.show(w, r, who, "documents", web.Page{Title: "Documents", Back: casePath(v.Applicant), Problems: problems, Body: page})
}

// linkDocument makes the link that opens a document, for who asks, in this session and
// role, for a few minutes, and leads there.
func (c *Console) linkDocument(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	if err := web.ParseForm(r); err != nil {
		c.site.Fail(w, r, err)
		return
	}
	name, why := r.PostForm.Get("document"), r.PostForm.Get("why")
	if !c.documentFor(w, r, who, v.Program, name) {
		return
	}
	if !slices.Contains(identity.Purposes(), identity.Purpose(why)) {
		c.listDocuments(w, r, who, why, []web.Problem{{Field: "why-0", Text: "Choose what you open it for"}})
		return
	}
	as, ok := c.reads(w, r, who, toOpen(name), identity.Purpose(why))
	if !ok || !c.supports(w, r, v.Applicant, as) {
		return
	}
	whom, ok := c.bound(w, r)
	if !ok {
		return
	}
	token, err := c.site.Seal(documentStamp(v.Applicant), web.Stamp{Whom: whom, What: why + "\x00" + name, ShownAt: c.site.Now()})
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	web.Redirect(w, r, casePath(v.Applicant)+"/documents/"+token)
}

func documentStamp(id onboarding.ApplicantID) string { return "document/" + string(id) }

// bound is what a document's link is bound to: a session, with its role.
func (c *Console) bound(w http.ResponseWriter, r *http.Request) (string, bool) {
	s, err := c.session(r)
	if err != nil {
		c.site.Fail(w, r, err)
		return "", false
	}
	return s.Session + " " + s.Actor(), true
}

// documentFor holds a kind of document to the roles that may open it; a refusal is
// recorded.
func (c *Console) documentFor(w http.ResponseWriter, r *http.Request, who identity.Staff, programID, name string) bool {
	action := toOpen(name)
	if action == "" {
		c.site.Refuse(w, r, http.StatusConflict, "There is no such document to open.", "The list of documents says which there are.")
		return false
	}
	if !who.May(action, programID) {
		c.refuse(w, r, who, action)
		return false
	}
	return true
}

// toOpen is the action that opening a document of the name is.
func toOpen(name string) identity.Action {
	kind, _, _ := strings.Cut(name, "/")
	return identity.ToOpen(kind)
}

// openDocument gives a document's bytes to who has a link to it that holds. That they
// open it, and what for, stands in the ledger before the bytes go out.
func (c *Console) openDocument(w http.ResponseWriter, r *http.Request, who identity.Staff) {
	v, ok := c.applicant(w, r)
	if !ok {
		return
	}
	whom, ok := c.bound(w, r)
	if !ok {
		return
	}
	stamp, ok := c.site.Unseal(documentStamp(v.Applicant), whom, r.PathValue("link"))
	why, name, _ := strings.Cut(stamp.What, "\x00")
	if !ok || c.site.Now().Sub(stamp.ShownAt) > documentTTL {
		c.site.Refuse(w, r, http.StatusConflict, "This link opens nothing any more: it holds for five minutes, for who made it.",
			"Open the document again from the list: "+casePath(v.Applicant)+"/documents")
		return
	}
	if !c.documentFor(w, r, who, v.Program, name) {
		return
	}
	as, ok := c.reads(w, r, who, toOpen(name), identity.Purpose(why))
	if !ok {
		return
	}
	d, err := c.service.OpenDocument(r.Context(), v.Applicant, name, applicationFields[who.Role], as)
	if err != nil {
		c.site.Fail(w, r, err)
		return
	}
	save(w, d.MediaType, d.File, d.Body)
}

// save answers with a file that may be a stranger's: the browser saves it and shows
// nothing of it, whatever it takes it for.
func save(w http.ResponseWriter, kind, name string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // the browser has gone: nobody is left to tell
}
