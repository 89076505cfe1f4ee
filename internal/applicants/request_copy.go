package applicants

import (
	"context"
	"fmt"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// DocumentCopy is what the ledger says when a copy of the data is fetched upon a request.
const DocumentCopy = "copy"

// RequestedCopy gives what somebody handed in, upon a request for a copy that is granted:
// the details, the national ID masked, and the files. That it was given stands in the
// ledger first; if it cannot be recorded nothing is given. Errors: CodeNotNow while the
// request is not granted, those of View, CodeKeyDestroyed when it was erased.
func (s *Service) RequestedCopy(ctx context.Context, v workflows.RequestView) (onboarding.Profile, []File, error) {
	if v.Kind != workflows.RequestAccess || v.State != workflows.RequestDone {
		return nil, nil, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no copy to fetch.", Hint: "Look at the request again: it says what is waited for."}
	}
	now, err := s.View(ctx, v.Applicant)
	if err != nil {
		return nil, nil, err
	}
	p, err := s.lastProfile(ctx, v.Applicant, now.Profile)
	if err != nil {
		return nil, nil, err
	}
	var fields []onboarding.Field
	for f, value := range p {
		if value != "" && f != onboarding.FieldNationalID {
			fields = append(fields, f)
		}
	}
	slices.Sort(fields)
	view := workflows.RecordView{Document: DocumentCopy, Why: "data request " + v.ID, Fields: fields, Actor: workflows.ActorApplicant} // one's own data: no purpose of staff's
	if err := s.updateAlsoAfter(ctx, v.Applicant, workflows.UpdateRecordView, "", view); err != nil {
		return nil, nil, err
	}
	if p[onboarding.FieldNationalID] != "" {
		p[onboarding.FieldNationalID] = hiddenNumber
	}
	all, err := s.Attachments(ctx, v.Applicant)
	if err != nil {
		return nil, nil, err
	}
	var files []File
	for _, a := range all {
		sealed, err := s.Objects.Get(ctx, a.Attached.Object)
		if err != nil {
			return nil, nil, fmt.Errorf("applicants: read a file that was handed in: %w", err)
		}
		body, err := s.Vault.Open(ctx, v.Applicant, a.Attached.Object, sealed)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, File{Name: a.Name, Body: body})
	}
	return p, files, nil
}
