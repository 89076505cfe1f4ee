package portal

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// fake is the service with its state in memory: enough of it that a whole
// application can be walked. It keeps the rules that pages lean on.
type fake struct {
	mu       sync.Mutex
	now      func() time.Time
	links    *identity.Links
	programs []program.Program
	cases    map[onboarding.ApplicantID]*fakeCase
	byEmail  map[string]onboarding.ApplicantID
	seq      int
	outbox   []string         // tokens of the links that were sent
	calls    map[string]int   // by method
	failWith map[string]error // by method, once
	asked    []applicants.ConsentRequest
	began    []applicants.BeginRequest
	answered []applicants.Answer
	from     []applicants.Origin // of those who handed in
	page     string              // the vendor's
	written  applicants.Assessment
	signed   []string
	wishes   []string       // of those who asked for another way
	answer   string         // to them
	full     map[int64]bool // appointments that are taken, in seconds
	wrong    int            // answers of those who had to prove an address
	data     fakeData
}

type fakeCase struct {
	view    workflows.ApplicantView
	profile onboarding.Profile
	version int
	tax     applicants.TaxDraft
	given   []applicants.TaxForm // handed in
}

func newFake(now func() time.Time, links *identity.Links, programs []program.Program) *fake {
	return &fake{now: now, links: links, programs: programs, cases: map[onboarding.ApplicantID]*fakeCase{},
		byEmail: map[string]onboarding.ApplicantID{}, calls: map[string]int{}, failWith: map[string]error{}}
}

// enter counts a call and gives the error that a test has asked for.
func (f *fake) enter(method string) error {
	f.calls[method]++
	err := f.failWith[method]
	delete(f.failWith, method)
	return err
}

func (f *fake) find(id onboarding.ApplicantID) (*fakeCase, error) {
	c, ok := f.cases[id]
	if !ok {
		return nil, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no applicant with that ID.", Hint: "Check the ID."}
	}
	return c, nil
}

func (f *fake) open(method string, id onboarding.ApplicantID) (*fakeCase, func(), error) {
	f.mu.Lock()
	err := f.enter(method)
	var c *fakeCase
	if err == nil {
		c, err = f.find(id)
	}
	if err != nil {
		f.mu.Unlock()
		return nil, nil, err
	}
	return c, f.mu.Unlock, nil
}

func notNow() error {
	return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "This cannot be done now.", Hint: "Look at its status."}
}

func (f *fake) Begin(_ context.Context, req applicants.BeginRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.enter("Begin"); err != nil {
		return err
	}
	if !strings.Contains(req.Email, "@") {
		return onboarding.Invalid("e-mail", "This is not an e-mail address.", "Write it like name@example.com.")
	}
	f.began = append(f.began, req)
	id, ok := f.byEmail[req.Email+req.Program]
	if !ok {
		f.seq++
		id = fakeID(f.seq)
		f.byEmail[req.Email+req.Program] = id
		f.cases[id] = &fakeCase{profile: onboarding.Profile{onboarding.FieldEmail: req.Email},
			view: workflows.ApplicantView{Applicant: id, Program: req.Program, Stage: onboarding.StageSignup, Attention: onboarding.AttentionApplicant,
				Consents: []workflows.ConsentLine{{Purpose: consent.PurposeAccount, Kind: consent.KindPrivacy, GivenAt: f.now()}}}}
	}
	return f.send(id)
}

func fakeID(n int) onboarding.ApplicantID {
	return onboarding.ApplicantID(fmt.Sprintf("0198c0de-0000-7000-8000-%012d", n))
}

func (f *fake) send(id onboarding.ApplicantID) error {
	token, err := f.links.Mint(id, identity.LinkTTL)
	f.outbox = append(f.outbox, token)
	return err
}

func (f *fake) View(_ context.Context, id onboarding.ApplicantID) (workflows.ApplicantView, error) {
	c, done, err := f.open("View", id)
	if err != nil {
		return workflows.ApplicantView{}, err
	}
	defer done()
	v := c.view
	v.Consents = append([]workflows.ConsentLine(nil), v.Consents...)
	v.Required = f.required(c)
	return v, nil
}

func (f *fake) Draft(_ context.Context, id onboarding.ApplicantID) (applicants.Draft, error) {
	c, done, err := f.open("Draft", id)
	if err != nil {
		return applicants.Draft{}, err
	}
	defer done()
	return applicants.Draft{Profile: maps.Clone(c.profile), Tag: fmt.Sprint("tag-", c.version)}, nil
}

func (f *fake) SaveDraft(_ context.Context, id onboarding.ApplicantID, d applicants.Draft) (string, error) {
	c, done, err := f.open("SaveDraft", id)
	if err != nil {
		return "", err
	}
	defer done()
	if c.view.Stage != onboarding.StageSignup {
		return "", notNow()
	}
	if d.Tag != fmt.Sprint("tag-", c.version) {
		return "", &onboarding.Error{Code: onboarding.CodeConflict, Message: "Another has saved."}
	}
	c.profile, c.version = maps.Clone(d.Profile), c.version+1
	return fmt.Sprint("tag-", c.version), nil
}

func (f *fake) GiveConsent(_ context.Context, id onboarding.ApplicantID, req applicants.ConsentRequest) error {
	c, done, err := f.open("GiveConsent", id)
	if err != nil {
		return err
	}
	defer done()
	n, err := consent.CurrentNotice(req.Purpose, req.Kind, req.Language)
	if err != nil || n.SHA256 != req.SHA256 {
		return onboarding.Invalid("consent", "The text is another.", "Read it again.")
	}
	f.asked = append(f.asked, req)
	c.view.Renewal.Reconsent = slices.DeleteFunc(c.view.Renewal.Reconsent, func(n workflows.ConsentNeed) bool { return n.Purpose == req.Purpose && n.Kind == req.Kind })
	c.view.Consents = append(c.view.Consents, workflows.ConsentLine{Receipt: fmt.Sprint("r", len(f.asked)), Purpose: req.Purpose, Kind: req.Kind,
		Notice: n.Ref(), GivenAt: f.now(), ShownAt: req.ShownAt, Method: "button"})
	return nil
}

func (f *fake) Submit(_ context.Context, id onboarding.ApplicantID, from applicants.Origin) error {
	c, done, err := f.open("Submit", id)
	if err != nil {
		return err
	}
	defer done()
	if c.view.Stage != onboarding.StageSignup {
		return notNow()
	}
	c.view.Stage, c.view.Attention, c.view.Submitted = onboarding.StageValidation, onboarding.AttentionNone, f.now()
	f.from = append(f.from, from)
	c.view.Profile = onboarding.ProfileKey(id, 1)
	c.view.Wait = workflows.Wait{For: "ops to retry or waive: email", Since: f.now()}
	for _, name := range onboarding.CheckNames() {
		status := onboarding.StatusRunning
		if name == onboarding.CheckBackground {
			status = onboarding.StatusPending
		}
		c.view.Checks = append(c.view.Checks, workflows.ApplicantCheck{Name: name, Vendor: "findly", Status: status, Since: f.now()})
	}
	return nil
}

func (f *fake) SetLanguage(_ context.Context, id onboarding.ApplicantID, tag string) error {
	c, done, err := f.open("SetLanguage", id)
	if err != nil {
		return err
	}
	defer done()
	c.view.Language = tag
	return nil
}

func (f *fake) SendLink(_ context.Context, id onboarding.ApplicantID) error {
	_, done, err := f.open("SendLink", id)
	if err != nil {
		return err
	}
	defer done()
	return f.send(id)
}

func (f *fake) Correctable(_ context.Context, id onboarding.ApplicantID) (onboarding.Profile, error) {
	c, done, err := f.open("Correctable", id)
	if err != nil {
		return nil, err
	}
	defer done()
	return c.profile.Only(c.view.Editable...), nil
}

func (f *fake) Correct(_ context.Context, id onboarding.ApplicantID, changes onboarding.Profile, _ workflows.Actor) error {
	c, done, err := f.open("Correct", id)
	if err != nil {
		return err
	}
	defer done()
	changed := false
	for field, value := range changes {
		if c.profile[field] == value {
			continue
		}
		if !slices.Contains(c.view.Editable, field) {
			return notNow()
		}
		changed = true
	}
	if !changed {
		return onboarding.Invalid("profile", "You have changed nothing.", "Change what is wrong.")
	}
	if email, ok := changes[onboarding.FieldEmail]; ok && email != c.profile[onboarding.FieldEmail] {
		c.view.Unproved, c.view.ContactSince, f.wrong = true, f.now(), 0
		if err := f.send(id); err != nil {
			return err
		}
	}
	maps.Copy(c.profile, changes)
	c.version++
	c.view.Profile, c.view.Correctable, c.view.Editable = onboarding.ProfileKey(id, c.version+1), nil, nil
	return nil
}

func (f *fake) ProveContact(_ context.Context, id onboarding.ApplicantID, dateOfBirth string) error {
	c, done, err := f.open("ProveContact", id)
	if err != nil {
		return err
	}
	defer done()
	switch {
	case !c.view.Unproved:
		return notNow()
	case f.wrong >= 5:
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "The question was answered wrongly too often.", Hint: "Write to us: a person will help."}
	case c.profile[onboarding.FieldDateOfBirth] != dateOfBirth:
		f.wrong++
		return onboarding.Invalid("date of birth", "That is not the date of birth of this application.", "Enter it as you gave it when you applied.")
	}
	c.view.Unproved = false
	return nil
}

func (f *fake) VendorPage(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName) (string, error) {
	c, done, err := f.open("VendorPage", id)
	if err != nil {
		return "", err
	}
	defer done()
	if !slices.ContainsFunc(c.view.Checks, func(k workflows.ApplicantCheck) bool { return k.Name == check && k.Yours }) {
		return "", notNow()
	}
	return f.page, nil
}

func (f *fake) Assessment(_ context.Context, id onboarding.ApplicantID) (applicants.Assessment, bool, error) {
	_, done, err := f.open("Assessment", id)
	if err != nil {
		return applicants.Assessment{}, false, err
	}
	defer done()
	return f.written, f.written.Title != "", nil
}

func (f *fake) Dispute(_ context.Context, id onboarding.ApplicantID, a applicants.Answer) error {
	c, done, err := f.open("Dispute", id)
	if err != nil {
		return err
	}
	defer done()
	adverse := &c.view.Adverse
	first, more := answering(c.view)
	switch {
	case more:
		adverse.Reinvestigation.Extended = true
	case !first:
		return notNow()
	}
	if f.data.refuseFiles != nil && len(a.Files) > 0 {
		return f.data.refuseFiles
	}
	f.answered = append(f.answered, a)
	if first {
		adverse.Disputed, adverse.Answer, adverse.AnsweredAt = true, a.Kind, f.now()
	}
	return nil
}

func (f *fake) Details(_ context.Context, id onboarding.ApplicantID) (onboarding.Profile, error) {
	c, done, err := f.open("Details", id)
	if err != nil {
		return nil, err
	}
	defer done()
	return maps.Clone(c.profile), nil
}

func (f *fake) ConfirmRenewal(_ context.Context, id onboarding.ApplicantID, _ workflows.Actor) error {
	c, done, err := f.open("ConfirmRenewal", id)
	if err != nil {
		return err
	}
	defer done()
	if !renewable(c.view) {
		return notNow()
	}
	if len(c.view.Renewal.Reconsent) > 0 {
		return onboarding.Invalid("consent", "The text of something that you agreed to has changed.", "Read it first.")
	}
	c.view.Renewal.Confirmed = f.now()
	return nil
}

func (f *fake) ShowName(_ context.Context, id onboarding.ApplicantID, req applicants.ConsentRequest, _ workflows.Actor) error {
	c, done, err := f.open("ShowName", id)
	if err != nil {
		return err
	}
	defer done()
	f.asked = append(f.asked, req)
	c.view.Credential.Shown = true
	return nil
}

func (f *fake) HideName(_ context.Context, id onboarding.ApplicantID, _ workflows.Actor) error {
	c, done, err := f.open("HideName", id)
	if err != nil {
		return err
	}
	defer done()
	c.view.Credential.Shown = false
	return nil
}

func (f *fake) Withdraw(_ context.Context, id onboarding.ApplicantID, _ workflows.Actor) error {
	c, done, err := f.open("Withdraw", id)
	if err != nil {
		return err
	}
	defer done()
	c.view.Stage, c.view.Attention = onboarding.StageWithdrawn, onboarding.AttentionNone
	return nil
}

func (f *fake) WithdrawConsent(_ context.Context, id onboarding.ApplicantID, purpose consent.PurposeID, _ workflows.Actor) error {
	c, done, err := f.open("WithdrawConsent", id)
	if err != nil {
		return err
	}
	defer done()
	for i := range c.view.Consents {
		if c.view.Consents[i].Purpose == purpose {
			c.view.Consents[i].Withdrawn = f.now()
		}
	}
	if c.view.Stage.Open() {
		c.view.Stage = onboarding.StageWithdrawn
	}
	return nil
}

func (f *fake) RefuseUnderAge(_ context.Context, id onboarding.ApplicantID) error {
	_, done, err := f.open("RefuseUnderAge", id)
	if err != nil {
		return err
	}
	defer done()
	delete(f.cases, id)
	return nil
}

// fakeCertificates knows one certificate a case.
type fakeCertificates struct {
	f       *fake
	state   CredentialState
	name    string
	revoked time.Time
}

func (c *fakeCertificates) Status(_ context.Context, id string) (CredentialStatus, error) {
	owner, ok := strings.CutPrefix(id, "cert-")
	if _, err := c.f.find(onboarding.ApplicantID(owner)); !ok || err != nil {
		return CredentialStatus{}, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such certificate."}
	}
	return CredentialStatus{State: c.state, Program: "Support line", Achievement: "Certified agent", Issued: c.f.now(), Expires: c.f.now().AddDate(1, 0, 0), Name: c.name, Revoked: c.revoked}, nil
}

func (c *fakeCertificates) PDF(_ context.Context, id onboarding.ApplicantID, credential string) ([]byte, error) {
	return c.document("%PDF-1.7 ", id, credential)
}

func (c *fakeCertificates) JWT(_ context.Context, id onboarding.ApplicantID, credential string) ([]byte, error) {
	return c.document("eyJ", id, credential)
}

func (c *fakeCertificates) document(head string, id onboarding.ApplicantID, credential string) ([]byte, error) {
	if credential != "cert-"+string(id) {
		return nil, &onboarding.Error{Code: onboarding.CodeNotAllowed, Message: "This is another's."}
	}
	return []byte(head + credential), nil
}

// testReport is what an agency found, with words that must not become markup.
var testReport = applicants.ReportCopy{
	Agency: program.Agency{Name: "Findly", Address: "1 Example Plaza, Salem, OR 97301", Phone: "+1 503 555 0100"},
	Contents: onboarding.Report{Reference: "ord_1", Searches: []onboarding.Search{
		{Type: "county_criminal", Status: "complete", Result: "consider", Entries: []onboarding.Entry{{ID: "rec_1", Kind: "criminal", Severity: "misdemeanor",
			Disposition: "guilty", DisposedOn: "2023-11-01", Court: "Example <b>County</b> Court", CaseNumber: "CR-1", Source: "public_record"},
			{ID: "rec_2", Kind: "criminal", Severity: "infraction", Disposition: "dismissed", DisposedOn: "2024-02-01", Court: "Example City Court", CaseNumber: "CR-2", Source: "public_record"}}},
		{Type: "sex_offender", Status: "canceled", Why: "court_closed"}}},
	Raw:   []byte(`{"order_id":"ord_1"}`),
	Rests: map[string]bool{"rec_1": true},
}

func (f *fake) Report(_ context.Context, id onboarding.ApplicantID) (applicants.ReportCopy, error) {
	if err := f.enter("Report"); err != nil {
		return applicants.ReportCopy{}, err
	}
	if !f.cases[id].view.Report {
		return applicants.ReportCopy{}, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no report.", Hint: "Wait."}
	}
	return testReport, nil
}
