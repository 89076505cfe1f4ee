package onebox_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/workflowservice/v1"
	temporal "go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/devstack/sandbox"
	"github.com/vouchsafe/vouchsafe/internal/evidence"
	"github.com/vouchsafe/vouchsafe/internal/evidence/evidencetest"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/onebox"
	"github.com/vouchsafe/vouchsafe/internal/stackfile"
	"github.com/vouchsafe/vouchsafe/internal/telemetry"
	"github.com/vouchsafe/vouchsafe/internal/vault"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// markedPerson is a person whose every datum is a mark that stands nowhere else; family
// steers the vetting vendor.
func markedPerson(n int, family string) person {
	return person{given: fmt.Sprintf("Erasmarkgiven%c", 'a'+n), family: family, email: fmt.Sprintf("erasmarkmail%c@example.com", 'a'+n),
		phone: fmt.Sprintf("(917) 555-01%02d", 70+n), id: fmt.Sprintf("987-65-43%d", 20+n), street: fmt.Sprintf("%d Erasmark Terrace", 610+n), city: "Erasmarkville", born: [3]string{"3", "9", "1961"}}
}

var erasedMarks = []string{"erasmarkgiven", "erasmarkmail", "erasmark terrace", "erasmarkville", "erasmarknote"}

// erasing is a house whose stores are looked into from outside.
type erasing struct {
	*house
	home    string
	objects *s3.Client
	server  temporal.Client
}

func (h *house) erasing(home string) *erasing {
	h.Helper()
	t := evidencetest.Target{Endpoint: h.face.S3.Endpoint, Region: h.face.S3.Region, AccessKey: h.face.S3.AccessKey, SecretKey: h.face.S3.SecretKey}
	return &erasing{house: h, home: home, objects: t.Client(h.T, nil), server: h.engine()}
}

// keys is a vault of its own, whose cache knows nothing.
func (e *erasing) keys() *vault.Vault {
	e.Helper()
	master, err := vault.LocalMaster(filepath.Join(e.home, "master.keyset"))
	if err != nil {
		e.Fatal(err)
	}
	v, err := vault.New(e.Context(), vault.Config{Objects: evidence.New(evidence.Config{Bucket: e.face.S3.VaultBucket, Client: e.objects}), Master: master})
	if err != nil {
		e.Fatal(err)
	}
	return v
}

// payloads are all that Temporal has in the histories of an applicant's runs, as they
// lie there: a copy of them is what a backup would have.
func (e *erasing) payloads(id string) []*commonpb.Payload {
	e.Helper()
	var out []*commonpb.Payload
	for _, workflow := range []string{onboarding.ApplicantID(id).WorkflowID(), onboarding.ApplicantID(id).AfterwordID(), onboarding.ApplicantID(id).ErasureID()} {
		runs, err := e.server.ListWorkflow(e.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowId = '" + workflow + "'"})
		if err != nil {
			e.Fatal(err)
		}
		for _, r := range runs.GetExecutions() {
			events := e.server.GetWorkflowHistory(e.Context(), workflow, r.GetExecution().GetRunId(), false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
			for events.HasNext() {
				event, err := events.Next()
				if err != nil {
					e.Fatal(err)
				}
				err = proxy.VisitPayloads(e.Context(), event, proxy.VisitPayloadsOptions{SkipSearchAttributes: true, Visitor: func(_ *proxy.VisitPayloadsContext, p []*commonpb.Payload) ([]*commonpb.Payload, error) {
					for _, one := range p {
						out = append(out, proto.Clone(one).(*commonpb.Payload))
					}
					return p, nil
				}})
				if err != nil {
					e.Fatal(err)
				}
			}
		}
	}
	return out
}

// readable counts the payloads that open, of those that are sealed under the
// applicant's own key.
func (e *erasing) readable(keys *vault.Vault, id string, all []*commonpb.Payload) (open, sealed int) {
	e.Helper()
	codec := payload.NewCodec(keys)
	for _, p := range all {
		if string(p.GetMetadata()[payload.MetadataKeyID]) != id {
			continue
		}
		sealed++
		if _, err := codec.Decode([]*commonpb.Payload{p}); err == nil {
			open++
		} else if onboarding.CodeOf(err) != onboarding.CodeKeyDestroyed {
			e.Errorf("a payload gives %v", err)
		}
	}
	return open, sealed
}

// versions lists the keys of all versions of objects whose key names the applicant.
func (e *erasing) versions(bucket, id string) []string {
	e.Helper()
	var out []string
	pages := s3.NewListObjectVersionsPaginator(e.objects, &s3.ListObjectVersionsInput{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(e.Context())
		if err != nil {
			e.Fatal(err)
		}
		for _, v := range page.Versions {
			if key := aws.ToString(v.Key); strings.Contains(key, id) && !slices.Contains(out, key) {
				out = append(out, key)
			}
		}
	}
	slices.Sort(out)
	return out
}

// mayStay are the beginnings of keys of the vault bucket that may name somebody who is
// erased: that it was done, where the ledger ends, and what the law keeps.
var mayStay = []string{"erased/", "summaries/", "kept/", "witness/", "slots/", "idempotency/", "bulk/", "holds/"}

// erased waits until an erasure is done as far as it is done by program.
func (e *erasing) erased(id string) {
	e.Helper()
	eventually(e.T, time.Minute, func() error {
		st, err := e.api.Status(e.Context(), id)
		if err == nil && st.Stage != "erased" {
			err = fmt.Errorf("it stands at %s", st.Stage)
		}
		if err != nil {
			return err
		}
		if left := e.versions(e.face.S3.VaultBucket, "keys/"+id); len(left) > 0 {
			return fmt.Errorf("the key is there: %v", left)
		}
		d, err := e.server.ListWorkflow(e.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowId = '" + onboarding.ApplicantID(id).WorkflowID() + "'"})
		if err == nil && len(d.GetExecutions()) > 0 {
			err = fmt.Errorf("%d runs are listed", len(d.GetExecutions()))
		}
		return err
	})
}

// unpacked gives what lies in the gzip streams inside content.
func unpacked(content []byte) []byte {
	var out []byte
	for at := 0; ; {
		i := bytes.Index(content[at:], []byte{0x1f, 0x8b, 0x08})
		if i < 0 {
			return out
		}
		at += i
		if r, err := gzip.NewReader(bytes.NewReader(content[at:])); err == nil {
			plain, _ := io.ReadAll(io.LimitReader(r, 16<<20)) // as far as it goes
			out = append(out, plain...)
		}
		at += 3
	}
}

// TestErasureInEachStage erases somebody in each stage, and then searches everything.
// Others are left alone. The ledgers verify, the same person may apply anew, and old
// links and pages say that it was erased.
//
// Promise 47, 53.
func TestErasureInEachStage(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	var logs buffer
	var home string
	h, box := start(t, func(c *onebox.Config) {
		home = c.Home
		c.LogLevel = "debug"
		c.Telemetry = func(t *telemetry.Config) { t.LogOutput = &logs }
	})
	e := h.erasing(home)

	drafting := markedPerson(0, "Wren")
	h.begin(drafting, "support-basics")
	ids := []string{h.only()}
	known := func() []string {
		var all []string
		if err := h.api.All(t.Context(), nil, func(l client.Line) error { all = append(all, l.ID); return nil }); err != nil {
			t.Fatal(err)
		}
		return all
	}
	next := func() string {
		t.Helper()
		for _, id := range known() {
			if !slices.Contains(ids, id) {
				ids = append(ids, id)
				return id
			}
		}
		t.Fatal("nobody new is listed")
		return ""
	}
	stands := func(stage string, attention ...string) func(client.Status) bool {
		return func(st client.Status) bool {
			return st.Stage == stage && (len(attention) == 0 || slices.Contains(attention, st.Attention))
		}
	}
	h.apply(markedPerson(1, "Forever"), "support-basics")
	h.await(next(), stands("vetting"))
	h.apply(markedPerson(2, "Consider"), "support-basics")
	h.await(next(), stands("vetting", "reviewer"))
	h.apply(markedPerson(3, "Wren"), "support-basics")
	h.await(next(), stands("certification", "applicant"))
	certified := h.apply(markedPerson(4, "Wren"), "support-basics")
	holder := next()
	h.await(holder, stands("certification", "applicant"))
	st := certified.certify(holder, markedPerson(4, "Wren"), "support-basics")
	withdrawn := h.apply(markedPerson(5, "Wren"), "support-basics")
	left := next()
	h.await(left, stands("certification", "applicant"))
	withdrawn.open("/apply/withdraw").hand("/apply/status")
	h.await(left, stands("withdrawn"))
	bystander := h.apply(ada, "support-basics")
	stays := next()
	h.await(stays, stands("certification", "applicant"))
	ids = slices.DeleteFunc(ids, func(id string) bool { return id == stays })

	recruiter := h.staff(identity.RoleRecruiter)
	recruiter.open("/console/applicants/"+holder+"/notes").hand("/console/applicants/"+holder, "note", "Erasmarknote of a recruiter")

	before := map[string][]*commonpb.Payload{}
	for _, id := range ids {
		before[id] = e.payloads(id)
		if open, sealed := e.readable(e.keys(), id, before[id]); open == 0 || open != sealed {
			t.Errorf("%s: %d of %d payloads can be read before: the test looks in the wrong place", id, open, sealed)
		}
		if err := box.Applicants().StartErasure(t.Context(), onboarding.ApplicantID(id), "", workflows.EraseRequest, "q-"+id); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range ids {
		e.erased(id)
	}
	keys := e.keys()
	for _, id := range ids {
		if open, sealed := e.readable(keys, id, before[id]); open > 0 || sealed == 0 {
			t.Errorf("%s: %d of %d payloads of a copy of the histories can be read", id, open, sealed)
		}
		if open, _ := e.readable(keys, id, e.payloads(id)); open > 0 {
			t.Errorf("%s: %d payloads can be read", id, open)
		}
		for _, key := range e.versions(e.face.S3.VaultBucket, id) {
			if !slices.ContainsFunc(mayStay, func(p string) bool { return strings.HasPrefix(key, p) }) {
				t.Errorf("the vault bucket has %s", key)
			}
		}
		answer, err := h.api.Verify(t.Context(), id)
		if err != nil || !strings.Contains(string(answer), `"faults":[]`) && !strings.Contains(string(answer), `"faults":null`) {
			t.Errorf("the ledger of %s: %v %s", id, err, answer)
		}
		_, _, timeline := h.send(http.MethodGet, "/api/v1/applications/"+id+"/ledger", "", "Authorization", "Bearer "+h.face.APIKey)
		if !strings.Contains(timeline, "q-"+id) {
			t.Errorf("the ledger of %s does not say upon which request it was erased", id)
		}
	}
	if vs := h.books("findly"); !slices.ContainsFunc(vs, func(b sandbox.Entry) bool { return b.Method == http.MethodDelete && b.Status == http.StatusNoContent }) {
		t.Error("Findly was not asked to erase")
	}

	// What was theirs says so.
	certified.open("/verify/" + st.Credential).saysAll("its holder's data were erased")
	certified.open("/apply/status").saysAll("Your data was erased")
	withdrawn.open("/apply/status").saysAll("Your data was erased")
	_, _, mail := h.send(http.MethodGet, h.face.Mail.Inbox+"/api/messages?to="+url.QueryEscape(markedPerson(4, "Wren").email), "")
	if !strings.Contains(mail, "Your data are erased") || !strings.Contains(mail, "15 USC 1681p") {
		t.Errorf("nobody told the holder that it was erased, and what is kept: %s", mail)
	}
	for _, id := range ids { // nothing of it is a 500
		if status, _, _ := h.send(http.MethodGet, "/api/v1/applications/"+id, "", "Authorization", "Bearer "+h.face.APIKey); status != http.StatusOK {
			t.Errorf("the API answers %d for %s", status, id)
		}
	}
	// What the law keeps opens for a legal basis, on record.
	eventually(t, time.Minute, func() error { // what waits for its time begins a moment after all else is gone
		if kept, err := h.api.Kept(t.Context(), holder); err != nil || len(kept) < 2 {
			return fmt.Errorf("%+v, %w", kept, err)
		}
		return nil
	})
	privacy, page := h.staff(identity.RolePrivacy), "/console/applicants/"+holder+"/kept"
	privacy.open("/console/applicants/" + holder).saysAll("What the law keeps").open(page).saysAll("15 USC 1681p")
	if err := privacy.Submit(t.Context(), map[string]string{"category": "screening", "basis": "tax_authority", "reason": "Their claim of May"}); err != nil || !strings.Contains(privacy.Text, "not opened for that") {
		t.Errorf("for a basis that is about something else: %v, %s", err, privacy.Says())
	}
	if err := privacy.open(page).Submit(t.Context(), map[string]string{"category": "screening", "basis": "claim", "reason": "Their claim of May"}); err != nil || !strings.HasPrefix(privacy.Text, "PK") {
		t.Errorf("what is kept: %v, %s", err, privacy.Says())
	}
	privacy.open("/console/applicants/"+holder).saysAll("opened what the law keeps: screening", "15 USC 1681p")
	if f, err := h.api.OpenKept(t.Context(), holder, "consent", "regulator", "", "Asked by the bureau"); err != nil || f.Name != "kept-consent.zip" || len(f.Content) == 0 {
		t.Errorf("%s, %v", f.Name, err)
	}
	recruiter.refused(page, http.StatusForbidden)
	if answer, err := h.api.Verify(t.Context(), holder); err != nil || !strings.Contains(string(answer), `"faults":[]`) && !strings.Contains(string(answer), `"faults":null`) {
		t.Errorf("the ledger after it: %v %s", err, answer)
	}
	// The same person is somebody new.
	anew := h.apply(markedPerson(3, "Wren"), "support-basics")
	again := next()
	h.await(again, stands("certification", "applicant"))
	anew.open("/apply/data").at("/apply/data")
	if err := box.Applicants().StartErasure(t.Context(), onboarding.ApplicantID(again), "", workflows.EraseRequest, "q-again"); err != nil {
		t.Fatal(err)
	}
	e.erased(again)
	bystander.open("/apply/data").at("/apply/data").saysAll("nothing in this record was changed or taken out")

	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	places := written(t, home)
	places["logs"] = logs.bytes()
	for name, content := range places {
		for _, f := range findMarks(append(content, unpacked(content)...), erasedMarks) {
			t.Errorf("%s holds %s", name, f)
		}
	}
}

// TestErasureGoesOnAfterAKill: the house is killed in the middle of erasures, and they
// end whole when it is started again.
func TestErasureGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("takes a minute")
	}
	home := t.TempDir()
	c := startChild(t, home)
	face, err := stackfile.Read(filepath.Join(home, stackfile.Name))
	if err != nil {
		t.Fatal(err)
	}
	h := visit(t, face)
	var ids []string
	for n := range 4 {
		h.apply(markedPerson(n, "Wren"), "support-basics")
		if err := h.api.All(t.Context(), nil, func(l client.Line) error {
			if !slices.Contains(ids, l.ID) {
				ids = append(ids, l.ID)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	e := h.erasing(home)
	for _, id := range ids {
		_, err := e.server.ExecuteWorkflow(t.Context(), temporal.StartWorkflowOptions{ID: onboarding.ApplicantID(id).ErasureID(), TaskQueue: workflows.TaskQueue},
			workflows.EraseName, workflows.EraseIn{Applicant: onboarding.ApplicantID(id), Reason: workflows.EraseRequest, Request: "q-killed"})
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		time.Sleep(400 * time.Millisecond)
		c.kill()
		c = startChild(t, home)
	}
	for _, id := range ids {
		e.erased(id)
		answer, err := h.api.Verify(context.WithoutCancel(t.Context()), id)
		if err != nil || strings.Contains(string(answer), `"what"`) {
			t.Errorf("the ledger of %s: %v %s", id, err, answer)
		}
	}
}
