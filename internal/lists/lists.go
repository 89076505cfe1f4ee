// Package lists keeps the public lists that people are compared with. A list
// comes from a source (a folder, or an address on the web), is checked whole,
// and stands as an edition in the vault bucket, from which every worker takes
// it; a pointer names the edition in force. So a new edition takes effect while
// workers run, on all of them, and one that is broken or cut off never does.
//
//	lists/<name>/<edition>/<file>.gz   the files, as they were
//	lists/<name>/current               which edition is in force
//
// Everything here is public: nothing of an applicant is in these objects, and
// nothing of one is sent to a source.
package lists

import (
	"context"
	"fmt"
	"io/fs"
	"regexp"

	"github.com/vouchsafe/vouchsafe/internal/consent"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors"
	"github.com/vouchsafe/vouchsafe/internal/vendors/leie"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
	"github.com/vouchsafe/vouchsafe/internal/vendors/ofac"
	"github.com/vouchsafe/vouchsafe/internal/vendors/sam"
)

// List is an edition of a list, ready to be searched. It is safe for concurrent use.
type List interface {
	// Edition names what was read: the day of publication and a hash of all files.
	Edition() string
	// Individuals is how many people are searched.
	Individuals() int
	// Screen spends the grant for our own eyes and searches the list; see
	// listfile.Screener.Screen.
	Screen(ctx context.Context, g consent.Grant[consent.Screening], threshold float64) (vendors.Answer, error)
}

// kind is what is particular to one list.
type kind struct {
	name  onboarding.ListName
	files []string // that a source must have; listfile.PublishedFile may stand beside them
	load  func(fs.FS) (List, error)
}

// kindOf finds a list by its name. The error is CodeInvalid for a name that is none.
func kindOf(n onboarding.ListName) (kind, error) {
	switch n {
	case onboarding.ListOFAC:
		return kind{n, ofac.Files(), loaded(ofac.Load)}, nil
	case onboarding.ListLEIE:
		return kind{n, []string{leie.FileName}, loaded(leie.Load)}, nil
	case onboarding.ListSAM:
		return kind{n, []string{sam.FileName}, loaded(sam.Load)}, nil
	}
	return kind{}, onboarding.Invalid("list", "There is no list of that name.", "The lists are ofac, leie and sam.")
}

// loaded makes a nil List of a failed Load, not a List that holds a nil pointer.
func loaded[L List](load func(fs.FS) (L, error)) func(fs.FS) (List, error) {
	return func(dir fs.FS) (List, error) {
		l, err := load(dir)
		if err != nil {
			return nil, err
		}
		return l, nil
	}
}

// quoted finds what a fault quotes of a list: names stand there, and the text of
// an error may hold nobody's. File, line and what is wrong remain.
var quoted = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)

// broken is the error of files that are no list. It may be tried again: a
// source may be in the middle of publishing.
func broken(n onboarding.ListName, err error) error {
	return &onboarding.Error{Code: onboarding.CodeVendorUnclear,
		Message: fmt.Sprintf("The files of the list %s cannot be used: %s.", n, quoted.ReplaceAllString(err.Error(), "…")),
		Hint:    "The edition in force stays. Look at the source."}
}

// read checks files whole by the list's own Load.
func (k kind) read(f files) (List, error) {
	l, err := k.load(f)
	if err != nil {
		return nil, broken(k.name, err)
	}
	return l, nil
}

// names are the files that an edition may have.
func (k kind) names() []string { return append([]string{listfile.PublishedFile}, k.files...) }
