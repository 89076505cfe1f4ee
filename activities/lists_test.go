package activities_test

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.temporal.io/sdk/temporal"

	"github.com/vouchsafe/vouchsafe/activities"
	samples "github.com/vouchsafe/vouchsafe/internal/devstack/lists"
	"github.com/vouchsafe/vouchsafe/internal/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/leie"
	"github.com/vouchsafe/vouchsafe/workflows"
)

var errMissing, errConflict = errors.New("missing"), errors.New("conflict")

// bucket is the vault bucket in memory; the ETag is the body.
type bucket map[string][]byte

func (b bucket) GetTagged(_ context.Context, key string) ([]byte, string, error) {
	body, ok := b[key]
	if !ok {
		return nil, "", errMissing
	}
	return body, string(body), nil
}

func (b bucket) Get(ctx context.Context, key string) ([]byte, error) {
	body, _, err := b.GetTagged(ctx, key)
	return body, err
}

func (b bucket) Put(_ context.Context, key string, body []byte) error {
	b[key] = slices.Clone(body)
	return nil
}

func (b bucket) PutIf(ctx context.Context, key string, body []byte, etag string) (string, error) {
	if string(b[key]) != etag {
		return "", errConflict
	}
	return string(body), b.Put(ctx, key, body)
}

func (b bucket) IsConflict(err error) bool { return errors.Is(err, errConflict) }
func (b bucket) IsMissing(err error) bool  { return errors.Is(err, errMissing) }

func TestRefreshList(t *testing.T) {
	body, err := fs.ReadFile(samples.LEIE(), leie.FileName)
	if err != nil {
		t.Fatal(err)
	}
	dir := fstest.MapFS{leie.FileName: {Data: body}}
	keeper, err := lists.NewKeeper(lists.Config{Objects: bucket{}, Sources: map[onboarding.ListName]lists.Source{onboarding.ListLEIE: lists.Folder(dir, "a folder")}})
	if err != nil {
		t.Fatal(err)
	}
	acts := activities.New(activities.Config{Lists: keeper})
	refresh := func(n onboarding.ListName, force bool) (workflows.ListOutcome, *temporal.ApplicationError) {
		t.Helper()
		out, err := acts.RefreshList(t.Context(), workflows.RefreshListIn{List: n, Force: force})
		var app *temporal.ApplicationError
		if err != nil && !errors.As(err, &app) {
			t.Fatalf("got %v", err)
		}
		return out, app
	}
	first, failed := refresh(onboarding.ListLEIE, false)
	if failed != nil || !first.Switched || first.List != onboarding.ListLEIE || !strings.HasPrefix(first.Edition, "2023-01-18/") {
		t.Errorf("got %+v, %v", first, failed)
	}
	for name, c := range map[string]struct {
		body  string
		code  onboarding.Code
		final bool
	}{
		// A source in the middle of publishing is asked again; a person must look at what is cut off.
		"broken":  {strings.Replace(string(body), "LASTNAME", "NAME", 1), onboarding.CodeVendorUnclear, false},
		"cut off": {strings.Join(strings.SplitAfter(string(body), "\n")[:3], ""), onboarding.CodeVendorRefused, true},
	} {
		dir[leie.FileName] = &fstest.MapFile{Data: []byte(c.body)}
		_, failed := refresh(onboarding.ListLEIE, false)
		if failed == nil || failed.Type() != string(c.code) || failed.NonRetryable() != c.final {
			t.Errorf("%s: got %v", name, failed)
		}
	}
	dir[leie.FileName] = &fstest.MapFile{Data: []byte(strings.Join(strings.SplitAfter(string(body), "\n")[:3], ""))}
	if out, failed := refresh(onboarding.ListLEIE, true); failed != nil || !out.Switched || out.Was != first.Edition {
		t.Errorf("forced: %+v, %v", out, failed)
	}
	if out, failed := refresh(onboarding.ListSAM, false); failed != nil || out.Switched || out.Reason == "" {
		t.Errorf("a list that is not set up: %+v, %v", out, failed)
	}
}
