package portal

import (
	"context"
	"maps"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// fakeData is what the fake knows of "Your data".
type fakeData struct {
	records []ledger.Record
	faults  []ledger.Fault

	refuseFiles error // why no file is taken
}

func (f *fake) History(_ context.Context, id onboarding.ApplicantID) (applicants.History, error) {
	_, done, err := f.open("History", id)
	if err != nil {
		return applicants.History{}, err
	}
	defer done()
	return applicants.History{Records: f.data.records, Report: ledger.Report{Applicant: id, Records: len(f.data.records), Faults: f.data.faults}}, nil
}

func (f *fake) OwnDetails(_ context.Context, id onboarding.ApplicantID) (onboarding.Profile, error) {
	c, done, err := f.open("OwnDetails", id)
	if err != nil {
		return nil, err
	}
	defer done()
	p := maps.Clone(c.profile)
	p[onboarding.FieldNationalID] = "•••-••-••••"
	return p, nil
}

func (f *fake) DataAnswer(_ context.Context, id onboarding.ApplicantID, kind workflows.DataKind) (string, error) {
	c, done, err := f.open("DataAnswer", id)
	if err != nil {
		return "", err
	}
	defer done()
	for _, r := range c.view.Requests {
		if r.Kind == kind && !r.Open() {
			return string(r.Words), nil
		}
	}
	return "", nil
}

// follow goes where the link with these words leads.
func (b *browser) follow(words string) *browser {
	b.t.Helper()
	to := ""
	walk(b.doc, func(n *html.Node) {
		if n.DataAtom == atom.A && to == "" && strings.Contains(strings.Join(strings.Fields(text(n)), " "), words) {
			to = attr(n, "href")
		}
	})
	if to == "" {
		b.t.Fatalf("%s has no link %q", b.path, words)
	}
	return b.get(to)
}
