package lists

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// Objects is the vault bucket; *evidence.Store is one.
type Objects interface {
	Get(ctx context.Context, key string) ([]byte, error)
	GetTagged(ctx context.Context, key string) ([]byte, string, error)
	Put(ctx context.Context, key string, body []byte) error
	PutIf(ctx context.Context, key string, body []byte, etag string) (string, error)
	IsConflict(err error) bool
	IsMissing(err error) bool
}

// Edition is the edition of a list that is in force.
type Edition struct {
	List        onboarding.ListName `json:"list"`
	Edition     string              `json:"edition"`
	Individuals int                 `json:"individuals"` // people who are searched
	Since       time.Time           `json:"since"`       // when it came into force here
	Source      string              `json:"source"`      // where it was read
	Files       []string            `json:"files"`
}

// InForce reads which editions are in force, in the order of
// onboarding.ListNames. A list that was never loaded is left out.
func InForce(ctx context.Context, o Objects) ([]Edition, error) {
	out := []Edition{}
	for _, n := range onboarding.ListNames() {
		e, _, err := pointer(ctx, o, n)
		if errors.Is(err, errNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	return out, nil
}

func currentKey(n onboarding.ListName) string { return "lists/" + string(n) + "/current" }

func fileKey(n onboarding.ListName, edition, file string) string {
	return "lists/" + string(n) + "/" + edition + "/" + file + ".gz"
}

// errNone: no edition of the list is in force.
var errNone = errors.New("lists: no edition is in force")

// pointer reads which edition is in force, and the ETag to move it by.
func pointer(ctx context.Context, o Objects, n onboarding.ListName) (Edition, string, error) {
	body, etag, err := o.GetTagged(ctx, currentKey(n))
	if err != nil && o.IsMissing(err) {
		return Edition{}, "", errNone
	}
	if err != nil {
		return Edition{}, "", fmt.Errorf("lists: which edition of %s is in force: %w", n, err)
	}
	var e Edition
	if err := json.Unmarshal(body, &e); err != nil || e.Edition == "" || e.List != n {
		return Edition{}, etag, fmt.Errorf("lists: %s is not readable", currentKey(n))
	}
	return e, etag, nil
}

// keep stores an edition's files. Putting them again is harmless: what the key
// names is what its hash says.
func keep(ctx context.Context, o Objects, e Edition, f files) error {
	for _, name := range e.Files {
		var packed bytes.Buffer
		w := gzip.NewWriter(&packed)
		if _, err := w.Write(f[name]); err != nil {
			return fmt.Errorf("lists: pack %s of %s: %w", name, e.List, err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("lists: pack %s of %s: %w", name, e.List, err)
		}
		if err := o.Put(ctx, fileKey(e.List, e.Edition, name), packed.Bytes()); err != nil {
			return fmt.Errorf("lists: keep %s of %s: %w", name, e.List, err)
		}
	}
	return nil
}

// open reads an edition from the store and checks it whole; what it reads must
// be the edition that it stands as.
func open(ctx context.Context, o Objects, k kind, e Edition) (List, error) {
	f := files{}
	for _, name := range e.Files {
		packed, err := o.Get(ctx, fileKey(e.List, e.Edition, name))
		if err != nil {
			return nil, fmt.Errorf("lists: read %s of %s: %w", name, e.List, err)
		}
		if f[name], err = unpack(packed); err != nil {
			return nil, fmt.Errorf("lists: %s of %s, edition %s, is not as it was kept", name, e.List, e.Edition)
		}
	}
	l, err := k.read(f)
	if err != nil {
		return nil, err
	}
	if l.Edition() != e.Edition {
		return nil, fmt.Errorf("lists: the files of %s, edition %s, are not as they were kept", e.List, e.Edition)
	}
	return l, nil
}

func unpack(packed []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err == nil && len(body) > maxFile {
		err = fmt.Errorf("larger than %d bytes", maxFile)
	}
	return body, err
}
