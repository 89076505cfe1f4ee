package applicants

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/clamav"
	"github.com/vouchsafe/vouchsafe/internal/clamav/clamavtest"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

const onePDF = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"

func disputing(files ...File) Answer {
	return Answer{Kind: workflows.AnswerDispute, Words: "Not me.", Files: files}
}

// TestFilesAreSealedAndScanned: what is taken lies sealed under the applicant's key
// and can be opened again; what the scanner knows, or cannot say, is not taken.
func TestFilesAreSealedAndScanned(t *testing.T) {
	w, id := flagged(t, "support-basics")
	daemon := clamavtest.Start(t)
	scanner, err := clamav.New(daemon.Address())
	if err != nil {
		t.Fatal(err)
	}
	w.Scanner = scanner
	eicar := strings.Replace(onePDF, "<<>>", clamavtest.EICAR, 1)
	err = w.Dispute(t.Context(), id, disputing(File{Name: "court.pdf", Body: []byte(eicar)}))
	if onboarding.CodeOf(err) != onboarding.CodeInvalid || !strings.Contains(err.Error(), "virus scanner") {
		t.Errorf("EICAR: %v", err)
	}
	if err := w.Dispute(t.Context(), id, disputing(File{Name: "../quillonia.PDF", Body: []byte(onePDF)})); err != nil {
		t.Fatal(err)
	}
	if string(daemon.Last()) != onePDF {
		t.Error("the daemon got another file")
	}
	sent := last[workflows.Dispute](t, w, workflows.UpdateDispute)
	if len(sent.Files) != 1 || sent.Files[0].Size != len(onePDF) || !strings.HasPrefix(sent.Files[0].Object, "attachments/"+string(id)+"/") {
		t.Fatalf("sent was %+v", sent.Files)
	}
	if bytes.Contains(sent.Files[0].Label, []byte("quillonia")) || strings.Contains(sent.Files[0].Object, "quillonia") {
		t.Error("the name is not sealed")
	}
	stored, err := w.Objects.Get(t.Context(), sent.Files[0].Object)
	if err != nil || bytes.Contains(stored, []byte("%PDF")) {
		t.Errorf("stored: %v", err)
	}
	v := w.engine.open[id.WorkflowID()]
	v.Attachments, v.Checks = sent.Files, []onboarding.Check{{Name: onboarding.CheckBackground}}
	w.engine.open[id.WorkflowID()] = v
	file, body, err := w.OpenAttachment(t.Context(), id, 1, reads(t, identity.RoleReviewer, "1", identity.ToRead))
	if err != nil || file.Name != "quillonia.pdf" || file.MediaType != "application/pdf" || string(body) != onePDF {
		t.Errorf("%+v, %d bytes, %v", file, len(body), err)
	}
	if view := last[workflows.RecordView](t, w, workflows.UpdateRecordView); view.Actor != "staff:reviewer:1" || view.Why != string(identity.ToRead) {
		t.Errorf("recorded was %+v", view)
	}
	if _, _, err := w.OpenAttachment(t.Context(), id, 2, reads(t, identity.RoleReviewer, "1", identity.ToRead)); onboarding.CodeOf(err) != onboarding.CodeNotNow {
		t.Errorf("a file that there is not: %v", err)
	}
	daemon.Close()
	err = w.Dispute(t.Context(), id, disputing(File{Name: "court.pdf", Body: []byte(onePDF)}))
	if onboarding.CodeOf(err) != onboarding.CodeVendorDown || !strings.Contains(err.Error(), "without a file") {
		t.Errorf("a scanner that is down: %v", err)
	}
	if err := w.Dispute(t.Context(), id, disputing()); err != nil {
		t.Errorf("without a file: %v", err)
	}
	if n := strings.Count(w.engine.names(), workflows.UpdateDispute); n != 2 {
		t.Errorf("%d answers were sent: %s", n, w.engine.names())
	}
}

func TestFilesThatAreNotTaken(t *testing.T) {
	w, id := flagged(t, "support-basics")
	for name, files := range map[string][]File{
		"a page":    {{Name: "court.pdf", Body: []byte("<!doctype html>")}},
		"too large": {{Name: "court.pdf", Body: append([]byte(onePDF), make([]byte, 6<<20)...)}},
		"too many":  {{Body: []byte(onePDF)}, {Body: []byte(onePDF)}, {Body: []byte(onePDF)}, {Body: []byte(onePDF)}},
	} {
		if err := w.Dispute(t.Context(), id, disputing(files...)); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if strings.Contains(w.engine.names(), workflows.UpdateDispute) {
		t.Error("something was sent")
	}
}
