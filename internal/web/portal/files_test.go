package portal

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

const onePDF = "%PDF-1.7\n1 0 obj\n<<>>\nendobj\nxref\n0 1\ntrailer\n<<>>\nstartxref\n9\n%%EOF\n"

// hand posts the dispute's form with files: pairs are names and bodies.
func (b *browser) hand(words string, files ...string) *browser {
	b.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, value := range map[string]string{"kind": "statement", "statement": words} {
		if err := form.WriteField(name, value); err != nil {
			b.t.Fatal(err)
		}
	}
	for i := 0; i < len(files); i += 2 {
		part, err := form.CreateFormFile("files", files[i])
		if err != nil {
			b.t.Fatal(err)
		}
		_, _ = part.Write([]byte(files[i+1]))
	}
	_ = form.Close()
	r, err := http.NewRequest(http.MethodPost, b.h.url+"/apply/dispute", &body)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// TestFilesWithADispute: what is wrong with a file is said at the field, and what
// was typed is kept.
func TestFilesWithADispute(t *testing.T) {
	h := newHouse(t)
	b, _ := h.noticed("findly")
	b.get("/apply/dispute").says("Up to 3 files, each 5 MB or smaller: PDF, JPEG or PNG")
	large := onePDF[:10] + strings.Repeat("x", 6<<20)
	for name, tt := range map[string]struct {
		files []string
		want  string
	}{
		"another kind": {[]string{"court.pdf", "<!doctype html><script>alert(1)</script>"}, "Each file must be a PDF, a JPEG or a PNG file that opens"},
		"two in one":   {[]string{"court.pdf", onePDF + "PK\x05\x06"}, "Each file must be a PDF"},
		"too large":    {[]string{"court.pdf", large}, "Each file must be 5 MB or smaller"},
		"too many":     {[]string{"1.pdf", onePDF, "2.pdf", onePDF, "3.pdf", onePDF, "4.pdf", onePDF}, "Choose up to 3 files"},
	} {
		b.hand("Not me: "+name, tt.files...).is(http.StatusUnprocessableEntity).problem("files", tt.want).says("Not me: "+name, "Choose them again").silent("alert(1)")
	}
	h.fake.data.refuseFiles = &onboarding.Error{Code: onboarding.CodeVendorDown, Field: "files", Message: "We cannot check files for viruses at the moment, so we have not taken yours.", Hint: "Send what you wrote without a file now, or try again later."}
	b.hand("Not me.", "court.pdf", onePDF).problem("files", "We cannot check files for viruses at the moment").says("Not me.")
	h.fake.data.refuseFiles = nil
	if len(h.fake.answered) != 0 {
		t.Fatalf("taken was %+v", h.fake.answered)
	}
	b.hand("Not me.", "../../court.pdf", onePDF, "", "").at("/apply/status")
	if a := h.fake.answered; len(a) != 1 || len(a[0].Files) != 1 || string(a[0].Files[0].Body) != onePDF || a[0].Words != "Not me." {
		t.Errorf("taken was %+v", a)
	}
}

func TestFilesTooLargeInAll(t *testing.T) {
	h := newHouse(t)
	b, _ := h.noticed("findly")
	b.hand("Not me.", "court.pdf", strings.Repeat("x", 25<<20)).is(http.StatusRequestEntityTooLarge)
}
