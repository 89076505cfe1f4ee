package portal

import (
	"net/http"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/paper"
	"github.com/vouchsafe/vouchsafe/internal/web"
	catalog "github.com/vouchsafe/vouchsafe/internal/words"
)

// downloadReportPDF gives the report's copy as a file that people read, keep and print:
// all that its page says, in the page's language.
func (p *Portal) downloadReportPDF(w http.ResponseWriter, r *http.Request, v *visit) {
	report, ok := p.report(w, r, v)
	if !ok {
		return
	}
	body, err := reportPaper(report, p.site.Words(web.Language(r))).PDF()
	if err != nil {
		p.site.Fail(w, r, err)
		return
	}
	web.Download(w, "application/pdf", "report.pdf", body)
}

// reportPaper writes the copy of the report out as a document.
func reportPaper(c applicants.ReportCopy, in *catalog.Catalog) paper.Document {
	d := paper.Document{Title: in.T("The report about you"), Language: in.Tag(), Made: c.Contents.Completed,
		Unprintable: in.T("In letters that this file cannot print. Your page has them.")}
	row := func(to *paper.Part, name, says string) {
		if says != "" {
			to.Rows = append(to.Rows, paper.Row{Name: in.T(name), Says: says})
		}
	}
	first := paper.Part{Text: []string{in.T("This is what " + c.Agency.Name + " sent us, all of it."),
		in.T("You can dispute what is wrong in it with the agency, which must look into it free of charge.")}}
	row(&first, "Agency", in.T(c.Agency.Name+", "+c.Agency.Address+", telephone "+c.Agency.Phone))
	row(&first, "Its reference", c.Contents.Reference)
	if done := c.Contents.Completed; !done.IsZero() {
		row(&first, "Completed", in.T(day(done)))
	}
	d.Parts = append(d.Parts, first)
	and := func(a, b string) string {
		if b == "" {
			return a
		}
		return a + ", " + in.Try(plainWord(b))
	}
	for _, s := range c.Contents.Searches {
		head := paper.Part{Heading: in.Try(plainWord(s.Type))}
		if s.Result != "" {
			head.Text = append(head.Text, in.T("Result: "+resultWords(s.Result)+"."))
		} else {
			head.Text = append(head.Text, in.T("No result: "+and(in.Try(plainWord(s.Status)), s.Why)+"."))
		}
		d.Parts = append(d.Parts, head)
		for _, e := range s.Entries {
			part := paper.Part{}
			if e.ID != "" && c.Rests[e.ID] {
				part.Marked = in.T("The decision would rest on this entry")
			}
			row(&part, "Kind", and(in.Try(plainWord(e.Kind)), e.Severity))
			row(&part, "Court", e.Court)
			row(&part, "Case number", e.CaseNumber)
			row(&part, "How it ended", in.Try(plainWord(e.Disposition)))
			if e.DisposedOn != "" {
				row(&part, "On", in.T(dateWords(e.DisposedOn)))
			}
			row(&part, "Source", in.Try(plainWord(e.Source)))
			d.Parts = append(d.Parts, part)
		}
	}
	return d
}
