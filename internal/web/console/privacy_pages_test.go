package console

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/process"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// privacyFakes are what the privacy officer's pages are served from.
type privacyFakes struct {
	holds   []applicants.Hold
	opened  []identity.Reading
	cases   []applicants.LegalCase
	ruled   []string
	purges  []workflows.PurgeState
	due     []applicants.DueAnswer
	steered []string
}

type (
	fakeHolds     struct{ *privacyFakes }
	fakeProcess   struct{ *privacyFakes }
	fakeRetention struct{ *privacyFakes }
)

func (f fakeHolds) AllHolds(_ context.Context, released bool) ([]applicants.Hold, error) {
	return slices.DeleteFunc(slices.Clone(f.holds), func(h applicants.Hold) bool { return !h.Stands() && !released }), nil
}

func (f fakeHolds) HoldsOn(context.Context, onboarding.ApplicantID) ([]applicants.Hold, error) {
	return f.holds, nil
}

func (f fakeHolds) SetHold(_ context.Context, id onboarding.ApplicantID, hold string, kind onboarding.HoldKind, reason string, by workflows.Actor) error {
	if !slices.Contains(onboarding.HoldKinds(), kind) {
		return onboarding.Invalid("kind", "There is no such kind of hold.", "Choose one of the list.")
	}
	f.holds = append(f.holds, applicants.Hold{ID: hold, Applicant: id, Program: "support-basics", Kind: kind, Owner: string(by), Reason: []byte(reason), Since: noon})
	return nil
}

func (f fakeHolds) ReleaseHold(_ context.Context, _ onboarding.ApplicantID, hold, why string, by workflows.Actor) error {
	for i := range f.holds {
		if f.holds[i].ID == hold {
			f.holds[i].Released, f.holds[i].By, f.holds[i].Why = noon.Add(time.Minute), string(by), []byte(why)
		}
	}
	return nil
}

func (f fakeHolds) ReasonOfHold(_ context.Context, _ onboarding.ApplicantID, hold string, as identity.Reading) (applicants.HoldReason, error) {
	f.opened = append(f.opened, as)
	i := slices.IndexFunc(f.holds, func(h applicants.Hold) bool { return h.ID == hold })
	return applicants.HoldReason{Reason: string(f.holds[i].Reason), Why: string(f.holds[i].Why)}, nil
}

func (f fakeProcess) LegalCases(context.Context) ([]applicants.LegalCase, error) { return f.cases, nil }

func (f fakeProcess) LegalCase(_ context.Context, id string) (applicants.LegalCase, error) {
	for _, c := range f.cases {
		if c.ID == id {
			return c, nil
		}
	}
	return applicants.LegalCase{}, onboarding.Invalid("case", "There is no such case.", "Look at the list.")
}

func (f fakeProcess) OpenLegalCase(_ context.Context, in applicants.NewLegalCase, by workflows.Actor) error {
	if len(in.Scope.Categories) == 0 {
		return onboarding.Invalid("categories", "Say which categories are asked for.", "Choose those that the document names.")
	}
	f.cases = append(f.cases, applicants.LegalCase{ID: in.ID, Kind: in.Kind, Authority: in.Authority, Reason: in.Reason, Scope: in.Scope,
		Document: process.Paper{Name: in.File.Name, Size: len(in.File.Body)}, Asked: process.Deed{By: string(by), At: noon}})
	return nil
}

func (f fakeProcess) RuleOnLegalCase(_ context.Context, id string, approve bool, reason string, by workflows.Actor) error {
	f.ruled = append(f.ruled, id+" "+reason)
	if f.cases[0].Approved = (process.Deed{By: string(by), At: noon, Words: reason}); !approve {
		f.cases[0].Approved, f.cases[0].Refused = process.Deed{}, f.cases[0].Approved
	}
	return nil
}

func (f fakeProcess) GiveLegalCase(context.Context, string, workflows.Actor) error { return nil }

func (f fakeProcess) FetchGiven(context.Context, string, onboarding.ApplicantID, workflows.Actor) (applicants.Opened, error) {
	return applicants.Opened{MediaType: "application/zip", File: "given.zip", Body: []byte("PK")}, nil
}

func (f fakeProcess) LegalDocument(context.Context, string) (applicants.Opened, error) {
	return applicants.Opened{MediaType: "application/pdf", File: "document.pdf", Body: []byte("%PDF")}, nil
}

func (f fakeProcess) TellLegalCase(context.Context, string, onboarding.ApplicantID, string, workflows.Actor) error {
	return nil
}

func (f fakeRetention) Purges(context.Context, int) ([]workflows.PurgeState, error) {
	return f.purges, nil
}

func (f fakeRetention) Purge(_ context.Context, id string) (workflows.PurgeState, error) {
	for _, p := range f.purges {
		if p.ID == id {
			return p, nil
		}
	}
	return workflows.PurgeState{}, onboarding.Invalid("purge", "There is no such purge.", "Look at the list.")
}

func (f fakeRetention) Due(_ context.Context, _ workflows.PurgeState, from, most int) ([]applicants.DueAnswer, error) {
	return f.due[min(from, len(f.due)):min(from+most, len(f.due))], nil
}

func (f fakeRetention) StartPurge(context.Context, workflows.Actor) error {
	f.steered = append(f.steered, "start")
	return nil
}

func (f fakeRetention) SteerPurge(ctx context.Context, id, how string, _ workflows.Actor) (workflows.PurgeState, error) {
	f.steered = append(f.steered, how)
	return f.Purge(ctx, id)
}

// withPrivacy is a house that has the privacy officer's pages, with more of them.
func withPrivacy(t *testing.T, more ...func(*Console)) (*house, *privacyFakes) {
	t.Helper()
	h, f := newHouse(t), &privacyFakes{}
	h.console.Holds, h.console.Process, h.console.Retention = fakeHolds{f}, fakeProcess{f}, fakeRetention{f}
	for _, add := range more {
		add(h.console)
	}
	mux := http.NewServeMux()
	h.console.site.Routes(mux)
	h.console.Routes(mux)
	server := httptest.NewServer(h.console.site.Handler(mux))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h, f
}

// acted counts what the access log has of a kind.
func (h *house) acted(what access.Kind) int {
	h.Helper()
	page, err := h.console.Access.Read(h.Context(), access.Query{Day: noon, What: what})
	if err != nil {
		h.Fatal(err)
	}
	return len(page.Items)
}

// elsewhere sends a form as another site's page would.
func (d *desk) elsewhere(path string, pairs ...string) *desk {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.url+path, strings.NewReader(form(pairs...).Encode()))
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "cross-site")
	return d.do(req)
}

// TestHoldPages: a hold is set, read and released with a reason each, by those who may and
// from our own page alone; that its reason is read says what for.
func TestHoldPages(t *testing.T) {
	h, f := withPrivacy(t)
	on := casePath(failedID) + "/holds"
	h.desk(identity.RoleRecruiter).get(on).is(http.StatusForbidden)
	h.desk(identity.RoleRecruiter).get(holdsPath).is(http.StatusForbidden)
	d := h.desk(identity.RolePrivacy)
	d.get(holdsPath).is(http.StatusOK).says("None stands", "A hold is set on the applicant's own page")
	d.get(on).says("None stands", "Set a hold").submit().problem("kind-0", "Choose a kind")
	d.submit("kind", "legal").problem("reason", "Enter a reason")
	d.elsewhere(on, "kind", "legal", "reason", "x", "hold", "mine").is(http.StatusForbidden)
	if d.post(on, form("kind", "none such", "reason", "x", "hold", "mine")).is(http.StatusUnprocessableEntity); len(f.holds) != 0 {
		t.Fatalf("%+v", f.holds)
	}
	d.get(on).submit("kind", "legal", "reason", "Doe against Vouchsafe").is(http.StatusOK).says("The hold is set", "stands").silent("Doe against")
	if len(f.holds) != 1 || f.holds[0].Kind != onboarding.HoldLegal || h.acted(access.HoldSet) != 2 { // what was tried stands there too
		t.Fatalf("%+v", f.holds)
	}
	at := on + "/" + f.holds[0].ID
	d.post(at+"/reason", nil).is(http.StatusOK).says("Doe against Vouchsafe", "stands in the applicant's ledger")
	if len(f.opened) != 1 || f.opened[0].Purpose() != identity.ToHold {
		t.Errorf("read for %+v", f.opened)
	}
	auditor := h.desk(identity.RoleAuditor)
	auditor.get(holdsPath).is(http.StatusOK).says("stands").silent("Release this hold")
	auditor.post(at+"/release", form("reason", "x")).is(http.StatusForbidden)
	d.get(on + "/none/release").is(http.StatusNotFound).says("There is no such hold")
	d.get(at+"/release").says("Release this hold?").submit().problem("reason", "Enter a reason")
	d.submit("reason", "The ruling stands").is(http.StatusOK).says("The hold is released", "Released")
	d.get(at + "/release").is(http.StatusConflict).says("released already")
	if h.acted(access.HoldReleased) != 1 {
		t.Error("the release is not on record")
	}
	d.get(holdsPath).says("None stands")
	auditor.get(holdsPath+"?released=yes").says("Released").is(http.StatusOK, `aria-label="Released holds"`)
}

// uploads sends the form of a new case as a browser sends one with a file.
func (d *desk) uploads(file string, pairs ...string) *desk {
	d.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := m.WriteField(pairs[i], pairs[i+1]); err != nil {
			d.Fatal(err)
		}
	}
	if file != "" {
		part, err := m.CreateFormFile("file", file)
		if err == nil {
			_, err = part.Write([]byte("%PDF"))
		}
		if err != nil {
			d.Fatal(err)
		}
	}
	if err := m.Close(); err != nil {
		d.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.Context(), http.MethodPost, d.url+ProcessPath, &body)
	if err != nil {
		d.Fatal(err)
	}
	req.Header.Set("Content-Type", m.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return d.do(req)
}

// TestLegalPages: a case needs its document, scope and reason, and keeps what was typed
// when one is missing; who asked cannot approve.
func TestLegalPages(t *testing.T) {
	h, f := withPrivacy(t)
	h.desk(identity.RoleOps).get(ProcessPath).is(http.StatusForbidden)
	d := h.desk(identity.RolePrivacy)
	d.get(ProcessPath).is(http.StatusOK).says("There is no case yet", "A new case")
	all := []string{"case", "matter-17", "kind", "subpoena", "authority", "Court of Nowhere", "reason", "Rule 45", "applicants", string(failedID)}
	d.uploads("", append(all, "category", "application")...).is(http.StatusUnprocessableEntity, `value="Court of Nowhere"`, `value="matter-17"`, "checked").says("Choose the document")
	d.uploads("paper.pdf", all...).is(http.StatusUnprocessableEntity, `value="Court of Nowhere"`).says("Say which categories")
	d.uploads("paper.pdf", append(all[:4:4], "category", "application")...).is(http.StatusUnprocessableEntity).says("There is a problem")
	if len(f.cases) != 0 {
		t.Fatalf("%+v", f.cases)
	}
	d.uploads("paper.pdf", append(all, "category", "application")...).is(http.StatusOK).says("Court of Nowhere", "paper.pdf", "somebody else must approve it")
	at := ProcessPath + "/matter-17"
	auditor := h.desk(identity.RoleAuditor)
	auditor.get(at).is(http.StatusOK, "Court of Nowhere").silent("Approve it")
	auditor.post(at+"/rule", form("do", "approve", "reason", "x")).is(http.StatusForbidden)
	other := h.desk(identity.RolePrivacy)
	other.get(at).is(http.StatusOK, `value="approve"`)
	other.elsewhere(at+"/rule", "do", "approve", "reason", "x").is(http.StatusForbidden)
	if other.post(at+"/rule", form("do", "approve", "reason", " ")).problem("reason", "Enter a reason"); len(f.ruled) != 0 {
		t.Fatalf("ruled: %v", f.ruled)
	}
	other.post(at+"/rule", form("do", "approve", "reason", "Read it")).is(http.StatusOK).says("Approved", "Read it")
	other.get(ProcessPath + "/none").is(http.StatusNotFound)
	if h.acted(access.ProcessAsked) < 1 || h.acted(access.ProcessRuled) != 1 {
		t.Error("what was asked and ruled is not on record")
	}
}

// TestRetentionPages: a purge's report says what is due of whom by which rule, page by
// page; it is steered by those who may.
func TestRetentionPages(t *testing.T) {
	h, f := withPrivacy(t)
	f.purges = []workflows.PurgeState{{ID: "20261124-120000000-00000000", Begun: noon, Gathered: true}}
	f.purges[0].Found.Total = dueShown + 1
	f.purges[0].Found.Counts = []workflows.PurgeCount{{Program: "support-basics", Category: onboarding.KeptApplication, Due: dueShown + 1}}
	for range dueShown + 1 {
		f.due = append(f.due, applicants.DueAnswer{})
	}
	for i := range f.due {
		f.due[i].Applicant, f.due[i].Category, f.due[i].Rule, f.due[i].Due = failedID, onboarding.KeptApplication, "15 USC 1681p", noon
	}
	h.desk(identity.RoleRecruiter).get(retentionPath).is(http.StatusForbidden)
	auditor := h.desk(identity.RoleAuditor)
	auditor.get(retentionPath).is(http.StatusOK).says("How long each category is kept").silent("Find what is due now")
	at := retentionPath + "/" + f.purges[0].ID
	auditor.get(at).is(http.StatusOK).says("15 USC 1681p", "1 to 200 of 201", "The next ones").silent("Approve")
	auditor.get(at + "?from=200").says("201 to 201 of 201").silent("The next ones")
	auditor.get(at + "?from=nonsense").is(http.StatusOK)
	auditor.post(at+"/approve", nil).is(http.StatusForbidden)
	d := h.desk(identity.RolePrivacy)
	d.elsewhere(at + "/approve").is(http.StatusForbidden)
	d.get(retentionPath + "/none").is(http.StatusNotFound).says("There is no such purge")
	d.post(retentionPath, nil).is(http.StatusOK).says("What is due is being found")
	d.post(at+"/pause", nil).is(http.StatusOK).says("The purge is paused")
	d.post(at+"/approve", nil).is(http.StatusOK).says("The purge acts now")
	if !slices.Equal(f.steered, []string{"start", workflows.UpdatePausePurge, workflows.UpdateApprovePurge}) || h.acted(access.PurgeApproved) != 1 {
		t.Errorf("%v", f.steered)
	}
}
