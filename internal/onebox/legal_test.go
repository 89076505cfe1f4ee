package onebox_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestLegalProcess: a subpoena comes in, somebody asks for the disclosure, somebody else
// approves it, what is given is within its scope and stands in the ledger with both of
// them, and the applicant is told when nothing forbids it any more.
//
// Promise 21, 32, 33.
func TestLegalProcess(t *testing.T) {
	t.Parallel()
	d := openDesk(t, nil)
	id, email := d.apply("support-basics", map[string]string{"family_name": "Stubborn"})
	paper, err := demo.Picture()
	if err != nil {
		t.Fatal(err)
	}
	call := func(want int, path string, in any, out any) string {
		t.Helper()
		body, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		status, _, answer := d.send(http.MethodPost, d.face.Web+"/api/v1/legal-cases"+path, string(body), "Authorization", "Bearer "+d.face.APIKey, "Content-Type", "application/json")
		if status != want {
			t.Fatalf("%s: %d, not %d: %s", path, status, want, answer)
		}
		if out != nil {
			decode(t, answer, out)
		}
		return answer
	}
	var c struct {
		ID    string `json:"id"`
		State string `json:"state"`
		Given []struct {
			Files []string `json:"files"`
		} `json:"given"`
	}
	asked := map[string]any{"id": "matter-17", "kind": "subpoena", "authority": "Superior Court of Nowhere, 26-1234", "reason": "It compels us: the rule is cited in it.", "file": "subpoena.png", "document": paper.Body,
		"applicants": []string{id}, "categories": []string{"application"}, "silent_until": "2126-01-01", "silent_because": "The order forbids it."}
	call(http.StatusOK, "", asked, &c)
	if c.State != "asked" || c.ID != "matter-17" {
		t.Fatalf("%+v", c)
	}
	call(http.StatusUnprocessableEntity, "", map[string]any{"kind": "subpoena", "authority": "x", "reason": "x", "file": "x.png", "document": paper.Body, "applicants": []string{nobodysID}, "categories": []string{"application"}}, nil)
	call(http.StatusConflict, "/matter-17/give", nil, nil)
	call(http.StatusForbidden, "/matter-17/ruling", map[string]any{"approve": true, "reason": "I ask and I approve."}, nil)

	privacy := d.staff(identity.RolePrivacy)
	page := "/console/legal/matter-17"
	privacy.open("/console/legal").says("asked").open(page).says("Superior Court of Nowhere", "The order forbids it").open(page)
	if status, _, body := d.send(http.MethodGet, d.face.Web+page, ""); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d %s", status, body)
	}
	call(http.StatusOK, "/matter-17/document", nil, nil)
	key, err := d.api.MakeKey(t.Context(), "looks like another privacy officer", []string{"approve_process", "view_process"}, nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, answer := d.send(http.MethodPost, d.face.Web+"/api/v1/legal-cases/matter-17/ruling", `{"approve":true,"reason":"Read, and within its scope."}`, "Authorization", "Bearer "+key.Secret, "Content-Type", "application/json"); status != http.StatusForbidden {
		t.Fatalf("who asked approves by a key that they have made: %d: %s", status, answer)
	}
	privacy.open(page).hand(page, "reason", "Read, and within its scope.", "do", "approve").says("Read, and within its scope.")
	call(http.StatusOK, "/matter-17/give", nil, &c)
	call(http.StatusOK, "/matter-17/give", nil, &c)
	if c.State != "given" || len(c.Given) != 1 || len(c.Given[0].Files) == 0 {
		t.Fatalf("%+v", c)
	}
	for _, f := range c.Given[0].Files {
		if !strings.HasPrefix(f, "application") {
			t.Errorf("%s is outside of the scope", f)
		}
	}
	var file struct {
		Content []byte `json:"content"`
	}
	call(http.StatusOK, "/matter-17/fetch", map[string]string{"applicant": id}, &file)
	z, err := zip.NewReader(bytes.NewReader(file.Content), int64(len(file.Content)))
	if err != nil || len(z.File) != len(c.Given[0].Files) {
		t.Fatalf("%v", err)
	}
	in, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(in); err != nil || !strings.Contains(string(body), "Stubborn") {
		t.Errorf("what was given: %.200s, %v", body, err)
	}
	call(http.StatusConflict, "/matter-17/told", map[string]string{"applicant": id, "how": "By letter."}, nil)
	raw, err := d.api.Ledger(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"kind":"disclosed"`, `"approver":"staff:privacy:`, "dpv:LegalObligation", "asked by api:", "case matter-17"} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("the ledger does not have %s", want)
		}
	}
	if strings.Contains(string(raw), "Nowhere") {
		t.Error("the ledger has the authority's name in the open")
	}
	d.whole(id)
	privacy.open("/console/applicants/"+id).says("gives data because the law compels or allows it (subpoena)", "opened what was put together in the case matter-17")

	// Until the order's day the applicant learns nothing of it, on no page and in no copy.
	person := d.portal(email)
	for _, page := range []string{"/apply/data", "/apply/data/copy", "/apply/data/copy.json"} {
		person.open(page)
		for _, mark := range []string{"matter-17", "subpoena", "Superior Court", "Given by law"} {
			if strings.Contains(person.Text, mark) {
				t.Errorf("%s says %q while the order forbids it", page, mark)
			}
		}
	}
	privacy.open(page).says("A letter is sent to them at 1 January 2126")

	// In an emergency nothing forbids that they are told: by letter, and on their page.
	asked["id"], asked["kind"], asked["silent_until"], asked["silent_because"] = "danger-1", "emergency", "", ""
	call(http.StatusOK, "", asked, nil)
	privacy.open("/console/legal/danger-1").hand("/console/legal/danger-1", "reason", "Somebody is in danger.", "do", "approve")
	call(http.StatusOK, "/danger-1/give", nil, nil)
	d.letter(email, "Data about you were given to somebody")
	eventually(t, time.Minute, func() error {
		_, _, answer := d.send(http.MethodGet, d.face.Web+"/api/v1/legal-cases/danger-1", "", "Authorization", "Bearer "+d.face.APIKey)
		if !strings.Contains(answer, `"state":"told"`) {
			return fmt.Errorf("%s", answer)
		}
		return nil
	})
	call(http.StatusOK, "/danger-1/told", map[string]string{"applicant": id, "how": "By phone."}, &c) // too late, and no harm
	privacy.open("/console/legal/danger-1").says("By letter.")
	person.open("/apply/data").says("We gave what you gave us in your application to Superior Court of Nowhere, 26-1234", "an emergency")

	// Who has withdrawn the consent to be written to gets no letter: staff are told so.
	person.open("/apply/withdraw").hand("/apply/status")
	d.await(id, func(st client.Status) bool { return st.Stage == "withdrawn" })
	asked["id"] = "danger-2"
	call(http.StatusOK, "", asked, nil)
	privacy.open("/console/legal/danger-2").hand("/console/legal/danger-2", "reason", "Somebody is in danger.", "do", "approve")
	call(http.StatusOK, "/danger-2/give", nil, nil)
	eventually(t, time.Minute, func() error {
		_, _, answer := d.send(http.MethodGet, d.face.Web+"/api/v1/legal-cases/danger-2", "", "Authorization", "Bearer "+d.face.APIKey)
		if !strings.Contains(answer, `"state":"told"`) && !strings.Contains(answer, "Tell them another way") {
			return fmt.Errorf("%s", answer)
		}
		return nil
	})
	d.whole(id)
}
