package onebox_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// lineCanary goes through the program that uses every vendor. Mail does not reach
// the address that is given first, and no house stands there; the family name
// leads Checkr to a record, and the place asks for an assessment in writing.
var lineCanary = map[string]string{"given_name": "Wimarkgiven", "family_name": "Felony", "date_of_birth": "1962-04-08", "national_id": "987-65-4328",
	"email": "rejected-email.wimark@example.com", "phone": "+19175550139", "street": "2 Wrong Number Jaxmark", "city": "Trexmarkton", "state": "CA",
	"postal_code": "93701", "country": "US", "past_addresses": "5 Oldmark Way, Yedmark, OR 97302"}

const (
	lineAddress = "203.0.113.30" // the internet address that it comes from
	rightMail   = "wimarknew@example.com"
	rightStreet = "88 Jexmark Row"
	opinionMark = "Opinionmark of one reviewer"
	weighMark   = "Weighmark: what was weighed, in writing"
	disputeMark = "Disputemark: the case is another person's"
)

var lineMarks = []string{"wimark", "9175550139", "987-65-4328", "987654328", "jaxmark", "jexmark", "trexmark", "oldmark", "yedmark", "1962-04-08",
	lineAddress, "opinionmark", "weighmark", "disputemark"}

// secretOf is the part of a vendor's page's address that lets anybody act as the
// applicant.
var secretOf = regexp.MustCompile(`/_verify/[A-Za-z0-9_]+\.([A-Za-z0-9]+)$`)

// throughEveryVendor takes lineCanary by the API, the portal and the console from a
// correction to a dispute in words, and out by a withdrawal. It gives the secret of
// Stripe's page, which is the sandbox's own and nobody else's to keep.
func (h *house) throughEveryVendor() (id, secret string) {
	h.Helper()
	id = h.handIn(lineCanary, lineAddress, "secure-line")
	flagged := func(st client.Status, names ...string) bool {
		return !slices.ContainsFunc(st.Checks, func(c client.Check) bool { return slices.Contains(names, c.Name) && c.Status != "flagged" })
	}
	h.await(id, func(st client.Status) bool { return st.Attention == "applicant" && flagged(st, "email", "address") })
	if _, err := h.api.Correct(h.Context(), id, map[string]string{"street": rightStreet}); err != nil {
		h.Fatal(err)
	}
	link, err := demo.LastLink(h.Context(), h.face.Mail.Inbox, lineCanary["email"])
	if err != nil {
		h.Fatal(err)
	}
	s := stepper{h, h.phone()}
	s.open(link).hand("/apply/status").open("/apply/correct/email").at("/apply/correct/email").hand("/apply/status", "email", rightMail)
	passed := func(st client.Status) bool {
		return !slices.ContainsFunc(st.Checks, func(c client.Check) bool {
			return (c.Name == "email" || c.Name == "address") && (c.Status != "passed" || c.Round != 2)
		})
	}
	h.await(id, passed)

	s.open("/apply/checks/identity_document").at("/apply/checks/identity_document")
	page := s.LinkTo(h.face.Sandbox)
	if page == "" {
		h.Fatalf("no way leads to Stripe: %s", s.Says())
	}
	if secret = secretOf.FindStringSubmatch(page)[1]; len(secret) < 16 {
		h.Fatalf("%d characters are no secret", len(secret))
	}
	vendor := stepper{h, h.phone()}
	vendor.open(page)
	if err := vendor.Submit(h.Context(), map[string]string{"do": "verified"}); err != nil {
		h.Fatal(err)
	}

	st := h.await(id, func(st client.Status) bool { return st.Stage == "vetting" && st.Attention == "reviewer" })
	reviewer := h.staff(identity.RoleReviewer)
	for _, check := range []string{"address", "email", "ip_risk", "sanctions", "debarment", "background"} {
		path := "/console/applicants/" + id + "/checks/" + check
		reviewer.open(path).at(path)
	}
	reviewer.says("felony")
	words := []string{"ruling", "adverse", "reason", opinionMark}
	if len(st.AssessmentForm.Answered(weighMark)) == 0 {
		h.Fatal("the place asks for no assessment: nothing would be searched for")
	}
	for factor, answer := range st.AssessmentForm.Answered(weighMark) {
		words = append(words, "factor-"+strings.Join(strings.Fields(factor), "-"), answer)
	}
	// Of two opinions the API may give the first alone: the second is a person's, at the page.
	if err := h.api.Decide(h.Context(), id, "adverse", opinionMark, st.AssessmentForm.Answered(weighMark)); err != nil {
		h.Fatal(err)
	}
	reviewer.open("/console/applicants/"+id+"/decision").hand("/console/applicants/"+id, words...)

	h.await(id, func(st client.Status) bool { return st.Attention == "applicant" })
	s.open("/apply/report").at("/apply/report").says("county criminal", "Checkr")
	s.open("/apply/dispute").hand("/apply/status", "kind", "dispute", "statement", disputeMark)
	if err := reviewer.open("/console/applicants/"+id+"/documents").Submit(h.Context(), map[string]string{"document": "written-decisions", "why": "to weigh what was found"}); err != nil {
		h.Fatal(err)
	}
	reviewer.says("Weighmark", "Disputemark")
	s.open("/apply/withdraw").hand("/apply/status")
	h.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	if !slices.ContainsFunc(h.books("checkr"), func(e sandbox.Entry) bool {
		return e.Method == http.MethodDelete && strings.Contains(e.Path, "/adverse_actions/") && e.Status == http.StatusOK
	}) {
		h.Error("3: Checkr was not told that the adverse action is off, and would send its final notice")
	}
	return id, secret
}

// handIn hands an application in by the API, with consents from an internet address.
func (h *house) handIn(fields map[string]string, from, program string) string {
	h.Helper()
	notices, err := h.api.Notices(h.Context(), "en")
	if err != nil {
		h.Fatal(err)
	}
	_, body, _ := demo.NewClear(notices).Application(1)
	var a struct {
		Program   string            `json:"program"`
		Consents  []map[string]any  `json:"consents"`
		Applicant map[string]string `json:"applicant"`
	}
	decode(h.T, string(body), &a)
	a.Program, a.Applicant = program, fields
	for _, c := range a.Consents {
		c["origin"] = map[string]string{"ip_address": from, "user_agent": "wimark-browser"}
		if c["signature"] != nil {
			c["signature"] = fields["given_name"] + " " + fields["family_name"]
		}
	}
	out, err := json.Marshal(a)
	if err != nil {
		h.Fatal(err)
	}
	created, err := h.api.Apply(h.Context(), out, "canary")
	if err != nil {
		h.Fatal(err)
	}
	return created.ID
}
