package credential_test

import (
	"bytes"
	"compress/zlib"
	"io"
	"regexp"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/credential"
)

// TestPDFCarriesItsProof: the proof lies in the file, byte for byte, and one without a
// proof has none.
func TestPDFCarriesItsProof(t *testing.T) {
	from := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	badge := credential.Badge{ID: "c1", Program: "Support line", Achievement: "Agent", Holder: "Ada Example", From: from, Until: from.AddDate(1, 0, 0)}
	proof := []byte(`{"leaf":"head of nobody in particular"}`)
	for _, want := range [][]byte{proof, nil} {
		body, err := credential.Draw(badge, "https://apply.example.com/verify/c1", want)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, m := range regexp.MustCompile(`(?s)stream\r?\n(.*?)\r?\nendstream`).FindAllSubmatch(body, -1) {
			r, err := zlib.NewReader(bytes.NewReader(m[1]))
			if err != nil {
				continue
			}
			if plain, err := io.ReadAll(r); err == nil && bytes.Equal(plain, proof) {
				found = true
			}
		}
		if found != (want != nil) {
			t.Errorf("with the proof %q: found %v", want, found)
		}
	}
}
