package lists

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
	"github.com/vouchsafe/vouchsafe/internal/vendors/outbound"
)

// Source is where a list's files come from.
type Source interface {
	// files gives the list's files, whole, and listfile.PublishedFile when the day
	// of publication is known. Its errors are *onboarding.Error.
	files(ctx context.Context, k kind) (files, error)
	// String says which source it is, for people.
	String() string
	// near says that reading it costs next to nothing, so that a worker may look
	// at each start.
	near() bool
}

// maxFile bounds one file, as listfile does.
const maxFile = 256 << 20

// Folder is a source in a folder, which has the list's files. title says for
// people which folder it is.
func Folder(dir fs.FS, title string) Source { return folder{dir, title} }

type folder struct {
	dir   fs.FS
	title string
}

func (s folder) String() string { return s.title }
func (s folder) near() bool     { return true }

func (s folder) files(_ context.Context, k kind) (files, error) {
	out := files{}
	for _, name := range k.names() {
		body, err := readWhole(s.dir, name)
		if name == listfile.PublishedFile && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, broken(k.name, err)
		}
		out[name] = body
	}
	return out, nil
}

func readWhole(dir fs.FS, name string) ([]byte, error) {
	f, err := dir.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	body, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = fmt.Errorf("%s: is larger than %d bytes", name, maxFile)
	}
	return body, err
}

// download is how long one file may take.
const download = 5 * time.Minute

// csvTypes are the content types under which CSV files are handed out.
var csvTypes = []string{"text/csv", "text/plain", "application/csv", "application/vnd.ms-excel", "application/octet-stream", "binary/octet-stream"}

// Web is a source on the web: the list's files stand below base, which is https
// (http on loopback only). An answer that redirects is not followed: give the
// address of a mirror then. The day of publication is that of published.txt or,
// without it, of the newest file's Last-Modified.
func Web(n onboarding.ListName, base string) (Source, error) {
	client, err := outbound.New(outbound.Config{Vendor: string(n), BaseURL: base, Timeout: download, BodyLimit: maxFile})
	if err != nil {
		return nil, err
	}
	return web{client, base}, nil
}

type web struct {
	client *outbound.Client
	base   string
}

func (s web) String() string { return s.base }
func (s web) near() bool     { return false }

func (s web) files(ctx context.Context, k kind) (files, error) {
	out := files{}
	var newest time.Time
	for _, name := range k.files {
		f, ok, err := s.client.Download(ctx, "/"+name, csvTypes...)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, &onboarding.Error{Code: onboarding.CodeVendorUnclear, Message: fmt.Sprintf("The source of the list %s has no file %s.", k.name, name),
				Hint: "Check the list's address in the configuration."}
		}
		out[name] = f.Body
		if f.Modified.After(newest) {
			newest = f.Modified
		}
	}
	f, ok, err := s.client.Download(ctx, "/"+listfile.PublishedFile, "text/plain", "application/octet-stream", "binary/octet-stream")
	switch {
	case err != nil:
		return nil, err
	case ok:
		out[listfile.PublishedFile] = f.Body
	case !newest.IsZero():
		out[listfile.PublishedFile] = []byte(newest.UTC().Format(time.DateOnly))
	}
	return out, nil
}

// published gives published.txt one form, so that one edition has one set of bytes.
func (f files) published() {
	if body, ok := f[listfile.PublishedFile]; ok {
		f[listfile.PublishedFile] = []byte(strings.TrimSpace(string(body)) + "\n")
	}
}
