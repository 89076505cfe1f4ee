package console

import (
	"context"
	"fmt"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

func (f *fake) Progress(_ context.Context, id onboarding.ApplicantID) (applicants.Progress, error) {
	err := f.enter("Progress", id)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.progress[id], err
}

func (f *fake) WriteNote(_ context.Context, id onboarding.ApplicantID, words string, corrects uint64, once string, by workflows.Actor) error {
	return f.did(deedDone{"note", once, words, id, int(corrects), by, ""}, func(*workflows.StaffView) bool { return true })
}

func (f *fake) Notes(_ context.Context, id onboarding.ApplicantID, as identity.Reading) ([]applicants.Note, error) {
	err := f.enter("Notes", id)
	f.looks = append(f.looks, "notes "+as.Actor())
	return slices.Clone(f.notes[id]), err
}

func (f *fake) Documents(_ context.Context, id onboarding.ApplicantID) ([]applicants.Document, error) {
	return []applicants.Document{{Name: "application", Kind: applicants.DocumentApplication, Title: "The application", At: noon}, {Name: "report/background", Kind: applicants.DocumentReport, Title: "Report", At: noon},
		{Name: "written-checks", Kind: applicants.DocumentWrittenChecks, Title: "Written about checks", At: noon},
		{Name: "written-requirements", Kind: applicants.DocumentWrittenRequirements, Title: "Written about requirements", At: noon},
		{Name: "written-decisions", Kind: applicants.DocumentWrittenDecisions, Title: "Written in decisions", At: noon},
		{Name: "tax/tax", Kind: applicants.DocumentTax, Title: "The tax form was given", Closed: true}}, f.enter("Documents", id)
}

func (f *fake) OpenDocument(_ context.Context, id onboarding.ApplicantID, name string, fields []onboarding.Field, as identity.Reading) (applicants.Opened, error) {
	err := f.enter("OpenDocument", id)
	f.looks = append(f.looks, fmt.Sprintf("%s %s %d fields %s", name, as.Actor(), len(fields), as.Purpose()))
	return applicants.Opened{MediaType: "text/plain; charset=utf-8", File: "x.txt", Body: []byte("what stands in it")}, err
}

func (f *fake) Assign(_ context.Context, id onboarding.ApplicantID, recruiter, was string, by workflows.Actor) error {
	return f.did(deedDone{"assign", recruiter, was, id, 0, by, ""}, func(v *workflows.StaffView) bool {
		if v.Recruiter != was {
			return false
		}
		v.Recruiter, v.RecruiterSince = recruiter, noon
		return true
	})
}
