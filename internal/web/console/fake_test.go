package console

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const (
	failedID    = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000a") // waits for ops
	reviewID    = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000b") // waits for a reviewer
	certifiedID = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000c")
	unknownID   = onboarding.ApplicantID("019ab3c0-0000-7000-8000-00000000000d")
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// deedDone is one thing that staff did, as the service heard of it.
type deedDone struct {
	what, check, words string
	id                 onboarding.ApplicantID
	round              int
	by                 workflows.Actor
}

// fake is the service with its state in memory, and the rules that pages lean on.
type fake struct {
	mu      sync.Mutex
	cases   map[onboarding.ApplicantID]*workflows.StaffView
	deeds   []deedDone
	filters []applicants.Filter
	fail    error // given by every call, when set
}

func newFake() *fake {
	view := func(id onboarding.ApplicantID, st onboarding.Stage, a onboarding.Attention, checks ...onboarding.Check) *workflows.StaffView {
		return &workflows.StaffView{Applicant: id, Program: "support-basics", Version: "1", Stage: st, Attention: a, Checks: checks,
			Wait: workflows.Wait{For: "somebody", Since: noon}}
	}
	f := &fake{cases: map[onboarding.ApplicantID]*workflows.StaffView{
		failedID: view(failedID, onboarding.StageValidation, onboarding.AttentionOps,
			onboarding.Check{Name: onboarding.CheckEmail, Vendor: "kickbox", Status: onboarding.StatusFailed, Round: 2, Problem: string(onboarding.CodeVendorDown), Since: noon},
			onboarding.Check{Name: onboarding.CheckPhone, Vendor: "twilio", Status: onboarding.StatusPassed, Round: 1, Since: noon}),
		reviewID: view(reviewID, onboarding.StageVetting, onboarding.AttentionReviewer,
			onboarding.Check{Name: onboarding.CheckBackground, Vendor: "findly", Status: onboarding.StatusFlagged, Round: 1, Since: noon,
				Findings: []onboarding.Finding{{Code: "criminal_record", Severity: "felony", AgeYears: 1}}}),
		certifiedID: view(certifiedID, onboarding.StageCertified, onboarding.AttentionNone),
	}}
	f.cases[reviewID].Review = true
	f.cases[reviewID].Ruling = onboarding.Decision{Ruling: onboarding.RulingReview, Reasons: []onboarding.Reason{{Rule: "adjudication/1", Says: "a felony needs a person", Cites: "15 USC 1681b"}}}
	f.cases[certifiedID].Credential = workflows.CredentialLine{ID: "c1", Issued: noon}
	return f
}

func (f *fake) List(_ context.Context, q applicants.Filter) (applicants.Page, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.filters = append(f.filters, q)
	if f.fail != nil {
		return applicants.Page{}, f.fail
	}
	if q.Stage != "" && !q.Stage.Known() {
		return applicants.Page{}, onboarding.Invalid("stage", "There is no such stage.", "Choose one of the list.")
	}
	var p applicants.Page
	for _, v := range f.cases {
		l := applicants.Line{ID: v.Applicant, Program: v.Program, Stage: v.Stage, Attention: v.Attention, StartedAt: noon, Failed: []string{}}
		for _, k := range v.Checks {
			if k.Status == onboarding.StatusFailed && (q.Vendor == "" || q.Vendor == k.Vendor) {
				l.Failed = append(l.Failed, string(k.Name))
			}
		}
		if (q.Stage == "" || q.Stage == v.Stage) && (q.Attention == "" || q.Attention == v.Attention) && (!q.Failed || len(l.Failed) > 0) {
			p.Items = append(p.Items, l)
		}
	}
	if q.Cursor == "" && q.Stage == "" && !q.Failed {
		p.NextCursor = "next"
	}
	return p, nil
}

func (f *fake) Counts(context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error) {
	stages, waits := map[onboarding.Stage]int{}, map[onboarding.Attention]int{}
	for _, v := range f.cases {
		stages[v.Stage]++
		waits[v.Attention]++
	}
	return stages, waits, f.fail
}

func (f *fake) FailedCounts(context.Context) ([]applicants.FailedCount, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, v := range f.cases {
		for _, k := range v.Checks {
			if k.Status == onboarding.StatusFailed {
				n++
			}
		}
	}
	if n == 0 {
		return nil, f.fail
	}
	return []applicants.FailedCount{{Check: onboarding.CheckEmail, Vendor: "kickbox", Count: n}}, f.fail
}

func (f *fake) StaffView(_ context.Context, id onboarding.ApplicantID) (workflows.StaffView, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return workflows.StaffView{}, f.fail
	}
	if v, ok := f.cases[id]; ok {
		return *v, nil
	}
	return workflows.StaffView{}, &onboarding.Error{Code: onboarding.CodeUnknownApplicant, Message: "There is no such applicant.", Hint: "Check the ID."}
}

func (f *fake) Timeline(_ context.Context, id onboarding.ApplicantID) ([]applicants.Event, error) {
	return []applicants.Event{
		{Record: ledger.Record{Seq: 1, At: noon, Applicant: id, Actor: "system"}, Says: "The application was begun."},
		{Record: ledger.Record{Seq: 2, At: noon, Applicant: id, Actor: "staff:ops:1"}, Says: "A check was retried.", Words: "words of a person"},
	}, f.fail
}

func (f *fake) VerifyLedger(_ context.Context, id onboarding.ApplicantID) (ledger.Report, error) {
	r := ledger.Report{Applicant: id, Pages: 1, Records: 2, Head: "abc"}
	if id == reviewID {
		r.Faults = []ledger.Fault{{Page: 1, Seq: 2, What: "altered"}}
	}
	return r, f.fail
}

func (f *fake) did(d deedDone, now func(*workflows.StaffView) bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	if v, ok := f.cases[d.id]; !ok || !now(v) {
		return &onboarding.Error{Code: onboarding.CodeNotNow, Message: "Somebody was faster.", Hint: "Look at the page again."}
	}
	f.deeds = append(f.deeds, d)
	return nil
}

func settle(name onboarding.CheckName, round int, to onboarding.CheckStatus) func(*workflows.StaffView) bool {
	return func(v *workflows.StaffView) bool {
		for i, k := range v.Checks {
			if k.Name == name && k.Status == onboarding.StatusFailed && (round == 0 || k.Round == round) {
				v.Checks[i].Status = to
				return true
			}
		}
		return false
	}
}

func (f *fake) Retry(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, round int, reason string, by workflows.Actor) error {
	return f.did(deedDone{"retry", string(check), reason, id, round, by}, settle(check, round, onboarding.StatusRunning))
}

func (f *fake) RetryAll(ctx context.Context, _ applicants.Filter, reason string, by workflows.Actor, progress func(int, int, onboarding.ApplicantID, error)) (int, int, error) {
	err := f.Retry(ctx, failedID, onboarding.CheckEmail, 0, reason, by)
	progress(1, 2, failedID, err)
	progress(2, 2, reviewID, errors.New("the inside of the house"))
	return 1, 1, nil
}

func (f *fake) Waive(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, reason string, by workflows.Actor) error {
	return f.did(deedDone{"waive", string(check), reason, id, 0, by}, settle(check, 0, onboarding.StatusWaived))
}

func (f *fake) Decide(_ context.Context, id onboarding.ApplicantID, ruling onboarding.Ruling, reason string, by workflows.Actor) error {
	return f.did(deedDone{"decide " + string(ruling), "", reason, id, 0, by}, func(v *workflows.StaffView) bool { was := v.Review; v.Review = false; return was })
}

func (f *fake) Revoke(_ context.Context, id onboarding.ApplicantID, reason string, by workflows.Actor) error {
	return f.did(deedDone{"revoke", "", reason, id, 0, by}, func(v *workflows.StaffView) bool { return v.Stage == onboarding.StageCertified })
}

type programs struct{}

func (programs) All() []program.Program {
	return []program.Program{{ID: "support-basics", Title: "Support <b>Basics</b>"}}
}

type gcm struct{ cipher.AEAD }

func (g gcm) SystemSeal(name string, p []byte) ([]byte, error) {
	return g.Seal(nil, nil, p, []byte(name)), nil
}

func (g gcm) SystemOpen(name string, s []byte) ([]byte, error) {
	return g.Open(nil, nil, s, []byte(name))
}

// once remembers which links were used.
type once struct{ used sync.Map }

var errUsed = errors.New("used")

func (o *once) PutIf(_ context.Context, key string, _ []byte, _ string) (string, error) {
	if _, was := o.used.LoadOrStore(key, true); was {
		return "", errUsed
	}
	return "1", nil
}

func (o *once) IsConflict(err error) bool { return errors.Is(err, errUsed) }

// house is the console on a port.
type house struct {
	*testing.T
	fake    *fake
	links   *identity.StaffLinks
	console *Console
	url     string
}

func newHouse(t *testing.T) *house {
	t.Helper()
	block, err := aes.NewCipher([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon.Add(5 * time.Minute) }
	h := &house{T: t, fake: newFake(), links: identity.NewStaffLinks(gcm{aead}, &once{}, now)}
	site, err := web.New(web.Config{Sealer: gcm{aead}, Loopback: true, Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	h.console, err = New(Config{Site: site, Service: h.fake, Programs: programs{}, Links: h.links, TemporalUI: "http://127.0.0.1:8233", Namespace: "vouchsafe"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	site.Routes(mux)
	h.console.Routes(mux)
	server := httptest.NewServer(site.Handler(mux))
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// desk is a browser without JavaScript, of somebody in a role.
type desk struct {
	*house
	client *http.Client
	status int
	path   string
	body   string
}

func (h *house) desk(role identity.Role) *desk {
	h.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		h.Fatal(err)
	}
	d := &desk{house: h, client: &http.Client{Jar: jar}}
	if role == "" {
		return d
	}
	token, err := h.links.Mint(role, time.Hour)
	if err != nil {
		h.Fatal(err)
	}
	return d.post("/console/sign-in/"+token, nil).is(http.StatusOK, "Applicants")
}

func (d *desk) get(path string) *desk { return d.send(http.MethodGet, path, nil) }

func (d *desk) post(path string, form url.Values) *desk { return d.send(http.MethodPost, path, form) }

func (d *desk) send(method, path string, form url.Values) *desk {
	d.Helper()
	req, err := http.NewRequestWithContext(d.Context(), method, d.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := d.client.Do(req)
	if err != nil {
		d.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.Fatal(err)
	}
	d.status, d.path, d.body = resp.StatusCode, resp.Request.URL.RequestURI(), string(body)
	return d
}

// is holds the last answer to a status and to words on the page.
func (d *desk) is(status int, words ...string) *desk {
	d.Helper()
	if d.status != status {
		d.Errorf("%s: %d, not %d", d.path, d.status, status)
	}
	for _, w := range words {
		if !strings.Contains(d.body, w) {
			d.Errorf("%s does not say %q:\n%s", d.path, w, d.body)
		}
	}
	return d
}

// silent holds the last answer to saying none of these.
func (d *desk) silent(words ...string) *desk {
	d.Helper()
	for _, w := range words {
		if strings.Contains(d.body, w) {
			d.Errorf("%s says %q", d.path, w)
		}
	}
	return d
}

func form(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

func markOf(round int) string { return fmt.Sprintf("%s/email/%d", failedID, round) }
