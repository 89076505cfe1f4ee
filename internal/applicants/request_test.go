package applicants

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// requestEngine is the engine with data requests that run in it.
type requestEngine struct {
	*engine
	views  map[string]workflows.RequestView // by workflow
	proofs []bool                           // that were counted
	began  []workflows.DataRequestIn
}

func (e *requestEngine) ListWorkflow(context.Context, *workflowservice.ListWorkflowExecutionsRequest) (*workflowservice.ListWorkflowExecutionsResponse, error) {
	return &workflowservice.ListWorkflowExecutionsResponse{}, nil
}

func (e *requestEngine) ExecuteWorkflow(_ context.Context, _ client.StartWorkflowOptions, _ any, args ...any) (client.WorkflowRun, error) {
	e.began = append(e.began, args[0].(workflows.DataRequestIn))
	return nil, nil //nolint:nilnil // nobody waits for it
}

func (e *requestEngine) QueryWorkflow(ctx context.Context, id, run, name string, args ...any) (converter.EncodedValue, error) {
	v, ok := e.views[id]
	if !ok {
		return e.engine.QueryWorkflow(ctx, id, run, name, args...)
	}
	p, err := converter.GetDefaultDataConverter().ToPayloads(v)
	return client.NewValue(p), err
}

func (e *requestEngine) UpdateWorkflow(ctx context.Context, o client.UpdateWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	if _, ok := e.views[o.WorkflowID]; !ok {
		return e.engine.UpdateWorkflow(ctx, o)
	}
	e.proofs = append(e.proofs, o.Args[0].(workflows.ProveRequester).Right)
	return done{}, nil
}

// failedWith is the code of an error, and nothing without one.
func failedWith(err error) onboarding.Code {
	if err == nil {
		return ""
	}
	return onboarding.CodeOf(err)
}

const asker = onboarding.ApplicantID("0198c0de-0000-7000-8000-000000000001")

// withAClient gives the programs that are shipped, with a client that controls the data
// of one of them.
func withAClient(t *testing.T) *program.Set {
	t.Helper()
	dir := t.TempDir()
	for name, client := range map[string]bool{"support-basics.yaml": false, "health-line.yaml": true} {
		body, err := os.ReadFile(filepath.Join("..", "program", "files", name))
		if err != nil {
			t.Fatal(err)
		}
		if client {
			body = bytes.Replace(body, []byte("  role: controller\n"), []byte("  role: processor\n  instruction: DPA 7\n"), 1)
		}
		if err := os.WriteFile(filepath.Join(dir, name), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	programs, err := program.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return programs
}

func newRequestEngine(t *testing.T, programID string) (*world, *requestEngine) {
	t.Helper()
	w := newWorld(t)
	w.Programs = withAClient(t)
	e := &requestEngine{engine: w.engine, views: map[string]workflows.RequestView{}}
	w.Temporal = e
	if err := w.Vault.Create(t.Context(), asker); err != nil {
		t.Fatal(err)
	}
	key := onboarding.ProfileKey(asker, 1)
	sealed, err := w.sealed(t.Context(), asker, key, onboarding.Profile{onboarding.FieldDateOfBirth: "1990-04-27"})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.bucket.Put(t.Context(), key, sealed); err != nil {
		t.Fatal(err)
	}
	w.engine.open[asker.WorkflowID()] = workflows.StaffView{Applicant: asker, Program: programID, Profile: key, Stage: onboarding.StageVetting}
	return w, e
}

// TestWhoProvesToBeThePerson: the code of the letter for who is signed in, the letter's
// address and the date of birth for who is not; each of its own request alone. What does
// not fit is counted, and after five nothing is compared.
//
// Promise 54.
func TestWhoProvesToBeThePerson(t *testing.T) {
	w, e := newRequestEngine(t, "support-basics")
	signedIn, byMail := string(asker)+".0a1b2c3d", string(asker)+".1a1b2c3d"
	e.views[workflows.DataRequestID(signedIn)] = workflows.RequestView{ID: signedIn, Applicant: asker, Program: "support-basics", From: workflows.RequestFromPortal, State: workflows.RequestVerify}
	e.views[workflows.DataRequestID(byMail)] = workflows.RequestView{ID: byMail, Applicant: asker, Program: "support-basics", From: workflows.RequestFromMail, State: workflows.RequestVerify}
	address := func(request string) string {
		link := w.RequestLink(request)
		return link[strings.LastIndex(link, "/")+1:]
	}
	for _, tt := range []struct {
		name    string
		request string
		proof   Proof
		code    onboarding.Code
		counted string // of the try: "right", "wrong" or nothing
	}{
		{"the code of the letter", signedIn, Proof{Code: w.RequestCode(signedIn)}, "", "right"},
		{"with a space in it", signedIn, Proof{Code: w.RequestCode(signedIn)[:4] + " " + w.RequestCode(signedIn)[4:]}, "", "right"},
		{"another code", signedIn, Proof{Code: "00000000"}, onboarding.CodeNotAllowed, "wrong"},
		{"no code", signedIn, Proof{}, onboarding.CodeNotAllowed, "wrong"},
		{"the code of another request", signedIn, Proof{Code: w.RequestCode(byMail)}, onboarding.CodeNotAllowed, "wrong"},
		{"a code for who was sent an address", byMail, Proof{Code: w.RequestCode(byMail)}, onboarding.CodeNotAllowed, "wrong"},
		{"the address and the date of birth", byMail, Proof{Token: address(byMail), Born: "1990-04-27"}, "", "right"},
		{"another date of birth", byMail, Proof{Token: address(byMail), Born: "1990-04-28"}, onboarding.CodeNotAllowed, "wrong"},
		{"no date of birth", byMail, Proof{Token: address(byMail)}, onboarding.CodeNotAllowed, "wrong"},
		{"the address of another request", byMail, Proof{Token: address(signedIn), Born: "1990-04-27"}, onboarding.CodeUnknownApplicant, ""},
	} {
		e.proofs = nil
		_, err := w.ProveRequester(t.Context(), tt.request, tt.proof)
		counted := ""
		for _, right := range e.proofs {
			counted += map[bool]string{true: "right", false: "wrong"}[right]
		}
		if failedWith(err) != tt.code || counted != tt.counted {
			t.Errorf("%s: %v, counted %q", tt.name, err, counted)
		}
	}
	v := e.views[workflows.DataRequestID(signedIn)]
	v.Failures = workflows.MostProofs
	e.views[workflows.DataRequestID(signedIn)] = v
	e.proofs = nil
	if _, err := w.ProveRequester(t.Context(), signedIn, Proof{Code: w.RequestCode(signedIn)}); onboarding.CodeOf(err) != onboarding.CodeNotNow || len(e.proofs) > 0 {
		t.Errorf("after five tries: %v, %v", err, e.proofs)
	}
	if _, err := w.ProveRequester(Within(t.Context(), []string{"another"}), byMail, Proof{Token: address(byMail), Born: "1990-04-27"}); onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant || len(e.proofs) > 0 {
		t.Errorf("outside of one's programs: %v, %v", err, e.proofs)
	}
}

// TestWhoseDataARequestIsAbout: where a client controls the data a person is told whom to
// ask, and the client's own request is carried out; where we do, no client may ask.
//
// Promise 55, 56, 57.
func TestWhoseDataARequestIsAbout(t *testing.T) {
	const theirs, ours = "health-line", "support-basics"
	for _, tt := range []struct {
		program  string
		from     workflows.RequestFrom
		redirect bool
		code     onboarding.Code
	}{
		{theirs, workflows.RequestFromPortal, true, ""}, {theirs, workflows.RequestFromMail, true, ""}, {theirs, workflows.RequestFromController, false, ""},
		{ours, workflows.RequestFromPortal, false, ""}, {ours, workflows.RequestFromMail, false, ""}, {ours, workflows.RequestFromController, false, onboarding.CodeNotAllowed},
	} {
		w, e := newRequestEngine(t, tt.program)
		_, err := w.OpenRequest(t.Context(), asker, workflows.RequestAccess, tt.from, "", "staff:privacy:x")
		if failedWith(err) != tt.code || (err == nil) != (len(e.began) == 1) {
			t.Errorf("%s by %s: %v, %d began", tt.program, tt.from, err, len(e.began))
			continue
		}
		for _, in := range e.began {
			if in.Redirect != tt.redirect || in.Applicant != asker || in.From != tt.from || in.Program != tt.program {
				t.Errorf("%s by %s: %+v", tt.program, tt.from, in)
			}
		}
	}
}
