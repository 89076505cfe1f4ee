package web

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestStyleSheetIsWhatItsSourcesSay holds the committed style sheet against the
// folder that it is made from, and against itself, without npm: its first lines
// carry the hash of both. Who changes either runs `make assets`.
func TestStyleSheetIsWhatItsSourcesSay(t *testing.T) {
	sheet, err := assetFiles.ReadFile("assets/app.css")
	if err != nil {
		t.Fatal(err)
	}
	head, rest, found := strings.Cut(string(sheet), " */\n")
	noted := regexp.MustCompile(`sources ([0-9a-f]{64}); result ([0-9a-f]{64})$`).FindStringSubmatch(head)
	if !found || noted == nil {
		t.Fatalf("the head of app.css does not say what it was made from: %.200s", sheet)
	}
	files, err := os.ReadDir("styles")
	if err != nil {
		t.Fatal(err)
	}
	sources := sha256.New()
	for _, f := range files { // in the order of their names, as build.mjs has them
		if f.IsDir() {
			continue // node_modules
		}
		body, err := os.ReadFile(filepath.Join("styles", f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = sources.Write(body)
	}
	if got := hex.EncodeToString(sources.Sum(nil)); got != noted[1] {
		t.Error("internal/web/styles has changed since app.css was made: run `make assets`, and list a new file in build.mjs")
	}
	if got := sha256.Sum256([]byte(strings.TrimSuffix(rest, "\n"))); hex.EncodeToString(got[:]) != noted[2] {
		t.Error("app.css was changed by hand: change internal/web/styles and run `make assets`")
	}
}

// TestStyleSheetKeepsToOurMarkup: GOV.UK Frontend's own names, its typeface and
// its crest must not be in it, and its licence must be reachable.
func TestStyleSheetKeepsToOurMarkup(t *testing.T) {
	sheet, err := assetFiles.ReadFile("assets/app.css")
	if err != nil {
		t.Fatal(err)
	}
	_, rules, _ := strings.Cut(string(sheet), "*/")
	for _, never := range []string{"govuk", "Transport", "crest", "@font-face", "url("} {
		if strings.Contains(rules, never) {
			t.Errorf("the style sheet has %q", never)
		}
	}
	f := newFixture(t, nil)
	w := f.get("/assets/licences.txt")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "Crown Copyright") || !strings.Contains(w.Body.String(), "Bitstream Vera Fonts Copyright") || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("licences: %d %v", w.Code, w.Header())
	}
}
