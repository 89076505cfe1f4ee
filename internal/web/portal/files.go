package portal

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/attachment"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// scanPatience is how long files may take to be scanned and sealed.
const scanPatience = 90 * time.Second

// uploadPatience is how long a phone may take to send them.
const uploadPatience = 10 * time.Minute

// filesOf reads the files of a posted form into memory and nowhere else: what Go
// would put into a folder for temporary files would lie there unsealed. A form
// without files is read as any other. Errors are those of web.ParseForm.
func filesOf(r *http.Request) ([]applicants.File, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		if err := web.ParseForm(r); err != nil {
			return nil, err
		}
		return nil, wordy(r)
	}
	if err := r.ParseMultipartForm(DisputeLimit); err != nil {
		if web.StatusOf(err) == http.StatusRequestEntityTooLarge {
			return nil, err
		}
		return nil, &onboarding.Error{Code: onboarding.CodeInvalid, Message: "We could not read the form as your browser sent it.",
			Hint: "Go back, reload the page and fill it in again.", Cause: err}
	}
	if err := wordy(r); err != nil {
		return nil, err
	}
	var out []applicants.File
	for _, part := range r.MultipartForm.File["files"] {
		if part.Filename == "" && part.Size == 0 { // a field that was left empty
			continue
		}
		f, err := part.Open()
		if err != nil {
			return nil, err
		}
		body, err := io.ReadAll(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		out = append(out, applicants.File{Name: part.Filename, Body: body})
	}
	return out, nil
}

// wordy refuses words that are longer than any form of ours may be: the room is for
// files.
func wordy(r *http.Request) error {
	n := 0
	for _, values := range r.PostForm {
		for _, v := range values {
			n += len(v)
		}
	}
	if n > web.DefaultBodyLimit {
		return &http.MaxBytesError{Limit: web.DefaultBodyLimit}
	}
	return nil
}

// tooMuch is what is wrong with the files before anybody has looked into them.
func tooMuch(files []applicants.File) string {
	if len(files) > attachment.MaxFiles {
		return "Choose up to 3 files"
	}
	for _, f := range files {
		if len(f.Body) > attachment.MaxBytes {
			return "Each file must be 5 MB or smaller"
		}
		if _, _, err := attachment.Of(f.Body); err != nil {
			return "Each file must be a PDF, a JPEG or a PNG file that opens"
		}
	}
	return ""
}
