package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// DocumentRequest is what the ledger names when the words of a data request are read, with
// its ID; it is no document of a list.
const DocumentRequest = "data-request"

// RequestWordsRead opens what is to be corrected upon a data request, and what was
// answered. That they are read stands in the ledger first. Errors: those of Request.
func (s *Service) RequestWordsRead(ctx context.Context, request string, as identity.Reading) (asked, answered string, err error) {
	v, err := s.Request(ctx, request)
	if err != nil {
		return "", "", err
	}
	if err := s.viewed(ctx, v.Applicant, DocumentRequest+"/"+v.ID, nil, as); err != nil {
		return "", "", err
	}
	return s.RequestWords(ctx, v)
}
