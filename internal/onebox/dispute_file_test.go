package onebox_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/client"
	"github.com/vouchsafe/vouchsafe/internal/demo"
	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// TestDisputeWithAFile: somebody who speaks Spanish says what is wrong and shows it by
// a picture. The letters are Spanish, the agency gets neither words nor picture, and a
// reviewer, whose pages are English, reads the words as they were written and gets the
// picture byte by byte; that they did stands in the ledger.
func TestDisputeWithAFile(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a house")
	}
	d := openDesk(t, nil)
	id, email := d.apply("support-basics", map[string]string{"family_name": "Stubborn"}) // the agency takes its time: the case stays open
	d.portalIn(email, "es")
	d.decide(id, "adverse")
	if text := d.letter(email, "Antes de decidir"); !strings.HasPrefix(text, "Hola") {
		t.Errorf("the letter is not Spanish: %s", text)
	}
	s := d.portal(email)
	s.open("/apply/dispute").at("/apply/dispute")
	if !strings.Contains(s.Text, `<html lang="es">`) {
		t.Errorf("the page is not Spanish: %s", s.Says())
	}
	const words = "Este caso es de otra persona: yo vivía en otro país. ¿Qué más necesitan?"
	fill := map[string]string{"kind": "dispute", "statement": words}
	if err := s.SubmitFile(t.Context(), fill, demo.File{Field: "files", Name: "foto.png", Body: []byte("no picture")}); err != nil {
		t.Fatal(err)
	}
	if s.Status != 422 || !strings.Contains(s.Text, "PDF, JPEG") || !strings.Contains(s.Text, "Este caso es de otra persona") {
		t.Errorf("what is no picture: %d, %s", s.Status, s.Says())
	}
	shown, err := demo.Picture()
	if err != nil {
		t.Fatal(err)
	}
	shown.Name = "carta del juzgado ñ.png"
	if err := s.SubmitFile(t.Context(), fill, shown); err != nil {
		t.Fatal(err)
	}
	s.at("/apply/status")
	d.await(id, func(st client.Status) bool { return st.Stage == "vetting" && st.Attention != "reviewer" })

	reviewer := stepper{d.house, d.reviewer.Tab()}
	reviewer.open("/console/applicants/" + id).at("/console/applicants/" + id)
	if strings.Contains(reviewer.Text, "yo vivía en otro país") || !strings.Contains(reviewer.Text, `<html lang="en">`) {
		t.Errorf("the reviewer's page has the applicant's words without a record, or another language: %s", reviewer.Text)
	}
	if err := reviewer.open("/console/applicants/"+id+"/documents").Submit(t.Context(), map[string]string{"document": "written-decisions", "why": "to weigh what was found"}); err != nil {
		t.Fatal(err)
	}
	reviewer.says("yo vivía en otro país. ¿Qué más necesitan?")
	d.opensFile(reviewer, id, shown.Body)
	recruiter := stepper{d.house, d.recruiter.Tab()}
	if recruiter.open("/console/applicants/" + id + "/documents"); strings.Contains(recruiter.Text, `value="file/1"`) || !strings.Contains(recruiter.Text, "not for your role") {
		t.Errorf("a recruiter is offered the file: %s", recruiter.Text)
	}
	if err := recruiter.Submit(t.Context(), map[string]string{"document": "file/1", "why": "to help the applicant"}); err != nil || recruiter.Status != 403 {
		t.Errorf("a recruiter who asks for the file: %d, %v", recruiter.Status, err)
	}
	raw, err := d.api.Ledger(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if body := string(raw); !strings.Contains(body, `"view`) || !strings.Contains(body, "staff:"+string(identity.RoleReviewer)) {
		t.Error("the ledger does not say that a reviewer looked")
	}
	for _, e := range d.books("findly") {
		for _, f := range e.Fields {
			if strings.Contains(f, "statement") || strings.Contains(f, "file") {
				t.Errorf("the agency got %s", f)
			}
		}
	}
}

// portalIn goes into somebody's application and chooses a language there.
func (d *desk) portalIn(email, lang string) stepper {
	d.Helper()
	s := d.portal(email)
	return s.open("/apply/status?lang=" + lang)
}

// opensFile has a reviewer open the one file of a case from the page of documents.
func (d *desk) opensFile(reviewer stepper, id string, want []byte) {
	d.Helper()
	reviewer.open("/console/applicants/" + id + "/documents").at("/console/applicants/" + id + "/documents")
	if err := reviewer.Submit(d.Context(), map[string]string{"document": "file/1", "why": "to weigh what was found"}); err != nil {
		d.Fatal(err)
	}
	if reviewer.Status != 200 || !bytes.Equal([]byte(reviewer.Text), want) {
		d.Errorf("the file comes as %d bytes with status %d, not %d: %.80q", len(reviewer.Text), reviewer.Status, len(want), reviewer.Text)
	}
}
