package applicants

import (
	"context"

	"github.com/vouchsafe/vouchsafe/internal/identity"
)

// DocumentRequest is what the ledger names when the words of a data request are read, with
// its ID; it is no document of a list.
const DocumentRequest = "data-request"

// RequestWordsRead opens what is to be corrected upon a data request, and what was
// answered. That they are read stands in the ledger before they are given; of who is
// erased there is nothing to read any more. Errors: those of Request.
func (s *Service) RequestWordsRead(ctx context.Context, request string, as identity.Reading) (asked, answered string, err error) {
	v, err := s.Request(ctx, request)
	if err != nil {
		return "", "", err
	}
	asked, answered, err = s.RequestWords(ctx, v)
	if err != nil || asked == "" && answered == "" {
		return "", "", err
	}
	if err := s.viewed(ctx, v.Applicant, DocumentRequest+"/"+v.ID, nil, as); err != nil { // after an erasure too: a key may be remembered for some minutes
		return "", "", err
	}
	return asked, answered, nil
}
