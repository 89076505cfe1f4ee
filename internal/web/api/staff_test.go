package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web/api"
	"github.com/vouchsafe/vouchsafe/workflows"
)

var _ api.Desk = (*applicants.Service)(nil)

func (f *fake) Found(_ context.Context, id onboarding.ApplicantID, check onboarding.CheckName, as identity.Reading) (applicants.Found, error) {
	return applicants.Found{Check: onboarding.Check{Name: check, Vendor: "ofac", Round: 2, Findings: []onboarding.Finding{{Code: "name_match", Verdict: onboarding.VerdictConsider, Source: onboarding.SourceOwn}}},
		Given: []applicants.Given{{What: "Name", Value: canaryName}}, Compared: &applicants.Compared{Candidates: []applicants.ComparedCandidate{{ID: "36", Name: "Viktor Sandboxov", Over: true, Total: 0.97,
			Rows: []applicants.ComparedRow{{What: "Name", Given: canaryName, Listed: "Viktor"}}}}}}, f.act(id, "look at %s by %s", check, as.Actor())
}

func (f *fake) Notes(_ context.Context, id onboarding.ApplicantID, as identity.Reading) ([]applicants.Note, error) {
	return []applicants.Note{{Number: 7, At: noon, Actor: "staff:recruiter:1", Words: "Call after six."}}, f.act(id, "read notes by %s", as.Actor())
}

func (f *fake) WriteNote(_ context.Context, id onboarding.ApplicantID, words string, corrects uint64, _ string, by workflows.Actor) error {
	return f.act(id, "note %q %d by %s", words, corrects, by)
}

func (f *fake) Documents(_ context.Context, id onboarding.ApplicantID) ([]applicants.Document, error) {
	return []applicants.Document{{Name: "letter/31", Kind: applicants.DocumentLetter, Title: "Letter: the offer", At: noon}}, f.act(id, "list documents")
}

func (f *fake) OpenDocument(_ context.Context, id onboarding.ApplicantID, name string, _ []onboarding.Field, as identity.Reading) (applicants.Opened, error) {
	return applicants.Opened{MediaType: "text/plain", File: "letter-31.txt", Body: []byte("Dear Quinn")}, f.act(id, "open %s %s by %s", name, as.Purpose(), as.Actor())
}

func (f *fake) Assign(_ context.Context, id onboarding.ApplicantID, recruiter, was string, by workflows.Actor) error {
	return f.act(id, "assign %s, was %q, by %s", recruiter, was, by)
}

func (f *fake) AllowProof(_ context.Context, id onboarding.ApplicantID, reason string, by workflows.Actor) error {
	return f.act(id, "allow proof %q by %s", reason, by)
}

func (f *fake) AnswerData(_ context.Context, id onboarding.ApplicantID, kind workflows.DataKind, answer, reason string, by workflows.Actor) error {
	return f.act(id, "%s %s %q by %s", kind, answer, reason, by)
}

func (f *fake) Counts(context.Context) (map[onboarding.Stage]int, map[onboarding.Attention]int, error) {
	return map[onboarding.Stage]int{onboarding.StageVetting: 3}, map[onboarding.Attention]int{onboarding.AttentionOps: 1}, f.fail
}

func (f *fake) Bulks(context.Context, int) ([]applicants.BulkLine, error) {
	return []applicants.BulkLine{{ID: "r1", Running: true}}, f.fail
}

// TestDesk: what staff do in the console is done by the API, in the key's name.
func TestDesk(t *testing.T) {
	f := serve(t, nil)
	id := string(f.service.add(nil))
	at := "/api/v1/applications/" + id
	for _, tt := range []struct{ method, path, body, did, says string }{
		{"GET", at + "/checks/sanctions/findings", "", "look at sanctions by api:umbria", "Viktor Sandboxov"},
		{"GET", at + "/documents", "", "list documents", "letter/31"},
		{"POST", at + "/documents/open", `{"document":"letter/31","why":"to prove what was done"}`, "open letter/31 to prove what was done by api:umbria", "RGVhciBRdWlubg=="},
		{"GET", at + "/notes", "", "read notes by api:umbria", "Call after six."},
		{"POST", at + "/notes", `{"words":"Called.","corrects":7}`, `note "Called." 7 by api:umbria`, id},
		{"POST", at + "/recruiter", `{"recruiter":"0a1b2c3d","was":"9f"}`, `assign 0a1b2c3d, was "9f", by api:umbria`, id},
		{"POST", at + "/proof", `{"reason":"Called the number."}`, `allow proof "Called the number." by api:umbria`, id},
		{"POST", at + "/data-request", `{"kind":"erasure","answer":"refused","words":"We must keep it."}`, fmt.Sprintf(`%s refused "We must keep it." by api:umbria`, workflows.DataErasure), id},
	} {
		f.service.did = nil
		a := f.send(tt.method, tt.path, tt.body, "Authorization", "Bearer "+umbria)
		if a.status != http.StatusOK || !slices.Contains(f.service.did, tt.did) || !strings.Contains(a.body, tt.says) {
			t.Errorf("%s %s: %d %.300s, did %q, want %q", tt.method, tt.path, a.status, a.body, f.service.did, tt.did)
		}
	}
	if a := f.send("GET", "/api/v1/counts", ""); a.body != `{"stages":{"vetting":3},"attentions":{"ops":1}}`+"\n" {
		t.Errorf("%s", a.body)
	}
	if a := f.send("GET", "/api/v1/runs", ""); a.body != `{"items":[{"id":"r1","running":true}]}`+"\n" {
		t.Errorf("%s", a.body)
	}
	for _, wrong := range []struct{ path, body string }{{"/documents/open", `{"document":"letter/31","why":"curious"}`}, {"/notes", `{"words":""}`}, {"/proof", `{}`}, {"/data-request", `{"kind":"move","answer":"answered","words":"x"}`}} {
		wantProblem(t, f.send("POST", at+wrong.path, wrong.body), http.StatusUnprocessableEntity)
	}
	wantProblem(t, f.send("POST", at+"/documents/open", `{"document":"tax/1","why":"to prove what was done"}`), http.StatusConflict)
}

// TestOpenWhatTheKeyIsNotFor: each kind of document has an action of its own, and what
// was opened is not kept with the answers.
func TestOpenWhatTheKeyIsNotFor(t *testing.T) {
	f := serve(t, func(c *api.Config) {
		c.Keys = one{identity.NewKey("acme", []identity.Action{identity.ViewCase, identity.OpenLetter, identity.OpenWrittenChecks}, nil)}
	})
	at := "/api/v1/applications/" + string(f.service.add(nil)) + "/documents/open"
	for _, other := range []string{"report/background", "written-decisions", "written-requirements"} {
		wantProblem(t, f.send("POST", at, `{"document":"`+other+`","why":"to weigh what was found"}`), http.StatusForbidden)
	}
	wantProblem(t, f.send("POST", at, `{"document":"written","why":"to weigh what was found"}`), http.StatusConflict)
	if len(f.service.did) > 0 {
		t.Errorf("did %q", f.service.did)
	}
	if a := f.send("POST", at, `{"document":"letter/31","why":"to prove what was done"}`, "Idempotency-Key", "k"); a.status != http.StatusOK || len(f.objects.Held()) != 0 {
		t.Errorf("%d %s, kept %v", a.status, a.body, f.objects.Held())
	}
	if a := f.send("POST", at, `{"document":"written-checks","why":"to prove what was done"}`); a.status != http.StatusOK || !strings.HasPrefix(f.service.did[len(f.service.did)-1], "open written-checks ") {
		t.Errorf("%d %s, did %q", a.status, a.body, f.service.did)
	}
}
