package applicants

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"

	"github.com/google/uuid"

	"github.com/vouchsafe/vouchsafe/internal/attachment"
	"github.com/vouchsafe/vouchsafe/internal/clamav"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// Scanner looks for what is harmful in a file: nil when it knows nothing, ErrFound
// of clamav when it does, and any other error when it is not known.
type Scanner interface {
	Scan(ctx context.Context, body []byte) error
}

// Attached is a file that an applicant handed in, as people read of it.
type Attached struct {
	Number    int // from 1
	Name      string
	MediaType string
	Size      int
	Attached  workflows.Attachment
}

type label struct {
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
}

// attach takes files in: each is held to its kind by its bytes, scanned where there
// is a scanner, and sealed under the applicant's key. One that cannot be taken stops
// all. Errors have CodeInvalid and the field "files"; CodeVendorDown when the
// scanner does not answer, since nothing passes unscanned where there is one.
func (s *Service) attach(ctx context.Context, id onboarding.ApplicantID, files []File) ([]workflows.Attachment, error) {
	if len(files) > attachment.MaxFiles {
		return nil, onboarding.Invalid("files", fmt.Sprintf("Those are %d files.", len(files)), "Choose up to 3.")
	}
	var out []workflows.Attachment
	for _, f := range files {
		a, err := s.attachOne(ctx, id, f)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, nil
}

// clean holds a file to its kind by its bytes and has it scanned where there is a
// scanner; it gives the bytes as they are kept. Errors as attach says, with the field.
func (s *Service) clean(ctx context.Context, field string, f File) (attachment.Kind, []byte, error) {
	if len(f.Body) > attachment.MaxBytes {
		return attachment.Kind{}, nil, onboarding.Invalid(field, "A file is larger than 5 MB.", "Choose a smaller one, such as a photo of lower quality.")
	}
	kind, body, err := attachment.Of(f.Body)
	if err != nil {
		return attachment.Kind{}, nil, onboarding.Invalid(field, "A file is not a PDF, a JPEG or a PNG file, or it is damaged.", "Choose a PDF, or a photo or screenshot of it.")
	}
	if s.Scanner == nil {
		return kind, body, nil
	}
	switch err := s.Scanner.Scan(ctx, body); {
	case errors.Is(err, clamav.ErrFound):
		return attachment.Kind{}, nil, onboarding.Invalid(field, "A file holds something that our virus scanner takes for harmful.", "Choose another one, such as a photo of the paper.")
	case err != nil:
		s.Log.ErrorContext(ctx, "a file could not be scanned, so it was not taken", slog.String("fault", err.Error()))
		return attachment.Kind{}, nil, &onboarding.Error{Code: onboarding.CodeVendorDown, Field: field, Message: "We cannot check files for viruses at the moment, so we have not taken yours.",
			Hint: "Send what you wrote without a file now, or try again later."}
	}
	return kind, body, nil
}

func (s *Service) attachOne(ctx context.Context, id onboarding.ApplicantID, f File) (workflows.Attachment, error) {
	kind, body, err := s.clean(ctx, "files", f)
	if err != nil {
		return workflows.Attachment{}, err
	}
	name, err := uuid.NewRandom()
	if err != nil {
		return workflows.Attachment{}, fmt.Errorf("applicants: draw a name: %w", err)
	}
	a := workflows.Attachment{Object: onboarding.AttachmentKey(id, name.String()), Size: len(body)}
	sealed, err := s.Vault.Seal(ctx, id, a.Object, body)
	if err != nil {
		return workflows.Attachment{}, err
	}
	sum := sha256.Sum256(sealed)
	a.Digest = hex.EncodeToString(sum[:])
	if a.Label, err = s.sealed(ctx, id, sealLabel, label{Name: attachment.Name(f.Name, kind), MediaType: kind.MediaType}); err != nil {
		return workflows.Attachment{}, err
	}
	return a, s.Objects.Put(ctx, a.Object, sealed)
}

// Attachments lists the files that the applicant handed in, by name. Errors: those
// of StaffView, CodeKeyDestroyed when they were erased.
func (s *Service) Attachments(ctx context.Context, id onboarding.ApplicantID) ([]Attached, error) {
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return nil, err
	}
	out := []Attached{}
	for i, a := range v.Attachments {
		var l label
		if err := s.opened(ctx, id, sealLabel, a.Label, &l); err != nil {
			return nil, err
		}
		out = append(out, Attached{Number: i + 1, Name: l.Name, MediaType: l.MediaType, Size: a.Size, Attached: a})
	}
	return out, nil
}

// OpenAttachment gives one file to a member of staff, by its number. That they open
// it stands in the ledger first; if it cannot be recorded nothing is given. Errors:
// CodeNotNow when there is no such file or the application has ended.
func (s *Service) OpenAttachment(ctx context.Context, id onboarding.ApplicantID, number int, as identity.Reading) (Attached, []byte, error) {
	if err := as.Check(); err != nil {
		return Attached{}, nil, err
	}
	all, err := s.Attachments(ctx, id)
	if err != nil {
		return Attached{}, nil, err
	}
	if number < 1 || number > len(all) {
		return Attached{}, nil, &onboarding.Error{Code: onboarding.CodeNotNow, Message: "There is no such file.", Hint: "The applicant's page lists those that there are."}
	}
	v, err := s.StaffView(ctx, id)
	if err != nil {
		return Attached{}, nil, err
	}
	view := workflows.RecordView{Check: v.Checks[len(v.Checks)-1].Name, Why: string(as.Purpose()), Actor: workflows.Actor(as.Actor()), Despite: groundOf(as.Purpose())} // the last stage's check is what the answer is about
	if err := s.update(ctx, id, workflows.UpdateRecordView, "", view, &workflows.Ack{}); err != nil {
		return Attached{}, nil, err
	}
	sealed, err := s.Objects.Get(ctx, all[number-1].Attached.Object)
	if err != nil {
		return Attached{}, nil, fmt.Errorf("applicants: read a file that was handed in: %w", err)
	}
	body, err := s.Vault.Open(ctx, id, all[number-1].Attached.Object, sealed)
	return all[number-1], body, err
}
