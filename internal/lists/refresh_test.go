package lists_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/lists"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vendors/leie"
	"github.com/vouchsafe/vouchsafe/internal/vendors/listfile"
	"github.com/vouchsafe/vouchsafe/internal/vendors/sam"
)

func TestRefreshBringsAnEditionIntoForce(t *testing.T) {
	w := newWorld(t)
	k := w.keeper(nil)
	for _, n := range onboarding.ListNames() {
		out := w.refresh(k, n, false)
		if !out.Switched || out.Was != "" || out.Edition == "" || out.Individuals == 0 || out.Edition != w.inForce(n) {
			t.Errorf("%s: %+v", n, out)
		}
		again := w.refresh(k, n, false)
		if again.Switched || again.Was != out.Edition || again.Edition != out.Edition || again.Reason == "" {
			t.Errorf("%s again: %+v", n, again)
		}
	}
	all, err := lists.InForce(t.Context(), w.bucket)
	if err != nil || len(all) != 3 {
		t.Fatalf("in force: %+v, %v", all, err)
	}
	for i, e := range all {
		if e.List != onboarding.ListNames()[i] || !e.Since.Equal(noon) || e.Source != "the folder "+string(e.List) || e.Individuals == 0 {
			t.Errorf("%+v", e)
		}
	}
	want := []string{"lists/leie/" + all[1].Edition + "/UPDATED.csv.gz", "lists/leie/" + all[1].Edition + "/published.txt.gz", "lists/leie/current"}
	if got := w.bucket.keys("lists/leie/"); !slices.Equal(got, want) {
		t.Errorf("objects %q, want %q", got, want)
	}
}

// barred makes a new edition of the LEIE in which somebody else stands too.
func (w *world) barred(day string) {
	w.edit(onboarding.ListLEIE, listfile.PublishedFile, strings.TrimSpace(string(w.dirs[onboarding.ListLEIE][listfile.PublishedFile].Data)), day)
	body := w.dirs[onboarding.ListLEIE][leie.FileName].Data
	w.dirs[onboarding.ListLEIE][leie.FileName] = &fstest.MapFile{Data: []byte(string(body) +
		"NEWCOMER,NELLIE,,,EMPLOYEE,CALL CENTER,,0000000000,19910203,5 EXAMPLE STREET,SALEM,OR,97301,1128b4,20261101,00000000,00000000,\n")}
}

func TestSwitchWhileScreening(t *testing.T) {
	w := newWorld(t)
	k := w.started()
	other := w.keeper(map[onboarding.ListName]lists.Source{}) // another machine, which has no source
	if err := other.Start(t.Context(), onboarding.ListNames()...); err != nil {
		t.Fatal(err)
	}
	old := w.current(k, onboarding.ListLEIE)
	w.barred("2026-12-10")
	out := w.refresh(k, onboarding.ListLEIE, false)
	if !out.Switched || out.Was != old.Edition() {
		t.Fatalf("%+v", out)
	}
	// A screening under way ends with the list that it began with, and says so.
	if f := finding(t, old, onboarding.CheckExclusions, "Nellie", "Newcomer", "1991-02-03"); f.Code != leie.FindingClear || f.Edition != out.Was {
		t.Errorf("with the old one: %+v", f)
	}
	// The machine that refreshed has the new one at once.
	if f := finding(t, w.current(k, onboarding.ListLEIE), onboarding.CheckExclusions, "Nellie", "Newcomer", "1991-02-03"); f.Code != leie.FindingMatch || f.Edition != out.Edition {
		t.Errorf("here: %+v", f)
	}
	// The others have it as soon as they look again.
	if got := w.current(other, onboarding.ListLEIE).Edition(); got != out.Was {
		t.Errorf("another machine looked within the second: %s", got)
	}
	w.clock.move(time.Second)
	if f := finding(t, w.current(other, onboarding.ListLEIE), onboarding.CheckExclusions, "Nellie", "Newcomer", "1991-02-03"); f.Code != leie.FindingMatch || f.Edition != out.Edition {
		t.Errorf("on another machine: %+v", f)
	}
}

// TestWhatIsWrongKeepsTheOldEdition: whatever a source hands out.
func TestWhatIsWrongKeepsTheOldEdition(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*world)
		code   onboarding.Code
		says   string
	}{
		"garbage": {func(w *world) {
			w.dirs[onboarding.ListLEIE][leie.FileName] = &fstest.MapFile{Data: []byte("<html>Please come back later</html>")}
		}, onboarding.CodeVendorUnclear, "UPDATED.csv:1: has 1 columns, not 18"},
		"empty": {func(w *world) { w.dirs[onboarding.ListLEIE][leie.FileName] = &fstest.MapFile{} }, onboarding.CodeVendorUnclear, "no row"},
		"gone":  {func(w *world) { delete(w.dirs[onboarding.ListLEIE], leie.FileName) }, onboarding.CodeVendorUnclear, "UPDATED.csv"},
		"another shape": {func(w *world) { w.edit(onboarding.ListLEIE, leie.FileName, "FIRSTNAME", "GIVEN") },
			onboarding.CodeVendorUnclear, "UPDATED.csv:1: column 2 is …, not …"},
		"cut off in a row": {func(w *world) {
			body := w.dirs[onboarding.ListLEIE][leie.FileName].Data
			w.dirs[onboarding.ListLEIE][leie.FileName] = &fstest.MapFile{Data: body[:len(body)-40]}
		}, onboarding.CodeVendorUnclear, "UPDATED.csv:4"},
		"cut off between rows": {func(w *world) {
			lines := strings.SplitAfter(string(w.dirs[onboarding.ListLEIE][leie.FileName].Data), "\n")
			w.dirs[onboarding.ListLEIE][leie.FileName] = &fstest.MapFile{Data: []byte(strings.Join(lines[:3], ""))}
		}, onboarding.CodeVendorRefused, "it has 1 individuals and the one in force 2, so it seems cut off"},
		"an older one": {func(w *world) { w.edit(onboarding.ListLEIE, listfile.PublishedFile, "2026-11-10", "2026-10-10") },
			onboarding.CodeVendorRefused, "it is of 2026-10-10 and the one in force of 2026-11-10"},
		"a bad day": {func(w *world) { w.edit(onboarding.ListLEIE, listfile.PublishedFile, "2026-11-10", "soon") }, onboarding.CodeVendorUnclear, "published.txt:1"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			k := w.started()
			was := w.inForce(onboarding.ListLEIE)
			c.change(w)
			_, err := k.Refresh(t.Context(), onboarding.ListLEIE, false)
			if onboarding.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v", err)
			}
			if strings.ContainsAny(err.Error(), `"<`) || strings.Contains(err.Error(), "EXA") {
				t.Errorf("the error quotes the file: %v", err)
			}
			w.clock.move(time.Minute)
			if got := w.inForce(onboarding.ListLEIE); got != was || w.current(k, onboarding.ListLEIE).Edition() != was {
				t.Errorf("%s is in force, was %s", got, was)
			}
			if len(w.bucket.keys("lists/leie/")) != 3 {
				t.Errorf("something was kept: %q", w.bucket.keys("lists/leie/"))
			}
		})
	}
}

// A person may say that a smaller or older edition is right; that its files are
// no list, nobody can say.
func TestForce(t *testing.T) {
	w := newWorld(t)
	k := w.started()
	was := w.inForce(onboarding.ListLEIE)
	w.edit(onboarding.ListLEIE, listfile.PublishedFile, "2026-11-10", "2026-10-10")
	if out := w.refresh(k, onboarding.ListLEIE, true); !out.Switched || out.Was != was || !strings.HasPrefix(w.inForce(onboarding.ListLEIE), "2026-10-10/") {
		t.Errorf("%+v", out)
	}
	if out := w.refresh(k, onboarding.ListLEIE, true); out.Switched || out.Edition != out.Was {
		t.Errorf("again: %+v", out)
	}
	w.edit(onboarding.ListLEIE, leie.FileName, "FIRSTNAME", "GIVEN")
	if _, err := k.Refresh(t.Context(), onboarding.ListLEIE, true); onboarding.CodeOf(err) != onboarding.CodeVendorUnclear {
		t.Errorf("got %v", err)
	}
}

// Two machines refresh at once: the pointer moves once, and the second finds it there.
func TestRefreshesRace(t *testing.T) {
	w := newWorld(t)
	k, other := w.started(), w.keeper(nil)
	w.barred("2026-12-10")
	raced := false
	w.bucket.before = func(string) {
		if !raced {
			raced = true
			if out := w.refresh(other, onboarding.ListLEIE, false); !out.Switched {
				t.Errorf("the quicker one: %+v", out)
			}
		}
	}
	if out := w.refresh(k, onboarding.ListLEIE, false); out.Switched || out.Edition != out.Was || !strings.HasPrefix(out.Edition, "2026-12-10/") {
		t.Errorf("the slower one: %+v", out)
	}
}

func TestListWithoutASource(t *testing.T) {
	w := newWorld(t)
	bare := w.keeper(map[onboarding.ListName]lists.Source{})
	if out := w.refresh(bare, onboarding.ListSAM, false); out.Edition != "" || out.Switched || out.Reason == "" {
		t.Errorf("%+v", out)
	}
	w.started()
	if out := w.refresh(bare, onboarding.ListSAM, false); out.Edition == "" || out.Switched || out.Reason == "" {
		t.Errorf("%+v", out)
	}
	if _, err := bare.Refresh(t.Context(), "interpol", false); onboarding.CodeOf(err) != onboarding.CodeInvalid {
		t.Errorf("got %v", err)
	}
}

// TestWebSource reads a list from an address, as the OIG hands it out.
func TestWebSource(t *testing.T) {
	w := newWorld(t)
	dir := w.dirs[onboarding.ListSAM]
	mux := http.NewServeMux()
	status, kind := http.StatusOK, "text/csv"
	mux.HandleFunc("GET /lists/"+sam.FileName, func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "" || r.ContentLength > 0 {
			t.Errorf("something was sent: %s", r.URL)
		}
		rw.Header().Set("Content-Type", kind)
		rw.Header().Set("Last-Modified", noon.Format(http.TimeFormat))
		rw.WriteHeader(status)
		_, _ = rw.Write(dir[sam.FileName].Data)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	source, err := lists.Web(onboarding.ListSAM, server.URL+"/lists")
	if err != nil {
		t.Fatal(err)
	}
	k := w.keeper(map[onboarding.ListName]lists.Source{onboarding.ListSAM: source})
	if err := k.Start(t.Context(), onboarding.ListSAM); err != nil {
		t.Fatal(err)
	}
	if got := w.inForce(onboarding.ListSAM); !strings.HasPrefix(got, "2026-11-27/") { // Last-Modified
		t.Errorf("edition %s", got)
	}
	was := w.inForce(onboarding.ListSAM)
	for _, c := range []struct {
		status int
		kind   string
		want   onboarding.Code
	}{{503, "text/csv", onboarding.CodeVendorBusy}, {404, "text/csv", onboarding.CodeVendorUnclear}, {200, "text/html", onboarding.CodeVendorUnclear}} {
		status, kind = c.status, c.kind
		if _, err := k.Refresh(t.Context(), onboarding.ListSAM, false); onboarding.CodeOf(err) != c.want {
			t.Errorf("%d %s gave %v", c.status, c.kind, err)
		}
	}
	if w.inForce(onboarding.ListSAM) != was {
		t.Error("the edition was changed")
	}
	if _, err := lists.Web(onboarding.ListOFAC, "http://lists.example.com"); err == nil {
		t.Error("a source without TLS was taken")
	}
}
