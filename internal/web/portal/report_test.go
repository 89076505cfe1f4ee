package portal

import (
	"bytes"
	"errors"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/paper/papertest"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// TestReportAndRights: with the notice before adverse action go a copy of the
// report and the summary of rights (15 USC 1681b(b)(3)(A)).
func TestReportAndRights(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	b.get(reportPath).at("/apply/status")
	b.get(reportPath + ".json").at("/apply/status")
	b.get(reportPath + ".pdf").at("/apply/status")
	h.browser().get(reportPath).is(http.StatusUnauthorized)
	h.browser().get(rightsPath).is(http.StatusOK).says("dispute what is incomplete or wrong", "1700 G Street NW", "security freeze", "free copy every 12 months")

	c.view.Stage, c.view.Report = onboarding.StageVetting, true
	c.view.Adverse = workflows.Adverse{Contemplated: true, PreNoticeAt: h.fake.now(), WaitEnds: h.fake.now().AddDate(0, 0, 5)}
	b.get("/apply/status").says("Read the copy of the report about you", "Read the summary of your rights")
	b.get(reportPath).at(reportPath).says("1 Example Plaza", "+1 503 555 0100", "county criminal", "misdemeanor", "guilty", "November 1, 2023",
		"Example <b>County</b> Court", "CR-1", "public record", "court closed", "Tell us before anything is decided")
	if strings.Contains(b.body, "<b>County") {
		t.Error("the agency's words became markup")
	}
	if b.get(reportPath + ".json"); b.body != string(testReport.Raw) || b.header.Get("Content-Type") != "application/json" || b.header.Get("Cache-Control") != "no-store" {
		t.Errorf("the copy as it was sent: %q %v", b.body, b.header)
	}
	b.get(reportPath).says("Download this copy to keep or print")
	b.get(reportPath + ".pdf")
	if h := b.header; h.Get("Content-Type") != "application/pdf" || h.Get("Content-Disposition") != `attachment; filename="report.pdf"` || h.Get("Cache-Control") != "no-store" {
		t.Errorf("the copy to keep: %v", h)
	}
	inPDF(t, []byte(b.body), "The report about you", "1 Example Plaza", "+1 503 555 0100", "county criminal", "Result: consider", "misdemeanor", "guilty", "November 1, 2023",
		"Example <b>County</b> Court", "CR-1", "public record", "sex offender", "No result: canceled, court closed.", "The decision would rest on this entry", "infraction", "CR-2")
	b.get(reportPath + ".pdf?lang=es")
	inPDF(t, []byte(b.body), "El informe sobre usted", "teléfono +1 503 555 0100", "1 de noviembre de 2023", "Example <b>County</b> Court", "La decisión se basaría en este registro", "Sin resultado: ")
	b.get("/apply/status?lang=en")
	c.view.Stage, c.view.Adverse.Contemplated = onboarding.StageDeclined, false
	b.get("/apply/status").says("Read the report about you")
	b.get(reportPath).at(reportPath).says("with the agency")
	h.fake.failWith["Report"] = errors.New("the inside of the house")
	b.get(reportPath).is(http.StatusInternalServerError)
}

// inPDF finds the words in a PDF, as pdftotext reads it where the machine has it, and as
// its text stands in it otherwise and besides.
func inPDF(t *testing.T, doc []byte, words ...string) {
	t.Helper()
	readings := map[string]string{"its text": papertest.Text(t, doc)}
	if tool, err := exec.LookPath("pdftotext"); err == nil {
		read := exec.Command(tool, "-enc", "UTF-8", "-", "-")
		read.Stdin = bytes.NewReader(doc)
		out, err := read.Output()
		if err != nil {
			t.Fatalf("pdftotext: %v", err)
		}
		readings["pdftotext"] = string(out)
	}
	for by, text := range readings {
		text = strings.Join(strings.Fields(text), " ")
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("%s does not say %q:\n%s", by, w, text)
			}
		}
	}
}

// TestNoReportInNotice: a notice about our own checks names no report.
func TestNoReportInNotice(t *testing.T) {
	h := newHouse(t)
	b, c := h.handedIn()
	c.view.Stage = onboarding.StageValidation
	c.view.Adverse = workflows.Adverse{Contemplated: true, PreNoticeAt: h.fake.now(), WaitEnds: h.fake.now().AddDate(0, 0, 5)}
	b.get("/apply/status").says("No report from an agency is part of it").silent("Read the copy of the report")
}
