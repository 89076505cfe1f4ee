package applicants

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// TestViews: each has their own, none is lost when many are saved at once, and what
// somebody typed lies sealed.
func TestViews(t *testing.T) {
	w := newWorld(t)
	if v, err := w.Views(t.Context(), "00000001"); err != nil || len(v) != 0 {
		t.Fatalf("at the beginning: %v, %v", v, err)
	}
	var all errgroup.Group
	for i := range 12 {
		all.Go(func() error {
			return w.SaveView(t.Context(), "00000001", View{Name: fmt.Sprintf("  Quillonia's %02d ", i), Query: "stage=vetting"})
		})
	}
	if err := all.Wait(); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveView(t.Context(), "00000001", View{Name: "Quillonia's 03", Query: "sort=since"}); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveView(t.Context(), House, View{Name: "All of us", Query: "attention=ops"}); err != nil {
		t.Fatal(err)
	}
	mine, err := w.Views(t.Context(), "00000001")
	if err != nil || len(mine) != 12 || mine[3] != (View{"Quillonia's 03", "sort=since"}) || mine[4].Query != "stage=vetting" {
		t.Errorf("%+v, %v", mine, err)
	}
	if house, err := w.Views(t.Context(), House); err != nil || len(house) != 1 {
		t.Errorf("of the house: %v, %v", house, err)
	}
	for key, body := range w.bucket.objects {
		if bytes.Contains(body, []byte("Quillonia")) || strings.Contains(key, "Quillonia") {
			t.Errorf("%s holds a name in clear", key)
		}
	}
	for range 2 { // the second time it is gone already
		if err := w.DropView(t.Context(), "00000001", "Quillonia's 00"); err != nil {
			t.Fatal(err)
		}
	}
	mine, _ = w.Views(t.Context(), "00000001")
	if slices.ContainsFunc(mine, func(v View) bool { return v.Name == "Quillonia's 00" }) || len(mine) != 11 {
		t.Errorf("after dropping one: %v", mine)
	}
	for _, bad := range []string{"", " \t", "a\x00b", strings.Repeat("é", maxViewName+1)} {
		if err := w.SaveView(t.Context(), "00000001", View{Name: bad}); onboarding.CodeOf(err) != onboarding.CodeInvalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for i := range mostViews + 1 {
		if err = w.SaveView(t.Context(), "00000002", View{Name: fmt.Sprint(i)}); err != nil {
			break
		}
	}
	if onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("more than there may be: %v", err)
	}
	if _, err := w.Views(t.Context(), "../house"); err == nil {
		t.Error("an owner that is none")
	}
}
